// SPDX-License-Identifier: MIT OR Apache-2.0
//! `hwgen list`: what there is to choose from.

use std::path::Path;

use serde::Serialize;

use hwgen_console::error::Error;
use hwgen_console::terminal::{print, table, write_json};
use hwgen_generate::block::Offer;
use hwgen_generate::config::FIELDS;
use hwgen_generate::preset::PRESETS;
use hwgen_generate::registry::BLOCKS;

/// Arguments of `hwgen list`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Print as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct List {
    blocks: Vec<BlockEntry>,
    presets: Vec<Offer>,
    keys: Vec<Offer>,
}

#[derive(Serialize)]
struct BlockEntry {
    name: &'static str,
    about: &'static str,
    variants: Vec<Offer>,
}

pub(crate) fn run(args: &Args) -> Result<(), Error> {
    let entry = |name, about| Offer { name, about };
    let list = List {
        blocks: BLOCKS
            .iter()
            .map(|b| BlockEntry {
                name: b.name().name(),
                about: b.about(),
                variants: b.variants(),
            })
            .collect(),
        presets: PRESETS.iter().map(|p| entry(p.name, p.about())).collect(),
        keys: FIELDS.iter().map(|f| entry(f.key, f.about)).collect(),
    };
    if args.json {
        return write_json(Path::new("-"), &list);
    }
    let rows = |offers: &[Offer]| {
        let row = |o: &Offer| vec![format!("  {}", o.name), o.about.to_owned()];
        table(&offers.iter().map(row).collect::<Vec<_>>())
    };
    let mut out = String::new();
    for block in &list.blocks {
        let (name, about) = (block.name, block.about);
        out.push_str(&format!(
            "Block {name}: {about}\n{}\n",
            rows(&block.variants)
        ));
    }
    out.push_str(&format!(
        "Presets (hwgen emit --preset NAME)\n{}\n",
        rows(&list.presets)
    ));
    out.push_str(&format!(
        "Keys (TOML, or --set KEY=VALUE)\n{}",
        rows(&list.keys)
    ));
    print(&out)
}
