// SPDX-License-Identifier: MIT OR Apache-2.0
//! Jobs of real layers on the accelerator: everything goes over its buses.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use hwgen_golden::accelerator::{Answers, Host, Spread, Use};
use hwgen_golden::attention::run_job;
use hwgen_golden::cascade::Command;
use hwgen_golden::command::{
    Attention, COMPLETION, Cascade, Code, DESCRIPTOR, Descriptor, HeadRecord, List, MAX_HEADS, Op,
};
use hwgen_golden::memory::layout::Entry;
use hwgen_golden::stream::Window;

use super::device::Device;
use super::lite::CHANNELS;
use super::place::planes;
use super::play::AxiPlayer;
use super::scene::{Planned, Scene};
use super::store::{CHANNEL_BYTES, Store};
use super::stress::{self, FAILS};
use super::task::{Fail, Setup, Wait};
use crate::benches::attention::LiveJob;
use crate::kit::{End, Lab, Player as _, Session, Stall};
use hwgen_bundle::error::VerifyError;
use hwgen_bundle::manifest::{Bundle, Engine};
use hwgen_sim::dut::Dut;
use hwgen_sim::model::Wave;

/// Cycles between two looks at whether to stop.
const LOOK: u64 = 1_024;
/// Where memory begins.
const BASE: u64 = 1 << 30;
/// Bytes that values are moved by, into another bank.
const SKEW: u32 = 2048;

/// Jobs that follow one another, and what is pruned before them.
#[derive(Debug, Clone)]
pub struct Layer {
    /// The jobs. After pruning there is one for each head that survives, in their order.
    pub jobs: Vec<LiveJob>,
    /// The command of cascade pruning before them, if the accelerator prunes.
    pub prune: Option<Command>,
}

/// What a port moved.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Port {
    /// Bursts that were asked for.
    pub bursts: u64,
    /// Beats that went over it.
    pub beats: u64,
    /// Cycles in which an address waited.
    pub blocked: u64,
    /// Most beats that were asked for and had not come.
    pub most_beats: u32,
}

/// What came of layers.
#[derive(Debug, Clone, Default)]
pub struct Ran {
    /// Cycles of each layer: from the doorbell, or from the end of the layer before, to the completion
    /// record of its last command.
    pub cycles: Vec<u64>,
    /// Commands, with those for lists and pruning.
    pub commands: usize,
    /// Commands that ended with the code of a memory that failed, as they were made to.
    pub failed: usize,
    /// Ports of vectors, channel by channel.
    pub mem: Vec<Port>,
    /// The port of everything else: reads, writes.
    pub io: [Port; 2],
    /// Counters of the accelerator itself, as its registers have them.
    pub registers: BTreeMap<String, u64>,
}

/// Runs layers on the accelerator and compares every byte that it writes; `watch` is told now and then
/// how many commands have ended of how many, and the run stops where it returns false. With a seed of
/// `stress` ports stall and answer late and in any order, and commands whose memory fails come first.
///
/// # Errors
/// Says what went wrong, where and how, what stopped the run, or what does not fit into the formats.
pub fn run_layers(
    lab: &Lab,
    bundle: &Bundle,
    engine: &Engine,
    layers: &[Layer],
    store: Store,
    stress: Option<u64>,
    watch: &mut dyn FnMut(usize, usize) -> bool,
) -> Result<Ran, VerifyError> {
    let device = Device::of(engine)?;
    let (scene, last) = lay_out(&device, engine, layers, stress.is_some())?;
    let commands = scene.planned.len();
    let ended_so = |p: &&Planned| p.outcome.code() != Code::Okay;
    let failed = scene.planned.iter().filter(ended_so).count();
    let (behaviours, stalls) = match stress.map(|seed| stress::around(seed, store)) {
        Some((behaviours, stalls)) => (Some(behaviours), stalls),
        None => (None, vec![Stall::NONE; CHANNELS]),
    };
    let model = lab.model(bundle, engine, Wave::Off)?;
    let mut dut = Dut::open(&model, 1)?;
    let setup = Setup {
        memory: store.kind,
        latency: store.latency,
        behaviours,
        batch: commands as u32,
        ring: scene.size,
        wait: Wait::Interrupt,
        ..Setup::default()
    };
    let events = vec![None; commands];
    let player = AxiPlayer::new(&device, &dut, scene, &setup, &stalls, events, (true, 1));
    let mut session = Session::new(&mut dut, 1, player);
    let blame = |fault: crate::report::Fault| engine.misbehaved(fault.to_string());
    session.power_up().map_err(blame)?;
    let end = session.run(None, |cycle, player| {
        let done = player.under_way();
        !cycle.is_multiple_of(LOOK) || player.done() || watch(done, commands)
    });
    if matches!(end.map_err(blame)?, End::Stopped) {
        return Err(VerifyError::Stopped);
    }
    let measured = session.player.measured;
    let mut before = measured.rung.first().copied().unwrap_or(0);
    let of_layer = |&command: &usize| {
        let end = measured.ended[command];
        let cycles = end - before;
        before = end;
        cycles
    };
    let port = |counts: &crate::memory::Counts| Port {
        bursts: counts.bursts,
        beats: counts.beats,
        blocked: counts.address_waits,
        most_beats: counts.most_beats,
    };
    Ok(Ran {
        cycles: last.iter().map(of_layer).collect(),
        commands,
        failed,
        mem: measured.mem.iter().map(port).collect(),
        io: [port(&measured.io[0]), port(&measured.io[1])],
        registers: measured.registers,
    })
}

