// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a command brings about, and what is counted of it.

use hwgen_golden::stream::{Burst, Code, Command};
use hwgen_golden::stream_reader::{StreamReaderParams, Word};

use crate::benches::stream::{Case, Setup, verdict};
use crate::kit::{Io, points, read};
use crate::memory::{Memory, Resp};
use hwgen_bundle::error::VerifyError;
use hwgen_bundle::manifest::Engine;

points! {
    /// A command of one byte.
    OneByte,
    /// The most bytes of a row or the most rows.
    Largest,
    /// Rows that begin with a beat.
    Aligned,
    /// A word that a last beat alone fills.
    Tail,
    /// A burst that a page cut off.
    PageCut,
    /// A burst of the most beats.
    Full,
    /// Rows downwards.
    Down,
    /// Refused for its bytes.
    RefusedBytes,
    /// Refused for its rows.
    RefusedRows,
    /// Refused as it goes beyond the address space.
    RefusedWrap,
    /// Refused as it goes beyond the window.
    RefusedWindow,
    /// A beat came with SLVERR.
    SlvErr,
    /// A beat came with DECERR.
    DecErr,
    /// An error was held in the cycle in which one before was cleared.
    Replaced,
    /// A burst was due while the block was stopped.
    Stopped,
    /// The block was stopped and nothing was in flight.
    StoppedIdle,
    /// As many commands were under way as may be.
    Crowd,
    /// As many beats were in flight as the buffer holds.
    BufferFull,
    /// An address waited.
    AddressWaits,
    /// A word waited.
    WordWaits,
    /// An answer waited.
    AnswerWaits,
    /// Reset hit while bursts were in flight.
    Reset,
    /// The cycle of a last word was foretold.
    Foretold,
    /// That of several commands that flowed.
    Flowed,
}

/// The stream reader under test.
pub(crate) struct StreamReaderBench {
    pub(super) params: StreamReaderParams,
}

impl StreamReaderBench {
    /// Reads what the bench needs from the manifest.
    pub(crate) fn new(engine: &Engine) -> Result<Self, VerifyError> {
        let interface = StreamReaderParams::interface;
        let params = read(engine, StreamReaderParams::from_values, interface)?;
        Ok(Self { params })
    }

    /// Foretells what a case brings about.
    pub(super) fn foretell(&self, case: &Case, setup: &Setup, memory: &Memory) -> Job {
        let (command, lanes) = (case.command(), self.params.beat());
        let check = command.check(setup.window());
        let (mut words, mut bursts, mut errors) = (Vec::new(), Vec::new(), Vec::new());
        if check == Code::Okay {
            bursts = command.bursts(lanes, self.params.burst);
            words = self
                .params
                .words(&command, |at| memory.space.bytes(at, 1)[0]);
            for burst in &bursts {
                let bases = (0..burst.beats).map(|b| burst.addr + u64::from(b * lanes));
                let resps = bases.map(|base| (base, setup.behaviour.errors.at(base, lanes)));
                let bad = resps.filter(|(_, resp)| *resp != Resp::Okay);
                errors.extend(bad.map(|(base, resp)| (base, resp as u8)));
            }
        }
        Job {
            command,
            code: verdict(check, &errors),
            words,
            bursts,
            errors,
        }
    }
}

/// What a command brings about.
pub(super) struct Job {
    pub(super) command: Command,
    pub(super) code: Code,
    pub(super) words: Vec<Word>,
    pub(super) bursts: Vec<Burst>,
    pub(super) errors: Vec<(u64, u8)>,
}

impl Job {
    /// Counts the situations that it is one of.
    pub(super) fn count(&self, io: &mut Io<Point>, params: &StreamReaderParams) {
        let beat = u64::from(params.beat());
        let c = &self.command;
        let okay = !self.code.is_refusal();
        let whole = c.bytes == 1 << 20 || c.rows == 1 << 16;
        io.count(Point::OneByte, okay && c.bytes == 1 && c.rows == 1);
        io.count(Point::Largest, okay && whole);
        io.count(Point::Aligned, okay && c.addr.is_multiple_of(beat));
        io.count(Point::Down, okay && c.rows > 1 && c.stride < 0);
        io.count(Point::RefusedBytes, self.code == Code::Bytes);
        io.count(Point::RefusedRows, self.code == Code::Rows);
        io.count(Point::RefusedWrap, self.code == Code::Wrap);
        io.count(Point::RefusedWindow, self.code == Code::Window);
        let words = self.words.len() as u64;
        io.count(Point::Tail, okay && params.moves([c]) > words && words > 1);
        let cut = self.bursts.windows(2).any(|two| {
            let end = two[0].addr + u64::from(two[0].beats) * beat;
            two[1].addr == end && two[0].beats < params.burst
        });
        io.count(Point::PageCut, cut);
        let full = self.bursts.iter().any(|b| b.beats == params.burst);
        io.count(Point::Full, full);
    }
}
