// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Multiplies two signed words: radix-4 Booth terms, then a tree of skewed sums. Exact; delivers
/// the product without its lowest Low and its highest High bits.
///
/// A product a cycle; latency hg_arith_pkg::multiply_cycles(AW, BW). B is the recoded factor: the
/// narrower one. Segment s of the terms is made s cycles late, from factors that have waited: they
/// have fewer bits than the terms.
module hg_multiply #(
  /// Bits of factor a, 2 and up.
  parameter int AW = 21,
  /// Bits of factor b, 2 and up.
  parameter int BW = 17,
  /// Bits of the product below those that are delivered, 0 and up.
  parameter int Low = 0,
  /// Bits above them, 0 and up.
  parameter int High = 0,
  /// Derived: bits that are delivered.
  localparam int OutW = AW + BW - Low - High
) (
  input  logic            clk_i,
  input  logic [AW-1:0]   a_i,
  input  logic [BW-1:0]   b_i,
  output logic [OutW-1:0] product_o
);

  if (AW < 2 || BW < 2) begin : gen_illegal
    ERROR_hg_multiply_AW_and_BW_must_be_at_least_2 u_illegal ();
  end
  if (BW > AW) begin : gen_illegal_order
    ERROR_hg_multiply_BW_must_be_at_most_AW u_illegal ();
  end
  if (Low < 0 || High < 0 || OutW < 1) begin : gen_illegal_out
    ERROR_hg_multiply_Low_and_High_must_leave_a_bit u_illegal ();
  end
  if (hg_arith_pkg::segments(AW + BW - High) != hg_arith_pkg::segments(AW + BW)) begin : gen_short
    ERROR_hg_multiply_High_must_leave_as_many_segments u_illegal ();
  end

  localparam int Terms  = hg_arith_pkg::booth_terms(BW);
  // One more leaf holds what turns complements into negatives. Terms have no sign: its bit, of the
  // weight -2**n, comes inverted with the weight 2**n, and the leaf takes off what that adds.
  localparam int Leaves = Terms + 1;
  // All is modulo the bits that are delivered or below them.
  localparam int SumW   = AW + BW - High;

  localparam int Segs   = hg_arith_pkg::segments(SumW);
  localparam int SegW   = hg_arith_pkg::seg_width(SumW);

  // A bit for each term, at every second place.
  function automatic logic [127:0] signs(input int terms);
    signs = '0;
    for (int n = 0; n < terms; n++) signs[2*n] = 1'b1;
  endfunction
  localparam logic [127:0]    SignBits = signs(Terms);
  localparam logic [SumW-1:0] Signs    = -(SignBits[SumW-1:0] << AW);

  logic [Leaves*SumW-1:0] terms_q;
  logic [SumW-1:0]        sum;

  // Not gen_seg: by that name Verilator 5.006 would look here for what hg_add_skewed refers to.
  for (genvar s = 0; s < Segs; s++) begin : gen_part
    localparam int Own = (s == Segs - 1) ? SumW - s * SegW : SegW;
    logic [AW-1:0]    a;
    logic [BW-1:0]    b;
    logic [2*Terms:0] bits;
    logic [SumW-1:0]  ones;

    if (s == 0) begin : gen_now
      assign {a, b} = {a_i, b_i};
    end else begin : gen_late
      logic [AW+BW-1:0] late_q;
      always_ff @(posedge clk_i) late_q <= {gen_part[s-1].a, gen_part[s-1].b};
      assign {a, b} = late_q;
    end
    assign bits = {{(2*Terms-BW){b[BW-1]}}, b, 1'b0};

    always_comb begin
      ones = Signs;
      for (int k = 0; k < Terms; k++) ones[2*k] = bits[2*k+2];
    end

    for (genvar k = 0; k < Terms; k++) begin : gen_term
      logic            one, two, minus;
      logic [AW:0]     multiple;
      logic [SumW+1:0] wide;
      logic [SumW-1:0] term;
      assign one      = bits[2*k+1] != bits[2*k];
      assign two      = bits[2*k+2] != bits[2*k+1] && !one;
      assign minus    = bits[2*k+2];
      assign multiple = (({a[AW-1], a} & {(AW+1){one}}) | ({a, 1'b0} & {(AW+1){two}}))
                      ^ {(AW+1){minus}};
      assign wide     = (SumW + 2)'({!multiple[AW], multiple[AW-1:0]});
      assign term     = SumW'(wide << (2 * k));
      always_ff @(posedge clk_i) terms_q[k*SumW+s*SegW +: Own] <= term[s*SegW +: Own];
      if (Segs > 1) begin : gen_others
        logic unused_others;
        assign unused_others = ^term;
      end
    end
    always_ff @(posedge clk_i) terms_q[Terms*SumW+s*SegW +: Own] <= ones[s*SegW +: Own];
    if (Segs > 1) begin : gen_others
      logic unused_others;
      assign unused_others = ^ones;
    end
  end

  hg_sum_tree #(
    .Inputs     (Leaves),
    .InW        (SumW),
    .FlatLevels ($clog2(Leaves)),
    .Skewed     ((Segs > 1) ? 1 : 0)
  ) u_tree (
    .clk_i,
    .data_i (terms_q),
    .sum_o  (sum)
  );

  assign product_o = sum[SumW-1:Low];
  if (Low > 0) begin : gen_low
    logic unused_low;
    assign unused_low = ^sum[Low-1:0];
  end

`ifdef HG_FORMAL
  localparam int FormC = hg_arith_pkg::multiply_cycles(AW, BW);
  logic [FormC*OutW-1:0] f_product_q;
  logic [FormC-1:0]      f_known_q;
  wire signed [AW+BW-1:0] f_product = $signed(a_i) * $signed(b_i);

  initial f_known_q = '0;
  always @(posedge clk_i) begin
    f_known_q   <= FormC'({f_known_q, 1'b1});
    f_product_q <= (FormC * OutW)'({f_product_q, f_product[SumW-1:Low]});
    if (f_known_q[FormC-1]) assert (product_o == f_product_q[(FormC-1)*OutW +: OutW]);
  end
`endif

endmodule

`default_nettype wire
