// SPDX-License-Identifier: MIT OR Apache-2.0
//! The attention core: quantised QK, softmax, value pruning and PV of one head at a time, with
//! precision that is added and never recomputed (after SpAtten, HPCA 2021, and E.T., SC 2021).
//!
//! [`run_job`] is the whole core. It is put together from one module a block: [`planes`] and
//! [`qk`] make scores, [`softmax`] exponentials, [`refine`] the rules of progressive precision,
//! [`select`] the values that are fetched, [`gather`] the rows that they are fetched in, [`pv`] and
//! [`recip`] the outputs. [`importance`] and [`cascade`] stand between layers. All of that is
//! integer arithmetic that the RTL equals bit for bit; floats live only in [`host`] and
//! [`mod@reference`], which no datapath uses.

pub mod fields;
pub mod flight;
pub mod gather;
pub mod host;
mod interface;
pub mod job;
pub mod params;
pub mod planes;
pub mod recip;
pub mod reference;
pub mod refine;
mod run;
pub mod select;
mod variant;

#[cfg(test)]
mod tests;

pub use crate::{cascade, importance, pv, qk, score, softmax};
pub use job::{Job, JobError, JobResult, Query, QueryStat, Request, Rule, Select};
pub use params::AttentionParams;
pub use run::run_job;
pub use variant::Variant;

/// Bits of a query element, two's complement.
pub const QUERY_W: u32 = 12;
/// Bits of a head's number.
pub const HEAD_W: u32 = 8;
/// Bits of a query's score bound.
pub const BOUND_W: u32 = 24;
/// Bits of the sum that rule `head` compares with.
pub const HEAD_LIMIT_W: u32 = 36;
/// Bits of an output element, two's complement, four of them behind the point.
pub const OUT_W: u32 = 16;
/// Fraction bits of an output element.
pub const OUT_FRAC: u32 = 4;
/// Bits of a probability; 65536 is one.
pub const PROB_W: u32 = 17;
/// One as a probability and as a mass.
pub const PROB_ONE: u32 = 1 << 16;
