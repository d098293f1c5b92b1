// SPDX-License-Identifier: MIT OR Apache-2.0
//! Ready/valid streams: those that the bench drives, and those of the RTL, which must keep the rules.

use super::coverage::Point;
use super::fault::same;
use super::io::{Io, input, inputs, output};
use super::stall::Stall;
use crate::report::Fault;
use hwgen_sim::dut::{Dut, In, Out, mask};

/// A stream into the device: a beat that is offered stays until it is taken.
pub(crate) struct Offer<const N: usize> {
    valid: In,
    ready: Out,
    /// What goes with a beat, in the order of the names that were asked for.
    pub(crate) fields: [In; N],
    /// Whether a beat is on the port.
    pub(crate) offered: bool,
}

impl<const N: usize> Offer<N> {
    /// Finds stream `name` with its fields: `name_valid_i`, `name_ready_o`, `name_field_i`.
    pub(crate) fn find(dut: &Dut, name: &str, fields: [&str; N]) -> Self {
        Self::of(dut, name, inputs(dut, name, fields))
    }

    /// Finds stream `name`, whose fields are known.
    pub(crate) fn of(dut: &Dut, name: &str, fields: [In; N]) -> Self {
        Self {
            valid: input(dut, &format!("{name}_valid_i")),
            ready: output(dut, &format!("{name}_ready_o")),
            fields,
            offered: false,
        }
    }

    /// Offers the `next` beat when `stall` lets it, unless one is on the port; `put` writes its fields.
    /// Where none is offered the fields hold noise.
    #[inline]
    pub(crate) fn feed<P: Point, B>(
        &mut self,
        io: &mut Io<P>,
        stall: &Stall,
        next: Option<B>,
        put: impl FnOnce(&mut Io<P>, [In; N], B),
    ) {
        if self.offered {
            return;
        }
        let due = next.filter(|_| stall.go(io.cycle()));
        self.offer(io, due.is_some());
        match due {
            Some(beat) => put(io, self.fields, beat),
            None => self.scribble(io),
        }
    }

    /// Says whether a beat is on the port; its fields are the caller's affair.
    #[inline]
    pub(crate) fn offer<P: Point>(&mut self, io: &mut Io<P>, due: bool) {
        self.offered = due;
        io.set(self.valid, due);
    }

    /// Puts noise on all fields.
    pub(crate) fn scribble<P: Point>(&self, io: &mut Io<P>) {
        for port in self.fields {
            io.scribble(port);
        }
    }

    /// Tells whether the device is ready.
    #[inline]
    pub(crate) fn ready<P: Point>(&self, io: &Io<P>) -> bool {
        io.is(self.ready)
    }

    /// Tells whether the beat on the port was taken; then there is none any more.
    #[inline]
    pub(crate) fn taken<P: Point>(&mut self, io: &Io<P>) -> bool {
        let taken = self.offered && self.ready(io);
        self.offered &= !taken;
        taken
    }
}

/// The beats of a stream in order, and which of them is next.
#[derive(Debug, Clone)]
pub(crate) struct Track<B> {
    beats: Vec<B>,
    at: usize,
}

impl<B: Copy> Track<B> {
    /// Begins with the first beat.
    pub(crate) fn new(beats: impl IntoIterator<Item = B>) -> Self {
        let beats = beats.into_iter().collect();
        Self { beats, at: 0 }
    }

    /// Returns the next beat, if any is left.
    #[inline]
    pub(crate) fn next(&self) -> Option<B> {
        self.beats.get(self.at).copied()
    }

    /// Goes to the beat behind it.
    #[inline]
    pub(crate) fn advance(&mut self) {
        self.at += 1;
    }

    /// Tells whether no beat is left.
    #[inline]
    pub(crate) fn done(&self) -> bool {
        self.at >= self.beats.len()
    }

    /// Goes back to the first beat that is not `gone`, which all beats before it are.
    pub(crate) fn back_to(&mut self, gone: impl FnMut(&B) -> bool) {
        self.at = self.beats.partition_point(gone);
    }
}

/// What a stream of the device shows in a cycle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Beat {
    /// Nothing.
    None,
    /// A beat that the bench does not take yet.
    Waits,
    /// A beat that is taken.
    Taken,
}

/// A stream out of the device.
pub(crate) struct Take<const N: usize> {
    /// Name of its valid, for reports.
    pub(crate) name: String,
    valid: Out,
    ready: In,
    /// What comes with a beat, in the order of the names that were asked for.
    pub(crate) fields: [Out; N],
    names: [String; N],
    willing: bool,
    monitor: Monitor,
}

impl<const N: usize> Take<N> {
    /// Finds stream `name` with its fields: `name_valid_o`, `name_ready_i`, `name_field_o`.
    pub(crate) fn find(dut: &Dut, name: &str, fields: [&str; N]) -> Self {
        Self::of(dut, name, fields.map(|field| format!("{name}_{field}_o")))
    }

    /// Finds stream `name` with its fields, whose whole names are known.
    pub(crate) fn of(dut: &Dut, name: &str, names: [String; N]) -> Self {
        let valid = format!("{name}_valid_o");
        Self {
            valid: output(dut, &valid),
            name: valid,
            ready: input(dut, &format!("{name}_ready_i")),
            fields: std::array::from_fn(|i| output(dut, &names[i])),
            names,
            willing: false,
            monitor: Monitor::default(),
        }
    }

