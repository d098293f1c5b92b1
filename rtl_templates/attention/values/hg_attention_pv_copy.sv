// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Copies the sums of a query for the division, and adds the offset to each on the way.
///
/// So the next query's sums may follow while this one is divided. A copy begins when the sums and
/// the offset are there and the last copy has been taken; it takes a cycle per segment of 14 bits.
module hg_attention_pv_copy #(
  /// Elements of a vector, 8 to 128.
  parameter int DHead = 64,
  /// Bits of a sum of PV.
  parameter int AccW = 40
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,
  // A pulse: sums are there, and stay until the copy has ended.
  input  logic                  sums_valid_i,
  input  logic [DHead*AccW-1:0] sums_i,
  input  logic                  offset_valid_i,
  input  logic [AccW-1:0]       offset_i,
  output logic                  end_o,
  // The copy is there, until it is taken.
  output logic                  full_o,
  input  logic                  take_i,
  output logic [DHead*AccW-1:0] copy_o
);

  // Step s adds segment s, its carry goes on to the next.
  localparam int SegW = 14;
  localparam int Segs = (AccW + SegW - 1) / SegW;
  logic                  sums_q, full_q, copying;
  logic [Segs-1:0]       step_q;
  logic [DHead*AccW-1:0] copy_q;
  logic [AccW-1:0]       offset_q;

  // A copy begins in the cycle after its offset is there.
  always_ff @(posedge clk_i) offset_q <= offset_i;

  assign copying = step_q != '0;
  assign end_o   = step_q[Segs-1];
  assign full_o  = full_q;
  assign copy_o  = copy_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      sums_q <= 1'b0;
      full_q <= 1'b0;
      step_q <= '0;
    end else begin
      if (sums_valid_i) sums_q <= 1'b1;
      else if (end_o) sums_q <= 1'b0;
      if (end_o) full_q <= 1'b1;
      else if (take_i) full_q <= 1'b0;
      step_q <= Segs'({step_q, sums_q && offset_valid_i && !full_q && !copying});
    end
  end

  for (genvar d = 0; d < DHead; d++) begin : gen_sum
    logic            carry_q;
    logic [Segs-1:0] carry;
    for (genvar s = 0; s < Segs; s++) begin : gen_segment
      localparam int Low = s * SegW;
      localparam int W   = (AccW - Low < SegW) ? AccW - Low : SegW;
      logic [W:0] total;
      logic       own_carry;
      assign total = {1'b0, sums_i[d*AccW+Low +: W]} + {1'b0, offset_q[Low +: W]}
                     + (W + 1)'(own_carry);
      assign own_carry = (s == 0) ? 1'b0 : carry_q;
      assign carry[s]  = step_q[s] && total[W];
      always_ff @(posedge clk_i) begin
        if (step_q[s]) copy_q[d*AccW+Low +: W] <= total[W-1:0];
      end
    end
    always_ff @(posedge clk_i) carry_q <= carry != '0;
  end

endmodule

`default_nettype wire
