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
/// may follow the last of another at once. `valid_o` pulses Cycles after the last beat: 2 for the
/// Booth terms, the tree, 2 for the shift, 1 + segments for the sums (one row of 4 bits, 41 bits:
/// 10). `acc_o` stands from then until the next last beat is Cycles - segments + 1 old, `tag_o` for
/// longer. Last beats must be at least segments = hg_arith_pkg::segments(AccW) cycles apart (3 for
/// 41 bits); checked in simulation.
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
  /// Bits of a sum: 1 and up.
  parameter int AccW = 41,
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
  /// Left shift of the beat's products.
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

  localparam int FactorW = WeightW + 1;
  localparam int Terms   = hg_arith_pkg::booth_terms(DigitW);
  localparam int TermW   = FactorW + DigitW;
  localparam int Flat    = $clog2(Terms);
  // Leaves of a tree: the terms of a token side by side, so that its first levels do not grow.
  localparam int Group   = 2 ** Flat;
  localparam int Leaves  = Rows * Group;
  localparam int TreeW   = hg_arith_pkg::tree_width(Leaves, TermW, Flat);
  localparam int TreeC   = 2 + hg_arith_pkg::tree_cycles(Leaves, TermW, Flat);
  // A shifted sum, and the part of it that counts.
  localparam int WideW   = TreeW + 15;
  localparam int Segs    = hg_arith_pkg::segments(AccW);
  localparam int Cycles  = TreeC + Segs + 3;

  // Weights and their negatives, one cycle ahead of the terms.
  logic [Rows*FactorW-1:0]      factor_q;
  logic [Rows*(FactorW+1)-1:0]  minus_q;
  logic [Rows*Slice*DigitW-1:0] digits_q;

  for (genvar t = 0; t < Rows; t++) begin : gen_weight
    always_ff @(posedge clk_i) begin
      factor_q[t*FactorW +: FactorW] <= {1'b0, weights_i[t*WeightW +: WeightW]};
      minus_q[t*(FactorW+1) +: FactorW+1] <=
          (Dsp != 0) ? '0 : -{2'b0, weights_i[t*WeightW +: WeightW]};
    end
  end
  always_ff @(posedge clk_i) digits_q <= digits_i;

  // Control in step with the sums; the shift is applied in two steps before them.
  logic [3:0]       shift;
  logic [1:0]       fine_q;
  logic             next_valid, next_first, next_last;
  logic [FoldW-1:0] next_fold;

  hg_delay #(
    .Width  (4),
    .Cycles (TreeC)
  ) u_shift (
    .clk_i,
    .data_i (shift_i),
    .data_o (shift)
  );
  always_ff @(posedge clk_i) fine_q <= shift[1:0];
  hg_delay_valid #(
    .Cycles (TreeC + 1)
  ) u_next_valid (
    .clk_i,
    .rst_ni,
    .valid_i,
    .valid_o (next_valid)
  );
  hg_delay #(
    .Width  (FoldW + 2),
    .Cycles (TreeC + 1)
  ) u_next (
    .clk_i,
    .data_i ({first_i, last_i, slice_i}),
    .data_o ({next_first, next_last, next_fold})
  );

  for (genvar d = 0; d < Slice; d++) begin : gen_element
    logic signed [TreeW-1:0] tree;
    logic signed [WideW-1:0] coarse_q, wide_q;
    logic signed [AccW-1:0]  word;
    if (Dsp != 0) begin : gen_dsp
      logic [Rows*DigitW-1:0] digits;
      logic [TreeW-1:0]       dot;
      for (genvar t = 0; t < Rows; t++) begin : gen_row
        assign digits[t*DigitW +: DigitW] = digits_q[(t*Slice+d)*DigitW +: DigitW];
      end
      hg_dot_product #(
        .Inputs (Rows),
        .AW     (FactorW),
        .BW     (DigitW)
      ) u_dot (
        .clk_i,
        .a_i   (factor_q),
        .b_i   (digits),
        .sum_o (dot)
      );
      // What the other form takes longer is waited where there are fewest bits.
      hg_delay #(
        .Width  (TreeW),
        .Cycles (TreeC - 2 - $clog2(Rows))
      ) u_wait (
        .clk_i,
        .data_i (dot),
        .data_o (tree)
      );
    end else begin : gen_logic
      logic [Leaves*TermW-1:0] terms_d, terms_q;
      for (genvar t = 0; t < Rows; t++) begin : gen_row
        logic [Terms*TermW-1:0] term;
        hg_booth #(
          .FactorW (FactorW),
          .DigitW  (DigitW)
        ) u_booth (
          .factor_i (factor_q[t*FactorW +: FactorW]),
          .minus_i  (minus_q[t*(FactorW+1) +: FactorW+1]),
          .digit_i  (digits_q[(t*Slice+d)*DigitW +: DigitW]),
          .term_o   (term)
        );
        assign terms_d[t*Group*TermW +: Terms*TermW] = term;
        if (Group > Terms) begin : gen_pad
          assign terms_d[(t*Group+Terms)*TermW +: (Group-Terms)*TermW] = '0;
        end
      end
      always_ff @(posedge clk_i) terms_q <= terms_d;
      hg_sum_tree #(
        .Inputs     (Leaves),
        .InW        (TermW),
        .FlatLevels (Flat)
      ) u_tree (
        .clk_i,
        .data_i (terms_q),
        .sum_o  (tree)
      );
    end
    always_ff @(posedge clk_i) begin
      coarse_q <= WideW'(tree) << {shift[3:2], 2'b0};
      wide_q   <= coarse_q << fine_q;
    end
    if (AccW >= WideW) begin : gen_extend
      assign word = AccW'(wide_q);
    end else begin : gen_cut
      assign word = wide_q[AccW-1:0];
      logic unused_top;
      assign unused_top = ^wide_q[WideW-1:AccW];
    end

    logic [Folds*AccW-1:0] acc;
    hg_pv_sum #(
      .Width (AccW),
      .Folds (Folds)
    ) u_sum (
      .clk_i,
      .next_valid_i (next_valid),
      .next_first_i (next_first),
      .next_last_i  (next_last),
      .next_fold_i  (next_fold),
      .data_i       (word),
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
  if (Folds != 2 ** FoldW) begin : gen_check_fold
    always @(posedge clk_i) begin
      if (checked_q && valid_i && slice_i >= FoldW'(Folds)) $error("%m: no such slice");
    end
  end
`endif
`endif

endmodule

`default_nettype wire
