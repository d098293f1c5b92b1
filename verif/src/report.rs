// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a verification found, for people and as JSON.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use serde::Serialize;

/// Writes a number of things: `1 key`, `2 keys`.
pub(crate) fn plural(count: u64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// The outcome for one engine.
#[derive(Debug, Clone, Serialize)]
pub struct EngineReport {
    /// Block name.
    pub block: String,
    /// Variant of the block.
    pub variant: String,
    /// Top module.
    pub top: String,
    /// Transactions that were checked.
    pub cases: u64,
    /// Data items that went in.
    pub keys: u64,
    /// Clock cycles that were simulated.
    pub cycles: u64,
    /// Seconds to build or find the model.
    pub build_seconds: f64,
    /// Whether the model was in the cache.
    pub build_cached: bool,
    /// Seconds of simulation and checking.
    pub run_seconds: f64,
    /// How often each situation occurred.
    pub coverage: BTreeMap<String, u64>,
    /// The first mismatch, shrunk.
    pub failure: Option<Failure>,
}

/// A mismatch between RTL and golden model, reduced to its smallest case.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Failure {
    /// Block name.
    pub block: String,
    /// Variant of the block.
    pub variant: String,
    /// Parameters of the engine.
    pub config: BTreeMap<String, i64>,
    /// What was verified, where that is not the RTL of the bundle.
    pub device: Option<String>,
    /// Seed of the smallest case.
    pub seed: u64,
    /// Number of the transaction in the smallest case.
    pub transaction: u64,
    /// Cycle of the mismatch in the smallest case, counted from the first after reset.
    pub cycle: u64,
    /// Port, and lane where there are lanes.
    pub field: String,
    /// What the golden model says.
    pub expected: String,
    /// What the RTL says.
    pub got: String,
    /// The smallest case in words.
    pub case: String,
    /// Size of the case in which the failure was found.
    pub found_in: String,
    /// The wave file, if one could be written.
    pub wave: Option<PathBuf>,
    /// Why there is none.
    pub wave_missing: Option<String>,
    /// The replay file.
    pub replay: PathBuf,
    /// The command that replays it.
    pub command: String,
}

/// A mismatch as a bench sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Number of the transaction in its run.
    pub transaction: u64,
    /// Cycle, counted from the first after reset.
    pub cycle: u64,
    /// Port, and lane where there are lanes.
    pub field: String,
    /// What the golden model says.
    pub expected: String,
    /// What the RTL says.
    pub got: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            transaction,
            cycle,
            field,
            expected,
            got,
        } = self;
        write!(
            f,
            "transaction {transaction}, cycle {cycle}, {field}: expected {expected}, got {got}"
        )
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let config: Vec<String> = self
            .config
            .iter()
            .map(|(k, v)| format!("{k}={v}"))
            .collect();
        writeln!(
            f,
            "mismatch in {} {} ({})",
            self.block,
            self.variant,
            config.join(" ")
        )?;
        if let Some(device) = &self.device {
            writeln!(f, "  device    {device}")?;
        }
        writeln!(f, "  where     {}", self.field)?;
        writeln!(f, "  expected  {}", self.expected)?;
        writeln!(f, "  got       {}", self.got)?;
        writeln!(
            f,
            "  when      transaction {}, cycle {}, seed {}",
            self.transaction, self.cycle, self.seed
        )?;
        writeln!(f, "  case      {} (found in {})", self.case, self.found_in)?;
        match (&self.wave, &self.wave_missing) {
            (Some(path), _) => writeln!(f, "  wave      {}", path.display())?,
            (None, Some(reason)) => writeln!(f, "  wave      none: {reason}")?,
            (None, None) => {}
        }
        write!(f, "  replay    {}", self.command)
    }
}

/// Spells a value in hexadecimal of `width` bits and in decimal.
pub(crate) fn spell(bits: u64, width: u32, decimal: i64) -> String {
    let digits = width.div_ceil(4) as usize;
    format!("0x{bits:0digits$x} ({decimal})")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_reads_well() {
        let failure = Failure {
            block: "topk".into(),
            variant: "radix".into(),
            config: BTreeMap::from([("KeyW".into(), 12), ("Lanes".into(), 4)]),
            device: Some("netlist of hg_topk_rank on osu018".into()),
            seed: 7,
            transaction: 0,
            cycle: 31,
            field: "res_data_o lane 2".into(),
            expected: spell(0xffe, 12, -2),
            got: spell(3, 12, 3),
            case: "1 query, 3 keys".into(),
            found_in: "32 queries, 900 keys".into(),
            wave: None,
            wave_missing: Some("no zlib".into()),
            replay: "a/topk-radix-7.json".into(),
            command: "hwgen verify out --block topk --replay a/topk-radix-7.json".into(),
        };
        assert_eq!(
            failure.to_string(),
            "mismatch in topk radix (KeyW=12 Lanes=4)\n\
             \x20 device    netlist of hg_topk_rank on osu018\n\
             \x20 where     res_data_o lane 2\n\
             \x20 expected  0xffe (-2)\n\
             \x20 got       0x003 (3)\n\
             \x20 when      transaction 0, cycle 31, seed 7\n\
             \x20 case      1 query, 3 keys (found in 32 queries, 900 keys)\n\
             \x20 wave      none: no zlib\n\
             \x20 replay    hwgen verify out --block topk --replay a/topk-radix-7.json"
        );
    }
}
