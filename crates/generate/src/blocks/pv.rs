// SPDX-License-Identifier: MIT OR Apache-2.0
//! Binding of PV: what is said of it and what it promises.

use hwgen_golden::attention::AttentionParams;
use hwgen_golden::pv::PvParams;
use hwgen_golden::{BlockName, Design};

use super::pages;
use super::words::joined;
use crate::block::{Block, Offer, Page, Spec};

/// PV.
pub(crate) struct Pv;

const VARIANT: &str = "booth";

impl Block for Pv {
    fn name(&self) -> BlockName {
        BlockName::Pv
    }

    fn about(&self) -> &'static str {
        "weighted sums of values, a bit plane of a row of tokens at a time"
    }

    fn variants(&self) -> Vec<Offer> {
        vec![Offer {
            name: VARIANT,
            about: "radix-16 Booth terms, chosen from multiples of the weights that all elements share",
        }]
    }

    fn pages(&self) -> &'static [Page] {
        &[pages::ATTENTION]
    }

    fn engines(&self, design: &Design) -> Vec<Spec> {
        let core = design.params().core_of(BlockName::Pv);
        core.iter().map(spec).collect()
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
         beat, weights of {} bits, signed digits of {} bits, shifts up to {}, sums of {} bits, exact \
         for {} tokens.",
        p.slice * p.folds,
        p.slice,
        p.weight_w,
        p.digit_w,
        p.max_shift,
        p.acc_w,
        core.max_tokens,
    );
    let how = "A query is the beats up to last_i, in any order of slices; first_i starts a slice \
               from 0 and stands with the first beat of each. Nothing waits."
        .to_owned();
    let (parameters, ports) = joined(BlockName::Pv, "hg_pv", &p.interface(), &[]);
    Spec {
        block: BlockName::Pv,
        variant: VARIANT,
        module: "hg_pv".to_owned(),
        about: vec![what, how],
        parameters,
        ports,
        latency: "the same for every query: see the header of hg_pv".to_owned(),
        throughput: format!(
            "a beat a cycle; queries end at least {} cycles apart",
            p.spacing()
        ),
    }
}
