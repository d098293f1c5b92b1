// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Puts rows together from what the channels bring, and lets them leave in order.
///
/// Two rows are open at a time, so that one fills while the other leaves. A destination takes from
/// one channel per cycle, the lowest of those that have something for it; the older row cannot be
/// kept waiting, because what is brought for the other one ends. A row leaves when all lanes that
/// were asked for are there. Its digits are packed in their plane's width until then.
module hg_vector_rows #(
  /// Lanes of a row.
  parameter int Tokens = 4,
  /// Channels.
  parameter int Channels = 2,
  /// Elements of a vector.
  parameter int DHead = 64,
  /// Bits of the planes of K, four bits each, top plane lowest.
  parameter int KPlanes = 'h444,
  /// Bits of the planes of V, likewise.
  parameter int VPlanes = 'h444,
  /// Granules of a beat.
  parameter int Beat = 2,
  /// Bytes of a granule.
  parameter int Gran = 32,
  /// Rows that wait.
  parameter int Rows = 64,
  /// Bits of a row's number.
  parameter int TagW = 7,
  /// Derived: destinations.
  localparam int Dests = (Channels < Tokens) ? Channels : Tokens,
  /// Derived: bits of a destination's number.
  localparam int DestW = hg_pkg::idx_width(Dests),
  /// Derived: lanes of a destination.
  localparam int Lanes = Tokens / Dests,
  /// Derived: granules that a destination has room for.
  localparam int Room = Lanes * (DHead / 8) * hg_vector_pkg::widest(KPlanes, VPlanes) / Gran,
  /// Derived: bits of the granules that a channel brings in a cycle.
  localparam int DataW = ((Room <= Beat) ? Room : 2 * Beat) * Gran * 8,
  /// Derived: bits of a digit in a response.
  localparam int RspW = hg_vector_pkg::widest(KPlanes, VPlanes)
) (
  input  logic                          clk_i,
  input  logic                          rst_ni,
  // Rows in order: the lanes that are wanted, kind and plane.
  input  logic                          order_valid_i,
  output logic                          order_ready_o,
  input  logic [Tokens-1:0]             order_mask_i,
  input  logic [2:0]                    order_kind_i,
  // Granules: see hg_vector_extract.
  input  logic [Channels-1:0]           in_valid_i,
  output logic [Channels-1:0]           in_ready_o,
  input  logic [Channels*DataW-1:0]     in_data_i,
  input  logic [Channels*Room-1:0]      in_place_i,
  input  logic [Channels*Room-1:0]      in_old_i,
  input  logic [Channels*Lanes-1:0]     in_done_i,
  input  logic [Channels*TagW-1:0]      in_tag_i,
  input  logic [Channels*DestW-1:0]     in_dest_i,
  // Rows.
  output logic                          rsp_valid_o,
  input  logic                          rsp_ready_i,
  output logic [Tokens*DHead*RspW-1:0]  rsp_data_o
);

  localparam int GranW = 8 * Gran;
  localparam int RowW  = Dests * Room * GranW;

  // Rows that are not open yet.
  logic              next_valid, next_ready;
  logic [Tokens-1:0] next_mask;
  logic [2:0]        next_kind;

  hg_ram_fifo #(
    .Width        (Tokens + 3),
    .DepthEntries (Rows)
  ) u_order (
    .clk_i,
    .rst_ni,
    .in_valid_i  (order_valid_i),
    .in_ready_o  (order_ready_o),
    .in_data_i   ({order_mask_i, order_kind_i}),
    .out_valid_o (next_valid),
    .out_ready_i (next_ready),
    .out_data_o  ({next_mask, next_kind})
  );

  // The two rows that are open, which of them leaves and which is opened next.
  logic [1:0]      open_q, full, fills;
  logic [2*3-1:0]  kinds;
  logic [TagW-1:0] next_tag_q;
  logic            front_q, leaves, opens;

  assign rsp_valid_o = full[front_q];
  assign leaves      = rsp_valid_o && rsp_ready_i;
  assign next_ready  = !open_q[next_tag_q[0]] || (leaves && front_q == next_tag_q[0]);
  assign opens       = next_valid && next_ready;
  assign fills       = {opens && next_tag_q[0], opens && !next_tag_q[0]};

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      open_q     <= '0;
      front_q    <= 1'b0;
      next_tag_q <= '0;
    end else begin
      open_q <= fills | (open_q & ~{leaves && front_q, leaves && !front_q});
      if (leaves) front_q <= !front_q;
      if (opens) next_tag_q <= next_tag_q + TagW'(1);
    end
  end

  // Which channel each destination takes from.
  logic [2*TagW-1:0]         tags;
  logic [Channels-1:0]       may, odds;
  logic [Dests*Channels-1:0] picks;
  for (genvar c = 0; c < Channels; c++) begin : gen_channel
    logic [TagW-1:0] tag;
    assign tag    = in_tag_i[c*TagW +: TagW];
    assign odds[c] = tag[0];
    assign may[c] = in_valid_i[c] && open_q[tag[0]]
                    && tag == (tag[0] ? tags[TagW +: TagW] : tags[0 +: TagW]);
  end
  for (genvar q = 0; q < Dests; q++) begin : gen_pick
    logic [Channels-1:0] wants;
    for (genvar c = 0; c < Channels; c++) begin : gen_want
      assign wants[c] = may[c] && in_dest_i[c*DestW +: DestW] == DestW'(q);
    end
    // The row that leaves next goes first: a channel that is ahead does not hold it up.
    logic [Channels-1:0] olds, chosen;
    assign olds   = wants & ~(odds ^ {Channels{front_q}});
    assign chosen = (olds != '0) ? olds : wants;
    // With as many channels as lanes, or more, a destination is a lane of one channel.
    assign picks[q*Channels +: Channels] = (Channels >= Tokens) ? chosen
                                                                : chosen & (~chosen + Channels'(1));
  end
  always_comb begin
    in_ready_o = '0;
    for (int q = 0; q < Dests; q++) in_ready_o = in_ready_o | picks[q*Channels +: Channels];
  end

  // What each destination takes, for the one row and the other.
  logic [Dests*DataW-1:0]  data;
  logic [2*Dests*Room-1:0] place;
  logic [Dests*Room-1:0]   old;
  logic [2*Tokens-1:0]     comes;
  for (genvar q = 0; q < Dests; q++) begin : gen_dest
    logic [DataW-1:0] taken;
    logic [Room-1:0]  places, olds;
    logic [Lanes-1:0] done;
    logic             odd;
    always_comb begin
      taken  = '0;
      places = '0;
      olds   = '0;
      done   = '0;
      odd    = 1'b0;
      for (int c = 0; c < Channels; c++) begin
        if (Channels == 1 || picks[q*Channels+c]) taken = taken | in_data_i[c*DataW +: DataW];
        if (picks[q*Channels+c]) begin
          places = places | in_place_i[c*Room +: Room];
          olds   = olds | in_old_i[c*Room +: Room];
          done   = done | in_done_i[c*Lanes +: Lanes];
          odd    = odd | in_tag_i[c*TagW];
        end
      end
    end
    assign data[q*DataW +: DataW]        = taken;
    assign old[q*Room +: Room]           = olds;
    assign place[q*Room +: Room]         = places & {Room{!odd}};
    assign place[(Dests+q)*Room +: Room] = places & {Room{odd}};
    for (genvar l = 0; l < Lanes; l++) begin : gen_come
      assign comes[l*Dests+q]        = done[l] && !odd;
      assign comes[Tokens+l*Dests+q] = done[l] && odd;
    end
  end

  // The rows: lanes that are there or not wanted, and digits.
  logic [2*RowW-1:0] rows;
  for (genvar b = 0; b < 2; b++) begin : gen_row
    logic [Tokens-1:0] there_q;
    logic [2:0]        kind_q;
    logic [TagW-1:0]   tag_q;

    always_ff @(posedge clk_i) begin
      if (fills[b]) begin
        there_q <= ~next_mask;
        kind_q  <= next_kind;
        tag_q   <= next_tag_q;
      end else begin
        there_q <= there_q | comes[b*Tokens +: Tokens];
      end
    end

    assign full[b]              = open_q[b] && (&there_q);
    assign kinds[b*3 +: 3]      = kind_q;
    assign tags[b*TagW +: TagW] = tag_q;

    for (genvar q = 0; q < Dests; q++) begin : gen_dest
      for (genvar n = 0; n < Room; n++) begin : gen_place
        localparam int At  = q * Room + n;
        localparam int New = q * DataW + (n % Beat) * GranW;
        localparam int Old = (Room <= Beat) ? New : New + Beat * GranW;
        logic [GranW-1:0] data_q;
        always_ff @(posedge clk_i) begin
          if (place[b*Dests*Room+At]) data_q <= old[At] ? data[Old +: GranW] : data[New +: GranW];
        end
        assign rows[b*RowW + At*GranW +: GranW] = data_q;
      end
    end
  end

  hg_vector_unpack #(
    .Tokens  (Tokens),
    .Dests   (Dests),
    .DHead   (DHead),
    .KPlanes (KPlanes),
    .VPlanes (VPlanes)
  ) u_unpack (
    .kind_i (front_q ? kinds[3 +: 3] : kinds[0 +: 3]),
    .row_i  (front_q ? rows[RowW +: RowW] : rows[0 +: RowW]),
    .row_o  (rsp_data_o)
  );

`ifdef HG_FORMAL
  // For as many channels as lanes, vectors of a beat, and planes of the width of a digit. Channels
  // hold what they offer, bring each lane that is wanted once, and are at most two rows ahead. An
  // order is picked at random, and what comes for its row is noted.
  logic                         f_seen_q, f_stalled_q, f_picked_q;
  logic [15:0]                  f_orders_q, f_left_q, f_number_q;
  logic [Tokens-1:0]            f_mask_q;
  logic [2:0]                   f_kind_q;
  logic [Channels-1:0]          f_waits_q;
  logic [Channels*DataW-1:0]    f_in_q;
  logic [Channels*TagW-1:0]     f_tag_q;
  logic [Channels*DestW-1:0]    f_dest_q;
  logic [Tokens*DHead*RspW-1:0] f_data_q;
  logic [Tokens-1:0]            f_came_q;
  logic [Tokens*DataW-1:0]      f_lane_q;
  (* anyseq *) logic            f_pick;
  wire                          f_order = order_valid_i && order_ready_o;

  initial f_seen_q = 1'b0;
  always @(posedge clk_i) f_seen_q <= 1'b1;
  always_comb begin
    assume (rst_ni == f_seen_q);
    assume ((&in_place_i) && in_old_i == '0 && (&in_done_i));
    for (int c = 0; c < Channels; c++) begin
      if (f_waits_q[c]) begin
        assume (in_valid_i[c]);
        assume (in_data_i[c*DataW +: DataW] == f_in_q[c*DataW +: DataW]);
        assume (in_tag_i[c*TagW +: TagW] == f_tag_q[c*TagW +: TagW]);
        assume (in_dest_i[c*DestW +: DestW] == f_dest_q[c*DestW +: DestW]);
      end
      assume (32'(in_dest_i[c*DestW +: DestW]) < Dests);
      if (in_valid_i[c]) assume (TagW'(in_tag_i[c*TagW +: TagW] - TagW'(f_left_q)) < TagW'(3));
      // No lane comes twice, or unwanted.
      if (in_valid_i[c] && open_q[0] && in_tag_i[c*TagW +: TagW] == tags[0 +: TagW]) begin
        assume (!gen_row[0].there_q[in_dest_i[c*DestW +: DestW]]);
      end
      if (in_valid_i[c] && open_q[1] && in_tag_i[c*TagW +: TagW] == tags[TagW +: TagW]) begin
        assume (!gen_row[1].there_q[in_dest_i[c*DestW +: DestW]]);
      end
      for (int d = 0; d < c; d++) begin
        if (in_valid_i[c] && in_valid_i[d]) begin
          assume (in_tag_i[c*TagW +: TagW] != in_tag_i[d*TagW +: TagW]
                  || in_dest_i[c*DestW +: DestW] != in_dest_i[d*DestW +: DestW]);
        end
      end
    end
  end

  always @(posedge clk_i) begin
    f_in_q   <= in_data_i;
    f_tag_q  <= in_tag_i;
    f_dest_q <= in_dest_i;
    f_data_q <= rsp_data_o;
    if (!rst_ni) begin
      f_orders_q  <= '0;
      f_left_q    <= '0;
      f_picked_q  <= 1'b0;
      f_came_q    <= '0;
      f_waits_q   <= '0;
      f_stalled_q <= 1'b0;
    end else begin
      f_waits_q   <= in_valid_i & ~in_ready_o;
      f_stalled_q <= rsp_valid_o && !rsp_ready_i;
      f_orders_q  <= f_orders_q + 16'(f_order);
      f_left_q    <= f_left_q + 16'(leaves);
      if (f_order && f_pick && !f_picked_q) begin
        f_picked_q <= 1'b1;
        f_number_q <= f_orders_q;
        f_mask_q   <= order_mask_i;
        f_kind_q   <= order_kind_i;
      end
      for (int c = 0; c < Channels; c++) begin
        if (in_ready_o[c] && f_picked_q && in_tag_i[c*TagW +: TagW] == TagW'(f_number_q)
            && f_number_q - f_left_q < 16'd2) begin
          f_came_q[in_dest_i[c*DestW +: DestW]] <= 1'b1;
          f_lane_q[in_dest_i[c*DestW +: DestW]*DataW +: DataW] <= in_data_i[c*DataW +: DataW];
        end
      end
    end
    if (rst_ni) begin
      // A row that is offered is held with its digits.
      if (f_stalled_q) assert (rsp_valid_o && rsp_data_o == f_data_q);
      // Rows leave in the order in which they were asked for, none twice, each with the lanes that
      // are wanted.
      if (leaves) assert (f_left_q < f_orders_q);
      if (leaves && f_picked_q && f_left_q == f_number_q) begin
        assert ((front_q ? kinds[3 +: 3] : kinds[0 +: 3]) == f_kind_q);
        for (int t = 0; t < Tokens; t++) begin
          if (f_mask_q[t]) begin
            assert (f_came_q[t]);
            assert (rsp_data_o[t*DataW +: DataW] == f_lane_q[t*DataW +: DataW]);
          end
        end
      end
      for (int c = 0; c < Channels; c++) begin
        // Nothing is taken but for the two oldest rows.
        if (in_ready_o[c]) begin
          assert (in_valid_i[c] && TagW'(in_tag_i[c*TagW +: TagW] - TagW'(f_left_q)) < TagW'(2));
        end
        // What is for a row that is open waits only while another is taken for its destination.
        if (may[c]) begin
          assert ((picks[in_dest_i[c*DestW +: DestW]*Channels +: Channels] & in_ready_o) != '0);
          // For the row that leaves next it does not wait at all.
          if (odds[c] == front_q) assert (in_ready_o[c]);
        end
      end
      cover (leaves && f_left_q == 16'd2);
    end
  end
`endif

endmodule

`default_nettype wire
