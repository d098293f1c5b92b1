// SPDX-License-Identifier: MIT OR Apache-2.0
//! Bytes written by hand, and everything that can be wrong with them.

use super::*;
use crate::memory::{Layout, MemoryParams};
use crate::stream::Window;
use crate::vector_reader::VectorReaderParams;

/// Heads of 16 elements, 64 tokens, planes of 4, 2 and of 4 bits: vectors of 8, 4 and 8 bytes.
fn shape() -> Shape {
    Shape {
        vectors: VectorReaderParams {
            d_head: 16,
            tokens: 4,
            max_tokens: 64,
            k_planes: vec![4, 2],
            v_planes: vec![4],
            memory: MemoryParams {
                channels: 2,
                data_w: 64,
                ..MemoryParams::default()
            },
            ..VectorReaderParams::default()
        },
        attention: true,
        cascade: true,
        append: true,
        window: Window {
            base: 0x1000,
            end: 0x10_0000,
        },
    }
}

/// Places bytes into a block of zeros.
fn block<const N: usize>(parts: &[(usize, &[u8])]) -> [u8; N] {
    let mut out = [0; N];
    for (at, part) in parts {
        out[*at..*at + part.len()].copy_from_slice(part);
    }
    out
}

/// The code and the address of each fault.
fn said<T>(result: Result<T, Vec<Fault>>) -> Vec<(Code, u64)> {
    let faults = result.err().unwrap_or_default();
    faults.iter().map(|f| (f.code, f.address)).collect()
}

/// A command of attention: 3 heads, 40 keys, 5 queries, everything else told apart by its value.
fn attention() -> [u8; DESCRIPTOR] {
    block(&[
        (0, &[1, 3, 0b0000_0101, 0, 0x78, 0x56, 0x34, 0x12]),
        (8, &[0x10, 0x20, 0, 0, 0, 0, 0, 0]),
        (16, &[0x80, 0x30, 0, 0, 0, 0, 0, 0]),
        (24, &[3, 0, 40, 0, 35, 0, 5, 0]),
        (32, &[1, 2, 1, 2, 1, 0, 9, 0]),
        (40, &[0x34, 0x12, 1, 0, 0x21, 0x43, 0x0f, 0]),
    ])
}

fn attention_op() -> Attention {
    Attention {
        causal: true,
        bias: true,
        records: 0x3080,
        heads: 3,
        keys: 40,
        first: 35,
        queries: 5,
        k_start: 1,
        k_max: 2,
        v_count: 1,
        rule: 2,
        select: 1,
        k: 9,
        mass: 0x1_1234,
        eps_log2: 0xf_4321,
        ..Attention::default()
    }
}

/// Decodes what `attention` becomes with some bytes changed.
fn changed(parts: &[(usize, &[u8])]) -> Vec<(Code, u64)> {
    let mut bytes = attention();
    for (at, part) in parts {
        bytes[*at..*at + part.len()].copy_from_slice(part);
    }
    said(Descriptor::decode(&bytes, 0x7000, &shape()))
}

#[test]
fn a_command_of_attention() {
    let wanted = Descriptor {
        interrupt: true,
        fence: true,
        tag: 0x1234_5678,
        completion: 0x2010,
        op: Op::Attention(attention_op()),
    };
    assert_eq!(wanted.encode(), attention());
    assert_eq!(
        Descriptor::decode(&attention(), 0x7000, &shape()),
        Ok(wanted)
    );
}

