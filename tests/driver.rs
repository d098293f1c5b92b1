// SPDX-License-Identifier: MIT OR Apache-2.0
//! The driver, in Rust and in C, on the RTL of the attention core on AXI: every byte in and out goes
//! over the buses. Outputs are compared with the golden model.

#![allow(unsafe_code, unreachable_pub)] // The driver in C is called.

#[macro_use]
mod harness;

#[path = "../crates/driver/tests/c/calls.rs"]
mod calls;
#[path = "../crates/driver/tests/c/library.rs"]
mod library;
#[path = "driver/soc.rs"]
mod soc;

use std::collections::VecDeque;
use std::ffi::c_void;

use harness::Built;
use hwgen_driver::registers as r;
use hwgen_driver::{
    Append, Appended, Attention, Cascade, Chosen, Code, Command, Config, Counter, Driver, ENTRY,
    Error, Events, Fault, Keys, List, Memory, Mmio, Options, Outcome, Stage, rows,
};
use hwgen_golden::attention::AttentionParams;
use hwgen_sim::dut::Dut;
use hwgen_sim::model::Wave;
use hwgen_verif::attention_axi::{Kind, Soc, Store};
use soc::{Layer, Machine, Region};

/// Two channels, and a port of 64 bits, on which completion records come in two beats.
const SMALL: [&str; 9] = [
    "blocks=attention,cascade",
    "attention.variants=axi",
    "pe=16",
    "attention.d_head=16",
    "attention.max_tokens=64",
    "memory.channels=2",
    "memory.data_w=64",
    "attention.append=true",
    "importance.max_heads=8",
];

/// What a job owns: records, queries and results, and a region of keys and values per channel.
type Owned = (Region, [Region; 2]);
type Four<'a> = Driver<Machine<'a>, Region, Owned, 4>;

/// Plays on an accelerator that has just been reset; with a seed, ports stall at random.
fn on(built: &Built, seed: Option<u64>, play: impl FnOnce(&Machine<'_>, &AttentionParams)) {
    let model = built
        .lab
        .model(&built.bundle, built.engine(), Wave::Off)
        .expect("builds");
    let mut dut = Dut::open(&model, seed.unwrap_or(1)).expect("opens");
    let store = Store {
        kind: Kind::Ideal,
        latency: 20,
    };
    let soc = Soc::new(&mut dut, built.engine(), store, seed).expect("comes out of reset");
    let params = built.design.params().attention().expect("has one");
    play(&Machine::new(soc), &params);
}

fn drive<'a>(machine: &Machine<'a>, interrupts: Events) -> Four<'a> {
    let config = Config {
        channel_stride: Soc::CHANNEL_STRIDE,
        interrupts,
        patience: 100_000,
        ..Config::default()
    };
    let ring = machine.region(4 * ENTRY);
    let made = Driver::new(machine.clone(), ring, config);
    made.unwrap_or_else(|failed| panic!("{}", failed.error))
}

fn submit(driver: &mut Four<'_>, layer: &Layer, tag: u32, interrupt: bool, owned: Owned) {
    let options = Options {
        tag,
        interrupt,
        fence: tag.is_multiple_of(3),
    };
    let taken = driver.submit(&Command::Attention(layer.attention()), options, owned);
    taken.unwrap_or_else(|rejected| panic!("{}", rejected.error));
}

