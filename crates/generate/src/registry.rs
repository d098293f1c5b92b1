// SPDX-License-Identifier: MIT OR Apache-2.0
//! The registry: every block, by name.

use hwgen_golden::BlockName;

use crate::block::{Block, Page};
pub use crate::blocks::BLOCKS;

/// Returns the name of the first block that has variant `name`.
pub fn owner(name: &str) -> Option<BlockName> {
    let mut blocks = BLOCKS.iter();
    let found = blocks.find(|b| b.variants().iter().any(|v| v.name == name));
    found.map(|b| b.name())
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

/// Returns each page about one of `blocks` once, in the order of the registry.
pub(crate) fn pages(blocks: &[&dyn Block]) -> Vec<Page> {
    let mut all: Vec<&Page> = Vec::new();
    for page in BLOCKS.iter().flat_map(|block| block.pages()) {
        if !all.contains(&page) {
            all.push(page);
        }
    }
    let about = |page: &&Page| blocks.iter().any(|block| block.pages().contains(page));
    all.into_iter().filter(about).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_block_has_a_page_and_no_page_comes_twice() {
        for block in BLOCKS {
            assert!(!block.pages().is_empty(), "{}", block.name());
        }
        let paths: Vec<&str> = pages(BLOCKS).iter().map(|p| p.path).collect();
        let wanted = ["doc/topk.md", "doc/attention.md", "doc/figs.md"];
        assert_eq!(paths[..3], wanted);
    }
}
