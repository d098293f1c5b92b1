// SPDX-License-Identifier: MIT OR Apache-2.0
//! The layout of keys and values is that of the golden model, over many shapes.

use hwgen_driver::{Kind, Layout, LayoutError, Memory, PAGE, Planes, Shape};
use hwgen_golden::attention::AttentionParams;
use hwgen_golden::memory::layout::place;
use hwgen_golden::memory::pack::pack;
use hwgen_golden::memory::{Layout as GoldenLayout, MemoryParams};
use hwgen_golden::vector_reader::VectorReaderParams;

const PLANES: [&[u8]; 5] = [&[4, 4, 4], &[6, 4, 2], &[8, 4], &[12], &[2, 3, 2]];

const LAYOUTS: [(Layout, GoldenLayout); 3] = [
    (Layout::Plane, GoldenLayout::Plane),
    (Layout::Token, GoldenLayout::Token),
    (Layout::Filled, GoldenLayout::Filled),
];

/// Lists shapes, each with what the golden model calls it.
fn shapes() -> Vec<(Shape, VectorReaderParams)> {
    let mut out = Vec::new();
    for (i, d_head) in [8, 64, 72, 128].into_iter().enumerate() {
        for (j, k) in PLANES.into_iter().enumerate() {
            for channels in [1, 2, 8, 32] {
                for (layout, golden) in LAYOUTS {
                    let v = PLANES[(i + j) % PLANES.len()];
                    let beat = 8 << ((i + j + channels) % 4);
                    out.push(shape(
                        d_head,
                        [k, v],
                        channels as u32,
                        beat,
                        (layout, golden),
                    ));
                }
            }
        }
    }
    out
}

fn shape(
    d_head: u32,
    planes: [&[u8]; 2],
    channels: u32,
    beat: u32,
    (v_layout, golden_layout): (Layout, GoldenLayout),
) -> (Shape, VectorReaderParams) {
    let wide = |planes: &[u8]| planes.iter().map(|&w| u32::from(w)).collect();
    let core = AttentionParams {
        d_head,
        k_planes: wide(planes[0]),
        v_planes: wide(planes[1]),
        ..AttentionParams::default()
    };
    let memory = MemoryParams {
        channels,
        data_w: 8 * beat,
        v_layout: golden_layout,
        ..MemoryParams::default()
    };
    let [k, v] = planes.map(|p| Planes::new(p).expect("legal"));
    let ours = Shape {
        d_head,
        k,
        v,
        channels,
        beat,
        v_layout,
    };
    (ours, VectorReaderParams::of(&core, &memory))
}

/// Numbers of 12 bits and beyond that differ from one place to the next.
fn elements(count: u32, seed: u32) -> Vec<i16> {
    let number = |i: u32| {
        (i + 1)
            .wrapping_mul(2_654_435_761)
            .wrapping_add(seed * 40_503)
            >> 16
    };
    (0..count).map(|i| number(i) as i16 >> 4).collect()
}

#[test]
fn places_and_addresses_are_those_of_the_model() {
    let mut seen = 0;
    for (ours, golden) in shapes() {
        assert_eq!(ours.granule(), golden.granule());
        for (base, tokens, skew) in [(0, 1, 0), (3 * PAGE, 37, 320), (PAGE << 30, 1024, 4097)] {
            let (got, end) = ours.place(base, tokens, skew).expect("fits");
            let wanted = place(&golden, base, tokens, skew);
            assert_eq!([got.k_base, got.v_base], wanted.entry.bases, "{ours:?}");
            assert_eq!(end, wanted.end, "{ours:?}");
            for (kind, value) in [(Kind::K, false), (Kind::V, true)] {
                let offsets = &wanted.entry.offsets[usize::from(value)];
                let (used, rest) = got.of(kind).1.split_at(offsets.len());
                assert_eq!(used, offsets);
                assert!(rest.iter().all(|&offset| offset == 0));
                for plane in 0..offsets.len() {
                    let bytes = ours.vector_bytes(kind, plane);
                    assert_eq!(bytes, golden.vector_bytes(value, plane));
                    assert_eq!(ours.stride(kind, plane), golden.stride(value, plane));
                    for token in [0, 1, tokens / 2, tokens - 1] {
                        let address = ours.address(&got, kind, plane, token);
                        let entry = &wanted.entry;
                        assert_eq!(address, entry.address(&golden, value, plane, token));
                        assert!(address + u64::from(bytes) <= end);
                        seen += 1;
                    }
                }
            }
        }
    }
    assert!(seen > 5000, "{seen}");
}

/// Bytes at a local address.
struct Channel {
    begin: u64,
    bytes: Vec<u8>,
}

impl Memory for Channel {
    fn bus_address(&self) -> u64 {
        self.begin
    }

    fn len(&self) -> u64 {
        self.bytes.len() as u64
    }

    fn read(&self, offset: u64, bytes: &mut [u8]) {
        let at = offset as usize;
        bytes.copy_from_slice(&self.bytes[at..at + bytes.len()]);
    }

