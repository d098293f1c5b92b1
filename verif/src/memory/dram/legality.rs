// SPDX-License-Identifier: MIT OR Apache-2.0
//! Every command of random traffic against the rules of the device, pair by pair: written from the tables
//! and knowing nothing of how the model keeps them.

use super::device::{Command, Event};
use super::mapping::Place;
use super::{Dram, Mapping, Preset, Timing};
use hwgen_sim::rng::Rng;

/// Plays reads and writes, mostly of a few rows, and returns the commands of each channel.
fn traffic(preset: &Preset, seed: u64, clocks: u64) -> Vec<Vec<(u64, Event)>> {
    let o = preset.organisation;
    let access = u64::from(o.access_bytes);
    let mapping = Mapping::spread(&o, access << (seed % 3), seed.is_multiple_of(2));
    let mut dram = Dram::seeded(preset, &mapping, seed);
    let mut rng = Rng::new(seed);
    let (mut base, mut write) = (0, false);
    for _ in 0..clocks {
        // From idle to more than the bus carries, in turns.
        let busy = [0, 1, 4, 40][(dram.now() / 500 % 4) as usize];
        for _ in 0..rng.below(busy + 1) {
            if rng.chance(10) {
                base = rng.below(1 << 14) * access;
            }
            write ^= rng.chance(20);
            let address = base + rng.below(256) * access;
            dram.submit(address, write);
        }
        dram.clock();
        dram.take_done().for_each(drop);
    }
    dram.channels.into_iter().map(|c| c.device.log).collect()
}

/// The least clocks from an earlier command to a later one, both of one pseudo channel.
fn least(t: &Timing, from: Event, to: Event) -> u64 {
    use Command::{Activate, Precharge, Read, Write};
    let (Event::Bank(first, a), Event::Bank(second, b)) = (from, to) else {
        return least_of_all(t, from, to);
    };
    let same_group = a.group == b.group;
    let same_bank = same_group && a.bank == b.bank;
    let by_group = |pair: [u64; 2]| if same_group { pair[1] } else { pair[0] };
    match (first, second) {
        (Activate, Activate) if same_bank => t.rc,
        (Activate, Activate) => by_group(t.rrd),
        (Activate, Read) if same_bank => t.act_shift + t.rcd_read,
        (Activate, Write) if same_bank => t.act_shift + t.rcd_write,
        (Activate, Precharge) if same_bank => t.act_shift + t.ras,
        (Precharge, Activate) if same_bank => t.rp - t.act_shift,
        (Read, Precharge) if same_bank => t.rtp,
        (Write, Precharge) if same_bank => t.cwl + t.burst + t.wr,
        (Read, Read) | (Write, Write) => by_group(t.ccd).max(t.burst),
        (Write, Read) => t.cwl + t.burst + by_group(t.wtr),
        (Read, Write) => t.cl + t.burst + t.turn - t.cwl,
        _ => 0,
    }
}

/// The same where one of the two is of all banks.
fn least_of_all(t: &Timing, from: Event, to: Event) -> u64 {
    use Command::{Activate, Precharge, Read, Write};
    match (from, to) {
        (Event::Bank(Activate, _), Event::Close(_)) => t.act_shift + t.ras,
        (Event::Bank(Read, _), Event::Close(_)) => t.rtp,
        (Event::Bank(Write, _), Event::Close(_)) => t.cwl + t.burst + t.wr,
        (Event::Bank(Activate, _), Event::Refresh(_)) => t.act_shift + t.rc,
        (Event::Bank(Precharge, _) | Event::Close(_), Event::Refresh(_)) => t.rp,
        (Event::Close(_), Event::Bank(Activate, _)) => t.rp - t.act_shift,
        (Event::Refresh(_), Event::Bank(Activate, _)) => t.rfc - t.act_shift,
        (Event::Refresh(_), Event::Refresh(_)) => t.rfc,
        _ => 0,
    }
}

fn pseudo_channel(event: Event) -> u32 {
    match event {
        Event::Bank(_, place) => place.pseudo_channel,
        Event::Close(number) | Event::Refresh(number) => number,
    }
}

fn is_column(event: Event) -> bool {
    matches!(event, Event::Bank(command, _) if command.is_column())
}

/// Checks one pseudo channel: waits, rows, the window of four activates, and the data bus.
fn check(preset: &Preset, log: &[(u64, Event)]) {
    let t = &preset.timing;
    let mut open: Vec<(Place, u64)> = Vec::new();
    let same = |a: &Place, b: &Place| (a.group, a.bank) == (b.group, b.bank);
    let (mut activates, mut bus_free) = (Vec::new(), 0);
    for (at, &(now, event)) in log.iter().enumerate() {
        let before = log[..at].iter().rev();
        for &(then, other) in before.take_while(|(then, _)| now - then < t.rfc.max(200)) {
            let wait = least(t, other, event);
            assert!(
                now >= then + wait,
                "{other:?} at {then}, {event:?} at {now}"
            );
        }
        match event {
            Event::Close(_) => open.clear(),
            Event::Refresh(_) => assert!(open.is_empty(), "{open:?} at {now}"),
            Event::Bank(Command::Activate, place) => {
                assert!(!open.iter().any(|(p, _)| same(p, &place)), "{event:?}");
                open.push((place, place.row));
                activates.push(now);
                if let [.., first, _, _, _, last] = activates[..] {
                    assert!(last >= first + t.faw, "five activates from {first} on");
                }
            }
            Event::Bank(Command::Precharge, place) => {
                open.retain(|(p, _)| !same(p, &place));
            }
            Event::Bank(column, place) => {
                let row = open.iter().find(|(p, _)| same(p, &place));
                assert_eq!(row.map(|r| r.1), Some(place.row), "{event:?} at {now}");
                let latency = if column == Command::Read { t.cl } else { t.cwl };
                assert!(now + latency >= bus_free, "{event:?} at {now}");
                bus_free = now + latency + t.burst;
            }
        }
    }
}

#[test]
fn random_traffic_keeps_all_rules() {
    for preset in Preset::all() {
        let clocks = 2 * preset.timing.refi;
        for seed in 0..3 {
            for log in traffic(&preset, seed, clocks).iter().take(2) {
                for pair in log.windows(2) {
                    let ((first, a), (second, b)) = (pair[0], pair[1]);
                    let one_bus = !preset.two_buses || is_column(a) == is_column(b);
                    assert!(first < second || !one_bus && first == second);
                }
                // An activate keeps its bus.
                let rows = log
                    .iter()
                    .filter(|(_, e)| !preset.two_buses || !is_column(*e));
                let mut free = 0;
                for &(now, event) in rows {
                    assert!(now >= free, "{event:?} at {now}");
                    let activates = matches!(event, Event::Bank(Command::Activate, _));
                    free = now
                        + if activates {
                            preset.timing.act_clocks
                        } else {
                            1
                        };
                }
                for number in 0..preset.organisation.pseudo_channels {
                    let own = log.iter().filter(|(_, e)| pseudo_channel(*e) == number);
                    let own: Vec<_> = own.copied().collect();
                    check(&preset, &own);
                    let refreshes = own.iter().filter(|(_, e)| matches!(e, Event::Refresh(_)));
                    assert!((1..=2).contains(&refreshes.count()));
                    let writes = own
                        .iter()
                        .filter(|(_, e)| matches!(e, Event::Bank(Command::Write, _)));
                    assert!(writes.count() > 100, "{}", preset.name);
                }
            }
        }
    }
}
