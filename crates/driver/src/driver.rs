// SPDX-License-Identifier: MIT OR Apache-2.0
//! The driver of one accelerator.

use crate::capabilities::Capabilities;
use crate::code::Code;
use crate::command::{Command, Options};
use crate::config::{Config, Events};
use crate::counter::{Counter, Flight};
use crate::encode::{self, Completion};
use crate::error::Error;
use crate::job::{Finished, Outcome, Rejected, Slot, State};
use crate::memory::{self, Buffers, Memory};
use crate::mmio::Mmio;
use crate::registers as r;
use crate::setup::{ENTRY, Failed, at_rest, emptied, set_up};

/// Bytes from a completion record to the next.
const RECORD_STRIDE: u64 = 64;

/// The first error that the accelerator recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault {
    /// Its code.
    pub code: Code,
    /// The address that goes with it, or 0.
    pub address: u64,
}

/// One accelerator, with a ring of `N` entries, of which `N - 1` can be in flight.
///
/// The driver owns the buffers of a job from [`submit`](Self::submit) until
/// [`poll`](Self::poll) gives them back, so that nobody can free or change them meanwhile. Dropping
/// the driver stops the accelerator and waits until nothing is in flight, however long that takes;
/// forgetting it leaks all buffers.
pub struct Driver<M: Mmio, R: Memory, B: Buffers, const N: usize> {
    mmio: M,
    ring: R,
    there: Capabilities,
    config: Config,
    slots: [Option<Slot<B>>; N],
    /// The slot of the oldest job, and the number of jobs.
    first: usize,
    count: usize,
    /// The next free entry of the ring.
    tail: u16,
    enabled: bool,
}

impl<M: Mmio, R: Memory, B: Buffers, const N: usize> Driver<M, R, B, N> {
    /// Finds out what is there, brings the accelerator to rest whatever it did, sets it up, and lets
    /// it run.
    ///
    /// `ring` begins at a multiple of 64 and has [`ENTRY`] bytes per entry.
    ///
    /// # Errors
    /// Returns [`Error::NotThere`], [`Error::Version`], [`Error::Capability`], [`Error::Illegal`] or
    /// [`Error::Timeout`], and what was given. Before the last nothing was written.
    pub fn new(mut mmio: M, ring: R, config: Config) -> Result<Self, Failed<M, R>> {
        const { assert!(N >= 2 && N < 1 << 16, "a ring has 2 to 65535 entries") };
        let there = match set_up::<N>(&mut mmio, &ring, &config) {
            Ok(there) => there,
            Err(error) => return Err(Failed { error, mmio, ring }),
        };
        let mut driver = Self {
            mmio,
            ring,
            there,
            config,
            slots: [const { None }; N],
            first: 0,
            count: 0,
            tail: 0,
            enabled: false,
        };
        driver.start();
        Ok(driver)
    }

    /// Returns what the accelerator has.
    pub fn capabilities(&self) -> &Capabilities {
        &self.there
    }

    /// Returns the registers, for what this driver does not do itself. Writing registers of the ring
    /// breaks what the driver promises.
    pub fn mmio(&mut self) -> &mut M {
        &mut self.mmio
    }

    /// Returns the jobs whose buffers the driver owns.
    pub fn in_flight(&self) -> usize {
        self.count
    }

    /// Submits a command and rings the doorbell. The job owns `buffers`; head records are written to
    /// them.
    ///
    /// # Errors
    /// Returns [`Error::Illegal`], [`Error::Full`] or [`Error::Stopped`], and the buffers; nothing
    /// was written then.
    pub fn submit(
        &mut self,
        command: &Command<'_>,
        options: Options,
        mut buffers: B,
    ) -> Result<(), Rejected<B>> {
        if let Err(error) = self.may_submit(command, &buffers) {
            return Err(Rejected { error, buffers });
        }
        encode::records(command, |address, bytes| buffers.write_at(address, &bytes));
        memory::clean(&buffers);
        let index = self.tail;
        let record = record_offset::<N>(index);
        self.ring.write(record, &encode::PENDING);
        self.ring.clean(record, RECORD_STRIDE);
        let completion = self.ring.bus_address() + record;
        let descriptor = encode::descriptor(command, options, completion);
        let at = u64::from(index) * descriptor.len() as u64;
        self.ring.write(at, &descriptor);
        self.ring.clean(at, descriptor.len() as u64);
        let slot = (self.first + self.count) % N;
        self.slots[slot] = Some(Slot {
            tag: options.tag,
            op: command.op(),
            index,
            state: State::Flight,
            buffers,
        });
        self.count += 1;
        self.tail = next::<N>(index);
        self.mmio.write32(r::RING_TAIL, self.tail.into());
        Ok(())
    }

