// SPDX-License-Identifier: MIT OR Apache-2.0
//! The C++ that all models share: Verilator's runtime, its precompiled headers, the flags.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::spec::Wave;
use crate::run::run;
use crate::toolchain::Toolchain;
use hwgen_bundle::cache::{Cache, Entry};
use hwgen_bundle::digest::Digest;
use hwgen_bundle::error::VerifyError;

pub(super) const HOST_H: &str = include_str!("../../cpp/host.h");
pub(super) const HOST_CPP: &str = include_str!("../../cpp/host.cpp");

/// Flags of the C++ compiler. Hidden symbols keep the models of one process apart.
pub(super) const COMPILE: [&str; 5] = [
    "-std=gnu++17",
    "-fPIC",
    "-fvisibility=hidden",
    "-fvisibility-inlines-hidden",
    "-w",
];
/// Definitions that hand the runtime's exits and prints to `cpp/host.cpp`.
pub(super) const HOOKS: [&str; 6] = [
    "-DVL_PRINTF=hwgen_printf",
    "-DVL_USER_FINISH",
    "-DVL_USER_STOP",
    "-DVL_USER_STOP_MAYBE",
    "-DVL_USER_FATAL",
    "-DVL_USER_WARN",
];

/// Compiles Verilator's runtime and precompiles its headers, once per set of tools.
pub(super) fn runtime(cache: &Cache, tools: &Toolchain, wave: Wave) -> Result<Entry, VerifyError> {
    let key = toolchain_address("runtime", tools, wave).hex();
    cache.entry(&key, |dir| {
        let mut pieces = Vec::new();
        let mut headers = vec!["verilated.h"];
        match wave {
            Wave::Off => {}
            Wave::Fst => {
                pieces.push("verilated_fst_c.cpp");
                headers.push("verilated_fst_c.h");
                libraries(tools)
                    .iter()
                    .try_for_each(|l| l.check(tools, dir))?;
            }
            Wave::Vcd => {
                pieces.push("verilated_vcd_c.cpp");
                headers.push("verilated_vcd_c.h");
            }
        }
        let include_all = |names: &[&str]| -> String {
            let lines = names.iter().map(|n| format!("#include \"{n}\"\n"));
            lines.collect()
        };
        let write = |name: &str, text: &str| {
            let path = dir.join(name);
            fs::write(&path, text).map_err(VerifyError::io(&path))
        };
        write("host.h", HOST_H)?;
        write("host.cpp", HOST_CPP)?;
        write("pch.h", &format!("{HOST_H}{}", include_all(&headers)))?;
        // Most of a unit's time goes into headers, so what always belongs together is one; this is
        // the slowest step of a first build.
        let together = ["verilated.cpp", "verilated_threads.cpp", "host.cpp"];
        write("runtime0.cpp", &include_all(&together))?;
        let mut objects = vec!["runtime0.o".to_owned()];
        for (i, piece) in pieces.iter().enumerate() {
            write(&format!("runtime{}.cpp", i + 1), &include_all(&[piece]))?;
            objects.push(format!("runtime{}.o", i + 1));
        }
        let mut jobs = Vec::new();
        for object in &objects {
            let source = object.replace(".o", ".cpp");
            let mut command = compiler(tools, wave);
            command.current_dir(dir).args(["-include", "host.h", "-I."]);
            // What a model does in each cycle is in its own units, which are linked before; writing
            // waves is not.
            if !tools.compiler.optimises {
                command.arg(if object == "runtime0.o" { IDLE } else { FAST });
            }
            command.args(["-c", &source, "-o", object]);
            jobs.push(command);
        }
        if tools.compiler.precompiles {
            let mut command = compiler(tools, wave);
            command.current_dir(dir);
            command.args(["-x", "c++-header", "pch.h", "-o", "pch.h.gch"]);
            jobs.push(command);
        }
        for level in levels(tools, wave) {
            // The main file of a header that Clang precompiles has to stay where it was, which the
            // folder of an entry does not; standard input has no place.
            let text = dir.join("pch.h");
            let text = fs::File::open(&text).map_err(VerifyError::io(&text))?;
            let mut command = compiler(tools, wave);
            command.current_dir(dir).stdin(text);
            command.args([level, "-x", "c++-header", "-", "-o", &chained(level)]);
            jobs.push(command);
        }
        run_all(jobs)?;
        let path = &tools.compiler.path;
        objects.iter().try_for_each(|o| made(&dir.join(o), path))?;
        let mut join = tools.compiler.command();
        join.current_dir(dir)
            .args(["-r", "-nostdlib", "-o", "runtime.o"]);
        run(join.args(&objects))?;
        for leftover in objects {
            let path = dir.join(leftover);
            fs::remove_file(&path).map_err(VerifyError::io(&path))?;
        }
        Ok(())
    })
}

