// SPDX-License-Identifier: MIT OR Apache-2.0
//! What became of the mutants, for people and as JSON.

use std::collections::BTreeMap;

use hwgen_verif::report::Fault;
use serde::Serialize;

use crate::mutate::mutation::Mutation;
use crate::mutate::script::DEPTH;
use hwgen_console::terminal::table;

/// What became of the mutants of one module.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// Name of the bundle.
    pub bundle: String,
    /// Module that was mutated.
    pub block: String,
    /// Engine that held it.
    pub engine: String,
    /// Sets of parameters with which the engine holds the module.
    pub parameter_sets: usize,
    pub(crate) seed: u64,
    /// Transactions that a survivor has survived.
    pub cases: u64,
    pub(crate) yosys: String,
    pub(crate) build_seconds: f64,
    pub(crate) run_seconds: f64,
    /// What became of each.
    pub mutants: Vec<Mutant>,
}

/// What became of one.
#[derive(Debug, Clone, Serialize)]
pub struct Mutant {
    pub(crate) number: u64,
    /// `file:line`.
    pub place: String,
    /// That line of the RTL.
    pub line: String,
    /// What was changed, in words.
    pub change: String,
    /// Parameters of the module that holds the change.
    pub parameters: String,
    /// What the bench said; none if it noticed nothing.
    pub noticed: Option<String>,
    /// The port or the check that told, without its lane.
    pub noticed_by: Option<String>,
    /// What a proof says of a survivor.
    pub class: Option<Class>,
}

/// What a proof says of a survivor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Nothing can tell it from the original, in the modules around it that are named or, where
    /// none is, anywhere.
    Equivalent(Vec<String>),
    /// Inputs that tell it exist for the module alone, so many cycles from reset.
    Differs(usize),
    /// There is no answer, and why.
    Unknown(String),
}

/// How many there are of each kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// All mutants.
    pub all: usize,
    /// Those that the bench noticed.
    pub killed: usize,
    /// Those that were proved to change nothing.
    pub equivalent: usize,
}

impl Counts {
    /// Returns the mutants that survived and are not proved equivalent.
    pub fn survived(self) -> usize {
        self.all - self.killed - self.equivalent
    }

    /// Returns the share that was noticed of those that could be, in percent.
    pub fn percent(self) -> f64 {
        match self.all - self.equivalent {
            0 => 100.0,
            possible => 100.0 * self.killed as f64 / possible as f64,
        }
    }
}

impl Mutant {
    pub(crate) fn new(
        mutation: &Mutation,
        line: String,
        parameters: String,
        fault: Option<&Fault>,
    ) -> Self {
        let field = |f: &Fault| {
            f.field
                .split(" lane ")
                .next()
                .unwrap_or_default()
                .to_owned()
        };
        Self {
            number: mutation.number,
            place: mutation.place.clone(),
            line,
            change: mutation.words(),
            parameters,
            noticed: fault.map(ToString::to_string),
            noticed_by: fault.map(field),
            class: None,
        }
    }

    /// Tells whether the bench missed it, although it may matter.
    pub fn missed(&self) -> bool {
        self.noticed.is_none() && !self.equivalent()
    }

    /// Tells whether nobody can notice it.
    fn equivalent(&self) -> bool {
        matches!(self.class, Some(Class::Equivalent(_)))
    }

    /// Says what a proof says.
    pub fn verdict(&self) -> String {
        match &self.class {
            None => "not compared".to_owned(),
            Some(Class::Equivalent(within)) if within.is_empty() => {
                "equivalent (proved)".to_owned()
            }
            Some(Class::Equivalent(within)) => {
                format!("equivalent within {} (proved)", within.join(", "))
            }
            Some(Class::Differs(cycles)) => {
                format!("not noticed: the module alone differs in cycle {cycles} of {DEPTH} tried")
            }
            Some(Class::Unknown(why)) => format!("unknown: {why}"),
        }
    }
}

impl Report {
    /// Counts the kinds.
    pub fn counts(&self) -> Counts {
        let count = |f: &dyn Fn(&Mutant) -> bool| self.mutants.iter().filter(|m| f(m)).count();
        Counts {
            all: self.mutants.len(),
            killed: count(&|m| m.noticed.is_some()),
            equivalent: count(&Mutant::equivalent),
        }
    }

    /// Returns the report for people.
    pub fn text(&self) -> String {
        let counts = self.counts();
        let mut by: BTreeMap<&str, usize> = BTreeMap::new();
        for what in self.mutants.iter().filter_map(|m| m.noticed_by.as_deref()) {
            *by.entry(what).or_default() += 1;
        }
        let mut by: Vec<(&str, usize)> = by.into_iter().collect();
        by.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
        let by: Vec<String> = by.iter().map(|(what, n)| format!("{n} {what}")).collect();
        let sets = match self.parameter_sets {
            1 => "one set of parameters".to_owned(),
            n => format!("{n} sets of parameters"),
        };
        let mut out = format!(
            "{} in {}, {sets}: {} mutants, seed {}, at most {} cases each (build {:.1} s, runs \
             {:.1} s)\n",
            self.block,
            self.engine,
            counts.all,
            self.seed,
            self.cases,
            self.build_seconds,
            self.run_seconds
        );
        out.push_str(&format!("noticed {}: {}\n", counts.killed, by.join(", ")));
        let survivors: Vec<&Mutant> = self
            .mutants
            .iter()
            .filter(|m| m.noticed.is_none())
            .collect();
        if !survivors.is_empty() {
            let mut rows = vec![
                ["survivor", "where", "change", "verdict"]
                    .map(str::to_owned)
                    .to_vec(),
            ];
            rows.extend(survivors.iter().map(|m| {
                let number = m.number.to_string();
                vec![number, m.place.clone(), m.change.clone(), m.verdict()]
            }));
            out.push_str(&table(&rows));
        }
        out.push_str(&format!(
            "{:.1} % noticed: {} of {} ({} without those proved equivalent)\n",
            counts.percent(),
            counts.killed,
            counts.all,
            counts.all - counts.equivalent
        ));
        out
    }
}
