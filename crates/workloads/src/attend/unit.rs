// SPDX-License-Identifier: MIT OR Apache-2.0
//! What refinement by token takes of a memory that is read in whole accesses, and whether it pays.
//!
//! A memory reads 32 or 64 bytes at once. Where a vector is smaller, a refined key brings its neighbours
//! with it, so that accesses are saved only where none of an access is refined.

use std::fmt;

use hwgen_golden::attention::{Request, Rule};
use hwgen_golden::memory::choice::Device;
use serde::Serialize;

use super::layer::Layer;

/// Time of an access in rows with holes, in that of one of a stream: 1.00 to 1.08 as measured on four
/// memories where three quarters of the accesses or more are made (docs/memory/layout.md).
pub const HOLES: f64 = 1.1;

/// What is fetched together of the planes of K behind the first ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Unit {
    /// The keys that rule `token` names.
    Token,
    /// All keys, up front.
    Head,
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Token => "token",
            Self::Head => "head",
        })
    }
}

/// Judges the accesses of some keys beside those of all: with holes they have to be fewer by what holes
/// cost.
pub fn judge([some, all]: [u64; 2]) -> Unit {
    if some as f64 * HOLES < all as f64 {
        Unit::Token
    } else {
        Unit::Head
    }
}

/// What refinement by token takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Refined {
    /// The memory.
    pub memory: &'static str,
    /// Plane vectors that were refined, and those of all keys.
    pub vectors: [u64; 2],
    /// Accesses that hold them.
    pub accesses: [u64; 2],
    /// What is to be fetched together.
    pub unit: Unit,
}

impl Refined {
    fn of(device: Device, vectors: [u64; 2], accesses: [u64; 2]) -> Self {
        Self {
            memory: device.name(),
            vectors,
            accesses,
            unit: judge(accesses),
        }
    }

    /// Says what was judged.
    pub fn text(&self) -> String {
        let percent = |[some, all]: [u64; 2]| 100.0 * some as f64 / all.max(1) as f64;
        format!(
            "refinement by token takes {:.0} % of the vectors and {:.0} % of the accesses of {}: unit {}",
            percent(self.vectors),
            percent(self.accesses),
            self.memory,
            self.unit
        )
    }
}

impl Layer<'_> {
    /// Tells what refinement by token takes of a memory; none where there is no such refinement.
    pub fn refined(&self, device: Device) -> Option<Refined> {
        if self.policy.rule != Rule::Token || self.jobs.is_empty() {
            return None;
        }
        let (mut vectors, mut accesses) = ([0; 2], [0; 2]);
        let p = self.params;
        for (live, fetched) in self.jobs.iter().zip(&self.fetched) {
            let list = live.list.as_deref();
            let token = |j: u32| list.map_or(j, |l| l[j as usize]);
            let all = || (0..live.job.keys).map(token);
            for plane in live.job.k_start as usize..live.job.k_max as usize {
                let size = p.vector_bytes(false, plane);
                let requests = &fetched.requests[0][plane];
                vectors[0] += requests.iter().map(|r| u64::from(r.vectors())).sum::<u64>();
                vectors[1] += u64::from(live.job.keys);
                let some = requests.iter().flat_map(|r: &Request| &r.positions);
                accesses[0] += touched(some.map(|&j| token(j)), size, device);
                accesses[1] += touched(all(), size, device);
            }
        }
        Some(Refined::of(device, vectors, accesses))
    }
}

/// Counts the accesses that hold vectors of `size` bytes, asked for one after the other; neighbours in
/// a channel share one.
fn touched(tokens: impl Iterator<Item = u32>, size: u32, device: Device) -> u64 {
    let (channels, access) = (device.buses(), device.access_bytes());
    let mut held = vec![None; channels as usize];
    let mut count = 0;
    for token in tokens {
        let begin = token / channels * size;
        let (first, last) = (begin / access, (begin + size - 1) / access);
        let held = &mut held[(token % channels) as usize];
        count += u64::from(last - first) + u64::from(*held != Some(first));
        *held = Some(last);
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accesses_by_hand() {
        let of = |tokens: &[u32], size, device| touched(tokens.iter().copied(), size, device);
        // Sixteen vectors of 4 bytes in an access of 64.
        assert_eq!(of(&[0, 3, 15, 16, 40], 4, Device::Ddr4), 3);
        // A query that comes back reads again.
        assert_eq!(of(&[0, 16, 1], 4, Device::Ddr4), 3);
        // Token 1 has bytes 48 to 95.
        assert_eq!(of(&[1], 48, Device::Ddr4), 2);
        // Tokens 0, 4 and 8 are places 0 to 2 of channel 0; token 1 is in channel 1.
        assert_eq!(of(&[0, 1, 4, 8], 16, Device::Lpddr5), 3);
    }

    #[test]
    fn holes_have_to_save_what_they_cost() {
        let unit = |accesses| Refined::of(Device::Ddr4, [23, 100], accesses).unit;
        assert_eq!(unit([90, 100]), Unit::Token);
        assert_eq!(unit([91, 100]), Unit::Head);
        assert_eq!(unit([120, 100]), Unit::Head);
        let said = Refined::of(Device::Ddr4, [23, 100], [97, 100]).text();
        assert_eq!(
            said,
            "refinement by token takes 23 % of the vectors and 97 % of the accesses of DDR4-2400: \
             unit head"
        );
    }
}
