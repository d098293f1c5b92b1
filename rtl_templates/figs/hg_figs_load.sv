// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Brings weights to the columns: a register for the beat that waits, and from there a cycle more
/// for each column, as the tokens take. Column c's processing element of row r is told by bit
/// c*Rows + r of `load_o` that the beat on its column's wires is its own.
module hg_figs_load #(
  /// Rows, 2 and up.
  parameter int Rows = 16,
  /// Columns, 1 and up.
  parameter int Columns = 4,
  /// Bits of a beat for one column: weights and selects.
  parameter int ColumnW = 40,
  /// Derived: bits of a row's index.
  localparam int RowW = hg_pkg::idx_width(Rows)
) (
  input  logic                       clk_i,
  input  logic                       take_i,
  input  logic [Columns*ColumnW-1:0] data_i,
  input  logic                       move_i,
  input  logic [RowW-1:0]            row_i,
  output logic [Columns*Rows-1:0]    load_o,
  output logic [Columns*ColumnW-1:0] data_o
);

  logic [Columns*ColumnW-1:0] data_q;

  always_ff @(posedge clk_i) begin
    if (take_i) data_q <= data_i;
  end

  for (genvar c = 0; c < Columns; c++) begin : gen_column
    logic            move;
    logic [RowW-1:0] row;
    if (c == 0) begin : gen_first
      assign {move, row} = {move_i, row_i};
    end else begin : gen_next
      logic            move_q;
      logic [RowW-1:0] row_q;
      // No reset: what moves here before the first beat comes is overwritten by the beats of its
      // tile.
      always_ff @(posedge clk_i) begin
        {move_q, row_q} <= {gen_column[c-1].move, gen_column[c-1].row};
      end
      assign {move, row} = {move_q, row_q};
    end
    for (genvar r = 0; r < Rows; r++) begin : gen_row
      assign load_o[c*Rows+r] = move && row == RowW'(r);
    end
    hg_delay #(
      .Width  (ColumnW),
      .Cycles (c)
    ) u_delay (
      .clk_i,
      .data_i (data_q[c*ColumnW +: ColumnW]),
      .data_o (data_o[c*ColumnW +: ColumnW])
    );
  end

endmodule

`default_nettype wire
