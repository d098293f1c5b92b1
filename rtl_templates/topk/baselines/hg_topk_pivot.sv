// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Chooses the place of a pivot: a pseudo-random row and lane of a part that ends at lane
/// `tail_i - 1` of row `last_row_i`, from a 16-bit shift register. The row appears one cycle after
/// the part is there, the lane two.
///
/// A number that is cut to the bits of the range and still lies beyond it is halved. The register
/// (x^16 + x^14 + x^13 + x^11 + 1, from 0xACE1) steps once a pass, so that a run can be repeated.
module hg_topk_pivot #(
  /// Keys a row; a power of two, 1 to 64.
  parameter int Lanes = 16,
  /// Bits of a row index, 1 to 14.
  parameter int RowW = 6,
  /// Derived: bits of a lane index.
  localparam int LaneW = hg_pkg::idx_width(Lanes),
  /// Derived: bits of a row's key count.
  localparam int TailW = hg_pkg::cnt_width(Lanes)
) (
  input  logic             clk_i,
  input  logic             rst_ni,
  input  logic             step_i,
  input  logic [RowW-1:0]  last_row_i,
  input  logic [TailW-1:0] tail_i,
  output logic [RowW-1:0]  row_o,
  output logic [LaneW-1:0] lane_o
);

  logic [15:0]      random_q;
  logic [RowW-1:0]  row_mask, row_cut, row_q;
  logic [LaneW-1:0] last_lane, lane_mask, lane_cut, end_lane_q, lane_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) random_q <= 16'hACE1;
    else if (step_i) begin
      random_q <= {random_q[14:0], random_q[15] ^ random_q[13] ^ random_q[12] ^ random_q[10]};
    end
  end

  // A lane of the last row is drawn beside the row; in any other row every number is a lane.
  assign row_cut   = random_q[RowW-1:0] & row_mask;
  assign last_lane = LaneW'(tail_i - TailW'(1));
  assign lane_cut  = random_q[15 -: LaneW] & lane_mask;

  always_comb begin
    row_mask  = '0;
    lane_mask = '0;
    for (int b = 0; b < RowW; b++) row_mask[b] = (last_row_i >> b) != '0;
    for (int b = 0; b < LaneW; b++) lane_mask[b] = (last_lane >> b) != '0;
  end

  always_ff @(posedge clk_i) begin
    row_q      <= (row_cut > last_row_i) ? row_cut >> 1 : row_cut;
    end_lane_q <= (lane_cut > last_lane) ? lane_cut >> 1 : lane_cut;
    lane_q     <= (row_q == last_row_i) ? end_lane_q
                                        : random_q[15 -: LaneW] & LaneW'(Lanes - 1);
  end

  assign row_o  = row_q;
  assign lane_o = lane_q;

endmodule

`default_nettype wire
