// SPDX-License-Identifier: MIT OR Apache-2.0
//! One proof: writes its folder, runs sby, reads the verdict, keeps it under all it was made from.

use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use hwgen_bundle::cache::Cache;
use hwgen_verif::VerifyError;
use serde::{Deserialize, Serialize};

use crate::prove::proof::{Mode, Proof};
use crate::prove::sources::Sources;
use crate::prove::tools::Kit;
use hwgen_bundle::digest::sha256;
use hwgen_console::child::blame;
use hwgen_console::error::Error;
use hwgen_console::stop;

/// Changes whenever a verdict of an earlier release must not be shown.
const FORMAT: &str = "prove 1";
/// Names in the folder of a proof.
const JOB: &str = "p.sby";
const LOG: &str = "log";
const VERDICT: &str = "verdict.json";
const TRACE: &str = "trace.vcd";

/// What came of a proof.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "verdict", rename_all = "lowercase")]
pub enum Verdict {
    /// It holds, for all time or as deep as was asked.
    Proved,
    /// It fails: `file:line` of the assertions and the waveform that shows it.
    Refuted {
        /// Assertions that fail.
        at: Vec<String>,
        /// The waveform, as text.
        #[serde(skip)]
        trace: String,
    },
    /// Neither was found.
    Unknown {
        /// Why.
        why: String,
    },
}

/// A verdict and what it took.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Outcome {
    /// What came of it.
    #[serde(flatten)]
    pub verdict: Verdict,
    /// Seconds that it took when it was run.
    pub seconds: f64,
    /// Whether it was run earlier.
    #[serde(default)]
    pub cached: bool,
}

/// Runs proofs with one set of tools.
pub struct Prover<'a> {
    /// The tools.
    pub kit: &'a Kit,
    /// Where results are kept.
    pub cache: &'a Cache,
    /// The RTL.
    pub sources: &'a Sources,
    /// Raised when the others shall end, too.
    pub abort: &'a AtomicBool,
}

impl Prover<'_> {
    /// Returns the outcome of `proof`, from the cache if it is there.
    pub fn prove(&self, proof: &Proof) -> Result<Outcome, Error> {
        let files = self.sources.of(proof.module);
        let job = job(proof, &files);
        let mut parts = vec![FORMAT, env!("CARGO_PKG_VERSION"), &job];
        parts.extend(self.kit.versions.iter().map(String::as_str));
        parts.extend(files.iter().flat_map(|(name, text)| [*name, *text]));
        let key = sha256(serde_json::json!(parts).to_string().as_bytes());
        let mut failed = None;
        let mut fleeting = None;
        let entry = self.cache.entry(&key, |dir| {
            let kept = match self.run(proof, dir, &job, &files) {
                Ok((outcome, true)) => keep(dir, &outcome),
                Ok((outcome, false)) => {
                    // What a slow or busy machine cannot say is not kept.
                    fleeting = Some(outcome);
                    return Err(VerifyError::Stopped);
                }
                Err(e) => Err(e),
            };
            kept.map_err(|e| {
                failed = Some(e);
                VerifyError::Stopped
            })
        });
        match (entry, failed, fleeting) {
            (_, Some(error), _) => Err(error),
            (_, _, Some(outcome)) => Ok(outcome),
            (Ok(entry), ..) => {
                let mut outcome = read(&entry.dir)?;
                outcome.cached = entry.cached;
                Ok(outcome)
            }
            (Err(error), ..) => Err(Error::from(error)),
        }
    }

    /// Runs sby in `dir` and says whether its verdict may be kept.
    fn run(
        &self,
        proof: &Proof,
        dir: &Path,
        job: &str,
        files: &[(&str, &str)],
    ) -> Result<(Outcome, bool), Error> {
        for (name, text) in files {
            write(dir, &format!("{name}.sv"), text)?;
        }
        write(dir, JOB, job)?;
        let begun = Instant::now();
        let mut child = start(self.kit.command(JOB), dir)?;
        let status = loop {
            let status = child.try_wait();
            if let Some(status) = status.map_err(|e| Error::path(dir, "wait in", &e))? {
                break status;
            }
            if self.abort.load(Ordering::Relaxed) || stop::stopped().is_err() {
                stop(&mut child);
                return Err(Error::Interrupted);
            }
            std::thread::sleep(Duration::from_millis(50));
        };
        stop::stopped()?;
        let said = fs::read(dir.join(LOG)).unwrap_or_default();
        let said = String::from_utf8_lossy(&said).into_owned();
        let seconds = begun.elapsed().as_secs_f64();
        let outcome = |verdict| Outcome {
            verdict,
            seconds: (seconds * 10.0).round() / 10.0,
            cached: false,
        };
        match status.code() {
            Some(0) => Ok((outcome(Verdict::Proved), true)),
            Some(2) => {
                let path = dir.join("p/engine_0").join(TRACE);
                let trace = fs::read(&path).map_err(|e| Error::path(&path, "read", &e))?;
                let trace = String::from_utf8_lossy(&trace).into_owned();
                let at = assertions(&said);
                Ok((outcome(Verdict::Refuted { at, trace }), true))
            }
            Some(4) => {
                let why = "the induction step fails".to_owned();
                Ok((outcome(Verdict::Unknown { why }), true))
            }
            Some(8) => {
                let why = format!("given up after {} s", proof.limit);
                Ok((outcome(Verdict::Unknown { why }), false))
            }
            // The witness that an older abc writes cannot be read (findings/sby-debian-abc.sh); the SMT
            // solver finds its own.
            _ if said.contains("(abc bmc3) returned FAIL") => {
                let job = job.replace("abc bmc3", "smtbmc yices");
                self.run(proof, dir, &job, files)
            }
            _ => Err(failure(proof, dir, &said, &status.to_string())),
        }
    }
}

