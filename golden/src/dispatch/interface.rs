// SPDX-License-Identifier: MIT OR Apache-2.0
//! Ports and parameters of the dispatch.

use super::DispatchParams;
use crate::attention::AttentionParams;
use crate::command::DESCRIPTOR;
use crate::interface::{
    CLOCK, Interface, Port, Problem, Values, input, legal, output, packed, parameters,
};
use crate::memory::{Layout, MemoryParams};
use crate::vector_reader::VectorReaderParams;

impl DispatchParams {
    /// Returns the ports and parameters of `hg_attention_dispatch`.
    pub fn interface(&self) -> Interface {
        let (vectors, memory) = (&self.vectors, &self.vectors.memory);
        Interface {
            parameters: parameters([
                ("DHead", vectors.d_head),
                ("MaxTokens", vectors.max_tokens),
                ("KPlanes", packed(&vectors.k_planes)),
                ("VPlanes", packed(&vectors.v_planes)),
                ("VLayout", memory.v_layout.code()),
                ("Channels", memory.channels),
                ("VectorW", memory.data_w),
                ("Heads", memory.heads),
                ("Jobs", self.jobs),
                ("DataW", memory.io_w),
                ("MaxHeads", self.max_heads),
                ("Append", u32::from(self.append)),
            ]),
            ports: self.ports(),
        }
    }

    #[allow(clippy::too_many_lines)] // A line per port.
    fn ports(&self) -> Vec<Port> {
        let tok_w = self.vectors.tok_w();
        let mut ports = CLOCK.to_vec();
        ports.extend([
            input("desc_valid_i", 1),
            output("desc_ready_o", 1),
            input("desc_data_i", 8 * DESCRIPTOR as u32),
            input("desc_code_i", 8),
            output("done_valid_o", 1),
            input("done_ready_i", 1),
            output("done_code_o", 8),
            output("done_addr_o", 64),
            output("done_count_o", 32),
            input("window_base_i", 64),
            input("window_end_i", 64),
            input("axprot_i", 3),
            input("axcache_i", 4),
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
            input("mem_rdata_i", self.vectors.memory.io_w),
            input("mem_rresp_i", 2),
            input("mem_rlast_i", 1),
            output("table_valid_o", 1),
            output("table_index_o", self.vectors.head_w()),
            output("table_k_base_o", 64),
            output("table_v_base_o", 64),
            output("table_k_offset_o", 32 * self.vectors.k_planes.len() as u32),
            output("table_v_offset_o", 32 * self.vectors.v_planes.len() as u32),
            output("job_valid_o", 1),
            input("job_ready_i", 1),
            output("job_head_o", 8),
            output("job_keys_o", tok_w),
            output("job_causal_o", 1),
            output("job_first_o", tok_w),
            output("job_k_start_o", 2),
            output("job_k_max_o", 2),
            output("job_v_count_o", 2),
            output("job_rule_o", 2),
            output("job_head_limit_o", 36),
            output("job_eps_log2_o", 20),
            output("job_pre_shift_o", 6),
            output("job_mant_o", 16),
            output("job_select_o", 2),
            output("job_k_o", tok_w),
            output("job_mass_o", 17),
            output("job_renorm_o", 1),
            output("job_bias_o", 1),
            output("job_list_o", 1),
            input("list_taken_i", 1),
            input("list_position_i", tok_w),
            output("read_valid_o", 1),
            input("read_ready_i", 1),
            output("read_addr_o", 64),
            output("read_bytes_o", 21),
            output("read_rows_o", 17),
            output("read_stride_o", 32),
            output("feed_valid_o", 1),
            input("feed_ready_i", 1),
            output("feed_kind_o", 2),
            output("feed_rows_o", 17),
            output("feed_keys_o", tok_w),
            output("feed_last_o", 1),
            input("read_done_valid_i", 1),
            output("read_done_ready_o", 1),
            input("read_done_code_i", 3),
            input("read_error_addr_i", 64),
            output("read_error_clear_o", 1),
            output("result_valid_o", 1),
            input("result_ready_i", 1),
            output("result_addr_o", 64),
            output("result_stride_o", 32),
            output("result_queries_o", 13),
            output("result_index_o", 8),
            input("result_done_valid_i", 1),
            output("result_done_ready_o", 1),
            input("result_done_error_i", 3),
            input("result_done_code_i", 3),
            input("write_error_addr_i", 64),
            output("write_error_clear_o", 1),
            input("vector_error_i", 1),
            input("vector_error_addr_i", 64),
            output("vector_error_clear_o", 1),
            output("cascade_cmd_valid_o", 1),
            input("cascade_cmd_ready_i", 1),
            output("cascade_cmd_op_o", 2),
            output("cascade_cmd_tokens_o", tok_w),
            output("cascade_cmd_heads_o", 9),
            output("cascade_cmd_keep_tokens_o", tok_w),
            output("cascade_cmd_keep_heads_o", 9),
            output("cascade_cmd_window_o", tok_w),
            output("save_tokens_addr_o", 64),
            output("save_heads_addr_o", 64),
            input("cascade_ans_valid_i", 1),
            output("cascade_ans_ready_o", 1),
            input("cascade_ans_error_i", 3),
            input("cascade_ans_tokens_i", tok_w),
            input("save_done_valid_i", 1),
            output("save_done_ready_o", 1),
            input("save_done_code_i", 3),
            input("head_taken_i", 1),
            input("head_index_i", 8),
            input("head_last_i", 1),
            output("append_valid_o", 1),
            input("append_ready_i", 1),
            output("append_k_base_o", 64),
            output("append_v_base_o", 64),
            output("append_k_offset_o", 32 * self.vectors.k_planes.len() as u32),
            output("append_v_offset_o", 32 * self.vectors.v_planes.len() as u32),
            output("append_token_o", 16),
            input("append_done_valid_i", 1),
            output("append_done_ready_o", 1),
            input("append_done_code_i", 3),
        ]);
        ports
    }

