// SPDX-License-Identifier: MIT OR Apache-2.0
//! The accumulators of importance as the kit sees them.

use hwgen_golden::importance::ImportanceParams;

use super::play::ImportancePlayer;
use super::{Access, Data, Item, Point, Run, Shape, stimulus};
use crate::kit::{Bench, changed, read};
use crate::report::{Fault, plural};
use hwgen_bundle::error::VerifyError;
use hwgen_bundle::manifest::Engine;
use hwgen_sim::dut::Dut;

/// The accumulators under test.
pub(crate) struct ImportanceBench {
    params: ImportanceParams,
}

impl ImportanceBench {
    /// Reads what the bench needs from the manifest.
    pub(crate) fn new(engine: &Engine) -> Result<Self, VerifyError> {
        let interface = ImportanceParams::interface;
        let params = read(engine, ImportanceParams::from_values, interface)?;
        Ok(Self { params })
    }
}

impl Bench for ImportanceBench {
    type Item = Item;
    type Setup = ();
    type Point = Point;
    type Player<'a> = ImportancePlayer<'a>;
    const WORDS: [&'static str; 2] = ["beat", "beats"];
    const STREAMS: &'static [&'static str] = &["streams stalled"; 4];

    fn plan(&self, seed: u64, cases: u64) -> Box<dyn Iterator<Item = Run> + '_> {
        stimulus::plan(&self.params, seed, cases)
    }

    fn refuse(&self, name: &str, item: &Item) -> Option<String> {
        let rows = self.params.max_tokens / self.params.tokens();
        match item {
            Item::Row(Data { number, .. }) if *number >= rows => {
                Some(format!("{name} is row {number} of {rows}"))
            }
            Item::Output(Data { number, .. }) if *number > 255 => {
                Some(format!("{name} is of head {number}"))
            }
            Item::Access(Access { code, .. }) if *code > 3 => {
                Some(format!("{name} has code {code}"))
            }
            _ => None,
        }
    }

    fn weight(&self, item: &Item) -> u64 {
        match item {
            Item::Row(_) => self.params.tokens().into(),
            Item::Output(_) => self.params.d_head.into(),
            Item::Access(_) => 1,
        }
    }

    fn player<'a>(&'a self, dut: &Dut, run: &'a Run) -> Result<ImportancePlayer<'a>, Fault> {
        Ok(ImportancePlayer::new(&self.params, dut, run))
    }

    fn plainer(item: &Item) -> Vec<Item> {
        match item {
            Item::Row(row) => vec![
                Item::Row(changed(row, |r| r.number = 0)),
                Item::Row(changed(row, |r| r.seed = 1)),
                Item::Row(changed(row, |r| r.shape = Shape::Small)),
            ],
            Item::Output(output) => vec![
                Item::Output(changed(output, |o| o.number = 0)),
                Item::Output(changed(output, |o| o.seed = 1)),
            ],
            Item::Access(access) => vec![
                Item::Access(changed(access, |a| a.index = 0)),
                Item::Access(changed(access, |a| a.target = 0)),
                Item::Access(changed(access, |a| a.data = 0)),
                Item::Access(changed(access, |a| a.restart = false)),
            ],
        }
    }

    fn describe(&self, items: &[Item]) -> String {
        let mut counts = [0; 3];
        for item in items {
            let kind = match item {
                Item::Row(_) => 0,
                Item::Output(_) => 1,
                Item::Access(_) => 2,
            };
            counts[kind] += 1;
        }
        let [rows, outputs, accesses] = counts;
        let rows = plural(rows, "row", "rows");
        let outputs = plural(outputs, "output", "outputs");
        let accesses = plural(accesses, "access", "accesses");
        format!("{rows}, {outputs}, {accesses}")
    }

    fn reaches(&self, point: Point) -> bool {
        point != Point::StrayHead || self.params.max_heads < 256
    }
}
