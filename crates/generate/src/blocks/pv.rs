// SPDX-License-Identifier: MIT OR Apache-2.0
//! Binding of PV: parameters, ports and promises as the RTL states them.

use hwgen_bundle::manifest::{Dir, Port};
use hwgen_golden::Design;
use hwgen_golden::attention::AttentionParams;
use hwgen_golden::pv::{PvParams, SHIFT_W, TAG_W};
use hwgen_golden::stage::Stage;
use hwgen_golden::width::idx_width;

use super::importance::{own, port};
use crate::block::{Block, Offer, Parameter, Spec};

/// PV.
pub(crate) struct Pv;

const VARIANT: &str = "booth";

impl Block for Pv {
    fn name(&self) -> &'static str {
        Stage::Pv.name()
    }

    fn about(&self) -> &'static str {
        "weighted sums of values, a bit plane of a row of tokens at a time"
    }

    fn variants(&self) -> Vec<Offer> {
        vec![Offer {
            name: VARIANT,
            about: "radix-4 Booth terms of all tokens of a beat in an adder tree an element",
        }]
    }

    fn engines(&self, design: &Design) -> Vec<Spec> {
        let core = design.params().stage(Stage::Pv);
        core.map(spec).into_iter().collect()
    }
}

fn spec(core: &AttentionParams) -> Spec {
    let p = PvParams::of(core);
    let tokens = if p.rows == 1 {
        "a token".to_owned()
    } else {
        format!("{} tokens", p.rows)
    };
    let what = format!(
        "Adds up weight * digit * 2**shift for each of {} elements: {tokens} and {} elements a \
         beat, weights of {} bits, signed digits of {} bits, sums of {} bits, exact for {} tokens.",
        p.slice * p.folds,
        p.slice,
        p.weight_w,
        p.digit_w,
        p.acc_w,
        core.max_tokens,
    );
    let how = "A query is the beats up to last_i, in any order of slices; first_i starts a slice \
               from 0 and stands with the first beat of each. Nothing waits."
        .to_owned();
    Spec {
        block: Stage::Pv.name(),
        variant: VARIANT,
        module: "hg_pv".to_owned(),
        about: vec![what, how],
        parameters: parameters(&p),
        ports: ports(&p),
        latency: "the same for every query: see the header of hg_pv".to_owned(),
        throughput: format!(
            "a beat a cycle; queries end at least {} cycles apart",
            p.spacing()
        ),
    }
}

fn parameters(p: &PvParams) -> Vec<Parameter> {
    vec![
        own("Rows", p.rows, "Tokens a row."),
        own("Slice", p.slice, "Elements a beat."),
        own("Folds", p.folds, "Slices of a query."),
        own("WeightW", p.weight_w, "Bits of a weight."),
        own("DigitW", p.digit_w, "Bits of a digit."),
        own("AccW", p.acc_w, "Bits of a sum."),
        own("TagW", TAG_W, "Bits that a query carries along."),
    ]
}

fn ports(p: &PvParams) -> Vec<Port> {
    let i = |name, width, meaning| port(Dir::Input, name, width, meaning);
    let o = |name, width, meaning| port(Dir::Output, name, width, meaning);
    vec![
        i("clk_i", 1, "Clock, rising edge."),
        i("rst_ni", 1, "Asynchronous reset, active low."),
        i("valid_i", 1, "A beat is there."),
        i("tag_i", TAG_W, "Of a last beat: comes out with the sums."),
        i("first_i", 1, "The slice starts from 0."),
        i("last_i", 1, "Last beat of a query."),
        i("slice_i", idx_width(p.folds), "Slice of the beat."),
        i("shift_i", SHIFT_W, "Left shift of the beat's products."),
        i(
            "weights_i",
            p.rows * p.weight_w,
            "Weight of each token, unsigned; 0 for none.",
        ),
        i(
            "digits_i",
            p.rows * p.slice * p.digit_w,
            "Digits by token and element, signed.",
        ),
        o("valid_o", 1, "The sums of a query are there, for a cycle."),
        o("tag_o", TAG_W, "What came with its last beat."),
        o(
            "acc_o",
            p.folds * p.slice * p.acc_w,
            "A signed sum for each element, element 0 lowest.",
        ),
    ]
}
