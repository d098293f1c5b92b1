// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Finds where the fragments of a channel lie: the beats that hold them, and where their granules
/// go in the destination.
///
/// Beats are numbered from the base of the head. A fragment whose first beat is the last beat of
/// the fragment before does not ask for it again (`share`), provided that this one has not been
/// delivered yet: what it leaves behind could be older than the memory. Five stages that move
/// together.
module hg_vector_locate #(
  /// Elements of a head.
  parameter int DHead = 64,
  /// Bits of the planes of K, four bits each, top plane lowest.
  parameter int KPlanes = 'h444,
  /// Bits of the planes of V, likewise.
  parameter int VPlanes = 'h444,
  /// How V lies: 0 plane by plane, 1 all planes of a token together, 2 plane by plane with each
  /// vector filled up to a power of two of bytes.
  parameter int VLayout = 0,
  /// Bits of a beat.
  parameter int DataW = 512,
  /// Lanes of a destination.
  parameter int Lanes = 1,
  /// Bits of a token's number in the channel.
  parameter int LocalW = 11,
  /// Bits that tell row and destination.
  parameter int SideW = 8,
  /// Derived: bytes of a granule.
  localparam int Gran = hg_vector_pkg::granule(DHead, KPlanes, VPlanes, DataW),
  /// Derived: granules of a beat.
  localparam int Beat = DataW / 8 / Gran,
  /// Derived: granules that a destination has room for.
  localparam int Room = Lanes * (DHead / 8) * hg_vector_pkg::widest(KPlanes, VPlanes) / Gran,
  /// Derived: bits of the number of a lane in its destination.
  localparam int LaneW = hg_pkg::idx_width(Lanes),
  /// Derived: bits of a place in the destination, or behind it.
  localparam int AtW = hg_pkg::cnt_width(Room + 2 * Beat),
  /// Derived: bits of a distance from the base in granules.
  localparam int RelW = 32 - $clog2(Gran),
  /// Derived: bits of a beat's number.
  localparam int FirstW = 32 - $clog2(DataW / 8),
  /// Derived: bits of a count of beats of a fragment.
  localparam int BeatsW = hg_pkg::cnt_width((Room - 1) / Beat + 2)
) (
  input  logic              clk_i,
  input  logic              rst_ni,
  // Fragments that have left here are still to be delivered.
  input  logic              live_i,
  // A fragment: the kind and plane, the base in pages and the plane's distance from it, the first
  // token in the channel, the lane it goes to, and how many lanes follow.
  input  logic              in_valid_i,
  output logic              in_ready_o,
  input  logic [2:0]        in_kind_i,
  input  logic [51:0]       in_base_i,
  input  logic [RelW-1:0]   in_offset_i,
  input  logic [LocalW-1:0] in_local_i,
  input  logic [LaneW-1:0]  in_lane_i,
  input  logic [LaneW-1:0]  in_more_i,
  input  logic [SideW-1:0]  in_side_i,
  // The same, located.
  output logic              out_valid_o,
  input  logic              out_ready_i,
  // Beats to ask for: the first, how many (perhaps none), and whether they follow those before.
  output logic [51:0]       out_base_o,
  output logic [FirstW-1:0] out_first_o,
  output logic [BeatsW-1:0] out_beats_o,
  output logic              out_follows_o,
  // What becomes of them: see hg_vector_extract.
  output logic              out_share_o,
  output logic [AtW-1:0]    out_at_o,
  output logic [AtW-1:0]    out_high_o,
  output logic [AtW-1:0]    out_end_o,
  output logic [AtW-1:0]    out_turn_o,
  output logic [LaneW-1:0]  out_lane_o,
  output logic [LaneW-1:0]  out_more_o,
  output logic [SideW-1:0]  out_side_o
);

  localparam logic [127:0] Sizes   = hg_vector_pkg::sizes(DHead, KPlanes, VPlanes, Gran);
  localparam logic [127:0] Strides = hg_vector_pkg::strides(DHead, KPlanes, VPlanes, VLayout,
                                                            Gran);
  localparam int SizeW   = hg_pkg::cnt_width(DHead / 8
                                             * hg_vector_pkg::widest(KPlanes, VPlanes) / Gran);
  localparam int StrideW = hg_pkg::cnt_width(hg_vector_pkg::most_stride(DHead, KPlanes, VPlanes,
                                                                       VLayout, Gran));
  localparam int ProdW   = LocalW + StrideW;
  localparam int LogBeat = $clog2(Beat);
  localparam int Stages  = 4;
  localparam int Keep    = hg_vector_pkg::keeps(DHead, VPlanes, VLayout, DataW);

  logic                                   go;
  logic [Stages:0]                        valid_q;
  // What all stages carry, stage 0 lowest, and what each adds.
  logic [(Stages+1)*52-1:0]               base_q;
  logic [(Stages+1)*(SideW+2*LaneW)-1:0]  side_q;
  logic [2:0]                             kind_q;
  logic [RelW-1:0]                        offset_q, offset_q1, rel_q;
  logic [LocalW-1:0]                      local_q;
  logic [ProdW-1:0]                       away_q;
  logic [AtW-1:0]                         at_q1, at_q2, at_q3, at_q4, size_q1, size_q2, less_q2;
  logic [AtW-1:0]                         end_q3, end_q4, turn_q3, turn_q4, high_q3, high_q4;
  logic [FirstW-1:0]                      first_q3, first_q4, above_q3, below_q3;
  logic [FirstW-1:0]                      last_q, prev_last_q;
  logic [BeatsW-1:0]                      extra_q, beats_q;
  logic                                   share_q, follows_q;
  logic [51:0]                            prev_base_q, base;

  assign go         = !valid_q[Stages] || out_ready_i;
  assign in_ready_o = go;

  // Stage 1: how far the token lies from the plane's first, and the place of the lane.
  logic [SizeW-1:0]   size;
  logic [StrideW-1:0] stride;
  logic [LaneW-1:0]   lane, more;
  assign size         = Sizes[16*kind_q +: SizeW];
  assign stride       = Strides[16*kind_q +: StrideW];
  assign {lane, more} = side_q[2*LaneW-1:0];
  logic unused_bits;

  // Stage 2: the distance from the base. Stage 3: in beats, and the places in the destination.
  logic [AtW-1:0] begins, tail, extra;
  assign begins = AtW'(rel_q) & AtW'(Beat - 1);
  assign tail   = begins + less_q2;
  assign extra  = tail >> LogBeat;

  // Stage 4: what is asked for already. The beats beside the first one are there from stage 3, so
  // that nothing is added here. A fragment that begins with a beat shares none: what it wants was
  // asked for by an earlier job, and may have been written since.
  logic same_base, share, follows, inside_q, kept, issued;
  assign base      = base_q[3*52 +: 52];
  assign same_base = prev_base_q == base;
  assign share     = kept && inside_q && (live_i || valid_q[Stages]);
  assign follows   = issued && same_base && prev_last_q == (share ? first_q3 : below_q3);

  if (Keep != 0) begin : gen_keep
    // The last beat of K is kept while V passes.
    logic              v_q1, v_q2, v_q3, k_there_q;
    logic [51:0]       k_base_q;
    logic [FirstW-1:0] k_last_q;
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) k_there_q <= 1'b0;
      else if (go && valid_q[3] && !v_q3) k_there_q <= 1'b1;
    end
    always_ff @(posedge clk_i) begin
      if (go) begin
        v_q1 <= kind_q[2];
        v_q2 <= v_q1;
        v_q3 <= v_q2;
        if (valid_q[3] && !v_q3) begin
          k_base_q <= base;
          k_last_q <= last_q;
        end
      end
    end
    // What asks for no beat leaves that of V as the last one.
    logic issued_q;
    always_ff @(posedge clk_i) begin
      if (go && valid_q[3]) issued_q <= !share || extra_q != '0 || follows;
    end
    assign issued = issued_q;
    assign kept   = k_there_q && k_base_q == base && k_last_q == first_q3;
  end else begin : gen_last
    assign issued = 1'b1;
    assign kept   = same_base && prev_last_q == first_q3;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) valid_q <= '0;
    else if (go) valid_q <= {valid_q[Stages-1:0], in_valid_i};
  end

  logic [RelW-1:0]   rel;
  logic [RelW-1:0]   end_rel;
  logic [FirstW-1:0] first, last, below, above;
  hg_vector_add #(
    .Width (RelW)
  ) u_rel (
    .a_i   (offset_q1),
    .b_i   (RelW'(away_q)),
    .sum_o (rel)
  );
  hg_vector_add #(
    .Width (RelW)
  ) u_last (
    .a_i   (rel_q),
    .b_i   (RelW'(less_q2)),
    .sum_o (end_rel)
  );
  assign first = rel_q[RelW-1:LogBeat];
  assign last  = end_rel[RelW-1:LogBeat];
  hg_vector_add #(
    .Width (FirstW)
  ) u_below (
    .a_i   (first),
    .b_i   ({FirstW{1'b1}}),
    .sum_o (below)
  );
  hg_vector_add #(
    .Width (FirstW)
  ) u_above (
    .a_i   (first),
    .b_i   (FirstW'(1)),
    .sum_o (above)
  );

  always_ff @(posedge clk_i) begin
    if (go) begin
      kind_q      <= in_kind_i;
      local_q     <= in_local_i;
      base_q      <= {base_q[Stages*52-1:0], in_base_i};
      side_q      <= {side_q[Stages*(SideW+2*LaneW)-1:0], in_side_i, in_lane_i, in_more_i};
      offset_q    <= in_offset_i;

      away_q      <= ProdW'(local_q) * ProdW'(stride);
      at_q1     <= (Lanes == 1) ? '0 : AtW'(lane) * AtW'(size);
      size_q1   <= (Lanes == 1) ? AtW'(size) : AtW'(more) * AtW'(size) + AtW'(size);
      offset_q1 <= offset_q;

      rel_q     <= rel;
      at_q2   <= at_q1;
      size_q2 <= size_q1;
      less_q2  <= size_q1 - AtW'(1);

      inside_q <= begins != '0;
      first_q3 <= first;
      below_q3 <= below;
      above_q3 <= above;
      last_q     <= last;
      extra_q    <= BeatsW'(extra);
      turn_q3  <= (begins - at_q2) & AtW'(Beat - 1);
      high_q3  <= at_q2 + AtW'(Beat) - begins;
      end_q3   <= at_q2 + size_q2;
      at_q3    <= at_q2;

      if (valid_q[3]) begin
        prev_base_q <= base;
        prev_last_q <= last_q;
      end
      share_q    <= share;
      follows_q  <= follows;
      first_q4 <= share ? above_q3 : first_q3;
      beats_q    <= extra_q + (share ? BeatsW'(0) : BeatsW'(1));
      turn_q4  <= turn_q3;
      high_q4  <= share ? high_q3 + AtW'(Beat) : high_q3;
      end_q4   <= end_q3;
      at_q4    <= at_q3;
    end
  end

  assign unused_bits   = ^{extra, end_rel};
  assign out_valid_o   = valid_q[Stages];
  assign out_base_o    = base_q[Stages*52 +: 52];
  assign out_first_o   = first_q4;
  assign out_beats_o   = beats_q;
  assign out_follows_o = follows_q;
  assign out_share_o   = share_q;
  assign out_at_o      = at_q4;
  assign out_high_o    = high_q4;
  assign out_end_o     = end_q4;
  assign out_turn_o    = turn_q4;
  assign {out_side_o, out_lane_o, out_more_o} = side_q[Stages*(SideW+2*LaneW) +: SideW+2*LaneW];

endmodule

`default_nettype wire
