// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Writes the lists that hg_cascade leaves to memory, 8 bytes per entry: position (16 bits), token
/// (16 bits) and sum (32 bits) of each token; number (16 bits), 16 bits of 0 and sum of each head.
/// Sums saturate to 32 bits.
///
/// Tokens come first, then heads; a list whose address is 0 is dropped. Entries gather until a word
/// is full or the list ends, and a word is a command of hg_stream_writer, which takes some eight
/// cycles. `done` is offered when both lists have ended and all commands have been answered.
module hg_attention_survivors #(
  /// Bits of a token and of a position: 4 to 13.
  parameter int TokW = 11,
  /// Bits of a word: a power of two, 64 to 512.
  parameter int DataW = 64
) (
  input  logic             clk_i,
  input  logic             rst_ni,
  input  logic [63:0]      tokens_addr_i,
  input  logic [63:0]      heads_addr_i,
  input  logic             token_valid_i,
  output logic             token_ready_o,
  input  logic [TokW-1:0]  token_position_i,
  input  logic [TokW-1:0]  token_number_i,
  input  logic [31:0]      token_sum_i,
  input  logic             token_last_i,
  input  logic             head_valid_i,
  output logic             head_ready_o,
  input  logic [7:0]       head_index_i,
  input  logic [39:0]      head_sum_i,
  input  logic             head_last_i,
  output logic             cmd_valid_o,
  input  logic             cmd_ready_i,
  output logic [63:0]      cmd_addr_o,
  output logic [20:0]      cmd_bytes_o,
  output logic [16:0]      cmd_rows_o,
  output logic [31:0]      cmd_stride_o,
  output logic             word_valid_o,
  input  logic             word_ready_i,
  output logic [DataW-1:0] word_data_o,
  input  logic             written_valid_i,
  output logic             written_ready_o,
  input  logic [2:0]       written_code_i,
  output logic             done_valid_o,
  input  logic             done_ready_i,
  output logic [2:0]       done_code_o
);

  localparam int Lanes = DataW / 64;
  localparam int LaneW = hg_pkg::idx_width(Lanes);
  localparam int Bytes = DataW / 8;

  typedef enum logic [1:0] {Fill, Command, Word, Done} state_e;
  state_e state_d, state_q;

  logic             take, last, full, dropped, sends, answered, heads_q, last_q, begun_q;
  logic [LaneW-1:0] lane_q;
  logic [63:0]      entry, addr_q, base;
  logic [DataW-1:0] word_q;
  logic [2:0]       code_q;
  logic [3:0]       open_q;
  logic [31:0]      head_sum;
  logic [LaneW+2:0] bytes_q;

  // The heads' list begins when the tokens' has ended.
  assign head_sum      = (head_sum_i[39:32] != '0) ? 32'hffffffff : head_sum_i[31:0];
  assign entry         = heads_q ? {head_sum, 24'd0, head_index_i}
                                 : {token_sum_i, 16'(token_number_i), 16'(token_position_i)};
  assign last          = heads_q ? head_last_i : token_last_i;
  assign base          = heads_q ? heads_addr_i : tokens_addr_i;
  assign dropped       = base == '0;
  assign token_ready_o = state_q == Fill && !heads_q;
  assign head_ready_o  = state_q == Fill && heads_q;
  assign take          = heads_q ? head_valid_i && head_ready_o : token_valid_i && token_ready_o;
  assign full          = lane_q == LaneW'(Lanes - 1) || last;
  assign sends         = cmd_valid_o && cmd_ready_i;
  assign answered      = written_valid_i && written_ready_o;

  always_comb begin
    state_d = state_q;
    case (state_q)
      Fill: begin
        if (take && !dropped && full) state_d = Command;
        else if (take && dropped && last && heads_q) state_d = Done;
      end
      Command: if (cmd_ready_i && open_q != 4'd15) state_d = Word;
      Word: begin
        if (word_ready_i && last_q && heads_q) state_d = Done;
        else if (word_ready_i) state_d = Fill;
      end
      default: if (done_valid_o && done_ready_i) state_d = Fill;
    endcase
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q <= Fill;
      heads_q <= 1'b0;
      begun_q <= 1'b0;
      lane_q  <= '0;
      code_q  <= '0;
      open_q  <= '0;
    end else begin
      state_q <= state_d;
      if (take) lane_q <= full ? '0 : lane_q + LaneW'(1);
      if (state_q == Word && word_ready_i) begun_q <= !last_q;
      if ((state_q == Fill && take && dropped && last)
          || (state_q == Word && word_ready_i && last_q)) heads_q <= !heads_q;
      open_q <= open_q + 4'(sends) - 4'(answered);
      if (done_valid_o && done_ready_i) code_q <= '0;
      else if (answered && code_q == '0) code_q <= written_code_i;
    end
  end

  always_ff @(posedge clk_i) begin
    if (take) last_q <= last;
    if (state_q == Fill && !begun_q) addr_q <= base;
    else if (state_q == Word && word_ready_i) addr_q <= addr_q + 64'(Bytes);
    if (take) bytes_q <= {lane_q, 3'd7};
  end

  for (genvar i = 0; i < Lanes; i++) begin : gen_lane
    always_ff @(posedge clk_i) begin
      if (take && lane_q == LaneW'(i)) word_q[64*i +: 64] <= entry;
    end
  end

  assign cmd_valid_o     = state_q == Command && open_q != 4'd15;
  assign cmd_addr_o      = addr_q;
  assign cmd_bytes_o     = 21'(bytes_q) + 21'd1;
  assign cmd_rows_o      = 17'd1;
  assign cmd_stride_o    = '0;
  assign word_valid_o    = state_q == Word;
  assign word_data_o     = word_q;
  assign written_ready_o = open_q != '0;
  assign done_valid_o    = state_q == Done && open_q == '0;
  assign done_code_o     = code_q;

endmodule

`default_nettype wire
