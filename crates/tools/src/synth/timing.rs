// SPDX-License-Identifier: MIT OR Apache-2.0
//! Reads what OpenSTA says of a netlist.

use std::collections::BTreeMap;
use std::path::Path as Folder;
use std::process::Command;

use crate::synth::netlist::{Netlist, Parts, plain};
use crate::synth::report::{Path, Point};
use crate::synth::unit::RAM;
use crate::tool;
use hwgen_console::child;
use hwgen_console::error::Error;

/// A path in the words of the tool.
#[derive(Debug, PartialEq)]
struct Raw {
    from: String,
    to: String,
    levels: u64,
    delay: f64,
    slack: f64,
}

/// Times of a netlist.
pub struct Timed {
    pub(crate) paths: Vec<Path>,
    pub(crate) power_w: Option<f64>,
}

/// OpenSTA.
pub struct Sta {
    /// Name and number, for people and for cache keys.
    pub version: String,
    program: std::path::PathBuf,
}

impl Sta {
    /// Finds OpenSTA.
    pub fn find() -> Result<Self, Error> {
        let found = tool::on_path("sta");
        let version = found.as_deref().and_then(|p| tool::ask(p, &["-version"]));
        match (found, version) {
            (Some(program), Some(version)) => Ok(Self {
                version: format!("OpenSTA {version}"),
                program,
            }),
            _ => Err(Error::missing(
                "sta: not found, and timing needs it (apt-get install opensta)",
            )),
        }
    }

    /// Runs the script `file` of the folder `dir`; returns what it says.
    pub fn run(&self, dir: &Folder, file: &str) -> Result<String, Error> {
        let mut command = Command::new(&self.program);
        command.args(["-no_splash", "-exit", file]);
        let said = child::run(&mut command, dir, &format!("{file}.log"))?;
        // It reports times of what is left of a netlist that it could not read, and exits 0
        // (findings/opensta-signed.sh, findings/opensta-exit-zero.sh).
        let wrong: Vec<&str> = said
            .lines()
            .filter(|l| l.contains("Error:") || l.starts_with("Error"))
            .collect();
        if !wrong.is_empty() {
            return Err(child::blame(dir, "sta failed", &wrong.join("\n")));
        }
        Ok(said)
    }
}

/// Reads paths and power out of what OpenSTA said; `unit_ns` is its unit of time, `point` says what
/// the end of a path is in the RTL.
pub fn read(said: &str, unit_ns: f64, point: impl Fn(&str) -> Point) -> Timed {
    let mut paths: Vec<Path> = Vec::new();
    let mut known: BTreeMap<(String, String), usize> = BTreeMap::new();
    for raw in raws(said) {
        let (from, to) = (point(&raw.from), point(&raw.to));
        let key = (from.family(), to.family());
        if let Some(&at) = known.get(&key) {
            // The tool reports the worst first.
            paths[at].endpoints += 1;
            continue;
        }
        known.insert(key, paths.len());
        paths.push(Path {
            from,
            to,
            levels: raw.levels,
            delay_ns: raw.delay * unit_ns,
            slack_ns: raw.slack * unit_ns,
            endpoints: 1,
        });
    }
    paths.sort_by(|a, b| a.slack_ns.total_cmp(&b.slack_ns));
    let power = said.lines().find_map(|l| {
        let rest = l.strip_prefix("Total ")?;
        rest.split_whitespace().nth(3)?.parse().ok()
    });
    Timed {
        paths,
        power_w: power,
    }
}

/// Splits the report into paths.
fn raws(said: &str) -> Vec<Raw> {
    said.split("Startpoint: ").skip(1).filter_map(raw).collect()
}

