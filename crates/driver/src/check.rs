// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a command must be before anything of it is written.
//!
//! The rules are those of the accelerator, in its order of precedence, and one more: whatever it may
//! touch belongs to the buffers of the job.

use crate::capabilities::Capabilities;
use crate::code::Code;
use crate::command::{
    Append, Attention, Cascade, Chosen, Command, Keys, List, Rule as Refine, Select,
};
use crate::config::Config;
use crate::error::{Illegal, Rule};
use crate::judge::{Judge, MAX_HEADS, Rules};
use crate::memory::Buffers;

/// Most queries of a head.
const MAX_QUERIES: u64 = 4096;

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