/// Places everything in memory and says what must come of it; returns the last command of each layer
/// beside. With `failing`, commands whose memory fails come before the first layer.
fn lay_out(
    device: &Device,
    engine: &Engine,
    layers: &[Layer],
    failing: bool,
) -> Result<(Scene, Vec<usize>), VerifyError> {
    let copy = layers.first().filter(|_| failing);
    let copy = copy.and_then(|layer| stress::copy(&layer.jobs));
    let copies: Vec<Layer> = copy.map_or_else(Vec::new, |jobs| {
        vec![Layer { jobs, prune: None }; FAILS.len()]
    });
    let whole = || copies.iter().chain(layers);
    let all: usize = whole().map(|l| l.jobs.len()).sum();
    let commands = all + 2 * (copies.len() + layers.len()) + 1;
    let size = commands.next_power_of_two().max(4) as u32;
    let jobs = || whole().flat_map(|l| &l.jobs);
    let rows: u64 = jobs().map(|j| j.queries.len() as u64).sum();
    let keys: u64 = jobs()
        .flat_map(|j| j.bias.iter().flatten())
        .map(|row| row.len() as u64)
        .sum();
    let row = 4 * u64::from(device.core.d_head) + 512;
    let listed = 4 * u64::from(device.core.max_tokens) + 4096;
    let room = rows * row + 4 * keys + commands as u64 * (512 + listed) + all as u64 * 1024;
    let mut host = Host::new(&device.reader, CHANNEL_BYTES, BASE, room);
    let bytes = DESCRIPTOR as u64;
    let ring = host.take("ring", bytes * u64::from(size), bytes, Use::Read);
    let mut writer = Writer {
        device,
        engine,
        caches: HashMap::new(),
        list: None,
        first: (0, HeadRecord::default()),
        out: Vec::new(),
    };
    let mut errors = [Vec::new(), Vec::new()];
    for (fail, layer) in FAILS.into_iter().zip(&copies) {
        let name = format!("a failing {fail:?}");
        writer.plain(&mut host, &name, layer)?;
        let (port, at) = writer.failing(fail);
        errors[port].push(at);
    }
    let before = writer.out.len();
    let mut last = Vec::new();
    for (number, layer) in layers.iter().enumerate() {
        let name = format!("layer {number}");
        match &layer.prune {
            Some(command) => writer.pruned(&mut host, &name, layer, command)?,
            None => writer.plain(&mut host, &name, layer)?,
        }
        last.push(writer.out.len() - 1);
    }
    if !host.fits() {
        return Err(engine.refused("there is no room for its rows".to_owned()));
    }
    let mut ops = writer.out;
    // Nothing is under way beside what fails.
    let alone = if before > 0 { before + 1 } else { 0 };
    ops.iter_mut().take(alone).for_each(|op| op.fence = true);
    let window = Window {
        base: BASE,
        end: BASE + CHANNEL_BYTES,
    };
    let reach = host.window().end;
    if reach > window.end {
        let rule = format!("the caches take {} bytes of a channel", reach - BASE);
        return Err(engine.refused(format!("{rule}, at most {CHANNEL_BYTES} fit")));
    }
    let mut model = device.model(window);
    if let Some(end) = ops.last_mut() {
        end.interrupt = true;
    }
    let mut image = host.image.clone();
    let lanes = [device.reader.memory.port_bytes(), device.io_bytes()].map(u64::from);
    let fails = |port: usize, beat: u64| {
        let within = |at: &u64| at / lanes[port] == beat / lanes[port];
        errors[port].iter().any(within)
    };
    let answers = Answers {
        mem: &|beat| fails(0, beat),
        io: &|beat| fails(1, beat),
    };
    let mut planned = Vec::new();
    for (number, op) in ops.into_iter().enumerate() {
        let at = ring + bytes * number as u64;
        let descriptor = op.encode();
        image.write(at, &descriptor);
        let outcome = model.run(&mut image, at, number as u16, &answers);
        planned.push(Planned {
            descriptor,
            at,
            legal: Some(op),
            outcome,
            near: Vec::new(),
        });
    }
    agree(device, layers, &planned[before..]);
    let scene = Scene {
        ranges: host.ranges().cloned().collect(),
        initial: host.image,
        ring,
        size,
        window,
        planned,
        failing: errors,
    };
    Ok((scene, last))
}

