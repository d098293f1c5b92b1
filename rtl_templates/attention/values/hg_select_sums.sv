// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Sums of the weights that hit each of a few bins, over the lanes of a row and the rows of a
/// query: bin b adds weight t of a row if `hit_i` has bit t*Bins + b.
///
/// A row a cycle, no more than that to be said: between rows nothing hits. `first_i` comes with a
/// query's first row, `last_i` with its last. Sums are skewed (see hg_arith_pkg): segment s of all
/// bins is complete in the cycle of `load_o[s]`, which is $clog2(Rows) + 1 + s cycles behind the
/// last row; the next query may follow at once.
module hg_select_sums #(
  /// Lanes, 1 and up.
  parameter int Rows = 8,
  /// Bins, 1 to 8.
  parameter int Bins = 8,
  /// Bits of a weight, 1 and up.
  parameter int InW = 25,
  /// Bits of a sum, at least InW.
  parameter int SumW = 38,
  /// Derived: segments of a sum.
  localparam int Segs = hg_arith_pkg::segments(SumW)
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,
  input  logic                 first_i,
  input  logic                 last_i,
  input  logic [Rows*Bins-1:0] hit_i,
  input  logic [Rows*InW-1:0]  weight_i,
  output logic [Segs-1:0]      load_o,
  output logic [Bins*SumW-1:0] sum_o
);

  localparam int SegW   = hg_arith_pkg::seg_width(SumW);
  localparam int Levels = $clog2(Rows);
  localparam int Leaves = 2 ** Levels;

  // Weights are skewed before the bins part, and hits follow their segment.
  logic [Leaves*SumW-1:0]      word;
  logic [Segs*Leaves*Bins-1:0] hit;
  logic [Segs-1:0]             first;

  for (genvar t = 0; t < Leaves; t++) begin : gen_lane
    if (t < Rows) begin : gen_used
      hg_skew #(
        .Width (SumW)
      ) u_skew (
        .clk_i,
        .data_i (SumW'(weight_i[t*InW +: InW])),
        .data_o (word[t*SumW +: SumW])
      );
    end else begin : gen_unused
      assign word[t*SumW +: SumW] = '0;
    end
  end

  for (genvar s = 0; s < Segs; s++) begin : gen_follow
    hg_delay #(
      .Width  (Leaves * Bins),
      .Cycles (s)
    ) u_hit (
      .clk_i,
      .data_i ((Leaves*Bins)'(hit_i)),
      .data_o (hit[s*Leaves*Bins +: Leaves*Bins])
    );
    hg_delay #(
      .Width  (1),
      .Cycles (Levels + s)
    ) u_first (
      .clk_i,
      .data_i (first_i),
      .data_o (first[s])
    );
    hg_delay_valid #(
      .Cycles (Levels + 1 + s)
    ) u_last (
      .clk_i,
      .rst_ni,
      .valid_i (last_i),
      .valid_o (load_o[s])
    );
  end

  for (genvar b = 0; b < Bins; b++) begin : gen_bin
    for (genvar l = 0; l <= Levels; l++) begin : gen_level
      localparam int Nodes = 2 ** (Levels - l);
      logic [Nodes*SumW-1:0] row;
      for (genvar n = 0; n < Nodes; n++) begin : gen_node
        if (l == 0) begin : gen_leaf
          for (genvar s = 0; s < Segs; s++) begin : gen_part
            localparam int Own = (s == Segs - 1) ? SumW - s * SegW : SegW;
            assign row[n*SumW + s*SegW +: Own] = hit[s*Leaves*Bins + n*Bins + b]
                ? word[n*SumW + s*SegW +: Own] : '0;
          end
        end else begin : gen_add
          hg_add_skewed #(
            .Width (SumW)
          ) u_add (
            .clk_i,
            .a_i   (gen_level[l-1].row[2*n*SumW +: SumW]),
            .b_i   (gen_level[l-1].row[(2*n+1)*SumW +: SumW]),
            .sum_o (row[n*SumW +: SumW])
          );
        end
      end
    end

    for (genvar s = 0; s < Segs; s++) begin : gen_sum
      localparam int Own = (s == Segs - 1) ? SumW - s * SegW : SegW;
      logic           carry, carry_q, unused_low;
      logic [Own-1:0] base, sum_q;
      logic [Own:0]   wide;
      if (s == 0) begin : gen_first
        assign carry = 1'b0;
      end else begin : gen_next
        assign carry = gen_sum[s-1].carry_q;
      end
      // The carry enters as the sum of two equal bits below the lowest.
      assign base = first[s] ? '0 : sum_q;
      assign {wide, unused_low} =
          {1'b0, base, carry} + {1'b0, gen_level[Levels].row[s*SegW +: Own], carry};
      always_ff @(posedge clk_i) {carry_q, sum_q} <= wide;
      if (s == Segs - 1) begin : gen_last
        logic unused_carry;
        assign unused_carry = carry_q;
      end
      assign sum_o[b*SumW + s*SegW +: Own] = sum_q;
    end
  end

`ifdef HG_FORMAL
  // Sums without segments or trees, as many cycles later.
  localparam int FormC = Levels + Segs;
  logic [Bins*SumW-1:0]       f_sum_q, f_row;
  logic [FormC*Bins*SumW-1:0] f_sums_q;
  logic [FormC:0]             f_last_q, f_known_q;

  always_comb begin
    f_row = '0;
    for (int b = 0; b < Bins; b++) begin
      for (int t = 0; t < Rows; t++) begin
        if (hit_i[t*Bins + b]) begin
          f_row[b*SumW +: SumW] = f_row[b*SumW +: SumW] + SumW'(weight_i[t*InW +: InW]);
        end
      end
      if (!first_i) f_row[b*SumW +: SumW] = f_row[b*SumW +: SumW] + f_sum_q[b*SumW +: SumW];
    end
  end
  logic f_seen_q;
  initial begin
    f_seen_q  = 1'b0;
    f_known_q = '0;
  end
  always_comb assume (rst_ni == f_seen_q);
  always @(posedge clk_i) begin
    f_seen_q  <= 1'b1;
    f_known_q <= (FormC + 1)'({f_known_q, f_seen_q && (first_i || f_known_q[0])});
    f_last_q  <= (FormC + 1)'({f_last_q, last_i});
    f_sum_q   <= f_row;
    f_sums_q  <= (FormC * Bins * SumW)'({f_sums_q, f_row});
    for (int s = 0; s < Segs; s++) begin
      for (int b = 0; b < Bins; b++) begin
        for (int i = s * SegW; i < SumW && i < (s + 1) * SegW; i++) begin
          if (f_known_q[Levels + s]) begin
            assert (load_o[s] == f_last_q[Levels + s]);
            assert (sum_o[b*SumW + i] == f_sums_q[((Levels + s)*Bins + b)*SumW + i]);
          end
        end
      end
    end
    cover (f_known_q[FormC-1] && load_o[Segs-1] && sum_o == '1);
  end
`endif

endmodule

`default_nettype wire
