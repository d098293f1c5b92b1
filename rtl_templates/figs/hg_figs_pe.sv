// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Processing element: a multiplier-adder a lane, all of them on the activations of one row's
/// window.
///
/// Weights are double buffered: `load_i` writes the next ones, `swap_i` puts them to use. A token's
/// activations stand at `act_i` in the cycle after the swap; its product is registered, then added
/// to `psum_i`, which must stand in the cycle after the activations (skewed, see hg_arith_pkg). The
/// sum leaves a cycle later. No reset and no stall: what is no token is ignored where sums are
/// collected.
///
/// Where the window holds more than one value, a stored select chooses each lane's operand, or with
/// `SelShared` that of all lanes. Sums carry the bias of hg_figs_product.
///
/// With `Dsp` a product is one of an FPGA's multipliers, partial sums are whole and carry no bias,
/// and selects stay as they come: there they choose by fewer cells than decoded ones. An operand is
/// chosen into a register, as a multiplier takes most of a cycle: where the window holds more than
/// one value, a token's activations stand at `act_i` a cycle earlier, in the cycle of the swap.
module hg_figs_pe #(
  /// Lanes that share the activations, 1 and up.
  parameter int Lanes = 4,
  /// Activations in reach, 1 and up.
  parameter int Window = 4,
  /// Bits of a weight, 2 and up.
  parameter int WeightW = 8,
  /// Bits of an activation, 2 and up.
  parameter int ActW = 8,
  /// Bits of a partial sum, at least WeightW + ActW.
  parameter int PsumW = 28,
  /// 1: one select for all lanes.
  parameter int SelShared = 0,
  /// 1 if products are made for multipliers of an FPGA: otherwise 0.
  parameter int Dsp = 0,
  /// Derived: selects.
  localparam int Sels = (SelShared != 0) ? 1 : Lanes,
  /// Derived: bits of a select.
  localparam int SelW = hg_figs_pkg::sel_width(Window)
) (
  input  logic                     clk_i,
  input  logic                     load_i,
  input  logic                     swap_i,
  input  logic [Lanes*WeightW-1:0] weight_i,
  input  logic [Sels*SelW-1:0]     sel_i,
  input  logic [Window*ActW-1:0]   act_i,
  input  logic [Lanes*PsumW-1:0]   psum_i,
  output logic [Lanes*PsumW-1:0]   psum_o
);

  if (Lanes < 1 || Window < 1) begin : gen_illegal
    ERROR_hg_figs_pe_Lanes_and_Window_must_be_positive u_illegal ();
  end

  localparam int TermW = ActW + WeightW;

  logic [Lanes*WeightW-1:0] next_q, weight_q;
  logic [Sels*ActW-1:0]     operand;

  always_ff @(posedge clk_i) begin
    if (load_i) next_q <= weight_i;
    if (swap_i) weight_q <= next_q;
  end

  if (Window > 1) begin : gen_select
    for (genvar s = 0; s < Sels; s++) begin : gen_operand
      logic [SelW-1:0]   next_sel_q;
      logic [Window-1:0] picks;
      logic [ActW-1:0]   chosen, used;
      always_ff @(posedge clk_i) begin
        if (load_i) next_sel_q <= sel_i[s*SelW +: SelW];
      end
      if (Dsp != 0) begin : gen_ahead
        logic [SelW-1:0] sel, sel_q;
        logic [ActW-1:0] chosen_q;
        // The first activations that a select is for come with the swap.
        assign sel = swap_i ? next_sel_q : sel_q;
        always_ff @(posedge clk_i) begin
          sel_q    <= sel;
          chosen_q <= chosen;
        end
        for (genvar n = 0; n < Window; n++) begin : gen_pick
          assign picks[n] = sel == SelW'(n);
        end
        assign used = chosen_q;
      end else begin : gen_early
        logic [Window-1:0] want, want_q;
        // Decoded where it waits: smaller than decoding it in use, and no part of the
        // multiplication.
        for (genvar n = 0; n < Window; n++) begin : gen_want
          assign want[n] = next_sel_q == SelW'(n);
        end
        always_ff @(posedge clk_i) begin
          if (swap_i) want_q <= want;
        end
        assign picks = want_q;
        assign used  = chosen;
      end
      hg_figs_choose #(
        .Inputs (Window),
        .Width  (ActW)
      ) u_choose (
        .want_i (picks),
        .data_i (act_i),
        .data_o (chosen)
      );
      assign operand[s*ActW +: ActW] = used;
    end
  end else begin : gen_own
    logic unused_sel;
    assign unused_sel = ^sel_i;
    for (genvar s = 0; s < Sels; s++) begin : gen_operand
      assign operand[s*ActW +: ActW] = act_i;
    end
  end

  for (genvar b = 0; b < Lanes; b++) begin : gen_lane
    localparam int From = (SelShared != 0) ? 0 : b;
    if (Dsp != 0) begin : gen_dsp
      logic signed [ActW-1:0]    act;
      logic signed [WeightW-1:0] weight;
      logic signed [TermW-1:0]   product_q;
      logic signed [PsumW-1:0]   psum, sum_q;
      assign act    = operand[From*ActW +: ActW];
      assign weight = weight_q[b*WeightW +: WeightW];
      assign psum   = psum_i[b*PsumW +: PsumW];
      always_ff @(posedge clk_i) begin
        product_q <= act * weight;
        sum_q     <= psum + PsumW'(product_q);
      end
      assign psum_o[b*PsumW +: PsumW] = sum_q;
    end else begin : gen_logic
      logic [TermW-1:0] sum;
      logic [TermW-1:1] carry;
      hg_figs_product #(
        .ActW    (ActW),
        .WeightW (WeightW)
      ) u_product (
        .act_i    (operand[From*ActW +: ActW]),
        .weight_i (weight_q[b*WeightW +: WeightW]),
        .sum_o    (sum),
        .carry_o  (carry)
      );
      hg_figs_add #(
        .TermW (TermW),
        .PsumW (PsumW)
      ) u_add (
        .clk_i,
        .sum_i   (sum),
        .carry_i (carry),
        .psum_i  (psum_i[b*PsumW +: PsumW]),
        .psum_o  (psum_o[b*PsumW +: PsumW])
      );
    end
  end

endmodule

`default_nettype wire
