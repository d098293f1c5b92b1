// SPDX-License-Identifier: MIT OR Apache-2.0
//! The device handle on models of both evaluation ways.

use std::time::Instant;

use hwgen_sim::dut::{Dut, Eval};
use hwgen_sim::model::{Model, ModelSpec, Wave};
use hwgen_sim::toolchain::Toolchain;
use hwgen_verif::VerifyError;

#[path = "support/bundle.rs"]
#[allow(dead_code)]
mod bundle;

fn build(bundle: &hwgen_bundle::manifest::Bundle, wave: Wave) -> Result<Model, VerifyError> {
    let cache = bundle::cache();
    let tools = Toolchain::find(&cache)?;
    let spec = ModelSpec::of_engine(bundle, &bundle.manifest.engines[0], wave);
    Model::build(&cache, &tools, &spec)
}

/// Clocks `dut` with reproducible noise on every input and returns all it did.
fn noise(dut: &mut Dut, cycles: u64) -> Vec<u64> {
    let names = [
        "key_valid_i",
        "key_last_i",
        "key_k_i",
        "res_ready_i",
        "key_data_i",
    ];
    let ports = names.map(|n| dut.input(n).expect("the toy has this port"));
    let keep = dut.input("key_keep_i").expect("the toy has this port");
    dut.reset(2).expect("reset is quiet");
    dut.set(keep, u64::MAX);
    let mut seen = Vec::new();
    let mut state = 1_u64;
    for _ in 0..cycles {
        for port in ports {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(99);
            dut.set(port, state >> 40);
        }
        dut.tick().expect("noise breaks no check");
        seen.extend_from_slice(dut.outputs());
    }
    seen
}

#[test]
fn both_ways_of_evaluation_agree() {
    let bundle = bundle::toy("dut_ways", bundle::TOY, &bundle::small());
    let model = build(&bundle, Wave::Off).expect("the toy builds");
    let runs = [Eval::Direct, Eval::Step].map(|eval| {
        let mut dut = Dut::open_with(&model, 7, eval).expect("the toy loads");
        noise(&mut dut, 500)
    });
    assert!(runs[0].iter().any(|&w| w != 0));
    assert!(runs[0] == runs[1]);
}

#[test]
fn instances_do_not_disturb_each_other() {
    let bundle = bundle::toy("dut_two", bundle::TOY, &bundle::small());
    let model = build(&bundle, Wave::Off).expect("the toy builds");
    let alone = noise(&mut Dut::open(&model, 7).expect("the toy loads"), 200);
    std::thread::scope(|scope| {
        let run = || {
            let mut other = Dut::open(&model, 9).expect("the toy loads");
            other.reset(1).expect("reset is quiet");
            let seen = noise(&mut Dut::open(&model, 7).expect("the toy loads"), 200);
            other.tick().expect("still alive");
            seen
        };
        for thread in [scope.spawn(run), scope.spawn(run)] {
            assert!(thread.join().expect("no panic") == alone);
        }
    });
}

/// Fails a check, or ends the simulation, in the cycle after k was 3.
fn with_check(action: &str) -> String {
    bundle::TOY
        .replace("$error(\"%m: short beat is not last\")", "begin end")
        .replace(
            "`ifndef SYNTHESIS",
            &format!(
                "`ifndef SYNTHESIS\n  always @(posedge clk_i) if (rst_ni && key_k_i == 3) {action};"
            ),
        )
}

#[test]
fn rtl_errors_stop_one_test_and_not_the_process() {
    for (action, said) in [
        ("$error(\"three is %0d\", key_k_i)", "three is 3"),
        ("$fatal(1, \"three is fatal\")", "three is fatal"),
        ("$finish", "$finish"),
        ("$stop", ""),
    ] {
        let bundle = bundle::toy("dut_check", &with_check(action), &bundle::small());
        let model = build(&bundle, Wave::Off).expect("the toy builds");
        for eval in [Eval::Direct, Eval::Step] {
            let mut dut = Dut::open_with(&model, 1, eval).expect("the toy loads");
            dut.reset(3).expect("reset is quiet");
            let k = dut.input("key_k_i").expect("the toy has this port");
            dut.tick().expect("quiet so far");
            dut.set(k, 3);
            let error = dut.tick().expect_err("the check fires");
            assert_eq!(error.cycle, 4, "{action}");
            assert!(error.message.contains(said), "{action}: {error}");
            dut.tick().expect_err("the error stays");
        }
    }
}

#[test]
fn a_loop_that_does_not_settle_is_an_error() {
    let text = with_check("$display(\"three\")").replace(
        "assign key_ready_o = !send_q;",
        "logic spin; /* verilator lint_off UNOPTFLAT */ \
         always_comb spin = (key_k_i == 3) ? !spin : 1'b0; assign key_ready_o = spin;",
    );
    let bundle = bundle::toy("dut_loop", &text, &bundle::small());
    let model = build(&bundle, Wave::Off).expect("the toy builds");
    let mut dut = Dut::open(&model, 1).expect("the toy loads");
    let k = dut.input("key_k_i").expect("the toy has this port");
    dut.reset(1).expect("reset is quiet");
    dut.set(k, 3);
    let error = dut.tick().expect_err("the loop spins");
    assert!(error.message.contains("converge"), "{error}");
    dut.tick().expect_err("a dead model stays dead");
}

#[test]
fn an_unchanged_model_opens_at_once() {
    let bundle = bundle::toy("dut_again", bundle::TOY, &bundle::small());
    build(&bundle, Wave::Off).expect("the toy builds");
    let started = Instant::now();
    let model = build(&bundle, Wave::Off).expect("the toy is there");
    Dut::open(&model, 1).expect("the toy loads");
    assert!(model.cached);
    eprintln!("opened in {:?}", started.elapsed());
}

#[test]
fn a_failing_verilator_is_quoted() {
    let broken = bundle::TOY.replace("endmodule", "nonsense");
    let bundle = bundle::toy("dut_syntax", &broken, &bundle::small());
    let said = build(&bundle, Wave::Off)
        .expect_err("this is no module")
        .to_string();
    assert!(said.contains("--top-module toy_topk"), "{said}");
    assert!(said.contains("rtl/toy_topk.sv:"), "{said}");
}

#[test]
fn waves_are_written() {
    let bundle = bundle::toy("dut_wave", bundle::TOY, &bundle::small());
    let plain = build(&bundle, Wave::Off).expect("the toy builds");
    let quiet = noise(&mut Dut::open(&plain, 7).expect("the toy loads"), 100);
    for (format, name) in [(Wave::Fst, "toy.fst"), (Wave::Vcd, "toy.vcd")] {
        let model = match build(&bundle, format) {
            Ok(model) => model,
            // This machine lacks a library that this Verilator compresses with.
            Err(VerifyError::ToolMissing { .. }) if format == Wave::Fst => continue,
            Err(error) => panic!("{error}"),
        };
        let path = bundle::scratch("dut_wave").join(name);
        let mut dut = Dut::open(&model, 7).expect("the toy loads");
        dut.open_wave(&path).expect("waves can be written");
        assert!(noise(&mut dut, 100) == quiet, "waves change nothing");
        drop(dut);
        assert!(std::fs::metadata(&path).expect("the wave is there").len() > 500);
    }
    let mut dut = Dut::open(&plain, 7).expect("the toy loads");
    dut.open_wave(&bundle::scratch("dut_wave").join("none.fst"))
        .expect_err("this model has no waves");
}
