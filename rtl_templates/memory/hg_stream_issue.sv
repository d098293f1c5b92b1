// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Puts bursts on an AXI address channel, each when the buffer has what all of its beats need: room
/// for them (of a reader) or their data (of a writer).
///
/// `more_i` says that there is room or data for one beat more; a burst takes as many as it has
/// beats. None begins while `stop_i` is set or `room_i` is not. An address is there in the
/// cycle after `begins_o`, stays until it is taken, and leaves one per cycle at most.
module hg_stream_issue #(
  /// Beats that there is room or data for at most: 1 and up.
  parameter int Most = 64,
  /// Beats that there is room or data for after reset: 0 to Most.
  parameter int First = 64,
  /// Derived: bits of their number.
  localparam int CntW = hg_pkg::cnt_width(Most)
) (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic        stop_i,
  input  logic        room_i,
  input  logic        more_i,
  input  logic [2:0]  axprot_i,
  input  logic [3:0]  axcache_i,
  input  logic        burst_valid_i,
  input  logic [63:0] burst_addr_i,
  input  logic [7:0]  burst_len_i,
  output logic        begins_o,
  output logic        axvalid_o,
  input  logic        axready_i,
  output logic [63:0] axaddr_o,
  output logic [7:0]  axlen_o,
  output logic [2:0]  axprot_o,
  output logic [3:0]  axcache_o
);

  logic [CntW-1:0] there_q;
  logic [CntW+8:0] rest;
  logic            enough, valid_q;
  logic [63:0]     addr_q;
  logic [7:0]      len_q;
  logic [2:0]      prot_q;
  logic [3:0]      cache_q;

  // What a burst leaves: negative without enough.
  assign rest     = (CntW + 9)'(there_q) - (CntW + 9)'(burst_len_i) - (CntW + 9)'(1);
  assign enough   = !rest[CntW+8];
  assign begins_o = burst_valid_i && (!valid_q || axready_i) && !stop_i && room_i && enough;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      there_q <= CntW'(First);
      valid_q <= 1'b0;
    end else begin
      there_q <= begins_o ? rest[CntW-1:0] + CntW'(more_i) : there_q + CntW'(more_i);
      if (begins_o) valid_q <= 1'b1;
      else if (axready_i) valid_q <= 1'b0;
    end
  end

  always_ff @(posedge clk_i) begin
    if (begins_o) begin
      addr_q  <= burst_addr_i;
      len_q   <= burst_len_i;
      prot_q  <= axprot_i;
      cache_q <= axcache_i;
    end
  end

  assign axvalid_o = valid_q;
  assign axaddr_o  = addr_q;
  assign axlen_o   = len_q;
  assign axprot_o  = prot_q;
  assign axcache_o = cache_q;

`ifdef HG_FORMAL
  // Beats that bursts have taken and that have not come back, in a reader; in a writer those that
  // are there. Both are what is counted: what came less what was taken.
  logic           f_seen_q, f_stalled_q, f_stopped_q;
  logic [31:0]    f_came_q, f_taken_q;
  logic [63:0]    f_addr_q;
  logic [14:0]    f_about_q;
  wire [14:0]     f_about = {axlen_o, axprot_o, axcache_o};

  initial f_seen_q = 1'b0;
  always @(posedge clk_i) f_seen_q <= 1'b1;
  always_comb begin
    assume (rst_ni == f_seen_q);
    // No more comes than the buffer can hold.
    if (more_i) assume (First + f_came_q - f_taken_q < Most);
  end

  always @(posedge clk_i) begin
    f_addr_q  <= axaddr_o;
    f_about_q <= f_about;
    if (!rst_ni) begin
      f_came_q    <= 32'd0;
      f_taken_q   <= 32'd0;
      f_stalled_q <= 1'b0;
      f_stopped_q <= 1'b0;
    end else begin
      f_came_q    <= f_came_q + 32'(more_i);
      f_taken_q   <= f_taken_q + (begins_o ? 32'(burst_len_i) + 32'd1 : 32'd0);
      f_stalled_q <= axvalid_o && !axready_i;
      f_stopped_q <= stop_i || !room_i;
    end
    if (rst_ni) begin
      // Valid and payload stay, and none begins while the block is stopped.
      if (f_stalled_q) assert (axvalid_o && axaddr_o == f_addr_q && f_about == f_about_q);
      if (f_stopped_q && !f_stalled_q) assert (!axvalid_o);
      // Nothing is taken that is not there.
      assert (32'(there_q) == First + f_came_q - f_taken_q && 32'(there_q) <= Most);
      if (begins_o) assert (burst_len_i < First + f_came_q - f_taken_q);
      cover (axvalid_o && axready_i && begins_o);
    end
  end
`endif

endmodule

`default_nettype wire
