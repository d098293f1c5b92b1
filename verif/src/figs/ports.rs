// SPDX-License-Identifier: MIT OR Apache-2.0
//! The ports of an engine for sparse GEMM.

use hwgen_golden::figs::{FigsParams, Variant};

use hwgen_bundle::manifest::Dir;
use hwgen_sim::dut::{Dut, In, Out};

/// Handles of the ports.
pub(super) struct Ports {
    pub(super) rst_n: In,
    pub(super) tile_valid: In,
    pub(super) tile_tokens: In,
    pub(super) tile_log_n: In,
    pub(super) tile_first: In,
    pub(super) tile_last: In,
    pub(super) weight_valid: In,
    pub(super) weight_data: In,
    pub(super) weight_sel: In,
    pub(super) act_valid: In,
    pub(super) act_data: In,
    pub(super) out_ready: In,
    pub(super) tile_ready: Out,
    pub(super) tile_error: Out,
    pub(super) weight_ready: Out,
    pub(super) act_ready: Out,
    pub(super) out_valid: Out,
    pub(super) out_data: Out,
    pub(super) out_last: Out,
}

impl Ports {
    /// Finds the ports, whose widths [`wanted`] has had checked in the manifest.
    pub(super) fn find(dut: &Dut) -> Result<Self, String> {
        let input = |name: &str| dut.input(name).ok_or(format!("{name} is missing"));
        let output = |name: &str| dut.output(name).ok_or(format!("{name} is missing"));
        Ok(Self {
            rst_n: input("rst_ni")?,
            tile_valid: input("tile_valid_i")?,
            tile_tokens: input("tile_tokens_i")?,
            tile_log_n: input("tile_log_n_i")?,
            tile_first: input("tile_first_i")?,
            tile_last: input("tile_last_i")?,
            weight_valid: input("weight_valid_i")?,
            weight_data: input("weight_data_i")?,
            weight_sel: input("weight_sel_i")?,
            act_valid: input("act_valid_i")?,
            act_data: input("act_data_i")?,
            out_ready: input("out_ready_i")?,
            tile_ready: output("tile_ready_o")?,
            tile_error: output("tile_error_o")?,
            weight_ready: output("weight_ready_o")?,
            act_ready: output("act_ready_o")?,
            out_valid: output("out_valid_o")?,
            out_data: output("out_data_o")?,
            out_last: output("out_last_o")?,
        })
    }
}

/// Lists the ports of an engine with their widths in bits.
pub(super) fn wanted(p: &FigsParams, variant: Variant) -> [(&'static str, Dir, u32); 20] {
    use Dir::{Input, Output};
    [
        ("clk_i", Input, 1),
        ("rst_ni", Input, 1),
        ("tile_valid_i", Input, 1),
        ("tile_ready_o", Output, 1),
        ("tile_tokens_i", Input, p.tokens_w()),
        ("tile_log_n_i", Input, 3),
        ("tile_first_i", Input, 1),
        ("tile_last_i", Input, 1),
        ("tile_error_o", Output, 1),
        ("weight_valid_i", Input, 1),
        ("weight_ready_o", Output, 1),
        ("weight_data_i", Input, p.row_lanes() * p.weight_w),
        ("weight_sel_i", Input, p.selects(variant) * p.sel_w(variant)),
        ("act_valid_i", Input, 1),
        ("act_ready_o", Output, 1),
        ("act_data_i", Input, p.act_elements(variant) * p.act_w),
        ("out_valid_o", Output, 1),
        ("out_ready_i", Input, 1),
        ("out_data_o", Output, p.out_w(variant)),
        ("out_last_o", Output, 1),
    ]
}
