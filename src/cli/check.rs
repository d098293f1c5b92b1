// SPDX-License-Identifier: MIT OR Apache-2.0
//! `hwgen check`: validates a configuration and shows what it resolves to.

use std::path::PathBuf;

use crate::cli::source::read_config;
use hwgen_console::error::Error;
use hwgen_console::terminal::print;
use hwgen_generate::config::{Draft, to_toml};

/// Arguments of `hwgen check`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Configuration file
    #[arg(value_name = "FILE.toml")]
    config: PathBuf,
}

pub(crate) fn run(args: &Args) -> Result<(), Error> {
    let mut draft = Draft::default();
    read_config(&args.config, &mut draft)?;
    print(&to_toml(draft.finish()?.params()))
}
