// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Sums the chains of a lane at the bottom of the array: groups of N neighbours, N chosen at run
/// time among NMin, 2*NMin, ... Group. One level a cycle, all words skewed (see hg_arith_pkg).
///
/// Sums stay where their first chain came in: the sum that starts with chain i leaves as word i /
/// NMin; words that belong to another's sum leave as 0. Bit l*segments + s of `join_i`, l + s
/// cycles after the chains' lowest segment, says that sums of more than 2**l chains are wanted.
/// With `Dsp` a word is one segment.
module hg_figs_tree #(
  /// Chains, a power of two, 1 and up.
  parameter int Group = 4,
  /// Fewest chains of a sum, a power of two, 1 to Group.
  parameter int NMin = 1,
  /// Bits of a chain's sum, 1 and up.
  parameter int PsumW = 28,
  /// 1: words are whole; 0: they are skewed.
  parameter int Dsp = 0,
  /// Derived: words that leave.
  localparam int Words = Group / NMin,
  /// Derived: levels, at least 1 for the sake of the port.
  localparam int Levels = (Group > 1) ? $clog2(Group) : 1,
  /// Derived: segments.
  localparam int Segs = (Dsp != 0) ? 1 : hg_arith_pkg::segments(PsumW)
) (
  input  logic                   clk_i,
  input  logic [Levels*Segs-1:0] join_i,
  input  logic [Group*PsumW-1:0] psum_i,
  output logic [Words*PsumW-1:0] sum_o
);

  if (Group < 1 || 2 ** $clog2(Group) != Group || Group % NMin != 0) begin : gen_illegal
    ERROR_hg_figs_tree_Group_must_be_a_power_of_two_and_NMin_divide_it u_illegal ();
  end

  localparam int SegW  = (Dsp != 0) ? PsumW : hg_arith_pkg::seg_width(PsumW);
  localparam int Real  = $clog2(Group);
  localparam int Fixed = $clog2(NMin);

  for (genvar l = 0; l <= Real; l++) begin : gen_level
    localparam int Count = (l < Fixed) ? Group / 2 ** l : Words;
    logic [Count*PsumW-1:0] row;
    if (l == 0) begin : gen_chains
      assign row = psum_i;
    end else if (l <= Fixed) begin : gen_sum
      for (genvar n = 0; n < Count; n++) begin : gen_word
        hg_figs_join #(
          .Width (PsumW),
          .Dsp   (Dsp)
        ) u_join (
          .clk_i,
          .join_i ({Segs{1'b1}}),
          .a_i    (gen_level[l-1].row[2*n*PsumW +: PsumW]),
          .b_i    (gen_level[l-1].row[(2*n+1)*PsumW +: PsumW]),
          .sum_o  (row[n*PsumW +: PsumW])
        );
      end
    end else begin : gen_tap
      localparam int Step = 2 ** (l - 1 - Fixed);
      logic [Segs-1:0] joins;
      assign joins = join_i[(l-1)*Segs +: Segs];
      for (genvar n = 0; n < Words; n++) begin : gen_word
        if (n % (2 * Step) == 0) begin : gen_lower
          hg_figs_join #(
            .Width (PsumW),
            .Dsp   (Dsp)
          ) u_join (
            .clk_i,
            .join_i (joins),
            .a_i    (gen_level[l-1].row[n*PsumW +: PsumW]),
            .b_i    (gen_level[l-1].row[(n+Step)*PsumW +: PsumW]),
            .sum_o  (row[n*PsumW +: PsumW])
          );
        end else begin : gen_upper
          // Words between those that this level joins are 0 already wherever it joins.
          logic [PsumW-1:0] kept_q;
          for (genvar s = 0; s < Segs; s++) begin : gen_seg
            localparam int Own = (s == Segs - 1) ? PsumW - s * SegW : SegW;
            always_ff @(posedge clk_i) begin
              kept_q[s*SegW +: Own] <= joins[s] ? '0
                  : gen_level[l-1].row[n*PsumW+s*SegW +: Own];
            end
          end
          assign row[n*PsumW +: PsumW] = kept_q;
        end
      end
    end
  end

  assign sum_o = gen_level[Real].row;

  // Without a tap there is no join to look at, and without a level no clock.
  logic unused_control;
  assign unused_control = ^{clk_i, join_i};

endmodule

`default_nettype wire
