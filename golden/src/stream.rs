// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the movers of streams have in common: commands, which of them are refused, and the bursts
//! that a range of bytes is cut into.
//!
//! A command names rows of equal length whose addresses are `stride` bytes apart. Each row is
//! aligned on its own: it begins with byte 0 of a word, whatever its address is. What becomes of
//! the bytes is said by [`stream_reader`](crate::stream_reader) and
//! [`stream_writer`](crate::stream_writer).

mod burst;
mod ports;

pub use burst::{Burst, PAGE, bursts};
pub use ports::{ADDR_W, BYTES_W, CODE_W, ROWS_W, STRIDE_W};
pub(crate) use ports::{command_ports, report_ports};

use crate::violation::Violation;

/// Most bytes of a row.
pub const MAX_BYTES: u32 = 1 << 20;
/// Most rows of a command.
pub const MAX_ROWS: u32 = 1 << 16;

/// A command of a stream reader or a stream writer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Command {
    /// Address of the first byte of the first row, of any alignment.
    pub addr: u64,
    /// Bytes of a row, 1 to 2^20.
    pub bytes: u32,
    /// Rows, 1 to 2^16.
    pub rows: u32,
    /// Bytes from the beginning of a row to that of the next.
    pub stride: i32,
}

/// The memory that commands may touch: `base` and up, below `end`.
///
/// The last byte of the address space is in no window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// First byte.
    pub base: u64,
    /// The byte behind the last.
    pub end: u64,
}

/// How a command ended: what is in its beat of the stream `done`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Code {
    /// Every byte was moved.
    Okay = 0,
    /// Refused: no bytes in a row, or more than 2^20.
    Bytes = 1,
    /// Refused: no rows, or more than 2^16.
    Rows = 2,
    /// Refused: a row begins below address 0 or ends above 2^64.
    Wrap = 3,
    /// Refused: a row is not inside the window.
    Window = 4,
    /// The memory answered EXOKAY, which is no answer to what was asked.
    ExOkay = 5,
    /// The memory answered SLVERR.
    SlvErr = 6,
    /// The memory answered DECERR.
    DecErr = 7,
}

impl Code {
    /// All codes, in the order of their values.
    pub const ALL: [Self; 8] = [
        Self::Okay,
        Self::Bytes,
        Self::Rows,
        Self::Wrap,
        Self::Window,
        Self::ExOkay,
        Self::SlvErr,
        Self::DecErr,
    ];

    /// Returns the code of a response of the memory, by its two bits.
    pub fn of_response(resp: u8) -> Self {
        match resp & 3 {
            0 => Self::Okay,
            1 => Self::ExOkay,
            2 => Self::SlvErr,
            _ => Self::DecErr,
        }
    }

    /// Tells whether nothing was accessed.
    pub fn is_refusal(self) -> bool {
        (Self::Bytes..=Self::Window).contains(&self)
    }
}

impl Command {
    /// Returns why the command is refused, or [`Code::Okay`]. The first rule that is broken counts,
    /// in the order of the codes.
    pub fn check(&self, window: Window) -> Code {
        if !(1..=MAX_BYTES).contains(&self.bytes) {
            return Code::Bytes;
        }
        if !(1..=MAX_ROWS).contains(&self.rows) {
            return Code::Rows;
        }
        // Rows lie between the first and the last one.
        let first = i128::from(self.addr);
        let last = first + i128::from(self.rows - 1) * i128::from(self.stride);
        let low = first.min(last);
        let end = first.max(last) + i128::from(self.bytes);
        if low < 0 || end > 1 << ADDR_W {
            return Code::Wrap;
        }
        if low < i128::from(window.base) || end > i128::from(window.end) {
            return Code::Window;
        }
        Code::Okay
    }

    /// Returns the address of a row, for one of a command that is not refused.
    pub fn row(&self, row: u32) -> u64 {
        let far = i64::from(row) * i64::from(self.stride);
        self.addr.wrapping_add(far as u64)
    }

    /// Lists the addresses of the rows.
    pub fn all_rows(&self) -> impl Iterator<Item = u64> + '_ {
        (0..self.rows).map(|row| self.row(row))
    }

    /// Lists the bursts that access the command's bytes, in order.
    pub fn bursts(&self, beat: u32, most: u32) -> Vec<Burst> {
        let rows = self.all_rows();
        rows.flat_map(|row| bursts(row, self.bytes, beat, most))
            .collect()
    }

    /// Returns the words of a row.
    pub fn words_per_row(&self, beat: u32) -> u32 {
        self.bytes.div_ceil(beat)
    }

    /// Returns the cycles in which the check of the command has it: seven, and for more than one row
    /// as many more as the number of the last row has bits.
    pub fn check_cycles(&self) -> u64 {
        match self.rows {
            0 | 1 => 7,
            rows => 7 + u64::from((rows - 1).ilog2() + 1),
        }
    }
}

