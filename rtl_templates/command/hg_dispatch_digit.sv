// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// One digit of 16 bits of a number of 64, for hg_attention_dispatch: that whose bit of `hot_i` is
/// set. Combinational.
module hg_dispatch_digit (
  input  logic [3:0]  hot_i,
  input  logic [63:0] word_i,
  output logic [15:0] digit_o
);

  always_comb begin
    digit_o = '0;
    for (int i = 0; i < 4; i++) begin
      digit_o = digit_o | (word_i[16*i +: 16] & {16{hot_i[i]}});
    end
  end

endmodule

`default_nettype wire
