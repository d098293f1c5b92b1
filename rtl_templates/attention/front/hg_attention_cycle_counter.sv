// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Cycles since reset, modulo 2**32, for the statistics.
///
/// The upper half takes the carry of the lower half from a register, so that no carry runs through
/// all bits in one cycle.
module hg_attention_cycle_counter (
  input  logic        clk_i,
  input  logic        rst_ni,
  output logic [31:0] now_o
);

  logic [31:0] now_q;
  logic        wrap_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      now_q  <= '0;
      wrap_q <= 1'b0;
    end else begin
      now_q[15:0]  <= now_q[15:0] + 16'd1;
      now_q[31:16] <= now_q[31:16] + 16'(wrap_q);
      wrap_q       <= now_q[15:0] == 16'hfffe;
    end
  end

  assign now_o = now_q;

endmodule

`default_nettype wire
