// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Reciprocals of the queries' sums, in order: a queue before hg_recip and a short one behind, so
/// that the divisions run ahead of their use. A division takes 31 cycles; `Units` of them overlap,
/// which take sums and give results in turn.
///
/// No back-pressure at the input: `DepthEntries` is the number of queries that can be under way.
module hg_attention_recip #(
  /// Sums that wait at most, 1 and up.
  parameter int DepthEntries = 8,
  /// Divisions at once, 1 and up.
  parameter int Units = 1,
  /// Derived: bits of a sum of exponentials.
  localparam int ExpSumW = hg_attention_pkg::EXP_SUM_W,
  /// Derived: bits of a reciprocal's significand.
  localparam int RecipW = hg_attention_pkg::RECIP_W,
  /// Derived: bits of a reciprocal's exponent.
  localparam int RecipExpW = hg_attention_pkg::RECIP_EXP_W
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,
  input  logic                 den_valid_i,
  input  logic [ExpSumW-1:0]   den_i,
  output logic                 recip_valid_o,
  input  logic                 recip_ready_i,
  output logic [RecipW-1:0]    recip_o,
  output logic [RecipExpW-1:0] exponent_o
);

  localparam int UsedW = hg_pkg::cnt_width(DepthEntries);

  logic                 in_ready, den_valid, den_ready, done_valid, done_ready;
  logic [ExpSumW-1:0]   den;
  logic [RecipW-1:0]    done_recip;
  logic [RecipExpW-1:0] done_exponent;
  logic [UsedW-1:0]     unused_in;
  logic [1:0]           unused_out;

  hg_fifo #(
    .Width        (ExpSumW),
    .DepthEntries (DepthEntries)
  ) u_sums (
    .clk_i,
    .rst_ni,
    .in_valid_i  (den_valid_i),
    .in_ready_o  (in_ready),
    .in_data_i   (den_i),
    .out_valid_o (den_valid),
    .out_ready_i (den_ready),
    .out_data_o  (den),
    .used_o      (unused_in)
  );

  // Whose turn it is to take a sum and to give a result, one-hot.
  logic [Units-1:0]           enter, leave, unit_ready, unit_valid;
  logic [Units*RecipW-1:0]    unit_recip;
  logic [Units*RecipExpW-1:0] unit_exponent;

  if (Units == 1) begin : gen_single
    assign {enter, leave} = 2'b11;
  end else begin : gen_turns
    logic [Units-1:0] enter_q, leave_q;
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) begin
        enter_q <= Units'(1);
        leave_q <= Units'(1);
      end else begin
        if (den_valid && den_ready) enter_q <= {enter_q[Units-2:0], enter_q[Units-1]};
        if (done_valid && done_ready) leave_q <= {leave_q[Units-2:0], leave_q[Units-1]};
      end
    end
    assign {enter, leave} = {enter_q, leave_q};
  end

  for (genvar u = 0; u < Units; u++) begin : gen_unit
`ifdef HG_FORMAL
    // In the proof of the turns a unit is anything that answers as hg_recip is proved to: each sum
    // once, some cycles later, with an answer that is held. Which sum it was is what matters here.
    (* anyseq *) logic f_ends;
    logic               f_due_q, f_done_q;
    logic [ExpSumW-1:0] f_den_q;
    always_ff @(posedge clk_i) begin
      if (!rst_ni) {f_due_q, f_done_q} <= 2'b00;
      else if (unit_ready[u]) {f_due_q, f_done_q} <= {den_valid && enter[u], 1'b0};
      else if (unit_valid[u]) {f_due_q, f_done_q} <= {2{!(done_ready && leave[u])}};
      else f_done_q <= f_ends;
      if (unit_ready[u]) f_den_q <= den;
    end
    assign unit_ready[u] = !f_due_q;
    assign unit_valid[u] = f_done_q;
    assign unit_recip[u*RecipW +: RecipW] = f_den_q[RecipW-1:0];
    assign unit_exponent[u*RecipExpW +: RecipExpW] = f_den_q[RecipW +: RecipExpW];
`else
    hg_recip u_recip (
      .clk_i,
      .rst_ni,
      .valid_i    (den_valid && enter[u]),
      .ready_o    (unit_ready[u]),
      .den_i      (den),
      .valid_o    (unit_valid[u]),
      .ready_i    (done_ready && leave[u]),
      .recip_o    (unit_recip[u*RecipW +: RecipW]),
      .exponent_o (unit_exponent[u*RecipExpW +: RecipExpW])
    );
