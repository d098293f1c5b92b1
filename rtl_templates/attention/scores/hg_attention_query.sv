// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Query vectors of all contexts, and the sum of the elements of each.
///
/// An admitted vector goes to the memory at once and through a shift register into a small adder
/// tree, 16 elements a cycle (8 where 16 do not divide DHead): the sum, which every partial score
/// needs, costs DHead / 16 + 7 cycles, and `ready_o` then tells that the context may be used.
/// Until the shift register is empty `free_o` is low.
///
/// Read: two cycles from `rd_en_i` to `slice_o`; `rd_en_i` with the first slice of a row
/// reads the whole vector, `rd_fold_i` picks the slice of each cycle.
module hg_attention_query #(
  /// Elements of a vector, 8 to 128, a multiple of 8.
  parameter int DHead = 64,
  /// Slices of a vector, 1 and up, a divisor of DHead.
  parameter int Folds = 1,
  /// Queries in flight, 2 to 32.
  parameter int Contexts = 4,
  /// Derived: bits of a context's number.
  localparam int CtxW = hg_pkg::idx_width(Contexts),
  /// Derived: bits of a slice's number.
  localparam int FoldW = hg_pkg::idx_width(Folds),
  /// Derived: elements of a slice.
  localparam int Slice = DHead / Folds,
  /// Derived: bits of the sum of a vector.
  localparam int SumW = hg_attention_pkg::QUERY_W + $clog2(DHead),
  /// Derived: bits of an element of a query vector.
  localparam int QueryW = hg_attention_pkg::QUERY_W
) (
  input  logic clk_i,
  input  logic rst_ni,
  output logic free_o,
  input  logic admit_i,

  input  logic [CtxW-1:0]          context_i,
  input  logic [DHead*QueryW-1:0]  data_i,
  output logic                     ready_o,
  output logic [CtxW-1:0]          ready_context_o,
  output logic [Contexts*SumW-1:0] sums_o,
  input  logic                     rd_en_i,
  input  logic [CtxW-1:0]          rd_context_i,
  input  logic [FoldW-1:0]         rd_fold_i,
  output logic [Slice*QueryW-1:0]  slice_o
);

  localparam int Group = (DHead % 16 == 0) ? 16 : 8;
  localparam int Beats = DHead / Group;
  localparam int BeatW = hg_pkg::cnt_width(Beats);
  localparam int PartW = QueryW + $clog2(Group);
  // Cycles of the adder tree, and of the accumulator behind it.
  localparam int TreeC = hg_arith_pkg::tree_cycles(Group, QueryW, 0);
  localparam int SumC  = hg_arith_pkg::segments(SumW);

  logic [DHead*QueryW-1:0] vector, shift_q, behind;
  logic [BeatW-1:0]        left_q;
  logic [CtxW-1:0]         context_q, done_context;
  logic                    adding, part_valid, part_first, part_last, done, done_q;
  logic signed [PartW-1:0] part;
  logic [SumW-1:0]         sum, sum_q, unused_before;
  logic [CtxW-1:0]         done_context_q;

  assign free_o = left_q == '0;
  assign adding = left_q != '0;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) left_q <= '0;
    else if (admit_i) left_q <= BeatW'(Beats);
    else if (adding) left_q <= left_q - BeatW'(1);
  end

  // What comes behind a vector of a single group is 0, and tools warn of a shift by the full width.
  if (Beats == 1) begin : gen_single
    assign behind = '0;
  end else begin : gen_groups
    assign behind = shift_q >> (Group * QueryW);
  end

  always_ff @(posedge clk_i) begin
    if (admit_i) begin
      shift_q   <= data_i;
      context_q <= context_i;
    end else begin
      shift_q <= behind;
    end
  end

  hg_sum_tree #(
    .Inputs (Group),
    .InW    (QueryW)
  ) u_tree (
    .clk_i,
    .data_i (shift_q[Group*QueryW-1:0]),
    .sum_o  (part)
  );

  hg_delay_valid #(
    .Cycles (TreeC)
  ) u_part_valid (
    .clk_i,
    .rst_ni,
    .valid_i (adding),
    .valid_o (part_valid)
  );

  hg_delay #(
    .Width  (2),
    .Cycles (TreeC)
  ) u_part_place (
    .clk_i,
    .data_i ({left_q == BeatW'(Beats), adding && left_q == BeatW'(1)}),
    .data_o ({part_first, part_last})
  );

  hg_accumulate #(
    .Width  (SumW),
    .Before (0)
  ) u_sum (
    .clk_i,
    .valid_i  (part_valid),
    .first_i  (part_first),
    .data_i   (SumW'(part)),
    .before_o (unused_before),
    .sum_o    (sum)
  );

  hg_delay_valid #(
    .Cycles (SumC)
  ) u_done (
    .clk_i,
    .rst_ni,
    .valid_i (part_valid && part_last),
    .valid_o (done)
  );

  hg_delay #(
    .Width  (CtxW),
    .Cycles (TreeC + SumC)
  ) u_done_context (
    .clk_i,
    .data_i (context_q),
    .data_o (done_context)
  );

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) done_q <= 1'b0;
    else done_q <= done;
  end

  always_ff @(posedge clk_i) begin
    sum_q          <= sum;
    done_context_q <= done_context;
  end

  for (genvar c = 0; c < Contexts; c++) begin : gen_sum
    logic [SumW-1:0] own_q;
    always_ff @(posedge clk_i) begin
      if (done_q && done_context_q == CtxW'(c)) own_q <= sum_q;
    end
    assign sums_o[c*SumW +: SumW] = own_q;
  end

  assign ready_o         = done_q;
  assign ready_context_o = done_context_q;

  hg_ram_1r1w #(
    .Width        (DHead * QueryW),
    .DepthEntries (Contexts)
  ) u_vectors (
    .clk_i,
    .wr_en_i   (admit_i),
    .wr_addr_i (context_i),
    .wr_data_i (data_i),
    .rd_en_i,
    .rd_addr_i (rd_context_i),
    .rd_data_o (vector)
  );

  logic [FoldW-1:0]        fold_q;
  logic [Slice*QueryW-1:0] slice_d, slice_q;

  always_comb begin
    slice_d = '0;
    for (int f = 0; f < Folds; f++) begin
      if (fold_q == FoldW'(f)) slice_d = slice_d | vector[f*Slice*QueryW +: Slice*QueryW];
    end
  end

  always_ff @(posedge clk_i) begin
    fold_q  <= rd_fold_i;
    slice_q <= slice_d;
  end

  assign slice_o = slice_q;

endmodule

`default_nettype wire
