// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Top-k engine, quick-select: SpAtten's algorithm (HPCA 2021, section IV-B), as a baseline.
///
/// Each pass compares the remaining keys with a random pivot, `Lanes` a cycle on either side, and
/// packs the smaller into one buffer and the larger into another; the k-th largest lies in one of
/// them or is the pivot. Once it is known, a filter emits the survivors from the original keys. The
/// number of passes depends on the data and on chance: some 2 log2(n) as a rule, n at worst.
/// Three queries are under way: one enters, one is selected, one is filtered.
///
/// Ports and results are those of hg_topk_radix.
module hg_topk_quickselect #(
  /// Keys a beat: a power of two, 1 to 64.
  parameter int Lanes = 16,
  /// Bits of a key: 4 to 24.
  parameter int KeyW = 12,
  /// 1 if keys are two's complement: otherwise 0.
  parameter int Signed = 1,
  /// Most keys of one query: 2 to 16384 and at least Lanes.
  parameter int MaxN = 1024,
  /// Derived: bits of a key's index in its query.
  localparam int IdxW = hg_pkg::idx_width(MaxN),
  /// Derived: bits of k and of a count.
  localparam int CntW = hg_pkg::cnt_width(MaxN)
) (
  /// Clock, rising edge.
  input  logic                  clk_i,
  /// Asynchronous reset, active low.
  input  logic                  rst_ni,
  /// A beat of keys is offered.
  input  logic                  key_valid_i,
  /// The beat of keys is taken.
  output logic                  key_ready_o,
  /// Last beat of the query.
  input  logic                  key_last_i,
  /// Lanes that hold a key, a prefix mask.
  input  logic [Lanes-1:0]      key_keep_i,
  /// Keys, lane 0 in the low bits.
  input  logic [Lanes*KeyW-1:0] key_data_i,
  /// Survivors wanted; sampled with the first beat.
  input  logic [CntW-1:0]       key_k_i,
  /// A beat of survivors is offered.
  output logic                  res_valid_o,
  /// The beat of survivors is taken.
  input  logic                  res_ready_i,
  /// Last beat of the query's survivors.
  output logic                  res_last_o,
  /// Lanes that hold a survivor, a prefix mask.
  output logic [Lanes-1:0]      res_keep_o,
  /// Keys of the survivors, in index order.
  output logic [Lanes*KeyW-1:0] res_data_o,
  /// Indices of the survivors, ascending.
  output logic [Lanes*IdxW-1:0] res_index_o,
  /// Smallest survivor; 0 if there is none.
  output logic [KeyW-1:0]       res_threshold_o,
  /// Number of survivors.
  output logic [CntW-1:0]       res_count_o
);

  localparam int Rows  = (MaxN + Lanes - 1) / Lanes;
  localparam int RowW  = hg_pkg::idx_width(Rows);
  localparam int TailW = hg_pkg::cnt_width(Lanes);

  logic                  sel_valid, sel_ready, thr_valid, thr_ready, rd_en;
  logic [RowW-1:0]       sel_last_row, rd_row, thr_last_row;
  logic [TailW-1:0]      sel_tail, thr_tail;
  logic [CntW-1:0]       sel_count, thr_count, thr_rank;
  logic [Lanes*KeyW-1:0] rd_data;
  logic [KeyW-1:0]       threshold;

  hg_topk_frame #(
    .Lanes      (Lanes),
    .KeyW       (KeyW),
    .Signed     (Signed),
    .MaxN       (MaxN),
    .TieByIndex (0)
  ) u_frame (
    .clk_i,
    .rst_ni,
    .key_valid_i,
    .key_ready_o,
    .key_last_i,
    .key_keep_i,
    .key_data_i,
    .key_k_i,
    .sel_valid_o     (sel_valid),
    .sel_ready_i     (sel_ready),
    .sel_last_row_o  (sel_last_row),
    .sel_tail_o      (sel_tail),
    .sel_count_o     (sel_count),
    .sel_rd_en_i     (rd_en),
    .sel_rd_row_i    (rd_row),
    .sel_rd_data_o   (rd_data),
    .thr_valid_i     (thr_valid),
    .thr_ready_o     (thr_ready),
    .thr_last_row_i  (thr_last_row),
    .thr_tail_i      (thr_tail),
    .thr_count_i     (thr_count),
    .thr_rank_i      (thr_rank),
    .thr_threshold_i (threshold),
    .res_valid_o,
    .res_ready_i,
    .res_last_o,
    .res_keep_o,
    .res_data_o,
    .res_index_o,
    .res_threshold_o,
    .res_count_o
  );

  hg_topk_quickselect_core #(
    .Lanes (Lanes),
    .KeyW  (KeyW),
    .Rows  (Rows),
    .CntW  (CntW)
  ) u_core (
    .clk_i,
    .rst_ni,
    .sel_valid_i     (sel_valid),
    .sel_ready_o     (sel_ready),
    .sel_last_row_i  (sel_last_row),
    .sel_tail_i      (sel_tail),
    .sel_count_i     (sel_count),
    .sel_rd_en_o     (rd_en),
    .sel_rd_row_o    (rd_row),
    .sel_rd_data_i   (rd_data),
    .thr_valid_o     (thr_valid),
    .thr_ready_i     (thr_ready),
    .thr_last_row_o  (thr_last_row),
    .thr_tail_o      (thr_tail),
    .thr_count_o     (thr_count),
    .thr_rank_o      (thr_rank),
    .thr_threshold_o (threshold)
  );

endmodule

`default_nettype wire
