// SPDX-License-Identifier: MIT OR Apache-2.0
//! Ports and parameters of PV.

use super::{PvParams, SHIFT_W, TAG_W};
use crate::arith::Arith;
use crate::interface::{CLOCK, Interface, Problem, Values, input, legal, output, parameters};
use crate::width::idx_width;

impl PvParams {
    /// Returns the ports and parameters of `hg_pv`.
    pub fn interface(&self) -> Interface {
        let mut ports = CLOCK.to_vec();
        ports.extend([
            input("valid_i", 1),
            input("tag_i", TAG_W),
            input("first_i", 1),
            input("last_i", 1),
            input("slice_i", idx_width(self.folds)),
            input("shift_i", SHIFT_W),
            input("weights_i", self.rows * self.weight_w),
            input("digits_i", self.rows * self.slice * self.digit_w),
            output("valid_o", 1),
            output("tag_o", TAG_W),
            output("acc_o", self.folds * self.slice * self.acc_w),
        ]);
        let parameters = parameters([
            ("Rows", self.rows),
            ("Slice", self.slice),
            ("Folds", self.folds),
            ("WeightW", self.weight_w),
            ("DigitW", self.digit_w),
            ("MaxShift", self.max_shift),
            ("AccW", self.acc_w),
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
            folds: values.number("Folds")?,
            weight_w: values.number("WeightW")?,
            digit_w: values.number("DigitW")?,
            max_shift: values.number("MaxShift")?,
            acc_w: values.number("AccW")?,
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
        fn all()(rows in 1_u32..=64, slice in 1_u32..=128, folds in 1_u32..=16,
                 weight_w in 2_u32..=20, digit_w in 2_u32..=8, max_shift in 0_u32..=15,
                 acc_w in 1_u32..=56, arith in prop::sample::select(&Arith::ALL)) -> PvParams {
            PvParams { rows, slice, folds, weight_w, digit_w, max_shift, acc_w, arith }
        }
    }

    proptest! {
        #[test]
        fn values_are_read_back(params in all()) {
            let values = params.interface().values();
            prop_assert_eq!(PvParams::from_values(&Values(&values)), Ok(params));
        }
    }

    #[test]
    fn widths_by_hand() {
        let params = PvParams {
            rows: 2,
            slice: 8,
            folds: 3,
            weight_w: 17,
            digit_w: 4,
            max_shift: 8,
            acc_w: 40,
            arith: Arith::Logic,
        };
        let widths: Vec<u32> = params.interface().ports.iter().map(|p| p.width).collect();
        assert_eq!(widths, [1, 1, 1, 8, 1, 1, 2, 4, 34, 64, 1, 8, 960]);
    }
}
