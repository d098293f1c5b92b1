// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Lets several readers use one AXI4 read port.
///
/// Addresses are taken round-robin (hg_arbiter): a reader waits for at most one address of each
/// other. The number of a reader is the ID of its bursts, so that data may come in any order
/// between readers and go to the one that asked for them. Bursts are INCR and of the full width.
/// Both directions go through a register slice, so that no input reaches an output within a cycle
/// on the port; a reader that is not ready holds up the others, so readers should ask only for
/// what they have room for.
module hg_axi_read_mux #(
  /// Readers: 2 to 16.
  parameter int Ports = 3,
  /// Bits of a beat: a power of two, 64 to 512.
  parameter int DataW = 64
) (
  /// Clock, rising edge.
  input  logic                clk_i,
  /// Asynchronous reset, active low.
  input  logic                rst_ni,

  // The readers, reader 0 in the low bits.
  /// A burst is asked for; the request stays as it is until it is taken.
  input  logic [Ports-1:0]    s_arvalid_i,
  /// It is taken.
  output logic [Ports-1:0]    s_arready_o,
  /// Address of its first beat.
  input  logic [Ports*64-1:0] s_araddr_i,
  /// Its beats, less one.
  input  logic [Ports*8-1:0]  s_arlen_i,
  /// AxPROT.
  input  logic [Ports*3-1:0]  s_arprot_i,
  /// AxCACHE.
  input  logic [Ports*4-1:0]  s_arcache_i,
  /// A beat comes for this reader.
  output logic [Ports-1:0]    s_rvalid_o,
  /// It is taken.
  input  logic [Ports-1:0]    s_rready_i,
  /// The beat, of whichever reader.
  output logic [DataW-1:0]    s_rdata_o,
  /// Its response.
  output logic [1:0]          s_rresp_o,
  /// It is the last of its burst.
  output logic                s_rlast_o,

  // The memory.
  /// A burst is asked for.
  output logic                mem_arvalid_o,
  /// It is taken.
  input  logic                mem_arready_i,
  /// Address of its first beat.
  output logic [63:0]         mem_araddr_o,
  /// Number of the reader.
  output logic [3:0]          mem_arid_o,
  /// Beats less one.
  output logic [7:0]          mem_arlen_o,
  /// A whole beat.
  output logic [2:0]          mem_arsize_o,
  /// Addresses go up.
  output logic [1:0]          mem_arburst_o,
  /// AxPROT of the reader.
  output logic [2:0]          mem_arprot_o,
  /// AxCACHE of the reader.
  output logic [3:0]          mem_arcache_o,
  /// A beat comes.
  input  logic                mem_rvalid_i,
  /// It is taken.
  output logic                mem_rready_o,
  /// Number of the reader that it is for.
  input  logic [3:0]          mem_rid_i,
  /// The beat.
  input  logic [DataW-1:0]    mem_rdata_i,
  /// Its response.
  input  logic [1:0]          mem_rresp_i,
  /// It is the last of its burst.
  input  logic                mem_rlast_i
);

  if (Ports < 2 || Ports > 16) begin : gen_illegal_ports
    ERROR_hg_axi_read_mux_Ports_must_be_2_to_16 u_illegal ();
  end
  if (DataW < 64 || DataW > 512 || 2 ** $clog2(DataW) != DataW) begin : gen_illegal_width
    ERROR_hg_axi_read_mux_DataW_must_be_64_128_256_or_512 u_illegal ();
  end

  localparam int IdxW  = hg_pkg::idx_width(Ports);
  // Address, length, protection and attributes.
  localparam int AskW  = 64 + 8 + 3 + 4;
  // Response, last, data and the reader.
  localparam int BeatW = 2 + 1 + DataW + IdxW;

  logic [Ports*AskW-1:0] asks;
  logic [AskW-1:0]       ask;
  logic                  ask_valid, ask_ready;
  logic [IdxW-1:0]       ask_port, beat_port;
  logic                  beat_valid;
  logic [Ports-1:0]      chosen;

  for (genvar i = 0; i < Ports; i++) begin : gen_ask
    assign asks[i*AskW +: AskW] = {s_arcache_i[4*i +: 4], s_arprot_i[3*i +: 3],
                                   s_arlen_i[8*i +: 8], s_araddr_i[64*i +: 64]};
  end

  hg_arbiter #(
    .Requesters (Ports),
    .Width      (AskW)
  ) u_arbiter (
    .clk_i,
    .rst_ni,
    .in_valid_i  (s_arvalid_i),
    .in_ready_o  (s_arready_o),
    .in_data_i   (asks),
    .out_valid_o (ask_valid),
    .out_ready_i (ask_ready),
    .out_data_o  (ask),
    .out_index_o (ask_port)
  );

  // No instance gets an expression here: Yosys 0.23 and 0.70 end in an assertion of theirs at some.
  logic [IdxW-1:0]      id;
  logic [IdxW+AskW-1:0] ask_in, ask_out;
  logic [BeatW-1:0]     beat_in, beat_out;
  logic                 beat_ready;

  assign ask_in  = {ask_port, ask};
  assign beat_in = {mem_rid_i[IdxW-1:0], mem_rlast_i, mem_rresp_i, mem_rdata_i};

  assign {id, mem_arcache_o, mem_arprot_o, mem_arlen_o, mem_araddr_o} = ask_out;
  assign {beat_port, s_rlast_o, s_rresp_o, s_rdata_o}                 = beat_out;

  hg_skid_buffer #(
    .Width (IdxW + AskW)
  ) u_ask (
    .clk_i,
    .rst_ni,
    .in_valid_i  (ask_valid),
    .in_ready_o  (ask_ready),
    .in_data_i   (ask_in),
    .out_valid_o (mem_arvalid_o),
    .out_ready_i (mem_arready_i),
    .out_data_o  (ask_out)
  );

  assign mem_arid_o    = 4'(id);
  assign mem_arsize_o  = 3'($clog2(DataW / 8));
  assign mem_arburst_o = 2'b01;

  hg_skid_buffer #(
    .Width (BeatW)
  ) u_beat (
    .clk_i,
    .rst_ni,
    .in_valid_i  (mem_rvalid_i),
    .in_ready_o  (mem_rready_o),
    .in_data_i   (beat_in),
    .out_valid_o (beat_valid),
    .out_ready_i (beat_ready),
    .out_data_o  (beat_out)
  );

  assign beat_ready = (s_rready_i & chosen) != '0;

  for (genvar i = 0; i < Ports; i++) begin : gen_beat
    assign chosen[i]     = beat_port == IdxW'(i);
    assign s_rvalid_o[i] = beat_valid && chosen[i];
  end

  logic unused_id;
  assign unused_id = ^mem_rid_i;

