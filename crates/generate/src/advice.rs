// SPDX-License-Identifier: MIT OR Apache-2.0
//! Advice to emit a bundle that takes more: only what `hwgen emit` accepts is advised.
//!
//! A setting is judged before it is named, beside what the bundle in hand was emitted with and
//! beside the defaults, because either is what its reader may have. Where no setting helps, the
//! limit of the engine is named, and what to do instead.

use hwgen_golden::attention::AttentionParams;
use hwgen_golden::attention::params::{D_HEAD, MAX_TOKENS};
use hwgen_golden::topk::{self, TopkParams, Variant};

use crate::config::Draft;

/// Which limit of the attention core a sample goes beyond.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Core {
    /// Elements of a head.
    Head,
    /// Resident keys.
    Keys,
}

/// Says how to get an attention core that takes `need` of what `what` counts; `p` is the one in
/// hand.
pub fn attention(p: &AttentionParams, what: Core, need: usize) -> String {
    let (key, most) = match what {
        Core::Head => ("attention.d_head", D_HEAD.1),
        Core::Keys => ("attention.max_tokens", MAX_TOKENS.1),
    };
    let own = |value: u32| {
        let mut p = p.clone();
        match what {
            Core::Head => p.d_head = value,
            Core::Keys => p.max_tokens = value,
        }
        p.violations().is_empty()
    };
    setting(key, "attention", need, most, own).unwrap_or_else(|| match what {
        Core::Head => format!(
            "no core takes more than {most}: use a model with smaller heads, or a projection of q and \
             k to {most} elements"
        ),
        Core::Keys => format!(
            "no core takes more than {most}: cut the sequence into windows of up to {most} keys, or \
             leave keys out before"
        ),
    })
}

/// Says how to get a top-k engine that takes queries of `need` keys; `p` is the one in hand.
pub fn keys(p: &TopkParams, need: usize) -> String {
    let own = |value: u32| {
        let p = TopkParams {
            max_n: value,
            ..p.clone()
        };
        p.violations(&[Variant::Radix]).is_empty()
    };
    let most = topk::MAX_N;
    let found = setting("topk.max_n", "topk", need, most, own);
    found.map_or_else(
        || {
            format!(
                "no engine takes more than {most}: rank parts of up to {most} scores, then what \
                 survives of them"
            )
        },
        |emit| format!("{emit}, or shorten the rows"),
    )
}

/// Says how to get `k` survivors where variant stream keeps fewer: by variant radix, which the
/// bundle holds or not, or by a larger stream.
pub fn survivors(p: &TopkParams, k: u32, radix: bool) -> String {
    let own = TopkParams {
        capacity: k,
        ..p.clone()
    };
    let larger = own.violations(&[Variant::Stream]).is_empty()
        && accepted(&[("blocks", "[\"topk\"]"), ("k", &k.to_string())]);
    let other = if radix {
        "use --variant radix".to_owned()
    } else {
        "emit with --variant radix, whose k is free".to_owned()
    };
    if larger {
        return format!("{other}, or emit with --k {k}");
    }
    other
}

/// Says how to get cascade pruning of `heads` heads.
pub fn heads(heads: usize) -> String {
    let most = hwgen_golden::importance::MAX_HEADS.1;
    setting("importance.max_heads", "cascade", heads, most, |_| true).unwrap_or_else(|| {
        format!("no bundle prunes more than {most}: leave out --layers, or take --backend golden")
    })
}

/// Says how to get a schedule of `layers` layers.
pub fn layers(layers: u32) -> String {
    let most = hwgen_golden::cascade::MAX_LAYERS;
    let found = setting("cascade.layers", "cascade", layers as usize, layers, |_| {
        true
    });
    found.unwrap_or_else(|| format!("a schedule has at most {most}: name fewer in --layers"))
}

/// Returns advice to set `key` to the smallest value from `need` to `most` that is legal beside
/// what the bundle has (`own`) and that `emit` accepts for `block`.
fn setting(
    key: &str,
    block: &str,
    need: usize,
    most: u32,
    own: impl Fn(u32) -> bool,
) -> Option<String> {
    let blocks = format!("[\"{block}\"]");
    let fits =
        |value: &u32| own(*value) && accepted(&[("blocks", &blocks), (key, &value.to_string())]);
    let need = u32::try_from(need).ok()?;
    let value = (need..=most).find(fits)?;
    Some(format!("emit with --set {key}={value}"))
}

