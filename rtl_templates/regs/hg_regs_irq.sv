// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Events since they were cleared, and the interrupt that enabled ones raise, a level.
///
/// A bit that is set in the cycle in which it is cleared is set.
module hg_regs_irq #(
  /// Events: 1 to 32.
  parameter int Events = 3
) (
  /// Clock, rising edge.
  input  logic              clk_i,
  /// Asynchronous reset, active low.
  input  logic              rst_ni,
  /// Events that happen.
  input  logic [Events-1:0] set_i,
  /// Events that are cleared.
  input  logic [Events-1:0] clear_i,
  /// Events that raise the interrupt.
  input  logic [Events-1:0] enable_i,
  /// Events that have happened.
  output logic [Events-1:0] status_o,
  /// The interrupt, a cycle behind the status.
  output logic              irq_o
);

  logic [Events-1:0] status_q;
  logic              irq_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      status_q <= '0;
      irq_q    <= 1'b0;
    end else begin
      status_q <= (status_q & ~clear_i) | set_i;
      irq_q    <= (status_q & enable_i) != '0;
    end
  end

  assign status_o = status_q;
  assign irq_o    = irq_q;

`ifdef HG_FORMAL
  // Event `f_i` is followed: whether it has happened since it was cleared.
  logic f_seen_q, f_due_q, f_raise_q;
  (* anyconst *) logic [4:0] f_i;

  initial f_seen_q = 1'b0;
  always @(posedge clk_i) f_seen_q <= 1'b1;
  always_comb begin
    assume (rst_ni == f_seen_q);
    assume (32'(f_i) < Events);
  end

  always @(posedge clk_i) begin
    if (!rst_ni) begin
      f_due_q   <= 1'b0;
      f_raise_q <= 1'b0;
    end else begin
      if (set_i[f_i]) f_due_q <= 1'b1;
      else if (clear_i[f_i]) f_due_q <= 1'b0;
      f_raise_q <= f_due_q && enable_i[f_i];
    end
    if (rst_ni) begin
      assert (status_o[f_i] == f_due_q);
      if (f_raise_q) assert (irq_o);
      if (status_o == '0 && f_seen_q) cover (irq_o);
    end
  end
`endif

endmodule

`default_nettype wire
