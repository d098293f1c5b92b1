// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// What the total weight of a query adds to each of its sums.
///
/// Weights of the query's rows are summed as the rows enter PV. The offset is the total weight
/// times (2**(Below0-1) + 2**(Below1-1)), the second term only if the second plane was fetched.
/// Up to three offsets wait, in order.
module hg_attention_pv_offset #(
  /// Keys a row, 1 and up.
  parameter int Tokens = 1,
  /// Most keys of a job, 8 to 4096.
  parameter int MaxTokens = 1024,
  /// Bits of a sum of PV.
  parameter int AccW = 40,
  /// Bits below the first plane, 0 and up.
  parameter int Below0 = 8,
  /// Bits below the second plane, 0 and up.
  parameter int Below1 = 4,
  /// Derived: bits of a probability.
  localparam int ProbW = hg_attention_pkg::PROB_W
) (
  input  logic                    clk_i,
  input  logic                    rst_ni,
  // A row enters: whether its query's first and last, planes that were fetched, weights.
  input  logic                    take_i,
  input  logic                    first_i,
  input  logic                    last_i,
  input  logic [1:0]              count_i,
  input  logic [Tokens*ProbW-1:0] weight_i,
  output logic                    valid_o,
  input  logic                    ready_i,
  output logic [AccW-1:0]         offset_o
);

  // Total weight, and its row's share as a signed number.
  localparam int TotalW  = ProbW + 1 + $clog2(MaxTokens);
  localparam int RowSumW = ProbW + 1 + $clog2(Tokens);
  // Cycles of the total weight's sum, and of what it adds to each sum.
  localparam int TotalC  = hg_arith_pkg::segments(TotalW);
  localparam int OffsetC = hg_arith_pkg::tree_cycles(2, AccW, 1);

  logic [Tokens*(ProbW+1)-1:0] weights;
  logic [RowSumW-1:0]          row_weight;
  logic                        total_valid, total_first, total_last, offset_valid;
  logic [1:0]                  total_count, count_late;
  logic [TotalW-1:0]           weight_sum, unused_before;
  logic [AccW-1:0]             offset_sum, total_wide, share0, share1;
  logic                        unused_ready;
  logic [1:0]                  unused_used;

  for (genvar t = 0; t < Tokens; t++) begin : gen_weight
    assign weights[t*(ProbW+1) +: ProbW+1] = {1'b0, weight_i[t*ProbW +: ProbW]};
  end

  hg_attention_reduce #(
    .Lanes (Tokens),
    .ItemW (ProbW + 1),
    .OutW  (RowSumW),
    .TagW  (4)
  ) u_total (
    .clk_i,
    .rst_ni,
    .valid_i  (take_i),
    .tag_i    ({first_i, last_i, count_i}),
    .item_i   (weights),
    .valid_o  (total_valid),
    .tag_o    ({total_first, total_last, total_count}),
    .result_o (row_weight)
  );

  hg_accumulate #(
    .Width (TotalW)
  ) u_weight (
    .clk_i,
    .valid_i  (total_valid),
    .first_i  (total_first),
    .data_i   (TotalW'(row_weight)),
    .before_o (unused_before),
    .sum_o    (weight_sum)
  );
  hg_delay #(
    .Width  (2),
    .Cycles (TotalC)
  ) u_count (
    .clk_i,
    .data_i (total_count),
    .data_o (count_late)
  );

  // Bits that no plane holds below the top one, then below the next.
  assign total_wide = AccW'(weight_sum);
  assign share0 = (Below0 > 0) ? total_wide << ((Below0 > 0) ? Below0 - 1 : 0) : '0;
  assign share1 = (Below1 > 0 && count_late != 2'd1)
                ? total_wide << ((Below1 > 0) ? Below1 - 1 : 0) : '0;

  hg_sum_tree #(
    .Inputs     (2),
    .InW        (AccW),
    .FlatLevels (1)
  ) u_offset (
    .clk_i,
    .data_i ({share1, share0}),
    .sum_o  (offset_sum)
  );
  hg_delay_valid #(
    .Cycles (TotalC + OffsetC)
  ) u_offset_valid (
    .clk_i,
    .rst_ni,
    .valid_i (total_valid && total_last),
    .valid_o (offset_valid)
  );

  hg_fifo #(
    .Width        (AccW),
    .DepthEntries (3)
  ) u_offsets (
    .clk_i,
    .rst_ni,
    .in_valid_i  (offset_valid),
    .in_ready_o  (unused_ready),
    .in_data_i   (offset_sum),
    .out_valid_o (valid_o),
    .out_ready_i (ready_i),
    .out_data_o  (offset_o),
    .used_o      (unused_used)
  );

endmodule

`default_nettype wire
