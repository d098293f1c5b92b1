// SPDX-License-Identifier: MIT OR Apache-2.0
//! Plays jobs on the attention core, cycle by cycle.

use hwgen_golden::attention::{AttentionParams, JobError, JobResult, run_job};

use super::check::Got;
use super::coverage::{Coverage, Point};
use super::drive::Sent;
use super::memory::Pending;
use super::ports::Ports;
use super::{LiveJob, Memory, Played, Stalls};
use crate::report::Fault;
use hwgen_sim::dut::{Dut, Out, RtlError};
use hwgen_sim::rng::Rng;
use hwgen_sim::stream::{Monitor, Reset};

/// Cycles of the reset before a run.
const RESET_CYCLES: u32 = 3;
/// Cycles without any progress that no core needs, whatever its size.
const PATIENCE: u64 = 2_000;
/// Cycles watched after the last job for beats that should not come.
const REST: u64 = 100;

/// Cycles between two looks at whether to stop.
const LOOK: u64 = 1_024;

/// How a run ended that found nothing wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// All jobs have left.
    Done,
    /// The watcher stopped it.
    Stopped,
}

/// Drives and checks one device through one run.
pub(super) struct Player<'a> {
    pub(super) params: &'a AttentionParams,
    pub(super) dut: &'a mut Dut,
    pub(super) ports: Ports,
    pub(super) jobs: &'a [LiveJob],
    pub(super) expected: Vec<JobResult>,
    pub(super) stalls: Stalls,
    pub(super) memory: Pending,
    pub(super) noise: Rng,
    pub(super) sent: Sent,
    pub(super) got: Got,
    pub(super) first_in: Option<u64>,
    pub(super) in_cycles: Vec<u64>,
    /// Hears how many jobs have left, and says whether to go on.
    pub(super) watch: Option<&'a mut dyn FnMut(usize) -> bool>,
    /// Valid, its name and the payload of each stream out of the core.
    streams: [(Out, &'static str, Vec<Out>); 4],
    latency: u32,
    /// Whether the device is to be reset first.
    pub(super) fresh: bool,
    /// Cycle after which counting starts.
    start: u64,
    /// Of requests, probabilities, outputs and reports.
    monitors: [Monitor; 4],
}

impl<'a> Player<'a> {
    /// Prepares to play `jobs` on a fresh device.
    pub(super) fn new(
        params: &'a AttentionParams,
        dut: &'a mut Dut,
        jobs: &'a [LiveJob],
        stalls: Stalls,
        memory: Memory,
        seed: u64,
    ) -> Result<Self, Fault> {
        let ports = Ports::find(dut).map_err(|wrong| Fault {
            transaction: 0,
            cycle: 0,
            field: "ports".into(),
            expected: "the ports of the attention core".into(),
            got: wrong,
        })?;
        let expect = |live: &LiveJob| {
            let (bias, list) = (live.bias.as_deref(), live.list.as_deref());
            run_job(
                params,
                &live.job,
                &live.queries,
                &live.k,
                &live.v,
                bias,
                list,
            )
        };
        Ok(Self {
            params,
            streams: ports.streams(),
            ports,
            jobs,
            expected: jobs.iter().map(expect).collect(),
            stalls,
            memory: Pending::new(memory),
            noise: Rng::new(!seed),
            sent: Sent::default(),
            got: Got {
                requests: vec![[[0; 3]; 2]; jobs.len()],
                ..Got::default()
            },
            first_in: None,
            in_cycles: Vec::new(),
            watch: None,
            latency: memory.latency,
            fresh: true,
            start: 0,
            monitors: std::array::from_fn(|_| Monitor::new()),
            dut,
        })
    }

    /// Plays the run, with a reset in the middle if there is one; `played` gets outputs and cycles.
    pub(super) fn play(
        mut self,
        mut reset: Option<Reset>,
        coverage: &mut Coverage,
        mut played: Option<&mut Played>,
    ) -> Result<End, Fault> {
        self.count_jobs(coverage);
        self.skip_refused();
        self.idle();
        self.ready([false; 4]);
        if self.fresh {
            let reset = self.dut.reset(RESET_CYCLES);
            reset.map_err(|error| self.rtl_fault(&error))?;
        }
        self.start = self.dut.cycle();
        let patience = self.patience();
        let mut progress = 0;
        while self.got.job < self.jobs.len() {
            let cycle = self.cycle();
            if let Some(Reset { length, .. }) = reset.take_if(|r| r.cycle == cycle) {
                coverage.count(Point::Reset, self.got.job < self.sent.job);
                self.reset(length)?;
                progress = self.cycle();
                continue;
            }
            if cycle.is_multiple_of(LOOK)
                && let Some(watch) = &mut self.watch
                && !watch(self.got.job)
            {
                return Ok(End::Stopped);
            }
            self.offer(cycle);
            let moved = self.cycle_of(cycle, coverage, &mut played)?;
            if moved {
                progress = cycle;
            } else if cycle - progress > patience {
                return Err(self.hang(cycle - progress));
            }
        }
        if let Some(played) = played {
            played.first_in = self.first_in.unwrap_or(0);
            played.last_out = self.cycle() - 1;
            played.in_cycles.clone_from(&self.in_cycles);
            (played.requests, played.vectors, played.bytes) = self.got.asked;
            played.by_plane = self.got.by_plane;
        }
        self.rest()?;
        Ok(End::Done)
    }

    /// Clocks once and checks every stream; tells whether anything moved.
    fn cycle_of(
        &mut self,
        cycle: u64,
        coverage: &mut Coverage,
        played: &mut Option<&mut Played>,
    ) -> Result<bool, Fault> {
        let waited: [bool; 4] = std::array::from_fn(|i| self.monitors[i].waiting());
        let bandwidth = self.memory.start_cycle();
        let ready = [
            bandwidth && self.stalls.requests.take(cycle, waited[0]),
            self.stalls.probs.take(cycle, waited[1]),
            self.stalls.outputs.take(cycle, waited[2]),
            self.stalls.stats.take(cycle, waited[3]),
        ];
        self.ready(ready);
        self.dut.tick().map_err(|error| self.rtl_fault(&error))?;
        let mut moved = self.accept(cycle, coverage);
        let valid = self.watch(ready)?;
        coverage.count(Point::StalledRequest, valid[0] && !ready[0]);
        coverage.count(Point::StalledOutput, valid[2] && !ready[2]);
        if valid[0] && ready[0] {
            self.check_request(cycle)?;
            if let Some(beats) = played.as_mut().and_then(|p| p.beats.as_mut()) {
                self.record_request(beats);
            }
        }
        if valid[1] && ready[1] {
            self.check_prob()?;
            if let Some(beats) = played.as_mut().and_then(|p| p.beats.as_mut()) {
                self.record_prob(beats);
            }
        }
        if valid[2] && ready[2] {
            let (job, index) = self.got.out;
            self.check_output()?;
            if let Some(played) = played {
                let output = self.expected[job].outputs[index].clone();
                played.outputs.push(output);
                played.out_cycles.push(cycle);
                if let Some(beats) = &mut played.beats {
                    self.record_output(beats);
                }
            }
        }
        if valid[3] && ready[3] {
            self.check_stat()?;
        }
        for i in 0..4 {
            moved |= valid[i] && ready[i];
        }
        self.skip_refused();
        while self.got.job < self.jobs.len() && self.complete(self.got.job) {
            self.check_all_requested(self.got.job)?;
            self.got.job += 1;
        }
        Ok(moved)
    }

    /// Sets what the bench is ready for: requests, probabilities, outputs, reports.
    fn ready(&mut self, ready: [bool; 4]) {
        let Self { dut, ports, .. } = self;
        let all = [
            ports.req_ready,
            ports.prob_ready,
            ports.out_ready,
            ports.stat_ready,
        ];
        for (port, ready) in all.into_iter().zip(ready) {
            dut.set(port, u64::from(ready));
        }
    }

    /// Checks the handshake of every stream that the core drives; returns which are valid.
    fn watch(&mut self, ready: [bool; 4]) -> Result<[bool; 4], Fault> {
        let Self {
            dut,
            streams,
            monitors,
            ..
        } = self;
        let mut valid = [false; 4];
        for (i, (port, name, payload)) in streams.iter().enumerate() {
            valid[i] = dut.get(*port) != 0;
            let held = monitors[i].check(valid[i], ready[i], |words| {
                for &port in payload {
                    words.extend_from_slice(dut.words(port));
                }
            });
            if let Err(broken) = held {
                let name = *name;
                return Err(self.fault(name, "a stable beat", &broken.to_string()));
            }
        }
        Ok(valid)
    }

    /// Moves the output streams past jobs that give none.
    fn skip_refused(&mut self) {
        let refused = |job: usize| {
            self.expected
                .get(job)
                .is_some_and(|e| e.error != JobError::Ok)
        };
        while refused(self.got.out.0) {
            self.got.out = (self.got.out.0 + 1, 0);
        }
        while refused(self.got.prob.0) {
            self.got.prob = (self.got.prob.0 + 1, 0, 0);
        }
    }

    /// Returns the cycle, counted from the end of the first reset.
    pub(super) fn cycle(&self) -> u64 {
        self.dut.cycle() - self.start
    }

    /// Resets the device and goes back to the first job that has not left as a whole.
    fn reset(&mut self, length: u64) -> Result<(), Fault> {
        self.idle();
        self.dut.set(self.ports.rst_n, 0);
        for _ in 0..length {
            self.dut.tick().map_err(|error| self.rtl_fault(&error))?;
        }
        self.dut.set(self.ports.rst_n, 1);
        let job = self.got.job;
        self.sent = Sent {
            job,
            query: (job, 0),
            bias: (job, 0, 0),
            ..Sent::default()
        };
        self.got.out = (job, 0);
        self.got.prob = (job, 0, 0);
        self.got.stat = (job, 0);
        self.got.requests[job..].fill([[0; 3]; 2]);
        self.memory.clear();
        self.monitors = std::array::from_fn(|_| Monitor::new());
        self.skip_refused();
        Ok(())
    }

    /// Watches for beats after the last job.
    fn rest(&mut self) -> Result<(), Fault> {
        self.idle();
        self.ready([true; 4]);
        if !self.memory.is_empty() {
            return Err(self.fault("rsp_ready_o", "every response taken", "some left"));
        }
        for _ in 0..REST {
            self.dut.tick().map_err(|error| self.rtl_fault(&error))?;
            let valid = self.watch([true; 4])?;
            if valid.contains(&true) {
                self.got.job = self.jobs.len().saturating_sub(1);
                return Err(self.fault("an output stream", "nothing after the last job", "a beat"));
            }
        }
        Ok(())
    }

    /// Returns the cycles without progress after which the core counts as hung.
    fn patience(&mut self) -> u64 {
        let p = self.params;
        let rows = u64::from(p.max_rows() * p.fold());
        let stalls: u64 = self.stalls.all().map(|stall| stall.longest()).iter().sum();
        PATIENCE + 32 * rows + 2 * u64::from(self.latency) + stalls
    }

    #[cold]
    fn hang(&self, cycles: u64) -> Fault {
        let due = if self.sent.job <= self.got.job {
            "job_ready_o"
        } else if !self.memory.is_empty() && self.sent.offered[4] {
            "rsp_ready_o"
        } else if self.got.out.0 == self.got.job {
            "out_valid_o"
        } else if self.got.stat.0 == self.got.job {
            "stat_valid_o"
        } else {
            "prob_valid_o"
        };
        let got = format!("nothing for {cycles} cycles");
        self.fault(due, "a beat", &got)
    }

    #[cold]
    fn rtl_fault(&self, error: &RtlError) -> Fault {
        self.fault("check in the RTL", "no error", &error.message)
    }

    #[cold]
    pub(super) fn fault(&self, field: &str, expected: &str, got: &str) -> Fault {
        Fault {
            transaction: self.got.job as u64,
            // The cycle that has just been clocked.
            cycle: self.cycle().saturating_sub(1),
            field: field.into(),
            expected: expected.into(),
            got: got.into(),
        }
    }
}
