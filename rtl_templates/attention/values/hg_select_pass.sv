// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// One stage of hg_select_passes: finds a digit of 3 bits of the threshold by a pass over the rows
/// of a query.
///
/// A query comes with its slot, its last row, the digits that are known (`Known` bits), and the
/// room that the keys below them leave (`all_i`: it has no threshold); it leaves with one digit
/// more, and the room that is left then. Rows come two cycles after `row_en_o`. The keys that begin
/// with the known digits are summed for each value of the next digit, by weight if `mass_i`; the
/// values are then subtracted from the room one after the other, while the rows of the next query
/// pass. A query each max(rows, 10) cycles; from its last row to its leave 11 to 19 cycles with 8
/// lanes.
module hg_select_pass #(
  /// Lanes (T), 1 and up.
  parameter int Rows = 8,
  /// Bits of a row's index.
  parameter int RowW = 7,
  /// Bits of a slot's number.
  parameter int SlotW = 4,
  /// Bits of the threshold that are known, 3 or 6 or 9.
  parameter int Known = 3,
  /// Derived: bits of the rank of a key.
  localparam int RankW = hg_attention_pkg::RANK_W,
  /// Derived: bits of an exponential.
  localparam int ExpW = hg_attention_pkg::EXP_W,
  /// Derived: bits of a sum of exponentials.
  localparam int SumW = hg_attention_pkg::EXP_SUM_W,
  /// Derived: bits of an entry: live, exponential, rank.
  localparam int EntryW = hg_attention_pkg::ENTRY_W
) (
  input  logic                   clk_i,
  input  logic                   rst_ni,
  input  logic                   in_valid_i,
  output logic                   in_ready_o,
  input  logic [SlotW-1:0]       slot_i,
  input  logic [RowW-1:0]        last_i,
  input  logic                   mass_i,
  input  logic                   all_i,
  input  logic [Known-1:0]       key_i,
  input  logic [SumW-1:0]        room_i,
  output logic                   row_en_o,
  output logic [SlotW-1:0]       row_slot_o,
  output logic [RowW-1:0]        row_o,
  input  logic [Rows*EntryW-1:0] row_data_i,
  output logic                   out_valid_o,
  input  logic                   out_ready_i,
  output logic [SlotW-1:0]       slot_o,
  output logic [RowW-1:0]        last_o,
  output logic                   mass_o,
  output logic                   all_o,
  output logic [Known+2:0]       key_o,
  output logic [SumW-1:0]        room_o
);

  localparam int Levels = $clog2(Rows);
  localparam int Segs   = hg_arith_pkg::segments(SumW);
  // Queries between their last row and their leave, and the least cycles between two last rows:
  // until the countdown has taken the room of one, and the result the rest of it.
  localparam int Ends   = 3;
  localparam int EndsW  = hg_pkg::cnt_width(Ends);
  localparam int SpaceC = (Levels + 6 > 10) ? Levels + 6 : 10;
  localparam int SpaceW = hg_pkg::cnt_width(SpaceC);
  localparam int InfoW  = SlotW + RowW + 2 + Known;

  // Rows of one query, which are asked for one a cycle; the last when its sums find their way free.
  logic              busy_q, issue, last, go, take;
  logic [InfoW-1:0]  info_q;
  logic [SumW-1:0]   room_q, pend_room_q;
  logic [InfoW-1:0]  pend_q, res_q;
  logic [RowW-1:0]   row_q, last_q;
  logic [SlotW-1:0]  slot_q;
  logic              mass_q, unused_all;
  logic [Known-1:0]  key_q;
  logic [EndsW-1:0]  ends_q;
  logic [SpaceW-1:0] space_q;

  assign {slot_q, last_q, mass_q, unused_all, key_q} = info_q;

  assign last       = row_q == last_q;
  assign issue      = busy_q && (!last || (ends_q != '0 && space_q == '0));
  assign go         = issue && last;
  assign take       = in_valid_i && in_ready_o;
  assign in_ready_o = !busy_q || go;
  assign row_en_o   = issue;
  assign row_slot_o = slot_q;
  assign row_o      = row_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      busy_q  <= 1'b0;
      row_q   <= '0;
      ends_q  <= EndsW'(Ends);
      space_q <= '0;
    end else begin
      busy_q <= take || (busy_q && !go);
      if (issue) row_q <= last ? '0 : row_q + RowW'(1);
      if (go && !(out_valid_o && out_ready_i)) ends_q <= ends_q - EndsW'(1);
      else if (!go && out_valid_o && out_ready_i) ends_q <= ends_q + EndsW'(1);
      if (go) space_q <= SpaceW'(SpaceC - 1);
      else if (space_q != '0) space_q <= space_q - SpaceW'(1);
    end
  end

  // Of a query whose rows are all on their way.
  always_ff @(posedge clk_i) begin
    if (take) {info_q, room_q} <= {slot_i, last_i, mass_i, all_i, key_i, room_i};
    if (go) {pend_q, pend_room_q} <= {info_q, room_q};
  end

  // Rows as they come: who hits which value of the digit.
  logic             data_valid, data_first, data_last, data_mass, first_q, end_q;
  logic [Known-1:0] data_key;
  logic [Rows*7-1:0]    hit_q;
  logic [Rows*ExpW-1:0] weight_q;

  hg_delay_valid #(
    .Cycles (2)
  ) u_data_valid (
    .clk_i,
    .rst_ni,
    .valid_i (issue),
    .valid_o (data_valid)
  );
  hg_delay #(
    .Width  (3 + Known),
    .Cycles (2)
  ) u_data (
    .clk_i,
    .data_i ({row_q == '0, last, mass_q, key_q}),
    .data_o ({data_first, data_last, data_mass, data_key})
  );

  for (genvar t = 0; t < Rows; t++) begin : gen_lane
    logic             live, same;
    logic [ExpW-1:0]  weight;
    logic [RankW-1:0] key;
    assign {live, weight, key} = row_data_i[t*EntryW +: EntryW];
    assign same = key[RankW-1 -: Known] == data_key;
    always_ff @(posedge clk_i) begin
      weight_q[t*ExpW +: ExpW] <= data_mass ? weight : ExpW'(1);
      for (int b = 0; b < 7; b++) begin
        hit_q[t*7 + b] <= data_valid && live && same && key[RankW-Known-1 -: 3] == 3'(b);
      end
    end
    if (Known + 3 < RankW) begin : gen_rest
      logic unused_rest;
      assign unused_rest = ^key[RankW-Known-4:0];
    end
  end
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) end_q <= 1'b0;
    else end_q <= data_valid && data_last;
  end
  always_ff @(posedge clk_i) first_q <= data_valid && data_first;

  logic [Segs-1:0]   load;
  logic [7*SumW-1:0] sum;
  logic              done, found;
  logic [2:0]        digit;
  logic [SumW-1:0]   left;

  hg_select_sums #(
    .Rows (Rows),
    .Bins (7),
    .InW  (ExpW),
    .SumW (SumW)
  ) u_sums (
    .clk_i,
    .rst_ni,
    .first_i  (first_q),
    .last_i   (end_q),
    .hit_i    (hit_q),
    .weight_i (weight_q),
    .load_o   (load),
    .sum_o    (sum)
  );
  hg_select_countdown #(
    .Bins (7),
    .SumW (SumW)
  ) u_countdown (
    .clk_i,
    .rst_ni,
    .load_i  (load),
    .sum_i   (sum),
    .room_i  (pend_room_q),
    .done_o  (done),
    .found_o (found),
    .bin_o   (digit),
    .room_o  (left)
  );

  always_ff @(posedge clk_i) begin
    if (load[0]) res_q <= pend_q;
  end

  logic             ready;
  logic [EndsW-1:0] unused_used;

  hg_fifo #(
    .Width        (InfoW + 3 + SumW),
    .DepthEntries (Ends)
  ) u_found (
    .clk_i,
    .rst_ni,
    .in_valid_i  (done),
    .in_ready_o  (ready),
    .in_data_i   ({res_q, digit, left}),
    .out_valid_o,
    .out_ready_i,
    .out_data_o  ({slot_o, last_o, mass_o, all_o, key_o, room_o}),
    .used_o      (unused_used)
  );

  logic unused_checked;
  assign unused_checked = ^{ready, found};

`ifndef SYNTHESIS
`ifndef YOSYS
  logic checked_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) checked_q <= 1'b0;
    else checked_q <= 1'b1;
  end
  always @(posedge clk_i) begin
    if (checked_q && done && !ready) $error("%m: no place for a result");
  end
`endif
`endif

endmodule

`default_nettype wire
