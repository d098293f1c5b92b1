// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// What the baseline engines have in common: a query enters, a core finds its threshold, the
/// survivors leave. Three queries are under way, one in each part.
///
/// The core takes a query (`sel_*`: last row, keys in it, min(k, n)), reads its rows as often as it
/// likes (data one cycle later), and answers with the threshold (`thr_*`, see hg_topk_drain) when
/// it needs them no more.
module hg_topk_frame #(
  /// Keys a beat; a power of two, 1 to 64.
  parameter int Lanes = 16,
  /// Bits of a key, 4 to 24.
  parameter int KeyW = 12,
  /// 1: keys are two's complement at the ports; inside they are unsigned.
  parameter int Signed = 1,
  /// Most keys of a query, 2 to 16384 and at least Lanes.
  parameter int MaxN = 1024,
  /// 0: ties survive up to a quota; 1: up to an index.
  parameter int TieByIndex = 0,
  /// Derived: bits of a key's index in its query.
  localparam int IdxW = hg_pkg::idx_width(MaxN),
  /// Derived: bits of k and of a count.
  localparam int CntW = hg_pkg::cnt_width(MaxN),
  /// Derived: bits of a row index.
  localparam int RowW = hg_pkg::idx_width((MaxN + Lanes - 1) / Lanes),
  /// Derived: bits of a row's key count.
  localparam int TailW = hg_pkg::cnt_width(Lanes)
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,
  input  logic                  key_valid_i,
  output logic                  key_ready_o,
  input  logic                  key_last_i,
  input  logic [Lanes-1:0]      key_keep_i,
  input  logic [Lanes*KeyW-1:0] key_data_i,
  input  logic [CntW-1:0]       key_k_i,
  output logic                  sel_valid_o,
  input  logic                  sel_ready_i,
  output logic [RowW-1:0]       sel_last_row_o,
  output logic [TailW-1:0]      sel_tail_o,
  output logic [CntW-1:0]       sel_count_o,
  input  logic                  sel_rd_en_i,
  input  logic [RowW-1:0]       sel_rd_row_i,
  output logic [Lanes*KeyW-1:0] sel_rd_data_o,
  input  logic                  thr_valid_i,
  output logic                  thr_ready_o,
  input  logic [RowW-1:0]       thr_last_row_i,
  input  logic [TailW-1:0]      thr_tail_i,
  input  logic [CntW-1:0]       thr_count_i,
  input  logic [CntW-1:0]       thr_rank_i,
  input  logic [KeyW-1:0]       thr_threshold_i,
  output logic                  res_valid_o,
  input  logic                  res_ready_i,
  output logic                  res_last_o,
  output logic [Lanes-1:0]      res_keep_o,
  output logic [Lanes*KeyW-1:0] res_data_o,
  output logic [Lanes*IdxW-1:0] res_index_o,
  output logic [KeyW-1:0]       res_threshold_o,
  output logic [CntW-1:0]       res_count_o
);

  localparam int Rows  = (MaxN + Lanes - 1) / Lanes;
  localparam int Width = Lanes * KeyW;
  localparam int Slots = 3;
  localparam int SlotW = hg_pkg::idx_width(Slots);
  localparam logic [KeyW-1:0] Flip = (Signed != 0) ? {1'b1, {(KeyW-1){1'b0}}} : '0;

  // Two's complement becomes unsigned by flipping the sign.
  logic [Width-1:0] key;
  assign key = key_data_i ^ {Lanes{Flip}};

  // Readers: 0 the core, 1 and 2 the drain's comparison and emission. `move` ends a part's access
  // to its slot; the slot is free when its last row has been used.
  logic               enter, leave, wr_en, wr_last, cmp_last, key_last;
  logic [RowW-1:0]    wr_row;
  logic [3:0]         move;
  logic [2:0]         read;
  logic [3*RowW-1:0]  row;
  logic [3*SlotW-1:0] slot;
  logic [5:0]         bank;
  logic [6*Width-1:0] pair;
  logic [3*Width-1:0] data;
  logic [SlotW-1:0]   wr_slot;
  logic [SlotW:0]     used_q;

  assign move = {read[2] && key_last, read[1] && cmp_last, thr_valid_i && thr_ready_o,
                 wr_en && wr_last};
  assign read[0]        = sel_rd_en_i;
  assign row[0 +: RowW] = sel_rd_row_i;

  for (genvar p = 0; p < 4; p++) begin : gen_pointer
    logic [SlotW-1:0] slot_q;
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) slot_q <= '0;
      else if (move[p]) slot_q <= (slot_q == SlotW'(Slots - 1)) ? '0 : slot_q + SlotW'(1);
    end
    if (p == 0) begin : gen_writer
      assign wr_slot = slot_q;
    end else begin : gen_reader
      assign slot[(p-1)*SlotW +: SlotW] = slot_q;
    end
  end

  for (genvar r = 0; r < 3; r++) begin : gen_bank
    logic odd, odd_q;
    assign odd = row[r*RowW];
    always_ff @(posedge clk_i) begin
      if (read[r]) odd_q <= odd;
    end
    assign bank[2*r +: 2] = {read[r] && odd, read[r] && !odd};
    assign data[r*Width +: Width] =
        odd_q ? pair[(2*r+1)*Width +: Width] : pair[2*r*Width +: Width];
  end

  assign sel_rd_data_o = data[0 +: Width];

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) used_q <= '0;
    else if (enter && !leave) used_q <= used_q + (SlotW + 1)'(1);
    else if (leave && !enter) used_q <= used_q - (SlotW + 1)'(1);
  end

  hg_topk_load #(
    .Lanes (Lanes),
    .RowW  (RowW),
    .CntW  (CntW)
  ) u_load (
    .clk_i,
    .rst_ni,
    .key_valid_i,
    .key_ready_o,
    .key_last_i,
    .key_keep_i,
    .key_k_i,
    .room_i         (used_q != (SlotW + 1)'(Slots)),
    .enter_o        (enter),
    .wr_en_o        (wr_en),
    .wr_last_o      (wr_last),
    .wr_row_o       (wr_row),
    .rsp_valid_o    (sel_valid_o),
    .rsp_ready_i    (sel_ready_i),
    .rsp_last_row_o (sel_last_row_o),
    .rsp_tail_o     (sel_tail_o),
    .rsp_count_o    (sel_count_o)
  );

  hg_topk_store #(
    .Lanes   (Lanes),
    .KeyW    (KeyW),
    .Rows    (Rows),
    .Slots   (Slots),
    .Readers (3),
    .Holding (2)
  ) u_store (
    .clk_i,
    .wr_en_i   (wr_en),
    .wr_slot_i (wr_slot),
    .wr_row_i  (wr_row),
    .wr_data_i (key),
    .rd_en_i   (bank),
    .rd_slot_i (slot),
    .rd_row_i  (row),
    .rd_data_o (pair)
  );

  hg_topk_drain #(
    .Lanes      (Lanes),
    .KeyW       (KeyW),
    .Signed     (Signed),
    .RowW       (RowW),
    .IdxW       (IdxW),
    .CntW       (CntW),
    .TieByIndex (TieByIndex)
  ) u_drain (
    .clk_i,
    .rst_ni,
    .req_valid_i     (thr_valid_i),
    .req_ready_o     (thr_ready_o),
    .req_last_row_i  (thr_last_row_i),
    .req_tail_i      (thr_tail_i),
    .req_count_i     (thr_count_i),
    .req_rank_i      (thr_rank_i),
    .req_above_i     (CntW'(0)),
    .req_threshold_i (thr_threshold_i),
    .cmp_en_o        (read[1]),
    .cmp_row_o       (row[RowW +: RowW]),
    .cmp_last_o      (cmp_last),
    .cmp_data_i      (data[Width +: Width]),
    .key_en_o        (read[2]),
    .key_row_o       (row[2*RowW +: RowW]),
    .key_last_o      (key_last),
    .key_data_i      (data[2*Width +: Width]),
    .key_done_o      (leave),
    .res_valid_o,
    .res_ready_i,
    .res_last_o,
    .res_keep_o,
    .res_data_o,
    .res_index_o,
    .res_threshold_o,
    .res_count_o
  );

  hg_topk_contract #(
    .Lanes    (Lanes),
    .KeyW     (KeyW),
    .Signed   (Signed),
    .MaxN     (MaxN),
    .Capacity (MaxN)
  ) u_contract (
    .clk_i,
    .rst_ni,
    .key_valid_i,
    .key_ready_i     (key_ready_o),
    .key_last_i,
    .key_keep_i,
    .key_data_i,
    .key_k_i,
    .res_valid_i     (res_valid_o),
    .res_ready_i,
    .res_last_i      (res_last_o),
    .res_keep_i      (res_keep_o),
    .res_data_i      (res_data_o),
    .res_index_i     (res_index_o),
    .res_threshold_i (res_threshold_o),
    .res_count_i     (res_count_o)
  );

endmodule

`default_nettype wire
