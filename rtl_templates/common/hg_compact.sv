// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Zero eliminator: packs the kept items of a stream of rows into full rows, in order.
///
/// Each kept item goes to lane (items before it) mod Lanes. A running count gives that lane, a
/// butterfly network of log2(Lanes) layers routes by its bits, lowest first: consecutive
/// destinations never collide there, wherever they start. Because the network also places the
/// items behind those that wait from earlier rows, no rotation is needed after it.
///
/// Items follow three cycles behind their keep bits; `fetch_*_o` announces them one cycle ahead, so
/// that a memory can supply them and nothing has to carry them along.
///
/// `in_first_i` starts a sequence, `in_last_i` ends it and flushes a partial row (which may be
/// empty). The cycle after `in_last_i` must hold no row, for the flush. All registers move with
/// `en_i` only. Latency to the row that completes: 3 + ceil(log2(Lanes) / 2) cycles.
module hg_compact #(
  /// Items a row; a power of two, 1 and up.
  parameter int Lanes = 16,
  /// Bits of an item, 1 and up.
  parameter int ItemW = 16,
  /// Bits that all items of an input row share, put above each item, 1 and up.
  parameter int TagW = 6,
  /// Bits that travel with the sequence, 1 and up.
  parameter int SideW = 1,
  /// Derived: bits of an output item.
  localparam int OutW = TagW + ItemW
) (
  input  logic                   clk_i,
  input  logic                   rst_ni,
  input  logic                   en_i,
  input  logic                   in_valid_i,
  input  logic                   in_first_i,
  input  logic                   in_last_i,
  input  logic [Lanes-1:0]       in_keep_i,
  input  logic [TagW-1:0]        in_tag_i,
  input  logic [SideW-1:0]       in_side_i,
  output logic                   fetch_valid_o,
  output logic                   fetch_last_o,
  output logic [TagW-1:0]        fetch_tag_o,
  input  logic [Lanes*ItemW-1:0] item_i,
  output logic                   out_valid_o,
  output logic                   out_last_o,
  output logic [Lanes-1:0]       out_keep_o,
  output logic [Lanes*OutW-1:0]  out_item_o,
  output logic [SideW-1:0]       out_side_o
);

  if (Lanes < 1 || 2 ** $clog2(Lanes) != Lanes) begin : gen_illegal
    ERROR_hg_compact_Lanes_must_be_a_power_of_two u_illegal ();
  end

  localparam int Layers = $clog2(Lanes);
  localparam int Steps  = (Layers + 1) / 2;
  localparam int LaneW  = hg_pkg::idx_width(Lanes);
  localparam int CntW   = hg_pkg::cnt_width(Lanes);
  // What accompanies a row: sequence data, its tag, whether it is the last, the lane of its first
  // item and the lane after its last item.
  localparam int RideW  = SideW + TagW + 1 + LaneW + CntW;

  // Running count within the row, in two steps.
  logic                   count_valid_q, count_first_q, count_last_q;
  logic [Lanes-1:0]       count_keep_q;
  logic [TagW-1:0]        count_tag_q;
  logic [SideW-1:0]       count_side_q;
  logic [Lanes*CntW-1:0]  ahead;
  logic                   ahead_valid_q, ahead_first_q, ahead_last_q;
  logic [Lanes-1:0]       ahead_keep_q;
  logic [TagW-1:0]        ahead_tag_q;
  logic [SideW-1:0]       ahead_side_q;
  logic [CntW-1:0]        total_q;
  logic                   unused_ahead;

  hg_prefix_count #(
    .Lanes (Lanes)
  ) u_prefix_count (
    .clk_i,
    .en_i,
    .bits_i  (in_keep_i),
    .count_o (ahead)
  );

  always_ff @(posedge clk_i) begin
    if (en_i) begin
      total_q       <= ahead[(Lanes-1)*CntW +: CntW];
      count_first_q <= in_first_i;
      count_last_q  <= in_last_i;
      count_keep_q  <= in_keep_i;
      count_tag_q   <= in_tag_i;
      count_side_q  <= in_side_i;
      ahead_first_q <= count_first_q;
      ahead_last_q  <= count_last_q;
      ahead_keep_q  <= count_keep_q;
      ahead_tag_q   <= count_tag_q;
      ahead_side_q  <= count_side_q;
    end
  end

  assign fetch_valid_o = ahead_valid_q;
  assign fetch_last_o  = ahead_last_q;
  assign fetch_tag_o   = ahead_tag_q;

  // Destination lanes; `base` counts, modulo Lanes, the items of earlier rows.
  logic [LaneW-1:0]       base, base_q;
  logic [Lanes*LaneW-1:0] dest, dest_q;
  logic [Lanes-1:0]       dest_keep_q;

  assign base = ahead_first_q ? '0 : base_q;

  // What lane 0 keeps is always the first of its row.
  for (genvar i = 0; i < Lanes; i++) begin : gen_dest
    if (i == 0) begin : gen_first
      assign unused_ahead    = ^ahead[CntW-1:0];
      assign dest[LaneW-1:0] = base;
    end else begin : gen_next
      logic [LaneW-1:0] ahead_q;
      always_ff @(posedge clk_i) begin
        if (en_i) ahead_q <= LaneW'(ahead[i*CntW +: CntW]);
      end
      assign dest[i*LaneW +: LaneW] = base + ahead_q - LaneW'(1);
    end
  end

  always_ff @(posedge clk_i) begin
    if (en_i) begin
      if (ahead_valid_q) base_q <= (base + LaneW'(total_q)) & LaneW'(Lanes - 1);
      dest_q      <= dest;
      dest_keep_q <= ahead_keep_q;
    end
  end

  // The network: a register after every second layer and after the last.
  for (genvar l = 0; l <= Layers; l++) begin : gen_layer
    logic [Lanes-1:0]       keep;
    logic [Lanes*LaneW-1:0] lane;
    logic [Lanes*ItemW-1:0] item;
    if (l == 0) begin : gen_source
      assign keep = dest_keep_q;
      assign lane = dest_q;
      assign item = item_i;
    end else begin : gen_switch
      hg_butterfly_layer #(
        .Lanes      (Lanes),
        .ItemW      (ItemW),
        .Layer      (l - 1),
        .KeepLanes  ((l == Layers) ? Lanes - 1 : Lanes),
        .Registered ((l % 2 == 0 || l == Layers) ? 1 : 0)
      ) u_layer (
        .clk_i,
        .en_i,
        .keep_i (gen_layer[l-1].keep),
        .dest_i (gen_layer[l-1].lane),
        .item_i (gen_layer[l-1].item),
        .keep_o (keep),
        .dest_o (lane),
        .item_o (item)
      );
    end
  end

  logic unused_lane;
  assign unused_lane = ^gen_layer[Layers].lane;

  // What rides along, in step with the network: one stage for the destination, then its registers.
  logic [Steps:0] ride_valid_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      count_valid_q <= 1'b0;
      ahead_valid_q <= 1'b0;
      ride_valid_q  <= '0;
    end else if (en_i) begin
      count_valid_q <= in_valid_i;
      ahead_valid_q <= count_valid_q;
      ride_valid_q  <= (Steps + 1)'({ride_valid_q, ahead_valid_q});
    end
  end

  for (genvar s = 0; s <= Steps; s++) begin : gen_ride
    logic [RideW-1:0] ride_d, ride_q;
    if (s == 0) begin : gen_source
      assign ride_d = {ahead_side_q, ahead_tag_q, ahead_last_q, base, CntW'(base) + total_q};
    end else begin : gen_step
      assign ride_d = gen_ride[s-1].ride_q;
    end
    always_ff @(posedge clk_i) begin
      if (en_i) ride_q <= ride_d;
    end
  end

  // Assembly: lanes below `from` wait in `wait_q`, the others come from this row. Nothing waits in
  // the last lane: an item there completes a row.
  logic                  row_valid, row_last, full, flush_d, flush_q;
  logic [SideW-1:0]      row_side, flush_side_q;
  logic [TagW-1:0]       row_tag;
  logic [LaneW-1:0]      from, rest, rest_q;
  logic [CntW-1:0]       upto;
  logic [Lanes-1:0]      row_keep, keep;
  logic [Lanes*OutW-1:0] row_item;

  assign {row_side, row_tag, row_last, from, upto} = gen_ride[Steps].ride_q;
  assign row_valid = ride_valid_q[Steps];
  assign row_keep  = gen_layer[Layers].keep;
  assign full      = upto >= CntW'(Lanes);
  assign rest      = LaneW'(upto) & LaneW'(Lanes - 1);
  assign flush_d   = row_valid && row_last && full && rest != '0;

  for (genvar i = 0; i < Lanes; i++) begin : gen_assemble
    assign row_item[i*OutW +: OutW] = {row_tag, gen_layer[Layers].item[i*ItemW +: ItemW]};
    if (i == Lanes - 1) begin : gen_last
      assign out_item_o[i*OutW +: OutW] = row_item[i*OutW +: OutW];
      assign keep[i] = !flush_q && full;
    end else begin : gen_wait
      logic            waits;
      logic [OutW-1:0] wait_q;
      assign waits = CntW'(i) < CntW'(from);
      assign out_item_o[i*OutW +: OutW] =
          (flush_q || waits) ? wait_q : row_item[i*OutW +: OutW];
      assign keep[i] = flush_q ? CntW'(i) < CntW'(rest_q) : full || CntW'(i) < upto;
      always_ff @(posedge clk_i) begin
        // Unless the row is full its items join the waiting ones; if it is, only those that did not
        // fit wait, and they lie in the lanes that have just been freed.
        if (en_i && row_valid && row_keep[i]) wait_q <= row_item[i*OutW +: OutW];
      end
    end
  end

  // A single lane never waits.
  logic unused_waiting;
  assign unused_waiting = ^{row_keep[Lanes-1], from, rest_q};

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) flush_q <= 1'b0;
    else if (en_i) flush_q <= flush_d;
  end

  always_ff @(posedge clk_i) begin
    if (en_i && flush_d) begin
      rest_q       <= rest;
      flush_side_q <= row_side;
    end
  end

  assign out_valid_o = flush_q || (row_valid && (full || row_last));
  assign out_last_o  = flush_q || (row_last && !flush_d);
  assign out_keep_o  = keep;
  assign out_side_o  = flush_q ? flush_side_q : row_side;

