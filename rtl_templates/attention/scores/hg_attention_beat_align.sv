// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Holds what accompanies a beat of QK for the two cycles in which query and K are read.
///
/// The tag goes through QK to hg_score as it is. `first_o` and `last_o` mark the first and the
/// last slice of a row's plane.
module hg_attention_beat_align #(
  /// Slices of a vector, 1 and up.
  parameter int Folds = 1,
  /// Bits of the tag, 1 and up.
  parameter int TagW = 16,
  /// Derived: bits of a slice's number.
  localparam int FoldW = hg_pkg::idx_width(Folds)
) (
  input  logic             clk_i,
  input  logic             rst_ni,
  input  logic             valid_i,
  input  logic [FoldW-1:0] fold_i,
  input  logic [TagW-1:0]  tag_i,
  output logic             valid_o,
  output logic             first_o,
  output logic             last_o,
  output logic [TagW-1:0]  tag_o
);

  logic [1:0]      valid_q, first_q, last_q;
  logic [TagW-1:0] tag_q, tag_q2;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) valid_q <= '0;
    else valid_q <= {valid_q[0], valid_i};
  end

  always_ff @(posedge clk_i) begin
    first_q <= {first_q[0], fold_i == '0};
    last_q  <= {last_q[0], fold_i == FoldW'(Folds - 1)};
    tag_q   <= tag_i;
    tag_q2  <= tag_q;
  end

  assign valid_o = valid_q[1];
  assign first_o = first_q[1];
  assign last_o  = last_q[1];
  assign tag_o   = tag_q2;

endmodule

`default_nettype wire
