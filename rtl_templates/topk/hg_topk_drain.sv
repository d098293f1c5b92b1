// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Emits the survivors of a query: reads its rows in order, keeps the keys above the threshold and
/// the first ties, packs them.
///
/// A key survives if it exceeds the threshold, or equals it and is among the first ties: those
/// within the quota (`rank - above`) or, with `TieByIndex`, those with an index up to `rank`.
/// One row a cycle; a query of r rows occupies the block r + 1 cycles, and consecutive queries
/// overlap in the pipeline. Survivors come in index order, `res_count_o` in all.
module hg_topk_drain #(
  /// Keys a row; a power of two, 1 to 64.
  parameter int Lanes = 16,
  /// Bits of a key, 4 to 24.
  parameter int KeyW = 12,
  /// 1: keys are two's complement at the ports; inside they are unsigned.
  parameter int Signed = 1,
  /// Bits of a row index.
  parameter int RowW = 6,
  /// Bits of a key's index in its query.
  parameter int IdxW = 10,
  /// Bits of a count.
  parameter int CntW = 11,
  /// 0: ties survive up to a quota; 1: up to an index.
  parameter int TieByIndex = 0,
  /// Derived: bits of a row's key count.
  localparam int TailW = hg_pkg::cnt_width(Lanes)
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,
  // Query in; `threshold` is the smallest survivor.
  input  logic                  req_valid_i,
  output logic                  req_ready_o,
  input  logic [RowW-1:0]       req_last_row_i,
  input  logic [TailW-1:0]      req_tail_i,
  input  logic [CntW-1:0]       req_count_i,
  input  logic [CntW-1:0]       req_rank_i,
  input  logic [CntW-1:0]       req_above_i,
  input  logic [KeyW-1:0]       req_threshold_i,
  // One row a read, data one cycle later, held while nothing is read. Every row is read twice,
  // first to compare it and an odd number of cycles later to emit it: the two never meet in the
  // same bank, and no pipeline has to carry the keys.
  output logic                  cmp_en_o,
  output logic [RowW-1:0]       cmp_row_o,
  output logic                  cmp_last_o,
  input  logic [Lanes*KeyW-1:0] cmp_data_i,
  output logic                  key_en_o,
  output logic [RowW-1:0]       key_row_o,
  output logic                  key_last_o,
  input  logic [Lanes*KeyW-1:0] key_data_i,
  // The last row has been taken from the memory's output: nothing of the query is needed there.
  output logic                  key_done_o,
  // Survivors out.
  output logic                  res_valid_o,
  input  logic                  res_ready_i,
  output logic                  res_last_o,
  output logic [Lanes-1:0]      res_keep_o,
  output logic [Lanes*KeyW-1:0] res_data_o,
  output logic [Lanes*IdxW-1:0] res_index_o,
  output logic [KeyW-1:0]       res_threshold_o,
  output logic [CntW-1:0]       res_count_o
);

  localparam int SideW = KeyW + CntW;

  logic             en, rd_first;
  logic [TailW-1:0] tail;
  logic [CntW-1:0]  count, rank;
  logic [KeyW-1:0]  threshold;

  hg_topk_drain_reader #(
    .KeyW  (KeyW),
    .RowW  (RowW),
    .TailW (TailW),
    .CntW  (CntW)
  ) u_reader (
    .clk_i,
    .rst_ni,
    .en_i        (en),
    .req_valid_i,
    .req_ready_o,
    .req_last_row_i,
    .req_tail_i,
    .req_count_i,
    .req_rank_i,
    .req_above_i,
    .req_threshold_i,
    .rd_en_o     (cmp_en_o),
    .rd_row_o    (cmp_row_o),
    .rd_first_o  (rd_first),
    .rd_last_o   (cmp_last_o),
    .tail_o      (tail),
    .count_o     (count),
    .rank_o      (rank),
    .threshold_o (threshold)
  );

  logic             keep_valid, keep_first, keep_last;
  logic [RowW-1:0]  keep_row;
  logic [Lanes-1:0] keep;
  logic [SideW-1:0] keep_side;

  hg_topk_drain_ties #(
    .Lanes      (Lanes),
    .KeyW       (KeyW),
    .Signed     (Signed),
    .RowW       (RowW),
    .CntW       (CntW),
    .TieByIndex (TieByIndex)
  ) u_ties (
    .clk_i,
    .rst_ni,
    .en_i         (en),
    .rd_valid_i   (cmp_en_o),
    .rd_first_i   (rd_first),
    .rd_last_i    (cmp_last_o),
    .rd_row_i     (cmp_row_o),
    .data_i       (cmp_data_i),
    .tail_i       (tail),
    .count_i      (count),
    .rank_i       (rank),
    .threshold_i  (threshold),
    .keep_valid_o (keep_valid),
    .keep_first_o (keep_first),
    .keep_last_o  (keep_last),
    .keep_row_o   (keep_row),
    .keep_o       (keep),
    .keep_side_o  (keep_side)
  );

  hg_topk_drain_packer #(
    .Lanes  (Lanes),
    .KeyW   (KeyW),
    .Signed (Signed),
    .RowW   (RowW),
    .IdxW   (IdxW),
    .CntW   (CntW)
  ) u_packer (
    .clk_i,
    .rst_ni,
    .en_o         (en),
    .keep_valid_i (keep_valid),
    .keep_first_i (keep_first),
    .keep_last_i  (keep_last),
    .keep_row_i   (keep_row),
    .keep_i       (keep),
    .keep_side_i  (keep_side),
    .key_en_o,
    .key_row_o,
    .key_last_o,
    .key_data_i,
    .key_done_o,
    .res_valid_o,
    .res_ready_i,
    .res_last_o,
    .res_keep_o,
    .res_data_o,
    .res_index_o,
    .res_threshold_o,
    .res_count_o
  );

