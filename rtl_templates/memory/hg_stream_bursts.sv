// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Bursts of a stream writer that have begun: those whose data go out, and those whose responses
/// have not come.
///
/// A burst may begin only while both rooms are set. Beats leave without waiting for addresses, with
/// WLAST by the length of their burst. `reply_o` is set when a response goes on to who asked, with
/// the address of its burst; it waits while `reply_pass_i` is not set.
module hg_stream_bursts #(
  /// Bursts in flight at most: 1 and up.
  parameter int Bursts = 8
) (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic        begins_i,
  input  logic [7:0]  len_i,
  input  logic [63:0] addr_i,
  input  logic        last_i,
  output logic        open_room_o,
  output logic        wait_room_o,
  input  logic        beat_valid_i,
  output logic        beat_ready_o,
  output logic        wvalid_o,
  input  logic        wready_i,
  output logic        wlast_o,
  input  logic        bvalid_i,
  output logic        bready_o,
  input  logic [1:0]  bresp_i,
  output logic        reply_o,
  input  logic        reply_pass_i,
  output logic [1:0]  reply_resp_o,
  output logic [63:0] reply_addr_o,
  output logic        reply_last_o
);

  // Lengths of the bursts whose data have not begun; more than a few would only wait.
  localparam int Ahead = 4;

  logic       len_valid, load, sent;
  logic [7:0] len;
  logic [hg_pkg::cnt_width(Ahead)-1:0] unused_ahead;

  hg_fifo #(
    .Width        (8),
    .DepthEntries (Ahead)
  ) u_lengths (
    .clk_i,
    .rst_ni,
    .in_valid_i  (begins_i),
    .in_ready_o  (open_room_o),
    .in_data_i   (len_i),
    .out_valid_o (len_valid),
    .out_ready_i (load),
    .out_data_o  (len),
    .used_o      (unused_ahead)
  );

  // The burst whose data go out.
  logic       open_q, last_q;
  logic [7:0] left_q;

  assign wvalid_o     = open_q && beat_valid_i;
  assign wlast_o      = last_q;
  assign sent         = wvalid_o && wready_i;
  assign beat_ready_o = open_q && wready_i;
  assign load         = !open_q || (sent && last_q);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) open_q <= 1'b0;
    else if (load) open_q <= len_valid;
  end

  always_ff @(posedge clk_i) begin
    if (load) begin
      left_q <= len;
      last_q <= len == 8'd0;
    end else if (sent) begin
      left_q <= left_q - 8'd1;
      last_q <= left_q == 8'd1;
    end
  end

  logic wait_valid, came;
  logic [hg_pkg::cnt_width(Bursts)-1:0] unused_waits;

  hg_fifo #(
    .Width        (65),
    .DepthEntries (Bursts)
  ) u_waiting (
    .clk_i,
    .rst_ni,
    .in_valid_i  (begins_i),
    .in_ready_o  (wait_room_o),
    .in_data_i   ({last_i, addr_i}),
    .out_valid_o (wait_valid),
    .out_ready_i (reply_o),
    .out_data_o  ({reply_last_o, reply_addr_o}),
    .used_o      (unused_waits)
  );

  hg_skid_buffer #(.Width(2)) u_reply (
    .clk_i,
    .rst_ni,
    .in_valid_i  (bvalid_i),
    .in_ready_o  (bready_o),
    .in_data_i   (bresp_i),
    .out_valid_o (came),
    .out_ready_i (reply_pass_i),
    .out_data_o  (reply_resp_o)
  );

  assign reply_o = came && reply_pass_i;

  logic unused_valid;
  assign unused_valid = wait_valid;

endmodule

`default_nettype wire
