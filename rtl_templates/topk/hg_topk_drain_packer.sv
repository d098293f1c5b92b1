// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Packs the survivors of rows into full beats of results.
///
/// hg_compact reads the keys of a row when their places are known; an item is a key with its lane,
/// and gets the row as its tag. `en_o` is low while the output is stalled: then nothing moves, here
/// and in what feeds this module. The count of survivors is known from the start, so the last beat
/// is marked as such even when rows without survivors follow it; the empty row that these flush is
/// dropped.
module hg_topk_drain_packer #(
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
  /// Derived: bits of what goes along with a query: threshold and count.
  localparam int SideW = KeyW + CntW
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,
  output logic                  en_o,
  // Rows, with what survives of them.
  input  logic                  keep_valid_i,
  input  logic                  keep_first_i,
  input  logic                  keep_last_i,
  input  logic [RowW-1:0]       keep_row_i,
  input  logic [Lanes-1:0]      keep_i,
  input  logic [SideW-1:0]      keep_side_i,
  // Reads of their keys, which come a cycle later.
  output logic                  key_en_o,
  output logic [RowW-1:0]       key_row_o,
  output logic                  key_last_o,
  input  logic [Lanes*KeyW-1:0] key_data_i,
  output logic                  key_done_o,
  // Beats of survivors.
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
  localparam int ItemW    = KeyW + LaneW;
  localparam int OutW     = RowW + ItemW;
  localparam int BeatW    = 1 + Lanes + Lanes * KeyW + Lanes * IdxW + SideW;
  localparam logic [KeyW-1:0] Flip = (Signed != 0) ? {1'b1, {(KeyW-1){1'b0}}} : '0;

  logic                   en, fetch, fetched_last_q;
  logic [Lanes*ItemW-1:0] item;
  logic                   pack_valid, pack_last;
  logic [Lanes-1:0]       pack_keep;
  logic [Lanes*OutW-1:0]  pack_item;
  logic [SideW-1:0]       pack_side;

  assign en_o     = en;
  assign key_en_o = fetch && en;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) fetched_last_q <= 1'b0;
    else if (en) fetched_last_q <= fetch && key_last_o;
  end

  assign key_done_o = en && fetched_last_q;

  for (genvar i = 0; i < Lanes; i++) begin : gen_item
    assign item[i*ItemW +: ItemW] = {LaneW'(i), key_data_i[i*KeyW +: KeyW]};
  end

  hg_compact #(
    .Lanes (Lanes),
    .ItemW (ItemW),
    .TagW  (RowW),
    .SideW (SideW)
  ) u_compact (
    .clk_i,
    .rst_ni,
    .en_i          (en),
    .in_valid_i    (keep_valid_i),
    .in_first_i    (keep_first_i),
    .in_last_i     (keep_last_i),
    .in_keep_i     (keep_i),
    .in_tag_i      (keep_row_i),
    .in_side_i     (keep_side_i),
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

  logic                  out_valid, out_last, out_first_q;
  logic [CntW-1:0]       out_left, left_q;
  logic [Lanes*KeyW-1:0] out_key;
  logic [Lanes*IdxW-1:0] out_index;
  logic [BeatW-1:0]      out_beat, res_beat;

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
        IdxW'({1'b0, IdxW'(own[ItemW +: RowW])} << LaneBits) | IdxW'(own[KeyW +: LaneW]);
  end

  assign out_beat = {out_last, pack_keep, out_key, out_index, pack_side};

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

endmodule

`default_nettype wire
