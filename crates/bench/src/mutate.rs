// SPDX-License-Identifier: MIT OR Apache-2.0
//! How many mutants of each module of the top-k variants, of the attention core and its stages, of
//! pruning and of the FiGS array the bench notices, and why it misses the others.

use std::time::Duration;

use hwgen_bundle::manifest::Engine;
use serde::Deserialize;

use crate::topk::emit_all;
use hwgen_console::error::Error;
use hwgen_tools::mutate::report::{Mutant, Report};
use hwgen_tools::mutate::{self, Request};
use hwgen_tools::synth::yosys::{Choice, Yosys};
use hwgen_verif::session;

/// Whose modules are tried, and parameters at which they build and run quickly.
const SMALL: [(&str, &[&str]); 5] = [
    (
        "top-k variants",
        &["k=4", "topk.lanes=4", "topk.key_w=8", "topk.max_n=64"],
    ),
    (
        "stages of the attention core",
        &[
            "blocks=qk,score,softmax,pv",
            "pe=16",
            "attention.d_head=8",
            "attention.max_tokens=32",
        ],
    ),
    (
        "attention core",
        &[
            "blocks=attention",
            "pe=16",
            "attention.d_head=8",
            "attention.max_tokens=32",
            "attention.outstanding=16",
        ],
    ),
    (
        "importance and cascade pruning",
        &[
            "blocks=importance,cascade",
            "pe=32",
            "attention.d_head=16",
            "attention.max_tokens=32",
            "importance.max_heads=5",
            "cascade.lanes=4",
            "cascade.key_w=8",
        ],
    ),
    (
        "FiGS array",
        &[
            "blocks=figs",
            "figs.variants=figs,dense_ws,stc24,vegeta_s",
            // Three groups: an odd number, in which the same fault does not undo itself.
            "figs.rows=12",
            "figs.columns=2",
            "figs.lanes=2",
            "figs.max_t=16",
        ],
    ),
];
/// What `hwgen mutate` does unless told otherwise.
const CASES: u64 = 1_000;
const SEED: u64 = 1;
/// Time for the proof of each survivor.
const PROVE: Duration = Duration::from_secs(20);
/// Modules whose mutants are built together: a build takes longer than most of what is run on it.
const TOGETHER: usize = 8;
/// Cases a mutant, time for a proof and modules, on a small scale.
const FEW_CASES: u64 = 20;
const SHORT: Duration = Duration::from_secs(2);
const FEW_MODULES: usize = 1;
/// Modules that hold checks for simulation and proofs only.
const CHECKS: [&str; 4] = [
    "hg_topk_contract",
    "hg_topk_key_check",
    "hg_topk_spec",
    "hg_figs_spec",
];

/// Why survivors survive, found by their line of the RTL.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Known {
    survivor: Vec<Explained>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Explained {
    /// Name of the file.
    file: String,
    /// Text that the line contains.
    text: String,
    /// Text that the description of the change contains.
    #[serde(default)]
    change: String,
    /// Why a change there may go unnoticed.
    why: String,
}

