// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the elements of a bias or mask mean, by its name and by what it holds.

use super::super::flags::Means;
use crate::tensors::Data;

/// What a name promises.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// Nats, because the user says so.
    Nats,
    /// Nats by its name.
    Bias,
    /// A mask of HuggingFace's models: 1 keeps.
    Attention,
    /// The mask of `scaled_dot_product_attention`: true keeps.
    Product,
    /// The padding mask of torch's `MultiheadAttention`: true masks.
    Padding,
    /// A mask of whoever wrote it.
    Other,
}

impl Role {
    pub(super) fn of(name: &str, is_bias: bool, is_named: bool) -> Self {
        let last = name.rsplit('.').next().unwrap_or(name);
        match last {
            _ if is_bias && is_named => Self::Nats,
            _ if is_bias => Self::Bias,
            "attention_mask" => Self::Attention,
            "attn_mask" => Self::Product,
            _ if last.ends_with("key_padding_mask") => Self::Padding,
            _ => Self::Other,
        }
    }

    /// Says what the elements mean, or why nobody can know.
    pub(super) fn means(self, data: &Data, given: Option<Means>) -> Result<Means, String> {
        let (is_bool, zero_one) = match data {
            Data::Bools(_) => (true, false),
            Data::Integers(all) => (false, all.iter().all(|x| [0, 1].contains(x))),
            Data::Reals(all) => (false, all.iter().all(|x| [0.0, 1.0].contains(x))),
        };
        let zeros = zero_one && ones(data).iter().all(|one| !one);
        let say = "(say --mask-means keep, ignore or add)";
        if let Some(means) = given {
            return match means {
                Means::Add if is_bool => {
                    Err("dtype BOOL holds no nats (say --mask-means keep or ignore)".to_owned())
                }
                Means::Keep | Means::Ignore if !is_bool && !zero_one => {
                    Err("must hold only 0 and 1, or truth values (say --mask-means add)".to_owned())
                }
                means => Ok(means),
            };
        }
        let real = matches!(data, Data::Reals(_));
        match self {
            Self::Nats | Self::Bias if is_bool => Err(
                "dtype BOOL holds no nats (if it is a mask, say --mask NAME --mask-means keep or \
                 ignore)"
                    .to_owned(),
            ),
            Self::Bias if zero_one && !zeros => Err(
                "holds only 0 and 1: a mask, or nats? (say --mask NAME, --bias NAME, or --no-masks)"
                    .to_owned(),
            ),
            Self::Nats | Self::Bias => Ok(Means::Add),
            // Nothing is masked by nats of 0; integers of 0 are no nats.
            _ if real && zeros => Ok(Means::Add),
            Self::Attention if is_bool || zero_one => Ok(Means::Keep),
            Self::Product if is_bool || (zero_one && !real) => Ok(Means::Keep),
            Self::Padding if is_bool || (zero_one && !real) => Ok(Means::Ignore),
            Self::Other if zero_one && !real => Ok(Means::Keep),
            Self::Other if is_bool => Err(format!(
                "dtype BOOL: does true keep a key or mask it? {say}"
            )),
            _ if zero_one => Err(format!(
                "holds only 0.0 and 1.0: a mask, or nats? {say}"
            )),
            _ if !real && has_above_zero(data) => Err(format!(
                "its integers are neither only 0 and 1 nor 0 and below: what do they mean? {say}"
            )),
            _ => Ok(Means::Add),
        }
    }
}

/// Tells which elements are true, or 1.
pub(super) fn ones(data: &Data) -> Vec<bool> {
    match data {
        Data::Bools(all) => all.clone(),
        Data::Integers(all) => all.iter().map(|&x| x == 1).collect(),
        Data::Reals(all) => all.iter().map(|x| [1.0].contains(x)).collect(),
    }
}

fn has_above_zero(data: &Data) -> bool {
    matches!(data, Data::Integers(all) if all.iter().any(|&x| x > 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Says how a mask of this name is taken: keep, ignore, add, or that it is refused.
    fn taken(name: &str, data: &Data) -> String {
        let is_bias = name.ends_with("bias");
        match Role::of(name, is_bias, false).means(data, None) {
            Ok(means) => format!("{means:?}"),
            Err(_) => "refused".to_owned(),
        }
    }

    #[test]
    fn names_and_types_say_what_is_meant() {
        let bools = Data::Bools(vec![true, false]);
        let (ints, reals) = (Data::Integers(vec![1, 0]), Data::Reals(vec![1.0, 0.0]));
        let (low, nats) = (
            Data::Integers(vec![0, -10_000]),
            Data::Reals(vec![0.0, -1e9]),
        );
        let (zeros, classes) = (Data::Reals(vec![0.0; 2]), Data::Integers(vec![0, 1, 2]));
        let all = [&bools, &ints, &reals, &low, &nats, &zeros, &classes];
        let of = |name: &str| all.map(|data| taken(name, data)).join(" ");
        assert_eq!(of("attention_mask"), "Keep Keep Keep Add Add Add refused");
        assert_eq!(
            of("layers.0.attn_mask"),
            "Keep Keep refused Add Add Add refused"
        );
        assert_eq!(of("mask"), "refused Keep refused Add Add Add refused");
        assert_eq!(
            of("key_padding_mask"),
            "Ignore Ignore refused Add Add Add refused"
        );
        assert_eq!(of("attn_bias"), "refused refused refused Add Add Add Add");
    }

    #[test]
    fn a_flag_goes_before_names() {
        let bools = Data::Bools(vec![true, false]);
        let (ones, nats) = (Data::Reals(vec![1.0, 0.0]), Data::Reals(vec![0.5, 0.0]));
        let of = |data, means| Role::of("mask", false, true).means(data, Some(means));
        assert_eq!(of(&bools, Means::Ignore), Ok(Means::Ignore));
        assert_eq!(of(&ones, Means::Keep), Ok(Means::Keep));
        assert_eq!(of(&ones, Means::Add), Ok(Means::Add));
        assert!(of(&bools, Means::Add).is_err());
        assert!(of(&nats, Means::Keep).is_err());
        let named = Role::of("anything", true, true);
        assert_eq!(named.means(&ones, None), Ok(Means::Add));
        assert!(named.means(&bools, None).is_err());
    }
}
