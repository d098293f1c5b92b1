// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a layer took and gave, summed up.

use hwgen_golden::attention::{Request, reference};
use serde::Serialize;

use super::exact;
use super::layer::Layer;
use super::policy::Survivors;
use super::ran::Ran;
use super::unit::Refined;

/// Bytes that a memory reads at once.
const BURST: u64 = 32;

/// What a layer took and gave.
#[derive(Debug, Clone, Serialize)]
pub struct Figures {
    pub(crate) sample: String,
    pub(crate) heads: usize,
    /// Heads of K and V.
    pub kv_heads: usize,
    /// Elements of a query or key, and of a value.
    pub elements: [usize; 2],
    /// What scores are multiplied with before biases and the softmax.
    pub scale: f64,
    /// Queries that were asked, of each head.
    pub queries: usize,
    pub(crate) keys: usize,
    /// Heads and tokens that cascade pruning left.
    pub heads_surviving: usize,
    pub(crate) tokens_surviving: usize,
    /// Which they are, where some are gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub surviving: Option<Lists>,
    /// Share of the visible pairs of query and key that are masked.
    pub masked: f64,
    /// Queries, over all heads, that see no key at all.
    pub queries_masked: usize,
    /// Against dense attention in float64, in real units of V: of the queries that were asked and see a
    /// key, a pruned head counting as zeros.
    pub error: Deviation,
    /// Bytes of K and V that were fetched.
    pub bytes: Bytes,
    /// Share of heads, of queries, and of pairs of query and key, that were refined.
    pub jobs_refined: f64,
    pub(crate) queries_refined: f64,
    pub(crate) tokens_refined: f64,
    /// Share of the planes that refinement could have added.
    pub planes_refined: f64,
    /// What refinement by token takes of a memory, where one was named; under unit `head` the sample ran
    /// with all planes of K up front instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refinement: Option<Refined>,
    /// Share of the visible values, masked ones apart, that were selected.
    pub selected: f64,
    /// Cycles from the first job in to the last word out; none without RTL.
    pub cycles: Option<u64>,
    /// Shares of these cycles in which QK and PV multiply.
    pub qk_busy: Option<f64>,
    pub(crate) pv_busy: Option<f64>,
}

/// Surviving tokens and heads.
#[derive(Debug, Clone, Serialize)]
pub struct Lists {
    tokens: Vec<u32>,
    heads: Vec<u32>,
}

/// Largest and root mean square difference, and the cosine.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Deviation {
    pub max: f64,
    pub rms: f64,
    pub cosine: f64,
}

/// Bytes asked for, by plane, and what dense attention takes.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Bytes {
    pub k: Vec<u64>,
    pub v: Vec<u64>,
    pub total: u64,
    /// The same where memory is read in whole bursts of 32 bytes, a plane of a head in one piece.
    pub in_bursts: u64,
    pub dense_32: u64,
    pub dense_16: u64,
    pub dense_12: u64,
}

