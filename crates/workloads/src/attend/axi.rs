// SPDX-License-Identifier: MIT OR Apache-2.0
//! Layers on the core behind AXI: everything goes over its buses, and its counters are read.

use std::collections::BTreeMap;

use clap::ValueEnum;
use hwgen_bundle::manifest::{Bundle, Engine};
use hwgen_console::error::Error;
use hwgen_golden::cascade::Command;
use hwgen_sim::model::Wave;
use hwgen_verif::attention_axi::{self as verif, Kind, Port, Ran, Store};
use hwgen_verif::session;
use hwgen_verif::verify::Lab;
use serde::Serialize;

use super::Layer;
use super::rtl::in_order;

/// How the core is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Bus {
    /// By its streams, with a memory of constant latency
    Stream,
    /// By registers and commands in memory, over AXI
    Axi,
}

impl Bus {
    /// Returns the variant of the engine.
    pub const fn variant(self) -> &'static str {
        match self {
            Self::Stream => "core",
            Self::Axi => "axi",
        }
    }
}

/// The memory behind the buses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MemoryName {
    /// Answers after --latency cycles, a beat per cycle and port
    Ideal,
    /// One channel of DDR4-2400
    #[value(name = "ddr4_2400")]
    #[serde(rename = "ddr4_2400")]
    Ddr4,
    /// Four channels of LPDDR5-6400
    #[value(name = "lpddr5_6400")]
    #[serde(rename = "lpddr5_6400")]
    Lpddr5,
    /// A stack of HBM2 at 2 Gb/s
    Hbm2,
    /// A stack of HBM3 at 6.4 Gb/s
    Hbm3,
}

impl MemoryName {
    fn kind(self) -> Kind {
        match self {
            Self::Ideal => Kind::Ideal,
            Self::Ddr4 => Kind::Ddr4,
            Self::Lpddr5 => Kind::Lpddr5,
            Self::Hbm2 => Kind::Hbm2,
            Self::Hbm3 => Kind::Hbm3,
        }
    }
}

/// Flags that say how the core is spoken to.
#[derive(Debug, Clone, Copy, clap::Args)]
pub struct BusArgs {
    /// How the core is spoken to; the bundle holds what it was emitted with
    #[arg(long, value_enum, default_value_t = Bus::Stream)]
    pub bus: Bus,
    /// The memory behind the buses, with the core at 1 GHz (bus axi) [default: ideal]
    #[arg(long, value_enum)]
    pub memory: Option<MemoryName>,
    /// Cycles from a request to its response, or to the DRAM [default: 40, to a DRAM 0]
    #[arg(long, value_parser = clap::value_parser!(u32).range(0..=10_000))]
    pub latency: Option<u32>,
}

impl BusArgs {
    /// Returns the cycles from a request to its response.
    pub fn latency(&self) -> u32 {
        let usual = match self.memory {
            None | Some(MemoryName::Ideal) => 40,
            Some(_) => 0,
        };
        self.latency.unwrap_or(usual)
    }

    /// Says what is wrong with the flags.
    pub fn check(&self) -> Result<(), Error> {
        let mut wrong = Vec::new();
        if self.bus == Bus::Stream && self.memory.is_some() {
            wrong.push("--memory: streams have no bus (add --bus axi)".to_owned());
        }
        let dram = self.memory.is_some_and(|m| m != MemoryName::Ideal);
        if self.latency == Some(0) && !dram {
            wrong.push("--latency 0: must be at least 1, but to a DRAM (try 1)".to_owned());
        }
        if wrong.is_empty() {
            Ok(())
        } else {
            Err(Error::Input(wrong))
        }
    }

    /// Returns the memory.
    pub fn store(&self) -> Store {
        Store {
            kind: self.memory.unwrap_or(MemoryName::Ideal).kind(),
            latency: self.latency(),
        }
    }
}

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
        format!(
            "{commands} commands on memory {memory}, {} cycles away; vectors: {bursts} bursts, {beats} beats, \
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
            verif::run_layers(lab, bundle, engine, &all, store, &mut look)
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
            let ran = verif::run_layers(lab, bundle, engine, &[layer], store, &mut look)?;
            watch(1);
            Ok(ran)
        })
    })?;
    ran.iter().for_each(|ran| figures.add(ran));
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
