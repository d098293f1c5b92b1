// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Slots, search and output of hg_select for few lanes: `Searches` searches work on slots of their
/// own, each of which holds histograms of its query.
///
/// Ports are those of hg_select; `ask_i` is what a decision asks for (mode, target, tag), and
/// `leave_o` frees the slot of a query.
module hg_select_units #(
  /// Lanes (T), 1 and up.
  parameter int Rows = 1,
  /// Most tokens of a query, at least Rows; up to 8191.
  parameter int MaxTokens = 1024,
  /// Queries at once, 2 to 32.
  parameter int Slots = 3,
  /// Searches at once, 1 to 4.
  parameter int Searches = 2,
  /// Bits of the tag, 1 and up.
  parameter int TagW = 8,
  /// Derived: rows of a query.
  localparam int DepthRows = (MaxTokens + Rows - 1) / Rows,
  /// Derived: bits of a row's index.
  localparam int RowW = hg_pkg::idx_width(DepthRows),
  /// Derived: bits of a slot's number.
  localparam int SlotW = hg_pkg::idx_width(Slots),
  /// Derived: bits of an exponential.
  localparam int ExpW = hg_attention_pkg::EXP_W,
  /// Derived: bits of a sum of exponentials.
  localparam int SumW = hg_attention_pkg::EXP_SUM_W,
  /// Derived: bits of an entry: live, exponential, rank.
  localparam int EntryW = hg_attention_pkg::ENTRY_W,
  /// Derived: bits of what is asked: mode, target, tag.
  localparam int AskW = 2 + hg_attention_pkg::EXP_SUM_W + TagW
) (
  input  logic                   clk_i,
  input  logic                   rst_ni,
  // A row comes in, to a slot.
  input  logic                   in_valid_i,
  input  logic                   in_first_i,
  input  logic                   in_last_i,
  input  logic [SlotW-1:0]       in_slot_i,
  input  logic [RowW-1:0]        in_row_i,
  input  logic [Rows*EntryW-1:0] in_data_i,
  // The query of a slot is decided; it leaves its slot.
  input  logic                   decide_valid_i,
  input  logic [SlotW-1:0]       decide_slot_i,
  input  logic [AskW-1:0]        ask_i,
  output logic                   leave_o,
  output logic [SlotW-1:0]       leave_slot_o,
  output logic                   out_valid_o,
  input  logic                   out_ready_i,
  output logic [RowW-1:0]        out_row_o,
  output logic [Rows*ExpW-1:0]   out_exp_o,
  output logic [Rows-1:0]        out_live_o,
  output logic [Rows-1:0]        out_select_o,
  output logic                   out_last_o,
  output logic [TagW-1:0]        out_tag_o,
  output logic [SumW-1:0]        out_sum_o
);

  localparam int RankW = hg_attention_pkg::RANK_W;
  localparam int CntW  = hg_pkg::cnt_width(DepthRows);
  // What is found of a query by its search.
  localparam int FindW = 1 + RankW + SumW;

  // Queries wait for the search, and for the output.
  logic             drain_pop, search_pop, search_valid, drain_valid, found_push;
  logic [SlotW-1:0] search_slot, drain_slot, found_slot;

  assign {leave_o, leave_slot_o} = {drain_pop, drain_slot};

  hg_select_queue #(
    .Slots (Slots)
  ) u_searched (
    .clk_i,
    .rst_ni,
    .push_i  (decide_valid_i),
    .slot_i  (decide_slot_i),
    .pop_i   (search_pop),
    .valid_o (search_valid),
    .slot_o  (search_slot)
  );
  hg_select_queue #(
    .Slots (Slots)
  ) u_drained (
    .clk_i,
    .rst_ni,
    .push_i  (found_push),
    .slot_i  (found_slot),
    .pop_i   (drain_pop),
    .valid_o (drain_valid),
    .slot_o  (drain_slot)
  );

  // The slots.
  logic                     drain_row_en;
  logic [RowW-1:0]          drain_row;
  logic [Searches-1:0]      unit_row_en, unit_hist_en, unit_hist_group, unit_mass;
  logic [Searches*RowW-1:0] unit_row;
  logic [Searches*6-1:0]    unit_hist_bin;
  // A search enters and leaves a slot.
  logic [Searches-1:0]           unit_enter, unit_leave;
  logic [Slots*Rows*EntryW-1:0]  slot_row;
  logic [Slots*Rows*SumW-1:0] slot_hist;
  logic [Slots*AskW-1:0]         slot_ask;
  logic [Slots*FindW-1:0]        slot_find;
  logic [Slots*RowW-1:0]         slot_last;
  logic [FindW-1:0]              find;

  for (genvar s = 0; s < Slots; s++) begin : gen_slot
    hg_select_slot #(
      .Rows      (Rows),
      .DepthRows (DepthRows),
      .CntW      (CntW),
      .Searches  (Searches),
      .AskW      (AskW)
    ) u_slot (
      .clk_i,
      .rst_ni,
      .in_valid_i     (in_valid_i && in_slot_i == SlotW'(s)),
      .in_first_i,
      .in_last_i,
      .in_row_i,
      .in_data_i,
      .commit_i       (decide_valid_i && decide_slot_i == SlotW'(s)),
      .ask_i,
      .found_i        (found_push && found_slot == SlotW'(s)),
      .find_i         (find),
      .enter_i        (unit_enter),
      .enter_here_i   (search_slot == SlotW'(s)),
      .leave_i        (unit_leave),
      .search_en_i    (unit_row_en),
      .search_row_i   (unit_row),
      .hist_en_i      (unit_hist_en),
      .hist_group_i   (unit_hist_group),
      .hist_mass_i    (unit_mass),
      .hist_bin_i     (unit_hist_bin),
      .drain_i        (drain_valid && drain_slot == SlotW'(s)),
      .drain_en_i     (drain_row_en),
      .drain_row_i    (drain_row),
      .row_data_o     (slot_row[s*Rows*EntryW +: Rows*EntryW]),
      .hist_data_o    (slot_hist[s*Rows*SumW +: Rows*SumW]),
      .ask_o          (slot_ask[s*AskW +: AskW]),
      .find_o         (slot_find[s*FindW +: FindW]),
      .last_o         (slot_last[s*RowW +: RowW])
    );
  end

  hg_select_searches #(
    .Rows     (Rows),
    .RowW     (RowW),
    .Slots    (Slots),
    .Searches (Searches),
    .TagW     (TagW)
  ) u_searches (
    .clk_i,
    .rst_ni,
    .search_valid_i (search_valid),
    .search_slot_i  (search_slot),
    .search_pop_o   (search_pop),
    .enter_o        (unit_enter),
    .leave_o        (unit_leave),
    .ask_i          (slot_ask),
    .last_i         (slot_last),
    .row_en_o       (unit_row_en),
    .row_o          (unit_row),
    .row_data_i     (slot_row),
    .hist_en_o      (unit_hist_en),
    .hist_group_o   (unit_hist_group),
    .hist_mass_o    (unit_mass),
    .hist_bin_o     (unit_hist_bin),
    .hist_data_i    (slot_hist),
    .found_o        (found_push),
    .found_slot_o   (found_slot),
    .find_o         (find)
  );

  hg_select_output #(
    .Rows  (Rows),
    .RowW  (RowW),
    .Slots (Slots),
    .TagW  (TagW)
  ) u_output (
    .clk_i,
    .rst_ni,
    .valid_i    (drain_valid),
    .slot_i     (drain_slot),
    .pop_o      (drain_pop),
    .ask_i      (slot_ask),
    .find_i     (slot_find),
    .last_i     (slot_last),
    .row_en_o   (drain_row_en),
    .row_o      (drain_row),
    .row_data_i (slot_row),
    .out_valid_o,
    .out_ready_i,
    .out_row_o,
    .out_exp_o,
    .out_live_o,
    .out_select_o,
    .out_last_o,
    .out_tag_o,
    .out_sum_o
  );

endmodule

`default_nettype wire
