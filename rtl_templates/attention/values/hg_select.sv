// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Selection of tokens by likelihood: all, the k best, or the fewest that hold a share of the sum.
///
/// Order: key ascending (smaller is likelier), then position ascending; only live tokens count.
/// Selected is the shortest prefix in that order whose weights reach the target: weight 1 and
/// target `decide_k_i` for mode 1, weight exponential and target `decide_target_i` (0 counts as 1)
/// for mode 2; everything live for mode 0, and if the target exceeds the total. Exact. The first
/// live token in that order must not weigh 0, which hg_exp2 grants: its exponential is 2**24.
///
/// A query lives in a slot. Intake, without back-pressure: rows 0, 1, 2, ... a row a cycle, gaps
/// allowed, `in_last_i` on the last; the first row only while `slot_free_o`. Then exactly one pulse
/// of `judge_valid_i` a query, from the cycle after its last row on, in the order of intake:
/// `judge_keep_i` = 0 empties the slot, `judge_slot_o`; 1 keeps it until `decide_valid_i` names it,
/// at the earliest in the same cycle. Queries are searched in the order of these decisions (a
/// weighted radix select) and then streamed out in that order, every row, ready/valid, a row a
/// cycle. Intake, searches and output work on different slots at once.
///
/// With `Searches` searches (hg_select_units), for few lanes, a search takes rows + 50 to 75
/// cycles, 2 with mode 0. With `Searches` = 0 (hg_select_passes), for many lanes and short
/// queries, it is a pipeline: a search takes 3 rows + 45 to 75 cycles, 8 with mode 0, and one ends
/// each max(rows, 11) cycles.
///
/// `sel_sum_o` is the sum of the selected exponentials; `sel_sum_valid_o` stands with the last row
/// of a query at the output, and both until that row is taken.
module hg_select #(
  /// Tokens a row (T), 1 and up.
  parameter int Rows = 1,
  /// Most tokens of a query, at least Rows; up to 8191.
  parameter int MaxTokens = 1024,
  /// Queries at once, 2 to 32; 3 let intake, search and output overlap.
  parameter int Slots = 3,
  /// Searches at once, 1 to 4; or 0 for a pipeline of them.
  parameter int Searches = 2,
  /// Bits of the tag, 1 and up.
  parameter int TagW = 8,
  /// Derived: rows of a query.
  localparam int DepthRows = (MaxTokens + Rows - 1) / Rows,
  /// Derived: bits of a row's index.
  localparam int RowW = hg_pkg::idx_width(DepthRows),
  /// Derived: bits of k.
  localparam int TokW = hg_pkg::cnt_width(MaxTokens),
  /// Derived: bits of a slot's number.
  localparam int SlotW = hg_pkg::idx_width(Slots),
  /// Derived: bits of the rank of a key.
  localparam int RankW = hg_attention_pkg::RANK_W,
  /// Derived: bits of an exponential.
  localparam int ExpW = hg_attention_pkg::EXP_W,
  /// Derived: bits of a sum of exponentials.
  localparam int ExpSumW = hg_attention_pkg::EXP_SUM_W
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,
  output logic                  slot_free_o,
  input  logic                  in_valid_i,
  input  logic [RowW-1:0]       in_row_i,
  input  logic [Rows*RankW-1:0] in_key_i,
  input  logic [Rows*ExpW-1:0]  in_exp_i,
  input  logic [Rows-1:0]       in_live_i,
  input  logic                  in_last_i,
  input  logic                  judge_valid_i,
  input  logic                  judge_keep_i,
  output logic [SlotW-1:0]      judge_slot_o,
  input  logic                  decide_valid_i,
  input  logic [SlotW-1:0]      decide_slot_i,
  input  logic [1:0]            decide_mode_i,
  input  logic [TokW-1:0]       decide_k_i,
  input  logic [ExpSumW-1:0]    decide_target_i,
  input  logic [TagW-1:0]       decide_tag_i,
  output logic                  out_valid_o,
  input  logic                  out_ready_i,
  output logic [RowW-1:0]       out_row_o,
  output logic [Rows*ExpW-1:0]  out_exp_o,
  output logic [Rows-1:0]       out_live_o,
  output logic [Rows-1:0]       out_select_o,
  output logic                  out_last_o,
  output logic [TagW-1:0]       out_tag_o,
  output logic                  sel_sum_valid_o,
  output logic [ExpSumW-1:0]    sel_sum_o
);

  if (Rows < 1 || MaxTokens < Rows || MaxTokens > 8191) begin : gen_illegal
    ERROR_hg_select_MaxTokens_must_be_Rows_to_8191 u_illegal ();
  end
  if (Slots < 2 || Slots > 32 || TagW < 1) begin : gen_illegal_slots
    ERROR_hg_select_Slots_must_be_2_to_32 u_illegal ();
  end

  // What a decision asks for: mode, target, tag.
  localparam int AskW   = 2 + ExpSumW + TagW;
  localparam int EntryW = hg_attention_pkg::ENTRY_W;

  // A query takes a free slot with its first row, and leaves it with its last read.
  logic             open_q, discard, drain_pop, enter, leave, judged_valid;
  logic [SlotW-1:0] free_slot, open_slot_q, in_slot, judged_slot, drain_slot;

  assign in_slot     = open_q ? open_slot_q : free_slot;
  assign enter       = in_valid_i && !open_q;
  assign leave       = in_valid_i && in_last_i;
  assign discard     = judge_valid_i && !judge_keep_i;
  assign judge_slot_o = judged_slot;

  hg_select_allocate #(
    .Slots (Slots)
  ) u_allocate (
    .clk_i,
    .rst_ni,
    .enter_i        (enter),
    .discard_i      (discard),
    .discard_slot_i (judged_slot),
    .leave_i        (drain_pop),
    .leave_slot_i   (drain_slot),
    .free_o         (slot_free_o),
    .free_slot_o    (free_slot)
  );

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) open_q <= 1'b0;
    else if (in_valid_i) open_q <= !in_last_i;
  end
  always_ff @(posedge clk_i) begin
    if (enter) open_slot_q <= free_slot;
  end

  // Queries wait for their decision.
  hg_select_queue #(
    .Slots (Slots)
  ) u_judged (
    .clk_i,
    .rst_ni,
    .push_i  (leave),
    .slot_i  (in_slot),
    .pop_i   (judge_valid_i),
    .valid_o (judged_valid),
    .slot_o  (judged_slot)
  );
  logic [ExpSumW-1:0] target;
  logic [AskW-1:0]    ask;

  assign target = (decide_mode_i == 2'd1) ? ExpSumW'(decide_k_i)
                : {decide_target_i[ExpSumW-1:1], decide_target_i[0] || decide_target_i == '0};
  assign ask    = {decide_mode_i, target, decide_tag_i};

  logic [Rows*EntryW-1:0] in_data;

  for (genvar t = 0; t < Rows; t++) begin : gen_in
    assign in_data[t*EntryW +: EntryW] =
        {in_live_i[t], in_exp_i[t*ExpW +: ExpW], in_key_i[t*RankW +: RankW]};
  end

  if (Searches == 0) begin : gen_passes
    hg_select_passes #(
      .Rows      (Rows),
      .MaxTokens (MaxTokens),
      .Slots     (Slots),
      .TagW      (TagW)
    ) u_passes (
      .clk_i,
      .rst_ni,
      .in_valid_i,
      .in_first_i     (!open_q),
      .in_last_i,
      .in_slot_i      (in_slot),
      .in_row_i,
      .in_data_i      (in_data),
      .decide_valid_i,
      .decide_slot_i,
      .ask_i          (ask),
      .leave_o        (drain_pop),
      .leave_slot_o   (drain_slot),
      .out_valid_o,
      .out_ready_i,
      .out_row_o,
      .out_exp_o,
      .out_live_o,
      .out_select_o,
      .out_last_o,
      .out_tag_o,
      .out_sum_o      (sel_sum_o)
    );
  end else begin : gen_units
    hg_select_units #(
      .Rows      (Rows),
      .MaxTokens (MaxTokens),
      .Slots     (Slots),
      .Searches  (Searches),
      .TagW      (TagW)
    ) u_units (
      .clk_i,
      .rst_ni,
      .in_valid_i,
      .in_first_i     (!open_q),
      .in_last_i,
      .in_slot_i      (in_slot),
      .in_row_i,
      .in_data_i      (in_data),
      .decide_valid_i,
      .decide_slot_i,
      .ask_i          (ask),
      .leave_o        (drain_pop),
      .leave_slot_o   (drain_slot),
      .out_valid_o,
      .out_ready_i,
      .out_row_o,
      .out_exp_o,
      .out_live_o,
      .out_select_o,
      .out_last_o,
      .out_tag_o,
      .out_sum_o      (sel_sum_o)
    );
  end

  assign sel_sum_valid_o = out_valid_o && out_last_o;

  logic unused_judged;
  assign unused_judged = judged_valid;

`ifndef SYNTHESIS
`ifndef YOSYS
  logic            checked_q;
  logic [RowW-1:0] next_row_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      checked_q  <= 1'b0;
      next_row_q <= '0;
    end else begin
      checked_q <= 1'b1;
      if (in_valid_i) next_row_q <= in_last_i ? '0 : in_row_i + RowW'(1);
    end
  end
  always @(posedge clk_i) begin
    if (checked_q && enter && !slot_free_o) $error("%m: a query without a free slot");
    if (checked_q && in_valid_i && in_row_i != next_row_q) $error("%m: rows must come in order");
    if (checked_q && judge_valid_i && !judged_valid) $error("%m: nothing to decide about");
    if (checked_q && decide_valid_i && decide_mode_i == 2'd3) $error("%m: no such mode");
  end
`endif
`endif

endmodule

`default_nettype wire
