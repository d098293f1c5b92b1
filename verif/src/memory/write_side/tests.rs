// SPDX-License-Identifier: MIT OR Apache-2.0
//! Rules, pairing, order and responses of writes.

use super::super::rules::tests::burst;
use super::super::{Access, Errors, Space};
use super::*;

fn memory() -> Memory {
    let mut space = Space::new(5);
    space.allot("all", 0x1000, 0x1000, Access::Both);
    Memory::new(space)
}

fn side(accept: Accept) -> WriteSide {
    let behaviour = Behaviour {
        accept,
        ..Behaviour::ideal(3)
    };
    WriteSide::new(Rules::new(32, 16), behaviour)
}

fn beat(value: u64, last: bool) -> WriteBeat {
    WriteBeat {
        data: Beat([value; 8]),
        strobes: 0xffff_ffff,
        last,
    }
}

/// Plays a response, if one is due.
fn answer(side: &mut WriteSide, cycle: u64, memory: &mut Memory) -> Option<Response> {
    let response = side.offer(cycle, memory)?;
    side.taken();
    Some(response)
}

#[test]
fn a_burst_is_written_and_answered() {
    let mut memory = memory();
    let mut side = side(Accept::Any);
    side.address(4, burst(0x1040, 2), &mut memory)
        .expect("legal");
    side.data(5, beat(1, false), &mut memory).expect("legal");
    side.data(9, beat(2, true), &mut memory).expect("legal");
    assert_eq!(answer(&mut side, 11, &mut memory), None);
    let (id, resp) = (0, Resp::Okay);
    assert_eq!(
        answer(&mut side, 12, &mut memory),
        Some(Response { id, resp })
    );
    assert_eq!(side.in_flight(), 0);
    assert_eq!(memory.space.beat(0x1040, 32).0[..4], [1; 4]);
    assert_eq!(memory.space.beat(0x1060, 32).0[..4], [2; 4]);
}

#[test]
fn data_may_come_before_its_address() {
    let mut memory = memory();
    let mut side = side(Accept::Any);
    for (value, last) in [(1, true), (2, false), (3, true)] {
        side.data(0, beat(value, last), &mut memory).expect("legal");
    }
    assert_eq!(side.in_flight(), 2);
    side.address(1, burst(0x1000, 1), &mut memory)
        .expect("legal");
    side.address(2, burst(0x1020, 2), &mut memory)
        .expect("legal");
    assert_eq!(side.counts.data_ahead, 2);
    assert!(answer(&mut side, 9, &mut memory).is_some());
    assert!(answer(&mut side, 9, &mut memory).is_some());
    let words: Vec<u64> = (0..3)
        .map(|at| memory.space.beat(0x1000 + 32 * at, 32).0[0])
        .collect();
    assert_eq!(words, [1, 2, 3]);
}

#[test]
fn wlast_must_be_where_it_was_announced() {
    let mut memory = memory();
    let mut early = side(Accept::Any);
    early
        .address(0, burst(0x1000, 3), &mut memory)
        .expect("legal");
    early.data(0, beat(1, false), &mut memory).expect("legal");
    let broken = early.data(0, beat(1, true), &mut memory);
    assert_eq!(broken, Err(Broken::LastEarly(2, 3)));

    let mut missing = side(Accept::Any);
    missing
        .address(0, burst(0x1000, 1), &mut memory)
        .expect("legal");
    let broken = missing.data(0, beat(1, false), &mut memory);
    assert_eq!(broken, Err(Broken::LastMissing(1)));

    // The same where the data came first.
    let mut early = side(Accept::Any);
    early.data(0, beat(1, true), &mut memory).expect("legal");
    let broken = early.address(0, burst(0x1000, 2), &mut memory);
    assert_eq!(broken, Err(Broken::LastEarly(1, 2)));
    let mut late = side(Accept::Any);
    late.data(0, beat(1, false), &mut memory).expect("legal");
    late.data(0, beat(1, true), &mut memory).expect("legal");
    let broken = late.address(0, burst(0x1000, 1), &mut memory);
    assert_eq!(broken, Err(Broken::LastMissing(1)));
}

