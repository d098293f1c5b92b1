// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Multiplies a signed stride by the number of the last row, bit by bit, for hg_attention_dispatch.
///
/// `rows_i` holds the number with its highest set bit on top, `bits_i` how many bits it has: 0 to
/// 12. The product is there as many cycles behind `start_i`, and three more, and stays; it
/// is worked on in three parts of 16 bits, each a cycle behind the one below. `busy_o` is set from
/// the cycle behind the start until then.
module hg_dispatch_distance (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic        start_i,
  input  logic [11:0] rows_i,
  input  logic [3:0]  bits_i,
  input  logic [31:0] stride_i,
  output logic        busy_o,
  output logic [47:0] product_o
);

  logic [11:0] rows_q;
  logic [3:0]  left_q;
  logic [1:0]  tail_q;
  logic [31:0] stride_q;
  logic        step, bit_q, bit_q2, step_q, step_q2, sign;
  logic [15:0] part0_q, part1_q, part2_q;
  logic [1:0]  carry0_q, carry1_q;
  logic [17:0] sum0, sum1, sum2;

  assign step = left_q != 4'd0;
  assign sign = stride_q[31];

  // Twice what is there, and the stride if the bit is set.
  assign sum0 = {1'b0, part0_q, 1'b0} + {2'b00, rows_q[11] ? stride_q[15:0] : 16'd0};
  assign sum1 = {1'b0, part1_q, 1'b0} + {2'b00, bit_q ? stride_q[31:16] : 16'd0} +
                18'(carry0_q);
  assign sum2 = {1'b0, part2_q, 1'b0} + {2'b00, (bit_q2 && sign) ? 16'hffff : 16'd0} +
                18'(carry1_q);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      left_q  <= 4'd0;
      tail_q  <= 2'd0;
      step_q  <= 1'b0;
      step_q2 <= 1'b0;
    end else begin
      if (start_i) left_q <= bits_i;
      else if (step) left_q <= left_q - 4'd1;
      if (start_i) tail_q <= 2'd2;
      else if (!step && tail_q != 2'd0) tail_q <= tail_q - 2'd1;
      step_q  <= step;
      step_q2 <= step_q;
    end
  end

  always_ff @(posedge clk_i) begin
    if (start_i) begin
      rows_q   <= rows_i;
      stride_q <= stride_i;
      part0_q  <= '0;
      part1_q  <= '0;
      part2_q  <= '0;
    end else begin
      rows_q <= {rows_q[10:0], 1'b0};
      if (step) part0_q <= sum0[15:0];
      if (step_q) part1_q <= sum1[15:0];
      if (step_q2) part2_q <= sum2[15:0];
    end
    carry0_q <= sum0[17:16];
    carry1_q <= sum1[17:16];
    bit_q    <= rows_q[11];
    bit_q2   <= bit_q;
  end

  assign busy_o    = step || tail_q != 2'd0;
  assign product_o = {part2_q, part1_q, part0_q};

  logic unused_top;
  assign unused_top = &sum2[17:16];

endmodule

`default_nettype wire