#[test]
fn the_other_commands() {
    let rest = |op| Descriptor {
        interrupt: false,
        fence: false,
        tag: 0,
        completion: 0,
        op,
    };
    let list = List {
        address: 0x5008,
        count: 64,
    };
    let cascade = Cascade {
        operation: 2,
        tokens: 0x0102,
        heads: 0x0304,
        keep_tokens: 0x0506,
        keep_heads: 0x0708,
        window: 0x090a,
        token_list: 0x6000,
        head_list: 0x7008,
    };
    let append = Append {
        records: 0x4000,
        heads: 256,
        token: 63,
    };
    for (op, bytes) in [
        (
            Op::List(list),
            block(&[(0, &[2]), (16, &[0x08, 0x50]), (24, &[64, 0])]),
        ),
        (
            Op::Cascade(cascade),
            block(&[
                (0, &[3, 0, 2, 0]),
                (16, &[2, 1, 4, 3, 6, 5, 8, 7, 10, 9]),
                (32, &[0, 0x60]),
                (40, &[8, 0x70]),
            ]),
        ),
        (
            Op::Append(append),
            block(&[(0, &[4]), (16, &[0, 0x40]), (24, &[0, 1, 63, 0])]),
        ),
    ] {
        let wanted = rest(op);
        assert_eq!(wanted.encode(), bytes);
        assert_eq!(Descriptor::decode(&bytes, 0, &shape()), Ok(wanted));
    }
}

#[test]
fn what_is_wrong_with_a_descriptor() {
    let at = 0x7000;
    for (parts, wanted) in [
        // Operations: none, one too many.
        (&[(0, &[0][..])][..], vec![(Code::UnknownOp, at)]),
        (&[(0, &[9])], vec![(Code::UnknownOp, at)]),
        // Flags, unnamed bytes, and bits beyond those of a field.
        (&[(1, &[4])], vec![(Code::Reserved, at)]),
        (&[(2, &[0x45])], vec![(Code::Reserved, at)]),
        (&[(37, &[1])], vec![(Code::Reserved, at)]),
        (&[(63, &[0x80])], vec![(Code::Reserved, at)]),
        (&[(35, &[4])], vec![(Code::Reserved, at)]),
        (&[(42, &[2])], vec![(Code::Reserved, at)]),
        (&[(46, &[0x1f])], vec![(Code::Reserved, at)]),
        // Heads and keys that come from elsewhere; TOKENS without LIST.
        (&[(2, &[0x15])], vec![(Code::Reserved, at)]),
        (&[(2, &[0x2d])], vec![(Code::Reserved, at)]),
        (&[(2, &[0x25]), (26, &[0])], vec![(Code::Reserved, at)]),
        (&[(2, &[0x3d]), (24, &[0, 0, 0])], vec![]),
        // Records: misaligned, and across either end of the window.
        (&[(16, &[0x40])], vec![(Code::Alignment, 0x3040)]),
        (&[(17, &[0x0f])], vec![(Code::Window, 0x0f80)]),
        (&[(17, &[0xff, 0x0f])], vec![(Code::Window, 0xf_ff80)]),
        (&[(16, &[0x80, 0xfe, 0x0f])], vec![]),
        // Counts.
        (&[(24, &[0])], vec![(Code::Heads, at)]),
        (&[(24, &[1, 1])], vec![(Code::Heads, at)]),
        (&[(24, &[0, 1])], vec![]),
        (&[(26, &[0])], vec![(Code::Keys, at)]),
        (&[(26, &[65])], vec![(Code::Keys, at)]),
        (&[(26, &[64])], vec![]),
        (&[(28, &[65])], vec![(Code::Keys, at)]),
        (&[(38, &[65])], vec![(Code::Keys, at)]),
        (&[(30, &[0])], vec![(Code::Queries, at)]),
        (&[(30, &[1, 16])], vec![(Code::Queries, at)]),
        (&[(30, &[0, 16])], vec![]),
        // The completion record: misaligned, outside, and not wanted.
        (&[(8, &[0x18])], vec![(Code::Completion, 0x2018)]),
        (&[(8, &[0xf0, 0x0f])], vec![(Code::Completion, 0x0ff0)]),
        (&[(8, &[0xf0, 0xff, 0x0f])], vec![]),
        (&[(8, &[0, 0, 0x10])], vec![(Code::Completion, 0x10_0000)]),
        (&[(8, &[0, 0])], vec![]),
        // The core's own rules are not judged here.
        (&[(32, &[3, 0, 0, 3, 3])], vec![]),
    ] {
        assert_eq!(changed(parts), wanted, "{parts:x?}");
    }
}

