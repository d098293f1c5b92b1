// SPDX-License-Identifier: MIT OR Apache-2.0
//! Binding of cascade pruning: what is said of it and what it promises.

use hwgen_golden::cascade::EngineParams;
use hwgen_golden::{BlockName, Design};

use super::pages;
use super::words::joined;
use crate::block::{Block, Offer, Page, Spec};

/// Cascade pruning.
pub(crate) struct Cascade;

const VARIANT: &str = "radix";

impl Block for Cascade {
    fn name(&self) -> BlockName {
        BlockName::Cascade
    }

    fn about(&self) -> &'static str {
        "prunes the least important tokens and heads between layers"
    }

    fn variants(&self) -> Vec<Offer> {
        vec![Offer {
            name: VARIANT,
            about: "ranks by the radix top-k engine; holds sums and lists of the survivors",
        }]
    }

    fn pages(&self) -> &'static [Page] {
        &[pages::TOPK, pages::ATTENTION]
    }

    fn engines(&self, design: &Design) -> Vec<Spec> {
        design.params().cascade().iter().map(spec).collect()
    }
}

fn spec(p: &EngineParams) -> Spec {
    let i = &p.importance;
    let what = format!(
        "Prunes tokens and heads between layers: sums the importance of up to {} tokens and {} heads \
         and keeps the best, by {} bits of it.",
        i.max_tokens, i.max_heads, p.key_w,
    );
    let how =
        "A command starts a sequence, or goes to the next layer or token; it is answered by the \
               lists of the surviving tokens and heads, ascending, and a last word. The list of \
               tokens fits the list port of the attention core."
            .to_owned();
    let tokens = p.command_cycles(i.max_tokens, i.max_heads, false);
    let (parameters, ports) = joined(BlockName::Cascade, "hg_cascade", &p.interface(), &[]);
    Spec {
        block: BlockName::Cascade,
        variant: VARIANT,
        module: "hg_cascade".to_owned(),
        about: vec![what, how],
        parameters,
        ports,
        latency: format!(
            "at most {tokens} cycles a layer of {} tokens and {} heads",
            i.max_tokens, i.max_heads
        ),
        throughput: "one command at a time".to_owned(),
    }
}
