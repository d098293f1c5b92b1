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
/// weighted radix select over two digits of 6 bits; rows + 65 to 85 cycles; 2 with mode 0) and then
/// streamed out in that order, every row, ready/valid, a row a cycle. Intake, `Searches` searches
/// and output work on different slots at once; each search takes its turn.
///
/// `sel_sum_o` is the sum of the selected exponentials; `sel_sum_valid_o` stands with the last row
/// of a query at the output, and both until that row is taken.
module hg_select #(
  /// Tokens a row (T), 1 and up.
  parameter int Rows = 1,
  /// Most tokens of a query, at least Rows; up to 8191.
  parameter int MaxTokens = 1024,
  /// Queries at once, 2 to 8; 3 let intake, search and output overlap.
  parameter int Slots = 3,
  /// Searches at once, 1 to 4.
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
  if (Slots < 2 || Slots > 8 || TagW < 1) begin : gen_illegal_slots
    ERROR_hg_select_Slots_must_be_2_to_8 u_illegal ();
  end

  localparam int CntW  = hg_pkg::cnt_width(DepthRows);
  // What is known of a query: from its last row, from its decision, from its search.
  localparam int AskW  = 2 + ExpSumW + TagW;
  localparam int EntryW = hg_attention_pkg::ENTRY_W;
  localparam int FindW = 1 + RankW + ExpSumW;

  // Which slots hold a query, and which takes the next. A slot is left with its last read.
  logic [Slots-1:0] busy_q, busy_d;
  logic             free_q, free_d, open_q, discard, commit, drain_pop, search_pop, enter, leave;
  logic [SlotW-1:0] free_slot_q, free_slot_d, open_slot_q, in_slot;
  logic [SlotW-1:0] judged_slot, search_slot, drain_slot, found_slot;
  logic             judged_valid, search_valid, drain_valid, found_push;

  assign slot_free_o = free_q;
  assign in_slot     = open_q ? open_slot_q : free_slot_q;
  assign enter       = in_valid_i && !open_q;
  assign leave       = in_valid_i && in_last_i;
  assign commit      = decide_valid_i;
  assign discard     = judge_valid_i && !judge_keep_i;
  assign judge_slot_o = judged_slot;

  always_comb begin
    busy_d      = busy_q;
    free_d      = 1'b0;
    free_slot_d = '0;
    for (int s = 0; s < Slots; s++) begin
      if (enter && free_slot_q == SlotW'(s)) busy_d[s] = 1'b1;
      if (discard && judged_slot == SlotW'(s)) busy_d[s] = 1'b0;
      if (drain_pop && drain_slot == SlotW'(s)) busy_d[s] = 1'b0;
      if (!busy_d[s]) begin
        free_d      = 1'b1;
        free_slot_d = SlotW'(s);
      end
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      busy_q <= '0;
      free_q <= 1'b0;
      open_q <= 1'b0;
    end else begin
      busy_q <= busy_d;
      free_q <= free_d;
      if (in_valid_i) open_q <= !in_last_i;
    end
  end
  always_ff @(posedge clk_i) begin
    free_slot_q <= free_slot_d;
    if (enter) open_slot_q <= free_slot_q;
  end

  // Queries wait for their decision, for the search, and for the output.
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
  hg_select_queue #(
    .Slots (Slots)
  ) u_searched (
    .clk_i,
    .rst_ni,
    .push_i  (commit),
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

  logic [ExpSumW-1:0] target;
  logic [AskW-1:0]    ask;

  assign target = (decide_mode_i == 2'd1) ? ExpSumW'(decide_k_i)
                : {decide_target_i[ExpSumW-1:1], decide_target_i[0] || decide_target_i == '0};
  assign ask    = {decide_mode_i, target, decide_tag_i};

  // The slots.
  logic [Rows*EntryW-1:0]   in_data;
  logic                     drain_row_en;
  logic [RowW-1:0]          drain_row;
  logic [Searches-1:0]      unit_row_en, unit_hist_en, unit_hist_group, unit_mass;
  logic [Searches*RowW-1:0] unit_row;
  logic [Searches*6-1:0]    unit_hist_bin;
  // A search enters and leaves a slot.
  logic [Searches-1:0]           unit_enter, unit_leave;
  logic [Slots*Rows*EntryW-1:0]  slot_row;
  logic [Slots*Rows*ExpSumW-1:0] slot_hist;
  logic [Slots*AskW-1:0]         slot_ask;
  logic [Slots*FindW-1:0]        slot_find;
  logic [Slots*RowW-1:0]         slot_last;
  logic [FindW-1:0]              find;

  for (genvar t = 0; t < Rows; t++) begin : gen_in
    assign in_data[t*EntryW +: EntryW] =
        {in_live_i[t], in_exp_i[t*ExpW +: ExpW], in_key_i[t*RankW +: RankW]};
  end

  for (genvar s = 0; s < Slots; s++) begin : gen_slot
    logic                own_in, own_drain, row_en, hist_en, hist_group, hist_mass;
    logic [Searches-1:0] own_q;
    logic [RowW-1:0]     row;
    logic [5:0]          hist_bin;
    logic [AskW-1:0]     ask_q;
    logic [FindW-1:0]    find_q;
    logic [RowW-1:0]     last_q;

    assign own_in    = in_valid_i && in_slot == SlotW'(s);
    assign own_drain = drain_valid && drain_slot == SlotW'(s);

    always_comb begin
      row_en     = own_drain && drain_row_en;
      row        = own_drain ? drain_row : '0;
      hist_en    = 1'b0;
      hist_group = 1'b0;
      hist_mass  = 1'b0;
      hist_bin   = '0;
      for (int u = 0; u < Searches; u++) begin
        if (own_q[u]) begin
          row_en     = row_en || unit_row_en[u];
          row        = row | unit_row[u*RowW +: RowW];
          hist_en    = hist_en || unit_hist_en[u];
          hist_group = hist_group || unit_hist_group[u];
          hist_mass  = hist_mass || unit_mass[u];
          hist_bin   = hist_bin | unit_hist_bin[u*6 +: 6];
        end
      end
    end

    hg_select_slot #(
      .Rows      (Rows),
      .DepthRows (DepthRows),
      .CntW      (CntW)
    ) u_slot (
      .clk_i,
      .in_valid_i   (own_in),
      .in_first_i   (!open_q),
      .in_row_i,
      .in_data_i    (in_data),
      .row_en_i     (row_en),
      .row_i        (row),
      .row_data_o   (slot_row[s*Rows*EntryW +: Rows*EntryW]),
      .hist_en_i    (hist_en),
      .hist_group_i (hist_group),
      .hist_mass_i  (hist_mass),
      .hist_bin_i   (hist_bin),
      .hist_data_o  (slot_hist[s*Rows*ExpSumW +: Rows*ExpSumW])
    );

    // Whose search works here, told with its slot.
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) begin
        own_q <= '0;
      end else begin
        for (int u = 0; u < Searches; u++) begin
          if (unit_enter[u]) own_q[u] <= search_slot == SlotW'(s);
          else if (unit_leave[u]) own_q[u] <= 1'b0;
        end
      end
    end

    always_ff @(posedge clk_i) begin
      if (own_in && in_last_i) last_q <= in_row_i;
      if (commit && decide_slot_i == SlotW'(s)) ask_q <= ask;
      if (found_push && found_slot == SlotW'(s)) find_q <= find;
    end
    assign slot_ask[s*AskW +: AskW]    = ask_q;
    assign slot_find[s*FindW +: FindW] = find_q;
    assign slot_last[s*RowW +: RowW]   = last_q;
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

  // What the output sees of its slot; rows through a register.
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
      if (drain_slot == SlotW'(s)) begin
        drain_ask  = drain_ask | slot_ask[s*AskW +: AskW];
        drain_find = drain_find | slot_find[s*FindW +: FindW];
        drain_last = drain_last | slot_last[s*RowW +: RowW];
      end
      if (drain_slot_q == SlotW'(s)) begin
        drain_row_d = drain_row_d | slot_row[s*Rows*EntryW +: Rows*EntryW];
      end
    end
  end

  always_ff @(posedge clk_i) begin
    drain_slot_q <= drain_slot;
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
    .valid_i    (drain_valid),
    .all_i      (drain_all),
    .mass_i     (drain_mode[1]),
    .key_i      (drain_key),
    .room_i     (drain_room),
    .last_row_i (drain_last),
    .tag_i      (drain_tag),
    .pop_o      (drain_pop),
    .row_en_o   (drain_row_en),
    .row_o      (drain_row),
    .row_data_i (drain_row_q),
    .out_valid_o,
    .out_ready_i,
    .out_row_o,
    .out_exp_o,
    .out_live_o,
    .out_select_o,
    .out_last_o,
    .out_tag_o,
    .out_sum_o  (sel_sum_o)
  );

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
    if (checked_q && enter && !free_q) $error("%m: a query without a free slot");
    if (checked_q && in_valid_i && in_row_i != next_row_q) $error("%m: rows must come in order");
    if (checked_q && judge_valid_i && !judged_valid) $error("%m: nothing to decide about");
    if (checked_q && decide_valid_i && decide_mode_i == 2'd3) $error("%m: no such mode");
  end
`endif
`endif

endmodule

`default_nettype wire
