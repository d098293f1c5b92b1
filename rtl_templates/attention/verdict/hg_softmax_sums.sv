// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Sums of the exponentials of a pass: of all keys, and of those that are candidates of a
/// refinement; and the smallest rank of a candidate.
///
/// A row enters per cycle; the sums of a row come from a tree, those of the pass from an
/// accumulator behind it. `valid_o` comes with the sums of a pass, TreeC + SumC cycles behind its
/// last row; they stay until the first row of the next pass gets there. So does the rank, {0,
/// rank}, with its top bit set if there is no candidate.
module hg_softmax_sums #(
  /// Keys a row, 1 and up.
  parameter int Tokens = 1,
  /// Derived: bits of an exponential.
  localparam int ExpW = hg_attention_pkg::EXP_W,
  /// Derived: bits of a sum of exponentials.
  localparam int ExpSumW = hg_attention_pkg::EXP_SUM_W,
  /// Derived: bits of the rank of a key.
  localparam int RankW = hg_attention_pkg::RANK_W
) (
  input  logic                   clk_i,
  input  logic                   rst_ni,
  input  logic                   valid_i,
  input  logic                   certain_i,
  input  logic                   first_i,
  input  logic                   last_i,
  input  logic [Tokens-1:0]      match_i,
  input  logic [Tokens*ExpW-1:0] exp_i,
  input  logic [Tokens*RankW-1:0] key_i,
  output logic                   valid_o,
  output logic                   certain_o,
  output logic [ExpSumW-1:0]     sum_o,
  output logic [ExpSumW-1:0]     part_o,
  output logic [RankW:0]         best_o
);

  localparam int TreeC = hg_arith_pkg::tree_cycles(Tokens, ExpSumW, $clog2(Tokens));
  localparam int SumC  = hg_arith_pkg::segments(ExpSumW);

  logic [Tokens*ExpSumW-1:0] exps, parts;
  logic                 row_valid, row_first;
  logic [ExpSumW-1:0]          row_sum, row_part, unused_sum, unused_part;

  for (genvar t = 0; t < Tokens; t++) begin : gen_exp
    assign exps[t*ExpSumW +: ExpSumW]  = ExpSumW'(exp_i[t*ExpW +: ExpW]);
    assign parts[t*ExpSumW +: ExpSumW] = match_i[t] ? ExpSumW'(exp_i[t*ExpW +: ExpW]) : '0;
  end

  hg_sum_tree #(
    .Inputs     (Tokens),
    .InW        (ExpSumW),
    .FlatLevels ($clog2(Tokens))
  ) u_row_sum (
    .clk_i,
    .data_i (exps),
    .sum_o  (row_sum)
  );
  hg_sum_tree #(
    .Inputs     (Tokens),
    .InW        (ExpSumW),
    .FlatLevels ($clog2(Tokens))
  ) u_row_part (
    .clk_i,
    .data_i (parts),
    .sum_o  (row_part)
  );
  if (TreeC == 0) begin : gen_no_tree
    assign {row_valid, row_first} = {valid_i, first_i};
  end else begin : gen_tree
    hg_delay_valid #(
      .Cycles (TreeC)
    ) u_row_valid (
      .clk_i,
      .rst_ni,
      .valid_i,
      .valid_o (row_valid)
    );
    hg_delay #(
      .Width  (1),
      .Cycles (TreeC)
    ) u_row_first (
      .clk_i,
      .data_i (first_i),
      .data_o (row_first)
    );
  end
  hg_accumulate #(
    .Width  (ExpSumW),
    .Before (0)
  ) u_sum (
    .clk_i,
    .valid_i  (row_valid),
    .first_i  (row_first),
    .data_i   (row_sum),
    .before_o (unused_sum),
    .sum_o    (sum_o)
  );
  hg_accumulate #(
    .Width  (ExpSumW),
    .Before (0)
  ) u_part (
    .clk_i,
    .valid_i  (row_valid),
    .first_i  (row_first),
    .data_i   (row_part),
    .before_o (unused_part),
    .sum_o    (part_o)
  );
  hg_delay_valid #(
    .Cycles (TreeC + SumC)
  ) u_res_valid (
    .clk_i,
    .rst_ni,
    .valid_i (valid_i && last_i),
    .valid_o
  );
  hg_delay #(
    .Width  (1),
    .Cycles (TreeC + SumC)
  ) u_res_certain (
    .clk_i,
    .data_i (certain_i),
    .data_o (certain_o)
  );

  // The smallest rank, as the largest of what lacks to the highest; below all that without one.
  localparam int BestC = hg_attention_pkg::reduce_cycles(Tokens) + 1;
  logic [Tokens*(RankW+1)-1:0] near;
  logic                        near_valid, near_first;
  logic signed [RankW:0]       nearest, best_q, best;

  for (genvar t = 0; t < Tokens; t++) begin : gen_near
    assign near[t*(RankW+1) +: RankW+1] =
        match_i[t] ? {1'b0, ~key_i[t*RankW +: RankW]} : {1'b1, {RankW{1'b0}}};
  end

  hg_attention_reduce #(
    .Lanes   (Tokens),
    .ItemW   (RankW + 1),
    .OutW    (RankW + 1),
    .Maximum (1),
    .TagW    (1)
  ) u_near (
    .clk_i,
    .rst_ni,
    .valid_i,
    .tag_i    (first_i),
    .item_i   (near),
    .valid_o  (near_valid),
    .tag_o    (near_first),
    .result_o (nearest)
  );

  always_ff @(posedge clk_i) begin
    if (near_valid && (near_first || best_q < nearest)) best_q <= nearest;
  end

  hg_delay #(
    .Width  (RankW + 1),
    .Cycles (TreeC + SumC - BestC)
  ) u_best (
    .clk_i,
    .data_i (best_q),
    .data_o (best)
  );
  assign best_o = {best[RankW], ~best[RankW-1:0]};

endmodule

`default_nettype wire
