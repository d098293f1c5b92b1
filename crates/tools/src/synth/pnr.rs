// SPDX-License-Identifier: MIT OR Apache-2.0
//! From a module to a layout or a bitstream: what `hwgen synth --pnr` makes and says of it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use serde::{Deserialize, Serialize};

use crate::synth::flow::{Flow, keep_results, write, write_sources};
use crate::synth::layout::Layout;
use crate::synth::netlist::Netlist;
use crate::synth::qflow::Qflow;
use crate::synth::script::{self, CORE};
use crate::synth::unit::Unit;
use crate::synth::{measure, nextpnr, target::Kind};
use crate::tool;
use hwgen_console::child::{self, blame};
use hwgen_console::error::Error;

/// What stands in the folder besides the layout or bitstream.
pub const REPORT: &str = "pnr.json";
/// The gates that the layout is made of, for who wants to compare.
const GATES: &str = "engine.v";
const CONFIG: &str = "engine.config";
const BITSTREAM: &str = "engine.bit";

/// What has been made of a module.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Made {
    pub(crate) module: String,
    pub(crate) parameters: BTreeMap<String, i64>,
    pub(crate) target: String,
    pub(crate) tools: Vec<String>,
    /// The layout, of cells.
    pub layout: Option<Layout>,
    pub(crate) bitstream: Option<Bitstream>,
    /// Names of the files.
    pub files: Vec<String>,
}

/// A bitstream and what the router says of it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Bitstream {
    pub(crate) bytes: u64,
    pub(crate) fmax_mhz: Option<f64>,
    pub(crate) luts: u64,
    pub(crate) registers: u64,
    pub(crate) seconds: f64,
}

/// Tools of `--pnr`, beside those of the synthesis.
pub enum Maker {
    /// Places and routes cells.
    Qflow(Qflow),
    /// The packer of bitstreams: ecppack or icepack.
    Packer(PathBuf, String),
}

impl Maker {
    /// Finds the tools of the target.
    pub fn find(flow: &Flow) -> Result<Self, Error> {
        if flow.target.name == "osu018" {
            return Qflow::find().map(Self::Qflow);
        }
        let packer = match flow.target.kind {
            Kind::Ecp5 => "ecppack",
            Kind::Ice40 => "icepack",
            _ => {
                return Err(Error::input(format!(
                    "--pnr: goes to a layout on osu018 or to a bitstream on ecp5 and ice40, not on \
                     {} (pass one of these as --target)",
                    flow.target.name
                )));
            }
        };
        let family = &flow.target.name;
        let missing = |what: &str| {
            Error::missing(format!(
                "{what}: not found, and --pnr on {family} needs it (scripts/bootstrap, or python3 \
                 -m pip install yowasp-nextpnr-{family})"
            ))
        };
        if flow.nextpnr.is_none() {
            return Err(missing(&format!("nextpnr-{family}")));
        }
        let program = [packer.to_owned(), format!("yowasp-{packer}")];
        let program = program.iter().find_map(|p| tool::on_path(p));
        let program = program.ok_or_else(|| missing(packer))?;
        // icepack does not say its release; it comes with nextpnr.
        let version = match flow.target.kind {
            Kind::Ecp5 => tool::ask(&program, &["--version"]).unwrap_or_default(),
            _ => packer.to_owned(),
        };
        Ok(Self::Packer(program, version))
    }

    fn versions(&self) -> Vec<String> {
        match self {
            Self::Qflow(qflow) => qflow.versions.clone(),
            Self::Packer(_, version) => vec![version.clone()],
        }
    }

    /// Returns the folder of the cache in which the results for `unit` lie.
    pub fn make(&self, flow: &Flow, unit: &Unit) -> Result<(PathBuf, Made), Error> {
        let script = match self {
            Self::Qflow(_) => script::plain_gates(unit, GATES),
            Self::Packer(..) => script::fpga(unit, &format!("synth_{}", flow.target.name)),
        };
        let versions = self.versions();
        let period = flow.period_ns.to_string();
        let mut parts = vec!["pnr", script.as_str(), period.as_str(), &flow.target.name];
        parts.extend(versions.iter().map(String::as_str));
        parts.extend(flow.nextpnr.as_ref().map(|n| n.version.as_str()));
        let dir = flow.built(unit, &parts, |dir, bar| {
            bar.set_message("synthesis");
            write_sources(dir, unit)?;
            write(dir, "pnr.ys", &script)?;
            flow.yosys.run(dir, "pnr.ys")?;
            let mut made = Made {
                module: unit.module.clone(),
                parameters: unit.parameters.clone(),
                target: format!("{} ({})", flow.target.name, flow.target.about),
                tools: [vec![flow.yosys.version.clone()], versions.clone()].concat(),
                ..Made::default()
            };
            match self {
                Self::Qflow(qflow) => {
                    let path = dir.join(GATES);
                    let gates = fs::read_to_string(&path)
                        .map_err(|e| blame(dir, &format!("yosys left no {GATES} ({e})"), ""))?;
                    made.layout = Some(qflow.run(dir, &gates, bar)?);
                    let kinds = ["gds", "def", "spice", "png"];
                    made.files = kinds.map(|kind| format!("{CORE}.{kind}")).to_vec();
                    made.files.push(GATES.to_owned());
                }
                Self::Packer(program, _) => {
                    bar.set_message("placing and routing");
                    made.tools
                        .extend(flow.nextpnr.as_ref().map(|n| n.version.clone()));
                    made.bitstream = Some(pack(flow, unit, dir, program)?);
                    made.files = vec![BITSTREAM.to_owned(), CONFIG.to_owned()];
                }
            }
            let report = serde_json::to_string_pretty(&made).expect("plain data");
            let kept: Vec<&str> = made.files.iter().map(String::as_str).collect();
            keep_results(dir, &kept)?;
            write(dir, REPORT, &(report + "\n"))
        })?;
        let path = dir.join(REPORT);
        let text = fs::read(&path).map_err(|e| Error::path(&path, "read", &e))?;
        let made = serde_json::from_slice(&text)
            .map_err(|e| Error::input(format!("{}: not a result ({e})", path.display())))?;
        Ok((dir, made))
    }
}