impl Layer<'_> {
    /// Sums up; `cycles` is what the RTL took.
    pub fn figures(&self, cycles: Option<u64>) -> Figures {
        let (sample, Survivors { tokens, heads, .. }) = (self.sample, &self.survivors);
        let stats = || self.ran.iter().flat_map(|r| &r.result.stats);
        let refined = stats().filter(|s| s.rounds > 0).count();
        let was_refined = |r: &&Ran| r.result.stats.iter().any(|s| s.rounds > 0);
        let rows = self.ran.iter().flat_map(|r| &r.result.probs);
        let pairs = rows.map(Vec::len).sum::<usize>() as u64;
        let masked = self.masked();
        let visible = pairs - masked;
        let start = self.policy.start as u8;
        let keys = self.ran.iter().flat_map(|r| &r.result.precision).flatten();
        let more = keys.filter(|&&planes| planes > start).count() as u64;
        let selected: u64 = stats().map(|s| u64::from(s.selected)).sum();
        let added: u64 = stats().map(|s| u64::from(s.refined)).sum();
        let left = (self.params.k_planes.len() as u32).saturating_sub(self.policy.start);
        let work = |which: usize| self.fetched.iter().map(|f| f.work[which]).sum::<u64>();
        let share = |part: u64, whole: u64| part as f64 / whole.max(1) as f64;
        let pruned = tokens.len() < sample.tokens() || heads.len() < sample.heads.len();
        Figures {
            sample: sample.name.clone(),
            heads: sample.heads.len(),
            kv_heads: sample.kv_heads(),
            elements: sample.widths(),
            scale: sample.softmax,
            queries: self.survivors.queries(sample).len(),
            keys: sample.tokens(),
            heads_surviving: heads.len(),
            tokens_surviving: tokens.len(),
            surviving: pruned.then(|| Lists {
                tokens: tokens.clone(),
                heads: heads.clone(),
            }),
            masked: share(masked, pairs),
            queries_masked: self.blind(),
            error: self.deviation(),
            bytes: self.bytes(),
            jobs_refined: share(
                self.ran.iter().filter(was_refined).count() as u64,
                self.ran.len() as u64,
            ),
            queries_refined: share(refined as u64, stats().count() as u64),
            tokens_refined: share(more, visible),
            planes_refined: share(added, visible * u64::from(left)),
            refinement: None,
            selected: share(selected, visible),
            cycles,
            qk_busy: cycles.map(|c| share(work(0), c)),
            pv_busy: cycles.map(|c| share(work(1), c)),
        }
    }

    /// Counts the visible pairs of query and key that are masked.
    fn masked(&self) -> u64 {
        let asked = self.survivors.queries(self.sample);
        let of = |ran: &Ran| {
            let Some(bias) = &self.sample.heads[ran.head as usize].bias else {
                return 0;
            };
            let hidden = |(at, row): (usize, &Vec<f64>)| {
                let seen = self.survivors.tokens[..row.len()].iter();
                let bias = &bias[asked[at]];
                seen.filter(|&&j| bias[j as usize] == f64::NEG_INFINITY)
                    .count() as u64
            };
            ran.probs.iter().enumerate().map(hidden).sum()
        };
        self.ran.iter().map(of).sum()
    }

    /// Counts the queries of all heads that see no key.
    fn blind(&self) -> usize {
        let sample = self.sample;
        let asked = self.survivors.queries(sample);
        let of = |h| asked.iter().filter(|&&i| sample.is_blind(h, i)).count();
        sample.heads.iter().map(of).sum()
    }

    /// Counts the bytes of K and V that the layer fetched.
    pub fn bytes(&self) -> Bytes {
        let (p, widths) = (self.params, self.sample.widths().map(|w| w as u64));
        let mut bytes = Bytes::default();
        if self.fetched.iter().all(|f| f.unplaned.is_none()) {
            bytes.k = vec![0; p.k_planes.len()];
            bytes.v = vec![0; p.v_planes.len()];
        } else {
            (bytes.k, bytes.v) = (vec![0], vec![0]);
        }
        for (at, fetched) in self.fetched.iter().enumerate() {
            if let Some([k, v]) = fetched.unplaned {
                bytes.k[0] += k;
                bytes.v[0] += v;
                bytes.in_bursts += k.next_multiple_of(BURST) + v.next_multiple_of(BURST);
            }
            let list = self.jobs.get(at).and_then(|j| j.list.as_deref());
            let [k, v] = &fetched.requests;
            let kinds = [
                (&mut bytes.k, k, &p.k_planes, widths[0], &[][..]),
                (&mut bytes.v, v, &p.v_planes, widths[1], &fetched.fresh[..]),
            ];
            for (sums, requests, planes, elements, queries) in kinds {
                for (plane, rows) in requests.iter().enumerate() {
                    let vectors: u64 = rows.iter().map(|r| u64::from(r.vectors())).sum();
                    let size = (elements * u64::from(planes[plane])).div_ceil(8);
                    sums[plane] += vectors * size;
                    let positions = in_order(rows, queries).into_iter();
                    let token = |j: u32| list.map_or(j, |l| l[j as usize]);
                    bytes.in_bursts += BURST * bursts(positions.map(token), size);
                }
            }
        }
        bytes.total = bytes.k.iter().chain(&bytes.v).sum();
        let tokens = (self.sample.kv_heads() * self.sample.tokens()) as u64;
        let dense = |bits: u64| tokens * widths.map(|w| (w * bits).div_ceil(8)).iter().sum::<u64>();
        (bytes.dense_32, bytes.dense_16, bytes.dense_12) = (dense(32), dense(16), dense(12));
        bytes
    }

    fn deviation(&self) -> Deviation {
        let found = reference::deviation(self.pairs().into_iter());
        Deviation {
            max: found.max,
            rms: found.rms,
            cosine: found.cosine,
        }
    }

    /// Returns each output with what dense attention gives in its place; queries that see no key have
    /// none.
    pub fn pairs(&self) -> Vec<(f64, f64)> {
        let asked = self.survivors.queries(self.sample);
        let mut pairs = Vec::new();
        for (number, head) in (0..).zip(&self.sample.heads) {
            let dense = exact::dense(self.sample, head);
            let ran = self.ran.iter().find(|r| r.head == number);
            for (at, &query) in asked.iter().enumerate() {
                if self.sample.is_blind(head, query) {
                    continue;
                }
                for (e, &want) in dense[query].iter().enumerate() {
                    pairs.push((ran.map_or(0.0, |r| r.outputs[at][e]), want));
                }
            }
        }
        pairs
    }
}

