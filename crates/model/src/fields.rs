// SPDX-License-Identifier: MIT OR Apache-2.0
//! Fields of `config.json`, with everything that is wrong with them at once.

use serde_json::Value;

/// The object of a configuration, and what has been found wrong with it so far.
#[derive(Debug)]
pub(crate) struct Fields<'a> {
    shown: String,
    object: &'a serde_json::Map<String, Value>,
    problems: Vec<String>,
}

impl<'a> Fields<'a> {
    pub(crate) fn new(shown: &str, object: &'a serde_json::Map<String, Value>) -> Self {
        Self {
            shown: shown.to_owned(),
            object,
            problems: Vec::new(),
        }
    }

    /// Returns the first of several names of one field that is there and not null.
    fn get(&self, names: &[&str]) -> Option<&'a Value> {
        let there = names.iter().filter_map(|n| self.object.get(*n));
        there.filter(|v| !v.is_null()).find(|_| true)
    }

    /// Notes a problem of a field.
    pub(crate) fn refuse(&mut self, name: &str, rule: &str) {
        let value = self
            .object
            .get(name)
            .map_or(String::new(), |v| format!(" {v}:"));
        self.problems
            .push(format!("{}: {name}:{value} {rule}", self.shown));
    }

    /// Returns a positive whole number, up to a limit that no model passes, or `otherwise` where it is
    /// not there; a problem stands for 1, so that the rest can be read.
    pub(crate) fn count(&mut self, names: &[&str], otherwise: Option<usize>) -> usize {
        const MOST: u64 = 1 << 24;
        match (self.get(names), otherwise) {
            (None, Some(otherwise)) => otherwise,
            (None, None) => {
                self.refuse(names[0], "is not there (a model of this family needs it)");
                1
            }
            (Some(value), _) => match value.as_u64() {
                Some(n) if (1..=MOST).contains(&n) => n as usize,
                _ => {
                    let name = names.iter().find(|n| self.object.contains_key(**n));
                    let rule = format!("must be a whole number from 1 to {MOST}");
                    self.refuse(name.unwrap_or(&names[0]), &rule);
                    1
                }
            },
        }
    }

    /// Returns a positive real number.
    pub(crate) fn positive(&mut self, names: &[&str], otherwise: Option<f64>) -> f64 {
        match (self.get(names), otherwise) {
            (None, Some(otherwise)) => otherwise,
            (None, None) => {
                self.refuse(names[0], "is not there (a model of this family needs it)");
                1.0
            }
            (Some(value), _) => match value.as_f64() {
                Some(x) if x.is_finite() && x > 0.0 => x,
                _ => {
                    let name = names.iter().find(|n| self.object.contains_key(**n));
                    self.refuse(name.unwrap_or(&names[0]), "must be a number above 0");
                    1.0
                }
            },
        }
    }

    /// Returns a truth value.
    pub(crate) fn flag(&mut self, name: &str, otherwise: bool) -> bool {
        match self.get(&[name]) {
            None => otherwise,
            Some(Value::Bool(on)) => *on,
            Some(_) => {
                self.refuse(name, "must be true or false");
                otherwise
            }
        }
    }

    /// Returns a word.
    pub(crate) fn word(&mut self, names: &[&str], otherwise: &'a str) -> &'a str {
        match self.get(names) {
            None => otherwise,
            Some(Value::String(word)) => word,
            Some(_) => {
                let name = names.iter().find(|n| self.object.contains_key(**n));
                self.refuse(name.unwrap_or(&names[0]), "must be a word");
                otherwise
            }
        }
    }

    /// Returns an object in the object, if it is there.
    pub(crate) fn object(&mut self, name: &str) -> Option<&'a serde_json::Map<String, Value>> {
        match self.get(&[name]) {
            None => None,
            Some(Value::Object(object)) => Some(object),
            Some(_) => {
                self.refuse(name, "must be an object");
                None
            }
        }
    }

    /// Takes over the problems of an object in this one.
    pub(crate) fn join(&mut self, inner: Fields) {
        self.problems.extend(inner.problems);
    }

    /// Ends the reading.
    pub(crate) fn end(self) -> Result<(), Vec<String>> {
        if self.problems.is_empty() {
            return Ok(());
        }
        Err(self.problems)
    }
}
