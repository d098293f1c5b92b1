// SPDX-License-Identifier: MIT OR Apache-2.0
//! Draws runs of commands: awkward ones first, then random ones.

use hwgen_golden::stream::{MAX_BYTES, MAX_ROWS};
use hwgen_sim::rng::Rng;

use super::case::{Case, Setup};
use crate::kit::{self, Reset, Run, Stall};
use crate::memory::{Behaviour, Errors};

/// Most commands of one run.
const RUN_ITEMS: u64 = 12;
/// Bytes that a command of a run has for itself, so that none overlaps another.
const SLOT: u64 = 8192;
/// Cases that a plan must have for the largest commands to be among them.
const LARGE: u64 = 1_000;

/// What draws depend on.
#[derive(Debug, Clone, Copy)]
pub(in crate::benches) struct Shape {
    /// Bytes of a beat.
    pub(in crate::benches) beat: u32,
    /// Most beats of a burst.
    pub(in crate::benches) burst: u32,
    /// Streams into the block and out of it that stall.
    pub(in crate::benches) streams: (usize, usize),
}

/// Lists runs that hold `cases` commands together.
pub(in crate::benches) fn plan_runs(
    seed: u64,
    cases: u64,
    shape: Shape,
) -> Box<dyn Iterator<Item = Run<Case, Setup>>> {
    let (offering, taking) = shape.streams;
    kit::plan(seed, cases, move |rng, number, left| {
        let size = (1 + rng.below(RUN_ITEMS)).min(left);
        let base = (rng.draw() >> rng.below(30)) & !0xfff;
        let base = base.clamp(0x10_0000, u64::MAX - (1 << 24));
        // Across a multiple of 2^32, where the high half of an address changes.
        let high = base & !0xffff_ffff;
        let across = rng.chance(40) && high > 0;
        let slot = rng.below(size);
        let base = if across {
            high - slot * SLOT - SLOT / 2
        } else {
            base
        };
        let base = base + rng.below(2) * rng.below(4096);
        let mut setup = Setup {
            base,
            bytes: size * SLOT,
            attributes: (rng.below(8) as u32, [0, 2, 3, 15][rng.below(4) as usize]),
            ..Setup::default()
        };
        let latency = [1, 1, 2, 7, 30][rng.below(5) as usize];
        setup.behaviour = Behaviour::ideal(latency);
        let calm = number <= 3 || rng.chance(20);
        let items: Vec<Case> = match number {
            2 if cases >= LARGE => {
                setup.bytes = 1 << 22;
                large(base).into_iter().take(left as usize).collect()
            }
            _ if calm && (number == 3 || rng.chance(60)) => {
                let long = |i| flowing(rng, base + i * SLOT, shape);
                (0..size).map(long).collect()
            }
            _ => (0..size)
                .map(|i| drawn(rng, base, i * SLOT, size * SLOT, shape))
                .collect(),
        };
        if !calm {
            surround(rng, &mut setup);
        }
        let stalled = !calm && rng.chance(70);
        let reset = (!calm && rng.chance(25)).then(|| Reset::draw(rng, 40 + 60 * size));
        Run {
            seed: rng.draw(),
            stalls: Stall::draw_all(rng, stalled, offering, taking),
            reset,
            setup,
            items,
        }
    })
}

/// Draws a memory with any manners, errors, stops and clears.
fn surround(rng: &mut Rng, setup: &mut Setup) {
    setup.behaviour = Behaviour::draw(rng);
    if rng.chance(40) {
        setup.behaviour.errors = Errors {
            seed: rng.draw(),
            per_mille: [3, 30, 300][rng.below(3) as usize],
            at: Vec::new(),
        };
    }
    if rng.chance(30) {
        setup.run = Stall::draw_offering(rng);
    }
    setup.clear = [0, 0, 1, 30, 100][rng.below(5) as usize];
}

/// Returns the largest commands: the most bytes of a row, and the most rows.
fn large(base: u64) -> Vec<Case> {
    let case = |addr, bytes, rows, stride| Case {
        addr,
        bytes,
        rows,
        stride,
        seed: 7,
    };
    vec![
        case(base + 3, MAX_BYTES, 1, 0),
        case(base + (1 << 21), 1, MAX_ROWS, 2),
    ]
}

