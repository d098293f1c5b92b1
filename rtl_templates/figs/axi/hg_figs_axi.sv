// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// The FiGS array behind registers and a command ring, with AXI4 to memory.
///
/// Software writes descriptors to a ring in memory and rings the doorbell (registers on `s_axi_*`,
/// AXI4-Lite). Each names packed weights, activations and outputs: the accelerator reads tile after
/// tile, multiplies, writes sums, then a completion record if one is asked for, and raises `irq_o`
/// if that is enabled. Formats and codes of errors: doc/commands.md; registers: doc/registers.md.
///
/// `io_*` is one port for all of it. IDs are those of its users (reads: 0 ring, 1 records of tiles,
/// 2 weights, 3 activations; writes: 0 ring, 1 outputs), whose data and responses may come in any
/// order between them. All bursts are INCR, of the full width, and stay in pages of 4096 bytes.
/// Nothing outside of the window of the registers is touched. No input reaches an output within a
/// cycle. The array itself is hg_figs, which says how weights, selects and sums lie.
module hg_figs_axi #(
  /// Rows of the array: 4 to 128, a multiple of Group.
  parameter int Rows = 16,
  /// Columns of the array: 1 to 64.
  parameter int Columns = 4,
  /// Multipliers of a PE: 1 to 16.
  parameter int Lanes = 1,
  /// Rows of a group, M of the patterns: a power of two, 2 to 32.
  parameter int Group = 4,
  /// Neighbours in a row's reach: 0 to Group - 1; N:Group runs if Alpha >= Group - N.
  parameter int Alpha = 3,
  /// Bits of a weight: 4 or 8.
  parameter int WeightW = 8,
  /// Bits of an activation: 4, 8 or 12.
  parameter int ActW = 8,
  /// Bits of a sum: up to 48.
  parameter int PsumW = 28,
  /// Tokens of a tile at most: a power of two.
  parameter int MaxT = 512,
  /// 1 if the multipliers of a PE share a select: otherwise 0.
  parameter int SelShared = 0,
  /// 1 if activations are exchanged instead of selected: otherwise 0.
  parameter int Exchange = 0,
  /// 1 if products are made for multipliers of an FPGA: otherwise 0.
  parameter int Dsp = 0,
  /// Bits of a beat of the port: a power of two, 64 to 512.
  parameter int IoW = 64
) (
  /// Clock, rising edge.
  input  logic                        clk_i,
  /// Asynchronous reset, active low.
  input  logic                        rst_ni,

  // Registers, AXI4-Lite, and the interrupt.
  /// Address of a write is offered.
  input  logic                        s_axi_awvalid_i,
  /// Address of a write is taken.
  output logic                        s_axi_awready_o,
  /// Offset that is written; bits 1 and 0 say nothing.
  input  logic [11:0]                 s_axi_awaddr_i,
  /// AWPROT, which says nothing here.
  input  logic [2:0]                  s_axi_awprot_i,
  /// Data of a write are offered.
  input  logic                        s_axi_wvalid_i,
  /// Data of a write are taken.
  output logic                        s_axi_wready_o,
  /// Data of a write.
  input  logic [31:0]                 s_axi_wdata_i,
  /// Bytes of the data that count.
  input  logic [3:0]                  s_axi_wstrb_i,
  /// Response to a write is offered.
  output logic                        s_axi_bvalid_o,
  /// Response to a write is taken.
  input  logic                        s_axi_bready_i,
  /// 0, or 2 (SLVERR) where there is no such register to write.
  output logic [1:0]                  s_axi_bresp_o,
  /// Address of a read is offered.
  input  logic                        s_axi_arvalid_i,
  /// Address of a read is taken.
  output logic                        s_axi_arready_o,
  /// Offset that is read; bits 1 and 0 say nothing.
  input  logic [11:0]                 s_axi_araddr_i,
  /// ARPROT, which says nothing here.
  input  logic [2:0]                  s_axi_arprot_i,
  /// Response to a read is offered.
  output logic                        s_axi_rvalid_o,
  /// Response to a read is taken.
  input  logic                        s_axi_rready_i,
  /// The register, or 0.
  output logic [31:0]                 s_axi_rdata_o,
  /// 0, or 2 (SLVERR) where there is no such register to read.
  output logic [1:0]                  s_axi_rresp_o,
  /// Interrupt, a level.
  output logic                        irq_o,

  // The port to memory.
  /// A burst is asked for.
  output logic                        io_arvalid_o,
  /// It is taken.
  input  logic                        io_arready_i,
  /// Address of its first beat.
  output logic [63:0]                 io_araddr_o,
  /// Number of the user.
  output logic [3:0]                  io_arid_o,
  /// Beats less one.
  output logic [7:0]                  io_arlen_o,
  /// A whole beat.
  output logic [2:0]                  io_arsize_o,
  /// Addresses go up.
  output logic [1:0]                  io_arburst_o,
  /// AxPROT, as AXI_ATTR says.
  output logic [2:0]                  io_arprot_o,
  /// AxCACHE, as AXI_ATTR says.
  output logic [3:0]                  io_arcache_o,
  /// A beat comes.
  input  logic                        io_rvalid_i,
  /// It is taken.
  output logic                        io_rready_o,
  /// Number of the user that it is for.
  input  logic [3:0]                  io_rid_i,
  /// The beat.
  input  logic [IoW-1:0]              io_rdata_i,
  /// Its response.
  input  logic [1:0]                  io_rresp_i,
  /// It is the last of its burst.
  input  logic                        io_rlast_i,
  /// A burst is announced.
  output logic                        io_awvalid_o,
  /// It is taken.
  input  logic                        io_awready_i,
  /// Address of its first beat.
  output logic [63:0]                 io_awaddr_o,
  /// Number of the user.
  output logic [3:0]                  io_awid_o,
  /// Beats less one.
  output logic [7:0]                  io_awlen_o,
  /// A whole beat.
  output logic [2:0]                  io_awsize_o,
  /// Addresses go up.
  output logic [1:0]                  io_awburst_o,
  /// AxPROT, as AXI_ATTR says.
  output logic [2:0]                  io_awprot_o,
  /// AxCACHE, as AXI_ATTR says.
  output logic [3:0]                  io_awcache_o,
  /// A beat is offered.
  output logic                        io_wvalid_o,
  /// It is taken.
  input  logic                        io_wready_i,
  /// Its data.
  output logic [IoW-1:0]              io_wdata_o,
  /// Which bytes are written.
  output logic [IoW/8-1:0]            io_wstrb_o,
  /// The last beat of a burst.
  output logic                        io_wlast_o,
  /// A response comes.
  input  logic                        io_bvalid_i,
  /// It is taken.
  output logic                        io_bready_o,
  /// Number of the user that it is for.
  input  logic [3:0]                  io_bid_i,
  /// The response.
  input  logic [1:0]                  io_bresp_i
);

  localparam int NMin     = (Exchange != 0) ? 1 : hg_figs_pkg::n_min(Group, Alpha);
  localparam int AllLanes = Columns * Lanes;
  localparam int Sels     = (SelShared != 0 || Exchange != 0) ? Columns : AllLanes;
  localparam int SelW     = hg_figs_pkg::sel_width((Exchange != 0) ? Group : Alpha + 1);
  localparam int Words    = AllLanes * (Group / NMin);
  localparam int TokensW  = hg_pkg::cnt_width(MaxT);
  // A row of packed weights: bytes of weights, of both, and with what makes it a multiple of 8.
  localparam int WeightB  = (AllLanes * WeightW + 7) / 8;
  localparam int BothB    = WeightB + (Sels * SelW + 7) / 8;
  localparam int RowBytes = (BothB + 7) / 8 * 8;
  localparam int ActLog   = (ActW > 8) ? 1 : 0;
  localparam int ActMemW  = 8 << ActLog;
  localparam int OutLog   = (PsumW > 32) ? 3 : 2;
  localparam int LogMin   = $clog2(NMin);
  localparam int LogGroup = $clog2(Group);
  localparam int LogMost  = (Exchange != 0) ? 0 : LogGroup;
  // Users of the port.
  localparam int Readers  = 4;
  localparam int Writers  = 2;
  localparam int Commands = 4;
  localparam int Burst    = 16;
  localparam int Beats    = 64;

  // What the registers say, and what they are told. Of the core they stand for they know nothing.
  localparam int ByteW   = hg_pkg::cnt_width(4);
  localparam int IoByteW = hg_pkg::cnt_width(IoW / 8);

  logic               enable, soft_reset, error_clear, unused_doorbell;
  logic [63:0]        ring_base, window_base, window_end, unused_stride, error_addr;
  logic [15:0]        ring_size, ring_tail, ring_head;
  logic [2:0]         axprot;
  logic [3:0]         axcache;
  logic               idle, running, done, error_valid;
  logic [7:0]         error_code;
  logic [ByteW-1:0]   k_bytes, v_bytes;
  logic [IoByteW-1:0] in_bytes, out_bytes;

  hg_regs_axi_lite #(
    .DHead     (8),
    .Lanes     (8),
    .MaxTokens (8),
    .KPlanes   ('h4),
    .VPlanes   ('h4),
    .Jobs      (4),
    .Channels  (1),
    .DataW     (IoW),
    .Heads     (4),
    .IoW       (IoW),
    .VLayout   (0),
    .Features  (8)
  ) u_regs (
    .clk_i,
    .rst_ni,
    .regs_awvalid_i   (s_axi_awvalid_i),
    .regs_awready_o   (s_axi_awready_o),
    .regs_awaddr_i    (s_axi_awaddr_i),
    .regs_awprot_i    (s_axi_awprot_i),
    .regs_wvalid_i    (s_axi_wvalid_i),
    .regs_wready_o    (s_axi_wready_o),
    .regs_wdata_i     (s_axi_wdata_i),
    .regs_wstrb_i     (s_axi_wstrb_i),
    .regs_bvalid_o    (s_axi_bvalid_o),
    .regs_bready_i    (s_axi_bready_i),
    .regs_bresp_o     (s_axi_bresp_o),
    .regs_arvalid_i   (s_axi_arvalid_i),
    .regs_arready_o   (s_axi_arready_o),
    .regs_araddr_i    (s_axi_araddr_i),
    .regs_arprot_i    (s_axi_arprot_i),
    .regs_rvalid_o    (s_axi_rvalid_o),
    .regs_rready_i    (s_axi_rready_i),
    .regs_rdata_o     (s_axi_rdata_o),
    .regs_rresp_o     (s_axi_rresp_o),
    .enable_o         (enable),
    .soft_reset_o     (soft_reset),
    .error_clear_o    (error_clear),
    .irq_o,
    .ring_base_o      (ring_base),
    .ring_size_o      (ring_size),
    .ring_tail_o      (ring_tail),
    .doorbell_o       (unused_doorbell),
    .axprot_o         (axprot),
    .axcache_o        (axcache),
    .channel_stride_o (unused_stride),
    .window_base_o    (window_base),
    .window_end_o     (window_end),
    .idle_i           (idle),
    .running_i        (running),
    .done_i           (done),
    .error_valid_i    (error_valid),
    .error_code_i     (error_code),
    .error_addr_i     (error_addr),
    .ring_head_i      (ring_head),
    .busy_i           (4'b0000),
    .k_bytes_i        (k_bytes),
    .v_bytes_i        (v_bytes),
    .in_bytes_i       (in_bytes),
    .out_bytes_i      (out_bytes),
    .flight_i         (10'd0),
    .blocked_i        (1'b0)
  );

  hg_attention_traffic #(
    .DHead   (8),
    .Tokens  (1),
    .KPlanes ('h4),
    .VPlanes ('h4),
    .IoW     (IoW)
  ) u_traffic (
    .clk_i,
    .rst_ni,
    .req_taken_i   (1'b0),
    .req_value_i   (1'b0),
    .req_plane_i   (2'b00),
    .req_mask_i    (1'b0),
    .read_taken_i  (io_rvalid_i && io_rready_o),
    .write_taken_i (io_wvalid_o && io_wready_i),
    .write_strb_i  (io_wstrb_o),
    .k_bytes_o     (k_bytes),
    .v_bytes_o     (v_bytes),
    .in_bytes_o    (in_bytes),
    .out_bytes_o   (out_bytes)
  );

  // The port, and its users: the ring is 0, then come records, weights and activations to read and
  // outputs to write.
  logic [Readers-1:0]       s_arvalid, s_arready, s_rvalid, s_rready;
  logic [Readers*64-1:0]    s_araddr;
  logic [Readers*8-1:0]     s_arlen;
  logic [Readers*3-1:0]     s_arprot;
  logic [Readers*4-1:0]     s_arcache;
  logic [IoW-1:0]           s_rdata;
  logic [1:0]               s_rresp, s_bresp;
  logic                     s_rlast;
  logic [Writers-1:0]       s_awvalid, s_awready, s_wvalid, s_wready, s_wlast, s_bvalid, s_bready;
  logic [Writers*64-1:0]    s_awaddr;
  logic [Writers*8-1:0]     s_awlen;
  logic [Writers*3-1:0]     s_awprot;
  logic [Writers*4-1:0]     s_awcache;
  logic [Writers*IoW-1:0]   s_wdata;
  logic [Writers*IoW/8-1:0] s_wstrb;

  hg_axi_read_mux #(
    .Ports (Readers),
    .DataW (IoW)
  ) u_read_mux (
    .clk_i,
    .rst_ni,
    .s_arvalid_i   (s_arvalid),
    .s_arready_o   (s_arready),
    .s_araddr_i    (s_araddr),
    .s_arlen_i     (s_arlen),
    .s_arprot_i    (s_arprot),
    .s_arcache_i   (s_arcache),
    .s_rvalid_o    (s_rvalid),
    .s_rready_i    (s_rready),
    .s_rdata_o     (s_rdata),
    .s_rresp_o     (s_rresp),
    .s_rlast_o     (s_rlast),
    .mem_arvalid_o (io_arvalid_o),
    .mem_arready_i (io_arready_i),
    .mem_araddr_o  (io_araddr_o),
    .mem_arid_o    (io_arid_o),
    .mem_arlen_o   (io_arlen_o),
    .mem_arsize_o  (io_arsize_o),
    .mem_arburst_o (io_arburst_o),
    .mem_arprot_o  (io_arprot_o),
    .mem_arcache_o (io_arcache_o),
    .mem_rvalid_i  (io_rvalid_i),
    .mem_rready_o  (io_rready_o),
    .mem_rid_i     (io_rid_i),
    .mem_rdata_i   (io_rdata_i),
    .mem_rresp_i   (io_rresp_i),
    .mem_rlast_i   (io_rlast_i)
  );

  hg_axi_write_mux #(
    .Ports  (Writers),
    .DataW  (IoW),
    .Bursts (Commands)
  ) u_write_mux (
    .clk_i,
    .rst_ni,
    .s_awvalid_i   (s_awvalid),
    .s_awready_o   (s_awready),
    .s_awaddr_i    (s_awaddr),
    .s_awlen_i     (s_awlen),
    .s_awprot_i    (s_awprot),
    .s_awcache_i   (s_awcache),
    .s_wvalid_i    (s_wvalid),
    .s_wready_o    (s_wready),
    .s_wdata_i     (s_wdata),
    .s_wstrb_i     (s_wstrb),
    .s_wlast_i     (s_wlast),
    .s_bvalid_o    (s_bvalid),
    .s_bready_i    (s_bready),
    .s_bresp_o     (s_bresp),
    .mem_awvalid_o (io_awvalid_o),
    .mem_awready_i (io_awready_i),
    .mem_awaddr_o  (io_awaddr_o),
    .mem_awid_o    (io_awid_o),
    .mem_awlen_o   (io_awlen_o),
    .mem_awsize_o  (io_awsize_o),
    .mem_awburst_o (io_awburst_o),
    .mem_awprot_o  (io_awprot_o),
    .mem_awcache_o (io_awcache_o),
    .mem_wvalid_o  (io_wvalid_o),
    .mem_wready_i  (io_wready_i),
    .mem_wdata_o   (io_wdata_o),
    .mem_wstrb_o   (io_wstrb_o),
    .mem_wlast_o   (io_wlast_o),
    .mem_bvalid_i  (io_bvalid_i),
    .mem_bready_o  (io_bready_o),
    .mem_bid_i     (io_bid_i),
    .mem_bresp_i   (io_bresp_i)
  );

  logic [Readers-1:0]   unused_arid;
  logic [Readers*3-1:0] unused_arsize;
  logic [Readers*2-1:0] unused_arburst;
  logic [Writers-1:0]   unused_awid;
  logic [Writers*3-1:0] unused_awsize;
  logic [Writers*2-1:0] unused_awburst;

  // The ring.
  logic         desc_valid, desc_ready, done_valid, done_ready;
  logic [511:0] desc_data;
  logic [7:0]   desc_code, done_code;
  logic [63:0]  done_addr;
  logic [31:0]  done_count;

  hg_ring #(
    .DataW (IoW),
    .Depth (4)
  ) u_ring (
    .clk_i,
    .rst_ni,
    .enable_i      (enable),
    .soft_reset_i  (soft_reset),
    .ring_base_i   (ring_base),
    .ring_size_i   (ring_size),
    .ring_tail_i   (ring_tail),
    .ring_head_o   (ring_head),
    .window_base_i (window_base),
    .window_end_i  (window_end),
    .axprot_i      (axprot),
    .axcache_i     (axcache),
    .idle_o        (idle),
    .running_o     (running),
    .done_o        (done),
    .error_valid_o (error_valid),
    .error_code_o  (error_code),
    .error_addr_o  (error_addr),
    .error_clear_i (error_clear),
    .desc_valid_o  (desc_valid),
    .desc_ready_i  (desc_ready),
    .desc_data_o   (desc_data),
    .desc_code_o   (desc_code),
    .done_valid_i  (done_valid),
    .done_ready_o  (done_ready),
    .done_code_i   (done_code),
    .done_addr_i   (done_addr),
    .done_count_i  (done_count),
    .mem_arvalid_o (s_arvalid[0]),
    .mem_arready_i (s_arready[0]),
    .mem_araddr_o  (s_araddr[0*64+:64]),
    .mem_arid_o    (unused_arid[0]),
    .mem_arlen_o   (s_arlen[0*8+:8]),
    .mem_arsize_o  (unused_arsize[0*3+:3]),
    .mem_arburst_o (unused_arburst[0*2+:2]),
    .mem_arprot_o  (s_arprot[0*3+:3]),
    .mem_arcache_o (s_arcache[0*4+:4]),
    .mem_rvalid_i  (s_rvalid[0]),
    .mem_rready_o  (s_rready[0]),
    .mem_rid_i     (1'b0),
    .mem_rdata_i   (s_rdata),
    .mem_rresp_i   (s_rresp),
    .mem_rlast_i   (s_rlast),
    .mem_awvalid_o (s_awvalid[0]),
    .mem_awready_i (s_awready[0]),
    .mem_awaddr_o  (s_awaddr[0*64+:64]),
    .mem_awid_o    (unused_awid[0]),
    .mem_awlen_o   (s_awlen[0*8+:8]),
    .mem_awsize_o  (unused_awsize[0*3+:3]),
    .mem_awburst_o (unused_awburst[0*2+:2]),
    .mem_awprot_o  (s_awprot[0*3+:3]),
    .mem_awcache_o (s_awcache[0*4+:4]),
    .mem_wvalid_o  (s_wvalid[0]),
    .mem_wready_i  (s_wready[0]),
    .mem_wdata_o   (s_wdata[0*IoW+:IoW]),
    .mem_wstrb_o   (s_wstrb[0*IoW/8+:IoW/8]),
    .mem_wlast_o   (s_wlast[0]),
    .mem_bvalid_i  (s_bvalid[0]),
    .mem_bready_o  (s_bready[0]),
    .mem_bid_i     (1'b0),
    .mem_bresp_i   (s_bresp)
  );

  // The dispatch.
  logic               tile_valid, tile_ready, tile_first, tile_last, unused_busy, clear;
  logic               sums_valid, sums_ready;
  logic [TokensW-1:0] tokens;
  logic [2:0]         log_n;
  logic               weight_rows_valid, weight_rows_ready, weight_valid, weight_ready;
  logic               act_rows_valid, act_rows_ready, act_valid, act_ready;
  logic               out_valid, out_ready, weight_ended, act_ended, out_ended;
  logic [63:0]        weight_addr, act_addr, out_addr;
  logic [20:0]        weight_bytes, act_bytes, out_bytes_row;
  logic [16:0]        weight_rows;
  logic [31:0]        act_stride, out_stride;
  logic [2:0]         weight_code, act_code, out_code;
  logic               weight_error, act_error, unused_out_error;
  logic [63:0]        weight_error_addr, act_error_addr, out_error_addr;

  assign unused_arid[1]         = 1'b0;
  assign unused_arsize[1*3+:3]  = '0;
  assign unused_arburst[1*2+:2] = '0;

  hg_figs_dispatch #(
    .Rows     (Rows),
    .Lanes    (AllLanes),
    .RowBytes (RowBytes),
    .ActLog   (ActLog),
    .OutLog   (OutLog),
    .MaxT     (MaxT),
    .LogMin   (LogMin),
    .LogMost  (LogMost),
    .LogGroup (LogGroup),
    .DataW    (IoW)
  ) u_dispatch (
    .clk_i,
    .rst_ni,
    .window_base_i       (window_base),
    .window_end_i        (window_end),
    .axprot_i            (axprot),
    .axcache_i           (axcache),
    .desc_valid_i        (desc_valid),
    .desc_ready_o        (desc_ready),
    .desc_data_i         (desc_data),
    .desc_code_i         (desc_code),
    .done_valid_o        (done_valid),
    .done_ready_i        (done_ready),
    .done_code_o         (done_code),
    .done_addr_o         (done_addr),
    .done_count_o        (done_count),
    .busy_o              (unused_busy),
    .tile_valid_o        (tile_valid),
    .tile_ready_i        (tile_ready),
    .tile_first_o        (tile_first),
    .tile_last_o         (tile_last),
    .tokens_o            (tokens),
    .log_n_o             (log_n),
    .weight_rows_valid_o (weight_rows_valid),
    .weight_rows_ready_i (weight_rows_ready),
    .weight_valid_o      (weight_valid),
    .weight_ready_i      (weight_ready),
    .weight_addr_o       (weight_addr),
    .weight_bytes_o      (weight_bytes),
    .weight_rows_o       (weight_rows),
    .weight_ended_i      (weight_ended),
    .weight_code_i       (weight_code),
    .weight_error_i      (weight_error),
    .weight_error_addr_i (weight_error_addr),
    .act_rows_valid_o    (act_rows_valid),
    .act_rows_ready_i    (act_rows_ready),
    .act_valid_o         (act_valid),
    .act_ready_i         (act_ready),
    .act_addr_o          (act_addr),
    .act_bytes_o         (act_bytes),
    .act_stride_o        (act_stride),
    .act_ended_i         (act_ended),
    .act_code_i          (act_code),
    .act_error_i         (act_error),
    .act_error_addr_i    (act_error_addr),
    .out_valid_o         (out_valid),
    .out_ready_i         (out_ready),
    .out_addr_o          (out_addr),
    .out_bytes_o         (out_bytes_row),
    .out_stride_o        (out_stride),
    .out_ended_i         (out_ended),
    .out_code_i          (out_code),
    .sums_i              (sums_valid && sums_ready),
    .out_error_addr_i    (out_error_addr),
    .error_clear_o       (clear),
    .mem_arvalid_o       (s_arvalid[1]),
    .mem_arready_i       (s_arready[1]),
    .mem_araddr_o        (s_araddr[1*64+:64]),
    .mem_arlen_o         (s_arlen[1*8+:8]),
    .mem_arprot_o        (s_arprot[1*3+:3]),
    .mem_arcache_o       (s_arcache[1*4+:4]),
    .mem_rvalid_i        (s_rvalid[1]),
    .mem_rready_o        (s_rready[1]),
    .mem_rdata_i         (s_rdata),
    .mem_rresp_i         (s_rresp),
    .mem_rlast_i         (s_rlast)
  );

  // Weights and selects, a row per beat.
  logic           weight_word_valid, weight_word_ready, weight_row_last, weight_last;
  logic [IoW-1:0] weight_word;
  logic           weight_done_valid, weight_done_ready;
  logic [2:0]     weight_done_code;
  logic           unused_weight_idle, unused_weight_beat, unused_weight_blocked;
  logic [1:0]     unused_weight_resp;
  logic [hg_pkg::cnt_width(IoW/8)-1:0] unused_weight_bytes;
  logic [hg_pkg::cnt_width(Beats)-1:0] unused_weight_bursts;

  hg_stream_reader #(
    .DataW    (IoW),
    .Burst    (Burst),
    .Beats    (Beats),
    .Commands (Commands)
  ) u_weight_reader (
    .clk_i,
    .rst_ni,
    .cmd_valid_i    (weight_valid),
    .cmd_ready_o    (weight_ready),
    .cmd_addr_i     (weight_addr),
    .cmd_bytes_i    (weight_bytes),
    .cmd_rows_i     (weight_rows),
    .cmd_stride_i   ({11'd0, weight_bytes}),
    .range_base_i   (window_base),
    .range_end_i    (window_end),
    .stop_i         (1'b0),
    .axprot_i       (axprot),
    .axcache_i      (axcache),
    .mem_arvalid_o  (s_arvalid[2]),
    .mem_arready_i  (s_arready[2]),
    .mem_araddr_o   (s_araddr[2*64+:64]),
    .mem_arid_o     (unused_arid[2]),
    .mem_arlen_o    (s_arlen[2*8+:8]),
    .mem_arsize_o   (unused_arsize[2*3+:3]),
    .mem_arburst_o  (unused_arburst[2*2+:2]),
    .mem_arprot_o   (s_arprot[2*3+:3]),
    .mem_arcache_o  (s_arcache[2*4+:4]),
    .mem_rvalid_i   (s_rvalid[2]),
    .mem_rready_o   (s_rready[2]),
    .mem_rid_i      (1'b0),
    .mem_rdata_i    (s_rdata),
    .mem_rresp_i    (s_rresp),
    .mem_rlast_i    (s_rlast),
    .out_valid_o    (weight_word_valid),
    .out_ready_i    (weight_word_ready),
    .out_data_o     (weight_word),
    .out_bytes_o    (unused_weight_bytes),
    .out_row_last_o (weight_row_last),
    .out_last_o     (weight_last),
    .done_valid_o   (weight_done_valid),
    .done_ready_i   (weight_done_ready),
    .done_code_o    (weight_done_code),
    .error_valid_o  (weight_error),
    .error_code_o   (unused_weight_resp),
    .error_addr_o   (weight_error_addr),
    .error_clear_i  (clear),
    .idle_o         (unused_weight_idle),
    .bursts_o       (unused_weight_bursts),
    .beat_o         (unused_weight_beat),
    .blocked_o      (unused_weight_blocked)
  );

  logic                  weight_beat_valid, weight_beat_ready, unused_weight_rest;
  logic [8*RowBytes-1:0] weight_beat;

  hg_figs_feed #(
    .DataW    (IoW),
    .Bytes    (RowBytes),
    .RowsW    (hg_pkg::cnt_width(Rows)),
    .Commands (Commands)
  ) u_weight_feed (
    .clk_i,
    .rst_ni,
    .cmd_valid_i   (weight_rows_valid),
    .cmd_ready_o   (weight_rows_ready),
    .cmd_rows_i    ((hg_pkg::cnt_width(Rows))'(Rows)),
    .in_valid_i    (weight_word_valid),
    .in_ready_o    (weight_word_ready),
    .in_data_i     (weight_word),
    .in_row_last_i (weight_row_last),
    .in_last_i     (weight_last),
    .done_valid_i  (weight_done_valid),
    .done_ready_o  (weight_done_ready),
    .done_code_i   (weight_done_code),
    .out_valid_o   (weight_beat_valid),
    .out_ready_i   (weight_beat_ready),
    .out_data_o    (weight_beat),
    .ended_o       (weight_ended),
    .ended_code_o  (weight_code)
  );

  assign unused_weight_rest = ^weight_beat;

  // Activations, a token per beat; each saturates to the bits of the array.
  logic           act_word_valid, act_word_ready, act_row_last, act_last;
  logic [IoW-1:0] act_word;
  logic           act_done_valid, act_done_ready;
  logic [2:0]     act_done_code;
  logic           unused_act_idle, unused_act_beat, unused_act_blocked;
  logic [1:0]     unused_act_resp;
  logic [hg_pkg::cnt_width(IoW/8)-1:0] unused_act_bytes;
  logic [hg_pkg::cnt_width(Beats)-1:0] unused_act_bursts;

  hg_stream_reader #(
    .DataW    (IoW),
    .Burst    (Burst),
    .Beats    (Beats),
    .Commands (Commands)
  ) u_act_reader (
    .clk_i,
    .rst_ni,
    .cmd_valid_i    (act_valid),
    .cmd_ready_o    (act_ready),
    .cmd_addr_i     (act_addr),
    .cmd_bytes_i    (act_bytes),
    .cmd_rows_i     ({{(17 - TokensW) {1'b0}}, tokens}),
    .cmd_stride_i   (act_stride),
    .range_base_i   (window_base),
    .range_end_i    (window_end),
    .stop_i         (1'b0),
    .axprot_i       (axprot),
    .axcache_i      (axcache),
    .mem_arvalid_o  (s_arvalid[3]),
    .mem_arready_i  (s_arready[3]),
    .mem_araddr_o   (s_araddr[3*64+:64]),
    .mem_arid_o     (unused_arid[3]),
    .mem_arlen_o    (s_arlen[3*8+:8]),
    .mem_arsize_o   (unused_arsize[3*3+:3]),
    .mem_arburst_o  (unused_arburst[3*2+:2]),
    .mem_arprot_o   (s_arprot[3*3+:3]),
    .mem_arcache_o  (s_arcache[3*4+:4]),
    .mem_rvalid_i   (s_rvalid[3]),
    .mem_rready_o   (s_rready[3]),
    .mem_rid_i      (1'b0),
    .mem_rdata_i    (s_rdata),
    .mem_rresp_i    (s_rresp),
    .mem_rlast_i    (s_rlast),
    .out_valid_o    (act_word_valid),
    .out_ready_i    (act_word_ready),
    .out_data_o     (act_word),
    .out_bytes_o    (unused_act_bytes),
    .out_row_last_o (act_row_last),
    .out_last_o     (act_last),
    .done_valid_o   (act_done_valid),
    .done_ready_i   (act_done_ready),
    .done_code_o    (act_done_code),
    .error_valid_o  (act_error),
    .error_code_o   (unused_act_resp),
    .error_addr_o   (act_error_addr),
    .error_clear_i  (clear),
    .idle_o         (unused_act_idle),
    .bursts_o       (unused_act_bursts),
    .beat_o         (unused_act_beat),
    .blocked_o      (unused_act_blocked)
  );

  logic                    act_beat_valid, act_beat_ready;
  logic [Rows*ActMemW-1:0] act_beat;
  logic [Rows*ActW-1:0]    acts;

  hg_figs_feed #(
    .DataW    (IoW),
    .Bytes    (Rows * ActMemW / 8),
    .RowsW    (TokensW),
    .Commands (Commands)
  ) u_act_feed (
    .clk_i,
    .rst_ni,
    .cmd_valid_i   (act_rows_valid),
    .cmd_ready_o   (act_rows_ready),
    .cmd_rows_i    (tokens),
    .in_valid_i    (act_word_valid),
    .in_ready_o    (act_word_ready),
    .in_data_i     (act_word),
    .in_row_last_i (act_row_last),
    .in_last_i     (act_last),
    .done_valid_i  (act_done_valid),
    .done_ready_o  (act_done_ready),
    .done_code_i   (act_done_code),
    .out_valid_o   (act_beat_valid),
    .out_ready_i   (act_beat_ready),
    .out_data_o    (act_beat),
    .ended_o       (act_ended),
    .ended_code_o  (act_code)
  );

  for (genvar r = 0; r < Rows; r++) begin : gen_act
    if (ActMemW > ActW) begin : gen_saturate
      logic [ActMemW-1:0] value;
      logic               fits;
      assign value = act_beat[ActMemW*r+:ActMemW];
      assign fits  = value[ActMemW-1:ActW-1] == '0 || (&value[ActMemW-1:ActW-1]);
      assign acts[ActW*r+:ActW] = fits ? value[ActW-1:0]
          : {value[ActMemW-1], {(ActW - 1) {!value[ActMemW-1]}}};
    end else begin : gen_pass
      assign acts[ActW*r+:ActW] = act_beat[ActMemW*r+:ActW];
    end
  end

  // The array.
  logic                   unused_sums_last, unused_tile_error;
  logic [Words*PsumW-1:0] sums;

  hg_figs #(
    .Rows      (Rows),
    .Columns   (Columns),
    .Lanes     (Lanes),
    .Group     (Group),
    .Alpha     (Alpha),
    .WeightW   (WeightW),
    .ActW      (ActW),
    .PsumW     (PsumW),
    .MaxT      (MaxT),
    .SelShared (SelShared),
    .Exchange  (Exchange),
    .Dsp       (Dsp)
  ) u_figs (
    .clk_i,
    .rst_ni,
    .tile_valid_i   (tile_valid),
    .tile_ready_o   (tile_ready),
    .tile_tokens_i  (tokens),
    .tile_log_n_i   (log_n),
    .tile_first_i   (tile_first),
    .tile_last_i    (tile_last),
    .tile_error_o   (unused_tile_error),
    .weight_valid_i (weight_beat_valid),
    .weight_ready_o (weight_beat_ready),
    .weight_data_i  (weight_beat[AllLanes*WeightW-1:0]),
    .weight_sel_i   (weight_beat[8*WeightB+:Sels*SelW]),
    .act_valid_i    (act_beat_valid),
    .act_ready_o    (act_beat_ready),
    .act_data_i     (acts),
    .out_valid_o    (sums_valid),
    .out_ready_i    (sums_ready),
    .out_data_o     (sums),
    .out_last_o     (unused_sums_last)
  );

  // Outputs.
  logic           word_valid, word_ready;
  logic [IoW-1:0] word;
  logic           out_done_valid;
  logic [2:0]     step;
  logic           unused_out_idle, unused_out_beat, unused_out_blocked;
  logic [1:0]     unused_out_resp;
  logic [hg_pkg::cnt_width(Commands)-1:0] unused_out_bursts;

  assign step      = log_n - 3'(LogMin);
  assign out_ended = out_done_valid;

  hg_figs_result #(
    .Words   (Words),
    .PsumW   (PsumW),
    .OutW    (8 << OutLog),
    .DataW   (IoW),
    .LogMost (LogGroup - LogMin)
  ) u_result (
    .clk_i,
    .rst_ni,
    .log_step_i  (step),
    .in_valid_i  (sums_valid),
    .in_ready_o  (sums_ready),
    .in_data_i   (sums),
    .out_valid_o (word_valid),
    .out_ready_i (word_ready),
    .out_data_o  (word)
  );

  hg_stream_writer #(
    .DataW    (IoW),
    .Burst    (Burst),
    .Beats    (Beats),
    .Commands (Commands),
    .Bursts   (Commands)
  ) u_writer (
    .clk_i,
    .rst_ni,
    .cmd_valid_i   (out_valid),
    .cmd_ready_o   (out_ready),
    .cmd_addr_i    (out_addr),
    .cmd_bytes_i   (out_bytes_row),
    .cmd_rows_i    ({{(17 - TokensW) {1'b0}}, tokens}),
    .cmd_stride_i  (out_stride),
    .in_valid_i    (word_valid),
    .in_ready_o    (word_ready),
    .in_data_i     (word),
    .range_base_i  (window_base),
    .range_end_i   (window_end),
    .stop_i        (1'b0),
    .axprot_i      (axprot),
    .axcache_i     (axcache),
    .mem_awvalid_o (s_awvalid[1]),
    .mem_awready_i (s_awready[1]),
    .mem_awaddr_o  (s_awaddr[1*64+:64]),
    .mem_awid_o    (unused_awid[1]),
    .mem_awlen_o   (s_awlen[1*8+:8]),
    .mem_awsize_o  (unused_awsize[1*3+:3]),
    .mem_awburst_o (unused_awburst[1*2+:2]),
    .mem_awprot_o  (s_awprot[1*3+:3]),
    .mem_awcache_o (s_awcache[1*4+:4]),
    .mem_wvalid_o  (s_wvalid[1]),
    .mem_wready_i  (s_wready[1]),
    .mem_wdata_o   (s_wdata[1*IoW+:IoW]),
    .mem_wstrb_o   (s_wstrb[1*IoW/8+:IoW/8]),
    .mem_wlast_o   (s_wlast[1]),
    .mem_bvalid_i  (s_bvalid[1]),
    .mem_bready_o  (s_bready[1]),
    .mem_bid_i     (1'b0),
    .mem_bresp_i   (s_bresp),
    .done_valid_o  (out_done_valid),
    .done_ready_i  (1'b1),
    .done_code_o   (out_code),
    .error_valid_o (unused_out_error),
    .error_code_o  (unused_out_resp),
    .error_addr_o  (out_error_addr),
    .error_clear_i (clear),
    .idle_o        (unused_out_idle),
    .bursts_o      (unused_out_bursts),
    .beat_o        (unused_out_beat),
    .blocked_o     (unused_out_blocked)
  );

endmodule

`default_nettype wire
