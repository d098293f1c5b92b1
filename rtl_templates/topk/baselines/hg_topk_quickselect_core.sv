// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Finds the k-th largest key of a query by quick-select (SpAtten, HPCA 2021, section IV-B).
///
/// A pass reads the remaining keys, a row a cycle, compares every lane with the pivot and
/// partitions: smaller keys to one buffer, larger ones to another, equal ones counted. Of the three
/// the one that holds the rank remains. A pass over r rows takes r + 12 cycles with 16
/// lanes, one more where a side flushes.
module hg_topk_quickselect_core #(
  /// Keys a row; a power of two, 1 to 64.
  parameter int Lanes = 16,
  /// Bits of a key.
  parameter int KeyW = 12,
  /// Rows of a query, 1 and up.
  parameter int Rows = 64,
  /// Bits of a count.
  parameter int CntW = 11,
  /// Derived: bits of a row index.
  localparam int RowW = hg_pkg::idx_width(Rows),
  /// Derived: bits of a row's key count.
  localparam int TailW = hg_pkg::cnt_width(Lanes)
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,
  input  logic                  sel_valid_i,
  output logic                  sel_ready_o,
  input  logic [RowW-1:0]       sel_last_row_i,
  input  logic [TailW-1:0]      sel_tail_i,
  input  logic [CntW-1:0]       sel_count_i,
  output logic                  sel_rd_en_o,
  output logic [RowW-1:0]       sel_rd_row_o,
  input  logic [Lanes*KeyW-1:0] sel_rd_data_i,
  output logic                  thr_valid_o,
  input  logic                  thr_ready_i,
  output logic [RowW-1:0]       thr_last_row_o,
  output logic [TailW-1:0]      thr_tail_o,
  output logic [CntW-1:0]       thr_count_o,
  output logic [CntW-1:0]       thr_rank_o,
  output logic [KeyW-1:0]       thr_threshold_o
);

  localparam int LaneBits = $clog2(Lanes);
  localparam int LaneW    = hg_pkg::idx_width(Lanes);
  localparam int Width    = Lanes * KeyW;

  // Where the remaining keys are.
  localparam logic [1:0] FromStore = 2'd0;
  localparam logic [1:0] FromBelow = 2'd1;
  localparam logic [1:0] FromAbove = 2'd2;

  typedef enum logic [2:0] {Idle, Decide, Aim, Pivot, Run, Settle, Found} state_e;
  state_e           state_q, state_d;

  logic [1:0]       from_q;
  logic [RowW-1:0]  query_last_row_q, last_row_q, row_q, pivot_row;
  logic [TailW-1:0] query_tail_q, tail_q;
  logic [CntW-1:0]  count_q, rank_q, all_q, below, above;
  logic [LaneW-1:0] pivot_lane, lane_q;
  logic [KeyW-1:0]  pivot_q, pivot_d;
  logic             accept, below_done, above_done, reads;
  logic [Width-1:0] data, key_q, key_q2, key_q3, key_q4, key_q5, below_data, above_data;
  logic             pick_q, pick_q2;

  // What follows from the sizes of a pass, in three registered steps. They are over before the rows
  // are packed: sizes count from the keep bits, and those enter the compactors three cycles before
  // the keys.
  logic             in_above_q, in_tie_q, next_found_q;
  logic [1:0]       next_from_q;
  logic [RowW-1:0]  next_last_row_q;
  logic [TailW-1:0] next_tail_q;
  logic [CntW-1:0]  upper_q, less_above_q, less_upper_q, above_end_q, below_end_q, end_key;
  logic [CntW-1:0]  next_rank_q, next_all_q;

  assign accept      = state_q == Idle && sel_valid_i;
  assign sel_ready_o = state_q == Idle;
  assign reads       = state_q == Pivot || state_q == Run;
  assign end_key     = in_above_q ? above_end_q : below_end_q;

  always_comb begin
    state_d = state_q;
    case (state_q)
      Idle:    if (sel_valid_i) state_d = Decide;
      Decide: begin
        if (next_found_q) state_d = Found;
        else state_d = Aim;
      end
      Aim:     state_d = Pivot;
      Pivot:   state_d = Run;
      Run:     if (row_q == last_row_q) state_d = Settle;
      Settle:  if (below_done && above_done) state_d = Decide;
      Found:   if (thr_ready_i) state_d = Idle;
      default: state_d = Idle;
    endcase
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) state_q <= Idle;
    else state_q <= state_d;
  end

  // `upper_q` counts the keys that are not below the pivot.
  always_ff @(posedge clk_i) begin
    upper_q      <= all_q - below;
    in_above_q   <= rank_q <= above;
    less_above_q <= rank_q - above;
    above_end_q  <= above - CntW'(1);
    below_end_q  <= below - CntW'(1);
    in_tie_q     <= rank_q <= upper_q;
    less_upper_q <= rank_q - upper_q;
    if (accept) begin
      next_found_q    <= sel_count_i == '0;
      next_from_q     <= FromStore;
      next_rank_q     <= sel_count_i;
      next_all_q      <= (CntW'(sel_last_row_i) << LaneBits) + CntW'(sel_tail_i);
      next_last_row_q <= sel_last_row_i;
      next_tail_q     <= sel_tail_i;
    end else if (state_q == Settle) begin
      next_found_q    <= in_tie_q && !in_above_q;
      next_from_q     <= in_above_q ? FromAbove : FromBelow;
      next_rank_q     <= in_above_q ? rank_q : in_tie_q ? less_above_q : less_upper_q;
      next_all_q      <= in_above_q ? above : below;
      next_last_row_q <= RowW'(end_key >> LaneBits);
      next_tail_q     <= TailW'(end_key & CntW'(Lanes - 1)) + TailW'(1);
    end
  end

  always_ff @(posedge clk_i) begin
    if (accept) begin
      query_last_row_q <= sel_last_row_i;
      query_tail_q     <= sel_tail_i;
      count_q          <= sel_count_i;
      pivot_q          <= '1;
    end else if (pick_q2) begin
      pivot_q <= pivot_d;
    end
    if (state_q == Decide) begin
      from_q     <= next_from_q;
      rank_q     <= next_rank_q;
      all_q      <= next_all_q;
      last_row_q <= next_last_row_q;
      tail_q     <= next_tail_q;
    end
    if (state_q == Pivot) lane_q <= pivot_lane;
    if (state_q == Aim) row_q <= pivot_row;
    else row_q <= (state_q == Run) ? row_q + RowW'(1) : '0;
  end

  hg_topk_pivot #(
    .Lanes (Lanes),
    .RowW  (RowW)
  ) u_pivot (
    .clk_i,
    .rst_ni,
    .step_i     (state_q == Pivot),
    .last_row_i (next_last_row_q),
    .tail_i     (next_tail_q),
    .row_o      (pivot_row),
    .lane_o     (pivot_lane)
  );

  assign sel_rd_en_o  = reads && from_q == FromStore;
  assign sel_rd_row_o = row_q;
  assign data         = (from_q == FromStore) ? sel_rd_data_i
                      : (from_q == FromBelow) ? below_data : above_data;

  always_comb begin
    pivot_d = '0;
    for (int i = 0; i < Lanes; i++) begin
      if (lane_q == LaneW'(i)) pivot_d = key_q[i*KeyW +: KeyW];
    end
  end

  // Comparison; the keys wait for the compactors, which want them three cycles later. The pivot's
  // row is a cycle ahead of the rows that are compared with it.
  logic             data_valid_q, data_first_q, data_last_q;
  logic             key_valid_q, key_first_q, key_last_q;
  logic             side_valid_q, side_first_q, side_last_q;
  logic [Lanes-1:0] below_d, below_q, above_d, above_q;

  for (genvar i = 0; i < Lanes; i++) begin : gen_compare
    logic live;
    assign live       = key_valid_q && (!key_last_q || TailW'(i) < tail_q);
    assign below_d[i] = live && key_q[i*KeyW +: KeyW] < pivot_q;
    assign above_d[i] = live && key_q[i*KeyW +: KeyW] > pivot_q;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      pick_q       <= 1'b0;
      pick_q2      <= 1'b0;
      data_valid_q <= 1'b0;
      key_valid_q  <= 1'b0;
      side_valid_q <= 1'b0;
    end else begin
      pick_q       <= state_q == Pivot;
      pick_q2      <= pick_q;
      data_valid_q <= state_q == Run;
      key_valid_q  <= data_valid_q;
      side_valid_q <= key_valid_q;
    end
  end

  always_ff @(posedge clk_i) begin
    data_first_q <= row_q == '0;
    data_last_q  <= row_q == last_row_q;
    key_first_q  <= data_first_q;
    key_last_q   <= data_last_q;
    side_first_q <= key_first_q;
    side_last_q  <= key_last_q;
    below_q      <= below_d;
    above_q      <= above_d;
    key_q        <= data;
    key_q2       <= key_q;
    key_q3       <= key_q2;
    key_q4       <= key_q3;
    key_q5       <= key_q4;
  end

  hg_topk_partition #(
    .Lanes (Lanes),
    .KeyW  (KeyW),
    .Rows  (Rows),
    .CntW  (CntW)
  ) u_below (
    .clk_i,
    .rst_ni,
    .aim_i      (state_q == Aim),
    .aim_row_i  (pivot_row),
    .start_i    (state_q == Pivot),
    .in_valid_i (side_valid_q),
    .in_first_i (side_first_q),
    .in_last_i  (side_last_q),
    .in_keep_i  (below_q),
    .key_i      (key_q5),
    .done_o     (below_done),
    .count_o    (below),
    .rd_en_i    (reads && from_q == FromBelow),
    .rd_data_o  (below_data)
  );

  hg_topk_partition #(
    .Lanes (Lanes),
    .KeyW  (KeyW),
    .Rows  (Rows),
    .CntW  (CntW)
  ) u_above (
    .clk_i,
    .rst_ni,
    .aim_i      (state_q == Aim),
    .aim_row_i  (pivot_row),
    .start_i    (state_q == Pivot),
    .in_valid_i (side_valid_q),
    .in_first_i (side_first_q),
    .in_last_i  (side_last_q),
    .in_keep_i  (above_q),
    .key_i      (key_q5),
    .done_o     (above_done),
    .count_o    (above),
    .rd_en_i    (reads && from_q == FromAbove),
    .rd_data_o  (above_data)
  );

  assign thr_valid_o     = state_q == Found;
  assign thr_last_row_o  = query_last_row_q;
  assign thr_tail_o      = query_tail_q;
  assign thr_count_o     = count_q;
  assign thr_rank_o      = rank_q;
  assign thr_threshold_o = pivot_q;

`ifndef SYNTHESIS
`ifndef YOSYS
  always @(posedge clk_i) begin
    if (state_q == Decide && next_all_q == '0 && !next_found_q) begin
      $error("%m: nothing remains");
    end
  end
`endif
`endif

endmodule

`default_nettype wire
