// SPDX-License-Identifier: MIT OR Apache-2.0
//! The test benches of bundles in Icarus and Verilator.

use super::*;

#[test]
fn the_bench_passes_in_icarus_for_every_variant() {
    let (Some(make), Some(_)) = (tool("make"), tool("iverilog")) else {
        return;
    };
    let tiny = [
        "name=all",
        "k=4",
        "topk.lanes=4",
        "topk.key_w=8",
        "topk.max_n=64",
    ];
    let wide = [
        "name=odd",
        "k=3",
        "topk.lanes=2",
        "topk.max_n=37",
        "topk.signed=false",
    ];
    for settings in [tiny, wide] {
        let mut settings = settings.to_vec();
        settings.push("blocks=topk");
        settings.push("topk.variants=radix,stream,quickselect,batcher");
        let place = Place::new(&settings);
        let makefile = place.path("flows/sim/Makefile");
        let said = done(&mut place.command(&make, &["-s", "-f", &makefile, "icarus"]));
        for engine in &place.manifest.engines {
            assert!(said.contains(&format!("PASS {}: ", engine.top)), "{said}");
        }
        place.is_untouched();
    }
}

#[test]
#[ignore = "builds two models without the cache, minutes"]
fn the_bench_of_the_attention_core_passes_in_verilator_and_finds_a_lost_sign() {
    let (Some(make), Some(_)) = (tool("make"), tool("verilator")) else {
        return;
    };
    let place = Place::new(&[
        "blocks=attention",
        "pe=16",
        "attention.d_head=8",
        "attention.max_tokens=32",
        "attention.k_planes=6,4",
        "attention.v_planes=4",
    ]);
    let (top, makefile) = (place.top("core"), place.path("flows/sim/Makefile"));
    let target = format!("verilator-{top}");
    let flags = "VERILATOR_FLAGS=-CFLAGS -O0";
    let arguments = ["-f", &makefile, flags, &target];
    let said = done(&mut place.command(&make, &arguments));
    assert!(said.contains(&format!("PASS {top}: 12 jobs")), "{said}");
    place.is_untouched();
    place.edit("rtl/hg_qk.sv", "-{query_i", "{query_i");
    let (ok, said) = run(&mut place.command(&make, &arguments));
    assert!(
        !ok && said.contains("differs from the golden model"),
        "{said}"
    );
}

#[test]
fn the_bench_finds_a_flipped_operator_in_icarus() {
    let (Some(make), Some(_)) = (tool("make"), tool("iverilog")) else {
        return;
    };
    for (file, old, new, variant) in FLIPS {
        let place = Place::tiny();
        place.edit(file, old, new);
        let makefile = place.path("flows/sim/Makefile");
        let target = format!("icarus-{}", place.top(variant));
        let (ok, said) = run(&mut place.command(&make, &["-f", &makefile, &target]));
        assert!(
            !ok && said.contains("FATAL"),
            "{file}: {old} is {new}\n{said}"
        );
    }
}

#[test]
fn the_bench_finds_a_wrong_vector_and_a_missing_one_in_icarus() {
    let (Some(make), Some(_)) = (tool("make"), tool("iverilog")) else {
        return;
    };
    let place = Place::tiny();
    let top = place.top("stream").to_owned();
    let results = place.bundle().join(format!("vectors/{top}_results.hex"));
    let text = fs::read_to_string(&results).expect("reads");
    let makefile = place.path("flows/sim/Makefile");
    let target = format!("icarus-{top}");
    let (first, rest) = text.split_once('\n').expect("has lines");
    let other = if first.ends_with('0') { "1" } else { "0" };
    let wrong = format!("{}{other}\n{rest}", &first[..first.len() - 1]);
    fs::write(&results, wrong).expect("writes");
    let (ok, said) = run(&mut place.command(&make, &["-f", &makefile, &target]));
    assert!(
        !ok && said.contains(&format!("line 1 of {top}_results.hex")),
        "{said}"
    );
    assert!(said.contains("res_data_o got"), "{said}");
    fs::remove_file(&results).expect("removes");
    let (ok, said) = run(&mut place.command(&make, &["-f", &makefile, &target]));
    assert!(!ok && said.contains("no whole vectors"), "{said}");
}

#[test]
#[ignore = "builds two models without the cache, a minute"]
fn the_bench_passes_in_verilator_and_finds_a_flipped_operator() {
    let (Some(make), Some(_)) = (tool("make"), tool("verilator")) else {
        return;
    };
    let place = Place::tiny();
    let (top, makefile) = (place.top("stream"), place.path("flows/sim/Makefile"));
    let target = format!("verilator-{top}");
    let flags = "VERILATOR_FLAGS=-CFLAGS -O0";
    let arguments = ["-f", &makefile, flags, &target];
    let said = done(&mut place.command(&make, &arguments));
    assert!(said.contains(&format!("PASS {top}: ")), "{said}");
    place.is_untouched();
    let (file, old, new, _) = FLIPS[0];
    place.edit(file, old, new);
    let (ok, said) = run(&mut place.command(&make, &arguments));
    assert!(
        !ok && said.contains("differs from the golden model"),
        "{said}"
    );
}
