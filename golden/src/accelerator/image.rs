// SPDX-License-Identifier: MIT OR Apache-2.0
//! The bytes of the address space that the accelerator and its host share.

use std::collections::BTreeMap;

/// Bytes of a page, the unit in which bytes are kept.
const PAGE: usize = 4096;

/// A sparse memory of 64-bit addresses. Bytes that nobody has written are 0.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Image {
    pages: BTreeMap<u64, Vec<u8>>,
}

impl Image {
    /// Makes a memory in which nothing has been written.
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns a byte.
    pub fn byte(&self, address: u64) -> u8 {
        let page = self.pages.get(&(address / PAGE as u64));
        page.map_or(0, |page| page[(address % PAGE as u64) as usize])
    }

    /// Returns `count` bytes from `address` on; behind the last address comes the first one.
    pub fn bytes(&self, address: u64, count: usize) -> Vec<u8> {
        let all = 0..count as u64;
        all.map(|at| self.byte(address.wrapping_add(at))).collect()
    }

    /// Returns `N` bytes, as numbers are made of.
    pub fn array<const N: usize>(&self, address: u64) -> [u8; N] {
        std::array::from_fn(|at| self.byte(address.wrapping_add(at as u64)))
    }

    /// Writes bytes from `address` on.
    pub fn write(&mut self, address: u64, bytes: &[u8]) {
        for (at, &byte) in (0..).zip(bytes) {
            let address: u64 = address.wrapping_add(at);
            let page = self.pages.entry(address / PAGE as u64);
            let page = page.or_insert_with(|| vec![0; PAGE]);
            page[(address % PAGE as u64) as usize] = byte;
        }
    }

    /// Lists the pages that somebody has written: their first addresses and their bytes.
    pub fn pages(&self) -> impl Iterator<Item = (u64, &[u8])> {
        let pages = self.pages.iter();
        pages.map(|(number, page)| (number * PAGE as u64, &page[..]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_kept_over_pages_and_the_end() {
        let mut image = Image::new();
        image.write(0xffe, &[1, 2, 3, 4]);
        assert_eq!(image.bytes(0xffd, 6), [0, 1, 2, 3, 4, 0]);
        assert_eq!(u16::from_le_bytes(image.array(0xfff)), 0x0302);
        image.write(u64::MAX, &[7, 8]);
        assert_eq!((image.byte(u64::MAX), image.byte(0)), (7, 8));
        let pages: Vec<u64> = image.pages().map(|(at, _)| at).collect();
        assert_eq!(pages, [0, 0x1000, u64::MAX - 0xfff]);
    }
}
