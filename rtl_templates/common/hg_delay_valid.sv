// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Carries one bit along for a fixed number of cycles; 0 from reset.
module hg_delay_valid #(
  /// Cycles, 1 and up.
  parameter int Cycles = 2
) (
  input  logic clk_i,
  input  logic rst_ni,
  input  logic valid_i,
  output logic valid_o
);

  if (Cycles < 1) begin : gen_illegal
    ERROR_hg_delay_valid_Cycles_must_be_at_least_1 u_illegal ();
  end

  logic [Cycles:1] valid_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) valid_q <= '0;
    else valid_q <= Cycles'({valid_q, valid_i});
  end

  assign valid_o = valid_q[Cycles];

endmodule

`default_nettype wire
