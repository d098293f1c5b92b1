// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a design is called if its user has not named it, and what a bundle is called among packages.
//!
//! A name that hwgen makes belongs to one configuration: `k16_pe64` is exactly `--k 16 --pe 64`,
//! `tiny` exactly the preset. Anything else gets an addition: the blocks, where nothing but these
//! differs (`k16_pe64_topk_radix`), or digits of a digest of all that differs.

use std::collections::BTreeMap;

use hwgen_golden::BlockName;
use hwgen_golden::design::{Design, DesignParams};
use serde_json::{Value, json};

use crate::config::{Draft, MAX_NAME, Named, resolved};
use crate::preset::PRESETS;
use hwgen_bundle::digest::sha256;

/// Digits of the digest in a name.
const DIGITS: usize = 6;
/// Stands for every block that exists.
const ALL: &str = "all";

impl Draft {
    /// Gives a legal design the name that nobody has given it.
    pub(crate) fn christen(named: &Named, design: Design) -> Design {
        let mut params = design.params().clone();
        params.name = match named {
            Named::User => return design,
            Named::Nobody => usual(&params),
            Named::Preset(name, Some(preset)) => of_preset(name, preset, &params),
            Named::Preset(stem, None) => of_file(stem, None, &params),
            Named::File(stem, file) => of_file(stem, file.as_ref(), &params),
        };
        Design::new(params).unwrap_or(design)
    }
}

/// Returns the name of a design that is made of nothing but keys.
pub(crate) fn usual(params: &DesignParams) -> String {
    let base = format!("k{}_pe{}", params.k, params.pe);
    let blocks = blocks(params);
    let whole = params.blocks == BlockName::USUAL.into();
    match &departures(params)[..] {
        [] if whole => base,
        others => addition(&base, (!whole).then_some(&blocks), others, params),
    }
}

/// Returns the name of a design that began as the preset `name`, which resolves to `preset`.
pub(crate) fn of_preset(name: &str, preset: &DesignParams, params: &DesignParams) -> String {
    let differing = differing(&values(preset), params);
    if differing.is_empty() {
        return name.to_owned();
    }
    let (narrowed, others): (Vec<_>, Vec<_>) = differing.into_iter().partition(|k| k == "blocks");
    // Keys of blocks that the preset does not hold have the values of the preset's file no more.
    let same = blocks(params).iter().all(|b| blocks(preset).contains(b));
    let chosen = blocks(params);
    let words = (!narrowed.is_empty()).then_some(&chosen);
    if same {
        addition(name, words, &others, params)
    } else {
        with_digest(name, params)
    }
}

/// Returns the name of a design that began as the file `stem`, which resolves to `file`.
pub(crate) fn of_file(stem: &str, file: Option<&DesignParams>, params: &DesignParams) -> String {
    match file {
        Some(file) if differing(&values(file), params).is_empty() => stem.to_owned(),
        // Other files may have the same name, so words would not tell them apart.
        _ => with_digest(stem, params),
    }
}

/// Returns the name of the bundle among the packages of FuseSoC and Bender, which must differ
/// wherever the parameters do: a name that the user gave ends in digits of the configuration.
pub(crate) fn identity(params: &DesignParams) -> String {
    let name = &params.name;
    let of_preset = || {
        PRESETS.iter().any(|p| {
            let preset = p.design();
            name.starts_with(p.name)
                && preset.is_ok_and(|d| self::of_preset(p.name, d.params(), params) == *name)
        })
    };
    let digits = fingerprint(params);
    if *name == usual(params) || name.ends_with(&format!("_{digits}")) || of_preset() {
        format!("hg_{name}")
    } else {
        format!("hg_{name}_{digits}")
    }
}

