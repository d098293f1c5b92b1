// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none

/// Selection of tokens by likelihood: all, the k best, or the fewest that hold a share of the sum.
///
/// Order: key ascending (smaller is likelier), then position ascending; only live tokens count.
/// Selected is the shortest prefix in that order whose weights reach the target: weight 1 and target
/// `decide_k_i` for mode 1, weight exponential and target `decide_target_i` (0 counts as 1) for mode 2;
/// everything live for mode 0, and if the target exceeds the total. Exact. The first live token in that
/// order must not weigh 0, which hg_exp2 grants: its exponential is 2**24.
///
/// A query lives in a slot. Intake, without back-pressure: rows 0, 1, 2, ... a row a cycle, gaps
/// allowed, `in_last_i` on the last; the first row only while `slot_free_o`. Then exactly one pulse of
/// `decide_valid_i` a query, from the cycle after its last row on, in the order of the queries:
/// `decide_commit_i` = 0 empties the slot, 1 sends it on. Committed queries are searched (a weighted
/// radix select over two digits of 6 bits; rows + 65 to 85 cycles; 2 with mode 0) and then streamed
/// out in order, every row, ready/valid, a row a cycle. Intake, search and output work on different
/// slots at once.
///
/// `sel_sum_o` is the sum of the selected exponentials; `sel_sum_valid_o` stands with the last row of a
/// query at the output, and both until that row is taken.
module hg_select #(
  /// Tokens a row (T), 1 and up.
  parameter int Rows = 1,
  /// Most tokens of a query, at least Rows; up to 8191.
  parameter int MaxTokens = 1024,
  /// Queries at once, 2 to 8; 3 let intake, search and output overlap.
  parameter int Slots = 3,
  /// Bits of the tag, 1 and up.
  parameter int TagW = 8,
  /// Derived: rows of a query.
  localparam int DepthRows = (MaxTokens + Rows - 1) / Rows,
  /// Derived: bits of a row's index.
  localparam int RowW = hg_pkg::idx_width(DepthRows),
  /// Derived: bits of k.
  localparam int TokW = hg_pkg::cnt_width(MaxTokens)
) (
  input  logic               clk_i,
  input  logic               rst_ni,
  output logic               slot_free_o,
  input  logic               in_valid_i,
  input  logic [RowW-1:0]    in_row_i,
  input  logic [Rows*12-1:0] in_key_i,
  input  logic [Rows*25-1:0] in_exp_i,
  input  logic [Rows-1:0]    in_live_i,
  input  logic               in_last_i,
  input  logic               decide_valid_i,
  input  logic               decide_commit_i,
  input  logic [1:0]         decide_mode_i,
  input  logic [TokW-1:0]    decide_k_i,
  input  logic [37:0]        decide_target_i,
  input  logic [TagW-1:0]    decide_tag_i,
  output logic               out_valid_o,
  input  logic               out_ready_i,
  output logic [RowW-1:0]    out_row_o,
  output logic [Rows*25-1:0] out_exp_o,
  output logic [Rows-1:0]    out_live_o,
  output logic [Rows-1:0]    out_select_o,
  output logic               out_last_o,
  output logic [TagW-1:0]    out_tag_o,
  output logic               sel_sum_valid_o,
  output logic [37:0]        sel_sum_o
);

  if (Rows < 1 || MaxTokens < Rows || MaxTokens > 8191) begin : gen_illegal
    ERROR_hg_select_MaxTokens_must_be_Rows_to_8191 u_illegal ();
  end
  if (Slots < 2 || Slots > 8 || TagW < 1) begin : gen_illegal_slots
    ERROR_hg_select_Slots_must_be_2_to_8 u_illegal ();
  end

  localparam int SlotW = hg_pkg::idx_width(Slots);
  localparam int CntW  = hg_pkg::cnt_width(DepthRows);
  // What is known of a query: from its last row, from its decision, from its search.
  localparam int AskW  = 2 + 38 + TagW;
  localparam int FindW = 1 + 12 + 38;

  // Which slots hold a query, and which takes the next. A slot is left with its last read.
  logic [Slots-1:0] busy_q, busy_d;
  logic             free_q, free_d, open_q, discard, commit, drain_pop, search_pop, enter, leave;
  logic [SlotW-1:0] free_slot_q, free_slot_d, open_slot_q, in_slot;
  logic [SlotW-1:0] judged_slot, search_slot, drain_slot;
  logic             judged_valid, search_valid, drain_valid;

  assign slot_free_o = free_q;
  assign in_slot     = open_q ? open_slot_q : free_slot_q;
  assign enter       = in_valid_i && !open_q;
  assign leave       = in_valid_i && in_last_i;
  assign commit      = decide_valid_i && decide_commit_i;
  assign discard     = decide_valid_i && !decide_commit_i;

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
    .pop_i   (decide_valid_i),
    .valid_o (judged_valid),
    .slot_o  (judged_slot)
  );
  hg_select_queue #(
    .Slots (Slots)
  ) u_searched (
    .clk_i,
    .rst_ni,
    .push_i  (commit),
    .slot_i  (judged_slot),
    .pop_i   (search_pop),
    .valid_o (search_valid),
    .slot_o  (search_slot)
  );
  hg_select_queue #(
    .Slots (Slots)
  ) u_drained (
    .clk_i,
    .rst_ni,
    .push_i  (search_pop),
    .slot_i  (search_slot),
    .pop_i   (drain_pop),
    .valid_o (drain_valid),
    .slot_o  (drain_slot)
  );

  logic [37:0]      target;
  logic [AskW-1:0]  ask, search_ask, drain_ask;
  logic [FindW-1:0] find, drain_find;
  logic [RowW-1:0]  search_last, drain_last;

  assign target = (decide_mode_i == 2'd1) ? 38'(decide_k_i)
                : {decide_target_i[37:1], decide_target_i[0] || decide_target_i == '0};
  assign ask    = {decide_mode_i, target, decide_tag_i};

  // The slots.
  logic [Rows*38-1:0]       in_data;
  logic                     search_row_en, drain_row_en, hist_en, hist_group;
  logic [RowW-1:0]          search_row, drain_row;
  logic [5:0]               hist_bin;
  logic [Slots*Rows*38-1:0] slot_row, slot_hist;
  logic [Slots*AskW-1:0]    slot_ask;
  logic [Slots*FindW-1:0]   slot_find;
  logic [Slots*RowW-1:0]    slot_last;

  for (genvar t = 0; t < Rows; t++) begin : gen_in
    assign in_data[t*38 +: 38] = {in_live_i[t], in_exp_i[t*25 +: 25], in_key_i[t*12 +: 12]};
  end

  for (genvar s = 0; s < Slots; s++) begin : gen_slot
    logic             own_in, own_search, own_drain;
    logic [AskW-1:0]  ask_q;
    logic [FindW-1:0] find_q;
    logic [RowW-1:0]  last_q;

    assign own_in     = in_valid_i && in_slot == SlotW'(s);
    assign own_search = search_valid && search_slot == SlotW'(s);
    assign own_drain  = drain_valid && drain_slot == SlotW'(s);

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
      .row_en_i     ((own_search && search_row_en) || (own_drain && drain_row_en)),
      .row_i        (own_drain ? drain_row : search_row),
      .row_data_o   (slot_row[s*Rows*38 +: Rows*38]),
      .hist_en_i    (own_search && hist_en),
      .hist_group_i (hist_group),
      .hist_mass_i  (search_ask[AskW-1]),
      .hist_bin_i   (hist_bin),
      .hist_data_o  (slot_hist[s*Rows*38 +: Rows*38])
    );

    always_ff @(posedge clk_i) begin
      if (own_in && in_last_i) last_q <= in_row_i;
      if (commit && judged_slot == SlotW'(s)) ask_q <= ask;
      if (search_pop && own_search) find_q <= find;
    end
    assign slot_ask[s*AskW +: AskW]    = ask_q;
    assign slot_find[s*FindW +: FindW] = find_q;
    assign slot_last[s*RowW +: RowW]   = last_q;
  end

  // What the search and the output see of their slots; rows and bins through a register.
  logic [SlotW-1:0]   search_slot_q, drain_slot_q;
  logic [Rows*38-1:0] search_row_d, search_row_q, drain_row_d, drain_row_q, hist_data;

  always_comb begin
    search_ask   = '0;
    search_last  = '0;
    search_row_d = '0;
    hist_data    = '0;
    drain_ask    = '0;
    drain_find   = '0;
    drain_last   = '0;
    drain_row_d  = '0;
    for (int s = 0; s < Slots; s++) begin
      if (search_slot == SlotW'(s)) begin
        search_ask  = search_ask | slot_ask[s*AskW +: AskW];
        search_last = search_last | slot_last[s*RowW +: RowW];
      end
      if (search_slot_q == SlotW'(s)) begin
        search_row_d = search_row_d | slot_row[s*Rows*38 +: Rows*38];
        hist_data    = hist_data | slot_hist[s*Rows*38 +: Rows*38];
      end
      if (drain_slot == SlotW'(s)) begin
        drain_ask  = drain_ask | slot_ask[s*AskW +: AskW];
        drain_find = drain_find | slot_find[s*FindW +: FindW];
        drain_last = drain_last | slot_last[s*RowW +: RowW];
      end
      if (drain_slot_q == SlotW'(s)) begin
        drain_row_d = drain_row_d | slot_row[s*Rows*38 +: Rows*38];
      end
    end
  end

  always_ff @(posedge clk_i) begin
    search_slot_q <= search_slot;
    drain_slot_q  <= drain_slot;
    search_row_q  <= search_row_d;
    drain_row_q   <= drain_row_d;
  end

  logic [1:0]      search_mode, drain_mode;
  logic [37:0]     search_target, unused_target;
  logic [TagW-1:0] unused_tag, drain_tag;

  assign {search_mode, search_target, unused_tag} = search_ask;
  assign {drain_mode, unused_target, drain_tag}   = drain_ask;
  logic unused_mode;
  assign unused_mode = drain_mode[0];

  logic        find_all, drain_all;
  logic [11:0] find_key, drain_key;
  logic [37:0] find_room, drain_room;
  assign find = {find_all, find_key, find_room};
  assign {drain_all, drain_key, drain_room} = drain_find;

  hg_select_search #(
    .Rows (Rows),
    .RowW (RowW)
  ) u_search (
    .clk_i,
    .rst_ni,
    .valid_i      (search_valid),
    .any_i        (search_mode == 2'd0),
    .mass_i       (search_mode[1]),
    .target_i     (search_target),
    .last_row_i   (search_last),
    .hist_en_o    (hist_en),
    .hist_group_o (hist_group),
    .hist_bin_o   (hist_bin),
    .hist_data_i  (hist_data),
    .row_en_o     (search_row_en),
    .row_o        (search_row),
    .row_data_i   (search_row_q),
    .done_o       (search_pop),
    .all_o        (find_all),
    .key_o        (find_key),
    .room_o       (find_room)
  );

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

`ifdef SYNTHESIS
  logic unused_judged;
  assign unused_judged = judged_valid;
`else
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
    if (checked_q && decide_valid_i && !judged_valid) $error("%m: nothing to decide about");
    if (checked_q && decide_valid_i && decide_mode_i == 2'd3) $error("%m: no such mode");
  end
`endif

endmodule

`default_nettype wire
