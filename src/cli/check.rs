// SPDX-License-Identifier: MIT OR Apache-2.0
//! `hwgen check`: validates a configuration and shows what it resolves to.

use std::path::PathBuf;

use crate::cli::source::read_config;
use hwgen_console::error::Error;
use hwgen_console::terminal::{print, warn};
use hwgen_generate::config::{Draft, to_toml};
use hwgen_golden::Design;

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
    let design = draft.finish()?;
    warn_of_waiting(&design);
    print(&to_toml(design.params()))
}

/// Warns of lanes of the attention core that would wait because too little is in flight.
pub(crate) fn warn_of_waiting(design: &Design) {
    if let Some(core) = design.params().attention() {
        for short in core.starving() {
            warn(&short.to_string());
        }
    }
}
