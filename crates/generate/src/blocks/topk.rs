// SPDX-License-Identifier: MIT OR Apache-2.0
//! Binding of the top-k engine: its parameters, ports and promises as the RTL states them.

mod vectors;

use hwgen_bundle::manifest::{Dir, Port};
use hwgen_golden::Design;
use hwgen_golden::design::TopkDesign;
use hwgen_golden::topk::{TopkParams, Variant};

use crate::block::{Block, Offer, Parameter, Spec};
use hwgen_bundle::file::File;

/// The top-k engine.
pub(crate) struct Topk;

impl Block for Topk {
    fn name(&self) -> &'static str {
        "topk"
    }

    fn about(&self) -> &'static str {
        "keeps the k largest keys of each query, in index order, ties to the lowest index"
    }

    fn variants(&self) -> Vec<Offer> {
        let offer = |v: Variant| Offer {
            name: v.name(),
            about: about(v),
        };
        Variant::ALL.map(offer).to_vec()
    }

    fn engines(&self, design: &Design) -> Vec<Spec> {
        let Some(topk) = &design.params().topk else {
            return Vec::new();
        };
        topk.variants.iter().map(|&v| spec(topk, v)).collect()
    }

    fn vectors(&self, design: &Design, engine: &Spec) -> Vec<File> {
        let topk = design.params().topk.as_ref();
        let variant = engine.variant.parse::<Variant>();
        match (topk, variant) {
            (Some(topk), Ok(v)) => {
                vectors::files(&topk.params, v, &engine.top(&design.params().name))
            }
            _ => Vec::new(),
        }
    }
}

fn about(variant: Variant) -> &'static str {
    match variant {
        Variant::Radix => "digit-histogram select: any run-time k, bounded latency",
        Variant::Stream => "sorted running best: k up to its capacity, one pass",
        Variant::Quickselect => "SpAtten's quick-select with two FIFOs (baseline)",
        Variant::Batcher => "Batcher odd-even merge full sort (baseline)",
    }
}

fn spec(topk: &TopkDesign, variant: Variant) -> Spec {
    let p = &topk.params;
    let kind = if p.signed { "signed" } else { "unsigned" };
    let what = format!(
        "Keeps the key_k_i largest of up to {} {kind} {}-bit keys, {}: {}.",
        p.max_n,
        p.key_w,
        if p.lanes == 1 {
            "one a beat".to_owned()
        } else {
            format!("{} a beat", p.lanes)
        },
        about(variant),
    );
    let how = "Survivors leave in index order with their indices; the threshold is the smallest of \
               them, 0 if there is none. Ties at the threshold keep the lowest indices. key_k_i is \
               sampled with the first beat of a query. key_keep_i is a prefix mask, all ones but on \
               the last beat."
        .to_owned();
    Spec {
        block: "topk",
        variant: variant.name(),
        module: format!("hg_topk_{variant}"),
        about: vec![what, how],
        parameters: parameters(p, variant),
        ports: ports(p),
        latency: p.latency_promise(variant),
        throughput: p.throughput_promise(variant),
    }
}

fn parameters(p: &TopkParams, variant: Variant) -> Vec<Parameter> {
    let shared = |name, value: u32, constant, about| Parameter {
        name,
        value: i64::from(value),
        constant: Some(constant),
        about,
    };
    let own = |name, value: u32, about| Parameter {
        name,
        value: i64::from(value),
        constant: None,
        about,
    };
    let mut out = vec![
        shared("Lanes", p.lanes, "TOPK_LANES", "Keys a beat."),
        shared("KeyW", p.key_w, "TOPK_KEY_W", "Bits of a key."),
        shared(
            "Signed",
            u32::from(p.signed),
            "TOPK_SIGNED",
            "1 if keys are two's complement.",
        ),
        shared("MaxN", p.max_n, "TOPK_MAX_N", "Most keys of one query."),
    ];
    match variant {
        Variant::Radix => out.push(own("DigitW", p.digit_w, "Bits of a digit.")),
        Variant::Stream => out.push(own("Capacity", p.capacity, "Most survivors of a query.")),
        Variant::Quickselect | Variant::Batcher => {}
    }
    out
}

fn ports(p: &TopkParams) -> Vec<Port> {
    let port = |dir, name: &str, width, meaning: &str| Port {
        name: name.to_owned(),
        dir,
        width,
        meaning: meaning.to_owned(),
    };
    let (lanes, idx_w, cnt_w) = (p.lanes, p.idx_w(), p.cnt_w());
    let i = |name, width, meaning| port(Dir::Input, name, width, meaning);
    let o = |name, width, meaning| port(Dir::Output, name, width, meaning);
    vec![
        i("clk_i", 1, "Clock, rising edge."),
        i("rst_ni", 1, "Asynchronous reset, active low."),
        i("key_valid_i", 1, "A beat of keys is offered."),
        o("key_ready_o", 1, "The beat of keys is taken."),
        i("key_last_i", 1, "Last beat of the query."),
        i("key_keep_i", lanes, "Lanes that hold a key, a prefix mask."),
        i(
            "key_data_i",
            lanes * p.key_w,
            "Keys, lane 0 in the low bits.",
        ),
        i(
            "key_k_i",
            cnt_w,
            "Survivors wanted; sampled with the first beat.",
        ),
        o("res_valid_o", 1, "A beat of survivors is offered."),
        i("res_ready_i", 1, "The beat of survivors is taken."),
        o("res_last_o", 1, "Last beat of the query's survivors."),
        o(
            "res_keep_o",
            lanes,
            "Lanes that hold a survivor, a prefix mask.",
        ),
        o(
            "res_data_o",
            lanes * p.key_w,
            "Keys of the survivors, in index order.",
        ),
        o(
            "res_index_o",
            lanes * idx_w,
            "Indices of the survivors, ascending.",
        ),
        o(
            "res_threshold_o",
            p.key_w,
            "Smallest survivor; 0 if there is none.",
        ),
        o("res_count_o", cnt_w, "Number of survivors."),
    ]
}
