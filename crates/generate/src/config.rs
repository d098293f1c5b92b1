// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the user wrote, as a validated design: TOML files, presets and flags.
//!
//! A [`Draft`] gathers every problem of every source with its place, so that one run names them
//! all. Which values are legal is for `hwgen_golden` alone to say.

mod field;
mod file;
mod list;

use std::collections::{BTreeMap, BTreeSet};

use hwgen_golden::cascade::Schedule;
use hwgen_golden::design::{Design, DesignParams};
use hwgen_golden::{BlockName, Violation, figs};
use toml::de::DeValue;

use field::Kind;
pub(crate) use field::blocks;
pub use field::{FIELDS, Field, resolved, to_toml};
use hwgen_console::error::Error;
use list::{names, shares, widths};

/// Most letters of a design's name.
pub const MAX_NAME: usize = 40;

/// Who has named a design.
#[derive(Debug, Clone)]
pub(crate) enum Named {
    /// Nobody: its keys make the name.
    Nobody,
    /// A preset of this name, and what it is without what follows it.
    Preset(String, Option<DesignParams>),
    /// A configuration file with this stem, and what it is alone.
    File(String, Option<DesignParams>),
    /// The user.
    User,
}

/// A configuration in the making: values so far, where each came from, and what is wrong.
#[derive(Debug, Clone)]
pub struct Draft {
    params: DesignParams,
    named: Named,
    /// Where the value of a key stands: `my.toml:4`. Nothing for flags.
    places: BTreeMap<&'static str, String>,
    /// Integers that do not fit, as the user wrote them; the parameter holds the nearest that does.
    clamped: BTreeMap<&'static str, String>,
    /// Keys that some source has given a value.
    given: BTreeSet<&'static str>,
    problems: Vec<String>,
}

impl Default for Draft {
    fn default() -> Self {
        Self {
            params: DesignParams::default(),
            named: Named::Nobody,
            places: BTreeMap::new(),
            clamped: BTreeMap::new(),
            given: BTreeSet::new(),
            problems: Vec::new(),
        }
    }
}

impl Draft {
    /// Takes over a resolved configuration as a manifest holds it: the inverse of [`resolved`].
    pub(crate) fn of_resolved(config: &BTreeMap<String, serde_json::Value>) -> Self {
        let mut draft = Self::default();
        for (key, value) in config {
            // JSON and TOML write these values alike.
            draft.assign(key, &value.to_string());
        }
        draft
    }

    /// Returns the blocks that are named so far.
    pub fn blocks(&self) -> Vec<BlockName> {
        self.params.blocks.iter().copied().collect()
    }

    /// Takes over one `KEY=VALUE`, as `--set` gives it.
    pub fn set(&mut self, assignment: &str) {
        let Some((key, raw)) = assignment.split_once('=') else {
            let hint = "expected KEY=VALUE (such as --set topk.lanes=8)";
            self.problems.push(format!("--set {assignment}: {hint}"));
            return;
        };
        self.assign(key.trim(), raw.trim());
    }

    /// Takes over the value of one key, as text without quotes.
    pub fn assign(&mut self, key: &str, raw: &str) {
        let Some(field) = Field::find(key) else {
            self.problems.push(unknown_key(key));
            return;
        };
        match DeValue::parse(raw) {
            Ok(v) => self.put(field, v.get_ref(), raw, None),
            // A bare word is a string: nobody wants to quote twice in a shell.
            Err(_) => self.put(field, &DeValue::String(raw.into()), raw, None),
        }
    }

