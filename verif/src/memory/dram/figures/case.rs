// SPDX-License-Identifier: MIT OR Apache-2.0
//! A preset with a mapping, the shares of peak that it reaches, and their comparison.

use super::super::patterns::{Demand, Layout, accesses, planes, play, reads, some, stream, turns};
use super::super::{Dram, Field, Mapping, Preset};
use hwgen_sim::rng::Rng;

pub(super) const KIB: u64 = 1 << 10;
pub(super) const MIB: u64 = 1 << 20;
/// Draws whose mean is taken.
pub(super) const DRAWS: u64 = 12;

/// A mapping of a preset.
#[derive(Clone)]
pub(super) struct Case {
    pub(super) preset: Preset,
    pub(super) mapping: Mapping,
}

impl Case {
    pub(super) fn spread(preset: Preset, interleave: u64, group_low: bool) -> Self {
        let mapping = Mapping::spread(&preset.organisation, interleave, group_low);
        Self { preset, mapping }
    }

    pub(super) fn hbm2(interleave: u64, group_low: bool) -> Self {
        Self::spread(Preset::hbm2(), interleave, group_low)
    }

    pub(super) fn ddr4(group_low: bool) -> Self {
        Self::spread(Preset::ddr4_2400(), 64, group_low)
    }

    fn of(preset: Preset, runs: &[(Field, u32)]) -> Self {
        let mapping = Mapping::new(&preset.organisation, runs);
        Self { preset, mapping }
    }

    pub(super) fn dram(&self) -> Dram {
        Dram::new(&self.preset, &self.mapping)
    }

    pub(super) fn share(&self, useful: u64, clocks: u64) -> f64 {
        100.0 * useful as f64 / (clocks as f64 * self.preset.bytes_per_clock())
    }

    /// A stream, as many reads as the queues take.
    pub(super) fn stream(&self, bytes: u64) -> f64 {
        self.share(bytes, reads(&mut self.dram(), &stream(&self.preset, bytes)))
    }

    /// A stream with at most `window` reads in flight and `issue` per clock.
    pub(super) fn windowed(&self, bytes: u64, window: usize, issue: usize) -> f64 {
        let addresses = stream(&self.preset, bytes);
        let clocks = play(&mut self.dram(), &addresses, false, window, issue);
        self.share(bytes, clocks)
    }

    /// A share of the tokens of heads of 1,024 of `bytes` each, in the order that `order` makes; as many
    /// reads as the queues take, or `window` in order.
    pub(super) fn gather(
        &self,
        heads: u64,
        bytes: u64,
        percent: u64,
        order: Order,
        window: Option<usize>,
    ) -> f64 {
        let one = |seed| {
            let mut rng = Rng::new(seed);
            let mut pieces = Vec::new();
            for head in 0..heads {
                let mut chosen = some(&mut rng, 1024, percent);
                if order == Order::WithinHeads {
                    shuffle(&mut rng, &mut chosen);
                }
                pieces.extend(chosen.iter().map(|token| (head * 1024 + token) * bytes));
            }
            if order == Order::OverHeads {
                shuffle(&mut rng, &mut pieces);
            }
            let useful = pieces.len() as u64 * bytes;
            let addresses = accesses(&self.preset, pieces, bytes);
            let clocks = match window {
                None => reads(&mut self.dram(), &addresses),
                Some(window) => play(&mut self.dram(), &addresses, false, window, usize::MAX),
            };
            self.share(useful, clocks)
        };
        let draws = if heads == 1 { 4 * DRAWS } else { DRAWS / 4 };
        (0..draws).map(one).sum::<f64>() / draws as f64
    }

    /// Planes of eight heads.
    pub(super) fn planes(&self, layout: Layout, demand: Demand) -> f64 {
        let draws = match demand {
            Demand::First(_) => 1,
            _ => DRAWS / 3,
        };
        let one = |seed| {
            let pieces = planes(layout, demand, 8, seed);
            let useful = 32 * pieces.len() as u64;
            let addresses = accesses(&self.preset, pieces, 32);
            self.share(useful, reads(&mut self.dram(), &addresses))
        };
        (0..draws).map(one).sum::<f64>() / draws as f64
    }

    /// K and V in turns, V in other banks or in another row of the same.
    pub(super) fn turns(&self, other_banks: bool, turn: u64) -> f64 {
        let (field, index) = if other_banks {
            (Field::Bank, 1)
        } else {
            (Field::Row, 0)
        };
        let bit = self.mapping.bit(&self.preset.organisation, field, index);
        let addresses = turns(&self.preset, 1 << bit, turn);
        self.share(128 * KIB, reads(&mut self.dram(), &addresses))
    }
}

/// In which order tokens are asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    Rising,
    WithinHeads,
    OverHeads,
}

pub(super) fn shuffle(rng: &mut Rng, all: &mut [u64]) {
    for at in (1..all.len()).rev() {
        all.swap(at, rng.below(at as u64 + 1) as usize);
    }
}

/// Compares figures: name, the simulator's, the model's. Those of `beyond`, and no others, differ by more
/// than 10 %.
pub(super) fn compare(rows: &[(String, f64, f64)], beyond: &[&str]) {
    let mut wrong = String::new();
    for (name, figure, got) in rows {
        let off = 100.0 * (got / figure - 1.0);
        let far = off.abs() > 10.0;
        if far != beyond.contains(&name.as_str()) {
            wrong += &format!("{name}: {figure} there, {got:.1} here, {off:+.1} %\n");
        }
        if std::env::var_os("HWGEN_FIGURES").is_some() {
            // For `docs/memory/dram.md`.
            eprintln!("| {name} | {figure} | {got:.1} | {off:+.1} % |");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// Row, bank, rank (here the pseudo channel), column and channel from the top: the order of the
/// simulator's examples.
pub(super) fn row_bank_column(mut preset: Preset, queue: usize) -> Case {
    preset.queue = queue;
    let o = preset.organisation;
    let runs = [
        (Field::Channel, o.channels.ilog2()),
        (Field::Column, o.columns.ilog2()),
        (Field::PseudoChannel, o.pseudo_channels.ilog2()),
        (Field::Group, 2),
        (Field::Bank, 2),
    ];
    Case::of(preset, &runs)
}

/// Rank, bank, row, column and channel from the top.
pub(super) fn bank_row_column(preset: Preset) -> Case {
    let o = preset.organisation;
    let runs = [
        (Field::Channel, o.channels.ilog2()),
        (Field::Column, o.columns.ilog2()),
        (Field::Row, 16),
        (Field::PseudoChannel, o.pseudo_channels.ilog2()),
        (Field::Group, 2),
        (Field::Bank, 2),
    ];
    Case::of(preset, &runs)
}
