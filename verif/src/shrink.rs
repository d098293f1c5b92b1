// SPDX-License-Identifier: MIT OR Apache-2.0
//! Makes a failing case small: greedy search for a simpler one that still fails.

use hwgen_sim::stream::Reset;

/// Takes simpler candidates as long as one of them fails, within `attempts` trials.
///
/// `simpler` lists candidates, boldest first; `fails` tries one. Returns the smallest case found
/// and the number of trials.
pub fn shrink<T>(
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
pub fn without_parts<T: Clone>(items: &[T]) -> impl Iterator<Item = Vec<T>> + '_ {
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

/// Lists simpler forms of a run: with fewer of its items, after each of `changes` that makes it
/// another run, and with one item plainer.
pub(crate) fn simpler_by_items<'a, R, T>(
    run: &'a R,
    items: fn(&mut R) -> &mut Vec<T>,
    changes: &'a [fn(&mut R)],
    plainer: fn(&T) -> Vec<T>,
) -> Box<dyn Iterator<Item = R> + 'a>
where
    R: Clone + PartialEq,
    T: Clone + 'a,
{
    let changed = move |change: &dyn Fn(&mut R)| {
        let mut simpler = run.clone();
        change(&mut simpler);
        simpler
    };
    let own = std::mem::take(items(&mut run.clone()));
    let fewer: Vec<R> = without_parts(&own)
        .filter(|list| !list.is_empty())
        .map(|list| changed(&|r| items(r).clone_from(&list)))
        .collect();
    let calmer = changes.iter().map(move |change| changed(change));
    let calmer = calmer.filter(move |simpler| simpler != run);
    let plainer = own.into_iter().enumerate().flat_map(move |(i, item)| {
        let forms = plainer(&item).into_iter();
        forms.map(move |form| changed(&|r| items(r)[i] = form.clone()))
    });
    Box::new(fewer.into_iter().chain(calmer).chain(plainer))
}

/// Lists forms of a run whose reset comes sooner.
pub(crate) fn sooner<R: Clone>(
    run: &R,
    reset: fn(&mut R) -> &mut Option<Reset>,
) -> impl Iterator<Item = R> + '_ {
    let given = *reset(&mut run.clone());
    given.into_iter().flat_map(move |given| {
        let cycles = [given.cycle / 2, given.cycle.saturating_sub(1)].into_iter();
        cycles
            .filter(move |&cycle| cycle < given.cycle)
            .map(move |cycle| {
                let mut simpler = run.clone();
                *reset(&mut simpler) = Some(Reset { cycle, ..given });
                simpler
            })
    })
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
