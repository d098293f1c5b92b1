// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Whether the core will refuse a job for its fields: the rules of hg_attention_job. Combinational.
module hg_attention_refusal #(
  /// Most tokens of a job: 8 to 4096.
  parameter int MaxTokens = 1024,
  /// Planes of K: 1 to 3.
  parameter int KCount = 3,
  /// Planes of V: 1 to 3.
  parameter int VCount = 3,
  /// Derived: bits of a count of keys.
  localparam int TokW = hg_pkg::cnt_width(MaxTokens)
) (
  /// Keys of the head.
  input  logic [TokW-1:0] keys_i,
  /// Planes of K that are fetched up front.
  input  logic [1:0]      k_start_i,
  /// Most planes of K that a key gets.
  input  logic [1:0]      k_max_i,
  /// Planes of V that are fetched.
  input  logic [1:0]      v_count_i,
  /// Refinement.
  input  logic [1:0]      rule_i,
  /// Values.
  input  logic [1:0]      select_i,
  /// Values kept.
  input  logic [TokW-1:0] k_i,
  /// Mass kept.
  input  logic [16:0]     mass_i,
  /// The job is refused.
  output logic            refused_o
);

  // Bit n: n planes can be fetched.
  localparam logic [3:0] KLegal = 4'(2 ** (KCount + 1) - 2);
  localparam logic [3:0] VLegal = 4'(2 ** (VCount + 1) - 2);

  assign refused_o = keys_i == '0 || keys_i > TokW'(MaxTokens)
      || (select_i == 2'd1 && k_i == '0)
      || k_start_i == 2'd0 || k_max_i < k_start_i || !KLegal[k_max_i] || !VLegal[v_count_i]
      || rule_i == 2'd3 || select_i == 2'd3
      || mass_i > 17'd65536;

endmodule

`default_nettype wire
