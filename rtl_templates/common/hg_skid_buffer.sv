// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none

/// Register slice that cuts both directions of a ready/valid stream.
///
/// One beat a cycle, one cycle of latency, two beats of storage: the second catches the beat
/// that is under way when the consumer stalls, so that `in_ready_o` is a register.
module hg_skid_buffer #(
  /// Bits of the payload, 1 and up.
  parameter int Width = 32
) (
  input  logic             clk_i,
  input  logic             rst_ni,
  input  logic             in_valid_i,
  output logic             in_ready_o,
  input  logic [Width-1:0] in_data_i,
  output logic             out_valid_o,
  input  logic             out_ready_i,
  output logic [Width-1:0] out_data_o
);

  if (Width < 1) begin : gen_illegal
    ERROR_hg_skid_buffer_Width_must_be_positive u_illegal ();
  end

  logic             out_valid_q, skid_valid_q;
  logic [Width-1:0] out_data_q, skid_data_q;
  logic             load_out, load_skid;

  // The output register takes a beat whenever it is free or being emptied; a beat that arrives
  // while it is neither goes to the skid register, which then blocks the input.
  assign load_out  = !out_valid_q || out_ready_i;
  assign load_skid = in_valid_i && !skid_valid_q && !load_out;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      out_valid_q  <= 1'b0;
      skid_valid_q <= 1'b0;
    end else begin
      if (load_out) out_valid_q <= skid_valid_q || in_valid_i;
      if (load_out) skid_valid_q <= 1'b0;
      else if (load_skid) skid_valid_q <= 1'b1;
    end
  end

  always_ff @(posedge clk_i) begin
    if (load_out) out_data_q <= skid_valid_q ? skid_data_q : in_data_i;
    if (load_skid) skid_data_q <= in_data_i;
  end

  assign in_ready_o  = !skid_valid_q;
  assign out_valid_o = out_valid_q;
  assign out_data_o  = out_data_q;

endmodule

`default_nettype wire
