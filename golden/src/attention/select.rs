// SPDX-License-Identifier: MIT OR Apache-2.0
//! Local value pruning: which values of a query are fetched.

use super::PROB_W;
use super::job::{Job, Select};

/// Returns the positions of the selected values, ascending. A candidate is an unmasked visible key
/// as (rank, position, exponential); they come by position, and `sum` is that of all exponentials.
///
/// The order of preference is rank, then position. `Topk` keeps the first `k`; `Mass` keeps the
/// shortest prefix whose exponentials reach `mass` of the sum, at least one.
pub fn select(job: &Job, candidates: &[(u32, u32, u32)], sum: u64) -> Vec<u32> {
    let mut order: Vec<(u32, u32, u32)> = candidates.to_vec();
    let kept = match job.select {
        Select::Topk => {
            order.sort_unstable();
            order.len().min(job.k as usize)
        }
        Select::Mass => {
            order.sort_unstable();
            let target = target(sum, job.mass);
            let mut held = 0;
            let full = order.iter().position(|c| {
                held += u64::from(c.2);
                held >= target
            });
            full.map_or(order.len(), |last| last + 1)
        }
        Select::All | Select::Reserved => order.len(),
    };
    let mut out: Vec<u32> = order[..kept].iter().map(|c| c.1).collect();
    out.sort_unstable();
    out
}

/// Returns the exponentials that a mass stands for, rounded up.
pub fn target(sum: u64, mass: u32) -> u64 {
    let fraction = PROB_W - 1;
    (sum * u64::from(mass) + (1 << fraction) - 1) >> fraction
}
