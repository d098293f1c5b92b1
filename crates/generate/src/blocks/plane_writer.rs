// SPDX-License-Identifier: MIT OR Apache-2.0
//! Binding of the plane writer: what is said of it and what it promises.

use hwgen_golden::plane_writer::{ELEMENT_W, PlaneWriterParams};
use hwgen_golden::{BlockName, Design};

use super::words::joined;
use crate::block::{Block, Offer, Page, Spec};

/// The plane writer.
pub(crate) struct PlaneWriter;

const VARIANT: &str = "serial";

impl Block for PlaneWriter {
    fn name(&self) -> BlockName {
        BlockName::PlaneWriter
    }

    fn about(&self) -> &'static str {
        "makes plane vectors of a token's key and value, and the commands that write them"
    }

    fn variants(&self) -> Vec<Offer> {
        vec![Offer {
            name: VARIANT,
            about: "a unit of each digit per cycle, addresses by 16 bits",
        }]
    }

    fn engines(&self, design: &Design) -> Vec<Spec> {
        let writer = design.params().plane_writer();
        writer.iter().map(spec).collect()
    }

    fn pages(&self) -> &'static [Page] {
        &[Page {
            path: "doc/plane_writer.md",
            text: include_str!("../../../../docs/memory/plane_writer.md"),
        }]
    }
}

fn spec(p: &PlaneWriterParams) -> Spec {
    let what = format!(
        "Appends the key and the value of a token, {} elements each, to the cache of a head: {} \
         planes of K and {} of V.",
        p.d_head,
        p.k_planes.len(),
        p.v_planes.len()
    );
    let how = format!(
        "Elements come as words of {} bits, are saturated and cut into digits, and leave plane by \
         plane as rows of a stream writer, with a command for each. A token is answered when all \
         of its rows are.",
        p.data_w
    );
    let (parameters, ports) = joined(
        BlockName::PlaneWriter,
        "hg_plane_writer",
        &p.interface(),
        &[],
    );
    Spec {
        block: BlockName::PlaneWriter,
        variant: VARIANT,
        module: "hg_plane_writer".to_owned(),
        about: vec![what, how],
        parameters,
        ports,
        latency: format!(
            "{} cycles from the first word of elements to the last word of digits",
            p.word_cycles()
        ),
        throughput: format!(
            "a word of digits per {} cycles, a token per {}",
            ELEMENT_W / p.unit() + 1,
            p.word_cycles().max(p.address_cycles())
        ),
    }
}
