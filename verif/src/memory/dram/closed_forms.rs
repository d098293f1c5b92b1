// SPDX-License-Identifier: MIT OR Apache-2.0
//! The model against what the timing says by hand.

use super::patterns::{play, reads, stream};
use super::{Dram, Field, Mapping, Preset};

/// The preset without refresh.
fn without_refresh(mut preset: Preset) -> Preset {
    preset.timing.refi = u64::MAX / 2;
    preset
}

fn spread(preset: &Preset, group_low: bool) -> Mapping {
    let o = &preset.organisation;
    Mapping::spread(o, u64::from(o.access_bytes), group_low)
}

/// Addresses that step one field of the place and keep all others.
fn steps(preset: &Preset, mapping: &Mapping, field: Field, count: u64) -> Vec<u64> {
    let bit = mapping.bit(&preset.organisation, field, 0);
    (0..count).map(|at| at << bit).collect()
}

/// One clock to the controller, tRCD, tCL and the burst; the activate of HBM counts from its second
/// clock.
#[test]
fn a_read_of_a_closed_bank() {
    let clocks = |preset: Preset| {
        let mut dram = Dram::new(&preset, &spread(&preset, true));
        reads(&mut dram, &[0])
    };
    assert_eq!(clocks(Preset::ddr4_2400()), 37);
    assert_eq!(clocks(Preset::hbm2()), 32);
    assert_eq!(clocks(Preset::lpddr5_6400()), 1 + 15 + 17 + 2);
    assert_eq!(clocks(Preset::hbm3()), 1 + 1 + 26 + 26 + 2);
}

/// A second read of the open row needs no activate; one of another row needs a precharge, too.
#[test]
fn a_row_hit_and_a_row_miss() {
    for preset in Preset::all() {
        let (t, mapping) = (preset.timing, spread(&preset, true));
        let mut dram = Dram::new(&preset, &mapping);
        let row = 1 << mapping.bit(&preset.organisation, Field::Row, 0);
        reads(&mut dram, &[0]);
        for _ in 0..100 {
            dram.clock();
        }
        let hit = 1 + t.cl + t.burst;
        assert_eq!(reads(&mut dram, &[0]), hit, "{}", preset.name);
        for _ in 0..100 {
            dram.clock();
        }
        let miss = hit + t.rp + t.rcd_read;
        assert_eq!(reads(&mut dram, &[row]), miss, "{}", preset.name);
    }
}

/// A stream over the bank groups fills the data bus; within one bank group it is as slow as `tCCD_L`.
#[test]
fn streams_run_at_ccd() {
    for preset in Preset::all() {
        let preset = without_refresh(preset);
        let (t, o) = (preset.timing, preset.organisation);
        let mapping = spread(&preset, true);
        let mut dram = Dram::new(&preset, &mapping);
        let count = 2 * u64::from(o.columns * o.groups) * u64::from(o.channels * o.pseudo_channels);
        let clocks = reads(
            &mut dram,
            &stream(&preset, count * u64::from(o.access_bytes)),
        );
        let ideal = count * u64::from(o.access_bytes) * t.burst
            / u64::from(o.channels * o.pseudo_channels * o.access_bytes);
        // Beside the first latency only the way to the second row of banks is lost.
        let latency = 2 * (t.rcd_read + t.cl + t.burst + 2 * t.act_shift + t.rrd[0]);
        assert!(
            (ideal..=ideal + latency).contains(&clocks),
            "{}: {clocks}, {ideal}",
            preset.name
        );

        let mut dram = Dram::new(&preset, &mapping);
        let one_group = steps(&preset, &mapping, Field::Column, u64::from(o.columns));
        let clocks = reads(&mut dram, &one_group);
        let first = 1 + t.act_shift + t.rcd_read + t.cl + t.burst;
        assert_eq!(clocks, first + u64::from(o.columns - 1) * t.ccd[1]);
    }
}

/// Rows of one bank in turn: an access per tRC.
#[test]
fn row_misses_of_one_bank_run_at_trc() {
    for preset in Preset::all() {
        let preset = without_refresh(preset);
        let (t, mapping) = (preset.timing, spread(&preset, true));
        let mut dram = Dram::new(&preset, &mapping);
        let clocks = reads(&mut dram, &steps(&preset, &mapping, Field::Row, 40));
        let first = 1 + t.act_shift + t.rcd_read + t.cl + t.burst;
        // tRC is tRAS and tRP; where it counts from the second clock of an activate as well, nothing more.
        assert_eq!(clocks, first + 39 * t.rc, "{}", preset.name);
        assert_eq!(dram.commands().activates, 40);
        assert_eq!(dram.commands().precharges, 39);
    }
}