/// Writes what sby reads.
fn job(proof: &Proof, files: &[(&str, &str)]) -> String {
    let mode = match proof.mode {
        Mode::Induction => "prove",
        Mode::Bounded => "bmc",
    };
    let mut text = format!(
        "[options]\nmode {mode}\ndepth {}\ntimeout {}\naigsmt yices\n[engines]\n{}\n[script]\n",
        proof.depth,
        proof.limit,
        proof.engine.name()
    );
    for (name, _) in files {
        // Only the module under proof and the specification that it names speak up: what a part
        // assumes of its surroundings must not be taken for granted here.
        let speaks = [proof.module, proof.stated_in].contains(name) || name.ends_with("_spec");
        let formal = if speaks { " -formal -D HG_FORMAL" } else { "" };
        let defines = proof.defines.iter().map(|d| format!(" -D {d}"));
        let defines: String = defines.collect();
        text += &format!("read_verilog -sv{formal} -D SYNTHESIS{defines} {name}.sv\n");
    }
    text += &format!("hierarchy -check -top {}", proof.module);
    for (name, value) in proof.parameters {
        text += &format!(" -chparam {name} {value}");
    }
    text += "\nprep\n[files]\n";
    for (name, _) in files {
        text += &format!("{name}.sv\n");
    }
    text
}

fn start(mut command: Command, dir: &Path) -> Result<Child, Error> {
    let fail = |e: &io::Error| Error::path(&dir.join(LOG), "write", e);
    let log = File::create(dir.join(LOG)).map_err(|e| fail(&e))?;
    let twin = log.try_clone().map_err(|e| fail(&e))?;
    command
        .current_dir(dir)
        .stdin(Stdio::null())
        .stdout(log)
        .stderr(twin)
        .spawn()
        .map_err(|e| Error::input(format!("yowasp-sby: cannot be run ({e}); try hwgen doctor")))
}

