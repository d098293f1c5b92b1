// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Takes the best items of a query, keeps the first k, puts them in index order and emits them.
///
/// Sorting by index is Stone's form of Batcher's bitonic sort: Size/2 comparators between
/// neighbours and a perfect shuffle before every step, so that log2(Size) steps bring each bit of
/// the position next to a comparator once. log2(Size)**2 steps in all, then a beat a cycle.
module hg_topk_order #(
  /// Lanes of a beat; a power of two, 1 to 64.
  parameter int Lanes = 16,
  /// Items of a set; a power of two, 1 to 64.
  parameter int Size = 16,
  /// Bits of a key.
  parameter int KeyW = 12,
  /// 1: keys are two's complement at the output; inside they are unsigned.
  parameter int Signed = 1,
  /// Bits of an index.
  parameter int IdxW = 10,
  /// Derived: bits of k and of the survivor count.
  localparam int CntW = hg_pkg::cnt_width(Size),
  /// Derived: bits of an item of the set: valid, key, inverted index.
  localparam int ItemW = 1 + KeyW + IdxW
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,
  // Set in, best item first, items that are not valid last.
  input  logic                  in_valid_i,
  output logic                  in_ready_o,
  input  logic [Size*ItemW-1:0] in_set_i,
  input  logic [CntW-1:0]       in_k_i,
  // Survivors out.
  output logic                  res_valid_o,
  input  logic                  res_ready_i,
  output logic                  res_last_o,
  output logic [Lanes-1:0]      res_keep_o,
  output logic [Lanes*KeyW-1:0] res_data_o,
  output logic [Lanes*IdxW-1:0] res_index_o,
  output logic [KeyW-1:0]       res_threshold_o,
  output logic [CntW-1:0]       res_count_o
);

  if (Size < 1 || Size > 64 || 2 ** $clog2(Size) != Size) begin : gen_illegal
    ERROR_hg_topk_order_Size_must_be_a_power_of_two_up_to_64 u_illegal ();
  end

  localparam int Steps = $clog2(Size);
  localparam int EntW  = 1 + IdxW + KeyW;
  localparam logic [KeyW-1:0] Flip = (Signed != 0) ? {1'b1, {(KeyW-1){1'b0}}} : '0;

  // An entry sorts by (dropped, index); ascending puts the survivors first.
  logic [Size*EntW-1:0] entry_q, loaded, stepped, shifted;
  logic [Size-1:0]      live;
  logic                 sorting_q, emitting_q, accept, beat;
  logic [CntW-1:0]      left, count_q, count;
  logic [KeyW-1:0]      threshold_q, threshold;

  assign in_ready_o = !sorting_q && !emitting_q;
  assign accept     = in_valid_i && in_ready_o;
  assign beat       = res_valid_o && res_ready_i;

  always_comb begin
    live      = '0;
    loaded    = '0;
    threshold = '0;
    count     = '0;
    for (int i = 0; i < Size; i++) begin
      live[i] = in_set_i[(i+1)*ItemW-1] && CntW'(i) < in_k_i;
      loaded[i*EntW +: EntW] = {!live[i], ~in_set_i[i*ItemW +: IdxW],
                                in_set_i[i*ItemW+IdxW +: KeyW]};
      if (live[i]) begin
        threshold = in_set_i[i*ItemW+IdxW +: KeyW] ^ Flip;
        count     = CntW'(i + 1);
      end
    end
  end

  // One step: shuffle (the item at place p moves to place p rotated left by one), then compare
  // neighbours. In step t of merge s, both from 1, neighbours differ in bit Steps - t of the place
  // they had when the merge began, so those before step Steps - s + 1 only shuffle (in merge 1,
  // which takes items in any order, it does no harm if they compare). Merge s orders blocks of 2**s
  // places, those with bit s of the place set downwards: in that step a place has this bit in
  // bit 0, in the next in bit 1, and so on. The last merge has no such blocks.
  //
  // All that is a table with a bit for each step; in `time_q` that of the present step is set.
  localparam int Times = (Steps == 0) ? 1 : Steps * Steps;
  localparam int TurnW = (Steps < 2) ? 1 : Steps - 1;

  // The steps that compare (turn < 0), or those that look at bit `turn` of a place.
  function automatic logic [Times-1:0] steps_of(input int turn);
    steps_of = '0;
    for (int s = 1; s <= Steps; s++) begin
      for (int t = 1; t <= Steps; t++) begin
        if (turn < 0) steps_of[(s-1)*Steps+t-1] = s == 1 || t >= Steps - s + 1;
        else steps_of[(s-1)*Steps+t-1] = s < Steps && t - (Steps - s + 1) == turn;
      end
    end
  endfunction

  localparam logic [Times-1:0] Compare = steps_of(-1);

  logic [Times-1:0] time_d, time_q;
  logic             active, active_d, active_q, sort_end;
  logic [TurnW-1:0] turn_d, turn_q;

  assign time_d   = (accept && Steps != 0) ? Times'(1) : Times'({time_q, 1'b0});
  assign sort_end = time_q[Times-1];

  assign active = Compare == '1 || active_q;

  always_comb begin
    active_d = 1'b0;
    for (int i = 0; i < Times; i++) if (Compare[i]) active_d = active_d || time_d[i];
  end

  for (genvar b = 0; b < TurnW; b++) begin : gen_turn
    localparam logic [Times-1:0] Turn = steps_of(b);
    logic own;
    always_comb begin
      own = 1'b0;
      for (int i = 0; i < Times; i++) if (Turn[i]) own = own || time_d[i];
    end
    assign turn_d[b] = own;
  end

  if (Size > 1) begin : gen_step
    for (genvar c = 0; c < Size / 2; c++) begin : gen_pair
      logic [EntW-1:0] a, b;
      logic            downwards, swap;
      assign a    = entry_q[c*EntW +: EntW];
      assign b    = entry_q[(c+Size/2)*EntW +: EntW];
      // Equal entries are two that are dropped: their order does not matter.
      assign downwards = (turn_q & TurnW'(c)) != '0;
      assign swap      = active && (a[EntW-1:KeyW] > b[EntW-1:KeyW]) != downwards;
      assign stepped[2*c*EntW +: 2*EntW] = swap ? {a, b} : {b, a};
    end
  end else begin : gen_alone
    logic unused_step;
    assign unused_step = active ^ (^turn_q);
    assign stepped = entry_q;
  end

  // A set that is larger than a beat moves down with each; `left` counts what has not gone yet.
  if (Size > Lanes) begin : gen_beats
    logic [CntW-1:0] left_q;
    always_ff @(posedge clk_i) begin
      if (accept) left_q <= count;
      else if (beat) left_q <= left_q - CntW'(Lanes);
    end
    assign left       = left_q;
    assign shifted    = beat ? entry_q >> (Lanes * EntW) : entry_q;
    assign res_last_o = left_q <= CntW'(Lanes);
  end else begin : gen_one_beat
    assign left       = count_q;
    assign shifted    = entry_q;
    assign res_last_o = 1'b1;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      sorting_q  <= 1'b0;
      emitting_q <= 1'b0;
      time_q     <= '0;
    end else begin
      time_q <= time_d;
      if (accept && Steps != 0) sorting_q <= 1'b1;
      else if (sort_end) sorting_q <= 1'b0;
      if (sort_end || (accept && Steps == 0)) emitting_q <= 1'b1;
      else if (beat && res_last_o) emitting_q <= 1'b0;
    end
  end

  always_ff @(posedge clk_i) begin
    if (accept) begin
      entry_q     <= loaded;
      threshold_q <= threshold;
      count_q     <= count;
    end else begin
      entry_q <= sorting_q ? stepped : shifted;
    end
    active_q <= active_d;
    turn_q   <= turn_d;
  end

  // The low end of the set is the next beat.
  for (genvar i = 0; i < Lanes; i++) begin : gen_lane
    if (i < Size) begin : gen_entry
      assign res_keep_o[i]               = CntW'(i) < left;
      assign res_data_o[i*KeyW +: KeyW]  = entry_q[i*EntW +: KeyW] ^ Flip;
      assign res_index_o[i*IdxW +: IdxW] = entry_q[i*EntW+KeyW +: IdxW];
    end else begin : gen_none
      assign res_keep_o[i]               = 1'b0;
      assign res_data_o[i*KeyW +: KeyW]  = '0;
      assign res_index_o[i*IdxW +: IdxW] = '0;
    end
  end

  assign res_valid_o     = emitting_q;
  assign res_threshold_o = threshold_q;
  assign res_count_o     = count_q;

endmodule

`default_nettype wire
