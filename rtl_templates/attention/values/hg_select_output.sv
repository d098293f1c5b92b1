// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Output of hg_select: hg_select_drain on the slot whose query leaves.
///
/// Of its slot it sees what the query asked for, what its search has found, the last row, and rows
/// through a register.
module hg_select_output #(
  /// Lanes, 1 and up.
  parameter int Rows = 1,
  /// Bits of a row's index.
  parameter int RowW = 10,
  /// Queries at once, 2 to 32.
  parameter int Slots = 3,
  /// Bits of the tag, 1 and up.
  parameter int TagW = 8,
  /// Derived: bits of a slot's number.
  localparam int SlotW = hg_pkg::idx_width(Slots),
  /// Derived: bits of the rank of a key.
  localparam int RankW = hg_attention_pkg::RANK_W,
  /// Derived: bits of an exponential.
  localparam int ExpW = hg_attention_pkg::EXP_W,
  /// Derived: bits of a sum of exponentials.
  localparam int ExpSumW = hg_attention_pkg::EXP_SUM_W,
  /// Derived: bits of an entry: live, exponential, rank.
  localparam int EntryW = hg_attention_pkg::ENTRY_W,
  /// Derived: bits of what is asked: mode, target, tag.
  localparam int AskW = 2 + ExpSumW + TagW,
  /// Derived: bits of what is found: whether all are selected, threshold, room.
  localparam int FindW = 1 + RankW + ExpSumW
) (
  input  logic                         clk_i,
  input  logic                         rst_ni,
  // The query that leaves is in this slot, until `pop_o`.
  input  logic                         valid_i,
  input  logic [SlotW-1:0]             slot_i,
  output logic                         pop_o,
  // Of all slots.
  input  logic [Slots*AskW-1:0]        ask_i,
  input  logic [Slots*FindW-1:0]       find_i,
  input  logic [Slots*RowW-1:0]        last_i,
  output logic                         row_en_o,
  output logic [RowW-1:0]              row_o,
  input  logic [Slots*Rows*EntryW-1:0] row_data_i,
  output logic                         out_valid_o,
  input  logic                         out_ready_i,
  output logic [RowW-1:0]              out_row_o,
  output logic [Rows*ExpW-1:0]         out_exp_o,
  output logic [Rows-1:0]              out_live_o,
  output logic [Rows-1:0]              out_select_o,
  output logic                         out_last_o,
  output logic [TagW-1:0]              out_tag_o,
  output logic [ExpSumW-1:0]           out_sum_o
);

  logic [SlotW-1:0]       drain_slot_q;
  logic [Rows*EntryW-1:0] drain_row_d, drain_row_q;
  logic [AskW-1:0]        drain_ask;
  logic [FindW-1:0]       drain_find;
  logic [RowW-1:0]        drain_last;

  always_comb begin
    drain_ask    = '0;
    drain_find   = '0;
    drain_last   = '0;
    drain_row_d  = '0;
    for (int s = 0; s < Slots; s++) begin
      if (slot_i == SlotW'(s)) begin
        drain_ask  = drain_ask | ask_i[s*AskW +: AskW];
        drain_find = drain_find | find_i[s*FindW +: FindW];
        drain_last = drain_last | last_i[s*RowW +: RowW];
      end
      if (drain_slot_q == SlotW'(s)) begin
        drain_row_d = drain_row_d | row_data_i[s*Rows*EntryW +: Rows*EntryW];
      end
    end
  end

  always_ff @(posedge clk_i) begin
    drain_slot_q <= slot_i;
    drain_row_q  <= drain_row_d;
  end

  logic [1:0]         drain_mode;
  logic [ExpSumW-1:0] unused_target, drain_room;
  logic [TagW-1:0]    drain_tag;
  logic               unused_mode, drain_all;
  logic [RankW-1:0]   drain_key;

  assign {drain_mode, unused_target, drain_tag} = drain_ask;
  assign unused_mode                            = drain_mode[0];
  assign {drain_all, drain_key, drain_room}     = drain_find;

  hg_select_drain #(
    .Rows (Rows),
    .RowW (RowW),
    .TagW (TagW)
  ) u_drain (
    .clk_i,
    .rst_ni,
    .valid_i,
    .all_i      (drain_all),
    .mass_i     (drain_mode[1]),
    .key_i      (drain_key),
    .room_i     (drain_room),
    .last_row_i (drain_last),
    .tag_i      (drain_tag),
    .pop_o,
    .row_en_o,
    .row_o,
    .row_data_i (drain_row_q),
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
