// SPDX-License-Identifier: MIT OR Apache-2.0
//! Binding of QK: parameters, ports and promises as the RTL states them.

use hwgen_bundle::manifest::{Dir, Port};
use hwgen_golden::Design;
use hwgen_golden::attention::AttentionParams;
use hwgen_golden::qk::{QkParams, TAG_W};
use hwgen_golden::stage::Stage;

use super::importance::{own, port};
use crate::block::{Block, Offer, Parameter, Spec};

/// QK.
pub(crate) struct Qk;

const VARIANT: &str = "booth";

impl Block for Qk {
    fn name(&self) -> &'static str {
        Stage::Qk.name()
    }

    fn about(&self) -> &'static str {
        "products of a query with one bit plane of the keys, a row of keys at a time"
    }

    fn variants(&self) -> Vec<Offer> {
        vec![Offer {
            name: VARIANT,
            about: "radix-4 Booth terms of all elements of a beat in one adder tree",
        }]
    }

    fn engines(&self, design: &Design) -> Vec<Spec> {
        let core = design.params().stage(Stage::Qk);
        core.map(spec).into_iter().collect()
    }
}

fn spec(core: &AttentionParams) -> Spec {
    let p = QkParams::of(core);
    let what = format!(
        "Multiplies {} elements of {} bits a beat with signed digits of {} bits of {} and adds \
         up: sums of {} bits, exact for {} elements.",
        p.slice,
        p.query_w,
        p.digit_w,
        if p.rows == 1 {
            "a key".to_owned()
        } else {
            format!("{} keys", p.rows)
        },
        p.sum_w,
        core.d_head,
    );
    let how = "A row is the beats from first_i to last_i, with gaps if need be; nothing waits. \
               Unsigned digits come with their top bit flipped."
        .to_owned();
    Spec {
        block: Stage::Qk.name(),
        variant: VARIANT,
        module: "hg_qk".to_owned(),
        about: vec![what, how],
        parameters: parameters(&p),
        ports: ports(&p),
        latency: "the same for every row: see the header of hg_qk".to_owned(),
        throughput: format!(
            "a beat a cycle; a vector of {} in {}",
            core.d_head,
            core.fold()
        ),
    }
}

fn parameters(p: &QkParams) -> Vec<Parameter> {
    vec![
        own("Rows", p.rows, "Keys a row."),
        own("Slice", p.slice, "Elements a beat."),
        own("QueryW", p.query_w, "Bits of a query element."),
        own("DigitW", p.digit_w, "Bits of a digit."),
        own("SumW", p.sum_w, "Bits of a sum."),
        own("TagW", TAG_W, "Bits that a row carries along."),
    ]
}

fn ports(p: &QkParams) -> Vec<Port> {
    let i = |name, width, meaning| port(Dir::Input, name, width, meaning);
    let o = |name, width, meaning| port(Dir::Output, name, width, meaning);
    vec![
        i("clk_i", 1, "Clock, rising edge."),
        i("rst_ni", 1, "Asynchronous reset, active low."),
        i("valid_i", 1, "A beat is there."),
        i("tag_i", TAG_W, "Of a last beat: comes out with the sums."),
        i("first_i", 1, "First beat of a row."),
        i("last_i", 1, "Last beat of a row."),
        i(
            "query_i",
            p.slice * p.query_w,
            "Elements of the query, signed, element 0 lowest.",
        ),
        i(
            "digits_i",
            p.rows * p.slice * p.digit_w,
            "Digits by key and element, signed.",
        ),
        o("valid_o", 1, "The sums of a row are there."),
        o("tag_o", TAG_W, "What came with its last beat."),
        o("sums_o", p.rows * p.sum_w, "A signed sum for each key."),
    ]
}
