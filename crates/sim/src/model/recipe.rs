// SPDX-License-Identifier: MIT OR Apache-2.0
//! The steps from SystemVerilog to a linked object: verilate, compile, link.
//!
//! Serves models and C++ benches alike; what the C++ around the model does, the caller says.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use super::base::{HEADER, Record};
use super::generated::{Generated, files_of};
use super::members::{ROOT_H, with_room};
use super::runtime::{
    FAST, IDLE, chained, compiler as compiler_with, levels, libraries, made, run_all, runtime,
};
use super::spec::{ModelSpec, Wave, file_name};
use super::units::{PARTS_H, Unit, function_units, units_of};
use crate::run::run;
use crate::toolchain::Toolchain;
use hwgen_bundle::cache::Cache;
use hwgen_bundle::error::VerifyError;

/// Flags of Verilator that decide what the model does.
pub(super) const VERILATE: [&str; 16] = [
    "--cc",
    "--prefix",
    "Vdut",
    "-O3",
    "--assert",
    "--no-timing",
    // Uninitialised state and X take seeded random values: nothing may rely on zeros.
    "--x-initial",
    "unique",
    "--x-assign",
    "unique",
    // Lint is a gate of its own.
    "-Wno-lint",
    "-Wno-style",
    // Compilers take more than twice as long for a function of twice the size.
    "--output-split",
    "100000",
    "--output-split-cfuncs",
    "500",
];
/// Name of the unit of everything that is no function of its own.
pub(super) const COMMON: &str = "common";
/// Headers that the shim needs of the model.
const MODEL_H: &str = "#include \"Vdut.h\"\n#include \"Vdut___024root.h\"\n";
/// Turns the optimiser off for a translation unit that shares its precompiled header with others.
pub(super) const NO_OPTIMISATION: &str = "#ifdef __clang__\n#pragma clang optimize off\n#else\n\
                               #pragma GCC optimize(\"O0\")\n#endif\n";
/// Bytes of C++ of a whole model from which taking it apart pays.
const APART_BYTES: u64 = 400_000;
/// Bytes of C++ of a whole model from which the compiler takes longer than what it would save:
/// -O1 halves its time and costs a few percent of speed.
const LARGE_BYTES: u64 = 3_000_000;

/// Where the sources of a build lie and what its flags are.
pub struct Recipe<'a> {
    pub(super) tools: &'a Toolchain,
    spec: &'a ModelSpec,
    runtime: PathBuf,
}

impl<'a> Recipe<'a> {
    /// Makes sure that the runtime is there.
    pub fn new(
        cache: &Cache,
        tools: &'a Toolchain,
        spec: &'a ModelSpec,
    ) -> Result<Self, VerifyError> {
        let runtime = runtime(cache, tools, spec.wave)?.dir;
        Ok(Self {
            tools,
            spec,
            runtime,
        })
    }

    /// Writes the C++ of the model to `dir/obj`.
    pub fn verilate(&self, dir: &Path) -> Result<(), VerifyError> {
        // The copies are what was hashed, whatever an editor does meanwhile, and messages of the
        // model name short paths.
        let rtl = dir.join("rtl");
        fs::create_dir(&rtl).map_err(VerifyError::io(&rtl))?;
        let mut names = Vec::new();
        for (i, source) in self.spec.sources.iter().enumerate() {
            let mut name = format!("rtl/{}", file_name(source)?);
            if names.contains(&name) {
                name = format!("rtl/{i}_{}", file_name(source)?);
            }
            let copy = dir.join(&name);
            fs::copy(source, &copy).map_err(VerifyError::io(source))?;
            names.push(name);
        }
        let verilator = &self.tools.verilator;
        let mut command = self.tools.verilate();
        command.current_dir(dir);
        command.args(VERILATE);
        command.args(["-Wno-fatal", "--Mdir", "obj"]);
        command.args(["--top-module", &self.spec.top]);
        match self.spec.wave {
            Wave::Off => {}
            Wave::Fst => drop(command.args(["--trace-fst", "--trace-structs"])),
            Wave::Vcd => drop(command.args(["--trace", "--trace-structs"])),
        }
        for (name, value) in &self.spec.parameters {
            command.arg(format!("-G{name}={value}"));
        }
        command.args(&names);
        run(&mut command)?;
        made(&dir.join("obj/Vdut.h"), &verilator.path)
    }

