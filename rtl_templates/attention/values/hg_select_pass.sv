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
  // The least cycles between two last rows: until the countdown has taken the room of one, and the
  // result what goes with it.
  localparam int SpaceC = (Levels + 6 > 10) ? Levels + 6 : 10;
  localparam int InfoW  = SlotW + RowW + 2 + Known;

  // Rows of one query, which are asked for one a cycle; the last when its sums find their way free.
  logic             busy_q, issue, last, go, take, free;
  logic [InfoW-1:0] info_q, pend_q;
  logic [SumW-1:0]  room_q, pend_room_q;
  logic [RowW-1:0]  row_q, last_q;
  logic [SlotW-1:0] slot_q;
  logic             mass_q, unused_all;
  logic [Known-1:0] key_q;

  assign {slot_q, last_q, mass_q, unused_all, key_q} = info_q;

  assign last       = row_q == last_q;
  assign issue      = busy_q && (!last || free);
  assign go         = issue && last;
  assign take       = in_valid_i && in_ready_o;
  assign in_ready_o = !busy_q || go;
  assign row_en_o   = issue;
  assign row_slot_o = slot_q;
  assign row_o      = row_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      busy_q <= 1'b0;
      row_q  <= '0;
    end else begin
      busy_q <= take || (busy_q && !go);
      if (issue) row_q <= last ? '0 : row_q + RowW'(1);
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
  logic [Known-1:0]  known;
  logic [2:0]        digit;
  logic              unused_found;

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
  hg_select_found #(
    .Bins   (7),
    .SpaceC (SpaceC),
    .InfoW  (InfoW)
  ) u_found (
    .clk_i,
    .rst_ni,
    .free_o      (free),
    .start_i     (go),
    .load_i      (load),
    .sum_i       (sum),
    .room_i      (pend_room_q),
    .info_i      (pend_q),
    .out_valid_o,
    .out_ready_i,
    .info_o      ({slot_o, last_o, mass_o, all_o, known}),
    .found_o     (unused_found),
    .digit_o     (digit),
    .room_o
  );
  assign key_o = {known, digit};

endmodule

`default_nettype wire
