// SPDX-License-Identifier: MIT OR Apache-2.0
//! `hwgen doctor`: which tools are there, and how to get the others.

use std::path::Path;

use serde::Serialize;

use hwgen_console::error::Error;
use hwgen_console::terminal::{print, table, write_json};
use hwgen_tools::inventory::{TOOLS, advice};

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
    /// Why what the environment names cannot be used.
    problem: Option<String>,
    purpose: &'static str,
    install: &'static str,
}

pub(crate) fn run(args: &Args) -> Result<(), Error> {
    let entries: Vec<Entry> = TOOLS
        .iter()
        .map(|tool| {
            let (found, problem) = match tool.find() {
                Ok(found) => (found, None),
                Err(problem) => (None, Some(problem)),
            };
            Entry {
                name: tool.name,
                required: tool.required,
                path: found.as_ref().map(|f| f.path.display().to_string()),
                version: found.map(|f| f.version),
                problem,
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
                _ if e.problem.is_some() => "UNUSABLE, see below".to_owned(),
                (Some(v), _) if v.is_empty() => "there".to_owned(),
                (Some(v), _) => v.chars().take(44).collect(),
                (None, true) => format!("MISSING: {}", e.install),
                (None, false) => format!("missing: {}", e.install),
            };
            let place = e.path.clone().unwrap_or_default();
            vec![e.name.to_owned(), state, e.purpose.to_owned(), place]
        };
        let head = ["tool", "version", "what for", "where"];
        let mut rows = vec![head.map(str::to_owned).to_vec()];
        rows.extend(entries.iter().map(row));
        print(&table(&rows))?;
        if let Some(advice) = advice() {
            print(&format!("\n{advice}\n"))?;
        }
    }
    let told = |e: &Entry| match &e.problem {
        Some(problem) => Some(problem.clone()),
        None if e.required && e.path.is_none() => Some(format!(
            "{}: not found, and hwgen verify needs it ({})",
            e.name, e.install
        )),
        None => None,
    };
    let lines: Vec<String> = entries.iter().filter_map(told).collect();
    if lines.is_empty() {
        Ok(())
    } else {
        Err(Error::Missing(lines))
    }
}
