// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Rows of the queries of hg_select, a memory for each slot, with as many readers as work on
/// queries at once.
///
/// A row that is asked for (`rd_en_i`) stands at its reader's `rd_data_o` two cycles later. No two
/// readers work on one slot in the same cycle.
module hg_select_rows #(
  /// Bits of a row, 1 and up.
  parameter int Width = 304,
  /// Rows of a query, 1 and up.
  parameter int DepthRows = 128,
  /// Queries at once, 2 to 32.
  parameter int Slots = 16,
  /// Readers, 1 and up.
  parameter int Readers = 4,
  /// Derived: bits of a slot's number.
  localparam int SlotW = hg_pkg::idx_width(Slots),
  /// Derived: bits of a row's index.
  localparam int RowW = hg_pkg::idx_width(DepthRows)
) (
  input  logic                     clk_i,
  input  logic                     rst_ni,
  input  logic                     wr_en_i,
  input  logic [SlotW-1:0]         wr_slot_i,
  input  logic [RowW-1:0]          wr_row_i,
  input  logic [Width-1:0]         wr_data_i,
  input  logic [Readers-1:0]       rd_en_i,
  input  logic [Readers*SlotW-1:0] rd_slot_i,
  input  logic [Readers*RowW-1:0]  rd_row_i,
  output logic [Readers*Width-1:0] rd_data_o
);

  logic [Slots*Width-1:0]   word;
  logic [Slots*Readers-1:0] here;

  for (genvar s = 0; s < Slots; s++) begin : gen_slot
    logic            rd_en;
    logic [RowW-1:0] rd_row;

    always_comb begin
      rd_en  = 1'b0;
      rd_row = '0;
      for (int r = 0; r < Readers; r++) begin
        here[s*Readers + r] = rd_en_i[r] && rd_slot_i[r*SlotW +: SlotW] == SlotW'(s);
        if (here[s*Readers + r]) begin
          rd_en  = 1'b1;
          rd_row = rd_row | rd_row_i[r*RowW +: RowW];
        end
      end
    end

    hg_ram_1r1w #(
      .Width        (Width),
      .DepthEntries (DepthRows)
    ) u_ram (
      .clk_i,
      .wr_en_i   (wr_en_i && wr_slot_i == SlotW'(s)),
      .wr_addr_i (wr_row_i),
      .wr_data_i,
      .rd_en_i   (rd_en),
      .rd_addr_i (rd_row),
      .rd_data_o (word[s*Width +: Width])
    );
  end

  // A reader takes the word of the slot that it has asked, kept decoded for that.
  for (genvar r = 0; r < Readers; r++) begin : gen_reader
    logic [Slots-1:0] here_q;
    logic [Width-1:0] data_d, data_q;

    always_comb begin
      data_d = '0;
      for (int s = 0; s < Slots; s++) begin
        if (here_q[s]) data_d = data_d | word[s*Width +: Width];
      end
    end
    always_ff @(posedge clk_i) begin
      for (int s = 0; s < Slots; s++) here_q[s] <= here[s*Readers + r];
      data_q <= data_d;
    end
    assign rd_data_o[r*Width +: Width] = data_q;
  end

`ifndef SYNTHESIS
`ifndef YOSYS
  logic checked_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) checked_q <= 1'b0;
    else checked_q <= 1'b1;
  end
  for (genvar s = 0; s < Slots; s++) begin : gen_check
    always @(posedge clk_i) begin
      if (checked_q && !$onehot0(here[s*Readers +: Readers])) $error("%m: two readers in one slot");
    end
  end
`endif
`endif

  // Only the check knows of a reset.
  logic unused_reset;
  assign unused_reset = rst_ni;

`ifdef HG_FORMAL
  // One word of one slot, any, followed to all readers.
  (* anyconst *) logic [SlotW-1:0] f_slot;
  (* anyconst *) logic [RowW-1:0]  f_row;
  logic               f_written_q;
  logic [Width-1:0]   f_word_q;
  logic [Readers-1:0] f_read_q, f_read_q2;
  logic [Width-1:0]   f_read_word_q, f_read_word_q2;

  initial begin
    f_written_q = 1'b0;
    f_read_q    = '0;
    f_read_q2   = '0;
  end
  always_comb begin
    assume (32'(f_slot) < Slots && 32'(f_row) < DepthRows);
    assume (32'(wr_slot_i) < Slots && 32'(wr_row_i) < DepthRows);
    for (int r = 0; r < Readers; r++) begin
      assume (32'(rd_slot_i[r*SlotW +: SlotW]) < Slots);
      assume (32'(rd_row_i[r*RowW +: RowW]) < DepthRows);
      for (int o = 0; o < r; o++) begin
        assume (!rd_en_i[r] || !rd_en_i[o]
                || rd_slot_i[r*SlotW +: SlotW] != rd_slot_i[o*SlotW +: SlotW]);
      end
    end
  end
  always @(posedge clk_i) begin
    if (wr_en_i && wr_slot_i == f_slot && wr_row_i == f_row) begin
      f_written_q <= 1'b1;
      f_word_q    <= wr_data_i;
    end
    for (int r = 0; r < Readers; r++) begin
      f_read_q[r] <= f_written_q && rd_en_i[r] && rd_slot_i[r*SlotW +: SlotW] == f_slot
                     && rd_row_i[r*RowW +: RowW] == f_row
                     && !(wr_en_i && wr_slot_i == f_slot && wr_row_i == f_row);
      if (f_read_q2[r]) assert (rd_data_o[r*Width +: Width] == f_read_word_q2);
      cover (f_read_q2[r] && f_read_word_q2 == '1);
    end
    f_read_q2      <= f_read_q;
    f_read_word_q  <= f_word_q;
    f_read_word_q2 <= f_read_word_q;
  end
`endif

endmodule

`default_nettype wire
