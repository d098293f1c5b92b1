// SPDX-License-Identifier: MIT OR Apache-2.0
//! A whole design: the parameters of every block that a bundle holds.

use std::collections::BTreeSet;

use crate::attention::AttentionParams;
use crate::block::BlockName;
use crate::cascade::{EngineParams, Schedule};
use crate::figs::{self, FigsParams};
use crate::importance::ImportanceParams;
use crate::topk::{self, TopkParams};
use crate::violation::Violation;

/// Keys of a design as the user gave them, before validation: each once, those of blocks that the
/// design does not hold, too.
///
/// The parameters of an engine are made of them by [`DesignParams::topk`] and so on, which know what
/// an engine takes from `k`, from `pe` and from the core that it fits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DesignParams {
    /// Name of the bundle and infix of its generated modules (`hg_<name>_...`).
    pub name: String,
    /// Survivors kept per query: capacity of streaming top-k, value vectors kept.
    pub k: u32,
    /// Multiplier lanes of the arithmetic engines.
    pub pe: u32,
    /// Blocks that the bundle holds.
    pub blocks: BTreeSet<BlockName>,
    /// Keys of the top-k engine.
    pub topk: TopkKeys,
    /// Keys of the attention core, and of the blocks that are its stages or fit it.
    pub core: CoreKeys,
    /// Most heads that importance is summed of.
    pub max_heads: u32,
    /// Keys of cascade pruning.
    pub cascade: CascadeKeys,
    /// Keys of the array for sparse GEMM.
    pub figs: FigsKeys,
}

/// Keys of the top-k engine, whose capacity is the design's `k`; see [`TopkParams`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopkKeys {
    /// Variants to emit, without repetition.
    pub variants: Vec<topk::Variant>,
    /// Keys of a beat.
    pub lanes: u32,
    /// Bits of a key.
    pub key_w: u32,
    /// Whether keys are two's complement.
    pub signed: bool,
    /// Most keys of one query.
    pub max_n: u32,
    /// Bits of a digit of the radix variant.
    pub digit_w: u32,
}

/// Keys of the attention core, whose lanes are the design's `pe`; see [`AttentionParams`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CoreKeys {
    /// Elements of a head.
    pub d_head: u32,
    /// Most tokens of a job.
    pub max_tokens: u32,
    /// Bits of the planes of K, top plane first.
    pub k_planes: Vec<u32>,
    /// Bits of the planes of V.
    pub v_planes: Vec<u32>,
    /// Queries in flight.
    pub contexts: u32,
    /// Vector requests in flight.
    pub outstanding: u32,
}

/// Keys of cascade pruning, whose accumulators fit the core; see [`EngineParams`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CascadeKeys {
    /// Keys of a beat of the top-k engine.
    pub lanes: u32,
    /// Bits of its keys.
    pub key_w: u32,
    /// Bits of its digits.
    pub digit_w: u32,
    /// What the host commands by default: how much survives in which layer.
    pub schedule: Schedule,
}

/// Keys of the array and of the engines that it is compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FigsKeys {
    /// Variants to emit, without repetition.
    pub variants: Vec<figs::Variant>,
    /// Parameters shared by the variants.
    pub params: FigsParams,
}

impl Default for DesignParams {
    fn default() -> Self {
        Self {
            name: String::new(),
            k: 16,
            pe: 64,
            blocks: BlockName::USUAL.into(),
            topk: TopkKeys::default(),
            core: CoreKeys::default(),
            max_heads: ImportanceParams::default().max_heads,
            cascade: CascadeKeys::default(),
            figs: FigsKeys::default(),
        }
    }
}

impl Default for TopkKeys {
    fn default() -> Self {
        let usual = TopkParams::default();
        Self {
            variants: vec![topk::Variant::Radix, topk::Variant::Stream],
            lanes: usual.lanes,
            key_w: usual.key_w,
            signed: usual.signed,
            max_n: usual.max_n,
            digit_w: usual.digit_w,
        }
    }
}

impl Default for CoreKeys {
    fn default() -> Self {
        let usual = AttentionParams::default();
        Self {
            d_head: usual.d_head,
            max_tokens: usual.max_tokens,
            k_planes: usual.k_planes,
            v_planes: usual.v_planes,
            contexts: usual.contexts,
            outstanding: usual.outstanding,
        }
    }
}

impl Default for CascadeKeys {
    fn default() -> Self {
        let usual = EngineParams::default();
        Self {
            lanes: usual.lanes,
            key_w: usual.key_w,
            digit_w: usual.digit_w,
            schedule: Schedule::default(),
        }
    }
}

impl Default for FigsKeys {
    fn default() -> Self {
        Self {
            variants: vec![figs::Variant::Figs],
            params: FigsParams::default(),
        }
    }
}

impl DesignParams {
    /// Tells whether the bundle holds `block`.
    pub fn holds(&self, block: BlockName) -> bool {
        self.blocks.contains(&block)
    }

