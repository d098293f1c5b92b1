// SPDX-License-Identifier: MIT OR Apache-2.0
//! Compares the survivors with their original, each in a Yosys of its own with a time limit.

use std::path::Path;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use indicatif::ProgressBar;

use crate::error::Error;
use crate::mutate::mutation::Mutation;
use crate::mutate::report::Class;
use crate::mutate::script;
use crate::synth::flow::write;
use crate::synth::yosys::Yosys;

/// What Yosys says of two modules that are equal.
const PROVEN: &str = "Equivalence successfully proven!";
/// What it says of inputs that make them differ.
const FOUND: &str = "model found for base case: FAIL!";
/// What it says of each cycle more that it looks at.
const CYCLE: &str = "Trying induction with length";

/// A Yosys that refuses a proof has answered; one that dies has not.
fn refused(error: Error) -> Result<Class, Error> {
    match error {
        Error::Tool(said) if said.contains("ERROR:") => {
            let last = said.lines().last().unwrap_or_default();
            Ok(Class::Unknown(last.replacen("ERROR: ", "", 1)))
        }
        other => Err(other),
    }
}

/// What proofs need.
pub(crate) struct Prover<'a> {
    pub(crate) yosys: &'a Yosys,
    /// Folder of the run, where the modules are.
    pub(crate) dir: &'a Path,
    /// Time of one proof.
    pub(crate) limit: Duration,
    /// Tells whether the module of a mutation has a reset.
    pub(crate) clocked: &'a (dyn Fn(&Mutation) -> bool + Sync),
    pub(crate) bar: &'a ProgressBar,
}

impl Prover<'_> {
    /// Returns the class of each of `mutations`, as many side by side as there are processors.
    pub(crate) fn classify(&self, mutations: &[&Mutation]) -> Result<Vec<(u64, Class)>, Error> {
        self.bar.set_message("proving");
        self.bar.set_length(mutations.len() as u64);
        self.bar.set_position(0);
        let (name, text) = script::register();
        write(self.dir, name, text)?;
        let queue = Mutex::new(mutations.iter());
        let next = || queue.lock().expect("no proof panics").next();
        let work = || -> Result<Vec<(u64, Class)>, Error> {
            let mut mine = Vec::new();
            while let Some(mutation) = next() {
                mine.push((mutation.number, self.one(mutation).or_else(refused)?));
                self.bar.inc(1);
            }
            Ok(mine)
        };
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let parts: Vec<_> = std::thread::scope(|scope| {
            let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
            let ends = workers.into_iter().map(std::thread::ScopedJoinHandle::join);
            ends.map(|e| e.expect("no proof panics")).collect()
        });
        let mut out = Vec::new();
        for part in parts {
            out.extend(part?);
        }
        Ok(out)
    }

    fn one(&self, mutation: &Mutation) -> Result<Class, Error> {
        if mutation.of_a_clock() {
            return Ok(Class::Unknown("it is about a clock".to_owned()));
        }
        let folder = format!("proof{}", mutation.number);
        let dir = self.dir.join(&folder);
        std::fs::create_dir(&dir).map_err(|e| Error::path(&dir, "make", &e))?;
        let started = Instant::now();
        write(&dir, "prove.ys", &script::prove(mutation, ".."))?;
        let in_time = self.yosys.run_within(&dir, "prove.ys", self.limit)?;
        let says = |name: &str| std::fs::read_to_string(dir.join(name)).unwrap_or_default();
        if script::STEPS.iter().any(|s| says(s).contains(PROVEN)) {
            return Ok(Class::Equivalent);
        }
        let left = self.limit.saturating_sub(started.elapsed());
        let late = || Class::Unknown(format!("no answer in {} s", self.limit.as_secs()));
        if !in_time || left.is_zero() {
            return Ok(late());
        }
        let text = script::search(mutation, "..", (self.clocked)(mutation));
        write(&dir, "search.ys", &text)?;
        let in_time = self.yosys.run_within(&dir, "search.ys", left)?;
        let said = says(script::SEARCH);
        Ok(if said.contains(FOUND) {
            Class::Differs(said.matches(CYCLE).count())
        } else if in_time {
            let rule = format!("no difference in {} cycles", script::DEPTH);
            Class::Unknown(rule)
        } else {
            late()
        })
    }
}
