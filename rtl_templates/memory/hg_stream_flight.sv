// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Counts the bursts of an AXI port that are in flight, for registers that software reads.
///
/// `begins_i` and `ends_i` say that a burst begins or ends in this cycle. The pulses leave a cycle
/// after they came, so that no path leads from the bus through here.
module hg_stream_flight #(
  /// Bursts in flight at most: 1 and up.
  parameter int Most = 16,
  /// Derived: bits of their number.
  localparam int CntW = hg_pkg::cnt_width(Most)
) (
  input  logic            clk_i,
  input  logic            rst_ni,
  input  logic            begins_i,
  input  logic            ends_i,
  input  logic            beat_i,
  input  logic            waits_i,
  output logic            idle_o,
  output logic [CntW-1:0] bursts_o,
  output logic            beat_o,
  output logic            blocked_o
);

  logic [CntW-1:0] bursts_q;
  logic            idle_q, beat_q, blocked_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      bursts_q  <= '0;
      idle_q    <= 1'b1;
      beat_q    <= 1'b0;
      blocked_q <= 1'b0;
    end else begin
      if (begins_i && !ends_i) begin
        bursts_q <= bursts_q + CntW'(1);
        idle_q   <= 1'b0;
      end else if (ends_i && !begins_i) begin
        bursts_q <= bursts_q - CntW'(1);
        idle_q   <= bursts_q == CntW'(1);
      end
      beat_q    <= beat_i;
      blocked_q <= waits_i;
    end
  end

  assign bursts_o  = bursts_q;
  assign idle_o    = idle_q;
  assign beat_o    = beat_q;
  assign blocked_o = blocked_q;

endmodule

`default_nettype wire
