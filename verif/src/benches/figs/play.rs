// SPDX-License-Identifier: MIT OR Apache-2.0
//! Plays a run: drives the streams of an engine and checks every beat.

use std::collections::VecDeque;

use hwgen_golden::Arith;
use hwgen_golden::figs::{FigsParams, TileWork, Variant};

use super::prepare::Prepared;
use super::{ACTS, Job, OF_N, OUTPUTS, Point, Run, TILES, WEIGHTS};
use crate::kit::{Beat, Io, Offer, Player, Take, Track, agree, differs, output, pack};
use crate::report::Fault;
use hwgen_sim::dut::{Dut, Out, mask};

/// Cycles after which a sum may be wanted again, from token to token; with multipliers of an FPGA
/// one more, for the register behind the memory of sums.
const CLOSE: u64 = 3;

/// Lists jobs and numbers of all tiles.
fn places(jobs: &[Prepared]) -> Vec<(usize, usize)> {
    let jobs = jobs.iter().enumerate();
    let tiles = jobs.flat_map(|(i, job)| (0..job.tiles.len()).map(move |tile| (i, tile)));
    tiles.collect()
}

/// Plays jobs on an engine.
pub(crate) struct FigsPlayer<'a> {
    pub(super) params: &'a FigsParams,
    pub(super) variant: Variant,
    pub(super) run: &'a Run,
    pub(super) jobs: Vec<Prepared>,
    /// Tokens, log2 of N, first, last.
    tile: Offer<4>,
    /// Data, selects.
    weight: Offer<2>,
    act: Offer<1>,
    /// Last, data.
    out: Take<2>,
    tile_error: Out,
    /// Job and tile of each tile; of each beat of weights and of each token, with its number.
    tiles: Track<(usize, usize)>,
    weights: Track<(usize, usize, usize)>,
    acts: Track<(usize, usize, usize)>,
    /// Job and number of each output.
    outputs: Track<(usize, usize)>,
    /// Whether a tile was taken in the cycle before that must be dropped.
    stray: bool,
    /// Cycles in which tokens were taken whose sums are to leave.
    under_way: VecDeque<u64>,
    /// Cycle of the first tile since the reset.
    first_tile: Option<u64>,
    /// Cycle and tokens of the first token of the latest tile.
    latest: Option<(u64, u64)>,
    /// Cycle of each token of the latest tile.
    tokens: Vec<u64>,
    /// First token and last output of each job.
    pub(super) times: Vec<(u64, u64)>,
    log_n: Option<u32>,
    scratch: Vec<u64>,
}

impl<'a> FigsPlayer<'a> {
    /// Prepares to play the jobs of `run`.
    pub(super) fn new(
        params: &'a FigsParams,
        variant: Variant,
        dut: &Dut,
        run: &'a Run,
        jobs: Vec<Prepared>,
    ) -> Self {
        let beats = |count: fn(&TileWork) -> usize| {
            let places = places(&jobs).into_iter();
            Track::new(places.flat_map(|(job, tile)| {
                (0..count(&jobs[job].tiles[tile])).map(move |beat| (job, tile, beat))
            }))
        };
        let outputs = jobs.iter().enumerate();
        let outputs = outputs.flat_map(|(i, job)| (0..job.outputs.len()).map(move |n| (i, n)));
        Self {
            params,
            variant,
            run,
            tile: Offer::find(dut, "tile", ["tokens", "log_n", "first", "last"]),
            weight: Offer::find(dut, "weight", ["data", "sel"]),
            act: Offer::find(dut, "act", ["data"]),
            out: Take::find(dut, "out", ["last", "data"]),
            tile_error: output(dut, "tile_error_o"),
            tiles: Track::new(places(&jobs)),
            weights: beats(|work| work.weights.len()),
            acts: beats(|work| work.acts.len()),
            outputs: Track::new(outputs),
            times: vec![(0, 0); jobs.len()],
            jobs,
            stray: false,
            under_way: VecDeque::new(),
            first_tile: None,
            latest: None,
            tokens: Vec::new(),
            log_n: None,
            scratch: Vec::new(),
        }
    }

    /// Returns the job of the next output.
    fn job(&self) -> usize {
        self.outputs.next().map_or(self.jobs.len(), |(job, _)| job)
    }

    fn take_tile(&mut self, io: &mut Io<Point>) -> bool {
        self.stray = false;
        let Some((job, _)) = self.tiles.next().filter(|_| self.tile.taken(io)) else {
            return false;
        };
        self.first_tile = self.first_tile.or(Some(io.clocked()));
        if let Job::Stray(stray) = &self.run.items[job] {
            let tokens = (1..=self.params.max_t).contains(&stray.tokens);
            io.count(Point::StrayTokens, !tokens);
            io.count(Point::StrayN, tokens);
            self.stray = true;
        }
        self.tiles.advance();
        true
    }

