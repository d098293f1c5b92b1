// SPDX-License-Identifier: MIT OR Apache-2.0
//! The ports of the softmax passes.

use hwgen_golden::softmax::{EXP_W, KEY_W, PLANES_W, SUM_W, SoftmaxParams};

use hwgen_bundle::manifest::Dir;
use hwgen_sim::dut::{Dut, In, Out};

/// Inputs of a command: scan, certain, context, rows, planes, shift, multiplier.
const CMD: [&str; 7] = [
    "cmd_scan_i",
    "cmd_certain_i",
    "cmd_context_i",
    "cmd_rows_i",
    "cmd_planes_i",
    "cmd_pre_shift_i",
    "cmd_mant_i",
];

/// Handles of the ports.
pub(super) struct Ports {
    pub(super) rst_n: In,
    pub(super) cmd_valid: In,
    pub(super) cmd_ready: Out,
    pub(super) cmd: [In; 7],
    pub(super) scan_all: In,
    pub(super) scan_limit: In,
    pub(super) rd_en: Out,
    pub(super) rd_context: Out,
    pub(super) rd_row: Out,
    pub(super) rd_keys: In,
    pub(super) rd_max: In,
    pub(super) sel_valid: Out,
    pub(super) sel_row: Out,
    pub(super) sel_key: Out,
    pub(super) sel_exp: Out,
    pub(super) sel_live: Out,
    pub(super) sel_last: Out,
    pub(super) res_valid: Out,
    /// Certain, sum, part.
    pub(super) res: [Out; 3],
    pub(super) scan_valid: Out,
    pub(super) scan_row: Out,
    pub(super) scan_mask: Out,
    pub(super) scan_end: Out,
    pub(super) scan_any: Out,
    pub(super) scan_rest: Out,
}

/// Lists every port.
pub(super) fn wanted(p: &SoftmaxParams) -> Vec<(&'static str, Dir, u32)> {
    use Dir::{Input, Output};
    let cmd_w = [1, 1, p.context_w(), p.rows_w(), PLANES_W, 6, 16];
    let mut all: Vec<_> = CMD
        .into_iter()
        .zip(cmd_w)
        .map(|(n, w)| (n, Input, w))
        .collect();
    all.extend([
        ("clk_i", Input, 1),
        ("rst_ni", Input, 1),
        ("cmd_valid_i", Input, 1),
        ("cmd_ready_o", Output, 1),
        ("scan_all_i", Input, 1),
        ("scan_limit_i", Input, KEY_W),
        ("rd_en_o", Output, 1),
        ("rd_context_o", Output, p.context_w()),
        ("rd_row_o", Output, p.row_w()),
        ("rd_keys_i", Input, p.tokens * p.key_w()),
        ("rd_max_i", Input, p.score_w + 1),
        ("sel_valid_o", Output, 1),
        ("sel_row_o", Output, p.row_w()),
        ("sel_key_o", Output, p.tokens * KEY_W),
        ("sel_exp_o", Output, p.tokens * EXP_W),
        ("sel_live_o", Output, p.tokens),
        ("sel_last_o", Output, 1),
        ("res_valid_o", Output, 1),
        ("res_certain_o", Output, 1),
        ("res_sum_o", Output, SUM_W),
        ("res_part_o", Output, SUM_W),
        ("scan_valid_o", Output, 1),
        ("scan_row_o", Output, p.row_w()),
        ("scan_mask_o", Output, p.tokens),
        ("scan_end_o", Output, 1),
        ("scan_any_o", Output, 1),
        ("scan_rest_o", Output, p.score_w + 1),
    ]);
    all
}

impl Ports {
    /// Finds the ports, whose widths have been compared.
    pub(super) fn find(dut: &Dut) -> Option<Self> {
        let (i, o) = (|name| dut.input(name), |name| dut.output(name));
        let cmd: Vec<In> = CMD.iter().map(|name| i(name)).collect::<Option<_>>()?;
        Some(Self {
            rst_n: i("rst_ni")?,
            cmd_valid: i("cmd_valid_i")?,
            cmd_ready: o("cmd_ready_o")?,
            cmd: cmd.try_into().ok()?,
            scan_all: i("scan_all_i")?,
            scan_limit: i("scan_limit_i")?,
            rd_en: o("rd_en_o")?,
            rd_context: o("rd_context_o")?,
            rd_row: o("rd_row_o")?,
            rd_keys: i("rd_keys_i")?,
            rd_max: i("rd_max_i")?,
            sel_valid: o("sel_valid_o")?,
            sel_row: o("sel_row_o")?,
            sel_key: o("sel_key_o")?,
            sel_exp: o("sel_exp_o")?,
            sel_live: o("sel_live_o")?,
            sel_last: o("sel_last_o")?,
            res_valid: o("res_valid_o")?,
            res: [o("res_certain_o")?, o("res_sum_o")?, o("res_part_o")?],
            scan_valid: o("scan_valid_o")?,
            scan_row: o("scan_row_o")?,
            scan_mask: o("scan_mask_o")?,
            scan_end: o("scan_end_o")?,
            scan_any: o("scan_any_o")?,
            scan_rest: o("scan_rest_o")?,
        })
    }
}
