// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which tensors of a file make up a matrix of weights: its values, and perhaps a mask.
//!
//! `torch.nn.utils.prune` stores `fc.weight_orig` and `fc.weight_mask`, whose product is the weight; so
//! do parametrizations that mask, as `fc.parametrizations.weight.original` and `.0.mask`.

use super::forms;
use crate::tensors::{Data, Source, Tensor};
use hwgen_console::error::Error;

/// What stands beside weights: a mask, scales, zero points. `W` is their name, `L` that of their
/// layer.
const MASKS: [&str; 2] = ["W_mask", "Lmask"];
pub(super) const SCALES: [&str; 7] = [
    "W_scale",
    "W_scale_inv",
    "W_scales",
    "W.scale",
    "Lscale",
    "Lscales",
    "Lscale_weight",
];
pub(super) const ZERO_POINTS: [&str; 3] = ["W_zero_point", "W.zero_point", "Lzero_point"];

/// The names of the tensors of a matrix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parts {
    /// What the layer calls the weights: companions are named after it.
    pub weights: String,
    /// The tensor of the values.
    pub values: String,
    /// What they are multiplied by: 0 or 1 each.
    pub mask: Option<String>,
    /// What a user should know of the choice.
    pub warnings: Vec<String>,
}

impl Parts {
    /// Finds the tensors for the name `wanted`, or for the only weights of the file.
    pub fn find(source: &Source, wanted: Option<&str>) -> Result<Self, Error> {
        let names = source.names();
        let lone = || -> Option<String> {
            let companions: Vec<String> = names.iter().flat_map(|n| companions(n)).collect();
            let mut left = names.iter().filter(|n| !companions.iter().any(|c| c == *n));
            let only = left.next()?;
            left.next().is_none().then(|| (*only).to_owned())
        };
        let Some(wanted) = wanted else {
            let Some(only) = lone() else {
                // Says what there is.
                return source.chosen(None).map(|t| Self::plain(&t.label));
            };
            // Nobody named the part of a pair: the pair is meant.
            let whole = only.strip_suffix("_orig");
            let pair = whole.and_then(|w| masked(source, w));
            return pair.map_or_else(|| Self::named(source, &only), Ok);
        };
        if source.has(wanted) {
            return Self::named(source, wanted);
        }
        for weights in [wanted.to_owned(), format!("{wanted}.weight")] {
            if let Some(pair) = masked(source, &weights) {
                return Ok(pair);
            }
            refuse_unmasked(source, &weights)?;
            forms::refuse_instead(source, &weights)?;
        }
        // Names the nearest.
        source.tensor(wanted).map(|_| Self::plain(wanted))
    }

    fn plain(name: &str) -> Self {
        Self {
            weights: name.to_owned(),
            values: name.to_owned(),
            mask: None,
            warnings: Vec::new(),
        }
    }

    /// Takes a tensor that is there by the very name.
    fn named(source: &Source, name: &str) -> Result<Self, Error> {
        forms::refuse_named(source, name)?;
        let mut parts = Self::plain(name);
        if let Some(weights) = name
            .strip_suffix("_orig")
            .or(unparametrized(name).as_deref())
            && let Some(pair) = masked(source, weights)
        {
            let mask = pair.mask.unwrap_or_default();
            weights.clone_into(&mut parts.weights);
            parts.warnings.push(format!(
                "it is taken as stored, without its mask {mask} (--tensor {weights} takes the \
                 product of both)"
            ));
        } else if let Some(weights) = unparametrized(name) {
            parts.warnings.push(format!(
                "it is taken as stored, without the parametrizations of {weights} (store what the \
                 layer multiplies by: torch.nn.utils.parametrize.remove_parametrizations)"
            ));
            parts.weights = weights;
        } else if let Some(weights) = name.strip_suffix("_mask")
            && [format!("{weights}_orig"), weights.to_owned()]
                .iter()
                .any(|n| source.has(n))
        {
            parts.warnings.push(format!(
                "it is the mask of other weights (--tensor {weights} takes what it masks)"
            ));
        } else {
            let mut masks = MASKS.iter().filter_map(|p| forms::name(p, name));
            parts.mask = masks.find(|n| source.has(n));
        }
        Ok(parts)
    }

    /// Reads the values, with the mask applied.
    pub fn read(&self, source: &Source) -> Result<Tensor, Error> {
        let values = source.tensor(&self.values)?;
        let Some(mask) = &self.mask else {
            return Ok(values);
        };
        product(values, &source.tensor(mask)?, mask)
    }

    /// Returns the bias of the layer, which is no part of the product.
    pub fn bias(&self, source: &Source) -> Option<String> {
        let mut names = ["Lbias", "W_bias"]
            .iter()
            .filter_map(|p| forms::name(p, &self.weights));
        names.find(|n| source.has(n))
    }
}

