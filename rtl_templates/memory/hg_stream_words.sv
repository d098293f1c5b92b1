// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Puts the words of a stream reader's rows together, from beats that hg_stream_beats has turned
/// round.
///
/// A row that lies across the bytes of words takes its words from two beats each: its first beat is
/// kept, and each later one fills a word with the rest of the one before. Where the last beat holds
/// bytes for a word of their own (`tail`), that word leaves in a cycle in which no beat need come;
/// the first beat of a next such row is taken in the same cycle. So a beat per cycle is taken
/// whatever the alignment is, but for a row that begins with byte 0, or lies in one beat, behind
/// a tail. Bytes behind the last one of a row are 0. `done_o` is set in the cycle in which the last
/// word of a command leaves, or a command passes that was refused.
module hg_stream_words #(
  /// Bits of a word: a power of two, 64 to 512.
  parameter int DataW = 64,
  /// Derived: bits of the place of a byte in a word.
  localparam int PlaceW = hg_pkg::idx_width(DataW / 8),
  /// Derived: bits of what is said of a beat: see hg_stream_beats.
  localparam int AboutW = 2 * PlaceW + 9
) (
  input  logic              clk_i,
  input  logic              rst_ni,
  input  logic              in_valid_i,
  output logic              in_ready_o,
  input  logic [DataW-1:0]  in_data_i,
  input  logic [AboutW-1:0] in_about_i,
  output logic              out_valid_o,
  input  logic              out_ready_i,
  output logic [DataW-1:0]  out_data_o,
  output logic [PlaceW:0]   out_bytes_o,
  output logic              out_row_last_o,
  output logic              out_last_o,
  output logic              done_o,
  output logic [2:0]        done_code_o
);

  localparam int Bytes = DataW / 8;

  logic              skip, first, final_beat, split, tail, last;
  logic [2:0]        code;
  logic [PlaceW-1:0] place, bytes_m1;
  assign {skip, first, final_beat, split, tail, last, code, place, bytes_m1} = in_about_i;

  // The beat before, and what the word is that it fills alone.
  logic [DataW-1:0]  kept_q;
  logic              tail_q, tail_last_q;
  logic [PlaceW-1:0] tail_bytes_m1_q;
  logic [2:0]        tail_code_q;

  logic silent, passes, take, word_valid, word_ready, word_final, word_last;
  logic [PlaceW-1:0] count_m1;
  logic [DataW-1:0]  word;

  // A beat that gives no word of its own.
  assign silent     = !skip && first && split;
  assign word_valid = tail_q || (in_valid_i && !silent && !skip);
  assign passes     = tail_q ? silent && word_ready : silent || skip || word_ready;
  assign in_ready_o = passes;
  assign take       = in_valid_i && passes;

  assign word_final = tail_q || (final_beat && !tail);
  assign word_last  = tail_q ? tail_last_q : last && !tail;
  assign count_m1   = !word_final ? PlaceW'(Bytes - 1) : tail_q ? tail_bytes_m1_q : bytes_m1;

  for (genvar b = 0; b < Bytes; b++) begin : gen_byte
    logic kept, blank;
    // The beat before has the bytes from `place` to its end.
    assign kept           = tail_q || (split && 32'(place) + 32'(b) < 32'(Bytes));
    assign blank          = 32'(count_m1) + 32'd1 <= 32'(b);
    assign word[8*b +: 8] = blank ? 8'd0 : kept ? kept_q[8*b +: 8] : in_data_i[8*b +: 8];
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      tail_q <= 1'b0;
    end else begin
      if (take && !silent && !skip) tail_q <= final_beat && tail;
      else if (word_ready) tail_q <= 1'b0;
    end
  end

  always_ff @(posedge clk_i) begin
    if (take) kept_q <= in_data_i;
    if (take && final_beat) begin
      tail_bytes_m1_q <= bytes_m1;
      tail_last_q     <= last;
      tail_code_q     <= code;
    end
  end

  assign done_o      = (word_valid && word_ready && word_last) || (take && skip);
  assign done_code_o = tail_q ? tail_code_q : code;

  hg_skid_buffer #(.Width(DataW + PlaceW + 3)) u_out (
    .clk_i,
    .rst_ni,
    .in_valid_i  (word_valid),
    .in_ready_o  (word_ready),
    .in_data_i   ({(PlaceW + 1)'(count_m1) + (PlaceW + 1)'(1), word_final, word_last, word}),
    .out_valid_o,
    .out_ready_i,
    .out_data_o  ({out_bytes_o, out_row_last_o, out_last_o, out_data_o})
  );

endmodule

`default_nettype wire