/// Holds what comes of the commands to what comes of the jobs.
///
/// # Panics
/// If formats lose anything, or what the accelerator prunes is not what the jobs are made for.
fn agree(device: &Device, layers: &[Layer], planned: &[Planned]) {
    let mut results = planned.iter().flat_map(|p| &p.outcome.jobs);
    for live in layers.iter().flat_map(|layer| &layer.jobs) {
        let (bias, list) = (live.bias.as_deref(), live.list.as_deref());
        let (queries, k, v) = (&live.queries, &live.k, &live.v);
        let want = run_job(&device.core, &live.job, queries, k, v, bias, list);
        let got = results.next();
        let same = got.is_some_and(|got| (&got.outputs, got.error) == (&want.outputs, want.error));
        assert!(
            same,
            "a job of head {} is not what its command says",
            live.job.head
        );
    }
}

/// Writes the descriptors of layers.
struct Writer<'a> {
    device: &'a Device,
    engine: &'a Engine,
    /// Caches by where K and V lie in the host's own memory: jobs may share them.
    caches: HashMap<[usize; 2], Entry>,
    /// The token list that the core holds.
    list: Option<Vec<u32>>,
    /// The first head record of the attention that was written last, and its address.
    first: (u64, HeadRecord),
    out: Vec<Descriptor>,
}

