// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a command is judged by.

use super::{Code, Fault};
use crate::stream::Window;
use crate::vector_reader::VectorReaderParams;

/// The accelerator, as far as commands are concerned.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools)] // Each is a feature of the hardware.
pub struct Shape {
    /// The core's shape and the memory's, where there is a core.
    pub vectors: VectorReaderParams,
    /// Whether attention and lists are there.
    pub attention: bool,
    /// Whether cascade pruning is there.
    pub cascade: bool,
    /// Whether appending is there.
    pub append: bool,
    /// Where accesses must be, as the registers say.
    pub window: Window,
}

impl Shape {
    /// Tells whether `bytes` bytes from `address` on are inside the window.
    pub fn holds(&self, address: u64, bytes: u64) -> bool {
        let end = u128::from(address) + u128::from(bytes);
        address >= self.window.base && end <= u128::from(self.window.end)
    }

    /// Notes an address that is not a multiple of `of`.
    pub(super) fn aligned(address: u64, of: u64, faults: &mut Vec<Fault>) {
        if !address.is_multiple_of(of) {
            let code = Code::Alignment;
            faults.push(Fault { code, address });
        }
    }

    /// Notes a range that is not inside the window.
    pub(super) fn inside(&self, address: u64, bytes: u64, faults: &mut Vec<Fault>) {
        if !self.holds(address, bytes) {
            let code = Code::Window;
            faults.push(Fault { code, address });
        }
    }

    /// Notes rows that are not inside the window, or go round the end of the address space.
    pub(super) fn rows(
        &self,
        address: u64,
        stride: i32,
        rows: u32,
        bytes: u32,
        faults: &mut Vec<Fault>,
    ) {
        let first = i128::from(address);
        let last = first + i128::from(stride) * i128::from(rows.max(1) - 1);
        let low = first.min(last);
        let end = first.max(last) + i128::from(bytes);
        if low < i128::from(self.window.base) || end > i128::from(self.window.end) {
            let code = Code::Window;
            faults.push(Fault { code, address });
        }
    }

    /// Returns the bytes from the base of K or V on that `planes` planes of `tokens` tokens may lie
    /// in, by their offsets: to the end of the farthest plane, as if its tokens had all of a stride.
    pub(super) fn reach(&self, value: bool, planes: u32, offsets: &[u32; 3], tokens: u32) -> u64 {
        let places = u64::from(tokens.div_ceil(self.vectors.memory.channels));
        let many = (planes as usize).min(self.vectors.planes(value).len());
        let ends = (0..many).map(|plane| {
            let stride = u64::from(self.vectors.stride(value, plane));
            u64::from(offsets[plane]) + places * stride
        });
        ends.max().unwrap_or(0)
    }
}
