// SPDX-License-Identifier: MIT OR Apache-2.0
//! Binding of the ring of commands: what is said of it and what it promises.

use hwgen_golden::ring::RingParams;
use hwgen_golden::{BlockName, Design};

use super::words::joined;
use crate::block::{Block, Offer, Page, Spec};

/// The ring of commands.
pub(crate) struct Ring;

const VARIANT: &str = "axi4";

impl Block for Ring {
    fn name(&self) -> BlockName {
        BlockName::Ring
    }

    fn about(&self) -> &'static str {
        "fetches commands from memory and writes their completion"
    }

    fn variants(&self) -> Vec<Offer> {
        vec![Offer {
            name: VARIANT,
            about: "descriptors of 64 bytes, completion records of 16, errors that stop nothing",
        }]
    }

    fn engines(&self, design: &Design) -> Vec<Spec> {
        let params = design.params().ring();
        params.map(spec).into_iter().collect()
    }

    fn pages(&self) -> &'static [Page] {
        &[Page {
            path: "doc/ring.md",
            text: include_str!("../../../../docs/memory/ring.md"),
        }]
    }
}

fn spec(p: &RingParams) -> Spec {
    let what = format!(
        "Fetches descriptors of 64 bytes from a ring in memory over AXI4 with beats of {} bits, up to {} \
         under way, hands them on, and writes a completion record for each that asks for one.",
        p.data_w, p.depth
    );
    let how = "A descriptor that cannot be fetched, or whose completion record cannot be written, is handed on with a \
               code. Errors stop nothing; each is shown to the registers."
        .to_owned();
    let (parameters, ports) = joined(BlockName::Ring, "hg_ring", &p.interface(), &[]);
    Spec {
        block: BlockName::Ring,
        variant: VARIANT,
        module: "hg_ring".to_owned(),
        about: vec![what, how],
        parameters,
        ports,
        latency: format!(
            "{} cycles and the memory's, from the doorbell to the descriptor",
            p.latency(0)
        ),
        throughput: "a descriptor at a time is fetched, and one is completed".to_owned(),
    }
}
