// SPDX-License-Identifier: MIT OR Apache-2.0
//! Parameters of the attention core, their legality and the widths that follow from them.

use super::QUERY_W;
use crate::arith::Arith;
use crate::violation::Violation;
use crate::width::{cnt_width, idx_width};

/// Smallest and largest head dimension; it is a multiple of the smallest.
pub const D_HEAD: (u32, u32) = (8, 128);
/// Smallest and largest number of multiplier lanes of QK and of PV.
pub const LANES: (u32, u32) = (8, 1024);
/// Most tokens of a row.
pub const MAX_ROW_TOKENS: u32 = 64;
/// Smallest and largest number of resident tokens.
pub const MAX_TOKENS: (u32, u32) = (8, 4096);
/// Most planes of K or of V.
pub const MAX_PLANES: u32 = 3;
/// Smallest and largest width of a plane in bits.
pub const PLANE_W: (u32, u32) = (2, 8);
/// Most bits of an element of K or V, over all its planes.
pub const MAX_ELEMENT_W: u32 = 12;
/// Smallest and largest number of queries in flight.
pub const CONTEXTS: (u32, u32) = (2, 32);
/// Smallest and largest number of jobs in flight; it is a power of two.
pub const JOBS: (u32, u32) = (4, 64);
/// Smallest and largest number of queries in selection.
pub const SLOTS: (u32, u32) = (2, 32);
/// Smallest and largest number of vector requests in flight.
pub const OUTSTANDING: (u32, u32) = (4, 256);

/// Parameters of the attention core. Field `d_head` is SystemVerilog parameter `DHead`, and so on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttentionParams {
    /// Elements of a head, 8 to 128, a multiple of 8. Shorter heads run zero-extended.
    pub d_head: u32,
    /// Multiplier lanes of QK and of PV: a power of two, 8 to 1024, that divides `d_head` or is a
    /// multiple of it.
    pub lanes: u32,
    /// Most tokens of a job, 8 to 4096, a multiple of [`AttentionParams::tokens`].
    pub max_tokens: u32,
    /// Bits of the planes of K, top plane first: 1 to 3 planes of 2 to 8 bits, 12 in all.
    pub k_planes: Vec<u32>,
    /// Bits of the planes of V, with the same rules.
    pub v_planes: Vec<u32>,
    /// Queries in flight between admission and commit, 2 to 32.
    pub contexts: u32,
    /// Jobs in flight: a power of two, 4 to 64.
    pub jobs: u32,
    /// Queries in selection, 2 to 32.
    pub slots: u32,
    /// Vector requests in flight, 4 to 256.
    pub outstanding: u32,
    /// What products are made of.
    pub arith: Arith,
}

impl Default for AttentionParams {
    fn default() -> Self {
        Self {
            d_head: 64,
            lanes: 64,
            max_tokens: 1024,
            k_planes: vec![4, 4, 4],
            v_planes: vec![4, 4, 4],
            contexts: 4,
            jobs: 8,
            slots: 4,
            outstanding: 64,
            arith: Arith::Logic,
        }
    }
}

