// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Softmax passes over the score buffer: a row a cycle, without a bubble between passes.
///
/// A pass gives the rank and the exponential of each key of a context to hg_select and adds the
/// exponentials up: all of them (`res_sum_o`) and those of the keys that have `planes` planes
/// (`res_part_o`), which are the candidates of a refinement; `res_best_o` is the smallest rank of a
/// candidate, which tells whether a scan will find any. A scan (hg_softmax_scan) goes over the
/// ranks that the last pass of its context made, and marks the candidates up to a limit, or all
/// live keys; it also finds the largest score that it leaves alone. It has a read port of its own
/// and costs the passes over other contexts nothing.
///
/// `cmd_*` starts a pass (ready when the last row of the one before leaves); the results of a pass
/// follow in order. No back-pressure behind `cmd_ready_o`: who starts a pass has made room.
/// `scan_start_i` starts a scan, between the sums of its context's pass and the next pass.
module hg_softmax #(
  /// Keys a row: 1 and up.
  parameter int Tokens = 1,
  /// Rows of a context: 1 and up.
  parameter int Rows = 1024,
  /// Queries in flight: 2 to 32.
  parameter int Contexts = 4,
  /// Bits of a score with its bias: 2 to 40.
  parameter int ScoreW = 32,
  /// Derived: bits of a context's number.
  localparam int CtxW = hg_pkg::idx_width(Contexts),
  /// Derived: bits of a row's number.
  localparam int RowW = hg_pkg::idx_width(Rows),
  /// Derived: bits of a count of rows.
  localparam int RowsW = hg_pkg::cnt_width(Rows),
  /// Derived: bits of a key in the score buffer.
  localparam int KeyW = 1 + 2 + ScoreW
) (
  /// Clock, rising edge.
  input  logic                   clk_i,
  /// Asynchronous reset, active low.
  input  logic                   rst_ni,
  /// A pass is offered.
  input  logic                   cmd_valid_i,
  /// The pass is taken.
  output logic                   cmd_ready_o,
  /// Comes back with the sums.
  input  logic                   cmd_certain_i,
  /// Context to read.
  input  logic [CtxW-1:0]        cmd_context_i,
  /// Rows to read, 1 and up.
  input  logic [RowsW-1:0]       cmd_rows_i,
  /// Planes of a candidate.
  input  logic [1:0]             cmd_planes_i,
  /// Right shift of distances, -16 to 31.
  input  logic [5:0]             cmd_pre_shift_i,
  /// Multiplier of shifted distances.
  input  logic [15:0]            cmd_mant_i,
  /// A row is read.
  output logic                   rd_en_o,
  /// Its context.
  output logic [CtxW-1:0]        rd_context_o,
  /// Its number.
  output logic [RowW-1:0]        rd_row_o,
  /// Keys two cycles later: live, planes, score.
  input  logic [Tokens*KeyW-1:0] rd_keys_i,
  /// With them the largest live score; top bit alone for none.
  input  logic [ScoreW:0]        rd_max_i,

  // To hg_select.
  /// A row of a pass, for the selection.
  output logic                   sel_valid_o,
  /// Its number.
  output logic [RowW-1:0]        sel_row_o,
  /// Ranks; smaller is likelier. Of live keys.
  output logic [Tokens*12-1:0]   sel_key_o,
  /// Exponentials; 0 of keys that do not live.
  output logic [Tokens*25-1:0]   sel_exp_o,
  /// Keys that live.
  output logic [Tokens-1:0]      sel_live_o,
  /// Last row of the pass.
  output logic                   sel_last_o,

  // Result of a pass of the first kind.
  /// The sums of a pass are there.
  output logic                   res_valid_o,
  /// What came with the pass.
  output logic                   res_certain_o,
  /// Sum of all exponentials.
  output logic [37:0]            res_sum_o,
  /// Sum of those of candidates.
  output logic [37:0]            res_part_o,
  /// Smallest rank of a candidate; top bit set for none.
  output logic [12:0]            res_best_o,

  // A scan; its fields are stable until it ends.
  /// A scan begins. The one before has ended.
  input  logic                   scan_start_i,
  /// Context to scan; stands until the end, like the rest.
  input  logic [CtxW-1:0]        scan_context_i,
  /// Its rows, 1 and up.
  input  logic [RowsW-1:0]       scan_rows_i,
  /// Planes of a candidate.
  input  logic [1:0]             scan_planes_i,
  /// It marks all live keys.
  input  logic                   scan_all_i,
  /// Else candidates of up to this rank.
  input  logic [11:0]            scan_limit_i,
  /// A row is read for the scan.
  output logic                   scan_rd_en_o,
  /// Its number.
  output logic [RowW-1:0]        scan_rd_row_o,
  /// Keys two cycles later: live, planes, score.
  input  logic [Tokens*KeyW-1:0] scan_rd_keys_i,

  // Rows of a scan with what is to be refined; the end of the scan.
  /// A row with marks.
  output logic                   scan_valid_o,
  /// Its number.
  output logic [RowW-1:0]        scan_row_o,
  /// Keys to refine.
  output logic [Tokens-1:0]      scan_mask_o,
  /// The scan has ended.
  output logic                   scan_end_o,
  /// From then on: largest live score that it left; top bit alone for none.
  output logic [ScoreW:0]        scan_rest_o
);

  localparam int TagW  = 3 + CtxW + RowW + Tokens;
  // A difference is made in two halves.
  localparam int LowW  = ScoreW / 2;
  localparam int HighW = ScoreW - LowW;

  // Runner.
  logic             run_q, ready_q, certain_q, row_last, start;
  logic [CtxW-1:0]  context_q;
  logic [RowsW-1:0] row_q, left_q;
  logic [1:0]       planes_q;
  logic [5:0]       pre_shift_q;
  logic [15:0]      mant_q;

  // While a pass runs, the next may come with its last row.
  assign row_last    = ready_q;
  assign cmd_ready_o = ready_q;
  assign start       = cmd_valid_i && cmd_ready_o;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      run_q   <= 1'b0;
      ready_q <= 1'b1;
    end else begin
      run_q <= start || (run_q && !row_last);
      if (start) ready_q <= cmd_rows_i == RowsW'(1);
      else ready_q <= ready_q || left_q == RowsW'(2);
    end
  end

  always_ff @(posedge clk_i) begin
    if (start) begin
      certain_q   <= cmd_certain_i;
      context_q   <= cmd_context_i;
      left_q      <= cmd_rows_i;
      planes_q    <= cmd_planes_i;
      pre_shift_q <= cmd_pre_shift_i;
      mant_q      <= cmd_mant_i;
      row_q       <= '0;
    end else begin
      row_q  <= row_q + RowsW'(1);
      left_q <= left_q - RowsW'(1);
    end
  end

  assign rd_en_o      = run_q;
  assign rd_context_o = context_q;
  assign rd_row_o     = RowW'(row_q);

  // Two cycles of the score buffer, two for the difference.
  localparam int RideW = 1 + CtxW + 1 + 1 + RowW + 2 + 6 + 16;
  logic [3:0]       valid_q;
  logic [RideW-1:0] ride1_q, ride2_q, ride3_q, ride4_q;
  logic             certain4, first4, last4;
  logic [CtxW-1:0]  context4;
  logic [RowW-1:0]  row4;
  logic [1:0]       planes2, planes4;
  logic [5:0]       pre_shift4;
  logic [15:0]      mant4;
  logic             unused_planes, unused_max;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) valid_q <= '0;
    else valid_q <= {valid_q[2:0], run_q};
  end

  always_ff @(posedge clk_i) begin
    ride1_q <= {certain_q, context_q, row_q == '0, row_last, RowW'(row_q), planes_q, pre_shift_q,
                mant_q};
    ride2_q <= ride1_q;
    ride3_q <= ride2_q;
    ride4_q <= ride3_q;
  end

  assign planes2       = ride2_q[22 +: 2];
  assign {certain4, context4, first4, last4, row4, planes4, pre_shift4, mant4} = ride4_q;
  assign unused_planes = ^planes4;
  // Tells that no key lives, whose differences nobody looks at.
  assign unused_max    = rd_max_i[ScoreW];

  logic [Tokens*ScoreW-1:0] diff_q;
  logic [Tokens-1:0]        live3_q, match3_q, live_q, match_q;

  for (genvar t = 0; t < Tokens; t++) begin : gen_lane
    logic              live;
    logic [1:0]        planes;
    logic [ScoreW-1:0] score;
    assign {live, planes, score} = rd_keys_i[t*KeyW +: KeyW];
    // A score is at most the maximum, so that the difference is not negative.
    logic [LowW:0]    low_q;
    logic [HighW-1:0] high, max_high_q, score_high_q;
    assign high = max_high_q - score_high_q - HighW'(low_q[LowW]);
    always_ff @(posedge clk_i) begin
      low_q        <= {1'b0, rd_max_i[LowW-1:0]} - {1'b0, score[LowW-1:0]};
      max_high_q   <= rd_max_i[ScoreW-1:LowW];
      score_high_q <= score[ScoreW-1:LowW];
      live3_q[t]   <= live;
      match3_q[t]  <= live && planes == planes2;
      diff_q[t*ScoreW +: ScoreW] <= {high, low_q[LowW-1:0]};
    end
  end

  always_ff @(posedge clk_i) begin
    live_q  <= live3_q;
    match_q <= match3_q;
  end

  logic                 out_certain, out_first;
  logic [CtxW-1:0]      out_context;
  logic [Tokens-1:0]    out_match;

  hg_exp2 #(
    .Rows  (Tokens),
    .DiffW (ScoreW),
    .TagW  (TagW)
  ) u_exp2 (
    .clk_i,
    .rst_ni,
    .valid_i     (valid_q[3]),
    .tag_i       ({certain4, context4, first4, last4, row4, match_q}),
    .diff_i      (diff_q),
    .live_i      (live_q),
    .pre_shift_i (pre_shift4),
    .mant_i      (mant4),
    .valid_o     (sel_valid_o),
    .tag_o       ({out_certain, out_context, out_first, sel_last_o, sel_row_o, out_match}),
    .live_o      (sel_live_o),
    .key_o       (sel_key_o),
    .exp_o       (sel_exp_o)
  );

  hg_softmax_sums #(
    .Tokens (Tokens)
  ) u_sums (
    .clk_i,
    .rst_ni,
    .valid_i   (sel_valid_o),
    .certain_i (out_certain),
    .first_i   (out_first),
    .last_i    (sel_last_o),
    .match_i   (out_match),
    .exp_i     (sel_exp_o),
    .key_i     (sel_key_o),
    .valid_o   (res_valid_o),
    .certain_o (res_certain_o),
    .sum_o     (res_sum_o),
    .part_o    (res_part_o),
    .best_o    (res_best_o)
  );

  hg_softmax_scan #(
    .Tokens   (Tokens),
    .Rows     (Rows),
    .Contexts (Contexts),
    .ScoreW   (ScoreW)
  ) u_scan (
    .clk_i,
    .rst_ni,
    .rank_valid_i   (sel_valid_o),
    .rank_context_i (out_context),
    .rank_row_i     (sel_row_o),
    .rank_key_i     (sel_key_o),
    .start_i        (scan_start_i),
    .context_i      (scan_context_i),
    .rows_i         (scan_rows_i),
    .planes_i       (scan_planes_i),
    .all_i          (scan_all_i),
    .limit_i        (scan_limit_i),
    .rd_en_o        (scan_rd_en_o),
    .rd_row_o       (scan_rd_row_o),
    .rd_keys_i      (scan_rd_keys_i),
    .valid_o        (scan_valid_o),
    .row_o          (scan_row_o),
    .mask_o         (scan_mask_o),
    .end_o          (scan_end_o),
    .rest_o         (scan_rest_o)
  );

endmodule

`default_nettype wire
