// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Denominators of the queries, in order, and their reciprocals.
///
/// Probabilities are divided by the sum of all exponentials, which a commit brings. Outputs are
/// divided by the same, or by the sum of the selected ones if the job asks for it; that sum is
/// known when the query's last row leaves hg_select (`slot_done_i`). Until then the full sums
/// wait here.
module hg_attention_denominators #(
  /// Queries between commit and retirement, 1 and up.
  parameter int Records = 8,
  /// Divisions at once for each of both reciprocals, 1 and up.
  parameter int Divisions = 1,
  /// Derived: bits of a sum of exponentials.
  localparam int ExpSumW = hg_attention_pkg::EXP_SUM_W,
  /// Derived: bits of a reciprocal's significand.
  localparam int RecipW = hg_attention_pkg::RECIP_W,
  /// Derived: bits of a reciprocal's exponent.
  localparam int RecipExpW = hg_attention_pkg::RECIP_EXP_W
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,
  input  logic                 commit_i,
  input  logic [ExpSumW-1:0]   commit_sum_i,
  input  logic                 commit_renorm_i,
  input  logic                 slot_done_i,
  input  logic                 sel_sum_valid_i,
  input  logic [ExpSumW-1:0]   sel_sum_i,
  // Of the probabilities, and of the output.
  output logic                 prob_valid_o,
  input  logic                 prob_ready_i,
  output logic [RecipW-1:0]    prob_recip_o,
  output logic [RecipExpW-1:0] prob_exponent_o,
  output logic                 out_valid_o,
  input  logic                 out_ready_i,
  output logic [RecipW-1:0]    out_recip_o,
  output logic [RecipExpW-1:0] out_exponent_o
);

  localparam int UsedW = hg_pkg::cnt_width(Records);

  logic               full_valid, full_renorm, full_ready;
  logic [ExpSumW-1:0] full_sum;
  logic [UsedW-1:0]   unused_full;

  hg_fifo #(
    .Width        (1 + ExpSumW),
    .DepthEntries (Records)
  ) u_full (
    .clk_i,
    .rst_ni,
    .in_valid_i  (commit_i),
    .in_ready_o  (full_ready),
    .in_data_i   ({commit_renorm_i, commit_sum_i}),
    .out_valid_o (full_valid),
    .out_ready_i (slot_done_i),
    .out_data_o  ({full_renorm, full_sum}),
    .used_o      (unused_full)
  );

  hg_attention_recip #(
    .DepthEntries (Records),
    .Units        (Divisions)
  ) u_prob_recip (
    .clk_i,
    .rst_ni,
    .den_valid_i   (commit_i),
    .den_i         (commit_sum_i),
    .recip_valid_o (prob_valid_o),
    .recip_ready_i (prob_ready_i),
    .recip_o       (prob_recip_o),
    .exponent_o    (prob_exponent_o)
  );

  hg_attention_recip #(
    .DepthEntries (Records),
    .Units        (Divisions)
  ) u_out_recip (
    .clk_i,
    .rst_ni,
    .den_valid_i   (slot_done_i),
    .den_i         (full_renorm ? sel_sum_i : full_sum),
    .recip_valid_o (out_valid_o),
    .recip_ready_i (out_ready_i),
    .recip_o       (out_recip_o),
    .exponent_o    (out_exponent_o)
  );

  // Only the checks look at these.
  logic unused_checked;
  assign unused_checked = ^{full_valid, full_ready, sel_sum_valid_i};

`ifndef SYNTHESIS
`ifndef YOSYS
  always @(posedge clk_i) begin
    if (commit_i && !full_ready) $error("%m: no room for a sum");
    if (slot_done_i && !(full_valid && sel_sum_valid_i)) $error("%m: a selection without a sum");
  end
`endif
`endif

endmodule

`default_nettype wire