impl AttentionParams {
    /// Returns every rule that these parameters break.
    pub fn violations(&self) -> Vec<Violation> {
        let mut out = Vec::new();
        let mut shape = Violation::range(
            "attention.d_head",
            self.d_head,
            D_HEAD.0,
            D_HEAD.1,
            &mut out,
        );
        if shape && !self.d_head.is_multiple_of(D_HEAD.0) {
            let above = self.d_head.next_multiple_of(D_HEAD.0);
            let rule = format!("must be a multiple of {}", D_HEAD.0);
            let remedy = format!("try {} or {above}", above - D_HEAD.0);
            out.push(Violation::new(
                "attention.d_head",
                self.d_head,
                rule,
                remedy,
            ));
            shape = false;
        }
        shape &= self.lane_violations(shape, &mut out);
        if Violation::range(
            "attention.max_tokens",
            self.max_tokens,
            MAX_TOKENS.0,
            MAX_TOKENS.1,
            &mut out,
        ) && shape
            && !self.max_tokens.is_multiple_of(self.tokens())
        {
            let t = self.tokens();
            let rule = format!("must be a multiple of lanes / d_head = {t}, the tokens of a row");
            let near = self.max_tokens.next_multiple_of(t).min(MAX_TOKENS.1);
            out.push(Violation::new(
                "attention.max_tokens",
                self.max_tokens,
                rule,
                format!("try {near}"),
            ));
        }
        plane_violations("attention.k_planes", &self.k_planes, &mut out);
        plane_violations("attention.v_planes", &self.v_planes, &mut out);
        for (field, value, (low, high)) in [
            ("attention.contexts", self.contexts, CONTEXTS),
            ("attention.slots", self.slots, SLOTS),
            ("attention.outstanding", self.outstanding, OUTSTANDING),
        ] {
            Violation::range(field, value, low, high, &mut out);
        }
        Violation::power_of_two("attention.jobs", self.jobs, JOBS.0, JOBS.1, &mut out);
        out
    }

    /// Judges `lanes`, against `d_head` only if that is legal itself.
    fn lane_violations(&self, d_head_is_legal: bool, out: &mut Vec<Violation>) -> bool {
        let field = "attention.lanes";
        if !Violation::power_of_two(field, self.lanes, LANES.0, LANES.1, out) {
            return false;
        }
        if d_head_is_legal
            && !self.lanes.is_multiple_of(self.d_head)
            && !self.d_head.is_multiple_of(self.lanes)
        {
            let rule = format!(
                "must divide d_head = {} or be a multiple of it",
                self.d_head
            );
            let near = 1 << self.d_head.trailing_zeros();
            out.push(Violation::new(
                field,
                self.lanes,
                rule,
                format!("try {near}"),
            ));
            return false;
        }
        if d_head_is_legal && self.tokens() > MAX_ROW_TOKENS {
            let rule = format!(
                "a row of lanes / d_head = {} tokens holds at most {MAX_ROW_TOKENS}",
                self.tokens()
            );
            let most = MAX_ROW_TOKENS * self.d_head;
            let remedy = format!("try {}", most.min(LANES.1));
            out.push(Violation::new(field, self.lanes, rule, remedy));
            return false;
        }
        true
    }

    /// Returns the tokens of a row, T: what one request fetches and one beat carries.
    pub fn tokens(&self) -> u32 {
        (self.lanes / self.d_head).max(1)
    }

    /// Returns the cycles that QK and PV take for a row, C.
    pub fn fold(&self) -> u32 {
        (self.d_head / self.lanes).max(1)
    }

    /// Returns the rows that hold `tokens` tokens.
    pub fn rows(&self, tokens: u32) -> u32 {
        tokens.div_ceil(self.tokens())
    }

    /// Returns the rows that hold all `max_tokens` tokens.
    pub fn max_rows(&self) -> u32 {
        self.rows(self.max_tokens)
    }

    /// Returns the bits of a row's number.
    pub fn row_w(&self) -> u32 {
        idx_width(self.max_rows())
    }

    /// Returns the bits of a token count and of a token's number on the ports, `TokW`.
    pub fn tok_w(&self) -> u32 {
        cnt_width(self.max_tokens)
    }

    /// Returns the bits of an element of K with all planes.
    pub fn k_w(&self) -> u32 {
        self.k_planes.iter().sum()
    }

    /// Returns the bits of an element of V with all planes.
    pub fn v_w(&self) -> u32 {
        self.v_planes.iter().sum()
    }

    /// Returns the bits of the widest plane of K: those of a digit in QK.
    pub fn k_digit_w(&self) -> u32 {
        self.k_planes.iter().copied().max().unwrap_or(0)
    }

    /// Returns the bits of the widest plane of V: those of a digit in PV.
    pub fn v_digit_w(&self) -> u32 {
        self.v_planes.iter().copied().max().unwrap_or(0)
    }

