// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Products of PV in multipliers of an FPGA: what a beat adds to the sum of each element of a
/// slice, modulo 2**OutW, 0 where no beat is.
///
/// A digit is shifted before it is multiplied: it has fewer bits than a product, and with its shift
/// still no more than one multiplier takes, up to 18. A word leaves skewed (see hg_arith_pkg);
/// latency of its segment 0 WaitCycles + 2 + clog2(Rows).
module hg_pv_multiply #(
  /// Tokens a beat, 1 and up.
  parameter int Rows = 1,
  /// Elements a beat, 1 and up.
  parameter int Slice = 64,
  /// Bits of a weight, 2 and up.
  parameter int WeightW = 17,
  /// Bits of a digit, 2 and up.
  parameter int DigitW = 4,
  /// Largest left shift of a beat, 0 to 15.
  parameter int MaxShift = 8,
  /// Bits of a word, 1 and up.
  parameter int OutW = 38,
  /// Cycles in front of the products, 0 and up.
  parameter int WaitCycles = 1
) (
  input  logic                         clk_i,
  input  logic                         valid_i,
  input  logic [3:0]                   shift_i,
  input  logic [Rows*WeightW-1:0]      weights_i,
  input  logic [Rows*Slice*DigitW-1:0] digits_i,
  output logic [Slice*OutW-1:0]        words_o
);

  if (Rows < 1 || Slice < 1 || MaxShift < 0 || MaxShift > 15) begin : gen_illegal
    ERROR_hg_pv_multiply_MaxShift_must_be_0_to_15_and_Rows_positive u_illegal ();
  end

  localparam int FactorW = WeightW + 1;
  localparam int ShiftedW = DigitW + MaxShift;
  localparam int DotW = FactorW + ShiftedW + $clog2(Rows);

  logic                         valid;
  logic [3:0]                   shift;
  logic [Rows*WeightW-1:0]      weights;
  logic [Rows*Slice*DigitW-1:0] digits;
  logic [Rows*FactorW-1:0]      factor_q;

  // What the form without multipliers takes longer is waited here, where there are fewest bits.
  hg_delay #(
    .Width  (5 + Rows * WeightW + Rows * Slice * DigitW),
    .Cycles (WaitCycles)
  ) u_wait (
    .clk_i,
    .data_i ({valid_i, shift_i, weights_i, digits_i}),
    .data_o ({valid, shift, weights, digits})
  );

  for (genvar t = 0; t < Rows; t++) begin : gen_weight
    always_ff @(posedge clk_i) begin
      factor_q[t*FactorW +: FactorW] <= valid ? {1'b0, weights[t*WeightW +: WeightW]} : '0;
    end
  end

  for (genvar d = 0; d < Slice; d++) begin : gen_element
    logic [Rows*ShiftedW-1:0] shifted_q;
    logic signed [DotW-1:0]   dot;
    logic signed [OutW-1:0]   word;
    for (genvar t = 0; t < Rows; t++) begin : gen_row
      logic signed [DigitW-1:0]   digit;
      logic signed [ShiftedW-1:0] wide;
      assign digit = digits[(t*Slice+d)*DigitW +: DigitW];
      assign wide  = ShiftedW'(digit);
      always_ff @(posedge clk_i) shifted_q[t*ShiftedW +: ShiftedW] <= wide << shift;
    end
    hg_dot_product #(
      .Inputs (Rows),
      .AW     (FactorW),
      .BW     (ShiftedW)
    ) u_dot (
      .clk_i,
      .a_i   (factor_q),
      .b_i   (shifted_q),
      .sum_o (dot)
    );
    if (OutW >= DotW) begin : gen_extend
      assign word = OutW'(dot);
    end else begin : gen_cut
      assign word = dot[OutW-1:0];
      logic unused_top;
      assign unused_top = ^dot[DotW-1:OutW];
    end
    hg_skew #(
      .Width (OutW)
    ) u_skew (
      .clk_i,
      .data_i (word),
      .data_o (words_o[d*OutW +: OutW])
    );
  end

endmodule

`default_nettype wire
