// SPDX-License-Identifier: MIT OR Apache-2.0
//! The driver with an accelerator in software: what it does, and what it does not.

mod device;

use device::layer::Layer;
use device::{Device, Mishap, Region, small};
use hwgen_driver::registers as r;
use hwgen_driver::{
    Code, Command, Config, Counter, Driver, ENTRY, Error, Events, Fault, LegalRule, Memory, Mmio,
    Options, Outcome,
};
use hwgen_golden::command::Code as Golden;

type Four = Driver<Device, Region, Region, 4>;

fn drive(device: &Device, config: Config) -> Four {
    let ring = device.region(4 * ENTRY);
    let made = Driver::new(device.clone(), ring, config);
    made.unwrap_or_else(|failed| panic!("{}", failed.error))
}

fn options(tag: u32, interrupt: bool) -> Options {
    Options {
        tag,
        interrupt,
        fence: tag.is_multiple_of(3),
    }
}

/// Submits a layer that must be taken.
fn submit(driver: &mut Four, layer: &Layer, options: Options, region: Region) {
    let command = Command::Attention(layer.attention());
    let taken = driver.submit(&command, options, region);
    taken.unwrap_or_else(|rejected| panic!("{}", rejected.error));
}

#[test]
fn jobs_run_round_and_round_the_ring_by_polling() {
    for seed in 1..20 {
        let device = small(seed);
        let mut driver = drive(&device, Config::default());
        let there = *driver.capabilities();
        let mut layers = std::collections::VecDeque::new();
        let (mut sent, mut seen) = (0, 0);
        while seen < 23 {
            while sent < 23 && driver.in_flight() < 3 {
                let size = (1 + (sent % 3) as u16, 5, 2);
                let (layer, region) = Layer::new(&device, &there, size, sent);
                submit(&mut driver, &layer, options(sent, false), region);
                layers.push_back(layer);
                sent += 1;
            }
            let Some(finished) = driver.poll().expect("no error") else {
                device.cycles(1);
                continue;
            };
            let layer: Layer = layers.pop_front().expect("was sent");
            assert_eq!(finished.tag, seen);
            let Outcome::Done(done) = finished.outcome else {
                panic!("{:?}", finished.outcome);
            };
            assert!(finished.outcome.is_ok());
            assert_eq!(done.count, 2 * layer.heads.len() as u32);
            assert_eq!(u32::from(done.index), seen % 4);
            layer.compare(&finished.buffers, there.d_head);
            seen += 1;
        }
        assert_eq!(driver.fault(), None);
        assert!(!device.irq());
    }
}

#[test]
fn jobs_end_by_interrupt() {
    let device = small(3);
    let interrupts = Events {
        done: true,
        ..Events::default()
    };
    let config = Config {
        interrupts,
        ..Config::default()
    };
    let mut driver = drive(&device, config);
    let there = *driver.capabilities();
    for tag in 0..9 {
        let (layer, region) = Layer::new(&device, &there, (2, 9, 1), tag);
        submit(&mut driver, &layer, options(tag, true), region);
        assert!(device.interrupt(10_000), "job {tag}");
        assert!(driver.interrupt().done);
        let finished = driver.poll().expect("no error").expect("is over");
        assert_eq!(finished.tag, tag);
        layer.compare(&finished.buffers, there.d_head);
        assert_eq!(driver.poll().expect("no error").map(|f| f.tag), None);
        device.cycles(2);
        assert!(!device.irq(), "is cleared");
    }
    // One that does not ask for the interrupt, and one with the events switched off.
    let (layer, region) = Layer::new(&device, &there, (1, 1, 1), 1);
    submit(&mut driver, &layer, options(100, false), region);
    assert!(!device.interrupt(1000));
    driver.set_interrupts(Events::default());
    let (layer, region) = Layer::new(&device, &there, (1, 1, 1), 1);
    submit(&mut driver, &layer, options(101, true), region);
    assert!(!device.interrupt(1000));
    assert!(driver.interrupt().done);
    let tags = [100, 101].map(|_| driver.wait().expect("is over").tag);
    assert_eq!(tags, [100, 101]);
}