    /// Returns the parameters of the top-k engine, if the bundle holds it.
    pub fn topk(&self) -> Option<TopkParams> {
        let keys = &self.topk;
        self.holds(BlockName::Topk).then(|| TopkParams {
            lanes: keys.lanes,
            key_w: keys.key_w,
            signed: keys.signed,
            max_n: keys.max_n,
            capacity: self.k,
            digit_w: keys.digit_w,
        })
    }

    /// Returns the parameters of the attention core, if the bundle holds it.
    pub fn attention(&self) -> Option<AttentionParams> {
        self.core_of(BlockName::Attention)
    }

    /// Returns the core that `block`, a stage of it or the core itself, belongs to, if the bundle
    /// holds that block.
    pub fn core_of(&self, block: BlockName) -> Option<AttentionParams> {
        self.holds(block).then(|| self.core())
    }

    /// Returns the parameters of the accumulators of importance, if the bundle holds them alone.
    pub fn importance(&self) -> Option<ImportanceParams> {
        let held = self.holds(BlockName::Importance);
        held.then(|| self.accumulators())
    }

    /// Returns the parameters of cascade pruning, if the bundle holds it.
    pub fn cascade(&self) -> Option<EngineParams> {
        let keys = &self.cascade;
        self.holds(BlockName::Cascade).then(|| EngineParams {
            importance: self.accumulators(),
            lanes: keys.lanes,
            key_w: keys.key_w,
            digit_w: keys.digit_w,
        })
    }

    /// Returns the parameters of the array for sparse GEMM, if the bundle holds it.
    pub fn figs(&self) -> Option<&FigsParams> {
        self.holds(BlockName::Figs).then_some(&self.figs.params)
    }

    /// Puts keys that no block of the bundle reads back to their defaults.
    fn forget(&mut self) {
        let sums = [BlockName::Importance, BlockName::Cascade];
        let held = |blocks: &[BlockName]| blocks.iter().any(|b| self.blocks.contains(b));
        let (core, sums) = (held(&CORE), held(&sums));
        let usual = Self::default();
        if !self.holds(BlockName::Topk) {
            self.topk = usual.topk;
        }
        if !core {
            let shape = if sums { &self.core } else { &usual.core };
            self.core = CoreKeys {
                d_head: shape.d_head,
                max_tokens: shape.max_tokens,
                ..usual.core
            };
        }
        if !sums {
            self.max_heads = usual.max_heads;
        }
        if !self.holds(BlockName::Cascade) {
            self.cascade = usual.cascade;
        }
        if !self.holds(BlockName::Figs) {
            self.figs = usual.figs;
        }
    }

    fn core(&self) -> AttentionParams {
        let keys = &self.core;
        AttentionParams {
            d_head: keys.d_head,
            lanes: self.pe,
            max_tokens: keys.max_tokens,
            k_planes: keys.k_planes.clone(),
            v_planes: keys.v_planes.clone(),
            contexts: keys.contexts,
            outstanding: keys.outstanding,
        }
    }

    /// Accumulators fit the core, whether the bundle holds that or not.
    fn accumulators(&self) -> ImportanceParams {
        ImportanceParams {
            d_head: self.core.d_head,
            lanes: self.pe,
            max_tokens: self.core.max_tokens,
            max_heads: self.max_heads,
        }
    }
}

/// A design whose parameters are legal. Only [`Design::new`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Design(DesignParams);

impl Design {
    /// Validates `params`; reports every broken rule at once.
    pub fn new(mut params: DesignParams) -> Result<Self, Vec<Violation>> {
        let mut out = Vec::new();
        let legal = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if params.name.is_empty()
            || params.name.len() > 40
            || !params.name.chars().all(legal)
            || params.name.starts_with('_')
            || params.name.ends_with('_')
            || params.name.contains("__")
        {
            let rule = "must be 1 to 40 lower-case letters, digits and single inner underscores";
            let quoted = format!("{:?}", params.name);
            out.push(Violation::new(
                "name",
                quoted,
                rule,
                "it becomes part of module names",
            ));
        }
        Violation::range("k", params.k, 1, topk::MAX_N, &mut out);
        if Violation::range("pe", params.pe, 1, 65536, &mut out) && !params.pe.is_power_of_two() {
            let above = params.pe.next_power_of_two();
            let remedy = format!("try {} or {above}", above / 2);
            out.push(Violation::new(
                "pe",
                params.pe,
                "must be a power of two",
                remedy,
            ));
        }
        if let Some(topk) = params.topk() {
            let mut variants = params.topk.variants.clone();
            judge_variants("topk.variants", &variants, "[\"radix\"]", &mut out);
            // `k` itself has been judged above; judge it against stream only where it is legal there.
            let k_is_legal = (1..=topk::MAX_N).contains(&params.k);
            variants.retain(|&v| k_is_legal || v != topk::Variant::Stream);
            out.extend(topk.violations(&variants));
        }
        if let Some(figs) = params.figs() {
            let variants = &params.figs.variants;
            judge_variants("figs.variants", variants, "[\"figs\"]", &mut out);
            out.extend(figs.violations());
        }
        if params.blocks.is_empty() {
            let rule = "must name at least one block";
            out.push(Violation::new("blocks", "[]", rule, "try [\"topk\"]"));
        }
        attention_violations(&params, &mut out);
        if out.is_empty() {
            params.forget();
            Ok(Self(params))
        } else {
            Err(out)
        }
    }

