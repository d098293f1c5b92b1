// SPDX-License-Identifier: MIT OR Apache-2.0
//! A model that is patched from the last whole build equals one that is built whole.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use hwgen_bundle::cache::Cache;
use hwgen_bundle::manifest::{Dir, Port};
use hwgen_bundle::suffix::Suffix;
use hwgen_sim::dut::Dut;
use hwgen_sim::model::{Model, ModelSpec, Wave};
use hwgen_sim::toolchain::Toolchain;

/// Cells of the design: enough for the harness to take its C++ apart.
const CELLS: u32 = 140;
const CYCLES: u64 = 300;

/// The design: cells in a row that mix what comes from the left, each with constants of its own, and
/// behind them what the edits change.
fn design(folder: &Path, tail: &str) -> PathBuf {
    let mut text = String::from(
        "`default_nettype none\nmodule row (\n  input  wire logic clk_i,\n  input  wire logic rst_ni,\n  \
         input  wire logic [31:0] x_i,\n  output logic [31:0] y_o\n);\n",
    );
    let _ = writeln!(text, "  logic [31:0] c [0:{CELLS}];\n  assign c[0] = x_i;");
    for i in 0..CELLS {
        text += &cell(i);
    }
    let _ = writeln!(
        text,
        "  wire logic [31:0] last = c[{CELLS}];\n{tail}endmodule"
    );
    let path = folder.join("row.sv");
    fs::write(&path, text).expect("writes");
    path
}

