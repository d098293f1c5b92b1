// SPDX-License-Identifier: MIT OR Apache-2.0
//! Accelerators, commands and buffers at random, most of them legal.

use hwgen_driver::{
    Append, Appended, Attention, Buffers, Capabilities, Cascade, Chosen, Command, Config, Head,
    Keys, Layout, List, Memory, Owner, Place, Planes, Rows, Rule, Select, Stage,
};
use hwgen_golden::attention::AttentionParams;
use hwgen_golden::command::Shape as GoldenShape;
use hwgen_golden::memory::{Layout as GoldenLayout, MemoryParams};
use hwgen_golden::stream::Window;
use hwgen_golden::vector_reader::VectorReaderParams;

/// Draws numbers.
pub struct Random(pub u64);

impl Random {
    pub fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % limit
    }

    pub fn flip(&mut self) -> bool {
        self.below(2) == 1
    }

    /// Is true in one case of so many.
    pub fn rarely(&mut self, of: u64) -> bool {
        self.below(of) == 0
    }

    pub fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len() as u64) as usize]
    }
}

/// A range that is no memory.
pub struct Range(pub u64, pub u64);

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
pub struct Ranges(pub Vec<(Range, bool)>);

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
pub struct Setup {
    pub there: Capabilities,
    pub config: Config,
    pub golden: GoldenShape,
    pub numbers: Vec<u64>,
}

pub fn setup(r: &mut Random) -> Setup {
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
        v_layout: r.of(&[Layout::Plane, Layout::Token, Layout::Filled]),
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
        v_layout: GoldenLayout::ALL[there.v_layout as usize],
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
        there.v_layout as u64,
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
pub fn address(r: &mut Random, of: u64) -> u64 {
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

pub fn rows(r: &mut Random, bytes: u64, of: u64) -> Rows {
    let stride = (bytes.next_multiple_of(of) + of * r.below(3)) as i32;
    let stride = if r.rarely(8) { -stride } else { stride };
    Rows {
        address: address(r, of),
        stride: if r.rarely(60) { stride + 2 } else { stride },
    }
}

pub fn place(r: &mut Random, there: &Capabilities) -> Place {
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

pub fn head(r: &mut Random, there: &Capabilities) -> Head {
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

pub fn attention<'a>(r: &mut Random, there: &Capabilities, heads: &'a [Head]) -> Attention<'a> {
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

/// Regions that hold everything, or almost.
pub fn ranges(r: &mut Random, config: &Config) -> Ranges {
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

/// Draws a command over these heads.
pub fn command<'a>(
    r: &mut Random,
    there: &Capabilities,
    heads: &'a [Head],
    appended: &'a [Appended],
) -> Command<'a> {
    let most = u64::from(there.max_tokens) + 2;
    let small = |r: &mut Random| r.below(most) as u16;
    match r.below(8) {
        0 => Command::List(List {
            address: address(r, 8),
            count: small(r),
        }),
        1 => Command::Cascade(Cascade {
            stage: match r.below(3) {
                0 => Stage::Start {
                    tokens: small(r),
                    heads: small(r),
                },
                1 => Stage::Layer,
                _ => Stage::Token,
            },
            keep_tokens: small(r),
            keep_heads: r.below(300) as u16,
            window: small(r),
            tokens_to: r.flip().then(|| address(r, 8).max(8)),
            heads_to: r.flip().then(|| address(r, 8).max(8)),
        }),
        2 | 3 => Command::Append(Append {
            records: address(r, 128),
            heads: appended,
            token: small(r),
        }),
        _ => Command::Attention(attention(r, there, heads)),
    }
}
