// SPDX-License-Identifier: MIT OR Apache-2.0
//! Names of tensors, and patterns of names that stand for those of all layers.

use std::collections::BTreeSet;

use super::flags::How;
use super::wrong::Wrong;
use crate::tensors::{Source, nearest};
use hwgen_console::error::Error;

/// What stands for the number of a layer.
const PLACES: [&str; 2] = ["{layer}", "{}"];

/// A name, or the name of a tensor of every layer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Pattern {
    /// One tensor.
    Name(String),
    /// What stands before and behind the number of the layer.
    Layers(String, String),
}

/// A layer's number: as a number, for the order, and as the file writes it.
type Number = (u64, String);

impl Pattern {
    /// Reads what a flag takes.
    pub(super) fn new(flag: &str, text: &str) -> Result<Self, Error> {
        let places = PLACES.map(|p| text.matches(p).count());
        match places.iter().sum::<usize>() {
            0 => Ok(Self::Name(text.to_owned())),
            1 => {
                let place = PLACES[usize::from(places[0] == 0)];
                let (before, behind) = text.split_once(place).unwrap_or((text, ""));
                Ok(Self::Layers(before.to_owned(), behind.to_owned()))
            }
            _ => {
                let rule = "must hold {layer} or {} once, the number of the layer";
                Err(Error::input(format!("--{flag} {text}: {rule}")))
            }
        }
    }

    pub(super) fn is_of_layers(&self) -> bool {
        matches!(self, Self::Layers(..))
    }

    /// Returns the name of a layer's tensor.
    pub(super) fn of(&self, number: &str) -> String {
        match self {
            Self::Name(name) => name.clone(),
            Self::Layers(before, behind) => format!("{before}{number}{behind}"),
        }
    }

    /// Returns the number of the layer that a tensor belongs to.
    fn number(&self, name: &str) -> Option<Number> {
        let Self::Layers(before, behind) = self else {
            return None;
        };
        let digits = name.strip_prefix(before)?.strip_suffix(behind)?;
        let all_digits = digits.bytes().all(|b| b.is_ascii_digit());
        let number = digits.parse().ok().filter(|_| all_digits)?;
        Some((number, digits.to_owned()))
    }
}

/// The names of the queries, keys and values of one layer.
#[derive(Debug, Clone)]
pub(super) struct Layer {
    /// What the sample is called: nothing, or `l` and the number.
    pub(super) name: String,
    /// The number as the file writes it.
    pub(super) number: String,
    pub(super) tensors: [String; 3],
}

/// Finds the layers of a file, in the order of their numbers; names without a pattern are one.
pub(super) fn layers(source: &Source, how: &How) -> Result<Vec<Layer>, Error> {
    let flags = ["q", "k", "v"];
    let mut wrong = Wrong::default();
    let given: Vec<Option<Pattern>> = (flags.iter().zip(&how.names))
        .map(|(flag, name)| wrong.note(Pattern::new(flag, name.as_deref().unwrap_or(flag))))
        .collect();
    wrong.end()?;
    let patterns: Vec<Pattern> = given.into_iter().flatten().collect();
    let layered = patterns.iter().filter(|p| p.is_of_layers()).count();
    let tensors = |number: &str| [0, 1, 2].map(|i| patterns[i].of(number));
    if layered == 0 {
        return Ok(vec![Layer {
            name: String::new(),
            number: String::new(),
            tensors: tensors(""),
        }]);
    }
    if layered < flags.len() {
        let rule = "where one of --q, --k and --v is a pattern of layers, all are (the names of q, k \
                    and v differ in more than the layer)";
        let [q, k, v] = tensors("{layer}");
        return Err(Error::input(format!("--q {q} --k {k} --v {v}: {rule}")));
    }
    let names = source.names();
    let numbers: BTreeSet<Number> = (names.iter())
        .filter_map(|name| patterns[0].number(name))
        .collect();
    if numbers.is_empty() {
        let (shown, q) = (source.shown(), patterns[0].of("{layer}"));
        let near = nearest(&names, &patterns[0].of("0"));
        let rule = "a number stands for {layer}";
        return Err(Error::input(format!(
            "{shown}: there is no tensor {q} of any layer: {rule} ({near})"
        )));
    }
    let layer = |(_, number): Number| Layer {
        name: format!("l{number}"),
        tensors: tensors(&number),
        number,
    };
    Ok(numbers.into_iter().map(layer).collect())
}

/// Returns the part of a name up to its last dot, the dot included.
pub(super) fn folder(name: &str) -> &str {
    name.rfind('.').map_or("", |at| &name[..=at])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_numbers_alone() {
        let p = Pattern::new("q", "model.layers.{layer}.q").expect("is one");
        assert_eq!(p, Pattern::new("q", "model.layers.{}.q").expect("is one"));
        assert_eq!(p.of("7"), "model.layers.7.q");
        assert_eq!(p.number("model.layers.12.q"), Some((12, "12".to_owned())));
        assert_eq!(p.number("model.layers.03.q"), Some((3, "03".to_owned())));
        for other in [
            "model.layers.q",
            "model.layers..q",
            "model.layers.x.q",
            "model.layers.+1.q",
            "model.layers.1.k",
            "layers.1.q",
        ] {
            assert_eq!(p.number(other), None, "{other}");
        }
        let plain = Pattern::new("q", "q").expect("is one");
        assert!(!plain.is_of_layers());
        let e = Pattern::new("v", "a.{}.{layer}").expect_err("is refused");
        assert_eq!(
            e.to_string(),
            "--v a.{}.{layer}: must hold {layer} or {} once, the number of the layer"
        );
    }

    #[test]
    fn folders_of_names() {
        assert_eq!(folder("a.0.q"), "a.0.");
        assert_eq!(folder("q"), "");
    }
}
