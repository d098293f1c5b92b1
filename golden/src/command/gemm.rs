// SPDX-License-Identifier: MIT OR Apache-2.0
//! The command of the FiGS array: a product with packed weights, for as many tokens as the array holds.

use super::bytes::{Reader, put};
use super::{COMPLETION, Code, DESCRIPTOR, Fault};
use crate::figs::{FigsParams, Variant};
use crate::stream::Window;

/// Bytes of a record of a tile.
pub const TILE: usize = 16;
/// Bytes of the block in which records of tiles are fetched, and what their address is a multiple of.
pub const TILE_BLOCK: usize = 64;

/// A product of activations with packed weights.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Gemm {
    /// Address of the packed weights, a multiple of 8: tiles one behind the other.
    pub weights: u64,
    /// Address of the activations of the first token, a multiple of 8.
    pub activations: u64,
    /// Address of the outputs of the first token, a multiple of 8.
    pub outputs: u64,
    /// Address of the records of tiles, a multiple of 64.
    pub tiles: u64,
    /// Bytes from a token's activations to those of the next, a multiple of 8.
    pub activation_stride: i32,
    /// Bytes from a token's outputs to those of the next, a multiple of 8.
    pub output_stride: i32,
    /// Tiles, at least 1.
    pub count: u16,
    /// Tokens, 1 to the most of the array.
    pub tokens: u16,
    /// Log2 of the weights of a block, one that the array runs.
    pub log_n: u8,
}

/// A descriptor of the FiGS array: 64 bytes of the ring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GemmDescriptor {
    /// Whether the completion raises the interrupt.
    pub interrupt: bool,
    /// Whether the command begins only when everything before it has ended, as it always does.
    pub fence: bool,
    /// Whatever software wants to find in the completion record.
    pub tag: u32,
    /// Address of the completion record, a multiple of 16; 0 if none is wanted.
    pub completion: u64,
    /// What is done.
    pub gemm: Gemm,
}

/// Where a tile belongs: 16 bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TileRecord {
    /// First output.
    pub output: u32,
    /// First element of the inner dimension.
    pub element: u32,
    /// The sums of its outputs begin at 0.
    pub first: bool,
    /// The sums of its outputs are complete and written.
    pub last: bool,
}

/// The accelerator, as far as commands of the array are concerned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GemmShape {
    /// The array.
    pub figs: FigsParams,
    /// Where accesses must be, as the registers say.
    pub window: Window,
}

impl GemmDescriptor {
    /// The number in the first byte.
    pub const OP: u8 = 5;

    /// Returns the bytes.
    pub fn encode(&self) -> [u8; DESCRIPTOR] {
        let mut out = [0; DESCRIPTOR];
        let g = &self.gemm;
        out[0] = Self::OP;
        out[1] = u8::from(self.interrupt) | u8::from(self.fence) << 1;
        put(&mut out, 4, self.tag.to_le_bytes());
        put(&mut out, 8, self.completion.to_le_bytes());
        put(&mut out, 16, g.weights.to_le_bytes());
        put(&mut out, 24, g.activations.to_le_bytes());
        put(&mut out, 32, g.outputs.to_le_bytes());
        put(&mut out, 40, g.tiles.to_le_bytes());
        put(&mut out, 48, g.activation_stride.to_le_bytes());
        put(&mut out, 52, g.output_stride.to_le_bytes());
        put(&mut out, 56, g.count.to_le_bytes());
        put(&mut out, 58, g.tokens.to_le_bytes());
        out[60] = g.log_n;
        out
    }

    /// Reads a descriptor that lies at `at`.
    ///
    /// # Errors
    /// Returns everything that is wrong with it, in the order of precedence; of another operation
    /// nothing but the address of the completion record is judged.
    pub fn decode(
        bytes: &[u8; DESCRIPTOR],
        at: u64,
        shape: &GemmShape,
    ) -> Result<Self, Vec<Fault>> {
        let mut r = Reader::new(bytes);
        let mut faults = Vec::new();
        let (number, flags, op_flags) = (r.u8(0), r.u8(1), r.u16(2));
        let (tag, completion) = (r.u32(4), r.u64(8));
        let end = u128::from(completion) + COMPLETION as u128;
        let Window { base, end: high } = shape.window;
        let outside = completion < base || end > u128::from(high);
        if !completion.is_multiple_of(COMPLETION as u64) || (completion != 0 && outside) {
            let (code, address) = (Code::Completion, completion);
            faults.push(Fault { code, address });
        }
        if number != Self::OP {
            let code = Code::UnknownOp;
            faults.push(Fault { code, address: at });
            return Err(faults);
        }
        let gemm = Gemm {
            weights: r.u64(16),
            activations: r.u64(24),
            outputs: r.u64(32),
            tiles: r.u64(40),
            activation_stride: r.i32(48),
            output_stride: r.i32(52),
            count: r.u16(56),
            tokens: r.u16(58),
            log_n: r.u8(60),
        };
        r.zero(flags >> 2);
        r.zero(op_flags);
        if r.is_reserved() {
            let code = Code::Reserved;
            faults.push(Fault { code, address: at });
        }
        gemm.judge(at, shape, &mut faults);
        if !faults.is_empty() {
            return Err(faults);
        }
        Ok(Self {
            interrupt: flags & 1 != 0,
            fence: flags & 2 != 0,
            tag,
            completion,
            gemm,
        })
    }
}

