// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Adds the two terms of a product to a skewed partial sum modulo 2**PsumW. The terms come whole
/// and a cycle before the lowest segment of the sum (see hg_arith_pkg); the result is skewed like
/// it, a cycle later. The carries have no bit 0.
module hg_figs_add #(
  /// Bits of a term, 2 to PsumW.
  parameter int TermW = 16,
  /// Bits of the partial sum, 1 and up.
  parameter int PsumW = 28
) (
  input  logic             clk_i,
  input  logic [TermW-1:0] sum_i,
  input  logic [TermW-1:1] carry_i,
  input  logic [PsumW-1:0] psum_i,
  output logic [PsumW-1:0] psum_o
);

  if (TermW < 2 || PsumW < TermW) begin : gen_illegal
    ERROR_hg_figs_add_TermW_must_be_2_to_PsumW u_illegal ();
  end

  localparam int Segs = hg_arith_pkg::segments(PsumW);
  localparam int SegW = hg_arith_pkg::seg_width(PsumW);

  logic [TermW-1:0] carries;
  assign carries = {carry_i, 1'b0};

  for (genvar s = 0; s < Segs; s++) begin : gen_seg
    localparam int Own   = (s == Segs - 1) ? PsumW - s * SegW : SegW;
    localparam int Left  = TermW - s * SegW;
    localparam int Terms = (Left > Own) ? Own : (Left < 0) ? 0 : Left;
    logic [Own-1:0] a, b, c, odd, most, sum_q;
    logic [Own:0]   wide;
    logic           carry, carry_q, shift, shift_q, unused_low;

    if (Terms > 0) begin : gen_terms
      logic [2*Terms-1:0] terms;
      hg_delay #(
        .Width  (2 * Terms),
        .Cycles (s + 1)
      ) u_terms (
        .clk_i,
        .data_i ({carries[s*SegW +: Terms], sum_i[s*SegW +: Terms]}),
        .data_o (terms)
      );
      assign {b, a} = {Own'(terms[Terms +: Terms]), Own'(terms[0 +: Terms])};
    end else begin : gen_none
      assign {b, a} = '0;
    end
    assign c    = psum_i[s*SegW +: Own];
    assign odd  = a ^ b ^ c;
    assign most = (a & b) | (a & c) | (b & c);

    if (s == 0) begin : gen_lowest
      assign {carry, shift} = '0;
    end else begin : gen_upper
      assign {carry, shift} = {gen_seg[s-1].carry_q, gen_seg[s-1].shift_q};
    end
    // Two carries cross into a segment: one fills the free bit of the shifted row, the other enters
    // as the sum of two equal bits below the lowest.
    if (Own == 1) begin : gen_bit
      assign {wide, unused_low} = {1'b0, odd, carry} + {1'b0, shift, carry};
    end else begin : gen_bits
      assign {wide, unused_low} = {1'b0, odd, carry} + {1'b0, most[Own-2:0], shift, carry};
    end
    always_ff @(posedge clk_i) begin
      sum_q   <= wide[Own-1:0];
      carry_q <= wide[Own];
      shift_q <= most[Own-1];
    end
    if (s == Segs - 1) begin : gen_highest
      logic unused_carry;
      assign unused_carry = carry_q & shift_q;
    end
    assign psum_o[s*SegW +: Own] = sum_q;
  end

endmodule

`default_nettype wire
