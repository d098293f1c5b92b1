// SPDX-License-Identifier: MIT OR Apache-2.0
//! Plays a run: drives the streams of an engine cycle by cycle and checks every beat.

use std::collections::VecDeque;

use super::bench::FigsBench;
use super::coverage::{Coverage, OF_N, Point};
use super::drive::{At, Prepared, prepare, put, scribble};
use super::ports::Ports;
use super::{Job, Product, Run};
use crate::pack::agree;
use crate::report::{Fault, spell};
use hwgen_sim::dut::{Dut, RtlError, mask};
use hwgen_sim::rng::Rng;
use hwgen_sim::stream::Monitor;

/// Cycles after which a sum may be wanted again, from token to token.
const CLOSE: u64 = 3;
/// Cycles of the reset before a run.
const RESET_CYCLES: u32 = 3;

/// Drives and checks one device through one run.
pub(super) struct Player<'a> {
    bench: &'a FigsBench,
    dut: &'a mut Dut,
    ports: Ports,
    run: &'a Run,
    jobs: Vec<Prepared>,
    /// Cycle after which counting starts.
    start: u64,
    noise: Rng,
    monitor: Monitor,
    tiles: At,
    weights: At,
    acts: At,
    /// Job and beat of the next output.
    got: (usize, usize),
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
    times: Vec<(u64, u64)>,
    log_n: Option<u32>,
    scratch: Vec<u64>,
}

impl<'a> Player<'a> {
    /// Prepares to play `run` on a fresh device.
    pub(super) fn new(bench: &'a FigsBench, dut: &'a mut Dut, run: &'a Run) -> Result<Self, Fault> {
        let wrong = |field: &str, expected: &str, got: String| Fault {
            transaction: 0,
            cycle: 0,
            field: field.into(),
            expected: expected.into(),
            got,
        };
        let ports = Ports::find(dut)
            .map_err(|e| wrong("ports", "the ports of an engine for sparse GEMM", e))?;
        let jobs = run.jobs.iter();
        let jobs: Result<Vec<_>, String> = jobs
            .map(|job| prepare(&bench.params, bench.variant, job))
            .collect();
        let jobs = jobs.map_err(|e| wrong("model", "a job that can be packed", e))?;
        Ok(Self {
            bench,
            ports,
            run,
            times: vec![(0, 0); jobs.len()],
            jobs,
            start: 0,
            noise: Rng::new(!run.seed),
            monitor: Monitor::new(),
            tiles: At::default(),
            weights: At::default(),
            acts: At::default(),
            got: (0, 0),
            stray: false,
            under_way: VecDeque::new(),
            first_tile: None,
            latest: None,
            tokens: Vec::new(),
            log_n: None,
            scratch: Vec::new(),
            dut,
        })
    }

    /// Plays the run; `products` gets what the GEMMs gave, with their cycles.
    pub(super) fn play(
        mut self,
        coverage: &mut Coverage,
        products: Option<&mut Vec<Product>>,
    ) -> Result<(), Fault> {
        self.bench.count(self.run, &self.jobs, coverage);
        self.idle();
        self.dut.set(self.ports.out_ready, 0);
        self.dut
            .reset(RESET_CYCLES)
            .map_err(|error| self.rtl_fault(&error))?;
        self.start = self.dut.cycle();
        self.settle();
        let patience = self.patience();
        let mut progress = 0;
        while self.got.0 < self.jobs.len() || self.tiles.job < self.jobs.len() || self.stray {
            let cycle = self.cycle();
            if let Some(reset) = self.run.reset
                && reset.cycle == cycle
            {
                let loading = self.weights.beat > 0;
                let waiting = self.acts.job > self.got.0 || self.acts.beat > 0;
                coverage.count(Point::ResetInWeights, loading);
                coverage.count(Point::ResetInTokens, waiting);
                self.reset(reset.length)?;
                progress = self.cycle();
                continue;
            }
            if self.step(cycle, coverage)? {
                progress = cycle;
            } else if cycle - progress > patience {
                let got = format!("nothing for {} cycles", cycle - progress);
                return Err(self.fault("all ports", "progress", &got));
            }
        }
        self.check_whole()?;
        coverage.count(Point::Timed, self.run.calm() && !self.with_strays());
        self.rest()?;
        if let Some(products) = products {
            self.record(products);
        }
        Ok(())
    }