impl Gemm {
    /// Judges the fields, in the order of precedence. The first address that is misaligned is told.
    fn judge(&self, at: u64, shape: &GemmShape, faults: &mut Vec<Fault>) {
        let addresses = [
            (self.weights, 8),
            (self.activations, 8),
            (self.outputs, 8),
            (self.tiles, TILE_BLOCK as u64),
        ];
        let code = Code::Alignment;
        for (address, of) in addresses {
            if !address.is_multiple_of(of) {
                faults.push(Fault { code, address });
            }
        }
        for stride in [self.activation_stride, self.output_stride] {
            if stride % 8 != 0 {
                faults.push(Fault { code, address: at });
            }
        }
        let tokens = (1..=shape.figs.max_t).contains(&u32::from(self.tokens));
        let runs = self.log_n < 8 && shape.figs.runs(Variant::Figs, self.log_n.into());
        for (fine, code) in [
            (tokens, Code::Queries),
            (self.count != 0, Code::List),
            (runs, Code::Pattern),
        ] {
            if !fine {
                faults.push(Fault { code, address: at });
            }
        }
    }
}

impl TileRecord {
    /// Returns the bytes.
    pub fn encode(&self) -> [u8; TILE] {
        let mut out = [0; TILE];
        put(&mut out, 0, self.output.to_le_bytes());
        put(&mut out, 4, self.element.to_le_bytes());
        out[8] = u8::from(self.first) | u8::from(self.last) << 1;
        out
    }

    /// Reads a record, behind one that was the `last` of its outputs or at the beginning, and at the
    /// `end` of the command or not.
    ///
    /// # Errors
    /// [`Code::Reserved`] for a bit that must be 0, and [`Code::List`] for a tile that goes on where
    /// outputs must begin, begins where they must go on, or leaves them open at the end.
    pub fn decode(bytes: &[u8; TILE], behind_last: bool, end: bool) -> Result<Self, Code> {
        let mut r = Reader::new(bytes);
        let record = Self {
            output: r.u32(0),
            element: r.u32(4),
            first: bytes[8] & 1 != 0,
            last: bytes[8] & 2 != 0,
        };
        let flags = r.u32(8);
        r.zero(flags >> 2);
        if r.is_reserved() {
            Err(Code::Reserved)
        } else if record.first != behind_last || (end && !record.last) {
            Err(Code::List)
        } else {
            Ok(record)
        }
    }
}

/// Sizes of the array's data in memory.
impl FigsParams {
    /// Returns the bytes of a row of packed weights: the weights, whole bytes; their selects, whole
    /// bytes; and as many zeros as make the row a multiple of 8.
    pub fn row_bytes(&self) -> u32 {
        (self.weight_bytes() + self.select_bytes()).next_multiple_of(8)
    }

    /// Returns the bytes of the weights of a row.
    pub fn weight_bytes(&self) -> u32 {
        (self.row_lanes() * self.weight_w).div_ceil(8)
    }

    /// Returns the bytes of the selects of a row.
    pub fn select_bytes(&self) -> u32 {
        (self.selects(Variant::Figs) * self.sel_w(Variant::Figs)).div_ceil(8)
    }

    /// Returns the bytes of an activation in memory.
    pub fn act_bytes(&self) -> u32 {
        if self.act_w > 8 { 2 } else { 1 }
    }

