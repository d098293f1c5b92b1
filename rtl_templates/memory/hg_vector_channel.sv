// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// One channel of hg_vector_reader: fragments in, an AXI4 read port, granules for a destination
/// out.
///
/// Fragments are located, their beats asked for (hg_vector_issue), and what comes lies in a read
/// buffer until its turn (hg_vector_extract), all in order. RREADY is always high: nothing is asked
/// for without room. A response that is not OKAY is reported two cycles later with the address of
/// its beat, and its data go the usual way.
///
/// Where beats of the port are narrower than words, bursts are of whole words, and a word is there
/// with its last beat: all behind the port then keeps up with more than the port brings.
module hg_vector_channel #(
  /// Elements of a head.
  parameter int DHead = 64,
  /// Bits of the planes of K, four bits each, top plane lowest.
  parameter int KPlanes = 'h444,
  /// Bits of the planes of V, likewise.
  parameter int VPlanes = 'h444,
  /// How V lies: 0 plane by plane, 1 all planes of a token together, 2 plane by plane with each
  /// vector filled up to a power of two of bytes.
  parameter int VLayout = 0,
  /// Bits of a word.
  parameter int DataW = 512,
  /// Bits of a beat of the port, at most DataW.
  parameter int PortW = DataW,
  /// Words that the read buffer holds.
  parameter int Beats = 64,
  /// Most words of a burst.
  parameter int Burst = 16,
  /// Fragments that wait for their beats.
  parameter int Fragments = 64,
  /// Lanes of a destination.
  parameter int Lanes = 1,
  /// Bits of a token's number in the channel.
  parameter int LocalW = 11,
  /// Bits that tell row and destination.
  parameter int SideW = 8,
  /// Derived: bytes of a granule.
  localparam int Gran = hg_vector_pkg::granule(DHead, KPlanes, VPlanes, DataW),
  /// Derived: granules that a destination has room for.
  localparam int Room = Lanes * (DHead / 8) * hg_vector_pkg::widest(KPlanes, VPlanes) / Gran,
  /// Derived: bits of the granules that leave in a cycle.
  localparam int OutW = (Room <= DataW / 8 / Gran) ? Room * Gran * 8 : 2 * DataW,
  /// Derived: bits of the number of a lane in its destination.
  localparam int LaneW = hg_pkg::idx_width(Lanes),
  /// Derived: bits of a distance from the base in granules.
  localparam int RelW = 32 - $clog2(Gran),
  /// Derived: bits of a count of bursts.
  localparam int CountW = hg_pkg::cnt_width(Beats)
) (
  input  logic              clk_i,
  input  logic              rst_ni,
  input  logic              stop_i,
  input  logic [51:0]       origin_i,
  // Fragments: see hg_vector_locate.
  input  logic              frag_valid_i,
  output logic              frag_ready_o,
  input  logic [2:0]        frag_kind_i,
  input  logic [51:0]       frag_base_i,
  input  logic [RelW-1:0]   frag_offset_i,
  input  logic [LocalW-1:0] frag_local_i,
  input  logic [LaneW-1:0]  frag_lane_i,
  input  logic [LaneW-1:0]  frag_more_i,
  input  logic [SideW-1:0]  frag_side_i,
  // Granules: see hg_vector_extract.
  output logic              out_valid_o,
  input  logic              out_ready_i,
  output logic [OutW-1:0]   out_data_o,
  output logic [Room-1:0]   out_place_o,
  output logic [Room-1:0]   out_old_o,
  output logic [Lanes-1:0]  out_done_o,
  output logic [SideW-1:0]  out_side_o,
  // Bursts in flight, and an error response with the address of its beat.
  output logic [CountW-1:0] bursts_o,
  output logic              busy_o,
  output logic              error_o,
  output logic [1:0]        error_code_o,
  output logic [63:0]       error_address_o,
  // The read port.
  output logic              ar_valid_o,
  input  logic              ar_ready_i,
  output logic [63:0]       ar_addr_o,
  output logic [7:0]        ar_len_o,
  input  logic              r_valid_i,
  input  logic [PortW-1:0]  r_data_i,
  input  logic [1:0]        r_resp_i,
  input  logic              r_last_i
);

  localparam int Beat   = DataW / 8 / Gran;
  localparam int AtW    = hg_pkg::cnt_width(Room + 2 * Beat);
  localparam int FirstW = 32 - $clog2(DataW / 8);
  localparam int BeatsW = hg_pkg::cnt_width((Room - 1) / Beat + 2);
  // Where the last beat of K is kept while V passes, what is of V is marked on the way.
  localparam int Keep   = hg_vector_pkg::keeps(DHead, VPlanes, VLayout, DataW);
  localparam int MarkW  = SideW + Keep;
  localparam int ItemW  = 1 + 4 * AtW + 2 * LaneW + MarkW;
  localparam int LiveW  = hg_pkg::cnt_width(Fragments + 8);
  localparam int PtrW   = hg_pkg::idx_width(Beats);

  // Fragments, located.
  logic              loc_valid, loc_ready, loc_follows, loc_share, loc_none, located;
  logic [51:0]       loc_base;
  logic [FirstW-1:0] loc_first;
  logic [BeatsW-1:0] loc_beats;
  logic [AtW-1:0]    loc_at, loc_high, loc_end, loc_turn;
  logic [LaneW-1:0]  loc_lane, loc_more;
  logic [MarkW-1:0]  loc_side, out_side;
  logic [LiveW-1:0]  live_q;
  logic              issue_ready, queue_ready, finished, finished_q;

  assign loc_none  = loc_beats == '0;
  assign loc_ready = queue_ready && (issue_ready || loc_none);
  assign located   = loc_valid && loc_ready;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      live_q     <= '0;
      finished_q <= 1'b0;
    end else begin
      live_q     <= live_q + LiveW'(located) - LiveW'(finished_q);
      finished_q <= finished;
    end
  end

  hg_vector_locate #(
    .DHead    (DHead),
    .KPlanes  (KPlanes),
    .VPlanes  (VPlanes),
    .VLayout  (VLayout),
    .DataW    (DataW),
    .Lanes    (Lanes),
    .LocalW   (LocalW),
    .SideW    (MarkW)
  ) u_locate (
    .clk_i,
    .rst_ni,
    .live_i        (live_q != '0),
    .in_valid_i    (frag_valid_i),
    .in_ready_o    (frag_ready_o),
    .in_kind_i     (frag_kind_i),
    .in_base_i     (frag_base_i),
    .in_offset_i   (frag_offset_i),
    .in_local_i    (frag_local_i),
    .in_lane_i     (frag_lane_i),
    .in_more_i     (frag_more_i),
    .in_side_i     (MarkW'({frag_kind_i[2], frag_side_i})),
    .out_valid_o   (loc_valid),
    .out_ready_i   (loc_ready),
    .out_base_o    (loc_base),
    .out_first_o   (loc_first),
    .out_beats_o   (loc_beats),
    .out_follows_o (loc_follows),
    .out_share_o   (loc_share),
    .out_at_o      (loc_at),
    .out_high_o    (loc_high),
    .out_end_o     (loc_end),
    .out_turn_o    (loc_turn),
    .out_lane_o    (loc_lane),
    .out_more_o    (loc_more),
    .out_side_o    (loc_side)
  );

  // Words of the port's beats, the first one lowest.
  localparam int Ratio = DataW / PortW;
  logic             word_valid;
  logic [DataW-1:0] word_data;
  logic [7:0]       word_len;
  if (Ratio == 1) begin : gen_word
    assign word_valid = r_valid_i;
    assign word_data  = r_data_i;
    assign ar_len_o   = word_len;
  end else begin : gen_gear
    localparam int RatioW = $clog2(Ratio);
    logic [RatioW-1:0]      part_q;
    logic [DataW-PortW-1:0] parts_q;
    logic                   unused_len;
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) part_q <= '0;
      else if (r_valid_i) part_q <= part_q + RatioW'(1);
    end
    always_ff @(posedge clk_i) begin
      if (r_valid_i) parts_q <= word_data[DataW-1:PortW];
    end
    assign word_valid = r_valid_i && (&part_q);
    assign word_data  = {r_data_i, parts_q};
    assign ar_len_o   = {word_len[7-RatioW:0], {RatioW{1'b1}}};
    assign unused_len = ^word_len[7 -: RatioW];
  end

  // The read buffer: words that came, and the one in front, which the memory holds at its output.
  logic             fetch, fetch_q, front_valid_q, front_taken, some_q;
  logic [PtrW-1:0]  wr_q, rd_q;
  logic [CountW-1:0] stored_q, stored_more, stored_less;
  logic [DataW-1:0] front;

  assign fetch       = some_q && (!front_valid_q || front_taken);
  // For both cases, as `fetch` comes late.
  assign stored_more = stored_q + CountW'(word_valid);
  assign stored_less = stored_more - CountW'(1);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      wr_q          <= '0;
      rd_q          <= '0;
      stored_q      <= '0;
      some_q        <= 1'b0;
      front_valid_q <= 1'b0;
      fetch_q       <= 1'b0;
    end else begin
      if (word_valid) wr_q <= (wr_q == PtrW'(Beats - 1)) ? '0 : wr_q + PtrW'(1);
      if (fetch) rd_q <= (rd_q == PtrW'(Beats - 1)) ? '0 : rd_q + PtrW'(1);
      stored_q <= fetch ? stored_less : stored_more;
      some_q   <= fetch ? stored_less != '0 : stored_more != '0;
      fetch_q  <= fetch;
      if (fetch) front_valid_q <= 1'b1;
      else if (front_taken) front_valid_q <= 1'b0;
    end
  end

  hg_ram_1r1w #(
    .Width        (DataW),
    .DepthEntries (Beats)
  ) u_buffer (
    .clk_i,
    .wr_en_i   (word_valid),
    .wr_addr_i (wr_q),
    .wr_data_i (word_data),
    .rd_en_i   (fetch),
    .rd_addr_i (rd_q),
    .rd_data_o (front)
  );

  hg_vector_issue #(
    .DataW  (DataW),
    .Chunk  (hg_vector_pkg::chunk(Burst, DataW, PortW)),
    .Beats  (Beats),
    .BeatsW (BeatsW)
  ) u_issue (
    .clk_i,
    .rst_ni,
    .stop_i,
    .origin_i,
    .in_valid_i   (loc_valid && queue_ready && !loc_none),
    .in_ready_o   (issue_ready),
    .in_base_i    (loc_base),
    .in_first_i   (loc_first),
    .in_beats_i   (loc_beats),
    .in_follows_i (loc_follows),
    .freed_i      (fetch_q),
    .ended_i      (r_valid_i && r_last_i),
    .bursts_o,
    .busy_o,
    .ar_valid_o,
    .ar_ready_i,
    .ar_addr_o,
    .ar_len_o      (word_len)
  );

  // Fragments that wait for their beats.
  logic             item_valid, item_ready;
  logic [ItemW-1:0] item;

  hg_ram_fifo #(
    .Width        (ItemW),
    .DepthEntries (Fragments)
  ) u_fragments (
    .clk_i,
    .rst_ni,
    .in_valid_i  (loc_valid && (issue_ready || loc_none)),
    .in_ready_o  (queue_ready),
    .in_data_i   ({loc_share, loc_at, loc_high, loc_end, loc_turn, loc_lane, loc_more, loc_side}),
    .out_valid_o (item_valid),
    .out_ready_i (item_ready),
    .out_data_o  (item)
  );

  hg_vector_extract #(
    .Beat  (Beat),
    .GranW (8 * Gran),
    .Room  (Room),
    .Lanes (Lanes),
    .SideW (MarkW),
    .Keep  (Keep)
  ) u_extract (
    .clk_i,
    .rst_ni,
    .in_valid_i   (item_valid),
    .in_ready_o   (item_ready),
    .in_item_i    (item),
    .beat_valid_i (front_valid_q),
    .beat_ready_o (front_taken),
    .beat_data_i  (front),
    .out_valid_o,
    .out_ready_i,
    .out_data_o,
    .out_place_o,
    .out_old_o,
    .out_done_o,
    .out_side_o   (out_side),
    .finished_o   (finished)
  );
  assign out_side_o = out_side[SideW-1:0];
  logic unused_mark;
  assign unused_mark = out_side[MarkW-1];

  hg_vector_fault #(
    .DataW (PortW),
    .Beats (Beats)
  ) u_fault (
    .clk_i,
    .rst_ni,
    .asked_i   (ar_valid_o && ar_ready_i),
    .address_i (ar_addr_o),
    .came_i    (r_valid_i),
    .resp_i    (r_resp_i),
    .last_i    (r_last_i),
    .error_o,
    .error_code_o,
    .error_address_o
  );

endmodule

`default_nettype wire
