// SPDX-License-Identifier: MIT OR Apache-2.0
//! The keys of a configuration: one table for files, flags, the manifest and the lists.

use std::collections::BTreeMap;

use hwgen_golden::attention::AttentionParams;
use hwgen_golden::cascade::{SHARE_ONE, Schedule};
use hwgen_golden::design::{CascadeDesign, DesignParams, FigsDesign, TopkDesign};
use hwgen_golden::figs::{self, FigsParams, Mode, SelectBy};
use hwgen_golden::importance::ImportanceParams;
use hwgen_golden::stage::Stage;
use hwgen_golden::topk::{TopkParams, Variant};

/// One key of the configuration.
pub struct Field {
    /// Dotted name: `topk.lanes`.
    pub key: &'static str,
    /// What it means, in a line.
    pub about: &'static str,
    pub(super) kind: Kind,
}

pub(super) enum Kind {
    Name,
    Count(fn(&mut DesignParams) -> &mut u32),
    Flag(fn(&mut DesignParams) -> &mut bool),
    Variants,
    /// Engines of the FiGS block.
    FigsVariants,
    /// One of a few words.
    Choice(&'static Choice),
    /// Which blocks there are.
    Blocks,
    /// Widths of bit planes.
    Planes(fn(&mut DesignParams) -> &mut Vec<u32>),
    /// Shares of at most one, in units of a ten-thousandth.
    Shares(fn(&mut DesignParams) -> &mut Vec<u32>),
}

/// A value that is one of a few words.
pub(super) struct Choice {
    pub(super) words: &'static [&'static str],
    pub(super) get: fn(&DesignParams) -> usize,
    pub(super) set: fn(&mut DesignParams, usize),
}

const SELECT: Choice = Choice {
    words: &["lane", "pe"],
    get: |p| {
        let shared = p.figs.as_ref().map(|f| f.params.select);
        usize::from(shared == Some(SelectBy::Pe))
    },
    set: |p, i| figs(p).params.select = [SelectBy::Lane, SelectBy::Pe][i],
};

const MODE: Choice = Choice {
    words: &["select", "exchange"],
    get: |p| {
        let mode = p.figs.as_ref().map(|f| f.params.mode);
        usize::from(mode == Some(Mode::Exchange))
    },
    set: |p, i| figs(p).params.mode = [Mode::Select, Mode::Exchange][i],
};