impl Writer<'_> {
    /// Writes a layer that nothing prunes: as many heads in a descriptor as have all but their data in
    /// common.
    fn plain(&mut self, host: &mut Host<'_>, name: &str, layer: &Layer) -> Result<(), VerifyError> {
        let alike = |a: &LiveJob, b: &LiveJob| shared(a) == shared(b) && a.list == b.list;
        for group in layer.jobs.chunk_by(alike) {
            for heads in group.chunks(MAX_HEADS as usize) {
                if let Some(list) = &heads[0].list
                    && self.list.as_ref() != Some(list)
                {
                    let tokens: Vec<u16> = list.iter().map(|&t| t as u16).collect();
                    let load = List {
                        address: host.list(&format!("{name}, list"), &tokens),
                        count: tokens.len() as u16,
                    };
                    self.push(host, name, Op::List(load));
                    self.list = Some(list.clone());
                }
                let mut records = Vec::new();
                for live in heads {
                    records.push(self.record(host, name, live)?);
                }
                let at = host.records(&format!("{name}, records"), &records);
                self.first = (at, records[0]);
                let op = Attention {
                    records: at,
                    heads: heads.len() as u16,
                    ..shared(&heads[0])
                };
                self.push(host, name, Op::Attention(op));
            }
        }
        Ok(())
    }

    /// Writes a layer that the accelerator prunes itself: its heads, tokens and keys are those that
    /// survive.
    fn pruned(
        &mut self,
        host: &mut Host<'_>,
        name: &str,
        layer: &Layer,
        command: &Command,
    ) -> Result<(), VerifyError> {
        let tokens = command.keep_tokens.max(command.window).max(1);
        let heads = command.keep_heads.max(1);
        let mut list = |which: &str, count: u32| {
            let bytes = 8 * u64::from(count);
            host.take(
                &format!("{name}, {which} that survive"),
                bytes,
                8,
                Use::Write,
            )
        };
        let op = Cascade {
            operation: command.op.code() as u8,
            tokens: command.tokens as u16,
            heads: command.heads as u16,
            keep_tokens: command.keep_tokens as u16,
            keep_heads: command.keep_heads as u16,
            window: command.window as u16,
            token_list: list("tokens", tokens.max(command.tokens)),
            head_list: list("heads", heads.max(command.heads)),
        };
        self.push(host, name, Op::Cascade(op));
        self.list = None;
        let Some(first) = layer.jobs.first() else {
            return Ok(());
        };
        let last = layer.jobs.iter().map(|j| j.job.head).max().unwrap_or(0);
        let mut records = vec![HeadRecord::default(); last as usize + 1];
        for live in &layer.jobs {
            records[live.job.head as usize] = self.record(host, name, live)?;
        }
        let op = Attention {
            records: host.records(&format!("{name}, records"), &records),
            list: true,
            cascade_heads: true,
            list_keys: true,
            keys: 0,
            heads: 0,
            ..shared(first)
        };
        self.push(host, name, Op::Attention(op));
        Ok(())
    }

    /// Returns what is to fail of the attention that was written last: the port and the address. What comes
    /// next has caches of its own.
    fn failing(&mut self, fail: Fail) -> (usize, u64) {
        self.caches.clear();
        let (at, record) = &self.first;
        stress::address(self.device, fail, *at, record)
    }

    /// Adds a command with a completion record.
    fn push(&mut self, host: &mut Host<'_>, name: &str, op: Op) {
        let name = format!("{name}, end of command {}", self.out.len());
        let completion = host.take(&name, COMPLETION as u64, 16, Use::Write);
        self.out.push(Descriptor {
            interrupt: false,
            fence: false,
            tag: self.out.len() as u32,
            completion,
            op,
        });
    }

    /// Places a job's data and returns its record.
    fn record(
        &mut self,
        host: &mut Host<'_>,
        name: &str,
        live: &LiveJob,
    ) -> Result<HeadRecord, VerifyError> {
        let p = &self.device.core;
        let name = format!("{name}, head {}", live.job.head);
        let pointer = |rows: &Arc<[Vec<i32>]>| rows.as_ptr() as usize;
        let key = [pointer(&live.k), pointer(&live.v)];
        let entry = self.caches.entry(key).or_insert_with(|| {
            let entry = host.cache(&name, live.k.len().max(1) as u32, SKEW);
            for (value, rows) in [(false, &live.k), (true, &live.v)] {
                for (token, elements) in (0..).zip(rows.iter()) {
                    host.token(&entry, value, token, elements);
                }
            }
            entry
        });
        let record = planes(entry);
        let spread = Spread::default();
        let queries = host.queries(&format!("{name}, queries"), &live.queries, spread);
        let biases = match &live.bias {
            Some(rows) => {
                self.fits(rows)?;
                let keys = live.job.keys as usize;
                let whole = |row: &Vec<i64>| {
                    let mut row = row.clone();
                    row.resize(keys, p.bias_masked());
                    row
                };
                let rows: Vec<Vec<i64>> = rows.iter().map(whole).collect();
                let name = format!("{name}, biases");
                Some(host.biases(&name, &rows, p.bias_masked(), spread))
            }
            None => None,
        };
        let count = live.queries.len() as u32;
        let results = host.results(&format!("{name}, results"), count, spread);
        Ok(HeadRecord {
            query: queries.base,
            query_stride: queries.stride,
            bias: biases.map_or(0, |rows| rows.base),
            bias_stride: biases.map_or(0, |rows| rows.stride),
            result: results.base,
            result_stride: results.stride,
            pre_shift: live.job.pre_shift as i8,
            mant: live.job.mant as u16,
            head_limit: live.job.head_limit,
            ..record
        })
    }

    /// Says whether biases have a place in memory, which gives them 32 bits.
    fn fits(&self, rows: &[Vec<i64>]) -> Result<(), VerifyError> {
        let masked = self.device.core.bias_masked();
        let most = i64::from(i32::MAX);
        let mut all = rows.iter().flatten().filter(|&&bias| bias != masked);
        match all.find(|bias| bias.abs() > most) {
            None => Ok(()),
            Some(bias) => {
                let rule = format!("a bias of {bias} units of a score has no place in 32 bits");
                Err(self
                    .engine
                    .refused(format!("{rule} (run it on the streaming core)")))
            }
        }
    }
}

/// Returns what the jobs of a descriptor have in common.
fn shared(live: &LiveJob) -> Attention {
    let job = &live.job;
    Attention {
        causal: job.causal,
        renorm: job.renorm,
        bias: job.bias,
        list: job.list,
        cascade_heads: false,
        list_keys: false,
        records: 0,
        heads: 0,
        keys: job.keys as u16,
        first: if job.causal { job.first as u16 } else { 0 },
        queries: live.queries.len() as u16,
        k_start: job.k_start as u8,
        k_max: job.k_max as u8,
        v_count: job.v_count as u8,
        rule: job.rule.code() as u8,
        select: job.select.code() as u8,
        k: job.k as u16,
        mass: job.mass,
        eps_log2: job.eps_log2,
    }
}

#[cfg(test)]
mod tests;
