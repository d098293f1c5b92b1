// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Shifts a distance right by 0 to 47 places, from 16 places to the left of where it stands, and
/// saturates the result to 20 bits. Latency 4 cycles, a word a cycle.
module hg_exp2_shift #(
  /// Bits of the distance, 1 to 40.
  parameter int DiffW = 32
) (
  input  logic             clk_i,
  input  logic [DiffW-1:0] diff_i,
  input  logic [5:0]       right_i,
  output logic [19:0]      x_o
);

  // By 16s, by 4s, by 1s; then what is left above 20 bits says whether x overflows.
  localparam int WideW = (DiffW + 16 < 24) ? 24 : DiffW + 16;

  logic [WideW-1:0] wide, coarse_q, middle_q, fine_q;
  logic [3:0]       coarse_right_q;
  logic [1:0]       middle_right_q;
  logic [19:0]      x_q;

  assign wide = {{(WideW-DiffW-16){1'b0}}, diff_i, 16'b0};

  always_ff @(posedge clk_i) begin
    coarse_q       <= wide >> {right_i[5:4], 4'b0};
    coarse_right_q <= right_i[3:0];
    middle_q       <= coarse_q >> {coarse_right_q[3:2], 2'b0};
    middle_right_q <= coarse_right_q[1:0];
    fine_q         <= middle_q >> middle_right_q;
    x_q            <= (fine_q[WideW-1:20] != '0) ? '1 : fine_q[19:0];
  end

  assign x_o = x_q;

`ifdef HG_FORMAL
  // The difference times 2**16, shifted, no more than what 20 bits hold.
  localparam int FormC = 4;
  logic [FormC*20-1:0] f_x_q;
  logic [FormC-1:0]    f_known_q;
  wire  [WideW-1:0]    f_wide = wide >> right_i;

  initial f_known_q = '0;
  always @(posedge clk_i) begin
    f_known_q <= FormC'({f_known_q, 1'b1});
    f_x_q     <= (FormC * 20)'({f_x_q, (f_wide > WideW'(20'hfffff)) ? 20'hfffff : f_wide[19:0]});
    if (f_known_q[FormC-1]) assert (x_o == f_x_q[(FormC-1)*20 +: 20]);
  end
`endif

endmodule

`default_nettype wire