    fn put(
        &mut self,
        field: &'static Field,
        value: &DeValue<'_>,
        raw: &str,
        place: Option<String>,
    ) {
        let at = place.as_ref().map_or(String::new(), |p| format!("{p}: "));
        let key = field.key;
        let wrong = |rule: &str| format!("{at}{key} = {raw}: {rule}");
        match (&field.kind, value) {
            (Kind::Name, DeValue::String(s)) => {
                self.params.name = s.to_string();
                self.named = Named::User;
            }
            (Kind::Count(place_of), DeValue::Integer(i)) => {
                let digits = i.as_str().replace('_', "");
                // Beyond 128 bits there is no number to keep, only a side.
                let most = if digits.starts_with('-') {
                    i128::MIN
                } else {
                    i128::MAX
                };
                let wide = i128::from_str_radix(&digits, i.radix()).unwrap_or(most);
                let fits = wide.clamp(0, i128::from(u32::MAX)) as u32;
                *(place_of.set)(&mut self.params) = fits;
                self.clamped.remove(key);
                if i128::from(fits) != wide {
                    self.clamped.insert(key, raw.to_owned());
                }
            }
            (Kind::Flag(place_of), DeValue::Boolean(b)) => {
                *(place_of.set)(&mut self.params) = *b;
            }
            (Kind::Variants(list), _) => {
                if let Some(names) = names(value, place.is_none()) {
                    for mut violation in (list.set)(&mut self.params, &names) {
                        key.clone_into(&mut violation.field);
                        self.problems.push(format!("{at}{violation}"));
                    }
                } else {
                    let example = list.example;
                    let rule = format!("must be a list of names (try [\"{example}\"])");
                    self.problems.push(wrong(&rule));
                }
            }
            (Kind::Choice(choice), DeValue::String(s)) if choice.words.contains(&&**s) => {
                let at = choice.words.iter().position(|w| *w == &**s);
                (choice.set)(&mut self.params, at.unwrap_or(0));
            }
            (Kind::Choice(choice), _) => {
                let words = choice.words.join(" or ");
                let rule = format!("must be {words} (try \"{}\")", choice.words[0]);
                self.problems.push(wrong(&rule));
            }
            (Kind::Blocks, _) => match names(value, place.is_none()) {
                Some(names) => self.put_blocks(&names, &at),
                None => self
                    .problems
                    .push(wrong("must be a list of blocks (try [\"topk\"])")),
            },
            (Kind::Planes(place_of), value) => match widths(value, place.is_none()) {
                Some(planes) => *(place_of.set)(&mut self.params) = planes,
                None => self
                    .problems
                    .push(wrong("must be a list of widths (try [4, 4, 4])")),
            },
            (Kind::Shares(place_of), value) => match shares(value, place.is_none()) {
                Some(all) => *(place_of.set)(&mut self.params) = all,
                None => self.problems.push(wrong(
                    "must be a list of shares of at most four decimals (try [0.9, 0.3])",
                )),
            },
            (Kind::Name, _) => self
                .problems
                .push(wrong("must be text (such as \"my_design\")")),
            (Kind::Count(_), _) => {
                let usual = field.value(&DesignParams::default());
                let rule = format!("must be a whole number (try {usual})");
                self.problems.push(wrong(&rule));
            }
            (Kind::Flag(_), _) => self
                .problems
                .push(wrong("must be true or false (try true)")),
        }
        self.given.insert(key);
        match place {
            Some(p) => self.places.insert(key, p),
            None => self.places.remove(key),
        };
    }

    /// Gives the array the shape that `pe` asks for, as far as no key has; says so if there is no
    /// such shape.
    fn shape_figs(&mut self) -> Option<Violation> {
        let (pe, given) = (self.params.pe, &self.given);
        let has = |name: &str| given.contains(format!("figs.{name}").as_str());
        let params = &mut self.params.figs.params;
        params.complete(pe, has);
        let free = ["rows", "columns", "lanes"].iter().any(|f| !has(f));
        let square = figs::FigsParams::for_pe(pe).macs();
        if free && square != pe && pe.is_power_of_two() && pe <= 65536 {
            let rule = "there is no array of so many multipliers";
            let remedy = format!("try {square}, or name figs.rows, figs.columns and figs.lanes");
            return Some(Violation::new("pe", pe, rule, remedy));
        }
        None
    }

    /// Leaves as many first layers alone as the model has layers for, as far as no key says.
    fn complete_schedule(&mut self) {
        let schedule = &mut self.params.cascade.schedule;
        let [tokens, heads] = Schedule::untouched(schedule.layers);
        if !self.given.contains("cascade.untouched_tokens") {
            schedule.untouched_tokens = tokens;
        }
        if !self.given.contains("cascade.untouched_heads") {
            schedule.untouched_heads = heads;
        }
    }

