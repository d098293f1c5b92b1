// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Lets several writers use one AXI4 write port.
///
/// Addresses are taken round-robin (hg_arbiter): a writer waits for at most one address of each
/// other. Data follow in the order of the addresses, a burst of one writer at a time. The number of
/// a writer is the ID of its bursts, so that responses may come in any order between writers.
/// Bursts are INCR and of the full width. All directions go through a register slice, so that no
/// input reaches an output within a cycle on the port. A writer whose address has been taken holds
/// up the data of the others until its last beat: writers should announce a burst only when they
/// have its data.
module hg_axi_write_mux #(
  /// Writers: 2 to 16.
  parameter int Ports = 2,
  /// Bits of a beat: a power of two, 64 to 512.
  parameter int DataW = 64,
  /// Bursts whose address has been taken and whose data have not: 1 and up.
  parameter int Bursts = 4,
  /// Derived: strobes of a beat.
  localparam int StrbW = DataW / 8
) (
  /// Clock, rising edge.
  input  logic                   clk_i,
  /// Asynchronous reset, active low.
  input  logic                   rst_ni,

  // The writers, writer 0 in the low bits.
  /// A burst is announced; the request stays as it is until it is taken.
  input  logic [Ports-1:0]       s_awvalid_i,
  /// It is taken.
  output logic [Ports-1:0]       s_awready_o,
  /// Address of its first beat.
  input  logic [Ports*64-1:0]    s_awaddr_i,
  /// Its beats, less one.
  input  logic [Ports*8-1:0]     s_awlen_i,
  /// AxPROT.
  input  logic [Ports*3-1:0]     s_awprot_i,
  /// AxCACHE.
  input  logic [Ports*4-1:0]     s_awcache_i,
  /// A beat is offered.
  input  logic [Ports-1:0]       s_wvalid_i,
  /// It is taken.
  output logic [Ports-1:0]       s_wready_o,
  /// Its data.
  input  logic [Ports*DataW-1:0] s_wdata_i,
  /// Which bytes are written.
  input  logic [Ports*StrbW-1:0] s_wstrb_i,
  /// The last beat of a burst.
  input  logic [Ports-1:0]       s_wlast_i,
  /// A response comes for this writer.
  output logic [Ports-1:0]       s_bvalid_o,
  /// It is taken.
  input  logic [Ports-1:0]       s_bready_i,
  /// The response, of whichever writer.
  output logic [1:0]             s_bresp_o,

  // The memory.
  /// A burst is announced.
  output logic                   mem_awvalid_o,
  /// It is taken.
  input  logic                   mem_awready_i,
  /// Address of its first beat.
  output logic [63:0]            mem_awaddr_o,
  /// Number of the writer.
  output logic [3:0]             mem_awid_o,
  /// Beats less one.
  output logic [7:0]             mem_awlen_o,
  /// A whole beat.
  output logic [2:0]             mem_awsize_o,
  /// Addresses go up.
  output logic [1:0]             mem_awburst_o,
  /// AxPROT of the writer.
  output logic [2:0]             mem_awprot_o,
  /// AxCACHE of the writer.
  output logic [3:0]             mem_awcache_o,
  /// A beat is offered.
  output logic                   mem_wvalid_o,
  /// It is taken.
  input  logic                   mem_wready_i,
  /// Its data.
  output logic [DataW-1:0]       mem_wdata_o,
  /// Which bytes are written.
  output logic [StrbW-1:0]       mem_wstrb_o,
  /// The last beat of a burst.
  output logic                   mem_wlast_o,
  /// A response comes.
  input  logic                   mem_bvalid_i,
  /// It is taken.
  output logic                   mem_bready_o,
  /// Number of the writer that it is for.
  input  logic [3:0]             mem_bid_i,
  /// The response.
  input  logic [1:0]             mem_bresp_i
);

  if (Ports < 2 || Ports > 16) begin : gen_illegal_ports
    ERROR_hg_axi_write_mux_Ports_must_be_2_to_16 u_illegal ();
  end
  if (DataW < 64 || DataW > 512 || 2 ** $clog2(DataW) != DataW) begin : gen_illegal_width
    ERROR_hg_axi_write_mux_DataW_must_be_64_128_256_or_512 u_illegal ();
  end

  localparam int IdxW   = hg_pkg::idx_width(Ports);
  localparam int CountW = hg_pkg::cnt_width(Bursts);
  // Address, length, protection and attributes.
  localparam int AskW   = 64 + 8 + 3 + 4;
  // Last, strobes and data.
  localparam int BeatW  = 1 + StrbW + DataW;

  logic [Ports*AskW-1:0] asks;
  logic [AskW-1:0]       ask;
  logic                  ask_valid, slice_ready, order_ready, turn_valid, turn_ends;
  logic [IdxW-1:0]       ask_port, id, turn, answer_port;
  logic [CountW-1:0]     unused_order;

  for (genvar i = 0; i < Ports; i++) begin : gen_ask
    assign asks[i*AskW +: AskW] = {s_awcache_i[4*i +: 4], s_awprot_i[3*i +: 3],
                                   s_awlen_i[8*i +: 8], s_awaddr_i[64*i +: 64]};
  end

  // No instance gets an expression here: Yosys 0.23 and 0.70 end in an assertion of theirs at some.
  logic [IdxW+AskW-1:0] ask_in, ask_out;
  logic                 ask_taken, slice_valid, order_valid;

  assign ask_taken   = slice_ready && order_ready;
  assign slice_valid = ask_valid && order_ready;
  assign order_valid = ask_valid && slice_ready;
  assign ask_in      = {ask_port, ask};

  assign {id, mem_awcache_o, mem_awprot_o, mem_awlen_o, mem_awaddr_o} = ask_out;

  // An address is taken when there is a place for it and for its turn.
  hg_arbiter #(
    .Requesters (Ports),
    .Width      (AskW)
  ) u_arbiter (
    .clk_i,
    .rst_ni,
    .in_valid_i  (s_awvalid_i),
    .in_ready_o  (s_awready_o),
    .in_data_i   (asks),
    .out_valid_o (ask_valid),
    .out_ready_i (ask_taken),
    .out_data_o  (ask),
    .out_index_o (ask_port)
  );

  hg_skid_buffer #(
    .Width (IdxW + AskW)
  ) u_ask (
    .clk_i,
    .rst_ni,
    .in_valid_i  (slice_valid),
    .in_ready_o  (slice_ready),
    .in_data_i   (ask_in),
    .out_valid_o (mem_awvalid_o),
    .out_ready_i (mem_awready_i),
    .out_data_o  (ask_out)
  );

  assign mem_awid_o    = 4'(id);
  assign mem_awsize_o  = 3'($clog2(DataW / 8));
  assign mem_awburst_o = 2'b01;

  hg_fifo #(
    .Width        (IdxW),
    .DepthEntries (Bursts)
  ) u_order (
    .clk_i,
    .rst_ni,
    .in_valid_i  (order_valid),
    .in_ready_o  (order_ready),
    .in_data_i   (ask_port),
    .out_valid_o (turn_valid),
    .out_ready_i (turn_ends),
    .out_data_o  (turn),
    .used_o      (unused_order)
  );

  // The beats of the writer whose turn it is.
  logic             beat_valid, beat_ready;
  logic [BeatW-1:0] beat, beat_out;

  always_comb begin
    beat_valid = 1'b0;
    beat       = '0;
    s_wready_o = '0;
    for (int i = 0; i < Ports; i++) begin
      if (turn_valid && turn == IdxW'(i)) begin
        beat_valid    = s_wvalid_i[i];
        beat          = {s_wlast_i[i], s_wstrb_i[StrbW*i +: StrbW], s_wdata_i[DataW*i +: DataW]};
        s_wready_o[i] = beat_ready;
      end
    end
  end

  assign turn_ends = beat_valid && beat_ready && beat[BeatW-1];

  hg_skid_buffer #(
    .Width (BeatW)
  ) u_beat (
    .clk_i,
    .rst_ni,
    .in_valid_i  (beat_valid),
    .in_ready_o  (beat_ready),
    .in_data_i   (beat),
    .out_valid_o (mem_wvalid_o),
    .out_ready_i (mem_wready_i),
    .out_data_o  (beat_out)
  );

  assign {mem_wlast_o, mem_wstrb_o, mem_wdata_o} = beat_out;

  logic             answer_valid, answer_ready;
  logic [Ports-1:0] chosen;
  logic [IdxW+1:0]  answer_in, answer_out;

  assign answer_in    = {mem_bid_i[IdxW-1:0], mem_bresp_i};
  assign answer_ready = (s_bready_i & chosen) != '0;

  assign {answer_port, s_bresp_o} = answer_out;

  hg_skid_buffer #(
    .Width (IdxW + 2)
  ) u_answer (
    .clk_i,
    .rst_ni,
    .in_valid_i  (mem_bvalid_i),
    .in_ready_o  (mem_bready_o),
    .in_data_i   (answer_in),
    .out_valid_o (answer_valid),
    .out_ready_i (answer_ready),
    .out_data_o  (answer_out)
  );

  for (genvar i = 0; i < Ports; i++) begin : gen_answer
    assign chosen[i]     = answer_port == IdxW'(i);
    assign s_bvalid_o[i] = answer_valid && chosen[i];
  end

  logic unused_id;
  assign unused_id = ^mem_bid_i;

