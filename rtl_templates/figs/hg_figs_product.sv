// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Product of two signed numbers as two unsigned terms: sum_o + 2 * carry_o = act * weight + bias,
/// exactly and without a carry out, bias = hg_figs_pkg::bias(ActW, WeightW). Combinational.
///
/// Partial products after Baugh and Wooley: those of one sign bit are inverted, which is what the
/// bias stands for. As no term is negative, none has a sign to extend; whoever adds up a chain of
/// products takes all biases away once.
module hg_figs_product #(
  /// Bits of the activation, 2 and up.
  parameter int ActW = 8,
  /// Bits of the weight, 2 and up.
  parameter int WeightW = 8,
  /// Derived: bits of a term.
  localparam int OutW = ActW + WeightW
) (
  input  logic [ActW-1:0]    act_i,
  input  logic [WeightW-1:0] weight_i,
  output logic [OutW-1:0]    sum_o,
  output logic [OutW-1:1]    carry_o
);

  if (ActW < 2 || WeightW < 2) begin : gen_illegal
    ERROR_hg_figs_product_ActW_and_WeightW_must_be_at_least_2 u_illegal ();
  end

  localparam int Levels = hg_figs_pkg::save_levels(WeightW);

  for (genvar l = 0; l <= Levels; l++) begin : gen_level
    localparam int Terms = hg_figs_pkg::terms_left(WeightW, l);
    logic [Terms*OutW-1:0] row;
    if (l == 0) begin : gen_partial
      for (genvar j = 0; j < WeightW; j++) begin : gen_bit
        logic [ActW-1:0] plain, part;
        logic [OutW-1:0] wide;
        assign plain = act_i & {ActW{weight_i[j]}};
        if (j == WeightW - 1) begin : gen_sign
          assign part = {plain[ActW-1], ~plain[ActW-2:0]};
        end else begin : gen_digit
          assign part = {~plain[ActW-1], plain[ActW-2:0]};
        end
        assign wide = OutW'(part);
        assign row[j*OutW +: OutW] = wide << j;
      end
    end else begin : gen_save
      localparam int Before  = hg_figs_pkg::terms_left(WeightW, l - 1);
      localparam int Triples = Before / 3;
      for (genvar t = 0; t < Triples; t++) begin : gen_triple
        logic [OutW-1:0] a, b, c, most;
        assign a    = gen_level[l-1].row[3*t*OutW +: OutW];
        assign b    = gen_level[l-1].row[(3*t+1)*OutW +: OutW];
        assign c    = gen_level[l-1].row[(3*t+2)*OutW +: OutW];
        assign most = (a & b) | (a & c) | (b & c);
        assign row[2*t*OutW +: OutW]     = a ^ b ^ c;
        assign row[(2*t+1)*OutW +: OutW] = most << 1;
      end
      if (Before != 3 * Triples) begin : gen_rest
        assign row[2*Triples*OutW +: (Before-3*Triples)*OutW] =
            gen_level[l-1].row[3*Triples*OutW +: (Before-3*Triples)*OutW];
      end
    end
  end

  assign sum_o   = gen_level[Levels].row[0 +: OutW];
  // The second term is shifted, be it carries or the upper of two partial products: no bit 0.
  assign carry_o = gen_level[Levels].row[OutW+1 +: OutW-1];
  logic unused_low;
  assign unused_low = gen_level[Levels].row[OutW];

`ifdef HG_FORMAL
  localparam int F_BIAS = hg_figs_pkg::bias(ActW, WeightW);
  wire signed [OutW:0] f_exact = $signed(act_i) * $signed(weight_i) + (OutW + 1)'(F_BIAS);

  always_comb assert ({1'b0, sum_o} + {1'b0, carry_o, 1'b0} == f_exact);
`endif

endmodule

`default_nettype wire
