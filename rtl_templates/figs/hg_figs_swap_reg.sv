// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none

/// Activations of a group on their way along the columns: a register each, passed on to the next
/// column in the next cycle.
///
/// `Exchange` puts a permutation in front: register e takes the value that stood in register
/// `sel_i[e]` of the column before. The selects are loaded behind those in use by `load_i` (one bit
/// a register) and taken over with `swap_i`, which comes with the first token that they are for.
module hg_figs_swap_reg #(
  /// Values of a group, 1 and up.
  parameter int Elements = 4,
  /// Bits of a value, 1 and up.
  parameter int ActW = 8,
  /// 1: exchange values; 0: pass them on as they are.
  parameter int Exchange = 0,
  /// Derived: bits of a select.
  localparam int SelW = hg_figs_pkg::sel_width(Elements)
) (
  input  logic                     clk_i,
  input  logic [Elements-1:0]      load_i,
  input  logic                     swap_i,
  input  logic [SelW-1:0]          sel_i,
  input  logic [Elements*ActW-1:0] act_i,
  output logic [Elements*ActW-1:0] act_o
);

  if (Elements < 1 || ActW < 1) begin : gen_illegal
    ERROR_hg_figs_swap_reg_Elements_and_ActW_must_be_positive u_illegal ();
  end

  logic [Elements*ActW-1:0] act_d, act_q;

  if (Exchange != 0) begin : gen_exchange
    for (genvar e = 0; e < Elements; e++) begin : gen_value
      logic [SelW-1:0] next_q, sel_q, sel;
      logic [ActW-1:0] chosen;
      always_ff @(posedge clk_i) begin
        if (load_i[e]) next_q <= sel_i;
        if (swap_i) sel_q <= next_q;
      end
      assign sel = swap_i ? next_q : sel_q;
      always_comb begin
        chosen = '0;
        for (int n = 0; n < Elements; n++) begin
          if (sel == SelW'(n)) chosen = chosen | act_i[n*ActW +: ActW];
        end
      end
      assign act_d[e*ActW +: ActW] = chosen;
    end
  end else begin : gen_pass
    logic unused_control;
    assign unused_control = ^{load_i, swap_i, sel_i};
    assign act_d = act_i;
  end

  always_ff @(posedge clk_i) act_q <= act_d;
  assign act_o = act_q;

endmodule

`default_nettype wire
