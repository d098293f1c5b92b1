// SPDX-License-Identifier: MIT OR Apache-2.0
//! The pages of the documents that a bundle carries along: what its README and the headers of its
//! modules refer to lies in the bundle.

use crate::block::{Block, Page};
use crate::registry::BLOCKS;

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