/// Several jobs in flight, round the ring; by polling or by interrupt.
fn jobs_round_the_ring(machine: &Machine<'_>, params: &AttentionParams, by_interrupt: bool) {
    let interrupts = Events {
        done: by_interrupt,
        ..Events::default()
    };
    let mut driver = drive(machine, interrupts);
    let there = *driver.capabilities();
    assert_eq!(
        (there.channels, there.d_head, there.max_tokens),
        (2, 16, 64)
    );
    driver.clear_counters();
    let mut layers = VecDeque::new();
    let (mut sent, mut seen, mut bytes) = (0, 0, 0);
    while seen < 10 {
        while sent < 10 && driver.in_flight() < 3 {
            let size = (1 + sent % 3, 5 + 6 * sent, 1 + sent % 4);
            let (layer, owned) = Layer::new(machine, &there, size, sent);
            // Of each head a vector of 8 bytes per key of plane 0, for all of its queries at once: they are
            // as many as the core has contexts at most.
            bytes += u64::from(size.0 * size.1) * 8;
            submit(&mut driver, &layer, sent, by_interrupt, owned);
            layers.push_back(layer);
            sent += 1;
        }
        if by_interrupt {
            assert!(machine.interrupt(100_000), "after {seen} jobs");
            assert!(driver.interrupt().done);
        }
        while let Some(finished) = driver.poll().expect("no error") {
            assert_eq!(finished.tag, seen);
            assert!(finished.outcome.is_ok(), "{:?}", finished.outcome);
            let layer: Layer = layers.pop_front().expect("was sent");
            layer.compare(params, &finished.buffers.0);
            seen += 1;
        }
        machine.pass(50);
    }
    assert_eq!(driver.fault(), None);
    assert_eq!(driver.counter(Counter::KBytes(0)), Some(bytes));
    assert_eq!(driver.flight(0).map(|flight| flight.now), Some(0));
    assert_eq!(driver.counter(Counter::Blocked(2)), None);
}

/// What began ends, what did not is given back, and the ring begins anew.
fn a_reset_in_the_middle(machine: &Machine<'_>, params: &AttentionParams) {
    let mut driver = drive(machine, Events::default());
    let there = *driver.capabilities();
    let mut seen = [0; 2];
    for wait in [0, 40, 150, 400, 1500] {
        let mut layers = Vec::new();
        for tag in 0..3 {
            let (layer, owned) = Layer::new(machine, &there, (2, 20, 2), tag);
            submit(&mut driver, &layer, tag, false, owned);
            layers.push(layer);
        }
        machine.pass(wait);
        driver.reset().expect("comes to rest");
        for (tag, layer) in (0..).zip(&layers) {
            let finished = driver.poll().expect("no error").expect("is over");
            assert_eq!(finished.tag, tag);
            let done = finished.outcome.is_ok();
            seen[usize::from(done)] += 1;
            if done {
                layer.compare(params, &finished.buffers.0);
            } else {
                assert_eq!(finished.outcome, Outcome::Cancelled);
            }
        }
        let (layer, owned) = Layer::new(machine, &there, (1, 9, 1), 9);
        let options = Options::default();
        let stopped = driver.submit(&Command::Attention(layer.attention()), options, owned);
        let rejected = stopped.expect_err("is stopped");
        assert_eq!(rejected.error, Error::Stopped);
        driver.start();
        submit(&mut driver, &layer, 9, false, rejected.buffers);
        let finished = driver.wait().expect("is over");
        assert!(finished.outcome.is_ok(), "{:?}", finished.outcome);
        layer.compare(params, &finished.buffers.0);
    }
    assert!(seen[0] > 0 && seen[1] > 0, "{seen:?}");
}

/// What the hardware refuses, because the window is made smaller behind the driver's back.
fn an_error_and_the_job_behind_it(machine: &Machine<'_>, params: &AttentionParams) {
    let interrupts = Events {
        error: true,
        ..Events::default()
    };
    let mut driver = drive(machine, interrupts);
    let there = *driver.capabilities();
    for (window, code) in [(1 << 32, Code::Window), (u64::MAX, Code::Ok)] {
        driver.stop().expect("comes to rest");
        // Regions of rows lie below 4 GiB, and those of planes above.
        driver.mmio().write32(r::WINDOW_END_LO, window as u32);
        driver
            .mmio()
            .write32(r::WINDOW_END_HI, (window >> 32) as u32);
        driver.start();
        let (layer, owned) = Layer::new(machine, &there, (2, 6, 1), 4);
        submit(&mut driver, &layer, 5, false, owned);
        let finished = driver.wait().expect("is over");
        let Outcome::Done(done) = finished.outcome else {
            panic!("{:?}", finished.outcome);
        };
        assert_eq!(done.code, code);
        let address = layer.attention().heads[0].place.k_base;
        let fault = (code != Code::Ok).then_some(Fault { code, address });
        assert_eq!(driver.fault(), fault);
        assert_eq!(machine.interrupt(10), fault.is_some());
        assert_eq!(driver.interrupt().error, fault.is_some());
        driver.clear_fault();
        assert_eq!(driver.fault(), None);
        if code == Code::Ok {
            layer.compare(params, &finished.buffers.0);
        }
    }
}

