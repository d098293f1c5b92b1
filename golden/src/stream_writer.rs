// SPDX-License-Identifier: MIT OR Apache-2.0
//! The stream writer: a stream of words becomes rows of bytes in memory.
//!
//! Each row of a [`Command`] begins with byte 0 of a word and is written in the bursts that
//! [`bursts`](crate::stream::bursts) cuts it into. Strobes name the row's bytes and no others.

mod interface;

use crate::stream::{self, Code, Command};
use crate::violation::Violation;
use crate::width::cnt_width;

/// Parameters of the stream writer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamWriterParams {
    /// Bits of a beat and of a word: 64, 128, 256 or 512.
    pub data_w: u32,
    /// Most beats of a burst, 1 to 256, not more than `beats`.
    pub burst: u32,
    /// Beats of the write buffer, 16 to 512.
    pub beats: u32,
    /// Commands under way, 2 to 64.
    pub commands: u32,
    /// Bursts in flight, 1 to 64.
    pub bursts: u32,
}

impl Default for StreamWriterParams {
    fn default() -> Self {
        Self {
            data_w: 64,
            burst: 16,
            beats: 64,
            commands: 4,
            bursts: 8,
        }
    }
}

/// A beat that is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Beat {
    /// Address of its first byte, a multiple of the bytes of a beat.
    pub addr: u64,
    /// Its bytes, byte 0 first; those without strobe are 0.
    pub data: Vec<u8>,
    /// Which bytes are written, byte 0 in bit 0; at least one is.
    pub strobes: u64,
    /// Whether it is the last of its burst.
    pub last: bool,
}

impl StreamWriterParams {
    /// Returns every rule that these parameters break.
    pub fn violations(&self) -> Vec<Violation> {
        let block = "stream_writer";
        let mut out = stream::violations(block, self.data_w, self.burst, self.beats);
        Violation::range("stream_writer.commands", self.commands, 2, 64, &mut out);
        Violation::range("stream_writer.bursts", self.bursts, 1, 64, &mut out);
        out
    }

    /// Returns the bytes of a beat, which are those of a word.
    pub fn beat(&self) -> u32 {
        self.data_w / 8
    }

    /// Returns the bits of the bursts in flight.
    pub fn flight_w(&self) -> u32 {
        cnt_width(self.bursts)
    }

    /// Returns the words that a command with this verdict takes: none if its size is illegal, as many
    /// as it would if it is refused for where it lies.
    pub fn words(&self, command: &Command, code: Code) -> u64 {
        match code {
            Code::Bytes | Code::Rows => 0,
            _ => u64::from(command.rows) * u64::from(command.words_per_row(self.beat())),
        }
    }

    /// Lists the beats of a command that is not refused, of its `words` in order.
    ///
    /// # Panics
    /// If the words are fewer than [`Self::words`] says.
    pub fn beats(&self, command: &Command, words: &[Vec<u8>]) -> Vec<Beat> {
        let size = self.beat();
        let per_row = command.words_per_row(size) as usize;
        let mut out = Vec::new();
        for (row, words) in command.all_rows().zip(words.chunks(per_row)) {
            let bytes: Vec<u8> = words.iter().flatten().copied().collect();
            let end = row + u64::from(command.bytes) - 1;
            for burst in stream::bursts(row, command.bytes, size, self.burst) {
                for beat in 0..burst.beats {
                    let addr = burst.addr + u64::from(beat) * u64::from(size);
                    let mut data = vec![0; size as usize];
                    let mut strobes = 0;
                    for lane in 0..size {
                        let at = addr + u64::from(lane);
                        if (row..=end).contains(&at) {
                            data[lane as usize] = bytes[(at - row) as usize];
                            strobes |= 1 << lane;
                        }
                    }
                    out.push(Beat {
                        addr,
                        data,
                        strobes,
                        last: beat + 1 == burst.beats,
                    });
                }
            }
        }
        out
    }

    /// Returns the cycle in which the answer to a command alone is on its port, counted from the one
    /// in which the command was taken, where nothing stalls, words are there and responses come
    /// `latency` cycles behind their last beat; nothing if bursts wait for room, too.
    ///
    /// A burst begins when its last beat has come to the buffer, and has been cut.
    pub fn done_cycle(&self, command: &Command, latency: u64) -> Option<u64> {
        let bursts = command.bursts(self.beat(), self.burst);
        let all: u64 = bursts.iter().map(|b| u64::from(b.beats)).sum();
        // The first beat comes to the buffer in the fifth cycle behind the check; the data of a
        // burst begin two cycles after it. The first burst has been cut in the seventh cycle behind
        // the check, the next ones a cycle later each.
        let first = command.check_cycles() + 3;
        let (mut came, mut cut, mut end, mut answered) = (first, first + 3, 0, 0);
        let mut answers: Vec<u64> = Vec::new();
        let mut begins: Vec<u64> = Vec::new();
        for (number, burst) in bursts.iter().enumerate() {
            let beats = u64::from(burst.beats);
            came += beats;
            let issue = came.max(cut);
            cut += 1;
            let waits = number.checked_sub(self.bursts as usize);
            let opens = number.checked_sub(AHEAD);
            if waits.is_some_and(|n| answers[n] + 2 > issue)
                || opens.is_some_and(|n| begins[n] > issue)
            {
                return None;
            }
            let begin = end.max(issue + 2);
            begins.push(begin);
            end = begin + beats;
            answered = (end - 1 + latency).max(answered + 1);
            answers.push(answered);
        }
        // Where beats wait for room in the buffer is not foretold.
        let most = u64::from(self.beats);
        let flows = all <= most || most >= 2 * u64::from(self.burst) + 8;
        flows.then_some(answered + 2)
    }
}

/// Bursts whose data have not begun, at most.
const AHEAD: usize = 4;

#[cfg(test)]
mod tests;
