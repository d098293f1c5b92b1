// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// The table of heads: where K and V of a head lie.
///
/// An entry holds the bases of K and V, multiples of 4 KiB, and the distance of each plane from its
/// base, a multiple of the granule; lower bits are taken for zero. A request leaves with base and
/// distance a cycle after it came. An entry is not written while a request of its head is under
/// way.
module hg_vector_table #(
  /// Entries, a power of two.
  parameter int Heads = 64,
  /// Planes of K.
  parameter int KCount = 3,
  /// Planes of V.
  parameter int VCount = 3,
  /// Bytes of a granule.
  parameter int Gran = 32,
  /// Bits that go with a request.
  parameter int SideW = 8,
  /// Derived: bits of a distance from the base in granules.
  localparam int RelW = 32 - $clog2(Gran),
  /// Derived: bits of an entry's number.
  localparam int HeadW = hg_pkg::idx_width(Heads)
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,
  // An entry is written.
  input  logic                 wr_valid_i,
  input  logic [HeadW-1:0]     wr_index_i,
  input  logic [63:0]          wr_k_base_i,
  input  logic [63:0]          wr_v_base_i,
  input  logic [KCount*32-1:0] wr_k_offset_i,
  input  logic [VCount*32-1:0] wr_v_offset_i,
  // Requests, with base and distance when they leave.
  input  logic                 in_valid_i,
  output logic                 in_ready_o,
  input  logic [HeadW-1:0]     in_head_i,
  input  logic [2:0]           in_kind_i,
  input  logic [SideW-1:0]     in_side_i,
  output logic                 out_valid_o,
  input  logic                 out_ready_i,
  output logic [2:0]           out_kind_o,
  output logic [51:0]          out_base_o,
  output logic [RelW-1:0]      out_offset_o,
  output logic [SideW-1:0]     out_side_o
);

  localparam int Planes = KCount + VCount;
  localparam int LogGran = $clog2(Gran);

  logic [Planes*RelW-1:0]     wr_offset, offset;
  logic [51:0]                k_base, v_base;
  logic                       valid_q, unused_low;
  logic [2:0]                 kind_q;
  logic [SideW-1:0]           side_q;

  for (genvar p = 0; p < Planes; p++) begin : gen_plane
    if (p < KCount) begin : gen_k
      assign wr_offset[p*RelW +: RelW] = wr_k_offset_i[p*32+LogGran +: RelW];
    end else begin : gen_v
      assign wr_offset[p*RelW +: RelW] = wr_v_offset_i[(p-KCount)*32+LogGran +: RelW];
    end
  end
  assign unused_low = ^{wr_k_base_i[11:0], wr_v_base_i[11:0], wr_k_offset_i, wr_v_offset_i};

  hg_ram_1r1w #(
    .Width        (104 + Planes * RelW),
    .DepthEntries (Heads)
  ) u_ram (
    .clk_i,
    .wr_en_i   (wr_valid_i),
    .wr_addr_i (wr_index_i),
    .wr_data_i ({wr_k_base_i[63:12], wr_v_base_i[63:12], wr_offset}),
    .rd_en_i   (in_valid_i && in_ready_o),
    .rd_addr_i (in_head_i),
    .rd_data_o ({k_base, v_base, offset})
  );

  assign in_ready_o = !valid_q || out_ready_i;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) valid_q <= 1'b0;
    else if (in_ready_o) valid_q <= in_valid_i;
  end

  always_ff @(posedge clk_i) begin
    if (in_ready_o) begin
      kind_q <= in_kind_i;
      side_q <= in_side_i;
    end
  end

  always_comb begin
    out_offset_o = '0;
    for (int p = 0; p < Planes; p++) begin
      if (kind_q == ((p < KCount) ? 3'(p) : 3'(4 + p - KCount))) begin
        out_offset_o = out_offset_o | offset[p*RelW +: RelW];
      end
    end
  end

  assign out_valid_o = valid_q;
  assign out_kind_o  = kind_q;
  assign out_base_o  = kind_q[2] ? v_base : k_base;
  assign out_side_o  = side_q;

endmodule

`default_nettype wire