    /// Compiles the model and `main`, a text called `name`, into objects in `dir`.
    pub fn compile(
        &self,
        dir: &Path,
        name: &str,
        main: &str,
        flags: &[&str],
    ) -> Result<(), VerifyError> {
        write(dir, name, main)?;
        if let Some(all) = apart(dir)? {
            self.compile_parts(dir, name, &all, flags).map(drop)
        } else {
            self.compile_files(dir, name, flags)
        }
    }

    /// Compiles the files as Verilator has divided them.
    pub(super) fn compile_files(
        &self,
        dir: &Path,
        name: &str,
        flags: &[&str],
    ) -> Result<(), VerifyError> {
        let mut units = units_of(&dir.join("obj"))?;
        let _ = writeln!(units[0].text, "{MODEL_H}{}#include \"{name}\"", self.wave());
        self.compile_units(dir, units, flags, &self.sized(dir)?)
    }

    /// Compiles functions that a later build may replace, and apart from them all the rest; describes
    /// what the objects hold.
    pub(super) fn compile_parts(
        &self,
        dir: &Path,
        name: &str,
        all: &Generated,
        flags: &[&str],
    ) -> Result<Record, VerifyError> {
        let mut record = Record::of(&dir.join("obj"), all)?;
        record.flags = self.sized(dir)?;
        let header = dir.join("obj").join(ROOT_H);
        let text = fs::read_to_string(&header).map_err(VerifyError::io(&header))?;
        if let Some(text) = with_room(&text) {
            fs::write(&header, &text).map_err(VerifyError::io(&header))?;
            write(dir, HEADER, &text)?;
        }
        write(dir, PARTS_H, &all.head())?;
        let mut units = function_units(all);
        record.objects = units.iter().map(|u| format!("{}.o", u.name)).collect();
        record.common = format!("{COMMON}.o");
        units.push(self.common(name, all));
        self.compile_units(dir, units, flags, &record.flags)?;
        Ok(record)
    }

    /// Returns the unit of everything that is no function of its own.
    pub(super) fn common(&self, name: &str, all: &Generated) -> Unit {
        let (rest, wave) = (&all.rest, self.wave());
        Unit {
            name: COMMON.into(),
            text: format!("#include \"{PARTS_H}\"\n{rest}{MODEL_H}{wave}#include \"{name}\"\n"),
            slow: false,
            bytes: rest.len() as u64,
        }
    }

