// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// The numbers of a cascade command in a descriptor, for hg_attention_dispatch: those that say how
/// much is kept saturate to the most that there can be.
module hg_dispatch_cascade #(
  /// Most tokens of a job: 8 to 4096.
  parameter int MaxTokens = 1024,
  /// Most heads of cascade pruning, 0 to 256.
  parameter int MaxHeads = 0,
  /// Derived: bits of a count of keys.
  localparam int TokW = hg_pkg::cnt_width(MaxTokens)
) (
  input  logic [511:0]    desc_i,
  output logic [1:0]      op_o,
  output logic [TokW-1:0] tokens_o,
  output logic [8:0]      heads_o,
  output logic [TokW-1:0] keep_tokens_o,
  output logic [8:0]      keep_heads_o,
  output logic [TokW-1:0] window_o,
  output logic [63:0]     tokens_addr_o,
  output logic [63:0]     heads_addr_o
);

  logic [15:0] tokens, heads, keep_tokens, keep_heads, window;

  assign tokens      = desc_i[143:128];
  assign heads       = desc_i[159:144];
  assign keep_tokens = desc_i[175:160];
  assign keep_heads  = desc_i[191:176];
  assign window      = desc_i[207:192];

  assign op_o          = desc_i[17:16];
  assign tokens_o      = tokens[TokW-1:0];
  assign heads_o       = heads[8:0];
  assign keep_tokens_o = (keep_tokens > 16'(MaxTokens)) ? TokW'(MaxTokens) : keep_tokens[TokW-1:0];
  assign keep_heads_o  = (keep_heads > 16'(MaxHeads)) ? 9'(MaxHeads) : keep_heads[8:0];
  assign window_o      = (window > 16'(MaxTokens)) ? TokW'(MaxTokens) : window[TokW-1:0];
  assign tokens_addr_o = desc_i[319:256];
  assign heads_addr_o  = desc_i[383:320];

  logic unused_bits;
  assign unused_bits = &{desc_i[511:384], desc_i[255:208], desc_i[127:18], desc_i[15:0], tokens,
                         heads};

endmodule

`default_nettype wire
