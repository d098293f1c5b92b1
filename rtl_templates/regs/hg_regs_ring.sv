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

`ifdef HG_FORMAL
  // What was there in the cycle before.
  logic        f_seen_q, f_enable_q, f_clear_q, f_ring_q, f_refused_q;
  logic [15:0] f_size_q, f_tail_q;

  initial f_seen_q = 1'b0;
  always @(posedge clk_i) f_seen_q <= 1'b1;
  always_comb assume (rst_ni == f_seen_q);

  always @(posedge clk_i) begin
    f_enable_q  <= enable_i;
    f_clear_q   <= clear_i;
    f_ring_q    <= rst_ni && ring;
    f_refused_q <= rst_ni && refused_o;
    f_size_q    <= size_o;
    f_tail_q    <= rst_ni ? tail_o : '0;
    if (rst_ni) begin
      // A doorbell is taken or refused, and refused with its reason.
      assert ((doorbell_o || f_refused_q) == f_ring_q && !(doorbell_o && f_refused_q));
      if (doorbell_o) assert (f_enable_q && (f_clear_q || tail_o < f_size_q));
      if (refused_o && !enable_i) assert (refusal_o == hg_regs_pkg::ERROR_DOORBELL_STOPPED);
      if (refused_o && enable_i) assert (refusal_o == hg_regs_pkg::ERROR_TAIL_RANGE);
      if (refused_o && enable_i) assert (tail >= size_o);
      // Nothing else moves the tail.
      if (f_clear_q) assert (tail_o == '0);
      else if (!doorbell_o) assert (tail_o == f_tail_q);
      cover (doorbell_o && tail_o == 16'd3);
    end
  end
`endif

endmodule

`default_nettype wire
