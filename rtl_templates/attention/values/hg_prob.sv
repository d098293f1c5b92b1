// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Probabilities of tokens: prob_o = (exp_i * R + 2**(3+i)) >> (4+i), with R = `recip_i` and i =
/// `exponent_i` of hg_recip applied to the sum of all e. 65536 is certainty: no e is more than the
/// sum, of which R loses less than 2**-19.
///
/// Handshake: a beat a cycle, no back-pressure; `recip_i` and `exponent_i` count with their beat
/// and are carried along. Latency 13 cycles.
module hg_prob #(
  /// Lanes (T), 1 and up.
  parameter int Rows = 1,
  /// Bits of the tag, 1 and up.
  parameter int TagW = 8,
  /// 1 if products are made for multipliers of an FPGA: otherwise 0.
  parameter int Dsp = 0,
  /// Derived: bits of an exponential.
  localparam int ExpW = hg_attention_pkg::EXP_W,
  /// Derived: bits of a probability.
  localparam int ProbW = hg_attention_pkg::PROB_W
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,
  input  logic                  valid_i,
  input  logic [TagW-1:0]       tag_i,
  input  logic [Rows*ExpW-1:0]  exp_i,
  input  logic [20:0]           recip_i,
  input  logic [5:0]            exponent_i,
  output logic                  valid_o,
  output logic [TagW-1:0]       tag_o,
  output logic [Rows*ProbW-1:0] prob_o
);

  if (Rows < 1 || TagW < 1) begin : gen_illegal
    ERROR_hg_prob_Rows_and_TagW_must_be_positive u_illegal ();
  end

  localparam int MulC   = hg_arith_pkg::multiply_cycles(26, 22);
  localparam int RoundC = 5;
  localparam int Cycles = MulC + RoundC;

  logic [5:0] exponent;
  hg_delay #(
    .Width  (6),
    .Cycles (MulC)
  ) u_exponent (
    .clk_i,
    .data_i (exponent_i),
    .data_o (exponent)
  );

  for (genvar t = 0; t < Rows; t++) begin : gen_lane
    logic [44:0] product;
    if (Dsp != 0) begin : gen_dsp
      hg_multiply_parts #(
        .AW     (26),
        .BW     (22),
        .Low    (3),
        .Cycles (MulC)
      ) u_multiply (
        .clk_i,
        .a_i       ({1'b0, exp_i[t*ExpW +: ExpW]}),
        .b_i       ({1'b0, recip_i}),
        .product_o (product)
      );
    end else begin : gen_logic
      hg_multiply #(
        .AW  (26),
        .BW  (22),
        .Low (3)
      ) u_multiply (
        .clk_i,
        .a_i       ({1'b0, exp_i[t*ExpW +: ExpW]}),
        .b_i       ({1'b0, recip_i}),
        .product_o (product)
      );
    end
    hg_shift_round #(
      .InW      (45),
      .OutW     (ProbW),
      .Saturate (0)
    ) u_round (
      .clk_i,
      .data_i  (product),
      .right_i (exponent),
      .data_o  (prob_o[t*ProbW +: ProbW])
    );
  end

  hg_delay_valid #(
    .Cycles (Cycles)
  ) u_valid (
    .clk_i,
    .rst_ni,
    .valid_i,
    .valid_o
  );
  hg_delay #(
    .Width  (TagW),
    .Cycles (Cycles)
  ) u_tag (
    .clk_i,
    .data_i (tag_i),
    .data_o (tag_o)
  );

endmodule

`default_nettype wire
