// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Vector reader: fetches the plane vectors that the attention core asks for over AXI4.
///
/// `req_*` and `rsp_*` are the request and response ports of hg_attention; rows are answered in the
/// order of the requests. Token n lies in channel n mod C, there at place n div C. The vector of a
/// plane is packed: DHead digits of w bits, digit 0 in the low bits. Its address in the channel is
///
///   base(head, kind) + offset(kind, plane) + place * DHead * w / 8,
///
/// where the last factor is that of all planes of V together if VLayout is 1, and of V the next
/// power of two if it is 2. Bases and offsets
/// come from a table with an entry for each head, of which the low bits of `req_head_i` are the
/// number. Bases are multiples of 4 KiB, offsets of the greatest common divisor of a beat and all
/// vectors; an entry is not written while a request of its head is under way. Channel c
/// begins at c * `channel_stride_i`, a multiple of 4 KiB that does not change while anything is
/// under way.
///
/// A row is cut into fragments, runs of vectors that lie one behind the other in a channel: of
/// lanes t, t + D, t + 2D ..., where D = min(C, T). Each channel takes a fragment per cycle, and a
/// row leaves the cutter when it has none left. A channel asks for each beat of its fragments, and
/// for no other; a beat in which one fragment ends and the next begins is asked for once if the
/// first of them is still under way. Bursts are INCR, of the full width, and end at multiples of
/// the largest power of two of beats that is at most Burst and 4 KiB. What is asked for has room in
/// the read buffer, so that RREADY is always high.
///
/// Lanes that were not asked for carry anything, and bits above a plane's width are zero. With a
/// memory that answers after L cycles a row takes 18 + L cycles, and one row per cycle follows
/// where the beats allow it. `stop_i` keeps bursts from beginning; `idle_o` says that all have
/// ended. A response other than OKAY is reported with the address of its beat until
/// `error_clear_i`, the first one only, and its data are passed on.
module hg_vector_reader #(
  /// Elements of a head: 8 to 128, a multiple of 8.
  parameter int DHead = 64,
  /// Lanes of a row, T: a power of two, 1 to 64.
  parameter int Tokens = 1,
  /// Most tokens of a job: 8 to 4096.
  parameter int MaxTokens = 1024,
  /// Bits of the planes of K, four bits a plane, top plane lowest, 0 behind the last: 1 to 3 planes
  /// of 2 to 8 bits.
  parameter int KPlanes = 'h444,
  /// Bits of the planes of V, likewise.
  parameter int VPlanes = 'h444,
  /// How V lies: 0 plane by plane, 1 all planes of a token together, 2 plane by plane with each
  /// vector filled up to a power of two of bytes.
  parameter int VLayout = 0,
  /// Rows under way: 4 to 256.
  parameter int Outstanding = 64,
  /// Channels, C: a power of two, 1 to 32.
  parameter int Channels = 1,
  /// Bits of a word: a power of two, 64 to 512.
  parameter int DataW = 512,
  /// Bits of a beat of a channel's port: a power of two, 64 to DataW.
  parameter int PortW = DataW,
  /// Words that the read buffer of a channel holds: 16 to 512, at least two bursts.
  parameter int Beats = 64,
  /// Most words of a burst: a power of two, 1 to 256.
  parameter int Burst = 16,
  /// Entries of the table of heads: a power of two, 4 to 256.
  parameter int Heads = 64,
  /// Derived: bits of a token's number.
  localparam int TokW = hg_pkg::cnt_width(MaxTokens),
  /// Derived: bits of the number of a head's entry.
  localparam int HeadW = hg_pkg::idx_width(Heads),
  /// Derived: planes of K.
  localparam int KCount = hg_vector_pkg::count(KPlanes),
  /// Derived: planes of V.
  localparam int VCount = hg_vector_pkg::count(VPlanes),
  /// Derived: bits of a digit in a response.
  localparam int RspW = hg_vector_pkg::widest(KPlanes, VPlanes),
  /// Derived: bits of a channel's number.
  localparam int ChanW = hg_pkg::idx_width(Channels),
  /// Derived: bits of a count of bursts.
  localparam int CountW = hg_pkg::cnt_width(Beats)
) (
  /// Clock, rising edge.
  input  logic                         clk_i,
  /// Asynchronous reset, active low.
  input  logic                         rst_ni,

  // The table of heads.
  /// An entry is written.
  input  logic                         table_valid_i,
  /// Number of the entry.
  input  logic [HeadW-1:0]             table_index_i,
  /// Base of K, a multiple of 4 KiB.
  input  logic [63:0]                  table_k_base_i,
  /// Base of V, a multiple of 4 KiB.
  input  logic [63:0]                  table_v_base_i,
  /// Distance of each plane of K from the base in bytes, the top plane lowest.
  input  logic [KCount*32-1:0]         table_k_offset_i,
  /// Distance of each plane of V from the base in bytes, the top plane lowest.
  input  logic [VCount*32-1:0]         table_v_offset_i,

  // Requests and their responses.
  /// A row of plane vectors is asked for.
  input  logic                         req_valid_i,
  /// The request is taken.
  output logic                         req_ready_o,
  /// 1 for V, 0 for K.
  input  logic                         req_value_i,
  /// Plane, 0 is the top one.
  input  logic [1:0]                   req_plane_i,
  /// Number of the head; its low bits are that of the entry.
  input  logic [7:0]                   req_head_i,
  /// Lanes that are wanted.
  input  logic [Tokens-1:0]            req_mask_i,
  /// Token of each lane.
  input  logic [Tokens*TokW-1:0]       req_token_i,
  /// The next response is offered.
  output logic                         rsp_valid_o,
  /// The response is taken.
  input  logic                         rsp_ready_i,
  /// Digits by lane and element, each right-aligned.
  output logic [Tokens*DHead*RspW-1:0] rsp_data_o,

  // Control and status.
  /// No burst begins while this is high.
  input  logic                         stop_i,
  /// No burst is in flight, as of the cycle before.
  output logic                         idle_o,
  /// Bytes from a channel to the next, a multiple of 4 KiB; 0 if each has addresses of its own.
  input  logic [63:0]                  channel_stride_i,
  /// AxPROT of all bursts.
  input  logic [2:0]                   axprot_i,
  /// AxCACHE of all bursts.
  input  logic [3:0]                   axcache_i,
  /// A response was not OKAY.
  output logic                         error_valid_o,
  /// Its code: 1 EXOKAY, 2 SLVERR, 3 DECERR.
  output logic [1:0]                   error_code_o,
  /// Its channel.
  output logic [ChanW-1:0]             error_channel_o,
  /// The address of its beat.
  output logic [63:0]                  error_address_o,
  /// The error is forgotten, and the next one reported.
  input  logic                         error_clear_i,
  /// Bursts in flight, by channel.
  output logic [Channels*CountW-1:0]   bursts_o,
  /// A beat came in the cycle before, by channel.
  output logic [Channels-1:0]          beats_o,
  /// A burst waited for its channel in the cycle before.
  output logic [Channels-1:0]          blocked_o,

  // Read ports of all channels, channel 0 lowest.
  /// A burst is asked for.
  output logic [Channels-1:0]          mem_arvalid_o,
  /// It is taken.
  input  logic [Channels-1:0]          mem_arready_i,
  /// Address of its first beat.
  output logic [Channels*64-1:0]       mem_araddr_o,
  /// Its number: 0.
  output logic [Channels*4-1:0]        mem_arid_o,
  /// Its beats, less one.
  output logic [Channels*8-1:0]        mem_arlen_o,
  /// Bytes of a beat, as a power of two.
  output logic [Channels*3-1:0]        mem_arsize_o,
  /// Its kind: INCR.
  output logic [Channels*2-1:0]        mem_arburst_o,
  /// Its protection, as axprot_i.
  output logic [Channels*3-1:0]        mem_arprot_o,
  /// Its memory attributes, as axcache_i.
  output logic [Channels*4-1:0]        mem_arcache_o,
  /// A beat comes.
  input  logic [Channels-1:0]          mem_rvalid_i,
  /// It is taken: always.
  output logic [Channels-1:0]          mem_rready_o,
  /// Number of its burst; not read.
  input  logic [Channels*4-1:0]        mem_rid_i,
  /// The beat.
  input  logic [Channels*PortW-1:0]    mem_rdata_i,
  /// Its response.
  input  logic [Channels*2-1:0]        mem_rresp_i,
  /// It is the last of its burst.
  input  logic [Channels-1:0]          mem_rlast_i
);

  if (DHead < 8 || DHead > 128 || DHead % 8 != 0) begin : gen_illegal_head
    ERROR_hg_vector_reader_DHead_must_be_a_multiple_of_8_from_8_to_128 u_illegal ();
  end
  if (Tokens < 1 || Tokens > 64 || 2 ** $clog2(Tokens) != Tokens) begin : gen_illegal_row
    ERROR_hg_vector_reader_Tokens_must_be_a_power_of_two_from_1_to_64 u_illegal ();
  end
  if (Channels < 1 || Channels > 32 || 2 ** $clog2(Channels) != Channels) begin : gen_illegal_many
    ERROR_hg_vector_reader_Channels_must_be_a_power_of_two_from_1_to_32 u_illegal ();
  end
  if (DataW < 64 || DataW > 512 || 2 ** $clog2(DataW) != DataW) begin : gen_illegal_width
    ERROR_hg_vector_reader_DataW_must_be_a_power_of_two_from_64_to_512 u_illegal ();
  end
  if (PortW < 64 || PortW > DataW || 2 ** $clog2(PortW) != PortW) begin : gen_illegal_port
    ERROR_hg_vector_reader_PortW_must_be_a_power_of_two_from_64_to_DataW u_illegal ();
  end
  if (Beats < 16 || Beats > 512 || Burst < 1 || Burst > 256 || 2 ** $clog2(Burst) != Burst
      || 2 * Burst > Beats) begin : gen_illegal_beats
    ERROR_hg_vector_reader_Burst_must_be_a_power_of_two_and_fit_twice_in_Beats u_illegal ();
  end
  if (Heads < 4 || Heads > 256 || 2 ** $clog2(Heads) != Heads || Outstanding < 4
      || Outstanding > 256) begin : gen_illegal_heads
    ERROR_hg_vector_reader_Heads_and_Outstanding_must_be_4_to_256 u_illegal ();
  end

  localparam int Gran    = hg_vector_pkg::granule(DHead, KPlanes, VPlanes, DataW);
  localparam logic [7:0] Packed = hg_vector_pkg::packed_kinds(DHead, KPlanes, VPlanes, VLayout);
  localparam int RelW    = 32 - $clog2(Gran);
  localparam int Dests   = (Channels < Tokens) ? Channels : Tokens;
  localparam int DestW   = hg_pkg::idx_width(Dests);
  localparam int Lanes   = Tokens / Dests;
  localparam int LaneW   = hg_pkg::idx_width(Lanes);
  localparam int LocalW  = (TokW > $clog2(Channels)) ? TokW - $clog2(Channels) : 1;
  localparam int Room    = Lanes * (DHead / 8) * RspW / Gran;
  localparam int Beat    = DataW / 8 / Gran;
  localparam int PartW   = ((Room <= Beat) ? Room : 2 * Beat) * Gran * 8;
  // Rows behind the cutter, in its queue and open are numbered apart.
  localparam int TagW    = $clog2(Outstanding + 16);
  localparam int PlaceW  = 3 + 52 + RelW;
  localparam int SideW   = TagW + DestW;
  localparam int ReqW    = 3 + HeadW + Tokens + Tokens * TokW;

  // Requests, with the entries of their heads.
  logic                   skid_valid, skid_ready, found_valid, found_ready;
  logic [2:0]             skid_kind, found_kind;
  logic [HeadW-1:0]       skid_head;
  logic [Tokens-1:0]      skid_mask, found_mask;
  logic [Tokens*TokW-1:0] skid_token, found_token;
  logic [51:0]            found_base;
  logic [RelW-1:0]        found_offset;
  logic                   unused_bits;

  hg_skid_buffer #(
    .Width (ReqW)
  ) u_requests (
    .clk_i,
    .rst_ni,
    .in_valid_i  (req_valid_i),
    .in_ready_o  (req_ready_o),
    .in_data_i   ({req_value_i, req_plane_i, req_head_i[HeadW-1:0], req_mask_i, req_token_i}),
    .out_valid_o (skid_valid),
    .out_ready_i (skid_ready),
    .out_data_o  ({skid_kind, skid_head, skid_mask, skid_token})
  );

  hg_vector_table #(
    .Heads  (Heads),
    .KCount (KCount),
    .VCount (VCount),
    .Gran   (Gran),
    .SideW  (Tokens + Tokens * TokW)
  ) u_table (
    .clk_i,
    .rst_ni,
    .wr_valid_i    (table_valid_i),
    .wr_index_i    (table_index_i),
    .wr_k_base_i   (table_k_base_i),
    .wr_v_base_i   (table_v_base_i),
    .wr_k_offset_i (table_k_offset_i),
    .wr_v_offset_i (table_v_offset_i),
    .in_valid_i    (skid_valid),
    .in_ready_o    (skid_ready),
    .in_head_i     (skid_head),
    .in_kind_i     (skid_kind),
    .in_side_i     ({skid_mask, skid_token}),
    .out_valid_o   (found_valid),
    .out_ready_i   (found_ready),
    .out_kind_o    (found_kind),
    .out_base_o    (found_base),
    .out_offset_o  (found_offset),
    .out_side_o    ({found_mask, found_token})
  );

  // Fragments of the channels.
  logic                       order_valid, order_ready;
  logic [Tokens-1:0]          order_mask;
  logic [PlaceW-1:0]          order_place, frag_place;
  logic [Channels-1:0]        frag_valid, frag_ready;
  logic [TagW-1:0]            frag_tag;
  logic [Channels*LocalW-1:0] frag_local;
  logic [Channels*DestW-1:0]  frag_dest;
  logic [Channels*LaneW-1:0]  frag_lane, frag_more;

  hg_vector_plan #(
    .Tokens   (Tokens),
    .TokW     (TokW),
    .Channels (Channels),
    .TagW     (TagW),
    .SideW    (PlaceW)
  ) u_plan (
    .clk_i,
    .rst_ni,
    .in_valid_i    (found_valid),
    .in_ready_o    (found_ready),
    .in_packed_i   (Packed[found_kind]),
    .in_mask_i     (found_mask),
    .in_token_i    (found_token),
    .in_side_i     ({found_kind, found_base, found_offset}),
    .order_valid_o (order_valid),
    .order_ready_i (order_ready),
    .order_mask_o  (order_mask),
    .order_side_o  (order_place),
    .frag_valid_o  (frag_valid),
    .frag_ready_i  (frag_ready),
    .frag_tag_o    (frag_tag),
    .frag_side_o   (frag_place),
    .frag_local_o  (frag_local),
    .frag_dest_o   (frag_dest),
    .frag_lane_o   (frag_lane),
    .frag_more_o   (frag_more)
  );

  // The channels, each of which begins a stride behind the one before.
  logic [Channels-1:0]       part_valid, part_ready, busy, error;
  logic [Channels*PartW-1:0] part_data;
  logic [Channels*Room-1:0]  part_place, part_old;
  logic [Channels*Lanes-1:0] part_done;
  logic [Channels*TagW-1:0]  part_tag;
  logic [Channels*DestW-1:0] part_dest;
  logic [Channels*2-1:0]     error_code;
  logic [Channels*64-1:0]    error_address;

  for (genvar c = 0; c < Channels; c++) begin : gen_channel
    logic [51:0] origin;
    if (c == 0) begin : gen_first
      assign origin = '0;
    end else begin : gen_behind
      logic [51:0] origin_q;
      always_ff @(posedge clk_i) begin
        origin_q <= gen_channel[c-1].origin + channel_stride_i[63:12];
      end
      assign origin = origin_q;
    end

    hg_vector_channel #(
      .DHead     (DHead),
      .KPlanes   (KPlanes),
      .VPlanes   (VPlanes),
      .VLayout   (VLayout),
      .DataW     (DataW),
      .PortW     (PortW),
      .Beats     (Beats),
      .Burst     (Burst),
      .Fragments (Outstanding),
      .Lanes     (Lanes),
      .LocalW    (LocalW),
      .SideW     (SideW)
    ) u_channel (
      .clk_i,
      .rst_ni,
      .stop_i,
      .origin_i        (origin),
      .frag_valid_i    (frag_valid[c]),
      .frag_ready_o    (frag_ready[c]),
      .frag_kind_i     (frag_place[PlaceW-1 -: 3]),
      .frag_base_i     (frag_place[RelW +: 52]),
      .frag_offset_i   (frag_place[RelW-1:0]),
      .frag_local_i    (frag_local[c*LocalW +: LocalW]),
      .frag_lane_i     (frag_lane[c*LaneW +: LaneW]),
      .frag_more_i     (frag_more[c*LaneW +: LaneW]),
      .frag_side_i     ({frag_tag, frag_dest[c*DestW +: DestW]}),
      .out_valid_o     (part_valid[c]),
      .out_ready_i     (part_ready[c]),
      .out_data_o      (part_data[c*PartW +: PartW]),
      .out_place_o     (part_place[c*Room +: Room]),
      .out_old_o       (part_old[c*Room +: Room]),
      .out_done_o      (part_done[c*Lanes +: Lanes]),
      .out_side_o      ({part_tag[c*TagW +: TagW], part_dest[c*DestW +: DestW]}),
      .bursts_o        (bursts_o[c*CountW +: CountW]),
      .busy_o          (busy[c]),
      .error_o         (error[c]),
      .error_code_o    (error_code[c*2 +: 2]),
      .error_address_o (error_address[c*64 +: 64]),
      .ar_valid_o      (mem_arvalid_o[c]),
      .ar_ready_i      (mem_arready_i[c]),
      .ar_addr_o       (mem_araddr_o[c*64 +: 64]),
      .ar_len_o        (mem_arlen_o[c*8 +: 8]),
      .r_valid_i       (mem_rvalid_i[c]),
      .r_data_i        (mem_rdata_i[c*PortW +: PortW]),
      .r_resp_i        (mem_rresp_i[c*2 +: 2]),
      .r_last_i        (mem_rlast_i[c])
    );

    assign mem_arid_o[c*4 +: 4]    = 4'd0;
    assign mem_arsize_o[c*3 +: 3]  = 3'($clog2(PortW / 8));
    assign mem_arburst_o[c*2 +: 2] = 2'b01;
    assign mem_arprot_o[c*3 +: 3]  = axprot_i;
    assign mem_arcache_o[c*4 +: 4] = axcache_i;
    assign mem_rready_o[c]         = 1'b1;
  end

  hg_vector_rows #(
    .Tokens   (Tokens),
    .Channels (Channels),
    .DHead    (DHead),
    .KPlanes  (KPlanes),
    .VPlanes  (VPlanes),
    .Beat     (Beat),
    .Gran     (Gran),
    .Rows     (Outstanding),
    .TagW     (TagW)
  ) u_rows (
    .clk_i,
    .rst_ni,
    .order_valid_i (order_valid),
    .order_ready_o (order_ready),
    .order_mask_i  (order_mask),
    .order_kind_i  (order_place[PlaceW-1 -: 3]),
    .in_valid_i    (part_valid),
    .in_ready_o    (part_ready),
    .in_data_i     (part_data),
    .in_place_i    (part_place),
    .in_old_i      (part_old),
    .in_done_i     (part_done),
    .in_tag_i      (part_tag),
    .in_dest_i     (part_dest),
    .rsp_valid_o,
    .rsp_ready_i,
    .rsp_data_o
  );

  // The first error, of the lowest channel where several come at once.
  logic             error_valid_q;
  logic [1:0]       error_code_q;
  logic [ChanW-1:0] error_channel_q;
  logic [63:0]      error_address_q;
  logic [Channels-1:0] first;

  assign first = error & (~error + Channels'(1));

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) error_valid_q <= 1'b0;
    else error_valid_q <= (error_valid_q && !error_clear_i) || error != '0;
  end

  logic [1:0]       code;
  logic [ChanW-1:0] channel;
  logic [63:0]      address;
  always_comb begin
    code    = '0;
    channel = '0;
    address = '0;
    for (int c = 0; c < Channels; c++) begin
      if (first[c]) begin
        code    = code | error_code[c*2 +: 2];
        channel = channel | ChanW'(c);
        address = address | error_address[c*64 +: 64];
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (!error_valid_q || error_clear_i) begin
      error_code_q    <= code;
      error_channel_q <= channel;
      error_address_q <= address;
    end
  end

  // What happened in the cycle before, for counters.
  logic [Channels-1:0] beats_q, blocked_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      beats_q   <= '0;
      blocked_q <= '0;
    end else begin
      beats_q   <= mem_rvalid_i;
      blocked_q <= mem_arvalid_o & ~mem_arready_i;
    end
  end

  assign idle_o          = busy == '0;
  assign error_valid_o   = error_valid_q;
  assign error_code_o    = error_code_q;
  assign error_channel_o = error_channel_q;
  assign error_address_o = error_address_q;
  assign beats_o         = beats_q;
  assign blocked_o       = blocked_q;

  // Read by some sizes only: responses carry no number that matters.
  assign unused_bits = ^{mem_rid_i, req_head_i, channel_stride_i, order_place};

`ifndef SYNTHESIS
`ifndef YOSYS
  // The contract of whoever asks.
  logic checked_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) checked_q <= 1'b0;
    else checked_q <= 1'b1;
  end
  always @(posedge clk_i) begin
    if (checked_q && req_valid_i && 32'(req_plane_i) >= (req_value_i ? VCount : KCount)) begin
      $error("%m: a plane is asked for that does not exist");
    end
  end
`endif
`endif

endmodule

`default_nettype wire
