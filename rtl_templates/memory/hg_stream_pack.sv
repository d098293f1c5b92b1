// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// The side of a stream writer that words come in at: the words of rows become beats with strobes.
///
/// Commands wait here, `Commands` of them at most. Each row is packed from byte 0 of its first word
/// on, and lies anywhere in its beats: each word is turned round and shared by two beats. A row
/// whose last bytes lie in a beat of their own takes one cycle in which no word is taken; but for
/// that, a word per cycle is taken and a beat per cycle leaves. From a word to its beat there are
/// two cycles. Bytes without strobe are 0.
///
/// The words of a command that was refused for where it lies (codes 3 and 4) are taken and dropped,
/// so that words and commands stay in step; one whose size is illegal (1 and 2) has none. `ended_o`
/// is set when the last word of a command has passed, or a command without words, with its code.
module hg_stream_pack #(
  /// Bits of a beat and of a word: a power of two, 64 to 512.
  parameter int DataW = 64,
  /// Commands that have room: 2 and up.
  parameter int Commands = 4,
  /// Derived: strobes of a beat.
  localparam int Bytes = DataW / 8
) (
  input  logic             clk_i,
  input  logic             rst_ni,
  input  logic             job_valid_i,
  input  logic [63:0]      job_addr_i,
  input  logic [19:0]      job_bytes_m1_i,
  input  logic [15:0]      job_rows_m1_i,
  input  logic [31:0]      job_stride_i,
  input  logic [2:0]       job_code_i,
  input  logic             in_valid_i,
  output logic             in_ready_o,
  input  logic [DataW-1:0] in_data_i,
  output logic             out_valid_o,
  input  logic             out_ready_i,
  output logic [DataW-1:0] out_data_o,
  output logic [Bytes-1:0] out_strb_o,
  output logic             ended_o,
  output logic [2:0]       ended_code_o
);

  localparam int PlaceW = hg_pkg::idx_width(Bytes);
  localparam int WordsW = 20 - PlaceW;

  logic              job_valid, job_ready, unused_room, sized;
  logic [PlaceW-1:0] job_place;
  logic [19:0]       job_bytes_m1;
  logic [15:0]       job_rows_m1;
  logic [PlaceW-1:0] job_stride;
  logic [2:0]        job_code;
  logic [hg_pkg::cnt_width(Commands)-1:0] unused_used;

  // Where a row begins in its first beat is all that matters here of its address.
  hg_fifo #(
    .Width        (2 * PlaceW + 39),
    .DepthEntries (Commands)
  ) u_jobs (
    .clk_i,
    .rst_ni,
    .in_valid_i  (job_valid_i),
    .in_ready_o  (unused_room),
    .in_data_i   ({job_addr_i[PlaceW-1:0], job_bytes_m1_i, job_rows_m1_i, job_stride_i[PlaceW-1:0],
                   job_code_i}),
    .out_valid_o (job_valid),
    .out_ready_i (job_ready),
    .out_data_o  ({job_place, job_bytes_m1, job_rows_m1, job_stride, job_code}),
    .used_o      (unused_used)
  );

  logic              row_valid, row_ready, row_last;
  logic [PlaceW-1:0] row_place;
  logic [19:0]       row_bytes_m1;
  logic [2:0]        row_code;

  assign sized = job_code == 3'd0 || job_code >= 3'd3;

  hg_stream_rows #(.AddrW(PlaceW)) u_rows (
    .clk_i,
    .rst_ni,
    .in_valid_i     (job_valid),
    .in_ready_o     (job_ready),
    .in_addr_i      (job_place),
    .in_bytes_m1_i  (job_bytes_m1),
    .in_rows_m1_i   (sized ? job_rows_m1 : 16'd0),
    .in_stride_i    (32'(job_stride)),
    .in_code_i      (job_code),
    .out_valid_o    (row_valid),
    .out_ready_i    (row_ready),
    .out_addr_o     (row_place),
    .out_bytes_m1_o (row_bytes_m1),
    .out_last_o     (row_last),
    .out_code_o     (row_code)
  );

  // The row whose words are taken. `close` is the place of its last byte.
  logic              valid_q, first_q, final_q, skip_q, tail_q, last_q, step, turn_ready;
  logic [WordsW-1:0] left_q;
  logic [PlaceW-1:0] place_q, close_q;
  logic [PlaceW:0]   close;
  logic [2:0]        code_q;

  assign close      = {1'b0, row_place} + {1'b0, row_bytes_m1[PlaceW-1:0]};
  assign step       = valid_q && turn_ready && (skip_q || in_valid_i);
  assign in_ready_o = valid_q && turn_ready && !skip_q;
  assign row_ready  = !valid_q || (step && final_q);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) valid_q <= 1'b0;
    else if (row_ready) valid_q <= row_valid;
  end

  always_ff @(posedge clk_i) begin
    if (row_ready) begin
      skip_q  <= row_code == 3'd1 || row_code == 3'd2;
      first_q <= 1'b1;
      final_q <= row_bytes_m1[19:PlaceW] == '0 || row_code == 3'd1 || row_code == 3'd2;
      tail_q  <= close[PlaceW];
      last_q  <= row_last;
      left_q  <= row_bytes_m1[19:PlaceW];
      place_q <= row_place;
      close_q <= close[PlaceW-1:0];
      code_q  <= row_code;
    end else if (step) begin
      first_q <= 1'b0;
      final_q <= left_q == WordsW'(1);
      left_q  <= left_q - WordsW'(1);
    end
  end

  // The word turned round, with what its beats need to know.
  logic [DataW-1:0]  turned, turned_q;
  logic              turned_valid_q, turn_first_q, turn_final_q, turn_tail_q, turn_last_q;
  logic [PlaceW-1:0] turn_place_q, turn_close_q, back;
  logic [2:0]        turn_code_q;
  logic              passes, take, more_q;

  assign back = PlaceW'(0) - place_q;

  hg_stream_rotate #(.DataW(DataW)) u_rotate (
    .data_i   (in_data_i),
    .amount_i (back),
    .data_o   (turned)
  );

  assign turn_ready = !turned_valid_q || passes;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) turned_valid_q <= 1'b0;
    else if (turn_ready) turned_valid_q <= step;
  end

  always_ff @(posedge clk_i) begin
    if (turn_ready) begin
      turned_q     <= turned;
      turn_first_q <= first_q;
      turn_final_q <= final_q;
      turn_tail_q  <= tail_q;
      turn_last_q  <= last_q && final_q;
      turn_place_q <= place_q;
      turn_close_q <= close_q;
      turn_code_q  <= code_q;
    end
  end

  // The word before, whose last bytes are still to go where `more_q` is set.
  logic [DataW-1:0]  kept_q;
  logic [PlaceW-1:0] more_close_q, until_byte;
  logic              refused, closes;

  assign refused     = turn_code_q != 3'd0;
  assign out_valid_o = more_q || (turned_valid_q && !refused);
  assign passes      = !more_q && (refused || out_ready_i);
  assign take        = turned_valid_q && passes;
  assign closes      = more_q || (turn_final_q && !turn_tail_q);
  assign until_byte  = !closes ? PlaceW'(Bytes - 1) : more_q ? more_close_q : turn_close_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) more_q <= 1'b0;
    else if (more_q) more_q <= !out_ready_i;
    else more_q <= take && !refused && turn_final_q && turn_tail_q;
  end

  always_ff @(posedge clk_i) begin
    if (take) kept_q <= turned_q;
    if (take) more_close_q <= turn_close_q;
  end

  for (genvar b = 0; b < Bytes; b++) begin : gen_byte
    logic kept, strobe;
    logic [7:0] value;
    assign kept   = 32'(turn_place_q) >= 32'(b) + 32'd1;
    assign strobe = 32'(until_byte) + 32'd1 > 32'(b) && (more_q || !turn_first_q || !kept);
    assign value  = (more_q || kept) ? kept_q[8*b +: 8] : turned_q[8*b +: 8];
    assign out_strb_o[b]        = strobe;
    assign out_data_o[8*b +: 8] = strobe ? value : 8'd0;
  end

  assign ended_o      = take && turn_last_q;
  assign ended_code_o = turn_code_q;

  logic unused_job;
  assign unused_job = &{job_addr_i[63:PlaceW], job_stride_i[31:PlaceW]};

endmodule

`default_nettype wire
