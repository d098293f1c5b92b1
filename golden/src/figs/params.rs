// SPDX-License-Identifier: MIT OR Apache-2.0
//! Parameters of the array, their rules and the widths that follow.

use super::Variant;
use crate::arith::Arith;
use crate::violation::Violation;
use crate::width::{cnt_width, idx_width};

/// Smallest and largest number of rows.
pub const ROWS: (u32, u32) = (4, 128);
/// Smallest and largest number of columns.
pub const COLUMNS: (u32, u32) = (1, 64);
/// Smallest and largest number of multipliers of a PE.
pub const LANES: (u32, u32) = (1, 16);
/// Largest number of multipliers of a row.
pub const MAX_ROW_LANES: u32 = 256;
/// Smallest and largest group.
pub const GROUP: (u32, u32) = (2, 32);
/// Smallest and largest number of tokens of a tile.
pub const MAX_T: (u32, u32) = (4, 4096);
/// Smallest and largest inner dimension of a GEMM.
pub const MAX_K: (u32, u32) = (4, 65536);
/// Largest partial sum in bits.
pub const MAX_PSUM_W: u32 = 48;

/// Who shares the stored select.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SelectBy {
    /// Every multiplier has its own.
    Lane,
    /// The multipliers of a PE share one: masks are tied over their channels.
    Pe,
}

/// How an operand reaches its multiplier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mode {
    /// The multiplier selects among the registers of its group; what is passed on is undisturbed.
    Select,
    /// The registers of a group exchange their values from column to column; a multiplier uses the
    /// one of its row. Runs doubly-N:M weights.
    Exchange,
}

/// Parameters of the array. Field `weight_w` is SystemVerilog parameter `WeightW`, and so on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FigsParams {
    /// Rows, the inner dimension of a tile: 4 to 128, a multiple of `group`.
    pub rows: u32,
    /// Columns of PEs, 1 to 64.
    pub columns: u32,
    /// Multipliers of a PE, 1 to 16; `columns * lanes` is at most 256.
    pub lanes: u32,
    /// Rows whose values can be selected from one another, M: a power of two, 2 to 32.
    pub group: u32,
    /// Further registers that a multiplier can select from, 0 to `group - 1`.
    pub alpha: u32,
    /// Bits of a weight, two's complement: 4 or 8.
    pub weight_w: u32,
    /// Bits of an activation, two's complement: 4, 8 or 12.
    pub act_w: u32,
    /// Bits of a partial sum: at least [`FigsParams::min_psum_w`], at most 48.
    pub psum_w: u32,
    /// Most tokens of a tile: a power of two, 4 to 4096.
    pub max_t: u32,
    /// Longest sum in elements, 4 to 65536; larger GEMMs are refused.
    pub max_k: u32,
    /// Who shares the stored select, in mode `Select`.
    pub select: SelectBy,
    /// How operands are moved.
    pub mode: Mode,
    /// What products are made of.
    pub arith: Arith,
}

impl Default for FigsParams {
    fn default() -> Self {
        Self::for_pe(64)
    }
}

impl FigsParams {
    /// Returns parameters with `pe` multipliers, square-ish; legal for powers of two from 4 to 32768.
    pub fn for_pe(pe: u32) -> Self {
        let log = pe.max(1).ilog2();
        let rows = (1 << log.div_ceil(2).min(7)).max(ROWS.0);
        let wide = (pe / rows).max(1);
        let lanes = wide
            .min(if wide > 256 { 16 } else { 4 })
            .max(wide / COLUMNS.1);
        Self {
            rows,
            columns: wide / lanes,
            lanes,
            group: 4,
            alpha: 3,
            weight_w: 8,
            act_w: 8,
            psum_w: 28,
            max_t: 512,
            max_k: 4096,
            select: SelectBy::Lane,
            mode: Mode::Select,
            arith: Arith::Logic,
        }
    }

    /// Fills in what was not given: rows, columns and lanes so that there are `pe` multipliers and
    /// the array is square-ish, a group that the rows hold, and the `alpha` and `psum_w` that serve
    /// every density and every sum. `given` tells of a field whether its value stays.
    pub fn complete(&mut self, pe: u32, given: impl Fn(&str) -> bool) {
        if !given("group") {
            self.group = 4;
            if given("rows") {
                // A power of two that divides the rows, if there is one.
                self.group = 4.min(1 << self.rows.trailing_zeros().min(2)).max(GROUP.0);
            }
        }
        let square = Self::for_pe(pe);
        if !given("rows") {
            self.rows = square.rows.max(self.group.min(ROWS.1));
        }
        let wide = (pe / self.rows.max(1)).max(1);
        if !given("lanes") {
            let columns = if given("columns") {
                self.columns.max(1)
            } else {
                wide / square.lanes.min(wide)
            };
            self.lanes = (wide / columns).max(1);
        }
        if !given("columns") {
            self.columns = (wide / self.lanes.max(1)).max(1);
        }
        if !given("alpha") {
            self.alpha = self.group.max(1) - 1;
        }
        if !given("psum_w") && (1..=MAX_K.1).contains(&self.max_k) {
            self.psum_w = self.min_psum_w().min(MAX_PSUM_W);
        }
    }

