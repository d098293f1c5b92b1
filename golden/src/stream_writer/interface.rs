// SPDX-License-Identifier: MIT OR Apache-2.0
//! Ports and parameters of the stream writer.

use super::StreamWriterParams;
use crate::interface::{Interface, Problem, Values, input, legal, output, parameters};
use crate::stream::{self, ADDR_W, CODE_W};

impl StreamWriterParams {
    /// Returns the ports and parameters of `hg_stream_writer`.
    pub fn interface(&self) -> Interface {
        let mut ports = stream::command_ports();
        ports.extend([
            input("in_valid_i", 1),
            output("in_ready_o", 1),
            input("in_data_i", self.data_w),
            input("stop_i", 1),
            input("axprot_i", 3),
            input("axcache_i", 4),
            output("mem_awvalid_o", 1),
            input("mem_awready_i", 1),
            output("mem_awaddr_o", ADDR_W),
            output("mem_awid_o", 1),
            output("mem_awlen_o", 8),
            output("mem_awsize_o", 3),
            output("mem_awburst_o", 2),
            output("mem_awprot_o", 3),
            output("mem_awcache_o", 4),
            output("mem_wvalid_o", 1),
            input("mem_wready_i", 1),
            output("mem_wdata_o", self.data_w),
            output("mem_wstrb_o", self.beat()),
            output("mem_wlast_o", 1),
            input("mem_bvalid_i", 1),
            output("mem_bready_o", 1),
            input("mem_bid_i", 1),
            input("mem_bresp_i", 2),
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
                ("Bursts", self.bursts),
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
            bursts: values.number("Bursts")?,
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
            bursts in 1_u32..=64,
        ) {
            let params = StreamWriterParams { data_w: 1 << size, burst, beats, commands, bursts };
            let values = params.interface().values();
            prop_assert_eq!(StreamWriterParams::from_values(&Values(&values)), Ok(params));
        }
    }

    #[test]
    fn widths_by_hand_and_a_parameter_that_is_missing() {
        let interface = StreamWriterParams::default().interface();
        let width = |name: &str| interface.port(name).map(|port| port.width);
        // Eight bytes have a strobe each, eight bursts are counted from 0 to 8.
        assert_eq!(width("mem_wstrb_o"), Some(8));
        assert_eq!(width("bursts_o"), Some(4));
        assert_eq!(width("in_data_i"), Some(64));
        assert_eq!(interface.ports.len(), 45);
        let mut values = interface.values();
        values.insert("Burst".to_owned(), 300);
        let read = |values: &_| StreamWriterParams::from_values(&Values(values));
        assert_eq!(
            read(&values).map_err(|p| p.to_string()),
            Err("stream_writer.burst = 300: must be 1 to 256 (try 256)".to_owned())
        );
        values.remove("Beats");
        values.insert("Burst".to_owned(), 16);
        assert_eq!(read(&values), Err(Problem::Missing { name: "Beats" }));
    }
}
