// SPDX-License-Identifier: MIT OR Apache-2.0
//! Draws runs of descriptors: awkward ones first, then random ones.

use hwgen_golden::command::{COMPLETION, DESCRIPTOR};
use hwgen_sim::rng::Rng;

use super::case::{Case, RECORDS, Setup};
use crate::kit::{self, Reset, Run, Stall};
use crate::memory::{Behaviour, Errors};

/// Most descriptors of a run.
const RUN_ITEMS: u64 = 14;
/// Descriptors of a run in which the index has more than ten bits.
const FAR: u64 = 1_100;
/// Descriptors of a run in which some take so long that the high half of their cycles counts.
const SLOW: u64 = 24;
/// Cases that a plan must have for the run of many cycles to be in it, and that of many descriptors.
const MANY: u64 = 300;
const LARGE: u64 = 2_000;

/// Lists runs that hold `cases` descriptors together.
pub(super) fn plan_runs(seed: u64, cases: u64) -> Box<dyn Iterator<Item = Run<Case, Setup>>> {
    kit::plan(seed, cases, move |rng, number, left| {
        let large = cases >= LARGE && left >= FAR;
        let long = cases >= MANY && left >= SLOW;
        let (size, mut setup) = match number {
            2 if large => (FAR, far(rng)),
            3 if long => (SLOW, placed(rng)),
            _ => ((1 + rng.below(RUN_ITEMS)).min(left), placed(rng)),
        };
        let calm = number <= 4 || rng.chance(15);
        if !calm {
            surround(rng, &mut setup, size);
        }
        let mut items: Vec<Case> = (0..size).map(|i| drawn(rng, &setup, i)).collect();
        match number {
            2 if large => {
                for case in &mut items {
                    case.delay = 0;
                }
            }
            3 if long => slow(&mut items),
            _ => {}
        }
        let stalled = !calm && rng.chance(70);
        let reset = (!calm && rng.chance(25)).then(|| Reset::draw(rng, 40 + 40 * size));
        Run {
            seed: rng.draw(),
            stalls: Stall::draw_all(rng, stalled, 1, 1),
            reset,
            setup,
            items,
        }
    })
}

/// Makes the first descriptor take more than 2^16 cycles, and later ones end shortly behind a multiple of
/// that, so that the low half of the time has become less since they began.
fn slow(items: &mut [Case]) {
    for (number, case) in items.iter_mut().enumerate() {
        (case.record, case.code) = (Some(0), 0);
        case.delay = match number {
            0 => 70_000,
            20 => 62_000,
            _ => 0,
        };
    }
}

/// Draws where the ring and the records lie, in a window that holds all of them.
fn placed(rng: &mut Rng) -> Setup {
    let ring = (rng.draw() >> rng.below(40)) & !0xfff;
    let ring = ring.clamp(0x10_0000, u64::MAX - (1 << 24) + 1);
    // Rings that cross a multiple of 2^16, 2^32 or 2^48, where a segment of an address carries.
    let edge = 1_u64 << [16, 32, 48][rng.below(3) as usize];
    let ring = if rng.chance(50) && ring > 4 * edge {
        (ring / edge * edge) - DESCRIPTOR as u64 * (1 + rng.below(3))
    } else {
        ring + rng.below(64) * DESCRIPTOR as u64
    };
    let near = rng.below(4) * COMPLETION as u64;
    Setup {
        ring,
        records: near
            + if rng.chance(50) {
                ring - 2 * RECORDS
            } else {
                ring + 4 * RECORDS
            },
        size: 2 + rng.below(7) as u16,
        window: (0, u64::MAX),
        read: Behaviour::ideal([1, 1, 2, 7, 30][rng.below(5) as usize]),
        write: Behaviour::ideal([1, 1, 2, 7, 30][rng.below(5) as usize]),
        attributes: (rng.below(8) as u32, [0, 2, 3, 15][rng.below(4) as usize]),
        batch: 1 + rng.below(6) as u32,
        ..Setup::default()
    }
}

/// Draws a ring of more than 1024 descriptors.
fn far(rng: &mut Rng) -> Setup {
    Setup {
        size: FAR as u16 + 1,
        batch: FAR as u32,
        read: Behaviour::ideal(1),
        write: Behaviour::ideal(1),
        ..placed(rng)
    }
}

/// Draws a memory with any manners, a window, stops, clears and resets of the queue.
fn surround(rng: &mut Rng, setup: &mut Setup, size: u64) {
    (setup.read, setup.write) = (Behaviour::draw(rng), Behaviour::draw(rng));
    if rng.chance(40) {
        let errors = Errors {
            seed: rng.draw(),
            per_mille: [10, 60, 300][rng.below(3) as usize],
            at: Vec::new(),
        };
        setup.read.errors = errors.clone();
        setup.write.errors = errors;
    }
    if rng.chance(10) {
        setup.ring += 1 << rng.below(6);
    }
    if rng.chance(40) {
        setup.window = window(rng, setup);
    }
    if rng.chance(40) {
        setup.enable = Stall::draw_offering(rng);
    }
    if rng.chance(50) {
        setup.bells = Stall::draw_offering(rng);
    }
    setup.clear = [0, 0, 1, 30, 100][rng.below(5) as usize];
    if rng.chance(30) {
        let cycles = (0..=rng.below(3)).map(|_| rng.below(60 * size + 40));
        setup.resets = cycles.collect();
        setup.resets.sort_unstable();
    }
}

/// Draws a window that cuts something off on either side, by whole descriptors and records or by a byte.
fn window(rng: &mut Rng, setup: &Setup) -> (u64, u64) {
    let size = DESCRIPTOR as u64;
    let (first, last) = (
        setup.ring.min(setup.records),
        setup.ring.max(setup.records) + RECORDS,
    );
    let odd = [0, 1, 15, 63][rng.below(4) as usize];
    let descriptor = setup.ring + size * rng.below(u64::from(setup.size) + 1);
    let record = setup.records + COMPLETION as u64 * rng.below(RUN_ITEMS);
    let below = setup.records < setup.ring;
    let low = match rng.below(4) {
        0 => 0,
        1 => first,
        // What is so far from the first byte that only a high segment tells.
        2 => first - (first >> rng.below(20)).min(first),
        _ => (if below { record } else { descriptor }) + odd,
    };
    let high = match rng.below(4) {
        0 => u64::MAX,
        1 => last,
        2 => last.saturating_add(1 << (8 * rng.below(7))),
        _ => (if below { descriptor } else { record }) - odd,
    };
    (low, high)
}

/// Draws descriptor `number` of a run.
fn drawn(rng: &mut Rng, setup: &Setup, number: u64) -> Case {
    let own = setup.own(number as usize);
    let (low, high) = setup.window;
    let record = match rng.below(12) {
        0 | 1 => None,
        2 => Some(own + 1 + rng.below(15)),
        3 => Some(low.wrapping_sub(1) & !15),
        4 => Some(high & !15),
        5 => Some((high - 1) & !15),
        6 => Some(own ^ 1 << (16 + rng.below(48))),
        _ => Some(own),
    };
    let code = [0, 0, 0, 17, 33, 48, 50, 255][rng.below(8) as usize];
    let placed = code != 0 && rng.chance(60);
    Case {
        seed: rng.draw(),
        interrupt: rng.chance(50),
        record: record.map(|address| address.wrapping_sub(own)),
        code,
        address: if placed {
            rng.draw() >> rng.below(63)
        } else {
            0
        },
        count: rng.draw() as u32,
        delay: [0, 0, 3, rng.below(200) as u32][rng.below(4) as usize],
    }
}
