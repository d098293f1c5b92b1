// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Top-k engine, streaming: up to `Capacity` survivors, one pass, no key memory.
///
/// Each beat is sorted; the sorted beats are merged, keeping the best `Capacity` items; at the end
/// of the query these are put in index order. A beat a cycle within a query; the next query waits
/// until the merges of this one are done.
///
/// Keys: beats of `Lanes`, `key_last_i` on the last, where `key_keep_i` (elsewhere all ones) is a
/// prefix of the lanes, empty only for an empty query. `key_k_i` counts with the first beat.
/// Results: the min(k, n, Capacity) largest keys in index order, ties for the lowest index; full
/// beats but the last; one empty beat if nothing survives. `res_threshold_o` is the smallest
/// survivor (0 if none); it and `res_count_o` stand on every beat. Lanes not kept carry no meaning.
module hg_topk_stream #(
  /// Keys a beat: a power of two, 1 to 64.
  parameter int Lanes = 16,
  /// Bits of a key: 4 to 24.
  parameter int KeyW = 12,
  /// 1 if keys are two's complement: otherwise 0.
  parameter int Signed = 1,
  /// Most keys of one query: 2 to 16384 and at least Lanes.
  parameter int MaxN = 1024,
  /// Most survivors of a query: 1 to 64 and at most MaxN.
  parameter int Capacity = 16,
  /// Derived: bits of a key's index in its query.
  localparam int IdxW = hg_pkg::idx_width(MaxN),
  /// Derived: bits of k and of a count.
  localparam int CntW = hg_pkg::cnt_width(MaxN)
) (
  /// Clock, rising edge.
  input  logic                  clk_i,
  /// Asynchronous reset, active low.
  input  logic                  rst_ni,
  /// A beat of keys is offered.
  input  logic                  key_valid_i,
  /// The beat of keys is taken.
  output logic                  key_ready_o,
  /// Last beat of the query.
  input  logic                  key_last_i,
  /// Lanes that hold a key, a prefix mask.
  input  logic [Lanes-1:0]      key_keep_i,
  /// Keys, lane 0 in the low bits.
  input  logic [Lanes*KeyW-1:0] key_data_i,
  /// Survivors wanted; sampled with the first beat.
  input  logic [CntW-1:0]       key_k_i,
  /// A beat of survivors is offered.
  output logic                  res_valid_o,
  /// The beat of survivors is taken.
  input  logic                  res_ready_i,
  /// Last beat of the query's survivors.
  output logic                  res_last_o,
  /// Lanes that hold a survivor, a prefix mask.
  output logic [Lanes-1:0]      res_keep_o,
  /// Keys of the survivors, in index order.
  output logic [Lanes*KeyW-1:0] res_data_o,
  /// Indices of the survivors, ascending.
  output logic [Lanes*IdxW-1:0] res_index_o,
  /// Smallest survivor; 0 if there is none.
  output logic [KeyW-1:0]       res_threshold_o,
  /// Number of survivors.
  output logic [CntW-1:0]       res_count_o
);

  if (Capacity < 1 || Capacity > 64 || Capacity > MaxN) begin : gen_illegal_capacity
    ERROR_hg_topk_stream_Capacity_must_be_1_to_64_and_at_most_MaxN u_illegal ();
  end

  localparam int Rows     = (MaxN + Lanes - 1) / Lanes;
  localparam int RowW     = hg_pkg::idx_width(Rows);
  localparam int LaneBits = $clog2(Lanes);
  localparam int LaneW    = hg_pkg::idx_width(Lanes);
  // A register in front of the sorting network, and one behind each of its levels.
  localparam int Stages   = 1 + LaneBits * (LaneBits + 1) / 2;
  // The networks want a power of two; k is what limits the survivors to Capacity.
  localparam int Size     = 2 ** $clog2(Capacity);
  localparam int KeptW    = hg_pkg::cnt_width(Size);
  // Items are unsigned numbers whose order is the order of survival: valid first, then the larger
  // key, then the lower index.
  localparam int LocalW   = 1 + KeyW + LaneW;
  localparam int ItemW    = 1 + KeyW + IdxW;
  localparam int RideW    = 1 + RowW + KeptW;
  localparam logic [KeyW-1:0] Flip = (Signed != 0) ? {1'b1, {(KeyW-1){1'b0}}} : '0;

  // Beats in. Input register and sorter move unless the last row is refused.
  logic             accept, en, open_q;
  logic [RowW-1:0]  row_q;
  logic [KeptW-1:0] k, k_q;

  assign key_ready_o = en;
  assign accept      = key_valid_i && en;
  assign k           = open_q ? k_q
                     : (key_k_i < CntW'(Capacity)) ? KeptW'(key_k_i) : KeptW'(Capacity);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      open_q <= 1'b0;
      row_q  <= '0;
    end else if (accept) begin
      open_q <= !key_last_i;
      row_q  <= key_last_i ? '0 : row_q + RowW'(1);
    end
  end

  always_ff @(posedge clk_i) begin
    if (accept) k_q <= k;
  end

  logic [Lanes*LocalW-1:0] local_item, local_item_q, sorted;

  for (genvar i = 0; i < Lanes; i++) begin : gen_item
    assign local_item[i*LocalW +: LocalW] =
        {key_keep_i[i], key_data_i[i*KeyW +: KeyW] ^ Flip, LaneW'(2 ** LaneW - 1 - i)};
  end

  // The first level of the network alone fills a fast cycle; the way in from outside would not fit.
  always_ff @(posedge clk_i) begin
    if (en) local_item_q <= local_item;
  end

  hg_topk_sort #(
    .Lanes (Lanes),
    .ItemW (LocalW)
  ) u_sort (
    .clk_i,
    .en_i   (en),
    .item_i (local_item_q),
    .item_o (sorted)
  );

  // What rides along with a row through register and sorter.
  for (genvar l = 0; l <= Stages; l++) begin : gen_ride
    logic             valid;
    logic [RideW-1:0] ride;
    if (l == 0) begin : gen_source
      assign valid = key_valid_i;
      assign ride  = {key_last_i, row_q, k};
    end else begin : gen_step
      logic             valid_q;
      logic [RideW-1:0] ride_q;
      always_ff @(posedge clk_i or negedge rst_ni) begin
        if (!rst_ni) valid_q <= 1'b0;
        else if (en) valid_q <= gen_ride[l-1].valid;
      end
      always_ff @(posedge clk_i) begin
        if (en) ride_q <= gen_ride[l-1].ride;
      end
      assign valid = valid_q;
      assign ride  = ride_q;
    end
  end

  logic                  set_ready, set_last;
  logic [RowW-1:0]       set_row;
  logic [KeptW-1:0]      set_k;
  logic [Size*ItemW-1:0] set;

  assign {set_last, set_row, set_k} = gen_ride[Stages].ride;
  assign en = set_ready || !gen_ride[Stages].valid;

  // The best of a row as a set; a row that is shorter than a set is filled up with invalid items.
  for (genvar i = 0; i < Size; i++) begin : gen_set
    if (i < Lanes) begin : gen_row
      logic [LocalW-1:0] own;
      logic [LaneW-1:0]  lane;
      logic [IdxW-1:0]   index;
      assign own   = sorted[i*LocalW +: LocalW];
      assign lane  = ~own[LaneW-1:0];
      assign index = IdxW'({1'b0, IdxW'(set_row)} << LaneBits) | IdxW'(lane);
      assign set[i*ItemW +: ItemW] = {own[LocalW-1 -: KeyW+1], ~index};
    end else begin : gen_fill
      assign set[i*ItemW +: ItemW] = '0;
    end
  end

  if (Size < Lanes) begin : gen_beaten
    logic unused_sorted;
    assign unused_sorted = ^sorted[Lanes*LocalW-1:Size*LocalW];
  end

  logic                  best_valid, best_ready;
  logic [Size*ItemW-1:0] best;
  logic [KeptW-1:0]      best_k, count;

  hg_topk_reduce #(
    .Size  (Size),
    .ItemW (ItemW),
    .SideW (KeptW)
  ) u_reduce (
    .clk_i,
    .rst_ni,
    .in_valid_i  (gen_ride[Stages].valid),
    .in_ready_o  (set_ready),
    .in_last_i   (set_last),
    .in_set_i    (set),
    .in_side_i   (set_k),
    .out_valid_o (best_valid),
    .out_ready_i (best_ready),
    .out_set_o   (best),
    .out_side_o  (best_k)
  );

  hg_topk_order #(
    .Lanes  (Lanes),
    .Size   (Size),
    .KeyW   (KeyW),
    .Signed (Signed),
    .IdxW   (IdxW)
  ) u_order (
    .clk_i,
    .rst_ni,
    .in_valid_i  (best_valid),
    .in_ready_o  (best_ready),
    .in_set_i    (best),
    .in_k_i      (best_k),
    .res_valid_o,
    .res_ready_i,
    .res_last_o,
    .res_keep_o,
    .res_data_o,
    .res_index_o,
    .res_threshold_o,
    .res_count_o (count)
  );

  assign res_count_o = CntW'(count);

  if (KeptW > CntW) begin : gen_roomy
    logic unused_count;
    assign unused_count = ^count[KeptW-1:CntW];
  end

  hg_topk_contract #(
    .Lanes    (Lanes),
    .KeyW     (KeyW),
    .Signed   (Signed),
    .MaxN     (MaxN),
    .Capacity (Capacity)
  ) u_contract (
    .clk_i,
    .rst_ni,
    .key_valid_i,
    .key_ready_i     (key_ready_o),
    .key_last_i,
    .key_keep_i,
    .key_data_i,
    .key_k_i,
    .res_valid_i     (res_valid_o),
    .res_ready_i,
    .res_last_i      (res_last_o),
    .res_keep_i      (res_keep_o),
    .res_data_i      (res_data_o),
    .res_index_i     (res_index_o),
    .res_threshold_i (res_threshold_o),
    .res_count_i     (res_count_o)
  );

endmodule

`default_nettype wire
