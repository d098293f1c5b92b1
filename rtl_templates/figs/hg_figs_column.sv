// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// What stands below a column of the array: the trees of its lanes, the sums over tiles, and the
/// column's part of the output buffer.
///
/// Everything stays skewed, by segments within a word (see hg_arith_pkg) and by columns: each
/// segment of each column has its own memories, written in its own cycle, and what is read of them
/// together is straight again. So there are no registers that only wait.
///
/// A token's control comes in the cycle before the lowest segment of its chains and leaves for the
/// next column a cycle later. Its sums are those of `addr` in the memory, unless `first`, and what
/// the chains add; they go back there or, with `last`, to place `ptr` of the output buffer, which
/// holds them when `done_o` has been up. The memory is read 2 cycles before it is written: the same
/// address may come again after 3.
///
/// With `Dsp` a word is one segment, and what is read stands in a register for a cycle more: block
/// memories of an FPGA are slow. The same address may come again after 4. The read is a cycle
/// earlier for it or, where there is no level of a tree before it, the sum a cycle later.
module hg_figs_column #(
  /// Lanes, 1 and up.
  parameter int Lanes = 4,
  /// Chains of a lane, a power of two.
  parameter int Group = 4,
  /// Fewest chains of a sum, a power of two up to Group.
  parameter int NMin = 1,
  /// Bits of a sum, 1 and up.
  parameter int PsumW = 28,
  /// Tokens of a tile at most, 2 and up.
  parameter int MaxT = 512,
  /// Tokens that the output buffer holds, 2 and up.
  parameter int DepthEntries = 32,
  /// 1: words are whole; 0: they are skewed.
  parameter int Dsp = 0,
  /// Derived: bits of a token's address.
  localparam int AddrW = hg_pkg::idx_width(MaxT),
  /// Derived: bits of a place in the output buffer.
  localparam int PtrW = hg_pkg::idx_width(DepthEntries),
  /// Derived: levels of a tree, at least 1.
  localparam int Levels = (Group > 1) ? $clog2(Group) : 1,
  /// Derived: bits of a token's control: end, last, first, joins, addr, ptr.
  localparam int CtrlW = 3 + Levels + AddrW + PtrW,
  /// Derived: sums of a lane.
  localparam int Words = Group / NMin
) (
  input  logic                         clk_i,
  input  logic                         rst_ni,
  input  logic                         valid_i,
  input  logic [CtrlW-1:0]             ctrl_i,
  input  logic [Group*Lanes*PsumW-1:0] psum_i,
  output logic                         valid_o,
  output logic [CtrlW-1:0]             ctrl_o,
  output logic                         done_o,
  output logic                         done_end_o,
  output logic [PtrW-1:0]              done_ptr_o,
  input  logic                         rd_en_i,
  input  logic [PtrW-1:0]              rd_ptr_i,
  output logic [Lanes*Words*PsumW-1:0] data_o
);

  localparam int Segs  = (Dsp != 0) ? 1 : hg_arith_pkg::segments(PsumW);
  localparam int SegW  = (Dsp != 0) ? PsumW : hg_arith_pkg::seg_width(PsumW);
  localparam int Real  = $clog2(Group);
  localparam int Sums  = Lanes * Words;
  localparam int Early = (Dsp != 0 && Real > 0) ? 1 : 0;
  localparam int Late  = hg_figs_pkg::late(Group, hg_arith_pkg::segments(PsumW), Dsp);
  // Control at the write of the highest segment is as old as this.
  localparam int Steps = Real + Segs + 1 + Late;

  logic [Sums*PsumW-1:0]  tree, sum;
  logic [Levels*Segs-1:0] joins;

  for (genvar k = 0; k <= Steps; k++) begin : gen_step
    logic               valid, last, first, over;
    logic [Levels-1:0]  join_sums;
    logic [AddrW-1:0]   addr;
    logic [PtrW-1:0]    ptr;
    logic [CtrlW-1:0]   ctrl;
    if (k == 0) begin : gen_in
      assign {valid, ctrl} = {valid_i, ctrl_i};
    end else begin : gen_delay
      logic             valid_q;
      logic [CtrlW-1:0] ctrl_q;
      always_ff @(posedge clk_i or negedge rst_ni) begin
        if (!rst_ni) valid_q <= 1'b0;
        else valid_q <= gen_step[k-1].valid;
      end
      always_ff @(posedge clk_i) ctrl_q <= gen_step[k-1].ctrl;
      assign {valid, ctrl} = {valid_q, ctrl_q};
    end
    assign {over, last, first, join_sums, addr, ptr} = ctrl;
    logic unused_fields;
    assign unused_fields = ^{valid, over, last, first, join_sums, addr, ptr};
  end

  assign {valid_o, ctrl_o} = {gen_step[1].valid, gen_step[1].ctrl};
  assign done_o     = gen_step[Steps].valid && gen_step[Steps].last;
  assign done_end_o = gen_step[Steps].over;
  assign done_ptr_o = gen_step[Steps].ptr;

  for (genvar l = 0; l < Levels; l++) begin : gen_joins
    for (genvar s = 0; s < Segs; s++) begin : gen_join
      assign joins[l*Segs+s] = gen_step[l+s+1].join_sums[l];
    end
  end

  for (genvar b = 0; b < Lanes; b++) begin : gen_lane
    logic [Group*PsumW-1:0] chains;
    for (genvar r = 0; r < Group; r++) begin : gen_chain
      assign chains[r*PsumW +: PsumW] = psum_i[(r*Lanes+b)*PsumW +: PsumW];
    end
    hg_figs_tree #(
      .Group (Group),
      .NMin  (NMin),
      .PsumW (PsumW),
      .Dsp   (Dsp)
    ) u_tree (
      .clk_i,
      .join_i (joins),
      .psum_i (chains),
      .sum_o  (tree[b*Words*PsumW +: Words*PsumW])
    );
  end

  hg_delay #(
    .Width  (Sums * PsumW),
    .Cycles (Late)
  ) u_late (
    .clk_i,
    .data_i (tree),
    .data_o (sum)
  );

  for (genvar s = 0; s < Segs; s++) begin : gen_slice
    localparam int Own = (s == Segs - 1) ? PsumW - s * SegW : SegW;
    logic [Sums*Own-1:0] read, kept, total_q, held;
    logic [Sums-1:0]     carry_q;
    logic                first, write;

    assign first = gen_step[Real+s+1+Late].first;
    assign write = gen_step[Real+s+2+Late].valid;

    if (Early + Late > 0) begin : gen_behind
      logic [Sums*Own-1:0] kept_q;
      always_ff @(posedge clk_i) kept_q <= read;
      assign kept = kept_q;
    end else begin : gen_direct
      assign kept = read;
    end

    for (genvar n = 0; n < Sums; n++) begin : gen_sum
      logic           carry, unused_low;
      logic [Own-1:0] own;
      logic [Own:0]   wide;
      if (s == 0) begin : gen_lowest
        assign carry = 1'b0;
      end else begin : gen_upper
        assign carry = gen_slice[s-1].carry_q[n];
      end
      assign own = sum[n*PsumW+s*SegW +: Own];
      assign {wide, unused_low} = {1'b0, kept[n*Own +: Own], carry} + {1'b0, own, carry};
      // Chosen behind the adder: on its way to all bits `first` has the time of an addition. Nobody
      // looks at the carry of a first sum.
      always_ff @(posedge clk_i) begin
        carry_q[n] <= wide[Own];
        total_q[n*Own +: Own] <= first ? own : wide[Own-1:0];
      end
      assign data_o[n*PsumW+s*SegW +: Own] = held[n*Own +: Own];
    end
    if (s == Segs - 1) begin : gen_highest
      logic unused_carry;
      assign unused_carry = ^carry_q;
    end

    hg_ram_1r1w #(
      .Width        (Sums * Own),
      .DepthEntries (MaxT)
    ) u_sums (
      .clk_i,
      .wr_en_i   (write && !gen_step[Real+s+2+Late].last),
      .wr_addr_i (gen_step[Real+s+2+Late].addr),
      .wr_data_i (total_q),
      .rd_en_i   (gen_step[Real+s-Early].valid),
      .rd_addr_i (gen_step[Real+s-Early].addr),
      .rd_data_o (read)
    );

    hg_ram_1r1w #(
      .Width        (Sums * Own),
      .DepthEntries (DepthEntries)
    ) u_out (
      .clk_i,
      .wr_en_i   (write && gen_step[Real+s+2+Late].last),
      .wr_addr_i (gen_step[Real+s+2+Late].ptr),
      .wr_data_i (total_q),
      .rd_en_i,
      .rd_addr_i (rd_ptr_i),
      .rd_data_o (held)
    );
  end

endmodule

`default_nettype wire
