// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the reader says of itself: errors, bursts in flight, counters.

use hwgen_golden::vector_reader::VectorReaderParams;

use super::Point;
use super::channel::{Came, Seen};
use crate::kit::{Io, output, same};
use crate::memory::Resp;
use crate::report::Fault;
use hwgen_sim::dut::{Dut, Out, mask};

/// An error as it is reported: code, channel, address.
type Report = (u64, u64, u64);

/// The status ports, and what they must say.
pub(super) struct Status {
    channels: u32,
    idle: Out,
    ready: Out,
    bursts: Out,
    beats: Out,
    blocked: Out,
    error: [Out; 4],
    /// The first error of each of the last cycles, latest first.
    late: [Option<Report>; 3],
    stands: Option<Report>,
    /// Beats and waiting bursts of the cycle before.
    before: [u64; 2],
    /// Bursts in flight in the cycle before, and whether none could begin.
    counted: Vec<u64>,
    stopped: bool,
}

impl Status {
    pub(super) fn new(p: &VectorReaderParams, dut: &Dut) -> Self {
        let error = ["valid", "code", "channel", "address"];
        Self {
            channels: p.memory.channels,
            idle: output(dut, "idle_o"),
            ready: output(dut, "mem_rready_o"),
            bursts: output(dut, "bursts_o"),
            beats: output(dut, "beats_o"),
            blocked: output(dut, "blocked_o"),
            error: error.map(|name| output(dut, &format!("error_{name}_o"))),
            late: [None; 3],
            stands: None,
            before: [0; 2],
            counted: vec![0; p.memory.channels as usize],
            stopped: false,
        }
    }

    /// Forgets everything, as a reset does.
    pub(super) fn restart(&mut self) {
        self.late = [None; 3];
        self.stands = None;
        self.before = [0; 2];
        self.counted.fill(0);
        self.stopped = false;
    }

    /// Checks a cycle in which the channels were `seen` and had `begun` so many bursts before it;
    /// `stop` and `clear` were on the ports.
    pub(super) fn check(
        &mut self,
        io: &mut Io<Point>,
        seen: &[Seen],
        begun: &[(u64, u64)],
        [stop, clear]: [bool; 2],
    ) -> Result<(), Fault> {
        same(
            "mem_rready_o",
            self.channels,
            mask(self.channels),
            io.get(self.ready),
        )?;
        let bit = |(c, on): (usize, bool)| u64::from(on) << c;
        same("beats_o", self.channels, self.before[0], io.get(self.beats))?;
        same(
            "blocked_o",
            self.channels,
            self.before[1],
            io.get(self.blocked),
        )?;
        let came = seen.iter().map(|s| s.came.is_some()).enumerate();
        let waits = seen.iter().map(|s| s.blocked).enumerate();
        self.before = [came.map(bit).sum(), waits.map(bit).sum()];
        self.check_bursts(io, begun)?;
        self.stopped = stop;
        self.check_error(io, clear)?;
        let bad = |(c, s): (usize, &Seen)| {
            let Came { address, resp } = s.came.filter(|came| came.resp != Resp::Okay)?;
            Some((resp as u64, c as u64, address))
        };
        let first = seen.iter().enumerate().find_map(bad);
        io.count(Point::Error, first.is_some());
        self.late = [first, self.late[0], self.late[1]];
        Ok(())
    }

    /// Bursts in flight are those that have begun, and up to three on their way to the port.
    fn check_bursts(&mut self, io: &Io<Point>, begun: &[(u64, u64)]) -> Result<(), Fault> {
        let width = self.bursts.width() / self.channels;
        for (c, (&(flight, waits), counted)) in (0..).zip(begun.iter().zip(&mut self.counted)) {
            let got = io.dut.get_field(self.bursts, c * width, width);
            let low = flight + waits;
            if !(low..=flight + 3).contains(&got) {
                let want = format!("{low} to {}", flight + 3);
                return Err(Fault::new(format!("bursts_o of channel {c}"), want, got));
            }
            if self.stopped && got > *counted {
                let want = format!("no more than {counted} while stopped");
                return Err(Fault::new(format!("bursts_o of channel {c}"), want, got));
            }
            *counted = got;
        }
        let idle = self.counted.iter().all(|&n| n == 0);
        same("idle_o", 1, idle.into(), io.get(self.idle))
    }

    fn check_error(&mut self, io: &mut Io<Point>, clear: bool) -> Result<(), Fault> {
        let [valid, code, channel, address] = self.error;
        same(
            "error_valid_o",
            1,
            self.stands.is_some().into(),
            io.get(valid),
        )?;
        if let Some((c, at, beat)) = self.stands {
            same("error_code_o", 2, c, io.get(code))?;
            same("error_channel_o", channel.width(), at, io.get(channel))?;
            same("error_address_o", 64, beat, io.get(address))?;
        }
        // What came two cycles ago is reported in the next one.
        let due = self.late[1];
        io.count(
            Point::Hidden,
            due.is_some() && self.stands.is_some() && !clear,
        );
        io.count(Point::Cleared, clear && self.stands.is_some());
        if clear || self.stands.is_none() {
            self.stands = due;
        }
        Ok(())
    }

    /// Tells whether nothing is in flight.
    pub(super) fn is_idle(&self) -> bool {
        self.counted.iter().all(|&n| n == 0)
    }
}
