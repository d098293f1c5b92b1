// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the heads of a layer do not share.

use super::bytes::{Reader, put};
use super::{Append, Attention, Code, Fault, RECORD, STATISTICS, Shape, query_bytes};

/// A head: where its planes, queries, biases and results lie, and its scale.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct HeadRecord {
    /// Base of K in each channel, a multiple of 4096.
    pub k_base: u64,
    /// Base of V in each channel, a multiple of 4096.
    pub v_base: u64,
    /// Bytes from the base to token 0 of each plane of K, multiples of the granule; 0 for planes that
    /// are not there.
    pub k_offset: [u32; 3],
    /// The same for V.
    pub v_offset: [u32; 3],
    /// Address of the first query row, a multiple of 8.
    pub query: u64,
    /// Bytes from a query row to the next, a multiple of 8.
    pub query_stride: i32,
    /// Bytes from the biases of a query to those of the next, a multiple of 4.
    pub bias_stride: i32,
    /// Address of the biases, a multiple of 4.
    pub bias: u64,
    /// Address of the first result row, a multiple of 8.
    pub result: u64,
    /// Bytes from a result row to the next, a multiple of 8.
    pub result_stride: i32,
    /// Right shift of a score difference, -16 to 31.
    pub pre_shift: i8,
    /// Multiplier of a shifted difference.
    pub mant: u16,
    /// Rule head: refine while the sum of exponentials exceeds this. 36 bits.
    pub head_limit: u64,
    /// Address of the elements of K to append, a multiple of 2.
    pub append_k: u64,
    /// Address of the elements of V to append, a multiple of 2.
    pub append_v: u64,
}

/// What a record is used for; fields that this does not use are not looked at.
#[derive(Debug, Clone, Copy)]
pub enum Use<'a> {
    /// Attention over so many keys.
    Attention(&'a Attention, u32),
    /// Appending.
    Append(&'a Append),
}

impl HeadRecord {
    /// Returns the bytes.
    pub fn encode(&self) -> [u8; RECORD] {
        let mut out = [0; RECORD];
        put(&mut out, 0, self.k_base.to_le_bytes());
        put(&mut out, 8, self.v_base.to_le_bytes());
        for (plane, offset) in self.k_offset.iter().chain(&self.v_offset).enumerate() {
            put(&mut out, 16 + 4 * plane, offset.to_le_bytes());
        }
        put(&mut out, 40, self.query.to_le_bytes());
        put(&mut out, 48, self.query_stride.to_le_bytes());
        put(&mut out, 52, self.bias_stride.to_le_bytes());
        put(&mut out, 56, self.bias.to_le_bytes());
        put(&mut out, 64, self.result.to_le_bytes());
        put(&mut out, 72, self.result_stride.to_le_bytes());
        put(&mut out, 77, self.pre_shift.to_le_bytes());
        put(&mut out, 78, self.mant.to_le_bytes());
        put(&mut out, 80, self.head_limit.to_le_bytes());
        put(&mut out, 88, self.append_k.to_le_bytes());
        put(&mut out, 96, self.append_v.to_le_bytes());
        out
    }

    /// Reads a record that lies at `at` and is used for `by`.
    ///
    /// # Errors
    /// Returns everything that is wrong with it, in the order of precedence.
    pub fn decode(
        bytes: &[u8; RECORD],
        at: u64,
        by: Use<'_>,
        shape: &Shape,
    ) -> Result<Self, Vec<Fault>> {
        let mut r = Reader::new(bytes);
        let [k0, k1, k2, v0, v1, v2] = [16, 20, 24, 28, 32, 36].map(|at| r.u32(at));
        let record = Self {
            k_base: r.u64(0),
            v_base: r.u64(8),
            k_offset: [k0, k1, k2],
            v_offset: [v0, v1, v2],
            query: r.u64(40),
            query_stride: r.i32(48),
            bias_stride: r.i32(52),
            bias: r.u64(56),
            result: r.u64(64),
            result_stride: r.i32(72),
            pre_shift: i8::from_le_bytes(r.take(77)),
            mant: r.u16(78),
            head_limit: r.u64(80),
            append_k: r.u64(88),
            append_v: r.u64(96),
        };
        let planes = [false, true].map(|value| shape.vectors.planes(value).len());
        let absent = record.k_offset[planes[0]..].iter();
        for &offset in absent.chain(&record.v_offset[planes[1]..]) {
            r.zero(offset);
        }
        if matches!(by, Use::Attention(..)) {
            r.zero(record.head_limit >> 36);
        }
        let mut faults = Vec::new();
        if r.is_reserved() {
            let code = Code::Reserved;
            faults.push(Fault { code, address: at });
        }
        record.planes(at, by, shape, &mut faults);
        match by {
            Use::Attention(op, keys) => record.attention(op, keys, at, shape, &mut faults),
            Use::Append(_) => {
                for address in [record.append_k, record.append_v] {
                    Shape::aligned(address, 2, &mut faults);
                    shape.inside(address, 2 * u64::from(shape.vectors.d_head), &mut faults);
                }
            }
        }
        faults.sort_by_key(|fault| fault.code);
        if faults.is_empty() {
            Ok(record)
        } else {
            Err(faults)
        }
    }

    /// Judges where the planes lie.
    fn planes(&self, at: u64, by: Use<'_>, shape: &Shape, faults: &mut Vec<Fault>) {
        for base in [self.k_base, self.v_base] {
            Shape::aligned(base, 4096, faults);
        }
        let granule = shape.vectors.granule();
        let offsets = self.k_offset.iter().chain(&self.v_offset);
        if offsets.into_iter().any(|o| !o.is_multiple_of(granule)) {
            let code = Code::Alignment;
            faults.push(Fault { code, address: at });
        }
        let (k_planes, v_planes, tokens) = match by {
            Use::Attention(op, keys) => (op.k_max, op.v_count, op.tokens(keys, shape)),
            Use::Append(op) => (3, 3, u32::from(op.token) + 1),
        };
        let k = shape.reach(false, k_planes.into(), &self.k_offset, tokens);
        let v = shape.reach(true, v_planes.into(), &self.v_offset, tokens);
        shape.inside(self.k_base, k, faults);
        shape.inside(self.v_base, v, faults);
    }

    /// Judges what only attention uses.
    fn attention(
        &self,
        op: &Attention,
        keys: u32,
        at: u64,
        shape: &Shape,
        faults: &mut Vec<Fault>,
    ) {
        let (queries, d_head) = (u32::from(op.queries), shape.vectors.d_head);
        let row = query_bytes(d_head);
        let mut rows = vec![(self.query, self.query_stride, row, 8)];
        if op.bias {
            rows.push((self.bias, self.bias_stride, 4 * keys, 4));
        }
        let result = 2 * d_head + STATISTICS as u32;
        rows.push((self.result, self.result_stride, result, 8));
        for (address, stride, bytes, of) in rows {
            Shape::aligned(address, of, faults);
            if !stride.unsigned_abs().is_multiple_of(of as u32) {
                let code = Code::Alignment;
                faults.push(Fault { code, address: at });
            }
            shape.rows(address, stride, queries, bytes, faults);
        }
        if !(-16..=31).contains(&self.pre_shift) {
            let code = Code::Shift;
            faults.push(Fault { code, address: at });
        }
    }
}
