// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Reduces the sorted sets of a query to one, its best `Size` items, with one pipelined merger.
///
/// A running best would have to close a whole merge in one cycle. Instead sets are merged in any
/// order, as they meet: an arriving set with one that leaves the merger, else either with the set
/// that is parked, else it is parked itself. Every merge takes one set out of play, so a set a
/// cycle is taken and up to 4 * (2 + log2(Size)) cycles after the last one is left. Items are
/// unique (they hold their index), so the order of merging does not show.
module hg_topk_reduce #(
  /// Items of a set; a power of two, 1 to 64.
  parameter int Size = 16,
  /// Bits of an item, 1 and up.
  parameter int ItemW = 23,
  /// Bits that travel with the query, 1 and up.
  parameter int SideW = 5
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,
  input  logic                  in_valid_i,
  output logic                  in_ready_o,
  input  logic                  in_last_i,
  input  logic [Size*ItemW-1:0] in_set_i,
  input  logic [SideW-1:0]      in_side_i,
  output logic                  out_valid_o,
  input  logic                  out_ready_i,
  output logic [Size*ItemW-1:0] out_set_o,
  output logic [SideW-1:0]      out_side_o
);

  // Sets in play: one a level of the merger and one before it, one parked, one arriving.
  localparam int SetsW = hg_pkg::cnt_width($clog2(Size) + 4);

  logic                  closing_q, parked_q, take, done;
  logic                  back, merge, park;
  logic [SetsW-1:0]      sets_q;
  logic [SideW-1:0]      side_q;
  logic                  merge_q;
  logic [Size*ItemW-1:0] back_set, one_set, other_set, one_set_q, other_set_q, parked_set_q;

  assign in_ready_o  = !closing_q;
  assign take        = in_valid_i && !closing_q;
  assign merge       = (take && back) || ((take || back) && parked_q);
  assign park        = (take || back) && !merge;
  assign one_set     = take ? in_set_i : back_set;
  assign other_set   = (take && back) ? back_set : parked_set_q;
  assign out_valid_o = closing_q && parked_q && sets_q == SetsW'(1);
  assign done        = out_valid_o && out_ready_i;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      merge_q   <= 1'b0;
      closing_q <= 1'b0;
      parked_q  <= 1'b0;
      sets_q    <= '0;
    end else begin
      merge_q <= merge;
      if (take && in_last_i) closing_q <= 1'b1;
      else if (done) closing_q <= 1'b0;
      if (park) parked_q <= 1'b1;
      else if (done || (merge && !(take && back))) parked_q <= 1'b0;
      if (done) sets_q <= '0;
      else if (take && !merge) sets_q <= sets_q + SetsW'(1);
      else if (merge && !take) sets_q <= sets_q - SetsW'(1);
    end
  end

  always_ff @(posedge clk_i) begin
    one_set_q   <= one_set;
    other_set_q <= other_set;
    if (park) parked_set_q <= one_set;
    if (take && in_last_i) side_q <= in_side_i;
  end

  hg_topk_merge #(
    .Size  (Size),
    .ItemW (ItemW)
  ) u_merge (
    .clk_i,
    .rst_ni,
    .in_valid_i  (merge_q),
    .in_a_i      (one_set_q),
    .in_b_i      (other_set_q),
    .out_valid_o (back),
    .out_set_o   (back_set)
  );

  assign out_set_o  = parked_set_q;
  assign out_side_o = side_q;

`ifndef SYNTHESIS
`ifndef YOSYS
  always @(posedge clk_i) begin
    if (out_valid_o && back) $error("%m: a set is left over");
  end
`endif
`endif

endmodule

`default_nettype wire
