// SPDX-License-Identifier: MIT OR Apache-2.0
//! The bytes of a 64-bit address space, and which of them the device may touch.

use std::collections::{BTreeMap, HashMap};

use super::beat::Beat;
use hwgen_sim::rng;

/// Bytes of a page, the unit in which bytes are kept.
const PAGE: u64 = 4096;

/// What the device may do in a range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// Read.
    Read,
    /// Write.
    Write,
    /// Read and write.
    Both,
}

impl Access {
    /// Tells whether `self` allows `wanted`.
    fn allows(self, wanted: Self) -> bool {
        self == Self::Both || self == wanted
    }

    fn verb(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Both => "read or write",
        }
    }
}

#[derive(Debug)]
struct Range {
    name: String,
    bytes: u64,
    access: Access,
}

/// An access that no range allows.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a {} at {address:#x}, {place}", verb.verb())]
pub(crate) struct Outside {
    /// The first byte that is outside.
    pub(crate) address: u64,
    verb: Access,
    place: String,
}

/// A sparse memory with allotted ranges. Bytes that nobody has written hold noise, the same in each
/// run of a seed.
#[derive(Debug)]
pub(crate) struct Space {
    seed: u64,
    pages: HashMap<u64, Box<[u8]>>,
    /// By first address; they do not overlap.
    ranges: BTreeMap<u64, Range>,
    /// Whether an access outside is answered with DECERR and nothing else, instead of failing the
    /// test: for descriptors that are wrong on purpose.
    pub(crate) answers_outside: bool,
}

impl Space {
    /// Makes a space in which nothing is allotted.
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            seed,
            pages: HashMap::new(),
            ranges: BTreeMap::new(),
            answers_outside: false,
        }
    }

    /// Allots `bytes` bytes from `base` on.
    ///
    /// # Panics
    /// If the range is empty, overlaps another one, or goes beyond the address space.
    pub(crate) fn allot(&mut self, name: &str, base: u64, bytes: u64, access: Access) {
        assert!(bytes > 0, "range {name} is empty");
        let last = base.checked_add(bytes - 1);
        let last = last.unwrap_or_else(|| panic!("range {name} goes beyond 64 bits"));
        if let Some((at, other)) = self.ranges.range(..=last).next_back() {
            let free = at + (other.bytes - 1) < base;
            assert!(free, "range {name} overlaps range {}", other.name);
        }
        let name = name.to_owned();
        let range = Range {
            name,
            bytes,
            access,
        };
        self.ranges.insert(base, range);
    }

    /// Forbids what was allotted at `base`. The bytes stay.
    ///
    /// # Panics
    /// If nothing was.
    pub(crate) fn free(&mut self, base: u64) {
        let range = self.ranges.remove(&base);
        assert!(range.is_some(), "nothing is allotted at {base:#x}");
    }

    /// Writes bytes as the host does.
    ///
    /// # Panics
    /// If they are not allotted.
    pub(crate) fn fill(&mut self, base: u64, bytes: &[u8]) {
        for (address, &byte) in (base..).zip(bytes) {
            let allotted = self.range_of(address).is_some();
            assert!(allotted, "the bench writes to {address:#x}, not allotted");
            self.page(address)[(address % PAGE) as usize] = byte;
        }
    }

    /// Returns bytes as the host sees them.
    pub(crate) fn bytes(&self, base: u64, count: u64) -> Vec<u8> {
        (0..count)
            .map(|at| self.peek(base.wrapping_add(at)))
            .collect()
    }

    /// Checks a read of the beat of `lanes` bytes at `base`, a multiple of it: it must hold a byte that
    /// may be read, for no beat is asked for in vain.
    pub(crate) fn may_read(&self, base: u64, lanes: u32) -> Result<(), Outside> {
        let mut addresses = base..=base + u64::from(lanes - 1);
        if addresses.any(|address| self.allows(address, Access::Read)) {
            return Ok(());
        }
        Err(self.outside(base, Access::Read))
    }

    /// Returns the beat of `lanes` bytes at `base`, a multiple of it.
    pub(crate) fn beat(&self, base: u64, lanes: u32) -> Beat {
        let mut bytes = [0; 64];
        let bytes = &mut bytes[..lanes as usize];
        match self.pages.get(&(base / PAGE)) {
            Some(page) => {
                let at = (base % PAGE) as usize;
                bytes.copy_from_slice(&page[at..at + lanes as usize]);
            }
            None => {
                for (address, byte) in (base..=u64::MAX).zip(bytes.iter_mut()) {
                    *byte = self.noise(address);
                }
            }
        }
        Beat::of(bytes)
    }

    /// Checks a write of the bytes of the beat at `base` that `strobes` name: all of them must be ones
    /// that may be written.
    pub(crate) fn may_write(&self, base: u64, strobes: u64) -> Result<(), Outside> {
        let mut named = lanes_of(strobes).map(|lane| base + u64::from(lane));
        match named.find(|&address| !self.allows(address, Access::Write)) {
            None => Ok(()),
            Some(address) => Err(self.outside(address, Access::Write)),
        }
    }

    /// Writes the bytes of the beat at `base` that `strobes` name.
    pub(crate) fn store(&mut self, base: u64, beat: &Beat, strobes: u64) {
        let page = self.page(base);
        for lane in lanes_of(strobes) {
            page[(base % PAGE) as usize + lane as usize] = beat.byte(lane);
        }
    }

    fn allows(&self, address: u64, access: Access) -> bool {
        self.range_of(address)
            .is_some_and(|range| range.access.allows(access))
    }

    fn range_of(&self, address: u64) -> Option<&Range> {
        let (base, range) = self.ranges.range(..=address).next_back()?;
        (address - base < range.bytes).then_some(range)
    }

    fn peek(&self, address: u64) -> u8 {
        match self.pages.get(&(address / PAGE)) {
            Some(page) => page[(address % PAGE) as usize],
            None => self.noise(address),
        }
    }

    fn noise(&self, address: u64) -> u8 {
        (rng::at(self.seed, address / 8) >> (address % 8 * 8)) as u8
    }

    fn page(&mut self, address: u64) -> &mut [u8] {
        let number = address / PAGE;
        if !self.pages.contains_key(&number) {
            let first = number * PAGE;
            let bytes = (0..PAGE).map(|at| self.noise(first + at)).collect();
            self.pages.insert(number, bytes);
        }
        self.pages
            .get_mut(&number)
            .expect("the page has just been made")
    }

    #[cold]
    fn outside(&self, address: u64, verb: Access) -> Outside {
        let before = self.ranges.range(..=address).next_back();
        let after = self.ranges.range(address..).next();
        let place = match (before, after) {
            (Some((base, range)), _) if address - base < range.bytes => {
                format!("where range {} forbids it", range.name)
            }
            (Some((base, range)), _) => {
                let beyond = address - base - range.bytes + 1;
                format!("{beyond} bytes beyond the end of range {}", range.name)
            }
            (None, Some((base, range))) => {
                format!("{} bytes before range {}", base - address, range.name)
            }
            (None, None) => "and nothing is allotted".to_owned(),
        };
        Outside {
            address,
            verb,
            place,
        }
    }
}

