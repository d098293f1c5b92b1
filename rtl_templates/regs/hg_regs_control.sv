// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Registers of control, state, errors, the interrupt and the ring.
///
/// A write is executed in the cycle of `write_i`; reads are combinational and see what was there
/// before it. Commands work in the cycle after their write.
module hg_regs_control (
  /// Clock, rising edge.
  input  logic        clk_i,
  /// Asynchronous reset, active low.
  input  logic        rst_ni,
  /// A register is written.
  input  logic        write_i,
  /// Its offset.
  input  logic [11:2] write_addr_i,
  /// Data of the write.
  input  logic [31:0] write_data_i,
  /// Bytes of the data that count.
  input  logic [3:0]  write_strb_i,
  /// Whether the offset is that of a register that can be written.
  output logic        write_known_o,
  /// Offset of a register that is read.
  input  logic [11:2] read_addr_i,
  /// Whether it is one of these.
  output logic        read_known_o,
  /// The register, or 0.
  output logic [31:0] read_data_o,
  /// Counters begin anew.
  output logic        clear_counters_o,
  /// Counters begin anew shortly before their carry.
  output logic        preset_counters_o,
  /// Commands may begin.
  output logic        enable_o,
  /// The queue is to be emptied.
  output logic        soft_reset_o,
  /// Errors are to be cleared.
  output logic        error_clear_o,
  /// The interrupt.
  output logic        irq_o,
  /// Address of the ring.
  output logic [63:0] ring_base_o,
  /// Entries of the ring.
  output logic [15:0] ring_size_o,
  /// Index behind the last descriptor.
  output logic [15:0] ring_tail_o,
  /// The tail has been written.
  output logic        doorbell_o,
  /// AxPROT.
  output logic [2:0]  axprot_o,
  /// AxCACHE.
  output logic [3:0]  axcache_o,
  /// Bytes from a channel to the next.
  output logic [63:0] channel_stride_o,
  /// First byte of memory that may be touched.
  output logic [63:0] window_base_o,
  /// The byte behind the last that may be touched.
  output logic [63:0] window_end_o,
  /// Nothing is in flight.
  input  logic        idle_i,
  /// A job is under way.
  input  logic        running_i,
  /// A job is complete that asked for an interrupt.
  input  logic        done_i,
  /// An error is there.
  input  logic        error_valid_i,
  /// Its code.
  input  logic [7:0]  error_code_i,
  /// Its address.
  input  logic [63:0] error_addr_i,
  /// Index of the first descriptor that has not been fetched.
  input  logic [15:0] ring_head_i
);

  logic [11:0] write_addr;
  logic [31:0] bits, control, irq_enable, attr, base_lo, base_hi, stride_lo, stride_hi;
  logic [31:0] window_lo, window_hi, end_lo, end_hi;
  logic [31:0] error_lo, error_hi;
  logic [3:0]  ones, command_q;
  logic [2:0]  irq_status, irq_clear;
  logic        refused, failed, error, empty, empty_q;
  logic [7:0]  refusal, error_code;

  assign write_addr = {write_addr_i, 2'b00};
  assign bits = {{8{write_strb_i[3]}}, {8{write_strb_i[2]}}, {8{write_strb_i[1]}},
                 {8{write_strb_i[0]}}};
  assign ones = write_data_i[3:0] & bits[3:0];

  always_comb begin
    case (write_addr)
      hg_regs_pkg::CONTROL,
      hg_regs_pkg::COMMAND,
      hg_regs_pkg::IRQ_STATUS,
      hg_regs_pkg::IRQ_ENABLE,
      hg_regs_pkg::RING_BASE_LO,
      hg_regs_pkg::RING_BASE_HI,
      hg_regs_pkg::RING_SIZE,
      hg_regs_pkg::RING_TAIL,
      hg_regs_pkg::AXI_ATTR,
      hg_regs_pkg::CHANNEL_STRIDE_LO,
      hg_regs_pkg::CHANNEL_STRIDE_HI,
      hg_regs_pkg::WINDOW_BASE_LO,
      hg_regs_pkg::WINDOW_BASE_HI,
      hg_regs_pkg::WINDOW_END_LO,
      hg_regs_pkg::WINDOW_END_HI: write_known_o = 1'b1;
      default: write_known_o = 1'b0;
    endcase
  end

  hg_regs_word #(
    .Mask  (hg_regs_pkg::CONTROL_MASK),
    .Reset (hg_regs_pkg::CONTROL_RESET)
  ) u_control (
    .clk_i,
    .rst_ni,
    .write_i (write_i && write_addr == hg_regs_pkg::CONTROL),
    .data_i  (write_data_i),
    .bits_i  (bits),
    .value_o (control)
  );

  hg_regs_word #(
    .Mask  (hg_regs_pkg::IRQ_ENABLE_MASK),
    .Reset (hg_regs_pkg::IRQ_ENABLE_RESET)
  ) u_irq_enable (
    .clk_i,
    .rst_ni,
    .write_i (write_i && write_addr == hg_regs_pkg::IRQ_ENABLE),
    .data_i  (write_data_i),
    .bits_i  (bits),
    .value_o (irq_enable)
  );

  hg_regs_word #(
    .Mask  (hg_regs_pkg::AXI_ATTR_MASK),
    .Reset (hg_regs_pkg::AXI_ATTR_RESET)
  ) u_attr (
    .clk_i,
    .rst_ni,
    .write_i (write_i && write_addr == hg_regs_pkg::AXI_ATTR),
    .data_i  (write_data_i),
    .bits_i  (bits),
    .value_o (attr)
  );

  hg_regs_word #(
    .Mask  (hg_regs_pkg::CHANNEL_STRIDE_LO_MASK),
    .Reset (hg_regs_pkg::CHANNEL_STRIDE_LO_RESET)
  ) u_stride_lo (
    .clk_i,
    .rst_ni,
    .write_i (write_i && write_addr == hg_regs_pkg::CHANNEL_STRIDE_LO),
    .data_i  (write_data_i),
    .bits_i  (bits),
    .value_o (stride_lo)
  );

  hg_regs_word #(
    .Mask  (hg_regs_pkg::CHANNEL_STRIDE_HI_MASK),
    .Reset (hg_regs_pkg::CHANNEL_STRIDE_HI_RESET)
  ) u_stride_hi (
    .clk_i,
    .rst_ni,
    .write_i (write_i && write_addr == hg_regs_pkg::CHANNEL_STRIDE_HI),
    .data_i  (write_data_i),
    .bits_i  (bits),
    .value_o (stride_hi)
  );

  hg_regs_word #(
    .Mask  (hg_regs_pkg::WINDOW_BASE_LO_MASK),
    .Reset (hg_regs_pkg::WINDOW_BASE_LO_RESET)
  ) u_window_lo (
    .clk_i,
    .rst_ni,
    .write_i (write_i && write_addr == hg_regs_pkg::WINDOW_BASE_LO),
    .data_i  (write_data_i),
    .bits_i  (bits),
    .value_o (window_lo)
  );

  hg_regs_word #(
    .Mask  (hg_regs_pkg::WINDOW_BASE_HI_MASK),
    .Reset (hg_regs_pkg::WINDOW_BASE_HI_RESET)
  ) u_window_hi (
    .clk_i,
    .rst_ni,
    .write_i (write_i && write_addr == hg_regs_pkg::WINDOW_BASE_HI),
    .data_i  (write_data_i),
    .bits_i  (bits),
    .value_o (window_hi)
  );

  hg_regs_word #(
    .Mask  (hg_regs_pkg::WINDOW_END_LO_MASK),
    .Reset (hg_regs_pkg::WINDOW_END_LO_RESET)
  ) u_end_lo (
    .clk_i,
    .rst_ni,
    .write_i (write_i && write_addr == hg_regs_pkg::WINDOW_END_LO),
    .data_i  (write_data_i),
    .bits_i  (bits),
    .value_o (end_lo)
  );

  hg_regs_word #(
    .Mask  (hg_regs_pkg::WINDOW_END_HI_MASK),
    .Reset (hg_regs_pkg::WINDOW_END_HI_RESET)
  ) u_end_hi (
    .clk_i,
    .rst_ni,
    .write_i (write_i && write_addr == hg_regs_pkg::WINDOW_END_HI),
    .data_i  (write_data_i),
    .bits_i  (bits),
    .value_o (end_hi)
  );

  hg_regs_ring u_ring (
    .clk_i,
    .rst_ni,
    .enable_i   (enable_o),
    .clear_i    (soft_reset_o),
    .write_i,
    .addr_i     (write_addr_i),
    .data_i     (write_data_i),
    .bits_i     (bits),
    .base_o     ({base_hi, base_lo}),
    .size_o     (ring_size_o),
    .tail_o     (ring_tail_o),
    .doorbell_o,
    .refused_o  (refused),
    .refusal_o  (refusal)
  );

  hg_regs_error u_error (
    .clk_i,
    .rst_ni,
    .clear_i   (error_clear_o),
    .valid_i   (error_valid_i),
    .code_i    (error_code_i),
    .addr_i    (error_addr_i),
    .refused_i (refused),
    .refusal_i (refusal),
    .event_o   (failed),
    .error_o   (error),
    .code_o    (error_code),
    .addr_o    ({error_hi, error_lo})
  );

  assign irq_clear = (write_i && write_addr == hg_regs_pkg::IRQ_STATUS) ? ones[2:0] : '0;

  hg_regs_irq u_irq (
    .clk_i,
    .rst_ni,
    .set_i    ({empty && !empty_q, failed, done_i}),
    .clear_i  (irq_clear),
    .enable_i (irq_enable[2:0]),
    .status_o (irq_status),
    .irq_o
  );

  assign empty = ring_head_i == ring_tail_o;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      command_q <= '0;
      empty_q   <= 1'b1;
    end else begin
      command_q <= (write_i && write_addr == hg_regs_pkg::COMMAND) ? ones : '0;
      empty_q   <= empty;
    end
  end

  assign enable_o          = control[0];
  assign soft_reset_o      = command_q[0];
  assign clear_counters_o  = command_q[1];
  assign error_clear_o     = command_q[2];
  assign preset_counters_o = command_q[3];
  assign axprot_o          = attr[2:0];
  assign axcache_o         = attr[7:4];
  assign ring_base_o       = {base_hi, base_lo};
  assign channel_stride_o  = {stride_hi, stride_lo};
  assign window_base_o     = {window_hi, window_lo};
  assign window_end_o      = {end_hi, end_lo};

  always_comb begin
    read_known_o = 1'b1;
    case ({read_addr_i, 2'b00})
      hg_regs_pkg::CONTROL:           read_data_o = control;
      hg_regs_pkg::STATUS:            read_data_o = {28'd0, empty, error, running_i, idle_i};
      hg_regs_pkg::ERROR_CODE:        read_data_o = {24'd0, error_code};
      hg_regs_pkg::ERROR_ADDR_LO:     read_data_o = error_lo;
      hg_regs_pkg::ERROR_ADDR_HI:     read_data_o = error_hi;
      hg_regs_pkg::IRQ_STATUS:        read_data_o = {29'd0, irq_status};
      hg_regs_pkg::IRQ_ENABLE:        read_data_o = irq_enable;
      hg_regs_pkg::RING_BASE_LO:      read_data_o = base_lo;
      hg_regs_pkg::RING_BASE_HI:      read_data_o = base_hi;
      hg_regs_pkg::RING_SIZE:         read_data_o = {16'd0, ring_size_o};
      hg_regs_pkg::RING_TAIL:         read_data_o = {16'd0, ring_tail_o};
      hg_regs_pkg::RING_HEAD:         read_data_o = {16'd0, ring_head_i};
      hg_regs_pkg::AXI_ATTR:          read_data_o = attr;
      hg_regs_pkg::CHANNEL_STRIDE_LO: read_data_o = stride_lo;
      hg_regs_pkg::CHANNEL_STRIDE_HI: read_data_o = stride_hi;
      hg_regs_pkg::WINDOW_BASE_LO:    read_data_o = window_lo;
      hg_regs_pkg::WINDOW_BASE_HI:    read_data_o = window_hi;
      hg_regs_pkg::WINDOW_END_LO:     read_data_o = end_lo;
      hg_regs_pkg::WINDOW_END_HI:     read_data_o = end_hi;
      default: begin
        read_known_o = 1'b0;
        read_data_o  = '0;
      end
    endcase
  end

endmodule

`default_nettype wire