    /// Returns the validated parameters.
    pub fn params(&self) -> &DesignParams {
        &self.0
    }
}

/// Refuses a list of variants that is empty or names one twice; `example` is a right list.
fn judge_variants<V: PartialEq + std::fmt::Display>(
    field: &str,
    variants: &[V],
    example: &str,
    out: &mut Vec<Violation>,
) {
    if variants.is_empty() {
        let rule = "must name at least one variant";
        out.push(Violation::new(field, "[]", rule, format!("try {example}")));
    }
    for (i, v) in variants.iter().enumerate() {
        if variants[..i].contains(v) {
            let rule = "names a variant twice";
            out.push(Violation::new(field, v, rule, "name each variant once"));
        }
    }
}

/// The attention core and its stages.
const CORE: [BlockName; 5] = [
    BlockName::Attention,
    BlockName::Qk,
    BlockName::Score,
    BlockName::Softmax,
    BlockName::Pv,
];

/// Judges the attention core and what stands behind it.
fn attention_violations(params: &DesignParams, out: &mut Vec<Violation>) {
    // `pe` has been judged above; where it is legal there, the core may still refuse it.
    let pe = out.iter().any(|v| v.field == "pe");
    let mut found = Vec::new();
    let core = CORE.iter().find_map(|&block| params.core_of(block));
    if let Some(core) = &core {
        found.extend(core.violations());
    }
    let cascade = params.cascade();
    let within = cascade.as_ref().map(|c| c.importance.clone());
    if let Some(importance) = params.importance().or(within) {
        // The core's rules are the same ones, where it is there.
        let own = |v: &Violation| !v.field.starts_with("attention.");
        let all = importance.violations().into_iter();
        found.extend(all.filter(|v| core.is_none() || own(v)));
    }
    if let Some(cascade) = &cascade {
        found.extend(cascade.violations());
        found.extend(params.cascade.schedule.violations());
    }
    let found = found.into_iter().map(|mut v| {
        if v.field == "attention.lanes" {
            "pe".clone_into(&mut v.field);
            v.rule.push_str(" for the attention core");
            v.remedy.push_str(", or name blocks without it");
        }
        v
    });
    out.extend(found.filter(|v| !pe || v.field != "pe"));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params() -> DesignParams {
        DesignParams {
            name: "tiny".into(),
            blocks: [BlockName::Topk].into(),
            topk: TopkKeys {
                variants: vec![topk::Variant::Radix],
                ..TopkKeys::default()
            },
            ..DesignParams::default()
        }
    }

    #[test]
    fn engines_take_k_and_pe_from_the_design_and_their_shape_from_the_core() {
        let mut p = DesignParams {
            k: 7,
            pe: 128,
            blocks: BlockName::ALL.iter().copied().collect(),
            max_heads: 5,
            ..DesignParams::default()
        };
        p.core.d_head = 32;
        p.core.max_tokens = 96;
        let (topk, core) = (p.topk(), p.core_of(BlockName::Softmax));
        assert_eq!(topk.map(|t| (t.capacity, t.max_n)), Some((7, 1024)));
        assert_eq!(core, p.attention());
        let core = core.expect("is held");
        assert_eq!((core.lanes, core.d_head, core.max_tokens), (128, 32, 96));
        let sums = p.importance().expect("is held");
        assert_eq!((sums.lanes, sums.d_head), (128, 32));
        assert_eq!((sums.max_tokens, sums.max_heads), (96, 5));
        assert_eq!(p.cascade().map(|c| c.importance), Some(sums));
        p.blocks = [BlockName::Cascade].into();
        let alone = (p.topk(), p.attention(), p.importance(), p.figs());
        assert_eq!(alone, (None, None, None, None));
        assert!(p.cascade().is_some());
    }

    #[test]
    fn keys_of_blocks_that_are_not_held_do_not_tell_designs_apart() {
        let mut other = params();
        other.figs.params.rows = 3;
        other.core.d_head = 5;
        assert_eq!(Design::new(other), Design::new(params()));
    }

    #[test]
    fn legal_parameters_become_a_design() {
        assert_eq!(Design::new(params()).map(|d| d.params().k), Ok(16));
    }

    #[test]
    fn violations_of_all_parts_come_together() {
        let mut p = params();
        p.name = "Bad__name".into();
        p.pe = 48;
        p.topk.variants = vec![topk::Variant::Stream; 2];
        p.k = 100;
        let said: Vec<String> = Design::new(p)
            .expect_err("four rules are broken")
            .iter()
            .map(|v| format!("{} = {}", v.field, v.value))
            .collect();
        assert_eq!(
            said,
            [
                "name = \"Bad__name\"",
                "pe = 48",
                "topk.variants = stream",
                "k = 100"
            ]
        );
    }
}
