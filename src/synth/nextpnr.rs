// SPDX-License-Identifier: MIT OR Apache-2.0
//! Places and routes on an FPGA and reads the report.

use std::collections::BTreeMap;
use std::path::{Path as Folder, PathBuf};
use std::process::Command;

use serde::Deserialize;

use crate::error::Error;
use crate::synth::child::{self, blame};
use crate::synth::netlist::Netlist;
use crate::synth::report::{Path, Point};
use crate::synth::script::{NETLIST, ROUTED};
use crate::synth::target::Kind;
use crate::tool;

/// Parts of the names of cells that are memories.
const MEMORIES: [&str; 3] = ["DP16KD", "TRELLIS_DPR16X4", "SB_RAM"];

/// nextpnr for one family.
pub(crate) struct Nextpnr {
    /// Name and number.
    pub(crate) version: String,
    program: PathBuf,
    /// Device and what is done about its pads.
    pub(crate) device: &'static [&'static str],
    /// Most bits of ports; on some families they can be left unplaced.
    pub(crate) pins: usize,
}

/// What it found.
pub(crate) struct Routed {
    pub(crate) fmax_mhz: Option<f64>,
    pub(crate) path: Option<Path>,
}

#[derive(Deserialize)]
struct Report {
    fmax: BTreeMap<String, Fmax>,
    #[serde(default)]
    critical_paths: Vec<Critical>,
}

#[derive(Deserialize)]
struct Fmax {
    achieved: f64,
}

#[derive(Deserialize)]
struct Critical {
    from: String,
    to: String,
    path: Vec<Step>,
}

#[derive(Deserialize)]
struct Step {
    delay: f64,
    from: Pin,
    to: Pin,
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Deserialize)]
struct Pin {
    cell: String,
}

impl Nextpnr {
    /// Finds nextpnr for the target, the native one first.
    pub(crate) fn find(kind: &Kind) -> Option<Self> {
        let (family, pins, device): (_, _, &'static [&'static str]) = match kind {
            Kind::Ecp5 => (
                "ecp5",
                usize::MAX,
                &["--85k", "--package", "CABGA381", "--out-of-context"],
            ),
            Kind::Ice40 => (
                "ice40",
                206,
                &["--hx8k", "--package", "ct256", "--pcf-allow-unconstrained"],
            ),
            _ => return None,
        };
        let names = [
            format!("nextpnr-{family}"),
            format!("yowasp-nextpnr-{family}"),
        ];
        names.iter().find_map(|name| {
            let program = tool::on_path(name)?;
            let version = tool::ask(&program, &["--version"])?;
            let number = version.split("Version ").last().unwrap_or(&version);
            let number = number.trim_end_matches(')');
            Some(Self {
                version: format!("{name} {number}"),
                program,
                device,
                pins,
            })
        })
    }

    /// Places and routes the netlist of `dir`.
    pub(crate) fn run(&self, dir: &Folder, period_ns: f64) -> Result<(), Error> {
        self.route(dir, period_ns, self.device)
    }

    /// Does so with pads, wherever they go, and writes the configuration to `config`.
    pub(crate) fn configure(
        &self,
        dir: &Folder,
        period_ns: f64,
        config: &str,
    ) -> Result<(), Error> {
        let mut arguments = self.device.to_vec();
        arguments.retain(|a| *a != "--out-of-context");
        arguments.extend(["--lpf-allow-unconstrained", "--textcfg", config]);
        self.route(dir, period_ns, &arguments)
    }

    fn route(&self, dir: &Folder, period_ns: f64, arguments: &[&str]) -> Result<(), Error> {
        let mut command = Command::new(&self.program);
        command
            .args(arguments)
            .args(["--json", NETLIST, "--report", ROUTED])
            .args(["--freq", &format!("{:.2}", 1e3 / period_ns)])
            .args(["--timing-allow-fail", "--seed", "1", "-q"]);
        child::run(&mut command, dir, "route.log").map(|_| ())
    }
}

/// Reads the report in `dir`.
pub(crate) fn read(dir: &Folder, top: &str, elaborated: &Netlist) -> Result<Routed, Error> {
    let text = std::fs::read(dir.join(ROUTED))
        .map_err(|e| blame(dir, &format!("nextpnr left no report ({e})"), ""))?;
    let report: Report = serde_json::from_slice(&text)
        .map_err(|e| blame(dir, &format!("nextpnr left an incomplete report ({e})"), ""))?;
    let fmax = report.fmax.values().map(|f| f.achieved).reduce(f64::min);
    let inside = |c: &&Critical| c.from == c.to && c.from.starts_with("posedge");
    let paths = || report.critical_paths.iter();
    let delay = |c: &&Critical| c.path.iter().map(|s| s.delay).sum::<f64>();
    let slower = |a: &&Critical, b: &&Critical| delay(a).total_cmp(&delay(b));
    // Where no path leads from register to register, the slowest to or from a port is shown.
    let path = paths().find(inside).or_else(|| paths().max_by(slower));
    let point = |cell: &str| {
        // `u_a.x_q_TRELLIS_FF_Q_3` is a flip-flop of `u_a.x_q`.
        let cut = [
            "_TRELLIS_FF",
            "_SB_DFF",
            "_DP16KD",
            "_TRELLIS_DPR16X4",
            "_RAM",
            "$",
        ];
        let end = cut.iter().filter_map(|c| cell.find(c)).min();
        let name = &cell[..end.unwrap_or(cell.len())];
        let (module, _) = elaborated.owner(top, name);
        let is_port = elaborated
            .modules
            .get(top)
            .is_some_and(|m| m.has_port(name));
        Point {
            what: if MEMORIES.iter().any(|m| cell.contains(m)) || cell.ends_with("_RAM") {
                "memory"
            } else if is_port {
                "port"
            } else {
                "register"
            }
            .into(),
            name: name.to_owned(),
            module: module.to_owned(),
        }
    };
    let path = path.and_then(|p| {
        let (first, last) = (p.path.first()?, p.path.last()?);
        Some(Path {
            from: point(&first.from.cell),
            to: point(&last.to.cell),
            levels: p.path.iter().filter(|s| s.kind == "logic").count() as u64,
            delay_ns: p.path.iter().map(|s| s.delay).sum(),
            slack_ns: 0.0,
            endpoints: 1,
        })
    });
    Ok(Routed {
        fmax_mhz: fmax,
        path,
    })
}