/// Returns the positions that requests ask for, those of each query in ascending order; `queries`
/// says how many each of them asks for, as far as their requests come in another order.
fn in_order(requests: &[Request], queries: &[u32]) -> Vec<u32> {
    let positions = requests.iter().flat_map(|r| &r.positions);
    let mut positions: Vec<u32> = positions.copied().collect();
    let mut rest = &mut positions[..];
    // A plane that is not fetched has no requests.
    for &count in queries.iter().filter(|_| !requests.is_empty()) {
        let (own, others) = rest.split_at_mut(count as usize);
        own.sort_unstable();
        rest = others;
    }
    positions
}

/// Counts the bursts that vectors of `size` bytes take, one after the other at the place of their
/// token; neighbours share one.
fn bursts(tokens: impl Iterator<Item = u32>, size: u64) -> u64 {
    let (mut count, mut held) = (0, None);
    for token in tokens {
        let start = u64::from(token) * size;
        let (first, last) = (start / BURST, (start + size - 1) / BURST);
        count += last - first + u64::from(held != Some(first));
        held = Some(last);
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_count_in_the_order_of_their_tokens() {
        let request = |positions: &[u32]| Request {
            value: true,
            plane: 0,
            head: 0,
            positions: positions.to_vec(),
        };
        // Two queries on rows of four: 0, 5, 7, 8, 9, 13, then 1, 2, 4.
        let gathered = [&[0, 5, 7][..], &[8, 9], &[13], &[4, 1, 2]].map(request);
        let ascending = [0, 5, 7, 8, 9, 13, 1, 2, 4];
        assert_eq!(in_order(&gathered, &[6, 0, 3]), ascending);
        assert_eq!(in_order(&gathered[3..], &[]), [4, 1, 2]);
    }

    #[test]
    fn neighbours_share_a_burst() {
        let of = |tokens: &[u32], size| bursts(tokens.iter().copied(), size);
        // Eight vectors of 4 bytes a burst.
        assert_eq!(of(&[0, 1, 7], 4), 1);
        assert_eq!(of(&[0, 8, 9, 30], 4), 3);
        // A query starts over at the first key.
        assert_eq!(of(&[0, 8, 0], 4), 3);
        assert_eq!(of(&[0, 1, 5], 32), 3);
        // 48 bytes: tokens 0 and 1 meet in the burst between them.
        assert_eq!(of(&[0, 1], 48), 3);
        assert_eq!(of(&[0, 2], 48), 4);
        assert_eq!(of(&[], 48), 0);
    }
}
