// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Targets of selections by mass, ahead of the commits that need them.
///
/// A query that is kept waits here with its sum and its mass for one of `Units`
/// hg_attention_mass_target, which work in turn; its target stands by its context until it leaves.
module hg_attention_mass_targets #(
  /// Queries in flight, 2 to 32.
  parameter int Contexts = 4,
  /// Targets at once, 2 and up.
  parameter int Units = 2,
  /// Derived: bits of a context's number.
  localparam int CtxW = hg_pkg::idx_width(Contexts),
  /// Derived: bits of a sum of exponentials.
  localparam int ExpSumW = hg_attention_pkg::EXP_SUM_W,
  /// Derived: bits of a probability.
  localparam int ProbW = hg_attention_pkg::PROB_W
) (
  input  logic               clk_i,
  input  logic               rst_ni,
  // A query is kept whose selection is by mass.
  input  logic               keep_i,
  input  logic [CtxW-1:0]    context_i,
  input  logic [ExpSumW-1:0] sum_i,
  input  logic [ProbW-1:0]   mass_i,
  // The oldest query, which leaves with `leave_i`.
  input  logic [CtxW-1:0]    old_i,
  input  logic               leave_i,
  output logic               known_o,
  output logic [ExpSumW-1:0] target_o
);

  logic               wait_ready, wait_valid, start;
  logic [CtxW-1:0]    wait_context, done_context;
  logic [ExpSumW-1:0] wait_sum, done_target;
  logic [ProbW-1:0]   wait_mass;

  hg_ram_fifo #(
    .Width        (CtxW + ExpSumW + ProbW),
    .DepthEntries (Contexts)
  ) u_wait (
    .clk_i,
    .rst_ni,
    .in_valid_i  (keep_i),
    .in_ready_o  (wait_ready),
    .in_data_i   ({context_i, sum_i, mass_i}),
    .out_valid_o (wait_valid),
    .out_ready_i (start),
    .out_data_o  ({wait_context, wait_sum, wait_mass})
  );

  // Whose turn it is, one-hot. Units begin at different times, so that no two end together.
  logic [Units-1:0]         turn_q, busy_q, begins, ends;
  logic [Units*ExpSumW-1:0] targets;
  logic [Units*CtxW-1:0]    contexts;

  assign begins = turn_q & ~busy_q & {Units{wait_valid}};
  assign start  = begins != '0;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      turn_q <= Units'(1);
      busy_q <= '0;
    end else begin
      if (start) turn_q <= {turn_q[Units-2:0], turn_q[Units-1]};
      busy_q <= (busy_q & ~ends) | begins;
    end
  end

  for (genvar u = 0; u < Units; u++) begin : gen_unit
    logic [CtxW-1:0] own_q;
    always_ff @(posedge clk_i) begin
      if (begins[u]) own_q <= wait_context;
    end
    assign contexts[u*CtxW +: CtxW] = own_q;
`ifdef HG_FORMAL
    // In the proof of the turns a unit is what its own is about: it ends 21 cycles after it began,
    // with something made of its operands.
    logic [20:0]        f_steps_q;
    logic [ExpSumW-1:0] f_made_q;
    always_ff @(posedge clk_i) begin
      if (!rst_ni) f_steps_q <= '0;
      else f_steps_q <= {f_steps_q[19:0], begins[u]};
      if (begins[u]) f_made_q <= wait_sum ^ {wait_mass, {(ExpSumW-ProbW){1'b0}}};
    end
    assign ends[u] = f_steps_q[20];
    assign targets[u*ExpSumW +: ExpSumW] = f_made_q;
`else
    hg_attention_mass_target u_target (
      .clk_i,
      .rst_ni,
      .start_i  (begins[u]),
      .sum_i    (wait_sum),
      .mass_i   (wait_mass),
      .done_o   (ends[u]),
      .target_o (targets[u*ExpSumW +: ExpSumW])
    );
