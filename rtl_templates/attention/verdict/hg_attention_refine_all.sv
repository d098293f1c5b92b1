// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Marks all rows of a query, where a refinement of all keys needs no scan.
///
/// A row per cycle from the cycle after `begin_i` on, with a mask of the keys it has; `end_o` comes
/// in the cycle after the last row.
module hg_attention_refine_all #(
  /// Keys a row, 1 and up.
  parameter int Tokens = 1,
  /// Rows of a job, 1 and up.
  parameter int Rows = 1024,
  /// Bits of a count of keys, 4 and up.
  parameter int TokW = 11,
  /// Derived: bits of a row's number.
  localparam int RowW = hg_pkg::idx_width(Rows),
  /// Derived: bits of a count of rows.
  localparam int RowsW = hg_pkg::cnt_width(Rows)
) (
  input  logic              clk_i,
  input  logic              rst_ni,
  input  logic              begin_i,
  input  logic [RowsW-1:0]  begin_rows_i,
  input  logic [TokW-1:0]   begin_keys_i,
  output logic              valid_o,
  output logic [RowW-1:0]   row_o,
  output logic [Tokens-1:0] mask_o,
  output logic              end_o
);

  localparam int ShiftT = $clog2(Tokens);
  logic              all_q, all_end_q;
  logic [RowsW-1:0]  all_row_q, all_rows_q;
  logic [TokW-1:0]   all_keys_q, whole;

  assign whole = all_keys_q >> ShiftT;

  for (genvar t = 0; t < Tokens; t++) begin : gen_mask
    if (Tokens == 1) begin : gen_single
      assign mask_o[t] = TokW'(all_row_q) < whole;
    end else if (t == Tokens - 1) begin : gen_last
      assign mask_o[t] = TokW'(all_row_q) < whole;
    end else begin : gen_lane
      assign mask_o[t] = TokW'(all_row_q) < whole
          || (TokW'(all_row_q) == whole && ShiftT'(t) < all_keys_q[ShiftT-1:0]);
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      all_q     <= 1'b0;
      all_end_q <= 1'b0;
    end else begin
      all_q     <= begin_i || (all_q && all_row_q + RowsW'(1) != all_rows_q);
      all_end_q <= all_q && all_row_q + RowsW'(1) == all_rows_q;
    end
  end

  always_ff @(posedge clk_i) begin
    all_row_q <= all_q ? all_row_q + RowsW'(1) : '0;
    if (begin_i) begin
      all_rows_q <= begin_rows_i;
      all_keys_q <= begin_keys_i;
    end
  end

  assign valid_o = all_q;
  assign row_o   = RowW'(all_row_q);
  assign end_o   = all_end_q;

endmodule

`default_nettype wire
