// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none

/// Chooses one of several words, 0 if the select is beyond the last. Combinational. The select is
/// decoded once for all bits: smaller and no slower than a tree of multiplexers.
module hg_figs_choose #(
  /// Words, 2 and up.
  parameter int Inputs = 4,
  /// Bits of a word, 1 and up.
  parameter int Width = 8,
  /// Derived: bits of the select.
  localparam int SelW = hg_figs_pkg::sel_width(Inputs)
) (
  input  logic [SelW-1:0]         sel_i,
  input  logic [Inputs*Width-1:0] data_i,
  output logic [Width-1:0]        data_o
);

  if (Inputs < 2 || Width < 1) begin : gen_illegal
    ERROR_hg_figs_choose_Inputs_must_be_at_least_2 u_illegal ();
  end

  logic [Inputs-1:0] want;

  for (genvar n = 0; n < Inputs; n++) begin : gen_want
    assign want[n] = sel_i == SelW'(n);
  end

  always_comb begin
    data_o = '0;
    for (int n = 0; n < Inputs; n++) begin
      data_o = data_o | (data_i[n*Width +: Width] & {Width{want[n]}});
    end
  end

`ifdef FORMAL
  for (genvar n = 0; n < Inputs; n++) begin : gen_formal
    always_comb if (sel_i == SelW'(n)) assert (data_o == data_i[n*Width +: Width]);
  end
  always_comb if (32'(sel_i) >= Inputs) assert (data_o == '0);
`endif

endmodule

`default_nettype wire
