// SPDX-License-Identifier: MIT OR Apache-2.0
//! The layers of one model one after the other, with cascade pruning between them.

use hwgen_bundle::manifest::{Bundle, Engine};
use hwgen_golden::BlockName;
use hwgen_golden::attention::cascade::{CascadeParams, EngineParams, KEY_W, Schedule};
use hwgen_golden::attention_axi::AttentionAxiParams;

use super::bus::Bus;
use crate::samples::Sample;
use hwgen_console::error::Error;
use hwgen_generate::{advice, emitted};

/// Cascade pruning of a bundle.
#[derive(Debug, Clone)]
pub struct Pruning {
    /// The hardware, as its engine says.
    pub hardware: EngineParams,
    /// How much survives, as the configuration of the bundle says.
    pub schedule: Schedule,
}

impl Pruning {
    /// Looks whether a bundle holds cascade pruning beside the streams of its core, or in what is
    /// behind its core's buses.
    pub fn of(bundle: &Bundle, bus: Bus) -> Result<Option<Self>, Error> {
        let design = emitted::design_of(bundle)?;
        let mut engines = bundle.manifest.engines.iter();
        let hardware = match bus {
            Bus::Stream => {
                let engine = engines.find(|e| e.block == BlockName::Cascade.name());
                engine
                    .map(|engine| engine.read(EngineParams::from_values))
                    .transpose()?
            }
            Bus::Axi => {
                let axi = |e: &&Engine| {
                    e.block == BlockName::Attention.name() && e.variant == bus.variant()
                };
                let engine = engines.find(axi);
                let params = engine.map(|engine| engine.read(AttentionAxiParams::from_values));
                params.transpose()?.and_then(|params| params.cascade)
            }
        };
        let schedule = || design.params().cascade.schedule.clone();
        Ok(hardware.map(|hardware| Self {
            hardware,
            schedule: schedule(),
        }))
    }
}

/// How much survives, as the user's flags say it.
#[derive(Debug, Clone, Default)]
pub struct Kept {
    /// Shares in ten-thousandths, as [`Schedule`] has them.
    pub tokens: Option<Vec<u32>>,
    /// The same of heads.
    pub heads: Option<Vec<u32>>,
    /// First layers that keep everything.
    pub untouched_tokens: Option<u32>,
    /// First layers that keep every head.
    pub untouched_heads: Option<u32>,
    /// Most recent tokens that always survive.
    pub window: Option<u32>,
}

impl Kept {
    /// Makes the parameters for the layers of one model, which must be alike: by these flags, or
    /// without any by what the bundle's configuration says.
    pub fn params(
        &self,
        layers: &[Sample],
        bundle: Option<&Pruning>,
    ) -> Result<CascadeParams, Error> {
        let first = &layers[0];
        let shape = |s: &Sample| (s.heads.len(), s.heads[0].q.len(), s.tokens(), s.causal);
        if let Some(other) = layers.iter().find(|s| shape(s) != shape(first)) {
            let (a, b) = (first.label(), other.label());
            let rule = "layers of one model have the same heads, queries and tokens";
            return Err(Error::input(format!("{a} and {b} differ: {rule}")));
        }
        let count = layers.len() as u32;
        let schedule = match bundle {
            Some(c) if self.is_silent() && c.schedule.params(0, KEY_W.1).prunes() => {
                let planned = c.schedule.layers;
                if planned != count {
                    return Err(Error::input(format!(
                        "{}: the bundle's schedule is for {planned} layers, the input has {count} \
                         ({}, or say --keep-tokens)",
                        first.label(),
                        advice::layers(count)
                    )));
                }
                c.schedule.clone()
            }
            _ => self.schedule(count, bundle)?,
        };
        let window = match self.window {
            None if !first.causal => 0,
            given => given.unwrap_or(schedule.window),
        };
        if first.causal && window == 0 {
            let rule = "a decoder's last token asks, it cannot be pruned (try 64)";
            return Err(Error::input(format!("--window 0: {rule}")));
        }
        // Without cascade pruning in the bundle its host ranks, as well as any hardware could.
        let key_w = bundle.map_or(KEY_W.1, |c| c.hardware.key_w);
        Ok(schedule.params(window, key_w))
    }

    fn is_silent(&self) -> bool {
        self.tokens.is_none() && self.heads.is_none()
    }

    /// Returns the schedule that the flags ask for.
    fn schedule(&self, layers: u32, bundle: Option<&Pruning>) -> Result<Schedule, Error> {
        let usual = Schedule::default();
        let [untouched_tokens, untouched_heads] = Schedule::untouched(layers);
        let schedule = Schedule {
            layers,
            keep_tokens: self.tokens.clone().unwrap_or(usual.keep_tokens),
            keep_heads: self.heads.clone().unwrap_or(usual.keep_heads),
            untouched_tokens: self.untouched_tokens.unwrap_or(untouched_tokens),
            untouched_heads: self.untouched_heads.unwrap_or(untouched_heads),
            window: bundle.map_or(usual.window, |c| c.schedule.window),
        };
        let violations = schedule.violations();
        if violations.is_empty() {
            return Ok(schedule);
        }
        // The user wrote flags, not keys.
        let flag = |v: &hwgen_golden::Violation| {
            let name = v.field.replace("cascade.", "--").replace('_', "-");
            format!("{name}: {} ({layers} layers)", v.rule)
        };
        Err(Error::Input(violations.iter().map(flag).collect()))
    }
}

/// Reads shares: `0.5`, `0.9:0.3` for the first touched and the last layer, or `1,0.9,0.5`, one a
/// layer.
pub fn shares(flag: &str, given: &str) -> Result<Vec<u32>, String> {
    let between = if given.contains(':') { ':' } else { ',' };
    let share = |text: &str| Schedule::share(text.trim().parse().ok()?);
    let all: Option<Vec<u32>> = given.split(between).map(share).collect();
    let legal = |all: &Vec<u32>| {
        let alone = Schedule {
            layers: all.len() as u32,
            keep_tokens: all.clone(),
            ..Schedule::default()
        };
        (between == ',' || all.len() == 2) && alone.violations().is_empty()
    };
    all.filter(legal).ok_or_else(|| {
        format!(
            "--{flag} {given}: must be one share, FROM:TO, or shares with commas, one a layer: more \
             than 0, at most 1, four decimals, none above the one before it (try 0.9:0.3)"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_come_alone_in_pairs_or_one_a_layer() {
        assert_eq!(shares("a", "0.5"), Ok(vec![5000]));
        assert_eq!(shares("a", "0.9: 0.25"), Ok(vec![9000, 2500]));
        assert_eq!(shares("a", "1, 1,0.25"), Ok(vec![10_000, 10_000, 2500]));
        for bad in [
            "",
            "x",
            "0",
            "1.5",
            "0.3:0.9",
            "0.5:",
            "NaN",
            "-1",
            "0.5:-0.5",
            "0.12345",
            "1:0.9:0.8",
            "0.9,1",
        ] {
            let said = shares("keep-tokens", bad).expect_err("is refused");
            assert!(
                said.starts_with(&format!("--keep-tokens {bad}: ")),
                "{said}"
            );
        }
    }
}
