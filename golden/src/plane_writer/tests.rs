// SPDX-License-Identifier: MIT OR Apache-2.0
//! Words and addresses by hand, and what the vector reader finds of what was written.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::memory::layout::place;
use crate::memory::pack::unpack;
use crate::stream::{Code, Window};
use crate::stream_writer::StreamWriterParams;
use crate::vector_reader::VectorReaderParams;

fn params() -> PlaneWriterParams {
    PlaneWriterParams {
        d_head: 8,
        k_planes: vec![4, 4, 4],
        v_planes: vec![6, 4],
        channels: 2,
        ..PlaneWriterParams::default()
    }
}

#[test]
fn elements_saturate_to_the_bits_of_their_planes() {
    let p = params();
    // Keys have 12 bits, values 10.
    let of = |value, all: [i16; 4]| all.map(|e| p.saturated(value, e));
    assert_eq!(
        of(false, [2047, 2048, -2048, -2049]),
        [2047, 2047, -2048, -2048]
    );
    assert_eq!(of(true, [511, 512, -512, -513]), [511, 511, -512, -512]);
    assert_eq!(of(false, [i16::MAX, i16::MIN, 0, -1]), [2047, -2048, 0, -1]);
}

#[test]
fn words_by_hand() {
    let p = params();
    // -1234 = 0b1011_0010_1110, 5 = 0b0000_0000_0101, and 5000 becomes 0b0111_1111_1111.
    let elements = [-1234, 5, 5000, 0, 0, 0, 0, -1];
    let word = |plane| p.words(false, plane, &elements);
    assert_eq!(word(0), [[0x0b, 0x07, 0, 0xf0, 0, 0, 0, 0]]);
    assert_eq!(word(1), [[0x02, 0x0f, 0, 0xf0, 0, 0, 0, 0]]);
    assert_eq!(word(2), [[0x5e, 0x0f, 0, 0xf0, 0, 0, 0, 0]]);
    // Eight elements of 16 bits are two words of 64.
    assert_eq!((p.element_words(), p.vector_words(true, 0)), (2, 1));
    let wide = PlaneWriterParams {
        d_head: 72,
        data_w: 512,
        ..params()
    };
    // 1152 bits come in three words of 512; planes of 432 and 288 bits leave in one.
    assert_eq!((wide.element_words(), wide.vector_words(true, 0)), (3, 1));
    assert_eq!((wide.unit(), params().unit()), (2, 2));
}

#[test]
fn commands_by_hand() {
    let entry = Entry {
        bases: [0x1_0000, 0x2_0000],
        offsets: [vec![0, 0x100, 0x200], vec![0x10, 0x310]],
    };
    let p = params();
    let said = |p: &PlaneWriterParams, token| -> Vec<(u64, u32)> {
        let all = p.commands(&entry, 0x100_0000, token);
        assert!(all.iter().all(|c| c.rows == 1));
        all.iter().map(|c| (c.addr, c.bytes)).collect()
    };
    // Token 7 is place 3 of channel 1; vectors have 4, 6 and 4 bytes.
    assert_eq!(
        said(&p, 7),
        [
            (0x101_000c, 4),
            (0x101_010c, 4),
            (0x101_020c, 4),
            (0x102_0022, 6),
            (0x102_031c, 4),
        ]
    );
    // Values by token: 10 bytes from place to place.
    let together = PlaneWriterParams {
        v_layout: Layout::Token,
        ..params()
    };
    let at = said(&together, 6);
    assert_eq!(at[3..], [(0x2_002e, 6), (0x2_032e, 4)]);
    assert_eq!(at[0], (0x1_000c, 4));
}

#[test]
fn sums_are_modulo_the_address_space() {
    let entry = Entry {
        bases: [u64::MAX - 7, 0],
        offsets: [vec![8, 16, 24], vec![0, 0]],
    };
    let p = params();
    assert_eq!(p.address(&entry, 0, 0, false, 0), 0);
    assert_eq!(p.address(&entry, u64::MAX, 1, false, 1), 7);
}

#[test]
fn the_first_code_counts() {
    let of = PlaneWriterParams::answer;
    assert_eq!(of(&[Code::Okay, Code::Okay]), Code::Okay);
    assert_eq!(of(&[Code::Okay, Code::SlvErr, Code::Window]), Code::SlvErr);
}

