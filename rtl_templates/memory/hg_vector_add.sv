// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Adds two numbers modulo 2**Width. Combinational.
///
/// Segments are made for both carries, and the carries go from segment to segment alone.
module hg_vector_add #(
  /// Bits, 1 to 39.
  parameter int Width = 26
) (
  input  logic [Width-1:0] a_i,
  input  logic [Width-1:0] b_i,
  output logic [Width-1:0] sum_o
);

  if (Width < 1 || Width > 39) begin : gen_illegal
    ERROR_hg_vector_add_Width_must_be_1_to_39 u_illegal ();
  end

  // Four bits and one more in each segment, as the carry comes later.
  localparam int Segments = (Width <= 4) ? 1 : (Width <= 9) ? 2 : (Width <= 15) ? 3
      : (Width <= 22) ? 4 : (Width <= 30) ? 5 : 6;

  for (genvar s = 0; s < Segments; s++) begin : gen_segment
    localparam int At   = 4 * s + s * (s - 1) / 2;
    localparam int Bits = (At + 4 + s <= Width) ? 4 + s : Width - At;
    // The sum and the sum with a carry, each with the carry that leaves on top.
    logic [Bits:0] plain, next;
    logic          carry;
    assign plain = {1'b0, a_i[At +: Bits]} + {1'b0, b_i[At +: Bits]};
    assign next  = {1'b0, a_i[At +: Bits]} + {1'b0, b_i[At +: Bits]} + (Bits + 1)'(1);
    if (s == 0) begin : gen_first
      logic unused_next;
      assign carry             = plain[Bits];
      assign sum_o[At +: Bits] = plain[Bits-1:0];
      assign unused_next       = ^next;
    end else begin : gen_other
      assign carry             = plain[Bits] || (next[Bits] && gen_segment[s-1].carry);
      assign sum_o[At +: Bits] = gen_segment[s-1].carry ? next[Bits-1:0] : plain[Bits-1:0];
    end
  end

  logic unused_carry;
  assign unused_carry = gen_segment[Segments-1].carry;

`ifdef HG_FORMAL
  always_comb assert (sum_o == a_i + b_i);
`endif

endmodule

`default_nettype wire
