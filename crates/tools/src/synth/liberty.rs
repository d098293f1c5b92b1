// SPDX-License-Identifier: MIT OR Apache-2.0
//! Liberty files: reads, judges and merges them.
//!
//! Yosys before 0.30 takes one file, so several become one, without the cells that may not be
//! used and without what a mapper does not read (power, noise). OpenSTA gets the files as they are.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::path::Path;

use crate::synth::target::matches;
use hwgen_bundle::digest::sha256;
use hwgen_console::error::Error;

/// Groups that a mapper does not read; most of a file's bytes.
const POWER_AND_NOISE: &[&str] = &[
    "internal_power",
    "leakage_power",
    "power_lut_template",
    "ccsn_first_stage",
    "ccsn_last_stage",
    "output_current_rise",
    "output_current_fall",
    "receiver_capacitance",
];

/// What the flow knows of the library.
pub struct Liberty {
    /// The files as OpenSTA reads them.
    pub texts: Vec<String>,
    /// SHA-256 of each of them.
    pub digests: Vec<String>,
    /// All of them as one, for Yosys.
    pub merged: String,
    /// Cells by name.
    pub cells: Library,
    /// One unit of time of the first file in ns.
    pub time_ns: f64,
    /// One unit of capacitance of the first file in fF.
    pub cap_ff: f64,
}

/// Cells of a library by name.
pub type Library = BTreeMap<String, Cell>;

/// One cell.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Cell {
    /// Area in the library's unit.
    pub area: f64,
    /// Whether it is a flip-flop or a latch.
    pub register: bool,
    /// Output pins.
    pub outputs: Vec<String>,
    /// Input and output of a buffer that a tool may use.
    pub buffer: Option<(String, String)>,
}

/// A statement of a liberty file: an attribute, or a group with a body.
struct Item<'a> {
    head: &'a str,
    body: Option<&'a str>,
}

impl Liberty {
    /// Reads `paths`, of which any may be compressed with gzip.
    pub fn read<P: AsRef<Path>>(paths: &[P], dont_use: &[&str]) -> Result<Self, Error> {
        let mut library = Self {
            texts: Vec::new(),
            digests: Vec::new(),
            merged: String::new(),
            cells: Library::new(),
            time_ns: 1.0,
            cap_ff: 1000.0,
        };
        for path in paths {
            let path = path.as_ref();
            let text = contents(path)?;
            let refuse = |reason: String| {
                let path = path.display();
                Error::input(format!("{path}: not a usable liberty file: {reason}"))
            };
            library
                .add(&without_comments(&text), dont_use)
                .map_err(refuse)?;
            library.digests.push(sha256(text.as_bytes()));
            library.texts.push(text);
        }
        library.merged.push_str("}\n");
        if !library.cells.values().any(|c| c.register) {
            let names: Vec<String> = paths
                .iter()
                .map(|p| p.as_ref().display().to_string())
                .collect();
            return Err(Error::input(format!(
                "{}: no flip-flop among {} cells (pass every file of the library with --liberty)",
                names.join(", "),
                library.cells.len()
            )));
        }
        Ok(library)
    }

    fn add(&mut self, text: &str, dont_use: &[&str]) -> Result<(), String> {
        let items = items(text)?;
        let group = items.iter().find(|i| name_of(i.head) == "library");
        let Some(Item {
            head,
            body: Some(body),
        }) = group
        else {
            return Err("there is no library group".to_owned());
        };
        let first = self.merged.is_empty();
        if first {
            self.merged = format!("{head} {{\n");
        }
        let mut cells = 0;
        for item in self::items(body)? {
            let name = name_of(item.head);
            let argument = argument_of(item.head);
            if name == "cell"
                && let Some(body) = item.body
            {
                cells += 1;
                let mut cell = cell(body)?;
                let unused = dont_use.iter().any(|p| matches(p, argument));
                if unused {
                    cell.buffer = None;
                }
                self.cells.insert(argument.to_owned(), cell);
                if unused {
                    continue;
                }
            } else if first {
                self.units(item.head);
            }
            if first || item.body.is_some() {
                copy(&item, &mut self.merged)?;
            }
        }
        if cells == 0 {
            return Err("there is no cell".to_owned());
        }
        Ok(())
    }

