// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Counts what refinements cost each query: vectors asked for, planes added, and rounds.
///
/// Counts are a cycle behind the row that leaves, their upper half one more. A query leaves, and
/// its context comes back, long after its last row and before the next.
module hg_attention_refine_counts #(
  /// Keys a row, 1 and up.
  parameter int Tokens = 1,
  /// Queries in flight, 2 to 32.
  parameter int Contexts = 4,
  /// Derived: bits of a context's number.
  localparam int CtxW = hg_pkg::idx_width(Contexts)
) (
  input  logic              clk_i,
  input  logic              rst_ni,
  // A round of a query begins. The query that is looked up; a row leaves, with the keys that were
  // asked for.
  input  logic              round_i,
  input  logic [CtxW-1:0]   round_context_i,
  input  logic [CtxW-1:0]   context_i,
  input  logic              leave_i,
  input  logic [Tokens-1:0] missing_i,
  input  logic [Tokens-1:0] mask_i,
  // A query leaves with its counts.
  input  logic              clear_i,
  input  logic [CtxW-1:0]   clear_context_i,
  output logic [15:0]       fetched_o,
  output logic [15:0]       refined_o,
  output logic [1:0]        rounds_o
);

  localparam int CountW = hg_pkg::cnt_width(Tokens);
  localparam int LowW = 8;
  logic [CountW-1:0]      fetched_more_d, fetched_more_q, refined_more_d, refined_more_q;
  logic [Contexts-1:0]    own_q, clear_q;
  logic [Contexts*16-1:0] fetched, refined;
  logic [Contexts*2-1:0]  rounds;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      fetched_more_q <= '0;
      refined_more_q <= '0;
    end else begin
      fetched_more_q <= fetched_more_d;
      refined_more_q <= refined_more_d;
    end
  end

  always_comb begin
    fetched_more_d = '0;
    refined_more_d = '0;
    for (int t = 0; t < Tokens; t++) begin
      fetched_more_d = fetched_more_d + CountW'(leave_i && missing_i[t]);
      refined_more_d = refined_more_d + CountW'(leave_i && mask_i[t]);
    end
  end

  for (genvar c = 0; c < Contexts; c++) begin : gen_count
    logic [LowW-1:0] fetched_low_q, refined_low_q;
    logic [15:LowW]  fetched_high_q, refined_high_q;
    logic            fetched_carry_q, refined_carry_q;
    logic [1:0]      rounds_q;
    always_ff @(posedge clk_i) own_q[c] <= context_i == CtxW'(c);
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) clear_q[c] <= 1'b1;
      else clear_q[c] <= clear_i && clear_context_i == CtxW'(c);
    end
    always_ff @(posedge clk_i) begin
      if (clear_q[c]) begin
        fetched_low_q   <= '0;
        fetched_high_q  <= '0;
        fetched_carry_q <= 1'b0;
        refined_low_q   <= '0;
        refined_high_q  <= '0;
        refined_carry_q <= 1'b0;
        rounds_q        <= '0;
      end else begin
        {fetched_carry_q, fetched_low_q} <= {1'b0, fetched_low_q}
            + (own_q[c] ? (LowW + 1)'(fetched_more_q) : '0);
        {refined_carry_q, refined_low_q} <= {1'b0, refined_low_q}
            + (own_q[c] ? (LowW + 1)'(refined_more_q) : '0);
        fetched_high_q <= fetched_high_q + (16 - LowW)'(fetched_carry_q);
        refined_high_q <= refined_high_q + (16 - LowW)'(refined_carry_q);
        if (round_i && round_context_i == CtxW'(c)) rounds_q <= rounds_q + 2'd1;
      end
    end
    assign fetched[c*16 +: 16] = {fetched_high_q, fetched_low_q};
    assign refined[c*16 +: 16] = {refined_high_q, refined_low_q};
    assign rounds[c*2 +: 2]    = rounds_q;
  end

  always_comb begin
    fetched_o = '0;
    refined_o = '0;
    rounds_o  = '0;
    for (int c = 0; c < Contexts; c++) begin
      if (clear_context_i == CtxW'(c)) begin
        fetched_o = fetched_o | fetched[c*16 +: 16];
        refined_o = refined_o | refined[c*16 +: 16];
        rounds_o  = rounds_o | rounds[c*2 +: 2];
      end
    end
  end

endmodule

`default_nettype wire
