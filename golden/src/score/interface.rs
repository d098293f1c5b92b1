// SPDX-License-Identifier: MIT OR Apache-2.0
//! Ports and parameters of the score buffer.

use super::ScoreParams;
use crate::interface::{
    CLOCK, Interface, Problem, Values, input, legal, output, packed, parameters,
};

impl ScoreParams {
    /// Returns the ports and parameters of `hg_score`.
    pub fn interface(&self) -> Interface {
        let context_w = self.context_w();
        let mut ports = CLOCK.to_vec();
        ports.extend([
            input("query_sums_i", self.contexts * self.query_w),
            input("in_valid_i", 1),
            input("in_tag_i", self.tag_w()),
            input("in_sums_i", self.tokens * self.sum_w),
            input("rest_valid_i", 1),
            input("rest_context_i", context_w),
            input("rest_score_i", self.score_w + 1),
            output("done_o", 1),
            output("done_context_o", context_w),
            input("rd_en_i", 1),
            input("rd_context_i", context_w),
            input("rd_row_i", self.row_w()),
            output("rd_keys_o", self.tokens * self.key_w()),
            output("rd_max_o", self.score_w + 1),
            input("scan_en_i", 1),
            input("scan_context_i", context_w),
            input("scan_row_i", self.row_w()),
            output("scan_keys_o", self.tokens * self.key_w()),
        ]);
        let parameters = parameters([
            ("Tokens", self.tokens),
            ("Rows", self.rows),
            ("Contexts", self.contexts),
            ("KPlanes", self.k_planes.len() as u32),
            ("KWidths", packed(&self.k_planes)),
            ("SumW", self.sum_w),
            ("QueryW", self.query_w),
            ("ScoreW", self.score_w),
        ]);
        Interface { parameters, ports }
    }

    /// Reads the parameters back.
    ///
    /// # Errors
    /// Names the parameter that is missing, no number or not what the planes say, or the first rule
    /// that is broken.
    pub fn from_values(values: &Values<'_>) -> Result<Self, Problem> {
        let params = Self {
            k_planes: values.planes("KWidths")?,
            tokens: values.number("Tokens")?,
            rows: values.number("Rows")?,
            contexts: values.number("Contexts")?,
            sum_w: values.number("SumW")?,
            query_w: values.number("QueryW")?,
            score_w: values.number("ScoreW")?,
        };
        let violations = params.violations();
        let params = legal(params, violations)?;
        values.fixed("KPlanes", params.k_planes.len() as u32)?;
        Ok(params)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    prop_compose! {
        fn all()(tokens in 1_u32..=64, rows in 1_u32..=4096, contexts in 2_u32..=8,
                 k_planes in prop::collection::vec(2_u32..=8, 1..=3), sum_w in 1_u32..=40,
                 query_w in 12_u32..=20, score_w in 3_u32..=40) -> ScoreParams {
            let rows = rows.min(4096 / tokens);
            ScoreParams { tokens, rows, contexts, k_planes, sum_w, query_w, score_w }
        }
    }

    proptest! {
        #[test]
        fn values_are_read_back(params in all()) {
            let values = params.interface().values();
            prop_assert_eq!(ScoreParams::from_values(&Values(&values)), Ok(params));
        }
    }

    #[test]
    fn widths_by_hand_and_planes_that_do_not_agree() {
        let params = ScoreParams {
            tokens: 2,
            rows: 20,
            contexts: 4,
            k_planes: vec![4, 3],
            sum_w: 21,
            query_w: 16,
            score_w: 26,
        };
        let interface = params.interface();
        assert_eq!(
            interface.parameters[3..5],
            [("KPlanes", 2), ("KWidths", 0x34)]
        );
        // A tag is context, row, planes, five flags, and for each key a mask bit and a bias.
        let tag_w = 2 + 5 + 2 + 5 + 2 * (1 + 25);
        let widths: Vec<u32> = interface.ports.iter().map(|p| p.width).collect();
        assert_eq!(
            widths,
            [
                1, 1, 64, 1, tag_w, 42, 1, 2, 27, 1, 2, 1, 2, 5, 58, 27, 1, 2, 5, 58
            ]
        );
        let mut values = interface.values();
        values.insert("KPlanes".to_owned(), 3);
        let said = ScoreParams::from_values(&Values(&values)).map_err(|p| p.to_string());
        assert_eq!(said, Err("KPlanes is 3, not 2".to_owned()));
    }
}
