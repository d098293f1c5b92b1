// SPDX-License-Identifier: MIT OR Apache-2.0
//! Pages of the documents that several blocks, or all variants of one, are explained in.

use crate::block::Page;

/// On top-k selection.
pub(crate) const TOPK: Page = Page {
    path: "doc/topk.md",
    text: include_str!("../../../../docs/topk/numerics.md"),
};
/// On the attention core, its stages, and what is behind it.
pub(crate) const ATTENTION: Page = Page {
    path: "doc/attention.md",
    text: include_str!("../../../../docs/attention/numerics.md"),
};
/// On the array for sparse GEMM.
pub(crate) const FIGS: Page = Page {
    path: "doc/figs.md",
    text: include_str!("../../../../docs/figs/numerics.md"),
};