/// A job that ends in the cycle in which the event of the one before is cleared.
#[test]
fn an_event_in_the_cycle_of_its_clear_is_seen() {
    for seed in 1..30 {
        let device = small(seed);
        let interrupts = Events {
            done: true,
            ..Events::default()
        };
        let mut driver = drive(
            &device,
            Config {
                interrupts,
                ..Config::default()
            },
        );
        let there = *driver.capabilities();
        for tag in 0..2 {
            let (layer, region) = Layer::new(&device, &there, (1, 1, 1), tag);
            submit(&mut driver, &layer, options(tag, true), region);
        }
        device.0.borrow_mut().ambush = true;
        let mut seen = 0;
        while seen < 2 {
            assert!(device.interrupt(10_000), "after {seen} jobs, seed {seed}");
            assert!(driver.interrupt().done);
            while let Some(finished) = driver.poll().expect("no error") {
                assert_eq!(finished.tag, seen);
                seen += 1;
            }
        }
    }
}

/// What the handler did not see, it does not clear.
#[test]
fn an_event_between_the_read_and_the_clear_is_kept() {
    let device = small(21);
    let interrupts = Events {
        done: true,
        error: true,
        ring_empty: true,
    };
    let config = Config {
        interrupts,
        ..Config::default()
    };
    let mut driver = drive(&device, config);
    let there = *driver.capabilities();
    let (layer, region) = Layer::new(&device, &there, (1, 1, 1), 0);
    submit(&mut driver, &layer, options(0, false), region);
    driver.wait().expect("is over");
    device.0.borrow_mut().late = true;
    let seen = driver.interrupt();
    assert!(seen.ring_empty && !seen.done, "{seen:?}");
    device.cycles(2);
    assert!(device.irq());
    assert!(driver.interrupt().done);
    device.cycles(2);
    assert!(!device.irq());
}

#[test]
fn a_full_ring_takes_nothing_and_gives_the_buffers_back() {
    let device = small(5);
    let mut driver = drive(&device, Config::default());
    let there = *driver.capabilities();
    device.0.borrow_mut().stuck = true;
    for tag in 0..3 {
        let (layer, region) = Layer::new(&device, &there, (1, 1, 1), tag);
        submit(&mut driver, &layer, options(tag, false), region);
    }
    let (layer, region) = Layer::new(&device, &there, (1, 1, 1), 3);
    let before = device.0.borrow().accesses;
    let command = Command::Attention(layer.attention());
    let rejected = driver.submit(&command, options(3, false), region);
    let rejected = rejected.expect_err("the ring is full");
    assert_eq!(rejected.error, Error::Full);
    assert_eq!(rejected.buffers.bus_address(), layer.records);
    assert_eq!(device.0.borrow().accesses, before, "nothing was written");
    let mut records = [0xFF; 128];
    rejected.buffers.read(0, &mut records);
    assert_eq!(records, [0; 128]);
    device.0.borrow_mut().stuck = false;
    assert_eq!(driver.wait().expect("is over").tag, 0);
    submit(&mut driver, &layer, options(3, false), rejected.buffers);
    let tags = [1, 2, 3].map(|_| driver.wait().expect("is over").tag);
    assert_eq!(tags, [1, 2, 3]);
    assert_eq!(driver.in_flight(), 0);
}

