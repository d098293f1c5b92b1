// SPDX-License-Identifier: MIT OR Apache-2.0
//! The bench of the arbiter: beats of many requesters, every grant compared with
//! [`hwgen_golden::arbiter::Arbiter`] in every cycle.

use hwgen_golden::arbiter::{Arbiter, ArbiterParams};
use serde::{Deserialize, Serialize};

use crate::kit::{
    self, Beat as Shown, Bench, Io, Player, Reset, RunOf, Stall, Take, changed, input, output,
    points, read, same,
};
use crate::report::Fault;
use hwgen_bundle::error::VerifyError;
use hwgen_bundle::manifest::Engine;
use hwgen_sim::dut::{Dut, In, Out, mask};
use hwgen_sim::rng::Rng;

/// Most beats of one run, for each requester.
const RUN_ITEMS: u64 = 12;
/// Cycles without progress that no arbiter needs.
const PATIENCE: u64 = 100;
/// Cycles watched after the last beat.
const REST: u64 = 9;

/// A beat of a requester.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Beat {
    /// Number of the requester.
    from: u32,
    /// Seed of the payload.
    seed: u64,
}

impl Beat {
    /// Returns the payload in words of 64 bits.
    fn payload(self, width: u32) -> Vec<u64> {
        let mut rng = Rng::new(self.seed);
        let words = (0..width).step_by(64);
        words.map(|at| rng.draw() & mask(width - at)).collect()
    }
}

points! {
    /// Nobody requested.
    Idle,
    /// A requester was granted right after it had been served.
    BackToBack,
    /// A beat waited for the consumer.
    Stalled,
    /// Reset hit while a beat waited.
    Reset,
    /// Everybody requested.
    Crowd,
    /// The search went past the last requester and found one before.
    Wrapped,
    /// The search passed a requester of a lower number.
    Passed,
    /// A request came that would have been granted, had no grant been held.
    Held,
    /// A requester had waited for a beat of each other.
    WaitedForAll,
}

/// The arbiter under test.
pub(crate) struct ArbiterBench {
    params: ArbiterParams,
}

impl ArbiterBench {
    /// Reads what the bench needs from the manifest.
    pub(crate) fn new(engine: &Engine) -> Result<Self, VerifyError> {
        let interface = ArbiterParams::interface;
        let params = read(engine, ArbiterParams::from_values, interface)?;
        Ok(Self { params })
    }
}

impl Bench for ArbiterBench {
    type Item = Beat;
    type Setup = ();
    type Point = Point;
    type Player<'a> = ArbiterPlayer;
    const WORDS: [&'static str; 2] = ["beat", "beats"];
    const STREAMS: &'static [&'static str] = &["requesters stalled", "output stalled"];

    /// Everybody requests at first; later runs are of one requester, of two, of a few or of all.
    fn plan(&self, seed: u64, cases: u64) -> Box<dyn Iterator<Item = RunOf<Self>> + '_> {
        let all = u64::from(self.params.requesters);
        kit::plan(seed, cases, move |rng, number, left| {
            let size = (1 + rng.below(RUN_ITEMS * all)).min(left);
            let size = if number == 1 { left.min(3 * all) } else { size };
            let crowd = [1, 2, 5, all][rng.below(4) as usize].min(all);
            let begin = rng.below(all);
            let from = |rng: &mut Rng, i: u64| match number {
                1 => i % all,
                _ => (begin + rng.below(crowd)) % all,
            };
            let stalled = number > 2 && rng.chance(75);
            let reset = (number > 2 && rng.chance(25)).then(|| Reset::draw(rng, 2 * size + 8));
            RunOf::<Self> {
                seed: rng.draw(),
                stalls: Stall::draw_all(rng, stalled, 1, 1),
                reset,
                setup: (),
                items: (0..size)
                    .map(|i| Beat {
                        from: from(rng, i) as u32,
                        seed: rng.draw(),
                    })
                    .collect(),
            }
        })
    }

    fn refuse(&self, name: &str, beat: &Beat) -> Option<String> {
        let (from, all) = (beat.from, self.params.requesters);
        (from >= all).then(|| format!("{name} is of requester {from} of {all}"))
    }

    fn weight(&self, _: &Beat) -> u64 {
        1
    }

    fn player<'a>(&'a self, dut: &Dut, run: &'a RunOf<Self>) -> Result<ArbiterPlayer, Fault> {
        let (requesters, width) = (self.params.requesters, self.params.width);
        let own = |who| run.items.iter().filter(move |beat| beat.from == who);
        Ok(ArbiterPlayer {
            params: self.params.clone(),
            valid: input(dut, "in_valid_i"),
            ready: output(dut, "in_ready_o"),
            data: input(dut, "in_data_i"),
            out: Take::find(dut, "out", ["data", "index"]),
            stalls: [run.stalls[0], run.stalls[1]],
            beats: (0..requesters)
                .map(|who| own(who).map(|beat| beat.payload(width)).collect())
                .collect(),
            at: vec![0; requesters as usize],
            offered: 0,
            model: Arbiter::new(&self.params),
            left: run.items.len(),
            served: 0,
            missed: vec![0; requesters as usize],
            just_served: None,
        })
    }

    fn plainer(beat: &Beat) -> Vec<Beat> {
        vec![changed(beat, |b| b.from = 0), changed(beat, |b| b.seed = 1)]
    }

    fn reaches(&self, point: Point) -> bool {
        use Point::{Held, Passed, WaitedForAll, Wrapped};
        self.params.requesters > 1 || !matches!(point, Held | Passed | WaitedForAll | Wrapped)
    }
}

