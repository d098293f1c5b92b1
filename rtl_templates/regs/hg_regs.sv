// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// The registers of an accelerator, behind whatever bus.
///
/// Offsets, fields and their meaning: doc/registers.md. A write is executed in the cycle of
/// `write_i`, a read in that of `read_i`, which sees what was there before the write; answers are
/// combinational. The low half of a counter is read in one cycle and its high half kept in the
/// next, in which no other read may come.
module hg_regs #(
  /// Elements of a head: 8 to 128, a multiple of 8.
  parameter int DHead = 64,
  /// Multiplier lanes: a power of two, 8 to 1024.
  parameter int Lanes = 64,
  /// Most tokens of a job: 8 to 4096.
  parameter int MaxTokens = 1024,
  /// Bits of the planes of K, four bits a plane, top plane lowest, 0 behind the last: 1 to 3 planes
  /// of 2 to 8 bits.
  parameter int KPlanes = 'h444,
  /// Bits of the planes of V: likewise.
  parameter int VPlanes = 'h444,
  /// Jobs in flight: a power of two, 4 to 64.
  parameter int Jobs = 8,
  /// Channels of the memory: a power of two, 1 to 32.
  parameter int Channels = 1,
  /// Bits of the data of a channel: a power of two, 64 to 512.
  parameter int DataW = 512,
  /// Entries of the table of heads: a power of two, 4 to 256.
  parameter int Heads = 16,
  /// Bits of the data of the port for descriptors and streams: a power of two, 64 to 512.
  parameter int IoW = 64,
  /// How the planes of V lie: 0 apart, 1 all planes of a token together.
  parameter int VLayout = 0,
  /// What there is: 1 attention, 2 cascade, 4 append, 8 the array for sparse GEMM, added up.
  parameter int Features = 1,
  /// Derived: planes of K.
  localparam int KCount = hg_vector_pkg::count(KPlanes),
  /// Derived: planes of V.
  localparam int VCount = hg_vector_pkg::count(VPlanes),
  /// Derived: bits of a count of bytes of a plane that are asked for in a cycle.
  localparam int ByteW = hg_pkg::cnt_width(((Lanes > DHead) ? Lanes / DHead : 1) * (DHead / 8)
                                           * hg_vector_pkg::widest(KPlanes, VPlanes)),
  /// Derived: bits of a count of bytes of streams that move in a cycle.
  localparam int IoByteW = hg_pkg::cnt_width(IoW / 8)
) (
  /// Clock, rising edge.
  input  logic                    clk_i,
  /// Asynchronous reset, active low.
  input  logic                    rst_ni,
  /// A register is written.
  input  logic                    write_i,
  /// Its offset.
  input  logic [11:2]             write_addr_i,
  /// Data of the write.
  input  logic [31:0]             write_data_i,
  /// Bytes of the data that count.
  input  logic [3:0]              write_strb_i,
  /// There is no such register to write.
  output logic                    write_error_o,
  /// A register is read; not in the cycle after another read.
  input  logic                    read_i,
  /// Its offset.
  input  logic [11:2]             read_addr_i,
  /// The register, or 0.
  output logic [31:0]             read_data_o,
  /// There is no such register to read.
  output logic                    read_error_o,
  /// Commands may begin; while it is low, none begins.
  output logic                    enable_o,
  /// The queue is to be emptied, for a cycle.
  output logic                    soft_reset_o,
  /// Errors are to be cleared, for a cycle.
  output logic                    error_clear_o,
  /// Interrupt, a level.
  output logic                    irq_o,
  /// Address of the command ring.
  output logic [63:0]             ring_base_o,
  /// Entries of the command ring.
  output logic [15:0]             ring_size_o,
  /// Index behind the last descriptor that may be executed.
  output logic [15:0]             ring_tail_o,
  /// The tail has been written, for a cycle.
  output logic                    doorbell_o,
  /// AxPROT of all accesses to memory.
  output logic [2:0]              axprot_o,
  /// AxCACHE of all accesses to memory.
  output logic [3:0]              axcache_o,
  /// Bytes from the address space of a channel to that of the next.
  output logic [63:0]             channel_stride_o,
  /// First byte of memory that may be touched.
  output logic [63:0]             window_base_o,
  /// The byte behind the last that may be touched.
  output logic [63:0]             window_end_o,
  /// Nothing is in flight.
  input  logic                    idle_i,
  /// A job is under way.
  input  logic                    running_i,
  /// A job is complete that asked for an interrupt, for a cycle.
  input  logic                    done_i,
  /// An error is there, until the cycle after error_clear_o.
  input  logic                    error_valid_i,
  /// Code of the error, 16 to 255.
  input  logic [7:0]              error_code_i,
  /// Address of the error, or 0.
  input  logic [63:0]             error_addr_i,
  /// Index of the first descriptor that has not been fetched.
  input  logic [15:0]             ring_head_i,
  /// Engines that work: QK, scores, softmax, PV, the first lowest.
  input  logic [3:0]              busy_i,
  /// Bytes of each plane of K that are asked for, plane 0 in the low bits.
  input  logic [KCount*ByteW-1:0] k_bytes_i,
  /// Bytes of each plane of V that are asked for, likewise.
  input  logic [VCount*ByteW-1:0] v_bytes_i,
  /// Bytes of the streams that are read.
  input  logic [IoByteW-1:0]      in_bytes_i,
  /// Bytes of the streams that are written.
  input  logic [IoByteW-1:0]      out_bytes_i,
  /// Requests in flight of each channel, ten bits each, channel 0 in the low bits.
  input  logic [Channels*10-1:0]  flight_i,
  /// Channels on which a request waits for the memory.
  input  logic [Channels-1:0]     blocked_i
);

  if (Channels < 1 || Channels > 32 || 2 ** $clog2(Channels) != Channels)
  begin : gen_illegal_channels
    ERROR_hg_regs_Channels_must_be_a_power_of_two_from_1_to_32 u_illegal ();
  end
  if (DataW < 64 || DataW > 512 || 2 ** $clog2(DataW) != DataW) begin : gen_illegal_data
    ERROR_hg_regs_DataW_must_be_a_power_of_two_from_64_to_512 u_illegal ();
  end
  if (Heads < 4 || Heads > 256 || 2 ** $clog2(Heads) != Heads) begin : gen_illegal_heads
    ERROR_hg_regs_Heads_must_be_a_power_of_two_from_4_to_256 u_illegal ();
  end
  if (IoW < 64 || IoW > 512 || 2 ** $clog2(IoW) != IoW) begin : gen_illegal_io
    ERROR_hg_regs_IoW_must_be_a_power_of_two_from_64_to_512 u_illegal ();
  end
  if (VLayout < 0 || VLayout > 2) begin : gen_illegal_layout
    ERROR_hg_regs_VLayout_must_be_0_to_2 u_illegal ();
  end
  if (Features < 0 || Features > 15) begin : gen_illegal_features
    ERROR_hg_regs_Features_must_be_0_to_15 u_illegal ();
  end
  if (KPlanes < 1 || KPlanes > 'h888 || VPlanes < 1 || VPlanes > 'h888) begin : gen_illegal_planes
    ERROR_hg_regs_KPlanes_and_VPlanes_must_hold_1_to_3_planes u_illegal ();
  end

  logic        clear, preset, write_known, fetch, fetch_q;
  logic [11:2] addr, fetch_addr_q;
  logic        identity_known, control_known, counters_known, channels_known, high;
  logic [31:0] identity, control, counters, channels, high_q;

  // The high half of a counter is a cycle behind its low half, and is fetched a cycle later.
  assign addr = fetch_q ? fetch_addr_q : read_addr_i;

  hg_regs_identity #(
    .DHead     (DHead),
    .Lanes     (Lanes),
    .MaxTokens (MaxTokens),
    .KPlanes   (KPlanes),
    .VPlanes   (VPlanes),
    .Jobs      (Jobs),
    .Channels  (Channels),
    .DataW     (DataW),
    .Heads     (Heads),
    .IoW       (IoW),
    .VLayout   (VLayout),
    .Features  (Features)
  ) u_identity (
    .addr_i  (addr),
    .known_o (identity_known),
    .data_o  (identity)
  );

  hg_regs_control u_control (
    .clk_i,
    .rst_ni,
    .write_i,
    .write_addr_i,
    .write_data_i,
    .write_strb_i,
    .write_known_o     (write_known),
    .read_addr_i       (addr),
    .read_known_o      (control_known),
    .read_data_o       (control),
    .clear_counters_o  (clear),
    .preset_counters_o (preset),
    .enable_o,
    .soft_reset_o,
    .error_clear_o,
    .irq_o,
    .ring_base_o,
    .ring_size_o,
    .ring_tail_o,
    .doorbell_o,
    .axprot_o,
    .axcache_o,
    .channel_stride_o,
    .window_base_o,
    .window_end_o,
    .idle_i,
    .running_i,
    .done_i,
    .error_valid_i,
    .error_code_i,
    .error_addr_i,
    .ring_head_i
  );

  hg_regs_counters #(
    .KCount  (KCount),
    .VCount  (VCount),
    .ByteW   (ByteW),
    .IoByteW (IoByteW)
  ) u_counters (
    .clk_i,
    .rst_ni,
    .clear_i  (clear),
    .preset_i (preset),
    .running_i,
    .busy_i,
    .k_bytes_i,
    .v_bytes_i,
    .in_bytes_i,
    .out_bytes_i,
    .addr_i   (addr),
    .known_o  (counters_known),
    .data_o   (counters)
  );

  hg_regs_channels #(
    .Channels (Channels)
  ) u_channels (
    .clk_i,
    .rst_ni,
    .clear_i  (clear),
    .preset_i (preset),
    .flight_i,
    .blocked_i,
    .addr_i   (addr),
    .known_o  (channels_known),
    .data_o   (channels)
  );

  // Counters lie at multiples of eight, low half first; FLIGHT of a channel is none.
  assign high  = addr[2] && (counters_known || channels_known);
  assign fetch = read_i && !addr[2] && (counters_known || (channels_known && addr[3]));

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      fetch_q      <= 1'b0;
      fetch_addr_q <= '0;
      high_q       <= '0;
    end else begin
      fetch_q      <= fetch;
      fetch_addr_q <= {addr[11:3], 1'b1};
      if (fetch_q) high_q <= counters | channels;
    end
  end

  assign write_error_o = !write_known;
  assign read_error_o  = !(identity_known || control_known || counters_known || channels_known);
  assign read_data_o   = high ? high_q : identity | control | counters | channels;

`ifndef SYNTHESIS
`ifndef YOSYS
  // The cycle after the reading of a low half belongs to its high half.
  always @(posedge clk_i) begin
    if (fetch_q && read_i) $error("%m: a read in the cycle after another");
  end
`endif
`endif

endmodule

`default_nettype wire