/// Places, routes and packs the netlist of `dir`.
fn pack(flow: &Flow, unit: &Unit, dir: &Path, packer: &Path) -> Result<Bitstream, Error> {
    let start = Instant::now();
    let netlist = Netlist::read(dir, script::NETLIST)?;
    let elaborated = Netlist::read(dir, script::ELABORATED)?;
    let found = measure::count(flow, unit, &netlist, &elaborated)?;
    let tool = flow.nextpnr.as_ref().expect("was looked for");
    if let Some(reason) = tool.crowded(&found.kinds) {
        return Err(Error::Tool(format!(
            "{}: {reason} (take smaller parameters)",
            unit.module
        )));
    }
    tool.configure(dir, flow.period_ns, CONFIG)?;
    let routed = nextpnr::read(dir, &unit.module, &elaborated)?;
    let mut command = Command::new(packer);
    command.args([CONFIG, BITSTREAM]);
    let said = child::run(&mut command, dir, "pack.log")?;
    let bytes = fs::metadata(dir.join(BITSTREAM)).map_or(0, |m| m.len());
    if bytes == 0 {
        let name = packer.file_name().unwrap_or_default().to_string_lossy();
        return Err(blame(dir, &format!("{name} left no {BITSTREAM}"), &said));
    }
    Ok(Bitstream {
        bytes,
        fmax_mhz: routed.fmax_mhz,
        luts: found.kinds_with("LUT4"),
        registers: found.registers,
        seconds: start.elapsed().as_secs_f64(),
    })
}

impl Made {
    /// Lays the result out for people.
    pub fn text(&self) -> String {
        let mut out = format!(
            "{} on {} ({})\n",
            self.module,
            self.target,
            self.tools.join(", ")
        );
        let mut line = |name: &str, text: String| out.push_str(&format!("  {name:<10} {text}\n"));
        if let Some(l) = &self.layout {
            line(
                "cells",
                format!("{}, {} of them registers", l.cells, l.registers),
            );
            let area = l.width_um * l.height_um / 1e6;
            line(
                "die",
                format!("{:.1} x {:.1} um, {area:.4} mm2", l.width_um, l.height_um),
            );
            line("wires", format!("{:.2} mm", l.wire_um / 1e3));
            line("routes", format!("{} failed", l.failed_routes));
            let total: u64 = l.drc.values().sum();
            let rules: Vec<String> = l.drc.iter().map(|(r, n)| format!("; {n} x {r}")).collect();
            line("DRC", format!("{total} errors{}", rules.concat()));
            line(
                "LVS",
                match l.lvs_errors {
                    0 => "layout and netlist match".to_owned(),
                    n => format!("{n} differences"),
                },
            );
            line(
                "time",
                format!(
                    "{:.0} s, placement {} of at most 3, density {}",
                    l.seconds, l.attempts, l.density
                ),
            );
            if l.loose_ports > 0 {
                line(
                    "note",
                    format!("{} bits of ports lead nowhere", l.loose_ports),
                );
            }
            line(
                "note",
                "wires and outlines of cells only: not for tape-out".to_owned(),
            );
        }
        if let Some(b) = &self.bitstream {
            line(
                "cells",
                format!("{} LUTs, {} registers", b.luts, b.registers),
            );
            if let Some(fmax) = b.fmax_mhz {
                line("fmax", format!("{fmax:.1} MHz"));
            }
            line("bitstream", format!("{} bytes", b.bytes));
            line("time", format!("{:.0} s", b.seconds));
            line(
                "note",
                "pins wherever the router put them: not for a board".to_owned(),
            );
        }
        out
    }
}
