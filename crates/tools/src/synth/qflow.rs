// SPDX-License-Identifier: MIT OR Apache-2.0
//! From gates to a checked layout with qflow, on the OSU 180 nm library.
//!
//! The layout holds wires and frames: Debian ships the cells' outlines and pins, not their insides.
//! What is checked is the routing.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use indicatif::ProgressBar;

use crate::synth::def;
use crate::synth::flow::write;
use crate::synth::layout::Layout;
use crate::synth::script::CORE;
use crate::tool;
use hwgen_console::child::{self, blame};
use hwgen_console::error::Error;

/// The technology, as qflow and Debian name it.
const TECH: &str = "osu018";
const LEF: &str = "/usr/share/qflow/tech/osu018/osu018_stdcells.lef";
/// Programs and the package that has each.
const PROGRAMS: [(&str, &str); 5] = [
    ("qflow", "qflow"),
    ("graywolf", "graywolf"),
    ("qrouter", "qrouter"),
    ("magic", "magic"),
    ("netgen-lvs", "netgen-lvs"),
];
/// Shares of the rows that cells fill, in the order in which they are tried: the router now and then
/// misses a pin or leaves a stub, less often where there is room, and another placement seldom
/// repeats it.
const DENSITIES: [f64; 3] = [0.8, 0.6, 1.0];
/// Steps up to the layout, what each is for, and the file that it leaves.
const STEPS: [(&str, &str, &str); 4] = [
    ("synthesize", "mapping", "synthesis/engine.rtlnopwr.v"),
    ("place", "placing", "layout/engine.def"),
    ("route", "routing", "layout/engine.rc"),
    ("migrate", "extracting", "layout/engine.spice"),
];
const DRAW: &str = include_str!("layout.py");

/// qflow and what it stands on.
pub struct Qflow {
    /// Names and numbers, for people and for cache keys.
    pub versions: Vec<String>,
    program: PathBuf,
    magic: PathBuf,
    /// A Python that has klayout.
    python: PathBuf,
}

impl Qflow {
    /// Finds everything that is needed, or names all that is missing.
    pub fn find() -> Result<Self, Error> {
        let mut missing: Vec<(&str, &str)> = PROGRAMS
            .into_iter()
            .filter(|(program, _)| tool::on_path(program).is_none())
            .collect();
        if !Path::new(LEF).is_file() {
            missing.push((LEF, "qflow-tech-osu018"));
        }
        if !missing.is_empty() {
            let names: Vec<&str> = missing.iter().map(|(name, _)| *name).collect();
            let packages: Vec<&str> = missing.iter().map(|(_, package)| *package).collect();
            return Err(Error::missing(format!(
                "{}: not found, and --pnr on osu018 needs it (apt-get install {})",
                names.join(", "),
                packages.join(" ")
            )));
        }
        let Some((python, klayout)) = tool::python_with("klayout") else {
            return Err(Error::missing(
                "klayout: not found, and --pnr draws with it (scripts/bootstrap, or python3 -m pip \
                 install klayout)"
                    .to_owned(),
            ));
        };
        let (program, magic) = (found("qflow")?, found("magic")?);
        let qflow = tool::ask(&program, &["--version"]).unwrap_or_default();
        let number = tool::ask(&magic, &["--version"]).unwrap_or_default();
        Ok(Self {
            versions: vec![
                qflow,
                format!("magic {number}"),
                format!("klayout {klayout}"),
            ],
            program,
            magic,
            python,
        })
    }

    /// Lays out the gates of `gates` in `dir`, which then holds `engine.{gds,def,spice,png}`.
    pub fn run(&self, dir: &Path, gates: &str, bar: &ProgressBar) -> Result<Layout, Error> {
        let mut best: Option<Layout> = None;
        for (attempt, density) in DENSITIES.into_iter().enumerate() {
            let start = Instant::now();
            let work = dir.join(format!("work{attempt}"));
            for below in ["source", "synthesis", "layout"] {
                let path = work.join(below);
                fs::create_dir_all(&path).map_err(|e| Error::path(&path, "create", &e))?;
            }
            write(&work, "source/engine.v", gates)?;
            if density < 1.0 {
                let set = format!("set initial_density = \"{density}\"\n");
                write(&work, "project_vars.sh", &set)?;
            }
            let mut layout = self.attempt(&work, attempt, bar)?;
            layout.density = density;
            layout.attempts = attempt + 1;
            layout.seconds = start.elapsed().as_secs_f64();
            if best.as_ref().is_none_or(|b| layout.faults() < b.faults()) {
                keep(&work.join("layout"), dir)?;
                best = Some(layout);
            }
            fs::remove_dir_all(&work).map_err(|e| Error::path(&work, "remove", &e))?;
            if best.as_ref().is_some_and(|b| b.faults() == 0) {
                break;
            }
        }
        let best = best.expect("there is a first attempt");
        bar.set_message("drawing");
        write(dir, "layout.py", DRAW)?;
        let mut draw = Command::new(&self.python);
        draw.args(["layout.py", "engine.gds", "engine.png"]);
        child::run(&mut draw, dir, "draw.log")?;
        left(dir, "engine.png", "klayout", "")?;
        for done in ["layout.py", "draw.log"] {
            let path = dir.join(done);
            fs::remove_file(&path).map_err(|e| Error::path(&path, "remove", &e))?;
        }
        Ok(best)
    }

