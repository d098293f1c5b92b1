// SPDX-License-Identifier: MIT OR Apache-2.0
//! The pages of the documents that a bundle carries along: what its README and the headers of its
//! modules refer to lies in the bundle.

use crate::block::Page;

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
