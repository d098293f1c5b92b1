// SPDX-License-Identifier: MIT OR Apache-2.0
//! Data of a command, and where they lie.

use hwgen_golden::accelerator::{Accelerator, Host, Rows, Spread, Use};
use hwgen_golden::command::{Append, Attention, Cascade, HeadRecord, List, Op, RECORD};
use hwgen_golden::memory::layout::Entry;

use super::device::Device;
use super::task::{Fail, Task, What, exceed, tokens};
use crate::benches::attention::case::Case;
use crate::kit::changed;
use hwgen_sim::rng::{Rng, at};

/// Caches that commands may share.
#[derive(Debug, Clone)]
pub(super) struct Caches {
    entries: Vec<Entry>,
    tokens: u32,
}

/// A command that has its place.
#[derive(Debug)]
pub(super) struct Placed {
    /// What it does.
    pub(super) op: Op,
    /// Its records, if it has some.
    records: Option<u64>,
    count: u32,
    caches: Vec<Entry>,
    tokens: u32,
    queries: Vec<Rows>,
    biases: Vec<Rows>,
    results: Vec<Rows>,
    /// Lists and elements that are read: address and bytes.
    sources: Vec<(u64, u32)>,
    /// Lists that are written.
    lists: Vec<(u64, u32)>,
}

impl Placed {
    /// Makes the data of a command.
    pub(super) fn of(
        device: &Device,
        host: &mut Host<'_>,
        model: &Accelerator,
        name: &str,
        task: &Task,
        caches: &mut Option<Caches>,
    ) -> Self {
        let mut placed = Self {
            op: Op::List(List::default()),
            records: None,
            count: 0,
            caches: Vec::new(),
            tokens: 0,
            queries: Vec::new(),
            biases: Vec::new(),
            results: Vec::new(),
            sources: Vec::new(),
            lists: Vec::new(),
        };
        match &task.what {
            What::Attention { .. } => {
                placed.attention(device, host, model, name, task, caches.as_ref());
            }
            What::List { count } => placed.list(device, host, name, task.seed, *count),
            What::Cascade { .. } => placed.cascade(device, host, name, &task.what),
            What::Append { heads, token } => {
                placed.append(device, host, name, task.seed, (*heads, *token));
                *caches = Some(Caches {
                    entries: placed.caches.clone(),
                    tokens: placed.tokens,
                });
            }
        }
        placed
    }

    /// Returns the address of the record of a head, if there are records.
    pub(super) fn record(&self, head: Option<u32>) -> Option<u64> {
        let head = head.filter(|_| self.count > 0)? % self.count;
        Some(self.records? + u64::from(head) * RECORD as u64)
    }

    fn attention(
        &mut self,
        device: &Device,
        host: &mut Host<'_>,
        model: &Accelerator,
        name: &str,
        task: &Task,
        shared: Option<&Caches>,
    ) {
        let What::Attention {
            case,
            heads,
            apart,
            down,
            pruned,
            whole,
            appended,
        } = &task.what
        else {
            return;
        };
        let (p, held) = (&device.core, model.list());
        let heads = *heads;
        let listed = case.list && !held.is_empty();
        let shared = shared.filter(|s| {
            *appended && !listed && heads as usize <= s.entries.len() && case.keys <= p.max_tokens
        });
        let legal = (1..=p.max_tokens).contains(&case.keys);
        let whole = *whole && listed;
        let keys = match shared {
            _ if whole => held.len() as u32,
            Some(shared) => case.keys.min(shared.tokens),
            None if listed && legal => case.keys.min(held.len() as u32),
            None => case.keys,
        };
        let left = model.heads();
        let pruned = *pruned && device.cascade.is_some() && !left.is_empty();
        self.count = if pruned {
            left.iter().max().map_or(1, |&last| last + 1)
        } else {
            heads
        };
        let own = changed(case, |c| c.keys = keys);
        let last = held.iter().take(keys as usize).max();
        self.tokens = match last.filter(|_| listed) {
            Some(&last) => (last + 1).max(tokens(&own, p)),
            None => tokens(&own, p),
        };
        let mut records = Vec::new();
        for head in 0..self.count {
            let case = changed(case, |c| {
                (c.keys, c.list) = (self.tokens, false);
                c.seed = at(task.seed, head.into());
                c.mant = c.mant.wrapping_sub(head * 257) & 0xffff;
            });
            let name = format!("{name}, head {head}");
            let spread = Spread {
                apart: 8 * *apart,
                down: *down,
            };
            records.push(self.head(device, host, &name, &case, keys, spread, shared));
        }
        let at = host.records(&format!("{name}, records"), &records);
        self.records = Some(at);
        let job = case.job();
        self.op = Op::Attention(Attention {
            causal: job.causal,
            renorm: job.renorm,
            bias: job.bias,
            list: listed,
            cascade_heads: pruned,
            list_keys: whole,
            records: at,
            heads: if pruned { 0 } else { heads as u16 },
            keys: if whole { 0 } else { keys as u16 },
            first: job.first.min(p.max_tokens) as u16,
            queries: case.queries as u16,
            k_start: job.k_start as u8,
            k_max: job.k_max as u8,
            v_count: job.v_count as u8,
            rule: job.rule.code() as u8,
            select: job.select.code() as u8,
            k: job.k.min(p.max_tokens) as u16,
            mass: job.mass,
            eps_log2: job.eps_log2,
        });
    }

