// SPDX-License-Identifier: MIT OR Apache-2.0
//! Binding of the vector reader: what is said of it and what it promises.

use hwgen_golden::vector_reader::VectorReaderParams;
use hwgen_golden::{BlockName, Design};

use super::words::joined;
use crate::block::{Block, Offer, Page, Spec};

/// The vector reader.
pub(crate) struct VectorReader;

const VARIANT: &str = "interleaved";

impl Block for VectorReader {
    fn name(&self) -> BlockName {
        BlockName::VectorReader
    }

    fn about(&self) -> &'static str {
        "fetches plane vectors for the attention core over AXI4, on 1 to 32 channels"
    }

    fn variants(&self) -> Vec<Offer> {
        vec![Offer {
            name: VARIANT,
            about: "token n lies in channel n mod C, so that each lane has its own",
        }]
    }

    fn engines(&self, design: &Design) -> Vec<Spec> {
        let reader = design.params().vector_reader();
        reader.iter().map(spec).collect()
    }

    fn pages(&self) -> &'static [Page] {
        &[Page {
            path: "doc/vector_reader.md",
            text: include_str!("../../../../docs/memory/vector_reader.md"),
        }]
    }
}

fn spec(p: &VectorReaderParams) -> Spec {
    let memory = &p.memory;
    let what = format!(
        "Answers requests for rows of {} plane vectors of {} elements with what {} of {} bits \
         {}.",
        p.tokens,
        p.d_head,
        match memory.channels {
            1 => "an AXI4 read port".to_owned(),
            n => format!("{n} AXI4 read ports"),
        },
        memory.port_bits(),
        if memory.channels == 1 {
            "brings"
        } else {
            "bring"
        },
    );
    let how = format!(
        "Rows leave in the order of the requests. A channel has up to {} beats in flight, in bursts \
         of up to {}, and asks for no beat without a byte that is wanted.",
        memory.beats,
        memory.chunk(),
    );
    let (parameters, ports) = joined(
        BlockName::VectorReader,
        "hg_vector_reader",
        &p.interface(),
        &[],
    );
    Spec {
        block: BlockName::VectorReader,
        variant: VARIANT,
        module: "hg_vector_reader".to_owned(),
        about: vec![what, how],
        parameters,
        ports,
        latency: format!("{} cycles and that of the memory", p.latency(0)),
        throughput: "a row per cycle, or a beat per channel and cycle".to_owned(),
    }
}
