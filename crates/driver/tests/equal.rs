// SPDX-License-Identifier: MIT OR Apache-2.0
//! Bytes and verdicts of both drivers and of the golden model are the same, over random commands.

#![allow(unsafe_code)] // The driver in C is called.

#[path = "c/library.rs"]
mod library;

use std::ffi::{CStr, c_char};

use hwgen_driver::{
    Append, Appended, Attention, Buffers, Capabilities, Cascade, Chosen, Code, Command, Config,
    Head, Illegal, Keys, LegalRule, List, Memory, Options, Owner, Place, Planes, Rows, Rule,
    Select, Stage, append_record, descriptor, head_record,
};
use hwgen_golden::attention::AttentionParams;
use hwgen_golden::command::{Descriptor, Fault, HeadRecord, Op, Shape as GoldenShape, Use};
use hwgen_golden::memory::{Layout, MemoryParams};
use hwgen_golden::stream::Window;
use hwgen_golden::vector_reader::VectorReaderParams;

/// Draws numbers.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % limit
    }

    fn flip(&mut self) -> bool {
        self.below(2) == 1
    }

    /// Is true in one case of so many.
    fn rarely(&mut self, of: u64) -> bool {
        self.below(of) == 0
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len() as u64) as usize]
    }
}

/// A range that is no memory.
struct Range(u64, u64);

impl Memory for Range {
    fn bus_address(&self) -> u64 {
        self.0
    }

    fn len(&self) -> u64 {
        self.1
    }

    fn read(&self, _: u64, _: &mut [u8]) {
        unreachable!("nothing is read");
    }

    fn write(&mut self, _: u64, _: &[u8]) {
        unreachable!("nothing is written");
    }
}

/// Ranges, each shared or not.
struct Ranges(Vec<(Range, bool)>);

impl Buffers for Ranges {
    fn visit(&self, see: &mut dyn FnMut(&dyn Memory, Owner)) {
        for (range, shared) in &self.0 {
            see(range, if *shared { Owner::Shared } else { Owner::Job });
        }
    }

    fn write_at(&mut self, _: u64, _: &[u8]) {
        unreachable!("nothing is written");
    }
}

/// An accelerator, as each of the three calls it.
#[derive(Debug)]
struct Setup {
    there: Capabilities,
    config: Config,
    golden: GoldenShape,
    numbers: Vec<u64>,
}

fn setup(r: &mut Random) -> Setup {
    const PLANES: [&[u8]; 4] = [&[4, 4, 4], &[6, 4], &[12], &[2, 3, 2]];
    let (k, v) = (r.of(&PLANES), r.of(&PLANES));
    let planes = |p: &[u8]| Planes::new(p).expect("legal");
    let there = Capabilities {
        d_head: r.of(&[8, 16, 72]),
        multipliers: 64,
        row_tokens: 1,
        max_tokens: r.of(&[16, 100]),
        k_planes: planes(k),
        v_planes: planes(v),
        jobs: 4,
        channels: r.of(&[1, 2, 8]),
        data_w: r.of(&[64, 256]),
        io_w: 64,
        heads: 16,
        v_by_token: r.flip(),
        attention: !r.rarely(8),
        cascade: r.flip(),
        append: r.flip(),
        figs: false,
    };
    let config = Config {
        window: (r.of(&[0, 0x1000]), r.of(&[u64::MAX, 0x20_0000])),
        channel_stride: r.of(&[0, 0, 0x10_0000, 1 << 62]),
        ..Config::default()
    };
    let wide = |p: &[u8]| p.iter().map(|&w| u32::from(w)).collect::<Vec<u32>>();
    let core = AttentionParams {
        d_head: there.d_head,
        max_tokens: there.max_tokens,
        k_planes: wide(k),
        v_planes: wide(v),
        ..AttentionParams::default()
    };
    let memory = MemoryParams {
        channels: there.channels,
        data_w: there.data_w,
        v_layout: [Layout::Plane, Layout::Token][usize::from(there.v_by_token)],
        ..MemoryParams::default()
    };
    let golden = GoldenShape {
        vectors: VectorReaderParams::of(&core, &memory),
        attention: there.attention,
        cascade: there.cascade,
        append: there.append,
        window: Window {
            base: config.window.0,
            end: config.window.1,
        },
    };
    let packed = |p: &[u8]| {
        (0..)
            .zip(p)
            .map(|(i, &w)| u64::from(w) << (4 * i))
            .sum::<u64>()
    };
    let numbers = vec![
        there.d_head.into(),
        there.max_tokens.into(),
        packed(k),
        packed(v),
        there.channels.into(),
        there.data_w.into(),
        there.v_by_token.into(),
        there.attention.into(),
        there.cascade.into(),
        there.append.into(),
        config.window.0,
        config.window.1,
        config.channel_stride,
    ];
    Setup {
        there,
        config,
        golden,
        numbers,
    }
}

