// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// What the arrays that FiGS is compared with have in common: hg_figs_core with nothing to switch,
/// and the specification that it is proved against.
///
/// Every row reaches all `Elements` activations of its group, and all rows of a group are summed.
/// The spare parameters of the core are written out twice here, once for it and once for the
/// specification, so that a wrong one is refuted.
module hg_figs_baseline #(
  /// Rows, a multiple of Group, 4 to 128.
  parameter int Rows = 16,
  /// Columns, 1 to 64.
  parameter int Columns = 4,
  /// Lanes of a column, 1 to 16.
  parameter int Lanes = 1,
  /// Rows that share their activations, 1 or 2.
  parameter int Group = 1,
  /// Activations of a group, 1 and up.
  parameter int Elements = 1,
  /// Bits of a weight, 4 or 8.
  parameter int WeightW = 8,
  /// Bits of an activation, 4, 8 or 12.
  parameter int ActW = 8,
  /// Bits of a sum, up to 48.
  parameter int PsumW = 28,
  /// Tokens of a tile at most, a power of two.
  parameter int MaxT = 512,
  /// 1 if products are made for multipliers of an FPGA: otherwise 0.
  parameter int Dsp = 0,
  /// Derived: bits of a number of tokens.
  localparam int TokensW = hg_pkg::cnt_width(MaxT),
  /// Derived: bits of a select.
  localparam int SelW = hg_figs_pkg::sel_width(Elements),
  /// Derived: activations of a token.
  localparam int ActsN = Rows / Group * Elements
) (
  input  logic                             clk_i,
  input  logic                             rst_ni,
  input  logic                             tile_valid_i,
  output logic                             tile_ready_o,
  input  logic [TokensW-1:0]               tile_tokens_i,
  input  logic [2:0]                       tile_log_n_i,
  input  logic                             tile_first_i,
  input  logic                             tile_last_i,
  output logic                             tile_error_o,
  input  logic                             weight_valid_i,
  output logic                             weight_ready_o,
  input  logic [Columns*Lanes*WeightW-1:0] weight_data_i,
  input  logic [Columns*Lanes*SelW-1:0]    weight_sel_i,
  input  logic                             act_valid_i,
  output logic                             act_ready_o,
  input  logic [ActsN*ActW-1:0]            act_data_i,
  output logic                             out_valid_o,
  input  logic                             out_ready_i,
  output logic [Columns*Lanes*PsumW-1:0]   out_data_o,
  output logic                             out_last_o
);

  hg_figs_core #(
    .Rows     (Rows),
    .Columns  (Columns),
    .Lanes    (Lanes),
    .Group    (Group),
    .Elements (Elements),
    .Window   (Elements),
    .Bases    (1),
    .NMin     (Group),
    .Taps     (0),
    .WeightW  (WeightW),
    .ActW     (ActW),
    .PsumW    (PsumW),
    .MaxT     (MaxT),
    .Dsp      (Dsp)
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

`ifdef HG_FORMAL
  localparam int Groups = Rows / Group;
  localparam int Segs   = hg_arith_pkg::segments(PsumW);

  hg_figs_spec #(
    .Rows          (Rows),
    .Columns       (Columns),
    .Lanes         (Lanes),
    .Group         (Group),
    .Elements      (Elements),
    .Window        (Elements),
    .Bases         (1),
    .NMin          (Group),
    .Taps          (0),
    .WeightW       (WeightW),
    .ActW          (ActW),
    .PsumW         (PsumW),
    .MaxT          (MaxT),
    .LatencyCycles (hg_figs_pkg::latency(Groups, Columns, Group, Segs))
  ) u_spec (
    .clk_i,
    .rst_ni,
    .tile_valid_i,
    .tile_ready_i   (tile_ready_o),
    .tile_tokens_i,
    .tile_log_n_i,
    .tile_first_i,
    .tile_last_i,
    .tile_error_i   (tile_error_o),
    .weight_valid_i,
    .weight_ready_i (weight_ready_o),
    .weight_data_i,
    .weight_sel_i,
    .act_valid_i,
    .act_ready_i    (act_ready_o),
    .act_data_i,
    .out_valid_i    (out_valid_o),
    .out_ready_i,
    .out_data_i     (out_data_o),
    .out_last_i     (out_last_o)
  );
`endif

endmodule

`default_nettype wire