const TAIL: &str = "  logic [40:0] t_q;
  logic [9:0] u_q;
  always_ff @(posedge clk_i) begin
    t_q <= {t_q[39:0], last[3]};
    u_q <= u_q + last[9:0];
  end
  assign y_o = last ^ {t_q[40], 21'd0, u_q};
";

fn cell(i: u32) -> String {
    format!(
        "  logic [31:0] a{i}_q;\n  logic [15:0] b{i}_q;\n  logic [40:0] w{i}_q;\n  \
         always_ff @(posedge clk_i or negedge rst_ni)\n    if (!rst_ni) begin\n      a{i}_q <= '0;\n      \
         b{i}_q <= '0;\n    end else begin\n      \
         a{i}_q <= (c[{i}] ^ {{b{i}_q, b{i}_q}}) + 32'd{};\n      \
         b{i}_q <= a{i}_q[{} +: 16] - b{i}_q;\n      \
         w{i}_q <= c[{i}][0] ? {{9'd{}, a{i}_q}} : {{w{i}_q[39:0], w{i}_q[40]}};\n    end\n  \
         assign c[{i} + 1] = b{i}_q[3] ? a{i}_q + w{i}_q[40:9] : (a{i}_q ^ w{i}_q[31:0]) - c[{i}][31:1];\n  \
         always @(posedge clk_i) if (rst_ni && a{i}_q == 32'h0bad_0{i:03}) $error(\"%m: cell {i}\");\n",
        i * 7919 + 1,
        i % 16,
        i % 512
    )
}

fn port(name: &str, dir: Dir, width: u32) -> Port {
    Port {
        name: name.into(),
        dir,
        width,
        meaning: String::new(),
    }
}

fn build(cache: &Cache, tools: &Toolchain, source: PathBuf) -> Model {
    build_with(cache, tools, source, Wave::Off)
}

fn build_with(cache: &Cache, tools: &Toolchain, source: PathBuf, wave: Wave) -> Model {
    let spec = ModelSpec {
        sources: vec![source],
        suffix: Suffix::default(),
        top: "row".into(),
        parameters: [].into(),
        ports: vec![
            port("clk_i", Dir::Input, 1),
            port("rst_ni", Dir::Input, 1),
            port("x_i", Dir::Input, 32),
            port("y_o", Dir::Output, 32),
        ],
        wave,
    };
    Model::build(cache, tools, &spec).expect("builds")
}

/// Plays noise and returns every word, from the random state at power-up on.
fn words(model: &Model) -> Vec<u64> {
    let mut dut = Dut::open(model, 5).expect("loads");
    let x = dut.input("x_i").expect("is there");
    let mut state = 1_u64;
    let mut seen = Vec::new();
    for cycle in 0..CYCLES {
        if cycle == 20 {
            dut.reset(2).expect("resets");
        }
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(99);
        dut.set(x, state >> 32);
        dut.tick().expect("breaks no check");
        seen.extend_from_slice(dut.outputs());
    }
    seen
}

#[test]
fn a_patched_model_equals_one_that_is_built_whole() {
    // A blank in a path is no reason to build a model whole.
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("patched models");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a folder");
    let place = |name: &str| {
        let path = folder.join(format!("cache of {name}"));
        Cache::at(&path).expect("opens")
    };
    let (first, second) = (place("patches"), place("whole models"));
    let tools = Toolchain::find(&first).expect("Verilator is installed");
    let is_whole = |model: &Model| model.path.with_file_name("parts.json").exists();

    let base = build(&first, &tools, design(&folder, TAIL));
    assert!(is_whole(&base), "it is large enough to be taken apart");
    let unedited = words(&base);
    assert!(unedited.iter().any(|word| *word != 0));

    // A register more, one that is wider, and one that has gone move members of the model's state.
    let register = TAIL.to_owned()
        + "  logic [6:0] n_q;\n  always_ff @(posedge clk_i) n_q <= {n_q[5:0], last[9]};\n";
    let wide = TAIL.replace("[40:0]", "[70:0]").replace("[39:0]", "[69:0]");
    let edits = [
        ("value", TAIL.replace("u_q +", "u_q -")),
        (
            "register",
            register.replace("last ^", "last ^ {32{n_q[6]}} ^"),
        ),
        ("width", wide.replace("t_q[40]", "t_q[70]")),
        (
            "gone",
            "  logic [40:0] t_q;\n  always_ff @(posedge clk_i) t_q <= {t_q[39:0], last[3]};\n  \
             assign y_o = last ^ {t_q[40], 31'd0};\n"
                .to_owned(),
        ),
    ];
    for (name, edit) in edits {
        let patched = build(&first, &tools, design(&folder, &edit));
        assert!(!patched.cached && !is_whole(&patched), "{name} is patched");
        // Without a name of the last build there is nothing to start from.
        let _ = fs::remove_dir_all(second.dir().join("last"));
        let whole = build(&second, &tools, design(&folder, &edit));
        assert!(
            is_whole(&whole),
            "{name} is built whole where nothing was before"
        );
        let (patched, whole) = (words(&patched), words(&whole));
        assert!(
            patched == whole,
            "{name}: the patched model computes otherwise"
        );
        assert!(whole != unedited, "{name} changes what is computed");
    }
}

/// Declarations of signals are taken out of the C++ into a table; what stands in the file must be what
/// the design says.
#[test]
fn waves_of_a_model_name_every_signal_of_the_design() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("waves of models");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a folder");
    let cache = Cache::open().expect("opens");
    let tools = Toolchain::find(&cache).expect("Verilator is installed");
    let model = build_with(&cache, &tools, design(&folder, TAIL), Wave::Vcd);
    assert!(
        model.path.with_file_name("parts.json").exists(),
        "it is large enough to be taken apart"
    );
    let file = folder.join("row.vcd");
    let mut dut = Dut::open(&model, 5).expect("loads");
    dut.open_wave(&file).expect("opens");
    let x = dut.input("x_i").expect("is there");
    let mut last = 0;
    for cycle in 0..20 {
        dut.set(x, cycle * 0x0123_4567);
        dut.tick().expect("breaks no check");
        last = dut.outputs()[0];
    }
    drop(dut);
    let text = fs::read_to_string(&file).expect("is written");
    let declared: Vec<Vec<&str>> = text
        .lines()
        .take_while(|l| !l.contains("$enddefinitions"))
        .map(|l| l.split_whitespace().collect())
        .collect();
    let scopes = declared.iter().filter(|l| l.first() == Some(&"$scope"));
    assert!(
        scopes.clone().any(|l| l[2] == "row"),
        "{:?}",
        scopes.collect::<Vec<_>>()
    );
    // $var wire 32 # a0_q [31:0] $end
    let width = |name: &str| {
        let is_it = |l: &&Vec<&str>| l.first() == Some(&"$var") && l[4] == name;
        declared.iter().rfind(is_it).map(|l| (l[2], l[3]))
    };
    for i in 0..CELLS {
        for (name, bits) in [("a", "32"), ("b", "16"), ("w", "41")] {
            let name = format!("{name}{i}_q");
            assert_eq!(width(&name).map(|w| w.0), Some(bits), "{name}");
        }
    }
    // The output as it was when the clock had last risen, from which the last tick has read it.
    let (bits, code) = width("y_o").expect("is declared");
    assert_eq!(bits, "32");
    let end = format!(" {code}");
    let values = text
        .lines()
        .filter(|l| l.starts_with('b') && l.ends_with(&end));
    let values: Vec<u64> = values
        .map(|l| u64::from_str_radix(&l[1..l.len() - end.len()], 2).expect("two states"))
        .collect();
    assert!(values.len() > 10, "the output changes: {values:?}");
    assert!(
        values[values.len() - 3..].contains(&last),
        "{last}: {values:?}"
    );
}
