// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Starts passes of the softmax: of the oldest context whose scores are complete.
///
/// Queries do not wait for each other here: while one is refined, those behind it make their first
/// pass. Age decides, so that in each round of refinement queries keep their order. A refinement
/// (`judge_abort_i`) makes the same query's scores due again with one plane more.
///
/// A pass starts only if its decision can be held (`Decisions`) and hg_select has a slot. Queries
/// that are not the oldest never hold all slots before they commit, for until the oldest commits
/// none of them does. Slots of committed queries come back in any case, so that those do not count.
module hg_attention_pass_scheduler #(
  /// Queries in flight, 2 to 32.
  parameter int Contexts = 4,
  /// Slots of hg_select, 2 and up.
  parameter int Slots = 4,
  /// Passes between start and decision, 1 and up.
  parameter int Decisions = 4,
  /// Derived: bits of a context's number.
  localparam int CtxW = hg_pkg::idx_width(Contexts)
) (
  input  logic            clk_i,
  input  logic            rst_ni,
  // Scores that are complete.
  input  logic            scored_i,
  input  logic [CtxW-1:0] scored_context_i,
  // The next pass, and fields of its job.
  output logic [CtxW-1:0] context_o,
  input  logic [1:0]      k_start_i,
  input  logic [1:0]      k_max_i,
  input  logic [1:0]      rule_i,
  output logic            cmd_valid_o,
  input  logic            cmd_ready_i,
  output logic            cmd_certain_o,
  output logic [1:0]      planes_o,
  // The verdict on a pass; a refinement gives its slot back.
  input  logic            judge_i,
  input  logic            judge_abort_i,
  input  logic [CtxW-1:0] judge_context_i,
  input  logic [1:0]      judge_planes_i,
  // The oldest query leaves, perhaps with a slot; a slot is free again.
  input  logic            leave_i,
  input  logic            commit_i,
  input  logic            slot_done_i
);

  localparam int SlotW = hg_pkg::cnt_width(Slots);
  localparam int PassW = hg_pkg::cnt_width(Decisions);

  logic [Contexts-1:0] scored_q, again_q;
  logic [1:0]          planes_q [0:Contexts-1];
  logic [CtxW-1:0]     old_q, pick_q, wrapped, onward;
  logic                pick_valid_q, any_wrapped, any_onward, start, room;
  // Slots that are taken, and those of them that have not committed.
  logic [SlotW-1:0]    slots_q, open_q;
  logic [PassW-1:0]    passes_q;

  // The contexts from the oldest on, then those from 0 on.
  always_comb begin
    onward     = '0;
    wrapped     = '0;
    any_onward = 1'b0;
    any_wrapped = 1'b0;
    for (int c = Contexts - 1; c >= 0; c--) begin
      if (scored_q[c] && CtxW'(c) >= old_q) begin
        onward     = CtxW'(c);
        any_onward = 1'b1;
      end
      if (scored_q[c] && CtxW'(c) < old_q) begin
        wrapped     = CtxW'(c);
        any_wrapped = 1'b1;
      end
    end
  end

  assign context_o     = pick_q;
  // The planes of a query that has not been refined are those of its job.
  assign planes_o      = again_q[pick_q] ? planes_q[pick_q] : k_start_i;
  assign cmd_certain_o = rule_i == 2'd0 || planes_o == k_max_i;
  assign room          = slots_q != SlotW'(Slots)
                         && (open_q < SlotW'(Slots - 1) || pick_q == old_q);
  assign cmd_valid_o   = pick_valid_q && room && passes_q != PassW'(Decisions);
  assign start         = cmd_valid_o && cmd_ready_i;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      old_q        <= '0;
      scored_q     <= '0;
      again_q      <= '0;
      pick_valid_q <= 1'b0;
      slots_q      <= '0;
      open_q       <= '0;
      passes_q     <= '0;
    end else begin
      pick_valid_q <= (any_onward || any_wrapped) && !start;
      if (start) scored_q[pick_q] <= 1'b0;
      if (scored_i) scored_q[scored_context_i] <= 1'b1;
      if (judge_abort_i) again_q[judge_context_i] <= 1'b1;
      if (leave_i) begin
        again_q[old_q] <= 1'b0;
        old_q          <= (old_q == CtxW'(Contexts - 1)) ? '0 : old_q + CtxW'(1);
      end
      slots_q  <= slots_q + SlotW'(start) - SlotW'(slot_done_i) - SlotW'(judge_abort_i);
      open_q   <= open_q + SlotW'(start) - SlotW'(commit_i) - SlotW'(judge_abort_i);
      passes_q <= passes_q + PassW'(start) - PassW'(judge_i);
    end
  end

  always_ff @(posedge clk_i) begin
    pick_q <= any_onward ? onward : wrapped;
    if (judge_abort_i) planes_q[judge_context_i] <= judge_planes_i + 2'd1;
  end

`ifdef HG_FORMAL
  // Slots and passes are counted, the oldest query whose scores were complete a cycle before is
  // next, with the planes that its last refinement gave it, and starts exactly if there is room.
  (* anyconst *) logic [CtxW-1:0] f_context;
  logic                f_seen_q, f_due_q, f_again_q, f_start_q;
  logic [1:0]          f_planes_q;
  logic [31:0]         f_slots_q, f_open_q, f_passes_q, f_old_q, f_oldest_q;
  logic [Contexts-1:0] f_scored_q;
  wire f_room = f_slots_q < Slots && (f_open_q < Slots - 1 || 32'(context_o) == f_old_q);

  initial f_seen_q = 1'b0;
  always @(posedge clk_i) f_seen_q <= 1'b1;
  always_comb begin
    assume (rst_ni == f_seen_q);
    assume (32'(f_context) < Contexts && 32'(scored_context_i) < Contexts);
    assume (32'(judge_context_i) < Contexts);
    // A pass is judged that has started; a query that is refined gives its slot back at once, and
    // one that was kept commits and gives it back later.
    assume (!judge_abort_i || judge_i);
    if (f_passes_q == 32'd0) assume (!judge_i);
    if (f_open_q <= f_passes_q) assume (!commit_i);
    if (f_slots_q <= f_open_q) assume (!slot_done_i);
  end
  always @(posedge clk_i) begin
    if (!rst_ni) begin
      {f_due_q, f_again_q, f_start_q} <= 3'b000;
      f_slots_q  <= 32'd0;
      f_open_q   <= 32'd0;
      f_passes_q <= 32'd0;
      f_old_q    <= 32'd0;
      f_oldest_q <= 32'd0;
      f_scored_q <= '0;
    end else begin
      f_slots_q  <= f_slots_q + 32'(start) - 32'(slot_done_i) - 32'(judge_abort_i);
      f_open_q   <= f_open_q + 32'(start) - 32'(commit_i) - 32'(judge_abort_i);
      f_passes_q <= f_passes_q + 32'(start) - 32'(judge_i);
      f_old_q    <= (f_old_q + 32'(leave_i)) % Contexts;
      f_oldest_q <= f_old_q;
      f_scored_q <= scored_q;
      f_start_q  <= start;
      if (scored_i && scored_context_i == f_context) f_due_q <= 1'b1;
      else if (start && context_o == f_context) f_due_q <= 1'b0;
      if (leave_i && f_old_q == 32'(f_context)) f_again_q <= 1'b0;
      else if (judge_abort_i && judge_context_i == f_context) f_again_q <= 1'b1;
    end
    if (judge_abort_i && judge_context_i == f_context) f_planes_q <= judge_planes_i + 2'd1;
    if (rst_ni && f_seen_q) begin
      assert (f_slots_q == 32'(slots_q) && f_open_q == 32'(open_q));
      assert (f_passes_q == 32'(passes_q) && f_old_q == 32'(old_q));
      assert (f_passes_q <= f_open_q && f_open_q <= f_slots_q);
      assert (f_slots_q <= Slots && f_passes_q <= Decisions);
      assert (f_old_q < Contexts && f_oldest_q < Contexts);
      assert (scored_q[f_context] == f_due_q && again_q[f_context] == f_again_q);
      if (f_again_q) assert (planes_q[f_context] == f_planes_q);
      assert (pick_valid_q == (f_scored_q != '0 && !f_start_q));
      if (pick_valid_q) begin
        assert (32'(context_o) < Contexts && f_scored_q[context_o] && scored_q[context_o]);
        if (f_scored_q[f_context]) begin
          assert ((32'(context_o) + Contexts - f_oldest_q) % Contexts
                  <= (32'(f_context) + Contexts - f_oldest_q) % Contexts);
        end
      end
      if (!f_start_q) assert ((f_scored_q & ~scored_q) == '0);
      assert (cmd_valid_o == (pick_valid_q && f_room && f_passes_q < Decisions));
      if (context_o == f_context) begin
        assert (planes_o == (f_again_q ? f_planes_q : k_start_i));
        assert (cmd_certain_o == (rule_i == 2'd0 || planes_o == k_max_i));
      end
      cover (cmd_valid_o && f_again_q && context_o == f_context && f_open_q == Slots - 1);
    end
  end
`endif

endmodule

`default_nettype wire
