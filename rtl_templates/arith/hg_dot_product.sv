// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Dot product of signed vectors for an FPGA: a product in a multiplier for each element, a
/// register, and a binary tree of whole sums with a register at every level.
///
/// A dot product a cycle; latency 1 + clog2(Inputs) cycles. Exact. Synthesis maps a factor of up to
/// 18 bits by another to one multiplier.
module hg_dot_product #(
  /// Elements, 1 and up.
  parameter int Inputs = 16,
  /// Bits of an element of a, 2 and up.
  parameter int AW = 12,
  /// Bits of an element of b, 2 and up.
  parameter int BW = 4,
  /// Derived: bits of the sum.
  localparam int OutW = AW + BW + $clog2(Inputs)
) (
  input  logic                 clk_i,
  input  logic [Inputs*AW-1:0] a_i,
  input  logic [Inputs*BW-1:0] b_i,
  output logic [OutW-1:0]      sum_o
);

  if (Inputs < 1 || AW < 2 || BW < 2) begin : gen_illegal
    ERROR_hg_dot_product_AW_and_BW_must_be_at_least_2 u_illegal ();
  end

  localparam int Levels = $clog2(Inputs);

  for (genvar l = 0; l <= Levels; l++) begin : gen_level
    // Nodes with a value, not the whole binary tree: the last one may have no neighbour to add.
    localparam int Nodes = (Inputs + 2 ** l - 1) / 2 ** l;
    localparam int RowW  = AW + BW + l;
    logic [Nodes*RowW-1:0] row;
    for (genvar n = 0; n < Nodes; n++) begin : gen_node
      logic signed [RowW-1:0] value_d, value_q;
      if (l == 0) begin : gen_product
        logic signed [AW-1:0] a;
        logic signed [BW-1:0] b;
        assign a       = a_i[n*AW +: AW];
        assign b       = b_i[n*BW +: BW];
        assign value_d = a * b;
      end else begin : gen_add
        localparam int Before = (Inputs + 2 ** (l - 1) - 1) / 2 ** (l - 1);
        logic signed [RowW-2:0] a, b;
        assign a = gen_level[l-1].row[2*n*(RowW-1) +: RowW-1];
        if (2 * n + 1 < Before) begin : gen_both
          assign b = gen_level[l-1].row[(2*n+1)*(RowW-1) +: RowW-1];
        end else begin : gen_alone
          assign b = '0;
        end
        assign value_d = a + b;
      end
      always_ff @(posedge clk_i) value_q <= value_d;
      assign row[n*RowW +: RowW] = value_q;
    end
  end

  assign sum_o = gen_level[Levels].row;

`ifdef HG_FORMAL
  localparam int FormC = 1 + Levels;
  logic [FormC*OutW-1:0]  f_sum_q;
  logic [FormC-1:0]       f_known_q;
  logic signed [OutW-1:0] f_sum;

  always_comb begin
    f_sum = '0;
    for (int n = 0; n < Inputs; n++) begin
      f_sum = f_sum + OutW'($signed(a_i[n*AW +: AW])) * OutW'($signed(b_i[n*BW +: BW]));
    end
  end
  initial f_known_q = '0;
  always @(posedge clk_i) begin
    f_known_q <= FormC'({f_known_q, 1'b1});
    f_sum_q   <= (FormC * OutW)'({f_sum_q, f_sum});
    if (f_known_q[FormC-1]) assert (sum_o == f_sum_q[(FormC-1)*OutW +: OutW]);
  end
`endif

endmodule

`default_nettype wire