    /// Returns the bits of the widest plane of K or V: those of a digit on the response port.
    pub fn plane_w(&self) -> u32 {
        self.k_digit_w().max(self.v_digit_w())
    }

    /// Returns the bits of a score without bias, two's complement.
    pub fn score_w(&self) -> u32 {
        QUERY_W + self.k_w() + self.d_head.next_power_of_two().ilog2() + 1
    }

    /// Returns the bits of a bias, two's complement, in raw score units: it outweighs any score.
    pub fn bias_w(&self) -> u32 {
        self.score_w() + 1
    }

    /// Returns the bias that masks a key: the smallest of [`Self::bias_w`] bits.
    pub fn bias_masked(&self) -> i64 {
        -(1 << (self.bias_w() - 1))
    }

    /// Returns the bits of a response: a row of plane vectors.
    pub fn response_w(&self) -> u32 {
        self.tokens() * self.d_head * self.plane_w()
    }

    /// Returns the bytes of one plane vector in memory, packed: `d_head` digits of plane `plane`.
    pub fn vector_bytes(&self, value: bool, plane: usize) -> u32 {
        let planes = if value {
            &self.v_planes
        } else {
            &self.k_planes
        };
        (self.d_head * planes[plane]).div_ceil(8)
    }
}

/// Judges a list of plane widths.
fn plane_violations(field: &str, planes: &[u32], out: &mut Vec<Violation>) {
    let before = out.len();
    let mut say = |rule: String| {
        let shown = format!("{planes:?}");
        out.push(Violation::new(field, shown, rule, "try [4, 4, 4]"));
    };
    if planes.is_empty() || planes.len() > MAX_PLANES as usize {
        say(format!("must name 1 to {MAX_PLANES} planes"));
    }
    if planes.iter().any(|w| !(PLANE_W.0..=PLANE_W.1).contains(w)) {
        say(format!(
            "each plane has {} to {} bits",
            PLANE_W.0, PLANE_W.1
        ));
    }
    if out.len() == before && planes.iter().sum::<u32>() > MAX_ELEMENT_W {
        let shown = format!("{planes:?}");
        let rule = format!("the planes hold at most {MAX_ELEMENT_W} bits together");
        out.push(Violation::new(field, shown, rule, "try [4, 4, 4]"));
    }
}

/// Draws legal cores of every shape.
#[cfg(test)]
pub(crate) fn legal_cores() -> impl proptest::strategy::Strategy<Value = AttentionParams> {
    use proptest::prelude::*;
    let planes = || {
        prop::collection::vec(PLANE_W.0..=PLANE_W.1, 1..=MAX_PLANES as usize)
            .prop_filter("12 bits", |p| p.iter().sum::<u32>() <= MAX_ELEMENT_W)
    };
    let shape = (1_u32..=16, 3_u32..=10, 0_u32..=4096);
    let flight = (
        CONTEXTS.0..=CONTEXTS.1,
        2_u32..=6,
        SLOTS.0..=SLOTS.1,
        OUTSTANDING.0..=OUTSTANDING.1,
    );
    let arith = prop::sample::select(&Arith::ALL);
    let all = (shape, planes(), planes(), flight, arith);
    all.prop_map(
        |((eighths, log_lanes, tokens), k_planes, v_planes, flight, arith)| {
            let d_head = eighths * D_HEAD.0;
            let most = 1 << d_head.trailing_zeros();
            let widest = LANES.1.min(MAX_ROW_TOKENS * d_head);
            let lanes = (1 << log_lanes).min(if d_head == most { widest } else { most });
            let row = (lanes / d_head).max(1);
            let least = MAX_TOKENS.0.next_multiple_of(row);
            AttentionParams {
                d_head,
                lanes,
                max_tokens: (tokens / row * row).max(least),
                k_planes,
                v_planes,
                contexts: flight.0,
                jobs: 1 << flight.1,
                slots: flight.2,
                outstanding: flight.3,
                arith,
            }
        },
    )
    .prop_filter("legal", |p| p.violations().is_empty())
}

#[cfg(test)]
mod tests;
