// SPDX-License-Identifier: MIT OR Apache-2.0
//! Ports of the top-k engine; its parameters are beside their fields.

use super::{TopkParams, Variant};
use crate::interface::{CLOCK, Interface, input, output};

impl TopkParams {
    /// Returns the ports and parameters of `hg_topk_<variant>`.
    pub fn interface(&self, variant: Variant) -> Interface {
        let (lanes, key_w, idx_w, cnt_w) = (self.lanes, self.key_w, self.idx_w(), self.cnt_w());
        let mut ports = CLOCK.to_vec();
        ports.extend([
            input("key_valid_i", 1),
            output("key_ready_o", 1),
            input("key_last_i", 1),
            input("key_keep_i", lanes),
            input("key_data_i", lanes * key_w),
            input("key_k_i", cnt_w),
            output("res_valid_o", 1),
            input("res_ready_i", 1),
            output("res_last_o", 1),
            output("res_keep_o", lanes),
            output("res_data_o", lanes * key_w),
            output("res_index_o", lanes * idx_w),
            output("res_threshold_o", key_w),
            output("res_count_o", cnt_w),
        ]);
        Interface {
            parameters: self.parameters(variant),
            ports,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::interface::{Dir, Problem, Values};

    fn all() -> impl Strategy<Value = (Variant, TopkParams)> {
        let variant = prop::sample::select(Variant::ALL.to_vec());
        let shape = (0_u32..=6, 4_u32..=24, any::<bool>(), 2_u32..=16384);
        (variant, shape, 1_u32..=64, 1_u32..=6).prop_map(|(variant, shape, capacity, digit_w)| {
            let (log_lanes, key_w, signed, max_n) = shape;
            let (lanes, usual) = (1 << log_lanes, TopkParams::default());
            let max_n = max_n.max(lanes);
            let own = |wanted, value, usual| if variant == wanted { value } else { usual };
            let mut params = TopkParams {
                lanes,
                key_w,
                signed,
                max_n,
                capacity: own(Variant::Stream, capacity.min(max_n), usual.capacity),
                ..usual
            };
            params.digit_w = own(Variant::Radix, digit_w, params.digit_w);
            (variant, params)
        })
    }

    proptest! {
        #[test]
        fn values_are_read_back((variant, params) in all()) {
            let values = params.interface(variant).values();
            prop_assert_eq!(TopkParams::from_values(variant, &Values(&values)), Ok(params));
        }
    }

    #[test]
    fn the_interface_of_one_engine_by_hand() {
        let params = TopkParams {
            lanes: 4,
            key_w: 8,
            signed: false,
            max_n: 64,
            capacity: 7,
            ..TopkParams::default()
        };
        let interface = params.interface(Variant::Radix);
        let parameters = [
            ("Lanes", 4),
            ("KeyW", 8),
            ("Signed", 0),
            ("MaxN", 64),
            ("DigitW", 4),
        ];
        // Parameters that are added come behind these.
        assert_eq!(interface.parameters[..5], parameters);
        assert_eq!(interface.ports.len(), 16);
        // 64 indices have 6 bits, 0 to 64 survivors 7.
        for (name, dir, width) in [
            ("key_data_i", Dir::Input, 32),
            ("res_index_o", Dir::Output, 24),
            ("res_count_o", Dir::Output, 7),
        ] {
            let port = interface.port(name).expect("is there");
            assert_eq!((port.dir, port.width), (dir, width), "{name}");
        }
        let stream = params.interface(Variant::Stream);
        assert_eq!(stream.parameters[4], ("Capacity", 7));
        assert_eq!(stream.ports, interface.ports);
    }

    #[test]
    fn a_broken_rule_and_a_missing_parameter_are_named() {
        let mut values = TopkParams::default().interface(Variant::Radix).values();
        values.insert("Lanes".to_owned(), 12);
        let read = |values: &_| TopkParams::from_values(Variant::Radix, &Values(values));
        assert_eq!(
            read(&values).map_err(|p| p.to_string()),
            Err("topk.lanes = 12: must be a power of two (try 8 or 16)".to_owned())
        );
        values.remove("DigitW");
        assert_eq!(read(&values), Err(Problem::Missing { name: "DigitW" }));
    }
}
