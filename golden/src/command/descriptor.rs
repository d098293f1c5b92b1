// SPDX-License-Identifier: MIT OR Apache-2.0
//! An entry of the ring.

use super::bytes::{Reader, put};
use super::{Append, Attention, COMPLETION, Cascade, Code, DESCRIPTOR, Fault, List, Shape};

/// What a command does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    /// Queries of all heads of a layer.
    Attention(Attention),
    /// A token list from memory.
    List(List),
    /// Cascade pruning before a layer.
    Cascade(Cascade),
    /// A new token of all heads of a layer, into the cache.
    Append(Append),
}

/// A descriptor: 64 bytes of the ring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Descriptor {
    /// Whether the completion raises the interrupt.
    pub interrupt: bool,
    /// Whether the command begins only when everything before it has ended.
    pub fence: bool,
    /// Whatever software wants to find in the completion record.
    pub tag: u32,
    /// Address of the completion record, a multiple of 16; 0 if none is wanted.
    pub completion: u64,
    /// What is done.
    pub op: Op,
}

impl Descriptor {
    /// Returns the bytes.
    pub fn encode(&self) -> [u8; DESCRIPTOR] {
        let mut out = [0; DESCRIPTOR];
        out[0] = self.op.number();
        out[1] = u8::from(self.interrupt) | u8::from(self.fence) << 1;
        put(&mut out, 4, self.tag.to_le_bytes());
        put(&mut out, 8, self.completion.to_le_bytes());
        match &self.op {
            Op::Attention(op) => op.encode(&mut out),
            Op::List(op) => op.encode(&mut out),
            Op::Cascade(op) => op.encode(&mut out),
            Op::Append(op) => op.encode(&mut out),
        }
        out
    }

    /// Reads a descriptor that lies at `at`.
    ///
    /// # Errors
    /// Returns everything that is wrong with it, in the order of precedence; the first is what the
    /// hardware reports. Of an operation that is not there nothing else is judged.
    pub fn decode(bytes: &[u8; DESCRIPTOR], at: u64, shape: &Shape) -> Result<Self, Vec<Fault>> {
        let mut faults = Vec::new();
        let mut r = Reader::new(bytes);
        let (number, flags) = (r.u8(0), r.u8(1));
        let (tag, completion) = (r.u32(4), r.u64(8));
        r.zero(flags >> 2);
        let code = Code::Completion;
        if !completion.is_multiple_of(COMPLETION as u64)
            || (completion != 0 && !shape.holds(completion, COMPLETION as u64))
        {
            let address = completion;
            faults.push(Fault { code, address });
        }
        let op = match number {
            1 if shape.attention => {
                Op::Attention(Attention::decode(&mut r, at, shape, &mut faults))
            }
            2 if shape.attention => Op::List(List::decode(&mut r, at, shape, &mut faults)),
            3 if shape.cascade => Op::Cascade(Cascade::decode(&mut r, shape, &mut faults)),
            4 if shape.append => Op::Append(Append::decode(&mut r, at, shape, &mut faults)),
            _ => {
                let code = Code::UnknownOp;
                faults.push(Fault { code, address: at });
                return Err(faults);
            }
        };
        if r.is_reserved() {
            let code = Code::Reserved;
            faults.push(Fault { code, address: at });
        }
        // A stable sort: faults of one kind stay in the order of their fields.
        faults.sort_by_key(|fault| fault.code);
        if faults.is_empty() {
            Ok(Self {
                interrupt: flags & 1 != 0,
                fence: flags & 2 != 0,
                tag,
                completion,
                op,
            })
        } else {
            Err(faults)
        }
    }
}

impl Op {
    /// Returns the number in the first byte of a descriptor.
    pub const fn number(&self) -> u8 {
        match self {
            Self::Attention(_) => 1,
            Self::List(_) => 2,
            Self::Cascade(_) => 3,
            Self::Append(_) => 4,
        }
    }
}
