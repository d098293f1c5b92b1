// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// What a scan of the softmax finds: the keys to be refined, and the largest score of the rest.
///
/// A row enters per cycle and comes back a cycle later with a mark for each key that is refined:
/// all that live, or the candidates up to a limit. The end of the scan follows when the largest
/// score that is left alone is known: {0, score}, or {1, 0} if there is none.
module hg_softmax_marks #(
  /// Keys a row, 1 and up.
  parameter int Tokens = 1,
  /// Bits of a row's number, 1 and up.
  parameter int RowW = 10,
  /// Bits of a score with its bias, 2 to 40.
  parameter int ScoreW = 32,
  /// Derived: bits of the rank of a key.
  localparam int RankW = hg_attention_pkg::RANK_W
) (
  input  logic                     clk_i,
  input  logic                     rst_ni,
  // Of the scan, stable until it ends: all live keys, or candidates of up to this rank.
  input  logic                     all_i,
  input  logic [RankW-1:0]         limit_i,
  // A row: per key whether it lives, whether it is a candidate, its rank and its score.
  input  logic                     valid_i,
  input  logic                     first_i,
  input  logic                     last_i,
  input  logic [RowW-1:0]          row_i,
  input  logic [Tokens-1:0]        live_i,
  input  logic [Tokens-1:0]        match_i,
  input  logic [Tokens*RankW-1:0]  key_i,
  input  logic [Tokens*ScoreW-1:0] score_i,
  output logic                     scan_valid_o,
  output logic [RowW-1:0]          scan_row_o,
  output logic [Tokens-1:0]        scan_mask_o,
  output logic                     scan_end_o,
  output logic [ScoreW:0]          scan_rest_o
);

  logic [Tokens-1:0]            refine;
  logic [Tokens*(ScoreW+1)-1:0] rest;
  logic                         mark_valid_q, mark_first_q, mark_last_q;
  logic [RowW-1:0]              mark_row_q;
  logic [Tokens-1:0]            mark_q;
  logic [Tokens*(ScoreW+1)-1:0] rest_q;

  for (genvar t = 0; t < Tokens; t++) begin : gen_mark
    assign refine[t] = all_i ? live_i[t]
                                  : match_i[t] && key_i[t*RankW +: RankW] <= limit_i;
    assign rest[t*(ScoreW+1) +: ScoreW+1] = (live_i[t] && !refine[t])
        ? {score_i[(t+1)*ScoreW-1], score_i[t*ScoreW +: ScoreW]}
        : {1'b1, {ScoreW{1'b0}}};
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) mark_valid_q <= 1'b0;
    else mark_valid_q <= valid_i;
  end

  always_ff @(posedge clk_i) begin
    mark_first_q <= first_i;
    mark_last_q  <= last_i;
    mark_row_q   <= row_i;
    mark_q       <= refine;
    rest_q       <= rest;
  end

  assign scan_valid_o = mark_valid_q && mark_q != '0;
  assign scan_row_o   = mark_row_q;
  assign scan_mask_o  = mark_q;

  logic                   rest_valid, rest_first, rest_last, end_q;
  logic signed [ScoreW:0] rest_max, rest_max_q;

  hg_attention_reduce #(
    .Lanes   (Tokens),
    .ItemW   (ScoreW + 1),
    .OutW    (ScoreW + 1),
    .Maximum (1),
    .TagW    (2)
  ) u_rest (
    .clk_i,
    .rst_ni,
    .valid_i  (mark_valid_q),
    .tag_i    ({mark_first_q, mark_last_q}),
    .item_i   (rest_q),
    .valid_o  (rest_valid),
    .tag_o    ({rest_first, rest_last}),
    .result_o (rest_max)
  );

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) end_q <= 1'b0;
    else end_q <= rest_valid && rest_last;
  end

  always_ff @(posedge clk_i) begin
    if (rest_valid) begin
      if (rest_first || rest_max_q < $signed(rest_max)) rest_max_q <= rest_max;
    end
  end

  assign scan_end_o  = end_q;
  assign scan_rest_o = rest_max_q;

endmodule

`default_nettype wire
