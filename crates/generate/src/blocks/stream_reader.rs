// SPDX-License-Identifier: MIT OR Apache-2.0
//! Binding of the stream reader: what is said of it and what it promises.

use hwgen_golden::stream_reader::StreamReaderParams;
use hwgen_golden::{BlockName, Design};

use super::words::joined;
use crate::block::{Block, Offer, Page, Spec};

/// The stream reader.
pub(crate) struct StreamReader;

const VARIANT: &str = "axi4";

impl Block for StreamReader {
    fn name(&self) -> BlockName {
        BlockName::StreamReader
    }

    fn about(&self) -> &'static str {
        "reads rows of bytes from memory as a stream of words"
    }

    fn variants(&self) -> Vec<Offer> {
        vec![Offer {
            name: VARIANT,
            about: "2-D commands, rows aligned, any number of bursts in flight that the buffer holds",
        }]
    }

    fn engines(&self, design: &Design) -> Vec<Spec> {
        let params = design.params().stream_reader();
        params.map(spec).into_iter().collect()
    }

    fn pages(&self) -> &'static [Page] {
        &[Page {
            path: "doc/stream_reader.md",
            text: include_str!("../../../../docs/memory/stream_reader.md"),
        }]
    }
}

fn spec(p: &StreamReaderParams) -> Spec {
    let what = format!(
        "Reads rows of bytes from memory over AXI4 and makes words of {} bits of them, in bursts of up to \
         {} beats.",
        p.data_w, p.burst
    );
    let how = "A command names rows of equal length at a stride, of any alignment; each row begins with byte 0 of \
               a word. Commands with illegal fields or outside of the window are answered with a code, and \
               nothing is read."
        .to_owned();
    let (parameters, ports) = joined(
        BlockName::StreamReader,
        "hg_stream_reader",
        &p.interface(),
        &[],
    );
    Spec {
        block: BlockName::StreamReader,
        variant: VARIANT,
        module: "hg_stream_reader".to_owned(),
        about: vec![what, how],
        parameters,
        ports,
        latency: "14 cycles and the memory's, from a command of one row to its first word"
            .to_owned(),
        throughput: "a beat per cycle over rows and commands".to_owned(),
    }
}
