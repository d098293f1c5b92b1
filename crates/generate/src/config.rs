// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the user wrote, as a validated design: TOML files, presets and flags.
//!
//! A [`Draft`] gathers every problem of every source with its place, so that one run names them
//! all. Which values are legal is for `hwgen_golden` alone to say.

mod field;

use std::collections::{BTreeMap, BTreeSet};

use hwgen_golden::attention::AttentionParams;
use hwgen_golden::cascade::Schedule;
use hwgen_golden::design::{CascadeDesign, Design, DesignParams};
use hwgen_golden::importance::ImportanceParams;
use hwgen_golden::stage::{Stage, StagesDesign};
use hwgen_golden::topk::Variant;
use hwgen_golden::{Violation, figs};
use toml::de::{DeTable, DeValue};

use crate::naming;
pub use field::blocks;
pub use field::{FIELDS, Field, resolved, to_toml};
use field::{
    Kind, attention, cascade, default_figs, default_topk, figs as figs_of, importance, schedule,
    shape_of, topk,
};
use hwgen_console::error::Error;

/// Problems of syntax that are told one by one.
const MAX_SYNTAX_ERRORS: usize = 5;

/// Most letters of a design's name.
pub const MAX_NAME: usize = 40;

/// Who has named a design.
#[derive(Debug, Clone)]
enum Named {
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
    /// Names of the blocks.
    blocks: Vec<String>,
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
        let params = DesignParams {
            name: String::new(),
            k: 16,
            pe: 64,
            topk: Some(default_topk()),
            attention: Some(AttentionParams::default()),
            importance: Some(ImportanceParams::default()),
            cascade: Some(CascadeDesign::default()),
            stages: Some(StagesDesign::default()),
            figs: Some(default_figs()),
        };
        Self {
            params,
            blocks: crate::block::ENGINES.map(str::to_owned).to_vec(),
            named: Named::Nobody,
            places: BTreeMap::new(),
            clamped: BTreeMap::new(),
            given: BTreeSet::new(),
            problems: Vec::new(),
        }
    }
}

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
            let field = FIELDS.iter().find(|f| f.key == dotted);
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
        let Some(field) = FIELDS.iter().find(|f| f.key == key) else {
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
            (Kind::Count(f), DeValue::Integer(i)) => {
                let digits = i.as_str().replace('_', "");
                // Beyond 128 bits there is no number to keep, only a side.
                let most = if digits.starts_with('-') {
                    i128::MIN
                } else {
                    i128::MAX
                };
                let wide = i128::from_str_radix(&digits, i.radix()).unwrap_or(most);
                let fits = wide.clamp(0, i128::from(u32::MAX)) as u32;
                *f(&mut self.params) = fits;
                self.clamped.remove(key);
                if i128::from(fits) != wide {
                    self.clamped.insert(key, raw.to_owned());
                }
            }
            (Kind::Flag(f), DeValue::Boolean(b)) => *f(&mut self.params) = *b,
            (Kind::Variants, _) => match names(value, place.is_none()) {
                Some(names) => self.put_variants(&names, &at),
                None => self
                    .problems
                    .push(wrong("must be a list of names (try [\"radix\"])")),
            },
            (Kind::FigsVariants, _) => match names(value, place.is_none()) {
                Some(names) => self.put_figs_variants(&names, &at),
                None => self
                    .problems
                    .push(wrong("must be a list of names (try [\"figs\"])")),
            },
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
            (Kind::Planes(f), value) => match widths(value, place.is_none()) {
                Some(planes) => *f(&mut self.params) = planes,
                None => self
                    .problems
                    .push(wrong("must be a list of widths (try [4, 4, 4])")),
            },
            (Kind::Shares(f), value) => match shares(value, place.is_none()) {
                Some(all) => *f(&mut self.params) = all,
                None => self.problems.push(wrong(
                    "must be a list of shares of at most four decimals (try [0.9, 0.3])",
                )),
            },
            (Kind::Name, _) => self
                .problems
                .push(wrong("must be text (such as \"my_design\")")),
            (Kind::Count(_), _) => {
                let usual = FIELDS.iter().find(|f| f.key == key);
                let usual = usual.map(|f| f.value(&Self::default().params).to_string());
                let rule = format!("must be a whole number (try {})", usual.unwrap_or_default());
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

    fn put_variants(&mut self, names: &[&str], at: &str) {
        let mut variants = Vec::new();
        for name in names {
            match name.parse::<Variant>() {
                Ok(v) => variants.push(v),
                Err(mut violation) => {
                    "topk.variants".clone_into(&mut violation.field);
                    self.problems.push(format!("{at}{violation}"));
                }
            }
        }
        // If a name was wrong, the defaults stand in: an empty list would be a second complaint.
        if variants.len() == names.len() {
            topk(&mut self.params).variants = variants;
        }
    }

    fn put_figs_variants(&mut self, names: &[&str], at: &str) {
        let mut variants = Vec::new();
        for name in names {
            match name.parse::<figs::Variant>() {
                Ok(v) => variants.push(v),
                Err(mut violation) => {
                    "figs.variants".clone_into(&mut violation.field);
                    self.problems.push(format!("{at}{violation}"));
                }
            }
        }
        if variants.len() == names.len() {
            figs_of(&mut self.params).variants = variants;
        }
    }

    /// Gives the array the shape that `pe` asks for, as far as no key has; says so if there is no
    /// such shape.
    fn shape_figs(&mut self) -> Option<Violation> {
        let (pe, given) = (self.params.pe, &self.given);
        let has = |name: &str| given.contains(format!("figs.{name}").as_str());
        let params = &mut figs_of(&mut self.params).params;
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
        let schedule = schedule(&mut self.params);
        let [tokens, heads] = Schedule::untouched(schedule.layers);
        if !self.given.contains("cascade.untouched_tokens") {
            schedule.untouched_tokens = tokens;
        }
        if !self.given.contains("cascade.untouched_heads") {
            schedule.untouched_heads = heads;
        }
    }

    fn put_blocks(&mut self, names: &[&str], at: &str) {
        let mut chosen = Vec::new();
        for name in names {
            match crate::block::select(name) {
                Ok(blocks) => chosen.extend(blocks.iter().map(|b| b.name().to_owned())),
                Err(problem) => {
                    let problem = problem.replacen("--block", "blocks =", 1);
                    self.problems.push(format!("{at}{problem}"));
                }
            }
        }
        self.blocks = chosen;
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
    pub fn value(&self, key: &str) -> Option<serde_json::Value> {
        let field = FIELDS.iter().find(|f| f.key == key)?;
        Some(field.value(&self.params))
    }

    /// Gives a legal design the name that nobody has given it.
    fn christen(named: &Named, design: Design) -> Design {
        let mut params = design.params().clone();
        params.name = match named {
            Named::User => return design,
            Named::Nobody => naming::usual(&params),
            Named::Preset(name, Some(preset)) => naming::of_preset(name, preset, &params),
            Named::Preset(stem, None) => naming::of_file(stem, None, &params),
            Named::File(stem, file) => naming::of_file(stem, file.as_ref(), &params),
        };
        Design::new(params).unwrap_or(design)
    }

    /// Validates everything; reports all problems at once, one a line.
    pub fn finish(mut self) -> Result<Design, Error> {
        if !matches!(self.named, Named::User) {
            // Until all is known.
            "x".clone_into(&mut self.params.name);
        }
        let k = self.params.k;
        topk(&mut self.params).params.capacity = k;
        attention(&mut self.params).lanes = self.params.pe;
        // What stands behind the core has its shape.
        let shape = ImportanceParams {
            max_heads: importance(&mut self.params).max_heads,
            ..shape_of(attention(&mut self.params))
        };
        importance(&mut self.params).clone_from(&shape);
        cascade(&mut self.params).params.importance = shape;
        self.complete_schedule();
        let core = attention(&mut self.params).clone();
        let shapeless = self.shape_figs();
        // A wrong name is a problem already; that no block is left would be a second one.
        if !self.blocks.is_empty() || self.problems.is_empty() {
            let held = |name: &str| self.blocks.iter().any(|b| b == name);
            self.params.topk = self.params.topk.filter(|_| held("topk"));
            self.params.attention = self.params.attention.filter(|_| held("attention"));
            self.params.importance = self.params.importance.filter(|_| held("importance"));
            self.params.cascade = self.params.cascade.filter(|_| held("cascade"));
            self.params.figs = self.params.figs.filter(|_| held("figs"));
            let held = Stage::ALL.into_iter().filter(|s| held(s.name())).collect();
            self.params.stages = Some(StagesDesign { core, held });
            self.params.stages = self.params.stages.filter(|s| !s.held.is_empty());
        }
        let shapeless = shapeless.filter(|_| self.params.figs.is_some());
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

/// Reads a list: an array of what `item` reads or, on the command line, one of them alone or words
/// with commas.
fn list<'a, T>(
    value: &'a DeValue<'_>,
    on_command_line: bool,
    item: impl Fn(&'a DeValue<'_>) -> Option<T>,
    word: impl Fn(&'a str) -> Option<T>,
) -> Option<Vec<T>> {
    match value {
        DeValue::Array(all) => all.iter().map(|v| item(v.get_ref())).collect(),
        DeValue::String(s) if on_command_line => s.split(',').map(|w| word(w.trim())).collect(),
        alone if on_command_line => item(alone).map(|only| vec![only]),
        _ => None,
    }
}

fn names<'a>(value: &'a DeValue<'_>, on_command_line: bool) -> Option<Vec<&'a str>> {
    list(value, on_command_line, |v| v.as_str(), Some)
}

fn widths(value: &DeValue<'_>, on_command_line: bool) -> Option<Vec<u32>> {
    let item = |v: &DeValue<'_>| match v {
        DeValue::Integer(i) => u32::from_str_radix(i.as_str(), i.radix()).ok(),
        _ => None,
    };
    list(value, on_command_line, item, |w| w.parse().ok())
}

/// Reads a list of shares in ten-thousandths.
fn shares(value: &DeValue<'_>, on_command_line: bool) -> Option<Vec<u32>> {
    let word = |w: &str| Schedule::share(w.parse().ok()?);
    let item = |v: &DeValue<'_>| match v {
        DeValue::Float(f) => word(f.as_str()),
        DeValue::Integer(i) => word(i.as_str()),
        _ => None,
    };
    list(value, on_command_line, item, word)
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
mod tests {
    use super::*;

    fn problems(toml: &str) -> Vec<String> {
        let mut draft = Draft::default();
        draft.read_toml(toml, "a.toml");
        match draft.finish() {
            Err(Error::Input(problems)) => problems,
            other => panic!("expected problems, got {other:?}"),
        }
    }

    #[test]
    fn an_empty_file_is_the_defaults() {
        let mut draft = Draft::default();
        draft.read_toml("", "a.toml");
        let design = draft.finish().expect("legal");
        assert_eq!(design.params().name, "k16_pe64");
        let topk = design.params().topk.as_ref().expect("there is one");
        assert_eq!(topk.variants, [Variant::Radix, Variant::Stream]);
        assert_eq!((topk.params.lanes, topk.params.capacity), (16, 16));
    }

    #[test]
    fn the_resolved_text_resolves_to_itself() {
        let mut draft = Draft::default();
        draft.read_toml("k = 7\n[topk]\nlanes = 8\nsigned = false", "a.toml");
        let design = draft.finish().expect("legal");
        let text = to_toml(design.params());
        let mut again = Draft::default();
        again.read_toml(&text, "b.toml");
        assert_eq!(again.finish().expect("legal"), design);
    }

    #[test]
    fn problems_of_all_kinds_come_together_with_their_lines() {
        let toml = "k = -1\npe = 48\nnam = \"x\"\n[topk]\nlanes = \"x\"\nkey_w = 99999999999\n\
                    variants = [\"radix\", \"bitonic\"]\nsigned = 1\nlane = 4\n";
        assert_eq!(
            problems(toml),
            [
                "a.toml:3: nam: unknown key (did you mean name?)",
                "a.toml:5: topk.lanes = \"x\": must be a whole number (try 16)",
                "a.toml:7: topk.variants = bitonic: is not a top-k variant \
                 (one of radix, stream, quickselect, batcher)",
                "a.toml:8: topk.signed = 1: must be true or false (try true)",
                "a.toml:9: topk.lane: unknown key (did you mean topk.lanes?)",
                "a.toml:1: k = -1: must be 1 to 16384 (try 1)",
                "a.toml:2: pe = 48: must be a power of two (try 32 or 64)",
                "a.toml:6: topk.key_w = 99999999999: must be 4 to 24 (try 24)",
            ]
        );
    }

    #[test]
    fn what_is_not_toml_is_named_with_its_line() {
        let said = problems("k = 4\npe = \n");
        assert_eq!(said.len(), 1, "{said:?}");
        assert!(said[0].starts_with("a.toml:2: not TOML: "), "{said:?}");
        let said = problems("k = 4\nk = 5\n");
        assert_eq!(said, ["a.toml:2: not TOML: duplicate key"]);
    }

    #[test]
    fn tables_and_blocks_that_are_not_there() {
        assert_eq!(
            problems("topk = 4"),
            ["a.toml:1: topk: must be a table (try [topk])"]
        );
        assert_eq!(
            problems("[gemm]\nrows = 64"),
            ["a.toml:1: gemm: unknown key (did you mean name?)"]
        );
        assert_eq!(
            problems("lanes = 8"),
            ["a.toml:1: lanes: unknown key (did you mean topk.lanes?)"]
        );
        assert_eq!(
            problems("name = 4\n[topk]\nvariants = \"radix\""),
            [
                "a.toml:1: name = 4: must be text (such as \"my_design\")",
                "a.toml:3: topk.variants = \"radix\": must be a list of names (try [\"radix\"])"
            ]
        );
        let said = problems("frobnicate_the_bits = 8");
        assert!(said[0].starts_with("a.toml:1: frobnicate_the_bits: unknown key (there are name,"));
    }

    #[test]
    fn a_schedule_follows_its_layers_and_its_keys() {
        let design = |toml: &str| {
            let mut draft = Draft::default();
            draft.read_toml(toml, "a.toml");
            draft.assign("blocks", "cascade");
            draft.finish().expect("legal")
        };
        let toml = "[cascade]\nlayers = 24\nkeep_tokens = [0.9, 0.3333]\nuntouched_heads = 1\n";
        let named = design(toml);
        let block = named.params().cascade.as_ref().expect("is there");
        let s = &block.schedule;
        assert_eq!((s.untouched_tokens, s.untouched_heads), (4, 1));
        assert_eq!(
            (&s.keep_tokens[..], &s.keep_heads[..]),
            (&[9000, 3333][..], &[10_000][..])
        );
        assert_eq!(design(&to_toml(named.params())), named);
        let toml = "[cascade]\nlayers = 3\nkeep_tokens = [0.5, 0.9]\nkeep_heads = 0.123456\n";
        assert_eq!(
            problems(toml),
            [
                "a.toml:4: cascade.keep_heads = 0.123456: must be a list of shares of at most \
                 four decimals (try [0.9, 0.3])",
                "a.toml:3: cascade.keep_tokens = [0.5, 0.9]: must be shares above 0, at most 1, \
                 none above the one before it (try [0.9, 0.3])",
            ]
        );
    }

    #[test]
    fn an_array_has_the_shape_that_pe_and_its_keys_give() {
        let design = |toml: &str| {
            let mut draft = Draft::default();
            draft.read_toml(toml, "a.toml");
            draft.assign("blocks", "figs");
            draft.finish().expect("legal")
        };
        let square = design("pe = 256");
        let figs = &square.params().figs.as_ref().expect("is there").params;
        assert_eq!((figs.rows, figs.columns, figs.lanes), (16, 4, 4));
        let toml = "pe = 128\n[figs]\ngroup = 8\nact_w = 12\nselect = \"pe\"\nrows = 32\n\
                    variants = [\"figs\", \"stc24\"]\n";
        let named = design(toml);
        let block = named.params().figs.as_ref().expect("is there");
        let figs = &block.params;
        assert_eq!((figs.rows, figs.columns, figs.lanes), (32, 1, 4));
        assert_eq!((figs.group, figs.alpha, figs.psum_w), (8, 7, 32));
        assert_eq!(figs.select, figs::SelectBy::Pe);
        let variants = [figs::Variant::Figs, figs::Variant::Stc24];
        assert_eq!(block.variants, variants);
        assert_eq!(design(&to_toml(named.params())), named);
    }

    #[test]
    fn what_is_wrong_with_an_array_is_said_at_once() {
        let toml = "blocks = [\"figs\"]\npe = 2\n[figs]\nselect = \"row\"\ngroup = 6\n\
                    act_w = 9\nvariants = [\"gemmini\"]\n";
        assert_eq!(
            problems(toml),
            [
                "a.toml:4: figs.select = \"row\": must be lane or pe (try \"lane\")",
                "a.toml:7: figs.variants = gemmini: is not a variant of figs \
                 (one of figs, dense_ws, stc24, vegeta_s)",
                "a.toml:5: figs.group = 6: must be a power of two (try 4 or 8)",
                "a.toml:6: figs.act_w = 9: must be one of 4, 8, 12 (try 8)",
                "a.toml:2: pe = 2: there is no array of so many multipliers \
                 (try 4, or name figs.rows, figs.columns and figs.lanes)",
            ]
        );
    }

    #[test]
    fn a_number_that_no_rule_judges_must_still_fit() {
        let mut draft = Draft::default();
        draft.assign("topk.variants", "stream");
        draft.assign("topk.digit_w", "-3");
        let said = draft.finish().expect_err("does not fit").to_string();
        assert_eq!(
            said,
            "topk.digit_w = -3: does not fit 32 bits (leave it out)"
        );
    }

    #[test]
    fn flags_override_and_are_judged_alike() {
        let mut draft = Draft::default();
        draft.read_toml("k = 99999\nname = \"x\"", "a.toml");
        draft.set("k=8");
        draft.set("topk.variants=radix, batcher");
        draft.set("topk.signed=false");
        let design = draft.finish().expect("legal");
        assert_eq!((design.params().k, design.params().name.as_str()), (8, "x"));
        let mut draft = Draft::default();
        for bad in ["topk.lanes", "topk.lanez=4", "k=1e3", "pe=x"] {
            draft.set(bad);
        }
        assert_eq!(
            draft.finish().expect_err("four are wrong").to_string(),
            "--set topk.lanes: expected KEY=VALUE (such as --set topk.lanes=8)\n\
             topk.lanez: unknown key (did you mean topk.lanes?)\n\
             k = 1e3: must be a whole number (try 16)\n\
             pe = x: must be a whole number (try 64)"
        );
    }

    #[test]
    fn stems_become_names() {
        assert_eq!(
            legal_name("My Design--v2.").as_deref(),
            Some("my_design_v2")
        );
        assert_eq!(legal_name("--"), None);
        assert_eq!(legal_name(&"x".repeat(90)).map(|n| n.len()), Some(40));
    }
}