    /// Places a head and returns its record.
    #[allow(clippy::too_many_arguments)] // All that a head is made of.
    fn head(
        &mut self,
        device: &Device,
        host: &mut Host<'_>,
        name: &str,
        case: &Case,
        keys: u32,
        spread: Spread,
        shared: Option<&Caches>,
    ) -> HeadRecord {
        let p = &device.core;
        let mut live = case.live(p);
        exceed(&mut live.queries, case.seed);
        let number = self.caches.len();
        let entry = if let Some(shared) = shared {
            shared.entries[number].clone()
        } else {
            let entry = host.cache(name, self.tokens.max(1), (case.seed % 7 * 64) as u32);
            for (value, rows) in [(false, &live.k), (true, &live.v)] {
                for (token, elements) in (0..).zip(rows.iter()) {
                    host.token(&entry, value, token, elements);
                }
            }
            entry
        };
        let queries = host.queries(&format!("{name}, queries"), &live.queries, spread);
        let biases = live.bias.map(|rows| {
            let visible = |row: Vec<i64>| row.into_iter().take(keys as usize).collect();
            let rows: Vec<Vec<i64>> = rows.into_iter().map(visible).collect();
            host.biases(&format!("{name}, biases"), &rows, p.bias_masked(), spread)
        });
        let results = host.results(&format!("{name}, results"), case.queries, spread);
        let record = HeadRecord {
            query: queries.base,
            query_stride: queries.stride,
            bias: biases.map_or(0, |rows| rows.base),
            bias_stride: biases.map_or(0, |rows| rows.stride),
            result: results.base,
            result_stride: results.stride,
            pre_shift: case.pre_shift as i8,
            mant: case.mant as u16,
            head_limit: case.head_limit,
            ..planes(&entry)
        };
        self.queries.push(queries);
        self.biases.extend(biases);
        self.results.push(results);
        self.caches.push(entry);
        record
    }

    fn list(&mut self, device: &Device, host: &mut Host<'_>, name: &str, seed: u64, count: u32) {
        let mut rng = Rng::new(seed);
        let most = device.core.max_tokens;
        let span = u64::from(most.min(2 * count + 4));
        let ascending = rng.chance(60);
        let mut tokens: Vec<u16> = (0..count).map(|_| rng.below(span) as u16).collect();
        if ascending {
            tokens.sort_unstable();
            tokens.dedup();
            let mut next = span as u16;
            while tokens.len() < count as usize {
                tokens.push(next);
                next = next.saturating_add(1);
            }
        } else if rng.chance(20) && !tokens.is_empty() {
            // One beyond the last token counts as the last.
            let at = rng.below(tokens.len() as u64) as usize;
            tokens[at] = u16::MAX - rng.below(3) as u16;
        }
        let address = host.list(&format!("{name}, list"), &tokens);
        self.sources.push((address, 2 * count.max(1)));
        self.op = Op::List(List {
            address,
            count: count as u16,
        });
    }

    fn cascade(&mut self, device: &Device, host: &mut Host<'_>, name: &str, what: &What) {
        let What::Cascade {
            operation,
            sizes,
            keep,
            window,
            written,
        } = what
        else {
            return;
        };
        let most = [device.core.max_tokens, 256];
        let mut lists = [0; 2];
        for (i, which) in ["tokens", "heads"].into_iter().enumerate() {
            // Tokens of the window survive in any case.
            let kept = if i == 0 {
                keep[i].max(*window)
            } else {
                keep[i]
            };
            let bytes = 8 * kept.min(most[i]).max(1);
            if written[i] {
                let name = format!("{name}, {which} that survive");
                lists[i] = host.take(&name, bytes.into(), 8, Use::Write);
                self.lists.push((lists[i], bytes));
            }
        }
        self.op = Op::Cascade(Cascade {
            operation: *operation as u8,
            tokens: sizes[0] as u16,
            heads: sizes[1] as u16,
            keep_tokens: keep[0] as u16,
            keep_heads: keep[1] as u16,
            window: *window as u16,
            token_list: lists[0],
            head_list: lists[1],
        });
    }

