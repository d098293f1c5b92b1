// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Divides the weighted sums of V by the sum of weights: each element, with the offset that all of
/// them share, goes through one of `Lanes` dividers (hg_norm_lane).
///
/// Handshake: `ready_o` takes a query. Its reciprocal and offset may go then, but the sums are not
/// copied: they must stand until Chunks - 1 cycles later, Chunks = DHead / Lanes. The next query is
/// taken after that. Two queries may be under way or waiting at the output; `free_o` says that
/// there is room for one more, which stays so until one comes. Latency from `ready_o`: Chunks + 1 +
/// that of a divider, and 1 to the output (64 elements, 4 lanes, AccW = 38: 34).
module hg_norm #(
  /// Elements of a query, 1 and up.
  parameter int DHead = 64,
  /// Bits of a sum, 16 to 48.
  parameter int AccW = 38,
  /// Dividers; divides DHead.
  parameter int Lanes = 4,
  /// 1 if products are made for multipliers of an FPGA: otherwise 0.
  parameter int Dsp = 0
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,
  input  logic                  valid_i,
  output logic                  ready_o,
  output logic                  free_o,
  input  logic [DHead*AccW-1:0] acc_i,
  input  logic [AccW-1:0]       offset_i,
  input  logic [20:0]           recip_i,
  input  logic [5:0]            exponent_i,
  output logic                  valid_o,
  input  logic                  ready_i,
  output logic [DHead*16-1:0]   out_o
);

  if (Lanes < 1 || DHead < 1 || DHead % ((Lanes < 1) ? 1 : Lanes) != 0) begin : gen_illegal
    ERROR_hg_norm_Lanes_must_divide_DHead u_illegal ();
  end
  if (AccW < 16 || AccW > 48) begin : gen_illegal_acc
    ERROR_hg_norm_AccW_must_be_16_to_48 u_illegal ();
  end

  localparam int Chunks = DHead / Lanes;
  // Cycles of a divider before its shift and before its product, and all of them.
  localparam int ShiftC = hg_arith_pkg::tree_cycles(2, AccW, 1);
  localparam int RecipC = ShiftC + 3;
  localparam int LaneC  = RecipC + hg_arith_pkg::multiply_cycles(23, 22) + 2;

  // Which chunk is read, one-hot, and which comes out of the dividers.
  logic [Chunks-1:0] chunk_q, at_q;
  logic [1:0]        under_way_q;
  logic              issue, take, done, full_q, out_valid_q, out_load;

  assign free_o  = !under_way_q[1];
  assign ready_o = valid_i && free_o && chunk_q[0];
  assign issue   = ready_o || !chunk_q[0];
  assign take    = out_valid_q && ready_i;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      chunk_q     <= Chunks'(1);
      at_q        <= Chunks'(1);
      under_way_q <= '0;
    end else begin
      if (issue) chunk_q <= Chunks'({chunk_q, chunk_q[Chunks-1]});
      if (done) at_q <= Chunks'({at_q, at_q[Chunks-1]});
      if (ready_o && !take) under_way_q <= under_way_q + 2'd1;
      else if (take && !ready_o) under_way_q <= under_way_q - 2'd1;
    end
  end

  // Operands of the chunk, and what belongs to the query.
  logic [Lanes*AccW-1:0] operand_d, operand_q;
  logic [AccW-1:0]       offset_q;
  logic [20:0]           recip_q, recip;
  logic [3:0]            shift_q, shift;

  always_comb begin
    operand_d = '0;
    for (int c = 0; c < Chunks; c++) begin
      operand_d = operand_d
                | (acc_i[c*Lanes*AccW +: Lanes*AccW] & {(Lanes*AccW){chunk_q[c]}});
    end
  end

  always_ff @(posedge clk_i) begin
    operand_q <= operand_d;
    if (ready_o) begin
      offset_q <= offset_i;
      recip_q  <= recip_i;
      // Less 23: exponents are 23 to 38 where the reciprocal is not 0.
      shift_q  <= exponent_i[3:0] + 4'd9;
    end
  end

  hg_delay #(
    .Width  (4),
    .Cycles (ShiftC)
  ) u_shift (
    .clk_i,
    .data_i (shift_q),
    .data_o (shift)
  );
  hg_delay #(
    .Width  (21),
    .Cycles (RecipC)
  ) u_recip (
    .clk_i,
    .data_i (recip_q),
    .data_o (recip)
  );
  hg_delay_valid #(
    .Cycles (1 + LaneC)
  ) u_done (
    .clk_i,
    .rst_ni,
    .valid_i (issue),
    .valid_o (done)
  );

  logic [Lanes*16-1:0] result;
  for (genvar m = 0; m < Lanes; m++) begin : gen_lane
    hg_norm_lane #(
      .AccW (AccW),
      .Dsp  (Dsp)
    ) u_lane (
      .clk_i,
      .sum_i    (operand_q[m*AccW +: AccW]),
      .offset_i (offset_q),
      .shift_i  (shift),
      .recip_i  (recip),
      .data_o   (result[m*16 +: 16])
    );
  end

  // Chunks are collected, and go to the output together.
  logic [DHead*16-1:0] collect_q, out_q;

  assign out_load = full_q && (!out_valid_q || ready_i);

  for (genvar c = 0; c < Chunks; c++) begin : gen_collect
    always_ff @(posedge clk_i) begin
      if (done && at_q[c]) collect_q[c*Lanes*16 +: Lanes*16] <= result;
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      full_q      <= 1'b0;
      out_valid_q <= 1'b0;
    end else begin
      full_q      <= (done && at_q[Chunks-1]) || (full_q && !out_load);
      out_valid_q <= out_load || (out_valid_q && !ready_i);
    end
  end

  always_ff @(posedge clk_i) begin
    if (out_load) out_q <= collect_q;
  end

  assign valid_o = out_valid_q;
  assign out_o   = out_q;

  logic unused_exponent;
  assign unused_exponent = ^exponent_i[5:4];

`ifndef SYNTHESIS
`ifndef YOSYS
  logic checked_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) checked_q <= 1'b0;
    else checked_q <= 1'b1;
  end
  always @(posedge clk_i) begin
    if (checked_q && full_q && !out_load && done) $error("%m: a result is overwritten");
    if (checked_q && ready_o && recip_i != '0 && (exponent_i < 6'd23 || exponent_i > 6'd38)) begin
      $error("%m: a sum that is no query's");
    end
  end
`endif
`endif

endmodule

`default_nettype wire
