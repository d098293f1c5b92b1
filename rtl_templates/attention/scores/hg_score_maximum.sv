// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// The largest live score of each context.
///
/// The maximum of each row joins that of its pass; passes of a kind do not overlap. What a
/// refinement leaves alone has a largest score, too (`rest_*`), which waits in the place of its
/// context's until the refinement has ended, so that several refinements may be under way. `done_o`
/// follows the last row of a pass, the maximum a cycle later. A read has the maximum a cycle behind
/// `rd_context_i`.
module hg_score_maximum #(
  /// Keys a row, 1 and up.
  parameter int Tokens = 1,
  /// Queries in flight, 2 to 32.
  parameter int Contexts = 4,
  /// Bits of a score with its bias, 3 and up.
  parameter int ScoreW = 33,
  /// Derived: bits of a context's number.
  localparam int CtxW = hg_pkg::idx_width(Contexts)
) (
  input  logic                         clk_i,
  input  logic                         rst_ni,
  // A row of scores as signed numbers, smaller than any where a key does not live.
  input  logic                         valid_i,
  input  logic [CtxW-1:0]              context_i,
  input  logic                         refine_i,
  input  logic                         first_i,
  input  logic                         last_i,
  input  logic [Tokens*(ScoreW+1)-1:0] rank_i,
  input  logic                         rest_valid_i,
  input  logic [CtxW-1:0]              rest_context_i,
  input  logic [ScoreW:0]              rest_score_i,
  output logic                         done_o,
  output logic [CtxW-1:0]              done_context_o,
  input  logic [CtxW-1:0]              rd_context_i,
  output logic [ScoreW:0]              rd_max_o
);

  logic              best_valid, best_refine, best_first, best_last, done_q, done_refine_q, fresh_q;
  logic [CtxW-1:0]   best_context, done_context_q;
  logic signed [ScoreW:0] best, start_q, refined_q, so_far, joined, rest, largest;

  hg_attention_reduce #(
    .Lanes   (Tokens),
    .ItemW   (ScoreW + 1),
    .OutW    (ScoreW + 1),
    .Maximum (1),
    .TagW    (CtxW + 3)
  ) u_reduce (
    .clk_i,
    .rst_ni,
    .valid_i,
    .tag_i    ({context_i, refine_i, first_i, last_i}),
    .item_i   (rank_i),
    .valid_o  (best_valid),
    .tag_o    ({best_context, best_refine, best_first, best_last}),
    .result_o (best)
  );

  always_comb begin
    so_far = best_refine ? refined_q : start_q;
    joined = (so_far < best || (best_refine ? fresh_q : best_first)) ? best : so_far;
  end

  always_ff @(posedge clk_i) begin
    if (best_valid && !best_refine) start_q <= joined;
    if (best_valid && best_refine) refined_q <= joined;
    done_context_q <= best_context;
    done_refine_q  <= best_refine;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      done_q  <= 1'b0;
      fresh_q <= 1'b1;
    end else begin
      done_q <= best_valid && best_last;
      // The row behind the last of a refinement is the first of the next.
      if (best_valid && best_refine) fresh_q <= best_last;
    end
  end

  assign done_o         = done_q;
  assign done_context_o = done_context_q;

  logic [Contexts*(ScoreW+1)-1:0] max_q;
  logic [ScoreW:0]                rd_max_d, rd_max_q;

  for (genvar c = 0; c < Contexts; c++) begin : gen_max
    always_ff @(posedge clk_i) begin
      if (rest_valid_i && rest_context_i == CtxW'(c)) begin
        max_q[c*(ScoreW+1) +: ScoreW+1] <= rest_score_i;
      end else if (done_q && done_context_q == CtxW'(c)) begin
        max_q[c*(ScoreW+1) +: ScoreW+1] <= largest;
      end
    end
  end

  always_comb begin
    rest = '0;
    for (int c = 0; c < Contexts; c++) begin
      if (done_context_q == CtxW'(c)) rest = rest | max_q[c*(ScoreW+1) +: ScoreW+1];
    end
    largest = start_q;
    if (done_refine_q) largest = (refined_q < rest) ? rest : refined_q;
  end

  always_comb begin
    rd_max_d = '0;
    for (int c = 0; c < Contexts; c++) begin
      if (rd_context_i == CtxW'(c)) rd_max_d = rd_max_d | max_q[c*(ScoreW+1) +: ScoreW+1];
    end
  end

  always_ff @(posedge clk_i) rd_max_q <= rd_max_d;
  assign rd_max_o = rd_max_q;

endmodule

`default_nettype wire
