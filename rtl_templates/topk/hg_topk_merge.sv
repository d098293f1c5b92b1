// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Bitonic top-k merge: of two sets, each sorted largest first, the larger half, sorted.
///
/// The larger of item i of one set and item Size-1-i of the other are the top half and form a
/// bitonic sequence; log2(Size) half-cleaners sort it. One merge a cycle, each level registered:
/// latency 1 + log2(Size) cycles.
module hg_topk_merge #(
  /// Items of a set; a power of two, 1 to 64.
  parameter int Size = 16,
  /// Bits of an item, 1 and up.
  parameter int ItemW = 23
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,
  input  logic                  in_valid_i,
  input  logic [Size*ItemW-1:0] in_a_i,
  input  logic [Size*ItemW-1:0] in_b_i,
  output logic                  out_valid_o,
  output logic [Size*ItemW-1:0] out_set_o
);

  if (Size < 1 || Size > 64 || 2 ** $clog2(Size) != Size) begin : gen_illegal
    ERROR_hg_topk_merge_Size_must_be_a_power_of_two_up_to_64 u_illegal ();
  end

  localparam int Levels = $clog2(Size) + 1;

  logic [Levels-1:0] valid_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) valid_q <= '0;
    else valid_q <= Levels'({valid_q, in_valid_i});
  end

  for (genvar l = 0; l < Levels; l++) begin : gen_level
    logic [Size*ItemW-1:0] set_d, set_q;
    if (l == 0) begin : gen_upper
      for (genvar i = 0; i < Size; i++) begin : gen_item
        logic [ItemW-1:0] a, b;
        assign a = in_a_i[i*ItemW +: ItemW];
        assign b = in_b_i[(Size-1-i)*ItemW +: ItemW];
        assign set_d[i*ItemW +: ItemW] = (a < b) ? b : a;
      end
    end else begin : gen_clean
      localparam int Dist = Size >> l;
      for (genvar i = 0; i < Size; i++) begin : gen_item
        if ((i / Dist) % 2 == 0) begin : gen_swap
          logic [ItemW-1:0] a, b;
          logic             swap;
          assign a    = gen_level[l-1].set_q[i*ItemW +: ItemW];
          assign b    = gen_level[l-1].set_q[(i+Dist)*ItemW +: ItemW];
          assign swap = a < b;
          assign set_d[i*ItemW +: ItemW]        = swap ? b : a;
          assign set_d[(i+Dist)*ItemW +: ItemW] = swap ? a : b;
        end
      end
    end
    always_ff @(posedge clk_i) begin
      set_q <= set_d;
    end
  end

  assign out_valid_o = valid_q[Levels-1];
  assign out_set_o   = gen_level[Levels-1].set_q;

`ifdef HG_FORMAL
  // Against every bound `f_bound`: of two sorted sets come out as many items that reach it as
  // there are, up to Size. That, and that the result is sorted, says which items it holds.
  (* anyconst *) logic [ItemW-1:0] f_bound;
  logic               f_seen_q;
  logic [7:0]         f_reach, f_got;
  logic [8*Levels-1:0] f_reach_q;
  logic               f_sorted;
  wire [7:0]          f_due = f_reach_q[8*Levels-1 -: 8];

  initial f_seen_q = 1'b0;
  always @(posedge clk_i) f_seen_q <= 1'b1;

  always_comb begin
    assume (rst_ni == f_seen_q);
    f_reach  = '0;
    f_got    = '0;
    f_sorted = 1'b1;
    for (int i = 0; i < Size; i++) begin
      if (in_a_i[i*ItemW +: ItemW] >= f_bound) f_reach = f_reach + 8'd1;
      if (in_b_i[i*ItemW +: ItemW] >= f_bound) f_reach = f_reach + 8'd1;
      if (out_set_o[i*ItemW +: ItemW] >= f_bound) f_got = f_got + 8'd1;
      if (i > 0) begin
        if (in_valid_i) assume (in_a_i[i*ItemW +: ItemW] <= in_a_i[(i-1)*ItemW +: ItemW]);
        if (in_valid_i) assume (in_b_i[i*ItemW +: ItemW] <= in_b_i[(i-1)*ItemW +: ItemW]);
        if (out_set_o[i*ItemW +: ItemW] > out_set_o[(i-1)*ItemW +: ItemW]) f_sorted = 1'b0;
      end
    end
  end

  always @(posedge clk_i) begin
    f_reach_q <= (8 * Levels)'({f_reach_q, f_reach});
    if (rst_ni && out_valid_o) begin
      assert (f_sorted);
      assert (f_got == ((f_due < Size) ? f_due : 8'(Size)));
      cover (f_got == 8'd1);
    end
  end
`endif

endmodule

`default_nettype wire
