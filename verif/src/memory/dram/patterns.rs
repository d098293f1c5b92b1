// SPDX-License-Identifier: MIT OR Apache-2.0
//! Accesses in the order in which a core asks for them, and how long a DRAM takes for them.

use super::{Dram, Preset};
use hwgen_sim::rng::Rng;

/// Gives `addresses` in order, at most `issue` per clock and `window` in flight; returns the clocks to
/// the last data.
pub(super) fn play(
    dram: &mut Dram,
    addresses: &[u64],
    write: bool,
    window: usize,
    issue: usize,
) -> u64 {
    let start = dram.now();
    let (mut next, mut flying, mut done) = (0, 0, 0);
    while done < addresses.len() {
        for _ in 0..issue {
            let room = next < addresses.len() && flying < window;
            if !room || dram.submit(addresses[next], write).is_none() {
                break;
            }
            (next, flying) = (next + 1, flying + 1);
        }
        dram.clock();
        let came = dram.take_done().count();
        (flying, done) = (flying - came, done + came);
    }
    dram.now() - start
}

/// Reads `addresses` as an ideal reader does.
pub(super) fn reads(dram: &mut Dram, addresses: &[u64]) -> u64 {
    dram.read_all(addresses.iter().copied())
}

/// Returns the accesses of `bytes` from 0 on.
pub(super) fn stream(preset: &Preset, bytes: u64) -> Vec<u64> {
    let access = preset.organisation.access_bytes;
    (0..bytes).step_by(access as usize).collect()
}

/// Returns the accesses that hold pieces of `bytes`; one that is equal to the one before is left out.
pub(super) fn accesses(
    preset: &Preset,
    pieces: impl IntoIterator<Item = u64>,
    bytes: u64,
) -> Vec<u64> {
    let access = u64::from(preset.organisation.access_bytes);
    let mut all = Vec::new();
    for piece in pieces {
        let (first, last) = (piece / access, (piece + bytes - 1) / access);
        all.extend((first..=last).map(|block| block * access));
    }
    all.dedup();
    all
}

/// Draws a share of `percent` of `tokens` tokens, in rising order.
pub(super) fn some(rng: &mut Rng, tokens: u64, percent: u64) -> Vec<u64> {
    let mut left = tokens * percent / 100;
    let mut chosen = Vec::new();
    for token in 0..tokens {
        if rng.below(tokens - token) < left {
            chosen.push(token);
            left -= 1;
        }
    }
    chosen
}

/// Where planes of 32 bytes lie.
#[derive(Debug, Clone, Copy)]
pub(super) enum Layout {
    /// All tokens of a plane, then those of the next.
    PlaneMajor,
    /// All planes of a token, then those of the next one so many bytes behind.
    TokenMajor(u64),
}

/// Which planes of which tokens are read, for 1,024 tokens of three planes.
#[derive(Debug, Clone, Copy)]
pub(super) enum Demand {
    /// All planes of a quarter, token by token.
    QuarterByToken,
    /// All planes of a quarter, plane by plane.
    QuarterByPlane,
    /// The first plane of all, the second of a quarter, the third of 8 %.
    Progressive,
    /// The first planes of all tokens, in the order in which they lie.
    First(u64),
}

/// Returns the addresses of the planes of `heads` heads in the order in which they are asked for.
pub(super) fn planes(layout: Layout, demand: Demand, heads: u64, seed: u64) -> Vec<u64> {
    const TOKENS: u64 = 1024;
    let mut rng = Rng::new(seed);
    let address = |head: u64, token: u64, plane: u64| match layout {
        Layout::PlaneMajor => 32 * ((head * 3 + plane) * TOKENS + token),
        Layout::TokenMajor(stride) => (head * TOKENS + token) * stride + 32 * plane,
    };
    let mut all = Vec::new();
    for head in 0..heads {
        let mut by_plane = |plane: u64, tokens: &[u64]| {
            all.extend(tokens.iter().map(|&token| address(head, token, plane)));
        };
        let mut draw = |percent| some(&mut rng, TOKENS, percent);
        match (demand, layout) {
            (Demand::QuarterByPlane, _) => {
                let chosen = draw(25);
                (0..3).for_each(|plane| by_plane(plane, &chosen));
            }
            (Demand::Progressive, _) => {
                let shares = [(0, 100), (1, 25), (2, 8)];
                for (plane, percent) in shares {
                    by_plane(plane, &draw(percent));
                }
            }
            (Demand::First(count), Layout::PlaneMajor) => {
                let tokens = draw(100);
                (0..count).for_each(|plane| by_plane(plane, &tokens));
            }
            (Demand::First(count), Layout::TokenMajor(_)) => {
                for token in 0..TOKENS {
                    (0..count).for_each(|plane| by_plane(plane, &[token]));
                }
            }
            (Demand::QuarterByToken, _) => {
                for token in draw(25) {
                    (0..3).for_each(|plane| by_plane(plane, &[token]));
                }
            }
        }
    }
    all
}

/// Returns two streams of 64 KiB, one from 0 and one from `other` on, in turns of `turn` bytes.
pub(super) fn turns(preset: &Preset, other: u64, turn: u64) -> Vec<u64> {
    let one = stream(preset, 64 << 10);
    let per_turn = (turn / u64::from(preset.organisation.access_bytes)).max(1);
    let mut all = Vec::new();
    for part in one.chunks(per_turn as usize) {
        all.extend(part);
        all.extend(part.iter().map(|address| address + other));
    }
    all
}
