// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the accelerator can be told to do, as typed values.

use crate::layout::Place;

/// One descriptor of the ring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command<'a> {
    /// Attention of one layer.
    Attention(Attention<'a>),
    /// Loads the token list of the core.
    List(List),
    /// Prunes tokens and heads.
    Cascade(Cascade),
    /// Appends a token to the keys and values.
    Append(Append<'a>),
}

impl Command<'_> {
    /// Returns the operation in the descriptor and in the completion record.
    pub const fn op(&self) -> u8 {
        match self {
            Self::Attention(_) => 1,
            Self::List(_) => 2,
            Self::Cascade(_) => 3,
            Self::Append(_) => 4,
        }
    }
}

/// How a command is queued.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Options {
    /// What the completion is known by.
    pub tag: u32,
    /// Whether its completion sets `IRQ_STATUS.DONE`.
    pub interrupt: bool,
    /// Whether it begins only when everything before it has ended. Commands other than attention
    /// always do so, and attention waits for those.
    pub fence: bool,
}

/// Rows in memory.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rows {
    /// Address of the first one.
    pub address: u64,
    /// Bytes from a row to the next one.
    pub stride: i32,
}

/// Attention of one layer: all heads, with the same keys, queries and rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attention<'a> {
    /// Where the records of the heads go: an address in the buffers, a multiple of 128. The driver
    /// writes 128 bytes per head there.
    pub records: u64,
    /// The heads, up to 256.
    pub heads: &'a [Head],
    /// Which of them are computed.
    pub chosen: Chosen,
    /// The keys that they see.
    pub keys: Keys,
    /// Queries of each head, 1 to 4096.
    pub queries: u16,
    /// The position of the first query among the keys, if query i sees only keys up to that
    /// position + i.
    pub causal: Option<u16>,
    /// Planes of the keys that are read up front, 1 to all.
    pub k_start: u8,
    /// Most planes that a key gets, `k_start` to all.
    pub k_max: u8,
    /// Planes of the values that are read, 1 to all.
    pub v_count: u8,
    /// Which keys get more planes.
    pub rule: Rule,
    /// Which values are read.
    pub select: Select,
    /// Whether the probabilities of the selected values are scaled to sum to one.
    pub renorm: bool,
    /// Whether each query comes with a bias per key.
    pub bias: bool,
}

/// Which heads are computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chosen {
    /// All that there are records of.
    All,
    /// Those of the list that cascade pruning left on the chip; record i is that of head i.
    OnChip,
}

/// Which keys a query sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keys {
    /// Keys 0 to this number, which is left out.
    All(u16),
    /// The first so many entries of the token list of the core, which name tokens below `tokens`.
    Listed {
        /// Entries.
        keys: u16,
        /// Tokens that lie in memory.
        tokens: u16,
    },
    /// All entries of the token list, as loading or cascade pruning left it.
    OnChip {
        /// Tokens that lie in memory, and most entries of the list.
        tokens: u16,
    },
}

impl Keys {
    /// Returns the tokens that lie in memory.
    pub const fn tokens(self) -> u16 {
        match self {
            Self::All(tokens) | Self::Listed { tokens, .. } | Self::OnChip { tokens } => tokens,
        }
    }

    /// Returns the most keys that a query sees, masked ones included.
    pub const fn most(self) -> u16 {
        match self {
            Self::All(keys) | Self::Listed { keys, .. } => keys,
            Self::OnChip { tokens } => tokens,
        }
    }
}

/// Which keys get more planes once the first ones are scored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// None.
    Static,
    /// All keys of a query whose distribution is flat, as the limits of the heads say.
    Head,
    /// Those whose probability may still exceed a limit.
    Token {
        /// Minus log2 of the limit, in 2^-14 octaves, 20 bits.
        eps_log2: u32,
    },
}

/// Which values are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Select {
    /// All.
    All,
    /// The best so many.
    Best(u16),
    /// The best that hold this probability together; 65536 is one.
    Mass(u32),
}

/// One head of a layer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Head {
    /// Where its keys and values lie.
    pub place: Place,
    /// Its rows of queries, multiples of 8; [`rows`](crate::rows) says what is in them.
    pub queries: Rows,
    /// Its rows of biases, an `i32` per key, multiples of 4; 0 and not read without biases.
    pub biases: Rows,
    /// Its rows of results, multiples of 8.
    pub results: Rows,
    /// Right shift of a score difference before it is multiplied, -16 to 31.
    pub pre_shift: i8,
    /// What it is multiplied with.
    pub mant: u16,
    /// Rule `head`: refine while the sum of exponentials (2^-24 units, 36 bits) exceeds this.
    pub head_limit: u64,
}

/// A token list for the core: entry i is the token that stands at position i.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct List {
    /// Its address, a multiple of 8; entries are `u16`, one behind the other.
    pub address: u64,
    /// Entries, 1 to the most tokens of a job.
    pub count: u16,
}

/// What cascade pruning begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// A new sequence: all its tokens and heads survive.
    Start {
        /// Tokens of the sequence.
        tokens: u16,
        /// Heads.
        heads: u16,
    },
    /// The next layer.
    Layer,
    /// The next generated token, which joins the survivors.
    Token,
}

/// Prunes tokens and heads before a layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cascade {
    /// What it begins with.
    pub stage: Stage,
    /// Tokens kept, at least 1.
    pub keep_tokens: u16,
    /// Heads kept, at least 1.
    pub keep_heads: u16,
    /// Most recent tokens that stay in any case and count as kept.
    pub window: u16,
    /// Where the tokens that survive are written, a multiple of 8; 8 bytes each, of which there are
    /// up to the larger of `keep_tokens` and `window`.
    pub tokens_to: Option<u64>,
    /// Where the heads that survive are written, likewise; up to `keep_heads`.
    pub heads_to: Option<u64>,
}

/// Appends a token to the keys and values of every head.
///
/// With more than one channel the window must hold the addresses of all channels, not only those
/// of channel 0: otherwise the command ends with an error of writing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Append<'a> {
    /// Where the records of the heads go, as in [`Attention`].
    pub records: u64,
    /// The heads, 1 to 256.
    pub heads: &'a [Appended],
    /// The number of the token in memory.
    pub token: u16,
}

/// What is appended to a head.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Appended {
    /// Where its keys and values lie.
    pub place: Place,
    /// Address of the key, a multiple of 2: an `i16` per element, of which 12 bits count.
    pub k: u64,
    /// Address of the value, likewise.
    pub v: u64,
}