`ifdef HG_FORMAL
  // Rows are read in order, twice, none beyond the query's last; what is offered stands.
  logic            f_seen_q, f_waits_q, accept;
  logic [RowW-1:0] f_last_row_q, f_cmp_q, f_key_q;
  logic [7:0]      f_cmp_queries_q, f_key_queries_q;
  logic [2+Lanes+KeyW+CntW-1:0] f_res, f_res_q;

  initial f_seen_q = 1'b0;
  always @(posedge clk_i) f_seen_q <= 1'b1;
  assign accept = req_valid_i && req_ready_o;
  assign f_res = {res_valid_o, res_last_o, res_keep_o, res_threshold_o, res_count_o};

  always_comb begin
    assume (rst_ni == f_seen_q);
    if (req_valid_i) begin
      assume (32'(req_tail_i) <= Lanes);
      assume (req_rank_i == '0 || req_above_i < req_rank_i);
      assume (req_rank_i != '0 || req_above_i == '0);
    end
  end

  always @(posedge clk_i) begin
    f_res_q <= f_res;
    if (!rst_ni) begin
      f_waits_q       <= 1'b0;
      f_cmp_q         <= '0;
      f_key_q         <= '0;
      f_cmp_queries_q <= 8'd0;
      f_key_queries_q <= 8'd0;
    end else begin
      f_waits_q <= res_valid_o && !res_ready_i;
      if (accept) f_last_row_q <= req_last_row_i;
      if (cmp_en_o) f_cmp_q <= cmp_last_o ? '0 : f_cmp_q + RowW'(1);
      if (key_en_o) f_key_q <= key_last_o ? '0 : f_key_q + RowW'(1);
      if (cmp_en_o && cmp_last_o) f_cmp_queries_q <= f_cmp_queries_q + 8'd1;
      if (key_en_o && key_last_o) f_key_queries_q <= f_key_queries_q + 8'd1;
    end
    if (rst_ni) begin
      if (cmp_en_o) begin
        assert (cmp_row_o == f_cmp_q);
        assert (cmp_row_o <= (accept ? req_last_row_i : f_last_row_q));
        assert (cmp_last_o == (cmp_row_o == (accept ? req_last_row_i : f_last_row_q)));
      end
      if (key_en_o) assert (key_row_o == f_key_q);
      assert (f_key_queries_q <= f_cmp_queries_q);
      if (f_waits_q) assert (f_res == f_res_q);
      if (res_valid_o) assert ((res_keep_o & (res_keep_o + Lanes'(1))) == '0);
      cover (f_key_queries_q == 8'd2);
    end
  end
`endif

endmodule

`default_nettype wire
