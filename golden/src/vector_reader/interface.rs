// SPDX-License-Identifier: MIT OR Apache-2.0
//! Ports and parameters of the vector reader.

use super::VectorReaderParams;
use crate::attention::HEAD_W;
use crate::interface::{
    CLOCK, Interface, Port, Problem, Values, input, legal, output, packed, parameters,
};
use crate::memory::{ID_W, Layout, MemoryParams};
use crate::width::{cnt_width, idx_width};

impl VectorReaderParams {
    /// Returns the ports and parameters of `hg_vector_reader`.
    pub fn interface(&self) -> Interface {
        let memory = &self.memory;
        Interface {
            parameters: parameters([
                ("DHead", self.d_head),
                ("Tokens", self.tokens),
                ("MaxTokens", self.max_tokens),
                ("KPlanes", packed(&self.k_planes)),
                ("VPlanes", packed(&self.v_planes)),
                ("VLayout", memory.v_layout.code()),
                ("Outstanding", self.outstanding),
                ("Channels", memory.channels),
                ("DataW", memory.data_w),
                ("PortW", memory.port_bits()),
                ("Beats", memory.beats),
                ("Burst", memory.burst),
                ("Heads", memory.heads),
            ]),
            ports: self.ports(),
        }
    }

    fn ports(&self) -> Vec<Port> {
        let t = self.tokens;
        let c = self.memory.channels;
        let mut ports = CLOCK.to_vec();
        ports.extend([
            input("table_valid_i", 1),
            input("table_index_i", self.head_w()),
            input("table_k_base_i", 64),
            input("table_v_base_i", 64),
            input("table_k_offset_i", 32 * self.k_planes.len() as u32),
            input("table_v_offset_i", 32 * self.v_planes.len() as u32),
            input("req_valid_i", 1),
            output("req_ready_o", 1),
            input("req_value_i", 1),
            input("req_plane_i", 2),
            input("req_head_i", HEAD_W),
            input("req_mask_i", t),
            input("req_token_i", t * self.tok_w()),
            output("rsp_valid_o", 1),
            input("rsp_ready_i", 1),
            output("rsp_data_o", t * self.d_head * self.plane_w()),
            input("stop_i", 1),
            output("idle_o", 1),
            input("channel_stride_i", 64),
            input("axprot_i", 3),
            input("axcache_i", 4),
            output("error_valid_o", 1),
            output("error_code_o", 2),
            output("error_channel_o", idx_width(c)),
            output("error_address_o", 64),
            input("error_clear_i", 1),
            output("bursts_o", c * cnt_width(self.memory.beats)),
            output("beats_o", c),
            output("blocked_o", c),
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
            input("mem_rdata_i", c * self.memory.port_bits()),
            input("mem_rresp_i", c * 2),
            input("mem_rlast_i", c),
        ]);
        ports
    }

    /// Reads the parameters back.
    ///
    /// # Errors
    /// Names the parameter that is missing or no number, or the first rule that is broken.
    pub fn from_values(values: &Values<'_>) -> Result<Self, Problem> {
        let params = Self {
            d_head: values.number("DHead")?,
            tokens: values.number("Tokens")?,
            max_tokens: values.number("MaxTokens")?,
            k_planes: values.planes("KPlanes")?,
            v_planes: values.planes("VPlanes")?,
            outstanding: values.number("Outstanding")?,
            memory: MemoryParams {
                channels: values.number("Channels")?,
                data_w: values.number("DataW")?,
                port_w: MemoryParams::port_w_of(values)?,
                beats: values.number("Beats")?,
                burst: values.number("Burst")?,
                heads: values.number("Heads")?,
                v_layout: Layout::from_values(values)?,
                ..MemoryParams::default()
            },
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

    proptest! {
        #[test]
        fn values_are_read_back(
            core in legal_cores(),
            (channels, data_w, burst, heads) in (0_u32..=5, 6_u32..=9, 0_u32..=8, 2_u32..=8),
            room in 0_u32..=512,
            v_layout in 0_usize..3, narrow in 0_u32..=3,
        ) {
            let memory = MemoryParams {
                channels: 1 << channels,
                data_w: 1 << data_w,
                port_w: MemoryParams::narrower(1 << data_w, narrow),
                burst: 1 << burst,
                beats: room.max(16).max(2 << burst).min(512),
                heads: 1 << heads,
                v_layout: Layout::ALL[v_layout],
                ..MemoryParams::default()
            };
            let params = VectorReaderParams::of(&core, &memory);
            prop_assert_eq!(params.violations(), []);
            let values = params.interface().values();
            prop_assert_eq!(VectorReaderParams::from_values(&Values(&values)), Ok(params));
        }
    }

    #[test]
    fn widths_by_hand() {
        let p = VectorReaderParams {
            tokens: 2,
            v_planes: vec![6],
            memory: MemoryParams {
                channels: 4,
                data_w: 128,
                ..MemoryParams::default()
            },
            ..VectorReaderParams::default()
        };
        let interface = p.interface();
        let width = |name| interface.port(name).expect("is there").width;
        // 1024 tokens have numbers of 11 bits, and digits the 6 of the widest plane.
        assert_eq!((width("req_token_i"), width("rsp_data_o")), (22, 768));
        assert_eq!(
            (width("table_k_offset_i"), width("table_v_offset_i")),
            (96, 32)
        );
        // 64 beats may be 64 bursts.
        assert_eq!((width("bursts_o"), width("mem_rdata_i")), (28, 512));
    }
}