/// Returns `base` with the blocks and their variants behind it, if nothing else is in `others`, the
/// keys that differ; `blocks` are none if they do not.
fn addition(
    base: &str,
    blocks: Option<&Vec<&str>>,
    others: &[String],
    params: &DesignParams,
) -> String {
    let every: Vec<&str> = BlockName::ALL.iter().map(|b| b.name()).collect();
    let mut words: Vec<String> = match blocks {
        Some(blocks) if *blocks == every => vec![ALL.to_owned()],
        Some(blocks) => blocks.iter().map(|&b| b.to_owned()).collect(),
        None => Vec::new(),
    };
    // Variants say something only where there is one block that has them.
    let only = self::blocks(params);
    if let ([block], [key]) = (&only[..], others)
        && *key == format!("{block}.variants")
        && let Some(Value::Array(variants)) = values(params).get(key)
    {
        words.extend(variants.iter().filter_map(Value::as_str).map(str::to_owned));
    } else if !others.is_empty() {
        return with_digest(base, params);
    }
    let name = format!("{base}_{}", words.join("_"));
    if name.len() <= MAX_NAME && !words.is_empty() {
        name
    } else {
        with_digest(base, params)
    }
}

fn with_digest(base: &str, params: &DesignParams) -> String {
    let room = base.len().min(MAX_NAME - DIGITS - 1);
    let base = base[..room].trim_end_matches('_');
    format!("{base}_{}", fingerprint(params))
}

/// Returns digits that follow from what the design is, whatever it is called, and from nothing that
/// has its usual value: a key that a later release adds changes no name.
fn fingerprint(params: &DesignParams) -> String {
    let all = values(params);
    let other: BTreeMap<&String, &Value> = departures(params)
        .iter()
        .filter_map(|key| all.get_key_value(key))
        .collect();
    let what = json!([params.k, params.pe, blocks(params), other]);
    sha256(what.to_string().as_bytes())[..DIGITS].to_owned()
}

/// Lists the keys whose values are not those that `k`, `pe` and `blocks` alone would give.
fn departures(params: &DesignParams) -> Vec<String> {
    let mut draft = Draft::default();
    draft.assign("name", "x");
    draft.assign("k", &params.k.to_string());
    draft.assign("pe", &params.pe.to_string());
    draft.assign("blocks", &blocks(params).join(","));
    // The capacity of a k that only radix can take would make the defaults illegal.
    draft.assign("topk.variants", "radix");
    let alone = draft.finish();
    let mut usual = alone.map(|d| values(d.params())).unwrap_or_default();
    let whole = Draft::default();
    if let Some(variants) = whole.value("topk.variants").filter(|_| !usual.is_empty()) {
        usual.insert("topk.variants".to_owned(), variants);
    }
    differing(&usual, params)
}

/// Lists the keys of `params` that have another value in `usual`, or none; not the name.
fn differing(usual: &BTreeMap<String, Value>, params: &DesignParams) -> Vec<String> {
    let all = values(params).into_iter();
    let others = all.filter(|(key, value)| usual.get(key) != Some(value));
    others.map(|(key, _)| key).collect()
}

fn values(params: &DesignParams) -> BTreeMap<String, Value> {
    let mut all = resolved(params);
    all.remove("name");
    all
}

