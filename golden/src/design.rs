// SPDX-License-Identifier: MIT OR Apache-2.0
//! A whole design: the parameters of every block that a bundle holds.

mod keys;

use crate::topk;
use crate::violation::Violation;
use keys::CORE;
pub use keys::{CascadeKeys, CoreKeys, DesignParams, FigsKeys, RegsKeys, TopkKeys};

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
        Violation::power_of_two("pe", params.pe, 1, 65536, &mut out);
        if let Some(topk) = params.topk() {
            let mut variants = params.topk.variants.clone();
            judge_variants("topk.variants", &variants, "[\"radix\"]", &mut out);
            // `k` itself has been judged above; judge it against stream only where it is legal there.
            let k_is_legal = (1..=topk::MAX_N).contains(&params.k);
            variants.retain(|&v| k_is_legal || v != topk::Variant::Stream);
            out.extend(topk.violations(&variants));
        }
        if params.attention().is_some() {
            let variants = &params.core.variants;
            judge_variants("attention.variants", variants, "[\"core\"]", &mut out);
        }
        if let Some(figs) = params.figs() {
            let variants = &params.figs.variants;
            if !(params.figs.axi && variants.is_empty()) {
                judge_variants("figs.variants", variants, "[\"figs\"]", &mut out);
            }
            out.extend(figs.violations());
        }
        if params.regs().is_some() {
            let variants = &params.regs.variants;
            judge_variants("regs.variants", variants, "[\"axi_lite\"]", &mut out);
        }
        out.extend(params.violations_alone());
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
    use crate::arith::Arith;
    use crate::block::BlockName;

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
    fn keys_of_blocks_that_are_not_held_do_not_tell_designs_apart() {
        let mut other = params();
        other.figs.params.rows = 3;
        other.core.d_head = 5;
        other.arith = Arith::Dsp;
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
