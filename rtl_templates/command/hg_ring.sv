// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// The ring of commands: descriptors of 64 bytes are fetched from memory in their order, handed on,
/// and answered with a completion record, an interrupt and the error, if there was one.
///
/// While `enable_i` is set and head and tail differ, descriptors are fetched, up to `Depth` of them
/// under way. Each leaves through `desc_*`, with a code if the ring itself found it wrong: whoever
/// takes it then does nothing but answer with that code. Answers come through `done_*`, one for
/// each, in order, and an address of 0 if the error has none of its own. Then the error is shown at
/// `error_*`, the completion record is written if the descriptor named one, and `done_o` is set for
/// a cycle, behind the memory's response, if it asked for the interrupt. Errors stop nothing.
///
/// Without `enable_i` no descriptor begins, and those that did go on. After `soft_reset_i` nothing
/// begins until all have ended; then the head is 0. Nothing begins while head or tail is
/// not below the size of the ring. Latency: where nothing is under way and data come M cycles after
/// their address, a descriptor is offered 20 + M + 512 / DataW cycles behind the one in which the
/// tail moved.
module hg_ring #(
  /// Bits of a beat: a power of two, 64 to 512.
  parameter int DataW = 64,
  /// Descriptors under way at most: 1 to 16.
  parameter int Depth = 4
) (
  /// Clock, rising edge.
  input  logic               clk_i,
  /// Asynchronous reset, active low. It may come at any time if the memory is reset with it.
  input  logic               rst_ni,
  /// Descriptors may begin.
  input  logic               enable_i,
  /// The head becomes 0 when nothing is under way; one cycle.
  input  logic               soft_reset_i,
  /// Address of the ring, a multiple of 64; steady while it is enabled or not idle.
  input  logic [63:0]        ring_base_i,
  /// Descriptors of the ring; steady likewise.
  input  logic [15:0]        ring_size_i,
  /// The index behind the last descriptor that may be fetched.
  input  logic [15:0]        ring_tail_i,
  /// The first descriptor that has not been fetched.
  output logic [15:0]        ring_head_o,
  /// First byte of the window; steady while the ring is enabled or not idle.
  input  logic [63:0]        window_base_i,
  /// The byte behind its last; steady likewise.
  input  logic [63:0]        window_end_i,
  /// AxPROT of bursts that begin.
  input  logic [2:0]         axprot_i,
  /// AxCACHE of bursts that begin.
  input  logic [3:0]         axcache_i,
  /// Nothing is under way, and no reset waits.
  output logic               idle_o,
  /// A descriptor is under way.
  output logic               running_o,
  /// A descriptor that asked for the interrupt has ended; one cycle.
  output logic               done_o,
  /// An error is there. It falls for a cycle when another one comes.
  output logic               error_valid_o,
  /// Its code.
  output logic [7:0]         error_code_o,
  /// Its address.
  output logic [63:0]        error_addr_o,
  /// Forgets the error; one that comes in the same cycle is kept.
  input  logic               error_clear_i,
  /// A descriptor is offered.
  output logic               desc_valid_o,
  /// The descriptor is taken.
  input  logic               desc_ready_i,
  /// Its bytes, byte 0 in the low bits.
  output logic [511:0]       desc_data_o,
  /// What is wrong with it, or 0.
  output logic [7:0]         desc_code_o,
  /// The oldest descriptor has ended.
  input  logic               done_valid_i,
  /// The answer is taken.
  output logic               done_ready_o,
  /// How it ended.
  input  logic [7:0]         done_code_i,
  /// Address of its error; 0 stands for that of the descriptor.
  input  logic [63:0]        done_addr_i,
  /// What is counted of it.
  input  logic [31:0]        done_count_i,
  /// A descriptor is to be fetched.
  output logic               mem_arvalid_o,
  /// The memory takes the address.
  input  logic               mem_arready_i,
  /// The address.
  output logic [63:0]        mem_araddr_o,
  /// Always 0.
  output logic [0:0]         mem_arid_o,
  /// Beats less one.
  output logic [7:0]         mem_arlen_o,
  /// A whole beat.
  output logic [2:0]         mem_arsize_o,
  /// Addresses go up.
  output logic [1:0]         mem_arburst_o,
  /// What `axprot_i` was.
  output logic [2:0]         mem_arprot_o,
  /// What `axcache_i` was.
  output logic [3:0]         mem_arcache_o,
  /// A beat comes.
  input  logic               mem_rvalid_i,
  /// Always set.
  output logic               mem_rready_o,
  /// Not read: there is one burst at a time.
  input  logic [0:0]         mem_rid_i,
  /// Its data.
  input  logic [DataW-1:0]   mem_rdata_i,
  /// Whether that went well.
  input  logic [1:0]         mem_rresp_i,
  /// Not read: beats are counted.
  input  logic               mem_rlast_i,
  /// A completion record is to be written.
  output logic               mem_awvalid_o,
  /// The memory takes its address.
  input  logic               mem_awready_i,
  /// The address of its first beat.
  output logic [63:0]        mem_awaddr_o,
  /// Always 0.
  output logic [0:0]         mem_awid_o,
  /// Beats less one.
  output logic [7:0]         mem_awlen_o,
  /// A whole beat.
  output logic [2:0]         mem_awsize_o,
  /// Addresses go up.
  output logic [1:0]         mem_awburst_o,
  /// What `axprot_i` was.
  output logic [2:0]         mem_awprot_o,
  /// What `axcache_i` was.
  output logic [3:0]         mem_awcache_o,
  /// A beat is there.
  output logic               mem_wvalid_o,
  /// The memory takes it.
  input  logic               mem_wready_i,
  /// The beat.
  output logic [DataW-1:0]   mem_wdata_o,
  /// Its bytes that are written.
  output logic [DataW/8-1:0] mem_wstrb_o,
  /// The last of the burst.
  output logic               mem_wlast_o,
  /// The memory has the record.
  input  logic               mem_bvalid_i,
  /// Always set.
  output logic               mem_bready_o,
  /// Not read: there is one burst at a time.
  input  logic [0:0]         mem_bid_i,
  /// Whether that went well.
  input  logic [1:0]         mem_bresp_i
);

  // The time. Its high half goes on with a carry that was foretold.
  logic [15:0] tick_q, high_q;
  logic        over_q;
  logic [31:0] now;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      tick_q <= '0;
      high_q <= '0;
      over_q <= 1'b0;
    end else begin
      tick_q <= tick_q + 16'd1;
      over_q <= tick_q == 16'hfffe;
      if (over_q) high_q <= high_q + 16'd1;
    end
  end

  assign now = {high_q, tick_q};

  logic        fetch_valid, unused_ready, unused_idle;
  logic [63:0] fetch_addr;
  logic        word_valid, word_ready, word_error;
  logic [63:0] word_addr;
  logic        ends, raise;
  logic [7:0]  raise_code;
  logic [63:0] raise_addr;
  logic        entry_record, entry_fetched;
  logic [15:0] entry_index;
  logic [63:0] entry_addr;

  hg_axi_fetch #(
    .DataW (DataW),
    .Bytes (64)
  ) u_fetch (
    .clk_i,
    .rst_ni,
    .cmd_valid_i   (fetch_valid),
    .cmd_ready_o   (unused_ready),
    .cmd_addr_i    (fetch_addr),
    .axprot_i,
    .axcache_i,
    .out_valid_o   (word_valid),
    .out_ready_i   (word_ready),
    .out_data_o    (desc_data_o),
    .out_error_o   (word_error),
    .out_addr_o    (word_addr),
    .idle_o        (unused_idle),
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

  hg_ring_walk #(.Depth(Depth)) u_walk (
    .clk_i,
    .rst_ni,
    .enable_i,
    .soft_reset_i,
    .ring_base_i,
    .ring_size_i,
    .ring_tail_i,
    .ring_head_o,
    .window_base_i,
    .window_end_i,
    .ends_i            (ends),
    .idle_o,
    .running_o,
    .fetch_valid_o     (fetch_valid),
    .fetch_addr_o      (fetch_addr),
    .word_valid_i      (word_valid),
    .word_ready_o      (word_ready),
    .word_completion_i (desc_data_o[127:64]),
    .word_error_i      (word_error),
    .word_addr_i       (word_addr),
    .desc_valid_o,
    .desc_ready_i,
    .desc_code_o,
    .entry_index_o     (entry_index),
    .entry_record_o    (entry_record),
    .entry_fetched_o   (entry_fetched),
    .entry_addr_o      (entry_addr)
  );

  // What descriptors under way will be answered with.
  localparam int EntryW = 1 + 1 + 60 + 8 + 32 + 16 + 32 + 64;

  logic [31:0]       begun_q, old_time, old_tag;
  logic [EntryW-1:0] entry;
  logic              unused_room, old_valid, old_interrupt, old_record;
  logic [63:4]       old_completion;
  logic [7:0]        old_op;
  logic [15:0]       old_index;
  logic [63:0]       old_addr;
  logic [hg_pkg::cnt_width(Depth)-1:0] unused_used;

  always_ff @(posedge clk_i) begin
    if (fetch_valid) begun_q <= now;
  end

  assign entry = {
    entry_fetched && desc_data_o[8], entry_record, desc_data_o[127:68], desc_data_o[7:0],
    desc_data_o[63:32], entry_index, begun_q, entry_addr
  };

  hg_fifo #(
    .Width        (EntryW),
    .DepthEntries (Depth)
  ) u_entries (
    .clk_i,
    .rst_ni,
    .in_valid_i  (desc_valid_o && desc_ready_i),
    .in_ready_o  (unused_room),
    .in_data_i   (entry),
    .out_valid_o (old_valid),
    .out_ready_i (ends),
    .out_data_o  ({old_interrupt, old_record, old_completion, old_op, old_tag, old_index, old_time,
                   old_addr}),
    .used_o      (unused_used)
  );

  hg_ring_complete #(.DataW(DataW)) u_complete (
    .clk_i,
    .rst_ni,
    .axprot_i,
    .axcache_i,
    .time_i             (now),
    .entry_valid_i      (old_valid),
    .entry_interrupt_i  (old_interrupt),
    .entry_record_i     (old_record),
    .entry_completion_i (old_completion),
    .entry_op_i         (old_op),
    .entry_tag_i        (old_tag),
    .entry_index_i      (old_index),
    .entry_time_i       (old_time),
    .entry_addr_i       (old_addr),
    .done_valid_i,
    .done_ready_o,
    .done_code_i,
    .done_addr_i,
    .done_count_i,
    .ends_o             (ends),
    .done_o,
    .raise_o            (raise),
    .raise_code_o       (raise_code),
    .raise_addr_o       (raise_addr),
    .mem_awvalid_o,
    .mem_awready_i,
    .mem_awaddr_o,
    .mem_awid_o,
    .mem_awlen_o,
    .mem_awsize_o,
    .mem_awburst_o,
    .mem_awprot_o,
    .mem_awcache_o,
    .mem_wvalid_o,
    .mem_wready_i,
    .mem_wdata_o,
    .mem_wstrb_o,
    .mem_wlast_o,
    .mem_bvalid_i,
    .mem_bready_o,
    .mem_bid_i,
    .mem_bresp_i
  );

  hg_ring_error u_error (
    .clk_i,
    .rst_ni,
    .raise_i       (raise),
    .code_i        (raise_code),
    .addr_i        (raise_addr),
    .clear_i       (error_clear_i),
    .error_valid_o,
    .error_code_o,
    .error_addr_o
  );

endmodule

`default_nettype wire
