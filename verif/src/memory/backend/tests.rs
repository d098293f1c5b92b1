// SPDX-License-Identifier: MIT OR Apache-2.0
//! Ports on a DRAM: latency, order, the ratio of the clocks, posted writes, resets.

use super::super::beat::Beat;
use super::super::behaviour::{Behaviour, Latency, Order};
use super::super::dram::{Field, Mapping, Preset};
use super::super::read_side::{ReadBeat, ReadSide};
use super::super::rules::tests::burst;
use super::super::rules::{Address, Rules};
use super::super::write_side::{WriteBeat, WriteSide};
use super::super::{Access, Memory, Space};
use super::*;

fn memory(preset: &Preset, mapping: &Mapping, core_ps: u64) -> Memory {
    let mut space = Space::new(5);
    space.allot("all", 0, 1 << 32, Access::Both);
    Memory::with_dram(space, Dram::new(preset, mapping), core_ps)
}

fn low(preset: &Preset) -> Mapping {
    let o = &preset.organisation;
    Mapping::spread(o, o.access_bytes.into(), true)
}

fn behaviour(way: u32, order: Order) -> Behaviour {
    Behaviour {
        latency: Latency::Dram(way),
        order,
        ..Behaviour::ideal(1)
    }
}

/// A burst of `beats` of 64 bytes.
fn wide(id: u64, start: u64, beats: u32) -> Address {
    Address {
        id,
        size: 6,
        ..burst(start, beats)
    }
}

/// Plays cycles until nothing is in flight; returns cycle and beat.
fn drain(side: &mut ReadSide, memory: &mut Memory, from: u64) -> Vec<(u64, ReadBeat)> {
    let mut beats = Vec::new();
    for cycle in from.. {
        if side.in_flight() == 0 {
            break;
        }
        side.advance(cycle, memory);
        if let Some(beat) = side.offer(cycle, memory) {
            side.taken(&beat);
            beats.push((cycle, beat));
        }
    }
    beats
}

/// A read of a closed bank takes 37 clocks of 833 ps, whatever the clock of the core.
#[test]
fn the_ratio_of_the_clocks_is_kept() {
    let preset = Preset::ddr4_2400();
    let first = |core_ps, way| {
        let mut memory = memory(&preset, &low(&preset), core_ps);
        let mut side = ReadSide::new(Rules::new(64, 4), behaviour(way, Order::Fifo));
        side.advance(0, &mut memory);
        side.accept(0, wide(0, 0x40, 1), &mut memory)
            .expect("legal");
        drain(&mut side, &mut memory, 1)[0].0
    };
    assert_eq!(first(833, 0), 37);
    assert_eq!(first(833, 20), 57);
    // 37 clocks are 30.8 ns: 19 cycles of 1666 ps, 31 of 1 ns, and up to two more to meet the edges.
    assert_eq!(first(1666, 0), 19);
    assert!((31..=33).contains(&first(1000, 0)), "{}", first(1000, 0));
    assert!((73..=76).contains(&first(417, 0)), "{}", first(417, 0));
}

/// What hits an open row overtakes a row miss of another ID, and not one of its own.
#[test]
fn order_is_kept_within_an_id() {
    let preset = Preset::ddr4_2400();
    let mapping = low(&preset);
    let bit = |field| 1 << mapping.bit(&preset.organisation, field, 0);
    let (row, column): (u64, u64) = (bit(Field::Row), bit(Field::Column));
    let order = |ids: [u64; 2]| {
        let mut memory = memory(&preset, &mapping, 833);
        let mut side = ReadSide::new(Rules::new(64, 4), behaviour(0, Order::Free));
        side.accept(0, wide(0, 0, 1), &mut memory).expect("legal");
        side.accept(0, wide(0, 0x40, 1), &mut memory)
            .expect("legal");
        drain(&mut side, &mut memory, 1);
        let start = 200;
        side.advance(start, &mut memory);
        let reads = [row, 0x40 + column];
        for (id, address) in ids.into_iter().zip(reads) {
            side.accept(start, wide(id, address, 1), &mut memory)
                .expect("legal");
        }
        let beats = drain(&mut side, &mut memory, start + 1);
        let of = |at: usize| {
            let data = memory.space.beat(reads[at], 64);
            beats.iter().position(|(_, beat)| beat.data == data)
        };
        (of(0), of(1), side.counts.overtakes)
    };
    assert_eq!(order([3, 4]), (Some(1), Some(0), 1));
    assert_eq!(order([3, 3]), (Some(0), Some(1), 0));
}

