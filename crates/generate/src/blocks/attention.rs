// SPDX-License-Identifier: MIT OR Apache-2.0
//! Binding of the attention core: what is said of it and what it promises.

mod axi;
mod rate;
pub(crate) mod vectors;

use hwgen_golden::attention::{AttentionParams, Variant};
use hwgen_golden::regs::Table;
use hwgen_golden::{BlockName, Design};

use super::pages;
use super::words::joined;
use crate::block::{Block, Offer, Page, Spec};
use hwgen_bundle::file::File;
use rate::rate;

/// The attention core.
pub(crate) struct Attention;

const ABOUT: &str = "QK, softmax, value selection and PV, overlapped across queries and heads";

impl Block for Attention {
    fn name(&self) -> BlockName {
        BlockName::Attention
    }

    fn about(&self) -> &'static str {
        "quantised attention of one head at a time, with precision that is added, not recomputed"
    }

    fn variants(&self) -> Vec<Offer> {
        let offer = |v: Variant| Offer {
            name: v.name(),
            about: about(v),
        };
        Variant::ALL.map(offer).to_vec()
    }

    fn pages(&self) -> &'static [Page] {
        &[pages::ATTENTION]
    }

    fn engines(&self, design: &Design) -> Vec<Spec> {
        let params = design.params();
        let (Some(core), variants) = (params.attention(), &params.core.variants) else {
            return Vec::new();
        };
        let spec = |variant: &Variant| match variant {
            Variant::Core => Some(spec(&core)),
            Variant::Axi => params.attention_axi().as_ref().map(axi::spec),
        };
        variants.iter().filter_map(spec).collect()
    }

    fn vectors(&self, design: &Design, engine: &Spec) -> Vec<File> {
        let params = design.params();
        let top = engine.top(&params.name);
        if engine.variant == Variant::Axi.name() {
            let axi = params.attention_axi();
            return axi.map_or(Vec::new(), |p| axi::vectors(&p, &top));
        }
        let core = params.attention();
        core.map_or(Vec::new(), |p| vectors::files(&p, &top))
    }

    fn registers(&self, design: &Design, variant: &str) -> Option<Table> {
        let axi = design.params().attention_axi();
        let axi = axi.filter(|_| variant == Variant::Axi.name());
        axi.map(|p| Table::of(&p.regs()))
    }

    fn companions(&self, design: &Design, stamp: &[String]) -> Vec<File> {
        let params = design.params();
        let axi = params.attention_axi();
        axi.map_or(Vec::new(), |p| axi::companions(&params.name, &p, stamp))
    }
}

fn about(variant: Variant) -> &'static str {
    match variant {
        Variant::Core => ABOUT,
        Variant::Axi => "the core behind registers and a command ring, with AXI4 to memory",
    }
}

fn spec(p: &AttentionParams) -> Spec {
    let (t, c) = (p.tokens(), p.fold());
    let rate = rate(p);
    let what = format!(
        "Attention of one head at a time: up to {} keys of up to {} elements, K and V in bit planes \
         of {:?} and {:?} bits, {} multiplier lanes each in QK and PV: {rate} and plane.",
        p.max_tokens, p.d_head, p.k_planes, p.v_planes, p.lanes,
    );
    let how = "A job is all queries of a head. Plane vectors come through the vector port, in the \
               order of the requests, after any latency; none is asked for twice within a job. \
               Scores and probabilities never leave the chip, but for the probabilities that the \
               importance of tokens is summed from."
        .to_owned();
    let (parameters, ports) = joined(BlockName::Attention, "hg_attention", &p.interface(), &[]);
    Spec {
        block: BlockName::Attention,
        variant: Variant::Core.name(),
        module: "hg_attention".to_owned(),
        about: vec![what, how],
        parameters,
        ports,
        latency: "depends on the keys, the rule and the memory".to_owned(),
        throughput: format!("QK and PV take a row of {t} in {c} cycles a plane, overlapped"),
    }
}