    /// Plays one cycle; tells whether any stream got on.
    fn step(&mut self, cycle: u64, coverage: &mut Coverage) -> Result<bool, Fault> {
        self.offer(cycle);
        let ready = self.run.outputs.take(cycle, self.monitor.waiting());
        self.dut.set(self.ports.out_ready, u64::from(ready));
        self.tick()?;
        let error = self.dut.get(self.ports.tile_error) != 0;
        if error != self.stray {
            let say = |dropped: bool| if dropped { "a pulse" } else { "no pulse" };
            return Err(self.fault("tile_error_o", say(self.stray), say(error)));
        }
        let moved = [
            self.take_token(cycle, coverage)?,
            self.take_weights(coverage)?,
            self.take_tile(cycle, coverage),
            self.take_output(cycle, ready, coverage)?,
        ];
        self.settle();
        Ok(moved.contains(&true))
    }

    /// Returns the cycle, counted from the end of the first reset.
    fn cycle(&self) -> u64 {
        self.dut.cycle() - self.start
    }

    fn tick(&mut self) -> Result<(), Fault> {
        self.dut.tick().map_err(|error| self.rtl_fault(&error))
    }

    fn settle(&mut self) {
        self.tiles.settle(&self.jobs, |_| 1);
        self.weights.settle(&self.jobs, |work| work.weights.len());
        self.acts.settle(&self.jobs, |work| work.acts.len());
        while self
            .jobs
            .get(self.got.0)
            .is_some_and(|job| job.outputs.len() == self.got.1)
        {
            self.got = (self.got.0 + 1, 0);
        }
    }

    /// Puts beats on the ports where they are due, noise elsewhere.
    fn offer(&mut self, cycle: u64) {
        let bench = self.bench;
        let p = &bench.params;
        let Self {
            dut,
            ports,
            jobs,
            noise,
            run,
            ..
        } = self;
        if !self.tiles.offered {
            let due = self.tiles.work(jobs).filter(|_| run.tiles.go(cycle));
            self.tiles.offered = due.is_some();
            dut.set(ports.tile_valid, u64::from(due.is_some()));
            let bits = noise.draw();
            let tile = due.map(|work| work.tile);
            dut.set(ports.tile_tokens, tile.map_or(bits, |t| t.tokens.into()));
            dut.set(
                ports.tile_log_n,
                tile.map_or(bits >> 20, |t| t.log_n.into()),
            );
            dut.set(
                ports.tile_first,
                tile.map_or(bits >> 24, |t| t.first.into()),
            );
            dut.set(ports.tile_last, tile.map_or(bits >> 25, |t| t.last.into()));
        }
        if !self.weights.offered {
            let due = self.weights.work(jobs).filter(|_| run.weights.go(cycle));
            self.weights.offered = due.is_some();
            dut.set(ports.weight_valid, u64::from(due.is_some()));
            if let Some(work) = due {
                let beat = &work.weights[self.weights.beat];
                put(
                    dut,
                    ports.weight_data,
                    p.weight_w,
                    beat.data.iter().copied(),
                );
                let sel_w = p.sel_w(bench.variant);
                let sel = beat.sel.iter().map(|&s| i64::from(s));
                put(dut, ports.weight_sel, sel_w, sel);
            } else {
                scribble(dut, ports.weight_data, noise);
                scribble(dut, ports.weight_sel, noise);
            }
        }
        if !self.acts.offered {
            let due = self.acts.work(jobs).filter(|_| run.acts.go(cycle));
            self.acts.offered = due.is_some();
            dut.set(ports.act_valid, u64::from(due.is_some()));
            if let Some(work) = due {
                let acts = work.acts[self.acts.beat].iter().copied();
                put(dut, ports.act_data, p.act_w, acts);
            } else {
                scribble(dut, ports.act_data, noise);
            }
        }
    }

    /// Takes valid away everywhere.
    fn idle(&mut self) {
        for port in [
            self.ports.tile_valid,
            self.ports.weight_valid,
            self.ports.act_valid,
        ] {
            self.dut.set(port, 0);
        }
    }

    fn take_tile(&mut self, cycle: u64, coverage: &mut Coverage) -> bool {
        self.stray = false;
        if !self.tiles.offered || self.dut.get(self.ports.tile_ready) == 0 {
            return false;
        }
        self.first_tile = self.first_tile.or(Some(cycle));
        let job = &self.run.jobs[self.tiles.job];
        if let Job::Stray(stray) = job {
            let tokens = (1..=self.bench.params.max_t).contains(&stray.tokens);
            coverage.count(Point::StrayTokens, !tokens);
            coverage.count(Point::StrayN, tokens);
            self.stray = true;
        }
        self.tiles.offered = false;
        self.tiles.beat += 1;
        true
    }

