// SPDX-License-Identifier: MIT OR Apache-2.0
//! Registers of hwgen accelerators: offsets in bytes, fields, and error codes.
//!
//! The same for every accelerator: software reads from the first registers what an accelerator has.
//! Registers of planes and channels that it does not have answer with an error.

/// The letters HWGA, the first in the low byte.
pub const MAGIC: u32 = 0x000;
/// What is in it.
pub const MAGIC_VALUE: u32 = 0x41475748;
/// Version of the register map.
pub const VERSION: u32 = 0x004;
/// What is in it.
pub const VERSION_VALUE: u32 = 0x00010001;
/// Changes that old software survives.
pub const VERSION_MINOR: u32 = 0x0000ffff;
/// Its lowest bit.
pub const VERSION_MINOR_SHIFT: u32 = 0;
/// Changes that it does not survive.
pub const VERSION_MAJOR: u32 = 0xffff0000;
/// Its lowest bit.
pub const VERSION_MAJOR_SHIFT: u32 = 16;
/// Most elements of a head.
pub const D_HEAD: u32 = 0x008;
/// Multiplier lanes.
pub const MULTIPLIERS: u32 = 0x00c;
/// Tokens of a row.
pub const ROW_TOKENS: u32 = 0x010;
/// Most tokens of a job.
pub const MAX_TOKENS: u32 = 0x014;
/// Bits of the planes of K, four bits per plane, the top plane lowest, 0 behind the last.
pub const K_PLANES: u32 = 0x018;
/// Bits of the planes of V, likewise.
pub const V_PLANES: u32 = 0x01c;
/// Jobs in flight.
pub const JOBS: u32 = 0x020;
/// Channels of the memory.
pub const CHANNELS: u32 = 0x024;
/// Bits of a word of a channel, which is what planes are aligned to.
pub const DATA_W: u32 = 0x028;
/// Entries of the table of heads.
pub const HEADS: u32 = 0x02c;
/// Bits of the data of the port for descriptors, queries and results.
pub const IO_W: u32 = 0x030;
/// How the planes of V lie: 0 plane by plane, 1 all planes of a token together, 2 plane by plane
/// with each vector filled up to a power of two of bytes.
pub const V_LAYOUT: u32 = 0x034;
/// What there is.
pub const FEATURES: u32 = 0x038;
/// The attention core.
pub const FEATURES_ATTENTION: u32 = 0x00000001;
/// Its lowest bit.
pub const FEATURES_ATTENTION_SHIFT: u32 = 0;
/// Cascade pruning.
pub const FEATURES_CASCADE: u32 = 0x00000002;
/// Its lowest bit.
pub const FEATURES_CASCADE_SHIFT: u32 = 1;
/// The appending of tokens to the planes in memory.
pub const FEATURES_APPEND: u32 = 0x00000004;
/// Its lowest bit.
pub const FEATURES_APPEND_SHIFT: u32 = 2;
/// The array for sparse GEMM.
pub const FEATURES_FIGS: u32 = 0x00000008;
/// Its lowest bit.
pub const FEATURES_FIGS_SHIFT: u32 = 3;
/// What the accelerator may do.
pub const CONTROL: u32 = 0x040;
/// 1 lets commands begin; 0 stops: what has begun ends, and nothing new begins.
pub const CONTROL_ENABLE: u32 = 0x00000001;
/// Its lowest bit.
pub const CONTROL_ENABLE_SHIFT: u32 = 0;
/// A bit that is written as 1 does something once.
pub const COMMAND: u32 = 0x044;
/// Empties the command ring: head and tail become 0.
pub const COMMAND_RESET_QUEUE: u32 = 0x00000001;
/// Its lowest bit.
pub const COMMAND_RESET_QUEUE_SHIFT: u32 = 0;
/// Sets all counters to 0, and the most requests in flight to those of now.
pub const COMMAND_CLEAR_COUNTERS: u32 = 0x00000002;
/// Its lowest bit.
pub const COMMAND_CLEAR_COUNTERS_SHIFT: u32 = 1;
/// Forgets the error that is recorded.
pub const COMMAND_CLEAR_ERROR: u32 = 0x00000004;
/// Its lowest bit.
pub const COMMAND_CLEAR_ERROR_SHIFT: u32 = 2;
/// Sets all counters to 0xFFFFFFC0, so that software can try what it does when their high halves
/// change.
pub const COMMAND_PRESET_COUNTERS: u32 = 0x00000008;
/// Its lowest bit.
pub const COMMAND_PRESET_COUNTERS_SHIFT: u32 = 3;
/// What the accelerator is doing.
pub const STATUS: u32 = 0x048;
/// Nothing is in flight.
pub const STATUS_IDLE: u32 = 0x00000001;
/// Its lowest bit.
pub const STATUS_IDLE_SHIFT: u32 = 0;
/// A job is under way.
pub const STATUS_RUNNING: u32 = 0x00000002;
/// Its lowest bit.
pub const STATUS_RUNNING_SHIFT: u32 = 1;
/// An error is recorded.
pub const STATUS_ERROR: u32 = 0x00000004;
/// Its lowest bit.
pub const STATUS_ERROR_SHIFT: u32 = 2;
/// Head and tail are equal.
pub const STATUS_RING_EMPTY: u32 = 0x00000008;
/// Its lowest bit.
pub const STATUS_RING_EMPTY_SHIFT: u32 = 3;
/// The first error since errors were cleared.
pub const ERROR_CODE: u32 = 0x04c;
/// Its code, or 0 if there was none.
pub const ERROR_CODE_CODE: u32 = 0x000000ff;
/// Its lowest bit.
pub const ERROR_CODE_CODE_SHIFT: u32 = 0;
/// Address of the first error, or 0 if it has none. Bits 31 to 0.
pub const ERROR_ADDR_LO: u32 = 0x050;
/// Address of the first error, or 0 if it has none. Bits 63 to 32.
pub const ERROR_ADDR_HI: u32 = 0x054;
/// Events since they were cleared. Writing 1 clears a bit; an event of the same cycle sets it
/// nevertheless.
pub const IRQ_STATUS: u32 = 0x058;
/// A job is complete that asked for an interrupt.
pub const IRQ_STATUS_DONE: u32 = 0x00000001;
/// Its lowest bit.
pub const IRQ_STATUS_DONE_SHIFT: u32 = 0;
/// An error happened, whether it is the one that is recorded or not.
pub const IRQ_STATUS_ERROR: u32 = 0x00000002;
/// Its lowest bit.
pub const IRQ_STATUS_ERROR_SHIFT: u32 = 1;
/// The ring has become empty.
pub const IRQ_STATUS_RING_EMPTY: u32 = 0x00000004;
/// Its lowest bit.
pub const IRQ_STATUS_RING_EMPTY_SHIFT: u32 = 2;
/// Events that raise the interrupt, which is high while an enabled bit of IRQ_STATUS is set.
pub const IRQ_ENABLE: u32 = 0x05c;
/// Of IRQ_STATUS.DONE.
pub const IRQ_ENABLE_DONE: u32 = 0x00000001;
/// Its lowest bit.
pub const IRQ_ENABLE_DONE_SHIFT: u32 = 0;
/// Of IRQ_STATUS.ERROR.
pub const IRQ_ENABLE_ERROR: u32 = 0x00000002;
/// Its lowest bit.
pub const IRQ_ENABLE_ERROR_SHIFT: u32 = 1;
/// Of IRQ_STATUS.RING_EMPTY.
pub const IRQ_ENABLE_RING_EMPTY: u32 = 0x00000004;
/// Its lowest bit.
pub const IRQ_ENABLE_RING_EMPTY_SHIFT: u32 = 2;
/// Address of the command ring. Write it while CONTROL.ENABLE is 0. Bits 31 to 0.
pub const RING_BASE_LO: u32 = 0x060;
/// Address of the command ring. Write it while CONTROL.ENABLE is 0. Bits 63 to 32.
pub const RING_BASE_HI: u32 = 0x064;
/// Size of the command ring. Write it while CONTROL.ENABLE is 0.
pub const RING_SIZE: u32 = 0x068;
/// Descriptors of the ring.
pub const RING_SIZE_ENTRIES: u32 = 0x0000ffff;
/// Its lowest bit.
pub const RING_SIZE_ENTRIES_SHIFT: u32 = 0;
/// The doorbell: descriptors before this index, from the head on, may be executed. A write while
/// CONTROL.ENABLE is 0, or of RING_SIZE or more, is an error and changes nothing.
pub const RING_TAIL: u32 = 0x06c;
/// The first descriptor that is not for the accelerator yet.
pub const RING_TAIL_INDEX: u32 = 0x0000ffff;
/// Its lowest bit.
pub const RING_TAIL_INDEX_SHIFT: u32 = 0;
/// How far the accelerator has come.
pub const RING_HEAD: u32 = 0x070;
/// The first descriptor that it has not fetched.
pub const RING_HEAD_INDEX: u32 = 0x0000ffff;
/// Its lowest bit.
pub const RING_HEAD_INDEX_SHIFT: u32 = 0;
/// Attributes of all accesses to memory.
pub const AXI_ATTR: u32 = 0x074;
/// AxPROT.
pub const AXI_ATTR_PROT: u32 = 0x00000007;
/// Its lowest bit.
pub const AXI_ATTR_PROT_SHIFT: u32 = 0;
/// AxCACHE.
pub const AXI_ATTR_CACHE: u32 = 0x000000f0;
/// Its lowest bit.
pub const AXI_ATTR_CACHE_SHIFT: u32 = 4;
/// Bytes from the address space of a channel to that of the next. Bits 31 to 0.
pub const CHANNEL_STRIDE_LO: u32 = 0x078;
/// Bytes from the address space of a channel to that of the next. Bits 63 to 32.
pub const CHANNEL_STRIDE_HI: u32 = 0x07c;
/// First byte that may be touched. Write it while CONTROL.ENABLE is 0. Bits 31 to 0.
pub const WINDOW_BASE_LO: u32 = 0x080;
/// First byte that may be touched. Write it while CONTROL.ENABLE is 0. Bits 63 to 32.
pub const WINDOW_BASE_HI: u32 = 0x084;
/// The byte behind the last of them. Write it while CONTROL.ENABLE is 0. Bits 31 to 0.
pub const WINDOW_END_LO: u32 = 0x088;
/// The byte behind the last of them. Write it while CONTROL.ENABLE is 0. Bits 63 to 32.
pub const WINDOW_END_HI: u32 = 0x08c;
/// Cycles in which a job was under way. Bits 31 to 0.
pub const CYCLES_LO: u32 = 0x100;
/// Cycles in which a job was under way. Bits 63 to 32.
pub const CYCLES_HI: u32 = 0x104;
/// Cycles in which QK worked. Bits 31 to 0.
pub const BUSY_QK_LO: u32 = 0x108;
/// Cycles in which QK worked. Bits 63 to 32.
pub const BUSY_QK_HI: u32 = 0x10c;
/// Cycles in which the scores were made. Bits 31 to 0.
pub const BUSY_SCORE_LO: u32 = 0x110;
/// Cycles in which the scores were made. Bits 63 to 32.
pub const BUSY_SCORE_HI: u32 = 0x114;
/// Cycles in which the softmax worked. Bits 31 to 0.
pub const BUSY_SOFTMAX_LO: u32 = 0x118;
/// Cycles in which the softmax worked. Bits 63 to 32.
pub const BUSY_SOFTMAX_HI: u32 = 0x11c;
/// Cycles in which PV worked. Bits 31 to 0.
pub const BUSY_PV_LO: u32 = 0x120;
/// Cycles in which PV worked. Bits 63 to 32.
pub const BUSY_PV_HI: u32 = 0x124;
/// Bytes of the beats that were read for queries, biases, lists and descriptors. Bits 31 to 0.
pub const IN_BYTES_LO: u32 = 0x128;
/// Bytes of the beats that were read for queries, biases, lists and descriptors. Bits 63 to 32.
pub const IN_BYTES_HI: u32 = 0x12c;
/// Bytes that were written: results, lists, completion records. Bits 31 to 0.
pub const OUT_BYTES_LO: u32 = 0x130;
/// Bytes that were written: results, lists, completion records. Bits 63 to 32.
pub const OUT_BYTES_HI: u32 = 0x134;
/// Bytes of plane 0 of K that were asked for. Bits 31 to 0.
pub const K_BYTES0_LO: u32 = 0x140;
/// Bytes of plane 0 of K that were asked for. Bits 63 to 32.
pub const K_BYTES0_HI: u32 = 0x144;
/// Bytes of plane 1 of K that were asked for. Bits 31 to 0.
pub const K_BYTES1_LO: u32 = 0x148;
/// Bytes of plane 1 of K that were asked for. Bits 63 to 32.
pub const K_BYTES1_HI: u32 = 0x14c;
/// Bytes of plane 2 of K that were asked for. Bits 31 to 0.
pub const K_BYTES2_LO: u32 = 0x150;
/// Bytes of plane 2 of K that were asked for. Bits 63 to 32.
pub const K_BYTES2_HI: u32 = 0x154;
/// Bytes of plane 0 of V that were asked for. Bits 31 to 0.
pub const V_BYTES0_LO: u32 = 0x160;
/// Bytes of plane 0 of V that were asked for. Bits 63 to 32.
pub const V_BYTES0_HI: u32 = 0x164;
/// Bytes of plane 1 of V that were asked for. Bits 31 to 0.
pub const V_BYTES1_LO: u32 = 0x168;
/// Bytes of plane 1 of V that were asked for. Bits 63 to 32.
pub const V_BYTES1_HI: u32 = 0x16c;
/// Bytes of plane 2 of V that were asked for. Bits 31 to 0.
pub const V_BYTES2_LO: u32 = 0x170;
/// Bytes of plane 2 of V that were asked for. Bits 63 to 32.
pub const V_BYTES2_HI: u32 = 0x174;

