// SPDX-License-Identifier: MIT OR Apache-2.0
//! Turns SystemVerilog into a shared object that a device handle can load.
//!
//! Verilator writes C++, which is compiled in one translation unit against a precompiled header and
//! linked with a runtime that is compiled once. Every step is cached by the bytes it depends on.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use crate::cache::{Cache, Entry};
use crate::digest::Digest;
use crate::error::{VerifyError, run};
use crate::manifest::{Bundle, Engine, Port};
use crate::shim::Layout;
use crate::toolchain::Toolchain;

const HOST_H: &str = include_str!("../cpp/host.h");
const HOST_CPP: &str = include_str!("../cpp/host.cpp");
const SHIM_CPP: &str = include_str!("../cpp/shim.cpp");

/// Flags of Verilator that decide what the model does.
const VERILATE: [&str; 12] = [
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
/// Flags of the C++ compiler. Hidden symbols keep the models of one process apart.
const COMPILE: [&str; 5] = [
    "-std=gnu++17",
    "-fPIC",
    "-fvisibility=hidden",
    "-fvisibility-inlines-hidden",
    "-w",
];
/// Definitions that hand the runtime's exits and prints to `cpp/host.cpp`.
const HOOKS: [&str; 6] = [
    "-DVL_PRINTF=hwgen_printf",
    "-DVL_USER_FINISH",
    "-DVL_USER_STOP",
    "-DVL_USER_STOP_MAYBE",
    "-DVL_USER_FATAL",
    "-DVL_USER_WARN",
];

/// Changes with the way models are compiled, so that a new release does not load old ones.
const RECIPE: &str = concat!(env!("CARGO_PKG_VERSION"), " recipe 1");
/// Headers that the shim needs of the model.
const MODEL_H: &str = "#include \"Vdut.h\"\n#include \"Vdut___024root.h\"\n";
/// Turns the optimiser off for a translation unit that shares its precompiled header with others.
const NO_OPTIMISATION: &str = "#ifdef __clang__\n#pragma clang optimize off\n#else\n\
                               #pragma GCC optimize(\"O0\")\n#endif\n";
/// Bytes of C++ from which a further translation unit pays.
const UNIT_BYTES: u64 = 150_000;

/// What to build.
#[derive(Debug, Clone)]
pub struct ModelSpec {
    /// SystemVerilog files in compile order.
    pub sources: Vec<PathBuf>,
    /// Top module.
    pub top: String,
    /// Parameters to override on the top.
    pub parameters: BTreeMap<String, i64>,
    /// Ports of the top.
    pub ports: Vec<Port>,
    /// Waves that the model can dump; such a model is slower.
    pub wave: Wave,
}

/// Formats of waves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wave {
    /// None.
    Off,
    /// Compressed; needs zlib, and lz4 with newer releases of Verilator.
    Fst,
    /// Text; needs nothing.
    Vcd,
}

/// A compiled model.
#[derive(Debug, Clone)]
pub struct Model {
    /// The shared object.
    pub path: PathBuf,
    /// Places of its ports.
    pub layout: Layout,
    /// Whether it was in the cache.
    pub cached: bool,
    /// Seconds that it took to build or find.
    pub seconds: f64,
}

/// Where the sources of a build lie and what its flags are.
pub(crate) struct Recipe<'a> {
    tools: &'a Toolchain,
    spec: &'a ModelSpec,
    runtime: PathBuf,
}

impl ModelSpec {
    /// Describes the model of an engine of a bundle.
    pub fn of_engine(bundle: &Bundle, engine: &Engine, wave: Wave) -> Self {
        // A generated top holds its numbers; a parameterised module that is its own top does not.
        let parameters = if engine.top == engine.module {
            engine.parameters.clone()
        } else {
            BTreeMap::new()
        };
        Self {
            sources: engine.sources.iter().map(|s| bundle.dir.join(s)).collect(),
            top: engine.top.clone(),
            parameters,
            ports: engine.ports.clone(),
            wave,
        }
    }
}

impl Model {
    /// Builds the model, or finds it in `cache`.
    pub fn build(cache: &Cache, tools: &Toolchain, spec: &ModelSpec) -> Result<Self, VerifyError> {
        let started = Instant::now();
        let layout = Layout::new(&spec.ports);
        let key = address(tools, spec)?
            .text(SHIM_CPP)
            .text(&layout.header())
            .hex();
        let entry = cache.entry(&key, |dir| {
            let recipe = Recipe::new(cache, tools, spec)?;
            recipe.verilate(dir)?;
            let header = dir.join("ports.h");
            fs::write(&header, layout.header()).map_err(VerifyError::io(&header))?;
            recipe.compile(dir, "shim.cpp", SHIM_CPP, &[])?;
            recipe.link(dir, "model.so", &["-shared"])
        })?;
        Ok(Self {
            path: entry.dir.join("model.so"),
            layout,
            cached: entry.cached,
            seconds: started.elapsed().as_secs_f64(),
        })
    }
}