/// A row miss each time, spread over all banks of one pseudo channel: what four activates per tFAW, one
/// per tRRD, or one of each bank per tRC allow.
#[test]
fn row_misses_of_all_banks_run_at_faw() {
    for preset in Preset::all() {
        let preset = without_refresh(preset);
        let (t, o) = (preset.timing, preset.organisation);
        let mapping = spread(&preset, true);
        let mut dram = Dram::new(&preset, &mapping);
        let bit = |field, index| mapping.bit(&o, field, index);
        let address = |at: u64| {
            let (group, bank, row) = (at % 4, at / 4 % 4, at / 16);
            let (g, b, r) = (
                bit(Field::Group, 0),
                bit(Field::Bank, 0),
                bit(Field::Row, 0),
            );
            group << g | bank << b | row << r
        };
        let count = 640;
        let addresses: Vec<u64> = (0..count).map(address).collect();
        let clocks = reads(&mut dram, &addresses) as f64;
        let per_access = (t.faw as f64 / 4.0)
            .max(t.rrd[0] as f64)
            .max(t.rc as f64 / 16.0);
        let share = per_access * count as f64 / clocks;
        assert!(
            (0.9..=1.0).contains(&share),
            "{}: {share}, {clocks}",
            preset.name
        );
        assert_eq!(dram.commands().activates, count);
    }
}

/// Long streams lose the share of the refresh, and a little for closing and opening rows around it.
#[test]
fn refresh_takes_its_share() {
    for mut preset in Preset::all() {
        // All channels are alike.
        preset.organisation.channels = 1;
        let (t, o, mapping) = (preset.timing, preset.organisation, spread(&preset, true));
        let count = 4 * t.refi / t.burst * u64::from(o.channels * o.pseudo_channels);
        let addresses = stream(&preset, count * u64::from(o.access_bytes));
        let mut dram = Dram::new(&preset, &mapping);
        let with = reads(&mut dram, &addresses) as f64;
        let quiet = without_refresh(preset.clone());
        let without = reads(&mut Dram::new(&quiet, &mapping), &addresses) as f64;
        let each = dram.commands().refreshes / u64::from(o.channels * o.pseudo_channels);
        assert_eq!(each, 4, "{}", preset.name);
        let lost = (with - without) / each as f64;
        // Rows that would have been opened anyway are opened behind a refresh at once.
        let (least, most) = (t.rfc as f64 * 0.9, (t.rfc + 2 * t.rc) as f64);
        assert!((least..=most).contains(&lost), "{}: {lost}", preset.name);
    }
}

/// Reads and writes in turn, each waiting for the one before: nothing overlaps, and the bus turns.
#[test]
fn turning_round_costs_what_the_timing_says() {
    for preset in Preset::all() {
        let preset = without_refresh(preset);
        let (t, mapping) = (preset.timing, spread(&preset, true));
        let mut dram = Dram::new(&preset, &mapping);
        let column = 1 << mapping.bit(&preset.organisation, Field::Column, 0);
        reads(&mut dram, &[0]);
        for _ in 0..100 {
            dram.clock();
        }
        // A write goes in the next clock; a read of the same bank group waits for `tWTR_L` after its data.
        assert!(dram.submit(column, true).is_some());
        dram.clock();
        assert_eq!(dram.take_done().count(), 1);
        assert_eq!(dram.commands().writes, 1);
        let clocks = reads(&mut dram, &[2 * column, 0]) - t.ccd[1];
        let wait = t.cwl + t.burst + t.wtr[1];
        assert_eq!(clocks, wait + t.cl + t.burst, "{}", preset.name);
    }
}

/// Writes are taken until the queue is full, and the bus carries as many as of reads.
#[test]
fn writes_stream_as_well() {
    for preset in Preset::all() {
        let preset = without_refresh(preset);
        let (t, o, mapping) = (preset.timing, preset.organisation, spread(&preset, true));
        let mut dram = Dram::new(&preset, &mapping);
        let ports = u64::from(o.channels * o.pseudo_channels);
        let count = 1000 * ports;
        let clocks = play(
            &mut dram,
            &stream(&preset, count * u64::from(o.access_bytes)),
            true,
            usize::MAX,
            usize::MAX,
        ) as f64;
        let share = (count / ports * t.burst) as f64 / clocks;
        assert!((0.85..=1.04).contains(&share), "{}: {share}", preset.name);
    }
}

/// A read of what waits to be written does not go to the banks.
#[test]
fn reads_of_waiting_writes_are_forwarded() {
    let preset = Preset::ddr4_2400();
    let mut dram = Dram::new(&preset, &spread(&preset, true));
    assert!(dram.submit(64, true).is_some());
    assert_eq!(dram.take_done().count(), 1, "a write is posted");
    let read = dram.submit(64, false);
    dram.clock();
    assert_eq!(dram.take_done().collect::<Vec<_>>(), [read.expect("room")]);
    assert_eq!(dram.commands().reads, 0);
}

/// A seed gives each pseudo channel a phase of its own; the share of time stays.
#[test]
fn refreshes_may_be_drawn() {
    let preset = Preset::hbm2();
    let mapping = spread(&preset, true);
    let run = |seed| {
        let mut dram = Dram::seeded(&preset, &mapping, seed);
        let clocks = reads(&mut dram, &stream(&preset, 256 << 10));
        for _ in clocks..10 * preset.timing.refi {
            dram.clock();
        }
        (clocks, dram.commands().refreshes)
    };
    assert_eq!(run(1), run(1));
    assert_ne!(run(1).0, run(2).0);
    for seed in 0..4 {
        // One of the sixteen may still wait for a row to be closed when the time is over.
        assert!((159..=160).contains(&run(seed).1), "{:?}", run(seed));
    }
}
