// SPDX-License-Identifier: MIT OR Apache-2.0
//! The top-k engine as the kit sees it, and queries that are merely run.

use hwgen_golden::Violation;
use hwgen_golden::interface::Values;
use hwgen_golden::topk::{TopkParams, Variant};

use super::play::TopkPlayer;
use super::{Pace, Point, Query, QueryResult, Run, STREAMS, stimulus};
use crate::kit::{Bench, Lab, Session, changed, read, without_parts};
use crate::report::{Fault, plural};
use hwgen_bundle::error::VerifyError;
use hwgen_bundle::manifest::{Bundle, Engine};
use hwgen_sim::dut::Dut;
use hwgen_sim::model::Wave;

/// Keys below which single values are simplified.
const FEW_KEYS: usize = 40;

/// The engine under test.
pub(crate) struct TopkBench {
    pub(super) params: TopkParams,
    pub(super) variant: Variant,
}

impl TopkBench {
    /// Reads what the bench needs from the manifest.
    pub(crate) fn new(engine: &Engine) -> Result<Self, VerifyError> {
        let variant: Result<Variant, Violation> = engine.variant.parse();
        let variant = variant.map_err(|violation| engine.refused(violation.to_string()))?;
        let parameters = |values: &Values<'_>| TopkParams::from_values(variant, values);
        let params = read(engine, parameters, |p| p.interface(variant))?;
        Ok(Self { params, variant })
    }
}

impl Bench for TopkBench {
    type Item = Query;
    type Setup = Pace;
    type Point = Point;
    type Player<'a> = TopkPlayer<'a>;
    const WORDS: [&'static str; 2] = ["query", "queries"];
    const STREAMS: &'static [&'static str] = &STREAMS;

    fn plan(&self, seed: u64, cases: u64) -> Box<dyn Iterator<Item = Run> + '_> {
        stimulus::plan(&self.params, self.variant, seed, cases)
    }

    fn refuse(&self, name: &str, query: &Query) -> Option<String> {
        let p = &self.params;
        let (low, high) = p.key_range();
        let (n, k, most_k) = (query.keys.len(), query.k, (1_u64 << p.cnt_w()) - 1);
        let alien = query.keys.iter().find(|&&key| key < low || key > high);
        if n > p.max_n as usize {
            Some(format!("{name} has {n} keys, at most {} fit", p.max_n))
        } else if u64::from(k) > most_k {
            Some(format!("{name} has k = {k}, at most {most_k} fits"))
        } else {
            alien.map(|key| format!("{name} has key {key}, not {low} to {high}"))
        }
    }

    fn weight(&self, query: &Query) -> u64 {
        query.keys.len() as u64
    }

    fn player<'a>(&'a self, dut: &Dut, run: &'a Run) -> Result<TopkPlayer<'a>, Fault> {
        Ok(TopkPlayer::new(&self.params, self.variant, dut, run))
    }

    fn plainer(query: &Query) -> Vec<Query> {
        let Query { keys, k } = query;
        let with = |keys: Vec<i64>| Query { keys, k: *k };
        let wanted = [
            0,
            1,
            k / 2,
            k.saturating_sub(1),
            (*k).min(keys.len() as u32),
        ];
        let wanted = wanted.into_iter().filter(|less| less < k);
        let wanted = wanted.map(|k| changed(query, |q| q.k = k));
        let few = if keys.len() <= FEW_KEYS {
            &keys[..]
        } else {
            &[]
        };
        let plainer = few.iter().enumerate().flat_map(|(i, &key)| {
            let plain = [0, key / 2, key - key.signum()].into_iter();
            let plain = plain.filter(move |plain| plain.abs() < key.abs());
            plain.map(move |plain| changed(query, |q| q.keys[i] = plain))
        });
        let shorter = without_parts(keys).map(with);
        shorter.chain(wanted).chain(plainer).collect()
    }

    fn describe(&self, queries: &[Query]) -> String {
        let keys = queries.iter().map(|q| q.keys.len() as u64).sum();
        let queries_in_all = plural(queries.len() as u64, "query", "queries");
        let text = format!("{queries_in_all}, {}", plural(keys, "key", "keys"));
        match queries {
            [Query { k, .. }] => format!("{text}, k = {k}"),
            _ => text,
        }
    }

    fn reaches(&self, point: Point) -> bool {
        match point {
            Point::Capped => self.variant == Variant::Stream,
            Point::PartialBeat => self.params.lanes > 1,
            _ => true,
        }
    }
}

/// Runs `queries` on an engine without stalls, checks the answers and returns them with their
/// cycles.
pub fn run(
    bundle: &Bundle,
    engine: &Engine,
    queries: &[Query],
    pace: Pace,
) -> Result<Vec<QueryResult>, VerifyError> {
    run_in(&Lab::open()?, bundle, engine, queries, pace)
}

/// Does the same with tools and cache that were looked up before.
pub fn run_in(
    lab: &Lab,
    bundle: &Bundle,
    engine: &Engine,
    queries: &[Query],
    pace: Pace,
) -> Result<Vec<QueryResult>, VerifyError> {
    let bench = TopkBench::new(engine)?;
    let mut run = Run::calm(1, STREAMS.len(), queries.to_vec());
    run.setup = pace;
    if let Some(reason) = bench.refuse_run(&run) {
        return Err(engine.misbehaved(reason));
    }
    let model = lab.model(bundle, engine, Wave::Off)?;
    let mut dut = Dut::open(&model, run.seed)?;
    let mut player = TopkPlayer::new(&bench.params, bench.variant, &dut, &run);
    player.results = Some(Vec::with_capacity(queries.len()));
    let mut session = Session::new(&mut dut, run.seed, player);
    let played = session
        .power_up()
        .and_then(|()| session.run(None, |_, _| true));
    played.map_err(|fault| engine.misbehaved(fault.to_string()))?;
    Ok(session.player.results.unwrap_or_default())
}
