// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Divides a weighted sum of V: with R and i of hg_recip and acc = `sum_i` + `offset_i`, modulo
/// 2**AccW and signed,
///
///   a = acc >> (i - 17), saturated to 22 bits; data_o = ((2 * a + 1) * R + 2**25) >> 26,
///
/// saturated to 16 bits signed (Q12.4 of V's integers). Rounds half up; what the first shift loses
/// counts as its middle.
///
/// A sum a cycle. Both operands come first; i - 23 follows `segments` cycles later, in `shift_i`,
/// and R another 3. Latency: segments + 3 + product + 2 cycles (AccW = 38: 16).
/// With `Dsp` the product is made in multipliers of an FPGA, in as many cycles.
module hg_norm_lane #(
  /// Bits of a sum, 16 to 48.
  parameter int AccW = 38,
  /// 1 if products are made for multipliers of an FPGA: otherwise 0.
  parameter int Dsp = 0
) (
  input  logic            clk_i,
  input  logic [AccW-1:0] sum_i,
  input  logic [AccW-1:0] offset_i,
  input  logic [3:0]      shift_i,
  input  logic [20:0]     recip_i,
  output logic [15:0]     data_o
);

  // The sum without the bits that every shift drops, and what is multiplied of it.
  localparam int Drop    = 6;
  localparam int WordW   = AccW - Drop;
  localparam int NormalW = 22;
  // The product above half a unit of the result, and the result's bits.
  localparam int HalfW   = 20;
  localparam int OutW    = 16;
  localparam int Low     = NormalW + 1 + 22 - HalfW;

  logic [AccW-1:0]         sum;
  logic signed [WordW-1:0] word, coarse_q, fine_q;
  logic [1:0]              fine_shift_q;
  logic [NormalW-1:0]      normal_q;
  logic                    unused_low;

  hg_sum_tree #(
    .Inputs     (2),
    .InW        (AccW),
    .FlatLevels (1)
  ) u_sum (
    .clk_i,
    .data_i ({offset_i, sum_i}),
    .sum_o  (sum)
  );

  assign word       = sum[AccW-1:Drop];
  assign unused_low = ^sum[Drop-1:0];

  always_ff @(posedge clk_i) begin
    coarse_q     <= word >>> {shift_i[3:2], 2'b0};
    fine_shift_q <= shift_i[1:0];
    fine_q       <= coarse_q >>> fine_shift_q;
  end

  if (WordW > NormalW) begin : gen_saturate
    localparam logic [NormalW-1:0] Most = {1'b0, {(NormalW-1){1'b1}}};
    // What lies above the sign of a sum that fits, and that sign.
    logic [WordW-NormalW:0] top;
    logic                   over;
    assign top  = fine_q[WordW-1:NormalW-1];
    assign over = top != '0 && top != '1;
    always_ff @(posedge clk_i) begin
      normal_q <= !over ? fine_q[NormalW-1:0] : fine_q[WordW-1] ? ~Most : Most;
    end
  end else begin : gen_fits
    always_ff @(posedge clk_i) normal_q <= NormalW'(fine_q);
  end

  logic signed [HalfW-1:0] half;
  logic [NormalW:0]        twice;
  assign twice = {normal_q, 1'b1};
  if (Dsp != 0) begin : gen_dsp
    hg_multiply_parts #(
      .AW     (NormalW + 1),
      .BW     (22),
      .Low    (Low),
      .Cycles (hg_arith_pkg::multiply_cycles(NormalW + 1, 22))
    ) u_multiply (
      .clk_i,
      .a_i       (twice),
      .b_i       ({1'b0, recip_i}),
      .product_o (half)
    );
  end else begin : gen_logic
    hg_multiply #(
      .AW  (NormalW + 1),
      .BW  (22),
      .Low (Low)
    ) u_multiply (
      .clk_i,
      .a_i       (twice),
      .b_i       ({1'b0, recip_i}),
      .product_o (half)
    );
  end

  localparam logic [OutW-1:0] Largest = {1'b0, {(OutW-1){1'b1}}};
  logic [HalfW-OutW-1:0] high;
  logic [OutW-1:0]       rounded_q, data_q;
  logic                  minus_q, over_q;

  assign high = half[HalfW-1:OutW];
  always_ff @(posedge clk_i) begin
    rounded_q <= half[OutW:1] + {{(OutW-1){1'b0}}, half[0]};
    minus_q   <= half[HalfW-1];
    over_q    <= (high != '0 && high != '1) || half[OutW:0] == {Largest, 1'b1};
    data_q    <= !over_q ? rounded_q : minus_q ? ~Largest : Largest;
  end
  assign data_o = data_q;

endmodule

`default_nettype wire