/// Every key, in the order of documentation.
pub const FIELDS: &[Field] = &[
    Field {
        key: "name",
        about: "name of the bundle and infix of its modules",
        kind: Kind::Name,
    },
    Field {
        key: "k",
        about: "survivors kept per query; capacity of the stream variant",
        kind: Kind::Count(|p| &mut p.k),
    },
    Field {
        key: "pe",
        about: "multiplier lanes of the arithmetic engines",
        kind: Kind::Count(|p| &mut p.pe),
    },
    Field {
        key: "blocks",
        about: "blocks to emit",
        kind: Kind::Blocks,
    },
    Field {
        key: "topk.variants",
        about: "variants to emit",
        kind: Kind::Variants,
    },
    Field {
        key: "topk.lanes",
        about: "keys a beat",
        kind: Kind::Count(|p| &mut topk(p).params.lanes),
    },
    Field {
        key: "topk.key_w",
        about: "bits of a key",
        kind: Kind::Count(|p| &mut topk(p).params.key_w),
    },
    Field {
        key: "topk.signed",
        about: "whether keys are two's complement",
        kind: Kind::Flag(|p| &mut topk(p).params.signed),
    },
    Field {
        key: "topk.max_n",
        about: "most keys of one query",
        kind: Kind::Count(|p| &mut topk(p).params.max_n),
    },
    Field {
        key: "topk.digit_w",
        about: "bits of a digit of the radix variant",
        kind: Kind::Count(|p| &mut topk(p).params.digit_w),
    },
    Field {
        key: "attention.d_head",
        about: "most elements of a head",
        kind: Kind::Count(|p| &mut attention(p).d_head),
    },
    Field {
        key: "attention.max_tokens",
        about: "most tokens of a job",
        kind: Kind::Count(|p| &mut attention(p).max_tokens),
    },
    Field {
        key: "attention.k_planes",
        about: "bits of the planes of K, top plane first",
        kind: Kind::Planes(|p| &mut attention(p).k_planes),
    },
    Field {
        key: "attention.v_planes",
        about: "bits of the planes of V, top plane first",
        kind: Kind::Planes(|p| &mut attention(p).v_planes),
    },
    Field {
        key: "attention.contexts",
        about: "queries in flight in the attention core",
        kind: Kind::Count(|p| &mut attention(p).contexts),
    },
    Field {
        key: "attention.outstanding",
        about: "vector requests in flight",
        kind: Kind::Count(|p| &mut attention(p).outstanding),
    },
    Field {
        key: "importance.max_heads",
        about: "most heads that importance is summed of",
        kind: Kind::Count(|p| &mut importance(p).max_heads),
    },
    Field {
        key: "cascade.lanes",
        about: "keys a beat of the top-k engine that prunes",
        kind: Kind::Count(|p| &mut cascade(p).params.lanes),
    },
    Field {
        key: "cascade.key_w",
        about: "bits of importance that it ranks by",
        kind: Kind::Count(|p| &mut cascade(p).params.key_w),
    },
    Field {
        key: "cascade.digit_w",
        about: "bits of its digits",
        kind: Kind::Count(|p| &mut cascade(p).params.digit_w),
    },
    Field {
        key: "cascade.layers",
        about: "layers of the model that its host prunes",
        kind: Kind::Count(|p| &mut schedule(p).layers),
    },
    Field {
        key: "cascade.keep_tokens",
        about: "shares of the tokens kept: one, first touched and last layer, or one a layer",
        kind: Kind::Shares(|p| &mut schedule(p).keep_tokens),
    },
    Field {
        key: "cascade.keep_heads",
        about: "shares of the heads kept, likewise",
        kind: Kind::Shares(|p| &mut schedule(p).keep_heads),
    },
    Field {
        key: "cascade.untouched_tokens",
        about: "first layers that keep all tokens; by default 15 % of the layers",
        kind: Kind::Count(|p| &mut schedule(p).untouched_tokens),
    },
    Field {
        key: "cascade.untouched_heads",
        about: "first layers that keep all heads; by default 30 % of the layers",
        kind: Kind::Count(|p| &mut schedule(p).untouched_heads),
    },
    Field {
        key: "cascade.window",
        about: "most recent tokens that always survive in a decoder",
        kind: Kind::Count(|p| &mut schedule(p).window),
    },
    Field {
        key: "figs.variants",
        about: "variants to emit",
        kind: Kind::FigsVariants,
    },
    Field {
        key: "figs.rows",
        about: "rows of the array, elements of a tile; by default from pe",
        kind: Kind::Count(|p| &mut figs(p).params.rows),
    },
    Field {
        key: "figs.columns",
        about: "columns of processing elements; by default from pe",
        kind: Kind::Count(|p| &mut figs(p).params.columns),
    },
    Field {
        key: "figs.lanes",
        about: "multipliers of a processing element; by default from pe",
        kind: Kind::Count(|p| &mut figs(p).params.lanes),
    },
    Field {
        key: "figs.group",
        about: "rows that exchange their elements, M of N:M",
        kind: Kind::Count(|p| &mut figs(p).params.group),
    },
    Field {
        key: "figs.alpha",
        about: "further elements that a multiplier selects from; by default group - 1",
        kind: Kind::Count(|p| &mut figs(p).params.alpha),
    },
    Field {
        key: "figs.weight_w",
        about: "bits of a weight",
        kind: Kind::Count(|p| &mut figs(p).params.weight_w),
    },
    Field {
        key: "figs.act_w",
        about: "bits of an activation",
        kind: Kind::Count(|p| &mut figs(p).params.act_w),
    },
    Field {
        key: "figs.psum_w",
        about: "bits of a partial sum; by default what max_k needs",
        kind: Kind::Count(|p| &mut figs(p).params.psum_w),
    },
    Field {
        key: "figs.max_t",
        about: "most tokens of a tile",
        kind: Kind::Count(|p| &mut figs(p).params.max_t),
    },
    Field {
        key: "figs.max_k",
        about: "longest sum in elements",
        kind: Kind::Count(|p| &mut figs(p).params.max_k),
    },
    Field {
        key: "figs.select",
        about: "who has a select of its own: each lane or each pe",
        kind: Kind::Choice(&SELECT),
    },
    Field {
        key: "figs.mode",
        about: "select, or exchange for doubly-N:M weights",
        kind: Kind::Choice(&MODE),
    },
];

/// Returns the core's parameters; without a core those that its stages or the blocks behind it ask
/// for.
pub(super) fn attention(params: &mut DesignParams) -> &mut AttentionParams {
    let stages = params.stages.as_ref().map(|s| s.core.clone());
    let behind = accumulators(params).map(ImportanceParams::core);
    let shape = stages.or(behind).unwrap_or_default();
    params.attention.get_or_insert(shape)
}

pub(super) fn importance(params: &mut DesignParams) -> &mut ImportanceParams {
    let shape = accumulators(params).cloned().unwrap_or_default();
    params.importance.get_or_insert(shape)
}

pub(super) fn cascade(params: &mut DesignParams) -> &mut CascadeDesign {
    params.cascade.get_or_insert_with(CascadeDesign::default)
}

pub(super) fn schedule(params: &mut DesignParams) -> &mut Schedule {
    &mut cascade(params).schedule
}

