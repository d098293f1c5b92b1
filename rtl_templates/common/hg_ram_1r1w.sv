// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Memory with one write port and one read port, the one place where memories are inferred:
/// swap this file for a macro.
///
/// Read data appear one cycle after `rd_en_i` and hold until the next read. A word that is read
/// and written in the same cycle reads as undefined: no block relies on either value.
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

  if (Width < 1 || DepthEntries < 1) begin : gen_illegal
    ERROR_hg_ram_1r1w_Width_and_DepthEntries_must_be_positive u_illegal ();
  end

  logic [Width-1:0] mem_q [0:DepthEntries-1];
  logic [Width-1:0] rd_data_q;

  always_ff @(posedge clk_i) begin
    if (wr_en_i) mem_q[wr_addr_i] <= wr_data_i;
  end

  always_ff @(posedge clk_i) begin
    if (rd_en_i) rd_data_q <= mem_q[rd_addr_i];
  end

  assign rd_data_o = rd_data_q;

`ifndef SYNTHESIS
`ifndef YOSYS
  if (2 ** AddrW != DepthEntries) begin : gen_check_range
    always @(posedge clk_i) begin
      if (wr_en_i && !(wr_addr_i < AddrW'(DepthEntries))) $error("%m: write outside the memory");
    end
  end
`endif
`endif

`ifdef HG_FORMAL
  // One word, chosen at random, followed through all writes and reads.
  logic             f_seen_q, f_written_q, f_read_q;
  logic [Width-1:0] f_word_q, f_read_word_q;
  (* anyconst *) logic [AddrW-1:0] f_addr;

  initial begin
    f_seen_q    = 1'b0;
    f_written_q = 1'b0;
    f_read_q    = 1'b0;
  end
  always_comb begin
    assume (32'(f_addr) < DepthEntries);
    if (wr_en_i) assume (32'(wr_addr_i) < DepthEntries);
    if (rd_en_i) assume (32'(rd_addr_i) < DepthEntries);
  end
  always @(posedge clk_i) begin
    f_seen_q <= 1'b1;
    if (wr_en_i && wr_addr_i == f_addr) begin
      f_written_q <= 1'b1;
      f_word_q    <= wr_data_i;
    end
    if (rd_en_i) begin
      f_read_q      <= f_written_q && rd_addr_i == f_addr && !(wr_en_i && wr_addr_i == f_addr);
      f_read_word_q <= f_word_q;
    end
    if (f_written_q) assert (mem_q[f_addr] == f_word_q);
    if (f_read_q) assert (rd_data_o == f_read_word_q);
    cover (f_read_q && f_seen_q && f_word_q != f_read_word_q);
  end
`endif

endmodule

`default_nettype wire
