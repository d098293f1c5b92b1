// SPDX-License-Identifier: MIT OR Apache-2.0
//! Co-simulation of emitted top-k bundles with the golden model: every variant, swept parameters.
//!
//! The bench of `hwgen-verif` does the work; here it meets what `hwgen` emits. Random cases follow
//! `HWGEN_SEED`, which each test prints first.

mod harness;

use harness::Built;
use hwgen_golden::topk::{TopkParams, Variant, select};
use hwgen_verif::topk::{Pace, Query, run_in};

/// An emitted bundle of one variant.
struct Engine {
    built: Built,
    params: TopkParams,
    variant: Variant,
}

impl Engine {
    fn new(variant: Variant, settings: &[&str]) -> Self {
        let chosen = format!("topk.variants={variant}");
        let built = Built::new(&[&["blocks=topk", chosen.as_str()], settings].concat());
        Self {
            params: built.design.params().topk().expect("has one"),
            variant,
            built,
        }
    }

    /// Runs `queries`; the harness compares with the model, and so does this, on its own.
    fn run(&self, queries: &[Query], pace: Pace) -> Vec<u64> {
        let results = {
            let Built { lab, bundle, .. } = &self.built;
            run_in(lab, bundle, self.built.engine(), queries, pace)
        };
        let results = results.unwrap_or_else(|e| panic!("{}: {e}", self.variant));
        for (query, result) in queries.iter().zip(&results) {
            let n = query.keys.len() as u32;
            let kept = self.params.survivors(self.variant, n, query.k);
            let won = select(&query.keys, kept as usize);
            assert_eq!(result.indices, won.indices);
            assert_eq!((result.threshold, result.count), (won.threshold, kept));
        }
        let cycles = results.iter().map(|r| r.last_out - r.first_in + 1);
        cycles.collect()
    }

    /// Runs the cases that a designer would try first.
    fn directed(&self) {
        let p = &self.params;
        let (low, high) = p.key_range();
        let (lanes, max) = (p.lanes as usize, p.max_n as usize);
        let mut queries = Vec::new();
        for n in [0, 1, lanes - 1, lanes, lanes + 1, max - 1, max] {
            let n = n.min(max) as i64;
            let span = high - low + 1;
            let shapes: [Vec<i64>; 5] = [
                (0..n).map(|i| low + i % span).collect(),
                (0..n).map(|i| high - i % span).collect(),
                vec![high; n as usize],
                vec![low; n as usize],
                (0..n)
                    .map(|i| if i % 2 == 0 { low } else { high })
                    .collect(),
            ];
            for keys in shapes {
                for k in [0, 1, n as u32 / 2, n as u32, p.max_n] {
                    let keys = keys.clone();
                    queries.push(Query { keys, k });
                }
            }
        }
        self.run(&queries, Pace::BackToBack);
    }
}

/// One module a variant; one test a configuration and property.
macro_rules! variant {
    ($module:ident, $variant:expr, { $($name:ident: $settings:expr,)* }) => {
        mod $module {
            use super::*;

            #[test]
            fn tiny_directed() {
                let tiny = ["k=4", "topk.lanes=4", "topk.key_w=8", "topk.max_n=64"];
                Engine::new($variant, &tiny).directed();
            }

            #[test]
            fn default_random() {
                Engine::new($variant, &[]).built.verify(300);
            }

            $(
                #[test]
                fn $name() {
                    Engine::new($variant, &$settings).built.verify(200);
                }
            )*
        }
    };
}

variant!(radix, Variant::Radix, {
    one_lane: ["topk.lanes=1", "topk.max_n=16", "topk.key_w=6"],
    two_lanes_odd_length: ["topk.lanes=2", "topk.max_n=37", "topk.digit_w=3"],
    unsigned_wide_keys: ["topk.signed=false", "topk.key_w=24", "topk.lanes=8", "topk.digit_w=5"],
    digit_of_one_bit: ["topk.digit_w=1", "topk.key_w=4", "topk.lanes=4", "topk.max_n=64"],
    digit_wider_than_key: ["topk.digit_w=6", "topk.key_w=4", "topk.lanes=4", "topk.max_n=64"],
    one_beat: ["topk.lanes=16", "topk.max_n=16"],
    two_keys: ["topk.lanes=1", "topk.max_n=2"],
});

variant!(stream, Variant::Stream, {
    one_lane_one_survivor: ["k=1", "topk.lanes=1", "topk.max_n=16"],
    capacity_below_lanes: ["k=3", "topk.lanes=8", "topk.max_n=100"],
    capacity_above_lanes: ["k=13", "topk.lanes=2", "topk.max_n=64"],
    capacity_is_length: ["k=20", "topk.lanes=4", "topk.max_n=20"],
    unsigned: ["topk.signed=false", "topk.key_w=16"],
});

variant!(quickselect, Variant::Quickselect, {
    two_lanes_odd_length: ["topk.lanes=2", "topk.max_n=37"],
    unsigned: ["topk.signed=false", "topk.key_w=16", "topk.lanes=8", "topk.max_n=128"],
});

variant!(batcher, Variant::Batcher, {
    two_lanes_odd_length: ["topk.lanes=2", "topk.max_n=37"],
    unsigned: ["topk.signed=false", "topk.key_w=16", "topk.lanes=8", "topk.max_n=128"],
});

/// The bound that the manifest promises for radix does not depend on the keys.
#[test]
fn radix_does_not_care_what_the_keys_are() {
    let engine = Engine::new(Variant::Radix, &["topk.max_n=256"]);
    let query = |f: &dyn Fn(i64) -> i64| Query {
        keys: (0..256).map(f).collect(),
        k: 64,
    };
    let queries = [
        query(&|i| i),
        query(&|i| -i),
        query(&|_| 0),
        query(&|i| i * 37 % 4096 - 2048),
    ];
    let cycles = engine.run(&queries, Pace::Isolated);
    let bound = u64::from(engine.params.radix_latency(256));
    assert!(
        cycles.iter().all(|&c| c <= bound),
        "{cycles:?}, promised {bound}"
    );
}
