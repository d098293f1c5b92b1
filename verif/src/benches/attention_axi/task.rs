// SPDX-License-Identifier: MIT OR Apache-2.0
//! A command in a few numbers, so that a replay file stays small: its data follow from a seed.

use hwgen_golden::attention::{AttentionParams, Query};
use serde::{Deserialize, Serialize};

use crate::benches::attention::case::Case;
use crate::kit::{Stall, changed};
use crate::memory::{Behaviour, Errors};
use hwgen_sim::rng::Rng;

use super::store::Kind;

/// What a command does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum What {
    /// Attention: one job of the core for each head, all alike but for their data.
    Attention {
        /// The first head; of its head number and mask nothing is read but whether there are biases.
        case: Case,
        /// Heads.
        heads: u32,
        /// Words of 8 bytes between rows.
        apart: u32,
        /// Whether rows go down in memory.
        down: bool,
        /// Whether the heads are those that cascade pruning left.
        pruned: bool,
        /// Whether the keys are as many as the list has entries.
        whole: bool,
        /// Whether the caches are those of the last append.
        appended: bool,
    },
    /// A token list of so many entries.
    List {
        /// Entries.
        count: u32,
    },
    /// Cascade pruning.
    Cascade {
        /// 0 a new sequence, 1 the next layer, 2 the next token.
        operation: u32,
        /// Tokens of the new sequence, and heads.
        sizes: [u32; 2],
        /// Tokens kept, and heads.
        keep: [u32; 2],
        /// Tokens that stay in any case.
        window: u32,
        /// Whether tokens and heads that survive are written.
        written: [bool; 2],
    },
    /// A new token of so many heads.
    Append {
        /// Heads.
        heads: u32,
        /// Its place.
        token: u32,
    },
}

/// Bytes that are not what they should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Patch {
    /// The head whose record it is, or the descriptor.
    pub(crate) head: Option<u32>,
    /// The first byte.
    pub(crate) offset: u32,
    /// What is written there, so many bytes of it.
    pub(crate) value: u64,
    /// Bytes.
    pub(crate) bytes: u32,
}

/// What the memory fails at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Fail {
    /// The descriptor.
    Descriptor,
    /// A head record.
    Record,
    /// A query.
    Query,
    /// A bias.
    Bias,
    /// A row of results.
    Result,
    /// A vector of K.
    Key,
    /// A vector of V.
    Value,
    /// An entry of a list, or the elements of a token to append.
    Source,
    /// The completion record.
    Completion,
}

impl Fail {
    /// All of them.
    pub(super) const ALL: [Self; 9] = [
        Self::Descriptor,
        Self::Record,
        Self::Query,
        Self::Bias,
        Self::Result,
        Self::Key,
        Self::Value,
        Self::Source,
        Self::Completion,
    ];
}

/// What the host does before a command, or in the middle of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Event {
    /// It rings the doorbell while the accelerator is stopped.
    Stopped,
    /// It rings for an index that so many are beyond the ring.
    Tail(u32),
    /// It rings for a ring that begins so many bytes too late.
    Base(u32),
    /// It stops the accelerator so many cycles after the doorbell, and lets it go on.
    Stop(u32),
    /// The same, and empties the queue.
    Flush(u32),
}

/// A command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Task {
    /// Seed of everything that is not said here.
    pub(crate) seed: u64,
    /// What it does.
    pub(crate) what: What,
    /// Whether it asks for the interrupt.
    pub(crate) interrupt: bool,
    /// Whether it waits for what is before it.
    pub(crate) fence: bool,
    /// Whether it has a completion record.
    pub(crate) record: bool,
    /// Bytes that are wrong.
    pub(crate) patches: Vec<Patch>,
    /// What the memory fails at, and which part of it, of 2^16.
    pub(crate) fail: Option<(Fail, u16)>,
    /// What happens before it.
    pub(crate) event: Option<Event>,
}

impl Task {
    /// Returns a plain command.
    pub(super) fn plain(seed: u64, what: What) -> Self {
        Self {
            seed,
            what,
            interrupt: false,
            fence: false,
            record: true,
            patches: Vec::new(),
            fail: None,
            event: None,
        }
    }

    /// Lists simpler commands, boldest first.
    pub(super) fn simpler(&self) -> Vec<Self> {
        let mut all = vec![
            changed(self, |t| t.event = None),
            changed(self, |t| t.patches.clear()),
            changed(self, |t| t.fail = None),
            changed(self, |t| t.fence = false),
            changed(self, |t| t.interrupt = false),
            changed(self, |t| t.record = true),
        ];
        if let What::Attention { case, .. } = &self.what {
            let with = |change: &dyn Fn(&mut What)| changed(self, |t| change(&mut t.what));
            all.push(with(&|w| shrink_heads(w, 2)));
            all.push(with(&|w| shrink_heads(w, 1)));
            all.push(with(&|w| {
                if let What::Attention { apart, down, .. } = w {
                    (*apart, *down) = (0, false);
                }
            }));
            all.push(with(&|w| {
                if let What::Attention {
                    pruned, appended, ..
                } = w
                {
                    (*pruned, *appended) = (false, false);
                }
            }));
            all.extend(case.simpler().into_iter().map(|simple| {
                with(&|w| {
                    if let What::Attention { case, .. } = w {
                        *case = simple.clone();
                    }
                })
            }));
        }
        all
    }

    /// Returns the queries and keys of all heads, or the tokens of anything else.
    pub(super) fn weight(&self) -> u64 {
        match &self.what {
            What::Attention { case, heads, .. } => {
                u64::from(*heads) * u64::from(case.queries) * u64::from(case.keys)
            }
            What::List { count } => (*count).into(),
            What::Cascade { sizes, .. } => sizes[0].into(),
            What::Append { heads, .. } => (*heads).into(),
        }
    }

