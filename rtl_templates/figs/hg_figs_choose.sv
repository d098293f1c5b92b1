// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Chooses one of several words by a select that comes decoded, a bit a word; 0 if no bit is set.
/// Combinational.
module hg_figs_choose #(
  /// Words, 2 and up.
  parameter int Inputs = 4,
  /// Bits of a word, 1 and up.
  parameter int Width = 8
) (
  input  logic [Inputs-1:0]       want_i,
  input  logic [Inputs*Width-1:0] data_i,
  output logic [Width-1:0]        data_o
);

  if (Inputs < 2 || Width < 1) begin : gen_illegal
    ERROR_hg_figs_choose_Inputs_must_be_at_least_2 u_illegal ();
  end

  always_comb begin
    data_o = '0;
    for (int n = 0; n < Inputs; n++) begin
      data_o = data_o | (data_i[n*Width +: Width] & {Width{want_i[n]}});
    end
  end

`ifdef HG_FORMAL
  for (genvar n = 0; n < Inputs; n++) begin : gen_formal
    always_comb begin
      if (want_i == Inputs'(2 ** n)) assert (data_o == data_i[n*Width +: Width]);
    end
  end
  always_comb if (want_i == '0) assert (data_o == '0);
`endif

endmodule

`default_nettype wire
