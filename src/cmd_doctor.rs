// SPDX-License-Identifier: MIT OR Apache-2.0
//! `hwgen doctor`: which tools are there, and how to get the others.

use std::path::Path;

use serde::Serialize;

use crate::error::Error;
use crate::terminal::{print, table, write_json};
use crate::tool::TOOLS;

/// Arguments of `hwgen doctor`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Print as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Entry {
    name: &'static str,
    required: bool,
    path: Option<String>,
    version: Option<String>,
    purpose: &'static str,
    install: &'static str,
}

pub(crate) fn run(args: &Args) -> Result<(), Error> {
    let entries: Vec<Entry> = TOOLS
        .iter()
        .map(|tool| {
            let found = tool.find();
            Entry {
                name: tool.name,
                required: tool.required,
                path: found.as_ref().map(|f| f.path.display().to_string()),
                version: found.map(|f| f.version),
                purpose: tool.purpose,
                install: tool.install,
            }
        })
        .collect();
    if args.json {
        write_json(Path::new("-"), &entries)?;
    } else {
        let row = |e: &Entry| {
            let state = match (&e.version, e.required) {
                (Some(v), _) if v.is_empty() => "there".to_owned(),
                (Some(v), _) => v.chars().take(44).collect(),
                (None, true) => format!("MISSING: {}", e.install),
                (None, false) => format!("missing: {}", e.install),
            };
            vec![e.name.to_owned(), state, e.purpose.to_owned()]
        };
        let mut rows = vec![["tool", "version", "what for"].map(str::to_owned).to_vec()];
        rows.extend(entries.iter().map(row));
        print(&table(&rows))?;
    }
    let missing = entries.iter().filter(|e| e.required && e.path.is_none());
    let lines: Vec<String> = missing
        .map(|e| {
            format!(
                "{}: not found, and hwgen verify needs it ({})",
                e.name, e.install
            )
        })
        .collect();
    if lines.is_empty() {
        Ok(())
    } else {
        Err(Error::Missing(lines))
    }
}
