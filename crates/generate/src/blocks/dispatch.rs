// SPDX-License-Identifier: MIT OR Apache-2.0
//! Binding of the dispatch: what is said of it and what it promises.

use hwgen_golden::dispatch::DispatchParams;
use hwgen_golden::{BlockName, Design};

use super::words::joined;
use crate::block::{Block, Offer, Page, Spec};

/// The dispatch.
pub(crate) struct Dispatch;

const VARIANT: &str = "axi4";

impl Block for Dispatch {
    fn name(&self) -> BlockName {
        BlockName::Dispatch
    }

    fn about(&self) -> &'static str {
        "makes jobs of the attention core of descriptors and head records in memory"
    }

    fn variants(&self) -> Vec<Offer> {
        vec![Offer {
            name: VARIANT,
            about: "records are judged while their words come, and read ahead",
        }]
    }

    fn engines(&self, design: &Design) -> Vec<Spec> {
        let params = design.params().dispatch();
        params.iter().map(spec).collect()
    }

    fn pages(&self) -> &'static [Page] {
        &[Page {
            path: "doc/dispatch.md",
            text: include_str!("../../../../docs/memory/dispatch.md"),
        }]
    }
}

fn spec(p: &DispatchParams) -> Spec {
    let what = format!(
        "Takes descriptors of 64 bytes, reads a head record of 128 bytes per job over AXI4 ({} bits) and \
         judges both. Legal ones become jobs of the core, entries of the table of {} heads, and commands of \
         the stream reader and of the writer of results.",
        p.vectors.memory.io_w, p.vectors.memory.heads,
    );
    let how = format!(
        "Up to {} jobs are under way. Each descriptor is answered once, in order, when all that it caused \
         has ended, whatever its bytes are.",
        p.limit(),
    );
    let (parameters, ports) = joined(
        BlockName::Dispatch,
        "hg_attention_dispatch",
        &p.interface(),
        &[],
    );
    Spec {
        block: BlockName::Dispatch,
        variant: VARIANT,
        module: "hg_attention_dispatch".to_owned(),
        about: vec![what, how],
        parameters,
        ports,
        latency: "a descriptor is judged in 28 cycles, a record in 20 from its first word"
            .to_owned(),
        throughput: format!("a job per {} cycles, of one query without biases", p.pace()),
    }
}
