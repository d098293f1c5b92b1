// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Top-k engine, radix select: any k at run time, latency that does not depend on the data.
///
/// The threshold is found digit by digit from the top. The fill stage takes the first histogram
/// while the keys stream in; each scan stage rereads the keys, two rows a cycle, for one more
/// digit; the drain stage emits the survivors. Every stage works on a query of its own and every
/// query has a slot of the key store, so consecutive queries overlap completely.
///
/// Keys: beats of `Lanes`, `key_last_i` on the last, where `key_keep_i` (elsewhere all ones) is a
/// prefix of the lanes, empty only for an empty query. `key_k_i` counts with the first beat.
/// Results: the min(k, n) largest keys in index order, ties for the lowest index; full beats but
/// the last; one empty beat if nothing survives. `res_threshold_o` is the smallest survivor (0 if
/// none); it and `res_count_o` stand on every beat. Lanes not kept carry no meaning.
module hg_topk_radix #(
  /// Keys a beat: a power of two, 1 to 64.
  parameter int Lanes = 16,
  /// Bits of a key: 4 to 24.
  parameter int KeyW = 12,
  /// 1 if keys are two's complement: otherwise 0.
  parameter int Signed = 1,
  /// Most keys of one query: 2 to 16384 and at least Lanes.
  parameter int MaxN = 1024,
  /// Bits of a digit: 1 to 6.
  parameter int DigitW = 4,
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

  if (DigitW < 1 || DigitW > 6) begin : gen_illegal_digit
    ERROR_hg_topk_radix_DigitW_must_be_1_to_6 u_illegal ();
  end

  localparam int Rows    = (MaxN + Lanes - 1) / Lanes;
  localparam int RowW    = hg_pkg::idx_width(Rows);
  localparam int TailW   = hg_pkg::cnt_width(Lanes);
  localparam int Width   = Lanes * KeyW;
  // The leading digit takes what the others leave. Stage 0 fills, stages 1 to Scans scan; the
  // drain owns the last two readers, one to compare and one to emit.
  localparam int Scans   = (KeyW + DigitW - 1) / DigitW - 1;
  localparam int FirstW  = KeyW - Scans * DigitW;
  localparam int Readers = Scans + 2;
  localparam int Cmp     = Scans;
  localparam int Emit    = Scans + 1;
  localparam int Slots   = Scans + 2;
  localparam int SlotW   = hg_pkg::idx_width(Slots);
  localparam logic [KeyW-1:0] Flip = (Signed != 0) ? {1'b1, {(KeyW-1){1'b0}}} : '0;

  // Two's complement becomes unsigned by flipping the sign.
  logic [Width-1:0] key;
  assign key = key_data_i ^ {Lanes{Flip}};

  logic [2*Readers-1:0]       rd_en;
  logic [Readers*SlotW-1:0]   rd_slot;
  logic [Readers*RowW-1:0]    rd_row;
  logic [Readers-1:0]         rd_last;
  logic [Readers*2*Width-1:0] rd_data;
  logic [Scans:0]             stage_ready;
  // An early scan needs only the leading bits of a key.
  logic                       unused_rd_data;
  assign unused_rd_data = ^rd_data;

  // Slots are taken and left in order; a stage's pointer moves on with its last access. A slot is
  // free only when its last row has been used: a stalled row rests in the memory's output.
  logic             enter, leave, wr_en, wr_last;
  logic [RowW-1:0]  wr_row;
  logic [SlotW-1:0] wr_slot_q;
  logic [SlotW:0]   used_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      wr_slot_q <= '0;
      used_q    <= '0;
    end else begin
      if (wr_en && wr_last) begin
        wr_slot_q <= (wr_slot_q == SlotW'(Slots - 1)) ? '0 : wr_slot_q + SlotW'(1);
      end
      if (enter && !leave) used_q <= used_q + (SlotW + 1)'(1);
      else if (leave && !enter) used_q <= used_q - (SlotW + 1)'(1);
    end
  end

  for (genvar r = 0; r < Readers; r++) begin : gen_pointer
    logic [SlotW-1:0] slot_q;
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) slot_q <= '0;
      else if (rd_en[2*r +: 2] != '0 && rd_last[r]) begin
        slot_q <= (slot_q == SlotW'(Slots - 1)) ? '0 : slot_q + SlotW'(1);
      end
    end
    assign rd_slot[r*SlotW +: SlotW] = slot_q;
  end

  hg_topk_store #(
    .Lanes   (Lanes),
    .KeyW    (KeyW),
    .Rows    (Rows),
    .Slots   (Slots),
    .Readers (Readers),
    .Holding (2)
  ) u_store (
    .clk_i,
    .wr_en_i   (wr_en),
    .wr_slot_i (wr_slot_q),
    .wr_row_i  (wr_row),
    .wr_data_i (key),
    .rd_en_i   (rd_en),
    .rd_slot_i (rd_slot),
    .rd_row_i  (rd_row),
    .rd_data_o (rd_data)
  );

  for (genvar d = 0; d <= Scans; d++) begin : gen_stage
    localparam int KnownW = FirstW + d * DigitW;
    logic              valid;
    logic [RowW-1:0]   last_row;
    logic [TailW-1:0]  tail;
    logic [CntW-1:0]   count, rank, above;
    logic [KnownW-1:0] known;

    if (d == 0) begin : gen_fill
      logic [Lanes*FirstW-1:0] digit;
      for (genvar i = 0; i < Lanes; i++) begin : gen_digit
        assign digit[i*FirstW +: FirstW] = key[(i+1)*KeyW-1 -: FirstW];
      end
      hg_topk_fill #(
        .Lanes  (Lanes),
        .DigitW (FirstW),
        .RowW   (RowW),
        .CntW   (CntW)
      ) u_fill (
        .clk_i,
        .rst_ni,
        .key_valid_i,
        .key_ready_o,
        .key_last_i,
        .key_keep_i,
        .key_digit_i    (digit),
        .key_k_i,
        .room_i         (used_q != (SlotW + 1)'(Slots)),
        .enter_o        (enter),
        .wr_en_o        (wr_en),
        .wr_last_o      (wr_last),
        .wr_row_o       (wr_row),
        // The drain can be stalled from outside, so it is never certain to stay free.
        .next_idle_i    (Scans != 0 && stage_ready[0]),
        .rsp_valid_o    (valid),
        .rsp_ready_i    (stage_ready[0]),
        .rsp_last_row_o (last_row),
        .rsp_tail_o     (tail),
        .rsp_count_o    (count),
        .rsp_above_o    (above),
        .rsp_prefix_o   (known)
      );
      assign rank = count;
    end else begin : gen_scan
      localparam int PrefixW = KnownW - DigitW;
      logic                      read;
      logic [2*Lanes*KnownW-1:0] data;
      for (genvar i = 0; i < 2 * Lanes; i++) begin : gen_data
        assign data[i*KnownW +: KnownW] =
            rd_data[(d-1)*2*Width+(i+1)*KeyW-1 -: KnownW];
      end
      hg_topk_scan #(
        .Lanes   (Lanes),
        .PrefixW (PrefixW),
        .DigitW  (DigitW),
        .RowW    (RowW),
        .CntW    (CntW)
      ) u_scan (
        .clk_i,
        .rst_ni,
        .req_valid_i    (gen_stage[d-1].valid),
        .req_ready_o    (stage_ready[d-1]),
        .req_last_row_i (gen_stage[d-1].last_row),
        .req_tail_i     (gen_stage[d-1].tail),
        .req_count_i    (gen_stage[d-1].count),
        .req_rank_i     (gen_stage[d-1].rank),
        .req_above_i    (gen_stage[d-1].above),
        .req_prefix_i   (gen_stage[d-1].known),
        .rd_en_o        (read),
        .rd_row_o       (rd_row[(d-1)*RowW +: RowW]),
        .rd_last_o      (rd_last[d-1]),
        .rd_data_i      (data),
        .rsp_valid_o    (valid),
        .rsp_ready_i    (stage_ready[d]),
        .rsp_last_row_o (last_row),
        .rsp_tail_o     (tail),
        .rsp_count_o    (count),
        .rsp_rank_o     (rank),
        .rsp_above_o    (above),
        .rsp_prefix_o   (known)
      );
      assign rd_en[2*(d-1) +: 2] = {2{read}};
    end
  end

  // The drain reads one row at a time.
  logic [1:0]         drain_read;
  logic [2*RowW-1:0]  drain_row;
  logic [2*Width-1:0] drain_data;

  for (genvar r = 0; r < 2; r++) begin : gen_drain_reader
    localparam int Reader = Cmp + r;
    logic odd, odd_q;
    assign odd = drain_row[r*RowW];
    always_ff @(posedge clk_i) begin
      if (drain_read[r]) odd_q <= odd;
    end
    assign rd_row[Reader*RowW +: RowW] = drain_row[r*RowW +: RowW];
    assign rd_en[2*Reader +: 2]        = {drain_read[r] && odd, drain_read[r] && !odd};
    assign drain_data[r*Width +: Width] =
        odd_q ? rd_data[(2*Reader+1)*Width +: Width] : rd_data[2*Reader*Width +: Width];
  end

  hg_topk_drain #(
    .Lanes  (Lanes),
    .KeyW   (KeyW),
    .Signed (Signed),
    .RowW   (RowW),
    .IdxW   (IdxW),
    .CntW   (CntW)
  ) u_drain (
    .clk_i,
    .rst_ni,
    .req_valid_i     (gen_stage[Scans].valid),
    .req_ready_o     (stage_ready[Scans]),
    .req_last_row_i  (gen_stage[Scans].last_row),
    .req_tail_i      (gen_stage[Scans].tail),
    .req_count_i     (gen_stage[Scans].count),
    .req_rank_i      (gen_stage[Scans].rank),
    .req_above_i     (gen_stage[Scans].above),
    .req_threshold_i (gen_stage[Scans].known),
    .cmp_en_o        (drain_read[0]),
    .cmp_row_o       (drain_row[0 +: RowW]),
    .cmp_last_o      (rd_last[Cmp]),
    .cmp_data_i      (drain_data[0 +: Width]),
    .key_en_o        (drain_read[1]),
    .key_row_o       (drain_row[RowW +: RowW]),
    .key_last_o      (rd_last[Emit]),
    .key_data_i      (drain_data[Width +: Width]),
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

`ifdef HG_FORMAL
  // Queries under way never exceed the slots, and every pointer stays among them.
  always @(posedge clk_i) begin
    if (rst_ni) begin
      assert (32'(used_q) <= Slots && 32'(wr_slot_q) < Slots);
      assert (!(leave && used_q == '0));
    end
  end
  for (genvar r = 0; r < Readers; r++) begin : gen_formal
    always @(posedge clk_i) begin
      if (rst_ni) assert (32'(rd_slot[r*SlotW +: SlotW]) < Slots);
      if (rst_ni && rd_en[2*r +: 2] != '0) assert (32'(rd_row[r*RowW +: RowW]) < Rows);
    end
  end
`endif

endmodule

`default_nettype wire