    /// Tells whether it may depend on lists or sums that commands before it left.
    pub(super) fn leans(&self) -> bool {
        match &self.what {
            What::Attention {
                case,
                pruned,
                appended,
                ..
            } => case.list || *pruned || *appended,
            What::Cascade { operation, .. } => *operation != 0,
            What::List { .. } | What::Append { .. } => false,
        }
    }
}

fn shrink_heads(what: &mut What, by: u32) {
    if let What::Attention { heads, .. } = what {
        *heads = if by == 1 {
            heads.saturating_sub(1).max(1)
        } else {
            heads.div_ceil(2)
        };
    }
}

/// How the host waits for commands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Wait {
    /// It reads registers.
    #[default]
    Poll,
    /// It watches the completion records.
    Memory,
    /// It waits for the interrupt.
    Interrupt,
}

/// What surrounds the accelerator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Setup {
    /// The memory.
    pub(super) memory: Kind,
    /// Cycles to it.
    pub(super) latency: u32,
    /// How the ports behave, if it is not the memory that says so: of vectors, and of all else.
    pub(super) behaviours: Option<[Behaviour; 2]>,
    /// Errors at drawn addresses, of both.
    pub(super) errors: [Errors; 2],
    /// Where memory begins, in pages.
    pub(super) base: u64,
    /// Entries of the ring.
    pub(super) ring: u32,
    /// Commands for which the doorbell is rung at once.
    pub(super) batch: u32,
    /// How the host waits.
    pub(super) wait: Wait,
    /// `AxPROT` and `AxCACHE`.
    pub(super) attributes: (u32, u32),
    /// Bytes that values are moved by.
    pub(super) skew: u32,
    /// Whether the window is as small as can be; else it is everything.
    pub(super) bounded: bool,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            memory: Kind::Ideal,
            latency: 1,
            behaviours: None,
            errors: [Errors::default(), Errors::default()],
            base: 0x4_0000,
            ring: 16,
            batch: 8,
            wait: Wait::Poll,
            attributes: (0, 3),
            skew: 0,
            bounded: true,
        }
    }
}

impl Setup {
    /// Draws one without errors at drawn addresses.
    pub(super) fn draw(rng: &mut Rng) -> Self {
        let mut setup = Self {
            latency: [1, 1, 5, 30, 100][rng.below(5) as usize],
            ..Self::default()
        };
        match rng.below(10) {
            0..3 => {}
            3 => {
                setup.memory = Kind::ALL[1 + rng.below(4) as usize];
                setup.latency = rng.below(20) as u32;
            }
            _ => setup.behaviours = Some([Behaviour::draw(rng), Behaviour::draw(rng)]),
        }
        // Low, around 2^32, or high, in pages.
        setup.base = match rng.below(3) {
            0 => 1,
            1 => (1 << 20) - rng.below(8) - 1,
            _ => rng.below(1 << 44),
        };
        setup.ring = 2 + rng.below(15) as u32;
        setup.batch = 1 + rng.below(8) as u32;
        setup.wait = [Wait::Poll, Wait::Memory, Wait::Interrupt][rng.below(3) as usize];
        setup.attributes = (rng.below(8) as u32, [0, 2, 3, 15][rng.below(4) as usize]);
        setup.skew = (rng.below(20) * 64) as u32;
        setup.bounded = rng.chance(70);
        setup
    }

    /// Returns how the ports of vectors and that of all else behave, failures included.
    pub(super) fn behaviours(&self, failing: &[Vec<u64>; 2]) -> [Behaviour; 2] {
        let own = || {
            let one = self.memory.behaviour(self.latency);
            [one.clone(), one]
        };
        let mut all = self.behaviours.clone().unwrap_or_else(own);
        for (port, behaviour) in all.iter_mut().enumerate() {
            behaviour.errors = self.errors[port].clone();
            behaviour.errors.at.extend(&failing[port]);
        }
        all
    }
}

/// Stalls of the register port, which are those of a run.
pub(super) fn bus(rng: &mut Rng, stalled: bool) -> Vec<Stall> {
    let mut all = Stall::draw_all(rng, stalled, 3, 2);
    // Accesses to registers are few; long pauses only make runs long.
    for stall in &mut all {
        if stall.longest() > 400 {
            *stall = Stall::NONE;
        }
    }
    all
}

/// Returns the tokens that a case without a list has.
pub(super) fn tokens(case: &Case, p: &AttentionParams) -> u32 {
    case.keys.min(p.max_tokens)
}

/// Returns whether the memory is to fail at something that only attention has.
pub(super) fn fits(what: &What, fail: Fail) -> bool {
    match fail {
        Fail::Descriptor | Fail::Completion => true,
        Fail::Record | Fail::Key | Fail::Value => {
            matches!(what, What::Attention { .. } | What::Append { .. })
        }
        Fail::Query | Fail::Bias => matches!(what, What::Attention { .. }),
        Fail::Result => matches!(what, What::Attention { .. } | What::Cascade { .. }),
        Fail::Source => matches!(what, What::List { .. } | What::Append { .. }),
    }
}

/// Gives every third head elements of 16 bits, which saturate to the 12 that the core takes: just beyond
/// both ends, and far beyond them.
pub(super) fn exceed(queries: &mut [Query], seed: u64) {
    if !seed.is_multiple_of(3) {
        return;
    }
    let mut rng = Rng::new(!seed);
    for element in queries.iter_mut().flat_map(|query| &mut query.data) {
        if rng.chance(25) {
            *element =
                [2047, 2048, 4095, 32767, -2048, -2049, -4097, -32768][rng.below(8) as usize];
        }
    }
}
