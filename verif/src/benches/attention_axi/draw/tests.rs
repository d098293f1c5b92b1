// SPDX-License-Identifier: MIT OR Apache-2.0
//! The stimulus without a device.

use std::collections::BTreeSet;

use hwgen_golden::attention_axi::AttentionAxiParams;
use hwgen_golden::cascade::EngineParams;
use hwgen_golden::importance::ImportanceParams;
use hwgen_golden::memory::{Layout, MemoryParams};

use super::super::scene::Scene;
use super::super::store::memory;
use super::*;

/// Returns a small accelerator, with pruning and appending if it is `whole`.
pub(in super::super) fn device(channels: u32, whole: bool) -> Device {
    let core = AttentionParams {
        d_head: 8,
        lanes: 32,
        max_tokens: 64,
        k_planes: vec![6, 4],
        ..AttentionParams::default()
    };
    let importance = ImportanceParams {
        d_head: 8,
        lanes: 32,
        max_tokens: 64,
        max_heads: 8,
    };
    Device::new(AttentionAxiParams {
        core,
        memory: MemoryParams {
            channels,
            data_w: 128,
            v_layout: match (whole, channels) {
                (true, _) => Layout::Token,
                (false, 1) => Layout::Plane,
                (false, _) => Layout::Filled,
            },
            ..MemoryParams::default()
        },
        cascade: whole.then(|| EngineParams {
            importance,
            ..EngineParams::default()
        }),
        append: whole,
    })
}

/// Every run has its place in memory, and every code comes about.
#[test]
fn commands_have_places_and_all_codes_come_about() {
    let mut codes = BTreeSet::new();
    for (channels, whole) in [(1, false), (4, true)] {
        let device = device(channels, whole);
        for run in plan(&device, 1, 700) {
            let fixed = run.reset.is_none();
            let scene = Scene::of(&device, &run.setup, &run.items, fixed);
            // Ranges that overlap are refused.
            memory(run.setup.memory, channels, &scene.ranges, run.seed);
            let all = scene.planned.iter().map(|p| p.outcome.code().value());
            codes.extend(all);
        }
    }
    let wanted = [
        0, 16, 17, 18, 19, 20, 21, 22, 23, 24, 26, 27, 34, 35, 36, 37, 41, 42, 43, 44, 48, 49, 50,
    ];
    // The core is never asked for a number of keys that it refuses.
    assert_eq!(codes.into_iter().collect::<Vec<_>>(), wanted);
}