    fn may_submit(&self, command: &Command<'_>, buffers: &B) -> Result<(), Error> {
        let judged = command.check(&self.there, &self.config, buffers);
        judged.map_err(Error::Illegal)?;
        if !self.enabled {
            return Err(Error::Stopped);
        }
        // A ring whose tail reached its head would look empty.
        if self.count >= N - 1 {
            return Err(Error::Full);
        }
        Ok(())
    }

    /// Gives the oldest job back if it is over; `None` if it is not, or if there is none. No register
    /// is read.
    ///
    /// # Errors
    /// Returns [`Error::Record`] if the completion record is not that of the job.
    pub fn poll(&mut self) -> Result<Option<Finished<B>>, Error> {
        let Some(slot) = &self.slots[self.first] else {
            return Ok(None);
        };
        let outcome = match slot.state {
            State::Over(outcome) => outcome,
            State::Flight => match self.record(slot)? {
                Some(completion) => Outcome::Done(completion),
                None => return Ok(None),
            },
        };
        let Some(slot) = self.slots[self.first].take() else {
            return Ok(None);
        };
        self.first = (self.first + 1) % N;
        self.count -= 1;
        memory::invalidate(&slot.buffers);
        Ok(Some(Finished {
            tag: slot.tag,
            outcome,
            buffers: slot.buffers,
        }))
    }

    /// Waits for the oldest job.
    ///
    /// # Errors
    /// Returns [`Error::Timeout`] after so many looks as the configuration allows, or if there is no
    /// job; the job stays in flight. Else as [`poll`](Self::poll).
    pub fn wait(&mut self) -> Result<Finished<B>, Error> {
        for _ in 0..self.config.patience {
            if let Some(finished) = self.poll()? {
                return Ok(finished);
            }
            if self.count == 0 {
                break;
            }
            self.mmio.relax();
        }
        Err(Error::Timeout)
    }

    /// Reads the completion record of a job, if it is there.
    fn record(&self, slot: &Slot<B>) -> Result<Option<Completion>, Error> {
        let offset = record_offset::<N>(slot.index);
        let mut bytes = [0; encode::COMPLETION];
        self.ring.invalidate(offset, RECORD_STRIDE);
        self.ring.read(offset, &mut bytes);
        if !encode::arrived(&bytes) {
            return Ok(None);
        }
        // What was read first may be half of it.
        self.ring.invalidate(offset, RECORD_STRIDE);
        self.ring.read(offset, &mut bytes);
        let completion = encode::completion(&bytes);
        let ours = (slot.tag, slot.op, slot.index);
        if (completion.tag, completion.op, completion.index) == ours {
            Ok(Some(completion))
        } else {
            Err(Error::Record { offset })
        }
    }

    /// Handles the interrupt: reads which events there were, and clears those. Call
    /// [`poll`](Self::poll) afterwards until it gives nothing: a job that ends from the clear on
    /// raises the interrupt again.
    pub fn interrupt(&mut self) -> Events {
        let status = self.mmio.read32(r::IRQ_STATUS);
        if status != 0 {
            self.mmio.write32(r::IRQ_STATUS, status);
        }
        Events::of(status)
    }

    /// Chooses which events raise the interrupt.
    pub fn set_interrupts(&mut self, events: Events) {
        self.mmio.write32(r::IRQ_ENABLE, events.bits());
    }

