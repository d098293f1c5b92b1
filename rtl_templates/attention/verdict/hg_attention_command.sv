// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Chooses the next pass of hg_softmax: a scan that a verdict waits for goes before a first pass.
///
/// Combinational. Of a scan the fields are those of the query that is judged.
module hg_attention_command #(
  /// Bits of a context's number, 1 and up.
  parameter int CtxW = 2,
  /// Bits of a count of rows, 1 and up.
  parameter int RowsW = 11
) (
  input  logic             scan_valid_i,
  input  logic [CtxW-1:0]  scan_context_i,
  input  logic [RowsW-1:0] scan_rows_i,
  input  logic [1:0]       scan_planes_i,
  input  logic [5:0]       scan_pre_shift_i,
  input  logic [15:0]      scan_mant_i,
  input  logic             pass_valid_i,
  output logic             pass_ready_o,
  input  logic [CtxW-1:0]  pass_context_i,
  input  logic [RowsW-1:0] pass_rows_i,
  input  logic [1:0]       pass_planes_i,
  input  logic [5:0]       pass_pre_shift_i,
  input  logic [15:0]      pass_mant_i,
  output logic             cmd_valid_o,
  input  logic             cmd_ready_i,
  output logic [CtxW-1:0]  cmd_context_o,
  output logic [RowsW-1:0] cmd_rows_o,
  output logic [1:0]       cmd_planes_o,
  output logic [5:0]       cmd_pre_shift_o,
  output logic [15:0]      cmd_mant_o
);

  assign pass_ready_o    = cmd_ready_i && !scan_valid_i;
  assign cmd_valid_o     = pass_valid_i || scan_valid_i;
  assign cmd_context_o   = scan_valid_i ? scan_context_i : pass_context_i;
  assign cmd_rows_o      = scan_valid_i ? scan_rows_i : pass_rows_i;
  assign cmd_planes_o    = scan_valid_i ? scan_planes_i : pass_planes_i;
  assign cmd_pre_shift_o = scan_valid_i ? scan_pre_shift_i : pass_pre_shift_i;
  assign cmd_mant_o      = scan_valid_i ? scan_mant_i : pass_mant_i;

endmodule

`default_nettype wire
