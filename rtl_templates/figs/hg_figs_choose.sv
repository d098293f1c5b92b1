// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none

/// Chooses one of several words: a tree of two-way multiplexers, one bit of the select a level.
/// Combinational. What a select beyond the last word chooses has no meaning.
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

  for (genvar l = 0; l <= SelW; l++) begin : gen_level
    localparam int Words = (Inputs + 2 ** l - 1) / 2 ** l;
    logic [Words*Width-1:0] row;
    if (l == 0) begin : gen_leaf
      assign row = data_i;
    end else begin : gen_choose
      localparam int Before = (Inputs + 2 ** (l - 1) - 1) / 2 ** (l - 1);
      for (genvar n = 0; n < Words; n++) begin : gen_word
        if (2 * n + 1 < Before) begin : gen_two
          assign row[n*Width +: Width] = sel_i[l-1]
              ? gen_level[l-1].row[(2*n+1)*Width +: Width]
              : gen_level[l-1].row[2*n*Width +: Width];
        end else begin : gen_one
          assign row[n*Width +: Width] = gen_level[l-1].row[2*n*Width +: Width];
        end
      end
    end
  end

  assign data_o = gen_level[SelW].row;

endmodule

`default_nettype wire