    fn write(&mut self, offset: u64, bytes: &[u8]) {
        let at = offset as usize;
        self.bytes[at..at + bytes.len()].copy_from_slice(bytes);
    }
}

#[test]
fn bytes_of_tokens_are_those_of_the_model() {
    let base = 5 * PAGE;
    for (ours, golden) in shapes() {
        let tokens = ours.channels + 3;
        let (placed, end) = ours.place(base, tokens, 64).expect("fits");
        let model = place(&golden, base, tokens, 64);
        let empty = || vec![0xA5; (end - base) as usize];
        let mut wanted = vec![empty(); ours.channels as usize];
        let mut got: Vec<Channel> = (wanted.iter())
            .map(|bytes| Channel {
                begin: base,
                bytes: bytes.clone(),
            })
            .collect();
        for token in 0..tokens {
            for (kind, value) in [(Kind::K, false), (Kind::V, true)] {
                let bits = ours.planes(kind).bits();
                // The golden model packs what fits.
                let fits = |e: &i16| e >> (bits - 1) == 0 || e >> (bits - 1) == -1;
                let mut elements = elements(ours.d_head, token + 1000 * u32::from(value));
                elements
                    .iter_mut()
                    .filter(|e| !fits(e))
                    .for_each(|e| *e >>= 6);
                let channel = &mut got[ours.channel(token) as usize];
                ours.write_token(channel, base, &placed, (kind, token), &elements)
                    .expect("lies in the region");
                let numbers: Vec<i32> = elements.iter().map(|&e| e.into()).collect();
                for plane in 0..golden.planes(value).len() {
                    let vector = pack(&numbers, golden.planes(value), plane);
                    let at = model.entry.address(&golden, value, plane, token) - base;
                    let at = at as usize;
                    let memory = &mut wanted[(token % ours.channels) as usize];
                    memory[at..at + vector.len()].copy_from_slice(&vector);
                }
            }
        }
        for (got, wanted) in got.iter().zip(&wanted) {
            assert!(got.bytes == *wanted, "{ours:?}");
        }
    }
}

#[test]
fn bytes_by_hand() {
    // -1234 = 0b1011_0010_1110 and 5 = 0b0000_0000_0101, in planes of 4 bits.
    let planes = Planes::new(&[4, 4, 4]).expect("legal");
    let packed = |elements: [i16; 8], plane| {
        let mut bytes = [0; 4];
        planes.pack(&elements, plane, &mut bytes);
        bytes
    };
    let elements = [-1234, 5, 0, 0, 0, 0, 0, -1];
    assert_eq!(packed(elements, 0), [0x0b, 0, 0, 0xf0]);
    assert_eq!(packed(elements, 2), [0x5e, 0, 0, 0xf0]);
    // 2047 = 0b0111_1111_1111 and -2048 = 0b1000_0000_0000 are the nearest of what is beyond.
    let beyond = [2048, 32767, -2049, -32768, 0, 0, 0, 0];
    assert_eq!(packed(beyond, 0), [0x77, 0x88, 0, 0]);
    assert_eq!(packed(beyond, 1), [0xff, 0, 0, 0]);
}

#[test]
fn planes_of_registers() {
    let of = |value| Planes::from_register(value).map(|p| p.widths().to_vec());
    assert_eq!(of(0x444), Some(vec![4, 4, 4]));
    assert_eq!(of(0x48), Some(vec![8, 4]));
    assert_eq!(of(0xC), Some(vec![12]));
    // None, a gap, four planes, and 13 bits.
    for value in [0, 0x404, 0x1111, 0xD] {
        assert_eq!(of(value), None, "{value:x}");
    }
}

#[test]
fn what_does_not_fit_is_refused() {
    let (shape, _) = shape(64, [&[12], &[12]], 1, 64, LAYOUTS[0]);
    assert_eq!(shape.place(100, 1, 0), Err(LayoutError::Base(100)));
    // 96 bytes per token: 2^26 tokens are 6 GiB.
    assert_eq!(shape.place(0, 1 << 26, 0), Err(LayoutError::Size));
    assert_eq!(shape.place(0, 1, u32::MAX), Err(LayoutError::Size));
    let last = 0_u64.wrapping_sub(PAGE);
    assert_eq!(shape.place(last, 1, 0), Err(LayoutError::Size));

    let (placed, _) = shape.place(PAGE, 4, 0).expect("fits");
    let mut region = Channel {
        begin: PAGE,
        bytes: vec![0; 3 * 96],
    };
    let mut write = |begin, token, count: usize| {
        shape.write_token(
            &mut region,
            begin,
            &placed,
            (Kind::K, token),
            &vec![1; count],
        )
    };
    assert_eq!(write(PAGE, 2, 64), Ok(()));
    assert_eq!(write(PAGE, 2, 63), Err(LayoutError::Elements(63)));
    let address = PAGE + 3 * 96;
    assert_eq!(write(PAGE, 3, 64), Err(LayoutError::Region { address }));
    let address = PAGE;
    assert_eq!(write(PAGE + 1, 0, 64), Err(LayoutError::Region { address }));
}