`ifndef SYNTHESIS
`ifndef YOSYS
  // What the network relies on: no two items of a row want the same lane.
  logic [Lanes-1:0] wanted;
  logic             collision;
  always_comb begin
    wanted    = '0;
    collision = 1'b0;
    for (int i = 0; i < Lanes; i++) begin
      if (dest_keep_q[i]) begin
        collision = collision || wanted[dest_q[i*LaneW +: LaneW]];
        wanted[dest_q[i*LaneW +: LaneW]] = 1'b1;
      end
    end
  end
  always @(posedge clk_i) begin
    if (en_i && ride_valid_q[0] && collision) $error("%m: two items want the same lane");
    if (en_i && flush_q && row_valid) $error("%m: a row arrived in the cycle of a flush");
  end
`endif
`endif

`ifdef HG_FORMAL
  // A model that counts kept items, and follows the `f_nth` one of a sequence from its lane to its
  // place in the output. Stages of the model keep step with those of the block.
  localparam int FNumW = 8;
  logic                   f_seen_q, f_open_q, f_after_q, f_flush_q;
  logic [2:0]             f_valid_q, f_first_q, f_last_q;
  logic [Lanes-1:0]       f_keep_q, f_keep_q2, f_keep_q3;
  logic [TagW-1:0]        f_tag_q, f_tag_q2, f_tag_q3;
  logic [FNumW-1:0]       f_in_q, f_in, f_rows_q, f_out_q, f_out;
  logic                   f_hit_q, f_hit, f_ended_q, f_end;
  logic [FNumW-1:0]       f_total_q;
  logic [OutW-1:0]        f_want_q, f_want;
  (* anyconst *) logic [FNumW-1:0] f_nth;

  initial f_seen_q = 1'b0;
  always @(posedge clk_i) f_seen_q <= 1'b1;

  // The contract: a sequence begins with `first`, and no row comes behind its last. One sequence
  // is followed; what precedes it is its own reset.
  always_comb begin
    assume (rst_ni == f_seen_q);
    if (in_valid_i) assume (in_first_i == !f_open_q);
    if (in_valid_i) assume (!f_after_q && f_rows_q < FNumW'(6));
  end

  always_comb begin
    f_in   = (f_valid_q[2] && f_first_q[2]) ? '0 : f_in_q;
    f_hit  = f_hit_q;
    f_want = f_want_q;
    for (int i = 0; i < Lanes; i++) begin
      if (f_valid_q[2] && f_keep_q3[i]) begin
        if (f_in == f_nth && !f_ended_q) begin
          f_hit  = 1'b1;
          f_want = {f_tag_q3, item_i[i*ItemW +: ItemW]};
        end
        f_in = f_in + FNumW'(1);
      end
    end
    f_out = f_out_q;
    for (int i = 0; i < Lanes; i++) f_out = f_out + FNumW'(out_keep_o[i]);
    f_end = out_valid_o && out_last_o && en_i;
  end

  always @(posedge clk_i) begin
    if (!rst_ni) begin
      f_open_q  <= 1'b0;
      f_after_q <= 1'b0;
      f_valid_q <= 3'd0;
      f_in_q    <= '0;
      f_out_q   <= '0;
      f_rows_q  <= '0;
      f_hit_q   <= 1'b0;
      f_ended_q <= 1'b0;
      f_total_q <= '0;
    end else if (en_i) begin
      f_valid_q <= {f_valid_q[1:0], in_valid_i};
      f_first_q <= {f_first_q[1:0], in_first_i};
      f_last_q  <= {f_last_q[1:0], in_last_i};
      f_keep_q  <= in_keep_i;
      f_keep_q2 <= f_keep_q;
      f_keep_q3 <= f_keep_q2;
      f_tag_q   <= in_tag_i;
      f_tag_q2  <= f_tag_q;
      f_tag_q3  <= f_tag_q2;
      f_after_q <= in_valid_i && in_last_i;
      if (in_valid_i) f_open_q <= !in_last_i;
      if (in_valid_i) f_rows_q <= f_rows_q + FNumW'(1);
      f_in_q    <= f_in;
      f_hit_q   <= f_hit;
      f_want_q  <= f_want;
      // The first sequence is followed; later ones try to disturb it.
      if (f_valid_q[2] && f_last_q[2] && !f_ended_q) begin
        f_ended_q <= 1'b1;
        f_total_q <= f_in;
      end
      if (out_valid_o && !f_flush_q) f_out_q <= f_out;
    end
    if (!rst_ni) f_flush_q <= 1'b0;
    else if (f_end) f_flush_q <= 1'b1;

    if (rst_ni && en_i) begin
      // Rows are announced two cycles behind their keep bits.
      assert (fetch_valid_o == f_valid_q[1]);
      if (fetch_valid_o) assert (fetch_tag_o == f_tag_q2 && fetch_last_o == f_last_q[1]);
      if (out_valid_o && !f_flush_q) begin
        assert ((out_keep_o & (out_keep_o + Lanes'(1))) == '0);
        assert (out_last_o || out_keep_o == '1);
        if (out_last_o) assert (f_ended_q && f_out == f_total_q);
        for (int i = 0; i < Lanes; i++) begin
          if (out_keep_o[i] && f_out_q + FNumW'(i) == f_nth) begin
            assert (f_hit_q && out_item_o[i*OutW +: OutW] == f_want_q);
          end
        end
        cover (out_last_o && out_keep_o != '0 && f_out > FNumW'(2 * Lanes));
      end
    end
  end
`endif

endmodule

`default_nettype wire
