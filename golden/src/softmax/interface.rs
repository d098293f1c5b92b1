// SPDX-License-Identifier: MIT OR Apache-2.0
//! Ports and parameters of the softmax passes.

use super::exponent::{EXP_W, KEY_W};
use super::pass::{PLANES_W, SUM_W, SoftmaxParams};
use crate::interface::{CLOCK, Interface, Problem, Values, input, legal, output, parameters};

impl SoftmaxParams {
    /// Returns the ports and parameters of `hg_softmax`.
    pub fn interface(&self) -> Interface {
        let (t, row_w, context_w) = (self.tokens, self.row_w(), self.context_w());
        let mut ports = CLOCK.to_vec();
        ports.extend([
            input("cmd_valid_i", 1),
            output("cmd_ready_o", 1),
            input("cmd_certain_i", 1),
            input("cmd_context_i", context_w),
            input("cmd_rows_i", self.rows_w()),
            input("cmd_planes_i", PLANES_W),
            input("cmd_pre_shift_i", 6),
            input("cmd_mant_i", 16),
            output("rd_en_o", 1),
            output("rd_context_o", context_w),
            output("rd_row_o", row_w),
            input("rd_keys_i", t * self.key_w()),
            input("rd_max_i", self.score_w + 1),
            output("sel_valid_o", 1),
            output("sel_row_o", row_w),
            output("sel_key_o", t * KEY_W),
            output("sel_exp_o", t * EXP_W),
            output("sel_live_o", t),
            output("sel_last_o", 1),
            output("res_valid_o", 1),
            output("res_certain_o", 1),
            output("res_sum_o", SUM_W),
            output("res_part_o", SUM_W),
            output("res_best_o", KEY_W + 1),
            input("scan_start_i", 1),
            input("scan_context_i", context_w),
            input("scan_rows_i", self.rows_w()),
            input("scan_planes_i", PLANES_W),
            input("scan_all_i", 1),
            input("scan_limit_i", KEY_W),
            output("scan_rd_en_o", 1),
            output("scan_rd_row_o", row_w),
            input("scan_rd_keys_i", t * self.key_w()),
            output("scan_valid_o", 1),
            output("scan_row_o", row_w),
            output("scan_mask_o", t),
            output("scan_end_o", 1),
            output("scan_rest_o", self.score_w + 1),
        ]);
        let parameters = parameters([
            ("Tokens", self.tokens),
            ("Rows", self.rows),
            ("Contexts", self.contexts),
            ("ScoreW", self.score_w),
        ]);
        Interface { parameters, ports }
    }

    /// Reads the parameters back.
    ///
    /// # Errors
    /// Names the parameter that is missing or no number, or the first rule that is broken.
    pub fn from_values(values: &Values<'_>) -> Result<Self, Problem> {
        let params = Self {
            tokens: values.number("Tokens")?,
            rows: values.number("Rows")?,
            contexts: values.number("Contexts")?,
            score_w: values.number("ScoreW")?,
        };
        let violations = params.violations();
        legal(params, violations)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    prop_compose! {
        fn all()(tokens in 1_u32..=64, rows in 1_u32..=4096, contexts in 2_u32..=8,
                 score_w in 2_u32..=40) -> SoftmaxParams {
            SoftmaxParams { tokens, rows: rows.min(4096 / tokens), contexts, score_w }
        }
    }

    proptest! {
        #[test]
        fn values_are_read_back(params in all()) {
            let values = params.interface().values();
            prop_assert_eq!(SoftmaxParams::from_values(&Values(&values)), Ok(params));
        }
    }

    #[test]
    fn widths_by_hand() {
        let params = SoftmaxParams {
            tokens: 2,
            rows: 16,
            contexts: 8,
            score_w: 26,
        };
        let interface = params.interface();
        let width = |name| interface.port(name).map(|p| p.width);
        assert_eq!(interface.ports.len(), 40);
        // 0 to 16 rows have five bits, their numbers four.
        assert_eq!((width("cmd_rows_i"), width("rd_row_o")), (Some(5), Some(4)));
        assert_eq!(
            (width("cmd_context_i"), width("rd_keys_i")),
            (Some(3), Some(58))
        );
        assert_eq!(
            (width("sel_key_o"), width("sel_exp_o")),
            (Some(24), Some(50))
        );
        assert_eq!(
            (width("res_sum_o"), width("scan_rest_o")),
            (Some(38), Some(27))
        );
        assert_eq!(
            (width("res_best_o"), width("scan_rd_keys_i")),
            (Some(13), Some(58))
        );
    }
}
