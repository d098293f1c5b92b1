// SPDX-License-Identifier: MIT OR Apache-2.0
//! Commands of a run, what surrounds the block, and the inputs that hold for a whole run.

use hwgen_golden::stream::{Code, Command, Window};
use hwgen_sim::dut::{Dut, In, mask};
use serde::{Deserialize, Serialize};

use crate::kit::{Io, Point, Stall, changed, input};
use crate::memory::{Access, Behaviour, Latency, Memory, Space};

/// A command of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Case {
    pub(super) addr: u64,
    pub(super) bytes: u32,
    pub(super) rows: u32,
    pub(super) stride: i32,
    /// Seed of its words, if it has any.
    pub(in crate::benches) seed: u64,
}

impl Case {
    /// Returns the command.
    pub(in crate::benches) fn command(&self) -> Command {
        Command {
            addr: self.addr,
            bytes: self.bytes,
            rows: self.rows,
            stride: self.stride,
        }
    }

    /// Returns what goes to the fields of its stream.
    pub(in crate::benches) fn fields(&self) -> [u64; 4] {
        let stride = self.stride as u32;
        [
            self.addr,
            self.bytes.into(),
            self.rows.into(),
            stride.into(),
        ]
    }

    /// Says why the fields do not fit their ports.
    pub(in crate::benches) fn refuse(&self, name: &str) -> Option<String> {
        let wide = self.bytes >> 21 != 0 || self.rows >> 17 != 0;
        wide.then(|| format!("{name} has more bytes or rows than its ports can say"))
    }

    /// Lists simpler commands.
    pub(in crate::benches) fn plainer(&self) -> Vec<Self> {
        vec![
            changed(self, |c| c.rows = c.rows.min(1)),
            changed(self, |c| c.rows /= 2),
            changed(self, |c| c.bytes /= 2),
            changed(self, |c| c.bytes = c.bytes.saturating_sub(1)),
            changed(self, |c| c.addr &= !63),
            changed(self, |c| c.addr &= 0xffff),
            changed(self, |c| c.stride = 0),
            changed(self, |c| c.seed = 1),
        ]
    }
}

/// What surrounds the block in a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Setup {
    /// First byte of the window.
    pub(in crate::benches) base: u64,
    /// Its bytes.
    pub(in crate::benches) bytes: u64,
    /// How the memory answers.
    pub(in crate::benches) behaviour: Behaviour,
    /// `AxPROT` and `AxCACHE`.
    pub(in crate::benches) attributes: (u32, u32),
    /// When bursts may begin: `stop_i` is set in all other cycles.
    pub(in crate::benches) run: Stall,
    /// `error_clear_i` is set in so many of 100 cycles.
    pub(in crate::benches) clear: u32,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            base: 0,
            bytes: u64::MAX,
            behaviour: Behaviour::ideal(1),
            attributes: (0, 2),
            run: Stall::NONE,
            clear: 0,
        }
    }
}

impl Setup {
    /// Returns the window.
    pub(in crate::benches) fn window(&self) -> Window {
        Window {
            base: self.base,
            end: self.base + self.bytes,
        }
    }

    /// Makes the memory, in which nothing but the window may be touched.
    pub(in crate::benches) fn memory(&self, seed: u64, access: Access) -> Memory {
        let mut space = Space::new(seed);
        space.allot("window", self.base, self.bytes, access);
        Memory::new(space)
    }

    /// Tells whether nothing but the block decides about its cycles.
    pub(in crate::benches) fn is_calm(&self) -> bool {
        let Behaviour { latency, .. } = &self.behaviour;
        self.run == Stall::NONE && self.behaviour == Behaviour::ideal(cycles(*latency))
    }

    /// Returns the cycles of a memory that always takes the same.
    pub(in crate::benches) fn latency(&self) -> u64 {
        cycles(self.behaviour.latency).into()
    }
}

fn cycles(latency: Latency) -> u32 {
    if let Latency::Ideal(cycles) = latency {
        cycles
    } else {
        1
    }
}

/// Returns the code that a command ends with: its check, or the first error of the memory.
pub(in crate::benches) fn verdict(check: Code, errors: &[(u64, u8)]) -> Code {
    let failed = errors.first().map(|&(_, resp)| Code::of_response(resp));
    failed.unwrap_or(check)
}

/// The inputs that hold for a whole run, and those of stop and clear.
pub(in crate::benches) struct Levels {
    steady: [In; 4],
    stop: In,
    clear: In,
}

impl Levels {
    pub(in crate::benches) fn find(dut: &Dut) -> Self {
        let steady = ["range_base_i", "range_end_i", "axprot_i", "axcache_i"];
        Self {
            steady: steady.map(|name| input(dut, name)),
            stop: input(dut, "stop_i"),
            clear: input(dut, "error_clear_i"),
        }
    }

    /// Drives a cycle; returns whether the block is stopped and its error cleared.
    pub(in crate::benches) fn drive<P: Point>(&self, io: &mut Io<P>, setup: &Setup) -> [bool; 2] {
        let Window { base, end } = setup.window();
        let (prot, cache) = setup.attributes;
        io.put(self.steady, [base, end, prot.into(), cache.into()]);
        let stop = !setup.run.go(io.cycle());
        let drawn = hwgen_sim::rng::at(setup.behaviour.seed ^ 0xc1ea, io.cycle());
        let clear = hwgen_sim::rng::chance(drawn, setup.clear);
        io.set(self.stop, stop);
        io.set(self.clear, clear);
        [stop, clear]
    }
}

/// Returns what the bench has put on an input of up to 64 bits.
pub(in crate::benches) fn driven<P: Point>(io: &mut Io<P>, port: In) -> u64 {
    io.dut.words_mut(port)[0] & mask(port.width())
}
