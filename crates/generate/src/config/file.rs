// SPDX-License-Identifier: MIT OR Apache-2.0
//! Configuration files: TOML texts, whose problems are told with their lines.

use toml::de::{DeTable, DeValue};

use super::{Draft, FIELDS, Field, unknown_key};

/// Problems of syntax that are told one by one.
const MAX_SYNTAX_ERRORS: usize = 5;

impl Draft {
    /// Takes over the values of a TOML text; `label` is the file's name in messages.
    pub fn read_toml(&mut self, text: &str, label: &str) {
        let line = |at: usize| text[..at.min(text.len())].matches('\n').count() + 1;
        let (table, errors) = DeTable::parse_recoverable(text);
        // The first few say what is wrong; what follows them is mostly their echo.
        for e in errors.iter().take(MAX_SYNTAX_ERRORS) {
            let place = e
                .span()
                .map_or(String::new(), |s| format!(":{}", line(s.start)));
            // A message of several lines would break "one problem a line".
            let message = e.message().trim().replace('\n', ", ");
            self.problems
                .push(format!("{label}{place}: not TOML: {message}"));
        }
        if errors.len() > MAX_SYNTAX_ERRORS {
            let more = errors.len() - MAX_SYNTAX_ERRORS;
            self.problems
                .push(format!("{label}: not TOML: {more} more such problems"));
        }
        if errors.is_empty() {
            self.read_table("", table.get_ref(), text, &|at| {
                format!("{label}:{}", line(at))
            });
        }
    }

    fn read_table(
        &mut self,
        prefix: &str,
        table: &DeTable<'_>,
        text: &str,
        place: &dyn Fn(usize) -> String,
    ) {
        // In the order of the file, not of the alphabet: problems are read beside it.
        let mut entries: Vec<_> = table.iter().collect();
        entries.sort_by_key(|(key, _)| key.span().start);
        for (key, value) in entries {
            let dotted = if prefix.is_empty() {
                key.get_ref().to_string()
            } else {
                format!("{prefix}.{}", key.get_ref())
            };
            let place_of = place(key.span().start);
            let field = Field::find(&dotted);
            let holds_keys = FIELDS
                .iter()
                .any(|f| f.key.starts_with(&format!("{dotted}.")));
            match (field, value.get_ref()) {
                (Some(field), v) => {
                    let raw = text.get(value.span()).unwrap_or_default().trim().to_owned();
                    self.put(field, v, &raw, Some(place_of));
                }
                (None, DeValue::Table(inner)) if holds_keys => {
                    self.read_table(&dotted, inner, text, place);
                }
                (None, _) if holds_keys => {
                    let message = format!("{place_of}: {dotted}: must be a table (try [{dotted}])");
                    self.problems.push(message);
                }
                (None, _) => self
                    .problems
                    .push(format!("{place_of}: {}", unknown_key(&dotted))),
            }
        }
    }
}
