// SPDX-License-Identifier: MIT OR Apache-2.0
//! The steps from SystemVerilog to a linked object: verilate, compile, link.
//!
//! Serves models and C++ benches alike; what the C++ around the model does, the caller says.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use super::runtime::{compiler, libraries, made, run_all, runtime};
use super::spec::{ModelSpec, Wave, file_name};
use crate::run::run;
use crate::toolchain::Toolchain;
use hwgen_bundle::cache::Cache;
use hwgen_bundle::error::VerifyError;

/// Flags of Verilator that decide what the model does.
pub(super) const VERILATE: [&str; 12] = [
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
];
/// Headers that the shim needs of the model.
const MODEL_H: &str = "#include \"Vdut.h\"\n#include \"Vdut___024root.h\"\n";
/// Turns the optimiser off for a translation unit that shares its precompiled header with others.
const NO_OPTIMISATION: &str = "#ifdef __clang__\n#pragma clang optimize off\n#else\n\
                               #pragma GCC optimize(\"O0\")\n#endif\n";
/// Bytes of C++ from which a further translation unit pays.
const UNIT_BYTES: u64 = 150_000;
/// Bytes of C++ of a whole model from which the compiler takes longer than what it would save:
/// -O1 halves its time and costs a few percent of speed.
const LARGE_BYTES: u64 = 3_000_000;

/// Where the sources of a build lie and what its flags are.
pub struct Recipe<'a> {
    tools: &'a Toolchain,
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
        let mut command = verilator.command();
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
        let write = |name: &str, text: &str| {
            let path = dir.join(name);
            fs::write(&path, text).map_err(VerifyError::io(&path))
        };
        write(name, main)?;
        let mut units = units_of(&dir.join("obj"))?;
        let ours = !self.tools.compiler.optimises;
        let large = ours && bytes_of(&dir.join("obj"))? > LARGE_BYTES;
        let wave = match self.spec.wave {
            Wave::Off => "",
            Wave::Fst => "#define HWGEN_WAVE VerilatedFstC\n",
            Wave::Vcd => "#define HWGEN_WAVE VerilatedVcdC\n",
        };
        let _ = writeln!(units[0], "{MODEL_H}{wave}#include \"{name}\"");
        let mut jobs = Vec::new();
        for (i, unit) in units.iter().enumerate() {
            // A model with waves plays one small run; what counts is how soon it is there.
            let head = if wave.is_empty() { "" } else { NO_OPTIMISATION };
            write(&format!("unit{i}.cpp"), &format!("{head}{unit}"))?;
            let mut command = compiler(self.tools, self.spec.wave);
            command.current_dir(dir);
            command.arg("-include").arg(self.runtime.join("pch.h"));
            command.args(["-I.", "-Iobj"]).args(flags);
            if large {
                command.arg("-O1");
            }
            command.args(["-c", &format!("unit{i}.cpp")]);
            command.args(["-o", &format!("unit{i}.o")]);
            jobs.push(command);
        }
        run_all(jobs)?;
        let mut objects = (0..units.len()).map(|i| dir.join(format!("unit{i}.o")));
        objects.try_for_each(|o| made(&o, &self.tools.compiler.path))
    }

    /// Links the objects in `dir` with the runtime and keeps only the result.
    pub fn link(&self, dir: &Path, name: &str, flags: &[&str]) -> Result<(), VerifyError> {
        let objects = files_of(dir, "o")?;
        let command = |mold: bool| {
            let mut command = self.tools.compiler.linker();
            command.current_dir(dir).args(flags).args(&objects);
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
        made(&dir.join(name), &self.tools.compiler.path)?;
        for leftover in ["o", "cpp", "h"] {
            for name in files_of(dir, leftover)? {
                let path = dir.join(name);
                fs::remove_file(&path).map_err(VerifyError::io(&path))?;
            }
        }
        Ok(())
    }
}

/// Divides the C++ files of the model into translation units: one for a small model, or a few of
/// like size that compile side by side. What only construction runs is not worth optimising.
fn units_of(obj: &Path) -> Result<Vec<String>, VerifyError> {
    let mut fast = Vec::new();
    let mut slow = (0, String::new());
    for name in files_of(obj, "cpp")? {
        let path = obj.join(&name);
        let size = fs::metadata(&path).map_err(VerifyError::io(&path))?.len();
        let line = format!("#include \"obj/{name}\"\n");
        if name.contains("Slow") {
            slow.0 += size;
            slow.1.push_str(&line);
        } else {
            fast.push((size, line));
        }
    }
    let total: u64 = fast.iter().map(|(size, _)| size).sum();
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let count = threads.min((total / UNIT_BYTES) as usize).max(1);
    let mut units = vec![(0, String::new()); count];
    // The largest first, each into the unit that is smallest so far.
    fast.sort_by_key(|(size, _)| std::cmp::Reverse(*size));
    for (size, line) in fast {
        let unit = units.iter_mut().min_by_key(|(size, _)| *size);
        let unit = unit.expect("there is at least one unit");
        unit.0 += size;
        unit.1.push_str(&line);
    }
    let mut units: Vec<String> = units.into_iter().map(|(_, text)| text).collect();
    if slow.0 > UNIT_BYTES {
        units.push(format!("{NO_OPTIMISATION}{}", slow.1));
    } else {
        units[0].push_str(&slow.1);
    }
    Ok(units)
}

/// Returns the bytes of the C++ files of the model.
fn bytes_of(obj: &Path) -> Result<u64, VerifyError> {
    let size = |name: &String| {
        let path = obj.join(name);
        fs::metadata(&path).map_or_else(|e| Err(VerifyError::io(&path)(e)), |m| Ok(m.len()))
    };
    files_of(obj, "cpp")?.iter().map(size).sum()
}

/// Lists the files of a folder with an extension, in a fixed order.
fn files_of(dir: &Path, extension: &str) -> Result<Vec<String>, VerifyError> {
    let mut names = Vec::new();
    for item in fs::read_dir(dir).map_err(VerifyError::io(dir))? {
        let item = item.map_err(VerifyError::io(dir))?;
        if item.path().extension().is_some_and(|e| e == extension) {
            names.push(item.file_name().to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}
