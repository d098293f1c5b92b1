// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// The searches of hg_select: they take turns, and give their results in turn.
///
/// A search that is free takes the next query that waits and works on its slot, of which it sees
/// what the query asks for, its last row, rows (through a register) and the histogram. Its result
/// waits until it is this search's turn.
module hg_select_searches #(
  /// Lanes, 1 and up.
  parameter int Rows = 1,
  /// Bits of a row's index.
  parameter int RowW = 10,
  /// Queries at once, 2 to 32.
  parameter int Slots = 3,
  /// Searches at once, 1 to 4.
  parameter int Searches = 2,
  /// Bits of the tag, 1 and up.
  parameter int TagW = 8,
  /// Derived: bits of a slot's number.
  localparam int SlotW = hg_pkg::idx_width(Slots),
  /// Derived: bits of the rank of a key.
  localparam int RankW = hg_attention_pkg::RANK_W,
  /// Derived: bits of a sum of exponentials.
  localparam int ExpSumW = hg_attention_pkg::EXP_SUM_W,
  /// Derived: bits of an entry: live, exponential, rank.
  localparam int EntryW = hg_attention_pkg::ENTRY_W,
  /// Derived: bits of what is asked: mode, target, tag.
  localparam int AskW = 2 + ExpSumW + TagW,
  /// Derived: bits of what is found: whether all are selected, threshold, room.
  localparam int FindW = 1 + RankW + ExpSumW
) (
  input  logic                          clk_i,
  input  logic                          rst_ni,
  input  logic                          search_valid_i,
  input  logic [SlotW-1:0]              search_slot_i,
  output logic                          search_pop_o,
  // Per search: it takes up a query, or gives its result.
  output logic [Searches-1:0]           enter_o,
  output logic [Searches-1:0]           leave_o,
  // Of all slots.
  input  logic [Slots*AskW-1:0]         ask_i,
  input  logic [Slots*RowW-1:0]         last_i,
  // Reads of a search's slot.
  output logic [Searches-1:0]           row_en_o,
  output logic [Searches*RowW-1:0]      row_o,
  input  logic [Slots*Rows*EntryW-1:0]  row_data_i,
  output logic [Searches-1:0]           hist_en_o,
  output logic [Searches-1:0]           hist_group_o,
  output logic [Searches-1:0]           hist_mass_o,
  output logic [Searches*6-1:0]         hist_bin_o,
  input  logic [Slots*Rows*ExpSumW-1:0] hist_data_i,
  // A result, with its slot.
  output logic                          found_o,
  output logic [SlotW-1:0]              found_slot_o,
  output logic [FindW-1:0]              find_o
);

  localparam int UnitW = hg_pkg::idx_width(Searches);

  // The slot that a search works on, and what it has found.
  logic [Searches-1:0]       busy_unit_q, unit_found;
  logic [Searches*SlotW-1:0] unit_slot;
  logic [Searches*FindW-1:0] unit_find;
  logic [UnitW-1:0]          enter_unit_q, leave_unit_q;

  always_comb begin
    found_slot_o = '0;
    find_o       = '0;
    found_o      = 1'b0;
    search_pop_o = 1'b0;
    for (int u = 0; u < Searches; u++) begin
      if (leave_unit_q == UnitW'(u)) begin
        found_slot_o = found_slot_o | unit_slot[u*SlotW +: SlotW];
        find_o       = find_o | unit_find[u*FindW +: FindW];
        found_o      = found_o || unit_found[u];
      end
      if (enter_unit_q == UnitW'(u)) begin
        search_pop_o = search_pop_o || (search_valid_i && !busy_unit_q[u]);
      end
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      enter_unit_q <= '0;
      leave_unit_q <= '0;
    end else begin
      if (search_pop_o) begin
        enter_unit_q <= (enter_unit_q == UnitW'(Searches - 1)) ? '0 : enter_unit_q + UnitW'(1);
      end
      if (found_o) begin
        leave_unit_q <= (leave_unit_q == UnitW'(Searches - 1)) ? '0 : leave_unit_q + UnitW'(1);
      end
    end
  end

  for (genvar u = 0; u < Searches; u++) begin : gen_search
    logic                    own_enter, own_leave, found_q, done, unit_all;
    logic [SlotW-1:0]        slot_q;
    logic [Slots-1:0]        here_q;
    logic [AskW-1:0]         unit_ask;
    logic [RowW-1:0]         unit_last;
    logic [Rows*EntryW-1:0]  row_d, row_q;
    logic [Rows*ExpSumW-1:0] hist_data;
    logic [1:0]              mode;
    logic [ExpSumW-1:0]      unit_target, room;
    logic [TagW-1:0]         unused_tag;
    logic [RankW-1:0]        key;

    assign own_enter = search_pop_o && enter_unit_q == UnitW'(u);
    assign own_leave = found_o && leave_unit_q == UnitW'(u);
    assign {enter_o[u], leave_o[u]} = {own_enter, own_leave};

    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) begin
        busy_unit_q[u] <= 1'b0;
        found_q        <= 1'b0;
      end else begin
        busy_unit_q[u] <= own_enter || (busy_unit_q[u] && !own_leave);
        found_q        <= done || (found_q && !own_leave);
      end
    end
    always_ff @(posedge clk_i) begin
      if (own_enter) slot_q <= search_slot_i;
      row_q <= row_d;
      for (int s = 0; s < Slots; s++) begin
        if (own_enter) here_q[s] <= search_slot_i == SlotW'(s);
      end
    end
    assign unit_slot[u*SlotW +: SlotW] = slot_q;
    assign unit_found[u]               = found_q;

    // What it sees of its slot, which is kept decoded for that; rows through a register.
    always_comb begin
      unit_ask  = '0;
      unit_last = '0;
      row_d     = '0;
      hist_data = '0;
      for (int s = 0; s < Slots; s++) begin
        if (here_q[s]) begin
          unit_ask  = unit_ask | ask_i[s*AskW +: AskW];
          unit_last = unit_last | last_i[s*RowW +: RowW];
          row_d     = row_d | row_data_i[s*Rows*EntryW +: Rows*EntryW];
          hist_data = hist_data | hist_data_i[s*Rows*ExpSumW +: Rows*ExpSumW];
        end
      end
    end

    assign {mode, unit_target, unused_tag} = unit_ask;
    assign hist_mass_o[u]                  = mode[1];
    assign unit_find[u*FindW +: FindW]     = {unit_all, key, room};

    hg_select_search #(
      .Rows (Rows),
      .RowW (RowW)
    ) u_search (
      .clk_i,
      .rst_ni,
      .valid_i      (busy_unit_q[u] && !found_q),
      .any_i        (mode == 2'd0),
      .mass_i       (mode[1]),
      .target_i     (unit_target),
      .last_row_i   (unit_last),
      .hist_en_o    (hist_en_o[u]),
      .hist_group_o (hist_group_o[u]),
      .hist_bin_o   (hist_bin_o[u*6 +: 6]),
      .hist_data_i  (hist_data),
      .row_en_o     (row_en_o[u]),
      .row_o        (row_o[u*RowW +: RowW]),
      .row_data_i   (row_q),
      .done_o       (done),
      .all_o        (unit_all),
      .key_o        (key),
      .room_o       (room)
    );
  end

endmodule

`default_nettype wire
