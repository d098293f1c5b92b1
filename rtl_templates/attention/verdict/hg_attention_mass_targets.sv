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
    hg_attention_mass_target u_target (
      .clk_i,
      .rst_ni,
      .start_i  (begins[u]),
      .sum_i    (wait_sum),
      .mass_i   (wait_mass),
      .done_o   (ends[u]),
      .target_o (targets[u*ExpSumW +: ExpSumW])
    );
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

endmodule

`default_nettype wire
