// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Judges a pass of the softmax: the query is ready to commit, or refined and passed again.
///
/// Results of passes wait in a small FIFO, each with its context, and are judged in order. A
/// certain pass is kept. Rule `head` refines all live keys if the sum exceeds the limit; rule
/// `token` asks hg_attention_refine_limit for the rank up to which candidates need a plane, and
/// refines if a candidate has one. A query that is refined gives its slot in hg_select back at once
/// (abort) and goes to hg_attention_mark, which finds its keys while the next query is judged.
/// Without a bias rule `head` needs no scan, for every key lives.
///
/// A verdict comes a cycle behind its result if the pass is certain, else four; rule `token` takes
/// 35 more.
module hg_attention_decide #(
  /// Planes of K, 1 to 3.
  parameter int KPlanes = 3,
  /// Width of plane p in nibble p.
  parameter int KWidths = 'h444,
  /// Bits of a context's number, 1 and up.
  parameter int CtxW = 2,
  /// Passes between start and decision, 1 and up.
  parameter int Decisions = 4,
  /// Derived: bits of a sum of exponentials.
  localparam int ExpSumW = hg_attention_pkg::EXP_SUM_W,
  /// Derived: bits of the rank of a key.
  localparam int RankW = hg_attention_pkg::RANK_W
) (
  input  logic               clk_i,
  input  logic               rst_ni,
  // A pass starts: its context and the planes of the keys that may get one more.
  input  logic               start_i,
  input  logic [CtxW-1:0]    start_context_i,
  input  logic [1:0]         start_planes_i,
  // Results of passes.
  input  logic               res_valid_i,
  input  logic               res_certain_i,
  input  logic [ExpSumW-1:0] res_sum_i,
  input  logic [ExpSumW-1:0] res_part_i,
  input  logic [RankW:0]     res_best_i,
  // Whose pass is judged, and fields of its query and job.
  output logic [CtxW-1:0]    context_o,
  input  logic [23:0]        bound_i,
  input  logic [1:0]         rule_i,
  input  logic               bias_i,
  input  logic [35:0]        head_limit_i,
  input  logic [19:0]        eps_log2_i,
  input  logic [5:0]         pre_shift_i,
  input  logic [15:0]        mant_i,
  // A query to refine: all keys without a scan; or a scan for all live keys, or up to a rank.
  output logic               mark_valid_o,
  input  logic               mark_ready_i,
  output logic               mark_all_o,
  output logic               mark_scan_all_o,
  output logic [RankW-1:0]   mark_limit_o,
  output logic [CtxW-1:0]    mark_context_o,
  output logic [1:0]         mark_planes_o,
  // Verdicts, one pulse each, and whose.
  output logic               keep_o,
  output logic               abort_o,
  output logic [CtxW-1:0]    verdict_context_o,
  output logic [1:0]         verdict_planes_o,
  output logic [ExpSumW-1:0] verdict_sum_o
);

  localparam int W1 = (KPlanes > 1) ? (KWidths >> 4) & 15 : 0;
  localparam int W2 = (KPlanes > 2) ? (KWidths >> 8) & 15 : 0;

  localparam logic [1:0] RuleHead = 2'd1;

  typedef enum logic [2:0] {
    Idle, Fetch, Compare, Look, Limit, Judge
  } state_e;
  state_e state_d, state_q;

  logic                           head_valid, head_ready, head_certain, limit_done, need;
  logic                           certain, known, refine, keep_q, abort_q;
  logic                           over_q, head_q, bias_q;
  logic                           unused_ready, unused_begun, unused_room;
  logic [ExpSumW-1:0]             head_sum, head_part, sum_q, part_q;
  logic [35:0]                    head_limit_q;
  logic [RankW-1:0]               rank;
  logic [RankW:0]                 head_best, best_q;
  logic [CtxW-1:0]                verdict_context_q;
  logic [1:0]                     verdict_planes_q;
  logic [ExpSumW-1:0]             verdict_sum_q;
  logic [3:0]                     below;
  logic [CtxW-1:0]                head_context, context_q;
  logic [1:0]                     head_planes, planes_q;
  logic [$clog2(Decisions+1)-1:0] unused_used, unused_count;

  hg_fifo #(
    .Width        (1 + 2 * ExpSumW + RankW + 1),
    .DepthEntries (Decisions)
  ) u_results (
    .clk_i,
    .rst_ni,
    .in_valid_i  (res_valid_i),
    .in_ready_o  (unused_ready),
    .in_data_i   ({res_certain_i, res_sum_i, res_part_i, res_best_i}),
    .out_valid_o (head_valid),
    .out_ready_i (head_ready),
    .out_data_o  ({head_certain, head_sum, head_part, head_best}),
    .used_o      (unused_used)
  );

  // Passes end in the order in which they start.
  hg_fifo #(
    .Width        (CtxW + 2),
    .DepthEntries (Decisions)
  ) u_begun (
    .clk_i,
    .rst_ni,
    .in_valid_i  (start_i),
    .in_ready_o  (unused_room),
    .in_data_i   ({start_context_i, start_planes_i}),
    .out_valid_o (unused_begun),
    .out_ready_i (head_ready && head_valid),
    .out_data_o  ({head_context, head_planes}),
    .used_o      (unused_count)
  );

  // The verdict on a certain pass comes right from the FIFO.
  assign certain    = state_q == Idle && head_valid && head_certain;
  assign head_ready = state_q == Idle;
  assign below      = (planes_q == 2'd1) ? 4'(W1 + W2) : 4'(W2);

  hg_attention_refine_limit u_limit (
    .clk_i,
    .rst_ni,
    .start_i     (state_q == Look && !head_q),
    .bound_i,
    .below_i     (below),
    .pre_shift_i,
    .mant_i,
    .eps_log2_i,
    .part_i      (part_q),
    .done_o      (limit_done),
    .need_o      (need),
    .rank_o      (rank)
  );

  always_comb begin
    state_d = state_q;
    case (state_q)
      Idle: if (head_valid && !head_certain) state_d = Fetch;
      Fetch: state_d = Compare;
      Compare: state_d = Look;
      Look: begin
        if (!head_q) state_d = Limit;
        else if (!refine || mark_ready_i) state_d = Idle;
      end
      Limit: if (limit_done) state_d = Judge;
      Judge: if (!refine || mark_ready_i) state_d = Idle;
      default: state_d = Idle;
    endcase
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) state_q <= Idle;
    else state_q <= state_d;
  end

  always_ff @(posedge clk_i) begin
    if (state_q == Idle) begin
      sum_q     <= head_sum;
      part_q    <= head_part;
      best_q    <= head_best;
      context_q <= head_context;
      planes_q  <= head_planes;
    end
    // Of the job, which is known from Fetch on.
    head_q       <= rule_i == RuleHead;
    bias_q       <= bias_i;
    head_limit_q <= head_limit_i;
    over_q       <= sum_q > {2'b00, head_limit_q};
  end

  assign context_o = context_q;

  // Whether the query is refined, when it is known: by rule `token` if a candidate is within reach.
  assign known  = (state_q == Look && head_q) || state_q == Judge;
  assign refine = head_q ? over_q : need && best_q <= {1'b0, rank};

  assign mark_valid_o    = known && refine;
  assign mark_all_o      = head_q && !bias_q;
  assign mark_scan_all_o = head_q;
  assign mark_limit_o    = rank;
  assign mark_context_o  = context_q;
  assign mark_planes_o   = planes_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      keep_q  <= 1'b0;
      abort_q <= 1'b0;
    end else begin
      keep_q  <= certain || (known && !refine);
      abort_q <= mark_valid_o && mark_ready_i;
    end
  end

  always_ff @(posedge clk_i) begin
    verdict_context_q <= certain ? head_context : context_q;
    verdict_planes_q  <= planes_q;
    verdict_sum_q     <= certain ? head_sum : sum_q;
  end

  assign keep_o            = keep_q;
  assign abort_o           = abort_q;
  assign verdict_context_o = verdict_context_q;
  assign verdict_planes_o  = verdict_planes_q;
  assign verdict_sum_o     = verdict_sum_q;

endmodule

`default_nettype wire
