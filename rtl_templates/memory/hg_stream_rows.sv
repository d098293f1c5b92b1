// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Rows of a command: their addresses one after the other.
///
/// A row leaves per cycle, also from one command to the next; the first one leaves in the cycle
/// after the command came. Of addresses and strides only the low `AddrW` bits are kept. The
/// code of a command goes with each of its rows.
module hg_stream_rows #(
  /// Bits of an address: 1 to 64.
  parameter int AddrW = 64
) (
  input  logic             clk_i,
  input  logic             rst_ni,
  input  logic             in_valid_i,
  output logic             in_ready_o,
  input  logic [AddrW-1:0] in_addr_i,
  input  logic [19:0]      in_bytes_m1_i,
  input  logic [15:0]      in_rows_m1_i,
  input  logic [31:0]      in_stride_i,
  input  logic [2:0]       in_code_i,
  output logic             out_valid_o,
  input  logic             out_ready_i,
  output logic [AddrW-1:0] out_addr_o,
  output logic [19:0]      out_bytes_m1_o,
  output logic             out_last_o,
  output logic [2:0]       out_code_o
);

  if (AddrW < 1 || AddrW > 64) begin : gen_illegal
    ERROR_hg_stream_rows_AddrW_must_be_1_to_64 u_illegal ();
  end

  // Bits that are added; the rest is counted up or down.
  localparam int LowW = (AddrW < 32) ? AddrW : 32;

  logic             valid_q, last_q;
  logic [AddrW-1:0] addr_q, next;
  logic [19:0]      bytes_m1_q;
  logic [15:0]      left_q;
  logic [2:0]       code_q;
  logic [LowW-1:0]  stride_q;
  logic [LowW:0]    low;
  logic             load, step;

  assign in_ready_o = !valid_q || (out_ready_i && last_q);
  assign load       = in_valid_i && in_ready_o;
  assign step       = valid_q && out_ready_i;
  assign low        = {1'b0, addr_q[LowW-1:0]} + {1'b0, stride_q};

  if (AddrW > 32) begin : gen_high
    logic [AddrW-33:0] high, more, less;
    assign high = addr_q[AddrW-1:32];
    assign more = high + (AddrW - 32)'(1);
    assign less = high - (AddrW - 32)'(1);
    // A stride downwards takes one off, which the carry gives back.
    assign next = {(low[LowW] == stride_q[LowW-1]) ? high : low[LowW] ? more : less, low[LowW-1:0]};
  end else begin : gen_low
    logic unused_carry;
    assign unused_carry = low[LowW];
    assign next         = low[LowW-1:0];
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      valid_q <= 1'b0;
    end else begin
      if (in_ready_o) valid_q <= in_valid_i;
    end
  end

  always_ff @(posedge clk_i) begin
    if (load) begin
      addr_q     <= in_addr_i;
      bytes_m1_q <= in_bytes_m1_i;
      stride_q   <= in_stride_i[LowW-1:0];
      left_q     <= in_rows_m1_i;
      last_q     <= in_rows_m1_i == '0;
      code_q     <= in_code_i;
    end else if (step) begin
      addr_q <= next;
      left_q <= left_q - 16'd1;
      last_q <= left_q == 16'd1;
    end
  end

  assign out_valid_o    = valid_q;
  assign out_addr_o     = addr_q;
  assign out_bytes_m1_o = bytes_m1_q;
  assign out_last_o     = last_q;
  assign out_code_o     = code_q;

  if (LowW < 32) begin : gen_short
    logic unused_stride;
    assign unused_stride = &in_stride_i[31:LowW];
  end

endmodule

`default_nettype wire
