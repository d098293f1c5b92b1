// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Storage of one query: its rows of {live, exponential, key}, and of each lane two histograms of
/// the keys' upper digit, by count and by exponential, over 64 bins and over 8 groups of bins.
///
/// A row a cycle; `in_first_i` empties the histograms. A row that is read follows one cycle later,
/// a bin (of group `hist_bin_i[2:0]` if `hist_group_i`) two. No row may come in a cycle of
/// `hist_en_i`.
module hg_select_slot #(
  /// Lanes (T), 1 and up.
  parameter int Rows = 1,
  /// Rows of a query, 1 and up.
  parameter int DepthRows = 1024,
  /// Bits of a count of the tokens of a lane.
  parameter int CntW = 11,
  /// Derived: bits of a row's index.
  localparam int RowW = hg_pkg::idx_width(DepthRows),
  /// Derived: bits of the rank of a key.
  localparam int RankW = hg_attention_pkg::RANK_W,
  /// Derived: bits of an exponential.
  localparam int ExpW = hg_attention_pkg::EXP_W,
  /// Derived: bits of a sum of exponentials.
  localparam int ExpSumW = hg_attention_pkg::EXP_SUM_W,
  /// Derived: bits of an entry: live, exponential, rank.
  localparam int EntryW = hg_attention_pkg::ENTRY_W
) (
  input  logic                    clk_i,
  input  logic                    in_valid_i,
  input  logic                    in_first_i,
  input  logic [RowW-1:0]         in_row_i,
  input  logic [Rows*EntryW-1:0]  in_data_i,
  input  logic                    row_en_i,
  input  logic [RowW-1:0]         row_i,
  output logic [Rows*EntryW-1:0]  row_data_o,
  input  logic                    hist_en_i,
  input  logic                    hist_group_i,
  input  logic                    hist_mass_i,
  input  logic [5:0]              hist_bin_i,
  output logic [Rows*ExpSumW-1:0] hist_data_o
);

  hg_ram_1r1w #(
    .Width        (Rows * EntryW),
    .DepthEntries (DepthRows)
  ) u_rows (
    .clk_i,
    .wr_en_i   (in_valid_i),
    .wr_addr_i (in_row_i),
    .wr_data_i (in_data_i),
    .rd_en_i   (row_en_i),
    .rd_addr_i (row_i),
    .rd_data_o (row_data_o)
  );

  logic group_q, mass_q;
  always_ff @(posedge clk_i) {group_q, mass_q} <= {hist_group_i, hist_mass_i};

  for (genvar t = 0; t < Rows; t++) begin : gen_lane
    logic               live;
    logic [ExpW-1:0]    weight;
    logic [RankW-1:0]   key;
    logic [ExpSumW-1:0] bin_sum, group_sum, data_q;
    logic [CntW-1:0]    bin_count, group_count;
    logic               unused_key;

    assign {live, weight, key} = in_data_i[t*EntryW +: EntryW];
    assign unused_key = ^key[5:0];

    hg_select_bins #(
      .Bins  (64),
      .Width (ExpSumW)
    ) u_bin_sum (
      .clk_i,
      .first_i   (in_valid_i && in_first_i),
      .valid_i   (in_valid_i && live),
      .bin_i     (key[11:6]),
      .weight_i  (ExpSumW'(weight)),
      .rd_en_i   (hist_en_i),
      .rd_bin_i  (hist_bin_i),
      .rd_data_o (bin_sum)
    );
    hg_select_bins #(
      .Bins  (8),
      .Width (ExpSumW)
    ) u_group_sum (
      .clk_i,
      .first_i   (in_valid_i && in_first_i),
      .valid_i   (in_valid_i && live),
      .bin_i     (key[11:9]),
      .weight_i  (ExpSumW'(weight)),
      .rd_en_i   (hist_en_i),
      .rd_bin_i  (hist_bin_i[2:0]),
      .rd_data_o (group_sum)
    );
    hg_select_bins #(
      .Bins  (64),
      .Width (CntW)
    ) u_bin_count (
      .clk_i,
      .first_i   (in_valid_i && in_first_i),
      .valid_i   (in_valid_i && live),
      .bin_i     (key[11:6]),
      .weight_i  (CntW'(1)),
      .rd_en_i   (hist_en_i),
      .rd_bin_i  (hist_bin_i),
      .rd_data_o (bin_count)
    );
    hg_select_bins #(
      .Bins  (8),
      .Width (CntW)
    ) u_group_count (
      .clk_i,
      .first_i   (in_valid_i && in_first_i),
      .valid_i   (in_valid_i && live),
      .bin_i     (key[11:9]),
      .weight_i  (CntW'(1)),
      .rd_en_i   (hist_en_i),
      .rd_bin_i  (hist_bin_i[2:0]),
      .rd_data_o (group_count)
    );

    always_ff @(posedge clk_i) begin
      if (mass_q) data_q <= group_q ? group_sum : bin_sum;
      else data_q <= group_q ? ExpSumW'(group_count) : ExpSumW'(bin_count);
    end
    assign hist_data_o[t*ExpSumW +: ExpSumW] = data_q;
  end

endmodule

`default_nettype wire
