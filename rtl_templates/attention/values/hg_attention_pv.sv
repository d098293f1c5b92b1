// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// PV and normalisation: rows with their weights become outputs.
///
/// A row may go when its values have arrived; it then takes one cycle for each plane and slice (a
/// row without selected keys, at the begin or end of a query, one for each slice). The buffer's
/// digits are centred; what that takes off, and the middle of what was not fetched, is the same for
/// all elements: total weight * (2**(r0-1) + 2**(r1-1)), r_p the bits below plane p of the fetched
/// ones. hg_norm adds it as it divides.
module hg_attention_pv #(
  /// Keys a row, 1 and up.
  parameter int Tokens = 1,
  /// Most keys of a job, 8 to 4096.
  parameter int MaxTokens = 1024,
  /// Elements of a vector, 8 to 128, a multiple of 8.
  parameter int DHead = 64,
  /// Slices of a vector, 1 and up, a divisor of DHead.
  parameter int Folds = 1,
  /// Planes of V, 1 to 3.
  parameter int VPlanes = 3,
  /// Width of plane p in nibble p.
  parameter int VWidths = 'h444,
  /// Bits of a digit, at least the widest plane.
  parameter int DigitW = 4,
  /// Bits of an address of the V buffer, 1 and up.
  parameter int AddrW = 11,
  /// 1 if products are made for multipliers of an FPGA: otherwise 0.
  parameter int Dsp = 0,
  /// Derived: bits of a slice's number.
  localparam int FoldW = hg_pkg::idx_width(Folds),
  /// Derived: elements of a slice.
  localparam int Slice = DHead / Folds,
  /// Derived: bits of a probability.
  localparam int ProbW = hg_attention_pkg::PROB_W,
  /// Derived: bits of a reciprocal's significand.
  localparam int RecipW = hg_attention_pkg::RECIP_W,
  /// Derived: bits of a reciprocal's exponent.
  localparam int RecipExpW = hg_attention_pkg::RECIP_EXP_W,
  /// Derived: bits of a count of arrivals.
  localparam int ArrivalW = hg_attention_pkg::ARRIVAL_W
) (
  input  logic                           clk_i,
  input  logic                           rst_ni,
  input  logic                           row_valid_i,
  output logic                           row_ready_o,
  input  logic                           row_first_i,
  input  logic                           row_last_i,
  input  logic                           row_any_i,
  input  logic [AddrW-1:0]               row_addr_i,
  input  logic [ArrivalW-1:0]            row_need_i,
  input  logic [Tokens*ProbW-1:0]        row_weight_i,
  input  logic [1:0]                     v_count_i,
  input  logic [ArrivalW-1:0]            arrived_i,
  // V buffer: digits two cycles behind.
  output logic                           rd_valid_o,
  output logic [1:0]                     rd_plane_o,
  output logic [AddrW-1:0]               rd_addr_o,
  output logic [FoldW-1:0]               rd_fold_o,
  input  logic [Tokens*Slice*DigitW-1:0] rd_digits_i,
  // Reciprocals of the queries, in order.
  input  logic                           recip_valid_i,
  output logic                           recip_ready_o,
  input  logic [RecipW-1:0]              recip_i,
  input  logic [RecipExpW-1:0]           exponent_i,
  output logic                           out_valid_o,
  input  logic                           out_ready_i,
  output logic [DHead*16-1:0]            out_data_o
);

  localparam int W0     = VWidths & 15;
  localparam int W1     = (VPlanes > 1) ? (VWidths >> 4) & 15 : 0;
  localparam int W2     = (VPlanes > 2) ? (VWidths >> 8) & 15 : 0;
  localparam int Below0 = W1 + W2;
  localparam int Below1 = W2;
  // The most is MaxTokens times the smallest value, all certain.
  localparam int AccW   = ProbW - 1 + W0 + W1 + W2 + $clog2(MaxTokens);

  // The row under way.
  logic                    valid_q, last_q, first_q, any_q, fold_ends, row_ends, load, there;
  logic                    may_end;
  logic [1:0]              plane_q, v_count_q;
  logic [AddrW-1:0]        addr_q;
  logic [FoldW-1:0]        fold_q;
  logic [Tokens*ProbW-1:0] weight_q, weight1_q, weight2_q;
  logic [ArrivalW-1:0]     wait_ahead;
  logic                    unused_ahead, ending, take, may_follow, divided;

  // The next row, and whether its values are there, as of the cycle before.
  logic                    next_valid_q, next_there_q, next_first_q, next_last_q, next_any_q;
  logic                    next_load;
  logic [1:0]              next_count_q;
  logic [ArrivalW-1:0]     next_need_q, next_ahead;
  logic [AddrW-1:0]        next_addr_q;
  logic [Tokens*ProbW-1:0] next_weight_q;

  assign unused_ahead = ^{wait_ahead[ArrivalW-2:0], next_ahead[ArrivalW-2:0]};
  assign wait_ahead  = arrived_i - row_need_i;
  assign next_ahead  = arrived_i - next_need_q;
  assign next_load   = !next_valid_q || take;
  assign row_ready_o = next_load;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      next_valid_q <= 1'b0;
      next_there_q <= 1'b0;
    end else if (next_load) begin
      next_valid_q <= row_valid_i;
      next_there_q <= row_valid_i && !wait_ahead[ArrivalW-1];
    end else begin
      next_there_q <= next_there_q || !next_ahead[ArrivalW-1];
    end
  end

  always_ff @(posedge clk_i) begin
    if (next_load) begin
      next_first_q  <= row_first_i;
      next_last_q   <= row_last_i;
      next_any_q    <= row_any_i;
      next_addr_q   <= row_addr_i;
      next_need_q   <= row_need_i;
      next_weight_q <= row_weight_i;
      next_count_q  <= v_count_i;
    end
  end

  // A last row waits for the sums before (hg_attention_pv_divide).
  assign may_end     = !next_last_q || (!(valid_q && last_q) && may_follow);
  assign there       = next_there_q && may_end;
  assign fold_ends   = fold_q == FoldW'(Folds - 1);
  assign row_ends    = fold_ends && (!any_q || plane_q + 2'd1 == v_count_q);
  assign load        = !valid_q || row_ends;
  assign take        = load && there;
  assign ending      = valid_q && last_q && row_ends;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) valid_q <= 1'b0;
    else if (load) valid_q <= there;
  end

  always_ff @(posedge clk_i) begin
    if (take) begin
      first_q   <= next_first_q;
      last_q    <= next_last_q;
      any_q     <= next_any_q;
      addr_q    <= next_addr_q;
      v_count_q <= next_count_q;
      weight_q  <= next_weight_q;
      plane_q   <= '0;
      fold_q    <= '0;
    end else begin
      fold_q  <= fold_ends ? '0 : fold_q + FoldW'(1);
      plane_q <= plane_q + 2'(fold_ends);
    end
  end

  assign rd_valid_o = valid_q;
  assign rd_plane_o = plane_q;
  assign rd_addr_o  = addr_q;
  assign rd_fold_o  = fold_q;

  // Beside the read of the buffer.
  localparam int BeatW = 2 + FoldW + 4;
  logic [1:0]       beat_valid_q;
  logic [BeatW-1:0] beat1_q, beat2_q;
  logic [3:0]       shift;
  logic             beat_first, beat_last, sum_valid;
  logic [FoldW-1:0] beat_fold;
  logic [3:0]       beat_shift;

  always_comb begin
    shift = '0;
    if (plane_q == 2'd0) shift = 4'(Below0);
    if (plane_q == 2'd1) shift = 4'(Below1);
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) beat_valid_q <= '0;
    else beat_valid_q <= {beat_valid_q[0], valid_q};
  end

  always_ff @(posedge clk_i) begin
    beat1_q   <= {first_q && plane_q == '0, ending, fold_q, shift};
    beat2_q   <= beat1_q;
    weight1_q <= weight_q;
    weight2_q <= weight1_q;
  end

  assign {beat_first, beat_last, beat_fold, beat_shift} = beat2_q;

  logic [DHead*AccW-1:0] acc;
  logic                  unused_tag;

  hg_pv #(
    .Rows     (Tokens),
    .Slice    (Slice),
    .Folds    (Folds),
    .WeightW  (ProbW),
    .DigitW   (DigitW),
    .MaxShift (Below0),
    .AccW     (AccW),
    .TagW     (1),
    .Dsp      (Dsp)
  ) u_pv (
    .clk_i,
    .rst_ni,
    .valid_i   (beat_valid_q[1]),
    .tag_i     (1'b0),
    .first_i   (beat_first),
    .last_i    (beat_last),
    .slice_i   (beat_fold),
    .shift_i   (beat_shift),
    .weights_i (weight2_q),
    .digits_i  (rd_digits_i),
    .valid_o   (sum_valid),
    .tag_o     (unused_tag),
    .acc_o     (acc)
  );

  logic            have_offset;
  logic [AccW-1:0] offset;

  hg_attention_pv_offset #(
    .Tokens    (Tokens),
    .MaxTokens (MaxTokens),
    .AccW      (AccW),
    .Below0    (Below0),
    .Below1    (Below1)
  ) u_offset (
    .clk_i,
    .rst_ni,
    .take_i   (take),
    .first_i  (next_first_q),
    .last_i   (next_last_q),
    .count_i  (next_count_q),
    .weight_i (next_weight_q),
    .valid_o  (have_offset),
    .ready_i  (divided),
    .offset_o (offset)
  );

  hg_attention_pv_divide #(
    .Tokens (Tokens),
    .DHead  (DHead),
    .DigitW (DigitW),
    .AccW   (AccW),
    .Dsp    (Dsp)
  ) u_divide (
    .clk_i,
    .rst_ni,
    .ending_i       (ending),
    .may_follow_o   (may_follow),
    .sums_valid_i   (sum_valid),
    .sums_i         (acc),
    .offset_valid_i (have_offset),
    .offset_i       (offset),
    .recip_valid_i,
    .recip_i,
    .exponent_i,
    .begin_o        (divided),
    .out_valid_o,
    .out_ready_i,
    .out_data_o
  );

  assign recip_ready_o = divided;

endmodule

`default_nettype wire
