// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Adds signed values: a binary tree with a register at every level. Latency
/// hg_arith_pkg::tree_cycles; one sum a cycle.
///
/// Levels of up to 16 bits add at once; from there up the words are skewed (see hg_arith_pkg), so
/// that no level holds a long carry.
module hg_sum_tree #(
  /// Values, 1 and up.
  parameter int Inputs = 8,
  /// Bits of a value, 1 and up.
  parameter int InW = 16,
  /// Levels whose sums are known to fit into InW bits, 0 and up.
  parameter int FlatLevels = 0,
  /// 1: values of more than 16 bits come skewed, and no level grows; 0: all bits come at once.
  parameter int Skewed = 0,
  /// Derived: bits of the sum.
  localparam int OutW = hg_arith_pkg::tree_width(Inputs, InW, FlatLevels)
) (
  input  logic                  clk_i,
  input  logic [Inputs*InW-1:0] data_i,
  output logic [OutW-1:0]       sum_o
);

  if (Inputs < 1 || InW < 1 || FlatLevels < 0) begin : gen_illegal
    ERROR_hg_sum_tree_Inputs_and_InW_must_be_positive u_illegal ();
  end

  if (Skewed != 0 && (InW <= 16 || $clog2(Inputs) > FlatLevels)) begin : gen_illegal_skewed
    ERROR_hg_sum_tree_skewed_values_have_more_than_16_bits_and_flat_levels u_illegal ();
  end

  localparam int Levels = $clog2(Inputs);
  localparam int Segs   = hg_arith_pkg::segments(OutW);
  // Last level of up to 16 bits: its sums are skewed.
  localparam int Short  = (InW >= 16) ? ((FlatLevels < Levels) ? FlatLevels : Levels)
                                      : 16 - InW + FlatLevels;
  localparam int Skew   = (Segs == 1) ? Levels + 1 : (InW > 16) ? 0 : Short;

  for (genvar l = 0; l <= Levels; l++) begin : gen_level
    localparam int Nodes = 2 ** (Levels - l);
    localparam int GrowW = (l > FlatLevels) ? InW + l - FlatLevels : InW;
    // Skewed words have all their bits from the start.
    localparam int RowW  = (l >= Skew) ? OutW : GrowW;
    logic [Nodes*RowW-1:0] row;

    for (genvar n = 0; n < Nodes; n++) begin : gen_node
      if (l > Skew) begin : gen_skewed
        hg_add_skewed #(
          .Width (OutW)
        ) u_add (
          .clk_i,
          .a_i   (gen_level[l-1].row[2*n*OutW +: OutW]),
          .b_i   (gen_level[l-1].row[(2*n+1)*OutW +: OutW]),
          .sum_o (row[n*OutW +: OutW])
        );
      end else begin : gen_plain
        logic signed [GrowW-1:0] value;
        if (l == 0) begin : gen_leaf
          if (n < Inputs) begin : gen_used
            assign value = data_i[n*InW +: InW];
          end else begin : gen_unused
            assign value = '0;
          end
        end else begin : gen_add
          localparam int PrevW = (l - 1 > FlatLevels) ? InW + l - 1 - FlatLevels : InW;
          logic signed [PrevW-1:0] a, b;
          logic signed [GrowW-1:0] sum_q;
          assign a = gen_level[l-1].row[2*n*PrevW +: PrevW];
          assign b = gen_level[l-1].row[(2*n+1)*PrevW +: PrevW];
          always_ff @(posedge clk_i) sum_q <= a + b;
          assign value = sum_q;
        end
        if (l == Skew && Levels != 0 && Skewed == 0) begin : gen_skew
          logic signed [OutW-1:0] word;
          assign word = OutW'(value);
          hg_skew #(
            .Width (OutW)
          ) u_skew (
            .clk_i,
            .data_i (word),
            .data_o (row[n*OutW +: OutW])
          );
        end else begin : gen_keep
          assign row[n*RowW +: RowW] = value;
        end
      end
    end
  end

  if (Segs > 1 && Levels != 0) begin : gen_back
    hg_skew #(
      .Width (OutW),
      .Back  (1)
    ) u_back (
      .clk_i,
      .data_i (gen_level[Levels].row),
      .data_o (sum_o)
    );
  end else begin : gen_done
    assign sum_o = gen_level[Levels].row;
    if (Levels == 0) begin : gen_no_clock
      logic unused_clk;
      assign unused_clk = clk_i;
    end
  end

`ifdef HG_FORMAL
  localparam int FormC = hg_arith_pkg::tree_cycles(Inputs, InW, FlatLevels);
  logic [FormC*OutW-1:0] f_sum_q;
  logic [FormC-1:0]      f_known_q;
  logic signed [OutW-1:0] f_sum;

  always_comb begin
    f_sum = '0;
    for (int n = 0; n < Inputs; n++) f_sum = f_sum + OutW'($signed(data_i[n*InW +: InW]));
  end

  initial f_known_q = '0;
  always @(posedge clk_i) begin
    f_known_q <= FormC'({f_known_q, 1'b1});
    f_sum_q   <= (FormC * OutW)'({f_sum_q, f_sum});
    if (f_known_q[FormC-1] && Skewed == 0) assert (sum_o == f_sum_q[(FormC-1)*OutW +: OutW]);
  end
`endif

endmodule

`default_nettype wire
