// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Product of a factor and one radix-2**Bits Booth digit, chosen from the factor's multiples
/// (hg_multiples).
///
/// The digit is `digit_i`, signed, plus `carry_i`: the highest bit of the digit below, 0 for the
/// lowest. The product is `term_o`, signed, plus `minus_o`: a negative one comes as the complement
/// of its amount, and whoever adds it up has a carry to spare.
///
/// Skewed in segments of SegW bits: the digit comes a cycle before segment 0 of the multiples;
/// segment s of the term comes s + 2 cycles after it, and `minus_o` comes with segment 0.
module hg_multiple #(
  /// Bits of the digit, 1 to 4.
  parameter int Bits = 4,
  /// Bits of a multiple, 1 and up.
  parameter int InW = 20,
  /// Bits of a segment, 1 and up.
  parameter int SegW = 13,
  /// Derived: the largest multiple.
  localparam int Most = 2 ** (Bits - 1),
  /// Derived: bits of the term.
  localparam int OutW = InW + 1
) (
  input  logic                clk_i,
  input  logic [Bits-1:0]     digit_i,
  input  logic                carry_i,
  input  logic [Most*InW-1:0] multiples_i,
  output logic [OutW-1:0]     term_o,
  output logic                minus_o
);

  if (Bits < 1 || Bits > 4 || InW < 1 || SegW < 1) begin : gen_illegal
    ERROR_hg_multiple_Bits_must_be_1_to_4_and_InW_and_SegW_positive u_illegal ();
  end

  localparam int Segs = (OutW + SegW - 1) / SegW;
  // Values of a digit with its carry are modulo twice this.
  localparam int Span = 2 ** Bits;

  logic [Bits:0]   value;
  logic [Most-1:0] hit;
  assign value = {digit_i[Bits-1], digit_i} + (Bits + 1)'(carry_i);
  for (genvar k = 1; k <= Most; k++) begin : gen_hit
    assign hit[k-1] = value == (Bits + 1)'(k) || value == (Bits + 1)'(2 * Span - k);
  end

  // Amounts have no sign.
  logic [Most*OutW-1:0] amounts;
  for (genvar k = 0; k < Most; k++) begin : gen_amount
    assign amounts[k*OutW +: OutW] = {1'b0, multiples_i[k*InW +: InW]};
  end

  for (genvar s = 0; s < Segs; s++) begin : gen_seg
    localparam int Low = s * SegW;
    localparam int Own = (OutW - Low < SegW) ? OutW - Low : SegW;
    // Which multiple, one-hot or none, and whether it is taken off.
    logic [Most-1:0] hit_q;
    logic            minus_q;
    logic [Own-1:0]  chosen, term_q;
    if (s == 0) begin : gen_decode
      always_ff @(posedge clk_i) {minus_q, hit_q} <= {value[Bits], hit};
    end else begin : gen_later
      always_ff @(posedge clk_i) {minus_q, hit_q} <= {gen_seg[s-1].minus_q, gen_seg[s-1].hit_q};
    end
    always_comb begin
      chosen = '0;
      for (int k = 0; k < Most; k++) begin
        chosen = chosen | (amounts[k*OutW+Low +: Own] & {Own{hit_q[k]}});
      end
    end
    always_ff @(posedge clk_i) term_q <= chosen ^ {Own{minus_q}};
    assign term_o[Low +: Own] = term_q;
    if (s == 0) begin : gen_minus
      logic late_q;
      always_ff @(posedge clk_i) late_q <= minus_q;
      assign minus_o = late_q;
    end
  end

`ifdef HG_FORMAL
  // A term without segments: with its carry, the factor times the digit. The multiples are those
  // of one factor for all segments, each in its cycle.
  localparam int FormC = Segs + 2;
  (* anyseq *) logic [InW-1:0] f_factor;
  logic [FormC*InW-1:0]   f_factors_q;
  logic [FormC*OutW-1:0]  f_wants_q;
  logic [FormC-1:0]       f_known_q;
  logic                   f_minus_q;
  logic signed [Bits:0]   f_digit_q;
  logic signed [Bits:0]   f_digit;
  logic signed [OutW-1:0] f_product;
  logic [OutW-1:0]        f_want;
  logic [InW-1:0]         f_multiple;
  logic [FormC*InW-1:0]   f_factors;

  always_comb begin
    f_digit   = $signed(digit_i) + $signed({1'b0, carry_i});
    // The digit came a cycle before the factor.
    f_product = $signed({1'b0, f_factor}) * f_digit_q;
    f_want    = f_product - OutW'(f_digit_q[Bits]);
    f_factors = (FormC * InW)'({f_factors_q, f_factor});
    f_multiple = '0;
    // Eight times the factor still fits.
    assume (32'(f_factor) < 2 ** InW / Most);
    for (int s = 0; s < Segs; s++) begin
      for (int k = 1; k <= Most; k++) begin
        f_multiple = InW'(k) * f_factors[s*InW +: InW];
        for (int b = s * SegW; b < InW && b < (s + 1) * SegW; b++) begin
          assume (multiples_i[(k-1)*InW+b] == f_multiple[b]);
        end
      end
    end
  end

  initial f_known_q = '0;
  always @(posedge clk_i) begin
    f_known_q   <= FormC'({f_known_q, 1'b1});
    f_factors_q <= f_factors;
    f_wants_q   <= (FormC * OutW)'({f_wants_q, f_want});
    f_digit_q   <= f_digit;
    f_minus_q   <= f_digit_q[Bits];
    if (f_known_q[1]) assert (minus_o == f_minus_q);
    for (int s = 0; s < Segs; s++) begin
      for (int b = s * SegW; b < OutW && b < (s + 1) * SegW; b++) begin
        if (f_known_q[s+1]) assert (term_o[b] == f_wants_q[s*OutW+b]);
      end
    end
  end
`endif

endmodule

`default_nettype wire
