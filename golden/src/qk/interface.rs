// SPDX-License-Identifier: MIT OR Apache-2.0
//! Ports and parameters of QK.

use super::{QkParams, TAG_W};
use crate::arith::Arith;
use crate::interface::{CLOCK, Interface, Problem, Values, input, legal, output, parameters};

impl QkParams {
    /// Returns the ports and parameters of `hg_qk`.
    pub fn interface(&self) -> Interface {
        let mut ports = CLOCK.to_vec();
        ports.extend([
            input("valid_i", 1),
            input("tag_i", TAG_W),
            input("first_i", 1),
            input("last_i", 1),
            input("query_i", self.slice * self.query_w),
            input("digits_i", self.rows * self.slice * self.digit_w),
            output("valid_o", 1),
            output("tag_o", TAG_W),
            output("sums_o", self.rows * self.sum_w),
        ]);
        let parameters = parameters([
            ("Rows", self.rows),
            ("Slice", self.slice),
            ("QueryW", self.query_w),
            ("DigitW", self.digit_w),
            ("SumW", self.sum_w),
            ("TagW", TAG_W),
            self.arith.parameter(),
        ]);
        Interface { parameters, ports }
    }

    /// Reads the parameters back.
    ///
    /// # Errors
    /// Names the parameter that is missing or no number, or the first rule that is broken.
    pub fn from_values(values: &Values<'_>) -> Result<Self, Problem> {
        let params = Self {
            rows: values.number("Rows")?,
            slice: values.number("Slice")?,
            query_w: values.number("QueryW")?,
            digit_w: values.number("DigitW")?,
            sum_w: values.number("SumW")?,
            arith: Arith::from_values(values)?,
        };
        let violations = params.violations();
        let params = legal(params, violations)?;
        values.fixed("TagW", TAG_W)?;
        Ok(params)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    prop_compose! {
        fn all()(rows in 1_u32..=64, slice in 1_u32..=128, query_w in 2_u32..=16,
                 digit_w in 2_u32..=8, sum_w in 1_u32..=40,
                 arith in prop::sample::select(&Arith::ALL)) -> QkParams {
            QkParams { rows, slice, query_w, digit_w, sum_w, arith }
        }
    }

    proptest! {
        #[test]
        fn values_are_read_back(params in all()) {
            let values = params.interface().values();
            prop_assert_eq!(QkParams::from_values(&Values(&values)), Ok(params));
        }
    }

    #[test]
    fn widths_by_hand_and_a_tag_of_another_width() {
        let params = QkParams {
            rows: 2,
            slice: 16,
            query_w: 12,
            digit_w: 4,
            sum_w: 20,
            arith: Arith::Logic,
        };
        let interface = params.interface();
        let widths: Vec<u32> = interface.ports.iter().map(|p| p.width).collect();
        assert_eq!(widths, [1, 1, 1, 8, 1, 1, 192, 128, 1, 8, 40]);
        let mut values = interface.values();
        values.insert("TagW".to_owned(), 9);
        let said = QkParams::from_values(&Values(&values)).map_err(|p| p.to_string());
        assert_eq!(said, Err("TagW is 9, not 8".to_owned()));
    }
}