/// An address that is mostly legal.
fn address(r: &mut Random, of: u64) -> u64 {
    if r.rarely(60) {
        return r.of(&[0, 4, u64::MAX - 7, 1 << 40, 0xFFFF_FFFF_FFFF_F000]);
    }
    let at = 0x2000 + r.below(0x8_0000) / of * of;
    if r.rarely(60) {
        at + r.of(&[1, 2, 4])
    } else {
        at
    }
}

fn rows(r: &mut Random, bytes: u64, of: u64) -> Rows {
    let stride = (bytes.next_multiple_of(of) + of * r.below(3)) as i32;
    let stride = if r.rarely(8) { -stride } else { stride };
    Rows {
        address: address(r, of),
        stride: if r.rarely(60) { stride + 2 } else { stride },
    }
}

fn place(r: &mut Random, there: &Capabilities) -> Place {
    let base = address(r, 4096);
    let placed = there.shape().place(base & !4095, there.max_tokens, 0);
    let mut place = placed.map_or_else(|_| Place::default(), |(place, _)| place);
    if r.rarely(30) {
        place.k_base = base;
    }
    if r.rarely(60) {
        place.v_base = address(r, 4096);
    }
    if r.rarely(60) {
        place.k_offset[r.below(3) as usize] = r.of(&[1, 64, 1 << 20, u32::MAX]);
    }
    if r.rarely(60) {
        place.v_offset[r.below(3) as usize] = r.of(&[1, 64, 1 << 20, u32::MAX]);
    }
    place
}

fn head(r: &mut Random, there: &Capabilities) -> Head {
    let place = place(r, there);
    Head {
        place,
        queries: rows(r, there.query_bytes().into(), 8),
        biases: rows(r, 4 * u64::from(there.max_tokens), 4),
        results: rows(r, there.result_bytes().into(), 8),
        pre_shift: if r.rarely(40) {
            r.of(&[-17, 32, -128])
        } else {
            r.of(&[-16, 0, 31])
        },
        mant: r.below(1 << 16) as u16,
        head_limit: r.of(&[0, 1 << 35, (1 << 36) - 1]) << u32::from(r.rarely(40)),
    }
}

fn attention<'a>(r: &mut Random, there: &Capabilities, heads: &'a [Head]) -> Attention<'a> {
    let most = there.max_tokens as u16;
    let number = |r: &mut Random| match r.below(40) {
        0 => 0,
        1 => most + 1,
        2 => most,
        _ => 1 + r.below(most.into()) as u16,
    };
    let planes = |r: &mut Random| {
        if r.rarely(30) {
            r.of(&[0, 3, 4, 255])
        } else {
            1
        }
    };
    let (keys, tokens) = (number(r), number(r));
    Attention {
        records: address(r, 128),
        heads,
        chosen: if r.rarely(4) {
            Chosen::OnChip
        } else {
            Chosen::All
        },
        keys: match r.below(4) {
            0 => Keys::Listed { keys, tokens },
            1 => Keys::OnChip { tokens },
            _ => Keys::All(keys),
        },
        queries: if r.rarely(30) {
            r.of(&[0, 4096, 4097, u16::MAX])
        } else {
            1 + r.below(5) as u16
        },
        causal: if r.flip() { Some(number(r)) } else { None },
        k_start: planes(r),
        k_max: planes(r),
        v_count: planes(r),
        rule: match r.below(3) {
            0 => Rule::Static,
            1 => Rule::Head,
            _ => Rule::Token {
                eps_log2: 0xF_FFFF + u32::from(r.rarely(20)),
            },
        },
        select: match r.below(3) {
            0 => Select::All,
            1 => Select::Best(number(r)),
            _ => Select::Mass(if r.rarely(10) {
                r.of(&[65537, 1 << 17])
            } else {
                65536
            }),
        },
        renorm: r.flip(),
        bias: r.flip(),
    }
}

fn put_place(out: &mut Vec<u64>, place: &Place) {
    for (base, offsets) in [
        (place.k_base, place.k_offset),
        (place.v_base, place.v_offset),
    ] {
        out.push(base);
        out.extend(offsets.map(u64::from));
    }
}

fn put_rows(out: &mut Vec<u64>, rows: Rows) {
    out.extend([rows.address, i64::from(rows.stride) as u64]);
}

