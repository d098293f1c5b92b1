// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Runs a command: judges it, sets up a new sequence or token, then for tokens and for heads finds
/// the width of the largest sum, ranks the survivors and lets those that are kept out.
module hg_cascade_control #(
  /// Most tokens, 8 to 4096.
  parameter int MaxTokens = 1024,
  /// Most heads, 1 to 256.
  parameter int MaxHeads = 32,
  /// Bits of a key, 8 to 24.
  parameter int KeyW = 16,
  /// Derived: bits of a count of tokens.
  localparam int TokW = hg_pkg::cnt_width(MaxTokens),
  /// Derived: bits of a count of heads.
  localparam int HeadsW = hg_pkg::cnt_width(MaxHeads),
  /// Derived: bits of a count of either.
  localparam int CountW = hg_pkg::cnt_width((MaxTokens > MaxHeads) ? MaxTokens : MaxHeads)
) (
  input  logic              clk_i,
  input  logic              rst_ni,
  input  logic              cmd_valid_i,
  output logic              cmd_ready_o,
  input  logic [1:0]        cmd_op_i,
  input  logic [TokW-1:0]   cmd_tokens_i,
  input  logic [HeadsW-1:0] cmd_heads_i,
  input  logic [TokW-1:0]   cmd_keep_tokens_i,
  input  logic [HeadsW-1:0] cmd_keep_heads_i,
  input  logic [TokW-1:0]   cmd_window_i,
  output logic              ans_valid_o,
  input  logic              ans_ready_i,
  output logic [2:0]        ans_error_o,
  output logic [TokW-1:0]   ans_tokens_o,
  output logic [HeadsW-1:0] ans_heads_o,
  // No command is under way.
  output logic              idle_o,
  // Everything taken so far is in the sums.
  input  logic              counted_i,
  input  logic [31:0]       token_seen_i,
  input  logic [39:0]       head_seen_i,
  // A walk over survivors: phase 0 sets up, 1 ranks, 2 emits; kind 0 tokens, 1 heads.
  output logic              walk_start_o,
  output logic [1:0]        walk_phase_o,
  output logic              walk_kind_o,
  output logic              walk_restart_o,
  output logic [CountW-1:0] walk_first_o,
  output logic [CountW-1:0] walk_last_o,
  output logic [CountW-1:0] walk_guard_o,
  output logic [TokW-1:0]   walk_fresh_o,
  input  logic              walk_done_i,
  input  logic [CountW-1:0] walk_kept_i,
  output logic [5:0]        shift_o,
  // Survivors wanted.
  output logic [TokW-1:0]   keep_o
);

  localparam logic [3:0] Idle   = 4'd0;
  localparam logic [3:0] Judge  = 4'd1;
  localparam logic [3:0] Begin  = 4'd2;
  localparam logic [3:0] SetUp  = 4'd3;
  localparam logic [3:0] Settle = 4'd4;
  localparam logic [3:0] Scale  = 4'd5;
  localparam logic [3:0] Rank   = 4'd6;
  localparam logic [3:0] Emit   = 4'd7;
  localparam logic [3:0] Flush  = 4'd8;
  localparam logic [3:0] Answer = 4'd9;
  // Bits of a sum above those of a key.
  localparam int ExcessW = 40 - KeyW;

  logic [3:0]         state_q, state_d;
  logic               live_q, kind_q, kind_d, start_q, start_d;
  logic [1:0]         op_q;
  logic [TokW-1:0]    tokens_q, keep_tokens_q, window_q, total_q, count_q, over_q;
  logic [HeadsW-1:0]  heads_q, keep_heads_q, head_count_q;
  logic [2:0]         error_q, error;
  logic [5:0]         shift_q;
  logic [ExcessW-1:0] excess_q;

  logic accept, fresh_start, fresh_token, legal;
  assign accept      = cmd_valid_i && state_q == Idle;
  assign fresh_start = op_q == 2'd0;
  assign fresh_token = op_q == 2'd2;
  assign legal       = error == 3'd0;

  // One less wraps 0 to the top: none is as wrong as too many.
  logic [HeadsW-1:0] heads_less;
  logic [TokW-1:0]   tokens_less;
  assign heads_less  = heads_q - HeadsW'(1);
  assign tokens_less = tokens_q - TokW'(1);

  // Judged from registers, one cycle behind the command.
  always_comb begin
    error = 3'd0;
    if (keep_tokens_q == '0 || keep_heads_q == '0) error = 3'd4;
    if (fresh_start && heads_less >= HeadsW'(MaxHeads)) error = 3'd3;
    if (fresh_start && tokens_less >= TokW'(MaxTokens)) error = 3'd2;
    if (fresh_token && total_q == TokW'(MaxTokens)) error = 3'd2;
    if (op_q == 2'd3 || (!fresh_start && !live_q)) error = 3'd1;
  end

  always_comb begin
    state_d = state_q;
    kind_d  = kind_q;
    start_d = 1'b0;
    case (state_q)
      Idle: begin
        kind_d = 1'b0;
        if (cmd_valid_i) state_d = Judge;
      end
      Judge: begin
        state_d = legal ? Begin : Answer;
      end
      Begin: begin
        if (fresh_start || fresh_token) begin
          state_d = SetUp;
          start_d = 1'b1;
        end else begin
          state_d = Settle;
        end
      end
      SetUp: begin
        if (walk_done_i) begin
          if (fresh_start && !kind_q) begin
            kind_d  = 1'b1;
            start_d = 1'b1;
          end else begin
            kind_d  = 1'b0;
            state_d = Settle;
          end
        end
      end
      Settle: begin
        if (counted_i) state_d = Scale;
      end
      Scale: begin
        if (excess_q == '0) begin
          state_d = Rank;
          start_d = 1'b1;
        end
      end
      Rank: begin
        if (walk_done_i) begin
          state_d = Emit;
          start_d = 1'b1;
        end
      end
      Emit: begin
        if (walk_done_i) begin
          kind_d  = 1'b1;
          state_d = kind_q ? Flush : Settle;
        end
      end
      Flush: begin
        if (counted_i) state_d = Answer;
      end
      default: begin
        if (ans_ready_i) state_d = Idle;
      end
    endcase
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q <= Idle;
      kind_q  <= 1'b0;
      start_q <= 1'b0;
      live_q  <= 1'b0;
    end else begin
      state_q <= state_d;
      kind_q  <= kind_d;
      start_q <= start_d;
      if (state_q == Judge && legal) live_q <= 1'b1;
    end
  end

  // The command, the survivors' counts, the number of the next token.
  logic [TokW-1:0] keep_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      total_q      <= '0;
      count_q      <= '0;
      head_count_q <= '0;
    end else if (state_q == Judge && legal) begin
      if (fresh_start) begin
        total_q      <= tokens_q;
        count_q      <= tokens_q;
        head_count_q <= heads_q;
      end else if (fresh_token) begin
        total_q <= total_q + TokW'(1);
        count_q <= count_q + TokW'(1);
      end
    end else if (state_q == Emit && walk_done_i) begin
      if (kind_q) head_count_q <= HeadsW'(walk_kept_i);
      else count_q <= TokW'(walk_kept_i);
    end
  end

  always_ff @(posedge clk_i) begin
    if (accept) begin
      op_q          <= cmd_op_i;
      tokens_q      <= cmd_tokens_i;
      heads_q       <= cmd_heads_i;
      keep_tokens_q <= cmd_keep_tokens_i;
      keep_heads_q  <= cmd_keep_heads_i;
      window_q      <= cmd_window_i;
    end
    if (state_q == Judge) error_q <= error;
    // Positions below the protected window, ready long before use. Where the window is wider than
    // the list all of it stays, whatever is protected.
    over_q <= count_q - window_q;
    keep_q <= (keep_tokens_q > window_q) ? keep_tokens_q : window_q;
  end

  // The largest sum, as far as it is above a key, loses a bit a cycle until it fits.
  logic [ExcessW-1:0] seen;
  logic               unused_seen;

  assign seen        = kind_q ? head_seen_i[39:KeyW] : {8'b0, token_seen_i[31:KeyW]};
  assign unused_seen = ^{head_seen_i[KeyW-1:0], token_seen_i[KeyW-1:0]};

  always_ff @(posedge clk_i) begin
    if (state_q == Settle) begin
      excess_q <= seen;
      shift_q  <= '0;
    end else if (state_q == Scale && excess_q != '0) begin
      excess_q <= excess_q >> 1;
      shift_q  <= shift_q + 6'd1;
    end
  end

  assign cmd_ready_o = state_q == Idle;
  assign idle_o      = state_q == Idle;
  assign ans_valid_o = state_q == Answer;
  assign ans_error_o = error_q;
  assign ans_tokens_o = count_q;
  assign ans_heads_o  = head_count_q;

  assign walk_start_o   = start_q;
  assign walk_phase_o   = (state_q == Emit) ? 2'd2 : (state_q == Rank) ? 2'd1 : 2'd0;
  assign walk_kind_o    = kind_q;
  assign walk_restart_o = !(state_q == SetUp && fresh_token);
  // A token that joins is the last one; everything else walks from the first to the last.
  assign walk_first_o = (state_q == SetUp && fresh_token) ? CountW'(count_q) - CountW'(1) : '0;
  assign walk_last_o  = (kind_q ? CountW'(head_count_q) : CountW'(count_q)) - CountW'(1);
  assign walk_guard_o = kind_q ? CountW'(head_count_q) : CountW'(over_q);
  assign walk_fresh_o = total_q - TokW'(1);
  assign shift_o      = shift_q;
  assign keep_o       = kind_q ? TokW'(keep_heads_q) : keep_q;

endmodule

`default_nettype wire
