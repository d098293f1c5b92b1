// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none

/// Reads the output buffer of all columns together: the output stream of the array.
///
/// A place is written when `done_i` is up for it, in order, and given back (`free_o`) when it is read
/// into the memories' output registers, which are what the stream shows.
module hg_figs_collect #(
  /// Tokens that the buffer holds, 2 and up.
  parameter int DepthEntries = 32,
  /// Derived: bits of a place.
  localparam int PtrW = hg_pkg::idx_width(DepthEntries)
) (
  input  logic            clk_i,
  input  logic            rst_ni,
  input  logic            done_i,
  input  logic            done_end_i,
  input  logic [PtrW-1:0] done_ptr_i,
  output logic            free_o,
  output logic            rd_en_o,
  output logic [PtrW-1:0] rd_ptr_o,
  output logic            out_valid_o,
  input  logic            out_ready_i,
  output logic            out_last_o
);

  localparam int UsedW = hg_pkg::cnt_width(DepthEntries);

  logic [UsedW-1:0] used_q;
  logic [PtrW-1:0]  rd_q;
  logic             out_valid_q, fetch;

  assign fetch = used_q != '0 && (!out_valid_q || out_ready_i);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      used_q      <= '0;
      rd_q        <= '0;
      out_valid_q <= 1'b0;
    end else begin
      if (done_i && !fetch) used_q <= used_q + UsedW'(1);
      else if (fetch && !done_i) used_q <= used_q - UsedW'(1);
      if (fetch) rd_q <= (rd_q == PtrW'(DepthEntries - 1)) ? '0 : rd_q + PtrW'(1);
      if (fetch) out_valid_q <= 1'b1;
      else if (out_ready_i) out_valid_q <= 1'b0;
    end
  end

  hg_ram_1r1w #(
    .Width        (1),
    .DepthEntries (DepthEntries)
  ) u_last (
    .clk_i,
    .wr_en_i   (done_i),
    .wr_addr_i (done_ptr_i),
    .wr_data_i (done_end_i),
    .rd_en_i   (fetch),
    .rd_addr_i (rd_q),
    .rd_data_o (out_last_o)
  );

  assign free_o      = fetch;
  assign rd_en_o     = fetch;
  assign rd_ptr_o    = rd_q;
  assign out_valid_o = out_valid_q;

`ifndef SYNTHESIS
  logic checked_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) checked_q <= 1'b0;
    else checked_q <= 1'b1;
  end
  always @(posedge clk_i) begin
    if (checked_q && done_i && !fetch && used_q == UsedW'(DepthEntries)) begin
      $error("%m: more outputs than places");
    end
  end
`endif

endmodule

`default_nettype wire
