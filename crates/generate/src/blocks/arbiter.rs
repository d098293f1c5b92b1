// SPDX-License-Identifier: MIT OR Apache-2.0
//! Binding of the arbiter: what is said of it and what it promises.

use hwgen_golden::arbiter::ArbiterParams;
use hwgen_golden::{BlockName, Design};

use super::words::joined;
use crate::block::{Block, Offer, Page, Spec};

/// The arbiter.
pub(crate) struct Arbiter;

const VARIANT: &str = "round_robin";

impl Block for Arbiter {
    fn name(&self) -> BlockName {
        BlockName::Arbiter
    }

    fn about(&self) -> &'static str {
        "merges ready/valid streams into one"
    }

    fn variants(&self) -> Vec<Offer> {
        vec![Offer {
            name: VARIANT,
            about: "each requester waits for at most one beat of each other",
        }]
    }

    fn engines(&self, design: &Design) -> Vec<Spec> {
        design.params().arbiter().map(spec).into_iter().collect()
    }

    fn pages(&self) -> &'static [Page] {
        &[Page {
            path: "doc/arbiter.md",
            text: include_str!("../../../../docs/arbiter/README.md"),
        }]
    }
}

fn spec(p: &ArbiterParams) -> Spec {
    let what = format!(
        "Merges {} ready/valid streams of {} bits into one, and says whose beat it is.",
        p.requesters, p.width
    );
    let how = "The search begins behind the requester that was served last. A grant is held while \
               the consumer stalls. A beat that is offered stays as it is until it is taken."
        .to_owned();
    let (parameters, ports) = joined(BlockName::Arbiter, "hg_arbiter", &p.interface(), &[]);
    Spec {
        block: BlockName::Arbiter,
        variant: VARIANT,
        module: "hg_arbiter".to_owned(),
        about: vec![what, how],
        parameters,
        ports,
        latency: "none: combinational from request to grant".to_owned(),
        throughput: "a beat per cycle".to_owned(),
    }
}
