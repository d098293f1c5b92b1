// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// What the registers count of the traffic of the core: bytes of plane vectors that it asks for, by
/// kind and plane, and bytes on the other port. All of it two cycles later.
module hg_attention_traffic #(
  /// Elements of a head: 8 to 128, a multiple of 8.
  parameter int DHead = 64,
  /// Keys of a row: a power of two, 1 to 64.
  parameter int Tokens = 1,
  /// Bits of the planes of K, four bits a plane, top plane lowest, 0 behind the last: 1 to 3 planes
  /// of 2 to 8 bits.
  parameter int KPlanes = 'h444,
  /// Bits of the planes of V, likewise.
  parameter int VPlanes = 'h444,
  /// Bits of a beat of the other port: a power of two, 64 to 512.
  parameter int IoW = 64,
  /// Derived: planes of K.
  localparam int KCount = hg_vector_pkg::count(KPlanes),
  /// Derived: planes of V.
  localparam int VCount = hg_vector_pkg::count(VPlanes),
  /// Derived: bits of a count of bytes of a plane.
  localparam int ByteW = hg_pkg::cnt_width(Tokens * (DHead / 8)
                                           * hg_vector_pkg::widest(KPlanes, VPlanes)),
  /// Derived: bits of a count of bytes of a beat.
  localparam int IoByteW = hg_pkg::cnt_width(IoW / 8)
) (
  input  logic                    clk_i,
  input  logic                    rst_ni,
  input  logic                    req_taken_i,
  input  logic                    req_value_i,
  input  logic [1:0]              req_plane_i,
  input  logic [Tokens-1:0]       req_mask_i,
  input  logic                    read_taken_i,
  input  logic                    write_taken_i,
  input  logic [IoW/8-1:0]        write_strb_i,
  output logic [KCount*ByteW-1:0] k_bytes_o,
  output logic [VCount*ByteW-1:0] v_bytes_o,
  output logic [IoByteW-1:0]      in_bytes_o,
  output logic [IoByteW-1:0]      out_bytes_o
);

  localparam int CntW  = hg_pkg::cnt_width(Tokens);
  localparam int StrbW = IoW / 8;

  logic              taken_q, value_q, read_q, write_q;
  logic [1:0]        plane_q;
  logic [Tokens-1:0] mask_q;
  logic [StrbW-1:0]  strb_q;
  logic [CntW-1:0]   vectors;
  logic [IoByteW-1:0] bytes;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      taken_q <= 1'b0;
      read_q  <= 1'b0;
      write_q <= 1'b0;
    end else begin
      taken_q <= req_taken_i;
      read_q  <= read_taken_i;
      write_q <= write_taken_i;
    end
  end

  always_ff @(posedge clk_i) begin
    value_q <= req_value_i;
    plane_q <= req_plane_i;
    mask_q  <= req_mask_i;
    strb_q  <= write_strb_i;
  end

  always_comb begin
    vectors = '0;
    for (int t = 0; t < Tokens; t++) vectors = vectors + CntW'(mask_q[t]);
    bytes = '0;
    for (int b = 0; b < StrbW; b++) bytes = bytes + IoByteW'(strb_q[b]);
  end

  for (genvar p = 0; p < KCount; p++) begin : gen_k
    localparam int Size = DHead / 8 * hg_vector_pkg::plane_w(KPlanes, p);
    logic [ByteW-1:0] bytes_q;

    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) bytes_q <= '0;
      else if (taken_q && !value_q && plane_q == 2'(p)) bytes_q <= ByteW'(vectors) * ByteW'(Size);
      else bytes_q <= '0;
    end

    assign k_bytes_o[p*ByteW +: ByteW] = bytes_q;
  end

  for (genvar p = 0; p < VCount; p++) begin : gen_v
    localparam int Size = DHead / 8 * hg_vector_pkg::plane_w(VPlanes, p);
    logic [ByteW-1:0] bytes_q;

    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) bytes_q <= '0;
      else if (taken_q && value_q && plane_q == 2'(p)) bytes_q <= ByteW'(vectors) * ByteW'(Size);
      else bytes_q <= '0;
    end

    assign v_bytes_o[p*ByteW +: ByteW] = bytes_q;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      in_bytes_o  <= '0;
      out_bytes_o <= '0;
    end else begin
      in_bytes_o  <= read_q ? IoByteW'(StrbW) : '0;
      out_bytes_o <= write_q ? bytes : '0;
    end
  end

endmodule

`default_nettype wire
