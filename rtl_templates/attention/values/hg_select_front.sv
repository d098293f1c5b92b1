// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// First stage of hg_select_passes: takes the queries in the order of their decisions, and finds
/// the top digit of their threshold from the sums of the intake.
///
/// A query that wants everything (`any_i`) needs no search: it goes past all stages (`past_*`) when
/// none is in them (`found_i`: one has left the last of them). The others, one each 9 cycles or
/// more, wait in a queue for the first pass. One whose target exceeds the total leaves with
/// `all_o`.
module hg_select_front #(
  /// Bits of a row's index.
  parameter int RowW = 7,
  /// Queries at once, 2 to 32.
  parameter int Slots = 16,
  /// Derived: bits of a slot's number.
  localparam int SlotW = hg_pkg::idx_width(Slots),
  /// Derived: bits of a sum of exponentials.
  localparam int SumW = hg_attention_pkg::EXP_SUM_W,
  /// Derived: segments of a sum.
  localparam int Segs = hg_arith_pkg::segments(hg_attention_pkg::EXP_SUM_W)
) (
  input  logic              clk_i,
  input  logic              rst_ni,
  // Queries that are decided: slot, whether all is selected, whether by mass, target less one.
  input  logic              ask_valid_i,
  output logic              ask_ready_o,
  input  logic [SlotW-1:0]  ask_slot_i,
  input  logic              ask_any_i,
  input  logic              ask_mass_i,
  input  logic [SumW-1:0]   ask_room_i,
  // Sums of the intake, as hg_select_intake has them.
  output logic              rd_sums_o,
  output logic              rd_last_o,
  output logic [SlotW-1:0]  rd_slot_o,
  output logic              rd_mass_o,
  input  logic [RowW-1:0]   last_i,
  input  logic [Segs-1:0]   load_i,
  input  logic [8*SumW-1:0] sum_i,
  // To the first pass.
  output logic              out_valid_o,
  input  logic              out_ready_i,
  output logic [SlotW-1:0]  slot_o,
  output logic [RowW-1:0]   last_o,
  output logic              mass_o,
  output logic              all_o,
  output logic [2:0]        key_o,
  output logic [SumW-1:0]   room_o,
  // Past all stages, and out of the last.
  output logic              past_valid_o,
  input  logic              past_ready_i,
  output logic [SlotW-1:0]  past_slot_o,
  output logic [RowW-1:0]   past_last_o,
  input  logic              found_i
);

  // The least cycles between two searches: until the countdown has all bins of one.
  localparam int SpaceC = 9;
  localparam int UsedW  = hg_pkg::cnt_width(Slots);
  localparam int InfoW  = 1 + SlotW + RowW;

  // A search begins, or a query goes past them all.
  logic             search, past, free;
  logic [UsedW-1:0] used_q;
  logic             past_read_q, past_valid_q;

  assign search      = ask_valid_i && !ask_any_i && free;
  assign past        = ask_valid_i && ask_any_i && used_q == '0 && !past_read_q
                       && (!past_valid_q || past_ready_i);
  assign ask_ready_o = search || past;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      used_q       <= '0;
      past_read_q  <= 1'b0;
      past_valid_q <= 1'b0;
    end else begin
      if (search && !found_i) used_q <= used_q + UsedW'(1);
      else if (found_i && !search) used_q <= used_q - UsedW'(1);
      past_read_q  <= past;
      past_valid_q <= past_read_q || (past_valid_q && !past_ready_i);
    end
  end

  assign rd_sums_o = search;
  assign rd_last_o = search || past;
  assign rd_slot_o = ask_slot_i;

  // Of a search, until the countdown has taken its room.
  logic             mass_q, found;
  logic [SlotW-1:0] slot_q, past_slot_q;
  logic [RowW-1:0]  last_q, past_last_q;
  logic [SumW-1:0]  room_q;

  always_ff @(posedge clk_i) begin
    if (search) {mass_q, slot_q, room_q} <= {ask_mass_i, ask_slot_i, ask_room_i};
    if (load_i[0]) last_q <= last_i;
    if (past) past_slot_q <= ask_slot_i;
    if (past_read_q) past_last_q <= last_i;
  end

  assign rd_mass_o    = mass_q;
  assign past_valid_o = past_valid_q;
  assign past_slot_o  = past_slot_q;
  assign past_last_o  = past_last_q;

  hg_select_found #(
    .Bins   (8),
    .SpaceC (SpaceC),
    .InfoW  (InfoW)
  ) u_found (
    .clk_i,
    .rst_ni,
    .free_o      (free),
    .start_i     (search),
    .load_i,
    .sum_i,
    .room_i      (room_q),
    .info_i      ({mass_q, slot_q, last_q}),
    .out_valid_o,
    .out_ready_i,
    .info_o      ({mass_o, slot_o, last_o}),
    .found_o     (found),
    .digit_o     (key_o),
    .room_o
  );
  assign all_o = !found;

endmodule

`default_nettype wire
