// SPDX-License-Identifier: MIT OR Apache-2.0
//! Beats by hand and byte by byte, cycles by hand, and broken rules.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

fn command(addr: u64, bytes: u32, rows: u32, stride: i32) -> Command {
    Command {
        addr,
        bytes,
        rows,
        stride,
    }
}

#[test]
fn a_row_by_hand() {
    let params = StreamWriterParams {
        burst: 2,
        ..StreamWriterParams::default()
    };
    let words = [(1..=8).collect(), (9..=16).collect()];
    let beats = params.beats(&command(6, 12, 1, 0), &words);
    let beat = |addr, data: [u8; 8], strobes, last| Beat {
        addr,
        data: data.to_vec(),
        strobes,
        last,
    };
    assert_eq!(
        beats,
        [
            beat(0, [0, 0, 0, 0, 0, 0, 1, 2], 0b1100_0000, false),
            beat(8, [3, 4, 5, 6, 7, 8, 9, 10], 0xff, true),
            beat(16, [11, 12, 0, 0, 0, 0, 0, 0], 0b11, true),
        ]
    );
}

#[test]
fn words_of_refused_commands_by_hand() {
    let params = StreamWriterParams::default();
    let words = |code| params.words(&command(0, 17, 3, 0), code);
    assert_eq!(words(Code::Okay), 9);
    assert_eq!(words(Code::Window), 9);
    assert_eq!(words(Code::Wrap), 9);
    assert_eq!(words(Code::Bytes), 0);
    assert_eq!(words(Code::Rows), 0);
}

#[test]
fn cycles_by_hand() {
    let params = StreamWriterParams::default();
    let done = |c: Command, latency| params.done_cycle(&c, latency);
    // A beat: in the buffer in cycle 10, its burst is cut and begins in 13, its data go in 15, the
    // response comes in 16, and the answer two cycles later.
    assert_eq!(done(command(0, 8, 1, 0), 1), Some(18));
    // Sixteen beats: one burst of 16 begins in 26, its data go from 28 to 43.
    assert_eq!(done(command(0, 128, 1, 0), 1), Some(46));
    // A second one of 16 begins in 42, its data go from 44 to 59.
    assert_eq!(done(command(0, 256, 1, 0), 1), Some(62));
    // Eight bursts wait for responses of 1000 cycles.
    assert_eq!(done(command(0, 128 * 9, 1, 0), 1000), None);
}

#[test]
fn every_rule_is_reported_at_once() {
    let bad = StreamWriterParams {
        data_w: 1024,
        burst: 300,
        beats: 600,
        commands: 65,
        bursts: 0,
    };
    let said: Vec<String> = bad.violations().iter().map(ToString::to_string).collect();
    assert_eq!(
        said,
        [
            "stream_writer.data_w = 1024: must be 64 to 512 (try 512)",
            "stream_writer.burst = 300: must be 1 to 256 (try 256)",
            "stream_writer.beats = 600: must be 16 to 512 (try 512)",
            "stream_writer.commands = 65: must be 2 to 64 (try 64)",
            "stream_writer.bursts = 0: must be 1 to 64 (try 1)",
        ]
    );
}

proptest! {
    /// What is written, said byte by byte: byte i of a row is byte i mod B of word i div B, and
    /// goes to the row's address plus i; nothing else is written.
    #[test]
    fn bytes_are_those_of_the_words(
        size in 3_u32..7, burst in 1_u32..20, addr in 9000_u64..20_000, bytes in 1_u32..600,
        rows in 1_u32..5, stride in -1500_i32..1500, seed in any::<u64>(),
    ) {
        let params = StreamWriterParams { data_w: 8 << size, burst, ..StreamWriterParams::default() };
        let given = command(addr, bytes, rows, stride);
        let byte = |word: u64, at: u32| {
            let at = word * 64 + u64::from(at);
            (at.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(seed) >> 40) as u8
        };
        let many = params.words(&given, Code::Okay);
        let words: Vec<Vec<u8>> = (0..many).map(|w| (0..1 << size).map(|b| byte(w, b)).collect()).collect();
        let (mut naive, mut got) = (BTreeMap::new(), BTreeMap::new());
        for row in 0..rows {
            let begin = addr.wrapping_add((i64::from(row) * i64::from(stride)) as u64);
            let first = u64::from(row) * u64::from(bytes.div_ceil(1 << size));
            for at in 0..bytes {
                let value = byte(first + u64::from(at >> size), at % (1 << size));
                naive.insert(begin + u64::from(at), value);
            }
        }
        for beat in params.beats(&given, &words) {
            prop_assert_ne!(beat.strobes, 0);
            for (lane, &value) in (0..).zip(&beat.data) {
                if beat.strobes >> lane & 1 == 1 {
                    got.insert(beat.addr + lane, value);
                } else {
                    prop_assert_eq!(value, 0);
                }
            }
        }
        prop_assert_eq!(got, naive);
        let lasts = params.beats(&given, &words).iter().filter(|b| b.last).count();
        prop_assert_eq!(lasts, given.bursts(1 << size, burst).len());
    }
}
