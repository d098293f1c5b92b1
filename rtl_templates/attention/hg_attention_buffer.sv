// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Plane buffer of K or of V: all planes of the tokens of the jobs in flight.
///
/// A memory for each lane and plane, as wide as the plane's digits, so that a masked row writes
/// only its lanes and no narrow plane wastes room. An address is that of a row in a ring; each lane
/// has one of its own.
///
/// Read: two cycles from `rd_valid_i` to `digits_o`, one slice of a row each. Digits come out
/// signed and centred: the digits below the top plane are unsigned in memory and have their top
/// bit flipped, which takes off half their range (the caller adds it back as one offset).
module hg_attention_buffer #(
  /// Keys a row, 1 and up.
  parameter int Tokens = 1,
  /// Planes, 1 to 3.
  parameter int Planes = 3,
  /// Width of plane p in nibble p, 2 to 8 each.
  parameter int Widths = 'h444,
  /// Bits of an address, 1 and up; so many rows are held.
  parameter int AddrW = 11,
  /// Elements of a vector, 8 to 128, a multiple of 8.
  parameter int DHead = 64,
  /// Slices of a vector, 1 and up, a divisor of DHead.
  parameter int Folds = 1,
  /// Bits that a digit takes in a response, at least the widest plane.
  parameter int InW = 4,
  /// Bits of a digit that is read, at least the widest plane.
  parameter int DigitW = 4,
  /// Derived: bits of a slice's number.
  localparam int FoldW = hg_pkg::idx_width(Folds),
  /// Derived: elements of a slice.
  localparam int Slice = DHead / Folds
) (
  input  logic                           clk_i,
  input  logic                           wr_en_i,
  input  logic [1:0]                     wr_plane_i,
  input  logic [Tokens*AddrW-1:0]        wr_addr_i,
  input  logic [Tokens-1:0]              wr_mask_i,
  input  logic [Tokens*DHead*InW-1:0]    wr_data_i,
  input  logic                           rd_valid_i,
  input  logic [1:0]                     rd_plane_i,
  input  logic [Tokens*AddrW-1:0]        rd_addr_i,
  input  logic [FoldW-1:0]               rd_fold_i,
  output logic [Tokens*Slice*DigitW-1:0] digits_o
);

  localparam int RowBits = Slice * DigitW;

  logic [1:0]       plane_q;
  logic [FoldW-1:0] fold_q;

  always_ff @(posedge clk_i) begin
    plane_q <= rd_plane_i;
    fold_q  <= rd_fold_i;
  end

  for (genvar t = 0; t < Tokens; t++) begin : gen_lane
    logic [Planes*RowBits-1:0] slices;
    logic [RowBits-1:0]        slice_d, slice_q;

    for (genvar p = 0; p < Planes; p++) begin : gen_plane
      localparam int W = (Widths >> (4 * p)) & 15;
      logic [DHead*W-1:0] wr_word, word;

      for (genvar d = 0; d < DHead; d++) begin : gen_pack
        assign wr_word[d*W +: W] = wr_data_i[(t*DHead+d)*InW +: W];
      end

      // Only the first slice of a row reads: the word then stands for the others.
      hg_ram_1r1w #(
        .Width        (DHead * W),
        .DepthEntries (2 ** AddrW)
      ) u_ram (
        .clk_i,
        .wr_en_i   (wr_en_i && wr_mask_i[t] && wr_plane_i == 2'(p)),
        .wr_addr_i (wr_addr_i[t*AddrW +: AddrW]),
        .wr_data_i (wr_word),
        .rd_en_i   (rd_valid_i && rd_fold_i == '0 && rd_plane_i == 2'(p)),
        .rd_addr_i (rd_addr_i[t*AddrW +: AddrW]),
        .rd_data_o (word)
      );

      // The slice of this cycle, centred.
      logic [Slice*W-1:0] part;
      always_comb begin
        part = '0;
        for (int f = 0; f < Folds; f++) begin
          if (fold_q == FoldW'(f)) part = part | word[f*Slice*W +: Slice*W];
        end
      end
      for (genvar d = 0; d < Slice; d++) begin : gen_centre
        logic [W-1:0] digit;
        assign digit = part[d*W +: W] ^ ((p == 0) ? '0 : {1'b1, {(W-1){1'b0}}});
        assign slices[p*RowBits+d*DigitW +: DigitW] = DigitW'($signed(digit));
      end
    end

    always_comb begin
      slice_d = '0;
      for (int p = 0; p < Planes; p++) begin
        if (plane_q == 2'(p)) slice_d = slice_d | slices[p*RowBits +: RowBits];
      end
    end

    always_ff @(posedge clk_i) slice_q <= slice_d;
    assign digits_o[t*RowBits +: RowBits] = slice_q;
  end

  if (InW > 2) begin : gen_unused
    // Digits of a plane that is narrower than the widest leave bits of a response unused.
    logic unused_data;
    assign unused_data = ^wr_data_i;
  end

endmodule

`default_nettype wire
