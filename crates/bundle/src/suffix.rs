// SPDX-License-Identifier: MIT OR Apache-2.0
//! What tells the library's modules in one bundle from those in any other.
//!
//! Every module and package of the library carries the suffix of its bundle in the RTL, so that many
//! bundles compile in one design. People, tables and benches say the plain name.

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// Digits of a digest in a suffix.
const DIGITS: usize = 8;
/// Begins the names of the library.
const LIBRARY: &[u8] = b"hg_";

/// What follows the name of every library module of a bundle: `_1a2b3c4d`; nothing in a bundle that
/// is compiled alone.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Suffix(String);

impl Suffix {
    /// Takes the first digits of a digest in hexadecimal.
    pub fn of_digest(hex: &str) -> Self {
        Self(format!("_{}", &hex[..hex.len().min(DIGITS)]))
    }

    /// Returns the suffix with its underscore; empty if there is none.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Tells whether names stand as they are.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns `name` without the suffix.
    pub fn plain<'a>(&self, name: &'a str) -> &'a str {
        let library = !self.is_empty() && name.as_bytes().starts_with(LIBRARY);
        let plain = library.then(|| name.strip_suffix(&self.0)).flatten();
        plain.unwrap_or(name)
    }

    /// Returns what the library module `name` is called in the RTL.
    pub fn real(&self, name: &str) -> String {
        format!("{}{}", self.plain(name), self.0)
    }

    /// Returns `text` with every library name in its code without the suffix. Lines stay lines.
    pub fn plain_text(&self, text: &str) -> String {
        let plain = self.plain_bytes(text.as_bytes());
        // Only letters, digits and underscores went.
        String::from_utf8_lossy(&plain).into_owned()
    }

    /// Returns `text` with the library names that `names` knows as the RTL has them. Comments keep the
    /// plain names, which people say.
    pub fn real_text(&self, text: &str, names: impl Fn(&str) -> bool) -> String {
        let mut out = String::with_capacity(text.len());
        for (word, is_word) in parts(text.as_bytes()) {
            let word = String::from_utf8_lossy(word);
            out.push_str(&word);
            if is_word && names(&word) {
                out.push_str(&self.0);
            }
        }
        out
    }

    /// Like [`Suffix::plain_text`], of a file that may hold anything.
    pub fn plain_bytes<'a>(&self, bytes: &'a [u8]) -> Cow<'a, [u8]> {
        if self.is_empty() {
            return Cow::Borrowed(bytes);
        }
        let mut out = Vec::with_capacity(bytes.len());
        for (word, is_word) in parts(bytes) {
            let cut = if is_word && self.ends(word) {
                self.0.len()
            } else {
                0
            };
            out.extend_from_slice(&word[..word.len() - cut]);
        }
        Cow::Owned(out)
    }

    /// Tells whether `texts` name a module both with the suffix and without: such a text says
    /// something else without it.
    pub fn is_ambiguous(&self, texts: &[&[u8]]) -> bool {
        if self.is_empty() {
            return false;
        }
        let words = || texts.iter().flat_map(|t| parts(t)).filter(|(_, w)| *w);
        let with: BTreeSet<&[u8]> = words()
            .filter(|(word, _)| self.ends(word))
            .map(|(word, _)| &word[..word.len() - self.0.len()])
            .collect();
        words().any(|(word, _)| with.contains(word))
    }

    /// Says what is wrong with a suffix that was read.
    pub fn problem(&self) -> Option<String> {
        let legal = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        let rest = self.0.strip_prefix('_');
        let fits = self.0.is_empty() || rest.is_some_and(|r| !r.is_empty() && r.chars().all(legal));
        (!fits).then(|| format!("suffix {:?} is no end of a name", self.0))
    }

    fn ends(&self, word: &[u8]) -> bool {
        word.starts_with(LIBRARY) && word.ends_with(self.0.as_bytes())
    }
}

