// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Takes queries in for the baseline engines: rows go to the key store, sizes to the next stage.
///
/// A query enters when the store has room and no earlier query waits to be handed on.
module hg_topk_load #(
  /// Keys a beat; a power of two, 1 to 64.
  parameter int Lanes = 16,
  /// Bits of a row index.
  parameter int RowW = 6,
  /// Bits of a count.
  parameter int CntW = 11,
  /// Derived: bits of a row's key count.
  localparam int TailW = hg_pkg::cnt_width(Lanes)
) (
  input  logic             clk_i,
  input  logic             rst_ni,
  // Beats in.
  input  logic             key_valid_i,
  output logic             key_ready_o,
  input  logic             key_last_i,
  input  logic [Lanes-1:0] key_keep_i,
  input  logic [CntW-1:0]  key_k_i,
  // Store: a row is written in the cycle of its acceptance.
  input  logic             room_i,
  output logic             enter_o,
  output logic             wr_en_o,
  output logic             wr_last_o,
  output logic [RowW-1:0]  wr_row_o,
  // Query out: its last row, the keys in it, and min(k, n).
  output logic             rsp_valid_o,
  input  logic             rsp_ready_i,
  output logic [RowW-1:0]  rsp_last_row_o,
  output logic [TailW-1:0] rsp_tail_o,
  output logic [CntW-1:0]  rsp_count_o
);

  localparam int LaneBits = $clog2(Lanes);

  logic             open_q, closed_q, sized_q, valid_q, accept;
  logic [RowW-1:0]  row_q, last_row_q;
  logic [Lanes-1:0] keep_q;
  logic [TailW-1:0] tail, tail_q;
  logic [CntW-1:0]  k_q, n_q, count_q;

  assign key_ready_o = open_q || (room_i && !closed_q && !sized_q && !valid_q);
  assign accept      = key_valid_i && key_ready_o;
  assign enter_o     = accept && !open_q;
  assign wr_en_o     = accept;
  assign wr_last_o   = key_last_i;
  assign wr_row_o    = row_q;

  // What is kept is a prefix, so its end is its size: a shorter path than a count.
  always_comb begin
    tail = '0;
    for (int i = 0; i < Lanes; i++) begin
      if (keep_q[i] && (i == Lanes - 1 || !keep_q[(i == Lanes - 1) ? i : i+1])) begin
        tail = tail | TailW'(i + 1);
      end
    end
  end

  // Closed: the last row is known. Sized: its tail and n are. Valid: min(k, n) is.
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      open_q   <= 1'b0;
      closed_q <= 1'b0;
      sized_q  <= 1'b0;
      valid_q  <= 1'b0;
      row_q    <= '0;
    end else begin
      if (accept) open_q <= !key_last_i;
      if (accept) row_q <= key_last_i ? '0 : row_q + RowW'(1);
      closed_q <= accept && key_last_i;
      sized_q  <= closed_q;
      if (sized_q) valid_q <= 1'b1;
      else if (rsp_ready_i) valid_q <= 1'b0;
    end
  end

  always_ff @(posedge clk_i) begin
    if (enter_o) k_q <= key_k_i;
    if (accept && key_last_i) begin
      last_row_q <= row_q;
      keep_q     <= key_keep_i;
    end
    if (closed_q) tail_q <= tail;
    if (closed_q) n_q <= (CntW'(last_row_q) << LaneBits) + CntW'(tail);
    if (sized_q) count_q <= (k_q < n_q) ? k_q : n_q;
  end

  assign rsp_valid_o    = valid_q;
  assign rsp_last_row_o = last_row_q;
  assign rsp_tail_o     = tail_q;
  assign rsp_count_o    = count_q;

endmodule

`default_nettype wire
