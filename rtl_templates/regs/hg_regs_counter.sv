// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// A counter of 64 bits, to be read in halves.
///
/// The carry goes through a register, so that the high half is a cycle behind: `high_o` belongs to
/// the `low_o` of the cycle before. A step is counted in the cycle behind the one in which it
/// comes, so that nothing is added between a port and a register; what is counted in the cycle of a
/// clear is the first of the new count.
module hg_regs_counter #(
  /// Bits of a step: 1 to 30.
  parameter int StepW = 1
) (
  /// Clock, rising edge.
  input  logic             clk_i,
  /// Asynchronous reset, active low.
  input  logic             rst_ni,
  /// Begins anew.
  input  logic             clear_i,
  /// Begins anew shortly before the carry to the high half; goes before clear_i and step_i.
  input  logic             preset_i,
  /// What is added in the next cycle.
  input  logic [StepW-1:0] step_i,
  /// Bits 31 to 0.
  output logic [31:0]      low_o,
  /// Bits 63 to 32 of the cycle before.
  output logic [31:0]      high_o
);

  if (StepW < 1 || StepW > 30) begin : gen_illegal
    ERROR_hg_regs_counter_StepW_must_be_1_to_30 u_illegal ();
  end

  // Where the low half is cut, so that increments are short.
  localparam int Cut = (StepW < 16) ? 16 : StepW + 1;

  logic              clear_q, carry_q, over, carry;
  logic [StepW-1:0]  step_q;
  logic [31:0]       low_q, high_q, high;
  logic [StepW:0]    part;
  logic [Cut-1:StepW] rest, rest_more;
  logic [31:Cut]     top, top_more;
  logic [15:0]       high_more_lo, high_more_hi;

  // A step is added to as many bits, and chooses whether the rest goes on by one; commands come
  // late and choose last.
  assign part      = {1'b0, low_q[StepW-1:0]} + {1'b0, step_q};
  assign rest_more = low_q[Cut-1:StepW] + (Cut - StepW)'(1);
  assign top_more  = low_q[31:Cut] + (32 - Cut)'(1);
  assign over      = part[StepW] && low_q[Cut-1:StepW] == '1;
  assign rest      = part[StepW] ? rest_more : low_q[Cut-1:StepW];
  assign top       = over ? top_more : low_q[31:Cut];
  assign carry     = over && low_q[31:Cut] == '1;

  assign high_more_lo = high_q[15:0] + 16'd1;
  assign high_more_hi = high_q[31:16] + 16'd1;
  assign high         = !carry_q ? high_q
      : {(high_q[15:0] == '1) ? high_more_hi : high_q[31:16], high_more_lo};

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      clear_q <= 1'b0;
      carry_q <= 1'b0;
      low_q   <= '0;
      high_q  <= '0;
      step_q  <= '0;
    end else begin
      step_q  <= step_i;
      clear_q <= clear_i || preset_i;
      carry_q <= carry && !clear_i && !preset_i;
      low_q   <= preset_i ? 32'hffff_ffc0 : clear_i ? 32'(step_q)
          : {top, rest, part[StepW-1:0]};
      high_q  <= clear_q ? '0 : high;
    end
  end

  assign low_o  = low_q;
  assign high_o = high_q;

`ifdef HG_FORMAL
  // The count as it is defined, and its high half a cycle later.
  logic        f_seen_q;
  logic [63:0] f_count_q;
  logic [31:0] f_high_q;
  logic [StepW-1:0] f_step_q;

  initial f_seen_q = 1'b0;
  always @(posedge clk_i) f_seen_q <= 1'b1;
  always_comb assume (rst_ni == f_seen_q);

  always @(posedge clk_i) begin
    if (!rst_ni) begin
      f_count_q <= '0;
      f_high_q  <= '0;
      f_step_q  <= '0;
    end else begin
      f_step_q  <= step_i;
      if (preset_i) f_count_q <= 64'hffff_ffc0;
      else f_count_q <= (clear_i ? '0 : f_count_q) + 64'(f_step_q);
      f_high_q  <= f_count_q[63:32];
    end
    if (rst_ni) begin
      assert (low_o == f_count_q[31:0]);
      assert (high_o == f_high_q);
      // What induction needs to know.
      assert (step_q == f_step_q);
      if (clear_q) assert (!carry_q);
      assert (f_count_q[63:32] == (clear_q ? '0 : high_q) + 32'(carry_q));
    end
  end
`endif

endmodule

`default_nettype wire
