// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Turns beats to the places of their granules in the destination, one beat per cycle.
///
/// A fragment goes to the places `at` to `end` of its destination; its first beat reaches up to
/// `high`, and each other beat a beat further. Place n takes granule n mod Beat of the turned beat.
/// The beat in front stays until it is known that the next fragment does not share it. `out_done_o`
/// marks, with its last beat, the lanes that the fragment has filled.
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
  /// Derived: bits of the number of a lane in its destination.
  localparam int LaneW = hg_pkg::idx_width(Lanes),
  /// Derived: bits of a place in the destination, or behind it.
  localparam int AtW = hg_pkg::cnt_width(Room + 2 * Beat),
  /// Derived: granules of a beat that any place takes.
  localparam int Wide = (Room < Beat) ? Room : Beat,
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
  output logic [Lanes-1:0]      out_done_o,
  output logic [SideW-1:0]      out_side_o,
  // The last beat of a fragment is on its way to the destination.
  output logic                  finished_o
);

  localparam int LogBeat = $clog2(Beat);

  logic             frag_valid_q, share_q, first_q, kept_q;
  logic [AtW-1:0]   at_q, high_q, end_q, turn_q;
  logic [LaneW-1:0] lane_q, more_q;
  logic [SideW-1:0] side_q;
  logic             out_valid_q, out_free, step, last, drop, next_shares;
  logic [Room-1:0]  place, place_q;
  logic [Lanes-1:0] lanes, done_q;
  logic [SideW-1:0] out_side_q;

  assign out_free    = !out_valid_q || out_ready_i;
  assign last        = end_q <= high_q;
  assign next_shares = in_item_i[ItemW-1];
  // A beat that was used goes when the fragment that comes next wants another one.
  assign drop        = kept_q && frag_valid_q && first_q && !share_q;
  assign step        = frag_valid_q && beat_valid_i && out_free && !drop;
  assign in_ready_o  = !frag_valid_q || (step && last);
  assign beat_ready_o = (drop && beat_valid_i) || (step && (!last || (in_valid_i && !next_shares)));
  assign finished_o  = step && last;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      frag_valid_q <= 1'b0;
      kept_q       <= 1'b0;
      out_valid_q  <= 1'b0;
    end else begin
      if (in_ready_o) frag_valid_q <= in_valid_i;
      if (step && last) kept_q <= !(in_valid_i && !next_shares);
      else if (step || drop) kept_q <= 1'b0;
      if (out_free) out_valid_q <= step;
    end
  end

  always_ff @(posedge clk_i) begin
    if (in_ready_o) begin
      {share_q, at_q, high_q, end_q, turn_q, lane_q, more_q, side_q} <= in_item_i;
      first_q <= 1'b1;
    end else if (step) begin
      at_q    <= high_q;
      high_q  <= high_q + AtW'(Beat);
      first_q <= 1'b0;
    end
  end

  // The places that this beat fills, and the lanes of the fragment.
  always_comb begin
    for (int n = 0; n < Room; n++) begin
      place[n] = AtW'(n) >= at_q && AtW'(n) < end_q && AtW'(n) < high_q;
    end
    for (int l = 0; l < Lanes; l++) begin
      lanes[l] = LaneW'(l) >= lane_q && {1'b0, LaneW'(l)} <= {1'b0, lane_q} + {1'b0, more_q};
    end
  end

  // Turned by so many granules, a power of two at a time.
  for (genvar s = 0; s <= LogBeat; s++) begin : gen_turn
    logic [Beat*GranW-1:0] data;
    if (s == 0) begin : gen_source
      assign data = beat_data_i;
    end else begin : gen_step
      localparam int By = GranW * (2 ** s) / 2;
      assign data = turn_q[s-1] ? {gen_turn[s-1].data[By-1:0], gen_turn[s-1].data[Beat*GranW-1:By]}
                                : gen_turn[s-1].data;
    end
  end

  logic [Wide*GranW-1:0] data_q;
  logic                  unused_turn;
  always_ff @(posedge clk_i) begin
    if (out_free) begin
      data_q     <= gen_turn[LogBeat].data[Wide*GranW-1:0];
      place_q    <= place;
      done_q     <= last ? lanes : '0;
      out_side_q <= side_q;
    end
  end
  assign unused_turn = ^{turn_q, gen_turn[LogBeat].data};

  assign out_valid_o = out_valid_q;
  assign out_data_o  = data_q;
  assign out_place_o = place_q;
  assign out_done_o  = done_q;
  assign out_side_o  = out_side_q;

endmodule

`default_nettype wire
