// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Quantised attention core: scores, softmax, selection and weighted sum of one head at a time.
///
/// A job is all queries of one head; K and V stay in external memory and come as rows of
/// plane vectors through `req_*` and `rsp_*`, in the order of the requests. T = max(1, Lanes /
/// DHead) keys make a row; a row's plane takes C = max(1, DHead / Lanes) cycles in QK and in PV.
///
/// A query passes through these stages, each of which works on a query of its own:
///  - admission (hg_attention_job, _context, _query): jobs are checked, queries get a context;
///  - K: the stream (_stream) brings the first planes of the keys, QK (_issue, hg_qk) multiplies
///    a row's plane as it is there, hg_score adds planes to scores;
///  - softmax (_turn, hg_softmax): ranks and exponentials of all keys, and their sum; a verdict
///    (_decide) keeps the query or asks for one more plane of some keys (_refine), whose rows
///    go through QK before any other and only add to the scores; queries commit in order (_commit);
///  - selection (hg_select), then the walk (_walk): values of the winners are fetched, each once
///    a job, probabilities leave through `prob_*`;
///  - PV (_pv): weighted sum and division; output and statistics leave in order (_end).
///
/// Queries enter and leave in order. K and V of up to eight jobs lie in the buffers, which are
/// rings: K of the next jobs comes while the queries of those before finish. Streams are
/// ready/valid. Numbers, rounding, ties and illegal jobs: doc/attention.md and the golden model.
module hg_attention #(
  /// Elements of a head: 8 to 128, a multiple of 8.
  parameter int DHead = 64,
  /// Multiplier lanes of QK and of PV: a power of two, 8 to 512, one of Lanes, DHead a multiple of
  /// the other.
  parameter int Lanes = 64,
  /// Most tokens of a job: 8 to 4096, a multiple of T.
  parameter int MaxTokens = 1024,
  /// Bits of the planes of K, four bits a plane, top plane lowest, 0 behind the last: 1 to 3 planes
  /// of 2 to 8 bits, 12 together.
  parameter int KPlanes = 'h444,
  /// Bits of the planes of V, likewise.
  parameter int VPlanes = 'h444,
  /// Queries in flight, between admission and commit: 2 to 8.
  parameter int Contexts = 4,
  /// Requests in flight: 4 to 256.
  parameter int Outstanding = 64,
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
  output logic [31:0]             stat_cycles_o
);

  if (Lanes < 8 || Lanes > 512 || 2 ** $clog2(Lanes) != Lanes) begin : gen_illegal_lanes
    ERROR_hg_attention_Lanes_must_be_a_power_of_two_from_8_to_512 u_illegal ();
  end
  if (DHead < 8 || DHead > 128 || DHead % 8 != 0 || (DHead % Lanes != 0 && Lanes % DHead != 0))
  begin : gen_illegal_head
    ERROR_hg_attention_DHead_must_be_a_multiple_of_8_up_to_128_that_fits_Lanes u_illegal ();
  end
  if (MaxTokens < 8 || MaxTokens > 4096 || MaxTokens % T != 0) begin : gen_illegal_tokens
    ERROR_hg_attention_MaxTokens_must_be_8_to_4096_and_a_multiple_of_T u_illegal ();
  end

  localparam int Folds   = (DHead > Lanes) ? DHead / Lanes : 1;
  localparam int Slice   = DHead / Folds;
  localparam int Rows    = MaxTokens / T;
  localparam int RowsW   = hg_pkg::cnt_width(Rows);
  // The buffers hold twice the longest job, rounded up to a power of two.
  localparam int AddrW   = (Rows < 2) ? 2 : $clog2(2 * Rows);
  localparam int PosW    = AddrW + 3;
  localparam int FoldW   = hg_pkg::idx_width(Folds);
  localparam int CtxW    = hg_pkg::idx_width(Contexts);
  localparam int KCount  = (KPlanes > 255) ? 3 : (KPlanes > 15) ? 2 : 1;
  localparam int VCount  = (VPlanes > 255) ? 3 : (VPlanes > 15) ? 2 : 1;
  localparam int QueryW  = 12 + $clog2(DHead);
  localparam int SumW    = QueryW + KDigitW;
  // A score with its bias.
  localparam int ScoreW  = BiasW + 1;
  localparam int KeyW    = 1 + 2 + ScoreW;
  // Queries in hg_select, and from commit to end; passes between start and decision.
  localparam int Slots     = 4;
  localparam int SlotW     = hg_pkg::idx_width(Slots);
  localparam int Records   = 8;
  localparam int RecW      = hg_pkg::idx_width(Records);
  localparam int Decisions = 4;
  localparam int BeatW     = CtxW + RowW + 2 + 5 + T + T * BiasW;

  logic [31:0] now_q;
  logic        wrap_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      now_q  <= '0;
      wrap_q <= 1'b0;
    end else begin
      now_q[15:0]  <= now_q[15:0] + 16'd1;
      now_q[31:16] <= now_q[31:16] + 16'(wrap_q);
      wrap_q       <= now_q[15:0] == 16'hfffe;
    end
  end

  // Admission.
  logic               take, idle, context_free, loader_free, admit, admit_last, k_done, job_done;
  logic [2:0]         take_place, admit_job;
  logic [PosW-1:0]    admit_base, k_free, v_free;
  logic [TokW-1:0]    admit_keys;
  logic [RowsW-1:0]   admit_rows;
  logic [2:0]         admit_error;
  logic [3:0]         taken;
  logic [8*RowsW-1:0] limit, rows_arrived;
  logic [8*PosW-1:0]  bases;
  logic [7:0]         closed;
  logic [CtxW-1:0]    admit_context, ready_context;
  logic [Contexts*QueryW-1:0] query_sums;

  hg_attention_job #(
    .MaxTokens (MaxTokens),
    .Tokens    (T),
    .KPlanes   (KCount),
    .VPlanes   (VCount),
    .PosW      (PosW)
  ) u_job (
    .clk_i,
    .rst_ni,
    .job_valid_i,
    .job_ready_o,
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
    .take_o         (take),
    .take_place_o   (take_place),
    .idle_o         (idle),
    .query_valid_i,
    .query_ready_o,
    .query_last_i,
    .context_free_i (context_free && loader_free),
    .admit_o        (admit),
    .admit_job_o    (admit_job),
    .admit_base_o   (admit_base),
    .admit_keys_o   (admit_keys),
    .admit_rows_o   (admit_rows),
    .admit_error_o  (admit_error),
    .admit_last_o   (admit_last),
    .limit_o        (limit),
    .closed_o       (closed),
    .base_o         (bases),
    .taken_o        (taken),
    .k_done_i       (k_done),
    .k_free_o       (k_free),
    .done_i         (job_done),
    .v_free_o       (v_free)
  );

  // Fields of jobs, by the place that each stage works for.
  logic [2:0]      stream_job, fetch_job, issue_job, turn_job, judge_job, old_job, walk_job, pv_job;
  logic [2:0]      end_job, issue_place;
  logic [PosW-1:0] old_base;
  logic [AddrW-1:0] issue_base, judge_base;
  logic [TokW-1:0] stream_keys, decide_k;
  logic [1:0]      stream_k_start, issue_k_start, pass_k_start, pass_k_max, pass_rule;
  logic [1:0]      judge_rule, decide_select, walk_v_count, pv_v_count;
  logic [7:0]      fetch_head, end_head;
  logic            fetch_list, issue_bias, judge_bias, decide_renorm;
  logic [5:0]      pass_pre_shift, judge_pre_shift;
  logic [15:0]     pass_mant, judge_mant;
  logic [35:0]     judge_head_limit;
  logic [19:0]     judge_eps_log2;
  logic [16:0]     decide_mass;

  hg_attention_fields #(
    .TokW (TokW)
  ) u_fields (
    .clk_i,
    .wr_en_i             (take),
    .wr_place_i          (take_place),
    .head_i              (job_head_i),
    .keys_i              (job_keys_i),
    .k_start_i           (job_k_start_i),
    .k_max_i             (job_k_max_i),
    .v_count_i           (job_v_count_i),
    .rule_i              (job_rule_i),
    .head_limit_i        (job_head_limit_i),
    .eps_log2_i          (job_eps_log2_i),
    .pre_shift_i         (job_pre_shift_i),
    .mant_i              (job_mant_i),
    .select_i            (job_select_i),
    .k_i                 (job_k_i),
    .mass_i              (job_mass_i),
    .renorm_i            (job_renorm_i),
    .bias_i              (job_bias_i),
    .list_i              (job_list_i),
    .stream_place_i      (stream_job),
    .stream_keys_o       (stream_keys),
    .stream_k_start_o    (stream_k_start),
    .fetch_place_i       (fetch_job),
    .fetch_head_o        (fetch_head),
    .fetch_list_o        (fetch_list),
    .issue_place_i       (issue_place),
    .issue_k_start_o     (issue_k_start),
    .issue_bias_o        (issue_bias),
    .pass_place_i        (turn_job),
    .pass_k_start_o      (pass_k_start),
    .pass_k_max_o        (pass_k_max),
    .pass_rule_o         (pass_rule),
    .pass_pre_shift_o    (pass_pre_shift),
    .pass_mant_o         (pass_mant),
    .judge_place_i       (judge_job),
    .judge_rule_o        (judge_rule),
    .judge_bias_o        (judge_bias),
    .judge_head_limit_o  (judge_head_limit),
    .judge_eps_log2_o    (judge_eps_log2),
    .judge_pre_shift_o   (judge_pre_shift),
    .judge_mant_o        (judge_mant),
    .decide_place_i      (old_job),
    .decide_select_o     (decide_select),
    .decide_k_o          (decide_k),
    .decide_mass_o       (decide_mass),
    .decide_renorm_o     (decide_renorm),
    .walk_place_i        (walk_job),
    .walk_v_count_o      (walk_v_count),
    .pv_place_i          (pv_job),
    .pv_v_count_o        (pv_v_count),
    .end_place_i         (end_job),
    .end_head_o          (end_head)
  );

  // Contexts.
  logic [CtxW-1:0]  issue_context, turn_context, judge_context, old_context;
  logic             issue_ready, issue_error, issue_done, old_last, old_refused;
  logic             commit, commit_error, abort, keep, refine_all, refine_busy;
  logic             query_ready_pulse;
  logic [TokW-1:0]  issue_keys, judge_keys;
  logic [RowsW-1:0] issue_rows, turn_rows, judge_rows;
  logic [2:0]       old_error;
  logic [23:0]      judge_bound;
  logic [31:0]      old_stamp;

  hg_attention_context #(
    .Contexts (Contexts),
    .TokW     (TokW),
    .RowsW    (RowsW),
    .PosW     (PosW)
  ) u_context (
    .clk_i,
    .rst_ni,
    .free_o          (context_free),
    .admit_i         (admit),
    .admit_context_o (admit_context),
    .admit_job_i     (admit_job),
    .admit_base_i    (admit_base),
    .admit_keys_i    (admit_keys),
    .admit_rows_i    (admit_rows),
    .admit_error_i   (admit_error),
    .admit_last_i    (admit_last),
    .admit_bound_i   (query_bound_i),
    .now_i           (now_q),
    .ready_i         (query_ready_pulse),
    .ready_context_i (ready_context),
    .leave_i         (commit || commit_error),
    .issue_context_i (issue_context),
    .issue_done_i    (issue_done),
    .issue_ready_o   (issue_ready),
    .issue_error_o   (issue_error),
    .issue_job_o     (issue_job),
    .issue_base_o    (issue_base),
    .issue_keys_o    (issue_keys),
    .issue_rows_o    (issue_rows),
    .turn_context_i  (turn_context),
    .turn_job_o      (turn_job),
    .turn_rows_o     (turn_rows),
    .judge_context_i (judge_context),
    .judge_job_o     (judge_job),
    .judge_base_o    (judge_base),
    .judge_keys_o    (judge_keys),
    .judge_rows_o    (judge_rows),
    .judge_bound_o   (judge_bound),
    .old_context_o   (old_context),
    .old_refused_o   (old_refused),
    .old_job_o       (old_job),
    .old_base_o      (old_base),
    .old_last_o      (old_last),
    .old_error_o     (old_error),
    .old_stamp_o     (old_stamp)
  );

  assign k_done = (commit || commit_error) && old_last;

  // Requests and what arrives.
  logic [2:0]        ask_valid, ask_ready;
  logic [8:0]        ask_job;
  logic [5:0]        ask_plane;
  logic [3*AddrW-1:0] ask_addr;
  logic [3*RowW-1:0] ask_row;
  logic [3*T-1:0]    ask_mask;
  logic              stream_last, stream_init, record_hold, wr_k, wr_v;
  logic [1:0]        wr_plane;
  logic [AddrW-1:0]  wr_addr;
  logic [T-1:0]      wr_mask;
  logic [11:0]       v_arrived, k_arrived;

  hg_attention_stream #(
    .MaxTokens (MaxTokens),
    .Tokens    (T),
    .AddrW     (AddrW)
  ) u_stream (
    .clk_i,
    .rst_ni,
    .taken_i     (taken),
    .limit_i     (limit),
    .closed_i    (closed),
    .base_i      (bases),
    .free_i      (k_free),
    .job_o       (stream_job),
    .keys_i      (stream_keys),
    .k_start_i   (stream_k_start),
    .hold_i      (record_hold),
    .init_o      (stream_init),
    .req_valid_o (ask_valid[2]),
    .req_ready_i (ask_ready[2]),
    .req_plane_o (ask_plane[5:4]),
    .req_row_o   (ask_row[2*RowW +: RowW]),
    .req_addr_o  (ask_addr[2*AddrW +: AddrW]),
    .req_mask_o  (ask_mask[2*T +: T]),
    .req_last_o  (stream_last)
  );

  assign ask_job[8:6] = stream_job;

  hg_attention_fetch #(
    .MaxTokens   (MaxTokens),
    .Tokens      (T),
    .Outstanding (Outstanding),
    .AddrW       (AddrW)
  ) u_fetch (
    .clk_i,
    .rst_ni,
    .idle_i            (idle),
    .list_valid_i,
    .list_ready_o,
    .list_position_i,
    .list_token_i,
    .ask_valid_i       (ask_valid),
    .ask_ready_o       (ask_ready),
    .ask_job_i         (ask_job),
    .ask_plane_i       (ask_plane),
    .ask_row_i         (ask_row),
    .ask_addr_i        (ask_addr),
    .ask_mask_i        (ask_mask),
    .ask_stream_last_i (stream_last),
    .field_job_o       (fetch_job),
    .field_head_i      (fetch_head),
    .field_list_i      (fetch_list),
    .req_valid_o,
    .req_ready_i,
    .req_value_o,
    .req_plane_o,
    .req_head_o,
    .req_mask_o,
    .req_token_o,
    .rsp_valid_i,
    .rsp_ready_o,
    .wr_k_o            (wr_k),
    .wr_v_o            (wr_v),
    .wr_plane_o        (wr_plane),
    .wr_addr_o         (wr_addr),
    .wr_mask_o         (wr_mask),
    .take_i            (take),
    .take_place_i      (take_place),
    .v_arrived_o       (v_arrived),
    .k_arrived_o       (k_arrived),
    .rows_arrived_o    (rows_arrived)
  );

  // QK.
  logic             beat_valid, beat_refine, beat_first_plane, beat_last_plane;
  logic             beat_pass_first, beat_pass_last, refine_valid, refine_ready;
  logic [AddrW-1:0] beat_addr, refine_addr;
  logic             refine_last;
  logic [CtxW-1:0]  beat_context, refine_context;
  logic [RowW-1:0]  beat_row, refine_row;
  logic [1:0]       beat_plane, refine_plane;
  logic [FoldW-1:0] beat_fold;
  logic [T-1:0]     beat_mask, refine_mask;
  logic [T*BiasW-1:0] beat_bias;

  hg_attention_issue #(
    .MaxTokens (MaxTokens),
    .Tokens    (T),
    .Folds     (Folds),
    .Contexts  (Contexts),
    .BiasW     (BiasW),
    .AddrW     (AddrW)
  ) u_issue (
    .clk_i,
    .rst_ni,
    .context_o          (issue_context),
    .done_o             (issue_done),
    .ready_i            (issue_ready),
    .error_i            (issue_error),
    .job_i              (issue_job),
    .base_i             (issue_base),
    .keys_i             (issue_keys),
    .rows_i             (issue_rows),
    .job_o              (issue_place),
    .k_start_i          (issue_k_start),
    .bias_i             (issue_bias),
    .rows_arrived_i     (rows_arrived),
    .bias_valid_i,
    .bias_ready_o,
    .bias_data_i,
    .refine_valid_i     (refine_valid),
    .refine_ready_o     (refine_ready),
    .refine_context_i   (refine_context),
    .refine_addr_i      (refine_addr),
    .refine_plane_i     (refine_plane),
    .refine_row_i       (refine_row),
    .refine_mask_i      (refine_mask),
    .refine_last_i      (refine_last),
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

  logic [Slice*12-1:0]        query_slice;
  logic [T*Slice*KDigitW-1:0] k_digits;

  hg_attention_query #(
    .DHead    (DHead),
    .Folds    (Folds),
    .Contexts (Contexts)
  ) u_query (
    .clk_i,
    .rst_ni,
    .free_o          (loader_free),
    .admit_i         (admit),
    .context_i       (admit_context),
    .data_i          (query_data_i),
    .ready_o         (query_ready_pulse),
    .ready_context_o (ready_context),
    .sums_o          (query_sums),
    .rd_en_i         (beat_valid && beat_fold == '0),
    .rd_context_i    (beat_context),
    .rd_fold_i       (beat_fold),
    .slice_o         (query_slice)
  );

  hg_attention_buffer #(
    .Tokens (T),
    .Planes (KCount),
    .Widths (KPlanes),
    .AddrW  (AddrW),
    .DHead  (DHead),
    .Folds  (Folds),
    .InW    (RspW),
    .DigitW (KDigitW)
  ) u_k_buffer (
    .clk_i,
    .wr_en_i    (wr_k),
    .wr_plane_i (wr_plane),
    .wr_addr_i  (wr_addr),
    .wr_mask_i  (wr_mask),
    .wr_data_i  (rsp_data_i),
    .rd_valid_i (beat_valid),
    .rd_plane_i (beat_plane),
    .rd_addr_i  (beat_addr),
    .rd_fold_i  (beat_fold),
    .digits_o   (k_digits)
  );

  // Beside the read of the buffers.
  logic [1:0]       qk_valid_q;
  logic [BeatW-1:0] beat1_q, beat2_q, sums_tag;
  logic [1:0]       fold_first_q, fold_last_q;
  logic             sums_valid;
  logic [T*SumW-1:0] sums;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) qk_valid_q <= '0;
    else qk_valid_q <= {qk_valid_q[0], beat_valid};
  end

  always_ff @(posedge clk_i) begin
    fold_first_q <= {fold_first_q[0], beat_fold == '0};
    fold_last_q  <= {fold_last_q[0], beat_fold == FoldW'(Folds - 1)};
    beat1_q <= {beat_context, beat_row, beat_plane, beat_refine, beat_first_plane,
                beat_last_plane, beat_pass_first, beat_pass_last, beat_mask, beat_bias};
    beat2_q <= beat1_q;
  end

  hg_qk #(
    .Rows   (T),
    .Slice  (Slice),
    .QueryW (12),
    .DigitW (KDigitW),
    .SumW   (SumW),
    .TagW   (BeatW)
  ) u_qk (
    .clk_i,
    .rst_ni,
    .valid_i  (qk_valid_q[1]),
    .tag_i    (beat2_q),
    .first_i  (fold_first_q[1]),
    .last_i   (fold_last_q[1]),
    .query_i  (query_slice),
    .digits_i (k_digits),
    .valid_o  (sums_valid),
    .tag_o    (sums_tag),
    .sums_o   (sums)
  );

  // Scores and softmax.
  logic              scored, score_rd, pass_valid, pass_ready, cmd_ready, pass_certain;
  logic              scan_cmd, scan_all, scan_valid, scan_end, scan_any, res_valid, res_certain;
  logic [CtxW-1:0]   scored_context, score_rd_context;
  logic [RowW-1:0]   score_rd_row, sel_in_row, scan_row;
  logic [T*KeyW-1:0] score_keys;
  logic [ScoreW:0]   score_max, scan_rest;
  logic [1:0]        planes, judge_planes;
  logic [11:0]       scan_limit;
  logic              sel_in_valid, sel_in_last;
  logic [T*12-1:0]   sel_in_key;
  logic [T*25-1:0]   sel_in_exp;
  logic [T-1:0]      sel_in_live, scan_mask;
  logic [37:0]       res_sum, res_part, judge_sum, commit_sum, commit_target;

  // Whether the refinement that begins has no scan.
  logic rest_none_q;
  always_ff @(posedge clk_i) rest_none_q <= refine_all;

  hg_score #(
    .Tokens   (T),
    .Rows     (Rows),
    .Contexts (Contexts),
    .KPlanes  (KCount),
    .KWidths  (KPlanes),
    .SumW     (SumW),
    .QueryW   (QueryW),
    .ScoreW   (ScoreW)
  ) u_score (
    .clk_i,
    .rst_ni,
    .query_sums_i   (query_sums),
    .in_valid_i     (sums_valid),
    .in_tag_i       (sums_tag),
    .in_sums_i      (sums),
    .rest_valid_i   (abort),
    // Without a scan nothing is left alone.
    .rest_score_i   (rest_none_q ? {1'b1, {ScoreW{1'b0}}} : scan_rest),
    .done_o         (scored),
    .done_context_o (scored_context),
    .rd_en_i        (score_rd),
    .rd_context_i   (score_rd_context),
    .rd_row_i       (score_rd_row),
    .rd_keys_o      (score_keys),
    .rd_max_o       (score_max)
  );

  logic record_done, slot_done;

  hg_attention_turn #(
    .Contexts  (Contexts),
    .Slots     (Slots),
    .Decisions (Decisions)
  ) u_turn (
    .clk_i,
    .rst_ni,
    .scored_i         (scored),
    .scored_context_i (scored_context),
    .context_o        (turn_context),
    .k_start_i        (pass_k_start),
    .k_max_i          (pass_k_max),
    .rule_i           (pass_rule),
    .cmd_valid_o      (pass_valid),
    .cmd_ready_i      (pass_ready),
    .cmd_certain_o    (pass_certain),
    .planes_o         (planes),
    .judge_i          (keep || abort),
    .judge_abort_i    (abort),
    .judge_context_i  (judge_context),
    .judge_planes_i   (judge_planes),
    .leave_i          (commit || commit_error),
    .slot_done_i      (slot_done)
  );

  // A scan goes before a pass.
  assign pass_ready = cmd_ready && !scan_cmd;

  hg_softmax #(
    .Tokens   (T),
    .Rows     (Rows),
    .Contexts (Contexts),
    .ScoreW   (ScoreW)
  ) u_softmax (
    .clk_i,
    .rst_ni,
    .cmd_valid_i     (pass_valid || scan_cmd),
    .cmd_ready_o     (cmd_ready),
    .cmd_scan_i      (scan_cmd),
    .cmd_certain_i   (pass_certain),
    .cmd_context_i   (scan_cmd ? judge_context : turn_context),
    .cmd_rows_i      (scan_cmd ? judge_rows : turn_rows),
    .cmd_planes_i    (scan_cmd ? judge_planes : planes),
    .cmd_pre_shift_i (scan_cmd ? judge_pre_shift : pass_pre_shift),
    .cmd_mant_i      (scan_cmd ? judge_mant : pass_mant),
    .scan_all_i      (scan_all),
    .scan_limit_i    (scan_limit),
    .rd_en_o         (score_rd),
    .rd_context_o    (score_rd_context),
    .rd_row_o        (score_rd_row),
    .rd_keys_i       (score_keys),
    .rd_max_i        (score_max),
    .sel_valid_o     (sel_in_valid),
    .sel_row_o       (sel_in_row),
    .sel_key_o       (sel_in_key),
    .sel_exp_o       (sel_in_exp),
    .sel_live_o      (sel_in_live),
    .sel_last_o      (sel_in_last),
    .res_valid_o     (res_valid),
    .res_certain_o   (res_certain),
    .res_sum_o       (res_sum),
    .res_part_o      (res_part),
    .scan_valid_o    (scan_valid),
    .scan_row_o      (scan_row),
    .scan_mask_o     (scan_mask),
    .scan_end_o      (scan_end),
    .scan_any_o      (scan_any),
    .scan_rest_o     (scan_rest)
  );

  hg_attention_decide #(
    .KPlanes   (KCount),
    .KWidths   (KPlanes),
    .CtxW      (CtxW),
    .Decisions (Decisions)
  ) u_decide (
    .clk_i,
    .rst_ni,
    .start_i         (pass_valid && pass_ready),
    .start_context_i (turn_context),
    .start_planes_i  (planes),
    .res_valid_i     (res_valid),
    .res_certain_i   (res_certain),
    .res_sum_i       (res_sum),
    .res_part_i      (res_part),
    .context_o       (judge_context),
    .planes_o        (judge_planes),
    .bound_i         (judge_bound),
    .rule_i          (judge_rule),
    .bias_i          (judge_bias),
    .head_limit_i    (judge_head_limit),
    .eps_log2_i      (judge_eps_log2),
    .pre_shift_i     (judge_pre_shift),
    .mant_i          (judge_mant),
    .refine_busy_i   (refine_busy),
    .all_o           (refine_all),
    .scan_valid_o    (scan_cmd),
    .scan_ready_i    (cmd_ready),
    .scan_all_o      (scan_all),
    .scan_limit_o    (scan_limit),
    .scan_end_i      (scan_end),
    .scan_any_i      (scan_any),
    .keep_o          (keep),
    .abort_o         (abort),
    .sum_o           (judge_sum)
  );

  logic [SlotW-1:0] judge_slot, commit_slot;

  hg_attention_commit #(
    .Contexts (Contexts),
    .SlotW    (SlotW),
    .Records  (Records)
  ) u_commit (
    .clk_i,
    .rst_ni,
    .keep_i         (keep),
    .context_i      (judge_context),
    .sum_i          (judge_sum),
    .slot_i         (judge_slot),
    .error_i        (old_refused),
    .select_i       (decide_select),
    .mass_i         (decide_mass),
    .record_done_i  (record_done),
    .commit_o       (commit),
    .commit_error_o (commit_error),
    .slot_o         (commit_slot),
    .sum_o          (commit_sum),
    .target_o       (commit_target)
  );

  logic [15:0] k_fetched, refined;
  logic [1:0]  rounds;

  hg_attention_refine #(
    .Tokens      (T),
    .Rows        (Rows),
    .KPlanes     (KCount),
    .Outstanding (Outstanding),
    .TokW        (TokW),
    .Contexts    (Contexts),
    .CtxW        (CtxW),
    .AddrW       (AddrW)
  ) u_refine (
    .clk_i,
    .rst_ni,
    .begin_i         ((scan_cmd && cmd_ready) || refine_all),
    .begin_all_i     (refine_all),
    .begin_rows_i    (judge_rows),
    .begin_keys_i    (judge_keys),
    .begin_context_i (judge_context),
    .begin_job_i     (judge_job),
    .begin_base_i    (judge_base),
    .begin_plane_i   (judge_planes),
    .mark_valid_i    (scan_valid),
    .mark_row_i      (scan_row),
    .mark_mask_i     (scan_mask),
    .go_i            (abort),
    .none_i          (scan_end && !scan_any),
    .scored_i        (scored),
    .scored_context_i (scored_context),
    .busy_o          (refine_busy),
    .init_i          (stream_init),
    .init_addr_i     (ask_addr[2*AddrW +: AddrW]),
    .hold_o          (record_hold),
    .ask_valid_o     (ask_valid[1]),
    .ask_ready_i     (ask_ready[1]),
    .ask_job_o       (ask_job[5:3]),
    .ask_plane_o     (ask_plane[3:2]),
    .ask_row_o       (ask_row[RowW +: RowW]),
    .ask_addr_o      (ask_addr[AddrW +: AddrW]),
    .ask_mask_o      (ask_mask[T +: T]),
    .arrived_i       (k_arrived),
    .row_valid_o     (refine_valid),
    .row_ready_i     (refine_ready),
    .row_context_o   (refine_context),
    .row_addr_o      (refine_addr),
    .row_plane_o     (refine_plane),
    .row_row_o       (refine_row),
    .row_mask_o      (refine_mask),
    .row_last_o      (refine_last),
    .clear_i         (commit),
    .clear_context_i (old_context),
    .fetched_o       (k_fetched),
    .refined_o       (refined),
    .rounds_o        (rounds)
  );

  // Selection.
  logic            sel_valid, sel_ready, sel_last, sel_sum_valid, slot_free;
  logic [RowW-1:0] sel_row;
  logic [T*25-1:0] sel_exp;
  logic [T-1:0]    sel_live, sel_select;
  logic [RecW-1:0] sel_tag, open_record;
  logic [PosW-1:0] sel_base;
  logic [37:0]     sel_sum;
  logic            drain_valid, drain_ready, drain_last;
  logic [RowW-1:0] drain_row;
  logic [T*25-1:0] drain_exp;
  logic [T-1:0]    drain_live, drain_select;
  logic [RecW+PosW-1:0] drain_tag;

  hg_select #(
    .Rows      (T),
    .MaxTokens (MaxTokens),
    .Slots     (Slots),
    .TagW      (RecW + PosW)
  ) u_select (
    .clk_i,
    .rst_ni,
    .slot_free_o     (slot_free),
    .in_valid_i      (sel_in_valid),
    .in_row_i        (sel_in_row),
    .in_key_i        (sel_in_key),
    .in_exp_i        (sel_in_exp),
    .in_live_i       (sel_in_live),
    .in_last_i       (sel_in_last),
    .judge_valid_i   (keep || abort),
    .judge_keep_i    (keep),
    .judge_slot_o    (judge_slot),
    .decide_valid_i  (commit),
    .decide_slot_i   (commit_slot),
    .decide_mode_i   (decide_select),
    .decide_k_i      (decide_k),
    .decide_target_i (commit_target),
    .decide_tag_i    ({open_record, old_base}),
    .out_valid_o     (drain_valid),
    .out_ready_i     (drain_ready),
    .out_row_o       (drain_row),
    .out_exp_o       (drain_exp),
    .out_live_o      (drain_live),
    .out_select_o    (drain_select),
    .out_last_o      (drain_last),
    .out_tag_o       (drain_tag),
    .sel_sum_valid_o (sel_sum_valid),
    .sel_sum_o       (sel_sum)
  );

  // With the last row taken the sum of the selection is known and the slot free.
  assign slot_done = drain_valid && drain_ready && drain_last;

  hg_skid_buffer #(
    .Width (RowW + T * 27 + 1 + RecW + PosW)
  ) u_selected (
    .clk_i,
    .rst_ni,
    .in_valid_i  (drain_valid),
    .in_ready_o  (drain_ready),
    .in_data_i   ({drain_row, drain_exp, drain_live, drain_select, drain_last, drain_tag}),
    .out_valid_o (sel_valid),
    .out_ready_i (sel_ready),
    .out_data_o  ({sel_row, sel_exp, sel_live, sel_select, sel_last, sel_tag, sel_base})
  );

  // Denominators: of the probabilities the full sum, of the output that of the selection if it is
  // to be normalised. The full sums wait for the selections, in order.
  logic                     full_valid, full_renorm, full_ready;
  logic [37:0]              full_sum;
  logic [$clog2(Records+1)-1:0] unused_full;
  logic                     prob_recip_valid, prob_recip_ready, out_recip_valid, out_recip_ready;
  logic [20:0]              prob_recip, out_recip;
  logic [5:0]               prob_exponent, out_exponent;

  hg_fifo #(
    .Width        (39),
    .DepthEntries (Records)
  ) u_full (
    .clk_i,
    .rst_ni,
    .in_valid_i  (commit),
    .in_ready_o  (full_ready),
    .in_data_i   ({decide_renorm, commit_sum}),
    .out_valid_o (full_valid),
    .out_ready_i (slot_done),
    .out_data_o  ({full_renorm, full_sum}),
    .used_o      (unused_full)
  );

  hg_attention_recip #(
    .DepthEntries (Records)
  ) u_prob_recip (
    .clk_i,
    .rst_ni,
    .den_valid_i   (commit),
    .den_i         (commit_sum),
    .recip_valid_o (prob_recip_valid),
    .recip_ready_i (prob_recip_ready),
    .recip_o       (prob_recip),
    .exponent_o    (prob_exponent)
  );

  hg_attention_recip #(
    .DepthEntries (Records)
  ) u_out_recip (
    .clk_i,
    .rst_ni,
    .den_valid_i   (slot_done),
    .den_i         (full_renorm ? sel_sum : full_sum),
    .recip_valid_o (out_recip_valid),
    .recip_ready_i (out_recip_ready),
    .recip_o       (out_recip),
    .exponent_o    (out_exponent)
  );

  // Walk and PV.
  logic            walk_last, pv_valid, pv_ready, pv_first, pv_last, pv_any, count_valid;
  logic [RecW-1:0] walk_record, count_record;
  logic [AddrW-1:0] pv_addr;
  logic [11:0]     pv_need;
  logic [T*17-1:0] pv_weight;
  logic [TokW-1:0] count_selected;
  logic [15:0]     count_fetched;

  hg_attention_walk #(
    .Tokens  (T),
    .Rows    (Rows),
    .TokW    (TokW),
    .Records (Records),
    .Waiting (Outstanding),
    .AddrW   (AddrW)
  ) u_walk (
    .clk_i,
    .rst_ni,
    .sel_valid_i      (sel_valid),
    .sel_ready_o      (sel_ready),
    .sel_row_i        (sel_row),
    .sel_exp_i        (sel_exp),
    .sel_live_i       (sel_live),
    .sel_select_i     (sel_select),
    .sel_last_i       (sel_last),
    .sel_tag_i        (sel_tag),
    .sel_base_i       (sel_base),
    .record_o         (walk_record),
    .job_i            (walk_job),
    .job_last_i       (walk_last),
    .v_count_i        (walk_v_count),
    .free_i           (v_free),
    .recip_valid_i    (prob_recip_valid),
    .recip_ready_o    (prob_recip_ready),
    .recip_i          (prob_recip),
    .exponent_i       (prob_exponent),
    .ask_valid_o      (ask_valid[0]),
    .ask_ready_i      (ask_ready[0]),
    .ask_job_o        (ask_job[2:0]),
    .ask_plane_o      (ask_plane[1:0]),
    .ask_row_o        (ask_row[0 +: RowW]),
    .ask_addr_o       (ask_addr[0 +: AddrW]),
    .ask_mask_o       (ask_mask[0 +: T]),
    .row_valid_o      (pv_valid),
    .row_ready_i      (pv_ready),
    .row_first_o      (pv_first),
    .row_last_o       (pv_last),
    .row_any_o        (pv_any),
    .row_job_o        (pv_job),
    .row_addr_o       (pv_addr),
    .row_need_o       (pv_need),
    .row_weight_o     (pv_weight),
    .prob_valid_o,
    .prob_ready_i,
    .prob_data_o,
    .prob_row_o,
    .prob_keep_o,
    .prob_last_o,
    .count_valid_o    (count_valid),
    .count_record_o   (count_record),
    .count_selected_o (count_selected),
    .count_fetched_o  (count_fetched)
  );

  logic                       v_rd, norm_valid, norm_ready;
  logic [1:0]                 v_rd_plane;
  logic [AddrW-1:0]           v_rd_addr;
  logic [FoldW-1:0]           v_rd_fold;
  logic [T*Slice*VDigitW-1:0] v_digits;
  logic [DHead*16-1:0]        norm_data;

  hg_attention_buffer #(
    .Tokens (T),
    .Planes (VCount),
    .Widths (VPlanes),
    .AddrW  (AddrW),
    .DHead  (DHead),
    .Folds  (Folds),
    .InW    (RspW),
    .DigitW (VDigitW)
  ) u_v_buffer (
    .clk_i,
    .wr_en_i    (wr_v),
    .wr_plane_i (wr_plane),
    .wr_addr_i  (wr_addr),
    .wr_mask_i  (wr_mask),
    .wr_data_i  (rsp_data_i),
    .rd_valid_i (v_rd),
    .rd_plane_i (v_rd_plane),
    .rd_addr_i  (v_rd_addr),
    .rd_fold_i  (v_rd_fold),
    .digits_o   (v_digits)
  );

  hg_attention_pv #(
    .Tokens    (T),
    .MaxTokens (MaxTokens),
    .DHead     (DHead),
    .Folds     (Folds),
    .VPlanes   (VCount),
    .VWidths   (VPlanes),
    .DigitW    (VDigitW),
    .AddrW     (AddrW)
  ) u_pv (
    .clk_i,
    .rst_ni,
    .row_valid_i   (pv_valid),
    .row_ready_o   (pv_ready),
    .row_first_i   (pv_first),
    .row_last_i    (pv_last),
    .row_any_i     (pv_any),
    .row_addr_i    (pv_addr),
    .row_need_i    (pv_need),
    .row_weight_i  (pv_weight),
    .v_count_i     (pv_v_count),
    .arrived_i     (v_arrived),
    .rd_valid_o    (v_rd),
    .rd_plane_o    (v_rd_plane),
    .rd_addr_o     (v_rd_addr),
    .rd_fold_o     (v_rd_fold),
    .rd_digits_i   (v_digits),
    .recip_valid_i (out_recip_valid),
    .recip_ready_o (out_recip_ready),
    .recip_i       (out_recip),
    .exponent_i    (out_exponent),
    .out_valid_o   (norm_valid),
    .out_ready_i   (norm_ready),
    .out_data_o    (norm_data)
  );

  hg_attention_end #(
    .Records (Records),
    .TokW    (TokW),
    .OutW    (DHead * 16)
  ) u_end (
    .clk_i,
    .rst_ni,
    .now_i            (now_q),
    .open_i           (commit || commit_error),
    .open_record_o    (open_record),
    .open_job_i       (old_job),
    .open_last_i      (old_last),
    .open_error_i     (commit_error ? old_error : 3'd0),
    .open_stamp_i     (old_stamp),
    .open_fetched_i   (k_fetched),
    .open_refined_i   (refined),
    .open_rounds_i    (rounds),
    .walk_record_i    (walk_record),
    .walk_job_o       (walk_job),
    .walk_last_o      (walk_last),
    .count_valid_i    (count_valid),
    .count_record_i   (count_record),
    .count_selected_i (count_selected),
    .count_fetched_i  (count_fetched),
    .end_job_o        (end_job),
    .end_head_i       (end_head),
    .norm_valid_i     (norm_valid),
    .norm_ready_o     (norm_ready),
    .norm_data_i      (norm_data),
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
    .job_done_o       (job_done)
  );

  // Only the checks look at these.
  logic unused_checked;
  assign unused_checked = ^{sel_sum_valid, slot_free, full_valid, full_ready};

`ifndef SYNTHESIS
`ifndef YOSYS
  always @(posedge clk_i) begin
    if (sel_in_valid && sel_in_row == '0 && !slot_free) $error("%m: hg_select has no slot");
    if (commit && !full_ready) $error("%m: no room for a sum");
    if (slot_done && !(full_valid && sel_sum_valid)) $error("%m: a selection without a sum");
  end
`endif
`endif

endmodule

`default_nettype wire
