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

  localparam int LaneBits = $clog2(Lanes);
  localparam int LaneW    = hg_pkg::idx_width(Lanes);
  localparam int SideW    = KeyW + CntW;
  localparam int ItemW    = KeyW + LaneW;
  localparam int OutW     = RowW + ItemW;
  localparam int BeatW    = 1 + Lanes + Lanes * KeyW + Lanes * IdxW + SideW;
  localparam logic [KeyW-1:0] Flip = (Signed != 0) ? {1'b1, {(KeyW-1){1'b0}}} : '0;

  logic en;

  // Reader: rows of one query, then one idle cycle in which the compactor may flush.
  logic             busy_q, reading_q, started_q, accept;
  logic [RowW-1:0]  row_q, last_row_q;
  logic [TailW-1:0] tail_q;
  logic [CntW-1:0]  count_q, rank_q, above_q;
  logic [KeyW-1:0]  threshold_q;

  assign req_ready_o = en && !busy_q;
  assign accept      = req_valid_i && req_ready_o;
  assign cmp_en_o     = accept || (en && reading_q);
  assign cmp_row_o    = reading_q ? row_q : '0;
  assign cmp_last_o   = reading_q ? row_q == last_row_q : req_last_row_i == '0;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      busy_q    <= 1'b0;
      reading_q <= 1'b0;
      started_q <= 1'b0;
    end else begin
      started_q <= accept;
      if (en) busy_q <= cmp_en_o;
      if (en) reading_q <= cmp_en_o && !cmp_last_o;
    end
  end

  always_ff @(posedge clk_i) begin
    if (accept) begin
      last_row_q  <= req_last_row_i;
      tail_q      <= req_tail_i;
      count_q     <= req_count_i;
      above_q     <= req_above_i;
      threshold_q <= req_threshold_i;
    end
    if (accept) rank_q <= req_rank_i;
    else if (started_q) rank_q <= rank_q - above_q;
    if (cmp_en_o) row_q <= cmp_row_o + RowW'(1);
  end

  // Comparison with the threshold.
  logic                  data_valid_q, data_first_q, data_last_q;
  logic [RowW-1:0]       data_row_q;
  logic [Lanes-1:0]      over, tie;

  for (genvar i = 0; i < Lanes; i++) begin : gen_compare
    logic live;
    assign live    = !data_last_q || TailW'(i) < tail_q;
    assign over[i] = live && cmp_data_i[i*KeyW +: KeyW] > threshold_q;
    assign tie[i]  = live && cmp_data_i[i*KeyW +: KeyW] == threshold_q;
  end

  logic                  cmp_valid_q, cmp_first_q, cmp_last_q;
  logic [RowW-1:0]       cmp_row_q;
  logic [Lanes-1:0]      cmp_over_q, cmp_tie_q;
  logic [SideW-1:0]      cmp_side_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      data_valid_q <= 1'b0;
      cmp_valid_q  <= 1'b0;
    end else if (en) begin
      data_valid_q <= cmp_en_o;
      cmp_valid_q  <= data_valid_q;
    end
  end

  always_ff @(posedge clk_i) begin
    if (en) begin
      data_first_q <= accept;
      data_last_q  <= cmp_last_o;
      data_row_q   <= cmp_row_o;
      cmp_first_q  <= data_first_q;
      cmp_last_q   <= data_last_q;
      cmp_row_q    <= data_row_q;
      cmp_over_q   <= over;
      cmp_tie_q    <= tie;
      cmp_side_q   <= {(count_q == '0) ? '0 : threshold_q ^ Flip, count_q};
    end
  end

  // The ties of a row are counted in two steps.
  logic                  tie_valid_q, tie_first_q, tie_last_q;
  logic [RowW-1:0]       tie_row_q;
  logic [Lanes-1:0]      tie_over_q, tie_tie_q;
  logic [SideW-1:0]      tie_side_q;
  logic [CntW-1:0]       tie_rank_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) tie_valid_q <= 1'b0;
    else if (en) tie_valid_q <= cmp_valid_q;
  end

  always_ff @(posedge clk_i) begin
    if (en) begin
      tie_first_q <= cmp_first_q;
      tie_last_q  <= cmp_last_q;
      tie_row_q   <= cmp_row_q;
      tie_over_q  <= cmp_over_q;
      tie_tie_q   <= cmp_tie_q;
      tie_side_q  <= cmp_side_q;
      tie_rank_q  <= rank_q;
    end
  end

  // Which ties survive. The quota follows the query through the pipeline: it is loaded with the
  // first row and pays for the ties of each row as that row leaves.
  logic                   quota_valid_q, quota_first_q, quota_last_q;
  logic [RowW-1:0]        quota_row_q;
  logic [Lanes-1:0]       quota_over_q, quota_tie_q, keep;
  logic [SideW-1:0]       quota_side_q;
  logic [CntW-1:0]        quota_q, quota_left;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) quota_valid_q <= 1'b0;
    else if (en) quota_valid_q <= tie_valid_q;
  end

  always_ff @(posedge clk_i) begin
    if (en) begin
      if (tie_valid_q && tie_first_q) quota_q <= tie_rank_q;
      else if (quota_valid_q) quota_q <= quota_left;
      quota_first_q <= tie_first_q;
      quota_last_q  <= tie_last_q;
      quota_row_q   <= tie_row_q;
      quota_over_q  <= tie_over_q;
      quota_tie_q   <= tie_tie_q;
      quota_side_q  <= tie_side_q;
    end
  end

  if (TieByIndex != 0) begin : gen_by_index
    assign quota_left = quota_q;
    for (genvar i = 0; i < Lanes; i++) begin : gen_tie
      logic [CntW-1:0] index;
      assign index   = (CntW'(quota_row_q) << LaneBits) | CntW'(i);
      assign keep[i] = quota_over_q[i] || (quota_tie_q[i] && index <= quota_q);
    end
  end else begin : gen_by_quota
    logic [Lanes*TailW-1:0] ties, ties_q;
    logic [TailW-1:0]       all_ties;

    hg_prefix_count #(
      .Lanes (Lanes)
    ) u_ties (
      .clk_i,
      .en_i    (en),
      .bits_i  (cmp_tie_q),
      .count_o (ties)
    );

    always_ff @(posedge clk_i) begin
      if (en) ties_q <= ties;
    end

    assign all_ties   = ties_q[(Lanes-1)*TailW +: TailW];
    assign quota_left = (quota_q > CntW'(all_ties)) ? quota_q - CntW'(all_ties) : '0;

    for (genvar i = 0; i < Lanes; i++) begin : gen_tie
      assign keep[i] = quota_over_q[i] ||
          (quota_tie_q[i] && CntW'(ties_q[i*TailW +: TailW]) <= quota_q);
    end
  end

  // Packing.
  logic                   keep_valid_q, keep_first_q, keep_last_q;
  logic [RowW-1:0]        keep_row_q;
  logic [Lanes-1:0]       keep_q;
  logic [SideW-1:0]       keep_side_q;
  logic                   fetch;
  logic [Lanes*ItemW-1:0] item;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) keep_valid_q <= 1'b0;
    else if (en) keep_valid_q <= quota_valid_q;
  end

  always_ff @(posedge clk_i) begin
    if (en) begin
      keep_first_q <= quota_first_q;
      keep_last_q  <= quota_last_q;
      keep_row_q   <= quota_row_q;
      keep_q       <= keep;
      keep_side_q  <= quota_side_q;
    end
  end

  assign key_en_o = fetch && en;

  logic fetched_last_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) fetched_last_q <= 1'b0;
    else if (en) fetched_last_q <= fetch && key_last_o;
  end

  assign key_done_o = en && fetched_last_q;

  for (genvar i = 0; i < Lanes; i++) begin : gen_item
    assign item[i*ItemW +: ItemW] = {LaneW'(i), key_data_i[i*KeyW +: KeyW]};
  end

  logic                  pack_valid, pack_last;
  logic [Lanes-1:0]      pack_keep;
  logic [Lanes*OutW-1:0] pack_item;
  logic [SideW-1:0]      pack_side;

  hg_compact #(
    .Lanes (Lanes),
    .ItemW (ItemW),
    .TagW  (RowW),
    .SideW (SideW)
  ) u_compact (
    .clk_i,
    .rst_ni,
    .en_i          (en),
    .in_valid_i    (keep_valid_q),
    .in_first_i    (keep_first_q),
    .in_last_i     (keep_last_q),
    .in_keep_i     (keep_q),
    .in_tag_i      (keep_row_q),
    .in_side_i     (keep_side_q),
    .fetch_valid_o (fetch),
    .fetch_last_o  (key_last_o),
    .fetch_tag_o   (key_row_o),
    .item_i        (item),
    .out_valid_o   (pack_valid),
    .out_last_o    (pack_last),
    .out_keep_o    (pack_keep),
    .out_item_o    (pack_item),
    .out_side_o    (pack_side)
  );

  // Beats out. The count is known from the start, so the last beat is marked as such even when
  // rows without survivors follow it; the empty row that these flush is dropped.
  logic                  out_valid, out_last, out_first_q;
  logic [CntW-1:0]       out_left, left_q;
  logic [Lanes*KeyW-1:0] out_key;
  logic [Lanes*IdxW-1:0] out_index;
  logic [BeatW-1:0]      out_beat;

  assign out_left  = out_first_q ? pack_side[CntW-1:0] : left_q;
  assign out_valid = pack_valid && (pack_keep[0] || pack_side[CntW-1:0] == '0);
  assign out_last  = out_left <= CntW'(Lanes);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) out_first_q <= 1'b1;
    else if (en && pack_valid) out_first_q <= pack_last;
  end

  always_ff @(posedge clk_i) begin
    if (en && pack_valid) left_q <= out_last ? '0 : out_left - CntW'(Lanes);
  end

  for (genvar i = 0; i < Lanes; i++) begin : gen_out
    logic [OutW-1:0] own;
    assign own = pack_item[i*OutW +: OutW];
    assign out_key[i*KeyW +: KeyW] = own[KeyW-1:0] ^ Flip;
    assign out_index[i*IdxW +: IdxW] =
        (IdxW'(own[ItemW +: RowW]) << LaneBits) | IdxW'(own[KeyW +: LaneW]);
  end

  assign out_beat = {out_last, pack_keep, out_key, out_index, pack_side};

  logic [BeatW-1:0] res_beat;

  hg_skid_buffer #(
    .Width (BeatW)
  ) u_skid (
    .clk_i,
    .rst_ni,
    .in_valid_i  (out_valid && en),
    .in_ready_o  (en),
    .in_data_i   (out_beat),
    .out_valid_o (res_valid_o),
    .out_ready_i (res_ready_i),
    .out_data_o  (res_beat)
  );

  assign {res_last_o, res_keep_o, res_data_o, res_index_o, res_threshold_o, res_count_o} = res_beat;

`ifdef HG_FORMAL
  // Rows are read in order, twice, none beyond the query's last; what is offered stands.
  logic            f_seen_q, f_waits_q;
  logic [RowW-1:0] f_last_row_q, f_cmp_q, f_key_q;
  logic [7:0]      f_cmp_queries_q, f_key_queries_q;
  logic [2+Lanes+KeyW+CntW-1:0] f_res, f_res_q;

  initial f_seen_q = 1'b0;
  always @(posedge clk_i) f_seen_q <= 1'b1;
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
