// SPDX-License-Identifier: MIT OR Apache-2.0
//! Ports and parameters of the ring.

use super::RingParams;
use crate::command::DESCRIPTOR;
use crate::interface::{CLOCK, Interface, Problem, Values, input, legal, output, parameters};
use crate::regs::{ERROR_W, RING_W};

impl RingParams {
    /// Returns the ports and parameters of `hg_ring`.
    pub fn interface(&self) -> Interface {
        let mut ports = CLOCK.to_vec();
        ports.extend([
            input("enable_i", 1),
            input("soft_reset_i", 1),
            input("ring_base_i", 64),
            input("ring_size_i", RING_W),
            input("ring_tail_i", RING_W),
            output("ring_head_o", RING_W),
            input("window_base_i", 64),
            input("window_end_i", 64),
            input("axprot_i", 3),
            input("axcache_i", 4),
            output("idle_o", 1),
            output("running_o", 1),
            output("done_o", 1),
            output("error_valid_o", 1),
            output("error_code_o", ERROR_W),
            output("error_addr_o", 64),
            input("error_clear_i", 1),
            output("desc_valid_o", 1),
            input("desc_ready_i", 1),
            output("desc_data_o", 8 * DESCRIPTOR as u32),
            output("desc_code_o", ERROR_W),
            input("done_valid_i", 1),
            output("done_ready_o", 1),
            input("done_code_i", ERROR_W),
            input("done_addr_i", 64),
            input("done_count_i", 32),
            output("mem_arvalid_o", 1),
            input("mem_arready_i", 1),
            output("mem_araddr_o", 64),
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
            output("mem_awvalid_o", 1),
            input("mem_awready_i", 1),
            output("mem_awaddr_o", 64),
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
        ]);
        Interface {
            parameters: parameters([("DataW", self.data_w), ("Depth", self.depth)]),
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
            depth: values.number("Depth")?,
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
        fn values_are_read_back(size in 6_u32..=9, depth in 1_u32..=16) {
            let params = RingParams { data_w: 1 << size, depth };
            let values = params.interface().values();
            prop_assert_eq!(RingParams::from_values(&Values(&values)), Ok(params));
        }
    }

    #[test]
    fn widths_by_hand_and_a_parameter_that_is_missing() {
        let params = RingParams {
            data_w: 128,
            depth: 4,
        };
        let interface = params.interface();
        let width = |name: &str| interface.port(name).map(|port| port.width);
        assert_eq!(width("desc_data_o"), Some(512));
        assert_eq!(width("mem_wstrb_o"), Some(16));
        assert_eq!(interface.ports.len(), 61);
        let mut values = interface.values();
        values.remove("Depth");
        let read = RingParams::from_values(&Values(&values));
        assert_eq!(read, Err(Problem::Missing { name: "Depth" }));
    }
}
