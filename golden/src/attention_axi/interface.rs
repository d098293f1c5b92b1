// SPDX-License-Identifier: MIT OR Apache-2.0
//! Ports and parameters of the attention core on AXI4.

use super::AttentionAxiParams;
use crate::attention::AttentionParams;
use crate::cascade::EngineParams;
use crate::interface::{CLOCK, Interface, Port, Problem, Values, input, legal, output, parameters};
use crate::memory::{ID_W, Layout, MemoryParams};
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

impl AttentionAxiParams {
    /// Returns the ports and parameters of `hg_attention_axi`.
    pub fn interface(&self) -> Interface {
        let memory = &self.memory;
        let cascade = self.cascade_or_default();
        let mut all = self.core.interface().parameters;
        all.extend(parameters([
            ("Channels", memory.channels),
            ("DataW", memory.data_w),
            ("PortW", memory.port_bits()),
            ("Beats", memory.beats),
            ("Burst", memory.burst),
            ("Heads", memory.heads),
            ("VLayout", memory.v_layout.code()),
            ("IoW", memory.io_w),
            ("Append", self.append.into()),
            ("Cascade", self.cascade.is_some().into()),
            ("MaxHeads", cascade.importance.max_heads),
            ("RankLanes", cascade.lanes),
            ("RankKeyW", cascade.key_w),
            ("RankDigitW", cascade.digit_w),
        ]));
        Interface {
            parameters: all,
            ports: self.ports(),
        }
    }

    fn ports(&self) -> Vec<Port> {
        let (c, port_w, io_w) = (
            self.memory.channels,
            self.memory.port_bits(),
            self.memory.io_w,
        );
        let mut ports = CLOCK.to_vec();
        ports.extend(REGS);
        ports.extend([
            output("mem_arvalid_o", c),
            input("mem_arready_i", c),
            output("mem_araddr_o", c * 64),
            output("mem_arid_o", c * ID_W),
            output("mem_arlen_o", c * 8),
            output("mem_arsize_o", c * 3),
            output("mem_arburst_o", c * 2),
            output("mem_arprot_o", c * 3),
            output("mem_arcache_o", c * 4),
            input("mem_rvalid_i", c),
            output("mem_rready_o", c),
            input("mem_rid_i", c * ID_W),
            input("mem_rdata_i", c * port_w),
            input("mem_rresp_i", c * 2),
            input("mem_rlast_i", c),
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
            input("io_rdata_i", io_w),
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
            output("io_wdata_o", io_w),
            output("io_wstrb_o", io_w / 8),
            output("io_wlast_o", 1),
            input("io_bvalid_i", 1),
            output("io_bready_o", 1),
            input("io_bid_i", ID_W),
            input("io_bresp_i", 2),
        ]);
        ports
    }

    /// Reads the parameters back.
    ///
    /// # Errors
    /// Names the parameter that is missing or no number, or the first rule that is broken.
    pub fn from_values(values: &Values<'_>) -> Result<Self, Problem> {
        let mut params = Self {
            core: AttentionParams::from_values(values)?,
            memory: MemoryParams {
                channels: values.number("Channels")?,
                data_w: values.number("DataW")?,
                port_w: MemoryParams::port_w_of(values)?,
                beats: values.number("Beats")?,
                burst: values.number("Burst")?,
                heads: values.number("Heads")?,
                v_layout: Layout::from_values(values)?,
                io_w: values.number("IoW")?,
            },
            cascade: None,
            append: values.number("Append")? != 0,
        };
        if values.number("Cascade")? != 0 {
            params.cascade = Some(EngineParams {
                importance: params.accumulators(values.number("MaxHeads")?),
                lanes: values.number("RankLanes")?,
                key_w: values.number("RankKeyW")?,
                digit_w: values.number("RankDigitW")?,
            });
        }
        let violations = params.violations();
        legal(params, violations)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::attention::params::legal_cores;
    use crate::importance::ImportanceParams;

    proptest! {
        #[test]
        fn values_are_read_back(
            core in legal_cores(),
            powers in (0_u32..=5, 6_u32..=9, 0_u32..=8, 2_u32..=8, 6_u32..=9),
            room in 0_u32..=512,
            v_layout in 0_usize..3, narrow in 0_u32..=3, (append, cascade) in any::<(bool, bool)>(),
            (max_heads, lanes, key_w, digit_w) in (1_u32..=256, 0_u32..=6, 8_u32..=24, 1_u32..=6),
        ) {
            let (channels, data_w, burst, heads, io_w) = powers;
            let memory = MemoryParams {
                channels: 1 << channels,
                data_w: 1 << data_w,
                port_w: MemoryParams::narrower(1 << data_w, narrow),
                burst: 1 << burst,
                beats: room.max(16).max(2 << burst).min(512),
                heads: 1 << heads,
                v_layout: Layout::ALL[v_layout],
                io_w: 1 << io_w,
            };
            let importance = ImportanceParams {
                d_head: core.d_head,
                lanes: core.lanes,
                max_tokens: core.max_tokens,
                max_heads,
            };
            let engine = EngineParams { importance, lanes: 1 << lanes, key_w, digit_w };
            let cascade = cascade.then_some(engine);
            let params = AttentionAxiParams { core, memory, cascade, append };
            let values = params.interface().values();
            prop_assert_eq!(AttentionAxiParams::from_values(&Values(&values)), Ok(params));
        }
    }

    #[test]
    fn widths_by_hand() {
        let mut p = AttentionAxiParams::default();
        p.memory.channels = 4;
        p.memory.data_w = 128;
        p.memory.io_w = 256;
        let interface = p.interface();
        let width = |name| interface.port(name).expect("is there").width;
        assert_eq!((width("mem_rdata_i"), width("mem_araddr_o")), (512, 256));
        assert_eq!((width("io_wdata_o"), width("io_wstrb_o")), (256, 32));
        assert_eq!((width("s_axi_awaddr_i"), width("io_bid_i")), (12, 4));
        // Clock and reset, 19 of AXI4-Lite and the interrupt, 15 of reads twice, 18 of writes.
        assert_eq!(interface.ports.len(), 2 + 20 + 2 * 15 + 18);
    }
}