#[test]
fn errors_come_with_their_job_and_are_cleared() {
    let device = small(7);
    let interrupts = Events {
        error: true,
        ..Events::default()
    };
    let mut driver = drive(
        &device,
        Config {
            interrupts,
            ..Config::default()
        },
    );
    let there = *driver.capabilities();
    device.mishap(1, Mishap::Fails(Golden::Vector, 0x12_3456_7890));
    device.mishap(2, Mishap::Fails(Golden::Read, 8));
    let mut codes = Vec::new();
    for tag in 0..4 {
        let (layer, region) = Layer::new(&device, &there, (1, 3, 1), tag);
        submit(&mut driver, &layer, options(tag, false), region);
        let finished = driver.wait().expect("is over");
        let Outcome::Done(done) = finished.outcome else {
            panic!("{:?}", finished.outcome);
        };
        codes.push(done.code);
    }
    assert_eq!(codes, [Code::Ok, Code::Vector, Code::Read, Code::Ok]);
    assert!(device.irq());
    // The first one is recorded.
    let fault = Fault {
        code: Code::Vector,
        address: 0x12_3456_7890,
    };
    assert_eq!(driver.fault(), Some(fault));
    driver.clear_fault();
    assert_eq!(driver.fault(), None);
    device.cycles(2);
    assert!(!device.irq());
    assert!(!driver.interrupt().error);
}

#[test]
fn what_the_core_refuses_the_driver_refuses_first() {
    let device = small(9);
    let mut driver = drive(&device, Config::default());
    let there = *driver.capabilities();
    let (layer, region) = Layer::new(&device, &there, (2, 3, 1), 0);
    let mut heads = layer.heads.clone();
    heads[1].results.address += 4;
    let bad = hwgen_driver::Attention {
        heads: &heads,
        ..layer.attention()
    };
    let rejected = driver
        .submit(&Command::Attention(bad), options(0, false), region)
        .expect_err("is misaligned");
    let Error::Illegal(illegal) = rejected.error else {
        panic!("{}", rejected.error);
    };
    assert_eq!(illegal.code, Some(Code::Alignment));
    assert_eq!((illegal.field, illegal.head), ("results.address", Some(1)));
    assert_eq!(illegal.rule, LegalRule::Multiple(8));
    let text = rejected.error.to_string();
    let value = heads[1].results.address;
    let wanted = format!("head 1, results.address = {value:#x}: must be a multiple of 8");
    assert_eq!(text, wanted);
    assert_eq!(driver.in_flight(), 0);
}

#[test]
fn a_stop_ends_what_began_and_a_reset_gives_the_rest_back() {
    let mut seen = [0; 2];
    for seed in 1..40 {
        let device = small(seed);
        device.0.borrow_mut().depth = 1 + seed as usize % 3;
        let mut driver = drive(&device, Config::default());
        let there = *driver.capabilities();
        let mut layers = Vec::new();
        for tag in 0..3 {
            let (layer, region) = Layer::new(&device, &there, (1, 2, 1), tag);
            submit(&mut driver, &layer, options(tag, false), region);
            layers.push(layer);
        }
        driver.reset().expect("comes to rest");
        let began = device.0.borrow().ended.len();
        for (tag, layer) in layers.iter().enumerate() {
            let finished = driver.poll().expect("no error").expect("is over");
            assert_eq!(finished.tag, tag as u32);
            let done = matches!(finished.outcome, Outcome::Done(_));
            assert_eq!(done, tag < began, "{:?}", finished.outcome);
            seen[usize::from(done)] += 1;
            if done {
                layer.compare(&finished.buffers, there.d_head);
            } else {
                assert_eq!(finished.outcome, Outcome::Cancelled);
            }
        }
        // Stopped: nothing is taken. Started: all goes on from entry 0.
        let (layer, region) = Layer::new(&device, &there, (1, 2, 1), 9);
        let command = Command::Attention(layer.attention());
        let rejected = driver.submit(&command, options(9, false), region);
        let rejected = rejected.expect_err("is stopped");
        assert_eq!(rejected.error, Error::Stopped);
        driver.start();
        submit(&mut driver, &layer, options(9, false), rejected.buffers);
        let finished = driver.wait().expect("is over");
        let Outcome::Done(done) = finished.outcome else {
            panic!("{:?}", finished.outcome);
        };
        assert_eq!((finished.tag, done.index), (9, 0));
        layer.compare(&finished.buffers, there.d_head);
        assert_eq!(driver.fault(), None);
    }
    assert!(seen[0] > 5 && seen[1] > 5, "{seen:?}");
}

