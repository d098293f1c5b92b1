// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which names to show where one is not there: a checkpoint has hundreds.

/// Names that are shown in full.
const FEW: usize = 12;
/// Names that are shown of many.
const SHOWN: usize = 3;

/// Says which names there are: all of a few, the nearest to `wanted` of many.
pub fn nearest(names: &[&str], wanted: &str) -> String {
    if names.len() <= FEW {
        return some(names);
    }
    // Leading parts of a name (`model.layers.0.`) are what people leave out or have too much of.
    let distance = |name: &str| {
        let within = name.ends_with(wanted) || wanted.ends_with(name) || name.contains(wanted);
        (!within, strsim::damerau_levenshtein(name, wanted))
    };
    let mut near: Vec<&str> = names.to_vec();
    near.sort_by_cached_key(|name| distance(name));
    near.truncate(SHOWN);
    format!("nearest of {}: {}", names.len(), near.join(", "))
}

/// Says which names there are: all of a few, the first of many.
pub(super) fn some(names: &[&str]) -> String {
    match names.len() {
        0 => "there is none".to_owned(),
        n if n <= FEW => format!("there are {}", names.join(", ")),
        n => format!("there are {n}, such as {}", names[..SHOWN].join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_of_a_few_and_the_nearest_of_many() {
        assert_eq!(nearest(&["k", "q"], "v"), "there are k, q");
        assert_eq!(nearest(&[], "v"), "there is none");
        let layers = (0..24).flat_map(|l| {
            let of = move |part: &str| format!("model.layers.{l}.self_attn.{part}_proj.weight");
            ["q", "k", "v"].map(of)
        });
        let names: Vec<String> = layers.collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let said = nearest(&names, "model.layers.7.self_atn.q_proj.weight");
        assert!(
            said.starts_with("nearest of 72: model.layers.7.self_attn.q_proj.weight, "),
            "{said}"
        );
        let said = nearest(&names, "layers.11.self_attn.k_proj.weight");
        assert!(
            said.starts_with("nearest of 72: model.layers.11.self_attn.k_proj.weight, "),
            "{said}"
        );
        assert!(some(&names).starts_with("there are 72, such as model.layers.0."));
    }
}
