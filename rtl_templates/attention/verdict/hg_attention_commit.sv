// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Commits queries in order: from the verdict that nothing is to be refined to hg_select.
///
/// A verdict (`keep_i`) may come before those of older queries; it waits here with the query's sum
/// and its slot in hg_select. The oldest query commits when its verdict is there and a record is
/// free for its result, with select mode, k and target (hg_attention_mass_target); an illegal job's
/// query commits with its code alone. A commit costs three cycles, because the fields of the next
/// query's job stand two cycles behind it. With select `mass` and one target at a time it costs 22
/// more; more targets are made ahead, as verdicts come (hg_attention_mass_targets).
module hg_attention_commit #(
  /// Queries in flight, 2 to 32.
  parameter int Contexts = 4,
  /// Bits of a slot's number, 1 and up.
  parameter int SlotW = 2,
  /// Records of results, 1 and up.
  parameter int Records = 8,
  /// Targets of selections by mass at once, 1 and up.
  parameter int Targets = 1,
  /// Derived: bits of a context's number.
  localparam int CtxW = hg_pkg::idx_width(Contexts),
  /// Derived: bits of a sum of exponentials.
  localparam int ExpSumW = hg_attention_pkg::EXP_SUM_W,
  /// Derived: bits of a probability.
  localparam int ProbW = hg_attention_pkg::PROB_W
) (
  input  logic               clk_i,
  input  logic               rst_ni,
  // A verdict.
  input  logic               keep_i,
  input  logic [CtxW-1:0]    context_i,
  input  logic [ExpSumW-1:0] sum_i,
  input  logic [SlotW-1:0]   slot_i,
  // A cycle behind it, whether its selection is by mass, and which; read if Targets > 1.
  input  logic               keep_by_mass_i,
  input  logic [ProbW-1:0]   keep_mass_i,
  // The oldest query: whether it answers an illegal job and is due, and, a cycle behind the query,
  // fields of its job.
  input  logic               error_i,
  input  logic [1:0]         select_i,
  input  logic [ProbW-1:0]   mass_i,
  input  logic               record_done_i,
  // It leaves: it commits, or it ends with the error.
  output logic               leave_o,
  output logic               commit_o,
  output logic               commit_error_o,
  output logic [SlotW-1:0]   slot_o,
  output logic [ExpSumW-1:0] sum_o,
  output logic [ExpSumW-1:0] target_o
);

  localparam int RecordW = hg_pkg::cnt_width(Records);
  localparam logic [1:0] SelectMass = 2'd2;

  typedef enum logic [1:0] {Idle, Target, Commit, Error} state_e;
  state_e state_d, state_q;

  logic [CtxW-1:0]     old_q;
  logic [Contexts-1:0] final_q;
  logic [ExpSumW-1:0]  sums_q [0:Contexts-1];
  logic [SlotW-1:0]    slots_q [0:Contexts-1];
  logic [RecordW-1:0]  records_q;
  logic                free, due, leave, settled_q, target_done, known;
  // Of the state, each in a register: whole records of results are enabled by them.
  logic                commit_q, error_q, leave_q;
  logic [ExpSumW-1:0]  sum_q;
  logic [SlotW-1:0]    slot_q;

  assign free  = records_q != RecordW'(Records);
  assign due   = settled_q && free && final_q[old_q];
  assign leave = leave_q;

  if (Targets == 1) begin : gen_target
    logic unused_kept;
    hg_attention_mass_target u_target (
      .clk_i,
      .rst_ni,
      .start_i (state_q == Idle && due && select_i == SelectMass),
      .sum_i   (sums_q[old_q]),
      .mass_i,
      .done_o  (target_done),
      .target_o
    );
    assign known       = 1'b0;
    assign unused_kept = ^{keep_by_mass_i, keep_mass_i};
  end else begin : gen_targets
    logic               keep_q, unused_old;
    logic [CtxW-1:0]    context_q;
    logic [ExpSumW-1:0] kept_q, target, target_q;
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) keep_q <= 1'b0;
      else keep_q <= keep_i;
    end
    always_ff @(posedge clk_i) begin
      context_q <= context_i;
      kept_q    <= sum_i;
      if (state_q == Idle) target_q <= target;
    end
    hg_attention_mass_targets #(
      .Contexts (Contexts),
      .Units    (Targets)
    ) u_targets (
      .clk_i,
      .rst_ni,
      .keep_i    (keep_q && keep_by_mass_i),
      .context_i (context_q),
      .sum_i     (kept_q),
      .mass_i    (keep_mass_i),
      .old_i     (old_q),
      .leave_i   (leave),
      .known_o   (known),
      .target_o  (target)
    );
    assign target_done = 1'b0;
    assign target_o    = target_q;
    assign unused_old  = ^mass_i;
  end

  always_comb begin
    state_d = state_q;
    case (state_q)
      Idle: begin
        if (due && select_i == SelectMass && !known) state_d = (Targets == 1) ? Target : Idle;
        else if (due) state_d = Commit;
        else if (free && error_i) state_d = Error;
      end
      Target: if (target_done) state_d = Commit;
      default: state_d = Idle;
    endcase
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q   <= Idle;
      commit_q  <= 1'b0;
      error_q   <= 1'b0;
      leave_q   <= 1'b0;
      old_q     <= '0;
      final_q   <= '0;
      records_q <= '0;
      settled_q <= 1'b0;
    end else begin
      state_q   <= state_d;
      commit_q  <= state_d == Commit;
      error_q   <= state_d == Error;
      leave_q   <= state_d == Commit || state_d == Error;
      settled_q <= !leave;
      if (leave) begin
        old_q          <= (old_q == CtxW'(Contexts - 1)) ? '0 : old_q + CtxW'(1);
        final_q[old_q] <= 1'b0;
      end
      if (keep_i) final_q[context_i] <= 1'b1;
      records_q <= records_q + RecordW'(leave) - RecordW'(record_done_i);
    end
  end

  always_ff @(posedge clk_i) begin
    if (keep_i) begin
      sums_q[context_i]  <= sum_i;
      slots_q[context_i] <= slot_i;
    end
    if (state_q == Idle) begin
      sum_q  <= sums_q[old_q];
      slot_q <= slots_q[old_q];
    end
  end

  assign leave_o        = leave_q;
  assign commit_o       = commit_q;
  assign commit_error_o = error_q;
  assign slot_o         = slot_q;
  assign sum_o          = sum_q;

`ifdef HG_FORMAL
  // Never more records than there are; what leaves is the oldest query that was kept, with its sum
  // and slot.
  logic             f_seen_q;
  (* anyconst *) logic [CtxW-1:0] f_context;
  logic [ExpSumW-1:0] f_sum_q;
  logic [SlotW-1:0]   f_slot_q;

  initial f_seen_q = 1'b0;
  always @(posedge clk_i) f_seen_q <= 1'b1;
  always_comb begin
    assume (rst_ni == f_seen_q);
    assume (32'(f_context) < Contexts && 32'(context_i) < Contexts);
    // Only what waits is kept, only what is there ends, and an error is no kept query.
    if (final_q[context_i]) assume (!keep_i);
    if (records_q == '0) assume (!record_done_i);
    if (final_q[old_q]) assume (!error_i);
    if (error_i || state_q == Error) assume (!(keep_i && context_i == old_q));
  end
  always @(posedge clk_i) begin
    if (keep_i && context_i == f_context) begin
      f_sum_q  <= sum_i;
      f_slot_q <= slot_i;
    end
    if (rst_ni && f_seen_q) begin
      assert (records_q <= RecordW'(Records) && 32'(old_q) < Contexts);
      if (state_q != Idle) assert (records_q != RecordW'(Records));
      if (state_q == Target || state_q == Commit) assert (final_q[old_q]);
      if (state_q == Error) assert (!final_q[old_q]);
      if (final_q[f_context]) begin
        assert (sums_q[f_context] == f_sum_q && slots_q[f_context] == f_slot_q);
      end
      if (old_q == f_context && (state_q == Target || state_q == Commit)) begin
        assert (sum_o == f_sum_q && slot_o == f_slot_q);
      end
      assert (commit_q == (state_q == Commit) && error_q == (state_q == Error));
      assert (leave_q == (commit_q || error_q));
      cover (commit_o && records_q == RecordW'(Records - 1));
    end
  end
`endif

endmodule

`default_nettype wire
