// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Adds two skewed words modulo 2**Width where `join_i` says so, and passes the first on where not.
/// Bit s of `join_i` is for segment s (see hg_arith_pkg). One cycle. With `Dsp` a word is one
/// segment.
module hg_figs_join #(
  /// Bits of the words, 1 and up.
  parameter int Width = 28,
  /// 1: words are whole; 0: they are skewed.
  parameter int Dsp = 0,
  /// Derived: segments.
  localparam int Segs = (Dsp != 0) ? 1 : hg_arith_pkg::segments(Width)
) (
  input  logic             clk_i,
  input  logic [Segs-1:0]  join_i,
  input  logic [Width-1:0] a_i,
  input  logic [Width-1:0] b_i,
  output logic [Width-1:0] sum_o
);

  localparam int SegW = (Dsp != 0) ? Width : hg_arith_pkg::seg_width(Width);

  for (genvar s = 0; s < Segs; s++) begin : gen_seg
    localparam int Own = (s == Segs - 1) ? Width - s * SegW : SegW;
    logic           carry, carry_q, unused_low;
    logic [Own-1:0] a, sum_q;
    logic [Own:0]   wide;
    if (s == 0) begin : gen_first
      assign carry = 1'b0;
    end else begin : gen_next
      assign carry = gen_seg[s-1].carry_q;
    end
    assign a = a_i[s*SegW +: Own];
    // The carry enters as the sum of two equal bits below the lowest.
    assign {wide, unused_low} = {1'b0, a, carry} + {1'b0, b_i[s*SegW +: Own], carry};
    // Chosen behind the adder: on its way to all bits `join_i` has the time of an addition. Nobody
    // looks at the carry of a word that does not join.
    always_ff @(posedge clk_i) begin
      carry_q <= wide[Own];
      sum_q   <= join_i[s] ? wide[Own-1:0] : a;
    end
    if (s == Segs - 1) begin : gen_last
      logic unused_carry;
      assign unused_carry = carry_q;
    end
    assign sum_o[s*SegW +: Own] = sum_q;
  end

endmodule

`default_nettype wire
