// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Reads the output buffer of all columns together: the output stream of the array.
///
/// A place is written when `done_i` is up for it, in order, and given back (`free_o`) when it is
/// read into the memories' output registers, which are what the stream shows.
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
`ifndef YOSYS
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
`endif

`ifdef HG_FORMAL
  // As many beats leave as places were written, each stands until it is taken, and a place is given
  // back once for each. The writer never writes more than there are places.
  logic        f_seen_q, f_stalled_q, f_last_q;
  logic [31:0] f_used_q;
  wire         f_out = out_valid_o && out_ready_i;

  initial f_seen_q = 1'b0;
  always @(posedge clk_i) f_seen_q <= 1'b1;
  always_comb begin
    assume (rst_ni == f_seen_q);
    if (f_used_q == DepthEntries) assume (!done_i);
    assume (32'(done_ptr_i) < DepthEntries);
  end
  always @(posedge clk_i) begin
    if (!rst_ni) begin
      f_used_q    <= 32'd0;
      f_stalled_q <= 1'b0;
    end else begin
      f_used_q    <= f_used_q + 32'(done_i) - 32'(free_o);
      f_stalled_q <= out_valid_o && !out_ready_i;
      f_last_q    <= out_last_o;
      assert (f_used_q == 32'(used_q) && f_used_q <= DepthEntries);
      assert (32'(rd_ptr_o) < DepthEntries);
      assert (rd_en_o == free_o && (!rd_en_o || f_used_q != 32'd0));
      assert (!free_o || !out_valid_o || out_ready_i);
      if (f_stalled_q) assert (out_valid_o && out_last_o == f_last_q);
      cover (f_used_q == DepthEntries && f_out);
    end
  end
`endif

endmodule

`default_nettype wire
