// SPDX-License-Identifier: MIT OR Apache-2.0
// A register with a reset as proofs see it: both act at the clock edge.
(* techmap_celltype = "$adff" *)
module hwgen_adff (CLK, ARST, D, Q);
  parameter WIDTH = 1;
  parameter CLK_POLARITY = 1'b1;
  parameter ARST_POLARITY = 1'b1;
  parameter ARST_VALUE = 0;
  input CLK, ARST;
  input [WIDTH-1:0] D;
  output [WIDTH-1:0] Q;
  \$dff #(.WIDTH(WIDTH), .CLK_POLARITY(CLK_POLARITY)) _TECHMAP_REPLACE_ (
    .CLK(CLK), .D(ARST == ARST_POLARITY ? ARST_VALUE[WIDTH-1:0] : D), .Q(Q));
endmodule
