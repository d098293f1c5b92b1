// SPDX-License-Identifier: MIT OR Apache-2.0
//! Numbers at fixed places of a block of bytes, little-endian.

/// A block that is read. It keeps account of which of its bits have a meaning.
pub(super) struct Reader<'a, const N: usize> {
    bytes: &'a [u8; N],
    named: [bool; N],
    /// Whether a bit that must be 0 is set.
    pub(super) reserved: bool,
}

impl<'a, const N: usize> Reader<'a, N> {
    pub(super) fn new(bytes: &'a [u8; N]) -> Self {
        Self {
            bytes,
            named: [false; N],
            reserved: false,
        }
    }

    /// Reads `M` bytes from `at` on.
    pub(super) fn take<const M: usize>(&mut self, at: usize) -> [u8; M] {
        let mut out = [0; M];
        out.copy_from_slice(&self.bytes[at..at + M]);
        self.named[at..at + M].fill(true);
        out
    }

    pub(super) fn u8(&mut self, at: usize) -> u8 {
        u8::from_le_bytes(self.take(at))
    }

    pub(super) fn u16(&mut self, at: usize) -> u16 {
        u16::from_le_bytes(self.take(at))
    }

    pub(super) fn u32(&mut self, at: usize) -> u32 {
        u32::from_le_bytes(self.take(at))
    }

    pub(super) fn i32(&mut self, at: usize) -> i32 {
        i32::from_le_bytes(self.take(at))
    }

    pub(super) fn u64(&mut self, at: usize) -> u64 {
        u64::from_le_bytes(self.take(at))
    }

    /// Notes whether something that must be 0 is not.
    pub(super) fn zero(&mut self, value: impl Into<u64>) {
        self.reserved |= value.into() != 0;
    }

    /// Tells whether a bit that must be 0 is set, in bytes that were never read too.
    pub(super) fn is_reserved(&self) -> bool {
        let unnamed = self.bytes.iter().zip(self.named);
        self.reserved
            || unnamed
                .into_iter()
                .any(|(&byte, named)| !named && byte != 0)
    }
}

/// Writes `value` from `at` on.
pub(super) fn put<const M: usize>(out: &mut [u8], at: usize, value: [u8; M]) {
    out[at..at + M].copy_from_slice(&value);
}
