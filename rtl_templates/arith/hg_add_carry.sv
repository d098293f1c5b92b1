// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Adds two skewed words and a carry modulo 2**Width; the sum is skewed like them, one cycle later.
///
/// As hg_add_skewed, but in segments of any length: segment s of the words comes s cycles behind
/// segment 0, with which the carry comes.
module hg_add_carry #(
  /// Bits of the words, 1 and up.
  parameter int Width = 32,
  /// Bits of a segment, 1 and up.
  parameter int SegW = 13
) (
  input  logic             clk_i,
  input  logic [Width-1:0] a_i,
  input  logic [Width-1:0] b_i,
  input  logic             carry_i,
  output logic [Width-1:0] sum_o
);

  if (Width < 1 || SegW < 1) begin : gen_illegal
    ERROR_hg_add_carry_Width_and_SegW_must_be_positive u_illegal ();
  end

  localparam int Segs = (Width + SegW - 1) / SegW;

  for (genvar s = 0; s < Segs; s++) begin : gen_seg
    localparam int Low = s * SegW;
    localparam int Own = (Width - Low < SegW) ? Width - Low : SegW;
    logic           carry, carry_q, unused_low;
    logic [Own-1:0] sum_q;
    logic [Own:0]   wide;
    if (s == 0) begin : gen_first
      assign carry = carry_i;
    end else begin : gen_next
      assign carry = gen_seg[s-1].carry_q;
    end
    // The carry enters as the sum of two equal bits below the lowest.
    assign {wide, unused_low} = {1'b0, a_i[Low +: Own], carry} + {1'b0, b_i[Low +: Own], carry};
    always_ff @(posedge clk_i) {carry_q, sum_q} <= wide;
    if (s == Segs - 1) begin : gen_last
      logic unused_carry;
      assign unused_carry = carry_q;
    end
    assign sum_o[Low +: Own] = sum_q;
  end

`ifdef HG_FORMAL
  // Words without skew, of which each segment goes in and comes out in its cycle.
  (* anyseq *) logic [Width-1:0] f_a, f_b;
  logic [Segs*Width-1:0]     f_as, f_bs, f_as_q, f_bs_q;
  logic [(Segs+1)*Width-1:0] f_sums_q;
  logic [Segs:0]             f_known_q;

  always_comb begin
    f_as = (Segs * Width)'({f_as_q, f_a});
    f_bs = (Segs * Width)'({f_bs_q, f_b});
    for (int b = 0; b < Width; b++) begin
      assume (a_i[b] == f_as[(b/SegW)*Width+b] && b_i[b] == f_bs[(b/SegW)*Width+b]);
    end
  end

  initial f_known_q = '0;
  always @(posedge clk_i) begin
    f_known_q <= (Segs + 1)'({f_known_q, 1'b1});
    f_as_q    <= f_as;
    f_bs_q    <= f_bs;
    f_sums_q  <= ((Segs + 1) * Width)'({f_sums_q, f_a + f_b + Width'(carry_i)});
    for (int b = 0; b < Width; b++) begin
      if (f_known_q[b/SegW]) assert (sum_o[b] == f_sums_q[(b/SegW)*Width+b]);
    end
  end
`endif

endmodule

`default_nettype wire