    /// Notes whether weights were taken; `token` is the next one, or the one just taken.
    fn take_weights(
        &mut self,
        io: &mut Io<Point>,
        token: Option<(usize, usize, usize)>,
    ) -> Result<bool, Fault> {
        let offered = self.weight.offered;
        let Some((job, tile, _)) = self.weights.next().filter(|_| self.weight.taken(io)) else {
            io.count(Point::StalledWeights, offered);
            return Ok(false);
        };
        if self.tiles.next().is_some_and(|next| (job, tile) >= next) {
            return Err(Fault::new(
                "weight_ready_o",
                "0 before the tile was taken",
                "1",
            ));
        }
        let behind = token.filter(|t| (t.0, t.1) < (job, tile));
        let begun = behind.is_some_and(|t| t.2 > 0 || self.acts.next() != token);
        io.count(Point::Overlapped, begun);
        self.weights.advance();
        Ok(true)
    }

    fn take_token(&mut self, io: &mut Io<Point>) -> Result<bool, Fault> {
        let (offered, cycle) = (self.act.offered, io.clocked());
        let Some((job, at, beat)) = self.acts.next().filter(|_| self.act.taken(io)) else {
            io.count(Point::StalledActs, offered);
            return Ok(false);
        };
        let loading = self.weights.next();
        if loading.is_some_and(|next| (job, at) >= (next.0, next.1)) {
            return Err(Fault::new(
                "act_ready_o",
                "0 before the tile's weights are in",
                "1",
            ));
        }
        let tile = self.jobs[job].tiles[at].tile;
        if beat == 0 {
            let switched = self.log_n.is_some_and(|n| n != tile.log_n);
            io.count(Point::Switched, switched);
            io.count(OF_N[tile.log_n as usize], true);
            self.log_n = Some(tile.log_n);
            self.check_start(cycle)?;
            self.latest = Some((cycle, tile.tokens.into()));
            if at == 0 {
                self.times[job].0 = cycle;
            }
        }
        if tile.last {
            self.under_way.push_back(cycle);
        }
        self.tokens.resize(tile.tokens as usize, cycle);
        let before = std::mem::replace(&mut self.tokens[beat], cycle);
        let close = CLOSE + u64::from(self.params.arith == Arith::Dsp);
        io.count(Point::Close, !tile.first && cycle - before == close);
        self.acts.advance();
        Ok(true)
    }

    fn with_strays(&self) -> bool {
        self.run
            .items
            .iter()
            .any(|job| matches!(job, Job::Stray(_)))
    }

    /// Holds the first token of a tile to its promise.
    fn check_start(&self, cycle: u64) -> Result<(), Fault> {
        if !self.run.is_calm() || self.with_strays() {
            return Ok(());
        }
        let rows = u64::from(self.params.rows);
        let due = match (self.latest, self.first_tile) {
            (Some((before, tokens)), _) => before + tokens.max(rows),
            (None, first) => first.unwrap_or(0) + rows + 2,
        };
        if cycle == due {
            return Ok(());
        }
        let due = format!("first token of the tile in cycle {due}, as promised");
        Err(Fault::new("act_ready_o", due, format!("cycle {cycle}")))
    }

    /// Checks what the engine shows and notes whether a beat left.
    fn take_output(&mut self, io: &mut Io<Point>) -> Result<bool, Fault> {
        let shown = self.out.watch(io)?;
        io.count(Point::StalledOut, shown == Beat::Waits);
        if shown != Beat::Taken {
            return Ok(false);
        }
        let (next, cycle) = (self.under_way.pop_front(), io.clocked());
        let Some((taken, (job, beat))) = next.zip(self.outputs.next()) else {
            return Err(self.out.stray("no beat without a token", "a beat"));
        };
        self.check_output(io, job, beat)?;
        let latency = self.latency();
        if self.run.is_calm() && cycle != taken + latency {
            let due = format!("{latency} cycles after its token, as promised");
            return Err(self.out.stray(&due, &format!("{} cycles", cycle - taken)));
        }
        self.times[job].1 = cycle;
        self.outputs.advance();
        Ok(true)
    }

    /// Returns the cycles from a token to its output.
    fn latency(&self) -> u64 {
        let (p, variant) = (self.params, self.variant);
        u64::from(p.hops(variant) + p.pipeline(variant))
    }

    /// Compares an output with the golden array.
    fn check_output(&mut self, io: &Io<Point>, job: usize, token: usize) -> Result<(), Fault> {
        let width = self.params.psum_w;
        let [last, data] = self.out.fields;
        let want = &self.jobs[job].outputs[token];
        let sums = want.data.iter().map(|&v| v as u64);
        let all = want.data.len() as u32 * width;
        let same = agree(io.dut.words(data), &mut self.scratch, all, width, sums);
        if same && io.is(last) == want.last {
            return Ok(());
        }
        for (i, &sum) in (0_u32..).zip(&want.data) {
            let want = sum as u64 & mask(width);
            let got = io.dut.get_field(data, i * width, width);
            if want != got {
                let name = format!("out_data_o output beat {token}, word {i}");
                return Err(differs(name, width, want, got));
            }
        }
        let name = format!("out_last_o output beat {token}");
        Err(Fault::new(name, u8::from(want.last), io.get(last)))
    }

