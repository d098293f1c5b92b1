// SPDX-License-Identifier: MIT OR Apache-2.0
//! Binding of the accumulators of importance: what is said of it and what it promises.

use hwgen_golden::importance::{HEAD_ACC_W, ImportanceParams, TOKEN_ACC_W};
use hwgen_golden::{BlockName, Design};

use super::pages;
use super::words::joined;
use crate::block::{Block, Offer, Page, Spec};

/// The accumulators of importance.
pub(crate) struct Importance;

const VARIANT: &str = "banked";

impl Block for Importance {
    fn name(&self) -> BlockName {
        BlockName::Importance
    }

    fn about(&self) -> &'static str {
        "sums of probabilities by token and of output magnitudes by head"
    }

    fn variants(&self) -> Vec<Offer> {
        vec![Offer {
            name: VARIANT,
            about: "tokens by position, a bank a lane: a row of probabilities a cycle",
        }]
    }

    fn pages(&self) -> &'static [Page] {
        &[pages::ATTENTION]
    }

    fn engines(&self, design: &Design) -> Vec<Spec> {
        design.params().importance().iter().map(spec).collect()
    }
}

fn spec(p: &ImportanceParams) -> Spec {
    let what = format!(
        "Sums importance: probabilities of up to {} tokens by position ({TOKEN_ACC_W} bits), magnitudes \
         of the outputs of up to {} heads ({HEAD_ACC_W} bits), both saturating.",
        p.max_tokens, p.max_heads,
    );
    let how = "Sums are read, copied and written through the access port; an access sees what was \
               taken before it. Memories hold noise until they are written."
        .to_owned();
    let (parameters, ports) = joined(BlockName::Importance, "hg_importance", &p.interface(), &[]);
    Spec {
        block: BlockName::Importance,
        variant: VARIANT,
        module: "hg_importance".to_owned(),
        about: vec![what, how],
        parameters,
        ports,
        latency: "an access is answered in 2 cycles; a row is counted in 5".to_owned(),
        throughput: format!(
            "a row of {} a cycle, the same row every 4; an output every {} cycles",
            p.tokens(),
            p.d_head / 8 + 11
        ),
    }
}
