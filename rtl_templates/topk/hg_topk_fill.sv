// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Takes queries in: writes their keys to the key store and finds the first threshold digit.
///
/// The first histogram is taken while the keys stream in, so it costs no cycle. A query enters
/// when the store has room for it and either no earlier query waits to be handed on, or just one
/// whose taker is free (`next_idle_i`: nothing but this block can make it busy): then the hand-over
/// is certain to happen before the new counts arrive. One cycle passes between two queries.
module hg_topk_fill #(
  /// Keys a beat; a power of two, 1 to 64.
  parameter int Lanes = 16,
  /// Bits of the leading digit, 1 to 6.
  parameter int DigitW = 4,
  /// Bits of a row index.
  parameter int RowW = 6,
  /// Bits of a count.
  parameter int CntW = 11,
  /// Derived: bits of a row's key count.
  localparam int TailW = hg_pkg::cnt_width(Lanes)
) (
  input  logic                    clk_i,
  input  logic                    rst_ni,
  // Beats in: of the keys, their leading digits as unsigned numbers.
  input  logic                    key_valid_i,
  output logic                    key_ready_o,
  input  logic                    key_last_i,
  input  logic [Lanes-1:0]        key_keep_i,
  input  logic [Lanes*DigitW-1:0] key_digit_i,
  input  logic [CntW-1:0]         key_k_i,
  // Store: a row is written in the cycle of its acceptance.
  input  logic                    room_i,
  output logic                    enter_o,
  output logic                    wr_en_o,
  output logic                    wr_last_o,
  output logic [RowW-1:0]         wr_row_o,
  // Query out; see hg_topk_scan.
  input  logic                    next_idle_i,
  output logic                    rsp_valid_o,
  input  logic                    rsp_ready_i,
  output logic [RowW-1:0]         rsp_last_row_o,
  output logic [TailW-1:0]        rsp_tail_o,
  output logic [CntW-1:0]         rsp_count_o,
  output logic [CntW-1:0]         rsp_above_o,
  output logic [DigitW-1:0]       rsp_prefix_o
);

  localparam int LaneBits = $clog2(Lanes);
  localparam int QueryW   = RowW + TailW + CntW;

  logic             open_q, gap_q, accept, first, close, take;
  logic [1:0]       waiting_q;
  logic [RowW-1:0]  row_q;
  logic [CntW-1:0]  k_q;

  assign first       = !open_q;
  assign key_ready_o = open_q ||
      (room_i && !gap_q && (waiting_q == 2'd0 || (waiting_q == 2'd1 && next_idle_i)));
  assign accept      = key_valid_i && key_ready_o;
  assign close       = accept && key_last_i;
  assign take        = rsp_valid_o && rsp_ready_i;

  assign enter_o   = accept && first;
  assign wr_en_o   = accept;
  assign wr_last_o = key_last_i;
  assign wr_row_o  = row_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      open_q    <= 1'b0;
      gap_q     <= 1'b0;
      waiting_q <= 2'd0;
      row_q     <= '0;
    end else begin
      if (accept) open_q <= !key_last_i;
      gap_q <= close;
      if (close && !take) waiting_q <= waiting_q + 2'd1;
      else if (take && !close) waiting_q <= waiting_q - 2'd1;
      if (accept) row_q <= key_last_i ? '0 : row_q + RowW'(1);
    end
  end

  // Count = min(k, n), in two cycles; the gap keeps `k_q` in place until then.
  logic             size_valid_q, min_valid_q;
  logic [RowW-1:0]  size_row_q, min_row_q;
  logic [Lanes-1:0] size_keep_q;
  logic [TailW-1:0] tail, min_tail_q;
  logic [CntW-1:0]  min_n_q;

  // What is kept is a prefix, so its end is its size: a shorter path than a count.
  always_comb begin
    tail = '0;
    for (int i = 0; i < Lanes; i++) begin
      if (size_keep_q[i] && (i == Lanes - 1 || !size_keep_q[(i == Lanes - 1) ? i : i+1])) begin
        tail = tail | TailW'(i + 1);
      end
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      size_valid_q <= 1'b0;
      min_valid_q  <= 1'b0;
    end else begin
      size_valid_q <= close;
      min_valid_q  <= size_valid_q;
    end
  end

  always_ff @(posedge clk_i) begin
    if (enter_o) k_q <= key_k_i;
    if (close) size_row_q <= row_q;
    if (close) size_keep_q <= key_keep_i;
    min_row_q  <= size_row_q;
    min_tail_q <= tail;
    min_n_q    <= (CntW'(size_row_q) << LaneBits) + CntW'(tail);
  end

  // At most two queries wait for their digit: the head is the one whose digit is being found.
  logic [QueryW-1:0] query, head_q, next_q;
  logic [1:0]        held_q;

  assign query = {min_row_q, min_tail_q, (k_q < min_n_q) ? k_q : min_n_q};

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      held_q <= 2'd0;
    end else if (min_valid_q && !take) begin
      held_q <= held_q + 2'd1;
    end else if (take && !min_valid_q) begin
      held_q <= held_q - 2'd1;
    end
  end

  always_ff @(posedge clk_i) begin
    if (take && held_q == 2'd2) head_q <= next_q;
    else if (min_valid_q && (held_q == 2'd0 || take)) head_q <= query;
    if (min_valid_q) next_q <= query;
  end

  assign {rsp_last_row_o, rsp_tail_o, rsp_count_o} = head_q;

  hg_topk_rank #(
    .Lanes  (Lanes),
    .DigitW (DigitW),
    .CntW   (CntW)
  ) u_rank (
    .clk_i,
    .rst_ni,
    .beat_valid_i  (accept),
    .beat_first_i  (first),
    .beat_last_i   (key_last_i),
    .beat_active_i (key_keep_i),
    .beat_digit_i  (key_digit_i),
    .rank_i        (rsp_count_o),
    .find_valid_o  (rsp_valid_o),
    .find_ready_i  (rsp_ready_i),
    .find_digit_o  (rsp_prefix_o),
    .find_above_o  (rsp_above_o)
  );

`ifndef SYNTHESIS
`ifndef YOSYS
  logic checked_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) checked_q <= 1'b0;
    else checked_q <= 1'b1;
  end
  always @(posedge clk_i) begin
    if (checked_q && min_valid_q && held_q == 2'd2) $error("%m: a third query is waiting");
  end
`endif
`endif

`ifdef HG_FORMAL
  // Queries that went in and were not handed on: never more than the two places for them.
  logic       f_seen_q, f_waits_q, f_promise_q;
  logic [7:0] f_under_way_q;
  logic [RowW+TailW+CntW+CntW+DigitW-1:0] f_rsp, f_rsp_q;

  initial f_seen_q = 1'b0;
  always @(posedge clk_i) f_seen_q <= 1'b1;
  assign f_rsp = {rsp_last_row_o, rsp_tail_o, rsp_count_o, rsp_above_o, rsp_prefix_o};

  // The contract: whoever says to be idle is ready, and stays so until something is taken; keys
  // as the engines' header says, no more of them than a count and a row index can hold.
  always_comb begin
    assume (rst_ni == f_seen_q);
    if (next_idle_i) assume (rsp_ready_i);
    if (rst_ni && f_promise_q) assume (next_idle_i);
    if (key_valid_i) begin
      assume ((key_keep_i & (key_keep_i + Lanes'(1))) == '0);
      assume (key_last_i || key_keep_i == '1);
      assume (key_last_i || row_q != '1);
    end
  end

  always @(posedge clk_i) begin
    f_rsp_q <= f_rsp;
    if (!rst_ni) begin
      f_under_way_q <= 8'd0;
      f_waits_q     <= 1'b0;
      f_promise_q   <= 1'b0;
    end else begin
      f_under_way_q <= f_under_way_q + 8'(close) - 8'(take);
      f_waits_q     <= rsp_valid_o && !rsp_ready_i;
      f_promise_q   <= next_idle_i && !take;
    end
    if (rst_ni) begin
      assert (8'(waiting_q) == f_under_way_q && f_under_way_q <= 8'd2);
      assert (8'(held_q) <= f_under_way_q);
      assert (!(min_valid_q && held_q == 2'd2));
      if (rsp_valid_o) assert (held_q != 2'd0);
      if (f_waits_q) assert (rsp_valid_o && f_rsp == f_rsp_q);
      if (rsp_valid_o) assert (rsp_count_o == '0 || rsp_above_o < rsp_count_o);
      if (rsp_valid_o) assert (32'(rsp_tail_o) <= Lanes);
      assert (32'(rsp_count_o) <= Lanes * (2 ** RowW) || !rsp_valid_o);
      cover (f_under_way_q == 8'd2);
    end
  end
`endif

endmodule

`default_nettype wire