/// Tells whether `emit` accepts settings beside the defaults.
fn accepted(settings: &[(&str, &str)]) -> bool {
    let mut draft = Draft::default();
    for (key, value) in settings {
        draft.assign(key, value);
    }
    draft.finish().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Carries out advice beside other settings, as its reader would; panics where it is refused.
    fn follow(advice: &str, beside: &[&str]) -> bool {
        let Some((_, rest)) = advice.split_once("emit with --") else {
            return false;
        };
        let assignment = rest.strip_prefix("set ").map(str::to_owned);
        let assignment = assignment.unwrap_or_else(|| rest.replacen(' ', "=", 1));
        let assignment = assignment.split([',', ' ']).next().expect("a word");
        let mut draft = Draft::default();
        for setting in beside {
            draft.set(setting);
        }
        draft.set(assignment);
        draft.finish().expect(advice);
        true
    }

    fn core(d_head: u32, lanes: u32) -> AttentionParams {
        AttentionParams {
            d_head,
            lanes,
            max_tokens: 64,
            ..AttentionParams::default()
        }
    }

    #[test]
    fn every_head_and_every_sequence_gets_advice_that_emit_accepts() {
        for lanes in [8_u32, 16, 64, 512] {
            let p = core(8, lanes);
            let beside = [
                "blocks=[\"attention\"]",
                &format!("pe={lanes}"),
                "attention.d_head=8",
            ];
            for need in 9..=300 {
                let advice = attention(&p, Core::Head, need);
                assert_eq!(follow(&advice, &beside), need <= 128, "{advice}");
                assert_eq!(follow(&advice, &beside[..1]), need <= 128, "{advice}");
            }
            for need in [65, 100, 1023, 4033, 4095, 4096, 4097, 5000, usize::MAX] {
                let advice = attention(&p, Core::Keys, need);
                assert_eq!(follow(&advice, &beside), need <= 4096, "{advice}");
                assert_eq!(follow(&advice, &beside[..1]), need <= 4096, "{advice}");
            }
        }
        assert_eq!(
            attention(&core(16, 16), Core::Head, 24),
            "emit with --set attention.d_head=32"
        );
        let said = attention(&core(16, 16), Core::Head, 256);
        assert!(said.starts_with("no core takes more than 128: "), "{said}");
        let said = attention(&core(16, 16), Core::Keys, 5000);
        assert!(said.starts_with("no core takes more than 4096: "), "{said}");
    }

    #[test]
    fn rows_and_survivors_get_advice_that_emit_accepts() {
        let p = TopkParams {
            lanes: 4,
            max_n: 64,
            ..TopkParams::default()
        };
        let beside = ["blocks=[\"topk\"]", "topk.lanes=4", "topk.max_n=64"];
        for need in [65, 1000, 16383, 16384, 16385, 100_000] {
            let advice = keys(&p, need);
            assert_eq!(follow(&advice, &beside), need <= 16384, "{advice}");
            assert_eq!(follow(&advice, &beside[..1]), need <= 16384, "{advice}");
        }
        for k in [17, 64, 65, 128, 1024, 20_000] {
            for radix in [false, true] {
                let advice = survivors(&p, k, radix);
                assert_eq!(advice.contains("use --variant radix"), radix, "{advice}");
                follow(&advice.replace("emit with --variant", ""), &beside);
            }
        }
        assert!(follow(&survivors(&p, 40, true), &beside));
        assert!(!follow(&survivors(&p, 5000, true), &beside));
    }

    #[test]
    fn heads_and_layers_get_advice_that_emit_accepts() {
        let beside = ["blocks=[\"attention\", \"cascade\"]"];
        for need in [33, 40, 256, 257, 1000] {
            assert_eq!(
                follow(&heads(need), &beside),
                need <= 256,
                "{}",
                heads(need)
            );
        }
        for need in [1, 13, 1024, 1025, 70_000] {
            let advice = layers(need);
            assert_eq!(follow(&advice, &beside), need <= 1024, "{advice}");
        }
    }
}
