// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Stream reader: rows of bytes in memory, over AXI4, become a stream of words.
///
/// A command names `rows` rows of `bytes` bytes, whose first bytes are `stride` bytes apart, of any
/// alignment. Each row begins with byte 0 of a word; bytes behind its last one are 0. Rows are read
/// in bursts as long as `Burst`, the row and pages of 4096 bytes allow, by the next command while
/// data of the former still come. A burst is asked for only when the buffer has room for all of
/// it, so that `mem_rready_o` is always set. The address of a burst is that of its first whole
/// beat: a window should begin and end with a beat, as what lies beside a row's ends in the same
/// beats is read with it.
///
/// Every command is answered by a beat on `done`, in order, behind its last word or at once if it
/// is refused, and then nothing is read: 0 okay; 1 bytes 0 or more than 2^20; 2 rows 0 or more than
/// 2^16; 3 below address 0 or above 2^64; 4 outside of the window, which is from `range_base_i` on
/// and below `range_end_i`; 4 plus RRESP of its first beat that came with an error, whose data are
/// passed on. At most `Commands` commands are under way, those counted whose answer has not been
/// taken; words never wait for that.
///
/// While `stop_i` is set no burst begins; those that did go on. Latency: without any stall, and
/// data that come M cycles after they were asked for, the first word of a command of one row is
/// there in the 19th + M cycle behind the one in which the command was taken (later by one where
/// the word needs a second beat). Throughput: a beat per cycle over rows and commands, with a
/// buffer of M + Burst + 8 beats and no command shorter than its check (hg_stream_check).
module hg_stream_reader #(
  /// Bits of a beat and of a word: a power of two, 64 to 512.
  parameter int DataW = 64,
  /// Most beats of a burst: 1 to 256, not more than `Beats`.
  parameter int Burst = 16,
  /// Beats of the read buffer, which bounds those in flight: 16 to 512.
  parameter int Beats = 64,
  /// Commands under way at most: 2 to 64.
  parameter int Commands = 4,
  /// Derived: bits of the bytes of a word.
  localparam int CountW = hg_pkg::cnt_width(DataW / 8),
  /// Derived: bits of the bursts in flight.
  localparam int FlightW = hg_pkg::cnt_width(Beats)
) (
  /// Clock, rising edge.
  input  logic               clk_i,
  /// Asynchronous reset, active low. It may come at any time if the memory is reset with it.
  input  logic               rst_ni,
  /// A command is offered.
  input  logic               cmd_valid_i,
  /// The command is taken.
  output logic               cmd_ready_o,
  /// Address of the first byte of the first row.
  input  logic [63:0]        cmd_addr_i,
  /// Bytes of a row: 1 to 2^20.
  input  logic [20:0]        cmd_bytes_i,
  /// Rows: 1 to 2^16.
  input  logic [16:0]        cmd_rows_i,
  /// Bytes from a row to the next, signed.
  input  logic [31:0]        cmd_stride_i,
  /// First byte that commands may touch; steady while a command is under way.
  input  logic [63:0]        range_base_i,
  /// The byte behind the last that commands may touch; steady likewise.
  input  logic [63:0]        range_end_i,
  /// No burst begins.
  input  logic               stop_i,
  /// AxPROT of bursts that begin.
  input  logic [2:0]         axprot_i,
  /// AxCACHE of bursts that begin.
  input  logic [3:0]         axcache_i,
  /// A burst is asked for.
  output logic               mem_arvalid_o,
  /// The memory takes it.
  input  logic               mem_arready_i,
  /// Address of its first beat.
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
  /// Not read: beats come in the order they were asked for.
  input  logic [0:0]         mem_rid_i,
  /// Its data.
  input  logic [DataW-1:0]   mem_rdata_i,
  /// Whether that went well.
  input  logic [1:0]         mem_rresp_i,
  /// The last beat of a burst.
  input  logic               mem_rlast_i,
  /// A word is offered.
  output logic               out_valid_o,
  /// The word is taken.
  input  logic               out_ready_i,
  /// The word, byte 0 in the low bits.
  output logic [DataW-1:0]   out_data_o,
  /// Bytes of the row in it, from byte 0 on.
  output logic [CountW-1:0]  out_bytes_o,
  /// The last word of a row.
  output logic               out_row_last_o,
  /// The last word of a command.
  output logic               out_last_o,
  /// An answer is offered.
  output logic               done_valid_o,
  /// The answer is taken.
  input  logic               done_ready_i,
  /// How the command ended.
  output logic [2:0]         done_code_o,
  /// A beat came with an error since `error_clear_i` was set.
  output logic               error_valid_o,
  /// RRESP of the first such beat.
  output logic [1:0]         error_code_o,
  /// Its address.
  output logic [63:0]        error_addr_o,
  /// Forgets the error; one that comes in the same cycle is kept.
  input  logic               error_clear_i,
  /// Nothing is in flight: no burst is asked for or unanswered.
  output logic               idle_o,
  /// Bursts in flight.
  output logic [FlightW-1:0] bursts_o,
  /// A beat came in the cycle before.
  output logic               beat_o,
  /// A burst was asked for in the cycle before and not taken.
  output logic               blocked_o
);

  if (DataW < 64 || DataW > 512 || 2 ** $clog2(DataW) != DataW) begin : gen_illegal_width
    ERROR_hg_stream_reader_DataW_must_be_64_128_256_or_512 u_illegal ();
  end
  if (Beats < 16 || Beats > 512 || Burst < 1 || Burst > 256 || Burst > Beats) begin : gen_illegal
    ERROR_hg_stream_reader_Beats_must_be_16_to_512_and_hold_a_Burst_of_1_to_256 u_illegal ();
  end
  if (Commands < 2 || Commands > 64) begin : gen_illegal_commands
    ERROR_hg_stream_reader_Commands_must_be_2_to_64 u_illegal ();
  end

  logic        burst_valid, issue, unused_last;
  logic [63:0] burst_addr;
  logic [7:0]  burst_len;
  logic        job_valid, done;
  logic [63:0] job_addr;
  logic [19:0] job_bytes_m1;
  logic [15:0] job_rows_m1;
  logic [31:0] job_stride;
  logic [2:0]  job_code;

  hg_stream_command #(
    .DataW    (DataW),
    .Burst    (Burst),
    .Commands (Commands)
  ) u_command (
    .clk_i,
    .rst_ni,
    .cmd_valid_i,
    .cmd_ready_o,
    .cmd_addr_i,
    .cmd_bytes_i,
    .cmd_rows_i,
    .cmd_stride_i,
    .range_base_i,
    .range_end_i,
    .done_i         (done_valid_o && done_ready_i),
    .burst_valid_o  (burst_valid),
    .burst_ready_i  (issue),
    .burst_addr_o   (burst_addr),
    .burst_len_o    (burst_len),
    .burst_last_o   (unused_last),
    .job_valid_o    (job_valid),
    .job_addr_o     (job_addr),
    .job_bytes_m1_o (job_bytes_m1),
    .job_rows_m1_o  (job_rows_m1),
    .job_stride_o   (job_stride),
    .job_code_o     (job_code)
  );

  // A burst needs places of the buffer that no other has been promised.
  logic pop;

  hg_stream_issue #(
    .Most  (Beats),
    .First (Beats)
  ) u_issue (
    .clk_i,
    .rst_ni,
    .stop_i,
    .room_i        (1'b1),
    .more_i        (pop),
    .axprot_i,
    .axcache_i,
    .burst_valid_i (burst_valid),
    .burst_addr_i  (burst_addr),
    .burst_len_i   (burst_len),
    .begins_o      (issue),
    .axvalid_o     (mem_arvalid_o),
    .axready_i     (mem_arready_i),
    .axaddr_o      (mem_araddr_o),
    .axlen_o       (mem_arlen_o),
    .axprot_o      (mem_arprot_o),
    .axcache_o     (mem_arcache_o)
  );

  assign mem_arid_o    = '0;
  assign mem_arsize_o  = 3'($clog2(DataW / 8));
  assign mem_arburst_o = 2'b01;
  assign mem_rready_o  = 1'b1;

  hg_stream_flight #(.Most(Beats)) u_flight (
    .clk_i,
    .rst_ni,
    .begins_i  (issue),
    .ends_i    (mem_rvalid_i && mem_rlast_i),
    .beat_i    (mem_rvalid_i),
    .waits_i   (mem_arvalid_o && !mem_arready_i),
    .idle_o,
    .bursts_o,
    .beat_o,
    .blocked_o
  );

  logic             beat_valid, beat_ready, unused_room;
  logic [DataW-1:0] beat_data;
  logic [1:0]       beat_resp;

  hg_ram_fifo #(
    .Width        (DataW + 2),
    .DepthEntries (Beats)
  ) u_buffer (
    .clk_i,
    .rst_ni,
    .in_valid_i  (mem_rvalid_i),
    .in_ready_o  (unused_room),
    .in_data_i   ({mem_rresp_i, mem_rdata_i}),
    .out_valid_o (beat_valid),
    .out_ready_i (beat_ready),
    .out_data_o  ({beat_resp, beat_data})
  );

  assign pop = beat_valid && beat_ready;

  logic        failed;
  logic [1:0]  failed_resp;
  logic [63:0] failed_addr;
  logic [2:0]  done_code;

  hg_stream_align #(
    .DataW    (DataW),
    .Commands (Commands)
  ) u_align (
    .clk_i,
    .rst_ni,
    .job_valid_i    (job_valid),
    .job_addr_i     (job_addr),
    .job_bytes_m1_i (job_bytes_m1),
    .job_rows_m1_i  (job_rows_m1),
    .job_stride_i   (job_stride),
    .job_code_i     (job_code),
    .beat_valid_i   (beat_valid),
    .beat_ready_o   (beat_ready),
    .beat_data_i    (beat_data),
    .beat_resp_i    (beat_resp),
    .error_o        (failed),
    .error_resp_o   (failed_resp),
    .error_addr_o   (failed_addr),
    .out_valid_o,
    .out_ready_i,
    .out_data_o,
    .out_bytes_o,
    .out_row_last_o,
    .out_last_o,
    .done_o         (done),
    .done_code_o    (done_code)
  );

  hg_stream_report #(.Commands(Commands)) u_report (
    .clk_i,
    .rst_ni,
    .done_i       (done),
    .done_code_i  (done_code),
    .done_valid_o,
    .done_ready_i,
    .done_code_o,
    .error_i      (failed),
    .error_resp_i (failed_resp),
    .error_addr_i (failed_addr),
    .error_clear_i,
    .error_valid_o,
    .error_code_o,
    .error_addr_o
  );

  logic unused_rid;
  assign unused_rid = &mem_rid_i;

`ifndef SYNTHESIS
`ifndef YOSYS
  always @(posedge clk_i) begin
    if (mem_rvalid_i && !unused_room) $error("%m: a beat that was not asked for");
  end
`endif
`endif

endmodule

`default_nettype wire
