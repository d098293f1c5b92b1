// SPDX-License-Identifier: MIT OR Apache-2.0
//! The rate of the attention core, in words.

use hwgen_golden::attention::AttentionParams;

/// Says at which rate a row of a plane is worked on.
pub(super) fn rate(p: &AttentionParams) -> String {
    match (p.tokens(), p.fold()) {
        (1, 1) => "one token a cycle".to_owned(),
        (1, c) => format!("one token in {c} cycles"),
        (t, _) => format!("{t} tokens a cycle"),
    }
}
