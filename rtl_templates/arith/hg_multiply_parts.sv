// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Multiplies two signed words in multipliers of an FPGA: hg_multiply for factors that are wider
/// than one of these takes. Both are cut into parts of PartW bits, of which all but the top one are
/// unsigned; a product for each pair of parts, a register, and a tree of whole sums. Exact; gives
/// the product without its lowest Low and its highest High bits.
///
/// A product a cycle; latency Cycles.
module hg_multiply_parts #(
  /// Bits of factor a, 2 and up.
  parameter int AW = 23,
  /// Bits of factor b, 2 and up.
  parameter int BW = 22,
  /// Bits of the product below those that are delivered, 0 and up.
  parameter int Low = 0,
  /// Bits above them, 0 and up.
  parameter int High = 0,
  /// Cycles: at least 1 and a level of the tree for each doubling of the pairs of parts.
  parameter int Cycles = 8,
  /// Bits of a part without a sign, 1 and up.
  parameter int PartW = 17,
  /// Derived: bits that are delivered.
  localparam int OutW = AW + BW - Low - High
) (
  input  logic            clk_i,
  input  logic [AW-1:0]   a_i,
  input  logic [BW-1:0]   b_i,
  output logic [OutW-1:0] product_o
);

  localparam int PartsA = (AW - 1 + PartW - 1) / PartW;
  localparam int PartsB = (BW - 1 + PartW - 1) / PartW;
  localparam int WideA  = PartsA * PartW + 1;
  localparam int WideB  = PartsB * PartW + 1;
  localparam int Leaves = PartsA * PartsB;
  localparam int Levels = $clog2(Leaves);
  // All is modulo the bits that are delivered or below them.
  localparam int SumW   = AW + BW - High;

  if (AW < 2 || BW < 2 || Low < 0 || High < 0 || OutW < 1) begin : gen_illegal
    ERROR_hg_multiply_parts_Low_and_High_must_leave_a_bit u_illegal ();
  end
  if (Cycles < 1 + Levels) begin : gen_illegal_cycles
    ERROR_hg_multiply_parts_Cycles_must_be_1_and_the_levels_of_the_tree u_illegal ();
  end

  logic signed [AW-1:0]    a;
  logic signed [BW-1:0]    b;
  logic signed [WideA-1:0] wide_a;
  logic signed [WideB-1:0] wide_b;
  assign a      = a_i;
  assign b      = b_i;
  assign wide_a = WideA'(a);
  assign wide_b = WideB'(b);

  for (genvar l = 0; l <= Levels; l++) begin : gen_level
    localparam int Nodes = (Leaves + 2 ** l - 1) / 2 ** l;
    logic [Nodes*SumW-1:0] row;
    for (genvar n = 0; n < Nodes; n++) begin : gen_node
      logic [SumW-1:0] value;
      if (l == 0) begin : gen_product
        localparam int I = n / PartsB;
        localparam int J = n % PartsB;
        logic signed [PartW:0]     part_a, part_b;
        logic signed [2*PartW+1:0] product_q;
        logic signed [SumW-1:0]    wide;
        assign part_a = {(I == PartsA - 1) && wide_a[WideA-1], wide_a[I*PartW +: PartW]};
        assign part_b = {(J == PartsB - 1) && wide_b[WideB-1], wide_b[J*PartW +: PartW]};
        always_ff @(posedge clk_i) product_q <= part_a * part_b;
        assign wide  = SumW'(product_q);
        assign value = wide << ((I + J) * PartW);
      end else begin : gen_sum
        localparam int Before = (Leaves + 2 ** (l - 1) - 1) / 2 ** (l - 1);
        logic [SumW-1:0] sum_q;
        if (2 * n + 1 < Before) begin : gen_both
          always_ff @(posedge clk_i) begin
            sum_q <= gen_level[l-1].row[2*n*SumW +: SumW]
                   + gen_level[l-1].row[(2*n+1)*SumW +: SumW];
          end
        end else begin : gen_alone
          always_ff @(posedge clk_i) sum_q <= gen_level[l-1].row[2*n*SumW +: SumW];
        end
        assign value = sum_q;
      end
      assign row[n*SumW +: SumW] = value;
    end
  end

  hg_delay #(
    .Width  (OutW),
    .Cycles (Cycles - 1 - Levels)
  ) u_wait (
    .clk_i,
    .data_i (gen_level[Levels].row[SumW-1:Low]),
    .data_o (product_o)
  );
  if (Low > 0) begin : gen_low
    logic unused_low;
    assign unused_low = ^gen_level[Levels].row[Low-1:0];
  end

`ifdef HG_FORMAL
  logic [Cycles*OutW-1:0] f_product_q;
  logic [Cycles-1:0]      f_known_q;
  wire signed [AW+BW-1:0] f_product = $signed(a_i) * $signed(b_i);

  initial f_known_q = '0;
  always @(posedge clk_i) begin
    f_known_q   <= Cycles'({f_known_q, 1'b1});
    f_product_q <= (Cycles * OutW)'({f_product_q, f_product[SumW-1:Low]});
    if (f_known_q[Cycles-1]) assert (product_o == f_product_q[(Cycles-1)*OutW +: OutW]);
  end
`endif

endmodule

`default_nettype wire