/// Long bursts over one port reach what the DRAM gives to an ideal reader, for each width of the port.
#[test]
fn a_port_streams_what_the_dram_gives() {
    let preset = Preset::ddr4_2400();
    for (lanes, beats) in [(64, 4), (32, 8), (8, 32)] {
        let mut memory = memory(&preset, &low(&preset), 833 * u64::from(lanes) / 64 / 4);
        let mut side = ReadSide::new(Rules::new(lanes, beats), behaviour(0, Order::Fifo));
        let bytes = u64::from(lanes * beats);
        let size = lanes.trailing_zeros();
        let (mut next, mut came) = (0, 0);
        let total = (16 << 10) / bytes;
        while came < total * u64::from(beats) {
            let cycle = memory.backend().cycle.map_or(0, |cycle| cycle + 1);
            side.advance(cycle, &mut memory);
            if let Some(beat) = side.offer(cycle, &memory) {
                side.taken(&beat);
                came += 1;
            }
            if next < total && side.in_flight() < 16 {
                let start = next * bytes;
                let address = Address {
                    size,
                    ..burst(start, beats)
                };
                side.accept(cycle, address, &mut memory).expect("legal");
                next += 1;
            }
        }
        // 256 accesses in 4 clocks each, and the latency of the first.
        let clocks = memory.backend().dram.now();
        assert!(
            (1024 + 33..1024 + 60).contains(&clocks),
            "{lanes}: {clocks}"
        );
    }
}

/// Two ports that read other banks of one channel share it.
#[test]
fn ports_take_turns() {
    let preset = Preset::ddr4_2400();
    let bank = low(&preset).bit(&preset.organisation, Field::Bank, 1);
    let mut memory = memory(&preset, &low(&preset), 833);
    let rules = Rules::new(64, 64);
    let mut sides: Vec<ReadSide> = (0..2)
        .map(|_| ReadSide::new(rules, behaviour(0, Order::Fifo)))
        .collect();
    for (at, side) in (0..).zip(&mut sides) {
        for part in 0..4 {
            let address = wide(0, (at << bank) + part * 4096, 64);
            side.accept(0, address, &mut memory).expect("legal");
        }
    }
    let mut last = [0; 2];
    for cycle in 1..4000 {
        for (side, last) in sides.iter_mut().zip(&mut last) {
            side.advance(cycle, &mut memory);
            if let Some(beat) = side.offer(cycle, &memory) {
                side.taken(&beat);
                *last = cycle;
            }
        }
    }
    // 512 accesses of 4 clocks in all, and both ports end at nearly the same time.
    let all = last[0].max(last[1]);
    assert!((2048..2500).contains(&all), "{last:?}");
    assert!(last[0].abs_diff(last[1]) < 200, "{last:?}");
}

/// A write is answered when the controller has taken it, long before the row is open; a port takes no
/// more data than what waits for room allows.
#[test]
fn writes_are_posted() {
    let preset = Preset::ddr4_2400();
    let mapping = low(&preset);
    let row = mapping.bit(&preset.organisation, Field::Row, 0);
    let mut memory = memory(&preset, &mapping, 833);
    let mut side = WriteSide::new(Rules::new(64, 1), behaviour(0, Order::Fifo));
    let beat = WriteBeat {
        data: Beat([7; 8]),
        strobes: u64::MAX,
        last: true,
    };
    let (mut answered, mut first, mut full) = (0_u64, None, 0_u64);
    let mut begun = 0_u64;
    for cycle in 0..400 {
        side.advance(cycle, &mut memory);
        if side.offer(cycle, &mut memory).is_some() {
            side.taken();
            answered += 1;
            first = first.or(Some(cycle));
        }
        if side.takes_data() {
            let address = wide(0, begun << row, 1);
            side.address(cycle, address, &mut memory).expect("legal");
            side.data(cycle, beat, &mut memory).expect("legal");
            begun += 1;
        } else {
            full += 1;
        }
    }
    assert_eq!(first, Some(1));
    // Row misses of one bank: a write in tRCD + tCWL + burst + tWR + tRP, 32 in the queue besides.
    let t = preset.timing;
    let each = t.rcd_write + t.cwl + t.burst + t.wr + t.rp;
    let most = 32 + 400 / each + 1;
    assert!((32..=most).contains(&answered), "{answered}");
    assert!(full > 200, "{full}");
    assert_eq!(memory.space.beat(0, 64), Beat([7; 8]));
}