/// An access to memory that has been freed is a fault of the machine.
fn dropping_waits(machine: &Machine<'_>) {
    for wait in [0, 30, 200, 600] {
        let mut driver = drive(machine, Events::default());
        let there = *driver.capabilities();
        for tag in 0..3 {
            let (layer, owned) = Layer::new(machine, &there, (2, 20, 2), tag);
            submit(&mut driver, &layer, tag, true, owned);
        }
        machine.pass(wait);
        drop(driver);
        machine.pass(2000);
    }
}

/// The file of the tests in C: a head of one query on two channels.
fn heads_in_c(machine: &Machine<'_>, params: &AttentionParams, by_interrupt: bool) {
    type Top = unsafe extern "C" fn(
        *const calls::CMmio,
        *const calls::CMemory,
        *const calls::CMemory,
        u64,
        *const i16,
        *const i16,
        u16,
        *const i16,
        *mut i16,
        Option<extern "C" fn(*mut c_void)>,
        *mut c_void,
    ) -> i32;
    extern "C" fn wait(machine: *mut c_void) {
        let machine: &mut Machine<'_> = calls::behind(machine);
        assert!(machine.interrupt(100_000), "no interrupt");
    }
    let library = library::load(&[include_str!("driver/top.c")]);
    // SAFETY: the type is that of `top.c`.
    let top = unsafe { library.get::<Top>(b"top_attend").expect("is there") };
    let mut machine = machine.clone();
    for count in [1, 2, 33, 64] {
        let [keys, values] = [1, 2].map(|kind| soc::elements(16 * count, kind + count));
        let query = soc::elements(16, 99);
        let ring = calls::memory(machine.region(4 * ENTRY));
        let (low, high) = machine.planes(0x4000);
        let regions = [machine.region(0x1000), low, high].map(calls::memory);
        let registers = calls::mmio(&mut machine);
        let mut out = [0; 16];
        let waits: Option<extern "C" fn(*mut c_void)> =
            if by_interrupt { Some(wait) } else { None };
        // SAFETY: arrays are as long as the function takes them, and all of it outlives the call.
        let line = unsafe {
            top(
                &raw const registers,
                &raw const ring,
                regions.as_ptr(),
                Soc::CHANNEL_STRIDE,
                keys.as_ptr(),
                values.as_ptr(),
                count as u16,
                query.as_ptr(),
                out.as_mut_ptr(),
                waits,
                (&raw mut machine).cast(),
            )
        };
        assert_eq!(line, 0, "driver/top.c:{line}");
        let rows = |all: &[i16]| all.chunks(16).map(<[i16]>::to_vec).collect::<Vec<_>>();
        let wanted = soc::golden(params, &rows(&keys), &rows(&values), &[query], 3, None);
        assert_eq!(out.to_vec(), wanted.outputs[0], "{count} keys");
        ring.free::<Region>();
        regions.iter().for_each(calls::CMemory::free::<Region>);
    }
}

/// Runs a command to its end; returns the count of its completion and what it owned.
fn run(driver: &mut Four<'_>, command: &Command<'_>, owned: Owned) -> (u32, Owned) {
    let taken = driver.submit(command, Options::default(), owned);
    taken.unwrap_or_else(|rejected| panic!("{}", rejected.error));
    let finished = driver.wait().expect("is over");
    match finished.outcome {
        Outcome::Done(done) if done.code == Code::Ok => (done.count, finished.buffers),
        other => panic!("{other:?}"),
    }
}

