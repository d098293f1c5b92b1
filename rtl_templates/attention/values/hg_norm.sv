// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Divides the weighted sums of V: out_o[d] = (acc_i[d] * R + 2**(7+i)) >> (8+i), saturated to 16
/// bits signed (Q12.4 of V's integers), with R = `recip_i` and i = `exponent_i` of hg_recip. Rounds
/// half up.
///
/// Handshake: ready/valid on both sides. The sums are not copied: `ready_o` comes with the last of
/// DHead / Lanes cycles in which they are read, and all inputs must stand until then. Two queries
/// may be under way or waiting at the output, so the next is read while results of the last drain.
/// Latency from the last cycle of reading: 3 + product + 5 cycles (AccW = 41: 17).
module hg_norm #(
  /// Elements of a query, 1 and up.
  parameter int DHead = 64,
  /// Bits of a sum, 16 to 48.
  parameter int AccW = 41,
  /// Multipliers; divides DHead.
  parameter int Lanes = 8
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,
  input  logic                  valid_i,
  output logic                  ready_o,
  input  logic [DHead*AccW-1:0] acc_i,
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

  localparam int Chunks   = DHead / Lanes;
  localparam int ProductW = AccW + 22;
  localparam int MulC     = hg_arith_pkg::multiply_cycles(AccW, 22);
  localparam int Cycles   = MulC + 5;

  // Which chunk is read, one-hot.
  logic [Chunks-1:0] chunk_q, chunk_d, done;
  logic [1:0]        under_way_q;
  logic              issue, take, full_q, out_valid_q, out_load;

  assign issue   = valid_i && !under_way_q[1];
  assign ready_o = issue && chunk_q[Chunks-1];
  assign take    = out_valid_q && ready_i;

  if (Chunks == 1) begin : gen_one
    assign chunk_d = chunk_q;
  end else begin : gen_many
    assign chunk_d = issue ? {chunk_q[Chunks-2:0], chunk_q[Chunks-1]} : chunk_q;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      chunk_q     <= Chunks'(1);
      under_way_q <= '0;
    end else begin
      chunk_q <= chunk_d;
      if (ready_o && !take) under_way_q <= under_way_q + 2'd1;
      else if (take && !ready_o) under_way_q <= under_way_q - 2'd1;
    end
  end

  // Operands of the chunk, with what belongs to the query.
  logic [Lanes*AccW-1:0] operand_d, operand_q;
  logic [20:0]           recip_q;
  logic [5:0]            exponent_q, exponent;

  always_comb begin
    operand_d = '0;
    for (int c = 0; c < Chunks; c++) begin
      operand_d = operand_d
                | (acc_i[c*Lanes*AccW +: Lanes*AccW] & {(Lanes*AccW){chunk_q[c]}});
    end
  end

  always_ff @(posedge clk_i) begin
    operand_q  <= operand_d;
    recip_q    <= recip_i;
    exponent_q <= exponent_i;
  end

  for (genvar c = 0; c < Chunks; c++) begin : gen_done
    hg_delay_valid #(
      .Cycles (Cycles + 1)
    ) u_done (
      .clk_i,
      .rst_ni,
      .valid_i (issue && chunk_q[c]),
      .valid_o (done[c])
    );
  end

  hg_delay #(
    .Width  (6),
    .Cycles (MulC)
  ) u_exponent (
    .clk_i,
    .data_i (exponent_q),
    .data_o (exponent)
  );

  logic [Lanes*16-1:0] result;
  for (genvar m = 0; m < Lanes; m++) begin : gen_lane
    logic [ProductW-8:0] product;
    hg_multiply #(
      .AW  (AccW),
      .BW  (22),
      .Low (7)
    ) u_multiply (
      .clk_i,
      .a_i       (operand_q[m*AccW +: AccW]),
      .b_i       ({1'b0, recip_q}),
      .product_o (product)
    );
    hg_shift_round #(
      .InW  (ProductW - 7),
      .OutW (16)
    ) u_round (
      .clk_i,
      .data_i  (product),
      .right_i (exponent),
      .data_o  (result[m*16 +: 16])
    );
  end

  // Chunks are collected, and go to the output together.
  logic [DHead*16-1:0] collect_q, out_q;

  assign out_load = full_q && (!out_valid_q || ready_i);

  for (genvar c = 0; c < Chunks; c++) begin : gen_collect
    always_ff @(posedge clk_i) begin
      if (done[c]) collect_q[c*Lanes*16 +: Lanes*16] <= result;
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      full_q      <= 1'b0;
      out_valid_q <= 1'b0;
    end else begin
      full_q      <= done[Chunks-1] || (full_q && !out_load);
      out_valid_q <= out_load || (out_valid_q && !ready_i);
    end
  end

  always_ff @(posedge clk_i) begin
    if (out_load) out_q <= collect_q;
  end

  assign valid_o = out_valid_q;
  assign out_o   = out_q;

`ifndef SYNTHESIS
`ifndef YOSYS
  logic checked_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) checked_q <= 1'b0;
    else checked_q <= 1'b1;
  end
  always @(posedge clk_i) begin
    if (checked_q && full_q && !out_load && done != '0) $error("%m: a result is overwritten");
    if (checked_q && !valid_i && !chunk_q[0]) $error("%m: valid dropped while the sums are read");
  end
`endif
`endif

endmodule

`default_nettype wire
