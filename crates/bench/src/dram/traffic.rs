// SPDX-License-Identifier: MIT OR Apache-2.0
//! The requests of the core for a list of jobs, in the order in which it makes them.

use std::collections::VecDeque;

use hwgen_golden::attention::{self, AttentionParams, run_job};
use hwgen_golden::memory::fetch::Request;
use hwgen_verif::attention::LiveJob;

/// What a core asks for.
#[derive(Debug, Clone, Default)]
pub(super) struct Asked {
    /// Tokens of each job that lie in memory.
    pub(super) tokens: Vec<u32>,
    /// The number of the job with each request.
    pub(super) rows: Vec<(u32, Request)>,
}

impl Asked {
    /// Runs jobs on the golden model and puts their requests in order.
    ///
    /// The first planes of the keys come row by row. While they do, the core serves the refinement and
    /// the values of the job before; behind each of their requests for part of a row the stream has a turn.
    /// Queries of one job follow each other plane by plane, which is the order of the core where a job has one.
    pub(super) fn of(p: &AttentionParams, jobs: &[LiveJob]) -> Self {
        let mut asked = Self::default();
        let mut behind = VecDeque::new();
        for (number, live) in (0..).zip(jobs) {
            let list = live.list.as_deref();
            let (job, queries) = (&live.job, &live.queries);
            let result = run_job(
                p,
                job,
                queries,
                &live.k,
                &live.v,
                live.bias.as_deref(),
                list,
            );
            let last = list.and_then(|l| l.iter().max());
            asked.tokens.push(last.map_or(job.keys, |&token| token + 1));
            let (first, more) = result.k_requests.split_at(job.k_start as usize);
            let row = |r: &attention::Request| (number, request(p, r, list));
            let mut stream = by_row(first).map(row).collect::<VecDeque<_>>();
            let refined = more.iter().flatten();
            let later = refined.chain(by_row(&result.v_requests)).map(row);
            let later: VecDeque<_> = later.collect();
            while let Some(row) = behind.pop_front().or_else(|| stream.pop_front()) {
                let part = row.1.mask.count_ones() < p.tokens();
                asked.rows.push(row);
                if part {
                    asked.rows.extend(stream.pop_front());
                }
            }
            behind = later;
        }
        asked.rows.extend(behind);
        asked
    }

    /// Returns the plane vectors that are asked for.
    pub(super) fn vectors(&self) -> impl Iterator<Item = (u32, &Request, u32)> {
        self.rows.iter().flat_map(|(job, r)| {
            let lanes = r.tokens.iter().enumerate();
            let wanted = lanes.filter(|(lane, _)| r.mask >> lane & 1 == 1);
            wanted.map(move |(_, &token)| (*job, r, token))
        })
    }
}

/// Returns the requests of some planes row by row, the planes of a row one after the other.
fn by_row(
    planes: &[Vec<attention::Request>],
) -> impl Iterator<Item = &attention::Request> + use<'_> {
    let rows = planes.first().map_or(0, Vec::len);
    (0..rows).flat_map(|row| planes.iter().filter_map(move |plane| plane.get(row)))
}

/// Returns a request as it is on the port.
fn request(p: &AttentionParams, asked: &attention::Request, list: Option<&[u32]>) -> Request {
    let mut request = Request {
        value: asked.value,
        plane: asked.plane as usize,
        mask: 0,
        tokens: vec![0; p.tokens() as usize],
    };
    for (lane, token) in asked.wanted(p, list) {
        request.mask |= 1 << lane;
        request.tokens[lane as usize] = token;
    }
    request
}
