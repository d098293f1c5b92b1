// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Probabilities of a row that leaves: its exponentials times the reciprocal of their full sum.
///
/// A row per cycle, no back-pressure: who sends rows leaves room for `DepthEntries` of them,
/// hg_prob included, until they are taken at the port.
module hg_attention_probabilities #(
  /// Keys a row, 1 and up.
  parameter int Tokens = 1,
  /// Bits of a row's number, 1 and up.
  parameter int RowW = 10,
  /// Rows of probabilities that wait at most, 1 and up.
  parameter int DepthEntries = 21,
  /// 1 if products are made for multipliers of an FPGA: otherwise 0.
  parameter int Dsp = 0,
  /// Derived: bits of an exponential.
  localparam int ExpW = hg_attention_pkg::EXP_W,
  /// Derived: bits of a probability.
  localparam int ProbW = hg_attention_pkg::PROB_W,
  /// Derived: bits of a reciprocal's significand.
  localparam int RecipW = hg_attention_pkg::RECIP_W,
  /// Derived: bits of a reciprocal's exponent.
  localparam int RecipExpW = hg_attention_pkg::RECIP_EXP_W
) (
  input  logic                    clk_i,
  input  logic                    rst_ni,
  input  logic                    row_valid_i,
  input  logic                    row_last_i,
  input  logic [RowW-1:0]         row_i,
  input  logic [Tokens-1:0]       row_live_i,
  input  logic [Tokens*ExpW-1:0]  row_exp_i,
  input  logic [RecipW-1:0]       recip_i,
  input  logic [RecipExpW-1:0]    exponent_i,
  output logic                    prob_valid_o,
  input  logic                    prob_ready_i,
  output logic [Tokens*ProbW-1:0] prob_data_o,
  output logic [RowW-1:0]         prob_row_o,
  output logic [Tokens-1:0]       prob_keep_o,
  output logic                    prob_last_o
);

  localparam int UsedW = hg_pkg::cnt_width(DepthEntries);

  logic [UsedW-1:0]        unused_used;
  logic                    mul_valid, mul_last, unused_ready;
  logic [RowW-1:0]         mul_row;
  logic [Tokens-1:0]       mul_keep;
  logic [Tokens*ProbW-1:0] mul_prob;


  hg_prob #(
    .Rows (Tokens),
    .TagW (1 + RowW + Tokens),
    .Dsp  (Dsp)
  ) u_prob (
    .clk_i,
    .rst_ni,
    .valid_i    (row_valid_i),
    .tag_i      ({row_last_i, row_i, row_live_i}),
    .exp_i      (row_exp_i),
    .recip_i,
    .exponent_i,
    .valid_o    (mul_valid),
    .tag_o      ({mul_last, mul_row, mul_keep}),
    .prob_o     (mul_prob)
  );

  hg_fifo #(
    .Width        (1 + RowW + Tokens + Tokens * ProbW),
    .DepthEntries (DepthEntries)
  ) u_probs (
    .clk_i,
    .rst_ni,
    .in_valid_i  (mul_valid),
    .in_ready_o  (unused_ready),
    .in_data_i   ({mul_last, mul_row, mul_keep, mul_prob}),
    .out_valid_o (prob_valid_o),
    .out_ready_i (prob_ready_i),
    .out_data_o  ({prob_last_o, prob_row_o, prob_keep_o, prob_data_o}),
    .used_o      (unused_used)
  );

endmodule

`default_nettype wire
