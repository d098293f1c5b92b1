// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Finds, in a histogram whose bins stream by, the bin at which the running sum reaches a target.
///
/// `start_i` begins a scan of 8 bins: `rd_en_o` reads bins 0 to 7, and their sums over all lanes,
/// `data_i`, follow two cycles after each (one for the memory, one in a register outside). The
/// running sum starts from what lies below the bins; `clear_i` with `start_i` makes that 0, else it
/// is the sum below the bin that the last scan found. `done_o` pulses with `found_o`: then `bin_o`
/// is the bin and `below_o` the sum of all below it. `target_i` must stand.
module hg_select_scan #(
  /// Lanes (T), 1 and up.
  parameter int Rows = 1,
  /// Bits of a sum.
  parameter int SumW = 38
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,
  input  logic                 start_i,
  input  logic                 clear_i,
  input  logic [SumW-1:0]      target_i,
  output logic                 rd_en_o,
  output logic [2:0]           rd_bin_o,
  input  logic [Rows*SumW-1:0] data_i,
  output logic                 done_o,
  output logic                 found_o,
  output logic [2:0]           bin_o,
  output logic [SumW-1:0]      below_o
);

  localparam int TreeC = 2 + hg_arith_pkg::tree_cycles(Rows, SumW, $clog2(Rows));
  localparam int SumC  = hg_arith_pkg::segments(SumW);

  // Issue: a bin a cycle, after a cycle for the sum below.
  logic       run_q, head_q, stop;
  logic [2:0] bin_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      run_q  <= 1'b0;
      head_q <= 1'b0;
    end else begin
      head_q <= start_i;
      run_q  <= head_q || (run_q && bin_q != 3'd7 && !stop && !start_i);
    end
  end
  always_ff @(posedge clk_i) begin
    bin_q <= head_q ? 3'd0 : bin_q + 3'd1;
  end

  assign rd_en_o  = run_q;
  assign rd_bin_o = bin_q;

  // Sums over the lanes, then over the bins.
  logic            sum_valid, sum_head, less_valid, less_head, less, found_q;
  logic [2:0]      sum_bin, less_bin, bin_found_q;
  logic [SumW-1:0] tree, word, before_sum, sum, below, below_q;

  hg_delay_valid #(
    .Cycles (TreeC)
  ) u_sum_valid (
    .clk_i,
    .rst_ni,
    .valid_i (head_q || run_q),
    .valid_o (sum_valid)
  );
  hg_delay #(
    .Width  (4),
    .Cycles (TreeC)
  ) u_sum_bin (
    .clk_i,
    .data_i ({head_q, bin_q}),
    .data_o ({sum_head, sum_bin})
  );
  hg_sum_tree #(
    .Inputs     (Rows),
    .InW        (SumW),
    .FlatLevels ($clog2(Rows))
  ) u_tree (
    .clk_i,
    .data_i,
    .sum_o  (tree)
  );

  assign word = sum_head ? below_q : tree;

  hg_accumulate #(
    .Width (SumW)
  ) u_accumulate (
    .clk_i,
    .valid_i  (sum_valid),
    .first_i  (sum_head),
    .data_i   (word),
    .before_o (before_sum),
    .sum_o    (sum)
  );
  hg_less #(
    .Width (SumW)
  ) u_less (
    .clk_i,
    .a_i    (sum),
    .b_i    (target_i),
    .less_o (less)
  );
  hg_delay_valid #(
    .Cycles (SumC + 2)
  ) u_less_valid (
    .clk_i,
    .rst_ni,
    .valid_i (sum_valid),
    .valid_o (less_valid)
  );
  hg_delay #(
    .Width  (4),
    .Cycles (SumC + 2)
  ) u_less_bin (
    .clk_i,
    .data_i ({sum_head, sum_bin}),
    .data_o ({less_head, less_bin})
  );
  hg_delay #(
    .Width  (SumW),
    .Cycles (2)
  ) u_below (
    .clk_i,
    .data_i (before_sum),
    .data_o (below)
  );

  // The first bin that reaches the target decides; what comes behind it is of no interest.
  logic open_q, hit, over, done_q;

  assign hit  = less_valid && open_q && !less_head && !less;
  assign over = less_valid && open_q && !less_head && less_bin == 3'd7;
  assign stop = hit;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      open_q <= 1'b0;
      done_q <= 1'b0;
    end else begin
      open_q <= (less_valid && less_head) || (open_q && !hit && !over);
      done_q <= hit || over;
    end
  end
  always_ff @(posedge clk_i) begin
    found_q     <= hit;
    bin_found_q <= less_bin;
    if (start_i && clear_i) below_q <= '0;
    else if (hit) below_q <= below;
  end

  assign done_o  = done_q;
  assign found_o = found_q;
  assign bin_o   = bin_found_q;
  assign below_o = below_q;

endmodule

`default_nettype wire
