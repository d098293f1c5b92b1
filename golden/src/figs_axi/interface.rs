// SPDX-License-Identifier: MIT OR Apache-2.0
//! Ports and parameters of the FiGS array on AXI4.

use super::params::FigsAxiParams;
use crate::figs::{FigsParams, Variant};
use crate::interface::{CLOCK, Interface, Port, Problem, Values, input, legal, output, parameters};
use crate::memory::ID_W;
use crate::regs::ADDR_W;

/// The registers, on AXI4-Lite, and the interrupt.
const REGS: [Port; 20] = [
    input("s_axi_awvalid_i", 1),
    output("s_axi_awready_o", 1),
    input("s_axi_awaddr_i", ADDR_W),
    input("s_axi_awprot_i", 3),
    input("s_axi_wvalid_i", 1),
    output("s_axi_wready_o", 1),
    input("s_axi_wdata_i", 32),
    input("s_axi_wstrb_i", 4),
    output("s_axi_bvalid_o", 1),
    input("s_axi_bready_i", 1),
    output("s_axi_bresp_o", 2),
    input("s_axi_arvalid_i", 1),
    output("s_axi_arready_o", 1),
    input("s_axi_araddr_i", ADDR_W),
    input("s_axi_arprot_i", 3),
    output("s_axi_rvalid_o", 1),
    input("s_axi_rready_i", 1),
    output("s_axi_rdata_o", 32),
    output("s_axi_rresp_o", 2),
    output("irq_o", 1),
];

impl FigsAxiParams {
    /// Returns the ports and parameters of `hg_figs_axi`.
    pub fn interface(&self) -> Interface {
        let mut all = self.figs.interface(Variant::Figs).parameters;
        all.extend(parameters([("IoW", self.io_w)]));
        let mut ports = CLOCK.to_vec();
        ports.extend(REGS);
        ports.extend([
            output("io_arvalid_o", 1),
            input("io_arready_i", 1),
            output("io_araddr_o", 64),
            output("io_arid_o", ID_W),
            output("io_arlen_o", 8),
            output("io_arsize_o", 3),
            output("io_arburst_o", 2),
            output("io_arprot_o", 3),
            output("io_arcache_o", 4),
            input("io_rvalid_i", 1),
            output("io_rready_o", 1),
            input("io_rid_i", ID_W),
            input("io_rdata_i", self.io_w),
            input("io_rresp_i", 2),
            input("io_rlast_i", 1),
            output("io_awvalid_o", 1),
            input("io_awready_i", 1),
            output("io_awaddr_o", 64),
            output("io_awid_o", ID_W),
            output("io_awlen_o", 8),
            output("io_awsize_o", 3),
            output("io_awburst_o", 2),
            output("io_awprot_o", 3),
            output("io_awcache_o", 4),
            output("io_wvalid_o", 1),
            input("io_wready_i", 1),
            output("io_wdata_o", self.io_w),
            output("io_wstrb_o", self.beat()),
            output("io_wlast_o", 1),
            input("io_bvalid_i", 1),
            output("io_bready_o", 1),
            input("io_bid_i", ID_W),
            input("io_bresp_i", 2),
        ]);
        Interface {
            parameters: all,
            ports,
        }
    }

    /// Reads the parameters back.
    ///
    /// # Errors
    /// Names the parameter that is missing or no number, or the first rule that is broken.
    pub fn from_values(values: &Values<'_>) -> Result<Self, Problem> {
        let params = Self {
            figs: FigsParams::from_values(Variant::Figs, values)?,
            io_w: values.number("IoW")?,
        };
        let violations = params.violations();
        legal(params, violations)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_back() {
        for io_w in [64, 128, 256, 512] {
            let params = FigsAxiParams {
                io_w,
                ..FigsAxiParams::default()
            };
            let values = params.interface().values();
            let read = FigsAxiParams::from_values(&Values(&values));
            let read = read.expect("legal");
            // The hardware does not know the longest sum, but the bits that it needs.
            assert_eq!((read.io_w, read.figs.psum_w), (io_w, params.figs.psum_w));
            assert_eq!(read.interface(), params.interface());
        }
    }

    #[test]
    fn widths_by_hand_and_a_rule_that_is_broken() {
        let interface = FigsAxiParams::default().interface();
        let width = |name: &str| interface.port(name).map(|port: Port| port.width);
        assert_eq!(
            (width("io_wdata_o"), width("io_wstrb_o")),
            (Some(64), Some(8))
        );
        assert_eq!(interface.ports.len(), 55);
        let mut values = interface.values();
        values.insert("IoW".to_owned(), 96);
        let said = FigsAxiParams::from_values(&Values(&values)).map_err(|p| p.to_string());
        let wanted = "memory.io_w = 96: must be a power of two (try 64 or 128)";
        assert_eq!(said, Err(wanted.to_owned()));
    }
}