/// Lists the numbers of a command for the driver in C.
fn numbers(command: &Command<'_>, options: Options) -> Vec<u64> {
    let mut out = vec![
        command.op().into(),
        options.tag.into(),
        options.interrupt.into(),
        options.fence.into(),
    ];
    match command {
        Command::Attention(job) => {
            let (kind, keys, tokens) = match job.keys {
                Keys::All(keys) => (0, keys, 0),
                Keys::Listed { keys, tokens } => (1, keys, tokens),
                Keys::OnChip { tokens } => (2, 0, tokens),
            };
            let (rule, eps) = match job.rule {
                Rule::Static => (0, 0),
                Rule::Head => (1, 0),
                Rule::Token { eps_log2 } => (2, eps_log2),
            };
            let (select, k, mass) = match job.select {
                Select::All => (0, 0, 0),
                Select::Best(k) => (1, k, 0),
                Select::Mass(mass) => (2, 0, mass),
            };
            out.extend([
                job.records,
                job.heads.len() as u64,
                u64::from(job.chosen == Chosen::OnChip),
                kind,
                keys.into(),
                tokens.into(),
                job.queries.into(),
                job.causal.is_some().into(),
                job.causal.unwrap_or(0).into(),
                job.k_start.into(),
                job.k_max.into(),
                job.v_count.into(),
                rule,
                eps.into(),
                select,
                k.into(),
                mass.into(),
                job.renorm.into(),
                job.bias.into(),
            ]);
            for head in job.heads {
                put_place(&mut out, &head.place);
                put_rows(&mut out, head.queries);
                put_rows(&mut out, head.biases);
                put_rows(&mut out, head.results);
                let shift = i64::from(head.pre_shift) as u64;
                out.extend([shift, head.mant.into(), head.head_limit]);
            }
        }
        Command::List(list) => out.extend([list.address, list.count.into()]),
        Command::Cascade(cascade) => {
            let (stage, tokens, heads) = match cascade.stage {
                Stage::Start { tokens, heads } => (0, tokens, heads),
                Stage::Layer => (1, 0, 0),
                Stage::Token => (2, 0, 0),
            };
            let small = [
                stage,
                tokens,
                heads,
                cascade.keep_tokens,
                cascade.keep_heads,
                cascade.window,
            ];
            out.extend(small.map(u64::from));
            let to = [cascade.tokens_to, cascade.heads_to];
            out.extend(to.map(|address| address.unwrap_or(0)));
        }
        Command::Append(append) => {
            let count = append.heads.len() as u64;
            out.extend([append.records, count, append.token.into()]);
            for head in append.heads {
                put_place(&mut out, &head.place);
                out.extend([head.k, head.v]);
            }
        }
    }
    out
}

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

/// What a verdict is in the driver in C: code, head, value, rule, low and high.
fn verdict(illegal: &Illegal) -> (String, [u64; 6]) {
    let (rule, low, high) = match illegal.rule {
        LegalRule::Multiple(of) => (1, of, 0),
        LegalRule::Range(low, high) => (2, low as u64, high as u64),
        LegalRule::Below(limit) => (3, 0, limit),
        LegalRule::Zero => (4, 0, 0),
        LegalRule::Window(bytes) => (5, 0, bytes),
        LegalRule::Owned(bytes) => (6, 0, bytes),
        LegalRule::Feature(_) => (7, 0, 0),
    };
    let code = illegal.code.map_or(255, Code::byte);
    let head = illegal.head.map_or(u64::MAX, u64::from);
    let numbers = [code.into(), head, illegal.value as u64, rule, low, high];
    (illegal.field.to_owned(), numbers)
}

/// Regions that hold everything, or almost.
fn ranges(r: &mut Random, config: &Config) -> Ranges {
    let mut all = vec![(Range(0, u64::MAX), false)];
    if r.rarely(6) {
        let begin = 0x1000 * r.below(64);
        all = vec![
            (Range(begin, 0x4_0000), r.rarely(3)),
            (Range(begin + 0x5_0000, 0x4_0000), r.rarely(3)),
        ];
        let stride = config.channel_stride;
        if stride != 0 {
            all.push((Range(begin.wrapping_add(stride), 0x4_0000), false));
        }
    }
    Ranges(all)
}

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
                place: place(&mut r, &setup.there),
                k: address(&mut r, 2),
                v: address(&mut r, 2),
            })
            .collect();
        let most = u64::from(setup.there.max_tokens) + 2;
        let small = |r: &mut Random| r.below(most) as u16;
        let command = match r.below(8) {
            0 => Command::List(List {
                address: address(&mut r, 8),
                count: small(&mut r),
            }),
            1 => Command::Cascade(Cascade {
                stage: match r.below(3) {
                    0 => Stage::Start {
                        tokens: small(&mut r),
                        heads: small(&mut r),
                    },
                    1 => Stage::Layer,
                    _ => Stage::Token,
                },
                keep_tokens: small(&mut r),
                keep_heads: r.below(300) as u16,
                window: 0,
                tokens_to: r.flip().then(|| address(&mut r, 8).max(8)),
                heads_to: r.flip().then(|| address(&mut r, 8).max(8)),
            }),
            2 | 3 => Command::Append(Append {
                records: address(&mut r, 128),
                heads: &appended,
                token: small(&mut r),
            }),
            _ => Command::Attention(attention(&mut r, &setup.there, &heads)),
        };
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