#[test]
fn faults_come_in_the_order_of_precedence() {
    let at = 0x7000;
    let all = changed(&[
        (1, &[0xff]),
        (8, &[0x11, 0x20]),
        (16, &[0x01, 0x00]),
        (24, &[0, 0, 0, 0, 0, 0, 0, 0]),
    ]);
    let wanted = [
        (Code::Completion, 0x2011),
        (Code::Reserved, at),
        (Code::Alignment, 1),
        (Code::Window, 1),
        (Code::Heads, at),
        (Code::Keys, at),
        (Code::Queries, at),
    ];
    assert_eq!(all, wanted);
    // Of an operation that is not there, only the completion is judged.
    let all = changed(&[(0, &[5, 0xff]), (8, &[1])]);
    assert_eq!(all, [(Code::Completion, 0x2001), (Code::UnknownOp, at)]);
}

#[test]
fn operations_that_are_not_there() {
    let bare = Shape {
        cascade: false,
        append: false,
        ..shape()
    };
    let decode = |op: u8| said(Descriptor::decode(&block(&[(0, &[op])]), 64, &bare));
    assert_eq!(decode(3), [(Code::UnknownOp, 64)]);
    assert_eq!(decode(4), [(Code::UnknownOp, 64)]);
    // Heads of a cascade that is not there.
    let mut bytes = attention();
    (bytes[2], bytes[24]) = (0x15, 0);
    let faults = said(Descriptor::decode(&bytes, 64, &bare));
    assert_eq!(faults, [(Code::Reserved, 64)]);
}

#[test]
fn what_is_wrong_with_lists_and_tokens() {
    let at = 0x40;
    let decode = |bytes: [u8; 64]| said(Descriptor::decode(&bytes, at, &shape()));
    let list = |address: [u8; 3], count| block(&[(0, &[2]), (16, &address), (24, &[count, 0])]);
    assert_eq!(decode(list([0, 0x10, 0], 0)), [(Code::List, at)]);
    assert_eq!(decode(list([0, 0x10, 0], 65)), [(Code::List, at)]);
    assert_eq!(decode(list([4, 0x10, 0], 1)), [(Code::Alignment, 0x1004)]);
    assert_eq!(decode(list([0xf8, 0xff, 0x0f], 4)), []);
    assert_eq!(
        decode(list([0xf8, 0xff, 0x0f], 5)),
        [(Code::Window, 0xf_fff8)]
    );
    let append = |token| block(&[(0, &[4]), (16, &[0, 0x40]), (24, &[0, 0, token, 0])]);
    assert_eq!(decode(append(64)), [(Code::Heads, at), (Code::Keys, at)]);
    // Survivors are at most as many as there can be tokens: 64 of 8 bytes.
    let cascade = |list: [u8; 3]| block(&[(0, &[3, 0, 4, 0]), (20, &[0xff, 0xff]), (32, &list)]);
    assert_eq!(decode(cascade([0, 0xfe, 0x0f])), [(Code::Reserved, at)]);
    let (reserved, window) = ((Code::Reserved, at), (Code::Window, 0xf_fe08));
    assert_eq!(decode(cascade([8, 0xfe, 0x0f])), [reserved, window]);
    // As many as the larger of keep_tokens and window: 3 of 8 bytes fit before the end, 4 do not.
    let kept = |keep: u8, recent: [u8; 2]| {
        let numbers = [keep, 0, 1, 0, recent[0], recent[1]];
        block(&[(0, &[3]), (20, &numbers), (32, &[0xe8, 0xff, 0x0f])])
    };
    let window = (Code::Window, 0xf_ffe8);
    assert_eq!(decode(kept(3, [3, 0])), []);
    assert_eq!(decode(kept(1, [3, 0])), []);
    assert_eq!(decode(kept(1, [4, 0])), [window]);
    assert_eq!(decode(kept(4, [1, 0])), [window]);
    assert_eq!(decode(kept(1, [0, 1])), [window]);
    // The larger one, too, is at most 64.
    let all = |list: [u8; 3]| block(&[(0, &[3]), (20, &[1, 0, 1, 0, 0xff, 0xff]), (32, &list)]);
    assert_eq!(decode(all([0, 0xfe, 0x0f])), []);
    assert_eq!(decode(all([8, 0xfe, 0x0f])), [(Code::Window, 0xf_fe08)]);
}

