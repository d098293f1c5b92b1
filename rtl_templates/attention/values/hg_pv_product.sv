// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Products of one element with the weights of a beat's tokens, added up: what a beat adds to its
/// sum.
///
/// The multiples of the weights, which all elements share, come skewed in segments of SegW bits
/// (hg_multiples), the digits a cycle before their segment 0. A digit is cut into radix-16 Booth
/// digits; each chooses a multiple. What is added is `word_o`, modulo 2**OutW, plus `carry_o`:
/// skewed alike, 2 + ceil(log2(terms)) cycles after the digits.
module hg_pv_product #(
  /// Tokens a beat, 1 and up.
  parameter int Rows = 1,
  /// Bits of a digit: 2 to 8.
  parameter int DigitW = 4,
  /// Bits of a weight, shifted, 1 and up.
  parameter int FactorW = 25,
  /// Bits of a segment, 1 and up.
  parameter int SegW = 13,
  /// Bits of the result, 1 and up.
  parameter int OutW = 38,
  /// Derived: bits of the multiples of a token.
  localparam int MultiplesW =
      hg_arith_pkg::multiples_width(FactorW, DigitW, hg_arith_pkg::nibbles(DigitW))
) (
  input  logic                       clk_i,
  input  logic [Rows*MultiplesW-1:0] multiples_i,
  input  logic [Rows*DigitW-1:0]     digits_i,
  output logic [OutW-1:0]            word_o,
  output logic                       carry_o
);

  localparam int Terms  = hg_arith_pkg::nibbles(DigitW);
  localparam int Leaves = Rows * Terms;
  localparam int Levels = $clog2(Leaves);
  localparam int FullW  = FactorW + DigitW + Levels;
  localparam int TreeW  = (FullW < OutW) ? FullW : OutW;

  // A node is a word and a carry that nobody has added yet.
  for (genvar l = 0; l <= Levels; l++) begin : gen_level
    localparam int Nodes = (Leaves + 2 ** l - 1) / 2 ** l;
    logic [Nodes*TreeW-1:0] words;
    logic [Nodes-1:0]       carries;

    for (genvar n = 0; n < Nodes; n++) begin : gen_node
      if (l == 0) begin : gen_leaf
        localparam int Token = n / Terms;
        localparam int Term  = n % Terms;
        localparam int Bits  = hg_arith_pkg::nibble_bits(DigitW, Term);
        localparam int InW   = hg_arith_pkg::multiple_width(FactorW, DigitW, Term);
        localparam int Base  = hg_arith_pkg::multiples_width(FactorW, DigitW, Term);
        logic         below;
        logic [InW:0] term;
        if (Term == 0) begin : gen_lowest
          assign below = 1'b0;
        end else begin : gen_upper
          assign below = digits_i[Token*DigitW+4*Term-1];
        end
        hg_multiple #(
          .Bits (Bits),
          .InW  (InW),
          .SegW (SegW)
        ) u_multiple (
          .clk_i,
          .digit_i     (digits_i[Token*DigitW+4*Term +: Bits]),
          .carry_i     (below),
          .multiples_i (multiples_i[Token*MultiplesW+Base +: InW * 2 ** (Bits - 1)]),
          .term_o      (term),
          .minus_o     (carries[n])
        );
        hg_extend_skewed #(
          .InW  (InW + 1),
          .OutW (TreeW),
          .SegW (SegW)
        ) u_extend (
          .clk_i,
          .data_i (term),
          .data_o (words[n*TreeW +: TreeW])
        );
      end else begin : gen_inner
        localparam int Below = (Leaves + 2 ** (l - 1) - 1) / 2 ** (l - 1);
        logic carry_q;
        assign carries[n] = carry_q;
        if (2 * n + 1 < Below) begin : gen_pair
          hg_add_carry #(
            .Width (TreeW),
            .SegW  (SegW)
          ) u_add (
            .clk_i,
            .a_i     (gen_level[l-1].words[2*n*TreeW +: TreeW]),
            .b_i     (gen_level[l-1].words[(2*n+1)*TreeW +: TreeW]),
            .carry_i (gen_level[l-1].carries[2*n]),
            .sum_o   (words[n*TreeW +: TreeW])
          );
          always_ff @(posedge clk_i) carry_q <= gen_level[l-1].carries[2*n+1];
        end else begin : gen_single
          logic [TreeW-1:0] word_q;
          always_ff @(posedge clk_i) begin
            word_q  <= gen_level[l-1].words[2*n*TreeW +: TreeW];
            carry_q <= gen_level[l-1].carries[2*n];
          end
          assign words[n*TreeW +: TreeW] = word_q;
        end
      end
    end
  end

  hg_extend_skewed #(
    .InW  (TreeW),
    .OutW (OutW),
    .SegW (SegW)
  ) u_word (
    .clk_i,
    .data_i (gen_level[Levels].words),
    .data_o (word_o)
  );
  assign carry_o = gen_level[Levels].carries;

endmodule

`default_nettype wire
