// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Brings packed digits of a plane to fields of equal width, each right-aligned. Combinational.
///
/// A destination holds its lanes one behind the other, packed in the width of the plane; lane t is
/// number t div Dests of destination t mod Dests.
module hg_vector_unpack #(
  /// Lanes of a row.
  parameter int Tokens = 4,
  /// Destinations.
  parameter int Dests = 2,
  /// Elements of a vector.
  parameter int DHead = 64,
  /// Bits of the planes of K, four bits each, top plane lowest.
  parameter int KPlanes = 'h444,
  /// Bits of the planes of V, likewise.
  parameter int VPlanes = 'h444,
  /// Derived: bits of a field.
  localparam int RspW = hg_vector_pkg::widest(KPlanes, VPlanes),
  /// Derived: bits of a destination.
  localparam int DestBits = Tokens / Dests * DHead * RspW
) (
  input  logic [2:0]                   kind_i,
  input  logic [Dests*DestBits-1:0]    row_i,
  output logic [Tokens*DHead*RspW-1:0] row_o
);

  // Whether all planes have the same width.
  localparam int One = hg_vector_pkg::same(KPlanes, VPlanes) ;

  // Which width the plane has: wide[w] for w bits.
  logic [8:0] wide;
  always_comb begin
    wide = '0;
    for (int p = 0; p < 3; p++) begin
      if (kind_i == 3'(p)) wide[hg_vector_pkg::plane_w(KPlanes, p)] = 1'b1;
      if (kind_i == 3'(4 + p)) wide[hg_vector_pkg::plane_w(VPlanes, p)] = 1'b1;
    end
  end

  logic unused_wide;
  assign unused_wide = ^{wide, kind_i};

  // The row in each width that a plane has; the others are left out.
  localparam int RowBits = Tokens * DHead * RspW;
  logic [8*RowBits-1:0] rows;
  for (genvar w = 1; w <= 8; w++) begin : gen_width
    localparam int Some = hg_vector_pkg::has(KPlanes, w) + hg_vector_pkg::has(VPlanes, w);
    if (Some != 0) begin : gen_some
      for (genvar t = 0; t < Tokens; t++) begin : gen_lane
        for (genvar d = 0; d < DHead; d++) begin : gen_digit
          localparam int At = (t % Dests) * DestBits + (t / Dests * DHead + d) * w;
          assign rows[(w-1)*RowBits+(t*DHead+d)*RspW +: RspW] = RspW'(row_i[At +: w])
              & {RspW{One != 0 || wide[w]}};
        end
      end
    end else begin : gen_none
      assign rows[(w-1)*RowBits +: RowBits] = '0;
    end
  end

  always_comb begin
    row_o = '0;
    for (int w = 0; w < 8; w++) row_o = row_o | rows[w*RowBits +: RowBits];
  end

endmodule

`default_nettype wire
