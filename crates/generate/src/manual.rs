// SPDX-License-Identifier: MIT OR Apache-2.0
//! The pages of the documents that a bundle carries along: what its README and the headers of its
//! modules refer to lies in the bundle.

/// A page: its path in a bundle, the blocks that it is about, and its text.
struct Page {
    path: &'static str,
    blocks: &'static [&'static str],
    text: &'static str,
}

/// Every page. They link to nothing outside themselves, which a test of the documents holds.
const PAGES: [Page; 3] = [
    Page {
        path: "doc/topk.md",
        blocks: &["topk", "cascade"],
        text: include_str!("../../../docs/topk/numerics.md"),
    },
    Page {
        path: "doc/attention.md",
        blocks: &[
            "attention",
            "qk",
            "score",
            "softmax",
            "pv",
            "importance",
            "cascade",
        ],
        text: include_str!("../../../docs/attention/numerics.md"),
    },
    Page {
        path: "doc/figs.md",
        blocks: &["figs"],
        text: include_str!("../../../docs/figs/numerics.md"),
    },
];

/// Returns path and text of each page about one of `blocks`.
pub(crate) fn pages<'a>(
    blocks: &'a [&str],
) -> impl Iterator<Item = (&'static str, &'static str)> + 'a {
    let about = |page: &&Page| page.blocks.iter().any(|b| blocks.contains(b));
    PAGES
        .iter()
        .filter(about)
        .map(|page| (page.path, page.text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::BLOCKS;

    #[test]
    fn every_block_has_a_page() {
        for block in BLOCKS {
            assert!(
                pages(&[block.name().name()]).count() > 0,
                "{}",
                block.name()
            );
        }
        let named = PAGES.iter().flat_map(|p| p.blocks);
        for name in named {
            assert!(BLOCKS.iter().any(|b| b.name().name() == *name), "{name}");
        }
    }
}