/// A decoder's step: a token joins the keys and values in memory, and is attended to.
fn a_token_is_appended(machine: &Machine<'_>, params: &AttentionParams) {
    let mut driver = drive(machine, Events::default());
    let there = *driver.capabilities();
    let (mut layer, mut owned) = Layer::new(machine, &there, (3, 20, 2), 6);
    let records = owned.0.bus_address() + layer.spare;
    let mut heads = Vec::new();
    for (i, head) in layer.heads.iter().enumerate() {
        let sources = [0, 1].map(|kind| {
            let elements = soc::elements(16, 500 + 2 * i as u32 + kind);
            let at = layer.spare + 1024 + 64 * i as u64 + 32 * u64::from(kind);
            rows::write_elements(&mut owned.0, at, &elements);
            layer.data[i][kind as usize][19] = elements;
            owned.0.bus_address() + at
        });
        heads.push(Appended {
            place: head.place,
            k: sources[0],
            v: sources[1],
        });
    }
    let append = Append {
        records,
        heads: &heads,
        token: 19,
    };
    let (_, owned) = run(&mut driver, &Command::Append(append), owned);
    let (rows, owned) = run(&mut driver, &Command::Attention(layer.attention()), owned);
    assert_eq!(rows, 6);
    layer.compare(params, &owned.0);
    assert_eq!(driver.fault(), None);
}

/// Positions go through a list from memory, and then through the one that pruning left.
fn tokens_are_chosen(machine: &Machine<'_>, params: &AttentionParams) {
    let mut driver = drive(machine, Events::default());
    let there = *driver.capabilities();
    let (layer, mut owned) = Layer::new(machine, &there, (2, 20, 2), 7);
    let spare = owned.0.bus_address() + layer.spare;
    let list = [3, 19, 0, 8, 11];
    for (at, token) in (layer.spare..).step_by(2).zip(list) {
        owned.0.write(at, &(token as u16).to_le_bytes());
    }
    let load = Command::List(List {
        address: spare,
        count: 5,
    });
    let (_, owned) = run(&mut driver, &load, owned);
    let job = Attention {
        keys: Keys::Listed {
            keys: 5,
            tokens: 20,
        },
        ..layer.attention()
    };
    let (_, owned) = run(&mut driver, &Command::Attention(job), owned);
    layer.compare_heads(params, &owned.0, &[0, 1], Some(&list));

    let prune = Cascade {
        stage: Stage::Start {
            tokens: 20,
            heads: 2,
        },
        keep_tokens: 6,
        keep_heads: 1,
        window: 2,
        tokens_to: Some(spare + 1024),
        heads_to: Some(spare + 2048),
    };
    let (count, owned) = run(&mut driver, &Command::Cascade(prune), owned);
    let half = |at: u64| {
        let mut bytes = [0; 2];
        owned.0.read(layer.spare + at, &mut bytes);
        u16::from_le_bytes(bytes)
    };
    let list: Vec<u32> = (0..count)
        .map(|i| half(1024 + 8 * u64::from(i) + 2).into())
        .collect();
    assert!(list.is_sorted() && list.ends_with(&[18, 19]), "{list:?}");
    let head = usize::from(half(2048));
    let job = Attention {
        keys: Keys::OnChip { tokens: 20 },
        chosen: Chosen::OnChip,
        ..layer.attention()
    };
    let (rows, owned) = run(&mut driver, &Command::Attention(job), owned);
    assert_eq!(rows, 2);
    layer.compare_heads(params, &owned.0, &[head], Some(&list));
    assert_eq!(driver.fault(), None);
}

#[test]
fn jobs_over_the_buses() {
    let built = Built::new(&SMALL);
    for seed in [None, Some(1)] {
        on(&built, seed, |machine, params| {
            jobs_round_the_ring(machine, params, false);
            jobs_round_the_ring(machine, params, true);
            a_reset_in_the_middle(machine, params);
            an_error_and_the_job_behind_it(machine, params);
            a_token_is_appended(machine, params);
            tokens_are_chosen(machine, params);
            dropping_waits(machine);
            heads_in_c(machine, params, false);
            heads_in_c(machine, params, true);
        });
    }
}
