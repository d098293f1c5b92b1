// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Adds two skewed words modulo 2**Width; the sum is skewed like them, one cycle later.
module hg_add_skewed #(
  /// Bits of the words, 1 and up.
  parameter int Width = 22
) (
  input  logic             clk_i,
  input  logic [Width-1:0] a_i,
  input  logic [Width-1:0] b_i,
  output logic [Width-1:0] sum_o
);

  localparam int Segs = hg_arith_pkg::segments(Width);
  localparam int SegW = hg_arith_pkg::seg_width(Width);

  for (genvar s = 0; s < Segs; s++) begin : gen_seg
    localparam int Own = (s == Segs - 1) ? Width - s * SegW : SegW;
    logic           carry, carry_q, unused_low;
    logic [Own-1:0] sum_q;
    logic [Own:0]   wide;
    if (s == 0) begin : gen_first
      assign carry = 1'b0;
    end else begin : gen_next
      assign carry = gen_seg[s-1].carry_q;
    end
    // The carry enters as the sum of two equal bits below the lowest.
    assign {wide, unused_low} =
        {1'b0, a_i[s*SegW +: Own], carry} + {1'b0, b_i[s*SegW +: Own], carry};
    always_ff @(posedge clk_i) {carry_q, sum_q} <= wide;
    if (s == Segs - 1) begin : gen_last
      logic unused_carry;
      assign unused_carry = carry_q;
    end
    assign sum_o[s*SegW +: Own] = sum_q;
  end

endmodule

`default_nettype wire