fn raw(block: &str) -> Option<Raw> {
    let from = block.split_whitespace().next()?.to_owned();
    let to = block.split_once("Endpoint: ")?.1;
    let to = to.split_whitespace().next()?.to_owned();
    let value = |what: &str| {
        let line = block.lines().find(|l| l.trim_end().ends_with(what))?;
        let figure = line.split_whitespace().next()?;
        figure.parse::<f64>().ok()
    };
    let slack = value("slack (MET)").or_else(|| value("slack (VIOLATED)"))?;
    // Rows of the path up to its arrival: `delay time ^ instance/pin (CELL)`.
    let (path, _) = block.split_once("data arrival time")?;
    let pins = path
        .lines()
        .filter_map(|l| l.split_once(" ^ ").or_else(|| l.split_once(" v ")))
        .filter_map(|(_, pin)| pin.trim().rsplit_once(" ("))
        .filter_map(|(pin, _)| pin.rsplit_once('/'));
    let levels = pins
        .filter(|(cell, _)| *cell != from && *cell != to)
        .count() as u64;
    // A port's share of the cycle is no delay of the path.
    let outside = path
        .lines()
        .find(|l| l.ends_with("input external delay"))
        .and_then(|l| l.split_whitespace().next()?.parse::<f64>().ok())
        .unwrap_or(0.0);
    Some(Raw {
        from,
        to,
        levels,
        delay: value("data arrival time")? - outside,
        slack,
    })
}

/// Says what a start point or end point of the netlist is in the RTL.
pub fn named(pin: &str, top: &str, parts: &Parts, elaborated: &Netlist) -> Point {
    // Names with odd characters are escaped.
    let pin = pin.replace('\\', "");
    let (mut module, mut path) = (top, Vec::new());
    let mut names = pin.split('/').peekable();
    while let (Some(name), Some((part, registers))) = (names.next(), parts.get(module)) {
        let Some(cell) = part.cells.get(name) else {
            break;
        };
        path.push(name);
        if plain(&cell.kind) == RAM {
            return Point {
                what: "memory".into(),
                module: RAM.to_owned(),
                name: path.join("."),
            };
        }
        if parts.contains_key(&cell.kind) {
            module = &cell.kind;
            continue;
        }
        if let Some(register) = registers.get(name) {
            path.pop();
            path.push(register);
        }
        let name = path.join(".");
        let (module, _) = elaborated.owner(top, &name);
        return Point {
            what: "register".into(),
            module: module.to_owned(),
            name,
        };
    }
    Point {
        what: "port".into(),
        module: plain(top).to_owned(),
        name: pin,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    const SAID: &str = "\
Startpoint: key_i (input port clocked by clk)
Endpoint: _7_ (rising edge-triggered flip-flop clocked by clk)
Path Group: clk

   Delay      Time   Description
  0.0000    0.0000   clock clk (rise edge)
  0.5000    0.5000 ^ input external delay
  0.1000    0.6000 ^ key_i (in)
  0.2785    0.8785 ^ _3_/Y (XOR2X1)
  0.0000    0.8785 ^ _7_/D (DFFPOSX1)
            0.8785   data arrival time
            0.9999 ^ _7_/CLK (DFFPOSX1)
---
           -0.1965   slack (VIOLATED)

Total                  1.600000e-01   1.930000e-03   1.890000e-05   1.620000e-01 100.0%
";

    #[test]
    fn paths_are_read_in_words() {
        let text = r#"{"modules": {"t": {"cells": {"_7_": {"type": "DFF", "connections": {}}}}}}"#;
        let mut netlist: Netlist = serde_json::from_str(text).expect("reads");
        let names = HashMap::from([("_7_".to_owned(), "u_a.x_q[3]".to_owned())]);
        let module = netlist.modules.remove("t").expect("is there");
        let parts = BTreeMap::from([("t".to_owned(), (module, names))]);
        let timed = read(SAID, 1.0, |pin| named(pin, "t", &parts, &netlist));
        assert_eq!(timed.power_w, Some(0.162));
        let path = &timed.paths[0];
        assert_eq!(path.from.words(), "port key_i");
        assert_eq!(path.to.words(), "register u_a.x_q[3] in t");
        assert_eq!((path.levels, path.endpoints), (1, 1));
        assert!((path.delay_ns - 0.3785).abs() < 1e-9 && path.slack_ns < 0.0);
    }
}
