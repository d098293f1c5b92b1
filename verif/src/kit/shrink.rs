// SPDX-License-Identifier: MIT OR Apache-2.0
//! Makes a failing case small: greedy search for a simpler one that still fails.

use super::bench::{Bench, RunOf};
use super::stall::{Reset, Stall};

/// Other stalls that are tried with fewer items.
const STALL_SEEDS: u64 = 6;

/// Takes simpler candidates as long as one of them fails, within `attempts` trials.
///
/// `simpler` lists candidates, boldest first; `fails` tries one. Returns the smallest case found
/// and the number of trials.
pub(crate) fn shrink<T>(
    mut smallest: T,
    attempts: u32,
    simpler: impl Fn(&T) -> Box<dyn Iterator<Item = T> + '_>,
    mut fails: impl FnMut(&T) -> bool,
) -> (T, u32) {
    let mut tried = 0;
    loop {
        let mut found = None;
        for candidate in simpler(&smallest) {
            if tried == attempts {
                break;
            }
            tried += 1;
            if fails(&candidate) {
                found = Some(candidate);
                break;
            }
        }
        match found {
            Some(candidate) => smallest = candidate,
            None => return (smallest, tried),
        }
    }
}

/// Lists `items` without a part of them: halves first, single items last.
pub(crate) fn without_parts<T: Clone>(items: &[T]) -> impl Iterator<Item = Vec<T>> + '_ {
    let halvings = std::iter::successors(Some(items.len().div_ceil(2)), |&size| {
        (size > 1).then_some(size / 2)
    });
    halvings.filter(|&size| size > 0).flat_map(move |size| {
        (0..items.len()).step_by(size).map(move |start| {
            let end = (start + size).min(items.len());
            [&items[..start], &items[end..]].concat()
        })
    })
}

/// Lists simpler forms of a run: with fewer of its items, calmer, with fewer items and pauses in
/// other cycles, with one item plainer, and with an earlier reset.
pub(crate) fn simpler<B: Bench>(run: &RunOf<B>) -> Box<dyn Iterator<Item = RunOf<B>> + '_> {
    let with = |items: Vec<B::Item>| RunOf::<B> {
        items,
        stalls: run.stalls.clone(),
        setup: run.setup.clone(),
        ..*run
    };
    let parts = || without_parts(&run.items).filter(|items| !items.is_empty());
    // Some faults need a stall in just the right cycle, which fewer items move elsewhere.
    let seeds = if run.is_stalled() { STALL_SEEDS } else { 0 };
    let elsewhere = parts().flat_map(move |items| {
        (1..=seeds).map(move |seed| {
            let mut simpler = with(items.clone());
            restall(&mut simpler.stalls, seed);
            simpler
        })
    });
    let plainer = run.items.iter().enumerate().flat_map(move |(i, item)| {
        let forms = B::plainer(item)
            .into_iter()
            .filter(move |form| form != item);
        forms.map(move |form| changed(run, |r| r.items[i] = form))
    });
    let sooner = run.reset.into_iter().flat_map(move |given| {
        let cycles = [given.cycle / 2, given.cycle.saturating_sub(1)].into_iter();
        let sooner = cycles.filter(move |&cycle| cycle < given.cycle);
        sooner.map(move |cycle| changed(run, |r| r.reset = Some(Reset { cycle, ..given })))
    });
    let all = parts().map(with).chain(calmer::<B>(run));
    Box::new(all.chain(elsewhere).chain(plainer).chain(sooner))
}

/// Lists forms of a run with less going on around its items.
fn calmer<B: Bench>(run: &RunOf<B>) -> impl Iterator<Item = RunOf<B>> + '_ {
    let whole: [fn(&mut RunOf<B>); 2] = [|r| r.reset = None, |r| r.stalls.fill(Stall::NONE)];
    let rest: [fn(&mut RunOf<B>); 2] = [|r| r.setup = B::Setup::default(), |r| r.seed = 1];
    let streams = (0..run.stalls.len()).map(|i| changed(run, |r| r.stalls[i] = Stall::NONE));
    let whole = whole.into_iter().map(|change| changed(run, change));
    let rest = rest.into_iter().map(|change| changed(run, change));
    let all = whole.chain(streams).chain(rest);
    all.filter(move |simpler| simpler != run)
}

/// Moves the pauses of all profiles to other cycles, if they have any.
fn restall(stalls: &mut [Stall], seed: u64) {
    for (i, stall) in (0..).zip(stalls) {
        if *stall != Stall::NONE {
            stall.seed = if i % 2 == 0 {
                seed + i
            } else {
                !(seed + i - 1)
            };
        }
    }
}

/// Returns a copy of `thing` with a change.
pub(crate) fn changed<T: Clone>(thing: &T, change: impl FnOnce(&mut T)) -> T {
    let mut copy = thing.clone();
    change(&mut copy);
    copy
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_smallest_failing_list() {
        let start: Vec<u32> = (0..100).collect();
        let (found, tried) = shrink(
            start,
            10_000,
            |list| Box::new(without_parts(list)),
            |list| list.contains(&17) && list.contains(&63),
        );
        assert_eq!(found, [17, 63]);
        assert!(tried < 200, "{tried}");
    }

    #[test]
    fn keeps_to_its_budget() {
        let (found, tried) = shrink(8_u32, 3, |n| Box::new((n - 1..*n).rev()), |_| true);
        assert_eq!((found, tried), (5, 3));
    }

    #[test]
    fn an_empty_list_has_no_parts() {
        assert_eq!(without_parts::<u8>(&[]).count(), 0);
        assert_eq!(without_parts(&[1]).collect::<Vec<_>>(), [[0_i32; 0]]);
    }
}
