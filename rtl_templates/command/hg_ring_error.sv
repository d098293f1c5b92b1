// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Holds the last error for the registers, which see that an error came by its rise.
///
/// `error_valid_o` stays until `clear_i` or until another error comes; it then falls for a cycle,
/// so that the other one rises like the first. An error that comes with the clear is not lost.
module hg_ring_error (
  /// Clock, rising edge.
  input  logic        clk_i,
  /// Asynchronous reset, active low.
  input  logic        rst_ni,
  /// An error came; not twice within three cycles.
  input  logic        raise_i,
  /// Its code.
  input  logic [7:0]  code_i,
  /// Its address.
  input  logic [63:0] addr_i,
  /// The error is forgotten.
  input  logic        clear_i,
  /// An error is there.
  output logic        error_valid_o,
  /// Its code.
  output logic [7:0]  error_code_o,
  /// Its address.
  output logic [63:0] error_addr_o
);

  logic        valid_q, next_q;
  logic [7:0]  code_q;
  logic [63:0] addr_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      valid_q <= 1'b0;
      next_q  <= 1'b0;
    end else begin
      next_q <= raise_i;
      if (next_q) valid_q <= 1'b1;
      else if (raise_i || clear_i) valid_q <= 1'b0;
    end
  end

  always_ff @(posedge clk_i) begin
    if (raise_i) begin
      code_q <= code_i;
      addr_q <= addr_i;
    end
  end

  assign error_valid_o = valid_q;
  assign error_code_o  = code_q;
  assign error_addr_o  = addr_q;

`ifdef HG_FORMAL
  // The last error, and what was there in the cycle before.
  logic        f_seen_q, f_valid_q, f_clear_q, f_raise_q, f_raised_q;
  logic [7:0]  f_code_q;
  logic [63:0] f_addr_q;

  initial f_seen_q = 1'b0;
  always @(posedge clk_i) f_seen_q <= 1'b1;
  always_comb begin
    assume (rst_ni == f_seen_q);
    if (raise_i) assume (!f_raise_q && !f_raised_q);
  end

  always @(posedge clk_i) begin
    f_valid_q  <= rst_ni && error_valid_o;
    f_clear_q  <= clear_i;
    f_raise_q  <= rst_ni && raise_i;
    f_raised_q <= rst_ni && f_raise_q;
    if (raise_i) begin
      f_code_q <= code_i;
      f_addr_q <= addr_i;
    end
    if (rst_ni) begin
      // Every error rises, two cycles behind, whatever was there and whatever is cleared.
      if (f_raise_q) assert (!error_valid_o);
      if (f_raised_q) assert (error_valid_o && !f_valid_q);
      if (error_valid_o && !f_valid_q) assert (f_raised_q);
      if (error_valid_o) assert (error_code_o == f_code_q && error_addr_o == f_addr_q);
      // It stays until it is cleared or replaced.
      if (f_valid_q && !f_clear_q && !f_raise_q) assert (error_valid_o);
      assert (next_q == f_raise_q);
      cover (f_valid_q && f_raise_q);
    end
  end
`endif

endmodule

`default_nettype wire