/// Returns Markdown tables of one line a module, and of one a survivor.
///
/// On a small scale, the first module that each engine adds to those before it, and few cases.
pub fn table(count: u64, variants: &[String], small: bool) -> Result<String, Error> {
    let (cases, prove) = if small {
        (FEW_CASES, SHORT)
    } else {
        (CASES, PROVE)
    };
    let all = SMALL
        .iter()
        .map(|(what, set)| Ok((what, set, emit_all(set)?)));
    let all = all.collect::<Result<Vec<_>, Error>>()?;
    let yosys = Yosys::find_for(Choice::Auto, "mutation")?;
    let lab = session::lab()?;
    let (mut reports, mut refused) = (Vec::new(), Vec::new());
    let mut seen: Vec<&str> = CHECKS.to_vec();
    let chosen = |e: &Engine| match variants {
        [] => e.block != "figs",
        names => [&e.variant, &e.block].iter().any(|&n| names.contains(n)),
    };
    let tried = all.iter().filter_map(|(what, set, (_, bundle))| {
        let any = bundle.manifest.engines.iter().any(chosen);
        any.then(|| format!("{what}: {}", set.join(", ")))
    });
    let tried: Vec<String> = tried.collect();
    let engines = all
        .iter()
        .flat_map(|(.., (_, bundle))| bundle.manifest.engines.iter().map(move |e| (bundle, e)));
    for (bundle, engine) in engines.filter(|(_, e)| chosen(e)) {
        let mut modules: Vec<&str> = Vec::new();
        for module in &engine.hierarchy {
            // What several variants share is tried in the first.
            if !seen.contains(&module.as_str()) {
                seen.push(module);
                modules.push(module);
            }
        }
        if small {
            modules.truncate(FEW_MODULES);
        }
        let attempt = |modules: &[&str]| {
            let request = Request {
                bundle,
                engine,
                modules,
                count,
                seed: SEED,
                cases,
                prove: Some(prove),
                jobs: None,
            };
            mutate::run(&request, &yosys, &lab)
        };
        for together in modules.chunks(TOGETHER) {
            match attempt(together) {
                Ok(done) => reports.extend(done),
                // One of them; which, each alone says.
                Err(Error::Check(_)) => {
                    for module in together {
                        match attempt(&[module]) {
                            Ok(done) => reports.extend(done),
                            // Said in the table: the other modules are no less worth a line.
                            Err(Error::Check(_)) => refused.push(*module),
                            Err(other) => return Err(other),
                        }
                    }
                }
                Err(other) => return Err(other),
            }
        }
    }
    let how = format!(
        "{}; at most {cases} cases per mutant, seed {SEED}, {}, {} s per proof",
        tried.join("; "),
        yosys.version,
        prove.as_secs()
    );
    Ok(tables(&how, &reports, &refused))
}

fn tables(how: &str, reports: &[Report], refused: &[&str]) -> String {
    let mut out = format!(
        "{how}\n\n\
         | module | engine | mutants | noticed | equivalent (proved) | survive | share |\n\
         |---|---|--:|--:|--:|--:|--:|\n"
    );
    for report in reports {
        let c = report.counts();
        out.push_str(&format!(
            "| `{}` | {} | {} | {} | {} | {} | {:.1} % |\n",
            report.block,
            report.engine,
            c.all,
            c.killed,
            c.equivalent,
            c.survived(),
            c.percent()
        ));
    }
    for module in refused {
        out.push_str(&format!(
            "| `{module}` | fails without any mutation once Yosys has written it | | | | | |\n"
        ));
    }
    out.push_str("\nThe survivors are these:\n\n");
    let known = known();
    for mutant in reports
        .iter()
        .flat_map(|r| &r.mutants)
        .filter(|m| m.missed())
    {
        out.push_str(&format!(
            "- {}, `{}`: {}. Verdict: {}. Reason: {}.\n",
            mutant.place,
            mutant.line,
            mutant.change,
            mutant.verdict(),
            why(&known, mutant)
        ));
    }
    out
}

fn known() -> Vec<Explained> {
    let text = include_str!("survivors.toml");
    let known: Known = toml::from_str(text).expect("the list ships with the program");
    known.survivor
}

fn why<'a>(known: &'a [Explained], mutant: &Mutant) -> &'a str {
    let file = mutant.place.split(':').next().unwrap_or_default();
    let found = known.iter().find(|k| {
        k.file == file && mutant.line.contains(&k.text) && mutant.change.contains(&k.change)
    });
    found.map_or("not explained", |k| &k.why)
}

#[cfg(test)]
mod tests {
    use super::known;
    use hwgen_generate::template::Library;

    #[test]
    fn every_explanation_is_about_a_line_that_is_there() {
        let library = Library::embedded();
        for entry in known() {
            let module = entry.file.strip_suffix(".sv").expect("a file of RTL");
            let text = library.text(module).expect("ships with the program");
            let lines = text.lines().filter(|l| l.contains(&entry.text));
            assert!(lines.count() > 0, "{}: {}", entry.file, entry.text);
        }
    }
}
