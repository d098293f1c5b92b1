// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// The FiGS array: C columns of B lanes over R rows, variable N:M sparsity at one activation a row
/// a cycle.
///
/// Weights are stationary and double buffered. Activations enter at the left, an element a row, and
/// pass through unchanged; each multiplier picks its operand among those of its group of rows with
/// a stored select. So a lane holds Group / N output channels of an N:Group matrix, each on N rows
/// of every group, and their products come down in a chain a row, which a tree at the bottom sums
/// by N.
///
/// Streams. A beat of `tile` announces R beats of weights (row 0 first) and `tile_tokens_i` beats
/// of activations. N = 2**tile_log_n_i, from the smallest power of two that is at least Group -
/// Alpha up to Group. Sums are added to those that the tile before left for the same tokens, unless
/// `tile_first_i`; with `tile_last_i` they leave. A tile with no token, more than MaxT, or an N
/// that is not there is dropped with a pulse of `tile_error_o`: neither weights nor activations are
/// taken for it. Tiles between a first and a last one must have one N and one number of tokens.
///
/// Row r serves position r mod N of its channel. Its select counts from element r mod NMin of its
/// group. Output word (c*B + b)*(Group/NMin) + s*(N/NMin) is the sum of channel s of lane b of
/// column c; words between are 0.
///
/// With `Exchange` nothing is selected: a permutation of each group stands before every column,
/// given by `weight_sel_i` as the row of the column before that a row takes its activation from,
/// and a multiplier takes its own row's; N is 1. Alpha is not looked at.
///
/// Nothing stalls inside: an activation is taken only if its output has a place. From the first
/// activation taken to the last output, both counted, without stalls: (tiles - 1)*max(T, R) + T +
/// R/Group + C + log2(Group) + segments + 4 cycles, segments = hg_arith_pkg::segments(PsumW);
/// before that, R + 2 cycles load the first tile. With `Dsp` products are those of an FPGA's
/// multipliers; words and cycles are the same.
module hg_figs #(
  /// Rows of the array: 4 to 128, a multiple of Group.
  parameter int Rows = 16,
  /// Columns of the array: 1 to 64.
  parameter int Columns = 4,
  /// Multipliers of a PE: 1 to 16.
  parameter int Lanes = 1,
  /// Rows of a group, M of the patterns: a power of two, 2 to 32.
  parameter int Group = 4,
  /// Neighbours in a row's reach: 0 to Group - 1; N:Group runs if Alpha >= Group - N.
  parameter int Alpha = 3,
  /// Bits of a weight: 4 or 8.
  parameter int WeightW = 8,
  /// Bits of an activation: 4, 8 or 12.
  parameter int ActW = 8,
  /// Bits of a sum: up to 48.
  parameter int PsumW = 28,
  /// Tokens of a tile at most: a power of two.
  parameter int MaxT = 512,
  /// 1 if the multipliers of a PE share a select: otherwise 0.
  parameter int SelShared = 0,
  /// 1 if activations are exchanged instead of selected: otherwise 0.
  parameter int Exchange = 0,
  /// 1 if products are made for multipliers of an FPGA: otherwise 0.
  parameter int Dsp = 0,
  /// Derived: bits of a number of tokens.
  localparam int TokensW = hg_pkg::cnt_width(MaxT),
  /// Derived: smallest N.
  localparam int NMin = (Exchange != 0) ? 1 : hg_figs_pkg::n_min(Group, Alpha),
  /// Derived: selects of a row.
  localparam int Sels = (SelShared != 0 || Exchange != 0) ? Columns : Columns * Lanes,
  /// Derived: bits of a select.
  localparam int SelW = hg_figs_pkg::sel_width((Exchange != 0) ? Group : Alpha + 1),
  /// Derived: sums of a lane.
  localparam int Words = Group / NMin
) (
  /// Clock, rising edge.
  input  logic                                 clk_i,
  /// Asynchronous reset, active low.
  input  logic                                 rst_ni,
  /// A tile is described.
  input  logic                                 tile_valid_i,
  /// The description is taken.
  output logic                                 tile_ready_o,
  /// Tokens of the tile.
  input  logic [TokensW-1:0]                   tile_tokens_i,
  /// Log2 of the weights of a block, N; 0 where there is nothing to switch.
  input  logic [2:0]                           tile_log_n_i,
  /// Its sums start from 0.
  input  logic                                 tile_first_i,
  /// Its sums leave.
  input  logic                                 tile_last_i,
  /// A tile was dropped; a cycle for each.
  output logic                                 tile_error_o,
  /// A row of weights is offered.
  input  logic                                 weight_valid_i,
  /// The row of weights is taken.
  output logic                                 weight_ready_o,
  /// Weights, lane 0 of column 0 lowest.
  input  logic [Columns*Lanes*WeightW-1:0]     weight_data_i,
  /// Their selects.
  input  logic [Sels*SelW-1:0]                 weight_sel_i,
  /// A token is offered.
  input  logic                                 act_valid_i,
  /// The token is taken.
  output logic                                 act_ready_o,
  /// Its activations, those of row 0 lowest.
  input  logic [Rows*ActW-1:0]                 act_data_i,
  /// The sums of a token are offered.
  output logic                                 out_valid_o,
  /// The sums are taken.
  input  logic                                 out_ready_i,
  /// Sums, lane by lane.
  output logic [Columns*Lanes*Words*PsumW-1:0] out_data_o,
  /// Last token of its tile.
  output logic                                 out_last_o
);

  if (Rows % Group != 0 || Alpha < 0 || Alpha >= Group || Group < 2) begin : gen_illegal
    ERROR_hg_figs_Alpha_must_be_0_to_Group_minus_1_and_Group_divide_Rows u_illegal ();
  end

  hg_figs_core #(
    .Rows      (Rows),
    .Columns   (Columns),
    .Lanes     (Lanes),
    .Group     (Group),
    .Elements  (Group),
    .Window    ((Exchange != 0) ? 1 : Alpha + 1),
    .Bases     ((Exchange != 0) ? Group : NMin),
    .NMin      (NMin),
    .Taps      ((Exchange != 0) ? 0 : 1),
    .WeightW   (WeightW),
    .ActW      (ActW),
    .PsumW     (PsumW),
    .MaxT      (MaxT),
    .SelShared (SelShared),
    .Exchange  (Exchange),
    .Dsp       (Dsp)
  ) u_core (
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
