// SPDX-License-Identifier: MIT OR Apache-2.0
//! Attention over a layer: a job per head, from its record to its rows of results.

use super::{Accelerator, Answers, Image, Outcome, Write};
use crate::attention::{Job, JobError, JobResult, Query, Request, Rule, Select, run_job};
use crate::command::{
    Attention, Code, Fault, HeadRecord, RECORD, Statistics, Use, bias, query_bytes, query_element,
};
use crate::memory::layout::Entry;

/// A job of the core with everything that it reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// What the job port carries; the number of its head is 0.
    pub job: Job,
    /// Its queries.
    pub queries: Vec<Query>,
    /// Keys and values by token; empty rows where no position has that token.
    pub k: Vec<Vec<i32>>,
    /// The same of values.
    pub v: Vec<Vec<i32>>,
    /// A bias for each key of each query, if the job has biases.
    pub bias: Option<Vec<Vec<i64>>>,
    /// The token of each position, if the job has a list.
    pub list: Option<Vec<u32>>,
}

impl Head {
    /// Runs the job.
    fn run(&self, accelerator: &Accelerator) -> JobResult {
        let (bias, list) = (self.bias.as_deref(), self.list.as_deref());
        let (queries, k, v) = (&self.queries, &self.k, &self.v);
        run_job(&accelerator.core, &self.job, queries, k, v, bias, list)
    }
}

impl Accelerator {
    /// Carries attention out. A record that is wrong ends the command there.
    pub(super) fn attention(
        &mut self,
        image: &Image,
        at: u64,
        op: &Attention,
        answers: &Answers,
        out: &mut Outcome,
    ) {
        let numbers: Vec<u32> = if op.cascade_heads {
            self.heads.clone()
        } else {
            (0..op.heads.into()).collect()
        };
        let keys = if op.list_keys {
            self.entries
        } else {
            op.keys.into()
        };
        for number in numbers {
            let place = op.records + u64::from(number) * RECORD as u64;
            let record = match self.record(image, place, Use::Attention(op, keys), answers) {
                Ok(record) => record,
                Err(faults) => {
                    out.faults.extend(faults);
                    return;
                }
            };
            let head = self.head(image, op, &record, keys);
            let result = head.run(self);
            self.judge(op, &record, &head, &result, at, answers, out);
            self.rows(op, &record, &result, out);
            self.observe(number, &result);
            out.jobs.push(result);
        }
    }

    /// Fetches a record and judges it.
    pub(super) fn record(
        &self,
        image: &Image,
        at: u64,
        by: Use<'_>,
        answers: &Answers,
    ) -> Result<HeadRecord, Vec<Fault>> {
        // Records of heads that cascade pruning left are not judged with the descriptor.
        if !self.shape.holds(at, RECORD as u64) {
            let code = Code::Window;
            return Err(vec![Fault { code, address: at }]);
        }
        if let Some(address) = answers.first_read(at, RECORD as u64, self.io_bytes) {
            let code = Code::Fetch;
            return Err(vec![Fault { code, address }]);
        }
        HeadRecord::decode(&image.array(at), at, by, &self.shape)
    }

    /// Returns where the planes of a head lie.
    pub(super) fn entry(&self, record: &HeadRecord) -> Entry {
        let planes = [false, true].map(|value| self.shape.vectors.planes(value).len());
        Entry {
            bases: [record.k_base, record.v_base],
            offsets: [
                record.k_offset[..planes[0]].to_vec(),
                record.v_offset[..planes[1]].to_vec(),
            ],
        }
    }

    /// Reads everything that a job needs.
    pub fn head(&self, image: &Image, op: &Attention, record: &HeadRecord, keys: u32) -> Head {
        let (d_head, core) = (self.core.d_head, &self.core);
        let job = Job {
            head: 0,
            keys,
            causal: op.causal,
            first: op.first.into(),
            k_start: op.k_start.into(),
            k_max: op.k_max.into(),
            v_count: op.v_count.into(),
            rule: Rule::ALL[usize::from(op.rule & 3)],
            head_limit: record.head_limit,
            eps_log2: op.eps_log2,
            pre_shift: record.pre_shift.into(),
            mant: record.mant.into(),
            select: Select::ALL[usize::from(op.select & 3)],
            k: op.k.into(),
            mass: op.mass,
            renorm: op.renorm,
            bias: op.bias,
            list: op.list,
        };
        let row = |base: u64, stride: i32, row: u32| {
            base.wrapping_add_signed(i64::from(stride) * i64::from(row))
        };
        let query = |number: u32| {
            let at = row(record.query, record.query_stride, number);
            let element = |i: u32| {
                let at = at + 8 + 2 * u64::from(i);
                query_element(i16::from_le_bytes(image.array(at)))
            };
            Query {
                bound: u32::from_le_bytes(image.array(at)) & 0xff_ffff,
                data: (0..d_head).map(element).collect(),
            }
        };
        let biases = |number: u32| {
            let at = row(record.bias, record.bias_stride, number);
            let one = |key: u32| {
                let bytes = image.array(at + 4 * u64::from(key));
                bias(i32::from_le_bytes(bytes), core.bias_w())
            };
            (0..keys).map(one).collect()
        };
        let queries = 0..u32::from(op.queries);
        let list = op.list.then(|| {
            // What was never written can be anything; nobody may ask for it.
            let entry = |p: u32| self.list.get(p as usize).copied().unwrap_or(0);
            (0..keys).map(entry).collect::<Vec<u32>>()
        });
        let legal = job.error(core) == JobError::Ok;
        let tokens: Vec<u32> = match &list {
            _ if !legal => Vec::new(),
            Some(list) => list.clone(),
            None => (0..keys).collect(),
        };
        let entry = self.entry(record);
        let cache = |value: bool, count: u32| {
            let many = tokens.iter().max().map_or(0, |&last| last as usize + 1);
            let mut rows = vec![Vec::new(); many];
            for &token in &tokens {
                let vectors = self.vectors();
                rows[token as usize] =
                    vectors.elements(image, &entry, value, token, count as usize);
            }
            rows
        };
        Head {
            queries: queries.clone().map(query).collect(),
            k: cache(false, job.k_max),
            v: cache(true, job.v_count),
            bias: op.bias.then(|| queries.map(biases).collect()),
            list,
            job,
        }
    }

