// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Queue at the output of hg_select_drain: a memory whose read register is the output.
///
/// No back-pressure at the input: who fills it counts places, and gets one back with `take_o`.
module hg_select_buffer #(
  /// Bits of a word, 1 and up.
  parameter int Width = 64,
  /// Bits of a place's number, 1 and up; so many words are held.
  parameter int PlaceW = 6
) (
  input  logic             clk_i,
  input  logic             rst_ni,
  input  logic             in_valid_i,
  input  logic [Width-1:0] in_data_i,
  output logic             take_o,
  output logic             out_valid_o,
  input  logic             out_ready_i,
  output logic [Width-1:0] out_data_o
);

  logic [PlaceW-1:0] wr_q, rd_q;
  logic [PlaceW:0]   held_q;
  logic              out_valid_q, rd_en;

  assign rd_en  = held_q != '0 && (!out_valid_q || out_ready_i);
  assign take_o = out_valid_q && out_ready_i;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      wr_q        <= '0;
      rd_q        <= '0;
      held_q      <= '0;
      out_valid_q <= 1'b0;
    end else begin
      if (in_valid_i) wr_q <= wr_q + PlaceW'(1);
      if (rd_en) rd_q <= rd_q + PlaceW'(1);
      if (in_valid_i && !rd_en) held_q <= held_q + (PlaceW + 1)'(1);
      else if (rd_en && !in_valid_i) held_q <= held_q - (PlaceW + 1)'(1);
      out_valid_q <= rd_en || (out_valid_q && !out_ready_i);
    end
  end

  hg_ram_1r1w #(
    .Width        (Width),
    .DepthEntries (2 ** PlaceW)
  ) u_ram (
    .clk_i,
    .wr_en_i   (in_valid_i),
    .wr_addr_i (wr_q),
    .wr_data_i (in_data_i),
    .rd_en_i   (rd_en),
    .rd_addr_i (rd_q),
    .rd_data_o (out_data_o)
  );

  assign out_valid_o = out_valid_q;

`ifndef SYNTHESIS
`ifndef YOSYS
  logic checked_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) checked_q <= 1'b0;
    else checked_q <= 1'b1;
  end
  always @(posedge clk_i) begin
    if (checked_q && in_valid_i && held_q == (PlaceW + 1)'(2 ** PlaceW)) begin
      $error("%m: no place left in the buffer");
    end
  end
`endif
`endif

endmodule

`default_nettype wire