    fn take_weights(&mut self, coverage: &mut Coverage) -> Result<bool, Fault> {
        if !self.weights.offered {
            return Ok(false);
        }
        if self.dut.get(self.ports.weight_ready) == 0 {
            coverage.count(Point::StalledWeights, true);
            return Ok(false);
        }
        let place = (self.weights.job, self.weights.tile);
        if place >= (self.tiles.job, self.tiles.tile) {
            return Err(self.fault("weight_ready_o", "0 before the tile was taken", "1"));
        }
        let older = (self.acts.job, self.acts.tile) < place;
        coverage.count(Point::Overlapped, older && self.acts.beat > 0);
        self.weights.offered = false;
        self.weights.beat += 1;
        Ok(true)
    }

    fn take_token(&mut self, cycle: u64, coverage: &mut Coverage) -> Result<bool, Fault> {
        if !self.acts.offered {
            return Ok(false);
        }
        if self.dut.get(self.ports.act_ready) == 0 {
            coverage.count(Point::StalledActs, true);
            return Ok(false);
        }
        if (self.acts.job, self.acts.tile) >= (self.weights.job, self.weights.tile) {
            return Err(self.fault("act_ready_o", "0 before the tile's weights are in", "1"));
        }
        let work = &self.jobs[self.acts.job].tiles[self.acts.tile];
        let tile = work.tile;
        if self.acts.beat == 0 {
            let switched = self.log_n.is_some_and(|n| n != tile.log_n);
            coverage.count(Point::Switched, switched);
            coverage.count(OF_N[tile.log_n as usize], true);
            self.log_n = Some(tile.log_n);
            self.check_start(cycle)?;
            self.latest = Some((cycle, tile.tokens.into()));
            if self.acts.tile == 0 {
                self.times[self.acts.job].0 = cycle;
            }
        }
        if tile.last {
            self.under_way.push_back(cycle);
        }
        self.tokens.resize(tile.tokens as usize, cycle);
        let before = std::mem::replace(&mut self.tokens[self.acts.beat], cycle);
        coverage.count(Point::Close, !tile.first && cycle - before == CLOSE);
        self.acts.offered = false;
        self.acts.beat += 1;
        Ok(true)
    }

    fn with_strays(&self) -> bool {
        self.run.jobs.iter().any(|job| matches!(job, Job::Stray(_)))
    }

    /// Holds the first token of a tile to its promise.
    fn check_start(&self, cycle: u64) -> Result<(), Fault> {
        if !self.run.calm() || self.with_strays() {
            return Ok(());
        }
        let rows = u64::from(self.bench.params.rows);
        let due = match (self.latest, self.first_tile) {
            (Some((before, tokens)), _) => before + tokens.max(rows),
            (None, first) => first.unwrap_or(0) + rows + 2,
        };
        if cycle == due {
            return Ok(());
        }
        let due = format!("first token of the tile in cycle {due}, as promised");
        Err(self.fault("act_ready_o", &due, &format!("cycle {cycle}")))
    }

    /// Checks what the engine shows and notes whether a beat left.
    fn take_output(
        &mut self,
        cycle: u64,
        ready: bool,
        coverage: &mut Coverage,
    ) -> Result<bool, Fault> {
        let Self { dut, ports, .. } = self;
        let valid = dut.get(ports.out_valid) != 0;
        coverage.count(Point::StalledOut, valid && !ready);
        let held = self.monitor.check(valid, ready, |words| {
            words.push(dut.get(ports.out_last));
            words.extend_from_slice(dut.words(ports.out_data));
        });
        if let Err(broken) = held {
            return Err(self.fault("out_valid_o", "a stable beat", &broken.to_string()));
        }
        if !valid || !ready {
            return Ok(false);
        }
        let Some(taken) = self.under_way.pop_front() else {
            return Err(self.fault("out_valid_o", "no beat without a token", "a beat"));
        };
        self.check_output()?;
        let (p, variant) = (&self.bench.params, self.bench.variant);
        let latency = u64::from(p.hops(variant) + p.pipeline(variant));
        if self.run.calm() && cycle != taken + latency {
            let due = format!("{latency} cycles after its token, as promised");
            let got = format!("{} cycles", cycle - taken);
            return Err(self.fault("out_valid_o", &due, &got));
        }
        self.times[self.got.0].1 = cycle;
        self.got.1 += 1;
        Ok(true)
    }