    /// Notes what the job reads, what of that fails, and whether the core refuses it.
    #[allow(clippy::too_many_arguments)] // All that a job is.
    fn judge(
        &self,
        op: &Attention,
        record: &HeadRecord,
        head: &Head,
        result: &JobResult,
        at: u64,
        answers: &Answers,
        out: &mut Outcome,
    ) {
        if result.error != JobError::Ok {
            let code = Code::of_job(result.error);
            out.faults.push(Fault { code, address: at });
        }
        let mut rows = vec![(
            record.query,
            record.query_stride,
            query_bytes(self.core.d_head),
        )];
        if op.bias && result.error == JobError::Ok {
            rows.push((record.bias, record.bias_stride, 4 * head.job.keys));
        }
        for (base, stride, bytes) in rows {
            for row in 0..i64::from(op.queries) {
                let from = base.wrapping_add_signed(i64::from(stride) * row);
                let failed = answers.failed_reads(from, bytes.into(), self.io_bytes);
                out.faults.extend(failed);
            }
        }
        let entry = self.entry(record);
        for (kind, planes) in [&result.k_requests, &result.v_requests]
            .into_iter()
            .enumerate()
        {
            for (plane, requests) in planes.iter().enumerate() {
                let many = requests.iter().map(|r| u64::from(r.vectors()));
                out.read.0[kind][plane] += many.sum::<u64>();
                for request in requests {
                    self.failed(&entry, head, request, plane, answers, out);
                }
            }
        }
    }

    /// Notes which beats of a request fail.
    fn failed(
        &self,
        entry: &Entry,
        head: &Head,
        request: &Request,
        plane: usize,
        answers: &Answers,
        out: &mut Outcome,
    ) {
        let reader = &self.shape.vectors;
        let bytes = reader.vector_bytes(request.value, plane);
        // Whole words are read.
        let (word, beat) = (reader.memory.beat_bytes(), reader.memory.port_bytes());
        for (_, token) in request.wanted(&self.core, head.list.as_deref()) {
            let at = self.vectors().address(entry, request.value, plane, token);
            let first = at / u64::from(word) * u64::from(word);
            let all = (at - first + u64::from(bytes)).next_multiple_of(word.into());
            let failed = answers.failed_vectors(first, all, beat);
            out.faults.extend(failed);
        }
    }

    /// Makes the rows of results.
    fn rows(&self, op: &Attention, record: &HeadRecord, result: &JobResult, out: &mut Outcome) {
        let d_head = self.core.d_head as usize;
        for row in 0..usize::from(op.queries) {
            let far = i64::from(record.result_stride) * row as i64;
            let refused = Statistics {
                error: result.error.code() as u8,
                ..Statistics::default()
            };
            let statistics = match result.stats.get(row) {
                Some(stat) if result.error == JobError::Ok => Statistics {
                    error: 0,
                    rounds: stat.rounds as u8,
                    selected: stat.selected as u16,
                    k_fetched: stat.k_fetched as u16,
                    refined: stat.refined as u16,
                    v_fetched: stat.v_fetched as u16,
                    cycles: 0,
                },
                _ => refused,
            };
            let output = result.outputs.get(row);
            let zeros = vec![0; d_head];
            let mut bytes: Vec<u8> = output
                .unwrap_or(&zeros)
                .iter()
                .flat_map(|element| element.to_le_bytes())
                .collect();
            bytes.extend(statistics.encode());
            let known = result.error != JobError::Ok;
            out.writes.push(Write {
                address: record.result.wrapping_add_signed(far),
                cycles: (!known).then_some(bytes.len() - 4),
                bytes,
            });
        }
        out.count += u32::from(op.queries);
    }

    /// Hands on to cascade pruning what a head computed.
    fn observe(&mut self, number: u32, result: &JobResult) {
        let survivors = self.pruning.as_mut().and_then(|p| p.survivors_mut());
        let Some(survivors) = survivors else {
            return;
        };
        for probs in &result.probs {
            survivors.add_probs(probs);
        }
        for output in &result.outputs {
            survivors.add_output(number, output);
        }
    }
}
