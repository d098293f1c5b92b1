// SPDX-License-Identifier: MIT OR Apache-2.0
//! Ports and parameters of the attention core.

use super::fields::{JOB_FIELDS, STAT_FIELDS};
use super::{AttentionParams, BOUND_W, HEAD_W, OUT_W, PROB_W, QUERY_W};
use crate::arith::Arith;
use crate::interface::{
    CLOCK, Interface, Port, Problem, Values, input, legal, output, packed, parameters,
};

impl AttentionParams {
    /// Returns the ports and parameters of `hg_attention`.
    pub fn interface(&self) -> Interface {
        Interface {
            parameters: parameters([
                ("DHead", self.d_head),
                ("Lanes", self.lanes),
                ("MaxTokens", self.max_tokens),
                ("KPlanes", packed(&self.k_planes)),
                ("VPlanes", packed(&self.v_planes)),
                ("Contexts", self.contexts),
                ("Jobs", self.jobs),
                ("Slots", self.slots),
                ("Outstanding", self.outstanding),
                self.arith.parameter(),
            ]),
            ports: self.ports(),
        }
    }

    fn ports(&self) -> Vec<Port> {
        let (t, d, tok_w) = (self.tokens(), self.d_head, self.tok_w());
        let mut ports = CLOCK.to_vec();
        ports.extend([input("job_valid_i", 1), output("job_ready_o", 1)]);
        ports.extend(JOB_FIELDS.map(|field| input(field.port, (field.width)(self))));
        ports.extend([
            input("list_valid_i", 1),
            output("list_ready_o", 1),
            input("list_position_i", tok_w),
            input("list_token_i", tok_w),
            input("query_valid_i", 1),
            output("query_ready_o", 1),
            input("query_data_i", d * QUERY_W),
            input("query_bound_i", BOUND_W),
            input("query_last_i", 1),
            input("bias_valid_i", 1),
            output("bias_ready_o", 1),
            input("bias_data_i", t * self.bias_w()),
            output("req_valid_o", 1),
            input("req_ready_i", 1),
            output("req_value_o", 1),
            output("req_plane_o", 2),
            output("req_head_o", HEAD_W),
            output("req_mask_o", t),
            output("req_token_o", t * tok_w),
            input("rsp_valid_i", 1),
            output("rsp_ready_o", 1),
            input("rsp_data_i", self.response_w()),
            output("prob_valid_o", 1),
            input("prob_ready_i", 1),
            output("prob_data_o", t * PROB_W),
            output("prob_row_o", self.row_w()),
            output("prob_keep_o", t),
            output("prob_last_o", 1),
            output("out_valid_o", 1),
            input("out_ready_i", 1),
            output("out_data_o", d * OUT_W),
            output("out_head_o", HEAD_W),
            output("out_last_o", 1),
            output("stat_valid_o", 1),
            input("stat_ready_i", 1),
        ]);
        ports.extend(STAT_FIELDS.map(|field| output(field.port, (field.width)(self))));
        ports
    }

    /// Reads the parameters back.
    ///
    /// # Errors
    /// Names the parameter that is missing or no number, or the first rule that is broken.
    pub fn from_values(values: &Values<'_>) -> Result<Self, Problem> {
        let params = Self {
            d_head: values.number("DHead")?,
            lanes: values.number("Lanes")?,
            max_tokens: values.number("MaxTokens")?,
            k_planes: values.planes("KPlanes")?,
            v_planes: values.planes("VPlanes")?,
            contexts: values.number("Contexts")?,
            jobs: values.number("Jobs")?,
            slots: values.number("Slots")?,
            outstanding: values.number("Outstanding")?,
            arith: Arith::from_values(values)?,
        };
        let violations = params.violations();
        legal(params, violations)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attention::params::legal_cores;
    use crate::interface::Dir;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn values_are_read_back(params in legal_cores()) {
            let values = params.interface().values();
            prop_assert_eq!(AttentionParams::from_values(&Values(&values)), Ok(params));
        }
    }

    #[test]
    fn the_interface_of_one_core_by_hand() {
        let params = AttentionParams {
            d_head: 16,
            lanes: 32,
            max_tokens: 100,
            k_planes: vec![4, 3],
            v_planes: vec![8],
            ..AttentionParams::default()
        };
        let interface = params.interface();
        assert_eq!(
            interface.parameters,
            [
                ("DHead", 16),
                ("Lanes", 32),
                ("MaxTokens", 100),
                ("KPlanes", 0x34),
                ("VPlanes", 8),
                ("Contexts", 4),
                ("Jobs", 8),
                ("Slots", 4),
                ("Outstanding", 64),
                ("Dsp", 0),
            ]
        );
        assert_eq!(interface.ports.len(), 66);
        // Rows of two tokens; a score has 12 + 7 + 4 + 1 bits, a bias one more.
        for (name, dir, width) in [
            ("job_keys_i", Dir::Input, 7),
            ("job_head_limit_i", Dir::Input, 36),
            ("bias_data_i", Dir::Input, 50),
            ("req_token_o", Dir::Output, 14),
            ("rsp_data_i", Dir::Input, 256),
            ("prob_row_o", Dir::Output, 6),
            ("stat_cycles_o", Dir::Output, 32),
        ] {
            let port = interface.port(name).expect("is there");
            assert_eq!((port.dir, port.width), (dir, width), "{name}");
        }
    }

    #[test]
    fn what_is_no_list_of_planes_is_refused() {
        let mut values = AttentionParams::default().interface().values();
        values.insert("KPlanes".to_owned(), 0x404);
        let said = AttentionParams::from_values(&Values(&values)).map_err(|p| p.to_string());
        let rule = "must hold the widths of planes, four bits each, with no gap";
        assert_eq!(said, Err(format!("parameter KPlanes = 1028 {rule}")));
    }
}