#[test]
fn cycles_by_hand() {
    let p = PlaneWriterParams::default();
    // 16 words come for each kind, and a plane of 256 bits leaves in 4 words of 4 units.
    assert_eq!(p.word_cycles(), 2 * 16 + 1 + 6 * 4 * 5);
    // The place goes by 4, three bits; one channel.
    assert_eq!(p.address_cycles(), 6 * (4 * 5 + 2) + 1);
}

#[test]
fn rules_of_core_and_memory_come_together() {
    let p = PlaneWriterParams {
        d_head: 60,
        channels: 64,
        data_w: 32,
        ..params()
    };
    let fields: Vec<String> = p.violations().into_iter().map(|v| v.field).collect();
    assert_eq!(
        fields,
        ["attention.d_head", "memory.channels", "memory.io_w"]
    );
    assert_eq!(PlaneWriterParams::default().violations(), []);
}

proptest! {
    /// Tokens that are written one by one, as the stream writer does it, are what the vector reader
    /// finds at its own addresses.
    #[test]
    fn what_is_written_is_read(
        d_head in 1_u32..6, k_planes in prop::sample::select(vec![vec![4, 4, 4], vec![6, 4], vec![5, 3, 2], vec![8]]),
        v_planes in prop::sample::select(vec![vec![4, 4, 4], vec![6, 4], vec![7]]),
        (channels, size) in (0_u32..4, 6_u32..10), together in any::<bool>(), seed in any::<u64>(),
    ) {
        let memory = MemoryParams {
            channels: 1 << channels,
            io_w: 1 << size,
            v_layout: if together { Layout::Token } else { Layout::Plane },
            ..MemoryParams::default()
        };
        let core = AttentionParams {
            d_head: 8 * d_head, lanes: 8, k_planes, v_planes, ..AttentionParams::default()
        };
        let (p, reader) = (PlaneWriterParams::of(&core, &memory), VectorReaderParams::of(&core, &memory));
        let (placed, gap) = (place(&reader, 0x7000, 40, 192), 0x10_0000);
        let writer = StreamWriterParams { data_w: memory.io_w, ..StreamWriterParams::default() };
        let element = |token: u16, kind: u64, at: u64| {
            let number = u64::from(token) << 20 | kind << 10 | at;
            (number.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(seed) >> 40) as i16 >> (number % 5)
        };
        let elements = |token, value: bool| -> Vec<i16> {
            (0..p.d_head.into()).map(|at| element(token, value.into(), at)).collect()
        };
        let mut space = BTreeMap::new();
        for token in (0..40).rev() {
            let commands = p.commands(&placed.entry, gap, token);
            for ((value, plane), command) in p.order().zip(commands) {
                let window = Window { base: 0, end: u64::MAX };
                prop_assert_eq!(command.check(window), Code::Okay);
                let words = p.words(value, plane, &elements(token, value));
                prop_assert_eq!(words.len() as u64, writer.words(&command, Code::Okay));
                for beat in writer.beats(&command, &words) {
                    let lanes = (0..).zip(&beat.data).filter(|(lane, _)| beat.strobes >> lane & 1 == 1);
                    // No byte is written twice.
                    for (lane, &byte) in lanes {
                        prop_assert_eq!(space.insert(beat.addr + lane, byte), None);
                    }
                }
            }
        }
        for token in 0..40_u16 {
            let channel = u64::from(token) % u64::from(memory.channels);
            for (value, plane) in p.order() {
                let at = placed.entry.address(&reader, value, plane, token.into()) + channel * gap;
                let bytes: Vec<u8> =
                    (0..reader.vector_bytes(value, plane).into()).map(|b| space[&(at + b)]).collect();
                let digits = unpack(&bytes, p.planes(value)[plane]);
                let widths = p.planes(value);
                let below: u32 = widths[plane + 1..].iter().sum();
                let most = (1 << (widths.iter().sum::<u32>() - 1)) - 1;
                let wanted = elements(token, value).into_iter().map(|e| {
                    let near = i32::from(e).min(most).max(-most - 1);
                    (near >> below & ((1 << widths[plane]) - 1)) as u8
                });
                prop_assert_eq!(digits, wanted.collect::<Vec<u8>>());
            }
        }
    }
}
