// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Gathers the words of a query: 8 bytes with its bound, then DHead elements of 16 bits, which
/// saturate to 12. The query is offered in the cycle behind its last word, until it is taken.
module hg_attention_feed_query #(
  /// Elements of a head: 8 to 128, a multiple of 8.
  parameter int DHead = 64,
  /// Bits of a word: a power of two, 64 to 512.
  parameter int DataW = 64
) (
  input  logic                clk_i,
  input  logic                rst_ni,
  input  logic                take_i,
  output logic                ready_o,
  input  logic [DataW-1:0]    data_i,
  input  logic                row_last_i,
  input  logic                last_i,
  output logic                query_valid_o,
  input  logic                query_ready_i,
  output logic [DHead*12-1:0] query_data_o,
  output logic [23:0]         query_bound_o,
  output logic                query_last_o
);

  // Places of 16 bits in a word, and words of a query.
  localparam int Lanes = DataW / 16;
  localparam int Words = (DHead + 4 + Lanes - 1) / Lanes;
  localparam int WordW = hg_pkg::idx_width(Words);

  logic                valid_q, last_q;
  logic [WordW-1:0]    word_q;
  logic [23:0]         bound_q;
  logic [Lanes*12-1:0] element;

  assign ready_o = !valid_q;

  for (genvar i = 0; i < Lanes; i++) begin : gen_element
    logic [15:0] raw;
    logic        fits;

    assign raw  = data_i[16*i +: 16];
    assign fits = raw[14:11] == {4{raw[15]}};
    assign element[12*i +: 12] = {raw[15], fits ? raw[10:0] : {11{!raw[15]}}};
  end

  // Element d is behind four places.
  for (genvar d = 0; d < DHead; d++) begin : gen_place
    localparam int Word = (d + 4) / Lanes;
    localparam int Lane = (d + 4) % Lanes;
    logic [11:0] element_q;

    always_ff @(posedge clk_i) begin
      if (take_i && word_q == WordW'(Word)) element_q <= element[12*Lane +: 12];
    end

    assign query_data_o[12*d +: 12] = element_q;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      valid_q <= 1'b0;
      word_q  <= '0;
    end else begin
      if (take_i && row_last_i) valid_q <= 1'b1;
      else if (query_ready_i) valid_q <= 1'b0;
      if (take_i) word_q <= row_last_i ? '0 : word_q + WordW'(1);
    end
  end

  always_ff @(posedge clk_i) begin
    if (take_i && word_q == '0) bound_q <= data_i[23:0];
    if (take_i) last_q <= last_i;
  end

  assign query_valid_o = valid_q;
  assign query_bound_o = bound_q;
  assign query_last_o  = last_q;

  // The first word holds no elements in its first places.
  logic unused_element;
  assign unused_element = ^element;

endmodule

`default_nettype wire
