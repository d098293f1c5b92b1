// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// What the verdicts need to know of each job in flight.
///
/// Written when a job is taken and read by place: by the next pass of the softmax (`pass_*`), by
/// the verdict on a pass (`judge_*`), and by the commit of the oldest query (`old_*`), whose
/// fields come a cycle behind their place.
module hg_attention_verdict_fields #(
  /// Jobs in flight: a power of two, 4 to 64.
  parameter int Jobs = 8,
  /// Whether the verdict reads the selection, too: 0 or 1.
  parameter int Selects = 0,
  /// Derived: bits of a job's place.
  localparam int JobW = hg_pkg::idx_width(Jobs)
) (
  input  logic        clk_i,
  input  logic        take_i,
  input  logic [JobW-1:0] take_place_i,
  input  logic [1:0]  job_k_start_i,
  input  logic [1:0]  job_k_max_i,
  input  logic [1:0]  job_rule_i,
  input  logic [35:0] job_head_limit_i,
  input  logic [19:0] job_eps_log2_i,
  input  logic [5:0]  job_pre_shift_i,
  input  logic [15:0] job_mant_i,
  input  logic [1:0]  job_select_i,
  input  logic [16:0] job_mass_i,
  input  logic        job_bias_i,
  // The next pass.
  input  logic [JobW-1:0] pass_job_i,
  output logic [1:0]  pass_k_start_o,
  output logic [1:0]  pass_k_max_o,
  output logic [1:0]  pass_rule_o,
  output logic [5:0]  pass_pre_shift_o,
  output logic [15:0] pass_mant_o,
  // The verdict on a pass.
  input  logic [JobW-1:0] judge_job_i,
  output logic [1:0]  judge_rule_o,
  output logic        judge_bias_o,
  output logic [35:0] judge_head_limit_o,
  output logic [19:0] judge_eps_log2_o,
  output logic [5:0]  judge_pre_shift_o,
  output logic [15:0] judge_mant_o,
  // Likewise, a cycle behind its place.
  output logic        judge_by_mass_o,
  output logic [16:0] judge_mass_o,
  // The oldest query.
  input  logic [JobW-1:0] old_job_i,
  output logic [1:0]  old_select_o,
  output logic [16:0] old_mass_o
);

  logic [1:0]  k_start_q [0:Jobs-1];
  logic [1:0]  k_max_q [0:Jobs-1];
  logic [1:0]  rule_q [0:Jobs-1];
  logic [35:0] head_limit_q [0:Jobs-1];
  logic [19:0] eps_log2_q [0:Jobs-1];
  logic [5:0]  pre_shift_q [0:Jobs-1];
  logic [15:0] mant_q [0:Jobs-1];
  logic [1:0]  select_q [0:Jobs-1];
  logic [16:0] mass_q [0:Jobs-1];
  logic        bias_q [0:Jobs-1];

  always_ff @(posedge clk_i) begin
    if (take_i) begin
      k_start_q[take_place_i]    <= job_k_start_i;
      k_max_q[take_place_i]      <= job_k_max_i;
      rule_q[take_place_i]       <= job_rule_i;
      head_limit_q[take_place_i] <= job_head_limit_i;
      eps_log2_q[take_place_i]   <= job_eps_log2_i;
      pre_shift_q[take_place_i]  <= job_pre_shift_i;
      mant_q[take_place_i]       <= job_mant_i;
      select_q[take_place_i]     <= job_select_i;
      mass_q[take_place_i]       <= job_mass_i;
      bias_q[take_place_i]       <= job_bias_i;
    end
  end

  assign pass_k_start_o   = k_start_q[pass_job_i];
  assign pass_k_max_o     = k_max_q[pass_job_i];
  assign pass_rule_o      = rule_q[pass_job_i];
  assign pass_pre_shift_o = pre_shift_q[pass_job_i];
  assign pass_mant_o      = mant_q[pass_job_i];

  assign judge_rule_o       = rule_q[judge_job_i];
  assign judge_bias_o       = bias_q[judge_job_i];
  assign judge_head_limit_o = head_limit_q[judge_job_i];
  assign judge_eps_log2_o   = eps_log2_q[judge_job_i];
  assign judge_pre_shift_o  = pre_shift_q[judge_job_i];
  assign judge_mant_o       = mant_q[judge_job_i];

  if (Selects == 0) begin : gen_no_select
    assign judge_by_mass_o = 1'b0;
    assign judge_mass_o    = '0;
  end else begin : gen_select
    logic        by_mass_q;
    logic [16:0] own_mass_q;
    always_ff @(posedge clk_i) begin
      by_mass_q  <= select_q[judge_job_i] == 2'd2;
      own_mass_q <= mass_q[judge_job_i];
    end
    assign judge_by_mass_o = by_mass_q;
    assign judge_mass_o    = own_mass_q;
  end

  always_ff @(posedge clk_i) begin
    old_select_o <= select_q[old_job_i];
    old_mass_o   <= mass_q[old_job_i];
  end

endmodule

`default_nettype wire
