// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Weighted sum of V, a bit plane of a row a beat: for each element d acc[d] = sum over beats and
/// lanes of weight * digit * 2**shift, signed, modulo 2**AccW.
///
/// A beat holds the digits of `Slice` elements, those of slice `slice_i` (element slice_i * Slice +
/// d). Digits come signed: the caller flips the top bit of unsigned ones. Weights are unsigned, 0
/// for tokens that do not count. `first_i` starts the sums of its slice from 0; each slice of a
/// query needs one such beat. `last_i` ends the query, all its slices.
///
/// Handshake: a beat a cycle, in any order of slices, no back-pressure; the first beat of a query
/// may follow the last of another at once. `valid_o` pulses Cycles after the last beat: one for the
/// shift, one for the weights' multiples, one to choose from them, the tree of terms, 1 + segments
/// for the sums (one row of 4 bits, 38 bits: 7). `acc_o` stands from then until the next last beat
/// is Cycles - segments + 1 old, `tag_o` for longer. Last beats must be at least segments =
/// hg_arith_pkg::segments(AccW) cycles apart (3 for 38 bits); checked in simulation.
///
/// All elements share a weight, so that its multiples are made once, and an element chooses one for
/// each radix-16 Booth digit (hg_multiple). All is skewed from the multiples on.
///
/// With `Dsp` a product is one of an FPGA's multipliers (hg_pv_multiply); latency and results are
/// the same.
module hg_pv #(
  /// Tokens a row (T): 1 and up.
  parameter int Rows = 1,
  /// Elements a beat: 1 and up.
  parameter int Slice = 64,
  /// Slices of a query (C): 1 and up.
  parameter int Folds = 1,
  /// Bits of a weight: 2 and up.
  parameter int WeightW = 17,
  /// Bits of a digit: 2 to 8.
  parameter int DigitW = 4,
  /// Largest left shift of a beat: 0 to 15.
  parameter int MaxShift = 8,
  /// Bits of a sum: 1 and up.
  parameter int AccW = 38,
  /// Bits that a query carries along: 1 and up.
  parameter int TagW = 8,
  /// 1 if products are made for multipliers of an FPGA: otherwise 0.
  parameter int Dsp = 0,
  /// Derived: bits of a slice's index.
  localparam int FoldW = hg_pkg::idx_width(Folds)
) (
  /// Clock, rising edge.
  input  logic                         clk_i,
  /// Asynchronous reset, active low.
  input  logic                         rst_ni,
  /// A beat is there.
  input  logic                         valid_i,
  /// Of a last beat: comes out with the sums.
  input  logic [TagW-1:0]              tag_i,
  /// The slice starts from 0.
  input  logic                         first_i,
  /// Last beat of a query.
  input  logic                         last_i,
  /// Slice of the beat.
  input  logic [FoldW-1:0]             slice_i,
  /// Left shift of the beat's products, at most MaxShift.
  input  logic [3:0]                   shift_i,
  /// Weight of each token, unsigned; 0 for none.
  input  logic [Rows*WeightW-1:0]      weights_i,
  /// Digits by token and element, signed.
  input  logic [Rows*Slice*DigitW-1:0] digits_i,
  /// The sums of a query are there, for a cycle.
  output logic                         valid_o,
  /// What came with its last beat.
  output logic [TagW-1:0]              tag_o,
  /// A signed sum for each element, element 0 lowest.
  output logic [Folds*Slice*AccW-1:0]  acc_o
);

  if (Rows < 1 || Slice < 1 || Folds < 1 || AccW < 1 || TagW < 1) begin : gen_illegal
    ERROR_hg_pv_Rows_Slice_Folds_AccW_and_TagW_must_be_positive u_illegal ();
  end
  if (DigitW < 2 || DigitW > 8 || WeightW < 2) begin : gen_illegal_digit
    ERROR_hg_pv_DigitW_must_be_2_to_8_and_WeightW_at_least_2 u_illegal ();
  end
  if (MaxShift < 0 || MaxShift > 15) begin : gen_illegal_shift
    ERROR_hg_pv_MaxShift_must_be_0_to_15 u_illegal ();
  end

  localparam int Terms      = hg_arith_pkg::nibbles(DigitW);
  // A shifted weight, and all its multiples that digits may need.
  localparam int FactorW    = WeightW + MaxShift;
  localparam int MultiplesW = hg_arith_pkg::multiples_width(FactorW, DigitW, Terms);
  localparam int Segs       = hg_arith_pkg::segments(AccW);
  localparam int SegW       = hg_arith_pkg::seg_width(AccW);
  localparam int NextC      = hg_arith_pkg::pv_cycles(Rows, DigitW);
  localparam int Cycles     = NextC + Segs + 2;

  // What a beat adds to the sum of each element, skewed.
  logic [Slice*AccW-1:0] words;
  logic [Slice-1:0]      carries;

  if (Dsp != 0) begin : gen_dsp
    hg_pv_multiply #(
      .Rows       (Rows),
      .Slice      (Slice),
      .WeightW    (WeightW),
      .DigitW     (DigitW),
      .MaxShift   (MaxShift),
      .OutW       (AccW),
      .WaitCycles (NextC - 1 - $clog2(Rows))
    ) u_multiply (
      .clk_i,
      .valid_i,
      .shift_i,
      .weights_i,
      .digits_i,
      .words_o (words)
    );
    assign carries = '0;
  end else begin : gen_logic
    // Digits a cycle before the multiples, 0 where no beat is.
    logic [Rows*Slice*DigitW-1:0] digits_q;
    logic [Rows*MultiplesW-1:0]   multiples;

    always_ff @(posedge clk_i) digits_q <= digits_i & {(Rows*Slice*DigitW){valid_i}};

    for (genvar t = 0; t < Rows; t++) begin : gen_token
      logic [FactorW-1:0] factor_q;
      always_ff @(posedge clk_i) factor_q <= FactorW'(weights_i[t*WeightW +: WeightW]) << shift_i;
      for (genvar j = 0; j < Terms; j++) begin : gen_term
        localparam int Bits = hg_arith_pkg::nibble_bits(DigitW, j);
        localparam int OutW = hg_arith_pkg::multiple_width(FactorW, DigitW, j);
        localparam int Base = hg_arith_pkg::multiples_width(FactorW, DigitW, j);
        logic [FactorW+4*j-1:0] factor;
        assign factor = (FactorW + 4 * j)'(factor_q) << (4 * j);
        hg_multiples #(
          .Width (FactorW + 4 * j),
          .Most  (2 ** (Bits - 1)),
          .SegW  (SegW)
        ) u_multiples (
          .clk_i,
          .factor_i    (factor),
          .multiples_o (multiples[t*MultiplesW+Base +: OutW * 2 ** (Bits - 1)])
        );
      end
    end

    for (genvar d = 0; d < Slice; d++) begin : gen_element
      logic [Rows*DigitW-1:0] digits;
      for (genvar t = 0; t < Rows; t++) begin : gen_row
        assign digits[t*DigitW +: DigitW] = digits_q[(t*Slice+d)*DigitW +: DigitW];
      end
      hg_pv_product #(
        .Rows    (Rows),
        .DigitW  (DigitW),
        .FactorW (FactorW),
        .SegW    (SegW),
        .OutW    (AccW)
      ) u_product (
        .clk_i,
        .multiples_i (multiples),
        .digits_i    (digits),
        .word_o      (words[d*AccW +: AccW]),
        .carry_o     (carries[d])
      );
    end
  end

  // Control in step with the sums.
  logic             next_valid, next_first, next_last;
  logic [FoldW-1:0] next_fold;

  hg_delay_valid #(
    .Cycles (NextC)
  ) u_next_valid (
    .clk_i,
    .rst_ni,
    .valid_i,
    .valid_o (next_valid)
  );
  hg_delay #(
    .Width  (FoldW + 2),
    .Cycles (NextC)
  ) u_next (
    .clk_i,
    .data_i ({first_i, last_i, slice_i}),
    .data_o ({next_first, next_last, next_fold})
  );

  for (genvar d = 0; d < Slice; d++) begin : gen_element
    logic [Folds*AccW-1:0] acc;
    hg_pv_sum #(
      .Width (AccW),
      .SegW  (SegW),
      .Folds (Folds)
    ) u_sum (
      .clk_i,
      .next_valid_i (next_valid),
      .next_first_i (next_first),
      .next_last_i  (next_last),
      .next_fold_i  (next_fold),
      .data_i       (words[d*AccW +: AccW]),
      .carry_i      (carries[d]),
      .acc_o        (acc)
    );
    for (genvar f = 0; f < Folds; f++) begin : gen_out
      assign acc_o[(f*Slice+d)*AccW +: AccW] = acc[f*AccW +: AccW];
    end
  end

  logic [TagW-1:0] tag, tag_q;
  logic            done;
  hg_delay_valid #(
    .Cycles (Cycles - 1)
  ) u_done (
    .clk_i,
    .rst_ni,
    .valid_i (valid_i && last_i),
    .valid_o (done)
  );
  hg_delay #(
    .Width  (TagW),
    .Cycles (Cycles - 1)
  ) u_tag (
    .clk_i,
    .data_i (tag_i),
    .data_o (tag)
  );

  logic valid_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) valid_q <= 1'b0;
    else valid_q <= done;
  end
  always_ff @(posedge clk_i) begin
    if (done) tag_q <= tag;
  end

  assign valid_o = valid_q;
  assign tag_o   = tag_q;

`ifndef SYNTHESIS
`ifndef YOSYS
  logic            checked_q;
  logic [Segs-1:0] last_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) {checked_q, last_q} <= '0;
    else {checked_q, last_q} <= {1'b1, Segs'({last_q, valid_i && last_i})};
  end
  if (Segs > 1) begin : gen_check
    always @(posedge clk_i) begin
      if (checked_q && valid_i && last_i && last_q[Segs-2:0] != '0) begin
        $error("%m: two queries end too close to each other");
      end
    end
  end else begin : gen_no_check
    logic unused_last;
    assign unused_last = last_q[0] & checked_q;
  end
  if (MaxShift < 15) begin : gen_check_shift
    always @(posedge clk_i) begin
      if (checked_q && valid_i && shift_i > 4'(MaxShift)) $error("%m: a beat is shifted too far");
    end
  end
  if (Folds != 2 ** FoldW) begin : gen_check_fold
    always @(posedge clk_i) begin
      if (checked_q && valid_i && slice_i >= FoldW'(Folds)) $error("%m: no such slice");
    end
  end
`endif
`endif

endmodule

`default_nettype wire
