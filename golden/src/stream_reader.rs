// SPDX-License-Identifier: MIT OR Apache-2.0
//! The stream reader: rows of bytes in memory become a stream of words.
//!
//! Each row of a [`Command`] is read in the bursts that [`bursts`](crate::stream::bursts) cuts it
//! into, and begins with byte 0 of a word. What the words are follows from the bytes alone; the
//! model makes them of beats, as the hardware does, and says how many cycles that takes.

mod interface;

use crate::stream::{self, Command};
use crate::violation::Violation;
use crate::width::cnt_width;

/// Parameters of the stream reader.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamReaderParams {
    /// Bits of a beat and of a word: 64, 128, 256 or 512.
    pub data_w: u32,
    /// Most beats of a burst, 1 to 256, not more than `beats`.
    pub burst: u32,
    /// Beats of the read buffer, 16 to 512.
    pub beats: u32,
    /// Commands under way, 2 to 64.
    pub commands: u32,
}

impl Default for StreamReaderParams {
    fn default() -> Self {
        Self {
            data_w: 64,
            burst: 16,
            beats: 64,
            commands: 4,
        }
    }
}

/// A word of the stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// Its bytes, byte 0 first; those behind the row's last are 0.
    pub data: Vec<u8>,
    /// Bytes of the row in it, at least 1.
    pub bytes: u32,
    /// Whether it is the last of its row.
    pub row_last: bool,
    /// Whether it is the last of its command.
    pub last: bool,
}

impl StreamReaderParams {
    /// Returns every rule that these parameters break.
    pub fn violations(&self) -> Vec<Violation> {
        let block = "stream_reader";
        let mut out = stream::violations(block, self.data_w, self.burst, self.beats);
        Violation::range("stream_reader.commands", self.commands, 2, 64, &mut out);
        out
    }

    /// Returns the bytes of a beat, which are those of a word.
    pub fn beat(&self) -> u32 {
        self.data_w / 8
    }

    /// Returns the bits of the bytes of a word.
    pub fn count_w(&self) -> u32 {
        cnt_width(self.beat())
    }

    /// Returns the bits of the bursts in flight.
    pub fn flight_w(&self) -> u32 {
        cnt_width(self.beats)
    }

    /// Lists the words of a command that is not refused; `read` returns the byte at an address.
    pub fn words(&self, command: &Command, mut read: impl FnMut(u64) -> u8) -> Vec<Word> {
        let (size, mut out) = (self.beat(), Vec::new());
        for row in 0..command.rows {
            let place = (command.row(row) % u64::from(size)) as usize;
            // All bytes of all beats of the row, of which the first ones are not the row's.
            let beats = stream::bursts(command.row(row), command.bytes, size, self.burst);
            let mut bytes = Vec::new();
            for burst in beats {
                let all = u64::from(burst.beats) * u64::from(size);
                bytes.extend((0..all).map(|at| read(burst.addr + at)));
            }
            let words = bytes[place..][..command.bytes as usize].chunks(size as usize);
            let many = words.len();
            out.extend((1..).zip(words).map(|(number, part)| {
                let mut data = part.to_vec();
                data.resize(size as usize, 0);
                Word {
                    data,
                    bytes: part.len() as u32,
                    row_last: number == many,
                    last: number == many && row + 1 == command.rows,
                }
            }));
        }
        out
    }

    /// Returns the cycles that the words of commands take, one behind the other, where data are
    /// there and words are taken at once.
    ///
    /// A beat per cycle is taken. The bytes of a last beat that have a word of their own take one
    /// more, in which the first beat of a next row is taken if that gives no word of its own.
    pub fn moves<'a>(&self, commands: impl IntoIterator<Item = &'a Command>) -> u64 {
        let size = u64::from(self.beat());
        let (mut cycles, mut tail) = (0, false);
        for command in commands {
            for row in command.all_rows() {
                let (place, bytes) = (row % size, u64::from(command.bytes));
                let beats = (place + bytes).div_ceil(size);
                let split = place != 0 && beats > 1;
                cycles += beats - u64::from(tail && split);
                tail = split && beats == bytes.div_ceil(size);
                cycles += u64::from(tail);
            }
        }
        cycles
    }

    /// Returns the cycle in which the last word is on the port, counted from the one in which the
    /// first command was taken, where nothing stalls, data come `latency` cycles after they were
    /// asked for, and [`Self::flows`] holds for the commands.
    pub fn last_cycle(&self, commands: &[Command], latency: u64) -> u64 {
        let check = commands.first().map_or(0, Command::check_cycles);
        check + latency + 11 + self.moves(commands)
    }

    /// Tells whether commands that are offered at once, and not refused, flow without a gap: the
    /// buffer covers the latency, and each command is long enough for the checks behind it.
    pub fn flows(&self, commands: &[Command], latency: u64) -> bool {
        let size = self.beat();
        let beats = |c: &Command| {
            let all = c.bursts(size, self.burst);
            all.iter().map(|b| u64::from(b.beats)).sum::<u64>()
        };
        let least = commands.iter().map(beats).min().unwrap_or(0);
        let covered = u64::from(self.beats) >= latency + u64::from(self.burst) + 8;
        let all: u64 = commands.iter().map(beats).sum();
        let fits = all <= u64::from(self.beats);
        let queued = least >= 24 && least * u64::from(self.commands - 1) >= latency + 48;
        (covered || fits) && (commands.len() == 1 || queued)
    }
}

#[cfg(test)]
mod tests;