/// After a reset nothing comes of what was under way.
#[test]
fn a_reset_forgets() {
    let preset = Preset::hbm2();
    let mut memory = memory(&preset, &low(&preset), 1000);
    let mut side = ReadSide::new(Rules::new(64, 16), behaviour(5, Order::Free));
    side.accept(0, wide(0, 0, 16), &mut memory).expect("legal");
    for cycle in 1..20 {
        side.advance(cycle, &mut memory);
    }
    side.clear();
    side.advance(20, &mut memory);
    side.accept(20, wide(1, 0x400, 2), &mut memory)
        .expect("legal");
    let beats = drain(&mut side, &mut memory, 21);
    let ids: Vec<u64> = beats.iter().map(|(_, beat)| beat.id).collect();
    assert_eq!(ids, [1, 1]);
    assert_eq!(beats[1].1.data, memory.space.beat(0x440, 64));
}

/// Sixteen ports of 256 bits, each on a pseudo channel of HBM2 of its own, with `beats` in flight each;
/// returns the share of the peak of the memory in per cent, for 16 KiB per port.
fn share_of_hbm2(beats: u32, way: u32) -> f64 {
    let preset = Preset::hbm2();
    let mapping = Mapping::private(&preset.organisation, 1 << 28);
    let mut memory = memory(&preset, &mapping, 1000);
    let (length, total) = (8, 512);
    let mut sides: Vec<(u64, ReadSide)> = (0..16)
        .map(|_| {
            (
                0,
                ReadSide::new(Rules::new(32, length), behaviour(way, Order::Fifo)),
            )
        })
        .collect();
    let (mut left, mut cycle) = (16 * total, 0);
    while left > 0 {
        for (at, (next, side)) in (0..).zip(&mut sides) {
            side.advance(cycle, &mut memory);
            if let Some(beat) = side.offer(cycle, &memory) {
                side.taken(&beat);
                left -= 1;
            }
            if *next < total && side.beats_in_flight() + length <= beats {
                let address = burst((at << 28) + *next * 32, length);
                side.accept(cycle, address, &mut memory).expect("legal");
                *next += u64::from(length);
            }
        }
        cycle += 1;
    }
    100.0 * f64::from(16 * 512 * 32) / (cycle as f64 * preset.bytes_per_clock())
}

/// A read of an open row takes 17 clocks, two of them on the bus: nine in flight cover it, and 16 as they
/// are asked for, a burst of eight at a time. With 20 cycles on the way it takes 37, which 16 do not
/// cover. Both ports of a channel share its queue and get as much of it.
#[test]
fn ports_of_their_own_fill_hbm2() {
    let shares = [16, 32, 64].map(|beats| share_of_hbm2(beats, 0));
    let far = [16, 32, 64].map(|beats| share_of_hbm2(beats, 20));
    if std::env::var_os("HWGEN_FIGURES").is_some() {
        // For `docs/memory/dram.md`.
        eprintln!("| 16, 32, 64 beats in flight | {shares:.1?} | {far:.1?} |");
    }
    assert!((85.0..97.0).contains(&shares[0]), "{shares:?}");
    assert!(shares[1..].iter().all(|&share| share > 93.0), "{shares:?}");
    assert!((45.0..75.0).contains(&far[0]), "{far:?}");
    assert!(far[1..].iter().all(|&share| share > 92.0), "{far:?}");
}
