// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none

/// Turn of the contexts in the softmax: starts their passes in the order of the queries.
///
/// A pass that is certain to be the query's last (no rule, or all planes there) lets the next
/// query's pass follow at once; any other holds the turn until it is decided: `next_i` passes the
/// turn on, `again_i` says that a refinement has begun, whose end makes the same query's scores
/// due again with one plane more.
///
/// A pass starts only if hg_select has a slot, a record is free for the result, and the decisions
/// of earlier passes can be held (`Decisions`). A query that answers an illegal job starts none; it
/// is offered to the decision (`error_o`) once all passes before it have been decided.
module hg_attention_turn #(
  /// Queries in flight, 2 to 8.
  parameter int Contexts = 4,
  /// Slots of hg_select, 1 and up.
  parameter int Slots = 3,
  /// Records of results, 1 and up.
  parameter int Records = 8,
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
  output logic [CtxW-1:0] context_o,
  input  logic            used_i,
  input  logic            error_i,
  input  logic [1:0]      k_start_i,
  input  logic [1:0]      k_max_i,
  input  logic [1:0]      rule_i,
  output logic            cmd_valid_o,
  input  logic            cmd_ready_i,
  output logic            cmd_certain_o,
  output logic [1:0]      planes_o,
  output logic            error_o,
  // Decisions: commit (of either kind), abort, and what they mean for the turn.
  input  logic            commit_i,
  input  logic            commit_error_i,
  input  logic            abort_i,
  input  logic            next_i,
  input  logic            slot_done_i,
  input  logic            record_done_i
);

  localparam int SlotW   = hg_pkg::cnt_width(Slots);
  localparam int RecordW = hg_pkg::cnt_width(Records);
  localparam int PassW   = hg_pkg::cnt_width(Decisions);

  logic [CtxW-1:0]     context_q;
  logic [Contexts-1:0] scored_q;
  logic                hold_q, again_q, start, advance, due;
  logic [1:0]          planes_q;
  logic [SlotW-1:0]    slots_q;
  logic [RecordW-1:0]  records_q;
  logic [PassW-1:0]    passes_q;

  assign context_o     = context_q;
  // The planes of a query that has not been refined are those of its job.
  assign planes_o      = again_q ? planes_q : k_start_i;
  assign cmd_certain_o = rule_i == 2'd0 || planes_o == k_max_i;
  assign due           = used_i && !error_i && scored_q[context_q] && !hold_q;
  assign cmd_valid_o   = due && slots_q != SlotW'(Slots) && records_q != RecordW'(Records)
                         && passes_q != PassW'(Decisions);
  assign start         = cmd_valid_o && cmd_ready_i;
  assign error_o       = used_i && error_i && passes_q == '0 && records_q != RecordW'(Records)
                         && !hold_q;
  assign advance       = (start && cmd_certain_o) || next_i || commit_error_i;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      context_q <= '0;
      scored_q  <= '0;
      hold_q    <= 1'b0;
      again_q   <= 1'b0;
      slots_q   <= '0;
      records_q <= '0;
      passes_q  <= '0;
    end else begin
      if (advance) context_q <= (context_q == CtxW'(Contexts - 1)) ? '0 : context_q + CtxW'(1);
      if (start) scored_q[context_q] <= 1'b0;
      if (scored_i) scored_q[scored_context_i] <= 1'b1;
      // The turn is held from the start of an uncertain pass; an abort gives it back at once,
      // for the scores are then no longer complete.
      if (start) hold_q <= !cmd_certain_o;
      else if (next_i || abort_i) hold_q <= 1'b0;
      if (advance) again_q <= 1'b0;
      else if (abort_i) again_q <= 1'b1;
      slots_q   <= slots_q + SlotW'(start) - SlotW'(slot_done_i) - SlotW'(abort_i);
      records_q <= records_q + RecordW'(start || commit_error_i) - RecordW'(record_done_i)
                   - RecordW'(abort_i);
      passes_q  <= passes_q + PassW'(start) - PassW'(commit_i || abort_i);
    end
  end

  always_ff @(posedge clk_i) begin
    if (abort_i) planes_q <= planes_o + 2'd1;
  end

endmodule

`default_nettype wire
