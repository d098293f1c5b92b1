// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a command must be before anything of it is written.
//!
//! The rules are those of the accelerator, in its order of precedence, and one more: whatever it may
//! touch belongs to the buffers of the job.

use crate::capabilities::Capabilities;
use crate::code::Code;
use crate::command::{
    Append, Attention, Cascade, Chosen, Command, Keys, List, Rows, Rule as Refine, Select,
};
use crate::config::Config;
use crate::encode::RECORD;
use crate::error::{Illegal, Rule};
use crate::layout::{Kind, PAGE, Place};
use crate::memory::{Buffers, holds};

/// Most heads of a command.
const MAX_HEADS: u64 = 256;
/// Most queries of a head.
const MAX_QUERIES: u64 = 4096;

/// Where commands are judged.
struct Rules<'a> {
    capabilities: &'a Capabilities,
    config: &'a Config,
}

/// What was found so far of a descriptor or of a head: the first by precedence.
struct Judge<'a, B> {
    rules: &'a Rules<'a>,
    buffers: &'a B,
    head: Option<u16>,
    found: Option<Illegal>,
}

/// Returns the place of a code in the order of precedence; what the hardware does not see is last.
fn precedence(code: Option<Code>) -> u8 {
    match code {
        Some(Code::UnknownOp) => 0,
        Some(Code::Reserved) => 1,
        Some(Code::Alignment) => 2,
        Some(Code::Window) => 3,
        Some(Code::Heads) => 4,
        Some(Code::Keys) => 5,
        Some(Code::Queries) => 6,
        Some(Code::List) => 7,
        Some(Code::Shift) => 8,
        Some(Code::Core(code)) => 16 + code,
        Some(Code::Cascade(code)) => 32 + code,
        _ => 255,
    }
}

