// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Plane writer: appends the key and the value of a token to a head's cache, as bit planes.
///
/// A job names the token and where the planes of its head lie. The elements of its key and then
/// those of its value come as words on `in`; the two streams need not keep in step, as long as both
/// are in order. For each plane, those of K and then those of V, top plane first, a command and the
/// words of a row leave for an hg_stream_writer, and its answers come back on `written`. Every job
/// is answered on `done`, in order, when all of its planes have been: 0, or the first code that is
/// not 0.
///
/// Elements are signed numbers of 16 bits, and saturate to the bits of all planes of their kind.
/// Digit d of a plane of w bits is in bits d w to d w + w - 1 of its row, as hg_vector_reader reads
/// them. Token n lies in channel n mod Channels, there at place n div Channels, and the address is
///
///   channel * channel_stride + base(kind) + offset(plane) + place * DHead * w / 8
///
/// modulo 2^64, where w is the width of the plane, or of all planes of V together if VLayout is 1.
/// If it is 2, DHead * w / 8 is rounded up to a power of two for V.
///
/// Where nothing stalls, a word of elements is taken per cycle, and with U bits, the power of two
/// that divides the widths of all planes and 16, a word of digits leaves per 16 / U + 1 cycles. No
/// elements are taken while digits leave. A command leaves per 4 (F + 2) + 2 cycles, F the bits of
/// the largest factor of a place; jobs and elements of the next token are taken while earlier
/// ones are being written.
module hg_plane_writer #(
  /// Elements of a head: 8 to 128, a multiple of 8.
  parameter int DHead = 64,
  /// Bits of the planes of K, four bits a plane, top plane lowest, 0 behind the last: 1 to 3 planes
  /// of 2 to 8 bits, 12 bits in all at most.
  parameter int KPlanes = 'h444,
  /// Bits of the planes of V, likewise.
  parameter int VPlanes = 'h444,
  /// How V lies: 0 plane by plane, 1 all planes of a token together, 2 plane by plane with each
  /// vector filled up to a power of two of bytes.
  parameter int VLayout = 0,
  /// Channels that tokens are spread over: a power of two, 1 to 32.
  parameter int Channels = 1,
  /// Bits of a word: a power of two, 64 to 512.
  parameter int DataW = 64,
  /// Derived: planes of K.
  localparam int KCount = hg_plane_pkg::count(KPlanes),
  /// Derived: planes of V.
  localparam int VCount = hg_plane_pkg::count(VPlanes)
) (
  /// Clock, rising edge.
  input  logic                 clk_i,
  /// Asynchronous reset, active low. It may come at any time.
  input  logic                 rst_ni,
  /// A token is to be written.
  input  logic                 job_valid_i,
  /// The job is taken.
  output logic                 job_ready_o,
  /// Number of the token.
  input  logic [15:0]          job_token_i,
  /// Base of the planes of K.
  input  logic [63:0]          job_k_base_i,
  /// Base of the planes of V.
  input  logic [63:0]          job_v_base_i,
  /// Distance of each plane of K from the base in bytes, the top plane lowest.
  input  logic [KCount*32-1:0] job_k_offset_i,
  /// Distance of each plane of V from the base in bytes, the top plane lowest.
  input  logic [VCount*32-1:0] job_v_offset_i,
  /// Bytes from a channel to the next; steady while a job is under way.
  input  logic [63:0]          channel_stride_i,
  /// A word of elements is offered.
  input  logic                 in_valid_i,
  /// The word is taken.
  output logic                 in_ready_o,
  /// Its elements, 16 bits each, the first in the low bits; K and V begin with a word.
  input  logic [DataW-1:0]     in_data_i,
  /// A command for a stream writer is offered.
  output logic                 cmd_valid_o,
  /// The command is taken.
  input  logic                 cmd_ready_i,
  /// Address of the row.
  output logic [63:0]          cmd_addr_o,
  /// Bytes of the row.
  output logic [20:0]          cmd_bytes_o,
  /// Always 1.
  output logic [16:0]          cmd_rows_o,
  /// Always 0.
  output logic [31:0]          cmd_stride_o,
  /// A word of a row is offered.
  output logic                 out_valid_o,
  /// The word is taken.
  input  logic                 out_ready_i,
  /// The word; bytes behind the end of the row are anything.
  output logic [DataW-1:0]     out_data_o,
  /// The answer to a command is offered.
  input  logic                 written_valid_i,
  /// The answer is taken.
  output logic                 written_ready_o,
  /// How the command ended, 0 if well.
  input  logic [2:0]           written_code_i,
  /// All planes of a token have been written.
  output logic                 done_valid_o,
  /// That is taken.
  input  logic                 done_ready_i,
  /// The first code of its commands that is not 0, or 0.
  output logic [2:0]           done_code_o
);

  if (DHead < 8 || DHead > 128 || DHead % 8 != 0) begin : gen_illegal_head
    ERROR_hg_plane_writer_DHead_must_be_8_to_128_and_a_multiple_of_8 u_illegal ();
  end
  if (KCount < 1 || VCount < 1 || hg_plane_pkg::bits_before(KPlanes, 3) > 12
      || hg_plane_pkg::bits_before(VPlanes, 3) > 12 || (KPlanes >> 12) != 0
      || (VPlanes >> 12) != 0 || hg_plane_pkg::most(1, KPlanes, VPlanes, 0) > 8) begin : gen_illegal
    ERROR_hg_plane_writer_planes_must_be_1_to_3_of_2_to_8_bits_and_of_12_in_all u_illegal ();
  end
  if (Channels < 1 || Channels > 32 || 2 ** $clog2(Channels) != Channels) begin : gen_illegal_ch
    ERROR_hg_plane_writer_Channels_must_be_a_power_of_two_from_1_to_32 u_illegal ();
  end
  if (DataW < 64 || DataW > 512 || 2 ** $clog2(DataW) != DataW) begin : gen_illegal_width
    ERROR_hg_plane_writer_DataW_must_be_64_128_256_or_512 u_illegal ();
  end

  hg_plane_address #(
    .DHead    (DHead),
    .KPlanes  (KPlanes),
    .VPlanes  (VPlanes),
    .VLayout  (VLayout),
    .Channels (Channels)
  ) u_address (
    .clk_i,
    .rst_ni,
    .job_valid_i,
    .job_ready_o,
    .job_token_i,
    .job_k_base_i,
    .job_v_base_i,
    .job_k_offset_i,
    .job_v_offset_i,
    .channel_stride_i,
    .cmd_valid_o,
    .cmd_ready_i,
    .cmd_addr_o,
    .cmd_bytes_o
  );

  assign cmd_rows_o   = 17'd1;
  assign cmd_stride_o = 32'd0;

  hg_plane_words #(
    .DHead   (DHead),
    .KPlanes (KPlanes),
    .VPlanes (VPlanes),
    .DataW   (DataW)
  ) u_words (
    .clk_i,
    .rst_ni,
    .in_valid_i,
    .in_ready_o,
    .in_data_i,
    .out_valid_o,
    .out_ready_i,
    .out_data_o
  );

  hg_plane_answer #(.Planes(KCount + VCount)) u_answer (
    .clk_i,
    .rst_ni,
    .in_valid_i  (written_valid_i),
    .in_ready_o  (written_ready_o),
    .in_code_i   (written_code_i),
    .out_valid_o (done_valid_o),
    .out_ready_i (done_ready_i),
    .out_code_o  (done_code_o)
  );

endmodule

`default_nettype wire