/// Plays beats on an arbiter.
pub(crate) struct ArbiterPlayer {
    params: ArbiterParams,
    valid: In,
    ready: Out,
    data: In,
    out: Take<2>,
    /// Stalls of the requesters, and of the consumer.
    stalls: [Stall; 2],
    /// Payloads of each requester.
    beats: Vec<Vec<Vec<u64>>>,
    /// The next beat of each.
    at: Vec<usize>,
    /// Requesters with a beat on the port.
    offered: u64,
    model: Arbiter,
    /// Beats that have not been taken, and beats that have.
    left: usize,
    served: usize,
    /// Beats of others since each requests.
    missed: Vec<u32>,
    /// Who was served in the cycle before.
    just_served: Option<u32>,
}

impl ArbiterPlayer {
    /// Writes a payload, or noise, to the part of the port that belongs to a requester.
    fn put(&self, io: &mut Io<Point>, who: u32, payload: Option<&[u64]>) {
        let width = self.params.width;
        for at in (0..width).step_by(64) {
            let word = payload.map_or_else(|| io.noise.draw(), |p| p[at as usize / 64]);
            let bits = (width - at).min(64);
            let word = word & mask(bits);
            io.dut.set_field(self.data, who * width + at, bits, word);
        }
    }

    /// Counts what a cycle brought about in which `grant` is on the output.
    fn count(&mut self, io: &mut Io<Point>, grant: Option<u32>, shown: Shown) {
        let all = mask(self.params.requesters);
        io.count(Point::Idle, grant.is_none());
        io.count(Point::Crowd, self.offered == all);
        io.count(Point::Stalled, shown == Shown::Waits);
        io.count(Point::Held, grant != self.model.search(self.offered));
        let Some(who) = grant.filter(|_| shown == Shown::Taken) else {
            return;
        };
        let last = self.model.last();
        io.count(Point::BackToBack, self.just_served == grant);
        io.count(Point::Wrapped, who < last);
        io.count(Point::Passed, who != self.offered.trailing_zeros());
        let others = self.params.requesters - 1;
        io.count(Point::WaitedForAll, self.missed[who as usize] == others);
    }
}

impl Player for ArbiterPlayer {
    type Point = Point;

    fn patience(&self) -> u64 {
        PATIENCE + self.stalls.iter().map(Stall::longest).sum::<u64>()
    }

    fn rest(&self) -> u64 {
        REST
    }

    fn quiet(&mut self, io: &mut Io<Point>) {
        self.offered = 0;
        io.set(self.valid, 0_u64);
        self.out.quiet(io);
    }

    fn drive(&mut self, io: &mut Io<Point>) -> bool {
        for who in 0..self.params.requesters {
            if self.offered >> who & 1 == 1 {
                continue;
            }
            let stall = Stall {
                seed: self.stalls[0].seed ^ u64::from(who),
                ..self.stalls[0]
            };
            let next = self.beats[who as usize].get(self.at[who as usize]);
            let due = next.filter(|_| stall.go(io.cycle()));
            self.offered |= u64::from(due.is_some()) << who;
            self.put(io, who, due.map(Vec::as_slice));
        }
        io.set(self.valid, self.offered);
        let at_rest = self.done();
        self.out.willing(io, &self.stalls[1], at_rest);
        false
    }

    fn check(&mut self, io: &mut Io<Point>) -> Result<bool, Fault> {
        let shown = self.out.watch(io)?;
        let grant = self.model.grant(self.offered);
        let Some(who) = grant else {
            if shown != Shown::None {
                return Err(self.out.stray("no beat", "one"));
            }
            same("in_ready_o", self.ready.width(), 0, io.get(self.ready))?;
            self.count(io, grant, shown);
            self.just_served = None;
            return Ok(false);
        };
        if shown == Shown::None {
            let wanted = format!("the beat of requester {who}");
            return Err(self.out.stray(&wanted, "none"));
        }
        let [data, index] = self.out.fields;
        same("out_index_o", index.width(), who.into(), io.get(index))?;
        let payload = &self.beats[who as usize][self.at[who as usize]];
        for (at, (&want, &got)) in payload.iter().zip(io.dut.words(data)).enumerate() {
            same(format_args!("out_data_o word {at}"), 64, want, got)?;
        }
        let taken = shown == Shown::Taken;
        let wanted = u64::from(taken) << who;
        same("in_ready_o", self.ready.width(), wanted, io.get(self.ready))?;
        self.count(io, grant, shown);
        let served = self.model.clock(self.offered, taken);
        self.just_served = served;
        if taken {
            for (other, missed) in (0..).zip(&mut self.missed) {
                *missed += u32::from(self.offered >> other & 1 == 1);
            }
            self.missed[who as usize] = 0;
            self.at[who as usize] += 1;
            self.offered &= !(1 << who);
            (self.left, self.served) = (self.left - 1, self.served + 1);
        }
        Ok(taken)
    }

    fn done(&self) -> bool {
        self.left == 0
    }

    /// Begins anew: beats that were not taken are offered again.
    fn restart(&mut self, io: &mut Io<Point>) {
        io.count(Point::Reset, self.offered != 0);
        self.model = Arbiter::new(&self.params);
        self.missed.fill(0);
        self.just_served = None;
    }

    fn under_way(&self) -> usize {
        self.served
    }

    fn missing(&self) -> (&'static str, &'static str) {
        ("out_valid_o", "a beat")
    }
}
