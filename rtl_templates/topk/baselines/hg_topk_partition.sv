// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// One side of a quick-select pass: keeps the chosen keys of a stream of rows, packs them and
/// appends them to a circular buffer, from which a later pass reads.
///
/// The buffer has a row more than a query: a pass may read the part that the previous pass wrote
/// while it writes behind it, since it never writes more rows than it has read.
module hg_topk_partition #(
  /// Keys a row; a power of two, 1 to 64.
  parameter int Lanes = 16,
  /// Bits of a key.
  parameter int KeyW = 12,
  /// Rows of a query, 1 and up.
  parameter int Rows = 64,
  /// Bits of a count.
  parameter int CntW = 11,
  /// Derived: bits of a row index.
  localparam int RowW = hg_pkg::idx_width(Rows)
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,
  // A pass starts: what follows is a new part, behind the old one. The cycle before tells which row
  // of the old part is read first, to fetch the pivot; after it the reads begin at row 0.
  input  logic                  aim_i,
  input  logic [RowW-1:0]       aim_row_i,
  input  logic                  start_i,
  // Rows in; the keys follow three cycles behind their keep bits.
  input  logic                  in_valid_i,
  input  logic                  in_first_i,
  input  logic                  in_last_i,
  input  logic [Lanes-1:0]      in_keep_i,
  input  logic [Lanes*KeyW-1:0] key_i,
  // Pass done: all rows written, `count_o` keys in all.
  output logic                  done_o,
  output logic [CntW-1:0]       count_o,
  // Reading the part that was complete when the pass started, row by row.
  input  logic                  rd_en_i,
  output logic [Lanes*KeyW-1:0] rd_data_o
);

  localparam int Depth = Rows + 1;
  localparam int AddrW = hg_pkg::idx_width(Depth);
  localparam int OneW  = hg_pkg::cnt_width(Lanes);

  logic                      row_valid, row_last, done_q, tally_valid_q;
  logic [Lanes-1:0]          row_keep;
  logic [Lanes*(KeyW+1)-1:0] row_item;
  logic [Lanes*KeyW-1:0]     row_key;
  logic                      fetch, fetch_last, fetch_tag, side;
  logic [OneW-1:0]           tally_d, tally_q;
  logic [CntW-1:0]           count_q;
  logic [AddrW-1:0]          base_q, write_q, read_q;
  logic [AddrW-1:0]          aim_sum;
  logic [AddrW:0]            space_q, aim_wrap;
  logic                      unused;

  hg_compact #(
    .Lanes (Lanes),
    .ItemW (KeyW),
    .TagW  (1),
    .SideW (1)
  ) u_compact (
    .clk_i,
    .rst_ni,
    .en_i          (1'b1),
    .in_valid_i,
    .in_first_i,
    .in_last_i,
    .in_keep_i,
    .in_tag_i      (1'b0),
    .in_side_i     (1'b0),
    .fetch_valid_o (fetch),
    .fetch_last_o  (fetch_last),
    .fetch_tag_o   (fetch_tag),
    .item_i        (key_i),
    .out_valid_o   (row_valid),
    .out_last_o    (row_last),
    .out_keep_o    (row_keep),
    .out_item_o    (row_item),
    .out_side_o    (side)
  );

  // The keys come from registers here, not from a memory that would have to be told.
  assign unused = ^{fetch, fetch_last, fetch_tag, side, row_item, row_keep};

  for (genvar i = 0; i < Lanes; i++) begin : gen_key
    assign row_key[i*KeyW +: KeyW] = row_item[i*(KeyW+1) +: KeyW];
  end

  function automatic logic [AddrW-1:0] row_after(input logic [AddrW-1:0] row);
    row_after = (row == AddrW'(Depth - 1)) ? '0 : row + AddrW'(1);
  endfunction

  // Rows between the part and the end of the buffer are known long before a row is aimed at.
  assign aim_sum  = base_q + AddrW'(aim_row_i);
  assign aim_wrap = (AddrW + 1)'(aim_row_i) - space_q;

  always_ff @(posedge clk_i) begin
    space_q <= (AddrW + 1)'(Depth) - {1'b0, base_q};
    if (aim_i) read_q <= aim_wrap[AddrW] ? aim_sum : AddrW'(aim_wrap);
    else if (start_i) read_q <= base_q;
    else if (rd_en_i) read_q <= row_after(read_q);
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      done_q        <= 1'b0;
      tally_valid_q <= 1'b0;
      base_q        <= '0;
      write_q       <= '0;
      count_q       <= '0;
    end else begin
      tally_valid_q <= in_valid_i;
      if (start_i) begin
        done_q  <= 1'b0;
        base_q  <= write_q;
        count_q <= '0;
      end else begin
        if (row_valid && row_last) done_q <= 1'b1;
        if (row_valid && row_keep[0]) write_q <= row_after(write_q);
        if (tally_valid_q) count_q <= count_q + CntW'(tally_q);
      end
    end
  end

  always_comb begin
    tally_d = '0;
    for (int i = 0; i < Lanes; i++) tally_d = tally_d + OneW'(in_keep_i[i]);
  end

  always_ff @(posedge clk_i) begin
    tally_q <= tally_d;
  end

  hg_ram_1r1w #(
    .Width        (Lanes * KeyW),
    .DepthEntries (Depth)
  ) u_ram (
    .clk_i,
    .wr_en_i   (row_valid && row_keep[0]),
    .wr_addr_i (write_q),
    .wr_data_i (row_key),
    .rd_en_i,
    .rd_addr_i (read_q),
    .rd_data_o
  );

  assign done_o  = done_q;
  assign count_o = count_q;

endmodule

`default_nettype wire
