// SPDX-License-Identifier: MIT OR Apache-2.0
//! Ports and parameters of the array and of the engines that it is compared with.

use super::{FigsParams, Mode, SelectBy, Variant};
use crate::arith::Arith;
use crate::interface::{CLOCK, Interface, Problem, Values, input, legal, output, parameters};

/// Bits of the longest sum that parameters which are read back allow.
const MAX_K_W: u32 = 16;

impl FigsParams {
    /// Returns the ports and parameters of `hg_figs` or `hg_figs_<variant>`.
    pub fn interface(&self, variant: Variant) -> Interface {
        let array = variant == Variant::Figs;
        let mut all = parameters([
            ("Rows", self.rows),
            ("Columns", self.columns),
            ("Lanes", self.lanes),
        ]);
        if array {
            all.extend(parameters([("Group", self.group), ("Alpha", self.alpha)]));
        }
        all.extend(parameters([
            ("WeightW", self.weight_w),
            ("ActW", self.act_w),
            ("PsumW", self.psum_w),
            ("MaxT", self.max_t),
        ]));
        if array {
            all.extend(parameters([
                ("SelShared", u32::from(self.select == SelectBy::Pe)),
                ("Exchange", u32::from(self.mode == Mode::Exchange)),
            ]));
        }
        all.extend(parameters([self.arith.parameter()]));
        let mut ports = CLOCK.to_vec();
        ports.extend([
            input("tile_valid_i", 1),
            output("tile_ready_o", 1),
            input("tile_tokens_i", self.tokens_w()),
            input("tile_log_n_i", 3),
            input("tile_first_i", 1),
            input("tile_last_i", 1),
            output("tile_error_o", 1),
            input("weight_valid_i", 1),
            output("weight_ready_o", 1),
            input("weight_data_i", self.row_lanes() * self.weight_w),
            input("weight_sel_i", self.selects(variant) * self.sel_w(variant)),
            input("act_valid_i", 1),
            output("act_ready_o", 1),
            input("act_data_i", self.act_elements(variant) * self.act_w),
            output("out_valid_o", 1),
            input("out_ready_i", 1),
            output("out_data_o", self.out_w(variant)),
            output("out_last_o", 1),
        ]);
        Interface {
            parameters: all,
            ports,
        }
    }

    /// Reads the parameters of `variant` back; those that it ignores have legal values.
    ///
    /// The hardware does not know `max_k`: it is the longest sum that `psum_w` holds.
    ///
    /// # Errors
    /// Names the parameter that is missing or no number, or the first rule that is broken.
    pub fn from_values(variant: Variant, values: &Values<'_>) -> Result<Self, Problem> {
        // A baseline has no groups to select within; the rules want some.
        let own = |name: &'static str, otherwise: u32| match variant {
            Variant::Figs => values.number(name),
            _ => Ok(otherwise),
        };
        let weight_w = values.number("WeightW")?;
        let act_w = values.number("ActW")?;
        let psum_w = values.number("PsumW")?;
        let spare = psum_w
            .saturating_sub(weight_w.saturating_add(act_w))
            .min(MAX_K_W);
        let params = Self {
            rows: values.number("Rows")?,
            columns: values.number("Columns")?,
            lanes: values.number("Lanes")?,
            group: own("Group", 2)?,
            alpha: own("Alpha", 1)?,
            weight_w,
            act_w,
            psum_w,
            max_t: values.number("MaxT")?,
            max_k: 1 << spare,
            select: match own("SelShared", 0)? {
                0 => SelectBy::Lane,
                _ => SelectBy::Pe,
            },
            mode: match own("Exchange", 0)? {
                0 => Mode::Select,
                _ => Mode::Exchange,
            },
            arith: Arith::from_values(values)?,
        };
        let violations = params.violations();
        legal(params, violations)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::interface::Dir;

    fn all() -> impl Strategy<Value = (Variant, FigsParams)> {
        let variant = prop::sample::select(Variant::ALL.to_vec());
        let shape = (1_u32..=5, 1_u32..=64, 1_u32..=64, 1_u32..=16, 0_u32..=31);
        let widths = (
            prop::sample::select(vec![4_u32, 8]),
            prop::sample::select(vec![4_u32, 8, 12]),
            2_u32..=16,
            0_u32..=8,
        );
        let arith = prop::sample::select(&Arith::ALL);
        let kind = (any::<bool>(), any::<bool>(), 2_u32..=12, arith);
        let all = (variant, shape, widths, kind);
        all.prop_map(|(variant, shape, widths, kind)| {
            let (log_group, groups, columns, lanes, alpha) = shape;
            let (weight_w, act_w, log_k, spare) = widths;
            let (shared, exchange, log_t, arith) = kind;
            let array = variant == Variant::Figs;
            let group = if array { 1 << log_group } else { 2 };
            // A wider sum than a sum of the longest length needs says nothing of its length.
            let spare = if log_k == MAX_K_W { spare } else { 0 };
            let params = FigsParams {
                rows: group * groups.clamp(4_u32.div_ceil(group), 128 / group),
                columns: columns.min(256 / lanes),
                lanes,
                group,
                alpha: if array { alpha % group } else { 1 },
                weight_w,
                act_w,
                psum_w: weight_w + act_w + log_k + spare,
                max_t: 1 << log_t,
                max_k: 1 << log_k,
                select: if array && shared && !exchange {
                    SelectBy::Pe
                } else {
                    SelectBy::Lane
                },
                mode: if array && exchange {
                    Mode::Exchange
                } else {
                    Mode::Select
                },
                arith,
            };
            (variant, params)
        })
        .prop_filter("legal", |(_, params)| params.violations().is_empty())
    }

    proptest! {
        #[test]
        fn values_are_read_back((variant, params) in all()) {
            let values = params.interface(variant).values();
            prop_assert_eq!(FigsParams::from_values(variant, &Values(&values)), Ok(params));
        }
    }

    #[test]
    fn the_interface_of_one_array_by_hand() {
        let params = FigsParams {
            rows: 8,
            columns: 2,
            lanes: 4,
            group: 4,
            alpha: 3,
            max_t: 64,
            ..FigsParams::default()
        };
        let figs = params.interface(Variant::Figs);
        assert_eq!(
            figs.parameters,
            [
                ("Rows", 8),
                ("Columns", 2),
                ("Lanes", 4),
                ("Group", 4),
                ("Alpha", 3),
                ("WeightW", 8),
                ("ActW", 8),
                ("PsumW", 28),
                ("MaxT", 64),
                ("SelShared", 0),
                ("Exchange", 0),
                ("Dsp", 0),
            ]
        );
        assert_eq!(figs.ports.len(), 20);
        // 0 to 64 tokens have 7 bits; a lane holds the sums of four channels.
        for (name, dir, width) in [
            ("tile_tokens_i", Dir::Input, 7),
            ("weight_sel_i", Dir::Input, 16),
            ("act_data_i", Dir::Input, 64),
            ("out_data_o", Dir::Output, 8 * 4 * 28),
        ] {
            let port = figs.port(name).expect("is there");
            assert_eq!((port.dir, port.width), (dir, width), "{name}");
        }
        let vegeta = params.interface(Variant::VegetaS);
        let names: Vec<&str> = vegeta.parameters.iter().map(|p| p.0).collect();
        let wanted = [
            "Rows", "Columns", "Lanes", "WeightW", "ActW", "PsumW", "MaxT", "Dsp",
        ];
        assert_eq!(names, wanted);
        assert_eq!(vegeta.port("act_data_i").map(|p| p.width), Some(256));
    }
}