#[test]
fn a_stop_that_is_lifted_goes_on_where_it_was() {
    let device = small(11);
    let mut driver = drive(&device, Config::default());
    let there = *driver.capabilities();
    for tag in 0..3 {
        let (layer, region) = Layer::new(&device, &there, (1, 2, 1), tag);
        submit(&mut driver, &layer, options(tag, false), region);
    }
    driver.stop().expect("comes to rest");
    let ended = device.0.borrow().ended.len();
    device.cycles(1000);
    assert_eq!(device.0.borrow().ended.len(), ended);
    driver.start();
    let tags = [0, 1, 2].map(|_| driver.wait().expect("is over").tag);
    assert_eq!(tags, [0, 1, 2]);
}

/// The device of the tests fails if memory goes that it may still touch.
#[test]
fn dropping_the_driver_waits_for_what_is_in_flight() {
    for seed in 1..40 {
        let device = small(seed);
        let mut driver = drive(&device, Config::default());
        let there = *driver.capabilities();
        for tag in 0..3 {
            let (layer, region) = Layer::new(&device, &there, (1, 2, 1), tag);
            submit(&mut driver, &layer, options(tag, true), region);
        }
        device.cycles((seed * 7 % 50) as u32);
        drop(driver);
        device.cycles(500);
        let status = device.clone().read32(r::STATUS);
        assert_eq!(status & r::STATUS_IDLE, r::STATUS_IDLE);
        assert_eq!(device.clone().read32(r::CONTROL), 0);
        assert!(!device.irq());
    }
}

/// Buffers of a driver that is forgotten are never freed.
#[test]
fn forgetting_the_driver_leaks_what_is_in_flight() {
    let device = small(13);
    let mut driver = drive(&device, Config::default());
    let there = *driver.capabilities();
    let (layer, region) = Layer::new(&device, &there, (1, 2, 1), 0);
    submit(&mut driver, &layer, options(0, false), region);
    std::mem::forget(driver);
    device.cycles(500);
    assert_eq!(device.0.borrow().ended, [0]);
    // The next driver finds the accelerator as it was left, and begins anew.
    let mut driver = drive(&device, Config::default());
    let (layer, region) = Layer::new(&device, &there, (1, 2, 1), 1);
    submit(&mut driver, &layer, options(1, false), region);
    let finished = driver.wait().expect("is over");
    layer.compare(&finished.buffers, there.d_head);
}

#[test]
fn a_driver_takes_over_what_another_left_running() {
    for seed in 1..30 {
        let device = small(seed);
        device.mishap(0, Mishap::Fails(Golden::Read, 8));
        let mut first = drive(&device, Config::default());
        let there = *first.capabilities();
        for tag in 0..3 {
            let (layer, region) = Layer::new(&device, &there, (1, 2, 1), tag);
            submit(&mut first, &layer, options(tag, true), region);
        }
        std::mem::forget(first);
        device.cycles(100);
        assert_eq!(
            device.clone().read32(r::ERROR_CODE),
            48,
            "the first job failed"
        );
        let mut driver = drive(&device, Config::default());
        assert_eq!(driver.interrupt(), Events::default());
        assert_eq!(driver.fault(), None);
        let (layer, region) = Layer::new(&device, &there, (1, 2, 1), 7);
        submit(&mut driver, &layer, options(7, false), region);
        let finished = driver.wait().expect("is over");
        assert_eq!(finished.tag, 7);
        layer.compare(&finished.buffers, there.d_head);
    }
}

