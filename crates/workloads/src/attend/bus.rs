// SPDX-License-Identifier: MIT OR Apache-2.0
//! How the core is spoken to, and the memory behind its buses, as flags say it.

use clap::ValueEnum;
use hwgen_console::error::Error;
use hwgen_golden::memory::choice::Device;
use hwgen_verif::attention_axi::{Kind, Store};
use serde::Serialize;

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
    #[value(name = "ddr4_2400", alias = "ddr4")]
    #[serde(rename = "ddr4_2400")]
    Ddr4,
    /// Four channels of LPDDR5-6400
    #[value(name = "lpddr5_6400", alias = "lpddr5")]
    #[serde(rename = "lpddr5_6400")]
    Lpddr5,
    /// A stack of HBM2 at 2 Gb/s
    Hbm2,
    /// A stack of HBM3 at 6.4 Gb/s
    Hbm3,
}

impl MemoryName {
    /// Returns the device whose accesses are counted; none of an ideal memory.
    pub const fn device(self) -> Option<Device> {
        match self {
            Self::Ideal => None,
            Self::Ddr4 => Some(Device::Ddr4),
            Self::Lpddr5 => Some(Device::Lpddr5),
            Self::Hbm2 => Some(Device::Hbm2),
            Self::Hbm3 => Some(Device::Hbm3),
        }
    }

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
    /// The memory behind the buses, with the core at 1 GHz (bus axi) [default: ideal]; with rules token
    /// and auto its accesses are counted on any bus [default with rule auto: `ddr4_2400`]
    #[arg(long, value_enum)]
    pub memory: Option<MemoryName>,
    /// Cycles from a request to its response, or to the DRAM [default: 40, to a DRAM 0]
    #[arg(long, value_parser = clap::value_parser!(u32).range(0..=10_000))]
    pub latency: Option<u32>,
    /// Ports that stall and answer late and in any order, drawn from SEED, and five commands before the
    /// samples whose memory fails (bus axi)
    #[arg(long, value_name = "SEED")]
    pub stress: Option<u64>,
}

impl BusArgs {
    /// Returns the cycles from a request to its response.
    pub fn latency(&self) -> u32 {
        self.latency.unwrap_or(if self.dram() { 0 } else { 40 })
    }

    /// Returns whether a DRAM stands behind the buses.
    fn dram(&self) -> bool {
        self.bus == Bus::Axi && self.memory.is_some_and(|m| m != MemoryName::Ideal)
    }

    /// Returns what is wrong with the flags. `counted` says that accesses of the memory are counted.
    pub fn violations(&self, counted: bool) -> Vec<String> {
        let mut wrong = Vec::new();
        if self.bus == Bus::Stream && self.memory.is_some() && !counted {
            let rule = "streams have no memory behind them, and only --rule token and --rule auto \
                        count accesses (add --bus axi, or take one of these rules)";
            wrong.push(format!("--memory: {rule}"));
        }
        if self.bus == Bus::Stream && self.stress.is_some() {
            wrong.push("--stress: is of the ports of --bus axi (add --bus axi)".to_owned());
        }
        if self.latency == Some(0) && !self.dram() {
            wrong.push("--latency 0: must be at least 1, but to a DRAM (try 1)".to_owned());
        }
        wrong
    }

    /// Says what is wrong with the flags where no accesses are counted.
    pub fn check(&self) -> Result<(), Error> {
        let wrong = self.violations(false);
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
