// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Sum of one element of V for each fold, with a result that outlives the next query's beats.
///
/// `next_*_i` announce a beat; its word `data_i` and a carry, which is added too, follow one cycle
/// later. Both are 0 where no beat is, so that a lone sum loads always. The word comes skewed:
/// segment s, of SegW bits, follows segment 0 by s cycles. So segment s of the result is captured s
/// cycles after segment 0, and the results stand from segments + 2 cycles after the announcement of
/// a last beat until 2 cycles after that of the next.
module hg_pv_sum #(
  /// Bits of the sum, 1 and up.
  parameter int Width = 38,
  /// Bits of a segment, 1 and up.
  parameter int SegW = 14,
  /// Sums, 1 and up.
  parameter int Folds = 1,
  /// Derived: bits of a fold's index.
  localparam int FoldW = hg_pkg::idx_width(Folds)
) (
  input  logic                   clk_i,
  input  logic                   next_valid_i,
  input  logic                   next_first_i,
  input  logic                   next_last_i,
  input  logic [FoldW-1:0]       next_fold_i,
  input  logic [Width-1:0]       data_i,
  input  logic                   carry_i,
  output logic [Folds*Width-1:0] acc_o
);

  if (Width < 1 || SegW < 1 || Folds < 1) begin : gen_illegal
    ERROR_hg_pv_sum_Width_SegW_and_Folds_must_be_positive u_illegal ();
  end

  localparam int Segs = (Width + SegW - 1) / SegW;

  for (genvar s = 0; s < Segs; s++) begin : gen_seg
    localparam int Own = (s == Segs - 1) ? Width - s * SegW : SegW;
    logic             next_valid, next_first, next_last, valid_q, last_q, last_q2;
    logic [FoldW-1:0] next_fold, fold_q;
    logic             carry, carry_q, unused_low;
    logic [Own-1:0]   base;
    logic [Own:0]     wide;

    if (s == 0) begin : gen_lowest
      assign {next_valid, next_first, next_last, next_fold} =
          {next_valid_i, next_first_i, next_last_i, next_fold_i};
      assign carry = carry_i;
    end else begin : gen_upper
      logic first_q;
      always_ff @(posedge clk_i) first_q <= gen_seg[s-1].next_first;
      assign {next_valid, next_last, next_fold} =
          {gen_seg[s-1].valid_q, gen_seg[s-1].last_q, gen_seg[s-1].fold_q};
      assign next_first = first_q;
      assign carry      = gen_seg[s-1].carry_q;
    end

    always_ff @(posedge clk_i) begin
      valid_q <= next_valid;
      last_q  <= next_valid && next_last;
      last_q2 <= last_q;
      fold_q  <= next_fold;
      carry_q <= wide[Own];
    end
    if (s == Segs - 1) begin : gen_highest
      logic unused_control;
      assign unused_control = ^{carry_q, fold_q};
    end

    // The carry enters as the sum of two equal bits below the lowest.
    assign {wide, unused_low} = {1'b0, base, carry} + {1'b0, data_i[s*SegW +: Own], carry};

    logic [Folds*Own-1:0] sum_q, held_q;

    if (Folds == 1) begin : gen_single
      // The sum itself is the operand, and loads without a beat too.
      logic first_q, unused_valid;
      always_ff @(posedge clk_i) begin
        first_q <= next_valid && next_first;
        sum_q   <= wide[Own-1:0];
      end
      assign base = first_q ? '0 : sum_q;
      assign unused_valid = ^{valid_q, fold_q};
    end else begin : gen_folded
      // The operand is fetched a cycle ahead; what is being added to right now comes from the
      // adder.
      logic [Own-1:0] base_d, base_q, stored, added;
      assign added = wide[Own-1:0];
      always_comb begin
        stored = '0;
        for (int f = 0; f < Folds; f++) begin
          if (next_fold == FoldW'(f)) stored = stored | sum_q[f*Own +: Own];
        end
        base_d = (valid_q && fold_q == next_fold) ? added : stored;
        if (next_first) base_d = '0;
      end
      always_ff @(posedge clk_i) base_q <= base_d;
      for (genvar f = 0; f < Folds; f++) begin : gen_fold
        always_ff @(posedge clk_i) begin
          if (valid_q && fold_q == FoldW'(f)) sum_q[f*Own +: Own] <= wide[Own-1:0];
        end
      end
      assign base = base_q;
    end

    always_ff @(posedge clk_i) begin
      if (last_q2) held_q <= sum_q;
    end
    for (genvar f = 0; f < Folds; f++) begin : gen_held
      assign acc_o[f*Width+s*SegW +: Own] = held_q[f*Own +: Own];
    end
  end

`ifdef HG_FORMAL
  // The sum of one fold, any, as it was with the last beat of a query, which stands until the last
  // beat of the next has gone by.
  localparam int FormC = Segs + 1;
  (* anyconst *) logic [FoldW-1:0] f_fold;
  logic             f_valid_q, f_first_q, f_last_q, f_last_q2, f_open_q, f_known_q, f_whole_q;
  logic             f_stand_q;
  // A word without skew, and its carry.
  (* anyseq *) logic [Width-1:0] f_word;
  logic [Segs*Width-1:0] f_words, f_words_q;
  logic [Width-1:0]      f_add;
  logic [FoldW-1:0] f_fold_q;
  logic [Width-1:0] f_sum_q, f_held_q;
  logic [FormC-1:0] f_lasts_q;

  initial begin
    f_words_q = '0;
    f_known_q = 1'b0;
    f_whole_q = 1'b0;
    f_stand_q = 1'b0;
    f_open_q  = 1'b0;
    f_lasts_q = '0;
    f_valid_q = 1'b0;
    f_last_q  = 1'b0;
    f_last_q2 = 1'b0;
  end
  always_comb begin
    assume (32'(next_fold_i) < Folds && 32'(f_fold) < Folds);
    // Segment s of the word comes s cycles late; nothing comes where no beat is.
    if (!f_valid_q) assume (f_word == '0 && !carry_i);
    f_words = (Segs * Width)'({f_words_q, f_word});
    for (int b = 0; b < Width; b++) assume (data_i[b] == f_words[(b/SegW)*Width+b]);
    f_add = f_word + Width'(carry_i);
    // Queries end at least as far apart as a sum has segments.
    if (f_lasts_q[Segs-1:0] != '0) assume (!(next_valid_i && next_last_i));
    // The first beat of a fold in a query starts it.
    if (next_valid_i && next_fold_i == f_fold && !f_open_q) assume (next_first_i);
  end
  always @(posedge clk_i) begin
    f_words_q <= f_words;
    f_valid_q <= next_valid_i;
    f_first_q <= next_first_i;
    f_fold_q  <= next_fold_i;
    f_last_q  <= next_valid_i && next_last_i;
    f_last_q2 <= f_last_q;
    f_lasts_q <= FormC'({f_lasts_q, next_valid_i && next_last_i});
    if (next_valid_i) f_open_q <= !next_last_i && (f_open_q || next_fold_i == f_fold);
    if (f_valid_q && f_fold_q == f_fold) f_sum_q <= (f_first_q ? '0 : f_sum_q) + f_add;
    if (f_valid_q && f_fold_q == f_fold && f_first_q) f_known_q <= 1'b1;
    if (f_last_q2) {f_whole_q, f_held_q} <= {f_known_q, f_sum_q};
    f_stand_q <= f_lasts_q[Segs] || (f_stand_q && !f_lasts_q[1]);
    if (f_whole_q && f_stand_q) assert (acc_o[f_fold*Width +: Width] == f_held_q);
    cover (f_whole_q && f_stand_q && f_lasts_q[0] && f_held_q == '1);
  end
`endif

endmodule

`default_nettype wire
