// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Fetches an aligned block of bytes over AXI4 into one word.
///
/// A command names the address, whose bits inside of the block are not looked at. The block comes
/// as one burst, and the word stays at `out` until it is taken; one block is under way at a time,
/// so that there is always room for its beats and `mem_rready_o` is always set. A beat with an
/// error goes into the word like any other; `out_error_o` says so, and `out_addr_o` is then the
/// address of the first such beat, and otherwise that of the block.
///
/// Latency: the address is asked for in the cycle behind the command; the word is there in the
/// cycle behind its last beat. The next command is taken in the cycle behind that in which it left.
module hg_axi_fetch #(
  /// Bits of a beat: a power of two, 64 to 512.
  parameter int DataW = 64,
  /// Bytes of a block: 64 or 128.
  parameter int Bytes = 64,
  /// Derived: bits of a block.
  localparam int WordW = 8 * Bytes
) (
  /// Clock, rising edge.
  input  logic             clk_i,
  /// Asynchronous reset, active low. It may come at any time if the memory is reset with it.
  input  logic             rst_ni,
  /// A block is asked for.
  input  logic             cmd_valid_i,
  /// The command is taken.
  output logic             cmd_ready_o,
  /// Address of the block.
  input  logic [63:0]      cmd_addr_i,
  /// AxPROT of a burst that begins.
  input  logic [2:0]       axprot_i,
  /// AxCACHE of a burst that begins.
  input  logic [3:0]       axcache_i,
  /// A block is offered.
  output logic             out_valid_o,
  /// The block is taken.
  input  logic             out_ready_i,
  /// Its bytes, byte 0 in the low bits.
  output logic [WordW-1:0] out_data_o,
  /// A beat of it came with an error.
  output logic             out_error_o,
  /// Address of the first such beat, or of the block.
  output logic [63:0]      out_addr_o,
  /// No burst is asked for or unanswered.
  output logic             idle_o,
  /// The burst is asked for.
  output logic             mem_arvalid_o,
  /// The memory takes it.
  input  logic             mem_arready_i,
  /// Address of the block.
  output logic [63:0]      mem_araddr_o,
  /// Always 0.
  output logic [0:0]       mem_arid_o,
  /// Beats less one.
  output logic [7:0]       mem_arlen_o,
  /// A whole beat.
  output logic [2:0]       mem_arsize_o,
  /// Addresses go up.
  output logic [1:0]       mem_arburst_o,
  /// What `axprot_i` was.
  output logic [2:0]       mem_arprot_o,
  /// What `axcache_i` was.
  output logic [3:0]       mem_arcache_o,
  /// A beat comes.
  input  logic             mem_rvalid_i,
  /// Always set.
  output logic             mem_rready_o,
  /// Not read: there is one burst at a time.
  input  logic [0:0]       mem_rid_i,
  /// Its data.
  input  logic [DataW-1:0] mem_rdata_i,
  /// Whether that went well.
  input  logic [1:0]       mem_rresp_i,
  /// Not read: beats are counted.
  input  logic             mem_rlast_i
);

  if (DataW < 64 || DataW > 512 || 2 ** $clog2(DataW) != DataW) begin : gen_illegal_width
    ERROR_hg_axi_fetch_DataW_must_be_64_128_256_or_512 u_illegal ();
  end
  if (Bytes != 64 && Bytes != 128) begin : gen_illegal
    ERROR_hg_axi_fetch_Bytes_must_be_64_or_128 u_illegal ();
  end

  localparam int Beats  = WordW / DataW;
  localparam int BeatW  = hg_pkg::idx_width(Beats);
  localparam int Shift  = $clog2(DataW / 8);
  localparam int Inside = $clog2(Bytes);

  // A block is under way or offered; its address is asked for; all of it is there.
  logic                   busy_q, ask_q, full_q, begins, ends;
  logic [63:Inside]       addr_q;
  logic [2:0]             prot_q;
  logic [3:0]             cache_q;
  logic [BeatW-1:0]       beat_q, failed_q;
  logic                   error_q;
  logic [WordW-1:0]       word_q;
  logic [WordW+DataW-1:0] joined;

  assign begins = cmd_valid_i && cmd_ready_o;
  assign ends   = mem_rvalid_i && beat_q == BeatW'(Beats - 1);
  assign joined = {mem_rdata_i, word_q};

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      busy_q <= 1'b0;
      ask_q  <= 1'b0;
      full_q <= 1'b0;
      beat_q <= '0;
    end else begin
      if (begins) busy_q <= 1'b1;
      else if (full_q && out_ready_i) busy_q <= 1'b0;
      if (begins) ask_q <= 1'b1;
      else if (mem_arready_i) ask_q <= 1'b0;
      if (ends) full_q <= 1'b1;
      else if (out_ready_i) full_q <= 1'b0;
      if (mem_rvalid_i) beat_q <= ends ? '0 : beat_q + BeatW'(1);
    end
  end

  always_ff @(posedge clk_i) begin
    if (begins) begin
      addr_q   <= cmd_addr_i[63:Inside];
      prot_q   <= axprot_i;
      cache_q  <= axcache_i;
      error_q  <= 1'b0;
      failed_q <= '0;
    end else if (mem_rvalid_i && mem_rresp_i != 2'b00 && !error_q) begin
      error_q  <= 1'b1;
      failed_q <= beat_q;
    end
    if (mem_rvalid_i) word_q <= joined[WordW+DataW-1:DataW];
  end

  assign cmd_ready_o   = !busy_q;
  assign out_valid_o   = full_q;
  assign out_data_o    = word_q;
  assign out_error_o   = error_q;
  assign out_addr_o    = {addr_q, Inside'(64'(failed_q) << Shift)};
  assign idle_o        = !busy_q || full_q;
  assign mem_arvalid_o = ask_q;
  assign mem_araddr_o  = {addr_q, {Inside{1'b0}}};
  assign mem_arid_o    = '0;
  assign mem_arlen_o   = 8'(Beats - 1);
  assign mem_arsize_o  = 3'(Shift);
  assign mem_arburst_o = 2'b01;
  assign mem_arprot_o  = prot_q;
  assign mem_arcache_o = cache_q;
  assign mem_rready_o  = 1'b1;

  logic unused_inputs;
  assign unused_inputs = (^cmd_addr_i[Inside-1:0]) ^ mem_rid_i[0] ^ mem_rlast_i
      ^ (^joined[DataW-1:0]);

`ifndef SYNTHESIS
`ifndef YOSYS
  logic seen_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) seen_q <= 1'b0;
    else seen_q <= 1'b1;
  end

  always @(posedge clk_i) begin
    if (seen_q && mem_rvalid_i && (ask_q || full_q || !busy_q)) begin
      $error("%m: a beat that was not asked for");
    end
  end
`endif
`endif

`ifdef HG_FORMAL
  // One beat of every block, and what was said of all of them.
  (* anyconst *) logic [BeatW-1:0] f_place;
  logic                            f_seen_q, f_stalled_q, f_waits_q, f_error_q;
  logic [63:0]                     f_addr_q, f_failed_q, f_ask_q, f_said_q;
  logic [DataW-1:0]                f_data_q;
  logic [WordW-1:0]                f_word_q;
  logic [6:0]                      f_about_q;
  wire [6:0]                       f_about = {mem_arprot_o, mem_arcache_o};
  wire [63:0]                      f_here = f_addr_q + (64'(beat_q) << Shift);
  // Where the beat lies in a word that has shifted so far.
  wire [31:0]                      f_at = 32'(Beats) - 32'(beat_q) + 32'(f_place);
  wire                             f_there = full_q || beat_q > f_place;

  initial f_seen_q = 1'b0;
  always @(posedge clk_i) f_seen_q <= 1'b1;
  always_comb begin
    assume (rst_ni == f_seen_q);
    assume (32'(f_place) < Beats);
    // Only beats that were asked for come.
    if (mem_rvalid_i) assume (busy_q && !ask_q && !full_q);
  end

  always @(posedge clk_i) begin
    f_stalled_q <= rst_ni && mem_arvalid_o && !mem_arready_i;
    f_waits_q   <= rst_ni && out_valid_o && !out_ready_i;
    f_ask_q     <= mem_araddr_o;
    f_about_q   <= f_about;
    f_word_q    <= out_data_o;
    f_said_q    <= out_addr_o;
    if (begins) begin
      f_addr_q   <= {cmd_addr_i[63:Inside], {Inside{1'b0}}};
      f_failed_q <= {cmd_addr_i[63:Inside], {Inside{1'b0}}};
      f_error_q  <= 1'b0;
    end
    if (mem_rvalid_i) begin
      if (beat_q == f_place) f_data_q <= mem_rdata_i;
      if (mem_rresp_i != 2'b00 && !f_error_q) begin
        f_error_q  <= 1'b1;
        f_failed_q <= f_here;
      end
    end
    if (rst_ni) begin
      // Address and word stay until they are taken; the address is the block's, and in its page.
      if (f_stalled_q) assert (mem_arvalid_o && mem_araddr_o == f_ask_q && f_about == f_about_q);
      if (f_waits_q) assert (out_valid_o && out_data_o == f_word_q && out_addr_o == f_said_q);
      if (mem_arvalid_o) assert (mem_araddr_o == f_addr_q);
      assert ({20'd0, mem_araddr_o[11:0]} + Bytes <= 4096);
      // The word has every beat in its place, and the first error is told.
      if (out_valid_o) begin
        assert (out_data_o[f_place*DataW+:DataW] == f_data_q);
        assert (out_error_o == f_error_q && out_addr_o == f_failed_q);
      end
      // What induction needs to know.
      assert (!(ask_q && full_q) && (busy_q || !(ask_q || full_q)));
      assert (beat_q == '0 || (busy_q && !ask_q && !full_q));
      assert (32'(beat_q) < Beats);
      if (busy_q) begin
        assert (addr_q == f_addr_q[63:Inside] && f_addr_q[Inside-1:0] == '0);
        assert (error_q == f_error_q && out_addr_o == f_failed_q);
        if (ask_q) assert (!error_q);
        if (!full_q && f_there) assert (word_q[(f_at%Beats)*DataW+:DataW] == f_data_q);
      end
      cover (out_valid_o && out_ready_i && out_error_o);
    end
  end
`endif

endmodule

`default_nettype wire
