// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Products of a factor and the radix-4 Booth digits of another, as terms to be added.
/// Combinational.
///
/// Term k stands 2*k bits up. Minus the factor comes from outside, where several products share it.
module hg_booth #(
  /// Bits of the signed factor, 1 and up.
  parameter int FactorW = 12,
  /// Bits of the signed digit, 2 and up.
  parameter int DigitW = 4,
  /// Derived: terms.
  localparam int Terms = hg_arith_pkg::booth_terms(DigitW),
  /// Derived: bits of a term, and of the product.
  localparam int TermW = FactorW + DigitW
) (
  input  logic [FactorW-1:0]     factor_i,
  input  logic [FactorW:0]       minus_i,
  input  logic [DigitW-1:0]      digit_i,
  output logic [Terms*TermW-1:0] term_o
);

  if (FactorW < 1 || DigitW < 2) begin : gen_illegal
    ERROR_hg_booth_DigitW_must_be_at_least_2 u_illegal ();
  end

  // The sign once more above an odd digit, a zero below.
  logic [2*Terms:0] bits;
  assign bits = {{(2*Terms-DigitW){digit_i[DigitW-1]}}, digit_i, 1'b0};

  for (genvar k = 0; k < Terms; k++) begin : gen_term
    logic                      one, two, minus;
    logic [FactorW:0]          chosen;
    logic signed [FactorW+1:0] multiple;
    logic signed [TermW+1:0]   term;
    assign one      = bits[2*k+1] != bits[2*k];
    assign two      = bits[2*k+2] != bits[2*k+1] && !one;
    assign minus    = bits[2*k+2];
    assign chosen   = minus ? minus_i : {factor_i[FactorW-1], factor_i};
    assign multiple = ({chosen[FactorW], chosen} & {(FactorW+2){one}})
                    | ({chosen, 1'b0} & {(FactorW+2){two}});
    assign term     = (TermW + 2)'(multiple);
    assign term_o[k*TermW +: TermW] = TermW'(term << (2 * k));
  end

`ifdef HG_FORMAL
  // The terms are factor times digit, for the negative that comes beside the factor.
  logic signed [TermW-1:0] f_sum;

  always_comb begin
    assume (minus_i == -{factor_i[FactorW-1], factor_i});
    f_sum = '0;
    for (int k = 0; k < Terms; k++) f_sum = f_sum + $signed(term_o[k*TermW +: TermW]);
    assert (f_sum == $signed(factor_i) * $signed(digit_i));
  end
`endif

endmodule

`default_nettype wire
