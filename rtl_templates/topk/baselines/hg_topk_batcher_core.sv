// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Finds the k-th largest key of a query by Batcher's odd-even merge sort of all its keys.
///
/// Rows are sorted as they are loaded; after that runs of p rows are merged, p doubling. A merge is
/// log2(p) + 1 passes that compare rows with rows (`Lanes` comparators, two cycles a pair) and
/// one that does the spans shorter than a row, streaming. The rows used are the next power of two;
/// missing keys are 0 with an index behind the last, so they lose against every key. The answer is
/// the k-th key and its index.
module hg_topk_batcher_core #(
  /// Keys a row; a power of two, 1 to 64.
  parameter int Lanes = 16,
  /// Bits of a key.
  parameter int KeyW = 12,
  /// Rows of a query, 1 and up.
  parameter int Rows = 64,
  /// Bits of a key's index in its query.
  parameter int IdxW = 10,
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
  localparam int Levels   = LaneBits * (LaneBits + 1) / 2;
  localparam int Spans    = (LaneBits == 0) ? 1 : LaneBits;
  // An item: key, inverted index; items are unique and the best is the largest.
  localparam int ItemW    = KeyW + IdxW;
  // While a row is loaded its number is the same for all items, so the sorter does without it.
  localparam int LocalW   = KeyW + LaneW;
  localparam int Width    = Lanes * ItemW;
  localparam int Depth    = 2 ** RowW;
  // The answer is read a cycle sooner than the next pass: single lanes wait for the last write.
  localparam logic [1:0] Settled = (LaneBits == 0) ? 2'd3 : 2'd2;

  typedef enum logic [2:0] {Idle, Load, Pairs, Settle, Shift, Cut, Take, Found} state_e;
  state_e           state_q, state_d;

  logic [RowW-1:0]            query_last_row_q, mask_q, row_q, write_row_q, cut_row;
  logic [TailW-1:0]           query_tail_q;
  logic [CntW-1:0]            count_q, cut_q;
  logic [RowW-1:0]            run, run_below_q, span_q, below_q;
  logic [1:0]                 settle_q;
  logic [LaneW-1:0]           cut_lane;
  logic [KeyW-1:0]            threshold_q;
  logic [IdxW-1:0]            index_q;
  logic [KeyW+IdxW-1:0]       cut_item;
  logic                       accept, reading_q, second_q, pass_end, write_end, more_runs, settled;

  logic             work_read, work_write;
  logic [RowW-1:0]  work_read_row, work_write_row;
  logic [Width-1:0] work_data, work_write_data;

  assign accept      = state_q == Idle && sel_valid_i;
  assign sel_ready_o = state_q == Idle;
  assign run         = ((run_below_q << 1) | RowW'(1)) ^ run_below_q;
  assign more_runs   = (mask_q & ~run_below_q) != '0;

  assign settled     = state_q == Settle && settle_q == Settled;

  // A pass over pairs has a pair every second cycle, the others a row a cycle.
  assign pass_end = (state_q == Pairs) ? second_q && row_q == (mask_q >> 1) : row_q == mask_q;

  always_comb begin
    state_d = state_q;
    case (state_q)
      Idle: begin
        if (sel_valid_i && sel_count_i == '0) state_d = Found;
        else if (sel_valid_i) state_d = Load;
      end
      Pairs: if (pass_end) state_d = Settle;
      // The last pair is being written; then the next span, or those below a row.
      Settle: begin
        if (settled) begin
          if (span_q != '0) state_d = Pairs;
          else if (LaneBits != 0) state_d = Shift;
          else if (more_runs) state_d = Pairs;
          else state_d = Cut;
        end
      end
      Load, Shift: begin
        if (write_end && more_runs) state_d = Pairs;
        else if (write_end) state_d = Cut;
      end
      Cut:     state_d = Take;
      Take:    state_d = Found;
      Found:   if (thr_ready_i) state_d = Idle;
      default: state_d = Idle;
    endcase
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) state_q <= Idle;
    else state_q <= state_d;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) reading_q <= 1'b0;
    else if (state_d != state_q) begin
      reading_q <= state_d == Load || state_d == Pairs || state_d == Shift;
    end else if (pass_end) begin
      reading_q <= 1'b0;
    end
  end

  logic [RowW-1:0] mask;
  always_comb begin
    for (int b = 0; b < RowW; b++) mask[b] = (sel_last_row_i >> b) != '0;
  end

  // `run` is the length of the runs being merged, `span_q` the next span of that merge, in rows;
  // both are powers of two (or 0) and have a mask of the bits below. A run of all rows is run = 0.
  always_ff @(posedge clk_i) begin
    if (accept) begin
      // Without survivors the query counts as empty, so that no tie with the threshold leaves.
      query_last_row_q <= (sel_count_i == '0) ? '0 : sel_last_row_i;
      query_tail_q     <= (sel_count_i == '0) ? '0 : sel_tail_i;
      count_q          <= sel_count_i;
      mask_q           <= mask;
    end
    if (state_q == Idle) begin
      span_q      <= RowW'(1);
      run_below_q <= '0;
      below_q     <= '0;
    end else if (state_q == Pairs && pass_end) begin
      span_q  <= span_q >> 1;
      below_q <= below_q >> 1;
      if (span_q[0]) run_below_q <= (run_below_q << 1) | RowW'(1);
    end else if (settled && span_q == '0) begin
      span_q  <= run;
      below_q <= run_below_q;
    end
    settle_q <= (state_q == Settle) ? settle_q + 2'd1 : 2'd0;
    // At least two cycles lie between two passes.
    if (!reading_q) row_q <= '0;
    else if (state_q != Pairs || second_q) row_q <= row_q + RowW'(1);
  end

  // Loading: rows of the query, then rows of items that lose.
  logic                    load_valid_q, load_live_q, load_last_q, item_valid_q;
  logic [Levels:0]         sorting;
  logic [Lanes*LocalW-1:0] load_item, item_q, local_item;
  logic [Width-1:0]        sorted;

  assign sel_rd_en_o  = state_q == Load && reading_q;
  assign sel_rd_row_o = row_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      load_valid_q <= 1'b0;
      item_valid_q <= 1'b0;
    end else begin
      load_valid_q <= sel_rd_en_o;
      item_valid_q <= load_valid_q;
    end
  end

  always_ff @(posedge clk_i) begin
    load_live_q <= row_q <= query_last_row_q;
    load_last_q <= row_q == query_last_row_q;
    item_q      <= load_item;
  end

  for (genvar i = 0; i < Lanes; i++) begin : gen_item
    logic              live;
    logic [LocalW-1:0] own;
    logic [LaneW-1:0]  lane;
    logic [IdxW-1:0]   index;
    assign live = load_live_q && (!load_last_q || TailW'(i) < query_tail_q);
    assign load_item[i*LocalW +: LocalW] =
        {sel_rd_data_i[i*KeyW +: KeyW] & {KeyW{live}}, LaneW'(2 ** LaneW - 1 - i)};
    assign own   = local_item[i*LocalW +: LocalW];
    assign lane  = ~own[LaneW-1:0];
    assign index = IdxW'({1'b0, IdxW'(write_row_q)} << LaneBits) | IdxW'(lane);
    assign sorted[i*ItemW +: ItemW] = {own[LocalW-1 -: KeyW], ~index};
  end

  hg_topk_sort #(
    .Lanes (Lanes),
    .ItemW (LocalW)
  ) u_sort (
    .clk_i,
    .en_i   (1'b1),
    .item_i (item_q),
    .item_o (local_item)
  );

  assign sorting[0] = item_valid_q;

  for (genvar l = 1; l <= Levels; l++) begin : gen_sorting
    logic valid_q;
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) valid_q <= 1'b0;
      else valid_q <= sorting[l-1];
    end
    assign sorting[l] = valid_q;
  end

  // Pairs of rows: the lower row gets the larger items. `low` has bit `span` inserted, clear in the
  // first pass of a merge and set in the others, where the last pair of a run has no partner. The
  // row to read is registered; that of `high` is found while `low` is on its way.
  logic [RowW:0]    low, high_q;
  logic [RowW-1:0]  read_row_q;
  logic             read_q, read_second_q, read_whole_q;
  logic             whole, pair_second_q, pair_whole_q, swap_valid_q, swap_second_q;
  logic [RowW-1:0]  pair_row_q, first_row_q, swap_low_q, swap_high_q;
  logic [Width-1:0] first_q, swap_low, swap_high, swap_low_data_q, swap_high_data_q;

  assign low   = {row_q & ~below_q, 1'b0} | {1'b0, row_q & below_q} |
                 ((below_q == run_below_q) ? '0 : {1'b0, span_q});
  assign whole = high_q <= {1'b0, mask_q} &&
                 ((low ^ high_q) & ~{run_below_q, 1'b1}) == '0;

  for (genvar i = 0; i < Lanes; i++) begin : gen_swap
    logic [ItemW-1:0] a, b;
    logic             swap;
    assign a    = first_q[i*ItemW +: ItemW];
    assign b    = work_data[i*ItemW +: ItemW];
    assign swap = a < b;
    assign swap_low[i*ItemW +: ItemW]  = swap ? b : a;
    assign swap_high[i*ItemW +: ItemW] = swap ? a : b;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      read_q        <= 1'b0;
      second_q      <= 1'b0;
      read_second_q <= 1'b0;
      pair_second_q <= 1'b0;
      swap_valid_q  <= 1'b0;
      swap_second_q <= 1'b0;
    end else begin
      read_q        <= reading_q;
      second_q      <= state_q == Pairs && !second_q;
      read_second_q <= second_q;
      pair_second_q <= read_second_q;
      swap_valid_q  <= pair_second_q && pair_whole_q;
      swap_second_q <= swap_valid_q;
    end
  end

  always_ff @(posedge clk_i) begin
    high_q        <= low + {1'b0, span_q};
    read_row_q    <= (state_q != Pairs) ? row_q : RowW'(second_q ? high_q : low);
    read_whole_q  <= whole;
    pair_whole_q  <= read_whole_q;
    pair_row_q    <= read_row_q;
    first_q       <= work_data;
    first_row_q   <= pair_row_q;
    // The row with the larger items is written first; the other waits a cycle for its turn.
    swap_low_data_q <= swap_low;
    swap_low_q      <= first_row_q;
    if (pair_second_q) begin
      swap_high_data_q <= swap_high;
      swap_high_q      <= pair_row_q;
    end
  end

  // Spans shorter than a row.
  logic read_shift_q, read_start_q, shift_valid_q, shift_start_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      read_shift_q  <= 1'b0;
      shift_valid_q <= 1'b0;
    end else begin
      read_shift_q  <= state_q == Shift && reading_q;
      shift_valid_q <= read_shift_q;
    end
  end

  always_ff @(posedge clk_i) begin
    // The merge is over but for these spans: `run` is already the length of its result.
    read_start_q  <= (row_q & run_below_q) == '0;
    shift_start_q <= read_start_q;
  end

  // The first rows of runs, for each span two cycles later.
  logic [Spans-1:0] starts;
  logic             unused_starts;
  assign starts[0]     = shift_start_q;
  assign unused_starts = ^starts;

  for (genvar s = 1; s < Spans; s++) begin : gen_start
    logic start_q, start_q2;
    always_ff @(posedge clk_i) begin
      start_q  <= starts[s-1];
      start_q2 <= start_q;
    end
    assign starts[s] = start_q2;
  end

  for (genvar s = 0; s <= LaneBits; s++) begin : gen_shift
    logic             valid;
    logic [Width-1:0] row;
    if (s == 0) begin : gen_source
      assign valid = shift_valid_q;
      assign row   = work_data;
    end else begin : gen_span
      hg_topk_batcher_shift #(
        .Lanes (Lanes),
        .ItemW (ItemW),
        .Span  (Lanes >> s)
      ) u_shift (
        .clk_i,
        .rst_ni,
        .in_valid_i  (gen_shift[s-1].valid),
        .in_start_i  (starts[s-1]),
        .in_row_i    (gen_shift[s-1].row),
        .out_valid_o (valid),
        .out_row_o   (row)
      );
    end
  end

  // The sorted items: one memory, whose writer depends on the pass. What is under way in the
  // sorter or the shifter is of this pass: it ends with the last row that they leave.
  logic             row_write, row_sorted;
  logic [Width-1:0] row_data;

  assign row_sorted = sorting[Levels];
  assign row_write  = row_sorted || gen_shift[LaneBits].valid;
  assign row_data   = row_sorted ? sorted : gen_shift[LaneBits].row;
  assign write_end = row_write && write_row_q == mask_q;

  always_ff @(posedge clk_i) begin
    if (state_q == Idle || write_end) write_row_q <= '0;
    else if (row_write) write_row_q <= write_row_q + RowW'(1);
  end

  always_comb begin
    work_write      = row_write;
    work_write_row  = write_row_q;
    work_write_data = row_data;
    if (swap_valid_q) begin
      work_write      = 1'b1;
      work_write_row  = swap_low_q;
      work_write_data = swap_low_data_q;
    end else if (swap_second_q) begin
      work_write      = 1'b1;
      work_write_row  = swap_high_q;
      work_write_data = swap_high_data_q;
    end
  end

  assign work_read     = read_q || state_q == Cut;
  assign work_read_row = (state_q == Cut) ? cut_row : read_row_q;

  hg_ram_1r1w #(
    .Width        (Width),
    .DepthEntries (Depth)
  ) u_work (
    .clk_i,
    .wr_en_i   (work_write),
    .wr_addr_i (work_write_row),
    .wr_data_i (work_write_data),
    .rd_en_i   (work_read),
    .rd_addr_i (work_read_row),
    .rd_data_o (work_data)
  );

  // The k-th item.
  always_ff @(posedge clk_i) begin
    cut_q <= count_q - CntW'(1);
  end

  assign cut_row  = RowW'(cut_q >> LaneBits);
  assign cut_lane = LaneW'(cut_q & CntW'(Lanes - 1));

  always_comb begin
    cut_item = '0;
    for (int i = 0; i < Lanes; i++) begin
      if (cut_lane == LaneW'(i)) cut_item = work_data[i*ItemW +: KeyW+IdxW];
    end
  end

  always_ff @(posedge clk_i) begin
    if (accept) begin
      threshold_q <= '1;
      index_q     <= '0;
    end else if (state_q == Take) begin
      {threshold_q, index_q} <= {cut_item[IdxW +: KeyW], ~cut_item[IdxW-1:0]};
    end
  end

  assign thr_valid_o     = state_q == Found;
  assign thr_last_row_o  = query_last_row_q;
  assign thr_tail_o      = query_tail_q;
  assign thr_count_o     = count_q;
  assign thr_rank_o      = CntW'(index_q);
  assign thr_threshold_o = threshold_q;

endmodule

`default_nettype wire