    /// Returns the first error since errors were cleared.
    pub fn fault(&mut self) -> Option<Fault> {
        let status = self.mmio.read32(r::STATUS);
        if status & r::STATUS_ERROR == 0 {
            return None;
        }
        let code = Code::of(self.mmio.read32(r::ERROR_CODE) as u8);
        let low = u64::from(self.mmio.read32(r::ERROR_ADDR_LO));
        let high = u64::from(self.mmio.read32(r::ERROR_ADDR_HI));
        let address = high << 32 | low;
        Some(Fault { code, address })
    }

    /// Forgets the error that is recorded, and its event. An error that comes meanwhile is kept.
    pub fn clear_fault(&mut self) {
        self.mmio.write32(r::IRQ_STATUS, r::IRQ_STATUS_ERROR);
        self.mmio.write32(r::COMMAND, r::COMMAND_CLEAR_ERROR);
    }

    /// Reads a counter; `None` if it is not there.
    pub fn counter(&mut self, counter: Counter) -> Option<u64> {
        counter.read(&mut self.mmio, &self.there)
    }

    /// Returns the requests in flight of a channel; `None` if it is not there.
    pub fn flight(&mut self, channel: u8) -> Option<Flight> {
        Flight::read(&mut self.mmio, &self.there, channel)
    }

    /// Sets all counters to 0.
    pub fn clear_counters(&mut self) {
        self.mmio.write32(r::COMMAND, r::COMMAND_CLEAR_COUNTERS);
    }

    /// Lets commands begin, those first that are in the ring still.
    pub fn start(&mut self) {
        self.mmio.write32(r::CONTROL, r::CONTROL_ENABLE);
        self.enabled = true;
    }

    /// Lets no further command begin, and waits until those that have begun have ended.
    ///
    /// # Errors
    /// Returns [`Error::Timeout`] if they have not; nothing begins in any case.
    pub fn stop(&mut self) -> Result<(), Error> {
        self.mmio.write32(r::CONTROL, 0);
        self.enabled = false;
        at_rest(&mut self.mmio, self.config.patience)
    }

    /// Stops, and empties the ring. Jobs that never began are [`Outcome::Cancelled`], and
    /// [`poll`](Self::poll) gives all jobs back, in their order. [`start`](Self::start) goes on.
    ///
    /// # Errors
    /// Returns [`Error::Timeout`] or [`Error::Head`]; all jobs stay in flight then.
    pub fn reset(&mut self) -> Result<(), Error> {
        self.stop()?;
        let index = self.mmio.read32(r::RING_HEAD);
        let entries = N as u32;
        if index >= entries {
            return Err(Error::Head { index });
        }
        let pending = (u32::from(self.tail) + entries - index) % entries;
        self.mmio.write32(r::COMMAND, r::COMMAND_RESET_QUEUE);
        emptied(&mut self.mmio, self.config.patience)?;
        for at in 0..self.count {
            let place = (self.first + at) % N;
            let Some(slot) = &self.slots[place] else {
                continue;
            };
            if slot.state != State::Flight {
                continue;
            }
            let before = (u32::from(self.tail) + entries - u32::from(slot.index)) % entries;
            let outcome = match self.record(slot) {
                Ok(Some(completion)) => Outcome::Done(completion),
                Ok(None) if before <= pending => Outcome::Cancelled,
                Ok(None) | Err(_) => Outcome::Lost,
            };
            if let Some(slot) = &mut self.slots[place] {
                slot.state = State::Over(outcome);
            }
        }
        self.tail = 0;
        Ok(())
    }
}

impl<M: Mmio, R: Memory, B: Buffers, const N: usize> Drop for Driver<M, R, B, N> {
    fn drop(&mut self) {
        self.mmio.write32(r::IRQ_ENABLE, 0);
        self.mmio.write32(r::CONTROL, 0);
        // Buffers are freed behind this.
        while at_rest(&mut self.mmio, u32::MAX).is_err() {}
    }
}

/// Returns where in the ring's region the completion record of an entry lies.
fn record_offset<const N: usize>(index: u16) -> u64 {
    N as u64 * (ENTRY - RECORD_STRIDE) + u64::from(index) * RECORD_STRIDE
}

fn next<const N: usize>(index: u16) -> u16 {
    ((usize::from(index) + 1) % N) as u16
}
