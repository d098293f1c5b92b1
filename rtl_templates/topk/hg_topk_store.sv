// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Key store: `Slots` queries, each written once and read by one stage after the other.
///
/// A slot has two banks, for its even and its odd rows, so that two rows a cycle can be read, by
/// one reader or by two. Readers never ask for the same bank at once: stages take queries in order,
/// so a slot belongs to one stage at a time.
module hg_topk_store #(
  /// Keys a row, 1 and up.
  parameter int Lanes = 16,
  /// Bits of a key, 1 and up.
  parameter int KeyW = 12,
  /// Rows of a slot, 1 and up.
  parameter int Rows = 64,
  /// Queries held, 2 and up.
  parameter int Slots = 4,
  /// Stages that read, 1 and up.
  parameter int Readers = 3,
  /// Those of them, the last, whose rows stand until their next read, 0 to Readers. The others take
  /// their rows in the cycle after the read, or keep `rd_slot_i` until they do.
  parameter int Holding = 2,
  /// Derived: bits of a row.
  localparam int Width = Lanes * KeyW,
  /// Derived: bits of a row index.
  localparam int RowW = hg_pkg::idx_width(Rows),
  /// Derived: bits of a slot index.
  localparam int SlotW = hg_pkg::idx_width(Slots)
) (
  input  logic                       clk_i,
  input  logic                       wr_en_i,
  input  logic [SlotW-1:0]           wr_slot_i,
  input  logic [RowW-1:0]            wr_row_i,
  input  logic [Width-1:0]           wr_data_i,
  // Per reader: bit 0 reads the even row of the pair, bit 1 the odd row.
  input  logic [2*Readers-1:0]       rd_en_i,
  input  logic [Readers*SlotW-1:0]   rd_slot_i,
  input  logic [Readers*RowW-1:0]    rd_row_i,
  output logic [Readers*2*Width-1:0] rd_data_o
);

  localparam int EvenRows = (Rows + 1) / 2;
  localparam int OddRows  = (Rows < 2) ? 1 : Rows / 2;

  logic [Slots*2*Width-1:0] slot_data;

  for (genvar s = 0; s < Slots; s++) begin : gen_slot
    logic own_write;
    assign own_write = wr_en_i && wr_slot_i == SlotW'(s);

    for (genvar b = 0; b < 2; b++) begin : gen_bank
      localparam int Depth = (b == 0) ? EvenRows : OddRows;
      localparam int AddrW = hg_pkg::idx_width(Depth);
      logic             own_read;
      logic [AddrW-1:0] own_addr;

      always_comb begin
        own_read = 1'b0;
        own_addr = '0;
        for (int r = 0; r < Readers; r++) begin
          if (rd_en_i[2*r+b] && rd_slot_i[r*SlotW +: SlotW] == SlotW'(s)) begin
            own_read = 1'b1;
            own_addr = own_addr | AddrW'({1'b0, rd_row_i[r*RowW +: RowW]} >> 1);
          end
        end
      end

      hg_ram_1r1w #(
        .Width        (Width),
        .DepthEntries (Depth)
      ) u_ram (
        .clk_i,
        .wr_en_i   (own_write && wr_row_i[0] == 1'(b)),
        .wr_addr_i (AddrW'({1'b0, wr_row_i} >> 1)),
        .wr_data_i (wr_data_i),
        .rd_en_i   (own_read),
        .rd_addr_i (own_addr),
        .rd_data_o (slot_data[(2*s+b)*Width +: Width])
      );
    end
  end

  for (genvar r = 0; r < Readers; r++) begin : gen_reader
    logic [SlotW-1:0] slot_q;
    always_ff @(posedge clk_i) begin
      if (r < Readers - Holding || rd_en_i[2*r +: 2] != '0) begin
        slot_q <= rd_slot_i[r*SlotW +: SlotW];
      end
    end
    logic [2*Width-1:0] data;
    always_comb begin
      data = '0;
      for (int s = 0; s < Slots; s++) begin
        if (slot_q == SlotW'(s)) data = data | slot_data[s*2*Width +: 2*Width];
      end
    end
    assign rd_data_o[r*2*Width +: 2*Width] = data;
  end

endmodule

`default_nettype wire