/// Draws a command that is long enough to flow into the next one.
fn flowing(rng: &mut Rng, addr: u64, shape: Shape) -> Case {
    let beat = u64::from(shape.beat);
    let rows = 1 + rng.below(3);
    let most = (SLOT - 2 * beat) / beat / rows;
    let beats = (24 + rng.below(60)).min(most);
    let place = rng.below(2) * rng.below(beat);
    let end = rng.below(2) * rng.below(beat);
    let bytes = beats * beat - end - if beats == most { place } else { 0 };
    let pitch = (bytes + place).div_ceil(beat) * beat;
    Case {
        addr: (addr / beat + 1) * beat + place.min(SLOT - rows * pitch - beat),
        bytes: bytes as u32,
        rows: rows as u32,
        stride: pitch as i32,
        seed: rng.draw(),
    }
}

/// Draws a command in the window of `size` bytes from `base` on, in the slot `at`, or one that is
/// refused.
fn drawn(rng: &mut Rng, base: u64, at: u64, size: u64, shape: Shape) -> Case {
    let beat = u64::from(shape.beat);
    // Bytes of a row: a few, about a beat, whole beats, about a burst, or as many as there is room.
    let burst = beat * u64::from(shape.burst);
    let room = SLOT - beat;
    let bytes = match rng.below(6) {
        0 => 1 + rng.below(4),
        1 => 1 + rng.below(2 * beat),
        2 => beat * (1 + rng.below(4)),
        3 => burst + rng.below(3) - 1,
        4 => 1 + rng.below(20 * beat),
        _ => 1 + rng.below(room),
    };
    let bytes = bytes.clamp(1, room);
    let gap = [0, 1, beat - bytes % beat, rng.below(3 * beat)][rng.below(4) as usize];
    let pitch = bytes + gap;
    let most = 1 + (room - bytes) / pitch;
    let many = [1, 3, 20, 200][rng.below(4) as usize];
    let rows = (1 + rng.below(many)).min(most);
    let span = (rows - 1) * pitch + bytes;
    // At the slot's beginning, at a beat's, or across the page in its middle.
    let place = match rng.below(4) {
        0 => rng.below(beat),
        1 => rng.below(SLOT - span + 1),
        2 => ((base + at) / beat + 1) * beat - base - at,
        _ => (4096 - (base + at) % 4096).saturating_sub(rng.below(span)),
    };
    let place = place.min(SLOT - span);
    let first = base + at + place;
    let down = rows > 1 && rng.chance(30);
    let legal = Case {
        addr: if down {
            first + (rows - 1) * pitch
        } else {
            first
        },
        bytes: bytes as u32,
        rows: rows as u32,
        stride: if down { -(pitch as i32) } else { pitch as i32 },
        seed: rng.draw(),
    };
    if rng.chance(85) {
        return legal;
    }
    refused(rng, legal, (base, base + size))
}

/// Breaks one rule of a command that is legal in the window from `base` on and below `end`.
fn refused(rng: &mut Rng, legal: Case, (base, end): (u64, u64)) -> Case {
    let small = Case {
        bytes: legal.bytes.clamp(2, 200),
        rows: legal.rows.min(4),
        ..legal
    };
    let one = Case { rows: 1, ..small };
    let bytes = u64::from(small.bytes);
    match rng.below(12) {
        0 => Case { bytes: 0, ..small },
        1 => Case {
            bytes: MAX_BYTES + 1 + rng.below(1 << 20) as u32 % (MAX_BYTES - 1),
            ..small
        },
        2 => Case { rows: 0, ..small },
        3 => Case {
            rows: MAX_ROWS + 1 + rng.below(1 << 16) as u32 % (MAX_ROWS - 1),
            ..small
        },
        // One byte beyond 2^64, and a row that begins below 0.
        4 => Case {
            addr: u64::MAX - bytes + 2,
            ..one
        },
        5 => Case {
            addr: rng.below(1000),
            rows: 3,
            stride: -1000,
            ..small
        },
        // Exactly to 2^64, which is in no window.
        10 => Case {
            addr: u64::MAX - bytes + 1,
            ..one
        },
        // One byte beyond the window on either side.
        6 => Case {
            addr: base - 1,
            ..one
        },
        7 => Case {
            addr: end - bytes + 1,
            ..one
        },
        11 => Case {
            addr: end - bytes + 1,
            rows: 2,
            stride: -8,
            ..small
        },
        8 => Case {
            addr: base + 7,
            rows: 2,
            stride: -8,
            ..small
        },
        _ => Case {
            addr: end - bytes - 7,
            rows: 2,
            stride: 8,
            ..small
        },
    }
}
