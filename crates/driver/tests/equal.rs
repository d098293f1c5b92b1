// SPDX-License-Identifier: MIT OR Apache-2.0
//! Bytes and verdicts of both drivers and of the golden model are the same, over random commands.

#![allow(unsafe_code, unreachable_pub)] // The driver in C is called; modules are of this test alone.

#[path = "equal/draw.rs"]
mod draw;
#[path = "equal/flat.rs"]
mod flat;
#[path = "c/library.rs"]
mod library;

use std::ffi::{CStr, c_char};

use draw::{Random, command, head, ranges, setup};
use flat::{numbers, put_place, verdict};
use hwgen_driver::{
    Appended, Code, Command, Head, Options, append_record, descriptor, head_record,
};
use hwgen_golden::command::{Descriptor, Fault, HeadRecord, Op, Shape as GoldenShape, Use};

/// Returns what the golden model says first, of the descriptor (place -1) and then of head by head, or
/// nothing at place 256.
fn golden(
    command: &Command<'_>,
    bytes: &[u8; 64],
    records: &[[u8; 128]],
    shape: &GoldenShape,
) -> (u8, i32) {
    let first = |faults: Vec<Fault>| faults[0].code.value();
    let op = match Descriptor::decode(bytes, 0, shape) {
        Ok(descriptor) => {
            assert_eq!(descriptor.encode(), *bytes, "comes back");
            descriptor.op
        }
        Err(faults) => return (first(faults), -1),
    };
    let keys = match command {
        Command::Attention(job) => u32::from(job.keys.most()),
        _ => 0,
    };
    for (i, record) in (0..).zip(records) {
        let by = match &op {
            Op::Attention(op) => Use::Attention(op, keys),
            Op::Append(op) => Use::Append(op),
            _ => unreachable!("has no records"),
        };
        match HeadRecord::decode(record, 0, by, shape) {
            Ok(decoded) => assert_eq!(decoded.encode(), *record, "comes back"),
            Err(faults) => return (first(faults), i),
        }
    }
    (0, 256)
}

type Encode = unsafe extern "C" fn(*const u64, u64, *mut u8);
type Check =
    unsafe extern "C" fn(*const u64, *const u64, u64, *const u64, *mut u64) -> *const c_char;
type PlaceHead = unsafe extern "C" fn(*const u64, u64, u32, u32, *mut u64) -> i32;
type Pack = unsafe extern "C" fn(u32, u32, *const i16, u32, *mut u8) -> u32;