`ifdef HG_FORMAL
  // A burst is picked at random as its address is taken. `f_ahead_q` bursts are to end before it on
  // the side of the writers, `f_left_q` before it or its own end on the side of the memory.
  logic               f_seen_q, f_ask_stalled_q, f_beat_stalled_q, f_held_q, f_waiting_q;
  logic [31:0]        f_missed_q, f_taken_q, f_ended_q, f_left_q, f_ahead_q;
  logic [31:0]        f_got_q, f_gave_q;
  logic [AskW+3:0]    f_ask_q;
  logic [BeatW-1:0]   f_beat_q;
  logic [Ports-1:0]   f_valid_q, f_waits_q;
  logic [1:0]         f_resp_q;
  logic [Ports*AskW-1:0] f_asks_q;
  (* anyconst *) logic [IdxW-1:0] f_i;
  (* anyseq *) logic f_pick;

  wire [AskW+3:0]  f_ask   = {mem_awid_o, mem_awcache_o, mem_awprot_o, mem_awlen_o, mem_awaddr_o};
  wire [BeatW-1:0] f_beat  = {mem_wlast_o, mem_wstrb_o, mem_wdata_o};
  wire             f_take  = s_awvalid_i[f_i] && s_awready_o[f_i];
  wire             f_any   = s_awready_o != '0;
  wire [Ports-1:0] f_moves = s_wvalid_i & s_wready_o;
  wire             f_in    = (f_moves & s_wlast_i) != '0;

  initial f_seen_q = 1'b0;
  always @(posedge clk_i) f_seen_q <= 1'b1;
  always_comb begin
    assume (rst_ni == f_seen_q);
    assume (32'(f_i) < Ports);
    assume (32'(mem_bid_i) < Ports);
  end

  // The contract of the writers.
  for (genvar i = 0; i < Ports; i++) begin : gen_contract
    always_comb begin
      if (rst_ni && f_waits_q[i]) begin
        assume (s_awvalid_i[i]);
        assume (asks[i*AskW +: AskW] == f_asks_q[i*AskW +: AskW]);
      end
    end
  end

  always @(posedge clk_i) begin
    f_waits_q <= rst_ni ? s_awvalid_i & ~s_awready_o : '0;
    f_asks_q  <= asks;
    f_ask_q   <= f_ask;
    f_beat_q  <= f_beat;
    f_resp_q  <= s_bresp_o;
    f_valid_q <= s_bvalid_o;
    if (!rst_ni) begin
      f_missed_q       <= 32'd0;
      f_taken_q        <= 32'd0;
      f_ended_q        <= 32'd0;
      f_left_q         <= 32'd0;
      f_ahead_q        <= 32'd0;
      f_got_q          <= 32'd0;
      f_gave_q         <= 32'd0;
      f_waiting_q      <= 1'b0;
      f_ask_stalled_q  <= 1'b0;
      f_beat_stalled_q <= 1'b0;
      f_held_q         <= 1'b0;
    end else begin
      f_ask_stalled_q  <= mem_awvalid_o && !mem_awready_i;
      f_beat_stalled_q <= mem_wvalid_o && !mem_wready_i;
      f_held_q         <= (s_bvalid_o & ~s_bready_i) != '0;
      f_taken_q        <= f_taken_q + 32'(f_any);
      f_ended_q        <= f_ended_q + 32'(f_in);
      f_got_q          <= f_got_q + 32'(mem_bvalid_i && mem_bready_o && mem_bid_i == 4'(f_i));
      f_gave_q         <= f_gave_q + 32'(s_bvalid_o[f_i] && s_bready_i[f_i]);
      f_left_q         <= f_left_q + 32'(mem_wvalid_o && mem_wready_i && mem_wlast_o);
      if (!s_awvalid_i[f_i] || f_take) f_missed_q <= 32'd0;
      else f_missed_q <= f_missed_q + 32'(f_any);
      // The picked burst of f_i is the next one after those that were taken before it.
      if (!f_waiting_q && f_take && f_pick) begin
        f_waiting_q <= 1'b1;
        f_ahead_q   <= f_taken_q - f_ended_q - 32'(f_in);
      end else if (f_waiting_q && f_in) begin
        f_waiting_q <= f_ahead_q != 32'd0;
        f_ahead_q   <= f_ahead_q - 32'd1;
      end
    end
    if (rst_ni) begin
      // What is offered stays, on all channels.
      if (f_ask_stalled_q) assert (mem_awvalid_o && f_ask == f_ask_q);
      if (f_beat_stalled_q) assert (mem_wvalid_o && f_beat == f_beat_q);
      if (f_held_q) assert (s_bvalid_o == f_valid_q && s_bresp_o == f_resp_q);
      // Data are those of one writer at a time, in the order of the addresses.
      assert ((s_wready_o & (s_wready_o - Ports'(1))) == '0);
      if (f_moves != '0) assert (f_taken_q != f_ended_q);
      if (f_waiting_q && f_ahead_q == 32'd0 && f_moves != '0) assert (f_moves[f_i]);
      assert (f_taken_q - f_ended_q <= Bursts);
      // No burst ends on the memory's side before it does on the writers', nor two behind it.
      assert (f_ended_q - f_left_q <= 32'd2);
      // A response goes to one writer, which is the one that it is for.
      assert ((s_bvalid_o & (s_bvalid_o - Ports'(1))) == '0);
      assert (f_got_q - f_gave_q <= 32'd2);
      if (s_bvalid_o[f_i]) assert (f_got_q != f_gave_q);
      // Nobody waits for more than one address of each other.
      assert (f_missed_q < Ports);
      cover (f_missed_q == Ports - 1 && f_take);
      cover (f_waiting_q && f_ahead_q == 32'd0 && f_in);
    end
  end
`endif

endmodule

`default_nettype wire
