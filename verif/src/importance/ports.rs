// SPDX-License-Identifier: MIT OR Apache-2.0
//! The ports of the accumulators, and the streams that cascade pruning takes too.

use hwgen_golden::attention::{HEAD_W, OUT_W, PROB_W};
use hwgen_golden::importance::{HEAD_ACC_W, ImportanceParams, TAG_W, TOKEN_ACC_W};

use crate::pack::pack;
use hwgen_bundle::manifest::Dir;
use hwgen_sim::dut::{Dut, In, Out};

/// A list of ports with direction and width in bits.
pub(crate) type Wanted = Vec<(&'static str, Dir, u32)>;

/// Rows of probabilities and outputs, as the core sends them.
pub(crate) struct FromCore {
    pub(crate) prob_valid: In,
    pub(crate) prob_ready: Out,
    prob_data: In,
    prob_row: In,
    prob_keep: In,
    pub(crate) out_valid: In,
    pub(crate) out_ready: Out,
    out_data: In,
    out_head: In,
}

impl FromCore {
    pub(crate) fn wanted(p: &ImportanceParams) -> Wanted {
        use Dir::{Input, Output};
        vec![
            ("prob_valid_i", Input, 1),
            ("prob_ready_o", Output, 1),
            ("prob_data_i", Input, p.tokens() * PROB_W),
            ("prob_row_i", Input, p.row_w()),
            ("prob_keep_i", Input, p.tokens()),
            ("out_valid_i", Input, 1),
            ("out_ready_o", Output, 1),
            ("out_data_i", Input, p.d_head * OUT_W),
            ("out_head_i", Input, HEAD_W),
        ]
    }

    pub(crate) fn find(dut: &Dut) -> Result<Self, String> {
        let (i, o) = (input(dut), output(dut));
        Ok(Self {
            prob_valid: i("prob_valid_i")?,
            prob_ready: o("prob_ready_o")?,
            prob_data: i("prob_data_i")?,
            prob_row: i("prob_row_i")?,
            prob_keep: i("prob_keep_i")?,
            out_valid: i("out_valid_i")?,
            out_ready: o("out_ready_o")?,
            out_data: i("out_data_i")?,
            out_head: i("out_head_i")?,
        })
    }

    /// Puts a row on the port, or takes it away.
    pub(crate) fn put_row(&self, dut: &mut Dut, row: Option<(u32, &[u32], u64)>) {
        dut.set(self.prob_valid, u64::from(row.is_some()));
        if let Some((row, probs, keep)) = row {
            dut.set(self.prob_row, u64::from(row));
            dut.set(self.prob_keep, keep);
            let probs = probs.iter().map(|&p| u64::from(p));
            pack(dut.words_mut(self.prob_data), PROB_W, probs);
        }
    }

    /// Puts an output on the port, or takes it away.
    pub(crate) fn put_output(&self, dut: &mut Dut, output: Option<(u32, &[i16])>) {
        dut.set(self.out_valid, u64::from(output.is_some()));
        if let Some((head, data)) = output {
            dut.set(self.out_head, u64::from(head));
            let data = data.iter().map(|&e| u64::from(e as u16));
            pack(dut.words_mut(self.out_data), OUT_W, data);
        }
    }
}

/// Returns what finds an input by its name.
pub(crate) fn input(dut: &Dut) -> impl Fn(&str) -> Result<In, String> + '_ {
    |name| dut.input(name).ok_or_else(|| format!("{name} is missing"))
}

/// Returns what finds an output by its name.
pub(crate) fn output(dut: &Dut) -> impl Fn(&str) -> Result<Out, String> + '_ {
    |name| dut.output(name).ok_or_else(|| format!("{name} is missing"))
}

/// Handles of the ports.
pub(super) struct Ports {
    pub(super) rst_n: In,
    pub(super) core: FromCore,
    pub(super) op_valid: In,
    pub(super) op_ready: Out,
    /// Head, code, index, target, data, restart, tag.
    pub(super) op: [In; 7],
    pub(super) sum_valid: Out,
    pub(super) sum_ready: In,
    /// Error, data, tag.
    pub(super) sum: [Out; 3],
    pub(super) seen: [Out; 2],
    pub(super) idle: Out,
}

const OP: [&str; 7] = [
    "op_head_i",
    "op_code_i",
    "op_index_i",
    "op_target_i",
    "op_data_i",
    "op_restart_i",
    "op_tag_i",
];

/// Lists every port.
pub(super) fn wanted(p: &ImportanceParams) -> Wanted {
    use Dir::{Input, Output};
    let mut all = FromCore::wanted(p);
    let op_w = [1, 2, p.index_w(), p.index_w(), HEAD_ACC_W, 1, TAG_W];
    all.extend(OP.into_iter().zip(op_w).map(|(name, w)| (name, Input, w)));
    all.extend([
        ("clk_i", Input, 1),
        ("rst_ni", Input, 1),
        ("op_valid_i", Input, 1),
        ("op_ready_o", Output, 1),
        ("sum_valid_o", Output, 1),
        ("sum_ready_i", Input, 1),
        ("sum_data_o", Output, HEAD_ACC_W),
        ("sum_error_o", Output, 1),
        ("sum_tag_o", Output, TAG_W),
        ("token_seen_o", Output, TOKEN_ACC_W),
        ("head_seen_o", Output, HEAD_ACC_W),
        ("idle_o", Output, 1),
    ]);
    all
}

impl Ports {
    /// Finds the ports, whose widths have been compared.
    pub(super) fn find(dut: &Dut) -> Result<Self, String> {
        let (i, o) = (input(dut), output(dut));
        let [head, code, index, target, data, restart, tag] = OP.map(&i);
        Ok(Self {
            rst_n: i("rst_ni")?,
            core: FromCore::find(dut)?,
            op_valid: i("op_valid_i")?,
            op_ready: o("op_ready_o")?,
            op: [head?, code?, index?, target?, data?, restart?, tag?],
            sum_valid: o("sum_valid_o")?,
            sum_ready: i("sum_ready_i")?,
            sum: [o("sum_error_o")?, o("sum_data_o")?, o("sum_tag_o")?],
            seen: [o("token_seen_o")?, o("head_seen_o")?],
            idle: o("idle_o")?,
        })
    }
}
