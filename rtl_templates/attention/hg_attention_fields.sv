// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// What the stages behind the job front need of each job in flight.
///
/// Written when a job is taken, read by place, combinationally: every stage names the place of
/// the job it works for and finds the fields of that stage on its port. Those of commits
/// (`decide_*`) come a cycle behind their place.
module hg_attention_fields #(
  /// Bits of a count of keys, 4 and up.
  parameter int TokW = 11
) (
  input  logic            clk_i,
  input  logic            wr_en_i,
  input  logic [2:0]      wr_place_i,
  input  logic [7:0]      head_i,
  input  logic [TokW-1:0] keys_i,
  input  logic [1:0]      k_start_i,
  input  logic [1:0]      k_max_i,
  input  logic [1:0]      v_count_i,
  input  logic [1:0]      rule_i,
  input  logic [35:0]     head_limit_i,
  input  logic [19:0]     eps_log2_i,
  input  logic [5:0]      pre_shift_i,
  input  logic [15:0]     mant_i,
  input  logic [1:0]      select_i,
  input  logic [TokW-1:0] k_i,
  input  logic [16:0]     mass_i,
  input  logic            renorm_i,
  input  logic            bias_i,
  input  logic            list_i,
  // The K stream.
  input  logic [2:0]      stream_place_i,
  output logic [TokW-1:0] stream_keys_o,
  output logic [1:0]      stream_k_start_o,
  // Requests.
  input  logic [2:0]      fetch_place_i,
  output logic [7:0]      fetch_head_o,
  output logic            fetch_list_o,
  // Issue to QK.
  input  logic [2:0]      issue_place_i,
  output logic [1:0]      issue_k_start_o,
  output logic            issue_bias_o,
  // Passes of the softmax.
  input  logic [2:0]      pass_place_i,
  output logic [1:0]      pass_k_start_o,
  output logic [1:0]      pass_k_max_o,
  output logic [1:0]      pass_rule_o,
  output logic [5:0]      pass_pre_shift_o,
  output logic [15:0]     pass_mant_o,
  // Verdicts on passes.
  input  logic [2:0]      judge_place_i,
  output logic [1:0]      judge_rule_o,
  output logic            judge_bias_o,
  output logic [35:0]     judge_head_limit_o,
  output logic [19:0]     judge_eps_log2_o,
  output logic [5:0]      judge_pre_shift_o,
  output logic [15:0]     judge_mant_o,
  // Commits.
  input  logic [2:0]      decide_place_i,
  output logic [1:0]      decide_select_o,
  output logic [TokW-1:0] decide_k_o,
  output logic [16:0]     decide_mass_o,
  output logic            decide_renorm_o,
  // The walk over the selection, PV and the results.
  input  logic [2:0]      walk_place_i,
  output logic [1:0]      walk_v_count_o,
  input  logic [2:0]      pv_place_i,
  output logic [1:0]      pv_v_count_o,
  input  logic [2:0]      end_place_i,
  output logic [7:0]      end_head_o
);

  logic [7:0]      head_q [0:7];
  logic [TokW-1:0] keys_q [0:7];
  logic [1:0]      k_start_q [0:7];
  logic [1:0]      k_max_q [0:7];
  logic [1:0]      v_count_q [0:7];
  logic [1:0]      rule_q [0:7];
  logic [35:0]     head_limit_q [0:7];
  logic [19:0]     eps_log2_q [0:7];
  logic [5:0]      pre_shift_q [0:7];
  logic [15:0]     mant_q [0:7];
  logic [1:0]      select_q [0:7];
  logic [TokW-1:0] k_q [0:7];
  logic [16:0]     mass_q [0:7];
  logic            renorm_q [0:7];
  logic            bias_q [0:7];
  logic            list_q [0:7];

  always_ff @(posedge clk_i) begin
    if (wr_en_i) begin
      head_q[wr_place_i]       <= head_i;
      keys_q[wr_place_i]       <= keys_i;
      k_start_q[wr_place_i]    <= k_start_i;
      k_max_q[wr_place_i]      <= k_max_i;
      v_count_q[wr_place_i]    <= v_count_i;
      rule_q[wr_place_i]       <= rule_i;
      head_limit_q[wr_place_i] <= head_limit_i;
      eps_log2_q[wr_place_i]   <= eps_log2_i;
      pre_shift_q[wr_place_i]  <= pre_shift_i;
      mant_q[wr_place_i]       <= mant_i;
      select_q[wr_place_i]     <= select_i;
      k_q[wr_place_i]          <= k_i;
      mass_q[wr_place_i]       <= mass_i;
      renorm_q[wr_place_i]     <= renorm_i;
      bias_q[wr_place_i]       <= bias_i;
      list_q[wr_place_i]       <= list_i;
    end
  end

  assign stream_keys_o    = keys_q[stream_place_i];
  assign stream_k_start_o = k_start_q[stream_place_i];

  assign fetch_head_o = head_q[fetch_place_i];
  assign fetch_list_o = list_q[fetch_place_i];

  assign issue_k_start_o = k_start_q[issue_place_i];
  assign issue_bias_o    = bias_q[issue_place_i];

  assign pass_k_start_o   = k_start_q[pass_place_i];
  assign pass_k_max_o     = k_max_q[pass_place_i];
  assign pass_rule_o      = rule_q[pass_place_i];
  assign pass_pre_shift_o = pre_shift_q[pass_place_i];
  assign pass_mant_o      = mant_q[pass_place_i];

  assign judge_rule_o       = rule_q[judge_place_i];
  assign judge_bias_o       = bias_q[judge_place_i];
  assign judge_head_limit_o = head_limit_q[judge_place_i];
  assign judge_eps_log2_o   = eps_log2_q[judge_place_i];
  assign judge_pre_shift_o  = pre_shift_q[judge_place_i];
  assign judge_mant_o       = mant_q[judge_place_i];

  always_ff @(posedge clk_i) begin
    decide_select_o <= select_q[decide_place_i];
    decide_k_o      <= k_q[decide_place_i];
    decide_mass_o   <= mass_q[decide_place_i];
    decide_renorm_o <= renorm_q[decide_place_i];
  end

  assign walk_v_count_o = v_count_q[walk_place_i];
  assign pv_v_count_o   = v_count_q[pv_place_i];
  assign end_head_o     = head_q[end_place_i];

endmodule

`default_nettype wire
