// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Place of one query: what it asks for and what its search finds, its rows of {live, exponential,
/// key}, and of each lane two histograms of the keys' upper digit, by count and by exponential,
/// over 64 bins and over 8 groups of bins.
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
  /// Searches at once, 1 to 4.
  parameter int Searches = 2,
  /// Bits of what a query asks for, 1 and up.
  parameter int AskW = 48,
  /// Derived: bits of a row's index.
  localparam int RowW = hg_pkg::idx_width(DepthRows),
  /// Derived: bits of the rank of a key.
  localparam int RankW = hg_attention_pkg::RANK_W,
  /// Derived: bits of an exponential.
  localparam int ExpW = hg_attention_pkg::EXP_W,
  /// Derived: bits of a sum of exponentials.
  localparam int ExpSumW = hg_attention_pkg::EXP_SUM_W,
  /// Derived: bits of an entry: live, exponential, rank.
  localparam int EntryW = hg_attention_pkg::ENTRY_W,
  /// Derived: bits of what is found: whether all are selected, threshold, room.
  localparam int FindW = 1 + RankW + ExpSumW
) (
  input  logic                     clk_i,
  input  logic                     rst_ni,
  // A row comes in.
  input  logic                     in_valid_i,
  input  logic                     in_first_i,
  input  logic                     in_last_i,
  input  logic [RowW-1:0]          in_row_i,
  input  logic [Rows*EntryW-1:0]   in_data_i,
  // The query's decision, and the result of its search.
  input  logic                     commit_i,
  input  logic [AskW-1:0]          ask_i,
  input  logic                     found_i,
  input  logic [FindW-1:0]         find_i,
  // Per search: it takes up the query that waits (`enter_here_i`: of this slot), or gives its
  // result, and what it reads.
  input  logic [Searches-1:0]      enter_i,
  input  logic                     enter_here_i,
  input  logic [Searches-1:0]      leave_i,
  input  logic [Searches-1:0]      search_en_i,
  input  logic [Searches*RowW-1:0] search_row_i,
  input  logic [Searches-1:0]      hist_en_i,
  input  logic [Searches-1:0]      hist_group_i,
  input  logic [Searches-1:0]      hist_mass_i,
  input  logic [Searches*6-1:0]    hist_bin_i,
  // The output reads, if its query is here.
  input  logic                     drain_i,
  input  logic                     drain_en_i,
  input  logic [RowW-1:0]          drain_row_i,
  output logic [Rows*EntryW-1:0]   row_data_o,
  output logic [Rows*ExpSumW-1:0]  hist_data_o,
  output logic [AskW-1:0]          ask_o,
  output logic [FindW-1:0]         find_o,
  output logic [RowW-1:0]          last_o
);

  // Who reads: the output, or the search that works here.
  logic                row_en, hist_en, hist_group, hist_mass;
  logic [Searches-1:0] own_q;
  logic [RowW-1:0]     row, last_q;
  logic [5:0]          hist_bin;
  logic [AskW-1:0]     ask_q;
  logic [FindW-1:0]    find_q;

  always_comb begin
    row_en     = drain_i && drain_en_i;
    row        = drain_i ? drain_row_i : '0;
    hist_en    = 1'b0;
    hist_group = 1'b0;
    hist_mass  = 1'b0;
    hist_bin   = '0;
    for (int u = 0; u < Searches; u++) begin
      if (own_q[u]) begin
        row_en     = row_en || search_en_i[u];
        row        = row | search_row_i[u*RowW +: RowW];
        hist_en    = hist_en || hist_en_i[u];
        hist_group = hist_group || hist_group_i[u];
        hist_mass  = hist_mass || hist_mass_i[u];
        hist_bin   = hist_bin | hist_bin_i[u*6 +: 6];
      end
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      own_q <= '0;
    end else begin
      for (int u = 0; u < Searches; u++) begin
        if (enter_i[u]) own_q[u] <= enter_here_i;
        else if (leave_i[u]) own_q[u] <= 1'b0;
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (in_valid_i && in_last_i) last_q <= in_row_i;
    if (commit_i) ask_q <= ask_i;
    if (found_i) find_q <= find_i;
  end

  assign ask_o  = ask_q;
  assign find_o = find_q;
  assign last_o = last_q;

  hg_ram_1r1w #(
    .Width        (Rows * EntryW),
    .DepthEntries (DepthRows)
  ) u_rows (
    .clk_i,
    .wr_en_i   (in_valid_i),
    .wr_addr_i (in_row_i),
    .wr_data_i (in_data_i),
    .rd_en_i   (row_en),
    .rd_addr_i (row),
    .rd_data_o (row_data_o)
  );

  logic group_q, mass_q;
  always_ff @(posedge clk_i) {group_q, mass_q} <= {hist_group, hist_mass};

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
      .Bins   (64),
      .Width  (ExpSumW),
      .CountW (CntW)
    ) u_bin (
      .clk_i,
      .first_i    (in_valid_i && in_first_i),
      .valid_i    (in_valid_i && live),
      .bin_i      (key[11:6]),
      .weight_i   (ExpSumW'(weight)),
      .rd_en_i    (hist_en),
      .rd_bin_i   (hist_bin),
      .rd_data_o  (bin_sum),
      .rd_count_o (bin_count)
    );
    hg_select_bins #(
      .Bins   (8),
      .Width  (ExpSumW),
      .CountW (CntW)
    ) u_group (
      .clk_i,
      .first_i    (in_valid_i && in_first_i),
      .valid_i    (in_valid_i && live),
      .bin_i      (key[11:9]),
      .weight_i   (ExpSumW'(weight)),
      .rd_en_i    (hist_en),
      .rd_bin_i   (hist_bin[2:0]),
      .rd_data_o  (group_sum),
      .rd_count_o (group_count)
    );

    always_ff @(posedge clk_i) begin
      if (mass_q) data_q <= group_q ? group_sum : bin_sum;
      else data_q <= group_q ? ExpSumW'(group_count) : ExpSumW'(bin_count);
    end
    assign hist_data_o[t*ExpSumW +: ExpSumW] = data_q;
  end

endmodule

`default_nettype wire