/// Lists the lanes that `strobes` name.
fn lanes_of(strobes: u64) -> impl Iterator<Item = u32> {
    (0..64).filter(move |lane| strobes >> lane & 1 == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn space() -> Space {
        let mut space = Space::new(7);
        space.allot("K", 0x1000, 0x30, Access::Read);
        space.allot("O", 0x1030, 0x10, Access::Write);
        space.allot("top", u64::MAX - 63, 64, Access::Both);
        space
    }

    #[test]
    fn bytes_are_kept_and_the_rest_is_noise() {
        let mut space = space();
        space.fill(0x1008, &[1, 2, 3, 4, 5, 6, 7, 8]);
        let beat = space.beat(0x1000, 32);
        assert_eq!(beat.0[1], 0x0807_0605_0403_0201);
        assert_eq!(beat.0[4..], [0; 4], "above 32 bytes");
        let noise = Space::new(7).beat(0x1000, 32);
        assert_eq!((beat.0[0], beat.0[2]), (noise.0[0], noise.0[2]));
        assert_ne!(noise.0, Space::new(8).beat(0x1000, 32).0);
        assert_eq!(space.bytes(0x1008, 3), [1, 2, 3]);
    }

    #[test]
    fn strobes_choose_bytes() {
        let mut space = space();
        let before = space.beat(0x1030, 8).0[0];
        space.store(0x1030, &Beat([0x1122_3344_5566_7788; 8]), 0b0000_1010);
        let after = space.beat(0x1030, 8).0[0];
        assert_eq!(after & !0xff00_ff00, before & !0xff00_ff00);
        assert_eq!(after & 0xff00_ff00, 0x5500_7700);
        space.store(u64::MAX - 63, &Beat([9; 8]), 1 << 63);
        assert_eq!(space.bytes(u64::MAX, 1), [0]);
    }

    #[test]
    fn a_read_needs_one_allotted_byte() {
        let space = space();
        assert_eq!(space.may_read(0x1020, 32), Ok(()));
        let refused = |base, lanes| {
            space
                .may_read(base, lanes)
                .expect_err("outside")
                .to_string()
        };
        assert_eq!(
            refused(0x1040, 64),
            "a read at 0x1040, 1 bytes beyond the end of range O"
        );
        assert_eq!(
            refused(0x1030, 16),
            "a read at 0x1030, where range O forbids it"
        );
        assert_eq!(
            refused(0xfc0, 64),
            "a read at 0xfc0, 64 bytes before range K"
        );
        assert_eq!(
            Space::new(1)
                .may_read(0, 8)
                .expect_err("outside")
                .to_string(),
            "a read at 0x0, and nothing is allotted"
        );
        assert_eq!(space.may_read(u64::MAX - 63, 64), Ok(()));
    }

    #[test]
    fn a_write_needs_all_its_bytes() {
        let space = space();
        assert_eq!(space.may_write(0x1020, 0xffff_0000), Ok(()));
        let refused = space.may_write(0x1020, 0xffff_8000).expect_err("outside");
        assert_eq!(refused.address, 0x102f);
        assert_eq!(
            refused.to_string(),
            "a write at 0x102f, where range K forbids it"
        );
        assert_eq!(
            space.may_write(0x1040, 1).expect_err("outside").to_string(),
            "a write at 0x1040, 1 bytes beyond the end of range O"
        );
    }

    #[test]
    #[should_panic(expected = "range V overlaps range K")]
    fn ranges_do_not_overlap() {
        space().allot("V", 0xff0, 0x11, Access::Read);
    }
}