/// Level at which nothing is optimised.
pub(super) const IDLE: &str = "-O0";
/// Level of the units that run in each cycle; another one but [`IDLE`] takes the same headers.
pub(super) const FAST: &str = "-O1";

/// Returns the levels that Clang precompiles the headers for, as it tells them apart.
pub(super) fn levels(tools: &Toolchain, wave: Wave) -> &'static [&'static str] {
    match (tools.compiler.chains && !tools.compiler.optimises, wave) {
        (false, _) => &[],
        (true, Wave::Off) => &[IDLE, FAST],
        // Nothing of a model with waves is optimised.
        (true, _) => &[IDLE],
    }
}

/// Names the headers that Clang has precompiled for a level.
pub(super) fn chained(level: &str) -> String {
    format!("headers{level}.pch")
}

/// Starts a compilation with the flags that runtime and models share.
pub(super) fn compiler(tools: &Toolchain, wave: Wave) -> Command {
    let include = tools.verilator.root.join("include");
    let mut command = tools.compiler.command();
    command.args(COMPILE).args(HOOKS).arg("-I").arg(&include);
    command.arg("-I").arg(include.join("vltstd"));
    command.arg("-DVM_COVERAGE=0");
    let is = |other: bool| u8::from(other);
    command.args([
        format!("-DVM_TRACE={}", is(wave != Wave::Off)),
        format!("-DVM_TRACE_FST={}", is(wave == Wave::Fst)),
        format!("-DVM_TRACE_VCD={}", is(wave == Wave::Vcd)),
    ]);
    command
}

/// A library that FST waves are compressed with.
pub(super) struct Library {
    header: &'static str,
    pub(super) flag: &'static str,
    package: &'static str,
}

impl Library {
    /// Looks for the header, in a moment, before the slow compilation fails for want of it.
    fn check(&self, tools: &Toolchain, dir: &Path) -> Result<(), VerifyError> {
        let probe = dir.join("probe.cpp");
        let text = format!("#include <{}>\n", self.header);
        fs::write(&probe, text).map_err(VerifyError::io(&probe))?;
        let mut command = tools.compiler.command();
        command.args(["-fsyntax-only"]).arg(&probe);
        run(&mut command).map_err(|_| VerifyError::ToolMissing {
            tool: self.header.to_owned(),
            remedy: format!("FST waves need it: apt-get install {}", self.package),
        })?;
        fs::remove_file(&probe).map_err(VerifyError::io(&probe))
    }
}

/// Lists the libraries that FST waves of this Verilator need.
pub(super) fn libraries(tools: &Toolchain) -> Vec<Library> {
    let mut all = vec![Library {
        header: "zlib.h",
        flag: "-lz",
        package: "zlib1g-dev",
    }];
    let writer = "include/fstcpp/fstcpp_writer.cpp";
    if tools.verilator.root.join(writer).is_file() {
        all.push(Library {
            header: "lz4.h",
            flag: "-llz4",
            package: "liblz4-dev",
        });
    }
    all
}

/// Refuses a tool that ended well and left nothing.
pub(super) fn made(file: &Path, tool: &Path) -> Result<(), VerifyError> {
    if file.is_file() {
        return Ok(());
    }
    let name = file.file_name().unwrap_or_default().display();
    Err(VerifyError::ToolUnfit {
        tool: tool.display().to_string(),
        reason: format!("ended well, but wrote no {name}"),
        remedy: "CXX and HWGEN_VERILATOR name the tools; hwgen doctor says which are used".into(),
    })
}

/// Runs commands side by side, at most as many as there are processors.
pub(super) fn run_all(jobs: Vec<Command>) -> Result<(), VerifyError> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let queue = std::sync::Mutex::new(jobs.into_iter());
    let next = || queue.lock().expect("no job panics").next();
    std::thread::scope(|scope| {
        let work = || -> Result<(), VerifyError> {
            while let Some(mut job) = next() {
                run(&mut job)?;
            }
            Ok(())
        };
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        let ends = workers
            .into_iter()
            .map(|w| w.join().expect("no job panics"));
        ends.collect::<Vec<_>>().into_iter().collect()
    })
}

/// Changes with the way models are compiled, so that a new release does not load old ones.
const RECIPE: &str = concat!(env!("CARGO_PKG_VERSION"), " recipe 4");

pub(super) fn toolchain_address(kind: &str, tools: &Toolchain, wave: Wave) -> Digest {
    Digest::new(kind)
        .text(&tools.verilator.identity)
        .text(&tools.compiler.identity)
        .text(RECIPE)
        .text(&COMPILE.concat())
        .text(&HOOKS.concat())
        .text(HOST_H)
        .text(HOST_CPP)
        .bytes(&[wave as u8, u8::from(tools.mold)])
}