`endif
  end

  assign den_ready  = (enter & unit_ready) != '0;
  assign done_valid = (leave & unit_valid) != '0;

  always_comb begin
    done_recip    = '0;
    done_exponent = '0;
    for (int u = 0; u < Units; u++) begin
      if (leave[u]) begin
        done_recip    = done_recip | unit_recip[u*RecipW +: RecipW];
        done_exponent = done_exponent | unit_exponent[u*RecipExpW +: RecipExpW];
      end
    end
  end

  hg_fifo #(
    .Width        (RecipW + RecipExpW),
    .DepthEntries (2)
  ) u_done (
    .clk_i,
    .rst_ni,
    .in_valid_i  (done_valid),
    .in_ready_o  (done_ready),
    .in_data_i   ({done_recip, done_exponent}),
    .out_valid_o (recip_valid_o),
    .out_ready_i (recip_ready_i),
    .out_data_o  ({recip_o, exponent_o}),
    .used_o      (unused_out)
  );

  logic unused_ready;
  assign unused_ready = in_ready;

`ifndef SYNTHESIS
`ifndef YOSYS
  always @(posedge clk_i) begin
    if (den_valid_i && !in_ready) $error("%m: no room for a sum");
  end
`endif
`endif

`ifdef HG_FORMAL
  // Answers leave the units in the order in which sums entered them, each once: the units that are
  // at work follow each other from the one whose turn it is to leave. A sum is picked at random.
  logic               f_seen_q, f_tracked_q, f_stalled_q;
  logic [31:0]        f_used_q, f_ahead_q, f_leave_q, f_spot;
  logic [ExpSumW-1:0] f_sum_q;
  logic [RecipW+RecipExpW-1:0] f_answer, f_answer_q;
  logic [Units-1:0]   f_due;
  wire f_in  = den_valid && den_ready;
  wire f_out = done_valid && done_ready;
  (* anyseq *) logic f_pick;

  initial f_seen_q = 1'b0;
  always @(posedge clk_i) f_seen_q <= 1'b1;
  always_comb begin
    assume (rst_ni == f_seen_q);
    f_answer = {done_exponent, done_recip};
    f_spot   = f_leave_q + f_ahead_q;
    if (f_spot >= Units) f_spot = f_spot - Units;
  end
  for (genvar u = 0; u < Units; u++) begin : gen_f_unit
    wire [31:0] f_after = (u >= f_leave_q) ? u - f_leave_q : u + Units - f_leave_q;
    assign f_due[u] = f_after < f_used_q;
    always @(posedge clk_i) begin
      if (rst_ni && f_seen_q) begin
        assert (gen_unit[u].f_due_q == f_due[u] && (!gen_unit[u].f_done_q || f_due[u]));
        if (f_tracked_q && f_spot == u) assert (gen_unit[u].f_den_q == f_sum_q);
      end
    end
  end
  always @(posedge clk_i) begin
    f_answer_q <= f_answer;
    if (!rst_ni) begin
      f_used_q    <= '0;
      f_leave_q   <= '0;
      f_tracked_q <= 1'b0;
      f_stalled_q <= 1'b0;
    end else begin
      f_used_q    <= f_used_q + 32'(f_in) - 32'(f_out);
      f_stalled_q <= done_valid && !done_ready;
      if (f_out) f_leave_q <= (f_leave_q == Units - 1) ? '0 : f_leave_q + 32'd1;
      if (!f_tracked_q && f_in && f_pick) begin
        f_tracked_q <= 1'b1;
        f_sum_q     <= den;
        f_ahead_q   <= f_used_q - 32'(f_out);
      end else if (f_tracked_q && f_out) begin
        f_tracked_q <= f_ahead_q != '0;
        f_ahead_q   <= f_ahead_q - 32'd1;
      end
    end
    if (rst_ni && f_seen_q) begin
      assert (f_used_q <= Units && f_leave_q < Units);
      assert (leave == Units'(1) << f_leave_q);
      assert (enter == Units'(1) << ((f_leave_q + f_used_q) % Units));
      // A sum enters whenever a unit is free, and an answer leaves only in its turn.
      assert (den_ready == (f_used_q != Units));
      if (done_valid) assert (f_used_q != '0);
      if (f_stalled_q) assert (done_valid && f_answer == f_answer_q);
      if (f_tracked_q) begin
        assert (f_ahead_q < f_used_q);
        if (f_ahead_q == '0 && done_valid) assert (f_answer == f_sum_q[RecipW+RecipExpW-1:0]);
      end
      cover (f_used_q == Units && f_out && f_tracked_q);
    end
  end
`endif

`ifdef HG_WHOLE
  // The same of the whole, with both queues: bounded, because their words lie in instances. No sum
  // comes for which there is no room.
  logic        f_known_q, f_waits_q;
  logic [31:0] f_inside_q, f_before_q;
  logic [ExpSumW-1:0] f_whole_q;
  logic [RecipW+RecipExpW-1:0] f_last_q;
  (* anyseq *) logic f_choose;
  wire f_give = recip_valid_o && recip_ready_i;
  always_comb if (!in_ready) assume (!den_valid_i);
  always @(posedge clk_i) begin
    f_last_q <= {exponent_o, recip_o};
    if (!rst_ni) begin
      f_inside_q <= '0;
      {f_known_q, f_waits_q} <= 2'b00;
    end else begin
      f_inside_q <= f_inside_q + 32'(den_valid_i) - 32'(f_give);
      f_waits_q  <= recip_valid_o && !recip_ready_i;
      if (!f_known_q && den_valid_i && f_choose) begin
        f_known_q  <= 1'b1;
        f_whole_q  <= den_i;
        f_before_q <= f_inside_q - 32'(f_give);
      end else if (f_known_q && f_give) begin
        f_known_q  <= f_before_q != '0;
        f_before_q <= f_before_q - 32'd1;
      end
    end
    if (rst_ni && f_seen_q) begin
      assert (f_inside_q <= DepthEntries + Units + 2);
      if (recip_valid_o) assert (f_inside_q != '0);
      if (f_waits_q) assert (recip_valid_o && {exponent_o, recip_o} == f_last_q);
      if (f_known_q && f_before_q == '0 && recip_valid_o) begin
        assert ({exponent_o, recip_o} == f_whole_q[RecipW+RecipExpW-1:0]);
      end
      cover (f_inside_q == DepthEntries + Units + 2 && f_known_q);
    end
  end
`endif

endmodule

`default_nettype wire