    /// Takes ready away, and begins to watch anew.
    pub(crate) fn quiet<P: Point>(&mut self, io: &mut Io<P>) {
        self.unwilling(io);
        self.monitor = Monitor::default();
    }

    /// Says whether the bench takes a beat in this cycle: as `stall` has it, and always `at_rest`,
    /// when none should come any more.
    #[inline]
    pub(crate) fn willing<P: Point>(&mut self, io: &mut Io<P>, stall: &Stall, at_rest: bool) {
        self.willing = at_rest || stall.take(io.cycle(), self.monitor.waiting);
        io.set(self.ready, self.willing);
    }

    /// Says that the bench takes no beat in this cycle.
    pub(crate) fn unwilling<P: Point>(&mut self, io: &mut Io<P>) {
        self.willing = false;
        io.set(self.ready, false);
    }

    /// Watches the stream; a beat that waits must keep all its fields.
    #[inline]
    pub(crate) fn watch<P: Point>(&mut self, io: &Io<P>) -> Result<Beat, Fault> {
        let fields = self.fields;
        self.watch_part(io, |dut, words| {
            for port in fields {
                words.extend_from_slice(dut.words(port));
            }
        })
    }

    /// Watches the stream; `payload` writes what a beat must keep while it waits.
    #[inline]
    pub(crate) fn watch_part<P: Point>(
        &mut self,
        io: &Io<P>,
        payload: impl FnOnce(&Dut, &mut Vec<u64>),
    ) -> Result<Beat, Fault> {
        let valid = io.is(self.valid);
        let kept = self
            .monitor
            .check(valid, self.willing, |words| payload(io.dut, words));
        kept.map_err(|broken| Fault::new(&self.name, "a stable beat", broken))?;
        Ok(match (valid, self.willing) {
            (false, _) => Beat::None,
            (true, false) => Beat::Waits,
            (true, true) => Beat::Taken,
        })
    }

    /// Returns the fields, each of up to 64 bits.
    #[inline]
    pub(crate) fn values<P: Point>(&self, io: &Io<P>) -> [u64; N] {
        self.fields.map(|port| io.get(port))
    }

    /// Compares the fields, each of up to 64 bits, with what they should be.
    pub(crate) fn compare<P: Point>(&self, io: &Io<P>, wanted: [u64; N]) -> Result<(), Fault> {
        for ((port, name), want) in self.fields.iter().zip(&self.names).zip(wanted) {
            same(name, port.width(), want & mask(port.width()), io.get(*port))?;
        }
        Ok(())
    }

    /// Compares the fields of a beat with those of the beat that was due, if any was.
    pub(crate) fn expect<P: Point>(
        &self,
        io: &Io<P>,
        wanted: Option<[u64; N]>,
    ) -> Result<(), Fault> {
        let wanted = wanted.ok_or_else(|| self.stray("no beat", "one"))?;
        self.compare(io, wanted)
    }

    /// Says that a beat came which nothing accounts for.
    #[cold]
    pub(crate) fn stray(&self, expected: &str, got: &str) -> Fault {
        Fault::new(&self.name, expected, got)
    }
}

/// Watches one stream that the RTL drives.
#[derive(Debug, Clone, Default)]
pub(crate) struct Monitor {
    waiting: bool,
    held: Vec<u64>,
    now: Vec<u64>,
}

/// A rule of the handshake that the RTL broke.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Broken {
    /// Valid fell although the beat had not been taken.
    #[error("valid dropped before its beat was accepted")]
    Dropped,
    /// The beat changed while it waited.
    #[error("payload changed while it waited for ready")]
    Changed,
}

impl Monitor {
    /// Tells whether a beat has been waiting since the cycle before.
    #[inline]
    pub(crate) fn waiting(&self) -> bool {
        self.waiting
    }

    /// Checks one cycle. `payload` writes what must not change; it is called only for beats that
    /// wait or have waited.
    #[inline]
    pub(crate) fn check(
        &mut self,
        valid: bool,
        ready: bool,
        payload: impl FnOnce(&mut Vec<u64>),
    ) -> Result<(), Broken> {
        if !valid {
            return if self.waiting {
                Err(Broken::Dropped)
            } else {
                Ok(())
            };
        }
        if ready && !self.waiting {
            return Ok(());
        }
        self.now.clear();
        payload(&mut self.now);
        if self.waiting && self.now != self.held {
            return Err(Broken::Changed);
        }
        std::mem::swap(&mut self.now, &mut self.held);
        self.waiting = !ready;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn feed(beats: &[(bool, bool, u64)]) -> Result<(), Broken> {
        let mut monitor = Monitor::default();
        beats.iter().try_for_each(|&(valid, ready, payload)| {
            monitor.check(valid, ready, |words| words.push(payload))
        })
    }

    #[test]
    fn the_monitor_knows_the_rules() {
        let (y, n) = (true, false);
        assert_eq!(feed(&[(n, y, 0), (y, y, 1), (y, y, 2), (n, n, 3)]), Ok(()));
        assert_eq!(feed(&[(y, n, 1), (y, n, 1), (y, y, 1), (y, y, 2)]), Ok(()));
        assert_eq!(feed(&[(y, n, 1), (n, n, 1)]), Err(Broken::Dropped));
        assert_eq!(feed(&[(y, n, 1), (y, y, 2)]), Err(Broken::Changed));
        assert_eq!(feed(&[(y, n, 1), (y, y, 1), (n, n, 0)]), Ok(()));
    }
}
