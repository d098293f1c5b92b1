// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Reciprocals of the queries' sums, in order: a queue before hg_recip and a short one behind, so
/// that the divisions run ahead of their use.
///
/// No back-pressure at the input: `DepthEntries` is the number of queries that can be under way.
module hg_attention_recip #(
  /// Sums that wait at most, 1 and up.
  parameter int DepthEntries = 8,
  /// Derived: bits of a sum of exponentials.
  localparam int ExpSumW = hg_attention_pkg::EXP_SUM_W,
  /// Derived: bits of a reciprocal's significand.
  localparam int RecipW = hg_attention_pkg::RECIP_W,
  /// Derived: bits of a reciprocal's exponent.
  localparam int RecipExpW = hg_attention_pkg::RECIP_EXP_W
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,
  input  logic                 den_valid_i,
  input  logic [ExpSumW-1:0]   den_i,
  output logic                 recip_valid_o,
  input  logic                 recip_ready_i,
  output logic [RecipW-1:0]    recip_o,
  output logic [RecipExpW-1:0] exponent_o
);

  localparam int UsedW = hg_pkg::cnt_width(DepthEntries);

  logic                 in_ready, den_valid, den_ready, done_valid, done_ready;
  logic [ExpSumW-1:0]   den;
  logic [RecipW-1:0]    done_recip;
  logic [RecipExpW-1:0] done_exponent;
  logic [UsedW-1:0]     unused_in;
  logic [1:0]           unused_out;

  hg_fifo #(
    .Width        (ExpSumW),
    .DepthEntries (DepthEntries)
  ) u_sums (
    .clk_i,
    .rst_ni,
    .in_valid_i  (den_valid_i),
    .in_ready_o  (in_ready),
    .in_data_i   (den_i),
    .out_valid_o (den_valid),
    .out_ready_i (den_ready),
    .out_data_o  (den),
    .used_o      (unused_in)
  );

  hg_recip u_recip (
    .clk_i,
    .rst_ni,
    .valid_i    (den_valid),
    .ready_o    (den_ready),
    .den_i      (den),
    .valid_o    (done_valid),
    .ready_i    (done_ready),
    .recip_o    (done_recip),
    .exponent_o (done_exponent)
  );

  hg_fifo #(
    .Width        (RecipW + RecipExpW),
    .DepthEntries (2)
  ) u_done (
    .clk_i,
    .rst_ni,
    .in_valid_i  (done_valid),
    .in_ready_o  (done_ready),
    .in_data_i   ({done_recip, done_exponent}),
    .out_valid_o (recip_valid_o),
    .out_ready_i (recip_ready_i),
    .out_data_o  ({recip_o, exponent_o}),
    .used_o      (unused_out)
  );

  logic unused_ready;
  assign unused_ready = in_ready;

`ifndef SYNTHESIS
`ifndef YOSYS
  always @(posedge clk_i) begin
    if (den_valid_i && !in_ready) $error("%m: no room for a sum");
  end
`endif
`endif

endmodule

`default_nettype wire
