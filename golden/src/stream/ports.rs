// SPDX-License-Identifier: MIT OR Apache-2.0
//! Ports that a stream reader and a stream writer have in common, and their widths.

use crate::interface::{CLOCK, Port, input, output};

/// Bits of the bytes of a row in a command.
pub const BYTES_W: u32 = 21;
/// Bits of the rows of a command.
pub const ROWS_W: u32 = 17;
/// Bits of the stride of a command.
pub const STRIDE_W: u32 = 32;
/// Bits of an address.
pub const ADDR_W: u32 = 64;
/// Bits of a [`Code`](super::Code).
pub const CODE_W: u32 = 3;

/// Returns clock, reset, the stream of commands and the window.
pub(crate) fn command_ports() -> Vec<Port> {
    let mut ports = CLOCK.to_vec();
    ports.extend([
        input("cmd_valid_i", 1),
        output("cmd_ready_o", 1),
        input("cmd_addr_i", ADDR_W),
        input("cmd_bytes_i", BYTES_W),
        input("cmd_rows_i", ROWS_W),
        input("cmd_stride_i", STRIDE_W),
        input("range_base_i", ADDR_W),
        input("range_end_i", ADDR_W),
    ]);
    ports
}

/// Returns the first error of the bus, and what registers count; `flight_w` bits count bursts.
pub(crate) fn report_ports(flight_w: u32) -> [Port; 8] {
    [
        output("error_valid_o", 1),
        output("error_code_o", 2),
        output("error_addr_o", ADDR_W),
        input("error_clear_i", 1),
        output("idle_o", 1),
        output("bursts_o", flight_w),
        output("beat_o", 1),
        output("blocked_o", 1),
    ]
}