#[test]
fn a_memory_may_wait_for_the_address_or_the_data() {
    let mut memory = memory();
    let mut address_first = side(Accept::AddressFirst);
    assert!(!address_first.takes_data() && address_first.takes_address(false));
    address_first
        .address(0, burst(0x1000, 2), &mut memory)
        .expect("legal");
    assert!(address_first.takes_data());
    address_first
        .data(0, beat(1, false), &mut memory)
        .expect("legal");
    assert!(address_first.takes_data());
    address_first
        .data(0, beat(1, true), &mut memory)
        .expect("legal");
    assert!(!address_first.takes_data());

    let mut data_first = side(Accept::DataFirst);
    assert!(data_first.takes_data() && !data_first.takes_address(false));
    assert!(data_first.takes_address(true));
    data_first
        .data(0, beat(1, false), &mut memory)
        .expect("legal");
    assert!(data_first.takes_address(false));
    data_first
        .address(0, burst(0x1000, 2), &mut memory)
        .expect("legal");
    // What waits is the second beat of the same burst.
    assert!(!data_first.takes_address(true));
    data_first
        .data(0, beat(1, true), &mut memory)
        .expect("legal");
    assert!(data_first.takes_address(true));
}

#[test]
fn outside_fails_or_is_answered_and_writes_nothing() {
    let mut memory = memory();
    let mut strict = side(Accept::Any);
    strict
        .address(0, burst(0x2000, 1), &mut memory)
        .expect("legal");
    let broken = strict.data(0, beat(1, true), &mut memory);
    assert!(matches!(broken, Err(Broken::Outside(_))));
    memory.space.answers_outside = true;
    let before = memory.space.beat(0x2000, 32);
    let mut lenient = side(Accept::Any);
    lenient
        .address(0, burst(0x2000, 1), &mut memory)
        .expect("legal");
    lenient.data(0, beat(1, true), &mut memory).expect("legal");
    let response = answer(&mut lenient, 9, &mut memory).expect("legal");
    assert_eq!(response.resp, Resp::DecErr);
    assert_eq!(memory.space.beat(0x2000, 32), before);
}

#[test]
fn the_first_error_of_a_burst_is_its_response() {
    let mut memory = memory();
    let errors = Errors {
        at: vec![0x1020],
        ..Errors::default()
    };
    let behaviour = Behaviour {
        errors,
        ..Behaviour::ideal(1)
    };
    let mut side = WriteSide::new(Rules::new(32, 16), behaviour);
    side.address(0, burst(0x1000, 2), &mut memory)
        .expect("legal");
    side.data(0, beat(1, false), &mut memory).expect("legal");
    side.data(0, beat(2, true), &mut memory).expect("legal");
    let response = answer(&mut side, 1, &mut memory).expect("legal");
    assert_eq!((response.resp, side.counts.errors), (Resp::SlvErr, 1));
}

/// Until the response goes, what is read is old or new; both come about.
#[test]
fn bytes_are_there_at_the_latest_with_the_response() {
    let mut seen = [false; 2];
    for seed in 0..32 {
        let mut memory = memory();
        let behaviour = Behaviour {
            seed,
            ..Behaviour::ideal(2)
        };
        let mut side = WriteSide::new(Rules::new(32, 16), behaviour);
        side.address(0, burst(0x1000, 1), &mut memory)
            .expect("legal");
        side.data(0, beat(7, true), &mut memory).expect("legal");
        seen[usize::from(memory.space.beat(0x1000, 32).0[0] == 7)] = true;
        side.offer(2, &mut memory).expect("legal");
        assert_eq!(memory.space.beat(0x1000, 32).0[0], 7);
    }
    assert_eq!(seen, [true; 2]);
}

/// Bursts of one ID to the same place: the last one counts, whenever bytes are written.
#[test]
fn bursts_of_an_id_are_written_in_order() {
    for seed in 0..50 {
        let mut memory = memory();
        let behaviour = Behaviour {
            seed,
            ..Behaviour::ideal(3)
        };
        let mut side = WriteSide::new(Rules::new(32, 16), behaviour);
        for value in 1..=3 {
            side.address(value, burst(0x1000, 1), &mut memory)
                .expect("legal");
            side.data(value, beat(value, true), &mut memory)
                .expect("legal");
        }
        for _ in 0..3 {
            assert!(answer(&mut side, 20, &mut memory).is_some(), "seed {seed}");
        }
        assert_eq!(memory.space.beat(0x1000, 32).0[..4], [3; 4], "seed {seed}");
    }
}