`ifdef HG_FORMAL
  // Reader `f_i` and a burst of it are followed: `f_missed_q` is how many addresses of others have
  // been taken since it asks, `f_due_q` how many of its bursts the memory has not answered.
  logic              f_seen_q, f_stalled_q, f_held_q;
  logic [31:0]       f_missed_q, f_due_q, f_in_q, f_out_q, f_got_q, f_gave_q;
  logic [AskW+3:0]   f_ask_q;
  logic [DataW+2:0]  f_beat_q;
  logic [Ports-1:0]  f_valid_q, f_waits_q;
  logic [Ports*AskW-1:0] f_asks_q;
  (* anyconst *) logic [IdxW-1:0] f_i;

  wire [AskW+3:0] f_ask  = {mem_arid_o, mem_arcache_o, mem_arprot_o, mem_arlen_o, mem_araddr_o};
  wire            f_take = s_arvalid_i[f_i] && s_arready_o[f_i];
  wire            f_ends = mem_rvalid_i && mem_rready_o && mem_rlast_i && mem_rid_i == 4'(f_i);
  wire            f_asks = mem_arvalid_o && mem_arready_i && mem_arid_o == 4'(f_i);

  initial f_seen_q = 1'b0;
  always @(posedge clk_i) f_seen_q <= 1'b1;
  always_comb begin
    assume (rst_ni == f_seen_q);
    assume (32'(f_i) < Ports);
    // The memory answers what was asked for.
    assume (32'(mem_rid_i) < Ports);
    if (mem_rvalid_i && mem_rid_i == 4'(f_i)) assume (f_due_q != 32'd0);
  end

  // The contract of the readers.
  for (genvar i = 0; i < Ports; i++) begin : gen_contract
    always_comb begin
      if (rst_ni && f_waits_q[i]) begin
        assume (s_arvalid_i[i]);
        assume (asks[i*AskW +: AskW] == f_asks_q[i*AskW +: AskW]);
      end
    end
  end

  always @(posedge clk_i) begin
    f_waits_q <= rst_ni ? s_arvalid_i & ~s_arready_o : '0;
    f_asks_q  <= asks;
    f_ask_q   <= f_ask;
    f_beat_q  <= {s_rlast_o, s_rresp_o, s_rdata_o};
    f_valid_q <= s_rvalid_o;
    if (!rst_ni) begin
      f_missed_q  <= 32'd0;
      f_due_q     <= 32'd0;
      f_in_q      <= 32'd0;
      f_out_q     <= 32'd0;
      f_got_q     <= 32'd0;
      f_gave_q    <= 32'd0;
      f_stalled_q <= 1'b0;
      f_held_q    <= 1'b0;
    end else begin
      f_stalled_q <= mem_arvalid_o && !mem_arready_i;
      f_held_q    <= (s_rvalid_o & ~s_rready_i) != '0;
      f_due_q     <= f_due_q + 32'(f_asks) - 32'(f_ends);
      f_in_q      <= f_in_q + 32'(f_take);
      f_out_q     <= f_out_q + 32'(f_asks);
      f_got_q     <= f_got_q + 32'(mem_rvalid_i && mem_rready_o && mem_rid_i == 4'(f_i));
      f_gave_q    <= f_gave_q + 32'(s_rvalid_o[f_i] && s_rready_i[f_i]);
      if (!s_arvalid_i[f_i] || f_take) f_missed_q <= 32'd0;
      else f_missed_q <= f_missed_q + 32'(s_arready_o != '0);
    end
    if (rst_ni) begin
      // What is offered stays, on both sides.
      if (f_stalled_q) assert (mem_arvalid_o && f_ask == f_ask_q);
      if (f_held_q) assert (s_rvalid_o == f_valid_q);
      if (f_held_q) assert ({s_rlast_o, s_rresp_o, s_rdata_o} == f_beat_q);
      // One address at a time is taken, and none twice: those that wait inside are at most two.
      assert ((s_arready_o & (s_arready_o - Ports'(1))) == '0);
      assert (f_in_q - f_out_q <= 32'd2);
      if (mem_arvalid_o && mem_arid_o == 4'(f_i)) assert (f_in_q != f_out_q);
      // A beat goes to one reader, which is the one that it is for.
      assert ((s_rvalid_o & (s_rvalid_o - Ports'(1))) == '0);
      assert (f_got_q - f_gave_q <= 32'd2);
      if (s_rvalid_o[f_i]) assert (f_got_q != f_gave_q);
      // Nobody waits for more than one address of each other.
      assert (f_missed_q < Ports);
      cover (f_missed_q == Ports - 1 && f_take);
      cover (s_rvalid_o[f_i] && s_rlast_o);
    end
  end
`endif

endmodule

`default_nettype wire
