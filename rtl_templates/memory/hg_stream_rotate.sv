// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Turns the bytes of a word round, towards byte 0: byte `amount_i` of the input comes out as byte
/// 0, and byte 0 behind the last. Combinational.
module hg_stream_rotate #(
  /// Bits of a word: a power of two, 16 and up.
  parameter int DataW = 64,
  /// Derived: bits of the place of a byte in a word.
  localparam int PlaceW = hg_pkg::idx_width(DataW / 8)
) (
  input  logic [DataW-1:0]  data_i,
  input  logic [PlaceW-1:0] amount_i,
  output logic [DataW-1:0]  data_o
);

  if (DataW < 16 || 2 ** $clog2(DataW) != DataW) begin : gen_illegal
    ERROR_hg_stream_rotate_DataW_must_be_a_power_of_two_from_16_on u_illegal ();
  end

  for (genvar s = 0; s <= PlaceW; s++) begin : gen_step
    logic [DataW-1:0] word;
    if (s == 0) begin : gen_source
      assign word = data_i;
    end else begin : gen_turn
      localparam int By = 8 * 2 ** (s - 1);
      assign word = !amount_i[s-1] ? gen_step[s-1].word
                                   : {gen_step[s-1].word[By-1:0], gen_step[s-1].word[DataW-1:By]};
    end
  end

  assign data_o = gen_step[PlaceW].word;

endmodule

`default_nettype wire
