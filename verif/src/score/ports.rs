// SPDX-License-Identifier: MIT OR Apache-2.0
//! The ports of the score buffer.

use hwgen_golden::score::ScoreParams;

use super::item::Beat;
use crate::pack::pack;
use hwgen_bundle::manifest::Dir;
use hwgen_sim::dut::{Dut, In, Out};

/// Handles of the ports.
pub(super) struct Ports {
    pub(super) rst_n: In,
    pub(super) query_sums: In,
    pub(super) in_valid: In,
    in_tag: In,
    in_sums: In,
    pub(super) rest_valid: In,
    pub(super) rest_score: In,
    pub(super) done: Out,
    pub(super) done_context: Out,
    pub(super) rd_en: In,
    pub(super) rd_context: In,
    pub(super) rd_row: In,
    pub(super) rd_keys: Out,
    pub(super) rd_max: Out,
}

/// Lists every port.
pub(super) fn wanted(p: &ScoreParams) -> Vec<(&'static str, Dir, u32)> {
    use Dir::{Input, Output};
    vec![
        ("clk_i", Input, 1),
        ("rst_ni", Input, 1),
        ("query_sums_i", Input, p.contexts * p.query_w),
        ("in_valid_i", Input, 1),
        ("in_tag_i", Input, p.tag_w()),
        ("in_sums_i", Input, p.tokens * p.sum_w),
        ("rest_valid_i", Input, 1),
        ("rest_score_i", Input, p.score_w + 1),
        ("done_o", Output, 1),
        ("done_context_o", Output, p.context_w()),
        ("rd_en_i", Input, 1),
        ("rd_context_i", Input, p.context_w()),
        ("rd_row_i", Input, p.row_w()),
        ("rd_keys_o", Output, p.tokens * p.key_w()),
        ("rd_max_o", Output, p.score_w + 1),
    ]
}

impl Ports {
    /// Finds the ports, whose widths have been compared.
    pub(super) fn find(dut: &Dut) -> Option<Self> {
        Some(Self {
            rst_n: dut.input("rst_ni")?,
            query_sums: dut.input("query_sums_i")?,
            in_valid: dut.input("in_valid_i")?,
            in_tag: dut.input("in_tag_i")?,
            in_sums: dut.input("in_sums_i")?,
            rest_valid: dut.input("rest_valid_i")?,
            rest_score: dut.input("rest_score_i")?,
            done: dut.output("done_o")?,
            done_context: dut.output("done_context_o")?,
            rd_en: dut.input("rd_en_i")?,
            rd_context: dut.input("rd_context_i")?,
            rd_row: dut.input("rd_row_i")?,
            rd_keys: dut.output("rd_keys_o")?,
            rd_max: dut.output("rd_max_o")?,
        })
    }

    /// Puts a beat of `context` on the ports.
    pub(super) fn put(&self, dut: &mut Dut, p: &ScoreParams, context: u32, beat: &Beat) {
        dut.set(self.in_valid, 1);
        let mut at = 0;
        let mut field = |width: u32, value: u64| {
            dut.set_field(self.in_tag, at, width, value);
            at += width;
        };
        // Lowest first.
        for &bias in &beat.bias {
            field(p.bias_w(), bias as u64);
        }
        field(p.tokens, beat.mask);
        for &flag in beat.flags.iter().rev() {
            field(1, u64::from(flag));
        }
        field(2, beat.plane.into());
        field(p.row_w(), beat.row.into());
        field(p.context_w(), context.into());
        let sums = beat.sums.iter().map(|&sum| sum as u64);
        pack(dut.words_mut(self.in_sums), p.sum_w, sums);
    }

    /// Puts noise where a beat would be.
    pub(super) fn put_noise(
        &self,
        dut: &mut Dut,
        p: &ScoreParams,
        noise: &mut impl FnMut() -> u64,
    ) {
        dut.set(self.in_valid, 0);
        pack(
            dut.words_mut(self.in_tag),
            1,
            (0..p.tag_w()).map(|_| noise()),
        );
        let sums = (0..p.tokens).map(|_| noise());
        pack(dut.words_mut(self.in_sums), p.sum_w, sums);
    }
}