/// A record whose every field is told apart by its value.
fn record() -> [u8; RECORD] {
    block(&[
        (0, &[0, 0x10, 1, 0, 0, 0, 0, 0, 0, 0x20, 1, 0, 0, 0, 0, 0]),
        (16, &[4, 0, 0, 0, 8, 1, 0, 0, 0, 0, 0, 0]),
        (28, &[12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
        (40, &[0x18, 0x30, 0, 0, 0, 0, 0, 0]),
        (48, &[0xd8, 0xff, 0xff, 0xff, 0xa0, 0, 0, 0]),
        (56, &[0x04, 0x40, 0, 0, 0, 0, 0, 0]),
        (64, &[0x08, 0x50, 0, 0, 0, 0, 0, 0, 0x30, 0, 0, 0]),
        (77, &[0xf0, 0xcd, 0xab]),
        (80, &[1, 2, 3, 4, 0x0f, 0, 0, 0]),
        (88, &[2, 0x60, 0, 0, 0, 0, 0, 0, 4, 0x70, 0, 0, 0, 0, 0, 0]),
    ])
}

fn judge(parts: &[(usize, &[u8])], by: Use<'_>) -> Vec<(Code, u64)> {
    let mut bytes = record();
    for (at, part) in parts {
        bytes[*at..*at + part.len()].copy_from_slice(part);
    }
    said(HeadRecord::decode(&bytes, 0x9000, by, &shape()))
}

#[test]
fn a_head_record() {
    let wanted = HeadRecord {
        k_base: 0x1_1000,
        v_base: 0x1_2000,
        k_offset: [4, 0x108, 0],
        v_offset: [12, 0, 0],
        query: 0x3018,
        query_stride: -40,
        bias_stride: 160,
        bias: 0x4004,
        result: 0x5008,
        result_stride: 48,
        pre_shift: -16,
        mant: 0xabcd,
        head_limit: 0xf_0403_0201,
        append_k: 0x6002,
        append_v: 0x7004,
    };
    assert_eq!(wanted.encode(), record());
    let (op, append) = (attention_op(), Append::default());
    for by in [Use::Attention(&op, 40), Use::Append(&append)] {
        let got = HeadRecord::decode(&record(), 0x9000, by, &shape());
        assert_eq!(got, Ok(wanted));
    }
}

#[test]
fn what_is_wrong_with_a_record() {
    let at = 0x9000;
    let op = attention_op();
    let plain = Attention { bias: false, ..op };
    let both = |op| Use::Attention(op, 40);
    for (parts, wanted) in [
        (&[(76, &[1][..])][..], vec![(Code::Reserved, at)]),
        (&[(104, &[1])], vec![(Code::Reserved, at)]),
        (&[(24, &[8])], vec![(Code::Reserved, at)]),
        (&[(32, &[8])], vec![(Code::Reserved, at)]),
        (&[(84, &[0x10])], vec![(Code::Reserved, at)]),
        (&[(0, &[8])], vec![(Code::Alignment, 0x1_1008)]),
        (&[(9, &[0x28])], vec![(Code::Alignment, 0x1_2800)]),
        // Vectors of 8 and 4 bytes and beats of 8: offsets are multiples of 4.
        (&[(16, &[6])], vec![(Code::Alignment, at)]),
        (&[(40, &[0x1c])], vec![(Code::Alignment, 0x301c)]),
        (&[(48, &[0xdc])], vec![(Code::Alignment, at)]),
        (&[(64, &[4])], vec![(Code::Alignment, 0x5004)]),
        (&[(72, &[4])], vec![(Code::Alignment, at)]),
        (&[(56, &[2])], vec![(Code::Alignment, 0x4002)]),
        (&[(52, &[0xa2])], vec![(Code::Alignment, at)]),
        // Five query rows of 40 bytes downwards from the first.
        (&[(40, &[0x98, 0x10])], vec![(Code::Window, 0x1098)]),
        (&[(40, &[0xa0, 0x10])], vec![]),
        // Five result rows of 48 bytes.
        (&[(64, &[0x10, 0xff, 0x0f])], vec![]),
        (&[(64, &[0x18, 0xff, 0x0f])], vec![(Code::Window, 0xf_ff18)]),
        // Five rows of 40 biases of 4 bytes.
        (&[(56, &[0xe0, 0xfc, 0x0f])], vec![]),
        (&[(56, &[0xe4, 0xfc, 0x0f])], vec![(Code::Window, 0xf_fce4)]),
        (&[(77, &[0xef])], vec![(Code::Shift, at)]),
        (&[(77, &[32])], vec![(Code::Shift, at)]),
        (&[(77, &[31])], vec![]),
        // Forty tokens are twenty places in each of two channels: plane 1 ends 0x0f_b0 + 20 * 4
        // bytes behind its base.
        (&[(1, &[0xf0, 0x0f]), (20, &[0xb0, 0x0f])], vec![]),
        (
            &[(1, &[0xf0, 0x0f]), (20, &[0xb4, 0x0f])],
            vec![(Code::Window, 0xf_f000)],
        ),
        (&[(7, &[0x80])], vec![(Code::Window, 0x8000_0000_0001_1000)]),
        // Appending is not judged.
        (&[(88, &[3])], vec![]),
    ] {
        assert_eq!(judge(parts, both(&op)), wanted, "{parts:x?}");
    }
    // Without biases theirs are not looked at, and of fewer planes only those that are used.
    assert_eq!(judge(&[(56, &[2])], both(&plain)), []);
    let top = Attention { k_max: 1, ..op };
    assert_eq!(
        judge(&[(1, &[0xf0, 0x0f]), (20, &[0xb4, 0x0f])], both(&top)),
        []
    );
    // With a list any token may be meant: 64 of them are 32 places.
    let list = Attention { list: true, ..op };
    let parts: &[(usize, &[u8])] = &[(1, &[0xf0, 0x0f]), (20, &[0x80, 0x0f])];
    assert_eq!(judge(parts, both(&list)), []);
    let parts: &[(usize, &[u8])] = &[(1, &[0xf0, 0x0f]), (20, &[0x84, 0x0f])];
    assert_eq!(judge(parts, both(&list)), [(Code::Window, 0xf_f000)]);
}

#[test]
fn what_is_wrong_with_a_record_for_appending() {
    let op = Append {
        records: 0,
        heads: 1,
        token: 39,
    };
    let by = Use::Append(&op);
    for (parts, wanted) in [
        (&[(88, &[3][..])][..], vec![(Code::Alignment, 0x6003)]),
        (&[(96, &[5])], vec![(Code::Alignment, 0x7005)]),
        // 32 bytes of K and of V.
        (&[(88, &[0xe0, 0xff, 0x0f])], vec![]),
        (&[(96, &[0xe2, 0xff, 0x0f])], vec![(Code::Window, 0xf_ffe2)]),
        (
            &[(1, &[0xf0, 0x0f]), (20, &[0xb4, 0x0f])],
            vec![(Code::Window, 0xf_f000)],
        ),
        // Queries, results and scale are not looked at.
        (&[(40, &[1]), (64, &[1]), (77, &[0x80]), (87, &[1])], vec![]),
    ] {
        assert_eq!(judge(parts, by), wanted, "{parts:x?}");
    }
}

#[test]
fn rows_and_records_that_come_back() {
    let row = query_row(0x00c0_ffee, &[-1, 0x1234]);
    assert_eq!(
        row,
        [0xee, 0xff, 0xc0, 0, 0, 0, 0, 0, 0xff, 0xff, 0x34, 0x12]
    );
    assert_eq!((query_bytes(16), result_bytes(16)), (40, 48));
    let statistics = Statistics {
        error: 1,
        rounds: 2,
        selected: 0x0403,
        k_fetched: 0x0605,
        refined: 0x0807,
        v_fetched: 0x0a09,
        cycles: 0x0e0d_0c0b,
    };
    let bytes = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 0, 0, 11, 12, 13, 14];
    assert_eq!(statistics.encode(), bytes);
    assert_eq!(Statistics::decode(&bytes), statistics);
    let completion = Completion {
        tag: 0x0403_0201,
        code: Code::Core(5),
        op: 1,
        index: 0x0605,
        count: 0x0a09_0807,
        cycles: 0x0e0d_0c0b,
    };
    let bytes = [1, 2, 3, 4, 37, 1, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14];
    assert_eq!(completion.encode(), bytes);
    assert_eq!(Completion::decode(&bytes), Some(completion));
    let mut bad = bytes;
    bad[4] = 15;
    assert_eq!(Completion::decode(&bad), None);
    assert_eq!(
        survivor_token(0x0201, 0x0403, 0x0807_0605),
        [1, 2, 3, 4, 5, 6, 7, 8]
    );
    assert_eq!(
        survivor_head(7, 1 << 32),
        [7, 0, 0, 0, 0xff, 0xff, 0xff, 0xff]
    );
}

#[test]
fn numbers_that_saturate() {
    assert_eq!(
        [-2049, -2048, 2047, 2048].map(query_element),
        [-2048, -2048, 2047, 2047]
    );
    // Biases of six bits: -32 masks.
    assert_eq!(
        [i32::MIN, i32::MIN + 1, -31, 31, 32].map(|b| bias(b, 6)),
        [-32, -31, -31, 31, 31]
    );
    assert_eq!(
        [0, 63, 64, 65535].map(|t| list_token(t, 64)),
        [0, 63, 63, 63]
    );
}

#[test]
fn numbers_of_the_codes() {
    for value in 0..=255 {
        if let Some(code) = Code::of(value) {
            assert_eq!(code.value(), value);
        }
    }
    let values = Code::ALL.map(Code::value);
    assert_eq!(
        values,
        [
            0, 25, 16, 24, 17, 18, 19, 20, 21, 22, 23, 26, 27, 28, 48, 49, 50
        ]
    );
    assert!(Code::ALL.is_sorted());
    assert_eq!(
        [32, 33, 39, 40, 41, 44, 45].map(|v| Code::of(v).is_some()),
        [false, true, true, false, true, true, false]
    );
    assert_eq!(
        Code::of_job(crate::attention::JobError::Mass),
        Code::Core(5)
    );
    assert_eq!(
        Code::of_cascade(crate::cascade::CommandError::Keep),
        Code::Cascade(4)
    );
}

#[test]
fn tokens_of_the_cache_lie_together() {
    // A token's planes of V together: 8 bytes each with one plane, as many by plane.
    let mut shape = shape();
    shape.vectors.memory.v_layout = Layout::Token;
    shape.vectors.v_planes = vec![4, 4];
    // Forty tokens in two channels are twenty places of 16 bytes, and plane 1 begins at 8.
    assert_eq!(shape.reach(true, 2, &[0, 8, 0], 40), 328);
    assert_eq!(shape.reach(true, 1, &[0, 8, 0], 40), 320);
    // Three planes are asked for where only two are.
    assert_eq!(shape.reach(true, 3, &[0, 8, 0], 41), 8 + 21 * 16);
}
