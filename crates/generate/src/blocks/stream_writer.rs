// SPDX-License-Identifier: MIT OR Apache-2.0
//! Binding of the stream writer: what is said of it and what it promises.

use hwgen_golden::stream_writer::StreamWriterParams;
use hwgen_golden::{BlockName, Design};

use super::words::joined;
use crate::block::{Block, Offer, Page, Spec};

/// The stream writer.
pub(crate) struct StreamWriter;

const VARIANT: &str = "axi4";

impl Block for StreamWriter {
    fn name(&self) -> BlockName {
        BlockName::StreamWriter
    }

    fn about(&self) -> &'static str {
        "writes a stream of words to memory as rows of bytes"
    }

    fn variants(&self) -> Vec<Offer> {
        vec![Offer {
            name: VARIANT,
            about: "2-D commands, rows at any byte, bursts begin when their data are there",
        }]
    }

    fn engines(&self, design: &Design) -> Vec<Spec> {
        let params = design.params().stream_writer();
        params.map(spec).into_iter().collect()
    }

    fn pages(&self) -> &'static [Page] {
        &[Page {
            path: "doc/stream_writer.md",
            text: include_str!("../../../../docs/memory/stream_writer.md"),
        }]
    }
}

fn spec(p: &StreamWriterParams) -> Spec {
    let what = format!(
        "Writes words of {} bits to memory over AXI4 as rows of bytes, in bursts of up to {} beats.",
        p.data_w, p.burst
    );
    let how = "A command names rows of equal length at a stride, of any alignment; each row begins with byte 0 of \
               a word. A burst begins when all its data are there. Commands with illegal fields or outside of \
               the window are answered with a code, and nothing is written."
        .to_owned();
    let (parameters, ports) = joined(
        BlockName::StreamWriter,
        "hg_stream_writer",
        &p.interface(),
        &[],
    );
    Spec {
        block: BlockName::StreamWriter,
        variant: VARIANT,
        module: "hg_stream_writer".to_owned(),
        about: vec![what, how],
        parameters,
        ports,
        latency: "11 cycles and those of a burst, from a command of one row to its first beat"
            .to_owned(),
        throughput: "a beat per cycle over rows and commands".to_owned(),
    }
}