impl<B: Buffers> Judge<'_, B> {
    fn say<V: Into<i128>>(
        &mut self,
        wrong: bool,
        what: (&'static str, V),
        rule: Rule,
        code: Option<Code>,
    ) {
        let before = |found: Illegal| precedence(code) < precedence(found.code);
        if wrong && self.found.is_none_or(before) {
            self.found = Some(Illegal {
                field: what.0,
                head: self.head,
                value: what.1.into(),
                rule,
                code,
            });
        }
    }

    /// Ends a descriptor or a head.
    fn end(&self) -> Result<(), Illegal> {
        self.found.map_or(Ok(()), Err)
    }

    fn multiple(&mut self, what: (&'static str, u64), of: u64) {
        let wrong = !what.1.is_multiple_of(of);
        self.say(wrong, what, Rule::Multiple(of), Some(Code::Alignment));
    }

    fn range(&mut self, what: (&'static str, u64), legal: (u64, u64), code: Code) {
        let wrong = !(legal.0..=legal.1).contains(&what.1);
        let rule = Rule::Range(legal.0.into(), legal.1.into());
        self.say(wrong, what, rule, Some(code));
    }

    /// Bits of a field that is narrower than its place.
    fn bits(&mut self, what: (&'static str, u64), bits: u32) {
        let wrong = what.1 >> bits != 0;
        self.say(wrong, what, Rule::Below(1 << bits), Some(Code::Reserved));
    }

    /// Tells whether bytes from `first` on lie in the window.
    fn windowed(&mut self, what: (&'static str, u64), first: Option<u64>, bytes: u64) {
        self.window(what, first, bytes, Some(Code::Window));
    }

    fn window(
        &mut self,
        what: (&'static str, u64),
        first: Option<u64>,
        bytes: u64,
        code: Option<Code>,
    ) {
        let end = first.and_then(|first| first.checked_add(bytes));
        let (low, high) = self.rules.config.window;
        let inside = first.is_some_and(|first| first >= low) && end.is_some_and(|end| end <= high);
        self.say(!inside, what, Rule::Window(bytes), code);
    }

    fn owned(&mut self, what: (&'static str, u64), first: Option<u64>, bytes: u64) {
        let held = first.is_some_and(|first| holds(self.buffers, first, bytes, false));
        self.say(!held && bytes != 0, what, Rule::Owned(bytes), None);
    }

    /// A range from its first byte on.
    fn span(&mut self, what: (&'static str, u64), bytes: u64) {
        self.windowed(what, Some(what.1), bytes);
        self.owned(what, Some(what.1), bytes);
    }

    /// Rows; `names` are those of the address and of the stride.
    fn rows(&mut self, names: [&'static str; 2], rows: Rows, shape: (u64, u64), of: u64) {
        let (count, bytes) = shape;
        let stride = u64::from(rows.stride.unsigned_abs());
        let what = (names[0], rows.address);
        self.multiple(what, of);
        let signed = (names[1], rows.stride);
        let wrong = !stride.is_multiple_of(of);
        self.say(wrong, signed, Rule::Multiple(of), Some(Code::Alignment));
        let away = stride * count.saturating_sub(1);
        let low = if rows.stride < 0 {
            rows.address.checked_sub(away)
        } else {
            Some(rows.address)
        };
        self.windowed(what, low, away + bytes);
        if bytes != 0 && count != 0 {
            self.owned(what, low, away + bytes);
        }
    }

    /// Where planes lie: `used` planes of K and of V, of `seen` tokens; `most` are those that the
    /// accelerator thinks of.
    fn place(&mut self, place: &Place, used: [u8; 2], seen: u64, most: u64) {
        let shape = self.rules.capabilities.shape();
        let granule = u64::from(shape.granule());
        let names = [["k_base", "k_offset"], ["v_base", "v_offset"]];
        for (kind, names, used) in [(Kind::K, names[0], used[0]), (Kind::V, names[1], used[1])] {
            let (base, offsets) = place.of(kind);
            self.multiple((names[0], base), PAGE);
            let count = usize::from(shape.planes(kind).count());
            let mut reach = 0;
            let places = |tokens: u64| tokens.div_ceil(u64::from(shape.channels));
            for (plane, &offset) in offsets.iter().enumerate() {
                let what = (names[1], offset.into());
                if plane >= count {
                    self.say(offset != 0, what, Rule::Zero, Some(Code::Reserved));
                    continue;
                }
                self.multiple(what, granule);
                if plane < usize::from(used) {
                    let stride = u64::from(shape.stride(kind, plane));
                    reach = reach.max(u64::from(offset) + places(most) * stride);
                }
            }
            self.windowed((names[0], base), Some(base), reach);
            for (plane, &offset) in offsets.iter().enumerate().take(count.min(used.into())) {
                let bytes = u64::from(shape.vector_bytes(kind, plane));
                let stride = u64::from(shape.stride(kind, plane));
                let Some(before) = places(seen).checked_sub(1) else {
                    continue;
                };
                let first = base.checked_add(offset.into());
                self.channels((names[1], offset.into()), first, before * stride + bytes);
            }
        }
    }

    /// A range of every channel, by its local address. Channels that have address spaces of their
    /// own are alike.
    fn channels(&mut self, what: (&'static str, u64), first: Option<u64>, bytes: u64) {
        let stride = self.rules.config.channel_stride;
        let channels = match stride {
            0 => 1,
            _ => u64::from(self.rules.capabilities.channels),
        };
        for channel in 0..channels {
            let away = stride.checked_mul(channel);
            let first = first
                .zip(away)
                .and_then(|(first, away)| first.checked_add(away));
            self.owned(what, first, bytes);
        }
    }

    fn records(&mut self, records: u64, heads: usize, on_chip: bool) {
        let heads = heads as u64;
        self.multiple(("records", records), RECORD as u64);
        let bytes = heads.saturating_mul(RECORD as u64);
        // With heads of the chip the accelerator does not know how many records there are.
        let code = |code| (!on_chip).then_some(code);
        let what = ("records", records);
        self.window(what, Some(records), bytes, code(Code::Window));
        // They are written from here.
        let held = holds(self.buffers, records, bytes, true);
        self.say(!held, what, Rule::Owned(bytes), None);
        let (what, rule) = (("heads", heads), Rule::Range(1, MAX_HEADS.into()));
        let wrong = !(1..=MAX_HEADS).contains(&heads);
        self.say(wrong, what, rule, code(Code::Heads));
    }
}

impl Command<'_> {
    /// Judges a command of a job that has these buffers, as [`Driver::submit`](crate::Driver::submit)
    /// does.
    ///
    /// # Errors
    /// Returns the first rule that is broken, in the accelerator's order of precedence.
    pub fn check(
        &self,
        there: &Capabilities,
        config: &Config,
        buffers: &impl Buffers,
    ) -> Result<(), Illegal> {
        let capabilities = there;
        Rules {
            capabilities,
            config,
        }
        .check(self, buffers)
    }
}

impl Rules<'_> {
    fn check(&self, command: &Command<'_>, buffers: &impl Buffers) -> Result<(), Illegal> {
        let there = self.capabilities;
        let (has, feature) = match command {
            Command::Attention(_) | Command::List(_) => (there.attention, "attention"),
            Command::Cascade(_) => (there.cascade, "cascade"),
            Command::Append(_) => (there.append, "append"),
        };
        let mut judge = Judge {
            rules: self,
            buffers,
            head: None,
            found: None,
        };
        let op = ("op", command.op());
        judge.say(!has, op, Rule::Feature(feature), Some(Code::UnknownOp));
        judge.end()?;
        match command {
            Command::Attention(job) => self.attention(&mut judge, job),
            Command::List(list) => self.list(&mut judge, *list),
            Command::Cascade(cascade) => self.cascade(&mut judge, cascade),
            Command::Append(append) => self.append(&mut judge, append),
        }
    }

    fn attention<B: Buffers>(
        &self,
        judge: &mut Judge<'_, B>,
        job: &Attention<'_>,
    ) -> Result<(), Illegal> {
        let there = self.capabilities;
        let most = u64::from(there.max_tokens);
        let on_chip = job.chosen == Chosen::OnChip;
        let code = Some(Code::Reserved);
        let rule = Rule::Feature("cascade");
        judge.say(on_chip && !there.cascade, ("chosen", 1_u8), rule, code);
        for what in [
            ("k_start", job.k_start),
            ("k_max", job.k_max),
            ("v_count", job.v_count),
        ] {
            judge.bits((what.0, what.1.into()), 2);
        }
        if let Refine::Token { eps_log2 } = job.rule {
            judge.bits(("eps_log2", eps_log2.into()), 20);
        }
        if let Select::Mass(mass) = job.select {
            judge.bits(("mass", mass.into()), 17);
        }
        judge.records(job.records, job.heads.len(), on_chip);
        match job.keys {
            Keys::All(keys) | Keys::Listed { keys, .. } => {
                judge.range(("keys", keys.into()), (1, most), Code::Keys);
            }
            Keys::OnChip { .. } => {}
        }
        let tokens = u64::from(job.keys.tokens());
        let wrong = !(1..=most).contains(&tokens);
        judge.say(wrong, ("tokens", tokens), Rule::Range(1, most.into()), None);
        let first = job.causal.unwrap_or(0);
        judge.range(("causal", first.into()), (0, most), Code::Keys);
        if let Select::Best(k) = job.select {
            judge.range(("select", k.into()), (0, most), Code::Keys);
        }
        let queries = u64::from(job.queries);
        judge.range(("queries", queries), (1, MAX_QUERIES), Code::Queries);
        judge.end()?;
        for (i, head) in job.heads.iter().enumerate() {
            judge.head = Some(i as u16);
            let seen = match job.keys {
                Keys::All(_) => tokens,
                // Entries of a list may be any, as far as the accelerator knows.
                Keys::Listed { .. } | Keys::OnChip { .. } => most,
            };
            judge.place(&head.place, [job.k_max, job.v_count], tokens, seen);
            let query = u64::from(there.query_bytes());
            let names = ["queries.address", "queries.stride"];
            judge.rows(names, head.queries, (queries, query), 8);
            if job.bias {
                let bytes = 4 * u64::from(job.keys.most());
                let names = ["biases.address", "biases.stride"];
                judge.rows(names, head.biases, (queries, bytes), 4);
            }
            let result = u64::from(there.result_bytes());
            let names = ["results.address", "results.stride"];
            judge.rows(names, head.results, (queries, result), 8);
            let shift = head.pre_shift;
            let legal = (-16..=31).contains(&shift);
            let rule = Rule::Range(-16, 31);
            judge.say(!legal, ("pre_shift", shift), rule, Some(Code::Shift));
            judge.bits(("head_limit", head.head_limit), 36);
            judge.end()?;
        }
        judge.head = None;
        self.core(judge, job);
        judge.end()
    }

    /// What the core refuses.
    fn core<B: Buffers>(&self, judge: &mut Judge<'_, B>, job: &Attention<'_>) {
        let planes = |planes: u8| (1, u64::from(planes));
        let (k, v) = (self.capabilities.k_planes, self.capabilities.v_planes);
        let most = u64::from(self.capabilities.max_tokens);
        if let Select::Best(k) = job.select {
            judge.range(("select", k.into()), (1, most), Code::Core(2));
        }
        let bad = Code::Core(3);
        judge.range(("k_start", job.k_start.into()), planes(k.count()), bad);
        let legal = (job.k_start.into(), u64::from(k.count()));
        judge.range(("k_max", job.k_max.into()), legal, bad);
        judge.range(("v_count", job.v_count.into()), planes(v.count()), bad);
        if let Select::Mass(mass) = job.select {
            judge.range(("mass", mass.into()), (0, 1 << 16), Code::Core(5));
        }
    }

    fn list<B: Buffers>(&self, judge: &mut Judge<'_, B>, list: List) -> Result<(), Illegal> {
        judge.multiple(("address", list.address), 8);
        judge.span(("address", list.address), 2 * u64::from(list.count));
        let most = u64::from(self.capabilities.max_tokens);
        judge.range(("count", list.count.into()), (1, most), Code::List);
        judge.end()
    }

    fn cascade<B: Buffers>(
        &self,
        judge: &mut Judge<'_, B>,
        cascade: &Cascade,
    ) -> Result<(), Illegal> {
        let most = self.capabilities.max_tokens;
        let kept = u32::from(cascade.keep_tokens.max(cascade.window)).min(most);
        let heads = u32::from(cascade.keep_heads).min(MAX_HEADS as u32);
        for (name, to, count) in [
            ("tokens_to", cascade.tokens_to, kept),
            ("heads_to", cascade.heads_to, heads),
        ] {
            let Some(address) = to else { continue };
            judge.multiple((name, address), 8);
            // Address 0 is that of a list that is not wanted.
            judge.say(
                address == 0,
                (name, address),
                Rule::Range(8, u64::MAX.into()),
                None,
            );
            judge.span((name, address), 8 * u64::from(count));
        }
        judge.end()
    }

    fn append<B: Buffers>(
        &self,
        judge: &mut Judge<'_, B>,
        append: &Append<'_>,
    ) -> Result<(), Illegal> {
        let there = self.capabilities;
        let token = u64::from(append.token);
        judge.records(append.records, append.heads.len(), false);
        let most = u64::from(there.max_tokens);
        judge.range(("token", token), (0, most - 1), Code::Keys);
        judge.end()?;
        for (i, head) in append.heads.iter().enumerate() {
            judge.head = Some(i as u16);
            let planes = [there.k_planes.count(), there.v_planes.count()];
            judge.place(&head.place, planes, token + 1, token + 1);
            for (name, address) in [("k", head.k), ("v", head.v)] {
                judge.multiple((name, address), 2);
                judge.span((name, address), 2 * u64::from(there.d_head));
            }
            judge.end()?;
        }
        judge.end()
    }
}