    /// Returns what defines the class of the wave file.
    fn wave(&self) -> &'static str {
        match self.spec.wave {
            Wave::Off => "",
            Wave::Fst => "#define HWGEN_WAVE VerilatedFstC\n",
            Wave::Vcd => "#define HWGEN_WAVE VerilatedVcdC\n",
        }
    }

    /// Returns the flags that depend on the size of the model.
    pub(super) fn sized(&self, dir: &Path) -> Result<Vec<String>, VerifyError> {
        let large = bytes_of(&dir.join("obj"))? > LARGE_BYTES;
        let ours = !self.tools.compiler.optimises;
        Ok(if large && ours {
            vec!["-O1".into()]
        } else {
            Vec::new()
        })
    }

    /// Compiles units side by side, the longest first.
    pub(super) fn compile_units(
        &self,
        dir: &Path,
        mut units: Vec<Unit>,
        flags: &[&str],
        sized: &[String],
    ) -> Result<(), VerifyError> {
        units.sort_by_key(|unit| std::cmp::Reverse(unit.weight()));
        let compiler = &self.tools.compiler;
        // A model with waves plays one small run; what counts is how soon it is there.
        let is_idle = |unit: &Unit| unit.slow || self.spec.wave != Wave::Off;
        for unit in &units {
            // A unit shares its precompiled header with others, so its text says how it is compiled.
            let head = if is_idle(unit) { NO_OPTIMISATION } else { "" };
            write(
                dir,
                &format!("{}.cpp", unit.name),
                &format!("{head}{}", unit.text),
            )?;
        }
        let levels = levels(self.tools, self.spec.wave);
        let job = |unit: &Unit, chain: bool| {
            let (source, object) = (format!("{}.cpp", unit.name), format!("{}.o", unit.name));
            let mut command = compiler_with(self.tools, self.spec.wave);
            command.current_dir(dir);
            let level = if is_idle(unit) { IDLE } else { FAST };
            if chain && levels.contains(&level) {
                command.arg("-include-pch");
                command.arg(self.runtime.join(chained(level)));
            } else {
                command.arg("-include").arg(self.runtime.join("pch.h"));
            }
            command.args(["-I.", "-Iobj"]).args(flags).args(sized);
            if let Some(limits) = compiler.limits() {
                command.args(limits);
            }
            if level == IDLE && !compiler.precompiles && !compiler.optimises {
                command.arg(IDLE);
            }
            command.args(["-c", &source, "-o", &object]);
            command
        };
        let jobs = |chain: bool| units.iter().map(|unit| job(unit, chain)).collect();
        // Clang refuses headers of which one has changed since; then it reads them all.
        if levels.is_empty() || run_all(jobs(true)).is_err() {
            run_all(jobs(false))?;
        }
        let mut objects = units.iter().map(|u| dir.join(format!("{}.o", u.name)));
        objects.try_for_each(|o| made(&o, &compiler.path))
    }

    /// Links the objects in `dir` with the runtime and keeps only the result.
    pub fn link(&self, dir: &Path, name: &str, flags: &[&str]) -> Result<(), VerifyError> {
        let objects: Vec<PathBuf> = files_of(dir, "o")?.into_iter().map(PathBuf::from).collect();
        self.link_objects(dir, name, flags, &objects)?;
        tidy(dir, &[])
    }

    /// Links these objects with the runtime.
    pub(super) fn link_objects(
        &self,
        dir: &Path,
        name: &str,
        flags: &[&str],
        objects: &[PathBuf],
    ) -> Result<(), VerifyError> {
        let command = |mold: bool| {
            let mut command = self.tools.compiler.linker();
            command.current_dir(dir).args(flags).args(objects);
            command.arg(self.runtime.join("runtime.o"));
            command.args(["-pthread", "-o", name]);
            if self.spec.wave == Wave::Fst {
                command.args(libraries(self.tools).iter().map(|l| l.flag));
            }
            if mold {
                command.arg("-fuse-ld=mold");
            }
            command
        };
        // Compilers older than mold do not know its name.
        if !(self.tools.mold && run(&mut command(true)).is_ok()) {
            run(&mut command(false))?;
        }
        made(&dir.join(name), &self.tools.compiler.path)
    }
}

/// Takes the C++ of a model apart, where it is large enough for that to pay.
pub(super) fn apart(dir: &Path) -> Result<Option<Generated>, VerifyError> {
    let obj = dir.join("obj");
    if bytes_of(&obj)? < APART_BYTES {
        return Ok(None);
    }
    Generated::read(&obj)
}

/// Removes what compiling has left in `dir`, but for the objects in `kept`.
pub(super) fn tidy(dir: &Path, kept: &[String]) -> Result<(), VerifyError> {
    for leftover in ["o", "cpp", "h"] {
        for name in files_of(dir, leftover)? {
            if !kept.contains(&name) {
                let path = dir.join(name);
                fs::remove_file(&path).map_err(VerifyError::io(&path))?;
            }
        }
    }
    Ok(())
}

pub(super) fn write(dir: &Path, name: &str, text: &str) -> Result<(), VerifyError> {
    let path = dir.join(name);
    fs::write(&path, text).map_err(VerifyError::io(&path))
}

/// Returns the bytes of the C++ files of the model.
fn bytes_of(obj: &Path) -> Result<u64, VerifyError> {
    let size = |name: &String| {
        let path = obj.join(name);
        fs::metadata(&path).map_or_else(|e| Err(VerifyError::io(&path)(e)), |m| Ok(m.len()))
    };
    files_of(obj, "cpp")?.iter().map(size).sum()
}
