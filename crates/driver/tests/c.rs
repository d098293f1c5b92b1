// SPDX-License-Identifier: MIT OR Apache-2.0
//! The driver in C with the accelerator in software: the scenarios of `c/scenarios.c`.

#![allow(unsafe_code, unreachable_pub)] // The driver in C is called, and calls back.

#[path = "c/calls.rs"]
mod calls;
mod device;
#[path = "c/library.rs"]
mod library;

use std::ffi::c_void;

use calls::{CMemory, CMmio};
use device::{Device, Mishap, Region, small};
use hwgen_golden::command::Code;
use libloading::Library;

/// `struct bench`.
#[repr(C)]
struct Bench {
    mmio: CMmio,
    world: *mut c_void,
    allot: extern "C" fn(*mut c_void, u64, *mut CMemory),
    release: extern "C" fn(*mut c_void, *const CMemory),
    cycles: extern "C" fn(*mut c_void, u32),
    interrupt: extern "C" fn(*mut c_void, u32) -> i32,
    knob: extern "C" fn(*mut c_void, u32, u64, u64),
}

fn device<'a>(context: *mut c_void) -> &'a mut Device {
    calls::behind(context)
}

extern "C" fn allot(context: *mut c_void, bytes: u64, out: *mut CMemory) {
    let made = calls::memory(device(context).region(bytes));
    // SAFETY: the scenario hands over a place for a region.
    unsafe { out.write(made) };
}

extern "C" fn release(_: *mut c_void, memory: *const CMemory) {
    // SAFETY: the region is one of `allot`, and is released once.
    unsafe { (*memory).free::<Region>() };
}

extern "C" fn cycles(context: *mut c_void, count: u32) {
    device(context).cycles(count);
}

extern "C" fn interrupt(context: *mut c_void, most: u32) -> i32 {
    i32::from(device(context).interrupt(most))
}

/// `enum knob`.
extern "C" fn knob(context: *mut c_void, knob: u32, a: u64, b: u64) {
    let device = device(context);
    let tag = a as u32;
    match knob {
        0 => device.0.borrow_mut().stuck = a == 1,
        1 => device.0.borrow_mut().ambush = true,
        2 => {
            let code = Code::of(b as u8).expect("a code");
            device.mishap(tag, Mishap::Fails(code, 0x12_3456_789A));
        }
        3 => device.mishap(tag, Mishap::Lost),
        4 => device.mishap(tag, Mishap::Garbled),
        5 => device.0.borrow_mut().mishaps.clear(),
        6 => device.0.borrow_mut().depth = a as usize,
        7 => device.0.borrow_mut().late = true,
        other => unreachable!("knob {other}"),
    }
}

/// Plays a scenario on accelerators of these seeds.
fn run(library: &Library, scenario: &str, seeds: std::ops::Range<u64>) {
    type Scenario = unsafe extern "C" fn(*const Bench) -> i32;
    for seed in seeds {
        let mut device = small(seed);
        let context: *mut c_void = (&raw mut device).cast();
        let bench = Bench {
            mmio: calls::mmio(&mut device),
            world: context,
            allot,
            release,
            cycles,
            interrupt,
            knob,
        };
        // SAFETY: the types are those of `scenarios.c`, and the bench outlives the call.
        let line = unsafe {
            let scenario = library.get::<Scenario>(scenario.as_bytes());
            scenario.expect("is there")(&raw const bench)
        };
        assert_eq!(line, 0, "{scenario}, seed {seed}: c/scenarios.c:{line}");
    }
}

/// One after the other, because the scenarios share their device.
#[test]
fn scenarios_in_c() {
    let library = library::load(&[
        include_str!("c/scenarios.c"),
        include_str!("example/attend.c"),
    ]);
    for scenario in [
        "what_is_there",
        "bad_setups",
        "hanging",
        "counters",
        "example",
    ] {
        run(&library, scenario, 1..3);
    }
    for scenario in [
        "polling",
        "full_ring",
        "errors",
        "lost_record",
        "garbled_record",
    ] {
        run(&library, scenario, 1..4);
    }
    for scenario in [
        "by_interrupt",
        "behind_the_read",
        "in_the_cycle_of_a_clear",
        "stop_and_reset",
        "closing_waits",
    ] {
        run(&library, scenario, 1..8);
    }
}

/// As C99 without a library around it, and as C++17, without a word of two compilers.
#[test]
fn the_driver_compiles_everywhere() {
    let folder = tempfile::tempdir().expect("a folder");
    library::write(folder.path());
    let c = ["-std=c99", "-ffreestanding", "-c", "hwgen.c", "-o", "c.o"];
    let more = ["-Wconversion", "-Wshadow", "-Wstrict-prototypes"];
    library::compile(folder.path(), "cc", &[&c[..], &more].concat());
    let cpp = ["-x", "c++", "-std=c++17", "-c", "hwgen.c", "-o", "cpp.o"];
    library::compile(folder.path(), "c++", &cpp);
}

/// It needs nothing of a C library, and no compiler's own words.
#[test]
fn the_driver_is_freestanding() {
    let text = [hwgen_driver::C_HEADER, hwgen_driver::C_SOURCE].concat();
    let included: Vec<&str> = (text.lines())
        .filter_map(|line| line.strip_prefix("#include "))
        .collect();
    let wanted = [
        "<stdbool.h>",
        "<stddef.h>",
        "<stdint.h>",
        "\"hwgen_regs.h\"",
        "\"hwgen.h\"",
    ];
    assert_eq!(included, wanted);
    assert!(!text.contains("__attribute__") && !text.contains("#pragma"));
    assert!(text.lines().all(|line| line.len() <= 104));
}