    /// Compares an output with the golden array.
    fn check_output(&mut self) -> Result<(), Fault> {
        let width = self.bench.params.psum_w;
        let Self {
            dut,
            ports,
            jobs,
            got,
            scratch,
            ..
        } = self;
        let want = &jobs[got.0].outputs[got.1];
        let sums = want.data.iter().map(|&v| v as u64);
        let all = want.data.len() as u32 * width;
        let same = agree(dut.words(ports.out_data), scratch, all, width, sums);
        if same && dut.get(ports.out_last) == u64::from(want.last) {
            return Ok(());
        }
        let say = |bits: u64| {
            let spare = 64 - width;
            spell(bits, width, ((bits << spare) as i64) >> spare)
        };
        let token = got.1;
        let wrong = (0_u32..).zip(&want.data).find_map(|(i, &v)| {
            let (want, got) = (
                v as u64 & mask(width),
                dut.get_field(ports.out_data, i * width, width),
            );
            let name = format!("out_data_o output beat {token}, word {i}");
            (want != got).then(|| (name, say(want), say(got)))
        });
        let (field, want, got) = wrong.unwrap_or_else(|| {
            let want = u8::from(want.last).to_string();
            let got = dut.get(ports.out_last).to_string();
            (format!("out_last_o output beat {token}"), want, got)
        });
        Err(self.fault(&field, &want, &got))
    }

    /// Holds a run of one GEMM to the cycles that the golden model has for it.
    fn check_whole(&self) -> Result<(), Fault> {
        let ([Job::Gemm(gemm)], [job]) = (&self.run.jobs[..], &self.jobs[..]) else {
            return Ok(());
        };
        let Some(packed) = job.packed.as_ref().filter(|_| self.run.calm()) else {
            return Ok(());
        };
        let (first, last) = self.times[0];
        let (want, took) = (packed.cycles(gemm.tokens), last - first + 1);
        if want == took {
            return Ok(());
        }
        let want = format!("{want} cycles, as promised");
        Err(self.fault("cycles", &want, &format!("{took} cycles")))
    }

    fn record(&self, products: &mut Vec<Product>) {
        for ((job, prepared), &(first_in, last_out)) in
            self.run.jobs.iter().zip(&self.jobs).zip(&self.times)
        {
            let (Job::Gemm(gemm), Some(packed)) = (job, &prepared.packed) else {
                continue;
            };
            let beats = |of: fn(&hwgen_golden::figs::TileWork) -> usize| {
                prepared.tiles.iter().map(|w| of(w) as u64).sum()
            };
            products.push(Product {
                sums: packed.gather(gemm.tokens, &prepared.outputs),
                tiles: prepared.tiles.len() as u64,
                first_in,
                last_out,
                act_beats: beats(|w| w.acts.len()),
                weight_beats: beats(|w| w.weights.len()),
                out_beats: prepared.outputs.len() as u64,
            });
        }
    }

    /// Resets the device and goes back to the first job without all of its outputs.
    fn reset(&mut self, length: u64) -> Result<(), Fault> {
        self.idle();
        self.dut.set(self.ports.rst_n, 0);
        for _ in 0..length {
            self.tick()?;
        }
        self.dut.set(self.ports.rst_n, 1);
        self.got.1 = 0;
        let again = At {
            job: self.got.0,
            ..At::default()
        };
        (self.tiles, self.weights, self.acts) = (again, again, again);
        (self.stray, self.first_tile, self.latest) = (false, None, None);
        self.under_way.clear();
        self.monitor = Monitor::new();
        self.settle();
        Ok(())
    }

    /// Watches for beats after the last one.
    fn rest(&mut self) -> Result<(), Fault> {
        self.dut.set(self.ports.out_ready, 1);
        let p = &self.bench.params;
        for _ in 0..2 * (p.hops(self.bench.variant) + p.pipeline(self.bench.variant)) {
            let cycle = self.cycle();
            self.offer(cycle);
            self.tick()?;
            for (name, port) in [
                ("out_valid_o", self.ports.out_valid),
                ("tile_error_o", self.ports.tile_error),
            ] {
                if self.dut.get(port) != 0 {
                    return Err(self.fault(name, "nothing after the last job", "1"));
                }
            }
        }
        Ok(())
    }

    /// Returns the cycles without progress after which the engine counts as hung.
    fn patience(&self) -> u64 {
        let (p, run) = (&self.bench.params, self.run);
        let fill = u64::from(p.rows + p.hops(self.bench.variant) + p.pipeline(self.bench.variant));
        let sides = [run.tiles, run.weights, run.acts, run.outputs];
        200 + 4 * fill
            + sides
                .iter()
                .map(hwgen_sim::stream::Stall::longest)
                .sum::<u64>()
    }

    #[cold]
    fn rtl_fault(&self, error: &RtlError) -> Fault {
        self.fault("check in the RTL", "no error", &error.message)
    }

    #[cold]
    fn fault(&self, field: &str, expected: &str, got: &str) -> Fault {
        Fault {
            transaction: self.got.0.min(self.jobs.len().saturating_sub(1)) as u64,
            cycle: self.cycle().saturating_sub(1),
            field: field.to_owned(),
            expected: expected.to_owned(),
            got: got.to_owned(),
        }
    }
}
