// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// A register that software writes and reads: a flip-flop for each bit of `Mask`, byte strobes.
module hg_regs_word #(
  /// Bits that are written: any; the others are those of Reset.
  parameter int Mask = 'hff,
  /// Value after reset: any.
  parameter int Reset = 0
) (
  /// Clock, rising edge.
  input  logic        clk_i,
  /// Asynchronous reset, active low.
  input  logic        rst_ni,
  /// The register is written.
  input  logic        write_i,
  /// Data of the write.
  input  logic [31:0] data_i,
  /// Bits of the data that count.
  input  logic [31:0] bits_i,
  /// The register.
  output logic [31:0] value_o
);

  for (genvar i = 0; i < 32; i++) begin : gen_bit
    if (((Mask >> i) & 1) == 1) begin : gen_stored
      logic value_q;

      always_ff @(posedge clk_i or negedge rst_ni) begin
        if (!rst_ni) value_q <= ((Reset >> i) & 1) == 1;
        else if (write_i && bits_i[i]) value_q <= data_i[i];
      end

      assign value_o[i] = value_q;
    end else begin : gen_constant
      logic unused_bit;

      assign unused_bit = ^{data_i[i], bits_i[i]};
      assign value_o[i] = ((Reset >> i) & 1) == 1;
    end
  end

endmodule

`default_nettype wire
