// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// The attention core behind registers and a command ring, with AXI4 to memory.
///
/// Software writes descriptors to a ring in memory and rings the doorbell (registers on `s_axi_*`,
/// AXI4-Lite). For each descriptor the accelerator fetches what it needs, computes, writes results,
/// then a completion record if one is asked for, and raises `irq_o` if that is enabled. Formats and
/// codes of errors: doc/commands.md; registers: doc/registers.md; how it is brought up:
/// doc/axi_top.md.
///
///  - `mem_*`: a read port per channel, for plane vectors of K and V and for nothing else;
///  - `io_*`: one port for descriptors, head records, queries, biases, lists, results and
///    completion records. IDs are those of its users (reads: 0 ring, 1 records, 2 streams; writes:
///    0 ring, 1 streams), whose data and responses may come in any order between them.
///
/// All bursts are INCR, of the full width, and stay in pages of 4096 bytes. Nothing outside of the
/// window of the registers is touched. RREADY of `mem_*` is always high: what is asked for has
/// room. No input reaches an output within a cycle. Probabilities stay on the chip: they go to
/// cascade pruning if it is there, and are dropped otherwise.
module hg_attention_axi #(
  /// Elements of a head: 8 to 128, a multiple of 8.
  parameter int DHead = 64,
  /// Multiplier lanes of QK and of PV: a power of two, 8 to 1024, at most
  /// 64 * DHead; one of Lanes, DHead a multiple of the other.
  parameter int Lanes = 64,
  /// Most tokens of a job: 8 to 4096, a multiple of T.
  parameter int MaxTokens = 1024,
  /// Bits of the planes of K, four bits a plane, top plane lowest, 0 behind the last: 1 to 3 planes
  /// of 2 to 8 bits, 12 together.
  parameter int KPlanes = 'h444,
  /// Bits of the planes of V, likewise.
  parameter int VPlanes = 'h444,
  /// Queries in flight, between admission and commit: 2 to 32.
  parameter int Contexts = 4,
  /// Jobs in flight: a power of two, 4 to 64.
  parameter int Jobs = 8,
  /// Queries in selection: 2 to 32.
  parameter int Slots = 4,
  /// Requests in flight: 4 to 256.
  parameter int Outstanding = 64,
  /// 1 if products are made for multipliers of an FPGA: otherwise 0.
  parameter int Dsp = 0,
  /// Channels, C: a power of two, 1 to 32.
  parameter int Channels = 1,
  /// Bits of a word of a channel: a power of two, 64 to 512.
  parameter int DataW = 512,
  /// Bits of a beat of a channel's port: a power of two, 64 to DataW.
  parameter int PortW = DataW,
  /// Words that the read buffer of a channel holds: 16 to 512, at least two bursts.
  parameter int Beats = 64,
  /// Most words of a burst: a power of two, 1 to 256.
  parameter int Burst = 16,
  /// Entries of the table of heads: a power of two, 4 to 256.
  parameter int Heads = 64,
  /// How V lies: 0 plane by plane, 1 all planes of a token together, 2 plane by plane with each
  /// vector filled up to a power of two of bytes.
  parameter int VLayout = 0,
  /// Bits of a beat of the port for everything but vectors: a power of two, 64 to 512.
  parameter int IoW = 64,
  /// 1 if tokens can be appended to the planes in memory: otherwise 0.
  parameter int Append = 0,
  /// 1 if cascade pruning is there: otherwise 0.
  parameter int Cascade = 0,
  /// Cascade pruning: most heads, 1 to 256.
  parameter int MaxHeads = 32,
  /// Cascade pruning: keys a beat of the top-k engine, a power of two, 1 to 64.
  parameter int RankLanes = 16,
  /// Cascade pruning: bits of its keys, 8 to 24.
  parameter int RankKeyW = 16,
  /// Cascade pruning: bits of its digits, 1 to 6.
  parameter int RankDigitW = 4
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

  // Read ports for plane vectors, channel 0 lowest.
  /// A burst is asked for.
  output logic [Channels-1:0]         mem_arvalid_o,
  /// It is taken.
  input  logic [Channels-1:0]         mem_arready_i,
  /// Address of its first beat.
  output logic [Channels*64-1:0]      mem_araddr_o,
  /// Its number: 0.
  output logic [Channels*4-1:0]       mem_arid_o,
  /// Its beats, less one.
  output logic [Channels*8-1:0]       mem_arlen_o,
  /// Bytes of a beat, as a power of two.
  output logic [Channels*3-1:0]       mem_arsize_o,
  /// Its kind: INCR.
  output logic [Channels*2-1:0]       mem_arburst_o,
  /// Its protection, as AXI_ATTR says.
  output logic [Channels*3-1:0]       mem_arprot_o,
  /// Its memory attributes, as AXI_ATTR says.
  output logic [Channels*4-1:0]       mem_arcache_o,
  /// A beat comes.
  input  logic [Channels-1:0]         mem_rvalid_i,
  /// It is taken: always.
  output logic [Channels-1:0]         mem_rready_o,
  /// Number of its burst; not read.
  input  logic [Channels*4-1:0]       mem_rid_i,
  /// The beat.
  input  logic [Channels*PortW-1:0]   mem_rdata_i,
  /// Its response.
  input  logic [Channels*2-1:0]       mem_rresp_i,
  /// It is the last of its burst.
  input  logic [Channels-1:0]         mem_rlast_i,

  // The port for everything else.
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

  if (Cascade < 0 || Cascade > 1 || Append < 0 || Append > 1) begin : gen_illegal_switch
    ERROR_hg_attention_axi_Cascade_and_Append_must_be_0_or_1 u_illegal ();
  end
  if (IoW < 64 || IoW > 512 || 2 ** $clog2(IoW) != IoW) begin : gen_illegal_io
    ERROR_hg_attention_axi_IoW_must_be_a_power_of_two_from_64_to_512 u_illegal ();
  end

  localparam int T        = (Lanes > DHead) ? Lanes / DHead : 1;
  localparam int TokW     = hg_pkg::cnt_width(MaxTokens);
  localparam int RowW     = hg_pkg::idx_width(MaxTokens / T);
  localparam int HeadW    = hg_pkg::idx_width(Heads);
  localparam int KCount   = hg_vector_pkg::count(KPlanes);
  localparam int VCount   = hg_vector_pkg::count(VPlanes);
  localparam int RspW     = hg_vector_pkg::widest(KPlanes, VPlanes);
  localparam int BiasW    = 12 + hg_vector_pkg::element_w(KPlanes) + $clog2(DHead) + 2;
  localparam int ByteW    = hg_pkg::cnt_width(T * (DHead / 8) * RspW);
  localparam int IoByteW  = hg_pkg::cnt_width(IoW / 8);
  localparam int BurstsW  = hg_pkg::cnt_width(Beats);
  localparam int Features = 1 + 2 * Cascade + 4 * Append;
  // The movers of streams: beats of a burst and of the buffer, commands and bursts under way.
  localparam int IoBurst    = 16;
  localparam int IoBeats    = 64;
  localparam int IoCommands = 4;
  // Commands of the reader of queries, which several jobs wait for.
  localparam int IoReads    = (Jobs >= 32) ? 8 : IoCommands;
  localparam int IoBursts   = 8;
  // Descriptors that are fetched and not answered: two more than the dispatch works on.
  localparam int RingDepth  = (Jobs >= 32) ? Jobs / 8 + 2 : 4;
  // Bits of a job's fields.
  localparam int JobBits    = 117 + 3 * TokW;
  // Users of the port, and sources of what is written as streams.
  localparam int Readers  = 3;
  localparam int Writers  = 2;
  localparam int Sources  = 1 + Cascade + Append;
  localparam int Lists    = 1;
  localparam int Planes   = 1 + Cascade;

  // Registers.
  logic                        enable, error_clear, doorbell, idle, running, done, error_valid,
                               soft_reset;
  logic [63:0]                 ring_base, channel_stride, window_base, window_end, error_addr;
  logic [15:0]                 ring_size, ring_tail, ring_head;
  logic [2:0]                  axprot;
  logic [3:0]                  axcache, busy;
  logic [7:0]                  error_code;
  logic [KCount*ByteW-1:0]     k_bytes;
  logic [VCount*ByteW-1:0]     v_bytes;
  logic [IoByteW-1:0]          in_bytes, out_bytes;
  logic [Channels*10-1:0]      flight;
  logic [Channels-1:0]         blocked;
  logic                        unused_doorbell;

  hg_regs_axi_lite #(
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
    .doorbell_o       (doorbell),
    .axprot_o         (axprot),
    .axcache_o        (axcache),
    .channel_stride_o (channel_stride),
    .window_base_o    (window_base),
    .window_end_o     (window_end),
    .idle_i           (idle),
    .running_i        (running),
    .done_i           (done),
    .error_valid_i    (error_valid),
    .error_code_i     (error_code),
    .error_addr_i     (error_addr),
    .ring_head_i      (ring_head),
    .busy_i           (busy),
    .k_bytes_i        (k_bytes),
    .v_bytes_i        (v_bytes),
    .in_bytes_i       (in_bytes),
    .out_bytes_i      (out_bytes),
    .flight_i         (flight),
    .blocked_i        (blocked)
  );

  assign unused_doorbell = doorbell;

  // The users of the port: the ring is 0, records are 1, streams are the last.
  logic [Readers-1:0]          io_s_arvalid, io_s_arready, io_s_rvalid, io_s_rready;
  logic [Readers*64-1:0]       io_s_araddr;
  logic [Readers*8-1:0]        io_s_arlen;
  logic [Readers*3-1:0]        io_s_arprot;
  logic [Readers*4-1:0]        io_s_arcache;
  logic [IoW-1:0]              io_s_rdata;
  logic [1:0]                  io_s_rresp;
  logic                        io_s_rlast;
  logic [Writers-1:0]          io_s_awvalid, io_s_awready, io_s_wvalid, io_s_wready, io_s_wlast,
                               io_s_bvalid, io_s_bready;
  logic [Writers*64-1:0]       io_s_awaddr;
  logic [Writers*8-1:0]        io_s_awlen;
  logic [Writers*3-1:0]        io_s_awprot;
  logic [Writers*4-1:0]        io_s_awcache;
  logic [Writers*IoW-1:0]      io_s_wdata;
  logic [Writers*IoW/8-1:0]    io_s_wstrb;
  logic [1:0]                  io_s_bresp;

  hg_axi_read_mux #(
    .Ports (Readers),
    .DataW (IoW)
  ) u_read_mux (
    .clk_i,
    .rst_ni,
    .s_arvalid_i   (io_s_arvalid),
    .s_arready_o   (io_s_arready),
    .s_araddr_i    (io_s_araddr),
    .s_arlen_i     (io_s_arlen),
    .s_arprot_i    (io_s_arprot),
    .s_arcache_i   (io_s_arcache),
    .s_rvalid_o    (io_s_rvalid),
    .s_rready_i    (io_s_rready),
    .s_rdata_o     (io_s_rdata),
    .s_rresp_o     (io_s_rresp),
    .s_rlast_o     (io_s_rlast),
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
    .Bursts (IoCommands)
  ) u_write_mux (
    .clk_i,
    .rst_ni,
    .s_awvalid_i   (io_s_awvalid),
    .s_awready_o   (io_s_awready),
    .s_awaddr_i    (io_s_awaddr),
    .s_awlen_i     (io_s_awlen),
    .s_awprot_i    (io_s_awprot),
    .s_awcache_i   (io_s_awcache),
    .s_wvalid_i    (io_s_wvalid),
    .s_wready_o    (io_s_wready),
    .s_wdata_i     (io_s_wdata),
    .s_wstrb_i     (io_s_wstrb),
    .s_wlast_i     (io_s_wlast),
    .s_bvalid_o    (io_s_bvalid),
    .s_bready_i    (io_s_bready),
    .s_bresp_o     (io_s_bresp),
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

  // The ring.
  logic                        desc_valid, desc_ready, done_valid, done_ready, ring_idle;
  logic [511:0]                desc_data;
  logic [7:0]                  desc_code, done_code;
  logic [63:0]                 done_addr;
  logic [31:0]                 done_count;
  logic [0:0]                  unused_ring_arid, unused_ring_awid;
  logic [2:0]                  unused_ring_arsize, unused_ring_awsize;
  logic [1:0]                  unused_ring_arburst, unused_ring_awburst;

  hg_ring #(
    .DataW (IoW),
    .Depth (RingDepth)
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
    .idle_o        (ring_idle),
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
    .mem_arvalid_o (io_s_arvalid[0]),
    .mem_arready_i (io_s_arready[0]),
    .mem_araddr_o  (io_s_araddr[0 +: 64]),
    .mem_arid_o    (unused_ring_arid),
    .mem_arlen_o   (io_s_arlen[0 +: 8]),
    .mem_arsize_o  (unused_ring_arsize),
    .mem_arburst_o (unused_ring_arburst),
    .mem_arprot_o  (io_s_arprot[0 +: 3]),
    .mem_arcache_o (io_s_arcache[0 +: 4]),
    .mem_rvalid_i  (io_s_rvalid[0]),
    .mem_rready_o  (io_s_rready[0]),
    .mem_rid_i     (1'b0),
    .mem_rdata_i   (io_s_rdata),
    .mem_rresp_i   (io_s_rresp),
    .mem_rlast_i   (io_s_rlast),
    .mem_awvalid_o (io_s_awvalid[0]),
    .mem_awready_i (io_s_awready[0]),
    .mem_awaddr_o  (io_s_awaddr[0 +: 64]),
    .mem_awid_o    (unused_ring_awid),
    .mem_awlen_o   (io_s_awlen[0 +: 8]),
    .mem_awsize_o  (unused_ring_awsize),
    .mem_awburst_o (unused_ring_awburst),
    .mem_awprot_o  (io_s_awprot[0 +: 3]),
    .mem_awcache_o (io_s_awcache[0 +: 4]),
    .mem_wvalid_o  (io_s_wvalid[0]),
    .mem_wready_i  (io_s_wready[0]),
    .mem_wdata_o   (io_s_wdata[0*IoW +: IoW]),
    .mem_wstrb_o   (io_s_wstrb[0*(IoW/8) +: IoW/8]),
    .mem_wlast_o   (io_s_wlast[0]),
    .mem_bvalid_i  (io_s_bvalid[0]),
    .mem_bready_o  (io_s_bready[0]),
    .mem_bid_i     (1'b0),
    .mem_bresp_i   (io_s_bresp)
  );

  // Descriptors become jobs of the core, and commands of those around it.
  logic                        table_valid, job_valid, job_ready, job_causal, job_renorm,
                               job_bias, job_list, list_taken, read_valid, read_ready, feed_valid,
                               feed_ready, feed_last, read_done_valid, read_done_ready,
                               read_error_clear, result_valid, result_ready, result_done_valid,
                               result_done_ready, write_error_clear, vector_error,
                               vector_error_clear, cascade_cmd_valid, cascade_cmd_ready,
                               cascade_ans_valid, cascade_ans_ready, save_done_valid,
                               save_done_ready, head_taken, head_last, append_valid, append_ready,
                               append_done_valid, append_done_ready;
  logic [HeadW-1:0]            table_index;
  logic [63:0]                 table_k_base, table_v_base, read_addr, read_error_addr,
                               result_addr, write_error_addr, vector_error_addr, save_tokens_addr,
                               save_heads_addr, append_k_base, append_v_base;
  logic [KCount*32-1:0]        table_k_offset, append_k_offset;
  logic [VCount*32-1:0]        table_v_offset, append_v_offset;
  logic                        given_valid, given_ready, given_causal, given_renorm, given_bias,
                               given_list;
  logic [7:0]                  given_head;
  logic [TokW-1:0]             given_keys, given_first, given_k;
  logic [1:0]                  given_k_start, given_k_max, given_v_count, given_rule, given_select;
  logic [35:0]                 given_head_limit;
  logic [19:0]                 given_eps_log2;
  logic [5:0]                  given_pre_shift;
  logic [15:0]                 given_mant;
  logic [16:0]                 given_mass;
  logic [7:0]                  job_head, result_index, head_index;
  logic [TokW-1:0]             job_keys, job_first, job_k, list_position, feed_keys,
                               cascade_cmd_tokens, cascade_cmd_keep_tokens, cascade_cmd_window,
                               cascade_ans_tokens;
  logic [1:0]                  job_k_start, job_k_max, job_v_count, job_rule, job_select,
                               feed_kind, cascade_cmd_op, unused_records_arburst;
  logic [35:0]                 job_head_limit;
  logic [19:0]                 job_eps_log2;
  logic [5:0]                  job_pre_shift;
  logic [15:0]                 job_mant, append_token;
  logic [16:0]                 job_mass, read_rows, feed_rows;
  logic [20:0]                 read_bytes;
  logic [31:0]                 read_stride, result_stride;
  logic [2:0]                  read_done_code, result_done_error, result_done_code,
                               cascade_ans_error, save_done_code, append_done_code,
                               unused_records_arsize;
  logic [12:0]                 result_queries;
  logic [8:0]                  cascade_cmd_heads, cascade_cmd_keep_heads;
  logic [0:0]                  unused_records_arid;

  hg_attention_dispatch #(
    .DHead     (DHead),
    .MaxTokens (MaxTokens),
    .KPlanes   (KPlanes),
    .VPlanes   (VPlanes),
    .VLayout   (VLayout),
    .Channels  (Channels),
    .VectorW   (DataW),
    .Heads     (Heads),
    .Jobs      (Jobs),
    .DataW     (IoW),
    .MaxHeads  (Cascade * MaxHeads),
    .Append    (Append)
  ) u_dispatch (
    .clk_i,
    .rst_ni,
    .desc_valid_i              (desc_valid),
    .desc_ready_o              (desc_ready),
    .desc_data_i               (desc_data),
    .desc_code_i               (desc_code),
    .done_valid_o              (done_valid),
    .done_ready_i              (done_ready),
    .done_code_o               (done_code),
    .done_addr_o               (done_addr),
    .done_count_o              (done_count),
    .window_base_i             (window_base),
    .window_end_i              (window_end),
    .axprot_i                  (axprot),
    .axcache_i                 (axcache),
    .mem_arvalid_o             (io_s_arvalid[1]),
    .mem_arready_i             (io_s_arready[1]),
    .mem_araddr_o              (io_s_araddr[64 +: 64]),
    .mem_arid_o                (unused_records_arid),
    .mem_arlen_o               (io_s_arlen[8 +: 8]),
    .mem_arsize_o              (unused_records_arsize),
    .mem_arburst_o             (unused_records_arburst),
    .mem_arprot_o              (io_s_arprot[3 +: 3]),
    .mem_arcache_o             (io_s_arcache[4 +: 4]),
    .mem_rvalid_i              (io_s_rvalid[1]),
    .mem_rready_o              (io_s_rready[1]),
    .mem_rid_i                 (1'b0),
    .mem_rdata_i               (io_s_rdata),
    .mem_rresp_i               (io_s_rresp),
    .mem_rlast_i               (io_s_rlast),
    .table_valid_o             (table_valid),
    .table_index_o             (table_index),
    .table_k_base_o            (table_k_base),
    .table_v_base_o            (table_v_base),
    .table_k_offset_o          (table_k_offset),
    .table_v_offset_o          (table_v_offset),
    .job_valid_o               (given_valid),
    .job_ready_i               (given_ready),
    .job_head_o                (given_head),
    .job_keys_o                (given_keys),
    .job_causal_o              (given_causal),
    .job_first_o               (given_first),
    .job_k_start_o             (given_k_start),
    .job_k_max_o               (given_k_max),
    .job_v_count_o             (given_v_count),
    .job_rule_o                (given_rule),
    .job_head_limit_o          (given_head_limit),
    .job_eps_log2_o            (given_eps_log2),
    .job_pre_shift_o           (given_pre_shift),
    .job_mant_o                (given_mant),
    .job_select_o              (given_select),
    .job_k_o                   (given_k),
    .job_mass_o                (given_mass),
    .job_renorm_o              (given_renorm),
    .job_bias_o                (given_bias),
    .job_list_o                (given_list),
    .list_taken_i              (list_taken),
    .list_position_i           (list_position),
    .read_valid_o              (read_valid),
    .read_ready_i              (read_ready),
    .read_addr_o               (read_addr),
    .read_bytes_o              (read_bytes),
    .read_rows_o               (read_rows),
    .read_stride_o             (read_stride),
    .feed_valid_o              (feed_valid),
    .feed_ready_i              (feed_ready),
    .feed_kind_o               (feed_kind),
    .feed_rows_o               (feed_rows),
    .feed_keys_o               (feed_keys),
    .feed_last_o               (feed_last),
    .read_done_valid_i         (read_done_valid),
    .read_done_ready_o         (read_done_ready),
    .read_done_code_i          (read_done_code),
    .read_error_addr_i         (read_error_addr),
    .read_error_clear_o        (read_error_clear),
    .result_valid_o            (result_valid),
    .result_ready_i            (result_ready),
    .result_addr_o             (result_addr),
    .result_stride_o           (result_stride),
    .result_queries_o          (result_queries),
    .result_index_o            (result_index),
    .result_done_valid_i       (result_done_valid),
    .result_done_ready_o       (result_done_ready),
    .result_done_error_i       (result_done_error),
    .result_done_code_i        (result_done_code),
    .write_error_addr_i        (write_error_addr),
    .write_error_clear_o       (write_error_clear),
    .vector_error_i            (vector_error),
    .vector_error_addr_i       (vector_error_addr),
    .vector_error_clear_o      (vector_error_clear),
    .cascade_cmd_valid_o       (cascade_cmd_valid),
    .cascade_cmd_ready_i       (cascade_cmd_ready),
    .cascade_cmd_op_o          (cascade_cmd_op),
    .cascade_cmd_tokens_o      (cascade_cmd_tokens),
    .cascade_cmd_heads_o       (cascade_cmd_heads),
    .cascade_cmd_keep_tokens_o (cascade_cmd_keep_tokens),
    .cascade_cmd_keep_heads_o  (cascade_cmd_keep_heads),
    .cascade_cmd_window_o      (cascade_cmd_window),
    .save_tokens_addr_o        (save_tokens_addr),
    .save_heads_addr_o         (save_heads_addr),
    .cascade_ans_valid_i       (cascade_ans_valid),
    .cascade_ans_ready_o       (cascade_ans_ready),
    .cascade_ans_error_i       (cascade_ans_error),
    .cascade_ans_tokens_i      (cascade_ans_tokens),
    .save_done_valid_i         (save_done_valid),
    .save_done_ready_o         (save_done_ready),
    .save_done_code_i          (save_done_code),
    .head_taken_i              (head_taken),
    .head_index_i              (head_index),
    .head_last_i               (head_last),
    .append_valid_o            (append_valid),
    .append_ready_i            (append_ready),
    .append_k_base_o           (append_k_base),
    .append_v_base_o           (append_v_base),
    .append_k_offset_o         (append_k_offset),
    .append_v_offset_o         (append_v_offset),
    .append_token_o            (append_token),
    .append_done_valid_i       (append_done_valid),
    .append_done_ready_o       (append_done_ready),
    .append_done_code_i        (append_done_code)
  );

  // Queries, biases, lists and elements come as words.
  logic                        word_valid, word_ready, word_row_last, unused_word_last,
                               read_error, read_idle, unused_read_beat, unused_read_blocked;
  logic [1:0]                  unused_read_code, unused_reader_arburst;
  logic [IoW-1:0]              word_data;
  logic [hg_pkg::cnt_width(IoW/8)-1:0] unused_word_bytes;
  logic [hg_pkg::cnt_width(IoBeats)-1:0] unused_read_bursts;
  logic [0:0]                  unused_reader_arid;
  logic [2:0]                  unused_reader_arsize;

  hg_stream_reader #(
    .DataW    (IoW),
    .Burst    (IoBurst),
    .Beats    (IoBeats),
    .Commands (IoReads)
  ) u_reader (
    .clk_i,
    .rst_ni,
    .cmd_valid_i    (read_valid),
    .cmd_ready_o    (read_ready),
    .cmd_addr_i     (read_addr),
    .cmd_bytes_i    (read_bytes),
    .cmd_rows_i     (read_rows),
    .cmd_stride_i   (read_stride),
    .range_base_i   (window_base),
    .range_end_i    (window_end),
    .stop_i         (1'b0),
    .axprot_i       (axprot),
    .axcache_i      (axcache),
    .mem_arvalid_o  (io_s_arvalid[2]),
    .mem_arready_i  (io_s_arready[2]),
    .mem_araddr_o   (io_s_araddr[128 +: 64]),
    .mem_arid_o     (unused_reader_arid),
    .mem_arlen_o    (io_s_arlen[16 +: 8]),
    .mem_arsize_o   (unused_reader_arsize),
    .mem_arburst_o  (unused_reader_arburst),
    .mem_arprot_o   (io_s_arprot[6 +: 3]),
    .mem_arcache_o  (io_s_arcache[8 +: 4]),
    .mem_rvalid_i   (io_s_rvalid[2]),
    .mem_rready_o   (io_s_rready[2]),
    .mem_rid_i      (1'b0),
    .mem_rdata_i    (io_s_rdata),
    .mem_rresp_i    (io_s_rresp),
    .mem_rlast_i    (io_s_rlast),
    .out_valid_o    (word_valid),
    .out_ready_i    (word_ready),
    .out_data_o     (word_data),
    .out_bytes_o    (unused_word_bytes),
    .out_row_last_o (word_row_last),
    .out_last_o     (unused_word_last),
    .done_valid_o   (read_done_valid),
    .done_ready_i   (read_done_ready),
    .done_code_o    (read_done_code),
    .error_valid_o  (read_error),
    .error_code_o   (unused_read_code),
    .error_addr_o   (read_error_addr),
    .error_clear_i  (read_error_clear),
    .idle_o         (read_idle),
    .bursts_o       (unused_read_bursts),
    .beat_o         (unused_read_beat),
    .blocked_o      (unused_read_blocked)
  );

  // Jobs wait for the core, which takes one when it has the queries of the one before: where it has
  // many in flight, the queries of several are on their way from memory.
  logic [JobBits-1:0] given, job;

  assign given = {given_head, given_keys, given_causal, given_first, given_k_start, given_k_max,
                  given_v_count, given_rule, given_head_limit, given_eps_log2, given_pre_shift,
                  given_mant, given_select, given_k, given_mass, given_renorm, given_bias,
                  given_list};
  assign {job_head, job_keys, job_causal, job_first, job_k_start, job_k_max, job_v_count, job_rule,
          job_head_limit, job_eps_log2, job_pre_shift, job_mant, job_select, job_k, job_mass,
          job_renorm, job_bias, job_list} = job;

  if (Jobs >= 32) begin : gen_jobs
    hg_ram_fifo #(
      .Width        (JobBits),
      .DepthEntries (8)
    ) u_jobs (
      .clk_i,
      .rst_ni,
      .in_valid_i  (given_valid),
      .in_ready_o  (given_ready),
      .in_data_i   (given),
      .out_valid_o (job_valid),
      .out_ready_i (job_ready),
      .out_data_o  (job)
    );
  end else begin : gen_no_jobs
    assign job_valid   = given_valid;
    assign given_ready = job_ready;
    assign job         = given;
  end

  logic                        job_refused, job_taken, query_valid, query_ready, query_last,
                               bias_valid, bias_ready, feed_list_valid, feed_list_ready,
                               element_valid, element_ready;
  logic [DHead*12-1:0]         query_data;
  logic [23:0]                 query_bound;
  logic [T*BiasW-1:0]          bias_data;
  logic [TokW-1:0]             feed_list_position, feed_list_token;

  hg_attention_refusal #(
    .MaxTokens (MaxTokens),
    .KCount    (KCount),
    .VCount    (VCount)
  ) u_refusal (
    .keys_i    (job_keys),
    .k_start_i (job_k_start),
    .k_max_i   (job_k_max),
    .v_count_i (job_v_count),
    .rule_i    (job_rule),
    .select_i  (job_select),
    .k_i       (job_k),
    .mass_i    (job_mass),
    .refused_o (job_refused)
  );

  assign job_taken = job_valid && job_ready;

  hg_attention_feed #(
    .DHead     (DHead),
    .Tokens    (T),
    .MaxTokens (MaxTokens),
    .BiasW     (BiasW),
    .DataW     (IoW),
    .Commands  (IoReads)
  ) u_feed (
    .clk_i,
    .rst_ni,
    .feed_valid_i    (feed_valid),
    .feed_ready_o    (feed_ready),
    .feed_kind_i     (feed_kind),
    .feed_rows_i     (feed_rows),
    .feed_keys_i     (feed_keys),
    .feed_last_i     (feed_last),
    .in_valid_i      (word_valid),
    .in_ready_o      (word_ready),
    .in_data_i       (word_data),
    .in_row_last_i   (word_row_last),
    .job_taken_i     (job_taken),
    .job_refused_i   (job_refused),
    .job_bias_i      (job_bias),
    .job_causal_i    (job_causal),
    .job_first_i     (job_first),
    .query_valid_o   (query_valid),
    .query_ready_i   (query_ready),
    .query_data_o    (query_data),
    .query_bound_o   (query_bound),
    .query_last_o    (query_last),
    .bias_valid_o    (bias_valid),
    .bias_ready_i    (bias_ready),
    .bias_data_o     (bias_data),
    .list_valid_o    (feed_list_valid),
    .list_ready_i    (feed_list_ready),
    .list_position_o (feed_list_position),
    .list_token_o    (feed_list_token),
    .append_valid_o  (element_valid),
    .append_ready_i  (element_ready)
  );

  // The core.
  logic                        list_valid, list_ready, req_valid, req_ready, req_value, rsp_valid,
                               rsp_ready, prob_valid, prob_ready, unused_prob_last, out_valid,
                               out_ready, unused_out_last, stat_valid, stat_ready,
                               unused_stat_last;
  logic [TokW-1:0]             list_token, stat_selected;
  logic [1:0]                  req_plane, stat_rounds;
  logic [7:0]                  req_head, unused_out_head, unused_stat_head;
  logic [T-1:0]                req_mask, prob_keep;
  logic [T*TokW-1:0]           req_token;
  logic [T*DHead*RspW-1:0]     rsp_data;
  logic [T*17-1:0]             prob_data;
  logic [RowW-1:0]             prob_row;
  logic [DHead*16-1:0]         out_data;
  logic [2:0]                  stat_error;
  logic [15:0]                 stat_k_fetched, stat_refined, stat_v_fetched;
  logic [31:0]                 stat_cycles;

  hg_attention_engine #(
    .DHead       (DHead),
    .Lanes       (Lanes),
    .MaxTokens   (MaxTokens),
    .KPlanes     (KPlanes),
    .VPlanes     (VPlanes),
    .Contexts    (Contexts),
    .Jobs        (Jobs),
    .Slots       (Slots),
    .Outstanding (Outstanding),
    .Dsp         (Dsp)
  ) u_core (
    .clk_i,
    .rst_ni,
    .job_valid_i      (job_valid),
    .job_ready_o      (job_ready),
    .job_head_i       (job_head),
    .job_keys_i       (job_keys),
    .job_causal_i     (job_causal),
    .job_first_i      (job_first),
    .job_k_start_i    (job_k_start),
    .job_k_max_i      (job_k_max),
    .job_v_count_i    (job_v_count),
    .job_rule_i       (job_rule),
    .job_head_limit_i (job_head_limit),
    .job_eps_log2_i   (job_eps_log2),
    .job_pre_shift_i  (job_pre_shift),
    .job_mant_i       (job_mant),
    .job_select_i     (job_select),
    .job_k_i          (job_k),
    .job_mass_i       (job_mass),
    .job_renorm_i     (job_renorm),
    .job_bias_i       (job_bias),
    .job_list_i       (job_list),
    .list_valid_i     (list_valid),
    .list_ready_o     (list_ready),
    .list_position_i  (list_position),
    .list_token_i     (list_token),
    .query_valid_i    (query_valid),
    .query_ready_o    (query_ready),
    .query_data_i     (query_data),
    .query_bound_i    (query_bound),
    .query_last_i     (query_last),
    .bias_valid_i     (bias_valid),
    .bias_ready_o     (bias_ready),
    .bias_data_i      (bias_data),
    .req_valid_o      (req_valid),
    .req_ready_i      (req_ready),
    .req_value_o      (req_value),
    .req_plane_o      (req_plane),
    .req_head_o       (req_head),
    .req_mask_o       (req_mask),
    .req_token_o      (req_token),
    .rsp_valid_i      (rsp_valid),
    .rsp_ready_o      (rsp_ready),
    .rsp_data_i       (rsp_data),
    .prob_valid_o     (prob_valid),
    .prob_ready_i     (prob_ready),
    .prob_data_o      (prob_data),
    .prob_row_o       (prob_row),
    .prob_keep_o      (prob_keep),
    .prob_last_o      (unused_prob_last),
    .out_valid_o      (out_valid),
    .out_ready_i      (out_ready),
    .out_data_o       (out_data),
    .out_head_o       (unused_out_head),
    .out_last_o       (unused_out_last),
    .stat_valid_o     (stat_valid),
    .stat_ready_i     (stat_ready),
    .stat_head_o      (unused_stat_head),
    .stat_error_o     (stat_error),
    .stat_last_o      (unused_stat_last),
    .stat_k_fetched_o (stat_k_fetched),
    .stat_refined_o   (stat_refined),
    .stat_selected_o  (stat_selected),
    .stat_v_fetched_o (stat_v_fetched),
    .stat_rounds_o    (stat_rounds),
    .stat_cycles_o    (stat_cycles),
    .busy_o           (busy)
  );

  // Its plane vectors.
  logic                        vector_idle;
  logic [1:0]                  unused_vector_code;
  logic [hg_pkg::idx_width(Channels)-1:0] unused_vector_channel;
  logic [Channels*BurstsW-1:0] vector_bursts;
  logic [Channels-1:0]         unused_vector_beats;

  hg_vector_reader #(
    .DHead       (DHead),
    .Tokens      (T),
    .MaxTokens   (MaxTokens),
    .KPlanes     (KPlanes),
    .VPlanes     (VPlanes),
    .VLayout     (VLayout),
    .Outstanding (Outstanding),
    .Channels    (Channels),
    .DataW       (DataW),
    .PortW       (PortW),
    .Beats       (Beats),
    .Burst       (Burst),
    .Heads       (Heads)
  ) u_vectors (
    .clk_i,
    .rst_ni,
    .table_valid_i    (table_valid),
    .table_index_i    (table_index),
    .table_k_base_i   (table_k_base),
    .table_v_base_i   (table_v_base),
    .table_k_offset_i (table_k_offset),
    .table_v_offset_i (table_v_offset),
    .req_valid_i      (req_valid),
    .req_ready_o      (req_ready),
    .req_value_i      (req_value),
    .req_plane_i      (req_plane),
    .req_head_i       (req_head),
    .req_mask_i       (req_mask),
    .req_token_i      (req_token),
    .rsp_valid_o      (rsp_valid),
    .rsp_ready_i      (rsp_ready),
    .rsp_data_o       (rsp_data),
    .stop_i           (1'b0),
    .idle_o           (vector_idle),
    .channel_stride_i (channel_stride),
    .axprot_i         (axprot),
    .axcache_i        (axcache),
    .error_valid_o    (vector_error),
    .error_code_o     (unused_vector_code),
    .error_channel_o  (unused_vector_channel),
    .error_address_o  (vector_error_addr),
    .error_clear_i    (vector_error_clear),
    .bursts_o         (vector_bursts),
    .beats_o          (unused_vector_beats),
    .blocked_o        (blocked),
    .mem_arvalid_o,
    .mem_arready_i,
    .mem_araddr_o,
    .mem_arid_o,
    .mem_arlen_o,
    .mem_arsize_o,
    .mem_arburst_o,
    .mem_arprot_o,
    .mem_arcache_o,
    .mem_rvalid_i,
    .mem_rready_o,
    .mem_rid_i,
    .mem_rdata_i,
    .mem_rresp_i,
    .mem_rlast_i
  );

  // Results, and what else is written as streams.
  logic                        copy_valid, copy_ready;
  logic [7:0]                  copy_head;
  logic [2:0]                  write_done_code;
  logic [Sources-1:0]          src_cmd_valid, src_cmd_ready, src_word_valid, src_word_ready,
                               src_done_valid, src_done_ready;
  logic [Sources*64-1:0]       src_cmd_addr;
  logic [Sources*21-1:0]       src_cmd_bytes;
  logic [Sources*17-1:0]       src_cmd_rows;
  logic [Sources*32-1:0]       src_cmd_stride;
  logic [Sources*IoW-1:0]      src_word_data;

  hg_attention_result #(
    .DHead     (DHead),
    .MaxTokens (MaxTokens),
    .DataW     (IoW),
    .Jobs      (Jobs + 2),
    .Commands  (IoCommands)
  ) u_result (
    .clk_i,
    .rst_ni,
    .result_valid_i     (result_valid),
    .result_ready_o     (result_ready),
    .result_addr_i      (result_addr),
    .result_stride_i    (result_stride),
    .result_queries_i   (result_queries),
    .result_index_i     (result_index),
    .done_valid_o       (result_done_valid),
    .done_ready_i       (result_done_ready),
    .done_error_o       (result_done_error),
    .done_code_o        (result_done_code),
    .out_valid_i        (out_valid),
    .out_ready_o        (out_ready),
    .out_data_i         (out_data),
    .stat_valid_i       (stat_valid),
    .stat_ready_o       (stat_ready),
    .stat_error_i       (stat_error),
    .stat_k_fetched_i   (stat_k_fetched),
    .stat_refined_i     (stat_refined),
    .stat_selected_i    (stat_selected),
    .stat_v_fetched_i   (stat_v_fetched),
    .stat_rounds_i      (stat_rounds),
    .stat_cycles_i      (stat_cycles),
    .copy_valid_o       (copy_valid),
    .copy_ready_i       (copy_ready),
    .copy_head_o        (copy_head),
    .cmd_valid_o        (src_cmd_valid[0]),
    .cmd_ready_i        (src_cmd_ready[0]),
    .cmd_addr_o         (src_cmd_addr[0 +: 64]),
    .cmd_bytes_o        (src_cmd_bytes[0 +: 21]),
    .cmd_rows_o         (src_cmd_rows[0 +: 17]),
    .cmd_stride_o       (src_cmd_stride[0 +: 32]),
    .word_valid_o       (src_word_valid[0]),
    .word_ready_i       (src_word_ready[0]),
    .word_data_o        (src_word_data[0*IoW +: IoW]),
    .write_done_valid_i (src_done_valid[0]),
    .write_done_ready_o (src_done_ready[0]),
    .write_done_code_i  (write_done_code)
  );

  logic                        write_valid, write_ready, put_valid, put_ready, write_done_valid,
                               write_done_ready;
  logic [63:0]                 write_addr;
  logic [20:0]                 write_bytes;
  logic [16:0]                 write_rows;
  logic [31:0]                 write_stride;
  logic [IoW-1:0]              put_data;

  hg_attention_share #(
    .Sources (Sources),
    .DataW   (IoW)
  ) u_share (
    .clk_i,
    .rst_ni,
    .s_cmd_valid_i  (src_cmd_valid),
    .s_cmd_ready_o  (src_cmd_ready),
    .s_cmd_addr_i   (src_cmd_addr),
    .s_cmd_bytes_i  (src_cmd_bytes),
    .s_cmd_rows_i   (src_cmd_rows),
    .s_cmd_stride_i (src_cmd_stride),
    .s_word_valid_i (src_word_valid),
    .s_word_ready_o (src_word_ready),
    .s_word_data_i  (src_word_data),
    .s_done_valid_o (src_done_valid),
    .s_done_ready_i (src_done_ready),
    .cmd_valid_o    (write_valid),
    .cmd_ready_i    (write_ready),
    .cmd_addr_o     (write_addr),
    .cmd_bytes_o    (write_bytes),
    .cmd_rows_o     (write_rows),
    .cmd_stride_o   (write_stride),
    .word_valid_o   (put_valid),
    .word_ready_i   (put_ready),
    .word_data_o    (put_data),
    .done_valid_i   (write_done_valid),
    .done_ready_o   (write_done_ready)
  );

  logic                        unused_write_error, write_idle, unused_write_beat,
                               unused_write_blocked;
  logic [1:0]                  unused_write_code, unused_writer_awburst;
  logic [hg_pkg::cnt_width(IoBursts)-1:0] unused_write_bursts;
  logic [0:0]                  unused_writer_awid;
  logic [2:0]                  unused_writer_awsize;

  hg_stream_writer #(
    .DataW    (IoW),
    .Burst    (IoBurst),
    .Beats    (IoBeats),
    .Commands (IoCommands),
    .Bursts   (IoBursts)
  ) u_writer (
    .clk_i,
    .rst_ni,
    .cmd_valid_i   (write_valid),
    .cmd_ready_o   (write_ready),
    .cmd_addr_i    (write_addr),
    .cmd_bytes_i   (write_bytes),
    .cmd_rows_i    (write_rows),
    .cmd_stride_i  (write_stride),
    .range_base_i  (window_base),
    .range_end_i   (window_end),
    .in_valid_i    (put_valid),
    .in_ready_o    (put_ready),
    .in_data_i     (put_data),
    .stop_i        (1'b0),
    .axprot_i      (axprot),
    .axcache_i     (axcache),
    .mem_awvalid_o (io_s_awvalid[1]),
    .mem_awready_i (io_s_awready[1]),
    .mem_awaddr_o  (io_s_awaddr[64 +: 64]),
    .mem_awid_o    (unused_writer_awid),
    .mem_awlen_o   (io_s_awlen[8 +: 8]),
    .mem_awsize_o  (unused_writer_awsize),
    .mem_awburst_o (unused_writer_awburst),
    .mem_awprot_o  (io_s_awprot[3 +: 3]),
    .mem_awcache_o (io_s_awcache[4 +: 4]),
    .mem_wvalid_o  (io_s_wvalid[1]),
    .mem_wready_i  (io_s_wready[1]),
    .mem_wdata_o   (io_s_wdata[1*IoW +: IoW]),
    .mem_wstrb_o   (io_s_wstrb[1*(IoW/8) +: IoW/8]),
    .mem_wlast_o   (io_s_wlast[1]),
    .mem_bvalid_i  (io_s_bvalid[1]),
    .mem_bready_o  (io_s_bready[1]),
    .mem_bid_i     (1'b0),
    .mem_bresp_i   (io_s_bresp),
    .done_valid_o  (write_done_valid),
    .done_ready_i  (write_done_ready),
    .done_code_o   (write_done_code),
    .error_valid_o (unused_write_error),
    .error_code_o  (unused_write_code),
    .error_addr_o  (write_error_addr),
    .error_clear_i (write_error_clear),
    .idle_o        (write_idle),
    .bursts_o      (unused_write_bursts),
    .beat_o        (unused_write_beat),
    .blocked_o     (unused_write_blocked)
  );

  // The token list is loaded from memory or left by cascade pruning, never both at once.
  if (Cascade == 1) begin : gen_cascade
    localparam int HeadsW = hg_pkg::cnt_width(MaxHeads);

    logic              token_valid, token_ready, token_last, token_saves, save_ready;
    logic              head_valid, head_ready;
    logic [TokW-1:0]   token_position, token_token;
    logic [31:0]       token_sum;
    logic [39:0]       head_sum;
    logic [HeadsW-1:0] unused_heads;
    logic              unused_counts;

    hg_cascade #(
      .Tokens    (T),
      .MaxTokens (MaxTokens),
      .DHead     (DHead),
      .MaxHeads  (MaxHeads),
      .Lanes     (RankLanes),
      .KeyW      (RankKeyW),
      .DigitW    (RankDigitW)
    ) u_cascade (
      .clk_i,
      .rst_ni,
      .cmd_valid_i       (cascade_cmd_valid),
      .cmd_ready_o       (cascade_cmd_ready),
      .cmd_op_i          (cascade_cmd_op),
      .cmd_tokens_i      (cascade_cmd_tokens),
      .cmd_heads_i       (cascade_cmd_heads[HeadsW-1:0]),
      .cmd_keep_tokens_i (cascade_cmd_keep_tokens),
      .cmd_keep_heads_i  (cascade_cmd_keep_heads[HeadsW-1:0]),
      .cmd_window_i      (cascade_cmd_window),
      .prob_valid_i      (prob_valid),
      .prob_ready_o      (prob_ready),
      .prob_data_i       (prob_data),
      .prob_row_i        (prob_row),
      .prob_keep_i       (prob_keep),
      .out_valid_i       (copy_valid),
      .out_ready_o       (copy_ready),
      .out_data_i        (out_data),
      .out_head_i        (copy_head),
      .list_valid_o      (token_valid),
      .list_ready_i      (token_ready),
      .list_position_o   (token_position),
      .list_token_o      (token_token),
      .list_sum_o        (token_sum),
      .list_last_o       (token_last),
      .head_valid_o      (head_valid),
      .head_ready_i      (head_ready),
      .head_index_o      (head_index),
      .head_sum_o        (head_sum),
      .head_last_o       (head_last),
      .ans_valid_o       (cascade_ans_valid),
      .ans_ready_i       (cascade_ans_ready),
      .ans_error_o       (cascade_ans_error),
      .ans_tokens_o      (cascade_ans_tokens),
      .ans_heads_o       (unused_heads)
    );

    // A surviving token goes to the core and to memory at once.
    assign token_saves   = token_valid && list_ready;
    assign token_ready   = save_ready && list_ready;
    assign list_valid    = feed_list_valid || (token_valid && save_ready);
    assign list_position = feed_list_valid ? feed_list_position : token_position;
    assign list_token    = feed_list_valid ? feed_list_token : token_token;
    assign head_taken    = head_valid && head_ready;
    assign unused_counts = ^{cascade_cmd_heads, cascade_cmd_keep_heads};

    hg_attention_survivors #(
      .TokW  (TokW),
      .DataW (IoW)
    ) u_survivors (
      .clk_i,
      .rst_ni,
      .tokens_addr_i    (save_tokens_addr),
      .heads_addr_i     (save_heads_addr),
      .token_valid_i    (token_saves),
      .token_ready_o    (save_ready),
      .token_position_i (token_position),
      .token_number_i   (token_token),
      .token_sum_i      (token_sum),
      .token_last_i     (token_last),
      .head_valid_i     (head_valid),
      .head_ready_o     (head_ready),
      .head_index_i     (head_index),
      .head_sum_i       (head_sum),
      .head_last_i      (head_last),
      .cmd_valid_o      (src_cmd_valid[Lists]),
      .cmd_ready_i      (src_cmd_ready[Lists]),
      .cmd_addr_o       (src_cmd_addr[Lists*64 +: 64]),
      .cmd_bytes_o      (src_cmd_bytes[Lists*21 +: 21]),
      .cmd_rows_o       (src_cmd_rows[Lists*17 +: 17]),
      .cmd_stride_o     (src_cmd_stride[Lists*32 +: 32]),
      .word_valid_o     (src_word_valid[Lists]),
      .word_ready_i     (src_word_ready[Lists]),
      .word_data_o      (src_word_data[Lists*IoW +: IoW]),
      .written_valid_i  (src_done_valid[Lists]),
      .written_ready_o  (src_done_ready[Lists]),
      .written_code_i   (write_done_code),
      .done_valid_o     (save_done_valid),
      .done_ready_i     (save_done_ready),
      .done_code_o      (save_done_code)
    );

  end else begin : gen_no_cascade
    logic unused_cascade;

    assign prob_ready          = 1'b1;
    assign copy_ready          = 1'b1;
    assign list_valid          = feed_list_valid;
    assign list_position       = feed_list_position;
    assign list_token          = feed_list_token;
    assign cascade_cmd_ready   = 1'b0;
    assign cascade_ans_valid   = 1'b0;
    assign cascade_ans_error   = '0;
    assign cascade_ans_tokens  = '0;
    assign save_done_valid     = 1'b0;
    assign save_done_code      = '0;
    assign head_taken          = 1'b0;
    assign head_index          = '0;
    assign head_last           = 1'b0;
    assign unused_cascade      = ^{prob_valid, prob_data, prob_row, prob_keep, copy_valid,
                                   copy_head, cascade_cmd_valid, cascade_cmd_op,
                                   cascade_cmd_tokens, cascade_cmd_heads, cascade_cmd_keep_tokens,
                                   cascade_cmd_keep_heads, cascade_cmd_window, cascade_ans_ready,
                                   save_tokens_addr, save_heads_addr, save_done_ready};
  end

  assign feed_list_ready = list_ready;
  assign list_taken      = list_valid && list_ready;

  if (Append == 1) begin : gen_append
    hg_plane_writer #(
      .DHead    (DHead),
      .KPlanes  (KPlanes),
      .VPlanes  (VPlanes),
      .VLayout  (VLayout),
      .Channels (Channels),
      .DataW    (IoW)
    ) u_planes (
      .clk_i,
      .rst_ni,
      .job_valid_i      (append_valid),
      .job_ready_o      (append_ready),
      .job_token_i      (append_token),
      .job_k_base_i     (append_k_base),
      .job_v_base_i     (append_v_base),
      .job_k_offset_i   (append_k_offset),
      .job_v_offset_i   (append_v_offset),
      .channel_stride_i (channel_stride),
      .in_valid_i       (element_valid),
      .in_ready_o       (element_ready),
      .in_data_i        (word_data),
      .cmd_valid_o      (src_cmd_valid[Planes]),
      .cmd_ready_i      (src_cmd_ready[Planes]),
      .cmd_addr_o       (src_cmd_addr[Planes*64 +: 64]),
      .cmd_bytes_o      (src_cmd_bytes[Planes*21 +: 21]),
      .cmd_rows_o       (src_cmd_rows[Planes*17 +: 17]),
      .cmd_stride_o     (src_cmd_stride[Planes*32 +: 32]),
      .out_valid_o      (src_word_valid[Planes]),
      .out_ready_i      (src_word_ready[Planes]),
      .out_data_o       (src_word_data[Planes*IoW +: IoW]),
      .written_valid_i  (src_done_valid[Planes]),
      .written_ready_o  (src_done_ready[Planes]),
      .written_code_i   (write_done_code),
      .done_valid_o     (append_done_valid),
      .done_ready_i     (append_done_ready),
      .done_code_o      (append_done_code)
    );
  end else begin : gen_no_append
    logic unused_append;

    assign element_ready     = 1'b0;
    assign append_ready      = 1'b0;
    assign append_done_valid = 1'b0;
    assign append_done_code  = '0;
    assign unused_append     = ^{element_valid, append_valid, append_k_base, append_v_base,
                                 append_k_offset, append_v_offset, append_token,
                                 append_done_ready};
  end

  // What the registers show.
  logic req_taken, io_read_taken, io_write_taken;

  assign req_taken      = req_valid && req_ready;
  assign io_read_taken  = io_rvalid_i && io_rready_o;
  assign io_write_taken = io_wvalid_o && io_wready_i;

  hg_attention_traffic #(
    .DHead   (DHead),
    .Tokens  (T),
    .KPlanes (KPlanes),
    .VPlanes (VPlanes),
    .IoW     (IoW)
  ) u_traffic (
    .clk_i,
    .rst_ni,
    .req_taken_i   (req_taken),
    .req_value_i   (req_value),
    .req_plane_i   (req_plane),
    .req_mask_i    (req_mask),
    .read_taken_i  (io_read_taken),
    .write_taken_i (io_write_taken),
    .write_strb_i  (io_wstrb_o),
    .k_bytes_o     (k_bytes),
    .v_bytes_o     (v_bytes),
    .in_bytes_o    (in_bytes),
    .out_bytes_o   (out_bytes)
  );

  assign idle = ring_idle && read_idle && write_idle && vector_idle;

  for (genvar c = 0; c < Channels; c++) begin : gen_flight
    assign flight[10*c +: 10] = 10'(vector_bursts[BurstsW*c +: BurstsW]);
  end

  // The first errors of the movers are told with the codes of their commands.
  logic unused_errors;
  assign unused_errors = read_error ^ unused_write_error;

endmodule

`default_nettype wire
