// SPDX-License-Identifier: MIT OR Apache-2.0
//! Ports and parameters of the registers, on either bus.

use super::{ADDR_W, ENGINES, ERROR_W, FLIGHT_W, RING_W, RegsParams, Variant};
use crate::interface::{
    CLOCK, Interface, Port, Problem, Values, input, legal, output, packed, parameters,
};
use crate::memory::Layout;

const AXI_LITE: [Port; 19] = [
    input("regs_awvalid_i", 1),
    output("regs_awready_o", 1),
    input("regs_awaddr_i", ADDR_W),
    input("regs_awprot_i", 3),
    input("regs_wvalid_i", 1),
    output("regs_wready_o", 1),
    input("regs_wdata_i", 32),
    input("regs_wstrb_i", 4),
    output("regs_bvalid_o", 1),
    input("regs_bready_i", 1),
    output("regs_bresp_o", 2),
    input("regs_arvalid_i", 1),
    output("regs_arready_o", 1),
    input("regs_araddr_i", ADDR_W),
    input("regs_arprot_i", 3),
    output("regs_rvalid_o", 1),
    input("regs_rready_i", 1),
    output("regs_rdata_o", 32),
    output("regs_rresp_o", 2),
];

const APB: [Port; 10] = [
    input("regs_psel_i", 1),
    input("regs_penable_i", 1),
    input("regs_paddr_i", ADDR_W),
    input("regs_pprot_i", 3),
    input("regs_pwrite_i", 1),
    input("regs_pwdata_i", 32),
    input("regs_pstrb_i", 4),
    output("regs_pready_o", 1),
    output("regs_prdata_o", 32),
    output("regs_pslverr_o", 1),
];

impl RegsParams {
    /// Returns the ports and parameters of `hg_regs_axi_lite` or `hg_regs_apb`.
    pub fn interface(&self, variant: Variant) -> Interface {
        let mut ports = CLOCK.to_vec();
        match variant {
            Variant::AxiLite => ports.extend(AXI_LITE),
            Variant::Apb => ports.extend(APB),
        }
        let planes = |all: &[u32]| all.len() as u32;
        let bytes = self.byte_w();
        ports.extend([
            output("enable_o", 1),
            output("soft_reset_o", 1),
            output("error_clear_o", 1),
            output("irq_o", 1),
            output("ring_base_o", 64),
            output("ring_size_o", RING_W),
            output("ring_tail_o", RING_W),
            output("doorbell_o", 1),
            output("axprot_o", 3),
            output("axcache_o", 4),
            output("channel_stride_o", 64),
            output("window_base_o", 64),
            output("window_end_o", 64),
            input("idle_i", 1),
            input("running_i", 1),
            input("done_i", 1),
            input("error_valid_i", 1),
            input("error_code_i", ERROR_W),
            input("error_addr_i", 64),
            input("ring_head_i", RING_W),
            input("busy_i", ENGINES),
            input("k_bytes_i", planes(&self.k_planes) * bytes),
            input("v_bytes_i", planes(&self.v_planes) * bytes),
            input("in_bytes_i", self.io_byte_w()),
            input("out_bytes_i", self.io_byte_w()),
            input("flight_i", self.channels * FLIGHT_W),
            input("blocked_i", self.channels),
        ]);
        Interface {
            parameters: parameters([
                ("DHead", self.d_head),
                ("Lanes", self.lanes),
                ("MaxTokens", self.max_tokens),
                ("KPlanes", packed(&self.k_planes)),
                ("VPlanes", packed(&self.v_planes)),
                ("Jobs", self.jobs),
                ("Channels", self.channels),
                ("DataW", self.data_w),
                ("Heads", self.heads),
                ("IoW", self.io_w),
                ("VLayout", self.v_layout.code()),
                ("Features", self.features),
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
            lanes: values.number("Lanes")?,
            max_tokens: values.number("MaxTokens")?,
            k_planes: values.planes("KPlanes")?,
            v_planes: values.planes("VPlanes")?,
            jobs: values.number("Jobs")?,
            channels: values.number("Channels")?,
            data_w: values.number("DataW")?,
            heads: values.number("Heads")?,
            io_w: values.number("IoW")?,
            v_layout: Layout::from_values(values)?,
            features: values.number("Features")?,
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
            d_head in 1_u32..16,
            lanes in 1_u32..1024,
            k_planes in prop::collection::vec(2_u32..=8, 1..=3),
            v_planes in prop::collection::vec(2_u32..=8, 1..=3),
            powers in (0_u32..=5, 6_u32..=9, 2_u32..=8, 6_u32..=9),
            v_layout in 0_usize..3,
            features in 0_u32..16,
        ) {
            let params = RegsParams {
                d_head: 8 * d_head,
                lanes,
                k_planes,
                v_planes,
                channels: 1 << powers.0,
                data_w: 1 << powers.1,
                heads: 1 << powers.2,
                io_w: 1 << powers.3,
                v_layout: Layout::ALL[v_layout],
                features,
                ..RegsParams::default()
            };
            for variant in Variant::ALL {
                let values = params.interface(variant).values();
                prop_assert_eq!(RegsParams::from_values(&Values(&values)), Ok(params.clone()));
            }
        }
    }

    #[test]
    fn widths_by_hand_and_a_rule_that_is_broken() {
        let params = RegsParams {
            channels: 4,
            data_w: 128,
            v_planes: vec![8],
            ..RegsParams::default()
        };
        for variant in Variant::ALL {
            let interface = params.interface(variant);
            let width = |name| interface.port(name).map(|p: Port| p.width);
            // A row is one token of 64 elements of up to 8 bits: 64 bytes are seven bits.
            assert_eq!(width("k_bytes_i"), Some(21));
            assert_eq!(width("v_bytes_i"), Some(7));
            // Eight bytes at most on the other port.
            assert_eq!(width("in_bytes_i"), Some(4));
            assert_eq!((width("flight_i"), width("blocked_i")), (Some(40), Some(4)));
            let mut values = interface.values();
            values.insert("Channels".to_owned(), 3);
            let said = RegsParams::from_values(&Values(&values)).map_err(|p| p.to_string());
            let wanted = "memory.channels = 3: must be a power of two (try 2 or 4)";
            assert_eq!(said, Err(wanted.to_owned()));
        }
    }
}
