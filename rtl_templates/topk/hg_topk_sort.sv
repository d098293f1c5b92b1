// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Batcher's odd-even merge sorting network: the lanes of a row, largest item first.
///
/// One row a cycle; log2(Lanes) * (log2(Lanes) + 1) / 2 levels of comparators, each registered.
/// Items compare as unsigned numbers. Registers move with `en_i` only.
module hg_topk_sort #(
  /// Items a row; a power of two, 1 to 64.
  parameter int Lanes = 16,
  /// Bits of an item, 1 and up.
  parameter int ItemW = 17
) (
  input  logic                   clk_i,
  input  logic                   en_i,
  input  logic [Lanes*ItemW-1:0] item_i,
  output logic [Lanes*ItemW-1:0] item_o
);

  if (Lanes < 1 || Lanes > 64 || 2 ** $clog2(Lanes) != Lanes) begin : gen_illegal
    ERROR_hg_topk_sort_Lanes_must_be_a_power_of_two_up_to_64 u_illegal ();
  end

  localparam int Merges = $clog2(Lanes);
  localparam int Levels = Merges * (Merges + 1) / 2;

  // Level l belongs to the merge of sorted runs of 2**merge_of(l) lanes.
  function automatic int merge_of(input int level);
    merge_of = 0;
    for (int m = 1; m < 7; m++) begin
      if (m * (m + 1) / 2 <= level) merge_of = m;
    end
  endfunction

  // Whether `lane` is the lower lane of a comparator of distance `span` that merges runs of `run`.
  function automatic int is_low(input int lane, input int run, input int span);
    is_low = 0;
    if (lane >= span % run && lane + span < Lanes) begin
      if ((lane - span % run) % (2 * span) < span) begin
        if (lane / (2 * run) == (lane + span) / (2 * run)) is_low = 1;
      end
    end
  endfunction

  for (genvar l = 0; l <= Levels; l++) begin : gen_level
    logic [Lanes*ItemW-1:0] row;
    if (l == 0) begin : gen_source
      assign row = item_i;
    end else begin : gen_compare
      localparam int Merge = merge_of(l - 1);
      localparam int Run   = 2 ** Merge;
      localparam int Span  = 2 ** (Merge - (l - 1 - Merge * (Merge + 1) / 2));
      logic [Lanes*ItemW-1:0] row_d, row_q;
      for (genvar i = 0; i < Lanes; i++) begin : gen_lane
        if (is_low(i, Run, Span) != 0) begin : gen_swap
          logic [ItemW-1:0] low, high;
          logic             swap;
          assign low  = gen_level[l-1].row[i*ItemW +: ItemW];
          assign high = gen_level[l-1].row[(i+Span)*ItemW +: ItemW];
          assign swap = low < high;
          assign row_d[i*ItemW +: ItemW]        = swap ? high : low;
          assign row_d[(i+Span)*ItemW +: ItemW] = swap ? low : high;
        end else if (i < Span || is_low((i < Span) ? i : i - Span, Run, Span) == 0) begin : gen_pass
          assign row_d[i*ItemW +: ItemW] = gen_level[l-1].row[i*ItemW +: ItemW];
        end
      end
      always_ff @(posedge clk_i) begin
        if (en_i) row_q <= row_d;
      end
      assign row = row_q;
    end
  end

  if (Levels == 0) begin : gen_unused
    logic unused_clock;
    assign unused_clock = clk_i & en_i;
  end

  assign item_o = gen_level[Levels].row;

`ifdef HG_FORMAL
  // Against every bound `f_bound`: as many items reach it behind the network as before it. That,
  // and that the result is sorted, says that it is the same items. While registers fill, and for
  // stalls of more than a cycle, nothing is claimed: a stalled register only holds.
  (* anyconst *) logic [ItemW-1:0] f_bound;
  logic [7:0]              f_reach, f_got;
  logic [8*(Levels+1)-1:0] f_reach_q;
  logic [7:0]              f_full_q;
  logic                    f_sorted, f_stalled_q;

  initial begin
    f_full_q    = 8'd0;
    f_stalled_q = 1'b0;
  end

  always_comb begin
    assume (en_i || !f_stalled_q);
    f_reach  = '0;
    f_got    = '0;
    f_sorted = 1'b1;
    for (int i = 0; i < Lanes; i++) begin
      if (item_i[i*ItemW +: ItemW] >= f_bound) f_reach = f_reach + 8'd1;
      if (item_o[i*ItemW +: ItemW] >= f_bound) f_got = f_got + 8'd1;
      if (i > 0) begin
        if (item_o[i*ItemW +: ItemW] > item_o[(i-1)*ItemW +: ItemW]) f_sorted = 1'b0;
      end
    end
  end

  always @(posedge clk_i) begin
    f_stalled_q <= !en_i;
    if (en_i) begin
      f_reach_q <= (8 * (Levels + 1))'({f_reach_q, f_reach});
      if (f_full_q != 8'(Levels)) f_full_q <= f_full_q + 8'd1;
    end
    if (f_full_q == 8'(Levels)) begin
      assert (f_sorted);
      if (Levels != 0) assert (f_got == f_reach_q[8*(Levels > 0 ? Levels : 1)-1 -: 8]);
      cover (f_got == 8'd1);
    end
    assert (f_full_q <= 8'(Levels));
  end
`endif

endmodule

`default_nettype wire