/// Lists the names that tensors beside `values` may have.
fn companions(values: &str) -> Vec<String> {
    let weights = values.strip_suffix("_orig").unwrap_or(values);
    let patterns = MASKS.iter().chain(&SCALES).chain(&ZERO_POINTS);
    patterns.filter_map(|p| forms::name(p, weights)).collect()
}

/// Returns the names of a layer's parametrized tensor `fc.weight`: what its parametrizations begin
/// with.
fn parametrizations(weights: &str) -> String {
    match weights.rsplit_once('.') {
        Some((layer, name)) => format!("{layer}.parametrizations.{name}."),
        None => format!("parametrizations.{weights}."),
    }
}

/// Returns `fc.weight` for `fc.parametrizations.weight.original`.
fn unparametrized(name: &str) -> Option<String> {
    let front = name.strip_suffix(".original")?;
    let (layer, weights) = match front.rsplit_once(".parametrizations.") {
        Some((layer, weights)) => (format!("{layer}."), weights),
        None => (String::new(), front.strip_prefix("parametrizations.")?),
    };
    Some(format!("{layer}{weights}"))
}

/// Returns values and mask that stand for `weights`.
fn masked(source: &Source, weights: &str) -> Option<Parts> {
    let pair = |values: String, mask: String| {
        (source.has(&values) && source.has(&mask)).then(|| Parts {
            mask: Some(mask),
            values,
            ..Parts::plain(weights)
        })
    };
    let front = parametrizations(weights);
    let (original, mask) = (format!("{front}original"), format!("{front}0.mask"));
    let others = source.names().into_iter().filter(|n| n.starts_with(&front));
    // What a second parametrization does is not in the file.
    let alone = others.filter(|n| *n != original && *n != mask).count() == 0;
    pair(format!("{weights}_orig"), format!("{weights}_mask"))
        .or_else(|| alone.then(|| pair(original, mask)).flatten())
}

/// Refuses weights of which only a part is in the file.
fn refuse_unmasked(source: &Source, weights: &str) -> Result<(), Error> {
    let shown = source.shown();
    let refuse = |values: &str, rule: &str| {
        Err(Error::input(format!(
            "{shown}: there is no tensor {weights}, only {values}{rule}"
        )))
    };
    let (orig, original) = (
        format!("{weights}_orig"),
        format!("{}original", parametrizations(weights)),
    );
    if source.has(&orig) {
        let rule = format!(
            " without {weights}_mask (store the mask of torch.nn.utils.prune, too, or what the layer \
             multiplies by)"
        );
        return refuse(&orig, &rule);
    }
    if source.has(&original) {
        let rule = ", whose parametrization is not read (store what the layer multiplies by: \
                    torch.nn.utils.parametrize.remove_parametrizations, or squash_mask of \
                    torch.ao.pruning)";
        return refuse(&original, rule);
    }
    Ok(())
}

/// Multiplies values by a mask, element by element.
fn product(values: Tensor, mask: &Tensor, name: &str) -> Result<Tensor, Error> {
    if mask.shape != values.shape {
        let (label, is, must) = (&mask.label, &mask.shape, &values.shape);
        let rule = "must have the shape of what it masks";
        return Err(Error::input(format!(
            "{label}: shape {is:?}: {rule}, {must:?} (store those of the same layer)"
        )));
    }
    let keep: Vec<bool> = match &mask.data {
        Data::Bools(all) => all.clone(),
        Data::Integers(_) | Data::Reals(_) => {
            let all = mask.reals()?;
            if let Some(at) = all.iter().position(|x| ![0.0, 1.0].contains(x)) {
                let (row, column) = (at / mask.last(), at % mask.last());
                let (label, x) = (&mask.label, all[at]);
                return Err(Error::input(format!(
                    "{label}: row {row}, column {column}: {x}: a mask is 0 or 1 (mend it, or \
                     multiply the weights by it and store them)"
                )));
            }
            all.iter().map(|&x| x != 0.0).collect()
        }
    };
    let data = match values.data {
        Data::Integers(all) => Data::Integers(
            all.iter()
                .zip(&keep)
                .map(|(&x, &k)| x * i64::from(k))
                .collect(),
        ),
        // NaN stays NaN, as in the product.
        Data::Reals(all) => {
            let factor = |k: bool| if k { 1.0 } else { 0.0 };
            Data::Reals(
                all.iter()
                    .zip(&keep)
                    .map(|(&x, &k)| x * factor(k))
                    .collect(),
            )
        }
        Data::Bools(all) => Data::Bools(all),
    };
    Ok(Tensor {
        label: format!("{} with {name}", values.label),
        data,
        ..values
    })
}
