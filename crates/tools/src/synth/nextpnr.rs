// SPDX-License-Identifier: MIT OR Apache-2.0
//! Places and routes on an FPGA and reads the report.

use std::collections::BTreeMap;
use std::path::{Path as Folder, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde::Deserialize;

use crate::synth::netlist::Netlist;
use crate::synth::report::{Path, Point};
use crate::synth::script::{NETLIST, ROUTED};
use crate::synth::target::Kind;
use crate::tool;
use hwgen_console::child::{self, blame};
use hwgen_console::error::Error;

/// Devices and what is done about their pads; how many cells of a kind they have room for.
const ECP5: &[&str] = &["--85k", "--package", "CABGA381", "--out-of-context"];
const ECP5_ROOM: &[(&str, u64)] = &[
    ("LUT4", 83_640),
    ("TRELLIS_FF", 83_640),
    ("DP16KD", 208),
    ("MULT18X18D", 156),
];
const ICE40: &[&str] = &["--hx8k", "--package", "ct256", "--pcf-allow-unconstrained"];
const ICE40_ROOM: &[(&str, u64)] = &[("SB_LUT4", 7_680), ("SB_DFF", 7_680), ("SB_RAM40", 32)];
/// What the tool says of a design that is too large for the device, or too dense.
const TOO_LARGE: [&str; 4] = [
    "no Bels remaining",
    "no remaining",
    "legal placement",
    "more than the",
];

/// Parts of the names of cells that are memories.
const MEMORIES: [&str; 3] = ["DP16KD", "TRELLIS_DPR16X4", "SB_RAM"];

/// What the tool said, in the folder of the run.
const LOG: &str = "route.log";

/// nextpnr for one family.
pub struct Nextpnr {
    /// Name and number.
    pub version: String,
    program: PathBuf,
    /// Device and what is done about its pads.
    pub device: &'static [&'static str],
    /// Most bits of ports; on some families they can be left unplaced.
    pub pins: usize,
    /// Most cells of the kinds of which a name contains a text.
    room: &'static [(&'static str, u64)],
    /// Longest time for a run, if there is a limit.
    pub limit: Option<Duration>,
}

/// What it found.
pub struct Routed {
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
    pub fn find(kind: &Kind) -> Option<Self> {
        let (family, pins, device, room) = match kind {
            Kind::Ecp5 => ("ecp5", usize::MAX, ECP5, ECP5_ROOM),
            Kind::Ice40 => ("ice40", 206, ICE40, ICE40_ROOM),
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
                room,
                limit: None,
            })
        })
    }

    /// Says why cells of these kinds do not fit the device, if they do not.
    pub fn crowded(&self, kinds: &BTreeMap<String, u64>) -> Option<String> {
        self.room.iter().find_map(|(part, room)| {
            let all = kinds.iter().filter(|(kind, _)| kind.contains(part));
            let n: u64 = all.map(|(_, n)| n).sum();
            (n > *room).then(|| format!("{n} {part} do not fit the {room} of the device"))
        })
    }

    /// Places and routes the netlist of `dir`; says why it did not, where the reason is the size of
    /// the design or the limit of time.
    pub fn run(&self, dir: &Folder, period_ns: f64) -> Result<Option<String>, Error> {
        self.route(dir, period_ns, self.device)
    }

    /// Places and routes with pads, wherever they go, and writes the configuration to `config`.
    pub fn configure(&self, dir: &Folder, period_ns: f64, config: &str) -> Result<(), Error> {
        let mut arguments = self.device.to_vec();
        if self.device == ECP5 {
            arguments.retain(|a| *a != "--out-of-context");
            arguments.extend(["--lpf-allow-unconstrained", "--textcfg", config]);
        } else {
            arguments.extend(["--asc", config]);
        }
        match self.route(dir, period_ns, &arguments)? {
            Some(reason) => Err(Error::Tool(format!("no bitstream: {reason}"))),
            None => Ok(()),
        }
    }

    fn route(
        &self,
        dir: &Folder,
        period_ns: f64,
        arguments: &[&str],
    ) -> Result<Option<String>, Error> {
        let mut command = Command::new(&self.program);
        command
            .args(arguments)
            .args(["--json", NETLIST, "--report", ROUTED])
            .args(["--freq", &format!("{:.2}", 1e3 / period_ns)])
            .args(["--timing-allow-fail", "--seed", "1", "-q"]);
        let Some(limit) = self.limit else {
            return match child::run(&mut command, dir, LOG) {
                Ok(_) => Ok(None),
                Err(error) => too_large(error).map(Some),
            };
        };
        match child::run_within(&mut command, dir, LOG, limit) {
            Ok(Some(_)) => Ok(None),
            Ok(None) => {
                let minutes = limit.as_secs() / 60;
                let reason = format!("placing and routing took more than {minutes} min");
                Ok(Some(reason))
            }
            Err(error) => too_large(error).map(Some),
        }
    }
}

/// Returns the tool's own words if the design was too large for it, else the error.
fn too_large(error: Error) -> Result<String, Error> {
    let Error::Tool(said) = &error else {
        return Err(error);
    };
    let line = said
        .lines()
        .find(|l| TOO_LARGE.iter().any(|t| l.contains(t)));
    match line {
        Some(line) => Ok(format!("it does not fit the device ({})", line.trim())),
        None => Err(error),
    }
}

/// Reads the report in `dir`.
pub fn read(dir: &Folder, top: &str, elaborated: &Netlist) -> Result<Routed, Error> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_design_that_is_too_large_is_told_from_a_tool_that_fails() {
        let text = "ERROR: Unable to place cell 'a', no Bels remaining of type 'ICESTORM_LC'";
        let said = too_large(Error::Tool(format!("nextpnr failed (1):\n{text}")));
        assert_eq!(
            said.expect("too large"),
            format!("it does not fit the device ({text})")
        );
        let error = too_large(Error::Tool("nextpnr failed (1):\nERROR: bad".into()));
        assert_eq!(error.expect_err("fails").exit_code(), 3);
    }

    #[test]
    fn cells_that_do_not_fit_are_named() {
        let tool = Nextpnr {
            version: String::new(),
            program: PathBuf::new(),
            device: ICE40,
            pins: 206,
            room: ICE40_ROOM,
            limit: None,
        };
        let kinds = |n| BTreeMap::from([("SB_DFFE".into(), 7_000), ("SB_DFFER".into(), n)]);
        assert_eq!(tool.crowded(&kinds(680)), None);
        assert_eq!(
            tool.crowded(&kinds(681)).as_deref(),
            Some("7681 SB_DFF do not fit the 7680 of the device")
        );
    }
}
