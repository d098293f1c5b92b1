// SPDX-License-Identifier: MIT OR Apache-2.0
//! Memory behind a cache of lines of 64 bytes, which the accelerator does not see.
//!
//! Lines come and go when they like: what is dirty may be written back at any time, and what was not
//! asked for may be read. Software that does not clean and invalidate as it must reads old bytes, or
//! writes over new ones.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use hwgen_driver::Memory;

use super::World;

const LINE: u64 = 64;

#[derive(Clone)]
struct Line {
    bytes: [u8; LINE as usize],
    dirty: bool,
}

/// What the accelerator sees, and what the processor has of it.
#[derive(Default)]
pub(super) struct Cached {
    memory: BTreeMap<u64, [u8; LINE as usize]>,
    /// Lines of the memory that have been touched.
    known: Vec<u64>,
    lines: BTreeMap<u64, Line>,
}

impl Cached {
    fn behind(&self, line: u64) -> [u8; LINE as usize] {
        self.memory
            .get(&line)
            .copied()
            .unwrap_or([0; LINE as usize])
    }

    /// Lets a line come or go.
    pub(super) fn stir(&mut self, cycle: u64) {
        let known = self.known.len() as u64;
        if known == 0 {
            return;
        }
        let place = (cycle.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 33) % known;
        let line = self.known[place as usize];
        let bytes = self.behind(line);
        match self.lines.remove(&line) {
            Some(Line { bytes, dirty: true }) => drop(self.memory.insert(line, bytes)),
            Some(_) => {}
            None => {
                let dirty = false;
                self.lines.insert(line, Line { bytes, dirty });
            }
        }
    }

    fn line(&mut self, line: u64) -> &mut Line {
        let bytes = self.behind(line);
        if self.memory.insert(line, bytes).is_none() {
            self.known.push(line);
        }
        let dirty = false;
        self.lines.entry(line).or_insert(Line { bytes, dirty })
    }

    fn read(&mut self, address: u64, bytes: &mut [u8]) {
        for (address, byte) in (address..).zip(bytes) {
            *byte = self.line(address / LINE).bytes[(address % LINE) as usize];
        }
    }

    fn write(&mut self, address: u64, bytes: &[u8]) {
        for (address, &byte) in (address..).zip(bytes) {
            let line = self.line(address / LINE);
            line.bytes[(address % LINE) as usize] = byte;
            line.dirty = true;
        }
    }

    fn clean(&mut self, address: u64, len: u64) {
        for (&at, line) in self.lines.range_mut(lines(address, len)) {
            if std::mem::take(&mut line.dirty) {
                self.memory.insert(at, line.bytes);
            }
        }
    }

    fn invalidate(&mut self, address: u64, len: u64) {
        for at in lines(address, len) {
            let gone = self.lines.remove(&at);
            let lost = gone.is_some_and(|line| line.dirty);
            assert!(!lost, "what was written at {:#x} is lost", at * LINE);
        }
    }

    /// Reads as the accelerator does.
    pub(super) fn load(&self, address: u64, bytes: &mut [u8]) {
        for (address, byte) in (address..).zip(bytes) {
            *byte = self.behind(address / LINE)[(address % LINE) as usize];
        }
    }

    /// Writes as the accelerator does.
    pub(super) fn store(&mut self, address: u64, bytes: &[u8]) {
        for (address, &byte) in (address..).zip(bytes) {
            let mut line = self.behind(address / LINE);
            line[(address % LINE) as usize] = byte;
            if self.memory.insert(address / LINE, line).is_none() {
                self.known.push(address / LINE);
            }
        }
    }
}

fn lines(address: u64, len: u64) -> std::ops::Range<u64> {
    address / LINE..(address + len).div_ceil(LINE)
}

/// A region that the accelerator may touch until it is dropped.
pub struct Region {
    world: Rc<RefCell<World>>,
    address: u64,
    len: u64,
}

impl Region {
    pub(super) fn new(world: &Rc<RefCell<World>>, len: u64) -> Self {
        let mut all = world.borrow_mut();
        let address = all.next;
        // A page between regions belongs to nobody.
        all.next += (len + 1).next_multiple_of(4096) + 4096;
        all.allotted.insert(address, address + len);
        Self {
            world: Rc::clone(world),
            address,
            len,
        }
    }

    /// Writes what the processor sees, all of it, and makes it visible.
    pub fn fill(&mut self, byte: u8) {
        for at in 0..self.len {
            self.write(at, &[byte]);
        }
        self.clean(0, self.len);
    }

    fn inside(&self, offset: u64, len: u64) -> u64 {
        assert!(offset + len <= self.len, "the driver left its region");
        self.address + offset
    }
}

impl Memory for Region {
    fn bus_address(&self) -> u64 {
        self.address
    }

    fn len(&self) -> u64 {
        self.len
    }

    fn read(&self, offset: u64, bytes: &mut [u8]) {
        let at = self.inside(offset, bytes.len() as u64);
        self.world.borrow_mut().memory.read(at, bytes);
    }

    fn write(&mut self, offset: u64, bytes: &[u8]) {
        let at = self.inside(offset, bytes.len() as u64);
        self.world.borrow_mut().memory.write(at, bytes);
    }

    fn clean(&self, offset: u64, len: u64) {
        let at = self.inside(offset, len);
        self.world.borrow_mut().memory.clean(at, len);
    }

    fn invalidate(&self, offset: u64, len: u64) {
        let at = self.inside(offset, len);
        self.world.borrow_mut().memory.invalidate(at, len);
    }
}

impl Drop for Region {
    fn drop(&mut self) {
        if let Ok(mut world) = self.world.try_borrow_mut() {
            world.allotted.remove(&self.address);
        }
    }
}

impl World {
    fn allotted(&self, address: u64, bytes: usize) {
        let range = self.allotted.range(..=address).next_back();
        let held = range.is_some_and(|(_, &end)| address + bytes as u64 <= end);
        assert!(
            held,
            "the accelerator touches {bytes} bytes at {address:#x}"
        );
    }

    /// Reads as the accelerator does.
    pub fn load(&self, address: u64, bytes: &mut [u8]) {
        self.allotted(address, bytes.len());
        self.memory.load(address, bytes);
    }

    /// Writes as the accelerator does.
    pub fn store(&mut self, address: u64, bytes: &[u8]) {
        self.allotted(address, bytes.len());
        self.memory.store(address, bytes);
    }
}