    fn put_blocks(&mut self, names: &[&str], at: &str) {
        let mut chosen = BTreeSet::new();
        for name in names {
            match crate::registry::select(name) {
                Ok(blocks) => chosen.extend(blocks.iter().map(|b| b.name())),
                Err(problem) => {
                    let problem = problem.replacen("--block", "blocks =", 1);
                    self.problems.push(format!("{at}{problem}"));
                }
            }
        }
        self.params.blocks = chosen;
    }

    /// Lets a preset that was just read name the design, unless a source has.
    pub fn name_preset(&mut self, name: &str) {
        if matches!(self.named, Named::Nobody) {
            self.named = Named::Preset(name.to_owned(), self.alone());
        }
    }

    /// Lets the file that was just read name the design by its stem, unless a source has.
    pub fn name_file(&mut self, stem: &str) {
        if matches!(self.named, Named::Nobody) {
            self.named = Named::File(stem.to_owned(), self.alone());
        }
    }

    /// Returns what the draft resolves to as it is, if that is legal.
    fn alone(&self) -> Option<DesignParams> {
        let design = self.clone().finish().ok()?;
        Some(design.params().clone())
    }

    /// Returns the value of a key as it stands.
    pub(crate) fn value(&self, key: &str) -> Option<serde_json::Value> {
        let field = Field::find(key)?;
        Some(field.value(&self.params))
    }

    /// Validates everything; reports all problems at once, one a line.
    pub fn finish(mut self) -> Result<Design, Error> {
        if !matches!(self.named, Named::User) {
            // Until all is known.
            "x".clone_into(&mut self.params.name);
        }
        self.complete_schedule();
        // A wrong name is a problem already; that no block is left would be a second one.
        if self.params.blocks.is_empty() && !self.problems.is_empty() {
            self.params.blocks.extend(BlockName::ALL);
        }
        let (pe, given) = (self.params.pe, &self.given);
        let has = |name: &str| given.contains(format!("attention.{name}").as_str());
        self.params.core.complete(pe, has);
        let shapeless = self.shape_figs();
        let shapeless = shapeless.filter(|_| self.params.holds(BlockName::Figs));
        let mut problems = std::mem::take(&mut self.problems);
        let judged = Design::new(self.params);
        let mut violations = judged.as_ref().err().cloned().unwrap_or_default();
        violations.extend(shapeless);
        for mut v in violations {
            if let Some(raw) = self.clamped.remove(v.field.as_str()) {
                v.value = raw;
            }
            let at = self.places.get(v.field.as_str());
            problems.push(at.map_or(v.to_string(), |p| format!("{p}: {v}")));
        }
        for (key, raw) in &self.clamped {
            let at = self
                .places
                .get(key)
                .map_or(String::new(), |p| format!("{p}: "));
            problems.push(format!(
                "{at}{key} = {raw}: does not fit 32 bits (leave it out)"
            ));
        }
        match judged {
            Ok(design) if problems.is_empty() => Ok(Self::christen(&self.named, design)),
            _ => Err(Error::Input(problems)),
        }
    }
}

fn unknown_key(key: &str) -> String {
    if key.is_empty() {
        return "a key without a name: unknown key (see hwgen list)".to_owned();
    }
    let distance = |f: &&Field| strsim::damerau_levenshtein(f.key, key);
    let misplaced = FIELDS.iter().find(|f| f.key.ends_with(&format!(".{key}")));
    let misspelt = FIELDS
        .iter()
        .min_by_key(distance)
        .filter(|f| distance(f) <= 3);
    if let Some(near) = misplaced.or(misspelt) {
        return format!("{key}: unknown key (did you mean {}?)", near.key);
    }
    let keys: Vec<&str> = FIELDS.iter().map(|f| f.key).collect();
    format!("{key}: unknown key (there are {})", keys.join(", "))
}

/// Makes a legal design name of a file's stem; `None` if nothing legal is left.
pub fn legal_name(stem: &str) -> Option<String> {
    let keep = |c: char| {
        if c.is_ascii_alphanumeric() {
            c.to_ascii_lowercase()
        } else {
            '_'
        }
    };
    let raw: String = stem.chars().map(keep).collect();
    let words: Vec<&str> = raw.split('_').filter(|w| !w.is_empty()).collect();
    let mut name = words.join("_");
    name.truncate(MAX_NAME);
    let name = name.trim_end_matches('_').to_owned();
    (!name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests;
