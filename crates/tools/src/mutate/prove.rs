// SPDX-License-Identifier: MIT OR Apache-2.0
//! Compares the survivors with their original, each in a Yosys of its own with a time limit.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use indicatif::ProgressBar;

use crate::mutate::mutation::Mutation;
use crate::mutate::report::Class;
use crate::mutate::rig::Target;
use crate::mutate::script;
use crate::synth::flow::write;
use crate::synth::netlist::plain;
use crate::synth::yosys::Yosys;
use hwgen_console::error::Error;

/// What Yosys says of two modules that are equal.
const PROVEN: &str = "Equivalence successfully proven!";
/// What it says of a point that it cannot show to be equal, before its name.
const UNPROVEN: &str = "Unproven $equiv ";
/// Modules around the mutated one, outwards, that are compared.
const HEIGHT: u32 = 2;
/// Times that a comparison is repeated without the points that were not equal.
const ROUNDS: u32 = 6;
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
pub(super) struct Prover<'a> {
    pub yosys: &'a Yosys,
    /// Folder of the run, where the modules are.
    pub dir: &'a Path,
    /// Time of one proof.
    pub limit: Duration,
    /// Proofs at a time; none for as many as there are processors.
    pub jobs: Option<usize>,
    /// What was mutated, and the design around it.
    pub target: &'a Target<'a>,
    pub bar: &'a ProgressBar,
}

impl Prover<'_> {
    /// Returns the class of each of `mutations`, some side by side.
    pub(super) fn classify(&self, mutations: &[&Mutation]) -> Result<Vec<(u64, Class)>, Error> {
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
        let all = || std::thread::available_parallelism().map_or(1, usize::from);
        let threads = self.jobs.unwrap_or_else(all).min(mutations.len());
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
        let end = Instant::now() + self.limit;
        let module = self.target.elaborated_name(&mutation.module);
        let mut proof = Proof {
            prover: self,
            mutation,
            module,
            dir: &dir,
            end,
            soon: end,
            within: Vec::new(),
        };
        if proof.covered(module, HEIGHT)? {
            return Ok(Class::Equivalent(proof.within));
        }
        let late = || Class::Unknown(format!("no answer in {} s", self.limit.as_secs()));
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(late());
        }
        let reset = self.target.has_port(&mutation.module, "rst_ni");
        write(&dir, "search.ys", &script::search(mutation, "..", reset))?;
        let in_time = self.yosys.run_within(&dir, "search.ys", left)?;
        let said = std::fs::read_to_string(dir.join(script::SEARCH)).unwrap_or_default();
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

/// The proof of one survivor.
struct Proof<'a> {
    prover: &'a Prover<'a>,
    mutation: &'a Mutation,
    /// Name of the mutated module in the elaborated design.
    module: &'a str,
    dir: &'a Path,
    /// When its time is up.
    end: Instant,
    /// When that of the comparison under way is: the way outwards shall not wait for it.
    soon: Instant,
    /// Modules around the mutant within which nothing changes, if not it alone.
    within: Vec<String>,
}

impl<'a> Proof<'a> {
    /// Tells whether nothing changes in `place`, or else in every module that holds one, up to
    /// `height` of them outwards.
    fn covered(&mut self, place: &'a str, height: u32) -> Result<bool, Error> {
        let now = Instant::now();
        let left = self.end.saturating_duration_since(now);
        self.soon = now + if height == 0 { left } else { left / 2 };
        if self.equal(place)? {
            let name = plain(place).to_owned();
            if place != self.module && !self.within.contains(&name) {
                self.within.push(name);
            }
            return Ok(true);
        }
        let parents = self.prover.target.elaborated.parents(place);
        if height == 0 || parents.is_empty() {
            return Ok(false);
        }
        for parent in parents {
            if !self.covered(parent, height - 1)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Compares `place` with itself around the mutant.
    ///
    /// Points inside that are not equal are left apart and the rest is tried again without them;
    /// what is left at the end are points that stay equal by themselves, all ports among them.
    fn equal(&self, place: &str) -> Result<bool, Error> {
        let elaborated = &self.prover.target.elaborated;
        let path = elaborated.between(place, self.module);
        let text = script::prepare(self.mutation, self.module, place, &path, "..");
        write(self.dir, "prepare.ys", &text)?;
        write(self.dir, "compare.ys", &script::compare())?;
        let read = |name: &str| std::fs::read_to_string(self.dir.join(name)).unwrap_or_default();
        if !self.run("prepare.ys")? {
            return Ok(false);
        }
        let ports = read(script::PORTS);
        let ports: Vec<&str> = ports
            .lines()
            .filter_map(|l| l.trim().strip_prefix("gold/"))
            .collect();
        let mut apart = BTreeSet::new();
        for _ in 0..ROUNDS {
            let names: String = apart.iter().map(|n| format!("\\{n}\n")).collect();
            write(self.dir, script::APART, &names)?;
            write(self.dir, script::STATUS, "")?;
            if !self.run("compare.ys")? {
                return Ok(false);
            }
            let said = read(script::STATUS);
            if said.contains(PROVEN) {
                return Ok(true);
            }
            let names: Option<Vec<String>> = said
                .lines()
                .filter(|l| l.trim_start().starts_with(UNPROVEN))
                .map(point)
                .collect();
            let Some(names) = names.filter(|n| !n.is_empty()) else {
                return Ok(false);
            };
            if names.iter().any(|n| ports.contains(&n.as_str())) {
                return Ok(false);
            }
            let before = apart.len();
            apart.extend(names);
            if apart.len() == before {
                return Ok(false);
            }
        }
        Ok(false)
    }

    /// Runs a script in what is left of the time; tells whether it came to its end.
    fn run(&self, script: &str) -> Result<bool, Error> {
        let left = self.soon.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(false);
        }
        self.prover.yosys.run_within(self.dir, script, left)
    }
}

/// Returns the name in `Unproven $equiv cell: \name_gold [bit] \name_gate [bit]`.
fn point(line: &str) -> Option<String> {
    let names = line.trim_start().strip_prefix(UNPROVEN)?;
    let (_, names) = names.split_once(": ")?;
    let name = names.split_whitespace().next()?;
    Some(name.strip_prefix('\\')?.strip_suffix("_gold")?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::point;

    #[test]
    fn the_name_of_a_point_is_read() {
        let line = "  Unproven $equiv $auto$equiv_make.cc:258:find_same_wires$64718: \
                    \\gen_layer[2].u_layer.dest_q_gold [2] \\gen_layer[2].u_layer.dest_q_gate [2]";
        assert_eq!(point(line).as_deref(), Some("gen_layer[2].u_layer.dest_q"));
        assert_eq!(point("  Unproven $equiv $x: $a $b"), None);
    }
}
