// SPDX-License-Identifier: MIT OR Apache-2.0
//! A layer's jobs, or those of all layers of a model, on the simulated RTL.

use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Relaxed;

use hwgen_bundle::error::VerifyError;
use hwgen_bundle::manifest::{Bundle, Engine};
use hwgen_golden::attention::cascade::CascadeParams;
use hwgen_verif::attention::{Memory, run_watched};
use hwgen_verif::cascade::pair::{Place, Plan, run_layers};
use hwgen_verif::verify::Lab;

use super::Layer;
use super::stack::Pruning;
use crate::samples::Sample;
use hwgen_console::error::Error;
use hwgen_generate::advice;
use hwgen_sim::model::Wave;
use hwgen_verif::session;

/// Runs layers and returns the cycles of each: on the bundle's own cascade pruning, too, where there
/// is a schedule for it.
pub fn cycles(
    lab: &Lab,
    bundle: &Bundle,
    engine: &Engine,
    schedule: Option<CascadeParams>,
    layers: &[Layer<'_>],
    memory: Memory,
) -> Result<Vec<u64>, Error> {
    match schedule {
        Some(schedule) => pruned(lab, bundle, schedule, layers, memory),
        None => alone(lab, bundle, engine, layers, memory),
    }
}

/// Runs layers that nothing connects, each on a device of its own, as many at a time as there are
/// processors.
fn alone(
    lab: &Lab,
    bundle: &Bundle,
    engine: &Engine,
    layers: &[Layer<'_>],
    memory: Memory,
) -> Result<Vec<u64>, Error> {
    // Built once, before anybody waits for it.
    lab.model(bundle, engine, Wave::Off)?;
    let all = layers.iter().map(|l| l.jobs.len()).sum();
    session::watched_together("heads", all, |watch| {
        in_order(layers.len(), |i, go_on| {
            let mut seen = 0;
            let mut look = |done: usize| {
                let more = done - seen;
                seen = done;
                watch(more) && go_on()
            };
            let jobs = &layers[i].jobs;
            let played = run_watched(lab, bundle, engine, jobs, memory, false, &mut look)?;
            watch(jobs.len() - seen);
            Ok(played.cycles())
        })
    })
}

/// Does `count` things, as many at a time as there are processors, and returns what came of them in
/// their order, or the error of the first that failed. A thing may ask whether to go on: it need not
/// where one before it has failed.
pub(super) fn in_order<T: Send>(
    count: usize,
    work: impl Fn(usize, &dyn Fn() -> bool) -> Result<T, VerifyError> + Sync,
) -> Result<Vec<T>, VerifyError> {
    let (next, failed) = (AtomicUsize::new(0), AtomicUsize::new(usize::MAX));
    let before = |i: usize| i < failed.load(Relaxed);
    let worker = || {
        let mut done = Vec::new();
        loop {
            let i = next.fetch_add(1, Relaxed);
            if i >= count || !before(i) {
                return done;
            }
            let made = work(i, &|| before(i));
            if made.is_err() {
                failed.fetch_min(i, Relaxed);
            }
            done.push((i, made));
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let mut done: Vec<_> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads.min(count))
            .map(|_| scope.spawn(worker))
            .collect();
        let done = workers.into_iter().map(std::thread::ScopedJoinHandle::join);
        done.flat_map(|d| d.unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect()
    });
    done.sort_by_key(|(i, _)| *i);
    done.into_iter().map(|(_, made)| made).collect()
}

/// Says why the bundle's own cascade pruning cannot take a sample, if it cannot.
pub fn check(sample: &Sample, cascade: &Pruning) -> Result<(), Error> {
    let (heads, most) = (sample.heads.len(), cascade.hardware.importance.max_heads);
    if heads <= most as usize {
        return Ok(());
    }
    Err(Error::input(format!(
        "{}: {heads} heads: the bundle prunes at most {most} ({})",
        sample.label(),
        advice::heads(heads)
    )))
}

/// Runs the layers of a model on the core and on the bundle's own cascade pruning, whose lists the
/// jobs run on; pruning itself does not count.
fn pruned(
    lab: &Lab,
    bundle: &Bundle,
    schedule: CascadeParams,
    layers: &[Layer<'_>],
    memory: Memory,
) -> Result<Vec<u64>, Error> {
    let sample = layers[0].sample;
    let plan = Plan {
        schedule,
        tokens: sample.tokens() as u32,
        heads: sample.heads.len() as u32,
        generated: 0,
        memory,
        half: false,
    };
    let all = layers.iter().map(|l| l.jobs.len()).sum();
    let played = session::watched("heads", all, |watch| {
        let jobs = |place: Place<'_>| layers[place.layer as usize].jobs.clone();
        run_layers(lab, [bundle; 2], &plan, jobs, watch)
    })?;
    Ok(played.iter().map(|layer| layer.played.cycles()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_the_order_of_the_things() {
        let made = in_order(50, |i, _| Ok(i * i)).expect("none fails");
        assert_eq!(made, (0..50).map(|i| i * i).collect::<Vec<_>>());
        assert!(in_order(0, |i, _| Ok(i)).expect("none fails").is_empty());
    }

    #[test]
    fn the_first_error_is_told_and_later_things_need_not_go_on() {
        // The second thing ends only when it is told to, which the first one's failure does.
        let made = in_order(9, |i, go_on| -> Result<(), _> {
            if i == 0 {
                return Err(VerifyError::io(std::path::Path::new("first"))(
                    std::io::Error::other("fails"),
                ));
            }
            while go_on() {
                std::thread::yield_now();
            }
            Err(VerifyError::Stopped)
        });
        let said = made.expect_err("the first fails").to_string();
        assert!(said.contains("first"), "{said}");
    }
}