    /// Holds a run of one GEMM to the cycles that the golden model has for it.
    fn check_whole(&self) -> Result<(), Fault> {
        let ([Job::Gemm(gemm)], [job]) = (&self.run.items[..], &self.jobs[..]) else {
            return Ok(());
        };
        let Some(packed) = job.packed.as_ref().filter(|_| self.run.is_calm()) else {
            return Ok(());
        };
        let (first, last) = self.times[0];
        let (want, took) = (packed.cycles(gemm.tokens), last - first + 1);
        if want == took {
            return Ok(());
        }
        let want = format!("{want} cycles, as promised");
        Err(Fault::new("cycles", &want, format!("{took} cycles")))
    }
}

impl Player for FigsPlayer<'_> {
    type Point = Point;

    fn begin(&mut self, io: &mut Io<Point>) {
        self.count(io);
    }

    fn patience(&self) -> u64 {
        let fill = u64::from(self.params.rows) + self.latency();
        200 + 4 * fill + self.run.longest_stall()
    }

    fn rest(&self) -> u64 {
        2 * self.latency()
    }

    fn quiet(&mut self, io: &mut Io<Point>) {
        self.tile.offer(io, false);
        self.weight.offer(io, false);
        self.act.offer(io, false);
        self.out.quiet(io);
    }

    fn drive(&mut self, io: &mut Io<Point>) -> bool {
        let (p, jobs, stalls) = (self.params, &self.jobs, &self.run.stalls);
        let sel_w = p.sel_w(self.variant);
        let next = self
            .tiles
            .next()
            .map(|(job, tile)| jobs[job].tiles[tile].tile);
        self.tile.feed(io, &stalls[TILES], next, |io, fields, t| {
            let beat = [t.tokens, t.log_n, t.first.into(), t.last.into()];
            io.put(fields, beat);
        });
        let next = self.weights.next();
        let next = next.map(|(job, tile, beat)| &jobs[job].tiles[tile].weights[beat]);
        self.weight
            .feed(io, &stalls[WEIGHTS], next, |io, [data, sel], beat| {
                let weights = beat.data.iter().map(|&v| v as u64);
                pack(io.dut.words_mut(data), p.weight_w, weights);
                let selects = beat.sel.iter().map(|&s| u64::from(s));
                pack(io.dut.words_mut(sel), sel_w, selects);
            });
        let next = self.acts.next();
        let next = next.map(|(job, tile, beat)| &jobs[job].tiles[tile].acts[beat]);
        self.act.feed(io, &stalls[ACTS], next, |io, [data], acts| {
            let acts = acts.iter().map(|&v| v as u64);
            pack(io.dut.words_mut(data), p.act_w, acts);
        });
        let done = self.done();
        self.out.willing(io, &self.run.stalls[OUTPUTS], done);
        false
    }

    fn check(&mut self, io: &mut Io<Point>) -> Result<bool, Fault> {
        let error = io.is(self.tile_error);
        if error != self.stray {
            let say = |dropped: bool| if dropped { "a pulse" } else { "no pulse" };
            return Err(Fault::new("tile_error_o", say(self.stray), say(error)));
        }
        let token = self.acts.next();
        let moved = [
            self.take_token(io)?,
            self.take_weights(io, token)?,
            self.take_tile(io),
            self.take_output(io)?,
        ];
        Ok(moved.contains(&true))
    }

    fn done(&self) -> bool {
        self.outputs.done() && self.tiles.done() && !self.stray
    }

    fn may_reset(&self) -> bool {
        !self.done()
    }

    /// Goes back to the first job without all of its outputs.
    fn restart(&mut self, io: &mut Io<Point>) {
        let within = |next: Option<(usize, usize, usize)>| next.is_some_and(|(_, _, n)| n > 0);
        io.count(Point::ResetInWeights, within(self.weights.next()));
        let (token, now) = (self.acts.next(), self.job());
        let ahead = token.map_or(self.jobs.len(), |(job, ..)| job) > now;
        io.count(Point::ResetInTokens, ahead || within(token));
        self.tiles.back_to(|(job, _)| *job < now);
        self.weights.back_to(|(job, ..)| *job < now);
        self.acts.back_to(|(job, ..)| *job < now);
        self.outputs.back_to(|(job, _)| *job < now);
        (self.stray, self.first_tile, self.latest) = (false, None, None);
        self.under_way.clear();
    }

    fn under_way(&self) -> usize {
        self.job().min(self.jobs.len().saturating_sub(1))
    }

    fn missing(&self) -> (&'static str, &'static str) {
        ("all ports", "progress")
    }

    fn finish(&mut self, io: &mut Io<Point>) -> Result<(), Fault> {
        self.check_whole()?;
        io.count(Point::Timed, self.run.is_calm() && !self.with_strays());
        Ok(())
    }
}
