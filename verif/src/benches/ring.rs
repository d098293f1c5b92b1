// SPDX-License-Identifier: MIT OR Apache-2.0
//! The bench of the ring of commands: software that writes descriptors and moves the tail, a memory of
//! any manners, and somebody who carries descriptors out. What is handed on, every completion record,
//! error and interrupt is compared with [`hwgen_golden::ring`].

mod case;
mod draw;
mod engine;
mod errors;
mod player;
mod queue;

use hwgen_bundle::error::VerifyError;
use hwgen_bundle::manifest::Engine;
use hwgen_golden::ring::RingParams;
use hwgen_sim::dut::Dut;

use self::case::{Case, Setup};
use self::player::RingPlayer;
use crate::kit::{Bench, RunOf, points, read};
use crate::report::Fault;

points! {
    /// A completion record was written.
    Record,
    /// A descriptor wanted no record.
    NoRecord,
    /// The interrupt was raised behind a record.
    Interrupt,
    /// The interrupt was raised although no record was written.
    BareInterrupt,
    /// The base of the ring is misaligned.
    RingBase,
    /// A descriptor is outside of the window.
    Outside,
    /// A descriptor came with an error.
    FetchError,
    /// The address of a record is misaligned.
    Misaligned,
    /// A record is below the window.
    Below,
    /// A record is above the window.
    Above,
    /// The memory answered a record with an error.
    RecordError,
    /// A command ended with an error at an address of its own.
    OwnAddress,
    /// A command ended with an error of the descriptor.
    DescriptorAddress,
    /// An error came while another one was held.
    Replaced,
    /// An error was cleared.
    Cleared,
    /// The index went round the end of the ring.
    Wrapped,
    /// As many descriptors were under way as may be.
    Crowd,
    /// A descriptor waited while the ring was not enabled.
    Stopped,
    /// The queue was reset with nothing under way.
    QuietReset,
    /// The queue was reset while descriptors were under way.
    BusyReset,
    /// Hardware was reset while a burst was in flight.
    Reset,
    /// A descriptor waited to be taken.
    DescriptorWaits,
    /// An answer waited.
    AnswerWaits,
    /// The address of a fetch waited.
    FetchWaits,
    /// Data of a record went before their address.
    DataAhead,
    /// An index of more than ten bits.
    Far,
    /// A command took more than 2^16 cycles.
    Long,
    /// The cycle in which a descriptor was offered was foretold.
    Foretold,
}

/// The ring under test.
pub(crate) struct RingBench {
    params: RingParams,
}

impl RingBench {
    /// Reads what the bench needs from the manifest.
    pub(crate) fn new(engine: &Engine) -> Result<Self, VerifyError> {
        let params = read(engine, RingParams::from_values, RingParams::interface)?;
        Ok(Self { params })
    }
}

impl Bench for RingBench {
    type Item = Case;
    type Setup = Setup;
    type Point = Point;
    type Player<'a> = RingPlayer<'a>;
    const WORDS: [&'static str; 2] = ["command", "commands"];
    const STREAMS: &'static [&'static str] = &["answers stalled", "commands stalled"];

    fn plan(&self, seed: u64, cases: u64) -> Box<dyn Iterator<Item = RunOf<Self>> + '_> {
        draw::plan_runs(seed, cases)
    }

    fn refuse(&self, _: &str, _: &Case) -> Option<String> {
        None
    }

    fn refuse_run(&self, run: &RunOf<Self>) -> Option<String> {
        if run.setup.size < 2 {
            return Some("its ring has fewer than two descriptors".to_owned());
        }
        let (streams, has) = (Self::STREAMS.len(), run.stalls.len());
        (has != streams).then(|| format!("it has stalls of {has} streams, not of {streams}"))
    }

    fn weight(&self, _: &Case) -> u64 {
        1
    }

    fn player<'a>(&'a self, dut: &Dut, run: &'a RunOf<Self>) -> Result<RingPlayer<'a>, Fault> {
        Ok(RingPlayer::new(dut, &self.params, run))
    }

    fn plainer(case: &Case) -> Vec<Case> {
        case.plainer()
    }

    fn reaches(&self, point: Point) -> bool {
        match point {
            // A beat of 512 bits is taken whole, and one descriptor leaves no other waiting.
            Point::Crowd => self.params.depth < 6,
            _ => true,
        }
    }
}