/// Starts the address of everything that is built from `spec`.
pub(crate) fn address(tools: &Toolchain, spec: &ModelSpec) -> Result<Digest, VerifyError> {
    let mut key = toolchain_address("model", tools, spec.wave).text(&VERILATE.concat());
    for source in &spec.sources {
        key = key.text(&file_name(source)?).file(source)?;
    }
    key = key.text(&spec.top);
    for (name, value) in &spec.parameters {
        key = key.text(name).bytes(&value.to_le_bytes());
    }
    Ok(key)
}

fn toolchain_address(kind: &str, tools: &Toolchain, wave: Wave) -> Digest {
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

impl<'a> Recipe<'a> {
    /// Makes sure that the runtime is there.
    pub(crate) fn new(
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
    pub(crate) fn verilate(&self, dir: &Path) -> Result<(), VerifyError> {
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
        let mut command = Command::new(&verilator.binary);
        command.current_dir(dir);
        command.env("VERILATOR_ROOT", &verilator.root);
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
        run(&mut command).map(drop)
    }

    /// Compiles the model and `main`, a text called `name`, into objects in `dir`.
    pub(crate) fn compile(
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
            command.args(["-c", &format!("unit{i}.cpp")]);
            command.args(["-o", &format!("unit{i}.o")]);
            jobs.push(command);
        }
        run_all(jobs)
    }

    /// Links the objects in `dir` with the runtime and keeps only the result.
    pub(crate) fn link(&self, dir: &Path, name: &str, flags: &[&str]) -> Result<(), VerifyError> {
        let objects = files_of(dir, "o")?;
        let command = |mold: bool| {
            let mut command = self.tools.compiler.command();
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
        for leftover in ["o", "cpp", "h"] {
            for name in files_of(dir, leftover)? {
                let path = dir.join(name);
                fs::remove_file(&path).map_err(VerifyError::io(&path))?;
            }
        }
        Ok(())
    }
}

/// Compiles Verilator's runtime and precompiles its headers, once per set of tools.
fn runtime(cache: &Cache, tools: &Toolchain, wave: Wave) -> Result<Entry, VerifyError> {
    let key = toolchain_address("runtime", tools, wave).hex();
    cache.entry(&key, |dir| {
        let mut pieces = vec!["verilated.cpp", "verilated_threads.cpp"];
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
        for (i, piece) in pieces.iter().enumerate() {
            write(&format!("piece{i}.cpp"), &include_all(&[piece]))?;
        }
        // The pieces are compiled side by side; this is the slowest step of a first build.
        let mut jobs = Vec::new();
        let names = (0..pieces.len()).map(|i| format!("piece{i}"));
        for name in names.chain(["host".to_owned()]) {
            let mut command = compiler(tools, wave);
            command.current_dir(dir).args(["-include", "host.h", "-c"]);
            command.arg(format!("{name}.cpp"));
            command.args(["-o", &format!("{name}.o")]);
            jobs.push(command);
        }
        if tools.compiler.precompiles {
            let mut command = compiler(tools, wave);
            command.current_dir(dir);
            command.args(["-x", "c++-header", "pch.h", "-o", "pch.h.gch"]);
            jobs.push(command);
        }
        run_all(jobs)?;
        let mut objects: Vec<String> = (0..pieces.len()).map(|i| format!("piece{i}.o")).collect();
        objects.push("host.o".into());
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

/// Starts a compilation with the flags that runtime and models share.
fn compiler(tools: &Toolchain, wave: Wave) -> Command {
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
struct Library {
    header: &'static str,
    flag: &'static str,
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
fn libraries(tools: &Toolchain) -> Vec<Library> {
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

/// Runs commands side by side, at most as many as there are processors.
fn run_all(jobs: Vec<Command>) -> Result<(), VerifyError> {
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

fn file_name(path: &Path) -> Result<String, VerifyError> {
    let name = path.file_name().and_then(|n| n.to_str());
    name.map(str::to_owned)
        .ok_or_else(|| VerifyError::io(path)(std::io::ErrorKind::InvalidFilename.into()))
}
