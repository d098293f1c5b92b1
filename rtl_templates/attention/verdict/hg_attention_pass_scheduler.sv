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

endmodule

`default_nettype wire
