// SPDX-License-Identifier: MIT OR Apache-2.0
//! Words by hand and byte by byte, cycles by hand, and broken rules.

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
fn two_rows_by_hand() {
    let params = StreamReaderParams::default();
    // Byte a holds a mod 256. Rows of 10 bytes from 6 and from 23 on.
    let words = params.words(&command(6, 10, 2, 17), |at| at as u8);
    let word = |data: [u8; 8], bytes, row_last, last| Word {
        data: data.to_vec(),
        bytes,
        row_last,
        last,
    };
    assert_eq!(
        words,
        [
            word([6, 7, 8, 9, 10, 11, 12, 13], 8, false, false),
            word([14, 15, 0, 0, 0, 0, 0, 0], 2, true, false),
            word([23, 24, 25, 26, 27, 28, 29, 30], 8, false, false),
            word([31, 32, 0, 0, 0, 0, 0, 0], 2, true, true),
        ]
    );
}

#[test]
fn cycles_by_hand() {
    let params = StreamReaderParams::default();
    let moves = |all: &[Command]| params.moves(all);
    // Aligned: a beat is a word.
    assert_eq!(moves(&[command(0, 16, 3, 16)]), 6);
    // Ten bytes from 6 on: the second of two beats has eight of them, for two words.
    assert_eq!(moves(&[command(6, 10, 1, 0)]), 3);
    // Three bytes from 6 on: two beats make one word.
    assert_eq!(moves(&[command(6, 3, 1, 0)]), 2);
    // The tail of the first row leaves while the first beat of the second is kept.
    assert_eq!(moves(&[command(6, 10, 2, 16)]), 5);
    // An aligned row behind a tail waits for it.
    assert_eq!(moves(&[command(6, 10, 1, 0), command(0, 8, 1, 0)]), 4);
    // Seven cycles of the check, eleven of other stages, one of the memory and one of the word.
    assert_eq!(params.last_cycle(&[command(0, 8, 1, 0)], 1), 20);
    assert_eq!(params.last_cycle(&[command(0, 8, 2, 8)], 1), 22);
}

#[test]
fn what_flows_by_hand() {
    let params = StreamReaderParams::default();
    let long = command(0, 40 * 8, 1, 0);
    // 64 beats cover 40 cycles and a burst of 16 beats.
    assert!(params.flows(&[long, long], 40));
    assert!(!params.flows(&[long, long], 41));
    assert!(params.flows(&[command(0, 8, 1, 0)], 1000));
    assert!(!params.flows(&[command(0, 8, 1, 0); 2], 1));
}

#[test]
fn every_rule_is_reported_at_once() {
    let bad = StreamReaderParams {
        data_w: 96,
        burst: 0,
        beats: 8,
        commands: 1,
    };
    let said: Vec<String> = bad.violations().iter().map(ToString::to_string).collect();
    assert_eq!(
        said,
        [
            "stream_reader.data_w = 96: must be a power of two (try 64 or 128)",
            "stream_reader.burst = 0: must be 1 to 256 (try 1)",
            "stream_reader.beats = 8: must be 16 to 512 (try 16)",
            "stream_reader.commands = 1: must be 2 to 64 (try 2)",
        ]
    );
    let bad = StreamReaderParams {
        burst: 65,
        ..StreamReaderParams::default()
    };
    let said: Vec<String> = bad.violations().iter().map(ToString::to_string).collect();
    let rule = "must be at most stream_reader.beats = 64, which holds a burst (try 64)";
    assert_eq!(said, [format!("stream_reader.burst = 65: {rule}")]);
}

proptest! {
    /// The words, said byte by byte: byte i of a row is byte i mod B of word i div B.
    #[test]
    fn words_are_those_of_the_bytes(
        size in 3_u32..7, burst in 1_u32..20, addr in 9000_u64..20_000, bytes in 1_u32..600,
        rows in 1_u32..5, stride in -1500_i32..1500, seed in any::<u64>(),
    ) {
        let params = StreamReaderParams { data_w: 8 << size, burst, ..StreamReaderParams::default() };
        let given = command(addr, bytes, rows, stride);
        let byte = |at: u64| (at.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(seed) >> 40) as u8;
        let words = params.words(&given, byte);
        let per_row = bytes.div_ceil(1 << size) as usize;
        prop_assert_eq!(words.len(), per_row * rows as usize);
        for (row, words) in (0_i64..).zip(words.chunks(per_row)) {
            let begin = addr.wrapping_add((row * i64::from(stride)) as u64);
            let all = words.iter().flat_map(|w| w.data.iter().copied());
            for (at, got) in (0..).zip(all) {
                let want = if at < bytes { byte(begin + u64::from(at)) } else { 0 };
                prop_assert_eq!(got, want);
            }
            let counted: u32 = words.iter().map(|w| w.bytes).sum();
            prop_assert_eq!(counted, bytes);
            for (at, word) in (1..).zip(words) {
                prop_assert_eq!(word.row_last, at == per_row);
                prop_assert_eq!(word.last, at == per_row && row + 1 == i64::from(rows));
            }
        }
    }
}
