// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Finds, in a histogram whose bins stream by, the bin in which a room is used up.
///
/// `start_i` begins a scan of 8 bins: `rd_en_o` reads bins 0 to 7, and their sums over all lanes,
/// `data_i`, follow two cycles after each (one for the memory, one in a register outside). They are
/// subtracted from the room one after the other until it would fall below 0. The room is
/// `target_i` less one if `first_i` comes with `start_i`, else what the last scan has left.
/// `done_o` pulses with `found_o`: then `bin_o` is the bin and `room_o` the room before it.
/// `target_i` must stand.
module hg_select_scan #(
  /// Lanes (T), 1 and up.
  parameter int Rows = 1,
  /// Bits of a sum.
  parameter int SumW = 38
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,
  input  logic                 start_i,
  input  logic                 first_i,
  input  logic [SumW-1:0]      target_i,
  output logic                 rd_en_o,
  output logic [2:0]           rd_bin_o,
  input  logic [Rows*SumW-1:0] data_i,
  output logic                 done_o,
  output logic                 found_o,
  output logic [2:0]           bin_o,
  output logic [SumW-1:0]      room_o
);

  localparam int TreeC = 2 + hg_arith_pkg::tree_cycles(Rows, SumW, $clog2(Rows));
  localparam int Segs  = hg_arith_pkg::segments(SumW);
  localparam int SegW  = hg_arith_pkg::seg_width(SumW);

  // Issue: a bin a cycle, after a cycle for the room.
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

  // Sums over the lanes, then from bin to bin.
  logic            sum_valid, sum_head, less_valid, less_head, below, found_q, first_q;
  logic [2:0]      sum_bin, less_bin, bin_found_q;
  logic [SumW-1:0] tree, word_d, word, left, after, before_q, room_q;

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

  // The room goes ahead of the bins; between them nothing is subtracted that counts.
  assign word_d = !sum_head ? tree : first_q ? target_i : room_q;

  hg_skew #(
    .Width (SumW)
  ) u_skew (
    .clk_i,
    .data_i (word_d),
    .data_o (word)
  );

  for (genvar s = 0; s < Segs; s++) begin : gen_seg
    localparam int Own = (s == Segs - 1) ? SumW - s * SegW : SegW;
    logic           head, borrow, borrow_q, unused_low;
    logic [Own-1:0] own, base, minus, left_q;
    logic [Own:0]   wide;

    if (s == 0) begin : gen_first
      assign head   = sum_head;
      assign borrow = sum_head && first_q;
    end else begin : gen_next
      logic own_head_q;
      always_ff @(posedge clk_i) own_head_q <= gen_seg[s-1].head;
      assign head   = own_head_q;
      assign borrow = gen_seg[s-1].borrow_q;
    end

    assign own   = word[s*SegW +: Own];
    assign base  = head ? own : left_q;
    assign minus = head ? '0 : own;
    // The borrow enters as a carry that is missing, at two equal bits below the lowest.
    assign {wide, unused_low} = {1'b0, base, !borrow} + {1'b1, ~minus, !borrow};
    always_ff @(posedge clk_i) {borrow_q, left_q} <= wide;
    assign left[s*SegW +: Own] = left_q;
    if (s == Segs - 1) begin : gen_last
      assign below = borrow_q;
    end
  end

  hg_skew #(
    .Width (SumW),
    .Back  (1)
  ) u_after (
    .clk_i,
    .data_i (left),
    .data_o (after)
  );
  hg_delay_valid #(
    .Cycles (Segs)
  ) u_less_valid (
    .clk_i,
    .rst_ni,
    .valid_i (sum_valid),
    .valid_o (less_valid)
  );
  hg_delay #(
    .Width  (4),
    .Cycles (Segs)
  ) u_less_bin (
    .clk_i,
    .data_i ({sum_head, sum_bin}),
    .data_o ({less_head, less_bin})
  );
  // The first bin that exceeds the room decides; what comes behind it is of no interest.
  logic open_q, hit, over, done_q;

  assign hit  = less_valid && open_q && !less_head && below;
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
    before_q    <= after;
    if (start_i) first_q <= first_i;
    if (hit) room_q <= before_q;
  end

  assign done_o  = done_q;
  assign found_o = found_q;
  assign bin_o   = bin_found_q;
  assign room_o  = room_q;

endmodule

`default_nettype wire
