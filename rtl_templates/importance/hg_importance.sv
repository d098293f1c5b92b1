// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Importance of tokens and heads: what cascade pruning ranks (SpAtten, section III-B).
///
/// A token's sum adds its probabilities (32 bits, 65536 is one, saturating), a head's the
/// magnitudes of its outputs (40 bits, saturating). Tokens are counted by position: whoever prunes
/// moves the survivors' sums down to their new positions, so that a row of probabilities always
/// finds its sums side by side, one in each bank.
///
/// Probabilities: a row a cycle, but a row waits for four cycles behind the same row. Lanes that
/// are not kept carry no meaning. Outputs: one in DHead / 8 + 11 cycles; those of heads that are
/// not there are taken and dropped.
///
/// Accesses: `op_code_i` 0 reads the sum of `op_index_i`, 1 copies it to `op_target_i`, 2 writes
/// `op_data_i` to `op_target_i`; tokens, or heads if `op_head_i`. Each is answered in order by the
/// sum that was read, before its own write, and `op_tag_i`; `sum_error_o` says that nothing was
/// done because an index does not exist or the code is 3. An access sees every beat taken before it
/// and none taken after it: while accesses are under way no beat is taken. `token_seen_o` and
/// `head_seen_o` are the bitwise or of the sums written since `op_restart_i`, that access included:
/// they tell the width of the largest. They count while `idle_o`. The memories hold noise after
/// power-up: write before use.
module hg_importance #(
  /// Keys a row: a power of two, 1 to 64.
  parameter int Tokens = 1,
  /// Most tokens: 8 to 4096, a multiple of Tokens.
  parameter int MaxTokens = 1024,
  /// Elements of an output: 8 to 128, a multiple of 8.
  parameter int DHead = 64,
  /// Most heads: 1 to 256.
  parameter int MaxHeads = 32,
  /// Bits that an access carries along: 1 and up.
  parameter int TagW = 8,
  /// Derived: bits of a row's number.
  localparam int RowW = hg_pkg::idx_width(MaxTokens / Tokens),
  /// Derived: bits of an index.
  localparam int IndexW = hg_pkg::cnt_width((MaxTokens > MaxHeads) ? MaxTokens : MaxHeads)
) (
  /// Clock, rising edge.
  input  logic                 clk_i,
  /// Asynchronous reset, active low.
  input  logic                 rst_ni,
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
  /// An access is offered.
  input  logic                 op_valid_i,
  /// The access is taken.
  output logic                 op_ready_o,
  /// 1 for sums of heads, 0 for those of tokens.
  input  logic                 op_head_i,
  /// 0 read, 1 copy, 2 write.
  input  logic [1:0]           op_code_i,
  /// Sum that is read.
  input  logic [IndexW-1:0]    op_index_i,
  /// Sum that is written.
  input  logic [IndexW-1:0]    op_target_i,
  /// What code 2 writes.
  input  logic [39:0]          op_data_i,
  /// What was seen is forgotten first.
  input  logic                 op_restart_i,
  /// Comes back with the answer.
  input  logic [TagW-1:0]      op_tag_i,
  /// An answer is offered.
  output logic                 sum_valid_o,
  /// The answer is taken.
  input  logic                 sum_ready_i,
  /// The sum that was read.
  output logic [39:0]          sum_data_o,
  /// Nothing was done: no such sum or code.
  output logic                 sum_error_o,
  /// What came with the access.
  output logic [TagW-1:0]      sum_tag_o,
  /// Or of all sums of tokens written since the restart.
  output logic [31:0]          token_seen_o,
  /// Likewise of heads.
  output logic [39:0]          head_seen_o,
  /// Everything taken has been counted.
  output logic                 idle_o
);

  if (Tokens < 1 || Tokens > 64 || 2 ** $clog2(Tokens) != Tokens) begin : gen_illegal_row
    ERROR_hg_importance_Tokens_must_be_a_power_of_two_up_to_64 u_illegal ();
  end
  if (MaxTokens < 8 || MaxTokens > 4096 || MaxTokens % Tokens != 0) begin : gen_illegal_tokens
    ERROR_hg_importance_MaxTokens_must_be_8_to_4096_and_whole_rows u_illegal ();
  end
  if (DHead < 8 || DHead > 128 || DHead % 8 != 0) begin : gen_illegal_head
    ERROR_hg_importance_DHead_must_be_8_to_128_and_a_multiple_of_8 u_illegal ();
  end
  if (MaxHeads < 1 || MaxHeads > 256 || TagW < 1) begin : gen_illegal_heads
    ERROR_hg_importance_MaxHeads_must_be_1_to_256_and_TagW_positive u_illegal ();
  end

  localparam int PosW  = hg_pkg::idx_width(MaxTokens);
  localparam int HeadW = hg_pkg::idx_width(MaxHeads);
  localparam int RowsW = RowW + Tokens + Tokens * 17;

  // Beats are let in while no access wants to go; an access goes when they are all counted.
  logic open_q, quiet, op_first_valid_q, op_first_move;
  logic row_valid, row_ready, row_room, tokens_idle, heads_ready;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) open_q <= 1'b0;
    else if (op_valid_i) open_q <= 1'b0;
    else if (!op_first_valid_q && !sum_valid_o) open_q <= 1'b1;
  end

  assign quiet        = !row_valid && tokens_idle && heads_ready;
  assign idle_o       = quiet && !op_first_valid_q && !sum_valid_o;
  assign prob_ready_o = row_room && open_q;
  assign out_ready_o  = heads_ready && open_q;

  logic [RowsW-1:0]     row;
  logic [RowW-1:0]      row_number;
  logic [Tokens-1:0]    row_keep;
  logic [Tokens*17-1:0] row_data;

  hg_skid_buffer #(
    .Width (RowsW)
  ) u_rows (
    .clk_i,
    .rst_ni,
    .in_valid_i  (prob_valid_i && open_q),
    .in_ready_o  (row_room),
    .in_data_i   ({prob_row_i, prob_keep_i, prob_data_i}),
    .out_valid_o (row_valid),
    .out_ready_i (row_ready),
    .out_data_o  (row)
  );

  assign {row_number, row_keep, row_data} = row;

  // Accesses: the memory in the first stage, the answer in the second; the write goes with it.
  logic              op_take, clash, first_head_q, first_restart_q, first_error_q;
  logic              head_q, restart_q, error_q, write, finish;
  logic [1:0]        first_code_q, code_q;
  logic [IndexW-1:0] first_target_q, target_q, limit;
  logic [39:0]       first_data_q, data_q, sum_q, head_sum, word;
  logic [31:0]       token_sum;
  logic [TagW-1:0]   first_tag_q, tag_q;
  logic              sum_valid_q;

  // An access to the target of one that has not written yet waits.
  assign clash = (op_first_valid_q && first_head_q == op_head_i && first_target_q == op_index_i)
      || (sum_valid_q && head_q == op_head_i && target_q == op_index_i);
  assign op_first_move = !sum_valid_q || sum_ready_i;
  assign op_ready_o    = !open_q && quiet && (!op_first_valid_q || op_first_move) && !clash;
  assign op_take       = op_valid_i && op_ready_o;
  assign limit         = op_head_i ? IndexW'(MaxHeads) : IndexW'(MaxTokens);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      op_first_valid_q <= 1'b0;
      sum_valid_q      <= 1'b0;
    end else begin
      if (op_take) op_first_valid_q <= 1'b1;
      else if (op_first_move) op_first_valid_q <= 1'b0;
      if (op_first_move) sum_valid_q <= op_first_valid_q;
    end
  end

  always_ff @(posedge clk_i) begin
    if (op_take) begin
      first_head_q    <= op_head_i;
      first_code_q    <= op_code_i;
      first_target_q  <= op_target_i;
      first_data_q    <= op_data_i;
      first_restart_q <= op_restart_i;
      first_tag_q     <= op_tag_i;
      first_error_q   <= op_code_i == 2'd3 || op_index_i >= limit
          || (op_code_i != 2'd0 && op_target_i >= limit);
    end
    if (op_first_move) begin
      head_q    <= first_head_q;
      code_q    <= first_code_q;
      target_q  <= first_target_q;
      data_q    <= first_data_q;
      restart_q <= first_restart_q && !first_error_q;
      tag_q     <= first_tag_q;
      error_q   <= first_error_q;
      sum_q     <= first_error_q ? '0 : first_head_q ? head_sum : {8'b0, token_sum};
    end
  end

  assign finish = sum_valid_q && sum_ready_i;
  assign write  = finish && code_q != 2'd0 && !error_q;
  assign word   = (code_q == 2'd1) ? sum_q : data_q;

  hg_importance_tokens #(
    .Tokens    (Tokens),
    .MaxTokens (MaxTokens)
  ) u_tokens (
    .clk_i,
    .rst_ni,
    .row_valid_i  (row_valid),
    .row_ready_o  (row_ready),
    .row_number_i (row_number),
    .row_keep_i   (row_keep),
    .row_data_i   (row_data),
    .idle_o       (tokens_idle),
    .rd_en_i      (op_take && !op_head_i),
    .rd_index_i   (PosW'(op_index_i)),
    .rd_sum_o     (token_sum),
    .restart_i    (finish && restart_q && !head_q),
    .wr_en_i      (write && !head_q),
    .wr_index_i   (PosW'(target_q)),
    .wr_sum_i     (word[31:0]),
    .seen_o       (token_seen_o)
  );

  hg_importance_heads #(
    .DHead    (DHead),
    .MaxHeads (MaxHeads)
  ) u_heads (
    .clk_i,
    .rst_ni,
    .out_valid_i (out_valid_i && open_q),
    .out_ready_o (heads_ready),
    .out_data_i,
    .out_head_i,
    .rd_en_i     (op_take && op_head_i),
    .rd_index_i  (HeadW'(op_index_i)),
    .rd_sum_o    (head_sum),
    .restart_i   (finish && restart_q && head_q),
    .wr_en_i     (write && head_q),
    .wr_index_i  (HeadW'(target_q)),
    .wr_sum_i    (word),
    .seen_o      (head_seen_o)
  );

  assign sum_valid_o = sum_valid_q;
  assign sum_data_o  = sum_q;
  assign sum_error_o = error_q;
  assign sum_tag_o   = tag_q;

`ifdef HG_FORMAL
  // One answer for one access, in order by its tag, which stands while it waits; no beat is taken
  // beside an access or while one is under way.
  logic            f_seen_q, f_stalled_q, f_error_q, f_tracked_q;
  logic [39:0]     f_sum_q;
  logic [TagW-1:0] f_tag_q, f_wanted_q;
  logic [1:0]      f_used_q, f_ahead_q;
  wire             f_out = sum_valid_o && sum_ready_i;
  (* anyseq *) logic f_pick;

  initial f_seen_q = 1'b0;
  always @(posedge clk_i) f_seen_q <= 1'b1;
  always_comb assume (rst_ni == f_seen_q);

  always @(posedge clk_i) begin
    if (!rst_ni) begin
      f_stalled_q <= 1'b0;
      f_used_q    <= 2'd0;
      f_tracked_q <= 1'b0;
      f_ahead_q   <= 2'd0;
    end else begin
      f_stalled_q <= sum_valid_o && !sum_ready_i;
      f_used_q    <= f_used_q + 2'(op_take) - 2'(f_out);
      if (!f_tracked_q && op_take && f_pick) begin
        f_tracked_q <= 1'b1;
        f_wanted_q  <= op_tag_i;
        f_ahead_q   <= f_used_q - 2'(f_out);
      end else if (f_tracked_q && f_out) begin
        f_ahead_q   <= f_ahead_q - 2'd1;
        f_tracked_q <= f_ahead_q != 2'd0;
      end
    end
    f_sum_q   <= sum_data_o;
    f_tag_q   <= sum_tag_o;
    f_error_q <= sum_error_o;
    if (rst_ni) begin
      assert (f_used_q == 2'(op_first_valid_q) + 2'(sum_valid_q));
      if (f_stalled_q) begin
        assert (sum_valid_o && sum_data_o == f_sum_q && sum_tag_o == f_tag_q);
        assert (sum_error_o == f_error_q);
      end
      if (f_tracked_q) begin
        assert (f_ahead_q < f_used_q);
        if (f_ahead_q == 2'd0 && sum_valid_o) assert (sum_tag_o == f_wanted_q);
      end
      if (op_take || f_used_q != 2'd0) begin
        assert (!(prob_valid_i && prob_ready_o) && !(out_valid_i && out_ready_o));
        assert (tokens_idle && heads_ready && !row_valid);
      end
      cover (f_stalled_q && f_used_q == 2'd2);
    end
  end
`endif

endmodule

`default_nettype wire