`endif
  end

  always_comb begin
    done_context = '0;
    done_target  = '0;
    for (int u = 0; u < Units; u++) begin
      if (ends[u]) begin
        done_context = done_context | contexts[u*CtxW +: CtxW];
        done_target  = done_target | targets[u*ExpSumW +: ExpSumW];
      end
    end
  end

  logic [Contexts-1:0] known_q;
  logic [ExpSumW-1:0]  targets_q [0:Contexts-1];

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      known_q <= '0;
    end else begin
      if (ends != '0) known_q[done_context] <= 1'b1;
      if (leave_i) known_q[old_i] <= 1'b0;
    end
  end

  always_ff @(posedge clk_i) begin
    if (ends != '0) targets_q[done_context] <= done_target;
  end

  assign known_o  = known_q[old_i];
  assign target_o = targets_q[old_i];

  // Only the check looks at it.
  logic unused_checked;
  assign unused_checked = wait_ready;

`ifndef SYNTHESIS
`ifndef YOSYS
  always @(posedge clk_i) begin
    if (keep_i && !wait_ready) $error("%m: no room for a query");
  end
`endif
`endif

`ifdef HG_FORMAL
  // A query is followed by its context, from when it is kept to when it leaves. Contexts are used
  // in turn, so that none is kept again before it has left.
  (* anyconst *) logic [CtxW-1:0] f_context;
  logic               f_seen_q, f_kept_q, f_begun_q;
  logic [4:0]         f_age_q;
  logic [5:0]         f_count_q;
  logic [ExpSumW-1:0] f_target_q;
  logic [Units-1:0]   f_ours_q;
  wire f_keep  = keep_i && context_i == f_context;
  wire f_start = start && wait_context == f_context;
  wire f_leave = leave_i && old_i == f_context;

  initial f_seen_q = 1'b0;
  always @(posedge clk_i) f_seen_q <= 1'b1;
  always_comb begin
    assume (rst_ni == f_seen_q);
    assume (32'(f_context) < Contexts && 32'(old_i) < Contexts && 32'(context_i) < Contexts);
    if (f_kept_q) assume (!f_keep);
    if (!known_o) assume (!leave_i);
    // So many queries are in flight at most.
    if (32'(f_count_q) >= Contexts) assume (!keep_i);
  end
  always @(posedge clk_i) begin
    if (!rst_ni) begin
      {f_kept_q, f_begun_q} <= 2'b00;
      f_age_q   <= '0;
      f_count_q <= '0;
      f_ours_q  <= '0;
    end else begin
      f_count_q <= f_count_q + 6'(keep_i) - 6'(leave_i);
      f_kept_q  <= f_keep || (f_kept_q && !f_leave);
      f_begun_q <= f_start || (f_begun_q && !f_leave);
      f_age_q   <= f_start ? 5'd1 : (f_age_q == 5'd22) ? 5'd22 : f_age_q + 5'(f_begun_q);
      if (f_start) f_ours_q <= begins;
    end
    if (f_keep) f_target_q <= sum_i ^ {mass_i, {(ExpSumW-ProbW){1'b0}}};
    if (rst_ni && f_seen_q) begin
      // Units begin in turn, never one that is at work, and no two end together.
      assert ($onehot0(begins) && (begins & busy_q) == '0 && $onehot0(ends));
      assert (f_age_q <= 5'd22 && (!f_begun_q || (f_kept_q && f_age_q != '0)));
      assert (turn_q != '0 && $onehot0(turn_q));
      // A target is there 22 cycles after its query began, and is held until the query leaves.
      assert (known_q[f_context] == (f_begun_q && f_age_q == 5'd22));
      if (known_q[f_context]) assert (targets_q[f_context] == f_target_q);
      if (old_i == f_context && known_o) assert (target_o == f_target_q);
      if (f_begun_q && f_age_q < 5'd22) assert ($onehot0(f_ours_q) && (f_ours_q & busy_q) != '0);
      cover (known_o && f_leave && (busy_q & turn_q) != '0);
    end
  end
  logic [20:0] f_steps [0:Units-1];
  for (genvar u = 0; u < Units; u++) begin : gen_f_steps
    assign f_steps[u] = gen_unit[u].f_steps_q;
  end
  for (genvar u = 0; u < Units; u++) begin : gen_f_unit
    always @(posedge clk_i) begin
      if (rst_ni && f_seen_q) begin
        assert (busy_q[u] == (gen_unit[u].f_steps_q != '0));
        assert ($onehot0(gen_unit[u].f_steps_q));
        for (int v = 0; v < u; v++) begin
          assert (gen_unit[u].f_steps_q == '0 || gen_unit[u].f_steps_q != f_steps[v]);
        end
        if (f_begun_q && f_age_q < 5'd22 && f_ours_q[u]) begin
          assert (gen_unit[u].f_steps_q == 21'(1) << (f_age_q - 5'd1));
          assert (gen_unit[u].own_q == f_context && gen_unit[u].f_made_q == f_target_q);
        end else begin
          assert (gen_unit[u].f_steps_q == '0 || gen_unit[u].own_q != f_context);
        end
      end
    end
  end
  // What the queue gives is what came: hg_ram_fifo is proved to do so, which induction is told.
  always_comb begin
    if (wait_valid) assume (32'(wait_context) < Contexts);
    if (wait_valid && wait_context == f_context) begin
      assume (f_kept_q && !f_begun_q);
      assume ((wait_sum ^ {wait_mass, {(ExpSumW-ProbW){1'b0}}}) == f_target_q);
    end
  end
`endif

endmodule

`default_nettype wire