    /// Returns every rule that these parameters break.
    pub fn violations(&self) -> Vec<Violation> {
        let mut out = Vec::new();
        let group = Violation::range("figs.group", self.group, GROUP.0, GROUP.1, &mut out)
            && power_of_two("figs.group", self.group, &mut out);
        if Violation::range("figs.rows", self.rows, ROWS.0, ROWS.1, &mut out)
            && group
            && !self.rows.is_multiple_of(self.group)
        {
            let near = self.rows.next_multiple_of(self.group);
            let rule = format!("must be a multiple of figs.group = {}", self.group);
            let remedy = format!("try {}", near.min(ROWS.1));
            out.push(Violation::new("figs.rows", self.rows, rule, remedy));
        }
        let columns =
            Violation::range("figs.columns", self.columns, COLUMNS.0, COLUMNS.1, &mut out);
        let lanes = Violation::range("figs.lanes", self.lanes, LANES.0, LANES.1, &mut out);
        if columns && lanes && self.row_lanes() > MAX_ROW_LANES {
            let rule = format!(
                "columns * lanes = {} multipliers a row, at most {MAX_ROW_LANES}",
                self.row_lanes()
            );
            let remedy = format!("try {}", MAX_ROW_LANES / self.lanes);
            out.push(Violation::new("figs.columns", self.columns, rule, remedy));
        }
        if group {
            Violation::range("figs.alpha", self.alpha, 0, self.group - 1, &mut out);
        }
        let weight = one_of("figs.weight_w", self.weight_w, &[4, 8], &mut out);
        let act = one_of("figs.act_w", self.act_w, &[4, 8, 12], &mut out);
        if Violation::range("figs.max_t", self.max_t, MAX_T.0, MAX_T.1, &mut out) {
            power_of_two("figs.max_t", self.max_t, &mut out);
        }
        let max_k = Violation::range("figs.max_k", self.max_k, MAX_K.0, MAX_K.1, &mut out);
        if weight && act && max_k {
            let least = self.min_psum_w();
            if !(least..=MAX_PSUM_W).contains(&self.psum_w) {
                let rule = format!(
                    "must be {least} to {MAX_PSUM_W}: a sum of figs.max_k = {} products of {} and \
                     {} bits",
                    self.max_k, self.weight_w, self.act_w
                );
                let remedy = format!("try {least}");
                out.push(Violation::new("figs.psum_w", self.psum_w, rule, remedy));
            }
        }
        if self.mode == Mode::Exchange && self.select == SelectBy::Pe {
            let rule = "mode exchange has no selects to share";
            let remedy = "leave figs.select out";
            out.push(Violation::new("figs.select", "pe", rule, remedy));
        }
        out
    }

    /// Returns the bits that no sum of `max_k` products overflows.
    pub fn min_psum_w(&self) -> u32 {
        self.weight_w + self.act_w + idx_width(self.max_k)
    }

    /// Returns the multipliers of a row, L.
    pub fn row_lanes(&self) -> u32 {
        self.columns * self.lanes
    }

    /// Returns the multipliers of the array.
    pub fn macs(&self) -> u32 {
        self.rows * self.row_lanes()
    }

    /// Returns the smallest N of N:group that `alpha` can serve.
    pub fn n_min(&self) -> u32 {
        match self.mode {
            // Each row has one element of its group, whichever it is.
            Mode::Exchange => 1,
            Mode::Select => (self.group - self.alpha).next_power_of_two(),
        }
    }

    /// Returns the elements of the block that `variant` selects from, M.
    pub fn block(&self, variant: Variant) -> u32 {
        match variant {
            Variant::Figs => self.group,
            Variant::DenseWs => 1,
            Variant::Stc24 | Variant::VegetaS => 4,
        }
    }

