// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

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

`ifdef HG_FORMAL
  // Register e shows the value that its select named, or its own: the select that was loaded last
  // before the last swap.
  logic                     f_seen_q, f_swapped_q;
  logic [Elements*ActW-1:0] f_act_q;
  logic [SelW-1:0]          f_next_q, f_sel_q;
  logic                     f_loaded_q;
  (* anyconst *) logic [SelW-1:0] f_e;
  wire [SelW-1:0] f_from = (Exchange != 0) ? f_sel_q : f_e;

  initial {f_seen_q, f_swapped_q, f_loaded_q} = '0;
  always_comb assume (32'(f_e) < Elements);
  always @(posedge clk_i) begin
    f_seen_q <= 1'b1;
    f_act_q  <= act_i;
    if (load_i[f_e]) begin
      f_next_q   <= sel_i;
      f_loaded_q <= 1'b1;
    end
    if (swap_i) begin
      f_sel_q     <= f_next_q;
      f_swapped_q <= f_loaded_q;
    end
    if (f_seen_q && (Exchange == 0 || f_swapped_q) && 32'(f_from) < Elements) begin
      assert (act_o[f_e*ActW +: ActW] == f_act_q[f_from*ActW +: ActW]);
    end
    cover (f_swapped_q && swap_i);
  end
  if (Exchange != 0) begin : gen_formal
    for (genvar e = 0; e < Elements; e++) begin : gen_register
      always @(posedge clk_i) begin
        if (f_e == SelW'(e) && f_loaded_q) assert (gen_exchange.gen_value[e].next_q == f_next_q);
        if (f_e == SelW'(e) && f_swapped_q) assert (gen_exchange.gen_value[e].sel_q == f_sel_q);
      end
    end
  end
`endif

endmodule

`default_nettype wire
