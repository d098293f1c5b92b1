// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Stream writer: a stream of words becomes rows of bytes in memory, over AXI4.
///
/// A command names `rows` rows of `bytes` bytes, whose first bytes are `stride` bytes apart, of any
/// alignment. Each row begins with byte 0 of a word and ends in a word of its own, whose bytes
/// behind the row's last are not read. Rows are written in bursts as long as `Burst`, the row and
/// pages of 4096 bytes allow; strobes name the row's bytes and no others.
///
/// A burst begins when all its data are in the buffer, so that it never holds up the bus; its data
/// follow without waiting for its address to be taken, and at most `Bursts` bursts wait for their
/// responses, for which `mem_bready_o` is set but for a cycle at times.
///
/// Every command is answered by a beat on `done`, in order, behind the last response or at once if
/// it is refused, and then nothing is written: 0 okay; 1 bytes 0 or more than 2^20; 2 rows 0 or
/// more than 2^16; 3 below address 0 or above 2^64; 4 outside of the window, which is from
/// `range_base_i` on and below `range_end_i`; 4 plus BRESP of its first burst that was answered
/// with an error. The words of a command with codes 3 or 4 are taken and dropped; one with codes 1
/// or 2 has none. At most `Commands` commands are under way, those counted whose answer has not
/// been taken; responses never wait for that.
///
/// While `stop_i` is set no burst begins; those that did go on. Throughput: without any stall, and
/// responses that come M cycles after the last beat, a beat per cycle over rows and commands, with
/// a buffer of two bursts and 8 beats, `Bursts` times the beats of a burst at least M + 8, and no
/// command shorter than its check (hg_stream_check).
module hg_stream_writer #(
  /// Bits of a beat and of a word: a power of two, 64 to 512.
  parameter int DataW = 64,
  /// Most beats of a burst: 1 to 256, not more than `Beats`.
  parameter int Burst = 16,
  /// Beats of the write buffer: 16 to 512.
  parameter int Beats = 64,
  /// Commands under way at most: 2 to 64.
  parameter int Commands = 4,
  /// Bursts in flight at most: 1 to 64.
  parameter int Bursts = 8,
  /// Derived: strobes of a beat.
  localparam int StrbW = DataW / 8,
  /// Derived: bits of the bursts in flight.
  localparam int FlightW = hg_pkg::cnt_width(Bursts)
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
  /// A word is offered.
  input  logic               in_valid_i,
  /// The word is taken.
  output logic               in_ready_o,
  /// The word, byte 0 in the low bits.
  input  logic [DataW-1:0]   in_data_i,
  /// No burst begins.
  input  logic               stop_i,
  /// AxPROT of bursts that begin.
  input  logic [2:0]         axprot_i,
  /// AxCACHE of bursts that begin.
  input  logic [3:0]         axcache_i,
  /// A burst is announced.
  output logic               mem_awvalid_o,
  /// The memory takes it.
  input  logic               mem_awready_i,
  /// Address of its first beat.
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
  /// A beat is offered.
  output logic               mem_wvalid_o,
  /// The memory takes it.
  input  logic               mem_wready_i,
  /// Its data; bytes without strobe are 0.
  output logic [DataW-1:0]   mem_wdata_o,
  /// Which bytes are written.
  output logic [StrbW-1:0]   mem_wstrb_o,
  /// The last beat of a burst.
  output logic               mem_wlast_o,
  /// A response comes.
  input  logic               mem_bvalid_i,
  /// The response is taken.
  output logic               mem_bready_o,
  /// Not read: responses come in order.
  input  logic [0:0]         mem_bid_i,
  /// Whether that went well.
  input  logic [1:0]         mem_bresp_i,
  /// An answer is offered.
  output logic               done_valid_o,
  /// The answer is taken.
  input  logic               done_ready_i,
  /// How the command ended.
  output logic [2:0]         done_code_o,
  /// A burst was answered with an error since `error_clear_i` was set.
  output logic               error_valid_o,
  /// BRESP of the first such burst.
  output logic [1:0]         error_code_o,
  /// Its address.
  output logic [63:0]        error_addr_o,
  /// Forgets the error; one that comes in the same cycle is kept.
  input  logic               error_clear_i,
  /// Nothing is in flight: no burst has begun that is not answered.
  output logic               idle_o,
  /// Bursts in flight.
  output logic [FlightW-1:0] bursts_o,
  /// A beat was taken in the cycle before.
  output logic               beat_o,
  /// An address or a beat was offered in the cycle before and not taken.
  output logic               blocked_o
);

  if (DataW < 64 || DataW > 512 || 2 ** $clog2(DataW) != DataW) begin : gen_illegal_width
    ERROR_hg_stream_writer_DataW_must_be_64_128_256_or_512 u_illegal ();
  end
  if (Beats < 16 || Beats > 512 || Burst < 1 || Burst > 256 || Burst > Beats) begin : gen_illegal
    ERROR_hg_stream_writer_Beats_must_be_16_to_512_and_hold_a_Burst_of_1_to_256 u_illegal ();
  end
  if (Commands < 2 || Commands > 64 || Bursts < 1 || Bursts > 64) begin : gen_illegal_flight
    ERROR_hg_stream_writer_Commands_must_be_2_to_64_and_Bursts_1_to_64 u_illegal ();
  end

  logic        burst_valid, issue, burst_last;
  logic [63:0] burst_addr;
  logic [7:0]  burst_len;
  logic        job_valid;
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
    .burst_last_o   (burst_last),
    .job_valid_o    (job_valid),
    .job_addr_o     (job_addr),
    .job_bytes_m1_o (job_bytes_m1),
    .job_rows_m1_o  (job_rows_m1),
    .job_stride_o   (job_stride),
    .job_code_o     (job_code)
  );

  // Words become beats, which wait for their burst to begin.
  logic             beat_valid, beat_ready, ended, out_valid, out_take;
  logic [DataW-1:0] beat_data;
  logic [StrbW-1:0] beat_strb;
  logic [2:0]       ended_code;

  hg_stream_pack #(
    .DataW    (DataW),
    .Commands (Commands)
  ) u_pack (
    .clk_i,
    .rst_ni,
    .job_valid_i    (job_valid),
    .job_addr_i     (job_addr),
    .job_bytes_m1_i (job_bytes_m1),
    .job_rows_m1_i  (job_rows_m1),
    .job_stride_i   (job_stride),
    .job_code_i     (job_code),
    .in_valid_i,
    .in_ready_o,
    .in_data_i,
    .out_valid_o    (beat_valid),
    .out_ready_i    (beat_ready),
    .out_data_o     (beat_data),
    .out_strb_o     (beat_strb),
    .ended_o        (ended),
    .ended_code_o   (ended_code)
  );

  hg_ram_fifo #(
    .Width        (DataW + StrbW),
    .DepthEntries (Beats)
  ) u_buffer (
    .clk_i,
    .rst_ni,
    .in_valid_i  (beat_valid),
    .in_ready_o  (beat_ready),
    .in_data_i   ({beat_strb, beat_data}),
    .out_valid_o (out_valid),
    .out_ready_i (out_take),
    .out_data_o  ({mem_wstrb_o, mem_wdata_o})
  );

  // A burst needs beats of the buffer that belong to no other; it may hold three more than `Beats`.
  logic wait_room, open_room;

  hg_stream_issue #(
    .Most  (Beats + 3),
    .First (0)
  ) u_issue (
    .clk_i,
    .rst_ni,
    .stop_i,
    .room_i        (wait_room && open_room),
    .more_i        (beat_valid && beat_ready),
    .axprot_i,
    .axcache_i,
    .burst_valid_i (burst_valid),
    .burst_addr_i  (burst_addr),
    .burst_len_i   (burst_len),
    .begins_o      (issue),
    .axvalid_o     (mem_awvalid_o),
    .axready_i     (mem_awready_i),
    .axaddr_o      (mem_awaddr_o),
    .axlen_o       (mem_awlen_o),
    .axprot_o      (mem_awprot_o),
    .axcache_o     (mem_awcache_o)
  );

  assign mem_awid_o    = '0;
  assign mem_awsize_o  = 3'($clog2(StrbW));
  assign mem_awburst_o = 2'b01;

  logic        ended_valid, refused, reply, reply_last, done, failed, unused_room;
  logic [1:0]  reply_resp;
  logic [63:0] reply_addr;
  logic [2:0]  head_code, code_q, code;
  logic [hg_pkg::cnt_width(Commands)-1:0] unused_used;

  hg_stream_bursts #(.Bursts(Bursts)) u_bursts (
    .clk_i,
    .rst_ni,
    .begins_i     (issue),
    .len_i        (burst_len),
    .addr_i       (burst_addr),
    .last_i       (burst_last),
    .open_room_o  (open_room),
    .wait_room_o  (wait_room),
    .beat_valid_i (out_valid),
    .beat_ready_o (out_take),
    .wvalid_o     (mem_wvalid_o),
    .wready_i     (mem_wready_i),
    .wlast_o      (mem_wlast_o),
    .bvalid_i     (mem_bvalid_i),
    .bready_o     (mem_bready_o),
    .bresp_i      (mem_bresp_i),
    .reply_o      (reply),
    .reply_pass_i (!refused),
    .reply_resp_o (reply_resp),
    .reply_addr_o (reply_addr),
    .reply_last_o (reply_last)
  );

  hg_stream_flight #(.Most(Bursts)) u_flight (
    .clk_i,
    .rst_ni,
    .begins_i  (issue),
    .ends_i    (mem_bvalid_i && mem_bready_o),
    .beat_i    (mem_wvalid_o && mem_wready_i),
    .waits_i   ((mem_awvalid_o && !mem_awready_i) || (mem_wvalid_o && !mem_wready_i)),
    .idle_o,
    .bursts_o,
    .beat_o,
    .blocked_o
  );

  // Commands whose words have all come, in order: those that were refused are answered at once.
  hg_fifo #(
    .Width        (3),
    .DepthEntries (Commands)
  ) u_ended (
    .clk_i,
    .rst_ni,
    .in_valid_i  (ended),
    .in_ready_o  (unused_room),
    .in_data_i   (ended_code),
    .out_valid_o (ended_valid),
    .out_ready_i (done),
    .out_data_o  (head_code),
    .used_o      (unused_used)
  );

  assign refused = ended_valid && head_code != 3'd0;
  assign failed  = reply && reply_resp != 2'd0;
  assign code    = (failed && code_q == 3'd0) ? {1'b1, reply_resp} : code_q;
  assign done    = refused || (reply && reply_last);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) code_q <= 3'd0;
    else if (reply) code_q <= reply_last ? 3'd0 : code;
  end

  hg_stream_report #(.Commands(Commands)) u_report (
    .clk_i,
    .rst_ni,
    .done_i       (done),
    .done_code_i  (refused ? head_code : code),
    .done_valid_o,
    .done_ready_i,
    .done_code_o,
    .error_i      (failed),
    .error_resp_i (reply_resp),
    .error_addr_i (reply_addr),
    .error_clear_i,
    .error_valid_o,
    .error_code_o,
    .error_addr_o
  );

  logic unused_bid;
  assign unused_bid = &mem_bid_i;

endmodule

`default_nettype wire