/// Returns what is behind a core: its accumulators, not summing anything yet.
pub(super) fn shape_of(core: &AttentionParams) -> ImportanceParams {
    ImportanceParams {
        d_head: core.d_head,
        lanes: core.lanes,
        max_tokens: core.max_tokens,
        ..ImportanceParams::default()
    }
}

/// Returns the accumulators of `params`, alone or within cascade pruning.
fn accumulators(params: &DesignParams) -> Option<&ImportanceParams> {
    let within = params.cascade.as_ref().map(|c| &c.params.importance);
    params.importance.as_ref().or(within)
}

pub(super) fn topk(params: &mut DesignParams) -> &mut TopkDesign {
    params.topk.get_or_insert_with(default_topk)
}

pub(super) fn figs(params: &mut DesignParams) -> &mut FigsDesign {
    params.figs.get_or_insert_with(default_figs)
}

pub(super) fn default_figs() -> FigsDesign {
    FigsDesign {
        variants: vec![figs::Variant::Figs],
        params: FigsParams::default(),
    }
}

pub(super) fn default_topk() -> TopkDesign {
    TopkDesign {
        variants: vec![Variant::Radix, Variant::Stream],
        params: TopkParams::default(),
    }
}

impl Field {
    /// Tells whether the block of this key is in `params`.
    pub fn applies(&self, params: &DesignParams) -> bool {
        let sums = accumulators(params).is_some();
        match self.key.split_once('.') {
            Some(("topk", _)) => params.topk.is_some(),
            Some(("attention", key)) => {
                let stages = params.stages.iter().flat_map(|s| &s.held);
                params.attention.is_some()
                    || (["d_head", "max_tokens"].contains(&key) && sums)
                    || stages.into_iter().any(|&stage| shapes(stage, key))
            }
            Some(("importance", _)) => sums,
            Some(("cascade", _)) => params.cascade.is_some(),
            Some(("figs", _)) => params.figs.is_some(),
            _ => true,
        }
    }

    /// Returns the value of this key in `params`.
    pub fn value(&self, params: &DesignParams) -> serde_json::Value {
        let mut p = params.clone();
        match self.kind {
            Kind::Name => p.name.into(),
            Kind::Count(f) => (*f(&mut p)).into(),
            Kind::Flag(f) => (*f(&mut p)).into(),
            Kind::Planes(f) => f(&mut p).clone().into(),
            Kind::Shares(f) => {
                let share = |&s: &u32| f64::from(s) / f64::from(SHARE_ONE);
                f(&mut p).iter().map(share).collect()
            }
            Kind::Blocks => blocks(params).into(),
            Kind::Variants => topk(&mut p).variants.iter().map(|v| v.name()).collect(),
            Kind::FigsVariants => figs(&mut p).variants.iter().map(|v| v.name()).collect(),
            Kind::Choice(c) => c.words[(c.get)(params)].into(),
        }
    }
}

/// Names the blocks that `params` holds.
pub fn blocks(params: &DesignParams) -> Vec<&'static str> {
    let there = [
        ("topk", params.topk.is_some()),
        ("attention", params.attention.is_some()),
        ("qk", params.stage(Stage::Qk).is_some()),
        ("score", params.stage(Stage::Score).is_some()),
        ("softmax", params.stage(Stage::Softmax).is_some()),
        ("pv", params.stage(Stage::Pv).is_some()),
        ("importance", params.importance.is_some()),
        ("cascade", params.cascade.is_some()),
        ("figs", params.figs.is_some()),
    ];
    let held = there.into_iter().filter(|(_, there)| *there);
    held.map(|(name, _)| name).collect()
}

/// Tells whether a stage of the core alone depends on the core's key.
fn shapes(stage: Stage, key: &str) -> bool {
    matches!(
        (stage, key),
        (_, "d_head" | "max_tokens")
            | (Stage::Pv, "v_planes")
            | (Stage::Qk | Stage::Score | Stage::Softmax, "k_planes")
            | (Stage::Score | Stage::Softmax, "contexts")
    )
}

/// Returns the resolved configuration, key by key.
pub fn resolved(params: &DesignParams) -> BTreeMap<String, serde_json::Value> {
    let entry = |f: &Field| (f.key.to_owned(), f.value(params));
    let there = FIELDS.iter().filter(|f| f.applies(params));
    there.map(entry).collect()
}

/// Returns the resolved configuration as TOML, with every default written out.
pub fn to_toml(params: &DesignParams) -> String {
    let mut out = String::new();
    let mut section = "";
    for field in FIELDS.iter().filter(|f| f.applies(params)) {
        let (table, key) = field.key.split_once('.').unwrap_or(("", field.key));
        if table != section {
            out.push_str(&format!("\n[{table}]\n"));
            section = table;
        }
        // JSON and TOML write these values (strings, integers, flags, lists of names) alike.
        let value = field.value(params).to_string().replace(',', ", ");
        out.push_str(&format!("{key} = {value}\n"));
    }
    out
}
