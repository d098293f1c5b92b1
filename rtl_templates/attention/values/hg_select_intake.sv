// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Sums of the top digit, made as the queries come in: of each of its 8 values the exponentials
/// and the number of the live keys, and the last row, kept by slot.
///
/// A row a cycle, one query behind the other. The last row of `rd_slot_i` stands at `last_o` from
/// the cycle after `rd_last_i` until the next read. Sums may be asked for (`rd_sums_i`) from
/// $clog2(Rows) + 3 cycles behind the query's last row on: segment s of them (see hg_arith_pkg)
/// stands at `sum_o` in the cycle of `load_o[s]`, 1 + s cycles later: sums of exponentials if
/// `mass_i`, which stands with them, else numbers of keys.
module hg_select_intake #(
  /// Lanes (T), 1 and up.
  parameter int Rows = 8,
  /// Bits of a row's index.
  parameter int RowW = 7,
  /// Queries at once, 2 to 32.
  parameter int Slots = 16,
  /// Bits of a count of keys, 1 to 16.
  parameter int CntW = 11,
  /// Derived: bits of a slot's number.
  localparam int SlotW = hg_pkg::idx_width(Slots),
  /// Derived: bits of the rank of a key.
  localparam int RankW = hg_attention_pkg::RANK_W,
  /// Derived: bits of an exponential.
  localparam int ExpW = hg_attention_pkg::EXP_W,
  /// Derived: bits of a sum of exponentials.
  localparam int SumW = hg_attention_pkg::EXP_SUM_W,
  /// Derived: segments of a sum.
  localparam int Segs = hg_arith_pkg::segments(hg_attention_pkg::EXP_SUM_W),
  /// Derived: bits of an entry: live, exponential, rank.
  localparam int EntryW = hg_attention_pkg::ENTRY_W
) (
  input  logic                   clk_i,
  input  logic                   rst_ni,
  input  logic                   in_valid_i,
  input  logic                   in_first_i,
  input  logic                   in_last_i,
  input  logic [SlotW-1:0]       in_slot_i,
  input  logic [RowW-1:0]        in_row_i,
  input  logic [Rows*EntryW-1:0] in_data_i,
  input  logic                   rd_sums_i,
  input  logic                   rd_last_i,
  input  logic [SlotW-1:0]       rd_slot_i,
  input  logic                   mass_i,
  output logic [RowW-1:0]        last_o,
  output logic [Segs-1:0]        load_o,
  output logic [8*SumW-1:0]      sum_o
);

  localparam int SegW   = hg_arith_pkg::seg_width(SumW);
  localparam int Levels = $clog2(Rows);

  // A key hits the bin of its top digit.
  logic [Rows*8-1:0]    hit_q;
  logic [Rows*ExpW-1:0] weight_q;
  logic                 first_q, last_d, last_q;

  assign last_d = in_valid_i && in_last_i;

  for (genvar t = 0; t < Rows; t++) begin : gen_lane
    logic             live;
    logic [ExpW-1:0]  weight;
    logic [RankW-1:0] key;
    logic             unused_key;
    assign {live, weight, key} = in_data_i[t*EntryW +: EntryW];
    assign unused_key = ^key[RankW-4:0];
    always_ff @(posedge clk_i) begin
      weight_q[t*ExpW +: ExpW] <= weight;
      for (int b = 0; b < 8; b++) begin
        hit_q[t*8 + b] <= in_valid_i && live && key[RankW-1 -: 3] == 3'(b);
      end
    end
  end
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) last_q <= 1'b0;
    else last_q <= last_d;
  end
  always_ff @(posedge clk_i) first_q <= in_valid_i && in_first_i;

  logic [Segs-1:0]   done;
  logic              unused_done;
  logic [8*SumW-1:0] mass_sum;
  logic [8*CntW-1:0] count_sum, count;

  hg_select_sums #(
    .Rows (Rows),
    .Bins (8),
    .InW  (ExpW),
    .SumW (SumW)
  ) u_mass (
    .clk_i,
    .rst_ni,
    .first_i  (first_q),
    .last_i   (last_q),
    .hit_i    (hit_q),
    .weight_i (weight_q),
    .load_o   (done),
    .sum_o    (mass_sum)
  );
  hg_select_sums #(
    .Rows (Rows),
    .Bins (8),
    .InW  (1),
    .SumW (CntW)
  ) u_count (
    .clk_i,
    .rst_ni,
    .first_i  (first_q),
    .last_i   (last_q),
    .hit_i    (hit_q),
    .weight_i ({Rows{1'b1}}),
    .load_o   (unused_done),
    .sum_o    (count_sum)
  );

  // The last row at once, sums when they are complete.
  hg_ram_1r1w #(
    .Width        (RowW),
    .DepthEntries (Slots)
  ) u_last (
    .clk_i,
    .wr_en_i   (last_d),
    .wr_addr_i (in_slot_i),
    .wr_data_i (in_row_i),
    .rd_en_i   (rd_last_i),
    .rd_addr_i (rd_slot_i),
    .rd_data_o (last_o)
  );

  logic [SlotW-1:0]   done_slot;
  logic [Segs-1:0]    load_q;
  logic [8*SumW-1:0]  mass_word;

  hg_delay #(
    .Width  (SlotW),
    .Cycles (Levels + 2)
  ) u_done_slot (
    .clk_i,
    .data_i (in_slot_i),
    .data_o (done_slot)
  );

  for (genvar s = 0; s < Segs; s++) begin : gen_seg
    localparam int Own = (s == Segs - 1) ? SumW - s * SegW : SegW;
    logic [SlotW-1:0] wr_slot, rd_slot;
    logic             rd_en;
    logic [8*Own-1:0] wr_word, rd_word;

    if (s == 0) begin : gen_first
      assign {rd_en, rd_slot} = {rd_sums_i, rd_slot_i};
      assign wr_slot = done_slot;
    end else begin : gen_next
      logic [SlotW-1:0] wr_slot_q, rd_slot_q;
      always_ff @(posedge clk_i) begin
        wr_slot_q <= gen_seg[s-1].wr_slot;
        rd_slot_q <= gen_seg[s-1].rd_slot;
      end
      assign {rd_en, rd_slot} = {load_q[s-1], rd_slot_q};
      assign wr_slot = wr_slot_q;
    end
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) load_q[s] <= 1'b0;
      else load_q[s] <= rd_en;
    end

    for (genvar b = 0; b < 8; b++) begin : gen_bin
      assign wr_word[b*Own +: Own] = mass_sum[b*SumW + s*SegW +: Own];
      assign mass_word[b*SumW + s*SegW +: Own] = rd_word[b*Own +: Own];
    end
    hg_ram_1r1w #(
      .Width        (8 * Own),
      .DepthEntries (Slots)
    ) u_mass_ram (
      .clk_i,
      .wr_en_i   (done[s]),
      .wr_addr_i (wr_slot),
      .wr_data_i (wr_word),
      .rd_en_i   (rd_en),
      .rd_addr_i (rd_slot),
      .rd_data_o (rd_word)
    );
  end

  hg_ram_1r1w #(
    .Width        (8 * CntW),
    .DepthEntries (Slots)
  ) u_count_ram (
    .clk_i,
    .wr_en_i   (done[0]),
    .wr_addr_i (done_slot),
    .wr_data_i (count_sum),
    .rd_en_i   (rd_sums_i),
    .rd_addr_i (rd_slot_i),
    .rd_data_o (count)
  );

  for (genvar b = 0; b < 8; b++) begin : gen_word
    assign sum_o[b*SumW +: SumW] =
        mass_i ? mass_word[b*SumW +: SumW] : SumW'(count[b*CntW +: CntW]);
  end
  assign load_o = load_q;

endmodule

`default_nettype wire