    /// Returns the bytes of an output in memory.
    pub fn out_bytes(&self) -> u32 {
        if self.psum_w > 32 { 8 } else { 4 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Eight rows by two columns of two lanes; weights of 8 bits, groups of 4, all of N.
    fn shape() -> GemmShape {
        GemmShape {
            figs: FigsParams {
                rows: 8,
                columns: 2,
                lanes: 2,
                max_t: 16,
                ..FigsParams::default()
            },
            window: Window {
                base: 0x1000,
                end: 0x10_0000,
            },
        }
    }

    fn bytes() -> [u8; DESCRIPTOR] {
        let mut out = [0; DESCRIPTOR];
        let parts: &[(usize, &[u8])] = &[
            (0, &[5, 1, 0, 0, 0x78, 0x56, 0x34, 0x12, 0x10, 0x20]),
            (16, &[0x08, 0x30]),
            (24, &[0x10, 0x40]),
            (32, &[0x18, 0x50]),
            (40, &[0x40, 0x60]),
            (48, &[0xf8, 0xff, 0xff, 0xff, 0x40, 0x01, 0, 0]),
            (56, &[0x02, 0x01, 16, 0, 2]),
        ];
        for (at, part) in parts {
            out[*at..*at + part.len()].copy_from_slice(part);
        }
        out
    }

    #[test]
    fn a_command_by_hand() {
        let wanted = GemmDescriptor {
            interrupt: true,
            fence: false,
            tag: 0x1234_5678,
            completion: 0x2010,
            gemm: Gemm {
                weights: 0x3008,
                activations: 0x4010,
                outputs: 0x5018,
                tiles: 0x6040,
                activation_stride: -8,
                output_stride: 0x140,
                count: 0x102,
                tokens: 16,
                log_n: 2,
            },
        };
        assert_eq!(wanted.encode(), bytes());
        assert_eq!(GemmDescriptor::decode(&bytes(), 0, &shape()), Ok(wanted));
    }

    #[test]
    fn what_is_wrong_with_a_command() {
        let at = 0x7000;
        for (place, part, wanted) in [
            (0, &[1][..], vec![(Code::UnknownOp, at)]),
            (1, &[4], vec![(Code::Reserved, at)]),
            (3, &[1], vec![(Code::Reserved, at)]),
            (63, &[1], vec![(Code::Reserved, at)]),
            (16, &[4], vec![(Code::Alignment, 0x3004)]),
            (24, &[4], vec![(Code::Alignment, 0x4004)]),
            (32, &[4], vec![(Code::Alignment, 0x5004)]),
            (40, &[0x20], vec![(Code::Alignment, 0x6020)]),
            (48, &[0xfc], vec![(Code::Alignment, at)]),
            (52, &[0x44], vec![(Code::Alignment, at)]),
            (58, &[0], vec![(Code::Queries, at)]),
            (58, &[17], vec![(Code::Queries, at)]),
            (58, &[0, 1], vec![(Code::Queries, at)]),
            (56, &[0, 0], vec![(Code::List, at)]),
            (60, &[3], vec![(Code::Pattern, at)]),
            (60, &[255], vec![(Code::Pattern, at)]),
            (60, &[0], vec![]),
            (8, &[0x18], vec![(Code::Completion, 0x2018)]),
            (9, &[0x0f], vec![(Code::Completion, 0x0f10)]),
            (8, &[0, 0], vec![]),
            (56, &[0; 5], vec![(Code::Queries, at), (Code::List, at)]),
        ] {
            let mut bytes = bytes();
            bytes[place..place + part.len()].copy_from_slice(part);
            let faults = GemmDescriptor::decode(&bytes, at, &shape()).err();
            let faults = faults.unwrap_or_default();
            let said: Vec<_> = faults.iter().map(|f| (f.code, f.address)).collect();
            assert_eq!(said, wanted, "{place}: {part:x?}");
            assert!(faults.is_sorted_by_key(|f| f.code));
        }
    }

    #[test]
    fn records_of_tiles() {
        let record = TileRecord {
            output: 0x0403_0201,
            element: 0x0807_0605,
            first: false,
            last: true,
        };
        let bytes = [1, 2, 3, 4, 5, 6, 7, 8, 2, 0, 0, 0, 0, 0, 0, 0];
        assert_eq!(record.encode(), bytes);
        assert_eq!(TileRecord::decode(&bytes, false, true), Ok(record));
        assert_eq!(TileRecord::decode(&bytes, true, false), Err(Code::List));
        let first = TileRecord {
            first: true,
            ..record
        };
        assert_eq!(TileRecord::decode(&first.encode(), true, true), Ok(first));
        assert_eq!(
            TileRecord::decode(&first.encode(), false, true),
            Err(Code::List)
        );
        let open = TileRecord {
            last: false,
            ..first
        };
        assert_eq!(TileRecord::decode(&open.encode(), true, false), Ok(open));
        assert_eq!(
            TileRecord::decode(&open.encode(), true, true),
            Err(Code::List)
        );
        for (at, byte) in [(8, 4), (9, 1), (12, 1), (15, 0x80)] {
            let mut bad = bytes;
            bad[at] = byte;
            assert_eq!(TileRecord::decode(&bad, true, false), Err(Code::Reserved));
        }
    }

    #[test]
    fn sizes_by_hand() {
        let p = shape().figs;
        // Four weights of a byte, four selects of two bits, three zeros.
        assert_eq!(
            (p.weight_bytes(), p.select_bytes(), p.row_bytes()),
            (4, 1, 8)
        );
        assert_eq!((p.act_bytes(), p.out_bytes()), (1, 4));
        let wide = FigsParams {
            act_w: 12,
            psum_w: 33,
            ..p
        };
        assert_eq!((wide.act_bytes(), wide.out_bytes()), (2, 8));
    }
}