    fn append(
        &mut self,
        device: &Device,
        host: &mut Host<'_>,
        name: &str,
        seed: u64,
        (heads, token): (u32, u32),
    ) {
        let (p, mut rng) = (&device.core, Rng::new(seed));
        self.tokens = (token + 1).min(p.max_tokens);
        self.count = heads;
        let mut records = Vec::new();
        for head in 0..heads {
            let name = format!("{name}, head {head}");
            let entry = host.cache(&name, self.tokens, (rng.below(7) * 64) as u32);
            for (value, width) in [(false, p.k_w()), (true, p.v_w())] {
                let half = 1_i64 << (width - 1);
                for other in 0..self.tokens - 1 {
                    let element = |_| rng.between(-half, half - 1) as i32;
                    let elements: Vec<i32> = (0..p.d_head).map(element).collect();
                    host.token(&entry, value, other, &elements);
                }
            }
            let mut source = |kind: &str| {
                let far = [1 << 9, 1 << 11, 1 << 13, 1 << 15][rng.below(4) as usize];
                let element = |_| rng.between(-far, far - 1) as i16;
                let elements: Vec<i16> = (0..p.d_head).map(element).collect();
                host.elements(&format!("{name}, {kind} to append"), &elements)
            };
            let (k, v) = (source("K"), source("V"));
            self.sources.extend([(k, 2 * p.d_head), (v, 2 * p.d_head)]);
            records.push(HeadRecord {
                append_k: k,
                append_v: v,
                ..planes(&entry)
            });
            self.caches.push(entry);
        }
        let at = host.records(&format!("{name}, records"), &records);
        self.records = Some(at);
        self.op = Op::Append(Append {
            records: at,
            heads: heads as u16,
            token: token as u16,
        });
    }

    /// Returns the port and an address at which the memory is to fail: 0 is that of vectors. `own` are
    /// the addresses of the descriptor and of the completion record.
    pub(super) fn failing(
        &self,
        model: &Accelerator,
        fail: Fail,
        pick: u16,
        own: [u64; 2],
    ) -> Option<(usize, u64)> {
        let mut rng = Rng::new(pick.into());
        let mut of = |rows: &[Rows]| {
            let many = rows.len() as u64;
            let rows = rows.get(rng.below(many.max(1)) as usize)?;
            let row = rng.below(u64::from(rows.rows.max(1))) as u32;
            Some((1, rows.row(row) + rng.below(rows.bytes.into())))
        };
        let within =
            |(base, bytes): (u64, u32), pick: u16| base + u64::from(pick) % u64::from(bytes);
        match fail {
            Fail::Descriptor => Some((1, within((own[0], 64), pick))),
            Fail::Completion => Some((1, own[1])),
            Fail::Record => {
                let record = self.record(Some(u32::from(pick)))?;
                Some((1, within((record, RECORD as u32), pick / 7)))
            }
            Fail::Query => of(&self.queries),
            Fail::Bias => of(&self.biases),
            Fail::Result => {
                let all = self.lists.get(usize::from(pick) % self.lists.len().max(1));
                all.map_or_else(|| of(&self.results), |&list| Some((1, within(list, pick))))
            }
            Fail::Source => {
                let source = self
                    .sources
                    .get(usize::from(pick) % self.sources.len().max(1))?;
                Some((1, within(*source, pick / 5)))
            }
            Fail::Key | Fail::Value => {
                let value = fail == Fail::Value;
                let many = self.caches.len() as u64;
                let entry = self.caches.get(rng.below(many.max(1)) as usize)?;
                let token = rng.below(u64::from(self.tokens.max(1))) as u32;
                let planes = model.shape.vectors.planes(value).len() as u64;
                let plane = rng.below(planes) as usize;
                Some((0, model.vectors().address(entry, value, plane, token)))
            }
        }
    }
}

/// Returns a record of nothing but the places of planes.
pub(super) fn planes(entry: &Entry) -> HeadRecord {
    let three = |offsets: &[u32]| {
        std::array::from_fn(|plane| offsets.get(plane).copied().unwrap_or_default())
    };
    HeadRecord {
        k_base: entry.bases[0],
        v_base: entry.bases[1],
        k_offset: three(&entry.offsets[0]),
        v_offset: three(&entry.offsets[1]),
        ..HeadRecord::default()
    }
}