impl std::fmt::Display for Suffix {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Cuts a text into the identifiers of its code and what stands between them; says which is which.
/// Comments and string literals are no code.
fn parts(text: &[u8]) -> impl Iterator<Item = (&[u8], bool)> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let (&first, behind) = rest.split_first()?;
        let (length, word) = match first {
            b'/' if behind.starts_with(b"/") => (until(rest, b"\n", 2), false),
            b'/' if behind.starts_with(b"*") => (until(rest, b"*/", 2), false),
            b'"' => (literal(rest), false),
            _ => {
                let word = letter(first);
                let ends = |b: &u8| letter(*b) != word || (!word && matches!(b, b'/' | b'"'));
                let more = behind.iter().position(ends).unwrap_or(behind.len());
                (1 + more, word)
            }
        };
        let (piece, after) = rest.split_at(length);
        rest = after;
        Some((piece, word))
    })
}

fn letter(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b == b'_' || b == b'$'
}

/// Returns the length of what ends with `end`, which is not looked for in the first bytes.
fn until(text: &[u8], end: &[u8], first: usize) -> usize {
    let mut windows = text[first..].windows(end.len());
    let at = windows.position(|w| w == end);
    at.map_or(text.len(), |at| first + at + end.len())
}

/// Returns the length of the string literal that `text` begins with.
fn literal(text: &[u8]) -> usize {
    let mut escaped = false;
    let closes = |&b: &u8| {
        let end = b == b'"' && !escaped;
        escaped = b == b'\\' && !escaped;
        end
    };
    let at = text[1..].iter().position(closes);
    at.map_or(text.len(), |at| at + 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RTL: &str = "module hg_a_b #(int W = hg_pkg::f(2) / 2); // hg_a \" */\n  \
                       ERROR_hg_a_is_bad u_e (); hg_a u_hg_a (.hg_ab(1)); /* hg_a // \u{e9} */\n  \
                       initial $error(\"hg_a \\\" hg_a\", hg_pkg::W);\nendmodule\n";

    #[test]
    fn exactly_the_names_that_are_meant_carry_it_and_lose_it() {
        let suffix = Suffix::of_digest("0123abcdef");
        assert_eq!(suffix.as_str(), "_0123abcd");
        let names = ["hg_a", "hg_a_b", "hg_pkg"];
        let real = suffix.real_text(RTL, |word| names.contains(&word));
        assert_eq!(
            real,
            "module hg_a_b_0123abcd #(int W = hg_pkg_0123abcd::f(2) / 2); // hg_a \" */\n  \
             ERROR_hg_a_is_bad u_e (); hg_a_0123abcd u_hg_a (.hg_ab(1)); /* hg_a // \u{e9} */\n  \
             initial $error(\"hg_a \\\" hg_a\", hg_pkg_0123abcd::W);\nendmodule\n"
        );
        assert_eq!(suffix.plain_text(&real), RTL);
        assert_eq!(suffix.plain("hg_a_0123abcd"), "hg_a");
        assert_eq!(suffix.plain("b_0123abcd"), "b_0123abcd");
        assert_eq!(suffix.real("hg_a"), "hg_a_0123abcd");
        assert_eq!(suffix.real("hg_a_0123abcd"), "hg_a_0123abcd");
        let none = Suffix::default();
        assert_eq!((none.plain("hg_a"), &*none.real("hg_a")), ("hg_a", "hg_a"));
        assert_eq!(none.plain_text(&real), real);
        assert_eq!(none.real_text(RTL, |_| true), RTL);
    }

    #[test]
    fn a_text_that_names_both_is_ambiguous() {
        let suffix = Suffix::of_digest("0123abcd");
        let judge = |texts: [&str; 2]| suffix.is_ambiguous(&texts.map(str::as_bytes));
        assert!(!judge(["hg_a_0123abcd u ();", "hg_b u (); // hg_a"]));
        assert!(judge(["hg_a_0123abcd u ();", "module hg_a; endmodule"]));
        assert!(!Suffix::default().is_ambiguous(&[b"hg_a hg_a"]));
    }

    #[test]
    fn what_ends_no_name_is_refused() {
        let suffix = |text: &str| Suffix(text.to_owned()).problem().is_some();
        assert_eq!(
            ["", "_0a", "_", "0a", "_a-b", "_A"].map(suffix),
            [false, false, true, true, true, true]
        );
    }
}
