// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none

/// Stands for the memory during synthesis for timing: registers at its boundary, and no words.
///
/// Addresses, enables and write data end in a register, read data start in one, so that paths into
/// and out of a memory are timed. Nothing else about it is real, and its area is left out.
(* keep_hierarchy *)
module hg_ram_1r1w #(
  /// Bits of a word, 1 and up.
  parameter int Width = 32,
  /// Words, 1 and up.
  parameter int DepthEntries = 64,
  /// Derived: bits of an address.
  localparam int AddrW = hg_pkg::idx_width(DepthEntries)
) (
  input  logic             clk_i,
  input  logic             wr_en_i,
  input  logic [AddrW-1:0] wr_addr_i,
  input  logic [Width-1:0] wr_data_i,
  input  logic             rd_en_i,
  input  logic [AddrW-1:0] rd_addr_i,
  output logic [Width-1:0] rd_data_o
);

  (* keep *) logic [2*AddrW+1:0] control_q;
  (* keep *) logic [Width-1:0]   wr_data_q;
  (* keep *) logic [Width-1:0]   rd_data_q;

  always_ff @(posedge clk_i) begin
    control_q <= {wr_en_i, wr_addr_i, rd_en_i, rd_addr_i};
    wr_data_q <= wr_data_i;
    rd_data_q <= wr_data_q;
  end

  assign rd_data_o = rd_data_q;

endmodule

`default_nettype wire
