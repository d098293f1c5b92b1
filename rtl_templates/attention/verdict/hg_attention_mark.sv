// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Has the keys marked that a refinement takes, query after query.
///
/// A query that hg_attention_decide has given back its slot for is scanned by hg_softmax, up to a
/// limit, or has all its keys marked by hg_attention_refine without a scan (`all`). `go_o` follows
/// the end; the refinement then goes on by itself, and the next query is marked. Neither begins
/// until there is room for what it marks (`refine_busy_i`).
///
/// The fields of a query are held from the cycle after it was taken to its `go_o`.
module hg_attention_mark #(
  /// Bits of a context's number, 1 and up.
  parameter int CtxW = 2,
  /// Bits of a query's other fields, which are carried along; 1 and up.
  parameter int FieldsW = 1,
  /// Derived: bits of the rank of a key.
  localparam int RankW = hg_attention_pkg::RANK_W
) (
  input  logic               clk_i,
  input  logic               rst_ni,
  // A query: all keys without a scan; or a scan for all live keys, or up to a rank.
  input  logic               valid_i,
  output logic               ready_o,
  input  logic               all_i,
  input  logic               scan_all_i,
  input  logic [RankW-1:0]   limit_i,
  input  logic [CtxW-1:0]    context_i,
  input  logic [1:0]         planes_i,
  input  logic [FieldsW-1:0] fields_i,
  // The query under way.
  output logic [CtxW-1:0]    context_o,
  output logic [1:0]         planes_o,
  output logic [FieldsW-1:0] fields_o,
  input  logic               refine_busy_i,
  // Its refinement begins: without a scan, or with one.
  output logic               all_o,
  output logic               scan_start_o,
  output logic               scan_all_o,
  output logic [RankW-1:0]   scan_limit_o,
  input  logic               scan_end_i,
  // What is marked is known, and whether by a scan.
  output logic               go_o,
  output logic               go_scanned_o
);

  typedef enum logic [2:0] {
    Idle, All, Scan, Wait, Go
  } state_e;
  state_e state_d, state_q;

  logic               all_q, scan_all_q;
  logic [RankW-1:0]   limit_q;
  logic [CtxW-1:0]    context_q;
  logic [1:0]         planes_q;
  logic [FieldsW-1:0] fields_q;

  always_comb begin
    state_d = state_q;
    case (state_q)
      Idle: begin
        if (valid_i && all_i) state_d = All;
        else if (valid_i) state_d = Scan;
      end
      All: if (!refine_busy_i) state_d = Go;
      Scan: if (!refine_busy_i) state_d = Wait;
      Wait: if (scan_end_i) state_d = Go;
      default: state_d = Idle;
    endcase
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) state_q <= Idle;
    else state_q <= state_d;
  end

  always_ff @(posedge clk_i) begin
    if (state_q == Idle) begin
      all_q      <= all_i;
      scan_all_q <= scan_all_i;
      limit_q    <= limit_i;
      context_q  <= context_i;
      planes_q   <= planes_i;
      fields_q   <= fields_i;
    end
  end

  assign ready_o      = state_q == Idle;
  assign context_o    = context_q;
  assign planes_o     = planes_q;
  assign fields_o     = fields_q;
  assign all_o        = state_q == All && !refine_busy_i;
  assign scan_start_o = state_q == Scan && !refine_busy_i;
  assign scan_all_o   = scan_all_q;
  assign scan_limit_o = limit_q;
  assign go_o         = state_q == Go;
  assign go_scanned_o = !all_q;

endmodule

`default_nettype wire
