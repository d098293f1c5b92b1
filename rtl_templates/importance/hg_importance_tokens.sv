// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Sums of tokens by position: a bank a lane, read, added to in two halves, written.
///
/// A row takes four cycles from its read to its write; a row that is on its way stops the same row
/// behind it. Single sums are read and written only while `idle_o`; `rd_sum_o` stands from the
/// cycle after `rd_en_i`.
module hg_importance_tokens #(
  /// Keys a row; a power of two, 1 to 64.
  parameter int Tokens = 1,
  /// Most tokens, 8 to 4096, a multiple of Tokens.
  parameter int MaxTokens = 1024,
  /// Derived: bits of a row's number.
  localparam int RowW = hg_pkg::idx_width(MaxTokens / Tokens),
  /// Derived: bits of a position.
  localparam int PosW = hg_pkg::idx_width(MaxTokens)
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,
  input  logic                 row_valid_i,
  output logic                 row_ready_o,
  input  logic [RowW-1:0]      row_number_i,
  input  logic [Tokens-1:0]    row_keep_i,
  input  logic [Tokens*17-1:0] row_data_i,
  output logic                 idle_o,
  input  logic                 rd_en_i,
  input  logic [PosW-1:0]      rd_index_i,
  output logic [31:0]          rd_sum_o,
  input  logic                 restart_i,
  input  logic                 wr_en_i,
  input  logic [PosW-1:0]      wr_index_i,
  input  logic [31:0]          wr_sum_i,
  output logic [31:0]          seen_o
);

  localparam int ShiftT = $clog2(Tokens);
  localparam int LaneW  = hg_pkg::idx_width(Tokens);

  // Rows on their way, the newest lowest: one reads, one adds, one writes.
  logic                take, clash;
  logic [3:0]          valid_q;
  logic [3*RowW-1:0]   row_q;
  logic [3*Tokens-1:0] keep_q;
  logic [RowW-1:0]     wr_row;
  logic [Tokens-1:0]   wr_keep;

  always_comb begin
    clash = 1'b0;
    for (int s = 0; s < 3; s++) begin
      clash = clash || (valid_q[s] && row_q[s*RowW +: RowW] == row_number_i);
    end
  end

  assign row_ready_o = !clash;
  assign take        = row_valid_i && !clash;
  assign idle_o      = valid_q == '0;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) valid_q <= '0;
    else valid_q <= {valid_q[2:0], take};
  end

  always_ff @(posedge clk_i) begin
    row_q  <= (3*RowW)'({row_q, row_number_i});
    keep_q <= (3*Tokens)'({keep_q, row_keep_i});
  end

  assign wr_row  = row_q[2*RowW +: RowW];
  assign wr_keep = keep_q[2*Tokens +: Tokens];

  // Lane of the single sum that is read or written.
  logic [LaneW-1:0] rd_lane_q, rd_lane, wr_lane;
  logic [RowW-1:0]  rd_at, wr_at;

  assign rd_at = RowW'(rd_index_i >> ShiftT);
  assign wr_at = RowW'(wr_index_i >> ShiftT);

  if (Tokens == 1) begin : gen_single
    assign rd_lane = '0;
    assign wr_lane = '0;
  end else begin : gen_lanes
    assign rd_lane = rd_index_i[LaneW-1:0];
    assign wr_lane = wr_index_i[LaneW-1:0];
  end

  always_ff @(posedge clk_i) begin
    if (rd_en_i) rd_lane_q <= rd_lane;
  end

  logic [Tokens*32-1:0] sums, marks;

  for (genvar t = 0; t < Tokens; t++) begin : gen_bank
    logic [16:0] prob_q, low_q, high_q, unused_high;
    logic [15:0] top_q, low2_q;
    logic        one_q;
    logic [31:0] sum, word;
    logic        unused_carry;

    assign sum = sums[t*32 +: 32];
    // A sum that runs over stays at the largest.
    assign word = high_q[16] ? '1 : {high_q[15:0], low2_q};
    assign marks[t*32 +: 32] = wr_keep[t] ? word : '0;
    assign unused_high = high_q;

    always_ff @(posedge clk_i) begin
      prob_q <= row_keep_i[t] ? row_data_i[t*17 +: 17] : '0;
      low_q  <= {1'b0, sum[15:0]} + {1'b0, prob_q[15:0]};
      top_q  <= sum[31:16];
      one_q  <= prob_q[16];
      low2_q <= low_q[15:0];
      // The carry enters as the sum of two equal bits below the lowest.
      {high_q, unused_carry} <= {1'b0, top_q, low_q[16]} + {16'b0, one_q, low_q[16]};
    end

    hg_ram_1r1w #(
      .Width        (32),
      .DepthEntries (MaxTokens / Tokens)
    ) u_ram (
      .clk_i,
      .wr_en_i   (valid_q[2] || (wr_en_i && wr_lane == LaneW'(t))),
      .wr_addr_i (valid_q[2] ? wr_row : wr_at),
      .wr_data_i (valid_q[2] ? word : wr_sum_i),
      .rd_en_i   (take || (rd_en_i && rd_lane == LaneW'(t))),
      .rd_addr_i (rd_en_i ? rd_at : row_number_i),
      .rd_data_o (sums[t*32 +: 32])
    );
  end

  assign rd_sum_o = sums[rd_lane_q*32 +: 32];

  // Everything written since the restart; rows come a cycle late.
  logic [31:0] mark_d, mark_q, seen_q;

  always_comb begin
    mark_d = '0;
    for (int t = 0; t < Tokens; t++) mark_d = mark_d | marks[t*32 +: 32];
  end

  always_ff @(posedge clk_i) mark_q <= mark_d;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) seen_q <= '0;
    else if (restart_i || wr_en_i) begin
      seen_q <= (restart_i ? '0 : seen_q) | (wr_en_i ? wr_sum_i : '0);
    end else if (valid_q[3]) seen_q <= seen_q | mark_q;
  end

  assign seen_o = seen_q;

endmodule

`default_nettype wire
