// SPDX-License-Identifier: MIT OR Apache-2.0
//! Ports and parameters of the stream reader.

use super::StreamReaderParams;
use crate::interface::{Interface, Problem, Values, input, legal, output, parameters};
use crate::stream::{self, ADDR_W, CODE_W};

impl StreamReaderParams {
    /// Returns the ports and parameters of `hg_stream_reader`.
    pub fn interface(&self) -> Interface {
        let mut ports = stream::command_ports();
        ports.extend([
            input("stop_i", 1),
            input("axprot_i", 3),
            input("axcache_i", 4),
            output("mem_arvalid_o", 1),
            input("mem_arready_i", 1),
            output("mem_araddr_o", ADDR_W),
            output("mem_arid_o", 1),
            output("mem_arlen_o", 8),
            output("mem_arsize_o", 3),
            output("mem_arburst_o", 2),
            output("mem_arprot_o", 3),
            output("mem_arcache_o", 4),
            input("mem_rvalid_i", 1),
            output("mem_rready_o", 1),
            input("mem_rid_i", 1),
            input("mem_rdata_i", self.data_w),
            input("mem_rresp_i", 2),
            input("mem_rlast_i", 1),
            output("out_valid_o", 1),
            input("out_ready_i", 1),
            output("out_data_o", self.data_w),
            output("out_bytes_o", self.count_w()),
            output("out_row_last_o", 1),
            output("out_last_o", 1),
            output("done_valid_o", 1),
            input("done_ready_i", 1),
            output("done_code_o", CODE_W),
        ]);
        ports.extend(stream::report_ports(self.flight_w()));
        Interface {
            parameters: parameters([
                ("DataW", self.data_w),
                ("Burst", self.burst),
                ("Beats", self.beats),
                ("Commands", self.commands),
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
            data_w: values.number("DataW")?,
            burst: values.number("Burst")?,
            beats: values.number("Beats")?,
            commands: values.number("Commands")?,
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
        fn values_are_read_back(
            size in 6_u32..=9, burst in 1_u32..=256, beats in 256_u32..=512, commands in 2_u32..=64,
        ) {
            let params = StreamReaderParams { data_w: 1 << size, burst, beats, commands };
            let values = params.interface().values();
            prop_assert_eq!(StreamReaderParams::from_values(&Values(&values)), Ok(params));
        }
    }

    #[test]
    fn widths_by_hand_and_a_parameter_that_is_missing() {
        let interface = StreamReaderParams::default().interface();
        let width = |name: &str| interface.port(name).map(|port| port.width);
        // Eight bytes are counted from 0 to 8, 64 bursts from 0 to 64.
        assert_eq!(width("out_bytes_o"), Some(4));
        assert_eq!(width("bursts_o"), Some(7));
        assert_eq!(width("mem_rdata_i"), Some(64));
        assert_eq!(interface.ports.len(), 45);
        let mut values = interface.values();
        values.insert("Burst".to_owned(), 300);
        let read = |values: &_| StreamReaderParams::from_values(&Values(values));
        assert_eq!(
            read(&values).map_err(|p| p.to_string()),
            Err("stream_reader.burst = 300: must be 1 to 256 (try 256)".to_owned())
        );
        values.remove("Beats");
        values.insert("Burst".to_owned(), 16);
        assert_eq!(read(&values), Err(Problem::Missing { name: "Beats" }));
    }
}
