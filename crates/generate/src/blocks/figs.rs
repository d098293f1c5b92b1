// SPDX-License-Identifier: MIT OR Apache-2.0
//! Binding of the FiGS array and its baselines: what is said of it and what it promises.

use hwgen_golden::figs::{FigsParams, Variant};
use hwgen_golden::figs_axi::FigsAxiParams;
use hwgen_golden::{BlockName, Design};

use super::pages;
use super::words::joined;
use crate::block::{Block, Offer, Page, Spec};
use crate::registers;
use hwgen_bundle::file::File;

/// The FiGS array.
pub(crate) struct Figs;

/// The variant with registers, a command ring and AXI4.
const AXI: &str = "axi";

/// Pages of the documents that only this variant needs.
const PAGES: [(&str, &str); 1] = [(
    "doc/commands.md",
    include_str!("../../../../docs/memory/commands.md"),
)];

impl Block for Figs {
    fn name(&self) -> BlockName {
        BlockName::Figs
    }

    fn about(&self) -> &'static str {
        "multiplies activations with N:M sparse weights, N chosen at run time, an element a row and cycle"
    }

    fn variants(&self) -> Vec<Offer> {
        let offer = |v: Variant| Offer {
            name: v.name(),
            about: about(v),
        };
        let mut all = Variant::ALL.map(offer).to_vec();
        all.push(Offer {
            name: AXI,
            about: "the array behind registers and a command ring, with AXI4 to memory",
        });
        all
    }

    fn pages(&self) -> &'static [Page] {
        &[pages::FIGS]
    }

    fn engines(&self, design: &Design) -> Vec<Spec> {
        let Some(figs) = design.params().figs() else {
            return Vec::new();
        };
        let variants = design.params().figs.variants.iter();
        let mut all: Vec<Spec> = variants.map(|&v| spec(&figs, v)).collect();
        all.extend(design.params().figs_axi().as_ref().map(axi));
        all
    }

    fn companions(&self, design: &Design, stamp: &[String]) -> Vec<File> {
        let params = design.params();
        let Some(p) = params.figs_axi() else {
            return Vec::new();
        };
        let mut files = registers::files(&params.name, &p.regs(), stamp);
        files.extend(PAGES.map(|(path, text)| File::new(path.to_owned(), text.to_owned())));
        files
    }
}

fn about(variant: Variant) -> &'static str {
    match variant {
        Variant::Figs => "the array: sparser weights make more outputs of the same activations",
        Variant::DenseWs => "weight-stationary systolic array without sparsity (baseline)",
        Variant::Stc24 => "two rows for four activations, 2:4 as sparse tensor cores (baseline)",
        Variant::VegetaS => "every row sees a whole block of four activations (baseline)",
    }
}

fn spec(p: &FigsParams, variant: Variant) -> Spec {
    let what = format!(
        "Sparse GEMM on {} rows by {} columns of {} multipliers of {} by {} bits: {}.",
        p.rows,
        p.columns,
        p.lanes,
        p.weight_w,
        p.act_w,
        about(variant),
    );
    let how = "A tile is described by a beat of the tile stream, then takes a beat of weights a row and \
               a beat of activations a token; the weights of the next tile load meanwhile. Sums stay \
               in the block from the first to the last tile of an output, and leave a token a beat. \
               A tile that the array cannot run is dropped with a pulse of tile_error_o."
        .to_owned();
    let fill = p.hops(variant) + p.pipeline(variant);
    let module = match variant {
        Variant::Figs => "hg_figs".to_owned(),
        v => format!("hg_figs_{v}"),
    };
    let all = Variant::ALL.map(|v| p.interface(v));
    let (parameters, ports) = joined(BlockName::Figs, &module, &p.interface(variant), &all);
    Spec {
        block: BlockName::Figs,
        variant: variant.name(),
        module,
        about: vec![what, how],
        parameters,
        ports,
        latency: format!("{fill} cycles from an activation to its output"),
        throughput: format!(
            "a token a cycle; a tile of T tokens takes max(T, {}) cycles",
            p.rows
        ),
    }
}

/// Returns the engine on AXI4.
fn axi(p: &FigsAxiParams) -> Spec {
    let figs = &p.figs;
    let what = format!(
        "Sparse GEMM from descriptors in memory, on {} rows by {} columns of {} multipliers of {} by {} \
         bits: packed weights, activations and outputs over an AXI4 port of {} bits.",
        figs.rows, figs.columns, figs.lanes, figs.weight_w, figs.act_w, p.io_w
    );
    let how = "Registers and the doorbell are on AXI4-Lite. A descriptor names tiles of packed weights, which \
               are carried out one after the other; the weights of the next tile load meanwhile. Formats and \
               codes of errors: doc/commands.md."
        .to_owned();
    let module = "hg_figs_axi";
    let (parameters, ports) = joined(BlockName::Figs, module, &p.interface(), &[]);
    Spec {
        block: BlockName::Figs,
        variant: AXI,
        module: module.to_owned(),
        about: vec![what, how],
        parameters,
        ports,
        latency: "depends on the memory".to_owned(),
        throughput: format!(
            "a token a cycle, if memory gives {} bytes of activations for it",
            figs.rows * figs.act_bytes()
        ),
    }
}
