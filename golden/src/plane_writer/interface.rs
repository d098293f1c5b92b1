// SPDX-License-Identifier: MIT OR Apache-2.0
//! Ports and parameters of the plane writer.

use super::{PlaneWriterParams, TOKEN_W};
use crate::interface::{
    CLOCK, Interface, Problem, Values, input, legal, output, packed, parameters,
};
use crate::memory::Layout;
use crate::stream::{ADDR_W, BYTES_W, CODE_W, ROWS_W, STRIDE_W};

impl PlaneWriterParams {
    /// Returns the ports and parameters of `hg_plane_writer`.
    pub fn interface(&self) -> Interface {
        let mut ports = CLOCK.to_vec();
        ports.extend([
            input("job_valid_i", 1),
            output("job_ready_o", 1),
            input("job_token_i", TOKEN_W),
            input("job_k_base_i", ADDR_W),
            input("job_v_base_i", ADDR_W),
            input("job_k_offset_i", 32 * self.k_planes.len() as u32),
            input("job_v_offset_i", 32 * self.v_planes.len() as u32),
            input("channel_stride_i", ADDR_W),
            input("in_valid_i", 1),
            output("in_ready_o", 1),
            input("in_data_i", self.data_w),
            output("cmd_valid_o", 1),
            input("cmd_ready_i", 1),
            output("cmd_addr_o", ADDR_W),
            output("cmd_bytes_o", BYTES_W),
            output("cmd_rows_o", ROWS_W),
            output("cmd_stride_o", STRIDE_W),
            output("out_valid_o", 1),
            input("out_ready_i", 1),
            output("out_data_o", self.data_w),
            input("written_valid_i", 1),
            output("written_ready_o", 1),
            input("written_code_i", CODE_W),
            output("done_valid_o", 1),
            input("done_ready_i", 1),
            output("done_code_o", CODE_W),
        ]);
        Interface {
            parameters: parameters([
                ("DHead", self.d_head),
                ("KPlanes", packed(&self.k_planes)),
                ("VPlanes", packed(&self.v_planes)),
                ("VLayout", self.v_layout.code()),
                ("Channels", self.channels),
                ("DataW", self.data_w),
            ]),
            ports,
        }
    }

    /// Reads the parameters back.
    ///
    /// # Errors
    /// Names the parameter that is missing or no number, or the first rule that is broken.
    pub fn from_values(values: &Values<'_>) -> Result<Self, Problem> {
        let params = Self {
            d_head: values.number("DHead")?,
            k_planes: values.planes("KPlanes")?,
            v_planes: values.planes("VPlanes")?,
            v_layout: Layout::from_values(values)?,
            channels: values.number("Channels")?,
            data_w: values.number("DataW")?,
        };
        let violations = params.violations();
        legal(params, violations)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::attention::params::legal_cores;
    use crate::memory::MemoryParams;

    proptest! {
        #[test]
        fn values_are_read_back(
            core in legal_cores(), channels in 0_u32..=5, io_w in 6_u32..=9, v_layout in 0_usize..3,
        ) {
            let memory = MemoryParams {
                channels: 1 << channels,
                io_w: 1 << io_w,
                v_layout: Layout::ALL[v_layout],
                ..MemoryParams::default()
            };
            let params = PlaneWriterParams::of(&core, &memory);
            prop_assert_eq!(params.violations(), []);
            let values = params.interface().values();
            prop_assert_eq!(PlaneWriterParams::from_values(&Values(&values)), Ok(params));
        }
    }

    #[test]
    fn widths_by_hand_and_parameters_that_are_broken() {
        let params = PlaneWriterParams {
            k_planes: vec![6, 4],
            v_planes: vec![8],
            data_w: 128,
            ..PlaneWriterParams::default()
        };
        let interface = params.interface();
        let width = |name: &str| interface.port(name).map(|port| port.width);
        assert_eq!(width("job_k_offset_i"), Some(64));
        assert_eq!(width("job_v_offset_i"), Some(32));
        assert_eq!(width("in_data_i"), Some(128));
        assert_eq!(interface.ports.len(), 28);
        let mut values = interface.values();
        let read = |values: &_| PlaneWriterParams::from_values(&Values(values));
        values.insert("Channels".to_owned(), 3);
        assert_eq!(
            read(&values).map_err(|p| p.to_string()),
            Err("memory.channels = 3: must be a power of two (try 2 or 4)".to_owned())
        );
        values.remove("DataW");
        assert_eq!(read(&values), Err(Problem::Missing { name: "DataW" }));
    }
}
