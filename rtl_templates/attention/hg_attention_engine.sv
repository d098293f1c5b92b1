// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// The parts of the attention core, joined: hg_attention says what it computes and how it is spoken
/// to. `busy_o` tells which of them has a row in the cycle: QK a slice of keys, the scores sums of
/// products, the softmax a row of scores, PV a slice of values.
module hg_attention_engine #(
  /// Elements of a head: 8 to 128, a multiple of 8.
  parameter int DHead = 64,
  /// Multiplier lanes of QK and of PV: a power of two, 8 to 1024, at most
  /// 64 * DHead; one of Lanes, DHead a multiple of the other.
  parameter int Lanes = 64,
  /// Most tokens of a job: 8 to 4096, a multiple of T.
  parameter int MaxTokens = 1024,
  /// Bits of the planes of K, four bits a plane, top plane lowest, 0 behind the last: 1 to 3 planes
  /// of 2 to 8 bits, 12 together.
  parameter int KPlanes = 'h444,
  /// Bits of the planes of V, likewise.
  parameter int VPlanes = 'h444,
  /// Queries in flight, between admission and commit: 2 to 32.
  parameter int Contexts = 4,
  /// Jobs in flight: a power of two, 4 to 64.
  parameter int Jobs = 8,
  /// Queries in selection: 2 to 32.
  parameter int Slots = 4,
  /// Requests in flight: 4 to 256.
  parameter int Outstanding = 64,
  /// 1 if products are made for multipliers of an FPGA: otherwise 0.
  parameter int Dsp = 0,
  /// Derived: keys a row.
  localparam int T = (Lanes > DHead) ? Lanes / DHead : 1,
  /// Derived: bits of a count of keys.
  localparam int TokW = hg_pkg::cnt_width(MaxTokens),
  /// Derived: bits of a row's number.
  localparam int RowW = hg_pkg::idx_width(MaxTokens / T),
  /// Derived: bits of the widest plane of K.
  localparam int KDigitW = ((KPlanes & 15) >= ((KPlanes >> 4) & 15)
                            && (KPlanes & 15) >= (KPlanes >> 8)) ? (KPlanes & 15)
      : (((KPlanes >> 4) & 15) >= (KPlanes >> 8)) ? ((KPlanes >> 4) & 15) : (KPlanes >> 8),
  /// Derived: bits of the widest plane of V.
  localparam int VDigitW = ((VPlanes & 15) >= ((VPlanes >> 4) & 15)
                            && (VPlanes & 15) >= (VPlanes >> 8)) ? (VPlanes & 15)
      : (((VPlanes >> 4) & 15) >= (VPlanes >> 8)) ? ((VPlanes >> 4) & 15) : (VPlanes >> 8),
  /// Derived: bits of a digit in a response.
  localparam int RspW = (KDigitW > VDigitW) ? KDigitW : VDigitW,
  /// Derived: bits of a bias, one more than of a score.
  localparam int BiasW = 12 + (KPlanes & 15) + ((KPlanes >> 4) & 15) + (KPlanes >> 8)
                         + $clog2(DHead) + 2
) (
  /// Clock, rising edge.
  input  logic                    clk_i,
  /// Asynchronous reset, active low.
  input  logic                    rst_ni,

  // A job, and its fields.
  /// A job is offered.
  input  logic                    job_valid_i,
  /// The job is taken.
  output logic                    job_ready_o,
  /// Number of the head; requests carry it.
  input  logic [7:0]              job_head_i,
  /// Keys of the head.
  input  logic [TokW-1:0]         job_keys_i,
  /// Query i sees only keys 0 to first + i.
  input  logic                    job_causal_i,
  /// Position of query 0; read if causal.
  input  logic [TokW-1:0]         job_first_i,
  /// Planes of K that are fetched up front.
  input  logic [1:0]              job_k_start_i,
  /// Most planes of K that a key gets.
  input  logic [1:0]              job_k_max_i,
  /// Planes of V that are fetched.
  input  logic [1:0]              job_v_count_i,
  /// Refinement: 0 static, 1 head, 2 token.
  input  logic [1:0]              job_rule_i,
  /// Rule head: refine while the sum of exponentials exceeds this.
  input  logic [35:0]             job_head_limit_i,
  /// Rule token: minus log2 of the probability limit, 2^-14 units.
  input  logic [19:0]             job_eps_log2_i,
  /// Right shift of score differences, -16 to 31.
  input  logic [5:0]              job_pre_shift_i,
  /// Multiplier of shifted differences.
  input  logic [15:0]             job_mant_i,
  /// Values: 0 all, 1 the k best, 2 by mass.
  input  logic [1:0]              job_select_i,
  /// Values kept if select is 1.
  input  logic [TokW-1:0]         job_k_i,
  /// Mass kept if select is 2; 65536 is one.
  input  logic [16:0]             job_mass_i,
  /// Selected probabilities sum to one.
  input  logic                    job_renorm_i,
  /// Each query comes with biases.
  input  logic                    job_bias_i,
  /// Positions go through the token list.
  input  logic                    job_list_i,

  // Token list: the token at a position, while no job is in flight.
  /// An entry of the token list is offered.
  input  logic                    list_valid_i,
  /// It is taken; low while a job is under way.
  output logic                    list_ready_o,
  /// Position of the entry.
  input  logic [TokW-1:0]         list_position_i,
  /// Token of the entry.
  input  logic [TokW-1:0]         list_token_i,

  // A query; the last one ends its job.
  /// A query is offered.
  input  logic                    query_valid_i,
  /// The query is taken.
  output logic                    query_ready_o,
  /// Elements, element 0 lowest.
  input  logic [DHead*12-1:0]     query_data_i,
  /// Rule token: uncertainty bound.
  input  logic [23:0]             query_bound_i,
  /// Last query of its job.
  input  logic                    query_last_i,

  // Bias of a row of keys; the smallest masks a key.
  /// A row of biases is offered.
  input  logic                    bias_valid_i,
  /// The row of biases is taken.
  output logic                    bias_ready_o,
  /// Biases in raw score units; the smallest masks its key.
  input  logic [T*BiasW-1:0]      bias_data_i,

  // Requests and their responses.
  /// A row of plane vectors is asked for.
  output logic                    req_valid_o,
  /// The request is taken.
  input  logic                    req_ready_i,
  /// 1 for V, 0 for K.
  output logic                    req_value_o,
  /// Plane, 0 is the top one.
  output logic [1:0]              req_plane_o,
  /// Number of the head.
  output logic [7:0]              req_head_o,
  /// Lanes that are wanted.
  output logic [T-1:0]            req_mask_o,
  /// Token of each lane.
  output logic [T*TokW-1:0]       req_token_o,
  /// The next response is offered.
  input  logic                    rsp_valid_i,
  /// The response is taken.
  output logic                    rsp_ready_o,
  /// Digits by lane and element, each right-aligned.
  input  logic [T*DHead*RspW-1:0] rsp_data_i,

  // Probabilities of each query, a beat a row; keep marks the keys that are seen and unmasked.
  /// A row of probabilities is offered.
  output logic                    prob_valid_o,
  /// The row of probabilities is taken.
  input  logic                    prob_ready_i,
  /// Probabilities; 65536 is one.
  output logic [T*17-1:0]         prob_data_o,
  /// Row.
  output logic [RowW-1:0]         prob_row_o,
  /// Lanes that are visible and not masked.
  output logic [T-1:0]            prob_keep_o,
  /// Last row of the query.
  output logic                    prob_last_o,

  // Output of each query, in 1/16 of V's units.
  /// An output is offered.
  output logic                    out_valid_o,
  /// The output is taken.
  input  logic                    out_ready_i,
  /// Elements in 1/16 units of V, element 0 lowest.
  output logic [DHead*16-1:0]     out_data_o,
  /// Number of the head.
  output logic [7:0]              out_head_o,
  /// Last output of its job.
  output logic                    out_last_o,

  // Statistics of each query, or the error code of an illegal job.
  /// A report is offered.
  output logic                    stat_valid_o,
  /// The report is taken.
  input  logic                    stat_ready_i,
  /// Number of the head.
  output logic [7:0]              stat_head_o,
  /// 0 done; refused for 1 keys, 2 k, 3 planes, 4 rule or select, 5 mass.
  output logic [2:0]              stat_error_o,
  /// Last report of its job.
  output logic                    stat_last_o,
  /// Plane vectors of K that refinements asked for.
  output logic [15:0]             stat_k_fetched_o,
  /// Planes that refinements added.
  output logic [15:0]             stat_refined_o,
  /// Values selected.
  output logic [TokW-1:0]         stat_selected_o,
  /// Plane vectors of V asked for.
  output logic [15:0]             stat_v_fetched_o,
  /// Refinement rounds.
  output logic [1:0]              stat_rounds_o,
  /// Cycles from the query's acceptance to its output.
  output logic [31:0]             stat_cycles_o,

  /// Parts that work: QK, scores, softmax, PV, the first lowest.
  output logic [3:0]              busy_o
);

  if (Lanes < 8 || Lanes > 1024 || 2 ** $clog2(Lanes) != Lanes) begin : gen_illegal_lanes
    ERROR_hg_attention_Lanes_must_be_a_power_of_two_from_8_to_1024 u_illegal ();
  end
  if (T > 64) begin : gen_illegal_row
    ERROR_hg_attention_Lanes_must_be_at_most_64_DHead u_illegal ();
  end
  if (DHead < 8 || DHead > 128 || DHead % 8 != 0 || (DHead % Lanes != 0 && Lanes % DHead != 0))
  begin : gen_illegal_head
    ERROR_hg_attention_DHead_must_be_a_multiple_of_8_up_to_128_that_fits_Lanes u_illegal ();
  end
  if (MaxTokens < 8 || MaxTokens > 4096 || MaxTokens % T != 0) begin : gen_illegal_tokens
    ERROR_hg_attention_MaxTokens_must_be_8_to_4096_and_a_multiple_of_T u_illegal ();
  end
  if (Jobs < 4 || Jobs > 64 || 2 ** $clog2(Jobs) != Jobs) begin : gen_illegal_jobs
    ERROR_hg_attention_Jobs_must_be_a_power_of_two_from_4_to_64 u_illegal ();
  end
  if (Slots < 2 || Slots > 32) begin : gen_illegal_slots
    ERROR_hg_attention_Slots_must_be_2_to_32 u_illegal ();
  end

  localparam int Folds    = (DHead > Lanes) ? DHead / Lanes : 1;
  localparam int Rows     = MaxTokens / T;
  localparam int RowsW    = hg_pkg::cnt_width(Rows);
  localparam int AddrW    = (Rows < 2) ? 2 : $clog2(hg_attention_pkg::ring(Rows, T));
  localparam int JobW     = hg_pkg::idx_width(Jobs);
  localparam int PosW     = AddrW + JobW;
  localparam int CtxW     = hg_pkg::idx_width(Contexts);
  localparam int SlotW    = hg_pkg::idx_width(Slots);
  localparam int KCount   = (KPlanes > 255) ? 3 : (KPlanes > 15) ? 2 : 1;
  localparam int VCount   = (VPlanes > 255) ? 3 : (VPlanes > 15) ? 2 : 1;
  // A score with its bias, and a key in the score buffer.
  localparam int ScoreW   = BiasW + 1;
  localparam int KeyW     = 1 + 2 + ScoreW;
  localparam int RankW    = hg_attention_pkg::RANK_W;
  localparam int ExpW     = hg_attention_pkg::EXP_W;
  localparam int ExpSumW  = hg_attention_pkg::EXP_SUM_W;
  localparam int ArrivalW = hg_attention_pkg::ARRIVAL_W;

  // From the front.
  logic                take, admit, issue_ready, issue_error, old_refused, old_last, init;
  logic                value_ready, refine_ask_ready, wr_k, wr_v;
  logic [JobW-1:0]     take_place, issue_job, pass_job, judge_job, old_job;
  logic [2:0]          old_error;
  logic [CtxW-1:0]     admit_context, old_context;
  logic [AddrW-1:0]    issue_base, judge_base, init_addr;
  logic [T*AddrW-1:0]  wr_addr;
  logic [TokW-1:0]     issue_keys, judge_keys;
  logic [RowsW-1:0]    issue_rows, pass_rows, judge_rows;
  logic [23:0]         judge_bound;
  logic [PosW-1:0]     old_base, v_free;
  logic [31:0]         old_stamp, now;
  logic [1:0]          wr_plane;
  logic [T-1:0]        wr_mask;
  logic [ArrivalW-1:0] v_arrived, k_arrived;
  logic [Jobs*RowsW-1:0] rows_arrived;
  // From the scores.
  logic              loader_free, loaded, issue_done, refine_ready, scored;
  logic [CtxW-1:0]   loaded_context, issue_context, scored_context;
  logic [T*KeyW-1:0] score_keys, scan_keys;
  logic [ScoreW:0]   score_max;
  // From the verdicts.
  logic [CtxW-1:0]    pass_context, judge_context, refine_context, score_rd_context;
  logic [CtxW-1:0]    rest_context, scan_rd_context;
  logic               leave, refine_ask_valid, refine_valid, refine_last, rest_valid;
  logic               score_rd, sel_valid, sel_last, judge_valid, judge_keep, commit;
  logic               commit_error, scan_rd;
  logic [JobW-1:0]    refine_ask_job;
  logic [1:0]         refine_ask_plane, refine_plane, commit_rounds;
  logic [RowW-1:0]    refine_ask_row, refine_row, score_rd_row, scan_rd_row, sel_row;
  logic [AddrW-1:0]   refine_ask_addr, refine_addr;
  logic [T-1:0]       refine_ask_mask, refine_mask, sel_live;
  logic [ScoreW:0]    rest_score;
  logic [T*RankW-1:0] sel_key;
  logic [T*ExpW-1:0]  sel_exp;
  logic [SlotW-1:0]   commit_slot;
  logic [ExpSumW-1:0] commit_sum, commit_target;
  logic [15:0]        commit_fetched, commit_refined;
  // From the values.
  logic               job_done, value_valid, slot_done, record_done;
  logic [JobW-1:0]    value_job;
  logic [1:0]         value_plane;
  logic [T*RowW-1:0]  value_row;
  logic [T*AddrW-1:0] value_addr;
  logic [T-1:0]       value_mask;
  logic [SlotW-1:0]   judge_slot;

  hg_attention_front #(
    .MaxTokens   (MaxTokens),
    .Tokens      (T),
    .KPlanes     (KCount),
    .VPlanes     (VCount),
    .Contexts    (Contexts),
    .Outstanding (Outstanding),
    .AddrW       (AddrW),
    .Jobs        (Jobs)
  ) u_front (
    .clk_i,
    .rst_ni,
    .job_valid_i,
    .job_ready_o,
    .job_head_i,
    .job_keys_i,
    .job_causal_i,
    .job_first_i,
    .job_k_start_i,
    .job_k_max_i,
    .job_v_count_i,
    .job_rule_i,
    .job_select_i,
    .job_k_i,
    .job_mass_i,
    .job_list_i,
    .take_o           (take),
    .take_place_o     (take_place),
    .list_valid_i,
    .list_ready_o,
    .list_position_i,
    .list_token_i,
    .query_valid_i,
    .query_ready_o,
    .query_bound_i,
    .query_last_i,
    .loader_free_i    (loader_free),
    .admit_o          (admit),
    .admit_context_o  (admit_context),
    .loaded_i         (loaded),
    .loaded_context_i (loaded_context),
    .issue_context_i  (issue_context),
    .issue_done_i     (issue_done),
    .issue_ready_o    (issue_ready),
    .issue_error_o    (issue_error),
    .issue_job_o      (issue_job),
    .issue_base_o     (issue_base),
    .issue_keys_o     (issue_keys),
    .issue_rows_o     (issue_rows),
    .pass_context_i   (pass_context),
    .pass_job_o       (pass_job),
    .pass_rows_o      (pass_rows),
    .judge_context_i  (judge_context),
    .judge_job_o      (judge_job),
    .judge_base_o     (judge_base),
    .judge_keys_o     (judge_keys),
    .judge_rows_o     (judge_rows),
    .judge_bound_o    (judge_bound),
    .old_context_o    (old_context),
    .old_refused_o    (old_refused),
    .old_job_o        (old_job),
    .old_base_o       (old_base),
    .old_last_o       (old_last),
    .old_error_o      (old_error),
    .old_stamp_o      (old_stamp),
    .leave_i          (leave),
    .job_done_i       (job_done),
    .v_free_o         (v_free),
    .init_o           (init),
    .init_addr_o      (init_addr),
    .value_valid_i    (value_valid),
    .value_ready_o    (value_ready),
    .value_job_i      (value_job),
    .value_plane_i    (value_plane),
    .value_row_i      (value_row),
    .value_addr_i     (value_addr),
    .value_mask_i     (value_mask),
    .refine_valid_i   (refine_ask_valid),
    .refine_ready_o   (refine_ask_ready),
    .refine_job_i     (refine_ask_job),
    .refine_plane_i   (refine_ask_plane),
    .refine_row_i     (refine_ask_row),
    .refine_addr_i    (refine_ask_addr),
    .refine_mask_i    (refine_ask_mask),
    .req_valid_o,
    .req_ready_i,
    .req_value_o,
    .req_plane_o,
    .req_head_o,
    .req_mask_o,
    .req_token_o,
    .rsp_valid_i,
    .rsp_ready_o,
    .wr_k_o           (wr_k),
    .wr_v_o           (wr_v),
    .wr_plane_o       (wr_plane),
    .wr_addr_o        (wr_addr),
    .wr_mask_o        (wr_mask),
    .v_arrived_o      (v_arrived),
    .k_arrived_o      (k_arrived),
    .rows_arrived_o   (rows_arrived),
    .now_o            (now)
  );

  hg_attention_scores #(
    .DHead     (DHead),
    .Folds     (Folds),
    .MaxTokens (MaxTokens),
    .Tokens    (T),
    .KPlanes   (KCount),
    .KWidths   (KPlanes),
    .Contexts  (Contexts),
    .AddrW     (AddrW),
    .InW       (RspW),
    .DigitW    (KDigitW),
    .BiasW     (BiasW),
    .Jobs      (Jobs),
    .Dsp       (Dsp)
  ) u_scores (
    .clk_i,
    .rst_ni,
    .take_i           (take),
    .take_place_i     (take_place),
    .job_k_start_i,
    .job_bias_i,
    .loader_free_o    (loader_free),
    .admit_i          (admit),
    .admit_context_i  (admit_context),
    .query_data_i,
    .loaded_o         (loaded),
    .loaded_context_o (loaded_context),
    .issue_context_o  (issue_context),
    .issue_done_o     (issue_done),
    .issue_ready_i    (issue_ready),
    .issue_error_i    (issue_error),
    .issue_job_i      (issue_job),
    .issue_base_i     (issue_base),
    .issue_keys_i     (issue_keys),
    .issue_rows_i     (issue_rows),
    .rows_arrived_i   (rows_arrived),
    .bias_valid_i,
    .bias_ready_o,
    .bias_data_i,
    .wr_en_i          (wr_k),
    .wr_plane_i       (wr_plane),
    .wr_addr_i        (wr_addr[AddrW-1:0]),
    .wr_mask_i        (wr_mask),
    .wr_data_i        (rsp_data_i),
    .refine_valid_i   (refine_valid),
    .refine_ready_o   (refine_ready),
    .refine_context_i (refine_context),
    .refine_addr_i    (refine_addr),
    .refine_plane_i   (refine_plane),
    .refine_row_i     (refine_row),
    .refine_mask_i    (refine_mask),
    .refine_last_i    (refine_last),
    .rest_valid_i     (rest_valid),
    .rest_context_i   (rest_context),
    .rest_score_i     (rest_score),
    .scored_o         (scored),
    .scored_context_o (scored_context),
    .rd_en_i          (score_rd),
    .rd_context_i     (score_rd_context),
    .rd_row_i         (score_rd_row),
    .rd_keys_o        (score_keys),
    .rd_max_o         (score_max),
    .scan_en_i        (scan_rd),
    .scan_context_i   (scan_rd_context),
    .scan_row_i       (scan_rd_row),
    .scan_keys_o      (scan_keys),
    .qk_busy_o        (busy_o[0]),
    .score_busy_o     (busy_o[1])
  );

  hg_attention_verdict #(
    .MaxTokens   (MaxTokens),
    .Tokens      (T),
    .KPlanes     (KCount),
    .KWidths     (KPlanes),
    .Contexts    (Contexts),
    .Outstanding (Outstanding),
    .AddrW       (AddrW),
    .ScoreW      (ScoreW),
    .Jobs        (Jobs),
    .Slots       (Slots)
  ) u_verdict (
    .clk_i,
    .rst_ni,
    .take_i           (take),
    .take_place_i     (take_place),
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
    .scored_i         (scored),
    .scored_context_i (scored_context),
    .rd_en_o          (score_rd),
    .rd_context_o     (score_rd_context),
    .rd_row_o         (score_rd_row),
    .rd_keys_i        (score_keys),
    .rd_max_i         (score_max),
    .scan_rd_en_o     (scan_rd),
    .scan_rd_context_o (scan_rd_context),
    .scan_rd_row_o    (scan_rd_row),
    .scan_rd_keys_i   (scan_keys),
    .pass_context_o   (pass_context),
    .pass_job_i       (pass_job),
    .pass_rows_i      (pass_rows),
    .judge_context_o  (judge_context),
    .judge_job_i      (judge_job),
    .judge_base_i     (judge_base),
    .judge_keys_i     (judge_keys),
    .judge_rows_i     (judge_rows),
    .judge_bound_i    (judge_bound),
    .old_context_i    (old_context),
    .old_refused_i    (old_refused),
    .old_job_i        (old_job),
    .sel_valid_o      (sel_valid),
    .sel_row_o        (sel_row),
    .sel_key_o        (sel_key),
    .sel_exp_o        (sel_exp),
    .sel_live_o       (sel_live),
    .sel_last_o       (sel_last),
    .judge_valid_o    (judge_valid),
    .judge_keep_o     (judge_keep),
    .judge_slot_i     (judge_slot),
    .leave_o          (leave),
    .commit_o         (commit),
    .commit_error_o   (commit_error),
    .commit_slot_o    (commit_slot),
    .commit_sum_o     (commit_sum),
    .commit_target_o  (commit_target),
    .commit_fetched_o (commit_fetched),
    .commit_refined_o (commit_refined),
    .commit_rounds_o  (commit_rounds),
    .slot_done_i      (slot_done),
    .record_done_i    (record_done),
    .init_i           (init),
    .init_addr_i      (init_addr),
    .ask_valid_o      (refine_ask_valid),
    .ask_ready_i      (refine_ask_ready),
    .ask_job_o        (refine_ask_job),
    .ask_plane_o      (refine_ask_plane),
    .ask_row_o        (refine_ask_row),
    .ask_addr_o       (refine_ask_addr),
    .ask_mask_o       (refine_ask_mask),
    .k_arrived_i      (k_arrived),
    .refine_valid_o   (refine_valid),
    .refine_ready_i   (refine_ready),
    .refine_context_o (refine_context),
    .refine_addr_o    (refine_addr),
    .refine_plane_o   (refine_plane),
    .refine_row_o     (refine_row),
    .refine_mask_o    (refine_mask),
    .refine_last_o    (refine_last),
    .rest_valid_o     (rest_valid),
    .rest_context_o   (rest_context),
    .rest_score_o     (rest_score)
  );

  hg_attention_values #(
    .DHead       (DHead),
    .Folds       (Folds),
    .MaxTokens   (MaxTokens),
    .Tokens      (T),
    .VPlanes     (VCount),
    .VWidths     (VPlanes),
    .Outstanding (Outstanding),
    .AddrW       (AddrW),
    .InW         (RspW),
    .DigitW      (VDigitW),
    .Jobs        (Jobs),
    .Slots       (Slots),
    .Dsp         (Dsp)
  ) u_values (
    .clk_i,
    .rst_ni,
    .take_i           (take),
    .take_place_i     (take_place),
    .job_head_i,
    .job_v_count_i,
    .job_select_i,
    .job_k_i,
    .job_renorm_i,
    .now_i            (now),
    .sel_valid_i      (sel_valid),
    .sel_row_i        (sel_row),
    .sel_key_i        (sel_key),
    .sel_exp_i        (sel_exp),
    .sel_live_i       (sel_live),
    .sel_last_i       (sel_last),
    .judge_valid_i    (judge_valid),
    .judge_keep_i     (judge_keep),
    .judge_slot_o     (judge_slot),
    .slot_done_o      (slot_done),
    .old_job_i        (old_job),
    .old_base_i       (old_base),
    .old_last_i       (old_last),
    .old_error_i      (old_error),
    .old_stamp_i      (old_stamp),
    .leave_i          (leave),
    .commit_i         (commit),
    .commit_error_i   (commit_error),
    .commit_slot_i    (commit_slot),
    .commit_sum_i     (commit_sum),
    .commit_target_i  (commit_target),
    .commit_fetched_i (commit_fetched),
    .commit_refined_i (commit_refined),
    .commit_rounds_i  (commit_rounds),
    .v_free_i         (v_free),
    .ask_valid_o      (value_valid),
    .ask_ready_i      (value_ready),
    .ask_job_o        (value_job),
    .ask_plane_o      (value_plane),
    .ask_row_o        (value_row),
    .ask_addr_o       (value_addr),
    .ask_mask_o       (value_mask),
    .v_arrived_i      (v_arrived),
    .wr_en_i          (wr_v),
    .wr_plane_i       (wr_plane),
    .wr_addr_i        (wr_addr),
    .wr_mask_i        (wr_mask),
    .wr_data_i        (rsp_data_i),
    .prob_valid_o,
    .prob_ready_i,
    .prob_data_o,
    .prob_row_o,
    .prob_keep_o,
    .prob_last_o,
    .out_valid_o,
    .out_ready_i,
    .out_data_o,
    .out_head_o,
    .out_last_o,
    .stat_valid_o,
    .stat_ready_i,
    .stat_head_o,
    .stat_error_o,
    .stat_last_o,
    .stat_k_fetched_o,
    .stat_refined_o,
    .stat_selected_o,
    .stat_v_fetched_o,
    .stat_rounds_o,
    .stat_cycles_o,
    .record_done_o    (record_done),
    .job_done_o       (job_done),
    .pv_busy_o        (busy_o[3])
  );

  assign busy_o[2] = score_rd || scan_rd;

endmodule

`default_nettype wire
