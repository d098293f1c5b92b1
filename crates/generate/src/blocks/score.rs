// SPDX-License-Identifier: MIT OR Apache-2.0
//! Binding of the score buffer: what is said of it and what it promises.

use hwgen_golden::attention::AttentionParams;
use hwgen_golden::score::ScoreParams;
use hwgen_golden::{BlockName, Design};

use super::pages;
use super::words::joined;
use crate::block::{Block, Offer, Page, Spec};

/// The score buffer.
pub(crate) struct Score;

const VARIANT: &str = "banked";

impl Block for Score {
    fn name(&self) -> BlockName {
        BlockName::Score
    }

    fn about(&self) -> &'static str {
        "scores of the keys of several queries, made of partial scores of bit planes"
    }

    fn variants(&self) -> Vec<Offer> {
        vec![Offer {
            name: VARIANT,
            about: "a memory a query in flight, a row of keys a word",
        }]
    }

    fn pages(&self) -> &'static [Page] {
        &[pages::ATTENTION]
    }

    fn engines(&self, design: &Design) -> Vec<Spec> {
        let core = design.params().core_of(BlockName::Score);
        core.iter()
            .map(|core| spec(&ScoreParams::of(core), core))
            .collect()
    }
}

fn spec(p: &ScoreParams, core: &AttentionParams) -> Spec {
    let what = format!(
        "Holds the scores, with their biases, of up to {} keys of each of {} queries, made of \
         sums of {:?} bits a plane; adds a plane to keys that are refined; keeps the largest.",
        core.max_tokens, p.contexts, p.k_planes,
    );
    let how = "First planes come inner to the rows and only write; a row of a refinement is read, \
               added to and written back. Nothing waits."
        .to_owned();
    let (parameters, ports) = joined(BlockName::Score, "hg_score", &p.interface(), &[]);
    Spec {
        block: BlockName::Score,
        variant: VARIANT,
        module: "hg_score".to_owned(),
        about: vec![what, how],
        parameters,
        ports,
        latency: "a read takes 2 cycles; from a pass's last row to its end see hg_score".to_owned(),
        throughput: format!("a plane of a row of {} a cycle", p.tokens),
    }
}