#[test]
fn bytes_and_verdicts_are_the_same_thrice() {
    let c = library::load(&[include_str!("c/equal.c")]);
    // SAFETY: the types are those of `equal.c`.
    let (encode, check) = unsafe {
        let encode = c.get::<Encode>(b"equal_encode").expect("is there");
        (encode, c.get::<Check>(b"equal_check").expect("is there"))
    };
    let mut r = Random(0x1234_5678_9ABC_DEF1);
    let mut seen = std::collections::BTreeMap::new();
    for _ in 0..40_000 {
        let setup = setup(&mut r);
        let count = if r.rarely(20) { 0 } else { 1 + r.below(3) };
        let heads: Vec<Head> = (0..count).map(|_| head(&mut r, &setup.there)).collect();
        let appended: Vec<Appended> = (0..count)
            .map(|_| Appended {
                place: draw::place(&mut r, &setup.there),
                k: draw::address(&mut r, 2),
                v: draw::address(&mut r, 2),
            })
            .collect();
        let command = command(&mut r, &setup.there, &heads, &appended);
        let options = Options {
            tag: r.below(1 << 32) as u32,
            interrupt: r.flip(),
            fence: r.flip(),
        };
        // The bytes.
        let completion = setup.config.window.0 + 0x100 * 16;
        let bytes = descriptor(&command, options, completion);
        let records: Vec<[u8; 128]> = match &command {
            Command::Attention(job) => {
                let heads = job.heads.iter();
                heads.map(|head| head_record(head, job.bias)).collect()
            }
            Command::Append(append) => append.heads.iter().map(append_record).collect(),
            _ => Vec::new(),
        };
        let list = numbers(&command, options);
        let mut theirs = vec![0xEE; 64 + 128 * records.len()];
        // SAFETY: `list` has the numbers that are taken, and there is room for all bytes.
        unsafe { encode(list.as_ptr(), completion, theirs.as_mut_ptr()) };
        assert_eq!(theirs[..64], bytes, "{command:?}");
        assert_eq!(theirs[64..], records.concat(), "{command:?}");
        // The verdicts.
        let buffers = ranges(&mut r, &setup.config);
        let flat: Vec<u64> = (buffers.0.iter())
            .flat_map(|(range, shared)| [range.0, range.1, u64::from(*shared)])
            .collect();
        let ours = command.check(&setup.there, &setup.config, &buffers);
        let mut theirs = [0; 6];
        // SAFETY: likewise, and the name is a string of the library, which stays.
        let name = unsafe {
            let regions = buffers.0.len() as u64;
            let name = check(
                setup.numbers.as_ptr(),
                flat.as_ptr(),
                regions,
                list.as_ptr(),
                theirs.as_mut_ptr(),
            );
            (!name.is_null()).then(|| CStr::from_ptr(name).to_string_lossy().into_owned())
        };
        let wanted = ours.as_ref().err().map(verdict);
        assert_eq!(name.map(|name| (name, theirs)), wanted, "{command:?}");
        // The golden model.
        let said = golden(&command, &bytes, &records, &setup.golden);
        let code = match &ours {
            Ok(()) => Some(Code::Ok),
            Err(illegal) => illegal.code,
        };
        let place = match &ours {
            Ok(()) => 256,
            Err(illegal) => illegal.head.map_or(-1, i32::from),
        };
        match code {
            // The core says so.
            Some(Code::Core(_)) => assert_eq!(said.0, 0, "{ours:?}\n{command:?}"),
            Some(code) => assert_eq!((code.byte(), place), said, "{ours:?}\n{command:?}"),
            // Nobody but the driver says so, who ends there.
            None => assert!(said.1 > place, "{said:?} {ours:?}\n{command:?}"),
        }
        *seen.entry(code.map_or(255, Code::byte)).or_insert(0) += 1;
    }
    // Every code that a command can have, and those that only the driver sees.
    for code in [0, 17, 18, 19, 20, 21, 22, 23, 26, 27, 34, 35, 37, 255] {
        let times = seen.get(&code).copied().unwrap_or(0);
        assert!(times > 10, "code {code}: {times} times");
    }
}

#[test]
fn the_layout_in_c_is_that_in_rust() {
    let c = library::load(&[include_str!("c/equal.c")]);
    // SAFETY: the types are those of `equal.c`.
    let (place_head, pack) = unsafe {
        let place = c.get::<PlaceHead>(b"equal_place").expect("is there");
        (place, c.get::<Pack>(b"equal_pack").expect("is there"))
    };
    let mut r = Random(77);
    let mut placed = 0;
    for _ in 0..5000 {
        let setup = setup(&mut r);
        let base = match r.below(10) {
            0 => r.of(&[1, 0xFFFF_FFFF_FFFF_F000, 0xFFFF_FFFF_FFFE_0000]),
            _ => 4096 * r.below(1 << 40),
        };
        let tokens = r.of(&[0, 1, 17, 1024, 1 << 26]);
        let skew = r.of(&[0, 1, 4096, u32::MAX]);
        let mut out = [0; 9];
        // SAFETY: `out` has room for two bases, six offsets and the end.
        let fits = unsafe {
            place_head(setup.numbers.as_ptr(), base, tokens, skew, out.as_mut_ptr()) != 0
        };
        let ours = setup.there.shape().place(base, tokens, skew);
        let wanted = ours.map(|(place, end)| {
            let mut numbers = Vec::new();
            put_place(&mut numbers, &place);
            numbers.push(end);
            numbers
        });
        assert_eq!(
            fits.then(|| out.to_vec()),
            wanted.ok(),
            "{base:x} {tokens} {skew}"
        );
        placed += u32::from(fits);

        let elements: Vec<i16> = (0..72).map(|_| r.below(1 << 16) as i16).collect();
        let planes = setup.there.k_planes;
        for plane in 0..usize::from(planes.count()) {
            let mut wanted = vec![0; 9 * usize::from(planes.widths()[plane])];
            planes.pack(&elements, plane, &mut wanted);
            let mut bytes = [0; 200];
            let widths = setup.numbers[2] as u32;
            // SAFETY: 72 elements of 12 bits are 108 bytes.
            let count = unsafe {
                pack(
                    widths,
                    plane as u32,
                    elements.as_ptr(),
                    72,
                    bytes.as_mut_ptr(),
                )
            };
            assert_eq!(bytes[..count as usize], wanted);
        }
    }
    assert!(placed > 1000, "{placed}");
}
