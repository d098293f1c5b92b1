// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// The array: rows in groups, columns of processing elements, partial sums down from group to
/// group.
///
/// No skew inside a group: its elements are those of one token. Group g works g cycles and column c
/// c cycles behind the first; activations and swaps of a group come in skewed so (`act_i`, `swap_i`
/// stand in the cycle before the registers of column 0 take them), weights and their row enables
/// come skewed by column. Sums of column c leave Rows/Group + 3 + c cycles after the activations of
/// group 0 came, skewed by segments (see hg_arith_pkg), without the biases of their products. With
/// `Dsp` they are whole, and a chain has no more bits than its own sum.
module hg_figs_array #(
  /// Rows, a multiple of Group.
  parameter int Rows = 16,
  /// Columns, 1 and up.
  parameter int Columns = 4,
  /// Lanes of a processing element, 1 and up.
  parameter int Lanes = 4,
  /// Rows of a group, 1 and up.
  parameter int Group = 4,
  /// Activations of a group, 1 and up.
  parameter int Elements = 4,
  /// Activations in a row's reach, 1 to Elements.
  parameter int Window = 4,
  /// Rows whose windows differ: that of row r starts with element r modulo Bases.
  parameter int Bases = 1,
  /// Bits of a weight, 2 and up.
  parameter int WeightW = 8,
  /// Bits of an activation, 2 and up.
  parameter int ActW = 8,
  /// Bits of a partial sum, at least WeightW + ActW.
  parameter int PsumW = 28,
  /// 1: one select for all lanes of a processing element.
  parameter int SelShared = 0,
  /// 1: exchange activations between columns instead of selecting them.
  parameter int Exchange = 0,
  /// 1 if products are made for multipliers of an FPGA: otherwise 0.
  parameter int Dsp = 0,
  /// Derived: selects of a processing element.
  localparam int Sels = (SelShared != 0 || Exchange != 0) ? 1 : Lanes,
  /// Derived: bits of a select.
  localparam int SelW = hg_figs_pkg::sel_width((Exchange != 0) ? Elements : Window),
  /// Derived: groups.
  localparam int Groups = Rows / Group
) (
  input  logic                                   clk_i,
  input  logic [Columns*Rows-1:0]                load_i,
  input  logic [Columns*Lanes*WeightW-1:0]       weight_i,
  input  logic [Columns*Sels*SelW-1:0]           sel_i,
  input  logic [Groups-1:0]                      swap_i,
  input  logic [Groups*Elements*ActW-1:0]        act_i,
  output logic [Columns*Group*Lanes*PsumW-1:0]   psum_o
);

  if (Rows % Group != 0 || Window > Elements || Bases < 1) begin : gen_illegal
    ERROR_hg_figs_array_Rows_must_be_a_multiple_of_Group u_illegal ();
  end
  if (Exchange != 0 && (Elements != Group || Window != 1)) begin : gen_illegal_exchange
    ERROR_hg_figs_array_Exchange_needs_an_element_a_row_and_no_window u_illegal ();
  end

  // Bits of a chain's sum, and of the sums of a processing element.
  localparam int ExactW = WeightW + ActW + $clog2(Groups);
  localparam int SumW   = (Dsp != 0 && ExactW < PsumW) ? ExactW : PsumW;
  localparam int ChainW = Lanes * SumW;
  localparam int GroupW = Elements * ActW;
  localparam int PeSelW = hg_figs_pkg::sel_width(Window);
  localparam int SwapSelW = hg_figs_pkg::sel_width(Elements);
  // The biases of all products of a chain, taken away where it starts.
  localparam int Start  = (Dsp != 0) ? 0 : -(Groups * hg_figs_pkg::bias(ActW, WeightW));

  logic signed [SumW-1:0] start;
  assign start = SumW'(Start);

  for (genvar g = 0; g < Groups; g++) begin : gen_group
    for (genvar c = 0; c < Columns; c++) begin : gen_column
      logic [GroupW-1:0]       west, act, choices;
      logic                    swap, swap_q;
      logic [Group*ChainW-1:0] above, below;

      if (c == 0) begin : gen_first
        assign west = act_i[g*GroupW +: GroupW];
        assign swap = swap_i[g];
      end else begin : gen_next
        assign west = gen_group[g].gen_column[c-1].act;
        assign swap = gen_group[g].gen_column[c-1].swap_q;
      end
      if (c < Columns - 1) begin : gen_pass
        always_ff @(posedge clk_i) swap_q <= swap;
      end else begin : gen_last
        logic unused_swap;
        assign swap_q      = 1'b0;
        assign unused_swap = swap_q;
      end
      if (g == 0) begin : gen_top
        assign above = {(Group * Lanes){start}};
      end else begin : gen_inner
        assign above = gen_group[g-1].gen_column[c].below;
      end

      logic [SwapSelW-1:0] swap_sel;
      logic [Elements-1:0] swap_load;
      if (Exchange != 0) begin : gen_exchange
        assign swap_sel  = sel_i[c*SelW +: SelW];
        assign swap_load = load_i[c*Rows+g*Group +: Group];
      end else begin : gen_plain
        assign {swap_load, swap_sel} = '0;
      end
      hg_figs_swap_reg #(
        .Elements (Elements),
        .ActW     (ActW),
        .Exchange (Exchange)
      ) u_swap_reg (
        .clk_i,
        .load_i (swap_load),
        .swap_i (swap),
        .sel_i  (swap_sel),
        .act_i  (west),
        .act_o  (act)
      );

      // With multipliers, elements choose into registers of their own beside those that pass on.
      if (Dsp != 0 && Window > 1) begin : gen_ahead
        assign choices = west;
        if (c == Columns - 1) begin : gen_end
          logic unused_act;
          assign unused_act = ^act;
        end
      end else begin : gen_behind
        assign choices = act;
      end

      for (genvar r = 0; r < Group; r++) begin : gen_row
        localparam int Base  = r % Bases;
        localparam int Reach = (Base + Window > Elements) ? Elements - Base : Window;
        logic [Window*ActW-1:0] window;
        logic [Sels*PeSelW-1:0] pe_sel;
        if (Exchange != 0) begin : gen_no_sel
          assign pe_sel = '0;
        end else begin : gen_sel
          assign pe_sel = sel_i[c*Sels*SelW +: Sels*SelW];
        end
        if (Reach == Window) begin : gen_whole
          assign window = choices[Base*ActW +: Window*ActW];
        end else begin : gen_part
          // A window that ends outside of the group: no pattern that runs looks there.
          assign window = {{((Window-Reach)*ActW){1'b0}}, choices[Base*ActW +: Reach*ActW]};
        end
        hg_figs_pe #(
          .Lanes     (Lanes),
          .Window    (Window),
          .WeightW   (WeightW),
          .ActW      (ActW),
          .PsumW     (SumW),
          .SelShared ((Exchange != 0) ? 1 : SelShared),
          .Dsp       (Dsp)
        ) u_pe (
          .clk_i,
          .load_i   (load_i[c*Rows+g*Group+r]),
          .swap_i   (swap),
          .weight_i (weight_i[c*Lanes*WeightW +: Lanes*WeightW]),
          .sel_i    (pe_sel),
          .act_i    (window),
          .psum_i   (above[r*ChainW +: ChainW]),
          .psum_o   (below[r*ChainW +: ChainW])
        );
      end
    end
  end

  for (genvar c = 0; c < Columns; c++) begin : gen_bottom
    for (genvar b = 0; b < Group * Lanes; b++) begin : gen_lane
      logic signed [SumW-1:0] sum;
      assign sum = gen_group[Groups-1].gen_column[c].below[b*SumW +: SumW];
      assign psum_o[(c*Group*Lanes+b)*PsumW +: PsumW] = PsumW'(sum);
    end
  end

endmodule

`default_nettype wire
