// SPDX-License-Identifier: MIT OR Apache-2.0
//! One tile of a matrix, packed row by row.

use super::beat::WeightBeat;
use super::params::{FigsParams, SelectBy};
use super::refusal::Refusal;
use super::{Matrix, Pattern, Variant};

/// Part of a matrix that a tile holds; beyond the matrix there are zeros.
pub(super) struct Window<'a> {
    pub(super) weights: &'a Matrix,
    pub(super) o0: u32,
    pub(super) k0: u32,
    pub(super) channels: u32,
}

/// Lanes that share a select want more elements than they can have.
pub(super) struct Crowd {
    row: u32,
    element: u32,
    count: u32,
    tied: u32,
}

impl Crowd {
    pub(super) fn refusal(&self, pattern: Pattern) -> Refusal {
        Refusal::Dense {
            row: self.row,
            block: self.element / pattern.m(),
            count: self.count,
            pattern,
            tied: self.tied,
        }
    }
}

impl Window<'_> {
    /// Returns the weight of a channel and an element of the tile.
    pub(super) fn at(&self, channel: u32, element: u32) -> i64 {
        let (o, k) = (self.o0 + channel, self.k0 + element);
        if o < self.weights.rows() && k < self.weights.cols() {
            self.weights.at(o, k)
        } else {
            0
        }
    }

    /// Packs the tile row by row.
    pub(super) fn beats(
        &self,
        p: &FigsParams,
        variant: Variant,
        log_n: u32,
    ) -> Result<Vec<WeightBeat>, Crowd> {
        let lanes = p.row_lanes();
        let d = self.channels / lanes;
        let tied = if variant == Variant::Figs && p.select == SelectBy::Pe {
            p.lanes
        } else {
            1
        };
        let empty = WeightBeat {
            data: vec![0; lanes as usize],
            sel: vec![0; (lanes / tied) as usize],
        };
        let mut beats = vec![empty; p.rows as usize];
        for unit in 0..lanes / tied {
            let of = |b: u32, channel: u32| (unit * tied + b) * d + channel;
            let mut elements: Vec<u32> = Vec::new();
            for row in 0..p.rows {
                let place = p.place(variant, log_n, row);
                if place.position == 0 {
                    let wanted = |i: &u32| {
                        (0..tied).any(|b| self.at(of(b, place.channel), place.start + i) != 0)
                    };
                    elements = (0..place.width).filter(wanted).collect();
                    if elements.len() > place.keep as usize {
                        return Err(Crowd {
                            row: self.o0 + of(0, place.channel),
                            element: self.k0 + place.start,
                            count: elements.len() as u32,
                            tied,
                        });
                    }
                    pad(&mut elements, place.keep, place.width);
                }
                let element = elements[place.position as usize];
                let beat = &mut beats[row as usize];
                beat.sel[unit as usize] = element - place.base;
                for b in 0..tied {
                    let weight = self.at(of(b, place.channel), place.start + element);
                    beat.data[(unit * tied + b) as usize] = weight;
                }
            }
        }
        Ok(beats)
    }
}

/// Adds unused elements, the lowest first, up to `keep`.
///
/// N ascending elements of M are always in their windows: the i-th is at least i, and N - 1 - i
/// others lie above it.
fn pad(elements: &mut Vec<u32>, keep: u32, width: u32) {
    let unused = (0..width).filter(|i| !elements.contains(i));
    let missing = keep as usize - elements.len();
    let more: Vec<u32> = unused.take(missing).collect();
    elements.extend(more);
    elements.sort_unstable();
}
