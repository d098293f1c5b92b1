// SPDX-License-Identifier: MIT OR Apache-2.0
//! Binding of the top-k engine: what is said of it and what it promises.

mod vectors;

use hwgen_golden::topk::{TopkParams, Variant};
use hwgen_golden::{BlockName, Design};

use super::pages;
use super::words::joined;
use crate::block::{Block, Offer, Page, Spec};
use hwgen_bundle::file::File;

/// The top-k engine.
pub(crate) struct Topk;

impl Block for Topk {
    fn name(&self) -> BlockName {
        BlockName::Topk
    }

    fn about(&self) -> &'static str {
        "keeps the k largest keys of each query, in index order, ties to the lowest index"
    }

    fn variants(&self) -> Vec<Offer> {
        let offer = |v: Variant| Offer {
            name: v.name(),
            about: about(v),
        };
        Variant::ALL.map(offer).to_vec()
    }

    fn pages(&self) -> &'static [Page] {
        &[pages::TOPK]
    }

    fn engines(&self, design: &Design) -> Vec<Spec> {
        let Some(topk) = design.params().topk() else {
            return Vec::new();
        };
        let variants = design.params().topk.variants.iter();
        variants.map(|&v| spec(&topk, v)).collect()
    }

    fn vectors(&self, design: &Design, engine: &Spec) -> Vec<File> {
        let topk = design.params().topk();
        let variant = engine.variant.parse::<Variant>();
        match (topk, variant) {
            (Some(topk), Ok(v)) => vectors::files(&topk, v, &engine.top(&design.params().name)),
            _ => Vec::new(),
        }
    }
}

fn about(variant: Variant) -> &'static str {
    match variant {
        Variant::Radix => "digit-histogram select: any run-time k, bounded latency",
        Variant::Stream => "sorted running best: k up to its capacity, one pass",
        Variant::Quickselect => "SpAtten's quick-select with two FIFOs (baseline)",
        Variant::Batcher => "Batcher odd-even merge full sort (baseline)",
    }
}

fn spec(p: &TopkParams, variant: Variant) -> Spec {
    let kind = if p.signed { "signed" } else { "unsigned" };
    let what = format!(
        "Keeps the key_k_i largest of up to {} {kind} {}-bit keys, {}: {}.",
        p.max_n,
        p.key_w,
        if p.lanes == 1 {
            "one a beat".to_owned()
        } else {
            format!("{} a beat", p.lanes)
        },
        about(variant),
    );
    let how = "Survivors leave in index order with their indices; the threshold is the smallest of \
               them, 0 if there is none. Ties at the threshold keep the lowest indices. key_k_i is \
               sampled with the first beat of a query. key_keep_i is a prefix mask, all ones but on \
               the last beat."
        .to_owned();
    let module = format!("hg_topk_{variant}");
    let all = Variant::ALL.map(|v| p.interface(v));
    let (parameters, ports) = joined(BlockName::Topk, &module, &p.interface(variant), &all);
    Spec {
        block: BlockName::Topk,
        variant: variant.name(),
        module,
        about: vec![what, how],
        parameters,
        ports,
        latency: p.latency_promise(variant),
        throughput: p.throughput_promise(variant),
    }
}