    fn units(&mut self, head: &str) {
        let value: String = head
            .chars()
            .filter(|c| !c.is_whitespace() && *c != '"')
            .collect();
        if let Some(unit) = value.strip_prefix("time_unit:") {
            self.time_ns = scaled(unit, "s") * 1e9;
        } else if let Some(unit) = value.strip_prefix("capacitive_load_unit(") {
            self.cap_ff = scaled(&unit.replace([',', ')'], ""), "f") * 1e15;
        }
    }
}

/// Reads `10ps` or `1.0pf`: a number, a prefix, and the unit.
fn scaled(text: &str, unit: &str) -> f64 {
    let text = text.to_ascii_lowercase();
    let digits = text
        .find(|c: char| c.is_ascii_alphabetic())
        .unwrap_or(text.len());
    let number: f64 = text[..digits].parse().unwrap_or(1.0);
    let factor = match text[digits..].strip_suffix(unit) {
        Some("f") => 1e-15,
        Some("p") => 1e-12,
        Some("n") => 1e-9,
        Some("u") => 1e-6,
        _ => 1.0,
    };
    number * factor
}

fn contents(path: &Path) -> Result<String, Error> {
    let bytes = fs::read(path).map_err(|e| Error::path(path, "read", &e))?;
    let bytes = if bytes.starts_with(&[0x1f, 0x8b]) {
        let mut plain = Vec::new();
        flate2::read::MultiGzDecoder::new(&bytes[..])
            .read_to_end(&mut plain)
            .map_err(|e| Error::path(path, "decompress", &e))?;
        plain
    } else {
        bytes
    };
    // Comments of some libraries are in other encodings; nothing else is.
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn cell(body: &str) -> Result<Cell, String> {
    let mut cell = Cell::default();
    let (mut inputs, mut functions) = (Vec::new(), Vec::new());
    for item in items(body)? {
        match name_of(item.head) {
            "area" if item.body.is_none() => {
                // Some libraries forget a semicolon, and the next statement stands behind.
                let value = item.head.split(':').nth(1).unwrap_or("");
                let value = value.split_whitespace().next().unwrap_or("");
                let value = value.trim_matches('"');
                cell.area = value
                    .parse()
                    .map_err(|_| format!("a cell has the area `{value}`"))?;
            }
            "pin" => {
                let below = items(item.body.unwrap_or_default())?;
                let is = |what: &str| {
                    let mut heads = below.iter().map(|i| i.head);
                    heads.any(|h| name_of(h) == "direction" && h.contains(what))
                };
                let pin = argument_of(item.head).to_owned();
                if is("output") {
                    cell.outputs.push(pin);
                } else if is("input") {
                    inputs.push(pin);
                }
                let function = below.iter().find(|i| name_of(i.head) == "function");
                functions.extend(function.and_then(|i| i.head.split(':').nth(1)));
            }
            "ff" | "ff_bank" | "latch" | "latch_bank" => cell.register = true,
            _ => {}
        }
    }
    if let ([input], [output], [function], false) = (
        &inputs[..],
        &cell.outputs[..],
        &functions[..],
        cell.register,
    ) && function.trim_matches(|c: char| " \t\"()".contains(c)) == input
    {
        cell.buffer = Some((input.clone(), output.clone()));
    }
    Ok(cell)
}

/// Copies a statement without what a mapper does not read.
fn copy(item: &Item<'_>, out: &mut String) -> Result<(), String> {
    if POWER_AND_NOISE.contains(&name_of(item.head)) {
        return Ok(());
    }
    out.push_str(item.head);
    let Some(body) = item.body else {
        out.push_str(";\n");
        return Ok(());
    };
    out.push_str(" {\n");
    if body.contains('{') {
        for below in items(body)? {
            copy(&below, out)?;
        }
    } else {
        out.push_str(body);
    }
    out.push_str("}\n");
    Ok(())
}

/// Splits a text without comments into its statements.
fn items(text: &str) -> Result<Vec<Item<'_>>, String> {
    let mut out = Vec::new();
    let (mut start, mut open, mut depth, mut quoted) = (0, 0, 0_u32, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'"' => quoted = !quoted,
            _ if quoted => {}
            b'{' => {
                if depth == 0 {
                    open = at;
                }
                depth += 1;
            }
            b'}' if depth == 0 => return Err("a brace too many".to_owned()),
            b'}' => {
                depth -= 1;
                if depth == 0 {
                    out.push(Item {
                        head: text[start..open].trim(),
                        body: Some(&text[open + 1..at]),
                    });
                    start = at + 1;
                }
            }
            b';' if depth == 0 => {
                let head = text[start..at].trim();
                if !head.is_empty() {
                    out.push(Item { head, body: None });
                }
                start = at + 1;
            }
            _ => {}
        }
    }
    if depth > 0 || quoted {
        return Err("it ends in the middle of a group".to_owned());
    }
    Ok(out)
}

