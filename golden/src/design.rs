// SPDX-License-Identifier: MIT OR Apache-2.0
//! A whole design: the parameters of every block that a bundle holds.

use crate::attention::AttentionParams;
use crate::cascade::{EngineParams, Schedule};
use crate::figs::{self, FigsParams};
use crate::importance::ImportanceParams;
use crate::stage::{Stage, StagesDesign};
use crate::topk::{TopkParams, Variant};
use crate::violation::Violation;

/// Parameters of a design as the user gave them, before validation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DesignParams {
    /// Name of the bundle and infix of its generated modules (`hg_<name>_...`).
    pub name: String,
    /// Survivors kept per query: capacity of streaming top-k, value vectors kept.
    pub k: u32,
    /// Multiplier lanes of the arithmetic engines.
    pub pe: u32,
    /// The top-k engine, if the bundle holds it.
    pub topk: Option<TopkDesign>,
    /// The attention core, if the bundle holds it; `lanes` equals the design's `pe`.
    pub attention: Option<AttentionParams>,
    /// The accumulators of importance, if the bundle holds them; they fit the attention core.
    pub importance: Option<ImportanceParams>,
    /// Cascade pruning, if the bundle holds it; its accumulators are those above.
    pub cascade: Option<CascadeDesign>,
    /// The stages of the attention core that the bundle holds alone.
    pub stages: Option<StagesDesign>,
    /// The array for sparse GEMM, if the bundle holds it.
    pub figs: Option<FigsDesign>,
}

impl DesignParams {
    /// Returns the shape of the core that `stage` fits, if the bundle holds that stage alone.
    pub fn stage(&self, stage: Stage) -> Option<&AttentionParams> {
        let stages = self.stages.as_ref()?;
        stages.held.contains(&stage).then_some(&stages.core)
    }
}

/// Cascade pruning of a design: the hardware, and what its host commands by default.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CascadeDesign {
    /// Parameters of the hardware.
    pub params: EngineParams,
    /// How much survives in which layer.
    pub schedule: Schedule,
}

/// The array of a design and the engines that it is compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FigsDesign {
    /// Variants to emit, without repetition.
    pub variants: Vec<figs::Variant>,
    /// Parameters shared by the variants.
    pub params: FigsParams,
}

/// The top-k engine of a design: one set of parameters, one or more variants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopkDesign {
    /// Variants to emit, without repetition.
    pub variants: Vec<Variant>,
    /// Parameters shared by the variants; `capacity` equals the design's `k`.
    pub params: TopkParams,
}

/// A design whose parameters are legal. Only [`Design::new`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Design(DesignParams);

impl Design {
    /// Validates `params`; reports every broken rule at once.
    pub fn new(params: DesignParams) -> Result<Self, Vec<Violation>> {
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
        Violation::range("k", params.k, 1, crate::topk::MAX_N, &mut out);
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
        if let Some(topk) = &params.topk {
            judge_variants("topk.variants", &topk.variants, "[\"radix\"]", &mut out);
            // `k` itself has been judged above; judge it against stream only where it is legal there.
            let variants: Vec<Variant> = if (1..=crate::topk::MAX_N).contains(&params.k) {
                topk.variants.clone()
            } else {
                topk.variants
                    .iter()
                    .copied()
                    .filter(|&v| v != Variant::Stream)
                    .collect()
            };
            out.extend(topk.params.violations(&variants));
        }
        if let Some(figs) = &params.figs {
            judge_variants("figs.variants", &figs.variants, "[\"figs\"]", &mut out);
            out.extend(figs.params.violations());
        }
        if params.topk.is_none()
            && params.attention.is_none()
            && params.importance.is_none()
            && params.cascade.is_none()
            && params.stages.is_none()
            && params.figs.is_none()
        {
            let rule = "must name at least one block";
            out.push(Violation::new("blocks", "[]", rule, "try [\"topk\"]"));
        }
        attention_violations(&params, &mut out);
        if out.is_empty() {
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

/// Judges the attention core and what stands behind it.
fn attention_violations(params: &DesignParams, out: &mut Vec<Violation>) {
    // `pe` has been judged above; where it is legal there, the core may still refuse it.
    let pe = out.iter().any(|v| v.field == "pe");
    let mut found = Vec::new();
    let stages = params.stages.as_ref().map(|s| &s.core);
    let core = params.attention.as_ref().or(stages);
    if let Some(core) = core {
        found.extend(core.violations());
    }
    let within = params.cascade.as_ref().map(|c| &c.params.importance);
    if let Some(importance) = params.importance.as_ref().or(within) {
        // The core's rules are the same ones, where it is there.
        let own = |v: &Violation| !v.field.starts_with("attention.");
        let all = importance.violations().into_iter();
        found.extend(all.filter(|v| core.is_none() || own(v)));
    }
    if let Some(cascade) = &params.cascade {
        found.extend(cascade.params.violations());
        found.extend(cascade.schedule.violations());
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
        let topk = TopkDesign {
            variants: vec![Variant::Radix],
            params: TopkParams::default(),
        };
        DesignParams {
            name: "tiny".into(),
            k: 16,
            pe: 64,
            topk: Some(topk),
            attention: None,
            importance: None,
            cascade: None,
            stages: None,
            figs: None,
        }
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
        if let Some(t) = &mut p.topk {
            t.variants = vec![Variant::Stream, Variant::Stream];
            t.params.capacity = 100;
        }
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
