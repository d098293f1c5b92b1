// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none

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
  localparam int StepW = hg_pkg::cnt_width(Steps);
  localparam int EntW  = 1 + IdxW + KeyW;
  localparam logic [KeyW-1:0] Flip = (Signed != 0) ? {1'b1, {(KeyW-1){1'b0}}} : '0;

  // An entry sorts by (dropped, index); ascending puts the survivors first.
  logic [Size*EntW-1:0] entry_q, loaded, stepped, shifted;
  logic                 sorting_q, emitting_q, accept, beat;
  logic [StepW-1:0]     merge_q, step_q;
  logic [CntW-1:0]      left_q, count_q, count;
  logic [KeyW-1:0]      threshold_q, threshold;

  assign in_ready_o = !sorting_q && !emitting_q;
  assign accept     = in_valid_i && in_ready_o;
  assign beat       = res_valid_o && res_ready_i;

  always_comb begin
    loaded    = '0;
    threshold = '0;
    count     = '0;
    for (int i = 0; i < Size; i++) begin
      loaded[i*EntW +: EntW] = {!(in_set_i[(i+1)*ItemW-1] && CntW'(i) < in_k_i),
                                ~in_set_i[i*ItemW +: IdxW], in_set_i[i*ItemW+IdxW +: KeyW]};
      if (in_set_i[(i+1)*ItemW-1] && CntW'(i) < in_k_i) begin
        threshold = in_set_i[i*ItemW+IdxW +: KeyW] ^ Flip;
        count     = CntW'(i + 1);
      end
    end
  end

  // One step: shuffle (the item at place p moves to place p rotated left by one), then compare
  // neighbours. In step t of merge s, both from 1, neighbours differ in bit Steps - t of the place
  // they had when the merge began; merge s orders blocks of 2**s places, those with bit s of the
  // place set downwards, for which each place carries a mark through the shuffle.
  logic [Size-1:0]  mark_q, mark_step, mark_start;
  logic [StepW-1:0] merge_next;
  logic             active, merge_end, sort_end;

  assign active     = {1'b0, step_q} + {1'b0, merge_q} > (StepW + 1)'(Steps);
  assign merge_end  = step_q == StepW'(Steps);
  assign sort_end   = merge_end && merge_q == StepW'(Steps);
  assign merge_next = accept ? StepW'(1) : merge_q + StepW'(1);

  for (genvar p = 0; p < Size; p++) begin : gen_mark
    always_comb begin
      mark_start[p] = 1'b0;
      for (int s = 1; s < Steps; s++) begin
        if (merge_next == StepW'(s)) mark_start[p] = 1'((p >> s) & 1);
      end
    end
  end

  if (Size > 1) begin : gen_step
    for (genvar c = 0; c < Size / 2; c++) begin : gen_pair
      logic [EntW-1:0] a, b;
      logic            swap;
      assign a    = entry_q[c*EntW +: EntW];
      assign b    = entry_q[(c+Size/2)*EntW +: EntW];
      assign swap = active && (mark_q[c] ? a[EntW-1:KeyW] < b[EntW-1:KeyW]
                                         : a[EntW-1:KeyW] > b[EntW-1:KeyW]);
      assign stepped[2*c*EntW +: 2*EntW] = swap ? {a, b} : {b, a};
      assign mark_step[2*c +: 2]         = {mark_q[c+Size/2], mark_q[c]};
    end
  end else begin : gen_alone
    assign stepped   = entry_q;
    assign mark_step = mark_q;
  end

  if (Size > Lanes) begin : gen_shift
    assign shifted = entry_q >> (Lanes * EntW);
  end else begin : gen_last
    assign shifted = entry_q;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      sorting_q  <= 1'b0;
      emitting_q <= 1'b0;
    end else if (accept) begin
      sorting_q  <= (Steps != 0);
      emitting_q <= (Steps == 0);
    end else if (sorting_q && sort_end) begin
      sorting_q  <= 1'b0;
      emitting_q <= 1'b1;
    end else if (beat && res_last_o) begin
      emitting_q <= 1'b0;
    end
  end

  always_ff @(posedge clk_i) begin
    if (accept) begin
      entry_q     <= loaded;
      threshold_q <= threshold;
      count_q     <= count;
      left_q      <= count;
    end else if (sorting_q) begin
      entry_q <= stepped;
    end else if (beat) begin
      entry_q <= shifted;
      left_q  <= left_q - CntW'(Lanes);
    end
    if (accept || (sorting_q && merge_end)) begin
      merge_q <= merge_next;
      step_q  <= StepW'(1);
      mark_q  <= mark_start;
    end else if (sorting_q) begin
      step_q <= step_q + StepW'(1);
      mark_q <= mark_step;
    end
  end

  // The low end of the set is the next beat.
  for (genvar i = 0; i < Lanes; i++) begin : gen_lane
    if (i < Size) begin : gen_entry
      assign res_keep_o[i]               = CntW'(i) < left_q;
      assign res_data_o[i*KeyW +: KeyW]  = entry_q[i*EntW +: KeyW] ^ Flip;
      assign res_index_o[i*IdxW +: IdxW] = entry_q[i*EntW+KeyW +: IdxW];
    end else begin : gen_none
      assign res_keep_o[i]               = 1'b0;
      assign res_data_o[i*KeyW +: KeyW]  = '0;
      assign res_index_o[i*IdxW +: IdxW] = '0;
    end
  end

  if (Size > Lanes) begin : gen_beats
    assign res_last_o = left_q <= CntW'(Lanes);
  end else begin : gen_one_beat
    assign res_last_o = 1'b1;
  end

  assign res_valid_o     = emitting_q;
  assign res_threshold_o = threshold_q;
  assign res_count_o     = count_q;

endmodule

`default_nettype wire
