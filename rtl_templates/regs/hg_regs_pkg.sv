// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Offsets of the registers, the bits that software writes, their values after reset, and the
/// codes of errors. Offsets of a channel's registers are those of channel 0.
package hg_regs_pkg;

  // No module reads all of them.
  // verilator lint_off UNUSEDPARAM

  /// The letters HWGA, the first in the low byte.
  localparam logic [11:0] MAGIC = 12'h000;
  localparam logic [31:0] MAGIC_VALUE = 32'h41475748;
  /// Version of the register map.
  localparam logic [11:0] VERSION = 12'h004;
  localparam logic [31:0] VERSION_VALUE = 32'h00010001;
  /// Most elements of a head.
  localparam logic [11:0] D_HEAD = 12'h008;
  /// Multiplier lanes.
  localparam logic [11:0] MULTIPLIERS = 12'h00c;
  /// Tokens of a row.
  localparam logic [11:0] ROW_TOKENS = 12'h010;
  /// Most tokens of a job.
  localparam logic [11:0] MAX_TOKENS = 12'h014;
  /// Bits of the planes of K, four bits per plane, the top plane lowest, 0 behind the last.
  localparam logic [11:0] K_PLANES = 12'h018;
  /// Bits of the planes of V, likewise.
  localparam logic [11:0] V_PLANES = 12'h01c;
  /// Jobs in flight.
  localparam logic [11:0] JOBS = 12'h020;
  /// Channels of the memory.
  localparam logic [11:0] CHANNELS = 12'h024;
  /// Bits of a word of a channel, which is what planes are aligned to.
  localparam logic [11:0] DATA_W = 12'h028;
  /// Entries of the table of heads.
  localparam logic [11:0] HEADS = 12'h02c;
  /// Bits of the data of the port for descriptors, queries and results.
  localparam logic [11:0] IO_W = 12'h030;
  /// How the planes of V lie: 0 plane by plane, 1 all planes of a token together, 2 plane by plane
  /// with each vector filled up to a power of two of bytes.
  localparam logic [11:0] V_LAYOUT = 12'h034;
  /// What there is.
  localparam logic [11:0] FEATURES = 12'h038;
  /// What the accelerator may do.
  localparam logic [11:0] CONTROL = 12'h040;
  localparam logic [31:0] CONTROL_MASK = 32'h00000001;
  localparam logic [31:0] CONTROL_RESET = 32'h00000000;
  /// A bit that is written as 1 does something once.
  localparam logic [11:0] COMMAND = 12'h044;
  /// What the accelerator is doing.
  localparam logic [11:0] STATUS = 12'h048;
  /// The first error since errors were cleared.
  localparam logic [11:0] ERROR_CODE = 12'h04c;
  /// Address of the first error, or 0 if it has none. Bits 31 to 0.
  localparam logic [11:0] ERROR_ADDR_LO = 12'h050;
  /// Address of the first error, or 0 if it has none. Bits 63 to 32.
  localparam logic [11:0] ERROR_ADDR_HI = 12'h054;
  /// Events since they were cleared. Writing 1 clears a bit; an event of the same cycle sets it
  /// nevertheless.
  localparam logic [11:0] IRQ_STATUS = 12'h058;
  /// Events that raise the interrupt, which is high while an enabled bit of IRQ_STATUS is set.
  localparam logic [11:0] IRQ_ENABLE = 12'h05c;
  localparam logic [31:0] IRQ_ENABLE_MASK = 32'h00000007;
  localparam logic [31:0] IRQ_ENABLE_RESET = 32'h00000000;
  /// Address of the command ring. Write it while CONTROL.ENABLE is 0. Bits 31 to 0.
  localparam logic [11:0] RING_BASE_LO = 12'h060;
  localparam logic [31:0] RING_BASE_LO_MASK = 32'hffffffff;
  localparam logic [31:0] RING_BASE_LO_RESET = 32'h00000000;
  /// Address of the command ring. Write it while CONTROL.ENABLE is 0. Bits 63 to 32.
  localparam logic [11:0] RING_BASE_HI = 12'h064;
  localparam logic [31:0] RING_BASE_HI_MASK = 32'hffffffff;
  localparam logic [31:0] RING_BASE_HI_RESET = 32'h00000000;
  /// Size of the command ring. Write it while CONTROL.ENABLE is 0.
  localparam logic [11:0] RING_SIZE = 12'h068;
  localparam logic [31:0] RING_SIZE_MASK = 32'h0000ffff;
  localparam logic [31:0] RING_SIZE_RESET = 32'h00000000;
  /// The doorbell: descriptors before this index, from the head on, may be executed. A write while
  /// CONTROL.ENABLE is 0, or of RING_SIZE or more, is an error and changes nothing.
  localparam logic [11:0] RING_TAIL = 12'h06c;
  localparam logic [31:0] RING_TAIL_MASK = 32'h0000ffff;
  localparam logic [31:0] RING_TAIL_RESET = 32'h00000000;
  /// How far the accelerator has come.
  localparam logic [11:0] RING_HEAD = 12'h070;
  /// Attributes of all accesses to memory.
  localparam logic [11:0] AXI_ATTR = 12'h074;
  localparam logic [31:0] AXI_ATTR_MASK = 32'h000000f7;
  localparam logic [31:0] AXI_ATTR_RESET = 32'h00000030;
  /// Bytes from the address space of a channel to that of the next. Bits 31 to 0.
  localparam logic [11:0] CHANNEL_STRIDE_LO = 12'h078;
  localparam logic [31:0] CHANNEL_STRIDE_LO_MASK = 32'hffffffff;
  localparam logic [31:0] CHANNEL_STRIDE_LO_RESET = 32'h00000000;
  /// Bytes from the address space of a channel to that of the next. Bits 63 to 32.
  localparam logic [11:0] CHANNEL_STRIDE_HI = 12'h07c;
  localparam logic [31:0] CHANNEL_STRIDE_HI_MASK = 32'hffffffff;
  localparam logic [31:0] CHANNEL_STRIDE_HI_RESET = 32'h00000000;
  /// First byte that may be touched. Write it while CONTROL.ENABLE is 0. Bits 31 to 0.
  localparam logic [11:0] WINDOW_BASE_LO = 12'h080;
  localparam logic [31:0] WINDOW_BASE_LO_MASK = 32'hffffffff;
  localparam logic [31:0] WINDOW_BASE_LO_RESET = 32'h00000000;
  /// First byte that may be touched. Write it while CONTROL.ENABLE is 0. Bits 63 to 32.
  localparam logic [11:0] WINDOW_BASE_HI = 12'h084;
  localparam logic [31:0] WINDOW_BASE_HI_MASK = 32'hffffffff;
  localparam logic [31:0] WINDOW_BASE_HI_RESET = 32'h00000000;
  /// The byte behind the last of them. Write it while CONTROL.ENABLE is 0. Bits 31 to 0.
  localparam logic [11:0] WINDOW_END_LO = 12'h088;
  localparam logic [31:0] WINDOW_END_LO_MASK = 32'hffffffff;
  localparam logic [31:0] WINDOW_END_LO_RESET = 32'hffffffff;
  /// The byte behind the last of them. Write it while CONTROL.ENABLE is 0. Bits 63 to 32.
  localparam logic [11:0] WINDOW_END_HI = 12'h08c;
  localparam logic [31:0] WINDOW_END_HI_MASK = 32'hffffffff;
  localparam logic [31:0] WINDOW_END_HI_RESET = 32'hffffffff;
  /// Cycles in which a job was under way. Bits 31 to 0.
  localparam logic [11:0] CYCLES_LO = 12'h100;
  /// Cycles in which a job was under way. Bits 63 to 32.
  localparam logic [11:0] CYCLES_HI = 12'h104;
  /// Cycles in which QK worked. Bits 31 to 0.
  localparam logic [11:0] BUSY_QK_LO = 12'h108;
  /// Cycles in which QK worked. Bits 63 to 32.
  localparam logic [11:0] BUSY_QK_HI = 12'h10c;
  /// Cycles in which the scores were made. Bits 31 to 0.
  localparam logic [11:0] BUSY_SCORE_LO = 12'h110;
  /// Cycles in which the scores were made. Bits 63 to 32.
  localparam logic [11:0] BUSY_SCORE_HI = 12'h114;
  /// Cycles in which the softmax worked. Bits 31 to 0.
  localparam logic [11:0] BUSY_SOFTMAX_LO = 12'h118;
  /// Cycles in which the softmax worked. Bits 63 to 32.
  localparam logic [11:0] BUSY_SOFTMAX_HI = 12'h11c;
  /// Cycles in which PV worked. Bits 31 to 0.
  localparam logic [11:0] BUSY_PV_LO = 12'h120;
  /// Cycles in which PV worked. Bits 63 to 32.
  localparam logic [11:0] BUSY_PV_HI = 12'h124;
  /// Bytes of the beats that were read for queries, biases, lists and descriptors. Bits 31 to 0.
  localparam logic [11:0] IN_BYTES_LO = 12'h128;
  /// Bytes of the beats that were read for queries, biases, lists and descriptors. Bits 63 to 32.
  localparam logic [11:0] IN_BYTES_HI = 12'h12c;
  /// Bytes that were written: results, lists, completion records. Bits 31 to 0.
  localparam logic [11:0] OUT_BYTES_LO = 12'h130;
  /// Bytes that were written: results, lists, completion records. Bits 63 to 32.
  localparam logic [11:0] OUT_BYTES_HI = 12'h134;
  /// Bytes of plane 0 of K that were asked for. Bits 31 to 0.
  localparam logic [11:0] K_BYTES0_LO = 12'h140;
  /// Bytes of plane 0 of K that were asked for. Bits 63 to 32.
  localparam logic [11:0] K_BYTES0_HI = 12'h144;
  /// Bytes of plane 1 of K that were asked for. Bits 31 to 0.
  localparam logic [11:0] K_BYTES1_LO = 12'h148;
  /// Bytes of plane 1 of K that were asked for. Bits 63 to 32.
  localparam logic [11:0] K_BYTES1_HI = 12'h14c;
  /// Bytes of plane 2 of K that were asked for. Bits 31 to 0.
  localparam logic [11:0] K_BYTES2_LO = 12'h150;
  /// Bytes of plane 2 of K that were asked for. Bits 63 to 32.
  localparam logic [11:0] K_BYTES2_HI = 12'h154;
  /// Bytes of plane 0 of V that were asked for. Bits 31 to 0.
  localparam logic [11:0] V_BYTES0_LO = 12'h160;
  /// Bytes of plane 0 of V that were asked for. Bits 63 to 32.
  localparam logic [11:0] V_BYTES0_HI = 12'h164;
  /// Bytes of plane 1 of V that were asked for. Bits 31 to 0.
  localparam logic [11:0] V_BYTES1_LO = 12'h168;
  /// Bytes of plane 1 of V that were asked for. Bits 63 to 32.
  localparam logic [11:0] V_BYTES1_HI = 12'h16c;
  /// Bytes of plane 2 of V that were asked for. Bits 31 to 0.
  localparam logic [11:0] V_BYTES2_LO = 12'h170;
  /// Bytes of plane 2 of V that were asked for. Bits 63 to 32.
  localparam logic [11:0] V_BYTES2_HI = 12'h174;
  /// Requests of this channel in flight.
  localparam logic [11:0] FLIGHT = 12'h800;
  /// Cycles in which a request of this channel waited for the memory. Bits 31 to 0.
  localparam logic [11:0] BLOCKED_LO = 12'h808;
  /// Cycles in which a request of this channel waited for the memory. Bits 63 to 32.
  localparam logic [11:0] BLOCKED_HI = 12'h80c;
  /// RING_TAIL was written while CONTROL.ENABLE was 0; the tail is as it was.
  localparam logic [7:0] ERROR_DOORBELL_STOPPED = 8'h01;
  /// RING_TAIL was written with a value of RING_SIZE or more; the tail is as it was.
  localparam logic [7:0] ERROR_TAIL_RANGE = 8'h02;

  // verilator lint_on UNUSEDPARAM

endpackage

`default_nettype wire
