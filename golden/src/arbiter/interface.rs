// SPDX-License-Identifier: MIT OR Apache-2.0
//! Ports and parameters of the arbiter.

use super::ArbiterParams;
use crate::interface::{CLOCK, Interface, Problem, Values, input, legal, output, parameters};

impl ArbiterParams {
    /// Returns the ports and parameters of `hg_arbiter`.
    pub fn interface(&self) -> Interface {
        let mut ports = CLOCK.to_vec();
        ports.extend([
            input("in_valid_i", self.requesters),
            output("in_ready_o", self.requesters),
            input("in_data_i", self.requesters * self.width),
            output("out_valid_o", 1),
            input("out_ready_i", 1),
            output("out_data_o", self.width),
            output("out_index_o", self.idx_w()),
        ]);
        Interface {
            parameters: parameters([("Requesters", self.requesters), ("Width", self.width)]),
            ports,
        }
    }

    /// Reads the parameters back.
    ///
    /// # Errors
    /// Names the parameter that is missing or no number, or the first rule that is broken.
    pub fn from_values(values: &Values<'_>) -> Result<Self, Problem> {
        let params = Self {
            requesters: values.number("Requesters")?,
            width: values.number("Width")?,
        };
        let violations = params.violations();
        legal(params, violations)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn values_are_read_back(requesters in 1_u32..=64, width in 1_u32..=512) {
            let params = ArbiterParams { requesters, width };
            let values = params.interface().values();
            prop_assert_eq!(ArbiterParams::from_values(&Values(&values)), Ok(params));
        }
    }

    #[test]
    fn widths_by_hand_and_a_parameter_that_is_missing() {
        let params = ArbiterParams {
            requesters: 5,
            width: 40,
        };
        let interface = params.interface();
        assert_eq!(interface.parameters, [("Requesters", 5), ("Width", 40)]);
        let widths: Vec<_> = interface.ports.iter().map(|p| p.width).collect();
        // Five numbers have three bits.
        assert_eq!(widths, [1, 1, 5, 5, 200, 1, 1, 40, 3]);
        let mut values = interface.values();
        values.insert("Width".to_owned(), 513);
        let read = |values: &_| ArbiterParams::from_values(&Values(values));
        assert_eq!(
            read(&values).map_err(|p| p.to_string()),
            Err("arbiter.width = 513: must be 1 to 512 (try 512)".to_owned())
        );
        values.remove("Requesters");
        let missing = Problem::Missing { name: "Requesters" };
        assert_eq!(read(&values), Err(missing));
    }
}
