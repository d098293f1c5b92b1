// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Multiplies a query with one bit plane of the keys of a row: Rows dot products a beat.
///
/// sums_o[t] = sum over the slices of query[d] * digit[t][d], all signed; exact if SumW suffices,
/// else modulo 2**SumW. Digits come centred: the caller flips the top bit of unsigned ones.
///
/// Handshake: a beat a cycle, no back-pressure. A row is one beat with `first_i` and `last_i`, or
/// several beats (slices of the query) from `first_i` to `last_i`, with gaps if need be; `tag_i` of
/// the last beat comes out with the sums. Latency Cycles from the last beat: 1 for the Booth terms,
/// then the adder tree, then the sum over slices (64 elements of 4 bits: 12).
///
/// With `Dsp` a product is one of an FPGA's multipliers, and sums are whole; latency and results
/// are the same.
module hg_qk #(
  /// Keys a row (T): 1 and up.
  parameter int Rows = 1,
  /// Elements a beat: 1 and up.
  parameter int Slice = 64,
  /// Bits of a query element: 2 and up.
  parameter int QueryW = 12,
  /// Bits of a digit: 2 to 8.
  parameter int DigitW = 4,
  /// Bits of a sum: 1 and up.
  parameter int SumW = 24,
  /// Bits that a row carries along: 1 and up.
  parameter int TagW = 8,
  /// 1 if products are made for multipliers of an FPGA: otherwise 0.
  parameter int Dsp = 0
) (
  /// Clock, rising edge.
  input  logic                         clk_i,
  /// Asynchronous reset, active low.
  input  logic                         rst_ni,
  /// A beat is there.
  input  logic                         valid_i,
  /// Of a last beat: comes out with the sums.
  input  logic [TagW-1:0]              tag_i,
  /// First beat of a row.
  input  logic                         first_i,
  /// Last beat of a row.
  input  logic                         last_i,
  /// Elements of the query, signed, element 0 lowest.
  input  logic [Slice*QueryW-1:0]      query_i,
  /// Digits by key and element, signed.
  input  logic [Rows*Slice*DigitW-1:0] digits_i,
  /// The sums of a row are there.
  output logic                         valid_o,
  /// What came with its last beat.
  output logic [TagW-1:0]              tag_o,
  /// A signed sum for each key.
  output logic [Rows*SumW-1:0]         sums_o
);

  if (Rows < 1 || Slice < 1 || QueryW < 2 || SumW < 1 || TagW < 1) begin : gen_illegal
    ERROR_hg_qk_Rows_Slice_SumW_and_TagW_must_be_positive u_illegal ();
  end
  if (DigitW < 2 || DigitW > 8) begin : gen_illegal_digit
    ERROR_hg_qk_DigitW_must_be_2_to_8 u_illegal ();
  end

  localparam int Terms  = hg_arith_pkg::booth_terms(DigitW);
  localparam int TermW  = QueryW + DigitW;
  localparam int Flat   = $clog2(Terms);
  // Leaves of the tree: the terms of an element side by side, so that its first levels do not grow.
  localparam int Group  = 2 ** Flat;
  localparam int Leaves = Slice * Group;
  localparam int TreeW  = hg_arith_pkg::tree_width(Leaves, TermW, Flat);
  localparam int TreeC  = 1 + hg_arith_pkg::tree_cycles(Leaves, TermW, Flat);
  localparam int Cycles = TreeC + hg_arith_pkg::segments(SumW);

  // Minus each element, shared by the rows.
  logic [Slice*(QueryW+1)-1:0] minus;
  if (Dsp != 0) begin : gen_no_minus
    logic unused_minus;
    assign minus        = '0;
    assign unused_minus = ^minus;
  end else begin : gen_minus
    for (genvar d = 0; d < Slice; d++) begin : gen_element
      assign minus[d*(QueryW+1) +: QueryW+1] =
          -{query_i[(d+1)*QueryW-1], query_i[d*QueryW +: QueryW]};
    end
  end

  logic sum_valid, sum_first;
  hg_delay_valid #(
    .Cycles (TreeC)
  ) u_sum_valid (
    .clk_i,
    .rst_ni,
    .valid_i,
    .valid_o (sum_valid)
  );
  hg_delay #(
    .Width  (1),
    .Cycles (TreeC)
  ) u_sum_first (
    .clk_i,
    .data_i (first_i),
    .data_o (sum_first)
  );

  for (genvar t = 0; t < Rows; t++) begin : gen_row
    logic signed [TreeW-1:0] tree;
    logic signed [SumW-1:0]  word;
    logic [SumW-1:0]         unused_before;
    if (SumW >= TreeW) begin : gen_extend
      assign word = SumW'(tree);
    end else begin : gen_cut
      assign word = tree[SumW-1:0];
      logic unused_top;
      assign unused_top = ^tree[TreeW-1:SumW];
    end

    if (Dsp != 0) begin : gen_dsp
      logic [TreeW-1:0] dot;
      hg_dot_product #(
        .Inputs (Slice),
        .AW     (QueryW),
        .BW     (DigitW)
      ) u_dot (
        .clk_i,
        .a_i   (query_i),
        .b_i   (digits_i[t*Slice*DigitW +: Slice*DigitW]),
        .sum_o (dot)
      );
      // What the other form takes longer is waited where there are fewest bits.
      hg_delay #(
        .Width  (TreeW),
        .Cycles (TreeC - 1 - $clog2(Slice))
      ) u_wait (
        .clk_i,
        .data_i (dot),
        .data_o (tree)
      );
    end else begin : gen_logic
      logic [Leaves*TermW-1:0] terms_d, terms_q;
      for (genvar d = 0; d < Slice; d++) begin : gen_element
        logic [Terms*TermW-1:0] term;
        hg_booth #(
          .FactorW (QueryW),
          .DigitW  (DigitW)
        ) u_booth (
          .factor_i (query_i[d*QueryW +: QueryW]),
          .minus_i  (minus[d*(QueryW+1) +: QueryW+1]),
          .digit_i  (digits_i[(t*Slice+d)*DigitW +: DigitW]),
          .term_o   (term)
        );
        assign terms_d[d*Group*TermW +: Terms*TermW] = term;
        if (Group > Terms) begin : gen_pad
          assign terms_d[(d*Group+Terms)*TermW +: (Group-Terms)*TermW] = '0;
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
    hg_accumulate #(
      .Width  (SumW),
      .Before (0)
    ) u_accumulate (
      .clk_i,
      .valid_i  (sum_valid),
      .first_i  (sum_first),
      .data_i   (word),
      .before_o (unused_before),
      .sum_o    (sums_o[t*SumW +: SumW])
    );
  end

  hg_delay_valid #(
    .Cycles (Cycles)
  ) u_valid (
    .clk_i,
    .rst_ni,
    .valid_i (valid_i && last_i),
    .valid_o
  );
  hg_delay #(
    .Width  (TagW),
    .Cycles (Cycles)
  ) u_tag (
    .clk_i,
    .data_i (tag_i),
    .data_o (tag_o)
  );

`ifndef SYNTHESIS
`ifndef YOSYS
  logic checked_q, open_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) {checked_q, open_q} <= 2'b00;
    else begin
      checked_q <= 1'b1;
      if (valid_i) open_q <= !last_i;
    end
  end
  always @(posedge clk_i) begin
    if (checked_q && valid_i && first_i == open_q) begin
      $error("%m: a row must go from its first beat to its last");
    end
  end
`endif
`endif

endmodule

`default_nettype wire
