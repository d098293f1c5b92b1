// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Delays segment s of a word by s cycles, or, with `Back`, by as many as bring all segments back
/// together.
module hg_skew #(
  /// Bits of the word, 1 and up.
  parameter int Width = 22,
  /// 1: undoes the skew; 0: makes it.
  parameter int Back = 0
) (
  input  logic             clk_i,
  input  logic [Width-1:0] data_i,
  output logic [Width-1:0] data_o
);

  localparam int Segs = hg_arith_pkg::segments(Width);
  localparam int SegW = hg_arith_pkg::seg_width(Width);

  for (genvar s = 0; s < Segs; s++) begin : gen_seg
    localparam int Own = (s == Segs - 1) ? Width - s * SegW : SegW;
    hg_delay #(
      .Width  (Own),
      .Cycles ((Back != 0) ? Segs - 1 - s : s)
    ) u_delay (
      .clk_i,
      .data_i (data_i[s*SegW +: Own]),
      .data_o (data_o[s*SegW +: Own])
    );
  end

endmodule

`default_nettype wire
