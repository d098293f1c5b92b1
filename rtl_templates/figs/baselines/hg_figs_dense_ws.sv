// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Baseline: a weight-stationary systolic array. One activation a row a cycle, partial sums down
/// every row. A sparse matrix runs as if it were dense. `weight_sel_i` is not looked at.
///
/// Ports and streams are those of hg_figs, but for the widths; `tile_log_n_i` must be 0: there is
/// nothing to switch. Without stalls (tiles - 1)*max(T, R) + T + R + C + segments + 4 cycles from
/// the first activation to the last output.
module hg_figs_dense_ws #(
  /// Rows of the array: 4 to 128.
  parameter int Rows = 16,
  /// Columns of the array: 1 to 64.
  parameter int Columns = 4,
  /// Multipliers of a PE: 1 to 16.
  parameter int Lanes = 1,
  /// Bits of a weight: 4 or 8.
  parameter int WeightW = 8,
  /// Bits of an activation: 4, 8 or 12.
  parameter int ActW = 8,
  /// Bits of a sum: up to 48.
  parameter int PsumW = 28,
  /// Tokens of a tile at most: a power of two.
  parameter int MaxT = 512,
  /// 1 if products are made for multipliers of an FPGA: otherwise 0.
  parameter int Dsp = 0,
  /// Derived: bits of a number of tokens.
  localparam int TokensW = hg_pkg::cnt_width(MaxT),
  /// Derived: bits of a select.
  localparam int SelW = 1
) (
  /// Clock, rising edge.
  input  logic                             clk_i,
  /// Asynchronous reset, active low.
  input  logic                             rst_ni,
  /// A tile is described.
  input  logic                             tile_valid_i,
  /// The description is taken.
  output logic                             tile_ready_o,
  /// Tokens of the tile.
  input  logic [TokensW-1:0]               tile_tokens_i,
  /// Log2 of the weights of a block, N; 0 where there is nothing to switch.
  input  logic [2:0]                       tile_log_n_i,
  /// Its sums start from 0.
  input  logic                             tile_first_i,
  /// Its sums leave.
  input  logic                             tile_last_i,
  /// A tile was dropped; a cycle for each.
  output logic                             tile_error_o,
  /// A row of weights is offered.
  input  logic                             weight_valid_i,
  /// The row of weights is taken.
  output logic                             weight_ready_o,
  /// Weights, lane 0 of column 0 lowest.
  input  logic [Columns*Lanes*WeightW-1:0] weight_data_i,
  /// Their selects.
  input  logic [Columns*Lanes*SelW-1:0]    weight_sel_i,
  /// A token is offered.
  input  logic                             act_valid_i,
  /// The token is taken.
  output logic                             act_ready_o,
  /// Its activations, those of row 0 lowest.
  input  logic [Rows*ActW-1:0]             act_data_i,
  /// The sums of a token are offered.
  output logic                             out_valid_o,
  /// The sums are taken.
  input  logic                             out_ready_i,
  /// Sums, lane by lane.
  output logic [Columns*Lanes*PsumW-1:0]   out_data_o,
  /// Last token of its tile.
  output logic                             out_last_o
);

  hg_figs_baseline #(
    .Rows     (Rows),
    .Columns  (Columns),
    .Lanes    (Lanes),
    .Group    (1),
    .Elements (1),
    .WeightW  (WeightW),
    .ActW     (ActW),
    .PsumW    (PsumW),
    .MaxT     (MaxT),
    .Dsp      (Dsp)
  ) u_baseline (
    .clk_i,
    .rst_ni,
    .tile_valid_i,
    .tile_ready_o,
    .tile_tokens_i,
    .tile_log_n_i,
    .tile_first_i,
    .tile_last_i,
    .tile_error_o,
    .weight_valid_i,
    .weight_ready_o,
    .weight_data_i,
    .weight_sel_i,
    .act_valid_i,
    .act_ready_o,
    .act_data_i,
    .out_valid_o,
    .out_ready_i,
    .out_data_o,
    .out_last_o
  );

endmodule

`default_nettype wire
