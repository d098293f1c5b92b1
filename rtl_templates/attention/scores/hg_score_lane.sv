// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// One key of hg_score: its partial scores become its score.
///
/// A number in a name is the stage at which a port is looked at. Stage 3 gathers the planes of a
/// row on the bias, or on the score so far; the outputs hold from stage 4 on, when the last
/// segment of the score is there.
module hg_score_lane #(
  /// Bits below the first plane, 0 and up.
  parameter int Below0 = 8,
  /// Bits below the second plane, 0 and up.
  parameter int Below1 = 4,
  /// Bits of a sum of QK, 1 and up.
  parameter int SumW = 23,
  /// Bits of a score with its bias, one more than of a bias; 3 and up.
  parameter int ScoreW = 33,
  /// Derived: bits of a bias.
  localparam int BiasW = ScoreW - 1,
  /// Derived: bits of a key: live, planes, score.
  localparam int KeyW = 1 + 2 + ScoreW,
  /// Derived: segments of a score.
  localparam int Segs = hg_arith_pkg::segments(ScoreW)
) (
  input  logic              clk_i,
  input  logic [1:0]        plane1_i,
  input  logic [SumW-1:0]   sum1_i,
  // The query's term, skewed like the sums.
  input  logic [ScoreW-1:0] term_i,
  input  logic              refine2_i,
  input  logic              mask2_i,
  input  logic [BiasW-1:0]  bias2_i,
  input  logic              valid3_i,
  input  logic              refine3_i,
  input  logic [1:0]        plane3_i,
  input  logic              mask3_i,
  input  logic [KeyW-1:0]   old3_i,
  // Which segments hold a plane, and whether it is its row's first.
  input  logic [Segs-1:0]   valid_seg_i,
  input  logic [Segs-1:0]   first_seg_i,
  output logic              live_o,
  output logic [1:0]        planes_o,
  output logic [ScoreW-1:0] score_o
);

  localparam int SegW = hg_arith_pkg::seg_width(ScoreW);
  // Cycles by which the last segment of a score comes behind the first.
  localparam int Late = Segs - 1;

  logic signed [SumW-1:0]   sum;
  logic signed [ScoreW-1:0] shifted_q, word;
  logic [ScoreW-1:0]        shifted, joint, base, base_late, sum_seg;
  logic signed [BiasW-1:0]  bias;
  logic [BiasW-1:0]         bias_q;
  logic [1:0]               planes_q;
  logic                     live_q, old_live;
  logic [1:0]               old_planes;
  logic [ScoreW-1:0]        old_score;
  logic [Segs-1:0]          keep;

  assign sum  = sum1_i;
  assign bias = bias_q;
  assign {old_live, old_planes, old_score} = old3_i;

  always_ff @(posedge clk_i) begin
    case (plane1_i)
      2'd0: shifted_q <= ScoreW'(sum) <<< Below0;
      2'd1: shifted_q <= ScoreW'(sum) <<< Below1;
      default: shifted_q <= ScoreW'(sum);
    endcase
    bias_q <= bias2_i;
    if (valid3_i) begin
      live_q   <= refine3_i ? old_live
                          : mask3_i && bias_q != {1'b1, {(BiasW-1){1'b0}}};
      planes_q <= refine3_i ? old_planes + 2'(mask3_i) : plane3_i + 2'd1;
    end
  end

  hg_skew #(
    .Width (ScoreW)
  ) u_shifted (
    .clk_i,
    .data_i (shifted_q),
    .data_o (shifted)
  );
  hg_add_skewed #(
    .Width (ScoreW)
  ) u_joint (
    .clk_i,
    .a_i   (shifted),
    .b_i   (term_i),
    .sum_o (joint)
  );

  // What a row's first plane is added to.
  assign word = ScoreW'(bias);
  assign base = refine3_i ? old_score : word;
  hg_skew #(
    .Width (ScoreW)
  ) u_base (
    .clk_i,
    .data_i (base),
    .data_o (base_late)
  );

  for (genvar s = 0; s < Segs; s++) begin : gen_seg
    localparam int Own = (s == Segs - 1) ? ScoreW - s * SegW : SegW;
    logic           carry, carry_q, unused_low;
    logic [Own-1:0] start, partial_q, sum_q;
    logic [Own:0]   wide;
    if (s == 0) begin : gen_lowest
      // A key out of a refinement's mask keeps its score.
      assign keep[s] = !refine2_i || mask2_i;
      assign carry   = 1'b0;
    end else begin : gen_upper
      logic keep_q;
      always_ff @(posedge clk_i) keep_q <= keep[s-1];
      assign keep[s] = keep_q;
      assign carry   = gen_seg[s-1].carry_q;
    end
    assign start = first_seg_i[s] ? base_late[s*SegW +: Own] : sum_q;
    assign {wide, unused_low} = {1'b0, start, carry} + {1'b0, partial_q, carry};
    always_ff @(posedge clk_i) begin
      partial_q <= joint[s*SegW +: Own] & {Own{keep[s]}};
      if (valid_seg_i[s]) sum_q <= wide[Own-1:0];
      carry_q <= wide[Own];
    end
    if (s == Segs - 1) begin : gen_last
      logic unused_carry;
      assign unused_carry = carry_q;
    end
    assign sum_seg[s*SegW +: Own] = sum_q;
  end
  hg_skew #(
    .Width (ScoreW),
    .Back  (1)
  ) u_score (
    .clk_i,
    .data_i (sum_seg),
    .data_o (score_o)
  );
  hg_delay #(
    .Width  (3),
    .Cycles (Late)
  ) u_state (
    .clk_i,
    .data_i ({live_q, planes_q}),
    .data_o ({live_o, planes_o})
  );

endmodule

`default_nettype wire
