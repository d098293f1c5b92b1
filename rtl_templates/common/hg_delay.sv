// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Carries bits along for a fixed number of cycles. No reset: what must not be noise after power-up
/// goes through hg_delay_valid.
module hg_delay #(
  /// Bits, 1 and up.
  parameter int Width = 8,
  /// Cycles, 0 and up.
  parameter int Cycles = 2
) (
  input  logic             clk_i,
  input  logic [Width-1:0] data_i,
  output logic [Width-1:0] data_o
);

  if (Width < 1 || Cycles < 0) begin : gen_illegal
    ERROR_hg_delay_Width_must_be_positive_and_Cycles_not_negative u_illegal ();
  end

  for (genvar c = 0; c <= Cycles; c++) begin : gen_cycle
    logic [Width-1:0] data_q;
    if (c == 0) begin : gen_source
      assign data_q = data_i;
    end else begin : gen_step
      always_ff @(posedge clk_i) data_q <= gen_cycle[c-1].data_q;
    end
  end

  assign data_o = gen_cycle[Cycles].data_q;

  if (Cycles == 0) begin : gen_no_clock
    logic unused_clk;
    assign unused_clk = clk_i;
  end

endmodule

`default_nettype wire
