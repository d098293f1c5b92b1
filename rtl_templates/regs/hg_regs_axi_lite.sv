// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// The registers of an accelerator on AXI4-Lite.
///
/// Offsets, fields and their meaning: doc/registers.md. Address and data of a write come in any
/// order; each channel has a place of its own, and is ready while that is empty. A response comes
/// two cycles behind the last of its request, and neither response waits for the other. No input
/// reaches an output within a cycle.
module hg_regs_axi_lite #(
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
  /// Address of a write is offered.
  input  logic                    regs_awvalid_i,
  /// Address of a write is taken.
  output logic                    regs_awready_o,
  /// Offset that is written; bits 1 and 0 say nothing.
  input  logic [11:0]             regs_awaddr_i,
  /// AWPROT, which says nothing here.
  input  logic [2:0]              regs_awprot_i,
  /// Data of a write are offered.
  input  logic                    regs_wvalid_i,
  /// Data of a write are taken.
  output logic                    regs_wready_o,
  /// Data of a write.
  input  logic [31:0]             regs_wdata_i,
  /// Bytes of the data that count.
  input  logic [3:0]              regs_wstrb_i,
  /// Response to a write is offered.
  output logic                    regs_bvalid_o,
  /// Response to a write is taken.
  input  logic                    regs_bready_i,
  /// 0, or 2 (SLVERR) where there is no such register to write.
  output logic [1:0]              regs_bresp_o,
  /// Address of a read is offered.
  input  logic                    regs_arvalid_i,
  /// Address of a read is taken.
  output logic                    regs_arready_o,
  /// Offset that is read; bits 1 and 0 say nothing.
  input  logic [11:0]             regs_araddr_i,
  /// ARPROT, which says nothing here.
  input  logic [2:0]              regs_arprot_i,
  /// Response to a read is offered.
  output logic                    regs_rvalid_o,
  /// Response to a read is taken.
  input  logic                    regs_rready_i,
  /// The register, or 0.
  output logic [31:0]             regs_rdata_o,
  /// 0, or 2 (SLVERR) where there is no such register to read.
  output logic [1:0]              regs_rresp_o,
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

  logic        aw_q, w_q, ar_q, b_q, r_q, b_error_q, r_error_q;
  logic [11:2] awaddr_q, araddr_q;
  logic [31:0] wdata_q, rdata_q, rdata;
  logic [3:0]  wstrb_q;
  logic        write, read, b_error, r_error, unused_inputs;

  assign unused_inputs = ^{regs_awaddr_i[1:0], regs_araddr_i[1:0], regs_awprot_i, regs_arprot_i};

  assign write = aw_q && w_q && !b_q;
  assign read  = ar_q && !r_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      aw_q <= 1'b0;
      w_q  <= 1'b0;
      ar_q <= 1'b0;
      b_q  <= 1'b0;
      r_q  <= 1'b0;
    end else begin
      aw_q <= aw_q ? !write : regs_awvalid_i;
      w_q  <= w_q ? !write : regs_wvalid_i;
      ar_q <= ar_q ? !read : regs_arvalid_i;
      b_q  <= b_q ? !regs_bready_i : write;
      r_q  <= r_q ? !regs_rready_i : read;
    end
  end

  always_ff @(posedge clk_i) begin
    if (!aw_q) awaddr_q <= regs_awaddr_i[11:2];
    if (!w_q) wdata_q <= regs_wdata_i;
    if (!w_q) wstrb_q <= regs_wstrb_i;
    if (!ar_q) araddr_q <= regs_araddr_i[11:2];
    if (write) b_error_q <= b_error;
    if (read) r_error_q <= r_error;
    if (read) rdata_q <= rdata;
  end

  assign regs_awready_o = !aw_q;
  assign regs_wready_o  = !w_q;
  assign regs_arready_o = !ar_q;
  assign regs_bvalid_o  = b_q;
  assign regs_bresp_o   = {b_error_q, 1'b0};
  assign regs_rvalid_o  = r_q;
  assign regs_rresp_o   = {r_error_q, 1'b0};
  assign regs_rdata_o   = rdata_q;

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
    .write_addr_i  (awaddr_q),
    .write_data_i  (wdata_q),
    .write_strb_i  (wstrb_q),
    .write_error_o (b_error),
    .read_i        (read),
    .read_addr_i   (araddr_q),
    .read_data_o   (rdata),
    .read_error_o  (r_error),
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
  // Requests that have been taken and not answered: at most two on each side, of which the port
  // holds one, and its response another.
  logic       f_seen_q, f_b_q, f_r_q, f_read_q;
  logic [2:0] f_aw_q, f_w_q, f_ar_q;
  logic [1:0] f_bresp_q, f_rresp_q;
  logic [31:0] f_rdata_q;

  initial f_seen_q = 1'b0;
  always @(posedge clk_i) f_seen_q <= 1'b1;
  always_comb assume (rst_ni == f_seen_q);

  wire f_b = regs_bvalid_o && regs_bready_i;
  wire f_r = regs_rvalid_o && regs_rready_i;

  always @(posedge clk_i) begin
    if (!rst_ni) begin
      f_aw_q   <= '0;
      f_w_q    <= '0;
      f_ar_q   <= '0;
      f_b_q    <= 1'b0;
      f_r_q    <= 1'b0;
      f_read_q <= 1'b0;
    end else begin
      f_aw_q    <= f_aw_q + 3'(regs_awvalid_i && regs_awready_o) - 3'(f_b);
      f_w_q     <= f_w_q + 3'(regs_wvalid_i && regs_wready_o) - 3'(f_b);
      f_ar_q    <= f_ar_q + 3'(regs_arvalid_i && regs_arready_o) - 3'(f_r);
      f_b_q     <= regs_bvalid_o && !regs_bready_i;
      f_r_q     <= regs_rvalid_o && !regs_rready_i;
      f_read_q  <= read;
      f_bresp_q <= regs_bresp_o;
      f_rresp_q <= regs_rresp_o;
      f_rdata_q <= regs_rdata_o;
    end
    if (rst_ni) begin
      // One response for one request, none without.
      assert (f_aw_q == 3'(aw_q) + 3'(b_q));
      assert (f_w_q == 3'(w_q) + 3'(b_q));
      assert (f_ar_q == 3'(ar_q) + 3'(r_q));
      if (regs_bvalid_o) assert (f_aw_q != '0 && f_w_q != '0);
      if (regs_rvalid_o) assert (f_ar_q != '0);
      // A response that is not taken stays as it is.
      if (f_b_q) assert (regs_bvalid_o && regs_bresp_o == f_bresp_q);
      if (f_r_q) assert (regs_rvalid_o && regs_rresp_o == f_rresp_q && regs_rdata_o == f_rdata_q);
      // No read follows another at once, as the registers want it.
      if (f_read_q) assert (!read);
      // An error holds no data.
      if (regs_rvalid_o && regs_rresp_o != '0) assert (regs_rdata_o == '0);
      cover (regs_bvalid_o && regs_bresp_o == 2'd2 && regs_rvalid_o && regs_rresp_o == 2'd0);
    end
  end
`endif

endmodule

`default_nettype wire
