// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a user is told about a parameter that breaks a rule.

use std::fmt;

/// States one broken rule: `topk.lanes = 12: must be a power of two (try 8 or 16)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Dotted name of the field, as in the TOML file.
    pub field: String,
    /// The offending value, as the user would write it.
    pub value: String,
    /// The rule, as a sentence fragment.
    pub rule: String,
    /// What to do instead.
    pub remedy: String,
}

impl Violation {
    /// Builds a violation from its four parts.
    pub fn new(
        field: impl Into<String>,
        value: impl fmt::Display,
        rule: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self {
            field: field.into(),
            value: value.to_string(),
            rule: rule.into(),
            remedy: remedy.into(),
        }
    }

    /// Checks that `value` lies in `low..=high`; the remedy is the nearest legal value.
    pub fn range(field: &str, value: u32, low: u32, high: u32, out: &mut Vec<Self>) -> bool {
        if (low..=high).contains(&value) {
            return true;
        }
        let rule = format!("must be {low} to {high}");
        out.push(Self::new(
            field,
            value,
            rule,
            format!("try {}", value.clamp(low, high)),
        ));
        false
    }

    /// Adds a violation unless `value` is a power of two of `low` to `high`; returns whether it is one.
    pub fn power_of_two(field: &str, value: u32, low: u32, high: u32, out: &mut Vec<Self>) -> bool {
        if !Self::range(field, value, low, high, out) {
            return false;
        }
        let legal = value.is_power_of_two();
        if !legal {
            let above = value.next_power_of_two();
            let remedy = format!("try {} or {above}", above / 2);
            out.push(Self::new(field, value, "must be a power of two", remedy));
        }
        legal
    }
}

/// Finds the one of `all` whose name is `text`; `rule` says what another name breaks.
pub(crate) fn named<V: Copy>(
    field: &str,
    text: &str,
    all: &[V],
    name: fn(V) -> &'static str,
    rule: &str,
) -> Result<V, Violation> {
    let found = all.iter().copied().find(|&v| name(v) == text);
    found.ok_or_else(|| {
        let names: Vec<&str> = all.iter().copied().map(name).collect();
        let remedy = format!("one of {}", names.join(", "));
        Violation::new(field, text, rule, remedy)
    })
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} = {}: {} ({})",
            self.field, self.value, self.rule, self.remedy
        )
    }
}