fn blocks(params: &DesignParams) -> Vec<&'static str> {
    crate::config::blocks(params)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn design(settings: &[&str]) -> DesignParams {
        let mut draft = Draft::default();
        for setting in settings {
            draft.set(setting);
        }
        draft.finish().expect("legal").params().clone()
    }

    fn from_preset(name: &str, settings: &[&str]) -> DesignParams {
        let mut draft = Draft::default();
        crate::preset::Preset::find(name)
            .expect("is there")
            .apply(&mut draft);
        for setting in settings {
            draft.set(setting);
        }
        draft.finish().expect("legal").params().clone()
    }

    #[test]
    fn words_where_only_blocks_differ() {
        for (settings, name) in [
            (&[][..], "k16_pe64"),
            (&["k=8", "pe=16"], "k8_pe16"),
            (&["blocks=attention"], "k16_pe64_attention"),
            (&["blocks=figs,topk", "pe=16"], "k16_pe16_topk_figs"),
            (
                &["blocks=topk", "topk.variants=radix"],
                "k16_pe64_topk_radix",
            ),
            (
                &["blocks=figs", "figs.variants=figs,stc24"],
                "k16_pe64_figs_figs_stc24",
            ),
            (&["blocks=all"], "k16_pe64_all"),
            (&["topk.lanes=16", "blocks=topk"], "k16_pe64_topk"),
            // No whole design has so few multipliers, but a sorter has.
            (&["pe=2", "blocks=topk"], "k16_pe2_topk"),
            (
                &["k=300", "blocks=topk", "topk.variants=radix"],
                "k300_pe64_topk_radix",
            ),
        ] {
            assert_eq!(design(settings).name, name, "{settings:?}");
        }
        assert_eq!(from_preset("tiny", &[]).name, "tiny");
        assert_eq!(from_preset("tiny", &["k=4"]).name, "tiny");
        assert_eq!(
            from_preset("default", &["blocks=figs"]).name,
            "default_figs"
        );
        assert_eq!(
            from_preset("tiny", &["topk.variants=radix"]).name,
            "tiny_radix"
        );
    }

    #[test]
    fn no_two_configurations_share_a_name_or_an_identity() {
        let plain: [&[&str]; 16] = [
            &[],
            &["k=8"],
            &["topk.lanes=4"],
            &["topk.lanes=4", "blocks=topk"],
            &["topk.lanes=4", "blocks=topk", "topk.variants=radix"],
            &["topk.lanes=4", "blocks=topk", "topk.variants=stream"],
            &["topk.lanes=8", "blocks=topk", "topk.variants=radix"],
            &["topk.variants=radix"],
            &["blocks=topk", "topk.variants=radix,stream"],
            &["blocks=topk", "topk.variants=stream,radix"],
            &["blocks=topk,figs"],
            &["blocks=topk,attention,qk,score,softmax,pv,figs"],
            &["blocks=topk,attention,qk,score,softmax,pv,importance"],
            &["attention.d_head=32"],
            &["attention.d_head=32", "blocks=attention"],
            &["blocks=figs", "figs.select=pe"],
        ];
        let presets: [(&str, &[&str]); 7] = [
            ("tiny", &[]),
            ("tiny", &["k=8"]),
            ("tiny", &["blocks=figs"]),
            ("tiny", &["blocks=figs,topk"]),
            ("tiny", &["topk.key_w=9"]),
            ("wide", &["topk.key_w=9"]),
            ("default", &["blocks=topk"]),
        ];
        let mut seen: BTreeMap<String, DesignParams> = BTreeMap::new();
        let all = plain.iter().map(|s| design(s));
        let all = all.chain(presets.iter().map(|(p, s)| from_preset(p, s)));
        for params in all {
            let own = identity(&params);
            assert_eq!(own, format!("hg_{}", params.name));
            let before = seen.insert(params.name.clone(), params);
            assert!(before.is_none(), "{own}: {before:?}");
        }
        let hex = design(&["topk.lanes=4"]).name;
        let digits = hex.strip_prefix("k16_pe64_").expect("begins so");
        assert!(digits.len() == 6 && digits.chars().all(|c| c.is_ascii_hexdigit()));
    }

    #[test]
    fn a_name_that_the_user_gave_stays_and_the_package_says_more() {
        let identity = |settings: &[&str]| {
            let params = design(settings);
            assert_eq!(params.name, "soc");
            identity(&params)
        };
        let one = identity(&["name=soc", "blocks=topk"]);
        let other = identity(&["name=soc", "blocks=topk", "topk.lanes=4"]);
        assert!(one.starts_with("hg_soc_") && other.starts_with("hg_soc_"));
        assert_ne!(one, other);
        // A name of ours on another configuration is a user's.
        let stolen = design(&["name=k16_pe64", "topk.lanes=4"]);
        assert_ne!(self::identity(&stolen), "hg_k16_pe64");
        assert_eq!(self::identity(&design(&["name=k16_pe64"])), "hg_k16_pe64");
    }

    #[test]
    fn a_file_names_what_it_says_and_flags_add_digits() {
        let named = |settings: &[&str]| {
            let mut draft = Draft::default();
            draft.read_toml("blocks = [\"topk\"]\nk = 8\n", "soc.toml");
            draft.name_file("soc");
            for setting in settings {
                draft.set(setting);
            }
            draft.finish().expect("legal").params().name.clone()
        };
        assert_eq!(named(&[]), "soc");
        assert_eq!(named(&["k=8"]), "soc");
        assert_eq!(named(&["k=8", "name=x"]), "x");
        let other = named(&["blocks=figs"]);
        assert!(other.starts_with("soc_") && other.len() == 10, "{other}");
        assert_ne!(other, named(&["k=9"]));
    }
}
