// SPDX-License-Identifier: MIT OR Apache-2.0
//! The accelerator behind its registers, in meaning: a memory and a descriptor become what is written,
//! how the command ends, and which plane vectors it reads.
//!
//! [`Accelerator::run`] carries out one descriptor after the other, in their order; it knows no cycle
//! and no port. Formats are those of [`command`](crate::command), vectors lie as
//! [`memory`](crate::memory) says, and a job is [`run_job`](crate::attention::run_job). [`Arena`]
//! finds places for everything, as a host does.

mod append;
mod arena;
mod attention;
mod cascade;
mod host;
mod image;
mod outcome;
mod vectors;

#[cfg(test)]
mod tests;

pub use arena::{Arena, Range, Rows, Use};
pub use attention::Head;
pub use host::{Host, Spread};
pub use image::Image;
pub use outcome::{Answers, Outcome, Read, Write};
pub use vectors::Vectors;

use crate::attention::AttentionParams;
use crate::cascade::{Engine, EngineParams};
use crate::command::{COMPLETION, Code, Completion, DESCRIPTOR, Descriptor, Fault, Op, Shape};
use crate::command::{List, list_token};

/// An accelerator between two commands.
#[derive(Debug, Clone)]
pub struct Accelerator {
    /// What commands are judged by.
    pub shape: Shape,
    /// The core.
    pub core: AttentionParams,
    /// Bytes of a beat on the port of everything but plane vectors.
    pub io_bytes: u32,
    /// Bytes from a channel to the next.
    pub channel_stride: u64,
    /// Cascade pruning, if it is there.
    pruning: Option<Engine>,
    /// The token of each position, as far as the list has been written since reset.
    list: Vec<u32>,
    /// Entries of the list.
    entries: u32,
    /// Heads that cascade pruning left.
    heads: Vec<u32>,
}

impl Accelerator {
    /// Returns an accelerator after reset. Cascade pruning is there if `cascade` is.
    pub fn new(
        core: &AttentionParams,
        shape: Shape,
        cascade: Option<EngineParams>,
        io_bytes: u32,
        channel_stride: u64,
    ) -> Self {
        Self {
            core: core.clone(),
            shape,
            io_bytes,
            channel_stride,
            pruning: cascade.map(Engine::new),
            list: Vec::new(),
            entries: 0,
            heads: Vec::new(),
        }
    }

    /// Returns the token list: the token of each position.
    pub fn list(&self) -> &[u32] {
        &self.list[..self.entries as usize]
    }

    /// Returns the heads that cascade pruning left.
    pub fn heads(&self) -> &[u32] {
        &self.heads
    }

    /// Returns how planes lie.
    pub fn vectors(&self) -> Vectors<'_> {
        Vectors {
            reader: &self.shape.vectors,
            channel_stride: self.channel_stride,
        }
    }

    /// Carries out the descriptor at `at`, number `index` of the ring, and writes to `image` what the
    /// accelerator writes. `answers` says which accesses fail.
    pub fn run(&mut self, image: &mut Image, at: u64, index: u16, answers: &Answers) -> Outcome {
        let bytes: [u8; DESCRIPTOR] = image.array(at);
        let mut out = Outcome::of(&bytes);
        if !self.shape.holds(at, DESCRIPTOR as u64) {
            let code = Code::Window;
            return out.unfetched(Fault { code, address: at });
        }
        if let Some(address) = answers.first_read(at, DESCRIPTOR as u64, self.io_bytes) {
            let code = Code::Fetch;
            return out.unfetched(Fault { code, address });
        }
        let decoded = Descriptor::decode(&bytes, at, &self.shape);
        let mut faults = self.lacking(&bytes, at);
        let decoded = match decoded {
            Ok(descriptor) if faults.is_empty() => Ok(descriptor),
            Ok(_) => Err(faults),
            Err(others) => {
                // What the lists lack is judged only where the operation is there.
                let known = others.iter().all(|f| f.code != Code::UnknownOp);
                faults.retain(|_| known);
                faults.extend(others);
                faults.sort_by_key(|fault| fault.code);
                Err(faults)
            }
        };
        match decoded {
            Err(faults) => out.refused(&faults),
            Ok(descriptor) => match descriptor.op {
                Op::Attention(op) => self.attention(image, at, &op, answers, &mut out),
                Op::List(op) => self.load(image, &op, answers, &mut out),
                Op::Cascade(op) => self.cascade(at, &op, &mut out),
                Op::Append(op) => self.append(image, &op, answers, &mut out),
            },
        }
        for write in &out.writes {
            image.write(write.address, &write.bytes);
            out.faults
                .extend(answers.failed_writes(write, self.io_bytes));
        }
        // Faults of one kind stay in the order in which they were found.
        out.faults.sort_by_key(|fault| fault.code);
        if let Some(address) = out.completion {
            let record = Completion {
                tag: out.tag,
                code: out.code(),
                op: out.op,
                index,
                count: out.count,
                cycles: 0,
            };
            let write = Write {
                address,
                bytes: record.encode().to_vec(),
                cycles: Some(COMPLETION - 4),
            };
            image.write(address, &write.bytes);
            // The record itself cannot say that it was not written. The ring names the record, and not
            // the beat, which may be larger.
            let failed = answers.failed_writes(&write, self.io_bytes).next();
            out.late.extend(failed.map(|f| Fault { address, ..f }));
            out.record = Some(write);
        }
        out
    }

    /// Says what attention asks of the lists on chip that they do not have.
    fn lacking(&self, bytes: &[u8; DESCRIPTOR], at: u64) -> Vec<Fault> {
        let (flags, keys) = (bytes[2], u16::from_le_bytes([bytes[26], bytes[27]]));
        let flag = |bit: u8| flags >> bit & 1 != 0;
        let no_heads = flag(4) && self.heads.is_empty();
        let no_entries = flag(3) && !flag(5) && u32::from(keys) > self.entries;
        let mut faults = Vec::new();
        for (lacks, code) in [(no_heads, Code::Heads), (no_entries, Code::Keys)] {
            if lacks && bytes[0] == 1 {
                faults.push(Fault { code, address: at });
            }
        }
        faults
    }

    /// Loads the token list. One that could not be read as a whole has no entries.
    fn load(&mut self, image: &Image, op: &List, answers: &Answers, out: &mut Outcome) {
        let count = u32::from(op.count);
        let entry = |position: u32| {
            let at = op.address + 2 * u64::from(position);
            list_token(u16::from_le_bytes(image.array(at)), self.core.max_tokens)
        };
        let entries: Vec<u32> = (0..count).map(entry).collect();
        self.write_list(&entries);
        let bytes = 2 * u64::from(count);
        out.faults
            .extend(answers.failed_reads(op.address, bytes, self.io_bytes));
        if !out.faults.is_empty() {
            self.entries = 0;
        }
    }

    /// Writes the first entries of the list; those behind them stay.
    fn write_list(&mut self, entries: &[u32]) {
        let kept = self.list.get(entries.len()..).unwrap_or_default().to_vec();
        self.list = [entries, &kept].concat();
        self.entries = entries.len() as u32;
    }
}
