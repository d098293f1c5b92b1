// SPDX-License-Identifier: MIT OR Apache-2.0
//! Ports and parameters of cascade pruning.

use super::EngineParams;
use crate::attention::HEAD_W;
use crate::importance::{HEAD_ACC_W, ImportanceParams, TOKEN_ACC_W};
use crate::interface::{CLOCK, Interface, Problem, Values, input, legal, output, parameters};

impl EngineParams {
    /// Returns the ports and parameters of `hg_cascade`.
    pub fn interface(&self) -> Interface {
        let (tok_w, heads_w) = (self.importance.tok_w(), self.heads_w());
        let mut ports = CLOCK.to_vec();
        ports.extend([
            input("cmd_valid_i", 1),
            output("cmd_ready_o", 1),
            input("cmd_op_i", 2),
            input("cmd_tokens_i", tok_w),
            input("cmd_heads_i", heads_w),
            input("cmd_keep_tokens_i", tok_w),
            input("cmd_keep_heads_i", heads_w),
            input("cmd_window_i", tok_w),
        ]);
        ports.extend(self.importance.ports_from_core());
        ports.extend([
            output("list_valid_o", 1),
            input("list_ready_i", 1),
            output("list_position_o", tok_w),
            output("list_token_o", tok_w),
            output("list_sum_o", TOKEN_ACC_W),
            output("list_last_o", 1),
            output("head_valid_o", 1),
            input("head_ready_i", 1),
            output("head_index_o", HEAD_W),
            output("head_sum_o", HEAD_ACC_W),
            output("head_last_o", 1),
            output("ans_valid_o", 1),
            input("ans_ready_i", 1),
            output("ans_error_o", 3),
            output("ans_tokens_o", tok_w),
            output("ans_heads_o", heads_w),
        ]);
        let mut all = self.importance.shared_parameters();
        all.extend(parameters([
            ("Lanes", self.lanes),
            ("KeyW", self.key_w),
            ("DigitW", self.digit_w),
        ]));
        Interface {
            parameters: all,
            ports,
        }
    }

    /// Reads the parameters back, those of the accumulators as [`ImportanceParams::from_values`].
    ///
    /// # Errors
    /// Names the parameter that is missing or no number, or the first rule that is broken.
    pub fn from_values(values: &Values<'_>) -> Result<Self, Problem> {
        let params = Self {
            importance: ImportanceParams::from_shared(values)?,
            lanes: values.number("Lanes")?,
            key_w: values.number("KeyW")?,
            digit_w: values.number("DigitW")?,
        };
        let violations = params.violations();
        legal(params, violations)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::importance::legal_accumulators;

    prop_compose! {
        fn all()(importance in legal_accumulators(), log_lanes in 0_u32..=6, key_w in 8_u32..=24,
                 digit_w in 1_u32..=6) -> EngineParams {
            EngineParams { importance, lanes: 1 << log_lanes, key_w, digit_w }
        }
    }

    proptest! {
        #[test]
        fn values_are_read_back(params in all()) {
            let values = params.interface().values();
            prop_assert_eq!(EngineParams::from_values(&Values(&values)), Ok(params));
        }
    }

    #[test]
    fn the_interface_of_one_engine_by_hand() {
        let params = EngineParams::default();
        let interface = params.interface();
        let parameters = [
            ("Tokens", 1),
            ("MaxTokens", 1024),
            ("DHead", 64),
            ("MaxHeads", 32),
            ("Lanes", 16),
            ("KeyW", 16),
            ("DigitW", 4),
        ];
        assert_eq!(interface.parameters, parameters);
        assert_eq!(interface.ports.len(), 35);
        let width = |name| interface.port(name).map(|p| p.width);
        assert_eq!(
            (width("cmd_tokens_i"), width("cmd_heads_i")),
            (Some(11), Some(6))
        );
        assert_eq!(
            (width("out_data_i"), width("head_index_o")),
            (Some(1024), Some(8))
        );
    }
}
