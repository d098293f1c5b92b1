// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Score buffer: partial scores of planes become scores, kept with what softmax and refinement
/// need to know of each key.
///
/// A memory for each context, a word a row; per key {live, planes, score}: whether the key is seen
/// and not masked, the planes it was scored with, and the score with its bias.
///
/// A partial score of plane p is sum * 2**r + SumQ * 2**(r-1), r the bits below the plane (the
/// second term is 0 for r = 0): the sum of the centred digits, put to the middle of what is not yet
/// known. A query's first planes come inner to its rows, so they gather in a register and the
/// memory is only written. A refinement's row is read, the plane added where the mask says so,
/// and written back.
///
/// The largest live score of a pass is kept for each context; that of a refinement is joined with
/// the largest of what it leaves alone (`rest_*`). `done_o` follows the write of a pass's last row
/// and the maximum.
///
/// No back-pressure. Sums are skewed (see hg_arith_pkg): six cycles and one for each further
/// segment from the sums to the write, then the tree of the maximum. The softmax reads with two
/// cycles of latency, by two ports (`rd_*`, and `scan_*` without the maximum), never the same
/// context by both, nor one whose refinement is under way.
module hg_score #(
  /// Keys a row: 1 and up.
  parameter int Tokens = 1,
  /// Rows of a context: 1 and up.
  parameter int Rows = 1024,
  /// Queries in flight: 2 to 32.
  parameter int Contexts = 4,
  /// Planes of K: 1 to 3.
  parameter int KPlanes = 3,
  /// Their bits, four bits a plane, top plane lowest: 2 to 8 each.
  parameter int KWidths = 'h444,
  /// Bits of a sum of QK: 1 and up.
  parameter int SumW = 23,
  /// Bits of the sum of a query: 12 and up.
  parameter int QueryW = 18,
  /// Bits of a score with its bias, one more than of a bias: 3 and up.
  parameter int ScoreW = 33,
  /// Derived: bits of a context's number.
  localparam int CtxW = hg_pkg::idx_width(Contexts),
  /// Derived: bits of a row's number.
  localparam int RowW = hg_pkg::idx_width(Rows),
  /// Derived: bits of a key: live, planes, score.
  localparam int KeyW = 1 + 2 + ScoreW,
  /// Derived: bits of a bias; the smallest masks its key.
  localparam int BiasW = ScoreW - 1,
  /// Derived: what accompanies a row from the issue to here.
  localparam int TagW = hg_attention_pkg::score_tag_width(CtxW, RowW, Tokens, BiasW)
) (
  /// Clock, rising edge.
  input  logic                       clk_i,
  /// Asynchronous reset, active low.
  input  logic                       rst_ni,
  /// Sum of the query's elements, by context; stands while its rows come.
  input  logic [Contexts*QueryW-1:0] query_sums_i,
  /// A row of sums of one plane is there.
  input  logic                       in_valid_i,
  // {context, row, plane, refine, first plane, last plane, first row, last row, mask, bias}.
  /// Context, row, plane, refine, first and last plane, first and last row, mask, biases.
  input  logic [TagW-1:0]            in_tag_i,
  /// A signed sum for each key.
  input  logic [Tokens*SumW-1:0]     in_sums_i,
  // The largest score that the coming refinement leaves alone, {0, score}, or {1, 0} if none.
  /// A refinement begins: not behind its first row.
  input  logic                       rest_valid_i,
  /// Of which context.
  input  logic [CtxW-1:0]            rest_context_i,
  /// Largest live score that it leaves alone; top bit alone for none.
  input  logic [ScoreW:0]            rest_score_i,
  /// The last row of a pass is written.
  output logic                       done_o,
  /// Its context.
  output logic [CtxW-1:0]            done_context_o,
  /// A row is read.
  input  logic                       rd_en_i,
  /// Its context.
  input  logic [CtxW-1:0]            rd_context_i,
  /// Its number.
  input  logic [RowW-1:0]            rd_row_i,
  /// Keys two cycles later: live, planes, score.
  output logic [Tokens*KeyW-1:0]     rd_keys_o,
  /// With them the largest live score; top bit set for none.
  output logic [ScoreW:0]            rd_max_o,
  /// A row is read for a scan.
  input  logic                       scan_en_i,
  /// Its context.
  input  logic [CtxW-1:0]            scan_context_i,
  /// Its number.
  input  logic [RowW-1:0]            scan_row_i,
  /// Keys two cycles later: live, planes, score.
  output logic [Tokens*KeyW-1:0]     scan_keys_o
);

  localparam int W0     = KWidths & 15;
  localparam int W1     = (KPlanes > 1) ? (KWidths >> 4) & 15 : 0;
  localparam int W2     = (KPlanes > 2) ? (KWidths >> 8) & 15 : 0;
  localparam int Below0 = W1 + W2;
  localparam int Below1 = W2;
  localparam int PassW  = CtxW + RowW + 2 + 5 + Tokens;
  localparam int Segs   = hg_arith_pkg::segments(ScoreW);
  // Cycles by which the last segment of a score comes behind the first.
  localparam int Late   = Segs - 1;

  if (W0 < 1 || ScoreW < 3) begin : gen_illegal
    ERROR_hg_score_KWidths_and_ScoreW_are_too_narrow u_illegal ();
  end

  // Stage 1: shift by plane, pick the query's sum. Stage 2: add both.
  logic [CtxW-1:0]      in_context;
  logic [1:0]           in_plane;
  logic [4:0]           in_flags;
  logic [RowW-1:0]      in_row;
  logic [Tokens-1:0]    in_mask;
  logic [Tokens*BiasW-1:0] in_bias;

  assign {in_context, in_row, in_plane, in_flags, in_mask, in_bias} = in_tag_i;

  logic signed [QueryW-1:0] query_sum;
  logic signed [ScoreW-1:0] term_d, term_q;

  always_comb begin
    query_sum = '0;
    for (int c = 0; c < Contexts; c++) begin
      if (in_context == CtxW'(c)) query_sum = query_sum | query_sums_i[c*QueryW +: QueryW];
    end
    term_d = '0;
    if (in_plane == 2'd0 && Below0 > 0) begin
      term_d = ScoreW'(query_sum) <<< ((Below0 > 0) ? Below0 - 1 : 0);
    end
    if (in_plane == 2'd1 && Below1 > 0) begin
      term_d = ScoreW'(query_sum) <<< ((Below1 > 0) ? Below1 - 1 : 0);
    end
  end

  logic [2:0]           valid_q;
  logic [PassW-1:0]     pass1_q, pass2_q, pass3_q, pass4;
  logic                 valid4;
  logic [Segs-1:0]      valid_seg, first_seg;
  logic [Tokens*BiasW-1:0] bias1_q, bias2_q;
  logic                 refine1, refine2, first3, last3, refine3, refine4, writes4;
  logic [CtxW-1:0]      context1, context2, context4;
  logic [RowW-1:0]      row1, row4;
  logic [1:0]           plane3;
  logic [Tokens-1:0]    mask2, mask3;
  logic                 pass_first4, pass_last4;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) valid_q <= '0;
    else valid_q <= {valid_q[1:0], in_valid_i};
  end

  always_ff @(posedge clk_i) begin
    term_q  <= term_d;
    pass1_q <= {in_context, in_row, in_plane, in_flags, in_mask};
    pass2_q <= pass1_q;
    pass3_q <= pass2_q;
    bias1_q <= in_bias;
    bias2_q <= bias1_q;
  end

  // A row's last plane, when all segments of its scores are there.
  hg_delay_valid #(
    .Cycles (1 + Late)
  ) u_valid4 (
    .clk_i,
    .rst_ni,
    .valid_i (valid_q[2] && last3),
    .valid_o (valid4)
  );
  hg_delay #(
    .Width  (PassW),
    .Cycles (1 + Late)
  ) u_pass4 (
    .clk_i,
    .data_i (pass3_q),
    .data_o (pass4)
  );
  for (genvar s = 0; s < Segs; s++) begin : gen_seg_valid
    if (s == 0) begin : gen_lowest
      assign {valid_seg[s], first_seg[s]} = {valid_q[2], first3};
    end else begin : gen_upper
      logic own_valid_q, own_first_q;
      always_ff @(posedge clk_i) begin
        {own_valid_q, own_first_q} <= {valid_seg[s-1], first_seg[s-1]};
      end
      assign {valid_seg[s], first_seg[s]} = {own_valid_q, own_first_q};
    end
  end

  // The query's term, skewed like the sums.
  logic [ScoreW-1:0] term;
  hg_skew #(
    .Width (ScoreW)
  ) u_term (
    .clk_i,
    .data_i (term_q),
    .data_o (term)
  );

  assign context1 = pass1_q[PassW-1 -: CtxW];
  assign row1     = pass1_q[PassW-CtxW-1 -: RowW];
  assign refine1  = pass1_q[Tokens+4];
  assign context2 = pass2_q[PassW-1 -: CtxW];
  assign refine2  = pass2_q[Tokens+4];
  assign mask2    = pass2_q[Tokens-1:0];
  assign plane3   = pass3_q[Tokens+5 +: 2];
  assign refine3  = pass3_q[Tokens+4];
  assign first3   = pass3_q[Tokens+3];
  assign last3    = pass3_q[Tokens+2];
  assign mask3    = pass3_q[Tokens-1:0];
  assign context4 = pass4[PassW-1 -: CtxW];
  assign row4     = pass4[PassW-CtxW-1 -: RowW];
  assign refine4  = pass4[Tokens+4];
  // The end of a refinement is marked by a row without keys, which changes nothing.
  assign writes4  = !refine4 || pass4[Tokens-1:0] != '0;
  assign pass_first4 = pass4[Tokens+1];
  assign pass_last4  = pass4[Tokens];

  // Memories: a refinement reads at stage 1 and has the row at stage 3.
  logic [Contexts*Tokens*KeyW-1:0] words;
  logic [Tokens*KeyW-1:0]          old_d, old_q, key4, read_d, read_q, scan_d, scan_q;
  logic [CtxW-1:0]                 rd_context_q, scan_context_q;

  for (genvar c = 0; c < Contexts; c++) begin : gen_context
    logic own_read, own_scan, own_refine;
    assign own_read   = rd_en_i && rd_context_i == CtxW'(c);
    assign own_scan   = scan_en_i && scan_context_i == CtxW'(c);
    assign own_refine = valid_q[0] && refine1 && context1 == CtxW'(c);
    hg_ram_1r1w #(
      .Width        (Tokens * KeyW),
      .DepthEntries (Rows)
    ) u_ram (
      .clk_i,
      .wr_en_i   (valid4 && writes4 && context4 == CtxW'(c)),
      .wr_addr_i (row4),
      .wr_data_i (key4),
      .rd_en_i   (own_read || own_scan || own_refine),
      .rd_addr_i (own_read ? rd_row_i : own_scan ? scan_row_i : row1),
      .rd_data_o (words[c*Tokens*KeyW +: Tokens*KeyW])
    );
`ifndef SYNTHESIS
`ifndef YOSYS
    always @(posedge clk_i) begin
      if ((own_read || own_scan) && own_refine) begin
        $error("%m: the softmax read a context that is being refined");
      end
      if (own_read && own_scan) $error("%m: a pass and a scan read the same context");
    end
`endif
`endif
  end

  always_comb begin
    old_d  = '0;
    read_d = '0;
    scan_d = '0;
    for (int c = 0; c < Contexts; c++) begin
      if (context2 == CtxW'(c)) old_d = old_d | words[c*Tokens*KeyW +: Tokens*KeyW];
      if (rd_context_q == CtxW'(c)) read_d = read_d | words[c*Tokens*KeyW +: Tokens*KeyW];
      if (scan_context_q == CtxW'(c)) scan_d = scan_d | words[c*Tokens*KeyW +: Tokens*KeyW];
    end
  end

  always_ff @(posedge clk_i) begin
    rd_context_q   <= rd_context_i;
    scan_context_q <= scan_context_i;
    old_q          <= old_d;
    read_q         <= read_d;
    scan_q         <= scan_d;
  end

  assign rd_keys_o   = read_q;
  assign scan_keys_o = scan_q;

  // Lanes: stage 4, when the last segment of a score is there, is what is written.
  logic [Tokens*(ScoreW+1)-1:0] rank4;

  for (genvar t = 0; t < Tokens; t++) begin : gen_lane
    logic              live;
    logic [1:0]        planes;
    logic [ScoreW-1:0] score;

    hg_score_lane #(
      .Below0 (Below0),
      .Below1 (Below1),
      .SumW   (SumW),
      .ScoreW (ScoreW)
    ) u_lane (
      .clk_i,
      .plane1_i    (in_plane),
      .sum1_i      (in_sums_i[t*SumW +: SumW]),
      .term_i      (term),
      .refine2_i   (refine2),
      .mask2_i     (mask2[t]),
      .bias2_i     (bias2_q[t*BiasW +: BiasW]),
      .valid3_i    (valid_q[2]),
      .refine3_i   (refine3),
      .plane3_i    (plane3),
      .mask3_i     (mask3[t]),
      .old3_i      (old_q[t*KeyW +: KeyW]),
      .valid_seg_i (valid_seg),
      .first_seg_i (first_seg),
      .live_o      (live),
      .planes_o    (planes),
      .score_o     (score)
    );

    assign key4[t*KeyW +: KeyW] = {live, planes, score};
    // Below every score where nothing lives.
    assign rank4[t*(ScoreW+1) +: ScoreW+1] =
        (live && writes4) ? {score[ScoreW-1], score} : {1'b1, {ScoreW{1'b0}}};
  end

  hg_score_maximum #(
    .Tokens   (Tokens),
    .Contexts (Contexts),
    .ScoreW   (ScoreW)
  ) u_maximum (
    .clk_i,
    .rst_ni,
    .valid_i        (valid4),
    .context_i      (context4),
    .refine_i       (refine4),
    .first_i        (pass_first4),
    .last_i         (pass_last4),
    .rank_i         (rank4),
    .rest_valid_i,
    .rest_context_i,
    .rest_score_i,
    .done_o,
    .done_context_o,
    .rd_context_i   (rd_context_q),
    .rd_max_o
  );

endmodule

`default_nettype wire