/// Where the registers of channel 0 lie.
pub const CHANNEL_BASE: u32 = 0x800;
/// Bytes from the registers of a channel to those of the next.
pub const CHANNEL_STRIDE_BYTES: u32 = 0x10;
/// Of a channel, from its first register on.
/// Requests of this channel in flight.
pub const FLIGHT: u32 = 0x0;
/// Now.
pub const FLIGHT_NOW: u32 = 0x000003ff;
/// Its lowest bit.
pub const FLIGHT_NOW_SHIFT: u32 = 0;
/// The most since counters were cleared.
pub const FLIGHT_MOST: u32 = 0x03ff0000;
/// Its lowest bit.
pub const FLIGHT_MOST_SHIFT: u32 = 16;
/// Of a channel, from its first register on.
/// Cycles in which a request of this channel waited for the memory. Bits 31 to 0.
pub const BLOCKED_LO: u32 = 0x8;
/// Of a channel, from its first register on.
/// Cycles in which a request of this channel waited for the memory. Bits 63 to 32.
pub const BLOCKED_HI: u32 = 0xc;

/// RING_TAIL was written while CONTROL.ENABLE was 0; the tail is as it was.
pub const ERROR_DOORBELL_STOPPED: u32 = 1;
/// RING_TAIL was written with a value of RING_SIZE or more; the tail is as it was.
pub const ERROR_TAIL_RANGE: u32 = 2;
/// The first code of the modules behind the registers.
pub const ERROR_FIRST_OUTSIDE: u32 = 16;
