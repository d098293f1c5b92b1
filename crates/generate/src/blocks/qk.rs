// SPDX-License-Identifier: MIT OR Apache-2.0
//! Binding of QK: what is said of it and what it promises.

use hwgen_golden::attention::AttentionParams;
use hwgen_golden::qk::QkParams;
use hwgen_golden::{BlockName, Design};

use super::pages;
use super::words::joined;
use crate::block::{Block, Offer, Page, Spec};

/// QK.
pub(crate) struct Qk;

const VARIANT: &str = "booth";

impl Block for Qk {
    fn name(&self) -> BlockName {
        BlockName::Qk
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

    fn pages(&self) -> &'static [Page] {
        &[pages::ATTENTION]
    }

    fn engines(&self, design: &Design) -> Vec<Spec> {
        let core = design.params().core_of(BlockName::Qk);
        core.iter().map(spec).collect()
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
    let (parameters, ports) = joined(BlockName::Qk, "hg_qk", &p.interface(), &[]);
    Spec {
        block: BlockName::Qk,
        variant: VARIANT,
        module: "hg_qk".to_owned(),
        about: vec![what, how],
        parameters,
        ports,
        latency: "the same for every row: see the header of hg_qk".to_owned(),
        throughput: format!(
            "a beat a cycle; a vector of {} in {}",
            core.d_head,
            core.fold()
        ),
    }
}
