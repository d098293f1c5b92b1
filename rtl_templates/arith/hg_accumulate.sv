// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Adds a stream of signed words, one a cycle. Latency hg_arith_pkg::segments(Width) cycles.
///
/// `first_i` starts from 0. `before_o` and `sum_o` are the sums without and with the word that went
/// in; both stand for one cycle. Modulo 2**Width.
module hg_accumulate #(
  /// Bits, 1 and up.
  parameter int Width = 38,
  /// Whether before_o is made, 0 or 1; else it is 0.
  parameter int Before = 1
) (
  input  logic             clk_i,
  input  logic             valid_i,
  input  logic             first_i,
  input  logic [Width-1:0] data_i,
  output logic [Width-1:0] before_o,
  output logic [Width-1:0] sum_o
);

  localparam int Segs = hg_arith_pkg::segments(Width);
  localparam int SegW = hg_arith_pkg::seg_width(Width);

  logic [Width-1:0] word, sum;

  hg_skew #(
    .Width (Width)
  ) u_skew (
    .clk_i,
    .data_i,
    .data_o (word)
  );

  for (genvar s = 0; s < Segs; s++) begin : gen_seg
    localparam int Own = (s == Segs - 1) ? Width - s * SegW : SegW;
    logic           valid, first, carry, carry_q, unused_low;
    logic [Own-1:0] base, sum_q;
    logic [Own:0]   wide;
    if (s == 0) begin : gen_first
      assign {valid, first} = {valid_i, first_i};
      assign carry = 1'b0;
    end else begin : gen_next
      logic valid_q, first_q;
      always_ff @(posedge clk_i) {valid_q, first_q} <= {gen_seg[s-1].valid, gen_seg[s-1].first};
      assign {valid, first} = {valid_q, first_q};
      assign carry = gen_seg[s-1].carry_q;
    end
    assign base = first ? '0 : sum_q;
    assign {wide, unused_low} = {1'b0, base, carry} + {1'b0, word[s*SegW +: Own], carry};
    always_ff @(posedge clk_i) begin
      if (valid) sum_q <= wide[Own-1:0];
      carry_q <= wide[Own];
    end
    if (s == Segs - 1) begin : gen_last
      logic unused_carry;
      assign unused_carry = carry_q;
    end
    assign sum[s*SegW +: Own] = sum_q;
  end

  hg_skew #(
    .Width (Width),
    .Back  (1)
  ) u_sum (
    .clk_i,
    .data_i (sum),
    .data_o (sum_o)
  );

  if (Before != 0) begin : gen_before
    logic [Width-1:0] prior;
    for (genvar s = 0; s < Segs; s++) begin : gen_prior
      localparam int Own = (s == Segs - 1) ? Width - s * SegW : SegW;
      logic [Own-1:0] before_q;
      always_ff @(posedge clk_i) before_q <= gen_seg[s].base;
      assign prior[s*SegW +: Own] = before_q;
    end
    hg_skew #(
      .Width (Width),
      .Back  (1)
    ) u_before (
      .clk_i,
      .data_i (prior),
      .data_o (before_o)
    );
  end else begin : gen_no_before
    assign before_o = '0;
  end

`ifdef HG_FORMAL
  // A sum without segments, and all that leaves since the first word was one that starts anew.
  logic [Width-1:0]      f_sum_q;
  logic [Segs*Width-1:0] f_before_q, f_sums_q;
  logic [Segs:0]         f_known_q;
  wire  [Width-1:0]      f_base  = first_i ? '0 : f_sum_q;
  wire                   f_known = f_known_q[0] || (valid_i && first_i);

  initial f_known_q = '0;
  always @(posedge clk_i) begin
    f_known_q  <= (Segs + 1)'({f_known_q, f_known}) | (Segs + 1)'(f_known);
    f_before_q <= (Segs * Width)'({f_before_q, f_base});
    f_sums_q   <= (Segs * Width)'({f_sums_q, f_sum_q});
    if (valid_i) f_sum_q <= f_base + data_i;
    if (f_known_q[Segs]) begin
      if (Segs == 1) assert (sum_o == f_sum_q);
      else assert (sum_o == f_sums_q[(Segs == 1 ? 0 : Segs - 2)*Width +: Width]);
      if (Before != 0) assert (before_o == f_before_q[(Segs-1)*Width +: Width]);
    end
    cover (f_known_q[Segs] && sum_o == '1);
  end
`endif

endmodule

`default_nettype wire
