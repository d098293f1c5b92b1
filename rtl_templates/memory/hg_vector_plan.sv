// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Cuts the rows that are asked for into fragments, one per channel and cycle.
///
/// A fragment is a run of vectors that lie one behind the other in a channel: of lanes t, t + D,
/// t + 2D and so on, whose tokens are C apart. D = min(C, T) is the number of destinations; lane t
/// belongs to destination t mod D and is number t div D there. Each channel takes the run that
/// begins at the lowest lane left, and a row leaves when no run is left. Three cycles from a row to
/// its first fragments, and one row per cycle where no channel has two runs of it.
///
/// A row is handed on with its number to `order_*` before any fragment of it is.
module hg_vector_plan #(
  /// Lanes of a row, a power of two.
  parameter int Tokens = 4,
  /// Bits of a token's number, 1 and up.
  parameter int TokW = 11,
  /// Channels, a power of two.
  parameter int Channels = 2,
  /// Bits of a row's number.
  parameter int TagW = 7,
  /// Bits that go with a row to its fragments.
  parameter int SideW = 8,
  /// Derived: bits of a channel's number.
  localparam int ChanW = hg_pkg::idx_width(Channels),
  /// Derived: destinations.
  localparam int Dests = (Channels < Tokens) ? Channels : Tokens,
  /// Derived: bits of a destination's number.
  localparam int DestW = hg_pkg::idx_width(Dests),
  /// Derived: lanes of a destination.
  localparam int Lanes = Tokens / Dests,
  /// Derived: bits of the number of a lane in its destination.
  localparam int LaneW = hg_pkg::idx_width(Lanes),
  /// Derived: bits of a token's number in its channel.
  localparam int LocalW = (TokW > $clog2(Channels)) ? TokW - $clog2(Channels) : 1
) (
  input  logic                       clk_i,
  input  logic                       rst_ni,
  // A row: its lanes and tokens, whether neighbours lie one behind the other, and what goes along.
  input  logic                       in_valid_i,
  output logic                       in_ready_o,
  input  logic                       in_packed_i,
  input  logic [Tokens-1:0]          in_mask_i,
  input  logic [Tokens*TokW-1:0]     in_token_i,
  input  logic [SideW-1:0]           in_side_i,
  // The row, for whoever puts it together.
  output logic                       order_valid_o,
  input  logic                       order_ready_i,
  output logic [Tokens-1:0]          order_mask_o,
  output logic [SideW-1:0]           order_side_o,
  // Fragments: of all channels alike, and of each.
  output logic [Channels-1:0]        frag_valid_o,
  input  logic [Channels-1:0]        frag_ready_i,
  output logic [TagW-1:0]            frag_tag_o,
  output logic [SideW-1:0]           frag_side_o,
  output logic [Channels*LocalW-1:0] frag_local_o,
  output logic [Channels*DestW-1:0]  frag_dest_o,
  output logic [Channels*LaneW-1:0]  frag_lane_o,
  output logic [Channels*LaneW-1:0]  frag_more_o
);

  localparam int LogC = $clog2(Channels);

  // First stage: which lanes follow the one before in their channel.
  logic                   next_v_q;
  logic [Tokens-1:0]      next_mask_q, next_joint_q, joint;
  logic [Tokens*TokW-1:0] next_token_q;
  logic [SideW-1:0]       next_side_q;
  // Second stage: the row that is cut.
  logic                     row_v_q;
  logic [Tokens-1:0]        row_left_q, row_left_d, begins;
  logic [Tokens*TokW-1:0]   row_token_q;
  logic [Tokens*LaneW-1:0]  row_more_q, more;
  logic [SideW-1:0]         row_side_q;
  logic [TagW-1:0]          row_tag_q;
  logic                     next_go, row_free, row_done;

  // joint[t]: lane t and the next lane of its destination are one run.
  for (genvar t = 0; t < Tokens; t++) begin : gen_joint
    if (t + Dests < Tokens) begin : gen_pair
      logic [TokW:0] behind;
      assign behind   = {1'b0, in_token_i[t*TokW +: TokW]} + (TokW + 1)'(Channels);
      assign joint[t] = in_packed_i && in_mask_i[t] && in_mask_i[t+Dests]
                        && behind == {1'b0, in_token_i[(t+Dests)*TokW +: TokW]};
    end else begin : gen_last
      assign joint[t] = 1'b0;
    end
  end

  // A run begins where the lane before is not joined; how many lanes follow is found by doubling.
  for (genvar t = 0; t < Tokens; t++) begin : gen_begin
    if (t < Dests) begin : gen_first
      assign begins[t] = next_mask_q[t];
    end else begin : gen_other
      assign begins[t] = next_mask_q[t] && !next_joint_q[t-Dests];
    end
  end

  if (Lanes == 1) begin : gen_alone
    logic unused_joint;
    assign more         = '0;
    assign unused_joint = ^{next_joint_q, in_packed_i};
  end else begin : gen_runs
    for (genvar s = 0; s <= LaneW; s++) begin : gen_step
      // Lanes that follow, at most 2**s - 1, and whether it is all of these and one more.
      logic [Tokens*LaneW-1:0] count;
      logic [Tokens-1:0]       full;
      for (genvar t = 0; t < Tokens; t++) begin : gen_lane
        localparam int Far = t + Dests * (2 ** s) / 2;
        if (s == 0) begin : gen_source
          assign count[t*LaneW +: LaneW] = '0;
          assign full[t]                 = next_joint_q[t];
        end else if (Far < Tokens) begin : gen_far
          assign full[t] = gen_step[s-1].full[t] && gen_step[s-1].full[Far];
          assign count[t*LaneW +: LaneW] = gen_step[s-1].full[t]
              ? gen_step[s-1].count[Far*LaneW +: LaneW] + LaneW'(2 ** (s - 1))
              : gen_step[s-1].count[t*LaneW +: LaneW];
        end else begin : gen_near
          assign full[t]                 = 1'b0;
          assign count[t*LaneW +: LaneW] = gen_step[s-1].count[t*LaneW +: LaneW];
        end
      end
    end
    logic unused_full;
    assign more        = gen_step[LaneW].count;
    assign unused_full = ^gen_step[LaneW].full;
  end

  assign row_done      = row_left_d == '0;
  assign row_free      = !row_v_q || row_done;
  assign next_go       = next_v_q && row_free && order_ready_i;
  assign in_ready_o    = !next_v_q || next_go;
  assign order_valid_o = next_v_q && row_free;
  assign order_mask_o  = next_mask_q;
  assign order_side_o  = next_side_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      next_v_q   <= 1'b0;
      row_v_q    <= 1'b0;
      row_left_q <= '0;
      row_tag_q  <= '1;
    end else begin
      if (in_ready_o) next_v_q <= in_valid_i;
      if (row_free) row_v_q <= next_go;
      if (next_go) row_tag_q <= row_tag_q + TagW'(1);
      row_left_q <= next_go ? begins : row_left_d;
    end
  end

  always_ff @(posedge clk_i) begin
    if (in_ready_o) begin
      next_mask_q  <= in_mask_i;
      next_joint_q <= joint;
      next_token_q <= in_token_i;
      next_side_q  <= in_side_i;
    end
    if (next_go) begin
      row_token_q <= next_token_q;
      row_more_q  <= more;
      row_side_q  <= next_side_q;
    end
  end

  // Each channel takes the lowest of its runs that are left.
  logic [Channels*Tokens-1:0] picks;
  for (genvar c = 0; c < Channels; c++) begin : gen_channel
    logic [Tokens-1:0] own, pick;
    for (genvar t = 0; t < Tokens; t++) begin : gen_own
      if (Channels == 1) begin : gen_all
        assign own[t] = row_left_q[t];
      end else begin : gen_some
        logic [ChanW-1:0] channel;
        assign channel = ChanW'(row_token_q[t*TokW +: TokW]);
        assign own[t]  = row_left_q[t] && channel == ChanW'(c);
      end
    end
    assign pick            = own & (~own + Tokens'(1));
    assign frag_valid_o[c] = own != '0;

    assign picks[c*Tokens +: Tokens] = pick & {Tokens{frag_ready_i[c]}};

    // What belongs to it.
    logic [TokW-1:0]  token;
    logic [DestW-1:0] dest;
    logic [LaneW-1:0] lane, behind;
    always_comb begin
      token  = '0;
      dest   = '0;
      lane   = '0;
      behind = '0;
      for (int t = 0; t < Tokens; t++) begin
        if (pick[t]) begin
          token  = token | row_token_q[t*TokW +: TokW];
          dest   = dest | DestW'(t % Dests);
          lane   = lane | LaneW'(t / Dests);
          behind = behind | row_more_q[t*LaneW +: LaneW];
        end
      end
    end
    assign frag_local_o[c*LocalW +: LocalW] = LocalW'(token >> LogC);
    assign frag_dest_o[c*DestW +: DestW]    = dest;
    assign frag_lane_o[c*LaneW +: LaneW]    = lane;
    assign frag_more_o[c*LaneW +: LaneW]    = behind;
  end

  always_comb begin
    row_left_d = row_left_q;
    for (int c = 0; c < Channels; c++) row_left_d = row_left_d & ~picks[c*Tokens +: Tokens];
  end

  assign frag_tag_o  = row_tag_q;
  assign frag_side_o = row_side_q;

endmodule

`default_nettype wire
