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

endmodule

`default_nettype wire