    /// Reads the parameters back. What the dispatch does not know of the reader and the core is as by
    /// default.
    ///
    /// # Errors
    /// Names the parameter that is missing or no number, or the first rule that is broken.
    pub fn from_values(values: &Values<'_>) -> Result<Self, Problem> {
        let core = AttentionParams {
            d_head: values.number("DHead")?,
            max_tokens: values.number("MaxTokens")?,
            k_planes: values.planes("KPlanes")?,
            v_planes: values.planes("VPlanes")?,
            jobs: values.number("Jobs")?,
            ..AttentionParams::default()
        };
        let memory = MemoryParams {
            channels: values.number("Channels")?,
            data_w: values.number("VectorW")?,
            heads: values.number("Heads")?,
            v_layout: Layout::from_values(values)?,
            io_w: values.number("DataW")?,
            ..MemoryParams::default()
        };
        let params = Self {
            vectors: VectorReaderParams {
                tokens: 1,
                ..VectorReaderParams::of(&core, &memory)
            },
            jobs: core.jobs,
            max_heads: values.number("MaxHeads")?,
            append: match values.number("Append")? {
                0 => false,
                1 => true,
                value => {
                    let value = i64::from(value);
                    return Err(Problem::Range {
                        name: "Append",
                        value,
                    });
                }
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
            (channels, data_w, io_w, heads) in (0_u32..=5, 6_u32..=9, 6_u32..=9, 2_u32..=8),
            max_heads in 0_u32..=256,
            v_layout in 0_usize..3, append in any::<bool>(),
        ) {
            let memory = MemoryParams {
                channels: 1 << channels,
                data_w: 1 << data_w,
                heads: 1 << heads,
                io_w: 1 << io_w,
                v_layout: Layout::ALL[v_layout],
                ..MemoryParams::default()
            };
            let mut params = DispatchParams { max_heads, append, ..DispatchParams::of(&core, &memory) };
            let values = params.interface().values();
            // These are not parameters of the module.
            params.vectors.tokens = 1;
            params.vectors.outstanding = AttentionParams::default().outstanding;
            prop_assert_eq!(DispatchParams::from_values(&Values(&values)), Ok(params));
        }
    }

    #[test]
    fn widths_by_hand_and_parameters_that_are_wrong() {
        let params = DispatchParams::default();
        let interface = params.interface();
        let width = |name: &str| interface.port(name).map(|port| port.width);
        // Keys are counted from 0 to 1024, and 64 entries have numbers of 6 bits.
        assert_eq!(
            (width("job_keys_o"), width("table_index_o")),
            (Some(11), Some(6))
        );
        assert_eq!(
            (width("desc_data_i"), width("mem_rdata_i")),
            (Some(512), Some(64))
        );
        assert_eq!(width("table_k_offset_o"), Some(96));
        let said = |name: &str, value| {
            let mut values = interface.values();
            values.insert(name.to_owned(), value);
            let read = DispatchParams::from_values(&Values(&values));
            read.map_err(|problem| problem.to_string())
        };
        let rule = "dispatch.heads = 257: must be 0 to 256 (try 256)";
        assert_eq!(said("MaxHeads", 257), Err(rule.to_owned()));
        let rule = "parameter Append = 2 must be a whole number of 32 bits";
        assert_eq!(said("Append", 2), Err(rule.to_owned()));
    }
}
