// SPDX-License-Identifier: MIT OR Apache-2.0
//! The bench of the stream reader: commands on a memory of any manners. Every burst, word and answer
//! is compared with [`hwgen_golden::stream_reader`], and what registers see in every cycle.

mod player;

use hwgen_golden::stream::{Burst, Code, Command};
use hwgen_golden::stream_reader::{StreamReaderParams, Word};
use hwgen_sim::dut::Dut;

use super::stream::{Case, Setup, Shape, plan_runs, verdict};
use crate::kit::{Bench, Io, RunOf, points, read};
use crate::memory::{Access, AxiRead, Memory, Resp, Rules};
use crate::report::Fault;
use hwgen_bundle::error::VerifyError;
use hwgen_bundle::manifest::Engine;
use player::ReaderPlayer;

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
    params: StreamReaderParams,
}

impl StreamReaderBench {
    /// Reads what the bench needs from the manifest.
    pub(crate) fn new(engine: &Engine) -> Result<Self, VerifyError> {
        let interface = StreamReaderParams::interface;
        let params = read(engine, StreamReaderParams::from_values, interface)?;
        Ok(Self { params })
    }

    /// Foretells what a case brings about.
    fn foretell(&self, case: &Case, setup: &Setup, memory: &Memory) -> Job {
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
struct Job {
    command: Command,
    code: Code,
    words: Vec<Word>,
    bursts: Vec<Burst>,
    errors: Vec<(u64, u8)>,
}

impl Job {
    /// Counts the situations that it is one of.
    fn count(&self, io: &mut Io<Point>, params: &StreamReaderParams) {
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

impl Bench for StreamReaderBench {
    type Item = Case;
    type Setup = Setup;
    type Point = Point;
    type Player<'a> = ReaderPlayer<'a>;
    const WORDS: [&'static str; 2] = ["command", "commands"];
    const STREAMS: &'static [&'static str] =
        &["commands stalled", "words stalled", "answers stalled"];

    fn plan(&self, seed: u64, cases: u64) -> Box<dyn Iterator<Item = RunOf<Self>> + '_> {
        let shape = Shape {
            beat: self.params.beat(),
            burst: self.params.burst,
            streams: (1, 2),
        };
        plan_runs(seed, cases, shape)
    }

    fn refuse(&self, name: &str, case: &Case) -> Option<String> {
        case.refuse(name)
    }

    fn weight(&self, case: &Case) -> u64 {
        let command = case.command();
        u64::from(command.bytes) * u64::from(command.rows)
    }

    fn player<'a>(&'a self, dut: &Dut, run: &'a RunOf<Self>) -> Result<ReaderPlayer<'a>, Fault> {
        let setup = &run.setup;
        let memory = setup.memory(run.seed, Access::Read);
        let cases = run.items.iter();
        let jobs: Vec<Job> = cases.map(|c| self.foretell(c, setup, &memory)).collect();
        let rules = Rules {
            beats_in_flight: Some(self.params.beats),
            attributes: Some(setup.attributes),
            ..Rules::new(self.params.beat(), self.params.burst)
        };
        let axi = AxiRead::find(dut, "mem", 0, 1, rules, setup.behaviour.clone());
        Ok(ReaderPlayer::new(dut, &self.params, run, axi, memory, jobs))
    }

    fn plainer(case: &Case) -> Vec<Case> {
        case.plainer()
    }

    fn reaches(&self, point: Point) -> bool {
        let p = &self.params;
        match point {
            // A burst of a whole page ends with it.
            Point::PageCut => p.burst > 1,
            _ => true,
        }
    }
}
