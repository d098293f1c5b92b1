// SPDX-License-Identifier: MIT OR Apache-2.0
//! The address channel of the block's port, and what it says of bursts in flight.

use hwgen_golden::stream::Burst;
use hwgen_sim::dut::{Dut, In, Out};

use super::case::driven;
use crate::kit::{Io, Point, input, output, same};
use crate::report::Fault;

/// What happened at the port in a cycle, beside addresses.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::benches) struct Ended {
    /// A burst ended.
    pub(in crate::benches) burst: bool,
    /// A beat went over the port.
    pub(in crate::benches) beat: bool,
    /// A beat of the block was not taken.
    pub(in crate::benches) waits: bool,
}

/// Watches that exactly the bursts that are due begin, none while the block is stopped, and what
/// the block says of them.
pub(in crate::benches) struct Watch {
    /// Names of valid, address and length, for reports.
    names: [String; 3],
    valid: Out,
    ready: In,
    addr: Out,
    len: Out,
    idle: Out,
    bursts: Out,
    beat: Out,
    blocked: Out,
    /// All bursts that are to begin, and the next of them.
    all: Vec<Burst>,
    next: usize,
    /// Bursts that have ended.
    ended: usize,
    /// What was so in the cycle before.
    before: Ended,
    waited: bool,
    stopped: bool,
}

impl Watch {
    /// Finds the ports; `channel` is `ar` or `aw`.
    pub(in crate::benches) fn find(dut: &Dut, channel: &str) -> Self {
        let of = |name: &str| output(dut, &format!("mem_{channel}{name}_o"));
        Self {
            names: ["valid", "addr", "len"].map(|name| format!("mem_{channel}{name}_o")),
            valid: of("valid"),
            ready: input(dut, &format!("mem_{channel}ready_i")),
            addr: of("addr"),
            len: of("len"),
            idle: output(dut, "idle_o"),
            bursts: output(dut, "bursts_o"),
            beat: output(dut, "beat_o"),
            blocked: output(dut, "blocked_o"),
            all: Vec::new(),
            next: 0,
            ended: 0,
            before: Ended::default(),
            waited: false,
            stopped: false,
        }
    }

    /// Begins anew, as after a reset, with the bursts that are to come.
    pub(in crate::benches) fn begin(&mut self, all: Vec<Burst>) {
        self.all = all;
        (self.next, self.ended) = (0, 0);
        self.before = Ended::default();
        (self.waited, self.stopped) = (false, false);
    }

    /// Checks a cycle in which the block was stopped or not; returns the number of a burst that is
    /// on the port for the first time.
    pub(in crate::benches) fn check<P: Point>(
        &mut self,
        io: &mut Io<P>,
        stop: bool,
        ended: Ended,
    ) -> Result<Option<usize>, Fault> {
        let valid = io.is(self.valid);
        let ready = driven(io, self.ready) != 0;
        let stopped = std::mem::replace(&mut self.stopped, stop);
        let waited = std::mem::replace(&mut self.waited, valid && !ready);
        let begins = valid && !waited;
        if begins && stopped {
            let wanted = "no burst that begins while the block is stopped";
            return Err(Fault::new("stop_i", wanted, "one"));
        }
        let mut number = None;
        if begins {
            let Some(burst) = self.all.get(self.next) else {
                return Err(Fault::new(&self.names[0], "no burst any more", "one"));
            };
            same(&self.names[1], 64, burst.addr, io.get(self.addr))?;
            let len = u64::from(burst.beats - 1);
            same(&self.names[2], 8, len, io.get(self.len))?;
            number = Some(self.next);
            self.next += 1;
        }
        let flight = (self.next - self.ended) as u64;
        let width = self.bursts.width();
        same("bursts_o", width, flight, io.get(self.bursts))?;
        same("idle_o", 1, u64::from(flight == 0), io.get(self.idle))?;
        let before = std::mem::replace(&mut self.before, ended);
        let blocked = waited || before.waits;
        same("beat_o", 1, before.beat.into(), io.get(self.beat))?;
        same("blocked_o", 1, blocked.into(), io.get(self.blocked))?;
        self.ended += usize::from(ended.burst);
        Ok(number)
    }

    /// Tells whether a burst is due and none is on the port.
    pub(in crate::benches) fn due(&self) -> bool {
        !self.waited && self.next < self.all.len()
    }

    /// Returns the bursts that have ended.
    pub(in crate::benches) fn ended(&self) -> usize {
        self.ended
    }

    /// Checks at the end that all bursts have begun.
    pub(in crate::benches) fn finish(&self) -> Result<(), Fault> {
        same("bursts", 32, self.all.len() as u64, self.next as u64)
    }
}
