// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Quantised attention core: scores, softmax, selection and weighted sum of one head at a time.
///
/// A job is all queries of one head; K and V stay in external memory and come as rows of
/// plane vectors through `req_*` and `rsp_*`, in the order of the requests. T = max(1, Lanes /
/// DHead) keys make a row; a row's plane takes C = max(1, DHead / Lanes) cycles in QK and in PV.
///
/// Four parts, each of which works on several queries at once and keeps the job fields it reads:
///  - hg_attention_front: jobs are checked, queries get a context, and the stream asks for the
///    first planes of their keys;
///  - hg_attention_scores: QK multiplies a row's plane as it is there, and adds planes to scores;
///  - hg_attention_verdict: the softmax makes ranks and exponentials of all keys, and their sum; a
///    verdict keeps the query or asks for one more plane of some keys, whose rows go through QK
///    before any other and only add to the scores; queries commit in order;
///  - hg_attention_values: the winners are selected, their values fetched, each once a job, and
///    probabilities leave through `prob_*`; PV sums and divides, output and statistics leave.
///
/// Queries enter and leave in order. K and V of up to `Jobs` jobs lie in the buffers, which are
/// rings: K of the next jobs comes while the queries of those before finish. Streams are
/// ready/valid. Numbers, rounding, ties and illegal jobs: doc/attention.md and the golden model.
module hg_attention #(
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
  output logic [31:0]             stat_cycles_o
);

  // Registers count it where there are any (hg_attention_axi).
  logic [3:0] unused_busy;

  hg_attention_engine #(
    .DHead       (DHead),
    .Lanes       (Lanes),
    .MaxTokens   (MaxTokens),
    .KPlanes     (KPlanes),
    .VPlanes     (VPlanes),
    .Contexts    (Contexts),
    .Jobs        (Jobs),
    .Slots       (Slots),
    .Outstanding (Outstanding),
    .Dsp         (Dsp)
  ) u_engine (
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
    .job_head_limit_i,
    .job_eps_log2_i,
    .job_pre_shift_i,
    .job_mant_i,
    .job_select_i,
    .job_k_i,
    .job_mass_i,
    .job_renorm_i,
    .job_bias_i,
    .job_list_i,
    .list_valid_i,
    .list_ready_o,
    .list_position_i,
    .list_token_i,
    .query_valid_i,
    .query_ready_o,
    .query_data_i,
    .query_bound_i,
    .query_last_i,
    .bias_valid_i,
    .bias_ready_o,
    .bias_data_i,
    .req_valid_o,
    .req_ready_i,
    .req_value_o,
    .req_plane_o,
    .req_head_o,
    .req_mask_o,
    .req_token_o,
    .rsp_valid_i,
    .rsp_ready_o,
    .rsp_data_i,
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
    .busy_o (unused_busy)
  );

endmodule

`default_nettype wire
