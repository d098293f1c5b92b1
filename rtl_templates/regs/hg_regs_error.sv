// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Records the first error, and says of every one that it happened.
///
/// An error of the hardware stays at its port until the cycle after `clear_o`; what is there
/// then is another one. It comes before a refused doorbell of the same cycle.
module hg_regs_error (
  /// Clock, rising edge.
  input  logic        clk_i,
  /// Asynchronous reset, active low.
  input  logic        rst_ni,
  /// The error that is recorded is forgotten.
  input  logic        clear_i,
  /// An error of the hardware is there.
  input  logic        valid_i,
  /// Its code.
  input  logic [7:0]  code_i,
  /// Its address.
  input  logic [63:0] addr_i,
  /// A doorbell was refused.
  input  logic        refused_i,
  /// Why it was.
  input  logic [7:0]  refusal_i,
  /// An error happened.
  output logic        event_o,
  /// An error is recorded.
  output logic        error_o,
  /// Its code, or 0.
  output logic [7:0]  code_o,
  /// Its address, or 0.
  output logic [63:0] addr_o
);

  logic        valid_q, clear_q, error_q, raised;
  logic [7:0]  code_q;
  logic [63:0] addr_q;

  assign raised  = valid_i && (!valid_q || clear_q);
  assign event_o = raised || refused_i;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      valid_q <= 1'b0;
      clear_q <= 1'b0;
      error_q <= 1'b0;
      code_q  <= '0;
      addr_q  <= '0;
    end else begin
      valid_q <= valid_i;
      clear_q <= clear_i;
      if (clear_i || !error_q) begin
        error_q <= event_o;
        code_q  <= raised ? code_i : refused_i ? refusal_i : '0;
        addr_q  <= raised ? addr_i : '0;
      end
    end
  end

  assign error_o = error_q;
  assign code_o  = code_q;
  assign addr_o  = addr_q;

`ifdef HG_FORMAL
  // What was there in the cycle before.
  logic        f_seen_q, f_error_q, f_event_q, f_clear_q, f_raised_q;
  logic [7:0]  f_code_q, f_next_q;
  logic [63:0] f_addr_q;

  initial f_seen_q = 1'b0;
  always @(posedge clk_i) f_seen_q <= 1'b1;
  always_comb begin
    assume (rst_ni == f_seen_q);
    if (valid_i) assume (code_i != '0);
    if (refused_i) assume (refusal_i != '0);
  end

  always @(posedge clk_i) begin
    f_error_q  <= rst_ni && error_o;
    f_event_q  <= rst_ni && event_o;
    f_clear_q  <= clear_i;
    f_raised_q <= raised;
    f_code_q   <= rst_ni ? code_o : '0;
    f_addr_q   <= rst_ni ? addr_o : '0;
    f_next_q   <= raised ? code_i : refusal_i;
    if (rst_ni) begin
      // The first error stays until it is cleared, and the next one is never lost.
      if (f_error_q && !f_clear_q) assert (error_o && code_o == f_code_q && addr_o == f_addr_q);
      else assert (error_o == f_event_q);
      if (error_o && (!f_error_q || f_clear_q)) assert (code_o == f_next_q);
      assert (error_o == (code_o != '0));
      if (!error_o) assert (addr_o == '0);
      // Whatever has just come to the port is an error, and so is whatever is there behind a clear.
      if (valid_i && !valid_q) assert (event_o);
      if (valid_i && f_clear_q && clear_q) assert (event_o);
      cover (error_o && f_clear_q && f_error_q);
    end
  end
`endif

endmodule

`default_nettype wire