/// Returns the last word before the brackets of a group, or the first of an attribute.
fn name_of(head: &str) -> &str {
    let before = match head.rfind('(') {
        Some(at) if !head.contains(':') || head.ends_with(')') => &head[..at],
        _ => head.split(':').next().unwrap_or(head),
    };
    before.split_whitespace().next_back().unwrap_or("")
}

fn argument_of(head: &str) -> &str {
    let inside = head.rsplit('(').next().unwrap_or("");
    inside.trim_end_matches(')').trim().trim_matches('"').trim()
}

fn without_comments(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("/*") {
        out.push_str(&rest[..at]);
        rest = match rest[at..].find("*/") {
            Some(end) => &rest[at + end + 2..],
            None => "",
        };
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: &str = "/* c } */ library (l) { time_unit : \"10ps\";\n\
        capacitive_load_unit (1,pf);\n cell (\"A\") { area : 2.5; pin (Y) { direction : output; internal_power () \
        { x : 1; } function : \"(B)\"; } }\n cell (F) { area : 4; ff (IQ, IQN) { } } }";

    fn read(texts: &[&str], dont_use: &[&str]) -> Result<Liberty, String> {
        let dir = tempfile::tempdir().expect("a folder");
        let mut paths = Vec::new();
        for (i, text) in texts.iter().enumerate() {
            let path = dir.path().join(format!("{i}.lib"));
            fs::write(&path, text).expect("writes");
            paths.push(path);
        }
        let below = format!("{}/", dir.path().display());
        Liberty::read(&paths, dont_use).map_err(|e| e.to_string().replace(&below, ""))
    }

    #[test]
    fn cells_units_and_a_merged_file() {
        let l = read(&[SMALL, "library (m) { cell (B) { area : 1; } }"], &["A"]).expect("legal");
        assert_eq!(l.cells.len(), 3);
        let area = l.cells["F"].area;
        assert!(l.cells["F"].register && (area - 4.0).abs() < 1e-9);
        assert_eq!(l.cells["A"].outputs, ["Y"]);
        assert!((l.time_ns - 0.01).abs() < 1e-9 && (l.cap_ff - 1000.0).abs() < 1e-6);
        assert!(!l.merged.contains("\"A\"") && l.merged.contains("cell (B)"));
        assert!(!l.merged.contains("internal_power"));
    }

    #[test]
    fn buffers_are_known_by_their_function() {
        let pin = |name: &str, rest: &str| format!("pin ({name}) {{ {rest} }} ");
        let cell = |name: &str, function: &str| {
            let output = format!("direction : output; function : \"{function}\";");
            let pins = pin("A", "direction : input;") + &pin("Y", &output);
            format!("cell ({name}) {{ area : 1; {pins} }} ")
        };
        let cells = ["BUF", "INV", "DLY"].map(|n| cell(n, if n == "INV" { "(!A)" } else { "(A)" }));
        let text = format!(
            "library (l) {{ {} cell (F) {{ ff (Q) {{ }} }} }}",
            cells.concat()
        );
        let l = read(&[&text], &["D*"]).expect("legal");
        let pins = Some(("A".to_owned(), "Y".to_owned()));
        assert_eq!(l.cells["BUF"].buffer, pins);
        assert_eq!(
            (&l.cells["INV"].buffer, &l.cells["DLY"].buffer),
            (&None, &None)
        );
    }

    #[test]
    fn what_is_no_library_is_refused() {
        let said = |text: &str| read(&[text], &[]).err().expect("is refused");
        let not = "0.lib: not a usable liberty file: ";
        assert_eq!(said("hello"), format!("{not}there is no library group"));
        assert_eq!(said("library (x) { }"), format!("{not}there is no cell"));
        let cut = &SMALL[..SMALL.len() - 3];
        assert_eq!(said(cut), format!("{not}it ends in the middle of a group"));
        assert_eq!(
            said("library (x) { cell (A) { area : 1; } }"),
            "0.lib: no flip-flop among 1 cells (pass every file of the library with --liberty)"
        );
    }
}