#[test]
fn records_that_are_lost_or_garbled_keep_the_buffers() {
    for (mishap, lost) in [(Mishap::Lost, true), (Mishap::Garbled, false)] {
        let device = small(15);
        let config = Config {
            patience: 500,
            ..Config::default()
        };
        let mut driver = drive(&device, config);
        let there = *driver.capabilities();
        device.mishap(0, mishap);
        let (layer, region) = Layer::new(&device, &there, (1, 2, 1), 0);
        submit(&mut driver, &layer, options(0, false), region);
        let error = driver.wait().map(|f| f.tag);
        let offset = 4 * 64;
        let wanted = if lost {
            Error::Timeout
        } else {
            Error::Record { offset }
        };
        assert_eq!(error, Err(wanted));
        assert_eq!(driver.in_flight(), 1);
        driver.reset().expect("comes to rest");
        let finished = driver.poll().expect("no error").expect("is over");
        assert_eq!(finished.outcome, Outcome::Lost);
        layer.compare(&finished.buffers, there.d_head);
        driver.start();
        device.0.borrow_mut().mishaps.clear();
        submit(&mut driver, &layer, options(0, false), finished.buffers);
        assert!(driver.wait().expect("is over").outcome.is_ok());
    }
}

#[test]
fn an_accelerator_that_hangs_is_reported_and_keeps_the_buffers() {
    let device = small(17);
    let config = Config {
        patience: 100,
        ..Config::default()
    };
    let mut driver = drive(&device, config);
    let there = *driver.capabilities();
    device.0.borrow_mut().stuck = true;
    let (layer, region) = Layer::new(&device, &there, (1, 2, 1), 0);
    submit(&mut driver, &layer, options(0, false), region);
    assert_eq!(driver.wait().map(|f| f.tag), Err(Error::Timeout));
    assert_eq!(driver.stop(), Err(Error::Timeout));
    assert_eq!(driver.reset(), Err(Error::Timeout));
    assert_eq!(driver.in_flight(), 1);
    // Another driver cannot take it over meanwhile.
    let ring = device.region(4 * ENTRY);
    let made = Driver::<_, _, Region, 4>::new(device.clone(), ring, config);
    let failed = made.err().expect("does not come to rest");
    assert_eq!(failed.error, Error::Timeout);
    device.0.borrow_mut().stuck = false;
    driver.start();
    assert!(driver.wait().expect("is over").outcome.is_ok());
}

#[test]
fn counters_are_read_low_half_first() {
    let device = small(19);
    let mut driver = drive(&device, Config::default());
    let there = *driver.capabilities();
    let (layer, region) = Layer::new(&device, &there, (1, 2, 1), 0);
    driver.clear_counters();
    submit(&mut driver, &layer, options(0, false), region);
    driver.wait().expect("is over");
    let cycles = driver.counter(Counter::Cycles).expect("is there");
    assert!((1..500).contains(&cycles), "{cycles}");
    assert_eq!(driver.counter(Counter::KBytes(2)), Some(8 * cycles));
    assert_eq!(driver.counter(Counter::BusyPv), Some(0));
    assert_eq!(driver.counter(Counter::Blocked(0)), Some(0));
    let flight = driver.flight(0).expect("is there");
    assert_eq!((flight.now, flight.most), (0, 3));
    // Reads of these would be answered with an error.
    assert_eq!(driver.counter(Counter::KBytes(3)), None);
    assert_eq!(driver.counter(Counter::VBytes(2)), None);
    assert_eq!(driver.counter(Counter::Blocked(1)), None);
    assert_eq!(driver.flight(1), None);
    // Shortly before the carry: while a job runs, halves of one moment belong together.
    device.0.borrow_mut().stuck = true;
    let (layer, region) = Layer::new(&device, &there, (1, 2, 1), 0);
    driver
        .mmio()
        .write32(r::COMMAND, r::COMMAND_PRESET_COUNTERS);
    submit(&mut driver, &layer, options(0, false), region);
    let mut last = driver.counter(Counter::Cycles).expect("is there");
    assert!(last < 1 << 32, "{last:#x}");
    while last < (1 << 32) + 50 {
        let now = driver.counter(Counter::Cycles).expect("is there");
        assert!(now > last && now < last + 50, "{last:#x} {now:#x}");
        last = now;
    }
    device.0.borrow_mut().stuck = false;
}
