// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Slots, search and output of hg_select for many lanes: a pipeline of stages, each of which finds
/// a digit of 3 bits of the threshold of one query, so that a query leaves each max(rows, 10 to 12)
/// cycles.
///
/// The sums of the top digit are made as a query comes in (hg_select_intake) and searched when it
/// is decided (hg_select_front); three passes over its rows find the other digits (hg_select_pass),
/// and hg_select_drain streams it out. A search takes 3 rows + 45 to 75 cycles; a query of mode 0
/// goes past the stages as soon as none is in them. Ports are those of hg_select; `ask_i` is what a
/// decision asks for (mode, target, tag), and `leave_o` frees the slot of a query.
module hg_select_passes #(
  /// Lanes (T), 1 and up.
  parameter int Rows = 8,
  /// Most tokens of a query, at least Rows; up to 8191.
  parameter int MaxTokens = 1024,
  /// Queries at once, 2 to 32.
  parameter int Slots = 16,
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

  localparam int RankW  = hg_attention_pkg::RANK_W;
  localparam int CntW   = hg_pkg::cnt_width(MaxTokens);
  localparam int Segs   = hg_arith_pkg::segments(SumW);
  // From a decision to its search: until the target is decremented, and until the intake has summed
  // a query that is decided at once (a queue of 3 cycles follows).
  localparam int RoomC  = hg_arith_pkg::tree_cycles(2, SumW, 1);
  localparam int AskC   = ($clog2(Rows) - 1 > RoomC) ? $clog2(Rows) - 1 : RoomC;

  // What is asked, with the target less one: the room for what comes before the threshold. Tags
  // wait for the output, where queries arrive in the same order.
  logic [1:0]       mode;
  logic [SumW-1:0]  target, less, room;
  logic [TagW-1:0]  tag, drain_tag;
  logic [SlotW-1:0] late_slot, ask_slot;
  logic             late, late_any, late_mass, ask_valid, ask_ready, ask_any, ask_mass, drain_pop;
  logic [SumW-1:0]  ask_room;
  logic             room_ready, tag_ready, tag_valid;

  assign {mode, target, tag} = ask_i;

  hg_sum_tree #(
    .Inputs     (2),
    .InW        (SumW),
    .FlatLevels (1)
  ) u_less (
    .clk_i,
    .data_i ({{SumW{1'b1}}, target}),
    .sum_o  (less)
  );
  hg_delay #(
    .Width  (SumW),
    .Cycles (AskC - RoomC)
  ) u_room (
    .clk_i,
    .data_i (less),
    .data_o (room)
  );
  hg_delay_valid #(
    .Cycles (AskC)
  ) u_late (
    .clk_i,
    .rst_ni,
    .valid_i (decide_valid_i),
    .valid_o (late)
  );
  hg_delay #(
    .Width  (2 + SlotW),
    .Cycles (AskC)
  ) u_late_slot (
    .clk_i,
    .data_i ({mode == 2'd0, mode[1], decide_slot_i}),
    .data_o ({late_any, late_mass, late_slot})
  );
  hg_ram_fifo #(
    .Width        (2 + SlotW + SumW),
    .DepthEntries (Slots)
  ) u_asked (
    .clk_i,
    .rst_ni,
    .in_valid_i  (late),
    .in_ready_o  (room_ready),
    .in_data_i   ({late_any, late_mass, late_slot, room}),
    .out_valid_o (ask_valid),
    .out_ready_i (ask_ready),
    .out_data_o  ({ask_any, ask_mass, ask_slot, ask_room})
  );
  hg_ram_fifo #(
    .Width        (TagW),
    .DepthEntries (Slots)
  ) u_tags (
    .clk_i,
    .rst_ni,
    .in_valid_i  (decide_valid_i),
    .in_ready_o  (tag_ready),
    .in_data_i   (tag),
    .out_valid_o (tag_valid),
    .out_ready_i (drain_pop),
    .out_data_o  (drain_tag)
  );

  // Stage 0 is the front, 1 to 3 are passes; reader 0 is the output.
  logic [3:0]               valid, ready, mass, all, row_en;
  logic [4*SlotW-1:0]       slot, row_slot;
  logic [4*RowW-1:0]        last, row;
  logic [4*RankW-1:0]       key;
  logic [4*SumW-1:0]        left;
  logic [4*Rows*EntryW-1:0] row_data;
  logic                     rd_sums, rd_last, rd_mass, past_valid;
  logic [SlotW-1:0]         rd_slot, past_slot;
  logic [RowW-1:0]          rd_row, past_last;
  logic [Segs-1:0]          load;
  logic [8*SumW-1:0]        sum;

  hg_select_intake #(
    .Rows  (Rows),
    .RowW  (RowW),
    .Slots (Slots),
    .CntW  (CntW)
  ) u_intake (
    .clk_i,
    .rst_ni,
    .in_valid_i,
    .in_first_i,
    .in_last_i,
    .in_slot_i,
    .in_row_i,
    .in_data_i,
    .rd_sums_i (rd_sums),
    .rd_last_i (rd_last),
    .rd_slot_i (rd_slot),
    .mass_i    (rd_mass),
    .last_o    (rd_row),
    .load_o    (load),
    .sum_o     (sum)
  );
  hg_select_rows #(
    .Width     (Rows * EntryW),
    .DepthRows (DepthRows),
    .Slots     (Slots),
    .Readers   (4)
  ) u_rows (
    .clk_i,
    .rst_ni,
    .wr_en_i   (in_valid_i),
    .wr_slot_i (in_slot_i),
    .wr_row_i  (in_row_i),
    .wr_data_i (in_data_i),
    .rd_en_i   (row_en),
    .rd_slot_i (row_slot),
    .rd_row_i  (row),
    .rd_data_o (row_data)
  );
  hg_select_front #(
    .RowW  (RowW),
    .Slots (Slots)
  ) u_front (
    .clk_i,
    .rst_ni,
    .ask_valid_i  (ask_valid),
    .ask_ready_o  (ask_ready),
    .ask_slot_i   (ask_slot),
    .ask_any_i    (ask_any),
    .ask_mass_i   (ask_mass),
    .ask_room_i   (ask_room),
    .rd_sums_o    (rd_sums),
    .rd_last_o    (rd_last),
    .rd_slot_o    (rd_slot),
    .rd_mass_o    (rd_mass),
    .last_i       (rd_row),
    .load_i       (load),
    .sum_i        (sum),
    .out_valid_o  (valid[0]),
    .out_ready_i  (ready[0]),
    .slot_o       (slot[SlotW-1:0]),
    .last_o       (last[RowW-1:0]),
    .mass_o       (mass[0]),
    .all_o        (all[0]),
    .key_o        (key[RankW-1 -: 3]),
    .room_o       (left[SumW-1:0]),
    .past_valid_o (past_valid),
    .past_ready_i (drain_pop),
    .past_slot_o  (past_slot),
    .past_last_o  (past_last),
    .found_i      (valid[3] && ready[3])
  );
  assign key[RankW-4:0] = '0;

  for (genvar p = 1; p < 4; p++) begin : gen_pass
    hg_select_pass #(
      .Rows  (Rows),
      .RowW  (RowW),
      .SlotW (SlotW),
      .Known (3 * p)
    ) u_pass (
      .clk_i,
      .rst_ni,
      .in_valid_i  (valid[p-1]),
      .in_ready_o  (ready[p-1]),
      .slot_i      (slot[(p-1)*SlotW +: SlotW]),
      .last_i      (last[(p-1)*RowW +: RowW]),
      .mass_i      (mass[p-1]),
      .all_i       (all[p-1]),
      .key_i       (key[p*RankW-1 -: 3*p]),
      .room_i      (left[(p-1)*SumW +: SumW]),
      .row_en_o    (row_en[p]),
      .row_slot_o  (row_slot[p*SlotW +: SlotW]),
      .row_o       (row[p*RowW +: RowW]),
      .row_data_i  (row_data[p*Rows*EntryW +: Rows*EntryW]),
      .out_valid_o (valid[p]),
      .out_ready_i (ready[p]),
      .slot_o      (slot[p*SlotW +: SlotW]),
      .last_o      (last[p*RowW +: RowW]),
      .mass_o      (mass[p]),
      .all_o       (all[p]),
      .key_o       (key[(p+1)*RankW-1 -: 3*p+3]),
      .room_o      (left[p*SumW +: SumW])
    );
    if (p < 3) begin : gen_unknown
      assign key[(p+1)*RankW-3*p-4:p*RankW] = '0;
    end
  end

  // The output takes what went past, which is older than what is in the stages, or what is found.
  logic [SlotW-1:0] drain_slot;
  logic [RowW-1:0]  drain_last;
  logic             unused_bits, unused_checked;

  assign drain_slot = past_valid ? past_slot : slot[3*SlotW +: SlotW];
  assign drain_last = past_valid ? past_last : last[3*RowW +: RowW];
  assign ready[3]   = drain_pop && !past_valid;
  assign row_slot[SlotW-1:0] = drain_slot;
  assign {leave_o, leave_slot_o} = {drain_pop, drain_slot};

  hg_select_drain #(
    .Rows (Rows),
    .RowW (RowW),
    .TagW (TagW)
  ) u_drain (
    .clk_i,
    .rst_ni,
    .valid_i    (past_valid || valid[3]),
    .all_i      (past_valid || all[3]),
    .mass_i     (mass[3]),
    .key_i      (key[3*RankW +: RankW]),
    .room_i     (left[3*SumW +: SumW]),
    .last_row_i (drain_last),
    .tag_i      (drain_tag),
    .pop_o      (drain_pop),
    .row_en_o   (row_en[0]),
    .row_o      (row[RowW-1:0]),
    .row_data_i (row_data[Rows*EntryW-1:0]),
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

  assign unused_bits    = ^key[3*RankW-1:0];
  assign unused_checked = ^{room_ready, tag_ready, tag_valid};

`ifndef SYNTHESIS
`ifndef YOSYS
  logic checked_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) checked_q <= 1'b0;
    else checked_q <= 1'b1;
  end
  always @(posedge clk_i) begin
    if (checked_q && late && !room_ready) $error("%m: more decisions than slots");
    if (checked_q && drain_pop && !tag_valid) $error("%m: a query without its tag");
  end
`endif
`endif

endmodule

`default_nettype wire
