// SPDX-License-Identifier: MIT OR Apache-2.0
//! Binding of the attention core: what is said of it and what it promises.

pub(crate) mod vectors;

use hwgen_golden::attention::AttentionParams;
use hwgen_golden::{BlockName, Design};

use super::pages;
use super::words::joined;
use crate::block::{Block, Offer, Page, Spec};
use hwgen_bundle::file::File;

/// The attention core.
pub(crate) struct Attention;

const VARIANT: &str = "core";
const ABOUT: &str = "QK, softmax, value selection and PV, overlapped across queries and heads";

impl Block for Attention {
    fn name(&self) -> BlockName {
        BlockName::Attention
    }

    fn about(&self) -> &'static str {
        "quantised attention of one head at a time, with precision that is added, not recomputed"
    }

    fn variants(&self) -> Vec<Offer> {
        vec![Offer {
            name: VARIANT,
            about: ABOUT,
        }]
    }

    fn pages(&self) -> &'static [Page] {
        &[pages::ATTENTION]
    }

    fn engines(&self, design: &Design) -> Vec<Spec> {
        design.params().attention().iter().map(spec).collect()
    }

    fn vectors(&self, design: &Design, engine: &Spec) -> Vec<File> {
        let top = engine.top(&design.params().name);
        let params = design.params().attention();
        params.map_or(Vec::new(), |p| vectors::files(&p, &top))
    }
}

fn spec(p: &AttentionParams) -> Spec {
    let (t, c) = (p.tokens(), p.fold());
    let rate = match (t, c) {
        (1, 1) => "one token a cycle".to_owned(),
        (1, c) => format!("one token in {c} cycles"),
        (t, _) => format!("{t} tokens a cycle"),
    };
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
        variant: VARIANT,
        module: "hg_attention".to_owned(),
        about: vec![what, how],
        parameters,
        ports,
        latency: "depends on the keys, the rule and the memory".to_owned(),
        throughput: format!("QK and PV take a row of {t} in {c} cycles a plane, overlapped"),
    }
}
