// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Judges a pass of the softmax: the query is ready to commit, or refined and passed again.
///
/// Results of passes wait in a small FIFO, each with its context, and are judged in order. A
/// certain pass is kept. Rule `head` refines all live keys if the sum exceeds the limit; rule
/// `token` asks hg_attention_refine_limit for the rank up to which candidates need a plane. A scan
/// then finds them; without a bias rule `head` needs none, for every key lives. If there are any,
/// the query's slot in hg_select is given back (abort) and the refinement begins. One refinement is
/// under way at a time (`refine_busy_i`): a verdict that wants another waits, and with it all
/// behind it.
///
/// A verdict costs one cycle if the pass is certain, else four; rule `token` 35 more before its
/// scan.
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
  // Whose pass is judged, and fields of its query and job.
  output logic [CtxW-1:0]    context_o,
  output logic [1:0]         planes_o,
  input  logic [23:0]        bound_i,
  input  logic [1:0]         rule_i,
  input  logic               bias_i,
  input  logic [35:0]        head_limit_i,
  input  logic [19:0]        eps_log2_i,
  input  logic [5:0]         pre_shift_i,
  input  logic [15:0]        mant_i,
  input  logic               refine_busy_i,
  // A refinement of all keys, without a scan.
  output logic               all_o,
  // The scan.
  output logic               scan_valid_o,
  input  logic               scan_ready_i,
  output logic               scan_all_o,
  output logic [RankW-1:0]   scan_limit_o,
  input  logic               scan_end_i,
  input  logic               scan_any_i,
  // Verdicts, one pulse each.
  output logic               keep_o,
  output logic               abort_o,
  output logic [ExpSumW-1:0] sum_o
);

  localparam int W1 = (KPlanes > 1) ? (KWidths >> 4) & 15 : 0;
  localparam int W2 = (KPlanes > 2) ? (KWidths >> 8) & 15 : 0;

  localparam logic [1:0] RuleHead = 2'd1;

  typedef enum logic [3:0] {
    Idle, Fetch, Compare, Look, Limit, Judge, Scan, Wait, Keep, All, Abort
  } state_e;
  state_e state_d, state_q, refine;

  logic                           head_valid, head_ready, head_certain, limit_done, need;
  logic                           over_q, head_q, bias_q, unused_ready, unused_valid, unused_room;
  logic [ExpSumW-1:0]             head_sum, head_part, sum_q, part_q;
  logic [35:0]                    head_limit_q;
  logic [RankW-1:0]               rank;
  logic [3:0]                     below;
  logic [CtxW-1:0]                head_context, context_q;
  logic [1:0]                     head_planes, planes_q;
  logic [$clog2(Decisions+1)-1:0] unused_used, unused_begun;

  hg_fifo #(
    .Width        (1 + 2 * ExpSumW),
    .DepthEntries (Decisions)
  ) u_results (
    .clk_i,
    .rst_ni,
    .in_valid_i  (res_valid_i),
    .in_ready_o  (unused_ready),
    .in_data_i   ({res_certain_i, res_sum_i, res_part_i}),
    .out_valid_o (head_valid),
    .out_ready_i (head_ready),
    .out_data_o  ({head_certain, head_sum, head_part}),
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
    .out_valid_o (unused_valid),
    .out_ready_i (head_ready && head_valid),
    .out_data_o  ({head_context, head_planes}),
    .used_o      (unused_begun)
  );

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
    if (head_q && !bias_q) refine = All;
    else refine = Scan;
  end

  always_comb begin
    state_d = state_q;
    case (state_q)
      Idle: begin
        if (head_valid && head_certain) state_d = Keep;
        else if (head_valid) state_d = Fetch;
      end
      Fetch: state_d = Compare;
      Compare: state_d = Look;
      Look: begin
        if (!head_q) state_d = Limit;
        else if (over_q) state_d = refine;
        else state_d = Keep;
      end
      Limit: if (limit_done) state_d = Judge;
      Judge: begin
        if (need) state_d = Scan;
        else state_d = Keep;
      end
      Scan: if (scan_valid_o && scan_ready_i) state_d = Wait;
      Wait: begin
        if (scan_end_i && scan_any_i) state_d = Abort;
        else if (scan_end_i) state_d = Keep;
      end
      All: if (!refine_busy_i) state_d = Abort;
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
      context_q <= head_context;
      planes_q  <= head_planes;
    end
    // Of the job, which is known from Fetch on.
    head_q       <= rule_i == RuleHead;
    bias_q       <= bias_i;
    head_limit_q <= head_limit_i;
    over_q       <= sum_q > {2'b00, head_limit_q};
  end

  assign context_o    = context_q;
  assign planes_o     = planes_q;
  assign all_o        = state_q == All && !refine_busy_i;
  assign scan_valid_o = state_q == Scan && !refine_busy_i;
  assign scan_all_o   = head_q;
  assign scan_limit_o = rank;
  assign keep_o       = state_q == Keep;
  assign abort_o      = state_q == Abort;
  assign sum_o        = sum_q;

endmodule

`default_nettype wire
