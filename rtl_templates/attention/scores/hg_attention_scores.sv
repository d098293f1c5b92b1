// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Second part of the attention core: rows of K become scores.
///
/// Query vectors are loaded (hg_attention_query) and planes of K are stored (_buffer) as they
/// come. Rows whose planes are there, and before them those of a refinement, go beat by beat
/// (_issue) through QK to hg_score, which adds the planes up and serves the softmax.
module hg_attention_scores #(
  /// Elements of a vector, 8 to 128, a multiple of 8.
  parameter int DHead = 64,
  /// Slices of a vector, 1 and up, a divisor of DHead.
  parameter int Folds = 1,
  /// Most keys of a job, 8 to 4096.
  parameter int MaxTokens = 1024,
  /// Keys a row; a power of two, 1 and up.
  parameter int Tokens = 1,
  /// Planes of K, 1 to 3.
  parameter int KPlanes = 3,
  /// Width of plane p in nibble p, 2 to 8 each.
  parameter int KWidths = 'h444,
  /// Queries between admission and commit, 2 to 32.
  parameter int Contexts = 4,
  /// Bits of an address of the K buffer, 2 and up.
  parameter int AddrW = 11,
  /// Bits that a digit takes in a response, at least the widest plane.
  parameter int InW = 4,
  /// Bits of a digit, at least the widest plane.
  parameter int DigitW = 4,
  /// Bits of a bias, 2 and up.
  parameter int BiasW = 32,
  /// Jobs in flight: a power of two, 4 to 64.
  parameter int Jobs = 8,
  /// 1 if products are made for multipliers of an FPGA: otherwise 0.
  parameter int Dsp = 0,
  /// Derived: bits of a job's place.
  localparam int JobW = hg_pkg::idx_width(Jobs),
  /// Derived: bits of a count of keys.
  localparam int TokW = hg_pkg::cnt_width(MaxTokens),
  /// Derived: bits of a row's number.
  localparam int RowW = hg_pkg::idx_width(MaxTokens / Tokens),
  /// Derived: bits of a count of rows.
  localparam int RowsW = hg_pkg::cnt_width(MaxTokens / Tokens),
  /// Derived: bits of a context's number.
  localparam int CtxW = hg_pkg::idx_width(Contexts),
  /// Derived: bits of an element of a query vector.
  localparam int QueryW = hg_attention_pkg::QUERY_W,
  /// Derived: bits of a score with its bias.
  localparam int ScoreW = BiasW + 1,
  /// Derived: bits of a key in the score buffer: live, planes, score.
  localparam int KeyW = 1 + 2 + ScoreW
) (
  input  logic                        clk_i,
  input  logic                        rst_ni,
  // A job is taken.
  input  logic                        take_i,
  input  logic [JobW-1:0]             take_place_i,
  input  logic [1:0]                  job_k_start_i,
  input  logic                        job_bias_i,
  // A query is admitted, and loaded some cycles later.
  output logic                        loader_free_o,
  input  logic                        admit_i,
  input  logic [CtxW-1:0]             admit_context_i,
  input  logic [DHead*QueryW-1:0]     query_data_i,
  output logic                        loaded_o,
  output logic [CtxW-1:0]             loaded_context_o,
  // The query whose rows go to QK next.
  output logic [CtxW-1:0]             issue_context_o,
  output logic                        issue_done_o,
  input  logic                        issue_ready_i,
  input  logic                        issue_error_i,
  input  logic [JobW-1:0]             issue_job_i,
  input  logic [AddrW-1:0]            issue_base_i,
  input  logic [TokW-1:0]             issue_keys_i,
  input  logic [RowsW-1:0]            issue_rows_i,
  input  logic [Jobs*RowsW-1:0]       rows_arrived_i,
  // Bias of a row of keys.
  input  logic                        bias_valid_i,
  output logic                        bias_ready_o,
  input  logic [Tokens*BiasW-1:0]     bias_data_i,
  // Planes of K that arrive.
  input  logic                        wr_en_i,
  input  logic [1:0]                  wr_plane_i,
  input  logic [AddrW-1:0]            wr_addr_i,
  input  logic [Tokens-1:0]           wr_mask_i,
  input  logic [Tokens*DHead*InW-1:0] wr_data_i,
  // Rows of a refinement whose planes are there.
  input  logic                        refine_valid_i,
  output logic                        refine_ready_o,
  input  logic [CtxW-1:0]             refine_context_i,
  input  logic [AddrW-1:0]            refine_addr_i,
  input  logic [1:0]                  refine_plane_i,
  input  logic [RowW-1:0]             refine_row_i,
  input  logic [Tokens-1:0]           refine_mask_i,
  input  logic                        refine_last_i,
  // The largest score that the coming refinement leaves alone.
  input  logic                        rest_valid_i,
  input  logic [CtxW-1:0]             rest_context_i,
  input  logic [ScoreW:0]             rest_score_i,
  // Scores of a context are complete; the softmax reads them.
  output logic                        scored_o,
  output logic [CtxW-1:0]             scored_context_o,
  input  logic                        rd_en_i,
  input  logic [CtxW-1:0]             rd_context_i,
  input  logic [RowW-1:0]             rd_row_i,
  output logic [Tokens*KeyW-1:0]      rd_keys_o,
  output logic [ScoreW:0]             rd_max_o,
  input  logic                        scan_en_i,
  input  logic [CtxW-1:0]             scan_context_i,
  input  logic [RowW-1:0]             scan_row_i,
  output logic [Tokens*KeyW-1:0]      scan_keys_o,
  // A slice of a row is in QK, and sums of products are at the scores.
  output logic                        qk_busy_o,
  output logic                        score_busy_o
);

  localparam int Slice     = DHead / Folds;
  localparam int FoldW     = hg_pkg::idx_width(Folds);
  localparam int QuerySumW = QueryW + $clog2(DHead);
  localparam int SumW      = QuerySumW + DigitW;
  localparam int TagW      = hg_attention_pkg::score_tag_width(CtxW, RowW, Tokens, BiasW);

  // Fields of the jobs in flight, by place.
  logic [1:0] k_start_q [0:Jobs-1];
  logic       bias_q [0:Jobs-1];
  logic [JobW-1:0] ahead_job;

  always_ff @(posedge clk_i) begin
    if (take_i) begin
      k_start_q[take_place_i] <= job_k_start_i;
      bias_q[take_place_i]    <= job_bias_i;
    end
  end

  logic                    beat_valid, beat_refine, beat_first_plane, beat_last_plane;
  logic                    beat_pass_first, beat_pass_last;
  logic [CtxW-1:0]         beat_context;
  logic [AddrW-1:0]        beat_addr;
  logic [RowW-1:0]         beat_row;
  logic [1:0]              beat_plane;
  logic [FoldW-1:0]        beat_fold;
  logic [Tokens-1:0]       beat_mask;
  logic [Tokens*BiasW-1:0] beat_bias;
  logic [TagW-1:0]         beat_tag;

  hg_attention_issue #(
    .MaxTokens (MaxTokens),
    .Tokens    (Tokens),
    .Folds     (Folds),
    .Contexts  (Contexts),
    .BiasW     (BiasW),
    .AddrW     (AddrW),
    .Jobs      (Jobs)
  ) u_issue (
    .clk_i,
    .rst_ni,
    .context_o          (issue_context_o),
    .done_o             (issue_done_o),
    .ready_i            (issue_ready_i),
    .error_i            (issue_error_i),
    .job_i              (issue_job_i),
    .base_i             (issue_base_i),
    .keys_i             (issue_keys_i),
    .rows_i             (issue_rows_i),
    .job_o              (ahead_job),
    .k_start_i          (k_start_q[ahead_job]),
    .bias_i             (bias_q[ahead_job]),
    .rows_arrived_i,
    .bias_valid_i,
    .bias_ready_o,
    .bias_data_i,
    .refine_valid_i,
    .refine_ready_o,
    .refine_context_i,
    .refine_addr_i,
    .refine_plane_i,
    .refine_row_i,
    .refine_mask_i,
    .refine_last_i,
    .beat_valid_o       (beat_valid),
    .beat_context_o     (beat_context),
    .beat_addr_o        (beat_addr),
    .beat_row_o         (beat_row),
    .beat_plane_o       (beat_plane),
    .beat_fold_o        (beat_fold),
    .beat_refine_o      (beat_refine),
    .beat_first_plane_o (beat_first_plane),
    .beat_last_plane_o  (beat_last_plane),
    .beat_pass_first_o  (beat_pass_first),
    .beat_pass_last_o   (beat_pass_last),
    .beat_mask_o        (beat_mask),
    .beat_bias_o        (beat_bias)
  );

  logic [Slice*QueryW-1:0]        query_slice;
  logic [Contexts*QuerySumW-1:0]  query_sums;
  logic [Tokens*Slice*DigitW-1:0] k_digits;

  hg_attention_query #(
    .DHead    (DHead),
    .Folds    (Folds),
    .Contexts (Contexts)
  ) u_query (
    .clk_i,
    .rst_ni,
    .free_o          (loader_free_o),
    .admit_i,
    .context_i       (admit_context_i),
    .data_i          (query_data_i),
    .ready_o         (loaded_o),
    .ready_context_o (loaded_context_o),
    .sums_o          (query_sums),
    .rd_en_i         (beat_valid && beat_fold == '0),
    .rd_context_i    (beat_context),
    .rd_fold_i       (beat_fold),
    .slice_o         (query_slice)
  );

  hg_attention_buffer #(
    .Tokens (Tokens),
    .Planes (KPlanes),
    .Widths (KWidths),
    .AddrW  (AddrW),
    .DHead  (DHead),
    .Folds  (Folds),
    .InW    (InW),
    .DigitW (DigitW)
  ) u_k_buffer (
    .clk_i,
    .wr_en_i,
    .wr_plane_i,
    .wr_addr_i  ({Tokens{wr_addr_i}}),
    .wr_mask_i,
    .wr_data_i,
    .rd_valid_i (beat_valid),
    .rd_plane_i (beat_plane),
    .rd_addr_i  ({Tokens{beat_addr}}),
    .rd_fold_i  (beat_fold),
    .digits_o   (k_digits)
  );

  logic                   qk_valid, qk_first, qk_last, sums_valid;
  logic [TagW-1:0]        qk_tag, sums_tag;
  logic [Tokens*SumW-1:0] sums;

  // The order that hg_attention_pkg::score_tag_width gives.
  assign beat_tag = {beat_context, beat_row, beat_plane, beat_refine, beat_first_plane,
                     beat_last_plane, beat_pass_first, beat_pass_last, beat_mask, beat_bias};

  hg_attention_beat_align #(
    .Folds (Folds),
    .TagW  (TagW)
  ) u_align (
    .clk_i,
    .rst_ni,
    .valid_i (beat_valid),
    .fold_i  (beat_fold),
    .tag_i   (beat_tag),
    .valid_o (qk_valid),
    .first_o (qk_first),
    .last_o  (qk_last),
    .tag_o   (qk_tag)
  );

  hg_qk #(
    .Rows   (Tokens),
    .Slice  (Slice),
    .QueryW (QueryW),
    .DigitW (DigitW),
    .SumW   (SumW),
    .TagW   (TagW),
    .Dsp    (Dsp)
  ) u_qk (
    .clk_i,
    .rst_ni,
    .valid_i  (qk_valid),
    .tag_i    (qk_tag),
    .first_i  (qk_first),
    .last_i   (qk_last),
    .query_i  (query_slice),
    .digits_i (k_digits),
    .valid_o  (sums_valid),
    .tag_o    (sums_tag),
    .sums_o   (sums)
  );

  hg_score #(
    .Tokens   (Tokens),
    .Rows     (MaxTokens / Tokens),
    .Contexts (Contexts),
    .KPlanes  (KPlanes),
    .KWidths  (KWidths),
    .SumW     (SumW),
    .QueryW   (QuerySumW),
    .ScoreW   (ScoreW)
  ) u_score (
    .clk_i,
    .rst_ni,
    .query_sums_i   (query_sums),
    .in_valid_i     (sums_valid),
    .in_tag_i       (sums_tag),
    .in_sums_i      (sums),
    .rest_valid_i,
    .rest_context_i,
    .rest_score_i,
    .done_o         (scored_o),
    .done_context_o (scored_context_o),
    .rd_en_i,
    .rd_context_i,
    .rd_row_i,
    .rd_keys_o,
    .rd_max_o,
    .scan_en_i,
    .scan_context_i,
    .scan_row_i,
    .scan_keys_o
  );

  assign qk_busy_o    = beat_valid;
  assign score_busy_o = sums_valid;

endmodule

`default_nettype wire
