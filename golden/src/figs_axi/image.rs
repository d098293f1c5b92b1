// SPDX-License-Identifier: MIT OR Apache-2.0
//! How packed weights, activations and outputs lie in memory.

use crate::command::{TILE, TILE_BLOCK, TileRecord};
use crate::figs::WeightBeat;
use crate::figs::{FigsParams, Packed, Variant};

/// Returns the bytes of packed weights: rows of all tiles, one behind the other.
pub fn weights(packed: &Packed) -> Vec<u8> {
    let rows = packed.tiles.iter().flat_map(|tile| &tile.weights);
    rows.flat_map(|beat| row(packed.params(), beat)).collect()
}

/// Returns the records of all tiles, in whole blocks.
pub fn tiles(packed: &Packed) -> Vec<u8> {
    let records = packed.tiles.iter().map(|tile| TileRecord {
        output: tile.o0,
        element: tile.k0,
        first: tile.first,
        last: tile.last,
    });
    let mut out: Vec<u8> = records.flat_map(|record| record.encode()).collect();
    out.resize((packed.tiles.len() * TILE).next_multiple_of(TILE_BLOCK), 0);
    out
}

/// Returns the bytes of a row of weights.
pub fn row(p: &FigsParams, beat: &WeightBeat) -> Vec<u8> {
    let mut out = Vec::new();
    let weights = beat.data.iter().map(|&w| w as u64);
    fields(weights, p.weight_w, &mut out);
    out.resize(p.weight_bytes() as usize, 0);
    let mut selects = Vec::new();
    let all = beat.sel.iter().map(|&s| u64::from(s));
    fields(all, p.sel_w(Variant::Figs), &mut selects);
    out.extend(selects);
    out.resize(p.row_bytes() as usize, 0);
    out
}

/// Reads a row of weights.
pub fn read_row(p: &FigsParams, bytes: &[u8]) -> WeightBeat {
    let field = |from: u32, width: u32| {
        let bits = (0..width).filter(|bit| {
            let at = (from + bit) as usize;
            bytes[at / 8] >> (at % 8) & 1 != 0
        });
        bits.fold(0_u32, |value, bit| value | 1 << bit)
    };
    let data =
        (0..p.row_lanes()).map(|lane| signed(field(lane * p.weight_w, p.weight_w), p.weight_w));
    let sel_w = p.sel_w(Variant::Figs);
    let from = 8 * p.weight_bytes();
    let sel = (0..p.selects(Variant::Figs)).map(|s| field(from + s * sel_w, sel_w));
    WeightBeat {
        data: data.collect(),
        sel: sel.collect(),
    }
}

/// Reads an activation, which saturates to the bits of the array.
pub fn read_activation(p: &FigsParams, bytes: &[u8]) -> i64 {
    let value = match bytes {
        &[one] => i64::from(one.cast_signed()),
        &[low, high] => i64::from(i16::from_le_bytes([low, high])),
        _ => panic!("an activation has one or two bytes"),
    };
    let most = (1_i64 << (p.act_w - 1)) - 1;
    value.clamp(-most - 1, most)
}

/// Returns the bytes of an output.
pub fn output(p: &FigsParams, sum: i64) -> Vec<u8> {
    sum.to_le_bytes()[..p.out_bytes() as usize].to_vec()
}

/// Packs fields of `width` bits, the first in the low bits.
fn fields(values: impl Iterator<Item = u64>, width: u32, out: &mut Vec<u8>) {
    let (mut acc, mut bits) = (0_u64, 0);
    for value in values {
        acc |= (value & ((1 << width) - 1)) << bits;
        bits += width;
        while bits >= 8 {
            out.push(acc as u8);
            acc >>= 8;
            bits -= 8;
        }
    }
    if bits > 0 {
        out.push(acc as u8);
    }
}

fn signed(value: u32, width: u32) -> i64 {
    let value = i64::from(value);
    if value >> (width - 1) != 0 {
        value - (1 << width)
    } else {
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_by_hand() {
        // Three lanes of 4 bits and selects of 2 bits: 12 bits of weights, 6 of selects.
        let p = FigsParams {
            columns: 3,
            lanes: 1,
            weight_w: 4,
            ..FigsParams::default()
        };
        let beat = WeightBeat {
            data: vec![-8, 7, -1],
            sel: vec![3, 0, 2],
        };
        let bytes = row(&p, &beat);
        assert_eq!(bytes, [0x78, 0x0f, 0x23, 0, 0, 0, 0, 0]);
        assert_eq!(read_row(&p, &bytes), beat);
    }

    #[test]
    fn numbers_by_hand() {
        let p = FigsParams::default();
        let act = |act_w, bytes: &[u8]| read_activation(&FigsParams { act_w, ..p.clone() }, bytes);
        assert_eq!((act(8, &[0x80]), act(8, &[0x7f])), (-128, 127));
        assert_eq!(
            (act(4, &[0x80]), act(4, &[8]), act(4, &[0xff])),
            (-8, 7, -1)
        );
        assert_eq!((act(12, &[0, 0x80]), act(12, &[0xff, 0x07])), (-2048, 2047));
        assert_eq!(act(12, &[0, 0x08]), 2047);
        assert_eq!(output(&p, -2), [0xfe, 0xff, 0xff, 0xff]);
    }
}
