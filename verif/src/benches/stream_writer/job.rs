// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a command brings about, and what is counted of it.

use hwgen_golden::stream::{Burst, Code};
use hwgen_golden::stream_writer::{Beat, StreamWriterParams};
use hwgen_sim::rng;

use crate::benches::stream::{Case, Setup, verdict};
use crate::kit::{Io, points, read};
use crate::memory::Resp;
use hwgen_bundle::error::VerifyError;
use hwgen_bundle::manifest::Engine;

points! {
    /// A command of one byte.
    OneByte,
    /// The most bytes of a row or the most rows.
    Largest,
    /// Rows that begin with a beat.
    Aligned,
    /// A beat that only the rest of a word fills.
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
    /// Refused as it goes beyond the address space, with words that are dropped.
    RefusedWrap,
    /// Refused as it goes beyond the window, with words that are dropped.
    RefusedWindow,
    /// A burst was answered with SLVERR.
    SlvErr,
    /// A burst was answered with DECERR.
    DecErr,
    /// An error was held in the cycle in which one before was cleared.
    Replaced,
    /// A burst was due while the block was stopped.
    Stopped,
    /// The block was stopped and nothing was in flight.
    StoppedIdle,
    /// As many commands were under way as may be.
    Crowd,
    /// As many bursts were in flight as may be.
    AllBursts,
    /// An address waited.
    AddressWaits,
    /// A beat waited.
    BeatWaits,
    /// Data went before their address.
    DataAhead,
    /// A word waited.
    WordWaits,
    /// An answer waited.
    AnswerWaits,
    /// Reset hit while bursts were in flight.
    Reset,
    /// The cycle of an answer was foretold.
    Foretold,
}

/// The stream writer under test.
pub(crate) struct StreamWriterBench {
    pub(super) params: StreamWriterParams,
}

impl StreamWriterBench {
    /// Reads what the bench needs from the manifest.
    pub(crate) fn new(engine: &Engine) -> Result<Self, VerifyError> {
        let interface = StreamWriterParams::interface;
        let params = read(engine, StreamWriterParams::from_values, interface)?;
        Ok(Self { params })
    }

    /// Foretells what a case brings about.
    pub(super) fn foretell(&self, case: &Case, setup: &Setup) -> Job {
        let (command, lanes) = (case.command(), self.params.beat());
        let check = command.check(setup.window());
        let word = |number: u64| -> Vec<u8> {
            let seed = rng::at(case.seed, number);
            (0..lanes).map(|b| rng::at(seed, b.into()) as u8).collect()
        };
        let words: Vec<Vec<u8>> = (0..self.params.words(&command, check)).map(word).collect();
        let (mut beats, mut bursts, mut errors) = (Vec::new(), Vec::new(), Vec::new());
        if check == Code::Okay {
            bursts = command.bursts(lanes, self.params.burst);
            beats = self.params.beats(&command, &words);
            for burst in &bursts {
                let bases = (0..burst.beats).map(|b| burst.addr + u64::from(b * lanes));
                let mut resps = bases.map(|base| setup.behaviour.errors.at(base, lanes));
                let bad = resps.find(|resp| *resp != Resp::Okay);
                errors.extend(bad.map(|resp| (burst.addr, resp as u8)));
            }
        }
        Job {
            case: *case,
            code: verdict(check, &errors),
            words,
            beats,
            bursts,
            errors,
        }
    }
}

/// What a command brings about.
pub(super) struct Job {
    pub(super) case: Case,
    pub(super) code: Code,
    pub(super) words: Vec<Vec<u8>>,
    pub(super) beats: Vec<Beat>,
    pub(super) bursts: Vec<Burst>,
    pub(super) errors: Vec<(u64, u8)>,
}

impl Job {
    /// Counts the situations that it is one of.
    pub(super) fn count(&self, io: &mut Io<Point>, params: &StreamWriterParams) {
        let beat = u64::from(params.beat());
        let c = &self.case.command();
        let okay = !self.code.is_refusal();
        let whole = c.bytes == 1 << 20 || c.rows == 1 << 16;
        let words = !self.words.is_empty();
        io.count(Point::OneByte, okay && c.bytes == 1 && c.rows == 1);
        io.count(Point::Largest, okay && whole);
        io.count(Point::Aligned, okay && c.addr.is_multiple_of(beat));
        io.count(Point::Down, okay && c.rows > 1 && c.stride < 0);
        io.count(Point::RefusedBytes, self.code == Code::Bytes);
        io.count(Point::RefusedRows, self.code == Code::Rows);
        io.count(Point::RefusedWrap, self.code == Code::Wrap && words);
        io.count(Point::RefusedWindow, self.code == Code::Window && words);
        io.count(Point::Tail, self.beats.len() > self.words.len());
        let cut = self.bursts.windows(2).any(|two| {
            let end = two[0].addr + u64::from(two[0].beats) * beat;
            two[1].addr == end && two[0].beats < params.burst
        });
        io.count(Point::PageCut, cut);
        let full = self.bursts.iter().any(|b| b.beats == params.burst);
        io.count(Point::Full, full);
    }

    /// Returns, burst by burst, the words that must have come before it may begin.
    pub(super) fn needs(&self, lanes: u32) -> Vec<usize> {
        let command = self.case.command();
        let per_row = command.words_per_row(lanes) as usize;
        let lanes = u64::from(lanes);
        // Bursts of a row follow each other; the next one begins another row where it is over.
        let (mut row, mut out) = (0, Vec::new());
        for burst in &self.bursts {
            let end = burst.addr + u64::from(burst.beats) * lanes;
            let begin = command.row(row);
            let bytes = (end - begin).min(command.bytes.into());
            out.push(row as usize * per_row + bytes.div_ceil(lanes) as usize);
            row += u32::from(bytes == u64::from(command.bytes));
        }
        out
    }
}
