// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which accesses are tried: every address once, the command ring by hand, then random ones.

use hwgen_golden::regs::table::{CHANNEL_STRIDE, Kind};
use hwgen_golden::regs::{ADDR_W, Table};

use super::device::RegsBench;
use super::{Access, Setup};
use crate::kit::{self, Reset, RunOf, Stall};
use hwgen_sim::rng::Rng;

/// Most accesses of a random run.
const RUN_ITEMS: u64 = 50;
/// Runs by hand, and those of them in which hardware that raises events meets refused doorbells.
const DIRECTED: u64 = 10;
const ERRORS: std::ops::RangeInclusive<u64> = 5..=DIRECTED;

const CONTROL: u32 = 0x40;
const COMMAND: u32 = 0x44;
const STATUS: u32 = 0x48;
const ERROR_CODE: u32 = 0x4C;
const ERROR_ADDR: u32 = 0x50;
const IRQ_STATUS: u32 = 0x58;
const IRQ_ENABLE: u32 = 0x5C;
const SIZE: u32 = 0x68;
const TAIL: u32 = 0x6C;
const CYCLES: u32 = 0x100;
const IN_BYTES: u32 = 0x128;
const FLIGHT: u32 = 0x800;
const BLOCKED: u32 = 0x808;

/// Registers that belong together: a random run is about one of these groups, or about all.
const GROUPS: [&[u32]; 5] = [
    &[IRQ_STATUS, IRQ_STATUS, IRQ_ENABLE, STATUS],
    &[CONTROL, SIZE, TAIL, TAIL, TAIL],
    &[COMMAND, ERROR_CODE, ERROR_ADDR, TAIL, IRQ_STATUS],
    &[COMMAND, CYCLES, CYCLES + 4, IN_BYTES, IN_BYTES + 4],
    &[COMMAND, FLIGHT, FLIGHT, BLOCKED, BLOCKED + 4],
];

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
        let random = number > DIRECTED;
        let mut items = match number {
            1 => everything(table),
            2 => ring(),
            3 => carries(table),
            4 => presets(),
            n if ERRORS.contains(&n) => errors(),
            _ => some(table, rng),
        };
        items.truncate(left as usize);
        let stalled = random && rng.chance(75);
        let cycles = 4 * items.len() as u64 + 4;
        let percent = [0, 3, 20, 60][rng.below(4) as usize];
        RunOf::<RegsBench> {
            seed: rng.draw(),
            stalls: Stall::draw_all(rng, stalled, 3, 2),
            reset: (random && rng.chance(25)).then(|| Reset::draw(rng, cycles)),
            setup: Setup {
                seed: rng.draw(),
                percent: match number {
                    1..=4 => 0,
                    n if ERRORS.contains(&n) => 20,
                    _ => percent,
                },
                ordered: !random && number != 1 || rng.chance(40),
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

/// Doorbells that are refused, and errors that are cleared.
fn errors() -> Vec<Access> {
    let once = [write(TAIL, 1), write(COMMAND, 4), read(ERROR_CODE)];
    std::iter::repeat_n(once, 2).flatten().collect()
}

/// Reads both halves of every counter before and after the carry between them; a high half that is
/// read alone is the one that was kept. Then counters are cleared, and the most requests in flight.
fn carries(table: &Table) -> Vec<Access> {
    let low = |o: &u32| {
        let place = table.at(*o);
        place.is_some_and(|p| p.register.fields[0].kind == Kind::Low)
    };
    let counters: Vec<u32> = table.offsets().into_iter().filter(low).collect();
    let mut all = vec![write(COMMAND, 8)];
    all.extend(counters.iter().flat_map(|&o| [read(o), read(o + 4)]));
    // The slowest of them count to 64 in half of all cycles, and an access takes three.
    all.extend(std::iter::repeat_n(read(0), 50));
    let after = |&o: &u32| [read(o + 4), read(o), read(o + 4)];
    all.extend(counters.iter().rev().flat_map(after));
    let peaks = (0..table.channels).map(|c| FLIGHT + c * CHANNEL_STRIDE);
    all.extend(peaks.flat_map(|o| [read(o), write(COMMAND, 2), read(o)]));
    all
}

/// Presets a fast counter, whose carry comes within a few accesses, and presets it again.
fn presets() -> Vec<Access> {
    let [low, high] = [read(IN_BYTES), read(IN_BYTES + 4)];
    let preset = write(COMMAND, 8);
    let wait = [read(0); 3];
    let kept = [&[preset, low][..], &wait, &[high]].concat();
    let again = [&[preset][..], &wait, &[preset, low, high]].concat();
    [kept, again].concat()
}

/// Draws a run.
fn some(table: &Table, rng: &mut Rng) -> Vec<Access> {
    let all = table.offsets();
    let group = GROUPS.get(rng.below(7) as usize);
    let channel = rng.below(table.channels.into()) as u32 * CHANNEL_STRIDE;
    let count = 1 + rng.below(RUN_ITEMS);
    let one = |rng: &mut Rng| {
        let pick = |rng: &mut Rng, all: &[u32]| all[rng.below(all.len() as u64) as usize];
        let offset = match group {
            Some(group) if rng.chance(90) => match pick(rng, group) {
                offset if offset >= FLIGHT => offset + channel,
                offset => offset,
            },
            _ if rng.chance(20) => rng.below(1 << ADDR_W) as u32,
            _ => pick(rng, &all),
        };
        draw(offset & !3, rng)
    };
    let first = write(CONTROL, u32::from(rng.chance(75)));
    let others = (1..count).map(|_| one(rng));
    std::iter::once(first)
        .chain(others.collect::<Vec<_>>())
        .collect()
}

/// Draws an access to a register.
fn draw(offset: u32, rng: &mut Rng) -> Access {
    // Two times in three it is aligned.
    let address = offset
        | if rng.chance(33) {
            rng.below(4) as u32
        } else {
            0
        };
    if rng.chance(45) {
        return Access::Read { address };
    }
    let wide = rng.draw() as u32;
    let data = match offset {
        // Indices of any length, so that one is as often below the other as not.
        SIZE | TAIL => (wide & 0xFFFF) >> rng.below(16),
        // Mostly enabled.
        CONTROL => wide & !1 | u32::from(rng.chance(75)),
        COMMAND => 1 << rng.below(4) | if rng.chance(30) { wide } else { 0 },
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
