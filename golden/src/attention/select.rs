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

#[cfg(test)]
mod tests {
    use super::super::AttentionParams;
    use super::super::softmax::Scale;
    use super::*;
    use proptest::prelude::*;

    fn job(select: Select, k: u32, mass: u32) -> Job {
        let scale = Scale {
            pre_shift: 0,
            mant: 0,
        };
        Job {
            select,
            k,
            mass,
            ..Job::plain(&AttentionParams::default(), 1, scale)
        }
    }

    /// Ranks and exponentials that belong together, in any order of position.
    fn candidates(octaves: &[u32]) -> (Vec<(u32, u32, u32)>, u64) {
        use super::super::softmax::{exp2, key};
        let one = |(j, &t): (usize, &u32)| (key(t), 3 * j as u32, exp2(t));
        let list: Vec<_> = octaves.iter().enumerate().map(one).collect();
        let sum = list.iter().map(|c| u64::from(c.2)).sum();
        (list, sum)
    }

    proptest! {
        #[test]
        fn mass_keeps_the_smallest_set(
            ranks in prop::collection::vec(0_u32..1000, 1..11),
            mass in prop_oneof![Just(0_u32), 1_u32..65_536, Just(65_536)],
        ) {
            // Octaves at whole ranks: keys of one rank are equal, and the set is the smallest.
            let octaves: Vec<u32> = ranks.iter().map(|r| r << 7).collect();
            let (list, sum) = candidates(&octaves);
            let got = select(&job(Select::Mass, 0, mass), &list, sum);
            let enough = |held: u64| held << 16 >= sum * u64::from(mass);
            let held = |set: u32| -> u64 {
                let inside = list.iter().enumerate().filter(|(i, _)| set >> i & 1 == 1);
                inside.map(|(_, c)| u64::from(c.2)).sum()
            };
            let sets = 1_u32..1 << list.len();
            let fewest = sets.filter(|&s| enough(held(s))).map(u32::count_ones).min();
            prop_assert_eq!(Some(got.len() as u32), fewest);
            let kept = list.iter().filter(|c| got.contains(&c.1)).map(|c| u64::from(c.2)).sum();
            prop_assert!(enough(kept));
        }

        #[test]
        fn topk_is_the_rule_of_the_topk_engine(
            octaves in prop::collection::vec(0_u32..4000, 0..60),
            k in 1_u32..70,
        ) {
            let (list, sum) = candidates(&octaves);
            let got = select(&job(Select::Topk, k, 0), &list, sum);
            let keys: Vec<i64> = list.iter().map(|c| -i64::from(c.0)).collect();
            let engine = crate::topk::select(&keys, k as usize);
            let positions: Vec<u32> = engine.indices.iter().map(|i| 3 * i).collect();
            prop_assert_eq!(got, positions);
        }
    }

    #[test]
    fn all_keeps_all_and_an_empty_query_nothing() {
        let (list, sum) = candidates(&[500_000, 0, 9]);
        assert_eq!(select(&job(Select::All, 1, 0), &list, sum), [0, 3, 6]);
        for how in [Select::All, Select::Topk, Select::Mass] {
            assert_eq!(select(&job(how, 1, 65_536), &[], 0), [0; 0]);
        }
        assert_eq!(select(&job(Select::Mass, 1, 0), &list, sum), [3]);
    }
}
