// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// The registers of an accelerator on APB4.
///
/// Offsets, fields and their meaning: doc/registers.md. A transfer takes three cycles: it is taken
/// in the first, executed in the second, and ends in the third. No input reaches an output within a
/// cycle.
module hg_regs_apb #(
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
  /// A transfer is asked for.
  input  logic                    regs_psel_i,
  /// Second and later cycles of the transfer.
  input  logic                    regs_penable_i,
  /// Offset of a register; bits 1 and 0 say nothing.
  input  logic [11:0]             regs_paddr_i,
  /// PPROT, which says nothing here.
  input  logic [2:0]              regs_pprot_i,
  /// The register is written.
  input  logic                    regs_pwrite_i,
  /// Data of a write.
  input  logic [31:0]             regs_pwdata_i,
  /// Bytes of the data that count.
  input  logic [3:0]              regs_pstrb_i,
  /// The transfer ends.
  output logic                    regs_pready_o,
  /// The register, or 0.
  output logic [31:0]             regs_prdata_o,
  /// There is no such register to read or write.
  output logic                    regs_pslverr_o,
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

  logic        request_q, ready_q, write_q, error_q;
  logic [11:2] addr_q;
  logic [31:0] wdata_q, rdata_q, rdata;
  logic [3:0]  strb_q;
  logic        read, write, read_error, write_error, unused_inputs;

  // The select alone begins a transfer: whatever a reset cut off begins anew.
  assign unused_inputs = ^{regs_paddr_i[1:0], regs_pprot_i, regs_penable_i};

  assign write = request_q && write_q;
  assign read  = request_q && !write_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      request_q <= 1'b0;
      ready_q   <= 1'b0;
      error_q   <= 1'b0;
      rdata_q   <= '0;
    end else begin
      request_q <= regs_psel_i && !request_q && !ready_q;
      ready_q   <= request_q;
      error_q   <= (write && write_error) || (read && read_error);
      rdata_q   <= read ? rdata : '0;
    end
  end

  always_ff @(posedge clk_i) begin
    addr_q  <= regs_paddr_i[11:2];
    write_q <= regs_pwrite_i;
    wdata_q <= regs_pwdata_i;
    strb_q  <= regs_pstrb_i;
  end

  assign regs_pready_o  = ready_q;
  assign regs_prdata_o  = rdata_q;
  assign regs_pslverr_o = error_q;

  hg_regs #(
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
  ) u_regs (
    .clk_i,
    .rst_ni,
    .write_i       (write),
    .write_addr_i  (addr_q),
    .write_data_i  (wdata_q),
    .write_strb_i  (strb_q),
    .write_error_o (write_error),
    .read_i        (read),
    .read_addr_i   (addr_q),
    .read_data_o   (rdata),
    .read_error_o  (read_error),
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
    .ring_head_i,
    .busy_i,
    .k_bytes_i,
    .v_bytes_i,
    .in_bytes_i,
    .out_bytes_i,
    .flight_i,
    .blocked_i
  );

`ifdef HG_FORMAL
  // The master keeps to the protocol: a transfer stays as it is until it ends.
  logic        f_seen_q, f_open_q, f_enable_q;
  logic [48:0] f_held_q;
  logic [1:0]  f_waited_q;

  wire [48:0] f_held = {regs_paddr_i, regs_pwrite_i, regs_pwdata_i, regs_pstrb_i};

  initial f_seen_q = 1'b0;
  always @(posedge clk_i) f_seen_q <= 1'b1;
  always_comb begin
    assume (rst_ni == f_seen_q);
    assume (regs_penable_i == f_enable_q);
    if (f_open_q) assume (regs_psel_i && f_held == f_held_q);
  end

  always @(posedge clk_i) begin
    if (!rst_ni) begin
      f_open_q   <= 1'b0;
      f_enable_q <= 1'b0;
      f_waited_q <= '0;
    end else begin
      f_open_q   <= regs_psel_i && !regs_pready_o;
      f_enable_q <= regs_psel_i && !regs_pready_o;
      f_held_q   <= f_held;
      f_waited_q <= (regs_psel_i && !regs_pready_o) ? f_waited_q + 2'd1 : '0;
    end
    if (rst_ni) begin
      // Each transfer ends in its third cycle, and nothing ends that has not begun.
      assert (regs_pready_o == (f_waited_q == 2'd2));
      assert (request_q == (f_waited_q == 2'd1));
      assert (f_waited_q != 2'd3);
      assert (f_open_q == (f_waited_q != 2'd0));
      if (regs_pready_o) assert (regs_psel_i && regs_penable_i);
      if (!regs_pready_o) assert (!regs_pslverr_o);
      if (regs_pslverr_o) assert (regs_prdata_o == '0);
      // What is executed is what was asked for.
      if (request_q) assert ({addr_q, write_q} == {f_held_q[48:39], f_held_q[36]});
      if (request_q) assert ({wdata_q, strb_q} == f_held_q[35:0]);
      cover (regs_pready_o && regs_pslverr_o);
    end
  end
`endif

endmodule

`default_nettype wire
