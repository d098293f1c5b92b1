// SPDX-License-Identifier: MIT OR Apache-2.0
//! `hwgen emit`: writes a bundle, or says what it would write.

use std::path::{Path, PathBuf};

use crate::cli::check::warn_of_waiting;
use crate::cli::source::Source;
use hwgen_bundle::file::File;
use hwgen_bundle::place;
use hwgen_console::error::Error;
use hwgen_console::terminal::{print, table};
use hwgen_generate::origin::Origin;
use hwgen_generate::registry;
use hwgen_generate::render::shipped;

/// Arguments of `hwgen emit`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    source: Source,
    /// Folder of the bundle [default: build/NAME]
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
    /// Compare the folder with what would be written; exit 1 if they differ
    #[arg(long, conflicts_with = "dry_run")]
    check: bool,
    /// List the files and their sizes, write nothing
    #[arg(long)]
    dry_run: bool,
    /// Overwrite files of the bundle that were edited since
    #[arg(long)]
    force: bool,
}

pub(crate) fn run(args: &Args) -> Result<(), Error> {
    let design = args.source.design()?;
    warn_of_waiting(&design);
    let files = shipped(&design)?;
    let name = &design.params().name;
    let target = args
        .output
        .clone()
        .unwrap_or_else(|| Path::new("build").join(name));
    if args.dry_run {
        return print(&listing(&files));
    }
    if args.check {
        let found = place::differences(&files, &target)?;
        if !found.is_empty() {
            return Err(Error::Check(found));
        }
        let (target, n) = (target.display(), files.len());
        return print(&format!("{target}: up to date ({n} files)\n"));
    }
    let before = Origin::standing(&target);
    place::write(&files, &target, args.force)?;
    if let Some(before) = before {
        before.note_replaced(&target, &Origin::of(&design));
    }
    let tops: Vec<String> = registry::BLOCKS
        .iter()
        .flat_map(|b| b.engines(&design))
        .map(|e| format!("  rtl/{}.sv\n", e.top(name)))
        .collect();
    let (target, n) = (target.display(), files.len());
    print(&format!("{target}: {n} files; tops:\n{}", tops.concat()))
}

fn listing(files: &[File]) -> String {
    let mut rows = vec![vec!["file".to_owned(), "bytes".to_owned()]];
    rows.extend(
        files
            .iter()
            .map(|f| vec![f.path.clone(), f.text.len().to_string()]),
    );
    let total: usize = files.iter().map(|f| f.text.len()).sum();
    rows.push(vec![format!("{} files", files.len()), total.to_string()]);
    table(&rows)
}
