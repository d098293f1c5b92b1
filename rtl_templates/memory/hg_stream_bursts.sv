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

`ifdef HG_FORMAL
  // Beats that were announced and have not gone, burst by burst: a queue of their lengths, the
  // oldest lowest. For bounded proofs with short bursts.
  logic        f_seen_q, f_stalled_q, f_last_q;
  logic [31:0] f_lens_q, f_lens;
  logic [3:0]  f_many_q, f_flight_q, f_sent_q, f_whole_q;
  wire         f_sent  = wvalid_o && wready_i;
  wire         f_end   = f_sent && wlast_o;
  wire         f_reply = bvalid_i && bready_o;

  initial f_seen_q = 1'b0;
  always @(posedge clk_i) f_seen_q <= 1'b1;
  always_comb begin
    assume (rst_ni == f_seen_q);
    assume (len_i < 8'd4);
    if (begins_i) assume (open_room_o && wait_room_o);
    // A response comes when all data of its burst have gone.
    if (bvalid_i) assume (f_whole_q != 4'd0);
  end

  always_comb begin
    f_lens = f_end ? {4'd0, f_lens_q[31:4]} : f_lens_q;
    for (int i = 0; i < 8; i++) begin
      if (begins_i && 32'(f_many_q) - 32'(f_end) == 32'(i)) f_lens[4*i +: 4] = len_i[3:0];
    end
  end

  always @(posedge clk_i) begin
    f_lens_q <= f_lens;
    f_last_q <= wlast_o;
    if (!rst_ni) begin
      f_many_q    <= 4'd0;
      f_flight_q  <= 4'd0;
      f_whole_q   <= 4'd0;
      f_sent_q    <= 4'd0;
      f_stalled_q <= 1'b0;
    end else begin
      f_many_q    <= f_many_q + 4'(begins_i) - 4'(f_end);
      f_flight_q  <= f_flight_q + 4'(begins_i) - 4'(f_reply);
      f_whole_q   <= f_whole_q + 4'(f_end) - 4'(f_reply);
      f_sent_q    <= f_end ? 4'd0 : f_sent_q + 4'(f_sent);
      f_stalled_q <= wvalid_o && !wready_i && beat_valid_i;
    end
    if (rst_ni) begin
      // The bounds, and as many beats as announced.
      assert (32'(f_flight_q) <= Bursts && f_many_q <= 4'd5);
      if (wvalid_o) assert (f_many_q != 4'd0 && wlast_o == (f_sent_q == f_lens_q[3:0]));
      if (f_stalled_q && beat_valid_i) assert (wvalid_o && wlast_o == f_last_q);
      if (came) assert (wait_valid);
      cover (f_end && f_many_q == 4'd3);
    end
  end
`endif

endmodule

`default_nettype wire
