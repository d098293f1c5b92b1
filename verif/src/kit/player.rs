// SPDX-License-Identifier: MIT OR Apache-2.0
//! The loop that plays a run on a device: reset, clock, watchdog, rest.

use super::coverage::Point;
use super::io::Io;
use super::stall::Reset;
use crate::report::Fault;
use hwgen_sim::dut::Dut;

/// What a block's bench does in a cycle.
pub(crate) trait Player {
    /// Situations that it counts.
    type Point: Point;

    /// Returns the cycles without progress after which the device counts as hung.
    fn patience(&self) -> u64;
    /// Returns the cycles watched after the one in which everything had come.
    fn rest(&self) -> u64;
    /// Counts what the items bring about, before the first cycle.
    fn begin(&mut self, _: &mut Io<Self::Point>) {}
    /// Takes valid and ready away, before a reset.
    fn quiet(&mut self, io: &mut Io<Self::Point>);
    /// Drives the inputs of a cycle; tells whether that alone is progress.
    fn drive(&mut self, io: &mut Io<Self::Point>) -> bool;
    /// Checks the outputs of a cycle, and notes what was taken; tells whether anything moved.
    fn check(&mut self, io: &mut Io<Self::Point>) -> Result<bool, Fault>;
    /// Tells whether everything has come.
    fn done(&self) -> bool;
    /// Tells whether a reset may come now.
    fn may_reset(&self) -> bool {
        true
    }
    /// Goes back to what has not come yet, for a reset that begins.
    fn restart(&mut self, io: &mut Io<Self::Point>);
    /// Drives the inputs of a cycle of a reset.
    fn in_reset(&mut self, _: &mut Io<Self::Point>) {}
    /// Returns the number of the item that is under way.
    fn under_way(&self) -> usize;
    /// Names the port on which nothing comes, and what should.
    fn missing(&self) -> (&'static str, &'static str);
    /// Checks what can be told only at the end.
    fn finish(&mut self, _: &mut Io<Self::Point>) -> Result<(), Fault> {
        Ok(())
    }
}

/// How a run ended in which nothing was wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// Everything has come.
    Done,
    /// The watcher stopped it.
    Stopped,
}

/// A device and the player on it.
pub(crate) struct Session<'a, P: Player> {
    pub(crate) io: Io<'a, P::Point>,
    pub(crate) player: P,
    /// Last cycle in which anything moved.
    progress: u64,
}

impl<'a, P: Player> Session<'a, P> {
    /// Puts a player on a device; noise is drawn from `seed`.
    pub(crate) fn new(dut: &'a mut Dut, seed: u64, player: P) -> Self {
        Self {
            io: Io::new(dut, seed),
            player,
            progress: 0,
        }
    }

    /// Resets the device after power-up.
    pub(crate) fn power_up(&mut self) -> Result<(), Fault> {
        self.player.quiet(&mut self.io);
        self.io.power_up().map_err(|fault| self.placed(fault))
    }

    /// Plays to the end, with a reset in the middle if there is one. `watch` is shown the player
    /// before every cycle, and stops the run where it returns false.
    pub(crate) fn run(
        &mut self,
        mut reset: Option<Reset>,
        mut watch: impl FnMut(u64, &P) -> bool,
    ) -> Result<End, Fault> {
        self.player.begin(&mut self.io);
        // Cycles since everything had come, that one included.
        let (mut rested, rest) = (u64::from(self.player.done()), self.player.rest());
        while rested <= rest {
            let cycle = self.io.cycle();
            let due = |r: &mut Reset| r.cycle <= cycle && self.player.may_reset();
            if let Some(Reset { length, .. }) = reset.take_if(due) {
                self.reset(length).map_err(|fault| self.placed(fault))?;
                // It may take away the last that was to come.
                rested = rested.max(u64::from(self.player.done()));
                continue;
            }
            if !watch(cycle, &self.player) {
                return Ok(End::Stopped);
            }
            self.step()?;
            rested = if self.player.done() { rested + 1 } else { 0 };
        }
        let end = self.player.finish(&mut self.io);
        end.map_err(|fault| self.placed(fault))?;
        Ok(End::Done)
    }

    /// Plays cycles until the player is as it should be.
    pub(crate) fn until(&mut self, mut there: impl FnMut(&P) -> bool) -> Result<(), Fault> {
        while !there(&self.player) {
            self.step()?;
        }
        Ok(())
    }

    /// Plays a cycle.
    #[inline]
    fn step(&mut self) -> Result<(), Fault> {
        self.cycle().map_err(|fault| self.placed(fault))
    }

    #[inline]
    fn cycle(&mut self) -> Result<(), Fault> {
        let Self { io, player, .. } = self;
        let cycle = io.cycle();
        let moved = player.drive(io);
        io.tick()?;
        let came = player.check(io)?;
        if moved || came || player.done() {
            self.progress = cycle;
        } else if cycle - self.progress > player.patience() {
            let (field, expected) = player.missing();
            let got = format!("nothing for {} cycles", cycle - self.progress);
            return Err(Fault::new(field, expected, got));
        }
        Ok(())
    }

    fn reset(&mut self, length: u64) -> Result<(), Fault> {
        let Self { io, player, .. } = self;
        player.restart(io);
        player.quiet(io);
        io.hold_reset(true);
        for _ in 0..length {
            player.in_reset(io);
            io.tick()?;
        }
        io.hold_reset(false);
        self.progress = io.cycle();
        Ok(())
    }

    /// Adds item and cycle to a fault: the cycle that has just been clocked.
    #[cold]
    fn placed(&self, fault: Fault) -> Fault {
        Fault {
            transaction: self.player.under_way() as u64,
            cycle: self.io.cycle().saturating_sub(1),
            ..fault
        }
    }
}
