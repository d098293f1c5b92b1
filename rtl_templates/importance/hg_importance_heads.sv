// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Sums of heads: the magnitudes of an output's elements, eight a cycle, added to the head's sum.
///
/// One output at a time, DHead / 8 + 11 cycles each; that is less than what the core takes to
/// divide one. Single sums are read and written only while `out_ready_o`; `rd_sum_o` stands from
/// the cycle after `rd_en_i`.
module hg_importance_heads #(
  /// Elements of an output, 8 to 128, a multiple of 8.
  parameter int DHead = 64,
  /// Most heads, 1 to 256.
  parameter int MaxHeads = 32,
  /// Derived: bits of a head's number.
  localparam int HeadW = hg_pkg::idx_width(MaxHeads)
) (
  input  logic                clk_i,
  input  logic                rst_ni,
  input  logic                out_valid_i,
  output logic                out_ready_o,
  input  logic [DHead*16-1:0] out_data_i,
  input  logic [7:0]          out_head_i,
  input  logic                rd_en_i,
  input  logic [HeadW-1:0]    rd_index_i,
  output logic [39:0]         rd_sum_o,
  input  logic                restart_i,
  input  logic                wr_en_i,
  input  logic [HeadW-1:0]    wr_index_i,
  input  logic [39:0]         wr_sum_i,
  output logic [39:0]         seen_o
);

  localparam int Slices = DHead / 8;
  // DHead magnitudes of 17 bits.
  localparam int SumW   = 17 + $clog2(DHead);
  // Steps: magnitudes are registered, go through the tree, then through the accumulator; the
  // head's 40 bits take the result in three parts.
  localparam int First = 1 + hg_arith_pkg::tree_cycles(8, 17, 0);
  localparam int Done  = First + Slices - 1 + hg_arith_pkg::segments(SumW);
  localparam int StepW = hg_pkg::cnt_width(Done + 3);
  localparam int TreeW = hg_arith_pkg::tree_width(8, 17, 0);

  logic             busy_q, drop_q, take, put;
  logic [StepW-1:0] step_q;
  logic [HeadW-1:0] head_q, head;

  assign head        = HeadW'(out_head_i);
  assign out_ready_o = !busy_q;
  assign take        = out_valid_i && !busy_q;
  assign put         = busy_q && step_q == StepW'(Done + 3);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) busy_q <= 1'b0;
    else if (take) busy_q <= 1'b1;
    else if (put) busy_q <= 1'b0;
  end

  logic [DHead*16-1:0] data_q, behind;
  logic [8*17-1:0]     size_q;

  // What comes behind an output of one slice is 0, and tools warn of a shift by the full width.
  if (DHead == 8) begin : gen_single
    assign behind = '0;
  end else begin : gen_slices
    assign behind = data_q >> 128;
  end

  always_ff @(posedge clk_i) begin
    if (take) begin
      step_q <= '0;
      data_q <= out_data_i;
      head_q <= head;
      drop_q <= 9'(out_head_i) >= 9'(MaxHeads);
    end else begin
      step_q <= step_q + StepW'(1);
      data_q <= behind;
    end
    for (int i = 0; i < 8; i++) begin
      size_q[i*17 +: 17] <= {1'b0, data_q[i*16 +: 16] ^ {16{data_q[i*16+15]}}}
          + 17'(data_q[i*16+15]);
    end
  end

  logic signed [TreeW-1:0] slice_sum;
  logic [SumW-1:0]         sum, unused_before;
  logic [SumW-1:14]        rest_q;
  logic [14:0]             low_q, mid_q;
  logic [12:0]             top_q;
  logic [13:0]             low2_q;
  logic [39:0]             word, old, seen_q;
  logic                    unused_carry;

  hg_sum_tree #(
    .Inputs (8),
    .InW    (17)
  ) u_tree (
    .clk_i,
    .data_i (size_q),
    .sum_o  (slice_sum)
  );

  // What comes behind the last slice is 0 and changes nothing.
  hg_accumulate #(
    .Width  (SumW),
    .Before (0)
  ) u_sum (
    .clk_i,
    .valid_i  (1'b1),
    .first_i  (step_q == StepW'(First)),
    .data_i   (SumW'(slice_sum)),
    .before_o (unused_before),
    .sum_o    (sum)
  );

  // The head's old sum stands at the memory's output all the time.
  always_ff @(posedge clk_i) begin
    low_q  <= {1'b0, old[13:0]} + {1'b0, sum[13:0]};
    rest_q <= sum[SumW-1:14];
    low2_q <= low_q[13:0];
    {mid_q, unused_carry} <= {1'b0, old[27:14], low_q[14]}
        + {{(29-SumW){1'b0}}, rest_q, low_q[14]};
    top_q  <= {1'b0, old[39:28]} + 13'(mid_q[14]);
  end

  // Of the parts, the middle one and the low one wait for those above.
  logic [13:0] mid2_q, low3_q;
  always_ff @(posedge clk_i) begin
    mid2_q <= mid_q[13:0];
    low3_q <= low2_q;
  end

  assign word = top_q[12] ? '1 : {top_q[11:0], mid2_q, low3_q};

  hg_ram_1r1w #(
    .Width        (40),
    .DepthEntries (MaxHeads)
  ) u_ram (
    .clk_i,
    .wr_en_i   (put ? !drop_q : wr_en_i),
    .wr_addr_i (put ? head_q : wr_index_i),
    .wr_data_i (put ? word : wr_sum_i),
    .rd_en_i   (take || rd_en_i),
    .rd_addr_i (rd_en_i ? rd_index_i : head),
    .rd_data_o (old)
  );

  assign rd_sum_o = old;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) seen_q <= '0;
    else if (put) seen_q <= seen_q | (drop_q ? '0 : word);
    else seen_q <= (restart_i ? '0 : seen_q) | (wr_en_i ? wr_sum_i : '0);
  end

  assign seen_o = seen_q;

endmodule

`default_nettype wire
