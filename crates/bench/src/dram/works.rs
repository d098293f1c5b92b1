// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a core asks a memory for: rows of a trace, and heads of decoders by two rules.

use std::path::{Path, PathBuf};

use hwgen_console::error::Error;
use hwgen_golden::attention::host::Bound;
use hwgen_golden::attention::{AttentionParams, Rule, Select};
use hwgen_golden::memory::choice::Device;
use hwgen_verif::attention::LiveJob;
use hwgen_workloads::attend::{Layer, Policy, Survivors};
use hwgen_workloads::samples::{self, How, Sample, Which};
use hwgen_workloads::shipped::{LAYERS, LAYERS_LABEL, TRACE, TRACE_LABEL};
use hwgen_workloads::trace::work::{self, Setting};
use hwgen_workloads::trace::{self, Row};

use super::places::Sizes;
use super::traffic::Asked;

/// Elements of a head in traces, and in the decoders that are played.
pub(super) const D_HEAD: u32 = 64;
/// Most tokens of a head.
const MAX_TOKENS: u32 = 1024;
/// Heads that are played of the decoders, again and again until there are so many.
const JOBS: usize = 48;

/// How K is refined on decoders.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refine {
    /// SpAtten's: 8 bits, and 4 more for all keys of a head whose distribution is flat; 64 values.
    Head,
    /// Four bits, and 4 more for each key that may have 0.1 %; values but for 1 % of probability.
    Token,
}

impl Refine {
    /// Returns the planes of K: what is fetched up front is one.
    pub(super) const fn keys(self) -> &'static [u32] {
        match self {
            Self::Head => &[8, 4],
            Self::Token => &[4, 4, 4],
        }
    }

    /// Returns the policy of the core.
    pub(super) fn policy(self) -> Policy {
        let (rule, select) = match self {
            Self::Head => (Rule::Head, Select::Topk),
            Self::Token => (Rule::Token, Select::Mass),
        };
        Policy {
            rule,
            start: 1,
            values: 3,
            threshold: 0.1,
            eps: 0.001,
            bound: Bound::Worst,
            select,
            k: 64,
            left_out: 0.01,
            renorm: false,
        }
    }
}

/// Where traffic comes from.
pub(super) struct Sources {
    rows: Vec<Row>,
    label: String,
    decoders: Vec<Sample>,
}

/// What a core asks for.
pub(super) struct Work {
    pub(super) name: &'static str,
    pub(super) core: AttentionParams,
    /// Planes of V that are fetched.
    pub(super) values: usize,
    pub(super) asked: Asked,
}

impl Work {
    /// Returns the bytes of its vectors.
    pub(super) fn sizes(&self) -> Sizes {
        let bytes = |w: &u32| u64::from(self.core.d_head / 8 * w);
        [&self.core.k_planes, &self.core.v_planes].map(|planes| planes.iter().map(bytes).collect())
    }
}

impl Sources {
    /// Reads `rows` rows of a trace, evenly over it, and decoders of 64 elements that ask one query per
    /// head.
    pub(super) fn read(
        trace: Option<&Path>,
        files: &[PathBuf],
        rows: usize,
    ) -> Result<Self, Error> {
        let (all, label) = match trace {
            Some(path) => (trace::read(path)?, path.display().to_string()),
            None => (
                trace::parse(TRACE.as_bytes(), TRACE_LABEL)?,
                TRACE_LABEL.to_owned(),
            ),
        };
        let step = (all.len() / rows).max(1);
        let rows = all.into_iter().step_by(step).take(rows).collect();
        let mut decoders = decoders(files)?;
        decoders.retain(|s| s.widths() == [D_HEAD as usize; 2]);
        if decoders.is_empty() {
            let rule = "no decoder with heads of 64 elements and one query (add one)";
            return Err(Error::input(format!("--tensors: {rule}")));
        }
        Ok(Self {
            rows,
            label,
            decoders,
        })
    }

    /// Returns the work of cores whose rows have so many tokens.
    pub(super) fn works(&self, tokens: u32) -> Result<Vec<Work>, Error> {
        Ok(vec![
            self.trace(tokens)?,
            self.refined(tokens, "decoders, by head", Refine::Head)?,
            self.decode(tokens)?,
        ])
    }

    /// Returns the work of the decoders by token.
    pub(super) fn decode(&self, tokens: u32) -> Result<Work, Error> {
        self.refined(tokens, "decoders, by token", Refine::Token)
    }

    fn trace(&self, tokens: u32) -> Result<Work, Error> {
        let core = core(tokens, [&[6, 4]; 2]);
        let setting = Setting {
            policy: work::Policy::Spatten,
            spread: 2.0,
            seed: 1,
        };
        let jobs = work::jobs(&self.rows, &self.label, &core, setting)?;
        Ok(Work {
            name: "trace",
            values: 1,
            asked: Asked::of(&core, &jobs),
            core,
        })
    }

    fn refined(&self, tokens: u32, name: &'static str, refine: Refine) -> Result<Work, Error> {
        let core = core(tokens, [refine.keys(), &[4, 4, 4]]);
        let mut jobs: Vec<LiveJob> = Vec::new();
        for sample in &self.decoders {
            let layer = Layer::golden(sample, &core, refine.policy(), Survivors::all(sample))?;
            jobs.extend(layer.jobs);
        }
        let jobs: Vec<LiveJob> = jobs.iter().cycle().take(JOBS).cloned().collect();
        Ok(Work {
            name,
            values: 3,
            asked: Asked::of(&core, &jobs),
            core,
        })
    }
}

/// Reads the samples of decoders that ask one query per head.
pub(super) fn decoders(files: &[PathBuf]) -> Result<Vec<Sample>, Error> {
    let how = How::default();
    let mut all = Vec::new();
    if files.is_empty() {
        all = samples::parse(LAYERS, LAYERS_LABEL, Which::All, &how)?;
    }
    for file in files {
        all.extend(samples::read(file, Which::All, &how)?.samples);
    }
    all.retain(|s| s.causal && s.heads.iter().all(|h| h.q.len() == 1));
    Ok(all)
}

/// Returns a core whose rows have so many tokens.
fn core(tokens: u32, planes: [&[u32]; 2]) -> AttentionParams {
    AttentionParams {
        d_head: D_HEAD,
        lanes: D_HEAD * tokens,
        max_tokens: MAX_TOKENS,
        k_planes: planes[0].to_vec(),
        v_planes: planes[1].to_vec(),
        outstanding: 256,
        ..AttentionParams::default()
    }
}

/// Returns the tokens of a row, and the picoseconds of a cycle, of a core that a memory feeds: it asks
/// for more than the memory has.
pub(super) const fn fed_by(device: Device) -> (u32, u64) {
    match device {
        Device::Ddr4 => (1, 1000),
        Device::Lpddr5 => (4, 1000),
        Device::Hbm2 => (16, 1000),
        Device::Hbm3 => (16, 500),
    }
}
