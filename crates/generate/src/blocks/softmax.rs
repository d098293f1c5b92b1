// SPDX-License-Identifier: MIT OR Apache-2.0
//! Binding of the softmax passes: what is said of it and what it promises.

use hwgen_golden::attention::AttentionParams;
use hwgen_golden::softmax::SoftmaxParams;
use hwgen_golden::{BlockName, Design};

use super::pages;
use super::words::joined;
use crate::block::{Block, Offer, Page, Spec};

/// The softmax passes.
pub(crate) struct Softmax;

const VARIANT: &str = "table";

impl Block for Softmax {
    fn name(&self) -> BlockName {
        BlockName::Softmax
    }

    fn about(&self) -> &'static str {
        "exponentials, ranks and their sum over the scores of a query, and scans for what to refine"
    }

    fn variants(&self) -> Vec<Offer> {
        vec![Offer {
            name: VARIANT,
            about: "powers of two from a table of 64 points an octave, interpolated",
        }]
    }

    fn pages(&self) -> &'static [Page] {
        &[pages::ATTENTION]
    }

    fn engines(&self, design: &Design) -> Vec<Spec> {
        let core = design.params().core_of(BlockName::Softmax);
        core.iter()
            .map(|core| spec(&SoftmaxParams::of(core), core))
            .collect()
    }
}

fn spec(p: &SoftmaxParams, core: &AttentionParams) -> Spec {
    let what = format!(
        "Passes over up to {} scores of {} bits in each of {} contexts of a score buffer: powers \
         of two of the distances to the largest, in 2**-24, their ranks and their sums.",
        core.max_tokens, p.score_w, p.contexts,
    );
    let how = "A scan marks the candidates of a refinement and finds the largest score of the \
               rest, beside passes over other contexts, from the ranks that its own pass has left. \
               The buffer answers reads in two cycles; nothing waits behind cmd_ready_o."
        .to_owned();
    let (parameters, ports) = joined(BlockName::Softmax, "hg_softmax", &p.interface(), &[]);
    Spec {
        block: BlockName::Softmax,
        variant: VARIANT,
        module: "hg_softmax".to_owned(),
        about: vec![what, how],
        parameters,
        ports,
        latency: "see the headers of hg_softmax and hg_exp2".to_owned(),
        throughput: format!(
            "a row of {} a cycle, without a pause between passes",
            p.tokens
        ),
    }
}
