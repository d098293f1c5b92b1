// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Third part of the attention core: scores become verdicts.
///
/// The softmax passes over the scores of a context when they are complete
/// (hg_attention_pass_scheduler, hg_softmax); ranks and exponentials go to hg_select. A verdict
/// keeps the query or refines it (_decide): then the rows that want one more plane are found
/// (_mark), asked for, and go through QK once more (_refine). Kept queries commit in order
/// (_commit).
module hg_attention_verdict #(
  /// Most keys of a job, 8 to 4096.
  parameter int MaxTokens = 1024,
  /// Keys a row; a power of two, 1 and up.
  parameter int Tokens = 1,
  /// Planes of K, 1 to 3.
  parameter int KPlanes = 3,
  /// Width of plane p in nibble p.
  parameter int KWidths = 'h444,
  /// Queries between admission and commit, 2 to 32.
  parameter int Contexts = 4,
  /// Requests in flight, 4 to 256.
  parameter int Outstanding = 64,
  /// Bits of an address of the K buffer, 2 and up.
  parameter int AddrW = 11,
  /// Bits of a score with its bias, 3 to 40.
  parameter int ScoreW = 33,
  /// Jobs in flight: a power of two, 4 to 64.
  parameter int Jobs = 8,
  /// Queries in hg_select, 2 to 32.
  parameter int Slots = 4,
  /// Derived: bits of a job's place.
  localparam int JobW = hg_pkg::idx_width(Jobs),
  /// Derived: bits of a count of keys.
  localparam int TokW = hg_pkg::cnt_width(MaxTokens),
  /// Derived: rows of a job.
  localparam int Rows = MaxTokens / Tokens,
  /// Derived: bits of a row's number.
  localparam int RowW = hg_pkg::idx_width(Rows),
  /// Derived: bits of a count of rows.
  localparam int RowsW = hg_pkg::cnt_width(Rows),
  /// Derived: bits of a context's number.
  localparam int CtxW = hg_pkg::idx_width(Contexts),
  /// Derived: bits of a slot's number in hg_select.
  localparam int SlotW = hg_pkg::idx_width(Slots),
  /// Derived: bits of a key in the score buffer: live, planes, score.
  localparam int KeyW = 1 + 2 + ScoreW,
  /// Derived: bits of the rank of a key.
  localparam int RankW = hg_attention_pkg::RANK_W,
  /// Derived: bits of an exponential.
  localparam int ExpW = hg_attention_pkg::EXP_W,
  /// Derived: bits of a sum of exponentials.
  localparam int ExpSumW = hg_attention_pkg::EXP_SUM_W,
  /// Derived: bits of a count of arrivals.
  localparam int ArrivalW = hg_attention_pkg::ARRIVAL_W
) (
  input  logic                    clk_i,
  input  logic                    rst_ni,
  // A job is taken.
  input  logic                    take_i,
  input  logic [JobW-1:0]         take_place_i,
  input  logic [1:0]              job_k_start_i,
  input  logic [1:0]              job_k_max_i,
  input  logic [1:0]              job_rule_i,
  input  logic [35:0]             job_head_limit_i,
  input  logic [19:0]             job_eps_log2_i,
  input  logic [5:0]              job_pre_shift_i,
  input  logic [15:0]             job_mant_i,
  input  logic [1:0]              job_select_i,
  input  logic [16:0]             job_mass_i,
  input  logic                    job_bias_i,
  // Scores of a context are complete; reads of scores.
  input  logic                    scored_i,
  input  logic [CtxW-1:0]         scored_context_i,
  output logic                    rd_en_o,
  output logic [CtxW-1:0]         rd_context_o,
  output logic [RowW-1:0]         rd_row_o,
  input  logic [Tokens*KeyW-1:0]  rd_keys_i,
  input  logic [ScoreW:0]         rd_max_i,
  output logic                    scan_rd_en_o,
  output logic [CtxW-1:0]         scan_rd_context_o,
  output logic [RowW-1:0]         scan_rd_row_o,
  input  logic [Tokens*KeyW-1:0]  scan_rd_keys_i,
  // Contexts: of the next pass, of the pass that is judged, and the oldest.
  output logic [CtxW-1:0]         pass_context_o,
  input  logic [JobW-1:0]         pass_job_i,
  input  logic [RowsW-1:0]        pass_rows_i,
  output logic [CtxW-1:0]         judge_context_o,
  input  logic [JobW-1:0]         judge_job_i,
  input  logic [AddrW-1:0]        judge_base_i,
  input  logic [TokW-1:0]         judge_keys_i,
  input  logic [RowsW-1:0]        judge_rows_i,
  input  logic [23:0]             judge_bound_i,
  input  logic [CtxW-1:0]         old_context_i,
  input  logic                    old_refused_i,
  input  logic [JobW-1:0]         old_job_i,
  // Ranks and exponentials of a pass, then whether its query is kept.
  output logic                    sel_valid_o,
  output logic [RowW-1:0]         sel_row_o,
  output logic [Tokens*RankW-1:0] sel_key_o,
  output logic [Tokens*ExpW-1:0]  sel_exp_o,
  output logic [Tokens-1:0]       sel_live_o,
  output logic                    sel_last_o,
  output logic                    judge_valid_o,
  output logic                    judge_keep_o,
  input  logic [SlotW-1:0]        judge_slot_i,
  // The oldest query commits, or leaves with the error of its job; `leave_o` is both.
  output logic                    leave_o,
  output logic                    commit_o,
  output logic                    commit_error_o,
  output logic [SlotW-1:0]        commit_slot_o,
  output logic [ExpSumW-1:0]      commit_sum_o,
  output logic [ExpSumW-1:0]      commit_target_o,
  output logic [15:0]             commit_fetched_o,
  output logic [15:0]             commit_refined_o,
  output logic [1:0]              commit_rounds_o,
  input  logic                    slot_done_i,
  input  logic                    record_done_i,
  // Refinement: the record of planes, requests, and rows that may go to QK.
  input  logic                    init_i,
  input  logic [AddrW-1:0]        init_addr_i,
  output logic                    ask_valid_o,
  input  logic                    ask_ready_i,
  output logic [JobW-1:0]         ask_job_o,
  output logic [1:0]              ask_plane_o,
  output logic [RowW-1:0]         ask_row_o,
  output logic [AddrW-1:0]        ask_addr_o,
  output logic [Tokens-1:0]       ask_mask_o,
  input  logic [ArrivalW-1:0]     k_arrived_i,
  output logic                    refine_valid_o,
  input  logic                    refine_ready_i,
  output logic [CtxW-1:0]         refine_context_o,
  output logic [AddrW-1:0]        refine_addr_o,
  output logic [1:0]              refine_plane_o,
  output logic [RowW-1:0]         refine_row_o,
  output logic [Tokens-1:0]       refine_mask_o,
  output logic                    refine_last_o,
  // The largest score that the coming refinement leaves alone.
  output logic                    rest_valid_o,
  output logic [CtxW-1:0]         rest_context_o,
  output logic [ScoreW:0]         rest_score_o
);

  localparam int Records   = hg_attention_pkg::records(Slots);
  localparam int Decisions = Slots;
  localparam int Targets   = hg_attention_pkg::divisions(Tokens);

  logic [1:0]  pass_k_start, pass_k_max, pass_rule, judge_rule, old_select;
  logic [5:0]  pass_pre_shift, judge_pre_shift;
  logic [15:0] pass_mant, judge_mant;
  logic [35:0] judge_head_limit;
  logic [19:0] judge_eps_log2;
  logic [16:0] old_mass, judge_mass;
  logic        judge_bias, judge_by_mass;

  hg_attention_verdict_fields #(
    .Jobs    (Jobs),
    .Selects ((Targets == 1) ? 0 : 1)
  ) u_fields (
    .clk_i,
    .take_i,
    .take_place_i,
    .job_k_start_i,
    .job_k_max_i,
    .job_rule_i,
    .job_head_limit_i,
    .job_eps_log2_i,
    .job_pre_shift_i,
    .job_mant_i,
    .job_select_i,
    .job_mass_i,
    .job_bias_i,
    .pass_job_i,
    .pass_k_start_o     (pass_k_start),
    .pass_k_max_o       (pass_k_max),
    .pass_rule_o        (pass_rule),
    .pass_pre_shift_o   (pass_pre_shift),
    .pass_mant_o        (pass_mant),
    .judge_job_i,
    .judge_rule_o       (judge_rule),
    .judge_bias_o       (judge_bias),
    .judge_head_limit_o (judge_head_limit),
    .judge_eps_log2_o   (judge_eps_log2),
    .judge_pre_shift_o  (judge_pre_shift),
    .judge_mant_o       (judge_mant),
    .judge_by_mass_o    (judge_by_mass),
    .judge_mass_o       (judge_mass),
    .old_job_i,
    .old_select_o       (old_select),
    .old_mass_o         (old_mass)
  );

  // Fields of a query that its refinement needs.
  localparam int FieldsW = JobW + AddrW + TokW + RowsW;

  logic               pass_valid, pass_ready, pass_certain;
  logic [1:0]         pass_planes;
  logic               res_valid, res_certain;
  logic [ExpSumW-1:0] res_sum, res_part;
  logic [RankW:0]     res_best;
  logic               keep, abort;
  logic [CtxW-1:0]    verdict_context;
  logic [1:0]         verdict_planes;
  logic [ExpSumW-1:0] verdict_sum;
  logic               next_valid, next_ready, next_all, next_scan_all;
  logic [RankW-1:0]   next_limit;
  logic [CtxW-1:0]    next_context;
  logic [1:0]         next_planes;
  logic               mark_all, mark_go, mark_scanned, refine_busy;
  logic [CtxW-1:0]    mark_context;
  logic [1:0]         mark_planes;
  logic [JobW-1:0]    mark_job;
  logic [AddrW-1:0]   mark_base;
  logic [TokW-1:0]    mark_keys;
  logic [RowsW-1:0]   mark_rows;
  logic               scan_start, scan_all, scan_valid, scan_end;
  logic [RankW-1:0]   scan_limit;
  logic [RowW-1:0]    scan_row;
  logic [Tokens-1:0]  scan_mask;
  logic [ScoreW:0]    scan_rest;

  assign judge_valid_o = keep || abort;
  assign judge_keep_o  = keep;

  hg_attention_pass_scheduler #(
    .Contexts  (Contexts),
    .Slots     (Slots),
    .Decisions (Decisions)
  ) u_pass_scheduler (
    .clk_i,
    .rst_ni,
    .scored_i,
    .scored_context_i,
    .context_o        (pass_context_o),
    .k_start_i        (pass_k_start),
    .k_max_i          (pass_k_max),
    .rule_i           (pass_rule),
    .cmd_valid_o      (pass_valid),
    .cmd_ready_i      (pass_ready),
    .cmd_certain_o    (pass_certain),
    .planes_o         (pass_planes),
    .judge_i          (judge_valid_o),
    .judge_abort_i    (abort),
    .judge_context_i  (verdict_context),
    .judge_planes_i   (verdict_planes),
    .leave_i          (leave_o),
    .commit_i         (commit_o),
    .slot_done_i
  );

  hg_softmax #(
    .Tokens   (Tokens),
    .Rows     (Rows),
    .Contexts (Contexts),
    .ScoreW   (ScoreW)
  ) u_softmax (
    .clk_i,
    .rst_ni,
    .cmd_valid_i     (pass_valid),
    .cmd_ready_o     (pass_ready),
    .cmd_certain_i   (pass_certain),
    .cmd_context_i   (pass_context_o),
    .cmd_rows_i      (pass_rows_i),
    .cmd_planes_i    (pass_planes),
    .cmd_pre_shift_i (pass_pre_shift),
    .cmd_mant_i      (pass_mant),
    .rd_en_o,
    .rd_context_o,
    .rd_row_o,
    .rd_keys_i,
    .rd_max_i,
    .sel_valid_o,
    .sel_row_o,
    .sel_key_o,
    .sel_exp_o,
    .sel_live_o,
    .sel_last_o,
    .res_valid_o     (res_valid),
    .res_certain_o   (res_certain),
    .res_sum_o       (res_sum),
    .res_part_o      (res_part),
    .res_best_o      (res_best),
    .scan_start_i    (scan_start),
    .scan_context_i  (mark_context),
    .scan_rows_i     (mark_rows),
    .scan_planes_i   (mark_planes),
    .scan_all_i      (scan_all),
    .scan_limit_i    (scan_limit),
    .scan_rd_en_o,
    .scan_rd_row_o,
    .scan_rd_keys_i,
    .scan_valid_o    (scan_valid),
    .scan_row_o      (scan_row),
    .scan_mask_o     (scan_mask),
    .scan_end_o      (scan_end),
    .scan_rest_o     (scan_rest)
  );

  hg_attention_decide #(
    .KPlanes   (KPlanes),
    .KWidths   (KWidths),
    .CtxW      (CtxW),
    .Decisions (Decisions)
  ) u_decide (
    .clk_i,
    .rst_ni,
    .start_i         (pass_valid && pass_ready),
    .start_context_i (pass_context_o),
    .start_planes_i  (pass_planes),
    .res_valid_i     (res_valid),
    .res_certain_i   (res_certain),
    .res_sum_i       (res_sum),
    .res_part_i      (res_part),
    .res_best_i      (res_best),
    .context_o       (judge_context_o),
    .bound_i         (judge_bound_i),
    .rule_i          (judge_rule),
    .bias_i          (judge_bias),
    .head_limit_i    (judge_head_limit),
    .eps_log2_i      (judge_eps_log2),
    .pre_shift_i     (judge_pre_shift),
    .mant_i          (judge_mant),
    .mark_valid_o      (next_valid),
    .mark_ready_i      (next_ready),
    .mark_all_o        (next_all),
    .mark_scan_all_o   (next_scan_all),
    .mark_limit_o      (next_limit),
    .mark_context_o    (next_context),
    .mark_planes_o     (next_planes),
    .keep_o            (keep),
    .abort_o           (abort),
    .verdict_context_o (verdict_context),
    .verdict_planes_o  (verdict_planes),
    .verdict_sum_o     (verdict_sum)
  );

  hg_attention_mark #(
    .CtxW    (CtxW),
    .FieldsW (FieldsW)
  ) u_mark (
    .clk_i,
    .rst_ni,
    .valid_i       (next_valid),
    .ready_o       (next_ready),
    .all_i         (next_all),
    .scan_all_i    (next_scan_all),
    .limit_i       (next_limit),
    .context_i     (next_context),
    .planes_i      (next_planes),
    .fields_i      ({judge_job_i, judge_base_i, judge_keys_i, judge_rows_i}),
    .context_o     (mark_context),
    .planes_o      (mark_planes),
    .fields_o      ({mark_job, mark_base, mark_keys, mark_rows}),
    .refine_busy_i (refine_busy),
    .all_o         (mark_all),
    .scan_start_o  (scan_start),
    .scan_all_o    (scan_all),
    .scan_limit_o  (scan_limit),
    .scan_end_i    (scan_end),
    .go_o          (mark_go),
    .go_scanned_o  (mark_scanned)
  );

  assign scan_rd_context_o = mark_context;

  hg_attention_commit #(
    .Contexts (Contexts),
    .SlotW    (SlotW),
    .Records  (Records),
    .Targets  (Targets)
  ) u_commit (
    .clk_i,
    .rst_ni,
    .keep_i         (keep),
    .context_i      (verdict_context),
    .sum_i          (verdict_sum),
    .slot_i         (judge_slot_i),
    .keep_by_mass_i (judge_by_mass),
    .keep_mass_i    (judge_mass),
    .error_i        (old_refused_i),
    .select_i       (old_select),
    .mass_i         (old_mass),
    .record_done_i,
    .leave_o,
    .commit_o,
    .commit_error_o,
    .slot_o         (commit_slot_o),
    .sum_o          (commit_sum_o),
    .target_o       (commit_target_o)
  );

  // Of a refinement without a scan nothing is left alone.
  assign rest_valid_o   = mark_go;
  assign rest_context_o = mark_context;
  assign rest_score_o   = mark_scanned ? scan_rest : {1'b1, {ScoreW{1'b0}}};

  hg_attention_refine #(
    .Tokens      (Tokens),
    .Rows        (Rows),
    .KPlanes     (KPlanes),
    .Outstanding (Outstanding),
    .TokW        (TokW),
    .Contexts    (Contexts),
    .CtxW        (CtxW),
    .AddrW       (AddrW),
    .Jobs        (Jobs)
  ) u_refine (
    .clk_i,
    .rst_ni,
    .begin_i         (scan_start || mark_all),
    .begin_all_i     (mark_all),
    .begin_rows_i    (mark_rows),
    .begin_keys_i    (mark_keys),
    .begin_context_i (mark_context),
    .begin_job_i     (mark_job),
    .begin_base_i    (mark_base),
    .begin_plane_i   (mark_planes),
    .mark_valid_i    (scan_valid),
    .mark_row_i      (scan_row),
    .mark_mask_i     (scan_mask),
    .go_i            (mark_go),
    .busy_o          (refine_busy),
    .init_i,
    .init_addr_i,
    .ask_valid_o,
    .ask_ready_i,
    .ask_job_o,
    .ask_plane_o,
    .ask_row_o,
    .ask_addr_o,
    .ask_mask_o,
    .arrived_i       (k_arrived_i),
    .row_valid_o     (refine_valid_o),
    .row_ready_i     (refine_ready_i),
    .row_context_o   (refine_context_o),
    .row_addr_o      (refine_addr_o),
    .row_plane_o     (refine_plane_o),
    .row_row_o       (refine_row_o),
    .row_mask_o      (refine_mask_o),
    .row_last_o      (refine_last_o),
    .clear_i         (commit_o),
    .clear_context_i (old_context_i),
    .fetched_o       (commit_fetched_o),
    .refined_o       (commit_refined_o),
    .rounds_o        (commit_rounds_o)
  );

endmodule

`default_nettype wire
