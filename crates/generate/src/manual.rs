// SPDX-License-Identifier: MIT OR Apache-2.0
//! The pages of the documents that a bundle carries along: what its README and the headers of its
//! modules refer to lies in the bundle.

use crate::block::{BLOCKS, Block};

/// A page: its path in a bundle, and its text, which links to nothing outside itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Page {
    /// Path in a bundle.
    pub path: &'static str,
    /// Text.
    pub text: &'static str,
}

impl Page {
    /// Returns path and text.
    pub(crate) fn entry(&self) -> (String, String) {
        (self.path.to_owned(), self.text.to_owned())
    }
}

/// On top-k selection.
pub(crate) const TOPK: Page = Page {
    path: "doc/topk.md",
    text: include_str!("../../../docs/topk/numerics.md"),
};
/// On the attention core, its stages, and what is behind it.
pub(crate) const ATTENTION: Page = Page {
    path: "doc/attention.md",
    text: include_str!("../../../docs/attention/numerics.md"),
};
/// On the array for sparse GEMM.
pub(crate) const FIGS: Page = Page {
    path: "doc/figs.md",
    text: include_str!("../../../docs/figs/numerics.md"),
};

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
