// SPDX-License-Identifier: MIT OR Apache-2.0
//! Binding of the attention core on AXI: what is said of it, and what a bundle with it carries for
//! software.

mod vectors;

use hwgen_bundle::file::File;
use hwgen_golden::BlockName;
use hwgen_golden::attention::Variant;
use hwgen_golden::attention_axi::AttentionAxiParams;

use super::rate::rate;
use crate::block::Spec;
use crate::blocks::words::joined;
use crate::registers;

/// Pages of the documents that only this variant needs.
const PAGES: [(&str, &str); 3] = [
    (
        "doc/axi_top.md",
        include_str!("../../../../../docs/memory/axi_top.md"),
    ),
    (
        "doc/commands.md",
        include_str!("../../../../../docs/memory/commands.md"),
    ),
    (
        "doc/driver.md",
        include_str!("../../../../../docs/memory/driver.md"),
    ),
];
/// The driver in C.
const DRIVER: [(&str, &str); 2] = [
    (
        "driver/hwgen.h",
        include_str!("../../../../driver/c/hwgen.h"),
    ),
    (
        "driver/hwgen.c",
        include_str!("../../../../driver/c/hwgen.c"),
    ),
];

/// Returns the engine.
pub(super) fn spec(p: &AttentionAxiParams) -> Spec {
    let (core, memory) = (&p.core, &p.memory);
    let what = format!(
        "Attention of all heads of a layer from one descriptor in memory: up to {} keys of up to {} \
         elements, K and V in bit planes of {:?} and {:?} bits, {} multiplier lanes each in QK and \
         PV: {} and plane.",
        core.max_tokens,
        core.d_head,
        core.k_planes,
        core.v_planes,
        core.lanes,
        rate(core),
    );
    let cascade = if p.cascade.is_some() {
        "Cascade pruning is inside: what it leaves feeds the jobs of the next layer."
    } else {
        "Probabilities stay on the chip."
    };
    let how = format!(
        "Registers and the doorbell are on AXI4-Lite. Plane vectors come over {} AXI4 read port(s) \
         of {} bits; descriptors, queries, biases, lists, results and completion records go over a \
         port of {} bits. {cascade} How to bring it up: doc/axi_top.md.",
        memory.channels,
        memory.port_bits(),
        memory.io_w,
    );
    // Parameters that both variants have are no constants of the package: the core alone has none.
    let module = "hg_attention_axi";
    let (parameters, ports) = joined(BlockName::Attention, module, &p.interface(), &[]);
    Spec {
        block: BlockName::Attention,
        variant: Variant::Axi.name(),
        module: module.to_owned(),
        about: vec![what, how],
        parameters,
        ports,
        latency: "depends on the keys, the rule and the memory".to_owned(),
        throughput: format!(
            "QK and PV take a row of {} in {} cycles a plane, overlapped; the ports move a beat a \
             cycle each",
            core.tokens(),
            core.fold()
        ),
    }
}

/// Returns the files for software: registers, the driver in C, and the pages on commands and on
/// bringing it up.
pub(super) fn companions(name: &str, p: &AttentionAxiParams, stamp: &[String]) -> Vec<File> {
    let mut files = registers::files(name, &p.regs(), stamp);
    files.extend(PAGES.map(|(path, text)| File::new(path.to_owned(), unlinked(text))));
    files.extend(DRIVER.map(|(path, text)| File::new(path.to_owned(), text.to_owned())));
    files
}

/// Returns the golden set of the top `top`.
pub(super) fn vectors(p: &AttentionAxiParams, top: &str) -> Vec<File> {
    vectors::files(p, top)
}

/// Leaves the words of links to other pages, which do not lie at the same place in a bundle.
fn unlinked(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(begin) = rest.find('[') {
        let (before, behind) = rest.split_at(begin);
        out.push_str(before);
        let middle = behind.find("](");
        let end = middle.and_then(|m| Some(m + behind[m..].find(')')?));
        match (middle, end) {
            (Some(m), Some(e)) if !behind[1..m].contains(['[', ']', '\n']) => {
                let (words, target) = (&behind[1..m], &behind[m + 2..e]);
                if target.contains(".md") {
                    out.push_str(words);
                } else {
                    out.push_str(&behind[..=e]);
                }
                rest = &behind[e + 1..];
            }
            _ => {
                out.push('[');
                rest = &behind[1..];
            }
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_to_other_pages_become_their_words() {
        let text =
            "a [`ring`](ring.md), a [table](#head), `x[1]`, [b] and [regs](../regs/README.md).";
        let wanted = "a `ring`, a [table](#head), `x[1]`, [b] and regs.";
        assert_eq!(unlinked(text), wanted);
        for (path, text) in PAGES {
            assert!(!unlinked(text).contains(".md)"), "{path}");
        }
    }
}
