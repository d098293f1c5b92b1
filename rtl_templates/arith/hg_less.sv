// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Tells whether a is below b, both unsigned. Latency 2 cycles, a comparison a cycle.
module hg_less #(
  /// Bits, 1 and up.
  parameter int Width = 38,
  /// Derived: bytes.
  localparam int Parts = (Width + 7) / 8
) (
  input  logic             clk_i,
  input  logic [Width-1:0] a_i,
  input  logic [Width-1:0] b_i,
  output logic             less_o
);

  logic [8*Parts-1:0] a, b;
  logic [Parts-1:0]   below_q, same_q;
  logic               less_d, less_q;

  assign a = (8*Parts)'(a_i);
  assign b = (8*Parts)'(b_i);

  for (genvar p = 0; p < Parts; p++) begin : gen_part
    always_ff @(posedge clk_i) begin
      below_q[p] <= a[8*p +: 8] < b[8*p +: 8];
      same_q[p]  <= a[8*p +: 8] == b[8*p +: 8];
    end
  end

  // The highest part that differs decides.
  always_comb begin
    less_d = 1'b0;
    for (int p = 0; p < Parts; p++) less_d = below_q[p] || (same_q[p] && less_d);
  end

  always_ff @(posedge clk_i) less_q <= less_d;

  assign less_o = less_q;

`ifdef HG_FORMAL
  logic [1:0] f_less_q, f_known_q;

  initial f_known_q = 2'd0;
  always @(posedge clk_i) begin
    f_known_q <= {f_known_q[0], 1'b1};
    f_less_q  <= {f_less_q[0], a_i < b_i};
    if (f_known_q[1]) assert (less_o == f_less_q[1]);
  end
`endif

endmodule

`default_nettype wire