/// Ends sby, which ends the solvers that it has started; killed at once it would leave them.
fn stop(child: &mut Child) {
    let told = Command::new("sh")
        .args(["-c", "kill -TERM \"$0\"", &child.id().to_string()])
        .status();
    for _ in 0..100 {
        if told.is_err() || !matches!(child.try_wait(), Ok(None)) {
            break;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    let _ = child.kill();
    let _ = child.wait();
}

/// Returns `file:line` of the assertions that sby says have failed.
fn assertions(said: &str) -> Vec<String> {
    let mut found = Vec::new();
    for line in said.lines() {
        let Some((_, place)) = line.split_once("failed assertion ") else {
            continue;
        };
        let Some((_, place)) = place.split_once(" at ") else {
            continue;
        };
        let place = place.split_whitespace().next().unwrap_or_default();
        let place = place.split('.').take(2).collect::<Vec<_>>().join(".");
        if !place.is_empty() && !found.contains(&place) {
            found.push(place);
        }
    }
    found
}

/// Says what to make of a run without a verdict.
fn failure(proof: &Proof, dir: &Path, said: &str, status: &str) -> Error {
    // Yosys names file and line of what it cannot read: that is the RTL's fault.
    let wrong = said.lines().find_map(|line| {
        let (place, what) = line.split_once(": ERROR: ")?;
        let place = place.rsplit(' ').next()?;
        place
            .contains(".sv:")
            .then(|| format!("rtl/{place}: {what}"))
    });
    match wrong {
        Some(text) => Error::input(format!("{text} (mend the RTL, or emit the bundle again)")),
        None => blame(
            dir,
            &format!("sby failed on {} ({status})", proof.name()),
            said,
        ),
    }
}

/// Leaves nothing but the verdict in the folder of a proof.
fn keep(dir: &Path, outcome: &Outcome) -> Result<(), Error> {
    for item in fs::read_dir(dir).map_err(|e| Error::path(dir, "read", &e))? {
        let path = item.map_err(|e| Error::path(dir, "read", &e))?.path();
        let gone = if path.is_dir() {
            fs::remove_dir_all(&path)
        } else {
            fs::remove_file(&path)
        };
        gone.map_err(|e| Error::path(&path, "remove", &e))?;
    }
    if let Verdict::Refuted { trace, .. } = &outcome.verdict {
        write(dir, TRACE, trace)?;
    }
    let text = serde_json::to_string(outcome).expect("a verdict is plain data");
    write(dir, VERDICT, &text)
}

fn read(dir: &Path) -> Result<Outcome, Error> {
    let path = dir.join(VERDICT);
    let text = fs::read(&path).map_err(|e| Error::path(&path, "read", &e))?;
    let mut outcome: Outcome = serde_json::from_slice(&text)
        .map_err(|e| Error::input(format!("{}: not a verdict ({e})", path.display())))?;
    if let Verdict::Refuted { trace, .. } = &mut outcome.verdict {
        let path = dir.join(TRACE);
        *trace = fs::read_to_string(&path).map_err(|e| Error::path(&path, "read", &e))?;
    }
    Ok(outcome)
}

fn write(dir: &Path, name: &str, text: &str) -> Result<(), Error> {
    let path = dir.join(name);
    fs::write(&path, text).map_err(|e| Error::path(&path, "write", &e))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prove::list::proofs;

    #[test]
    fn only_the_module_under_proof_and_its_specification_speak() {
        let files = [
            ("hg_pkg", ""),
            ("hg_topk_radix", ""),
            ("hg_topk_rank", ""),
            ("hg_topk_spec", ""),
        ];
        let proof = proofs().find(|p| p.module == "hg_topk_radix");
        let text = job(proof.expect("is in the list"), &files);
        let speaking = text.lines().filter(|l| l.contains("-formal"));
        let speaking: Vec<&str> = speaking.filter_map(|l| l.split(' ').next_back()).collect();
        assert_eq!(speaking, ["hg_topk_radix.sv", "hg_topk_spec.sv"]);
    }

    #[test]
    fn a_failed_assertion_is_named_by_file_and_line() {
        let said = "SBY [p] summary:   failed assertion a.u.x_2 at hg_fifo.sv:91.7-91.40 step 6\n";
        assert_eq!(assertions(said), ["hg_fifo.sv:91"]);
    }

    #[test]
    fn a_syntax_error_is_the_users_to_mend_and_a_dead_solver_is_not() {
        let dir = tempfile::tempdir().expect("a folder");
        let first = proofs().next().expect("there is one");
        let said = "SBY 1:2:3 [p] base: hg_fifo.sv:13: ERROR: syntax error, unexpected ')'\n";
        let error = failure(first, dir.path(), said, "exit status: 16");
        assert_eq!(error.exit_code(), 2);
        assert!(
            error
                .to_string()
                .starts_with("rtl/hg_fifo.sv:13: syntax error")
        );
        let said = "SBY [p] engine_0: ERROR: Unexpected EOF response from solver\n";
        let error = failure(first, dir.path(), said, "exit status: 16");
        assert_eq!(error.exit_code(), 3);
        assert!(error.to_string().contains("Unexpected EOF"));
    }
}
