// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Puts the words that a stream reader makes of rows together to the beats of the array.
///
/// A beat is a row of `Bytes` bytes. Every command has announced its number of rows at `cmd`; if
/// the reader refuses it, as many rows of zeros leave instead, so that the array always gets what a
/// tile was announced with. `ended_o` is set for a cycle for every command, with the reader's
/// answer. A row per cycle leaves, if it is one word.
module hg_figs_feed #(
  /// Bits of a word: a power of two, 64 to 512.
  parameter int DataW = 64,
  /// Bytes of a row: 1 and up.
  parameter int Bytes = 8,
  /// Bits of a number of rows.
  parameter int RowsW = 8,
  /// Commands announced: 2 and up.
  parameter int Commands = 4,
  /// Derived: words of a row.
  localparam int Words = (8 * Bytes + DataW - 1) / DataW
) (
  /// Clock, rising edge.
  input  logic               clk_i,
  /// Asynchronous reset, active low.
  input  logic               rst_ni,
  /// A command is announced.
  input  logic               cmd_valid_i,
  /// There is room for it.
  output logic               cmd_ready_o,
  /// Its rows, at least 1.
  input  logic [RowsW-1:0]   cmd_rows_i,
  /// A word of the reader is there.
  input  logic               in_valid_i,
  /// It is taken.
  output logic               in_ready_o,
  /// The word.
  input  logic [DataW-1:0]   in_data_i,
  /// The last of its row.
  input  logic               in_row_last_i,
  /// The last of its command.
  input  logic               in_last_i,
  /// An answer of the reader is there.
  input  logic               done_valid_i,
  /// It is taken.
  output logic               done_ready_o,
  /// The answer.
  input  logic [2:0]         done_code_i,
  /// A beat is offered.
  output logic               out_valid_o,
  /// It is taken.
  input  logic               out_ready_i,
  /// Its bytes, byte 0 lowest.
  output logic [8*Bytes-1:0] out_data_o,
  /// A command has been answered.
  output logic               ended_o,
  /// How.
  output logic [2:0]         ended_code_o
);

  localparam int WordW = hg_pkg::idx_width(Words);

  logic             head_valid, head_done, refused, zeros_q, all_q;
  logic [RowsW-1:0] head_rows, left_q;
  logic             behind_q, open_q, early_q, take, full_q;
  logic             row_ready, zero_row;
  logic [hg_pkg::cnt_width(Commands)-1:0] unused_used;

  hg_fifo #(
    .Width        (RowsW),
    .DepthEntries (Commands)
  ) u_commands (
    .clk_i,
    .rst_ni,
    .in_valid_i  (cmd_valid_i),
    .in_ready_o  (cmd_ready_o),
    .in_data_i   (cmd_rows_i),
    .out_valid_o (head_valid),
    .out_ready_i (head_done),
    .out_data_o  (head_rows),
    .used_o      (unused_used)
  );

  // `behind_q`: the words of a command are through, and its answer is still to come, which belongs
  // to no later one. `early_q`: the answer to the oldest command has come before its last word was
  // taken. `open_q`: some of its words have been. A refusal is there before any later word.
  assign refused      = done_valid_i && !behind_q && !early_q && !zeros_q && head_valid
      && done_code_i != 3'd0 && done_code_i <= 3'd4;
  assign done_ready_o = behind_q || (head_valid && !zeros_q && !early_q);
  assign ended_o      = done_valid_i && done_ready_o;
  assign ended_code_o = done_code_i;
  assign row_ready    = !full_q || out_ready_i;
  assign in_ready_o   = head_valid && !behind_q && !zeros_q && !refused && row_ready;
  assign take         = in_valid_i && in_ready_o;
  assign zero_row     = zeros_q && row_ready;
  assign all_q        = left_q == RowsW'(1);
  assign head_done    = (take && in_last_i) || (zero_row && all_q);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      behind_q <= 1'b0;
      open_q   <= 1'b0;
      early_q  <= 1'b0;
      zeros_q  <= 1'b0;
    end else begin
      if (take && in_last_i) behind_q <= !early_q && !ended_o;
      else if (ended_o) behind_q <= 1'b0;
      if (take && in_last_i) early_q <= 1'b0;
      else if (ended_o && !behind_q && !refused) early_q <= 1'b1;
      if (take) open_q <= !in_last_i;
      if (refused) zeros_q <= 1'b1;
      else if (zero_row && all_q) zeros_q <= 1'b0;
    end
  end

  always_ff @(posedge clk_i) begin
    if (!zeros_q) left_q <= head_rows;
    else if (zero_row) left_q <= left_q - RowsW'(1);
  end

  // The row.
  logic [Words*DataW-1:0] row_q;
  logic [WordW-1:0]       word_q;
  logic                   unused_row;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      full_q <= 1'b0;
      word_q <= '0;
    end else begin
      if ((take && in_row_last_i) || zero_row) full_q <= 1'b1;
      else if (out_ready_i) full_q <= 1'b0;
      if (take) word_q <= in_row_last_i ? '0 : word_q + WordW'(1);
    end
  end

  for (genvar w = 0; w < Words; w++) begin : gen_word
    always_ff @(posedge clk_i) begin
      if (zero_row) row_q[DataW*w+:DataW] <= '0;
      else if (take && word_q == WordW'(w)) row_q[DataW*w+:DataW] <= in_data_i;
    end
  end

  assign out_valid_o = full_q;
  assign out_data_o  = row_q[8*Bytes-1:0];
  assign unused_row  = ^{row_q, 1'b0};

`ifndef SYNTHESIS
`ifndef YOSYS
  logic seen_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) seen_q <= 1'b0;
    else seen_q <= 1'b1;
  end

  always @(posedge clk_i) begin
    if (seen_q && zeros_q && !head_valid) $error("%m: zeros for no command");
    if (seen_q && refused && open_q) $error("%m: a refusal behind the first word");
  end
`endif
`endif

endmodule

`default_nettype wire
