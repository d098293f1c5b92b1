// SPDX-License-Identifier: MIT OR Apache-2.0
//! Bytes of descriptors, head records and completion records. All numbers are little-endian.

use crate::code::Code;
use crate::command::{
    Appended, Attention, Cascade, Chosen, Command, Head, Keys, Options, Rows, Rule, Select, Stage,
};
use crate::layout::Place;

/// Bytes of a descriptor.
pub const DESCRIPTOR: usize = 64;
/// Bytes of a head record.
pub const RECORD: usize = 128;
/// Bytes of a completion record.
pub const COMPLETION: usize = 16;

/// Bits of an operation's flags.
const CAUSAL: u16 = 1 << 0;
const RENORM: u16 = 1 << 1;
const BIAS: u16 = 1 << 2;
const LIST: u16 = 1 << 3;
const HEADS: u16 = 1 << 4;
const TOKENS: u16 = 1 << 5;

/// Bytes that are filled field by field.
struct Fields<const N: usize>([u8; N]);

impl<const N: usize> Fields<N> {
    fn put<const W: usize>(&mut self, at: usize, bytes: [u8; W]) {
        self.0[at..at + W].copy_from_slice(&bytes);
    }
}

/// Returns a descriptor whose completion record goes to `completion`. Nothing is checked.
pub fn descriptor(command: &Command<'_>, options: Options, completion: u64) -> [u8; DESCRIPTOR] {
    let mut out = Fields([0; DESCRIPTOR]);
    out.0[0] = command.op();
    out.0[1] = u8::from(options.interrupt) | u8::from(options.fence) << 1;
    out.put(4, options.tag.to_le_bytes());
    out.put(8, completion.to_le_bytes());
    match command {
        Command::Attention(job) => attention(&mut out, job),
        Command::List(list) => {
            out.put(16, list.address.to_le_bytes());
            out.put(24, list.count.to_le_bytes());
        }
        Command::Cascade(cascade) => prune(&mut out, cascade),
        Command::Append(append) => {
            out.put(16, append.records.to_le_bytes());
            out.put(24, (append.heads.len() as u16).to_le_bytes());
            out.put(26, append.token.to_le_bytes());
        }
    }
    out.0
}

fn attention(out: &mut Fields<DESCRIPTOR>, job: &Attention<'_>) {
    let (keys, listed) = match job.keys {
        Keys::All(keys) => (keys, 0),
        Keys::Listed { keys, .. } => (keys, LIST),
        Keys::OnChip { .. } => (0, LIST | TOKENS),
    };
    let (heads, chosen) = match job.chosen {
        Chosen::All => (job.heads.len() as u16, 0),
        Chosen::OnChip => (0, HEADS),
    };
    let flag = |set: bool, bit| if set { bit } else { 0 };
    let flags = listed
        | chosen
        | flag(job.causal.is_some(), CAUSAL)
        | flag(job.renorm, RENORM)
        | flag(job.bias, BIAS);
    let (rule, eps_log2) = match job.rule {
        Rule::Static => (0, 0),
        Rule::Head => (1, 0),
        Rule::Token { eps_log2 } => (2, eps_log2),
    };
    let (select, k, mass) = match job.select {
        Select::All => (0, 0, 0),
        Select::Best(k) => (1, k, 0),
        Select::Mass(mass) => (2, 0, mass),
    };
    out.put(2, flags.to_le_bytes());
    out.put(16, job.records.to_le_bytes());
    out.put(24, heads.to_le_bytes());
    out.put(26, keys.to_le_bytes());
    out.put(28, job.causal.unwrap_or(0).to_le_bytes());
    out.put(30, job.queries.to_le_bytes());
    out.put(32, [job.k_start, job.k_max, job.v_count, rule, select]);
    out.put(38, k.to_le_bytes());
    out.put(40, mass.to_le_bytes());
    out.put(44, eps_log2.to_le_bytes());
}