    fn attempt(&self, work: &Path, attempt: usize, bar: &ProgressBar) -> Result<Layout, Error> {
        let again = match attempt {
            0 => String::new(),
            n => format!(" once more ({n})"),
        };
        let mut routing = String::new();
        for (step, doing, leaves) in STEPS {
            bar.set_message(format!("{doing}{again}"));
            let said = child::run(&mut self.step(step), work, &format!("{step}.log"))?;
            left(work, leaves, &format!("qflow {step}"), &said)?;
            if step == "route" {
                routing = said;
            }
        }
        let text = read(&work.join("layout/engine.def"))?;
        let mut layout = def::read(&text)
            .ok_or_else(|| blame(work, "qflow left an incomplete layout/engine.def", ""))?;
        layout.failed_routes = failed_routes(&routing)
            .ok_or_else(|| blame(work, "qrouter did not come to its end", &routing))?;
        bar.set_message(format!("comparing layout and netlist{again}"));
        // Its exit code says that the netlists differ, and other things.
        let (status, said) = child::call(&mut self.step("lvs"), work, "lvs.log")?;
        layout.lvs_errors = said
            .lines()
            .find_map(|l| l.trim().strip_prefix("Total errors = ")?.parse().ok())
            .ok_or_else(|| blame(work, &format!("qflow lvs failed ({status})"), &said))?;
        bar.set_message(format!("checking design rules{again}"));
        let folder = work.join("layout");
        write(&folder, "check.tcl", &check())?;
        let mut magic = Command::new(&self.magic);
        magic.args(["-dnull", "-noconsole", "check.tcl"]);
        let said = child::run(&mut magic, &folder, "check.log")?;
        layout.drc = rules(&said)
            .ok_or_else(|| blame(work, "magic did not come to the end of its checks", &said))?;
        left(&folder, "engine.gds", "magic", &said)?;
        Ok(layout)
    }

    fn step(&self, step: &str) -> Command {
        let mut command = Command::new(&self.program);
        command.args(["-T", TECH, step, CORE]);
        command
    }
}

fn found(program: &str) -> Result<PathBuf, Error> {
    tool::on_path(program).ok_or_else(|| Error::missing(format!("{program}: not found")))
}

/// What magic is told: the rules that are broken, and the layout as GDS.
fn check() -> String {
    format!(
        "lef read {LEF}\n\
         load {CORE}\n\
         drc on\n\
         select top cell\n\
         expand\n\
         drc check\n\
         drc catchup\n\
         foreach {{why boxes}} [drc listall why] {{ puts \"hwgen drc [llength $boxes] $why\" }}\n\
         puts \"hwgen drc total [drc list count total]\"\n\
         gds write {CORE}\n\
         quit\n"
    )
}

/// Reads the number of broken rules by rule, or none if the check did not end.
fn rules(said: &str) -> Option<BTreeMap<String, u64>> {
    let lines = said.lines().filter_map(|l| l.strip_prefix("hwgen drc "));
    let mut rules = BTreeMap::new();
    let mut total = None;
    for line in lines {
        let (first, rest) = line.split_once(' ')?;
        if first == "total" {
            total = rest.trim().parse::<u64>().ok();
        } else {
            rules.insert(rest.trim().to_owned(), first.parse().ok()?);
        }
    }
    let listed: u64 = rules.values().sum();
    let total = total?;
    if total > listed {
        rules.insert("other".to_owned(), total - listed);
    }
    Some(rules)
}

/// Reads how many nets the router gave up, or none if it did not say.
fn failed_routes(said: &str) -> Option<u64> {
    let last = said.lines().rev().find_map(|l| l.split_once("Final: "))?.1;
    if last.starts_with("No failed routes") {
        return Some(0);
    }
    last.rsplit(' ').next()?.trim().parse().ok()
}

/// Takes what is worth keeping out of qflow's folder.
fn keep(layout: &Path, dir: &Path) -> Result<(), Error> {
    for kind in ["gds", "def", "spice"] {
        let name = format!("{CORE}.{kind}");
        let (from, to) = (layout.join(&name), dir.join(&name));
        fs::copy(&from, &to).map_err(|e| Error::path(&to, "write", &e))?;
    }
    Ok(())
}

fn read(path: &Path) -> Result<String, Error> {
    fs::read_to_string(path).map_err(|e| Error::path(path, "read", &e))
}

/// Refuses to go on without what a step should have left: scripts of a shell hide how it ended.
fn left(dir: &Path, file: &str, who: &str, said: &str) -> Result<(), Error> {
    match fs::metadata(dir.join(file)) {
        Ok(m) if m.len() > 0 => Ok(()),
        _ => Err(blame(dir, &format!("{who} left no {file}"), said)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_router_says_how_many_nets_it_gave_up() {
        let said = "Progress: 1\nNo failed routes!\nFinal: No failed routes!\n";
        assert_eq!(failed_routes(said), Some(0));
        assert_eq!(failed_routes("Final: Failed net routes: 12\n"), Some(12));
        assert_eq!(
            failed_routes("No failed routes!\n"),
            None,
            "there is no end"
        );
    }

    #[test]
    fn a_check_that_did_not_end_is_no_result() {
        let said = "hwgen drc 3 Metal1 area < 20 (Mosis #+++)\nhwgen drc total 4\n";
        let rules = rules(said).expect("ended");
        assert_eq!(rules["Metal1 area < 20 (Mosis #+++)"], 3);
        assert_eq!(rules["other"], 1);
        assert!(super::rules("hwgen drc 3 Metal1\n").is_none());
    }
}
