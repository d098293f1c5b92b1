// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// The side of a stream reader that data come out at: the beats of commands become words.
///
/// Commands wait here, `Commands` of them at most, until their beats come. hg_stream_beats and
/// hg_stream_words say how rows are aligned. From a beat to its word there are two cycles.
module hg_stream_align #(
  /// Bits of a beat and of a word: a power of two, 64 to 512.
  parameter int DataW = 64,
  /// Commands that have room: 2 and up.
  parameter int Commands = 4,
  /// Derived: bits of the bytes of a word.
  localparam int CountW = hg_pkg::cnt_width(DataW / 8)
) (
  input  logic              clk_i,
  input  logic              rst_ni,
  input  logic              job_valid_i,
  input  logic [63:0]       job_addr_i,
  input  logic [19:0]       job_bytes_m1_i,
  input  logic [15:0]       job_rows_m1_i,
  input  logic [31:0]       job_stride_i,
  input  logic [2:0]        job_code_i,
  input  logic              beat_valid_i,
  output logic              beat_ready_o,
  input  logic [DataW-1:0]  beat_data_i,
  input  logic [1:0]        beat_resp_i,
  output logic              error_o,
  output logic [1:0]        error_resp_o,
  output logic [63:0]       error_addr_o,
  output logic              out_valid_o,
  input  logic              out_ready_i,
  output logic [DataW-1:0]  out_data_o,
  output logic [CountW-1:0] out_bytes_o,
  output logic              out_row_last_o,
  output logic              out_last_o,
  output logic              done_o,
  output logic [2:0]        done_code_o
);

  localparam int AboutW = 2 * hg_pkg::idx_width(DataW / 8) + 9;

  logic        job_valid, job_ready, unused_room;
  logic [63:0] job_addr;
  logic [19:0] job_bytes_m1;
  logic [15:0] job_rows_m1;
  logic [31:0] job_stride;
  logic [2:0]  job_code;
  logic [hg_pkg::cnt_width(Commands)-1:0] unused_used;

  hg_fifo #(
    .Width        (135),
    .DepthEntries (Commands)
  ) u_jobs (
    .clk_i,
    .rst_ni,
    .in_valid_i  (job_valid_i),
    .in_ready_o  (unused_room),
    .in_data_i   ({job_addr_i, job_bytes_m1_i, job_rows_m1_i, job_stride_i, job_code_i}),
    .out_valid_o (job_valid),
    .out_ready_i (job_ready),
    .out_data_o  ({job_addr, job_bytes_m1, job_rows_m1, job_stride, job_code}),
    .used_o      (unused_used)
  );

  logic        row_valid, row_ready, row_last;
  logic [63:0] row_addr;
  logic [19:0] row_bytes_m1;
  logic [2:0]  row_code;

  hg_stream_rows #(.AddrW(64)) u_rows (
    .clk_i,
    .rst_ni,
    .in_valid_i     (job_valid),
    .in_ready_o     (job_ready),
    .in_addr_i      (job_addr),
    .in_bytes_m1_i  (job_bytes_m1),
    .in_rows_m1_i   (job_code == 3'd0 ? job_rows_m1 : 16'd0),
    .in_stride_i    (job_stride),
    .in_code_i      (job_code),
    .out_valid_o    (row_valid),
    .out_ready_i    (row_ready),
    .out_addr_o     (row_addr),
    .out_bytes_m1_o (row_bytes_m1),
    .out_last_o     (row_last),
    .out_code_o     (row_code)
  );

  logic              turned_valid, turned_ready;
  logic [DataW-1:0]  turned;
  logic [AboutW-1:0] about;

  hg_stream_beats #(.DataW(DataW)) u_beats (
    .clk_i,
    .rst_ni,
    .row_valid_i    (row_valid),
    .row_ready_o    (row_ready),
    .row_addr_i     (row_addr),
    .row_bytes_m1_i (row_bytes_m1),
    .row_last_i     (row_last),
    .row_code_i     (row_code),
    .beat_valid_i,
    .beat_ready_o,
    .beat_data_i,
    .beat_resp_i,
    .out_valid_o    (turned_valid),
    .out_ready_i    (turned_ready),
    .out_data_o     (turned),
    .out_about_o    (about),
    .error_o,
    .error_resp_o,
    .error_addr_o
  );

  hg_stream_words #(.DataW(DataW)) u_words (
    .clk_i,
    .rst_ni,
    .in_valid_i  (turned_valid),
    .in_ready_o  (turned_ready),
    .in_data_i   (turned),
    .in_about_i  (about),
    .out_valid_o,
    .out_ready_i,
    .out_data_o,
    .out_bytes_o,
    .out_row_last_o,
    .out_last_o,
    .done_o,
    .done_code_o
  );

endmodule

`default_nettype wire
