// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Makes entries of the core's token list of words of 16-bit tokens: the one at position p is for
/// position p. A token beyond the last is the last. One entry per cycle.
module hg_attention_feed_list #(
  /// Most tokens of a job: 8 to 4096.
  parameter int MaxTokens = 1024,
  /// Bits of a word: a power of two, 64 to 512.
  parameter int DataW = 64,
  /// Derived: bits of a count of keys.
  localparam int TokW = hg_pkg::cnt_width(MaxTokens)
) (
  input  logic             clk_i,
  input  logic             rst_ni,
  input  logic             valid_i,
  output logic             ready_o,
  input  logic [DataW-1:0] data_i,
  input  logic             row_last_i,
  input  logic [TokW-1:0]  count_i,
  output logic             list_valid_o,
  input  logic             list_ready_i,
  output logic [TokW-1:0]  list_position_o,
  output logic [TokW-1:0]  list_token_o
);

  localparam int Lanes = DataW / 16;
  localparam int LaneW = $clog2(Lanes);

  logic [TokW-1:0]  position_q;
  logic [LaneW-1:0] lane;
  logic [15:0]      token;
  logic             last;

  assign lane  = LaneW'(position_q);
  assign token = data_i[{lane, 4'd0} +: 16];
  assign last  = position_q + TokW'(1) == count_i;

  assign list_valid_o    = valid_i;
  assign list_position_o = position_q;
  assign list_token_o    = (token < 16'(MaxTokens)) ? token[TokW-1:0] : TokW'(MaxTokens - 1);
  assign ready_o         = list_ready_i && (last || (&lane));

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) position_q <= '0;
    else if (valid_i && list_ready_i) position_q <= last ? '0 : position_q + TokW'(1);
  end

`ifndef SYNTHESIS
`ifndef YOSYS
  always @(posedge clk_i) begin
    if (valid_i && ready_o && last != row_last_i) $error("%m: the words hold another count");
  end
`endif
`endif

  logic unused_last;
  assign unused_last = row_last_i;

endmodule

`default_nettype wire
