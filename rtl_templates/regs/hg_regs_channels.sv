// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// The registers of each channel of the memory: requests in flight, cycles blocked. Read
/// combinationally.
module hg_regs_channels #(
  /// Channels: a power of two, 1 to 32.
  parameter int Channels = 1
) (
  /// Clock, rising edge.
  input  logic                   clk_i,
  /// Asynchronous reset, active low.
  input  logic                   rst_ni,
  /// All begin anew.
  input  logic                   clear_i,
  /// Counters begin anew shortly before the carry to their high halves.
  input  logic                   preset_i,
  /// Requests in flight of each channel, ten bits each, channel 0 in the low bits.
  input  logic [Channels*10-1:0] flight_i,
  /// Channels on which a request waits.
  input  logic [Channels-1:0]    blocked_i,
  /// Offset of a register.
  input  logic [11:2]            addr_i,
  /// Whether it is one of these.
  output logic                   known_o,
  /// The register, or 0; a high half is that of the cycle before.
  output logic [31:0]            data_o
);

  // Bits of the number of a word.
  localparam int WordW = $clog2(4 * Channels);

  // Words of a channel: flight, none, blocked low and high.
  logic [128*Channels-1:0] value;

  for (genvar c = 0; c < Channels; c++) begin : gen_channel
    logic [9:0] now, most_q;

    assign now = flight_i[10*c +: 10];

    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) most_q <= '0;
      else if (clear_i || now > most_q) most_q <= now;
    end

    assign value[128*c +: 64] = {32'd0, 6'd0, most_q, 6'd0, now};

    hg_regs_counter u_blocked (
      .clk_i,
      .rst_ni,
      .clear_i,
      .preset_i,
      .step_i (blocked_i[c]),
      .low_o  (value[128*c+64 +: 32]),
      .high_o (value[128*c+96 +: 32])
    );
  end

  // Sixteen bytes a channel, from the middle of the window on.
  assign known_o = {addr_i[11], 11'd0} == hg_regs_pkg::FLIGHT && 32'(addr_i[10:4]) < Channels
      && addr_i[3:2] != 2'd1;

  assign data_o  = known_o ? value[{addr_i[WordW+1:2], 5'd0} +: 32] : '0;

endmodule

`default_nettype wire
