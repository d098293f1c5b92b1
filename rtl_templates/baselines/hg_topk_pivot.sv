// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none

/// Chooses the place of a pivot: a pseudo-random row and lane of a part that ends at lane
/// `tail_i - 1` of row `last_row_i` (combinational on a 16-bit shift register).
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
  logic [RowW-1:0]  row_mask, row_cut;
  logic [LaneW-1:0] last_lane, lane_mask, lane_cut;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) random_q <= 16'hACE1;
    else if (step_i) begin
      random_q <= {random_q[14:0], random_q[15] ^ random_q[13] ^ random_q[12] ^ random_q[10]};
    end
  end

  assign row_cut   = random_q[RowW-1:0] & row_mask;
  assign row_o     = (row_cut > last_row_i) ? row_cut >> 1 : row_cut;
  assign last_lane = (row_o == last_row_i) ? LaneW'(tail_i - TailW'(1)) : LaneW'(Lanes - 1);
  assign lane_cut  = random_q[15 -: LaneW] & lane_mask;
  assign lane_o    = (lane_cut > last_lane) ? lane_cut >> 1 : lane_cut;

  always_comb begin
    row_mask  = '0;
    lane_mask = '0;
    for (int b = 0; b < RowW; b++) row_mask[b] = (last_row_i >> b) != '0;
    for (int b = 0; b < LaneW; b++) lane_mask[b] = (last_lane >> b) != '0;
  end

endmodule

`default_nettype wire
