// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a host commands, and what survives.

/// What a command begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Op {
    /// A new sequence: all its tokens and heads survive, all sums are 0.
    Start,
    /// The next layer.
    Layer,
    /// The next generated token, which joins the survivors with sum 0.
    Token,
    /// The encoding that has no meaning; it makes a command illegal.
    Reserved,
}

impl Op {
    /// All encodings, in order.
    pub const ALL: [Self; 4] = [Self::Start, Self::Layer, Self::Token, Self::Reserved];

    /// Returns the encoding on the port.
    pub fn code(self) -> u32 {
        self as u32
    }
}

/// What is to be done before a layer. The survivors' lists answer it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Command {
    /// What it begins with.
    pub op: Op,
    /// Tokens of the new sequence.
    pub tokens: u32,
    /// Heads of the new sequence.
    pub heads: u32,
    /// Tokens kept, at least 1.
    pub keep_tokens: u32,
    /// Heads kept, at least 1.
    pub keep_heads: u32,
    /// Most recent tokens that stay in any case and count as kept.
    pub window: u32,
}

/// Why a command is refused, in order of precedence; the first that applies is reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CommandError {
    /// It is not.
    Ok,
    /// The reserved op, or a layer or token before the first start.
    Op,
    /// A start without tokens or with more than `max_tokens`, or a token too many.
    Tokens,
    /// A start without heads or with more than `max_heads`.
    Heads,
    /// No token or no head to keep.
    Keep,
}

impl CommandError {
    /// Returns the code on the answer port.
    pub fn code(self) -> u32 {
        self as u32
    }
}
