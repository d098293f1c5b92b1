// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Multiples 1 to Most of an unsigned factor, for all that multiply it by digits (hg_multiple).
///
/// Skewed in segments of SegW bits: segment s of every multiple comes s + 1 cycles after the
/// factor. A factor a cycle.
module hg_multiples #(
  /// Bits of the factor, 1 and up.
  parameter int Width = 17,
  /// The largest multiple: 1, 2, 4 or 8.
  parameter int Most = 8,
  /// Bits of a segment, 1 and up.
  parameter int SegW = 13,
  /// Derived: bits of a multiple.
  localparam int OutW = Width + $clog2(Most)
) (
  input  logic                 clk_i,
  input  logic [Width-1:0]     factor_i,
  output logic [Most*OutW-1:0] multiples_o
);

  if (Width < 1 || SegW < 1) begin : gen_illegal
    ERROR_hg_multiples_Width_and_SegW_must_be_positive u_illegal ();
  end
  if (Most != 1 && Most != 2 && Most != 4 && Most != 8) begin : gen_illegal_most
    ERROR_hg_multiples_Most_must_be_1_2_4_or_8 u_illegal ();
  end

  localparam int Segs = (OutW + SegW - 1) / SegW;

  for (genvar s = 0; s < Segs; s++) begin : gen_seg
    localparam int Low = s * SegW;
    localparam int Own = (OutW - Low < SegW) ? OutW - Low : SegW;
    logic [Width-1:0] factor;
    logic [OutW-1:0]  wide;
    if (s == 0) begin : gen_now
      assign factor = factor_i;
    end else begin : gen_later
      logic [Width-1:0] factor_q;
      always_ff @(posedge clk_i) factor_q <= gen_seg[s-1].factor;
      assign factor = factor_q;
    end
    assign wide = OutW'(factor);

    for (genvar k = 1; k <= Most; k++) begin : gen_multiple
      // The first operand is the factor this many bits up.
      localparam int Up = (k == 1) ? 0 : (k == 2 || k == 3) ? 1 : (k < 7) ? 2 : 3;
      logic [OutW-1:0] one;
      logic [Own-1:0]  word_q;
      assign one = wide << Up;
      if (Segs > 1) begin : gen_others
        logic unused_others;
        assign unused_others = ^one;
      end
      assign multiples_o[(k-1)*OutW+Low +: Own] = word_q;
      if (k == 2 ** Up) begin : gen_shift
        always_ff @(posedge clk_i) word_q <= one[Low +: Own];
      end else begin : gen_sum
        // 3 = 2 + 1, 5 = 4 + 1, 6 = 4 + 2, 7 = 8 - 1.
        logic [OutW-1:0] two;
        logic [Own:0]    sum;
        logic            carry, carry_q, unused_low;
        assign two = (k == 7) ? ~wide : (k == 6) ? wide << 1 : wide;
        if (Segs > 1) begin : gen_others
          logic unused_others;
          assign unused_others = ^two;
        end
        if (s == 0) begin : gen_first
          assign carry = (k == 7);
        end else begin : gen_next
          assign carry = gen_seg[s-1].gen_multiple[k].gen_sum.carry_q;
        end
        // The carry enters as the sum of two equal bits below the lowest.
        assign {sum, unused_low} = {1'b0, one[Low +: Own], carry} + {1'b0, two[Low +: Own], carry};
        always_ff @(posedge clk_i) {carry_q, word_q} <= sum;
        if (s == Segs - 1) begin : gen_last
          logic unused_carry;
          assign unused_carry = carry_q;
        end
      end
    end
  end

`ifdef HG_FORMAL
  // Each segment of each multiple is that of the factor as many cycles ago.
  localparam int FormC = Segs + 1;
  logic [FormC*Width-1:0] f_factors_q;
  logic [FormC-1:0]       f_known_q;
  logic [OutW-1:0]        f_want;

  initial f_known_q = '0;
  always @(posedge clk_i) begin
    f_known_q   <= FormC'({f_known_q, 1'b1});
    f_factors_q <= (FormC * Width)'({f_factors_q, factor_i});
  end
  always_comb begin
    f_want = '0;
    for (int s = 0; s < Segs; s++) begin
      for (int k = 1; k <= Most; k++) begin
        f_want = OutW'(k) * OutW'(f_factors_q[s*Width +: Width]);
        for (int b = s * SegW; b < OutW && b < (s + 1) * SegW; b++) begin
          if (f_known_q[s]) assert (multiples_o[(k-1)*OutW+b] == f_want[b]);
        end
      end
    end
  end
`endif

endmodule

`default_nettype wire
