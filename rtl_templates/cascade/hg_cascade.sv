// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Cascade pruning: tokens and heads that matter least leave between layers and never return
/// (SpAtten, section III-B).
///
/// Takes the probabilities and outputs of the attention core and sums their importance
/// (hg_importance). On a command it ranks the survivors by it (hg_topk_radix), keeps the best and
/// streams out the lists of those left, tokens first, each in ascending order: the tokens' list
/// goes straight to the core's list port, the heads' list says which jobs to run.
///
/// Commands: `cmd_op_i` 0 starts a sequence of `cmd_tokens_i` tokens and `cmd_heads_i` heads, all
/// surviving, all sums 0; 1 goes to the next layer; 2 to the next generated token, which joins the
/// survivors with sum 0. Then all but the max(`cmd_keep_tokens_i`, `cmd_window_i`) and
/// `cmd_keep_heads_i` best survivors leave, ties for the lowest index; the last `cmd_window_i`
/// tokens stay in any case. Sums are ranked by their KeyW top bits below the largest one's. Each
/// command is answered once, behind its lists: `ans_error_o` 0 done, else refused, nothing changed
/// and no list: 1 op 3 or nothing started, 2 no tokens or too many, 3 heads likewise, 4 nothing to
/// keep. The lowest that applies counts.
///
/// Only survivors count: positions behind the last one and heads that do not survive are dropped.
/// Beats taken up to the cycle in which a command is taken count for the layer before it; none is
/// taken while it runs. So give the command when the layer's last beats have left the core. A list
/// entry brings the survivor's sum along. Cycles of a command on n survivors of which m stay: about
/// n + m and those of hg_topk_radix on n keys, and 2n more after a start.
module hg_cascade #(
  /// Keys a row: a power of two, 1 to 64.
  parameter int Tokens = 1,
  /// Most tokens: 8 to 4096, a multiple of Tokens.
  parameter int MaxTokens = 1024,
  /// Elements of an output: 8 to 128, a multiple of 8.
  parameter int DHead = 64,
  /// Most heads: 1 to 256.
  parameter int MaxHeads = 32,
  /// Keys a beat of the top-k engine: a power of two, 1 to 64.
  parameter int Lanes = 16,
  /// Bits of its keys: 8 to 24.
  parameter int KeyW = 16,
  /// Bits of its digits: 1 to 6.
  parameter int DigitW = 4,
  /// Derived: bits of a row's number.
  localparam int RowW = hg_pkg::idx_width(MaxTokens / Tokens),
  /// Derived: bits of a token and of a count of tokens.
  localparam int TokW = hg_pkg::cnt_width(MaxTokens),
  /// Derived: bits of a count of heads.
  localparam int HeadsW = hg_pkg::cnt_width(MaxHeads)
) (
  /// Clock, rising edge.
  input  logic                 clk_i,
  /// Asynchronous reset, active low.
  input  logic                 rst_ni,
  /// A command is offered.
  input  logic                 cmd_valid_i,
  /// The command is taken.
  output logic                 cmd_ready_o,
  /// 0 start a sequence, 1 next layer, 2 next token.
  input  logic [1:0]           cmd_op_i,
  /// Tokens of the new sequence.
  input  logic [TokW-1:0]      cmd_tokens_i,
  /// Heads of the new sequence.
  input  logic [HeadsW-1:0]    cmd_heads_i,
  /// Tokens kept.
  input  logic [TokW-1:0]      cmd_keep_tokens_i,
  /// Heads kept.
  input  logic [HeadsW-1:0]    cmd_keep_heads_i,
  /// Last tokens that stay in any case.
  input  logic [TokW-1:0]      cmd_window_i,
  /// A row of probabilities is offered.
  input  logic                 prob_valid_i,
  /// The row of probabilities is taken.
  output logic                 prob_ready_o,
  /// Probabilities; 65536 is one.
  input  logic [Tokens*17-1:0] prob_data_i,
  /// Row.
  input  logic [RowW-1:0]      prob_row_i,
  /// Lanes that count.
  input  logic [Tokens-1:0]    prob_keep_i,
  /// An output is offered.
  input  logic                 out_valid_i,
  /// The output is taken.
  output logic                 out_ready_o,
  /// Elements, element 0 lowest.
  input  logic [DHead*16-1:0]  out_data_i,
  /// Number of the head.
  input  logic [7:0]           out_head_i,
  /// A surviving token is offered.
  output logic                 list_valid_o,
  /// The surviving token is taken.
  input  logic                 list_ready_i,
  /// Its position from now on.
  output logic [TokW-1:0]      list_position_o,
  /// Its number.
  output logic [TokW-1:0]      list_token_o,
  /// Its importance; 65536 is one.
  output logic [31:0]          list_sum_o,
  /// Last surviving token.
  output logic                 list_last_o,
  /// A surviving head is offered.
  output logic                 head_valid_o,
  /// The surviving head is taken.
  input  logic                 head_ready_i,
  /// Its number.
  output logic [7:0]           head_index_o,
  /// Its importance.
  output logic [39:0]          head_sum_o,
  /// Last surviving head.
  output logic                 head_last_o,
  /// The command is answered.
  output logic                 ans_valid_o,
  /// The answer is taken.
  input  logic                 ans_ready_i,
  /// 0 done; refused for 1 op, 2 tokens, 3 heads, 4 nothing to keep.
  output logic [2:0]           ans_error_o,
  /// Surviving tokens.
  output logic [TokW-1:0]      ans_tokens_o,
  /// Surviving heads.
  output logic [HeadsW-1:0]    ans_heads_o
);

  if (KeyW < 8 || KeyW > 24) begin : gen_illegal_key
    ERROR_hg_cascade_KeyW_must_be_8_to_24 u_illegal ();
  end

  localparam int Most   = (MaxTokens > MaxHeads) ? MaxTokens : MaxHeads;
  localparam int CountW = hg_pkg::cnt_width(Most);
  localparam int MaxN   = (Most > Lanes) ? Most : Lanes;
  localparam int IdxW   = hg_pkg::idx_width(MaxN);
  localparam int CntW   = hg_pkg::cnt_width(MaxN);
  localparam int IdW    = (TokW > 8) ? TokW : 8;
  // What an access carries along: emission, ranking, heads, last, protected, position, number.
  localparam int TagW   = 5 + TokW + IdW;

  logic              idle, counted, walk_start, walk_done, walk_busy, kind, restart;
  logic [1:0]        phase;
  logic [CountW-1:0] first, last, guard, kept;
  logic [TokW-1:0]   fresh, keep;
  logic [5:0]        shift;
  logic [39:0]       head_seen;
  logic [31:0]       token_seen;

  hg_cascade_control #(
    .MaxTokens (MaxTokens),
    .MaxHeads  (MaxHeads),
    .KeyW      (KeyW)
  ) u_control (
    .clk_i,
    .rst_ni,
    .cmd_valid_i,
    .cmd_ready_o,
    .cmd_op_i,
    .cmd_tokens_i,
    .cmd_heads_i,
    .cmd_keep_tokens_i,
    .cmd_keep_heads_i,
    .cmd_window_i,
    .ans_valid_o,
    .ans_ready_i,
    .ans_error_o,
    .ans_tokens_o,
    .ans_heads_o,
    .idle_o         (idle),
    .counted_i      (counted && !walk_busy),
    .token_seen_i   (token_seen),
    .head_seen_i    (head_seen),
    .walk_start_o   (walk_start),
    .walk_phase_o   (phase),
    .walk_kind_o    (kind),
    .walk_restart_o (restart),
    .walk_first_o   (first),
    .walk_last_o    (last),
    .walk_guard_o   (guard),
    .walk_fresh_o   (fresh),
    .walk_done_i    (walk_done),
    .walk_kept_i    (kept),
    .shift_o        (shift),
    .keep_o         (keep)
  );

  logic              res_valid, res_ready;
  logic [Lanes-1:0]  res_keep;
  logic [Lanes*IdxW-1:0] res_index;
  logic [CntW-1:0]   res_count;
  logic              op_valid, op_ready, op_head, op_restart;
  logic [1:0]        op_code;
  logic [CountW-1:0] op_index, op_target;
  logic [TagW-1:0]   op_tag, sum_tag;

  hg_cascade_walk #(
    .MaxTokens (MaxTokens),
    .MaxHeads  (MaxHeads),
    .Lanes     (Lanes),
    .IdxW      (IdxW),
    .CntW      (CntW)
  ) u_walk (
    .clk_i,
    .rst_ni,
    .start_i      (walk_start),
    .phase_i      (phase),
    .kind_i       (kind),
    .restart_i    (restart),
    .first_i      (first),
    .last_i       (last),
    .guard_i      (guard),
    .fresh_i      (fresh),
    .done_o       (walk_done),
    .kept_o       (kept),
    .busy_o       (walk_busy),
    .res_valid_i  (res_valid),
    .res_ready_o  (res_ready),
    .res_keep_i   (res_keep),
    .res_index_i  (res_index),
    .res_count_i  (res_count),
    .op_valid_o   (op_valid),
    .op_ready_i   (op_ready),
    .op_head_o    (op_head),
    .op_code_o    (op_code),
    .op_index_o   (op_index),
    .op_target_o  (op_target),
    .op_restart_o (op_restart),
    .op_tag_o     (op_tag)
  );

  logic        sum_valid, sum_ready, unused_error, rows_ready, outs_ready;
  logic [39:0] sum;

  assign prob_ready_o = rows_ready && idle;
  assign out_ready_o  = outs_ready && idle;

  // What does not survive counts for nothing, or it would widen the scale of the ranking: positions
  // behind the last survivor, and heads that have left or that the sequence never had.
  localparam int ShiftT = $clog2(Tokens);
  localparam int FullW  = TokW - ShiftT;
  localparam int HeadW  = hg_pkg::idx_width(MaxHeads);

  logic [FullW-1:0]    full_q;
  logic [Tokens-1:0]   part, prob_keep;
  logic [MaxHeads-1:0] alive_q;
  logic                alive;

  always_ff @(posedge clk_i) full_q <= FullW'(ans_tokens_o >> ShiftT);

  if (Tokens == 1) begin : gen_whole
    assign part = '0;
  end else begin : gen_part
    logic [Tokens-1:0] part_q;
    always_ff @(posedge clk_i) begin
      for (int t = 0; t < Tokens; t++) part_q[t] <= ShiftT'(t) < ans_tokens_o[ShiftT-1:0];
    end
    assign part = part_q;
  end

  always_comb begin
    prob_keep = '0;
    if (FullW'(prob_row_i) < full_q) prob_keep = prob_keep_i;
    else if (FullW'(prob_row_i) == full_q) prob_keep = prob_keep_i & part;
  end

  // Heads are written down anew whenever their list is: set up by a start, or emitted. A cycle
  // later is early enough, as no beat is taken while a command runs.
  logic             clear_q, mark_q;
  logic [HeadW-1:0] mark_head_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      clear_q <= 1'b0;
      mark_q  <= 1'b0;
      alive_q <= '0;
    end else begin
      clear_q <= walk_start && kind && phase != 2'd1;
      mark_q  <= op_valid && op_head && phase != 2'd1;
      if (clear_q) alive_q <= '0;
      else if (mark_q) alive_q[mark_head_q] <= 1'b1;
    end
  end

  always_ff @(posedge clk_i) mark_head_q <= op_index[HeadW-1:0];

  assign alive = 9'(out_head_i) < 9'(MaxHeads) && alive_q[out_head_i[HeadW-1:0]];

  hg_importance #(
    .Tokens    (Tokens),
    .MaxTokens (MaxTokens),
    .DHead     (DHead),
    .MaxHeads  (MaxHeads),
    .TagW      (TagW)
  ) u_importance (
    .clk_i,
    .rst_ni,
    .prob_valid_i (prob_valid_i && idle),
    .prob_ready_o (rows_ready),
    .prob_data_i,
    .prob_row_i,
    .prob_keep_i  (prob_keep),
    .out_valid_i  (out_valid_i && idle && alive),
    .out_ready_o  (outs_ready),
    .out_data_i,
    .out_head_i,
    .op_valid_i   (op_valid),
    .op_ready_o   (op_ready),
    .op_head_i    (op_head),
    .op_code_i    (op_code),
    .op_index_i   (op_index),
    .op_target_i  (op_target),
    // What is written, not copied, is 0.
    .op_data_i    (40'b0),
    .op_restart_i (op_restart),
    .op_tag_i     (op_tag),
    .sum_valid_o  (sum_valid),
    .sum_ready_i  (sum_ready),
    .sum_data_o   (sum),
    .sum_error_o  (unused_error),
    .sum_tag_o    (sum_tag),
    .token_seen_o (token_seen),
    .head_seen_o  (head_seen),
    .idle_o       (counted)
  );

  // Answers go where their tag says: to the lists, to the ranking, or nowhere.
  logic            to_list, to_head, to_rank, tag_emit, tag_rank, tag_head, tag_last, tag_guarded;
  logic [TokW-1:0] tag_pos;
  logic [IdW-1:0]  tag_id;
  logic            key_valid, key_ready, key_last;
  logic [Lanes-1:0]      key_keep;
  logic [Lanes*KeyW-1:0] key_data;

  assign {tag_emit, tag_rank, tag_head, tag_last, tag_guarded, tag_pos, tag_id} = sum_tag;
  assign to_list   = tag_emit && !tag_head;
  assign to_head   = tag_emit && tag_head;
  assign to_rank   = tag_rank;
  assign sum_ready = (!to_list || list_ready_i) && (!to_head || head_ready_i);

  assign list_valid_o    = sum_valid && to_list;
  assign list_position_o = tag_pos;
  assign list_token_o    = tag_id[TokW-1:0];
  assign list_sum_o      = sum[31:0];
  assign list_last_o     = tag_last;
  assign head_valid_o    = sum_valid && to_head;
  assign head_index_o    = tag_id[7:0];
  assign head_sum_o      = sum;
  assign head_last_o     = tag_last;

  hg_cascade_key #(
    .Lanes (Lanes),
    .KeyW  (KeyW)
  ) u_key (
    .clk_i,
    .rst_ni,
    .shift_i     (shift),
    .sum_valid_i (sum_valid && to_rank),
    .sum_data_i  (sum),
    .sum_guard_i (tag_guarded),
    .sum_last_i  (tag_last),
    .key_valid_o (key_valid),
    .key_last_o  (key_last),
    .key_keep_o  (key_keep),
    .key_data_o  (key_data)
  );

  logic                  unused_last, unused_ready;
  logic [KeyW-1:0]       unused_threshold;
  logic [Lanes*KeyW-1:0] unused_data;

  hg_topk_radix #(
    .Lanes  (Lanes),
    .KeyW   (KeyW),
    .Signed (0),
    .MaxN   (MaxN),
    .DigitW (DigitW)
  ) u_topk (
    .clk_i,
    .rst_ni,
    .key_valid_i     (key_valid),
    .key_ready_o     (key_ready),
    .key_last_i      (key_last),
    .key_keep_i      (key_keep),
    .key_data_i      (key_data),
    .key_k_i         (CntW'(keep)),
    .res_valid_o     (res_valid),
    .res_ready_i     (res_ready),
    .res_last_o      (unused_last),
    .res_keep_o      (res_keep),
    .res_data_o      (unused_data),
    .res_index_o     (res_index),
    .res_threshold_o (unused_threshold),
    .res_count_o     (res_count)
  );

  // Only the check looks at it: a ranking begins when the results of the one before have left.
  assign unused_ready = key_ready;

`ifndef SYNTHESIS
`ifndef YOSYS
  logic checked_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) checked_q <= 1'b0;
    else checked_q <= 1'b1;
  end
  always @(posedge clk_i) begin
    if (checked_q && key_valid && !key_ready) $error("%m: the top-k engine does not take a beat");
  end
`endif
`endif

endmodule

`default_nettype wire
