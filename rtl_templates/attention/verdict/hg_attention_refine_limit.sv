// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Rule `token`: up to which rank keys need the next plane. One at a time, 34 cycles.
///
/// uncertainty w = (2**below - 1) * bound, shifted like a difference of scores (2**-pre_shift),
/// times mant / 2**16, plus 1; 2**21 if the shift saturates at 20 bits. l = log2 of part / 2**24 by
/// its chord from below, in 2**-14 octaves; a part of 0 counts as 1. limit = uncertainty + eps_log2
/// - l; keys are refined if it is positive, up to rank limit >> 7 (saturated to 12 bits).
///
/// `start_i` takes the operands, which must stay as they are until the pulse `done_o`, with which
/// `need_o` and `rank_o` come and stand until the next start.
module hg_attention_refine_limit (
  input  logic                                   clk_i,
  input  logic                                   rst_ni,
  input  logic                                   start_i,
  input  logic [23:0]                            bound_i,
  input  logic [3:0]                             below_i,
  input  logic [5:0]                             pre_shift_i,
  input  logic [15:0]                            mant_i,
  input  logic [19:0]                            eps_log2_i,
  input  logic [hg_attention_pkg::EXP_SUM_W-1:0] part_i,
  output logic                                   done_o,
  output logic                                   need_o,
  output logic [hg_attention_pkg::RANK_W-1:0]    rank_o
);

  localparam int ExpSumW = hg_attention_pkg::EXP_SUM_W;
  localparam int RankW = hg_attention_pkg::RANK_W;

  // Widest uncertainty: 24 bits times 2**10, then 16 places to the left.
  localparam int WideW = 24 + 10 + 16;
  localparam int RawW  = 34;
  localparam int HalfW = 17;
  // Bits below a whole octave, of the top part of a limit, and of the step's low sums.
  localparam int FracW = 14;
  localparam int HighW = 10;
  localparam int LowW  = 10;

  // Steps, one-hot: 0 to 3 the difference, six shifts, 16 bits of the product, the limit.
  localparam int Shift   = 4;
  localparam int Take    = Shift + 6;
  localparam int Product = Take + 1;
  localparam int Sum     = Product + 16;
  localparam int Steps   = Sum + 6;

  logic [Steps-1:0] step_q;
  logic             done_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      step_q <= '0;
      done_q <= 1'b0;
    end else begin
      step_q <= {step_q[Steps-2:0], start_i};
      done_q <= step_q[Steps-1];
    end
  end

  // (2**below - 1) * bound, in two halves.
  logic [RawW-1:0] scaled_q;
  logic [RawW-1:0] difference_q;
  logic [HalfW:0]  low_d, high_d;
  logic            borrow_q, unused_borrow;
  logic [RawW-1:0] raw, raw_q;

  assign raw           = RawW'(bound_i);
  assign low_d         = {1'b0, scaled_q[HalfW-1:0]} - {1'b0, raw_q[HalfW-1:0]};
  assign high_d        = {1'b0, scaled_q[RawW-1:HalfW]} - {1'b0, raw_q[RawW-1:HalfW]}
                         - (HalfW + 1)'(borrow_q);
  assign unused_borrow = high_d[HalfW];

  always_ff @(posedge clk_i) begin
    raw_q    <= raw;
    scaled_q <= raw << below_i;
    borrow_q <= low_d[HalfW];
    difference_q <= {high_d[HalfW-1:0], low_d[HalfW-1:0]};
  end

  // Shifts by 32, 16, ... 1: the difference to the right as `pre_shift_i` says, the sum to the
  // left until its leading one is on top.
  logic [WideW-1:0]   wide_d, wide_q;
  logic [ExpSumW-1:0] norm_d, norm_q;
  logic [5:0]         right_q, log_d, log_q, empty;
  logic               shifts;

  assign empty = {norm_q[37:6] == '0, norm_q[37:22] == '0, norm_q[37:30] == '0,
                  norm_q[37:34] == '0, norm_q[37:36] == '0, !norm_q[37]};

  assign shifts = right_q[5];

  always_comb begin
    wide_d = '0;
    norm_d = '0;
    log_d  = log_q;
    for (int i = 0; i < 6; i++) begin
      if (step_q[Shift+i]) begin
        wide_d = wide_d | (shifts ? wide_q >> (32 >> i) : wide_q);
        norm_d = norm_d | (empty[5-i] ? norm_q << (32 >> i) : norm_q);
        log_d[5-i] = !empty[5-i];
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (step_q[Shift-1]) begin
      wide_q  <= {difference_q, 16'd0};
      right_q <= pre_shift_i + 6'd16;
      norm_q  <= {part_i[ExpSumW-1:1], part_i[0] || part_i == '0};
    end else if (step_q[Take-1:Shift] != '0) begin
      wide_q  <= wide_d;
      right_q <= {right_q[4:0], 1'b0};
      norm_q  <= norm_d;
    end
    log_q <= log_d;
  end

  // The product with `mant_i`, a bit a step, the lowest first; of the low bits nothing is needed.
  logic [19:0] factor_q, part_q, save_q, term, half, over;
  logic [15:0] mant_q;
  logic        saturated_q, unused_half;

  assign unused_half = half[0];
  assign term = factor_q & {20{mant_q[0]}};
  assign half = part_q ^ save_q ^ term;
  assign over = (part_q & save_q) | (part_q & term) | (save_q & term);

  always_ff @(posedge clk_i) begin
    if (step_q[Take]) begin
      factor_q    <= wide_q[19:0];
      saturated_q <= wide_q[WideW-1:20] != '0;
      mant_q      <= mant_i;
      part_q      <= '0;
      save_q      <= '0;
    end else if (step_q[Sum-1:Product] != '0) begin
      mant_q <= mant_q >> 1;
      part_q <= {1'b0, half[19:1]};
      save_q <= over;
    end
  end

  // eps_log2 - l: whole octaves (less the normalised sum's place, log_q - 24) and the fraction.
  // The place, 37 less the zeros in front, is counted as 63 less them: 26 too high.
  logic [19:0]             eps_q;
  logic [FracW:0]          frac_q;
  logic signed [HighW-1:0] whole_q, level_q;

  always_ff @(posedge clk_i) begin
    eps_q   <= eps_log2_i;
    frac_q  <= {1'b0, eps_q[FracW-1:0]} - {1'b0, norm_q[36:23]};
    whole_q <= {4'd0, eps_q[19:FracW]} + HighW'(24 + 26) - {4'd0, log_q};
    level_q <= whole_q - HighW'(frac_q[FracW]);
  end

  // The uncertainty, and the limit, each in two halves.
  logic [LowW:0]           sum_low_q;
  logic [LowW:0]           sum_high_q;
  logic [LowW-1:0]         sum_keep_q;
  logic [21:0]             unsure_q;
  logic [FracW:0]          limit_low_q;
  logic signed [HighW-1:0] limit_high_q;
  logic [FracW-1:0]        limit_keep_q;
  logic                    need_q;
  logic [RankW-1:0]        rank_q;

  always_ff @(posedge clk_i) begin
    sum_low_q  <= {1'b0, part_q[LowW-1:0]} + {1'b0, save_q[LowW-1:0]} + (LowW + 1)'(1);
    sum_keep_q <= sum_low_q[LowW-1:0];
    sum_high_q <= {1'b0, part_q[19:LowW]} + {1'b0, save_q[19:LowW]}
                  + (LowW + 1)'(sum_low_q[LowW]);
    unsure_q     <= saturated_q ? 22'h20_0000 : {1'b0, sum_high_q, sum_keep_q};
    limit_low_q  <= {1'b0, unsure_q[FracW-1:0]} + {1'b0, frac_q[FracW-1:0]};
    limit_keep_q <= limit_low_q[FracW-1:0];
    limit_high_q <= HighW'({2'b00, unsure_q[21:FracW]}) + level_q + HighW'(limit_low_q[FracW]);
    if (step_q[Steps-1]) begin
      need_q <= limit_high_q >= 0 && {limit_high_q, limit_keep_q} != '0;
      rank_q <= (limit_high_q[HighW-1:5] != '0) ? 12'hfff
                                                : {limit_high_q[4:0], limit_keep_q[FracW-1:7]};
    end
  end

  assign done_o = done_q;
  assign need_o = need_q;
  assign rank_o = rank_q;

`ifdef HG_FORMAL
  // Of a calculation the operands and its age are kept: each step has what the formulas above say,
  // written with plain shifts and a product made a bit of the factor at a time, as on paper.
  logic               f_seen_q;
  logic [5:0]         f_age_q, f_shift, f_zeros, f_zeros_q, f_left;
  logic [23:0]        f_bound_q;
  logic [3:0]         f_below_q;
  logic [5:0]         f_pre_shift_q;
  logic [15:0]        f_mant_q;
  logic [19:0]        f_eps_q;
  logic [ExpSumW-1:0] f_part_q, f_part, f_norm_q;
  logic [RawW-1:0]    f_scaled, f_difference;
  logic [WideW-1:0]   f_wide_q;
  logic [19:0]        f_high_q;
  logic [20:0]        f_next;
  logic [31:0]        f_unsure;
  logic signed [31:0] f_rest, f_limit;
  logic               f_busy;

  initial f_seen_q = 1'b0;
  always @(posedge clk_i) f_seen_q <= 1'b1;
  assign f_busy = f_age_q != '0 && f_age_q < 6'd34;
  always_comb begin
    assume (rst_ni == f_seen_q);
    // One at a time; operands stay until the end, and planes below are at most ten bits.
    if (f_busy) begin
      assume (!start_i);
      assume (bound_i == f_bound_q && below_i == f_below_q && pre_shift_i == f_pre_shift_q);
      assume (mant_i == f_mant_q && eps_log2_i == f_eps_q && part_i == f_part_q);
    end
    if (start_i) assume (below_i <= 4'd10);
    f_scaled     = RawW'(f_bound_q) << f_below_q;
    f_difference = f_scaled - RawW'(f_bound_q);
    f_shift      = f_pre_shift_q + 6'd16;
    f_part       = (part_i == '0) ? ExpSumW'(1) : part_i;
    f_zeros      = '0;
    for (int b = 0; b < ExpSumW; b++) begin
      if (f_part[b]) f_zeros = 6'(ExpSumW - 1 - b);
    end
    // Bits of a shift that are still to be done after so many steps: the lowest last.
    f_left = 6'd63 >> (f_age_q - 6'd5);
    f_next = {1'b0, f_high_q}
             + (((f_mant_q >> (f_age_q - 6'd12)) & 16'd1) != '0 ? {1'b0, f_wide_q[19:0]} : '0);
    f_unsure = (f_wide_q[WideW-1:20] != '0) ? 32'h20_0000 : 32'(f_high_q) + 32'd1;
    // eps_log2 - l, where the logarithm of `part` is 37 less the zeros in front.
    f_rest  = $signed({12'd0, f_eps_q}) - $signed({18'd0, f_norm_q[36:23]})
              - (32'sd13 - $signed({26'd0, f_zeros_q})) * 32'sd16384;
    f_limit = $signed(f_unsure) + f_rest;
  end

  always @(posedge clk_i) begin
    if (!rst_ni) f_age_q <= '0;
    else if (start_i) f_age_q <= 6'd1;
    else if (f_age_q != '0 && f_age_q != 6'd35) f_age_q <= f_age_q + 6'd1;
    if (start_i) begin
      {f_bound_q, f_below_q, f_pre_shift_q} <= {bound_i, below_i, pre_shift_i};
      {f_mant_q, f_eps_q, f_part_q}         <= {mant_i, eps_log2_i, part_i};
      f_high_q  <= '0;
      f_zeros_q <= f_zeros;
      f_norm_q  <= f_part << f_zeros;
    end else if (f_age_q >= 6'd12 && f_age_q <= 6'd27) begin
      f_high_q <= f_next[20:1];
    end
    if (f_age_q == 6'd4) f_wide_q <= {f_difference, 16'd0} >> f_shift;
    if (rst_ni && f_seen_q) begin
      assert (f_age_q <= 6'd35);
      for (int s = 0; s < Steps; s++) assert (step_q[s] == (f_age_q == 6'(s + 1)));
      assert (done_o == (f_age_q == 6'd34));
      if (f_age_q != '0) begin
        assert (f_below_q <= 4'd10);
        // The largest shift that loses no bit of the sum, and what it makes.
        assert (f_norm_q[ExpSumW-1] && f_zeros_q < 6'(ExpSumW));
        assert (f_norm_q == (f_norm_q >> f_zeros_q) << f_zeros_q);
        if (f_age_q <= 6'd4) begin
          assert (f_norm_q >> f_zeros_q == ((f_part_q == '0) ? ExpSumW'(1) : f_part_q));
        end
      end
      if (f_age_q >= 6'd1 && f_age_q <= 6'd34) begin
        assert (raw_q == RawW'(f_bound_q) && scaled_q == f_scaled && eps_q == f_eps_q);
        if (f_age_q >= 6'd2) begin
          assert (borrow_q == (f_scaled[HalfW-1:0] < f_bound_q[HalfW-1:0]));
        end
        if (f_age_q >= 6'd3) assert (difference_q == f_difference);
        if (f_age_q >= 6'd5 && f_age_q <= 6'd11) begin
          assert (right_q == f_shift << (f_age_q - 6'd5));
          assert (wide_q >> (f_shift & f_left) == f_wide_q);
          assert (norm_q == f_norm_q >> (f_zeros_q & f_left));
          assert ((log_q & ~f_left) == (~f_zeros_q & ~f_left));
        end
        if (f_age_q >= 6'd11) begin
          assert (wide_q == f_wide_q && norm_q == f_norm_q && log_q == ~f_zeros_q);
        end
        if (f_age_q <= 6'd12) assert (f_high_q == '0);
        if (f_age_q >= 6'd12) begin
          assert (factor_q == f_wide_q[19:0] && saturated_q == (f_wide_q[WideW-1:20] != '0));
          assert ({1'b0, part_q} + {1'b0, save_q} == {1'b0, f_high_q});
          if (f_age_q <= 6'd28) assert (mant_q == f_mant_q >> (f_age_q - 6'd12));
          assert (32'(whole_q) * 32'sd16384 + 32'($signed(frac_q)) == f_rest);
        end
        if (f_age_q >= 6'd13) begin
          assert (32'(level_q) * 32'sd16384 + $signed({18'd0, frac_q[FracW-1:0]}) == f_rest);
        end
        if (f_age_q >= 6'd29) begin
          assert (sum_low_q == {1'b0, part_q[LowW-1:0]} + {1'b0, save_q[LowW-1:0]} + 11'd1);
        end
        if (f_age_q >= 6'd30) assert (32'({sum_high_q, sum_keep_q}) == 32'(f_high_q) + 32'd1);
        if (f_age_q >= 6'd31) assert (32'(unsure_q) == f_unsure);
        if (f_age_q >= 6'd32) begin
          assert (32'(limit_low_q) == 32'(unsure_q[FracW-1:0]) + 32'(frac_q[FracW-1:0]));
        end
        if (f_age_q >= 6'd33) begin
          assert (32'($signed({limit_high_q, limit_keep_q})) == f_limit);
        end
      end
      // Keys are refined if the limit is positive, up to its rank, and both stand.
      if (f_age_q >= 6'd34) begin
        assert (need_o == (f_limit > 0));
        if (need_o) assert (32'(rank_o) == (((f_limit >> 7) > 32'sd4095) ? 32'd4095
                                                                        : 32'(f_limit >> 7)));
      end
      cover (done_o && need_o && rank_o == 12'd5);
      cover (done_o && !need_o && f_unsure == 32'h20_0000);
    end
  end
`endif

endmodule

`default_nettype wire
