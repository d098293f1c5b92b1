// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// The command ring: its place, its size, and the tail, whose write is the doorbell.
///
/// A doorbell while the accelerator is stopped, or of an index that the ring does not have, changes
/// nothing and is reported with its code.
module hg_regs_ring (
  /// Clock, rising edge.
  input  logic        clk_i,
  /// Asynchronous reset, active low.
  input  logic        rst_ni,
  /// Doorbells are taken.
  input  logic        enable_i,
  /// The tail becomes 0.
  input  logic        clear_i,
  /// A register is written.
  input  logic        write_i,
  /// Its offset.
  input  logic [11:2] addr_i,
  /// Data of the write.
  input  logic [31:0] data_i,
  /// Bits of the data that count.
  input  logic [31:0] bits_i,
  /// Address of the ring.
  output logic [63:0] base_o,
  /// Entries of the ring.
  output logic [15:0] size_o,
  /// Index behind the last descriptor.
  output logic [15:0] tail_o,
  /// The tail has been written.
  output logic        doorbell_o,
  /// A doorbell is refused.
  output logic        refused_o,
  /// Why it is.
  output logic [7:0]  refusal_o
);

  logic [11:0] addr;
  logic [31:0] size;
  logic [15:0] tail, tail_q;
  logic        ring, take, doorbell_q, unused_size;

  assign addr = {addr_i, 2'b00};

  hg_regs_word #(
    .Mask  (hg_regs_pkg::RING_BASE_LO_MASK),
    .Reset (hg_regs_pkg::RING_BASE_LO_RESET)
  ) u_base_lo (
    .clk_i,
    .rst_ni,
    .write_i (write_i && addr == hg_regs_pkg::RING_BASE_LO),
    .data_i,
    .bits_i,
    .value_o (base_o[31:0])
  );

  hg_regs_word #(
    .Mask  (hg_regs_pkg::RING_BASE_HI_MASK),
    .Reset (hg_regs_pkg::RING_BASE_HI_RESET)
  ) u_base_hi (
    .clk_i,
    .rst_ni,
    .write_i (write_i && addr == hg_regs_pkg::RING_BASE_HI),
    .data_i,
    .bits_i,
    .value_o (base_o[63:32])
  );

  hg_regs_word #(
    .Mask  (hg_regs_pkg::RING_SIZE_MASK),
    .Reset (hg_regs_pkg::RING_SIZE_RESET)
  ) u_size (
    .clk_i,
    .rst_ni,
    .write_i (write_i && addr == hg_regs_pkg::RING_SIZE),
    .data_i,
    .bits_i,
    .value_o (size)
  );

  assign size_o      = size[15:0];
  assign unused_size = ^size[31:16];

  // A write that leaves all bytes of the index alone is no doorbell.
  assign ring      = write_i && addr == hg_regs_pkg::RING_TAIL && bits_i[15:0] != '0;
  assign tail      = (tail_q & ~bits_i[15:0]) | (data_i[15:0] & bits_i[15:0]);
  assign take      = ring && enable_i && tail < size_o;
  assign refused_o = ring && !take;
  assign refusal_o = enable_i ? hg_regs_pkg::ERROR_TAIL_RANGE : hg_regs_pkg::ERROR_DOORBELL_STOPPED;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      tail_q     <= '0;
      doorbell_q <= 1'b0;
    end else begin
      doorbell_q <= take;
      if (clear_i) tail_q <= '0;
      else if (take) tail_q <= tail;
    end
  end

  assign tail_o     = tail_q;
  assign doorbell_o = doorbell_q;

endmodule

`default_nettype wire