/// Checks the parameters that both movers have; `block` is the prefix of their keys.
pub(crate) fn violations(block: &str, data_w: u32, burst: u32, beats: u32) -> Vec<Violation> {
    let mut out = Vec::new();
    let field = |key: &str| format!("{block}.{key}");
    Violation::power_of_two(&field("data_w"), data_w, 64, 512, &mut out);
    let fits = Violation::range(&field("burst"), burst, 1, 256, &mut out)
        & Violation::range(&field("beats"), beats, 16, 512, &mut out);
    if fits && burst > beats {
        let rule = format!("must be at most {block}.beats = {beats}, which holds a burst");
        let remedy = format!("try {beats}");
        out.push(Violation::new(field("burst"), burst, rule, remedy));
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ALL: Window = Window {
        base: 0,
        end: u64::MAX,
    };

    fn command(addr: u64, bytes: u32, rows: u32, stride: i32) -> Command {
        Command {
            addr,
            bytes,
            rows,
            stride,
        }
    }

    #[test]
    fn what_is_refused_by_hand() {
        let window = Window {
            base: 0x1000,
            end: 0x2000,
        };
        for (given, code) in [
            (command(0x1000, 0x1000, 1, 0), Code::Okay),
            (command(0x1000, 0x1001, 1, 0), Code::Window),
            (command(0x0fff, 1, 1, 0), Code::Window),
            (command(0x1fff, 1, 1, 0), Code::Okay),
            (command(0x2000, 1, 1, 0), Code::Window),
            // The stride of a single row does not matter.
            (command(0x1000, 1, 1, i32::MIN), Code::Okay),
            (command(0x1000, 0, 1, 0), Code::Bytes),
            (command(0x1000, 0, 0, 0), Code::Bytes),
            (command(0x1000, MAX_BYTES + 1, 1, 0), Code::Bytes),
            (command(0x1000, MAX_BYTES, 1, 0), Code::Window),
            (command(0x1000, 1, 0, 0), Code::Rows),
            (command(0x1000, 1, MAX_ROWS + 1, 0), Code::Rows),
            (command(0x1000, 1, MAX_ROWS, 0), Code::Okay),
            // Rows upwards and downwards, to the edge and one byte beyond.
            (command(0x1000, 0x10, 256, 0x10), Code::Okay),
            (command(0x1001, 0x10, 256, 0x10), Code::Window),
            (command(0x1ff0, 0x10, 256, -0x10), Code::Okay),
            (command(0x1fef, 0x10, 256, -0x10), Code::Window),
            // Below 0 and above 2^64.
            (command(0x1000, 1, 2, -0x1001), Code::Wrap),
            (command(0x1000, 1, 2, -0x1000), Code::Window),
            (command(u64::MAX, 2, 1, 0), Code::Wrap),
            (command(u64::MAX, 1, 1, 0), Code::Window),
            (command(u64::MAX - 0x0f, 8, 2, 8), Code::Window),
            (command(u64::MAX - 0x0f, 8, 2, 9), Code::Wrap),
        ] {
            assert_eq!(given.check(window), code, "{given:?}");
        }
        let last = command(u64::MAX - 1, 1, 1, 0);
        assert_eq!(last.check(ALL), Code::Okay);
    }

    #[test]
    fn codes_are_numbered_in_order() {
        for (value, code) in (0..).zip(Code::ALL) {
            assert_eq!(code as u32, value);
        }
        let of = [0, 1, 2, 3].map(Code::of_response);
        assert_eq!(of, [Code::Okay, Code::ExOkay, Code::SlvErr, Code::DecErr]);
        let refusals = Code::ALL.iter().filter(|c| c.is_refusal()).count();
        assert_eq!(refusals, 4);
    }

    #[test]
    fn cycles_of_the_check_by_hand() {
        let cycles = |rows| command(0, 1, rows, 0).check_cycles();
        assert_eq!([1, 2, 3, 4, 5].map(cycles), [7, 8, 9, 9, 10]);
        assert_eq!(cycles(MAX_ROWS), 23);
    }

    proptest! {
        /// A command is accepted if and only if each of its rows, looked at alone, is legal.
        #[test]
        fn all_rows_are_looked_at(
            base in 0_u64..300, size in 0_u64..300, addr in 0_u64..700, bytes in 1_u32..90,
            rows in 1_u32..6, stride in -150_i32..150, high in any::<bool>(),
        ) {
            let far = if high { u64::MAX - 600 } else { 0 };
            let window = Window { base: far.saturating_add(base), end: far.saturating_add(base + size) };
            let given = command(far.wrapping_add(addr), bytes, rows, stride);
            let row = |r: u32| i128::from(given.addr) + i128::from(r) * i128::from(stride);
            let end = |r: u32| row(r) + i128::from(bytes);
            let wraps = (0..rows).any(|r| row(r) < 0 || end(r) > 1 << 64);
            let inside = |r: u32| row(r) >= window.base.into() && end(r) <= window.end.into();
            let code = match (wraps, (0..rows).all(inside)) {
                (true, _) => Code::Wrap,
                (false, false) => Code::Window,
                (false, true) => Code::Okay,
            };
            prop_assert_eq!(given.check(window), code);
        }
    }
}
