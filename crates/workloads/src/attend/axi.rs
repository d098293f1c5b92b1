// SPDX-License-Identifier: MIT OR Apache-2.0
//! Layers on the core behind AXI: everything goes over its buses, and its counters are read.

use std::collections::BTreeMap;

use clap::ValueEnum as _;
use hwgen_bundle::manifest::{Bundle, Engine};
use hwgen_console::error::Error;
use hwgen_golden::cascade::Command;
use hwgen_sim::model::Wave;
use hwgen_verif::attention_axi::{self as verif, Port, Ran};
use hwgen_verif::session;
use hwgen_verif::verify::Lab;
use serde::Serialize;

use super::Layer;
use super::bus::{BusArgs, MemoryName};
use super::rtl::in_order;

/// What a port moved.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct PortFigures {
    /// Bursts that were asked for.
    pub bursts: u64,
    /// Beats that went over it.
    pub beats: u64,
    /// Cycles in which an address waited.
    pub blocked: u64,
    /// Most beats that were asked for and had not come.
    pub most_beats: u32,
}

/// What went over the buses, of all samples together.
#[derive(Debug, Clone, Serialize)]
pub struct AxiFigures {
    memory: MemoryName,
    latency: u32,
    /// Seed of `--stress`.
    #[serde(skip_serializing_if = "Option::is_none")]
    stress: Option<u64>,
    /// Commands whose memory failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    failed: Option<usize>,
    /// Commands, with those for lists and pruning.
    commands: usize,
    /// Ports of plane vectors, channel by channel.
    vectors: Vec<PortFigures>,
    /// The port of everything else: what was read, and written.
    read: PortFigures,
    written: PortFigures,
    /// Counters of the accelerator, as its registers have them.
    registers: BTreeMap<String, u64>,
}

impl AxiFigures {
    /// Begins with nothing.
    pub fn new(args: BusArgs) -> Self {
        Self {
            memory: args.memory.unwrap_or(MemoryName::Ideal),
            latency: args.latency(),
            stress: args.stress,
            failed: args.stress.map(|_| 0),
            commands: 0,
            vectors: Vec::new(),
            read: PortFigures::default(),
            written: PortFigures::default(),
            registers: BTreeMap::new(),
        }
    }

    /// Adds what a device took.
    pub fn add(&mut self, ran: &Ran) {
        self.commands += ran.commands;
        if let Some(failed) = &mut self.failed {
            *failed += ran.failed;
        }
        self.vectors.resize(ran.mem.len(), PortFigures::default());
        self.vectors
            .iter_mut()
            .zip(&ran.mem)
            .for_each(|(s, p)| s.add(p));
        self.read.add(&ran.io[0]);
        self.written.add(&ran.io[1]);
        for (name, count) in &ran.registers {
            *self.registers.entry(name.clone()).or_default() += count;
        }
    }

    /// Returns a line of what is printed.
    pub fn text(&self) -> String {
        let sum = |of: fn(&PortFigures) -> u64| self.vectors.iter().map(of).sum::<u64>();
        let Self {
            commands,
            read,
            written,
            ..
        } = self;
        let count = |name: &str| self.registers.get(name).copied().unwrap_or(0);
        let memory = self.memory.to_possible_value();
        let memory = memory.map_or_else(String::new, |m| m.get_name().to_owned());
        let (bursts, beats, blocked) = (sum(|p| p.bursts), sum(|p| p.beats), sum(|p| p.blocked));
        let failed = self.failed.map_or_else(String::new, |failed| {
            format!("{failed} commands failed with their memory; ")
        });
        format!(
            "{failed}{commands} commands on memory {memory}, {} cycles away; vectors: {bursts} bursts, {beats} beats, \
             {blocked} cycles blocked; all else: {} and {} beats read and written; registers: {} cycles, \
             QK {}, PV {}, {} and {} bytes read and written\n",
            self.latency,
            read.beats,
            written.beats,
            count("CYCLES"),
            count("BUSY_QK"),
            count("BUSY_PV"),
            count("IN_BYTES"),
            count("OUT_BYTES"),
        )
    }
}

impl PortFigures {
    fn add(&mut self, port: &Port) {
        self.bursts += port.bursts;
        self.beats += port.beats;
        self.blocked += port.blocked;
        self.most_beats = self.most_beats.max(port.most_beats);
    }
}

/// Runs layers and returns the cycles of each, and what went over the buses. With `commands` they are
/// those of a model that the accelerator prunes itself, by a command before each; else nothing
/// connects them, and each has a device of its own, as many at a time as there are processors.
pub fn cycles(
    lab: &Lab,
    bundle: &Bundle,
    engine: &Engine,
    commands: Option<&[Command]>,
    layers: &[Layer<'_>],
    args: BusArgs,
) -> Result<(Vec<u64>, AxiFigures), Error> {
    // Built once, before anybody waits for it.
    lab.model(bundle, engine, Wave::Off)?;
    let store = args.store();
    let mut figures = AxiFigures::new(args);
    if let Some(commands) = commands {
        let all: Vec<verif::Layer> = layers.iter().zip(commands).map(pruned).collect();
        let count = 2 * layers.len();
        let ran = session::watched("commands", count, |watch| {
            let mut look = |done, _| watch(done);
            verif::run_layers(lab, bundle, engine, &all, store, args.stress, &mut look)
        })?;
        figures.add(&ran);
        return Ok((ran.cycles, figures));
    }
    let ran = session::watched_together("layers", layers.len(), |watch| {
        in_order(layers.len(), |i, go_on| {
            let layer = verif::Layer {
                jobs: layers[i].jobs.clone(),
                prune: None,
            };
            let mut look = |_, _| watch(0) && go_on();
            let stress = args.stress.map(|seed| seed.wrapping_add(i as u64));
            let ran = verif::run_layers(lab, bundle, engine, &[layer], store, stress, &mut look)?;
            watch(1);
            Ok(ran)
        })
    })?;
    for ran in &ran {
        figures.add(ran);
    }
    let cycles = ran.iter().map(|ran| ran.cycles.iter().sum());
    Ok((cycles.collect(), figures))
}

/// Makes a layer of the jobs of the heads that survive, over the tokens that do.
fn pruned((layer, command): (&Layer<'_>, &Command)) -> verif::Layer {
    let mut jobs = layer.jobs.clone();
    for live in &mut jobs {
        live.job.list = true;
        live.list = Some(layer.survivors.tokens.clone());
    }
    verif::Layer {
        jobs,
        prune: Some(*command),
    }
}
