// SPDX-License-Identifier: MIT OR Apache-2.0
//! Ports and parameters of the accumulators of importance, and the part that cascade pruning shares.

use super::{HEAD_ACC_W, ImportanceParams, TAG_W, TOKEN_ACC_W};
use crate::attention::{HEAD_W, OUT_W, PROB_W};
use crate::interface::{CLOCK, Interface, Port, Problem, Values, input, legal, output, parameters};

impl ImportanceParams {
    /// Returns the ports and parameters of `hg_importance`.
    pub fn interface(&self) -> Interface {
        let index_w = self.index_w();
        let mut ports = CLOCK.to_vec();
        ports.extend(self.ports_from_core());
        ports.extend([
            input("op_valid_i", 1),
            output("op_ready_o", 1),
            input("op_head_i", 1),
            input("op_code_i", 2),
            input("op_index_i", index_w),
            input("op_target_i", index_w),
            input("op_data_i", HEAD_ACC_W),
            input("op_restart_i", 1),
            input("op_tag_i", TAG_W),
            output("sum_valid_o", 1),
            input("sum_ready_i", 1),
            output("sum_data_o", HEAD_ACC_W),
            output("sum_error_o", 1),
            output("sum_tag_o", TAG_W),
            output("token_seen_o", TOKEN_ACC_W),
            output("head_seen_o", HEAD_ACC_W),
            output("idle_o", 1),
        ]);
        let mut parameters = self.shared_parameters();
        parameters.push(("TagW", TAG_W.into()));
        Interface { parameters, ports }
    }

    /// Returns the streams that come from the core.
    pub(crate) fn ports_from_core(&self) -> [Port; 9] {
        let t = self.tokens();
        [
            input("prob_valid_i", 1),
            output("prob_ready_o", 1),
            input("prob_data_i", t * PROB_W),
            input("prob_row_i", self.row_w()),
            input("prob_keep_i", t),
            input("out_valid_i", 1),
            output("out_ready_o", 1),
            input("out_data_i", self.d_head * OUT_W),
            input("out_head_i", HEAD_W),
        ]
    }

    /// Returns the parameters that cascade pruning has, too.
    pub(crate) fn shared_parameters(&self) -> Vec<(&'static str, i64)> {
        parameters([
            ("Tokens", self.tokens()),
            ("MaxTokens", self.max_tokens),
            ("DHead", self.d_head),
            ("MaxHeads", self.max_heads),
        ])
    }

    /// Reads the parameters back. Where a row is one token, `lanes` is the largest number that fits:
    /// the hardware does not know it.
    ///
    /// # Errors
    /// Names the parameter that is missing or no number, or the first rule that is broken.
    pub fn from_values(values: &Values<'_>) -> Result<Self, Problem> {
        let params = Self::from_shared(values)?;
        values.fixed("TagW", TAG_W)?;
        Ok(params)
    }

    /// Reads the parameters that cascade pruning has, too.
    pub(crate) fn from_shared(values: &Values<'_>) -> Result<Self, Problem> {
        let tokens = values.number("Tokens")?;
        let d_head = values.number("DHead")?;
        // Rows of one token fit cores of several widths; which one does not matter behind it.
        let lanes = if tokens == 1 {
            1 << d_head.trailing_zeros().min(9)
        } else {
            tokens.saturating_mul(d_head)
        };
        let params = Self {
            d_head,
            lanes,
            max_tokens: values.number("MaxTokens")?,
            max_heads: values.number("MaxHeads")?,
        };
        let violations = params.violations();
        legal(params, violations)
    }
}

/// Draws legal accumulators, of the `lanes` that are read back.
#[cfg(test)]
pub(crate) fn legal_accumulators() -> impl proptest::strategy::Strategy<Value = ImportanceParams> {
    use proptest::prelude::*;
    let heads = super::MAX_HEADS.0..=super::MAX_HEADS.1;
    let cores = crate::attention::params::legal_cores();
    (cores, heads).prop_map(|(core, max_heads)| ImportanceParams {
        d_head: core.d_head,
        lanes: if core.tokens() == 1 {
            1 << core.d_head.trailing_zeros()
        } else {
            core.lanes
        },
        max_tokens: core.max_tokens,
        max_heads,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn values_are_read_back(params in legal_accumulators()) {
            let values = params.interface().values();
            prop_assert_eq!(ImportanceParams::from_values(&Values(&values)), Ok(params));
        }
    }

    #[test]
    fn widths_by_hand_and_a_tag_of_another_width() {
        let params = ImportanceParams {
            d_head: 16,
            lanes: 32,
            max_tokens: 64,
            max_heads: 100,
        };
        let interface = params.interface();
        let parameters = [
            ("Tokens", 2),
            ("MaxTokens", 64),
            ("DHead", 16),
            ("MaxHeads", 100),
            ("TagW", 8),
        ];
        assert_eq!(interface.parameters, parameters);
        assert_eq!(interface.ports.len(), 28);
        let width = |name| interface.port(name).map(|p| p.width);
        assert_eq!(
            (width("prob_data_i"), width("prob_row_i")),
            (Some(34), Some(5))
        );
        assert_eq!(
            (width("out_data_i"), width("op_index_i")),
            (Some(256), Some(7))
        );
        let mut values = interface.values();
        values.insert("TagW".to_owned(), 9);
        let said = ImportanceParams::from_values(&Values(&values)).map_err(|p| p.to_string());
        assert_eq!(said, Err("TagW is 9, not 8".to_owned()));
    }
}
