// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Turns beats to the places of their granules in the destination, one beat per cycle.
///
/// A fragment goes to the places `at` to `end` of its destination. If it shares its first beat with
/// the fragment before, its first step takes from the beat that was taken last, up to place `high`
/// - Beat, and from the next one up to `high`; otherwise from the next one only. Each further step
/// takes a beat more. Place n takes granule n mod Beat of the turned beat, of the last one where
/// `out_old_o` has its bit. Where a destination has no more room than a beat, the two are one bus,
/// as no two places take the same granule. `out_done_o` marks, with the last step, the lanes that
/// the fragment has filled.
module hg_vector_extract #(
  /// Granules of a beat, a power of two.
  parameter int Beat = 2,
  /// Bits of a granule.
  parameter int GranW = 256,
  /// Granules that a destination has room for.
  parameter int Room = 2,
  /// Lanes of a destination.
  parameter int Lanes = 1,
  /// Bits that tell row and destination.
  parameter int SideW = 8,
  /// 1 if the top one of these bits marks fragments whose last beat is not kept: that of the
  /// fragment before is shared by the next one without a mark.
  parameter int Keep = 0,
  /// Derived: bits of the number of a lane in its destination.
  localparam int LaneW = hg_pkg::idx_width(Lanes),
  /// Derived: bits of a place in the destination, or behind it.
  localparam int AtW = hg_pkg::cnt_width(Room + 2 * Beat),
  /// Derived: granules that leave in a step.
  localparam int Wide = (Room <= Beat) ? Room : 2 * Beat,
  /// Derived: bits of a fragment.
  localparam int ItemW = 1 + 4 * AtW + 2 * LaneW + SideW
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,
  // Fragments: {share, at, high, end, turn, lane, more, side} from the top.
  input  logic                  in_valid_i,
  output logic                  in_ready_o,
  input  logic [ItemW-1:0]      in_item_i,
  // The beat in front of the read buffer.
  input  logic                  beat_valid_i,
  output logic                  beat_ready_o,
  input  logic [Beat*GranW-1:0] beat_data_i,
  // Granules for the destination.
  output logic                  out_valid_o,
  input  logic                  out_ready_i,
  output logic [Wide*GranW-1:0] out_data_o,
  output logic [Room-1:0]       out_place_o,
  output logic [Room-1:0]       out_old_o,
  output logic [Lanes-1:0]      out_done_o,
  output logic [SideW-1:0]      out_side_o,
  // The last beat of a fragment is on its way to the destination.
  output logic                  finished_o
);

  localparam int LogBeat = $clog2(Beat);

  logic              frag_valid_q, share_q, out_valid_q, out_free, step, last, alone;
  logic [AtW-1:0]    at_q, high_q, end_q, turn_q, edge_at;
  logic [LaneW-1:0]  lane_q, more_q;
  logic [SideW-1:0]  side_q, out_side_q;
  logic [Room-1:0]   place, old, place_q, old_q;
  logic [Lanes-1:0]  lanes, done_q;
  logic [Beat*GranW-1:0] last_q;

  assign out_free     = !out_valid_q || out_ready_i;
  assign last         = end_q <= high_q;
  // Where the beat that was taken last ends, and whether it is all that is needed.
  assign edge_at      = high_q - AtW'(Beat);
  assign alone        = share_q && end_q <= edge_at;
  assign step         = frag_valid_q && (beat_valid_i || alone) && out_free;
  assign in_ready_o   = !frag_valid_q || (step && last);
  assign beat_ready_o = step && !alone;
  assign finished_o   = step && last;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      frag_valid_q <= 1'b0;
      out_valid_q  <= 1'b0;
    end else begin
      if (in_ready_o) frag_valid_q <= in_valid_i;
      if (out_free) out_valid_q <= step;
    end
  end

  always_ff @(posedge clk_i) begin
    if (in_ready_o) begin
      {share_q, at_q, high_q, end_q, turn_q, lane_q, more_q, side_q} <= in_item_i;
    end else if (step) begin
      at_q    <= high_q;
      high_q  <= high_q + AtW'(Beat);
      share_q <= 1'b0;
    end
    if (beat_ready_o && !(Keep != 0 && side_q[SideW-1])) last_q <= beat_data_i;
  end

  // The places that this step fills, and the lanes of the fragment.
  always_comb begin
    for (int n = 0; n < Room; n++) begin
      place[n] = AtW'(n) >= at_q && AtW'(n) < end_q && AtW'(n) < high_q;
      old[n]   = share_q && AtW'(n) < edge_at;
    end
    for (int l = 0; l < Lanes; l++) begin
      lanes[l] = LaneW'(l) >= lane_q && {1'b0, LaneW'(l)} <= {1'b0, lane_q} + {1'b0, more_q};
    end
  end

  // What is turned: both beats, or the granules from the fragment's first on of the one and those
  // before it of the other.
  localparam int Turned = (Room <= Beat) ? 1 : 2;
  logic [Turned*Beat*GranW-1:0] source, turned;
  if (Turned == 1) begin : gen_one
    logic [AtW-1:0] begins;
    assign begins = (at_q + turn_q) & AtW'(Beat - 1);
    for (genvar g = 0; g < Beat; g++) begin : gen_granule
      assign source[g*GranW +: GranW] = (share_q && AtW'(g) >= begins)
          ? last_q[g*GranW +: GranW] : beat_data_i[g*GranW +: GranW];
    end
  end else begin : gen_two
    assign source = {last_q, beat_data_i};
  end

  // Turned by so many granules, a power of two at a time.
  for (genvar i = 0; i < Turned; i++) begin : gen_beat
    for (genvar s = 0; s <= LogBeat; s++) begin : gen_turn
      logic [Beat*GranW-1:0] data;
      if (s == 0) begin : gen_source
        assign data = source[i*Beat*GranW +: Beat*GranW];
      end else begin : gen_step
        localparam int By = GranW * (2 ** s) / 2;
        assign data = turn_q[s-1]
            ? {gen_turn[s-1].data[By-1:0], gen_turn[s-1].data[Beat*GranW-1:By]}
            : gen_turn[s-1].data;
      end
    end
    assign turned[i*Beat*GranW +: Beat*GranW] = gen_turn[LogBeat].data;
  end

  logic [Wide*GranW-1:0] data_q;
  logic                  unused_turn;
  always_ff @(posedge clk_i) begin
    if (out_free) begin
      data_q     <= turned[Wide*GranW-1:0];
      place_q    <= place;
      old_q      <= old;
      done_q     <= last ? lanes : '0;
      out_side_q <= side_q;
    end
  end
  assign unused_turn = ^{turn_q, turned};

  assign out_valid_o = out_valid_q;
  assign out_data_o  = data_q;
  assign out_place_o = place_q;
  assign out_old_o   = old_q;
  assign out_done_o  = done_q;
  assign out_side_o  = out_side_q;

`ifdef HG_FORMAL
  // A fragment as hg_vector_locate gives it, the places that it has filled, and the beats and the
  // turn of the last step.
  logic                   f_seen_q, f_stalled_q, f_share, f_shares_q;
  logic [AtW-1:0]         f_edge_q;
  logic [AtW-1:0]         f_at, f_high, f_end, f_turn, f_first_q, f_turn_q;
  logic [LaneW-1:0]       f_lane, f_more;
  logic [SideW-1:0]       f_side;
  logic [Room-1:0]        f_got_q, f_all, f_before;
  logic [Beat*GranW-1:0]  f_new_q, f_old_q;
  logic [Wide*GranW-1:0]  f_data_q;
  logic [2*Room+Lanes+SideW-1:0] f_about_q;
  wire  [2*Room+Lanes+SideW-1:0] f_about = {out_place_o, out_old_o, out_done_o, out_side_o};

  assign {f_share, f_at, f_high, f_end, f_turn, f_lane, f_more, f_side} = in_item_i;

  initial f_seen_q = 1'b0;
  always @(posedge clk_i) f_seen_q <= 1'b1;
  always_comb begin
    assume (rst_ni == f_seen_q);
    if (in_valid_i) begin
      assume (f_at < f_end && 32'(f_end) <= Room);
      assume (32'(f_high) > 32'(f_at) + (f_share ? Beat : 0));
      assume (32'(f_high) <= 32'(f_at) + (f_share ? 2 * Beat : Beat));
      assume (32'(f_turn) < Beat && (32'(f_high) + 32'(f_turn)) % Beat == 0);
    end
  end

  always_comb begin
    for (int n = 0; n < Room; n++) begin
      f_all[n]    = AtW'(n) >= f_first_q && AtW'(n) < end_q;
      f_before[n] = AtW'(n) >= f_first_q && AtW'(n) < at_q;
    end
  end

  always @(posedge clk_i) begin
    f_data_q  <= out_data_o;
    f_about_q <= f_about;
    if (!rst_ni) f_stalled_q <= 1'b0;
    else f_stalled_q <= out_valid_o && !out_ready_i;
    if (in_ready_o) begin
      f_first_q  <= f_at;
      f_edge_q   <= f_high - AtW'(Beat);
      f_shares_q <= f_share;
      f_got_q    <= '0;
    end else if (step) begin
      f_got_q    <= f_got_q | place;
      f_shares_q <= 1'b0;
    end
    if (step) begin
      f_new_q  <= beat_data_i;
      f_old_q  <= last_q;
      f_turn_q <= turn_q;
    end
    if (rst_ni) begin
      // Valid and payload stay.
      if (f_stalled_q) assert (out_valid_o && out_data_o == f_data_q && f_about == f_about_q);
      // A step fills places that are not filled, and the last one fills the rest.
      if (step) begin
        assert (place != '0 && (place & f_got_q) == '0);
        assert (last == ((place | f_got_q) == f_all));
        // The first step takes from the beat before what lies there, and no other step does.
        for (int n = 0; n < Room; n++) begin
          if (place[n]) assert (old[n] == (f_shares_q && AtW'(n) < f_edge_q));
        end
      end
      // Each place has its granule of the beat that it belongs to.
      for (int n = 0; n < Room; n++) begin
        if (out_valid_o && out_place_o[n]) begin
          assert (out_data_o[GranW*((Room <= Beat) ? n : n % Beat + (out_old_o[n] ? Beat : 0))
                             +: GranW]
                  == (out_old_o[n] ? f_old_q[GranW*((n + 32'(f_turn_q)) % Beat) +: GranW]
                                   : f_new_q[GranW*((n + 32'(f_turn_q)) % Beat) +: GranW]));
        end
      end
      // What induction needs to know.
      if (frag_valid_q) begin
        assert (share_q == f_shares_q && (!share_q || high_q == f_edge_q + AtW'(Beat)));
        assert (f_got_q == f_before && f_first_q <= at_q && at_q < end_q);
        assert (32'(end_q) <= Room && 32'(turn_q) < Beat);
        assert ((32'(high_q) + 32'(turn_q)) % Beat == 0);
        assert (32'(high_q) > 32'(at_q) + (share_q ? Beat : 0));
        assert (32'(high_q) <= 32'(at_q) + (share_q ? 2 * Beat : Beat));
      end
      cover (step && last && !beat_ready_o);
    end
  end
`endif

endmodule

`default_nettype wire
