// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Scan for what to refine: reads a context's scores once more, beside the passes over others.
///
/// The ranks of a pass are kept (`rank_*`), a memory for all contexts, so that a scan has nothing
/// to compute: a row per cycle, it reads scores and ranks and compares (hg_softmax_marks).
/// `start_i` begins a scan; its context, rows, planes and limit are held until it ends, and no scan
/// starts before the one before has ended. The first row is read in the cycle after the start; a
/// row comes back with its marks three cycles after it was read.
module hg_softmax_scan #(
  /// Keys a row: 1 and up.
  parameter int Tokens = 1,
  /// Rows of a context: 1 and up.
  parameter int Rows = 1024,
  /// Queries in flight: 2 to 8.
  parameter int Contexts = 4,
  /// Bits of a score with its bias: 2 to 40.
  parameter int ScoreW = 32,
  /// Derived: bits of a context's number.
  localparam int CtxW = hg_pkg::idx_width(Contexts),
  /// Derived: bits of a row's number.
  localparam int RowW = hg_pkg::idx_width(Rows),
  /// Derived: bits of a count of rows.
  localparam int RowsW = hg_pkg::cnt_width(Rows),
  /// Derived: bits of a key in the score buffer.
  localparam int KeyW = 1 + 2 + ScoreW,
  /// Derived: bits of the rank of a key.
  localparam int RankW = hg_attention_pkg::RANK_W
) (
  input  logic                    clk_i,
  input  logic                    rst_ni,
  // Ranks of a row of a pass.
  input  logic                    rank_valid_i,
  input  logic [CtxW-1:0]         rank_context_i,
  input  logic [RowW-1:0]         rank_row_i,
  input  logic [Tokens*RankW-1:0] rank_key_i,
  // A scan begins; what it marks: all live keys, or candidates of up to a rank.
  input  logic                    start_i,
  input  logic [CtxW-1:0]         context_i,
  input  logic [RowsW-1:0]        rows_i,
  input  logic [1:0]              planes_i,
  input  logic                    all_i,
  input  logic [RankW-1:0]        limit_i,
  // A row of scores is read, and comes two cycles later.
  output logic                    rd_en_o,
  output logic [RowW-1:0]         rd_row_o,
  input  logic [Tokens*KeyW-1:0]  rd_keys_i,
  output logic                    valid_o,
  output logic [RowW-1:0]         row_o,
  output logic [Tokens-1:0]       mask_o,
  output logic                    end_o,
  output logic [ScoreW:0]         rest_o
);

  logic                    run_q, first_q, last, valid1_q, valid2_q;
  logic [RowW+1:0]         ride1_q, ride2_q;
  logic                    first2, last2;
  logic [RowW-1:0]         row_q, row2;
  logic [RowsW-1:0]        left_q;
  logic [Tokens*RankW-1:0] ranks, ranks_q;

  assign last = left_q == RowsW'(1);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      run_q    <= 1'b0;
      valid1_q <= 1'b0;
      valid2_q <= 1'b0;
    end else begin
      run_q    <= start_i || (run_q && !last);
      valid1_q <= run_q;
      valid2_q <= valid1_q;
    end
  end

  always_ff @(posedge clk_i) begin
    first_q <= start_i;
    row_q   <= start_i ? '0 : row_q + RowW'(1);
    left_q  <= start_i ? rows_i : left_q - RowsW'(1);
    ride1_q <= {first_q, last, row_q};
    ride2_q <= ride1_q;
    ranks_q <= ranks;
  end

  assign rd_en_o  = run_q;
  assign rd_row_o = row_q;

  hg_ram_1r1w #(
    .Width        (Tokens * RankW),
    .DepthEntries (Contexts * 2 ** RowW)
  ) u_ranks (
    .clk_i,
    .wr_en_i   (rank_valid_i),
    .wr_addr_i ({rank_context_i, rank_row_i}),
    .wr_data_i (rank_key_i),
    .rd_en_i   (run_q),
    .rd_addr_i ({context_i, row_q}),
    .rd_data_o (ranks)
  );

  assign {first2, last2, row2} = ride2_q;

  logic [Tokens-1:0]        live, match;
  logic [Tokens*ScoreW-1:0] scores;

  for (genvar t = 0; t < Tokens; t++) begin : gen_lane
    logic [1:0] planes;
    assign {live[t], planes, scores[t*ScoreW +: ScoreW]} = rd_keys_i[t*KeyW +: KeyW];
    assign match[t] = live[t] && planes == planes_i;
  end

  hg_softmax_marks #(
    .Tokens (Tokens),
    .RowW   (RowW),
    .ScoreW (ScoreW)
  ) u_marks (
    .clk_i,
    .rst_ni,
    .all_i,
    .limit_i,
    .valid_i      (valid2_q),
    .first_i      (first2),
    .last_i       (last2),
    .row_i        (row2),
    .live_i       (live),
    .match_i      (match),
    .key_i        (ranks_q),
    .score_i      (scores),
    .scan_valid_o (valid_o),
    .scan_row_o   (row_o),
    .scan_mask_o  (mask_o),
    .scan_end_o   (end_o),
    .scan_rest_o  (rest_o)
  );

endmodule

`default_nettype wire
