// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which accesses are tried: every address once, the command ring by hand, then random ones.

use hwgen_golden::regs::table::Kind;
use hwgen_golden::regs::{ADDR_W, Table};

use super::bench::RegsBench;
use super::{Access, Setup};
use crate::kit::{self, Reset, RunOf, Stall};
use hwgen_sim::rng::Rng;

/// Most accesses of a random run.
const RUN_ITEMS: u64 = 60;
/// Registers that do something, and are tried more often than others.
const BUSY: [u32; 8] = [CONTROL, COMMAND, 0x48, IRQ_STATUS, 0x5C, SIZE, TAIL, 0x4C];
const CONTROL: u32 = 0x40;
const COMMAND: u32 = 0x44;
const IRQ_STATUS: u32 = 0x58;
const SIZE: u32 = 0x68;
const TAIL: u32 = 0x6C;

const fn write(address: u32, data: u32) -> Access {
    Access::Write {
        address,
        data,
        strobe: 15,
    }
}

const fn read(address: u32) -> Access {
    Access::Read { address }
}

/// Lists runs.
pub(super) fn plan(
    table: &Table,
    seed: u64,
    cases: u64,
) -> Box<dyn Iterator<Item = RunOf<RegsBench>> + '_> {
    kit::plan(seed, cases, move |rng, number, left| {
        let mut items = match number {
            1 => everything(table),
            2 => ring(),
            3 => errors(),
            4 => carries(table),
            _ => (0..=rng.below(RUN_ITEMS))
                .map(|_| draw(table, rng))
                .collect(),
        };
        items.truncate(left as usize);
        let stalled = number > 4 && rng.chance(75);
        let cycles = 4 * items.len() as u64 + 4;
        let percent = [0, 3, 20, 60][rng.below(4) as usize];
        RunOf::<RegsBench> {
            seed: rng.draw(),
            stalls: Stall::draw_all(rng, stalled, 3, 2),
            reset: (number > 4 && rng.chance(25)).then(|| Reset::draw(rng, cycles)),
            setup: Setup {
                seed: rng.draw(),
                percent: match number {
                    1 | 2 => 0,
                    3 => 20,
                    _ => percent,
                },
            },
            items,
        }
    })
}

/// Writes and reads each register, and what lies beside them.
fn everything(table: &Table) -> Vec<Access> {
    let beside = [0x30, 0x3C, 0x80, 0xFC, 0x138, 0x158, 0x178, 0x804, 0xFFC];
    let offsets = table.offsets().into_iter().chain(beside);
    let each = |o: u32| [write(o, o.wrapping_mul(0x9E37_79B1)), read(o)];
    offsets.flat_map(each).collect()
}

/// A ring of four: doorbells that are taken and refused, errors, and the reset of the queue.
fn ring() -> Vec<Access> {
    vec![
        write(SIZE, 4),
        write(TAIL, 1),
        write(CONTROL, 1),
        write(TAIL, 3),
        write(TAIL, 4),
        read(TAIL),
        write(0x5C, 7),
        write(IRQ_STATUS, 7),
        write(COMMAND, 4),
        write(TAIL, 5),
        write(COMMAND, 7),
        read(TAIL),
        write(TAIL, 2),
        read(TAIL),
    ]
}

/// Doorbells that are refused, and errors that are cleared, again and again.
fn errors() -> Vec<Access> {
    let once = [write(TAIL, 1), write(COMMAND, 4), read(0x4C)];
    std::iter::repeat_n(once, 16).flatten().collect()
}

/// Reads both halves of every counter before and after the carry between them.
fn carries(table: &Table) -> Vec<Access> {
    let low = |o: &u32| {
        let place = table.at(*o);
        place.is_some_and(|p| p.register.fields[0].kind == Kind::Low)
    };
    let counters: Vec<u32> = table.offsets().into_iter().filter(low).collect();
    let halves = counters.iter().flat_map(|&o| [read(o), read(o + 4)]);
    let preset = [write(COMMAND, 8)];
    // The slowest of them count in half of all cycles, and an access takes three.
    let wait = std::iter::repeat_n(read(0), 256);
    let again = counters.iter().rev().flat_map(|&o| [read(o), read(o + 4)]);
    preset
        .into_iter()
        .chain(halves)
        .chain(wait)
        .chain(again)
        .collect()
}

/// Draws an access.
fn draw(table: &Table, rng: &mut Rng) -> Access {
    let pick = |rng: &mut Rng, all: &[u32]| all[rng.below(all.len() as u64) as usize];
    let offset = match rng.below(10) {
        0 => rng.below(1 << ADDR_W) as u32,
        1..=5 => pick(rng, &BUSY),
        _ => pick(rng, &table.offsets()),
    };
    // Two times in three it is aligned.
    let address = offset & !3
        | if rng.chance(33) {
            rng.below(4) as u32
        } else {
            0
        };
    if rng.chance(40) {
        return Access::Read { address };
    }
    let wide = rng.draw() as u32;
    let data = match offset & !3 {
        SIZE => rng.below(12) as u32,
        TAIL => rng.below(14) as u32,
        // Mostly enabled.
        CONTROL => wide & !1 | u32::from(rng.chance(75)),
        _ => wide,
    };
    let strobe = if rng.chance(70) {
        15
    } else {
        rng.below(16) as u32
    };
    Access::Write {
        address,
        data,
        strobe,
    }
}
