// SPDX-License-Identifier: MIT OR Apache-2.0
//! The registry: every block, by name.

use hwgen_golden::BlockName;

use crate::block::Block;
pub use crate::blocks::BLOCKS;

/// Returns the name of the first block that has variant `name`.
pub fn owner(name: &str) -> Option<BlockName> {
    let mut blocks = BLOCKS.iter();
    let found = blocks.find(|b| b.variants().iter().any(|v| v.name == name));
    found.map(|b| b.name())
}

/// Returns the names of the variants of `block`.
pub fn variants(block: BlockName) -> Vec<&'static str> {
    let block = BLOCKS.iter().find(|b| b.name() == block);
    let offers = block.map_or(Vec::new(), |b| b.variants());
    offers.into_iter().map(|v| v.name).collect()
}

/// Finds the blocks that `--block` names; `all` is every block that exists.
pub fn select(name: &str) -> Result<Vec<&'static dyn Block>, String> {
    if name == "all" {
        return Ok(BLOCKS.to_vec());
    }
    let found = BLOCKS.iter().find(|b| b.name().name() == name);
    found.map(|&block| vec![block]).ok_or_else(|| {
        let names: Vec<&str> = BlockName::ALL.iter().map(|b| b.name()).collect();
        let there = names.join(", ");
        format!("--block {name}: no such block (there are {there}, all)")
    })
}