fn prune(out: &mut Fields<DESCRIPTOR>, cascade: &Cascade) {
    let (stage, tokens, heads) = match cascade.stage {
        Stage::Start { tokens, heads } => (0_u16, tokens, heads),
        Stage::Layer => (1, 0, 0),
        Stage::Token => (2, 0, 0),
    };
    let to = |address: Option<u64>| address.unwrap_or(0).to_le_bytes();
    out.put(2, stage.to_le_bytes());
    out.put(16, tokens.to_le_bytes());
    out.put(18, heads.to_le_bytes());
    out.put(20, cascade.keep_tokens.to_le_bytes());
    out.put(22, cascade.keep_heads.to_le_bytes());
    out.put(24, cascade.window.to_le_bytes());
    out.put(32, to(cascade.tokens_to));
    out.put(40, to(cascade.heads_to));
}

/// Returns the record of a head of a job with or without biases.
pub fn head_record(head: &Head, bias: bool) -> [u8; RECORD] {
    let mut out = placed(&head.place);
    let biases = if bias { head.biases } else { Rows::default() };
    out.put(40, head.queries.address.to_le_bytes());
    out.put(48, head.queries.stride.to_le_bytes());
    out.put(52, biases.stride.to_le_bytes());
    out.put(56, biases.address.to_le_bytes());
    out.put(64, head.results.address.to_le_bytes());
    out.put(72, head.results.stride.to_le_bytes());
    out.put(77, head.pre_shift.to_le_bytes());
    out.put(78, head.mant.to_le_bytes());
    out.put(80, head.head_limit.to_le_bytes());
    out.0
}

/// Returns the record of a head that a token is appended to.
pub fn append_record(head: &Appended) -> [u8; RECORD] {
    let mut out = placed(&head.place);
    out.put(88, head.k.to_le_bytes());
    out.put(96, head.v.to_le_bytes());
    out.0
}

fn placed(place: &Place) -> Fields<RECORD> {
    let mut out = Fields([0; RECORD]);
    out.put(0, place.k_base.to_le_bytes());
    out.put(8, place.v_base.to_le_bytes());
    for (plane, offset) in place.k_offset.iter().chain(&place.v_offset).enumerate() {
        out.put(16 + 4 * plane, offset.to_le_bytes());
    }
    out
}

/// Hands out the address and the bytes of each record of the heads of a command.
pub(crate) fn records(command: &Command<'_>, mut each: impl FnMut(u64, [u8; RECORD])) {
    let at = |records: u64, i: usize| records + (RECORD * i) as u64;
    match command {
        Command::Attention(job) => {
            for (i, head) in job.heads.iter().enumerate() {
                each(at(job.records, i), head_record(head, job.bias));
            }
        }
        Command::Append(append) => {
            for (i, head) in append.heads.iter().enumerate() {
                each(at(append.records, i), append_record(head));
            }
        }
        Command::List(_) | Command::Cascade(_) => {}
    }
}

/// What a completion record says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Completion {
    /// The tag of the command.
    pub tag: u32,
    /// How it ended.
    pub code: Code,
    /// Its operation.
    pub op: u8,
    /// The index of its descriptor.
    pub index: u16,
    /// Rows of results that were written, or tokens that survive.
    pub count: u32,
    /// Cycles from its fetch to its completion.
    pub cycles: u32,
}

/// What a record holds until it is written: no operation is 0, and no count this large. Each half
/// shows by itself whether it has been written, because they may arrive apart.
pub(crate) const PENDING: [u8; COMPLETION] =
    [0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255, 0, 0, 0, 0];

/// Tells whether both halves of a record have been written.
pub(crate) fn arrived(bytes: &[u8; COMPLETION]) -> bool {
    bytes[5] != 0 && bytes[8..12] != PENDING[8..12]
}

/// Reads a record.
pub fn completion(bytes: &[u8; COMPLETION]) -> Completion {
    let word = |at: usize| u32::from_le_bytes([0, 1, 2, 3].map(|i| bytes[at + i]));
    Completion {
        tag: word(0),
        code: Code::of(bytes[4]),
        op: bytes[5],
        index: u16::from_le_bytes([bytes[6], bytes[7]]),
        count: word(8),
        cycles: word(12),
    }
}
