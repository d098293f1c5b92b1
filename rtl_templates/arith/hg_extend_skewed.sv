// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Extends a skewed signed word to more bits, or cuts it to fewer. No latency: segment s of either
/// word comes s cycles behind segment 0.
module hg_extend_skewed #(
  /// Bits of the word, 1 and up.
  parameter int InW = 30,
  /// Bits of the result, 1 and up.
  parameter int OutW = 38,
  /// Bits of a segment, 1 and up.
  parameter int SegW = 13
) (
  input  logic            clk_i,
  input  logic [InW-1:0]  data_i,
  output logic [OutW-1:0] data_o
);

  if (InW < 1 || OutW < 1 || SegW < 1) begin : gen_illegal
    ERROR_hg_extend_skewed_InW_OutW_and_SegW_must_be_positive u_illegal ();
  end

  // The last segment of the word, and of the result.
  localparam int Top  = (InW - 1) / SegW;
  localparam int Last = (OutW - 1) / SegW;
  // Bits of the result that its own segment gives.
  localparam int Near = (OutW < (Top + 1) * SegW) ? OutW : (Top + 1) * SegW;

  for (genvar b = 0; b < Near; b++) begin : gen_near
    assign data_o[b] = data_i[(b < InW) ? b : InW - 1];
  end
  if (Last > Top) begin : gen_far
    logic [Last-Top:0] sign;
    assign sign[0] = data_i[InW-1];
    for (genvar s = 1; s <= Last - Top; s++) begin : gen_sign
      logic sign_q;
      always_ff @(posedge clk_i) sign_q <= sign[s-1];
      assign sign[s] = sign_q;
    end
    for (genvar b = Near; b < OutW; b++) begin : gen_bit
      assign data_o[b] = sign[b/SegW-Top];
    end
  end else begin : gen_no_clock
    logic unused_input;
    assign unused_input = ^{clk_i, data_i};
  end

endmodule

`default_nettype wire
