// SPDX-License-Identifier: MIT OR Apache-2.0
//! Draws runs of products: small ones first, then any with any memory.

use hwgen_golden::figs_axi::FigsAxiParams;
use hwgen_sim::rng::Rng;

use super::case::{Case, Flaw, Setup};
use crate::kit::{self, Reset, Run, Stall};
use crate::memory::{Behaviour, Errors};

/// Most products of a run.
const RUN_ITEMS: u64 = 5;

/// Lists runs that hold `cases` products together.
pub(super) fn plan_runs(
    params: &FigsAxiParams,
    seed: u64,
    cases: u64,
) -> Box<dyn Iterator<Item = Run<Case, Setup>> + '_> {
    kit::plan(seed, cases, move |rng, number, left| {
        let calm = number <= 2 || rng.chance(20);
        let size = (1 + rng.below(RUN_ITEMS)).min(left);
        let base = (rng.draw() >> rng.below(30)) & !0xfff;
        let mut setup = Setup {
            base: base.clamp(0x10_0000, u64::MAX - (1 << 32)),
            spare: rng.below(65) as u32,
            attributes: (rng.below(8) as u32, [0, 2, 3, 15][rng.below(4) as usize]),
            one_by_one: rng.chance(50),
            ..Setup::default()
        };
        if !calm {
            (setup.read, setup.write) = (Behaviour::draw(rng), Behaviour::draw(rng));
            if rng.chance(40) {
                let errors = Errors {
                    seed: rng.draw(),
                    per_mille: [1, 4, 20][rng.below(3) as usize],
                    at: Vec::new(),
                };
                setup.read.errors = errors.clone();
                setup.write.errors = errors;
            }
        }
        let items: Vec<Case> = (0..size).map(|_| drawn(params, rng, calm)).collect();
        let stalled = !calm && rng.chance(50);
        let reset = (!calm && rng.chance(20)).then(|| Reset::draw(rng, 1000 * size));
        Run {
            seed: rng.draw(),
            stalls: Stall::draw_all(rng, stalled, 1, 0),
            reset,
            setup,
            items,
        }
    })
}

fn drawn(params: &FigsAxiParams, rng: &mut Rng, calm: bool) -> Case {
    let p = &params.figs;
    let (least, most) = (p.n_min().ilog2(), p.group.ilog2());
    let channels = p.row_lanes() * p.group / p.n_min();
    let up_to = |rng: &mut Rng, most: u32| 1 + rng.below(most.into()) as u32;
    let outputs = up_to(rng, 3 * channels).min(200);
    let deep = if rng.chance(20) { 9 } else { 3 };
    let inputs = up_to(rng, (deep * p.rows).min(p.max_k));
    let tokens = match rng.below(6) {
        0 => p.max_t.min(64),
        1 => 1,
        _ => up_to(rng, p.max_t.min(24)),
    };
    let flaw = match rng.below(40) {
        0 => Flaw::Op,
        1 => Flaw::Reserved,
        2 | 3 => Flaw::Misaligned(rng.below(6) as u8),
        4 => Flaw::NoTokens,
        5 => Flaw::ManyTokens,
        6 => Flaw::NoTiles,
        7 => Flaw::Pattern,
        8 => Flaw::TileBit,
        9 => Flaw::TileFirst,
        10 => Flaw::TileOpen,
        11 => Flaw::Completion,
        12..=17 => Flaw::Outside(rng.below(4) as u8),
        _ => Flaw::None,
    };
    Case {
        seed: rng.draw(),
        outputs,
        inputs,
        tokens,
        log_n: least + rng.below(u64::from(most - least) + 1) as u32,
        gap: [0, 0, 8, 64][rng.below(4) as usize],
        interrupt: rng.chance(50),
        record: rng.chance(80),
        flaw: if calm { Flaw::None } else { flaw },
    }
}
