// SPDX-License-Identifier: MIT OR Apache-2.0
//! Binding of the registers: what is said of them and what they promise, and the files for software.

use hwgen_bundle::file::File;
use hwgen_golden::regs::{RegsParams, Table, Variant};
use hwgen_golden::{BlockName, Design};

use super::words::joined;
use crate::block::{Block, Offer, Page, Spec};
use crate::registers;

/// The registers.
pub(crate) struct Regs;

impl Block for Regs {
    fn name(&self) -> BlockName {
        BlockName::Regs
    }

    fn about(&self) -> &'static str {
        "registers of an accelerator, with the files that software reads them by"
    }

    fn variants(&self) -> Vec<Offer> {
        let offer = |v: Variant| Offer {
            name: v.name(),
            about: about(v),
        };
        Variant::ALL.map(offer).to_vec()
    }

    fn engines(&self, design: &Design) -> Vec<Spec> {
        let Some(regs) = design.params().regs() else {
            return Vec::new();
        };
        let variants = design.params().regs.variants.iter();
        variants.map(|&v| spec(&regs, v)).collect()
    }

    fn pages(&self) -> &'static [Page] {
        &[Page {
            path: "doc/regs.md",
            text: include_str!("../../../../docs/regs/README.md"),
        }]
    }

    fn companions(&self, design: &Design, stamp: &[String]) -> Vec<File> {
        let params = design.params();
        let files = |regs| registers::files(&params.name, &regs, stamp);
        params.regs().map_or(Vec::new(), files)
    }
}

fn about(variant: Variant) -> &'static str {
    match variant {
        Variant::AxiLite => "a slave on AXI4-Lite of 32 bits",
        Variant::Apb => "a slave on APB4 of 32 bits",
    }
}

fn spec(p: &RegsParams, variant: Variant) -> Spec {
    let what = format!(
        "The registers of an attention core with {} memory channels, {}: identification, control, \
         interrupt, command ring, and counters, in a window of 4 KiB.",
        p.channels,
        about(variant),
    );
    let how = format!(
        "There are {} registers of 32 bits; {} lists them. Accesses to anything else, and in a \
         direction that a register does not have, are answered with an error.",
        Table::of(p).offsets().len(),
        registers::PAGE_PATH,
    );
    let module = format!("hg_regs_{variant}");
    let all = Variant::ALL.map(|v| p.interface(v));
    let (parameters, ports) = joined(BlockName::Regs, &module, &p.interface(variant), &all);
    let (latency, throughput) = match variant {
        Variant::AxiLite => (
            "2 cycles from the last beat of a request to its response",
            "a read and a write in 3 cycles",
        ),
        Variant::Apb => ("2 cycles from select to ready", "a transfer in 3 cycles"),
    };
    Spec {
        block: BlockName::Regs,
        variant: variant.name(),
        module,
        about: vec![what, how],
        parameters,
        ports,
        latency: latency.to_owned(),
        throughput: throughput.to_owned(),
    }
}
