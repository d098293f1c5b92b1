// SPDX-License-Identifier: MIT OR Apache-2.0
//! Software: it writes descriptors, moves the tail, follows the head, and resets the queue.

use hwgen_golden::command::DESCRIPTOR;
use hwgen_golden::ring::Place;
use hwgen_sim::dut::{Dut, In, Out};

use super::case::Setup;
use super::point::Point;
use crate::kit::{Io, input, output, same};
use crate::memory::Memory;
use crate::report::Fault;

/// The registers of the ring, as software uses them.
pub(super) struct Queue {
    steady: [In; 6],
    tail: In,
    soft_reset: In,
    head: Out,
    idle: Out,
    running: Out,
    place: Place,
    /// Index that each descriptor got when it was written.
    pub(super) indices: Vec<u16>,
    /// Descriptors that have been written, and those that the head has passed.
    pub(super) written: usize,
    passed: usize,
    /// Index of the next descriptor to write, and the head as it was seen last.
    next: u16,
    seen: u16,
    /// Cycle of a reset of the queue that has not ended, and resets that have begun.
    resetting: Option<u64>,
    resets: usize,
    /// The descriptor, and the cycle in which it was written, if nothing else was under way.
    pub(super) alone: Option<(usize, u64)>,
    /// Whether nothing was under way in the cycle before.
    rested: bool,
}

impl Queue {
    pub(super) fn find(dut: &Dut, setup: &Setup, items: usize) -> Self {
        let steady = [
            "ring_base_i",
            "ring_size_i",
            "window_base_i",
            "window_end_i",
            "axprot_i",
            "axcache_i",
        ];
        Self {
            steady: steady.map(|name| input(dut, name)),
            tail: input(dut, "ring_tail_i"),
            soft_reset: input(dut, "soft_reset_i"),
            head: output(dut, "ring_head_o"),
            idle: output(dut, "idle_o"),
            running: output(dut, "running_o"),
            place: setup.place(),
            indices: vec![0; items],
            written: 0,
            passed: 0,
            next: 0,
            seen: 0,
            resetting: None,
            resets: 0,
            alone: None,
            rested: true,
        }
    }

    /// Goes back to descriptor `first`, as after a reset: it gets index 0.
    pub(super) fn rewind(&mut self, first: usize) {
        (self.written, self.passed) = (first, first);
        (self.next, self.seen) = (0, 0);
        self.resetting = None;
        self.alone = None;
        self.rested = true;
    }

    /// Drives the registers of a cycle.
    pub(super) fn drive(
        &mut self,
        io: &mut Io<Point>,
        setup: &Setup,
        items: &[[u8; DESCRIPTOR]],
        memory: &mut Memory,
    ) {
        self.levels(io, setup);
        let cycle = io.cycle();
        let due = setup.resets.get(self.resets).is_some_and(|&c| c <= cycle);
        let reset = due && self.resetting.is_none();
        io.set(self.soft_reset, reset);
        if reset {
            self.resets += 1;
            self.resetting = Some(cycle);
            // The tail is still there in this cycle.
            return;
        }
        if self.resetting.is_some() {
            self.next = 0;
        } else if setup.bells.go(cycle) {
            self.write(cycle, setup, items, memory);
        }
        io.set(self.tail, self.next);
    }

    /// Drives what holds for a whole run, and a tail at the head.
    pub(super) fn quiet(&mut self, io: &mut Io<Point>, setup: &Setup) {
        self.levels(io, setup);
        io.set(self.tail, 0_u64);
        io.set(self.soft_reset, false);
    }

    fn levels(&self, io: &mut Io<Point>, setup: &Setup) {
        let Place { base, size, window } = self.place;
        let (prot, cache) = setup.attributes;
        let values = [
            base,
            size.into(),
            window.base,
            window.end,
            prot.into(),
            cache.into(),
        ];
        io.put(self.steady, values);
    }

    /// Writes descriptors for which the ring has room.
    fn write(
        &mut self,
        cycle: u64,
        setup: &Setup,
        items: &[[u8; DESCRIPTOR]],
        memory: &mut Memory,
    ) {
        for _ in 0..setup.batch {
            let used = self.written - self.passed;
            if self.written == items.len() || used + 1 >= usize::from(setup.size) {
                return;
            }
            if self.rested && used == 0 {
                self.alone = Some((self.written, cycle));
            }
            let index = self.next;
            if self.place.refused(index).is_none() {
                let bytes = &items[self.written];
                memory.space.fill(self.place.address(index), bytes);
            }
            self.indices[self.written] = index;
            self.written += 1;
            self.next = self.place.next(index);
        }
    }

    /// Checks head and state in a cycle, in which `handed` descriptors had been handed on and
    /// `answered` been answered. Tells whether anything moved.
    pub(super) fn check(
        &mut self,
        io: &mut Io<Point>,
        (handed, answered): (usize, usize),
        memory: &mut Memory,
    ) -> Result<bool, Fault> {
        let (head, idle) = (io.get(self.head) as u16, io.is(self.idle));
        let running = io.is(self.running);
        if handed > answered {
            same("running_o", 1, 1, running.into())?;
        }
        if running {
            same("idle_o", 1, 0, idle.into())?;
        }
        if let Some(since) = self.resetting {
            let age = io.clocked() - since;
            io.count(Point::QuietReset, age == 0 && !running);
            io.count(Point::BusyReset, age == 0 && running);
            if age == 1 {
                same("idle_o", 1, 0, idle.into())?;
            }
            // At most what was being fetched still comes.
            if running && head != self.seen {
                let wanted = self.place.next(self.seen);
                same("ring_head_o", 16, wanted.into(), head.into())?;
            }
            if age < 2 || !idle {
                return Ok(false);
            }
            same("ring_head_o", 16, 0, head.into())?;
            same("commands under way", 64, handed as u64, answered as u64)?;
            self.rewind(handed);
            return Ok(true);
        }
        self.rested = idle;
        if head == self.seen {
            return Ok(false);
        }
        let wanted = self.place.next(self.seen);
        if self.passed == self.written {
            return Err(Fault::new("ring_head_o", self.seen, head));
        }
        same("ring_head_o", 16, wanted.into(), head.into())?;
        io.count(Point::Wrapped, head == 0);
        io.count(Point::Far, head > 1024);
        // What has been fetched may be written anew.
        if self.place.refused(self.seen).is_none() {
            let at = self.place.address(self.seen);
            memory.space.fill(at, &[0xa5; DESCRIPTOR]);
        }
        self.passed += 1;
        self.seen = head;
        Ok(true)
    }

    /// Tells whether nothing is under way.
    pub(super) fn idle(&self, io: &Io<Point>) -> bool {
        io.is(self.idle)
    }

    /// Returns the descriptors that wait to be fetched.
    pub(super) fn waiting(&self) -> usize {
        self.written - self.passed
    }
}
