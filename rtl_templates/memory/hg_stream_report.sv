// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// What a stream reader or writer reports: an answer per command, and the first error of the bus.
///
/// Answers wait here in order until they are taken; `Commands` of them have room, so that `done_i`
/// never waits. The first error since `error_clear_i` was set stays; one that comes in the cycle of
/// the clear is kept.
module hg_stream_report #(
  /// Answers that have room: 2 and up.
  parameter int Commands = 4
) (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic        done_i,
  input  logic [2:0]  done_code_i,
  output logic        done_valid_o,
  input  logic        done_ready_i,
  output logic [2:0]  done_code_o,
  input  logic        error_i,
  input  logic [1:0]  error_resp_i,
  input  logic [63:0] error_addr_i,
  input  logic        error_clear_i,
  output logic        error_valid_o,
  output logic [1:0]  error_code_o,
  output logic [63:0] error_addr_o
);

  logic unused_room;
  logic [hg_pkg::cnt_width(Commands)-1:0] unused_used;

  hg_fifo #(
    .Width        (3),
    .DepthEntries (Commands)
  ) u_done (
    .clk_i,
    .rst_ni,
    .in_valid_i  (done_i),
    .in_ready_o  (unused_room),
    .in_data_i   (done_code_i),
    .out_valid_o (done_valid_o),
    .out_ready_i (done_ready_i),
    .out_data_o  (done_code_o),
    .used_o      (unused_used)
  );

  logic        error_q;
  logic [1:0]  resp_q;
  logic [63:0] addr_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) error_q <= 1'b0;
    else if (error_i) error_q <= 1'b1;
    else if (error_clear_i) error_q <= 1'b0;
  end

  always_ff @(posedge clk_i) begin
    if (error_i && (!error_q || error_clear_i)) begin
      resp_q <= error_resp_i;
      addr_q <= error_addr_i;
    end
  end

  assign error_valid_o = error_q;
  assign error_code_o  = resp_q;
  assign error_addr_o  = addr_q;

endmodule

`default_nettype wire