    /// Tells whether a tile may say `log_n` on the tile port.
    ///
    /// Only the array has anything to switch: the density of a baseline is a matter of its weights,
    /// selects and activations.
    pub fn runs(&self, variant: Variant, log_n: u32) -> bool {
        match (variant, self.mode) {
            (Variant::Figs, Mode::Select) => {
                (self.n_min().ilog2()..=self.group.ilog2()).contains(&log_n)
            }
            _ => log_n == 0,
        }
    }

    /// Returns what a tile of `2^log_n` weights a block says on the tile port.
    pub fn port_log_n(&self, variant: Variant, log_n: u32) -> u32 {
        if variant == Variant::Figs { log_n } else { 0 }
    }

    /// Returns the word of an output beat that has the sum of `channel` of a tile of `2^log_n`
    /// weights a block: sums stay in their lane, as far apart as their chains.
    pub fn out_word(&self, variant: Variant, log_n: u32, channel: u32) -> u32 {
        let d = self.channels(variant, log_n) / self.row_lanes();
        let words = self.out_channels(variant) / self.row_lanes();
        channel / d * words + channel % d * (words / d)
    }

    /// Returns the elements of the inner dimension that a tile of `2^log_n` weights a block covers.
    pub fn k_tile(&self, variant: Variant, log_n: u32) -> u32 {
        match variant {
            Variant::Figs | Variant::DenseWs => self.rows,
            // A pair of rows holds 2 of 4 or, dense, 2 of 2.
            Variant::Stc24 => self.rows << u32::from(log_n == 1),
            Variant::VegetaS => (4 * self.rows) >> log_n,
        }
    }

    /// Returns the output channels of a tile of `2^log_n` weights a block.
    pub fn channels(&self, variant: Variant, log_n: u32) -> u32 {
        match variant {
            Variant::Figs => self.row_lanes() * (self.group >> log_n),
            Variant::DenseWs | Variant::Stc24 | Variant::VegetaS => self.row_lanes(),
        }
    }

    /// Returns the sums of an output beat: the most channels that a tile can have.
    pub fn out_channels(&self, variant: Variant) -> u32 {
        match variant {
            Variant::Figs => self.row_lanes() * (self.group / self.n_min()),
            Variant::DenseWs | Variant::Stc24 | Variant::VegetaS => self.row_lanes(),
        }
    }

    /// Returns the activations of a beat, the input port in elements.
    pub fn act_elements(&self, variant: Variant) -> u32 {
        match variant {
            Variant::Figs | Variant::DenseWs => self.rows,
            Variant::Stc24 => 2 * self.rows,
            Variant::VegetaS => 4 * self.rows,
        }
    }

    /// Returns the selects of a weight beat.
    ///
    /// `dense_ws` keeps one of a bit for each multiplier, tied to 0, so that the ports are the same.
    pub fn selects(&self, variant: Variant) -> u32 {
        let shared = self.select == SelectBy::Pe || self.mode == Mode::Exchange;
        if variant == Variant::Figs && shared {
            self.columns
        } else {
            self.row_lanes()
        }
    }

    /// Returns the bits of a select.
    pub fn sel_w(&self, variant: Variant) -> u32 {
        match (variant, self.mode) {
            (Variant::Figs, Mode::Select) => idx_width(self.alpha + 1),
            (Variant::Figs, Mode::Exchange) => idx_width(self.group),
            (Variant::DenseWs, _) => 1,
            (Variant::Stc24 | Variant::VegetaS, _) => 2,
        }
    }

    /// Returns the bits of a token count on the tile port.
    pub fn tokens_w(&self) -> u32 {
        cnt_width(self.max_t)
    }

    /// Returns the bits of the output port.
    pub fn out_w(&self, variant: Variant) -> u32 {
        self.out_channels(variant) * self.psum_w
    }
}

/// Judges a field that must be a power of two.
fn power_of_two(field: &str, value: u32, out: &mut Vec<Violation>) -> bool {
    if value.is_power_of_two() {
        return true;
    }
    let above = value.next_power_of_two();
    let remedy = format!("try {} or {above}", above / 2);
    out.push(Violation::new(
        field,
        value,
        "must be a power of two",
        remedy,
    ));
    false
}

/// Judges a field that has a few legal values.
fn one_of(field: &str, value: u32, legal: &[u32], out: &mut Vec<Violation>) -> bool {
    if legal.contains(&value) {
        return true;
    }
    let words: Vec<String> = legal.iter().map(ToString::to_string).collect();
    let rule = format!("must be one of {}", words.join(", "));
    out.push(Violation::new(field, value, rule, "try 8"));
    false
}

#[cfg(test)]
mod tests;
