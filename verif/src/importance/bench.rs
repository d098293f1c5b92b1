// SPDX-License-Identifier: MIT OR Apache-2.0
//! The accumulators as the verification loop sees them.

use std::collections::BTreeMap;

use hwgen_golden::importance::{ImportanceParams, TAG_W};

use super::coverage::Coverage;
use super::play::Player;
use super::ports::wanted;
use super::{Item, Run, Shape, params_of, stimulus};
use crate::report::{Fault, plural};
use crate::shrink::simpler_by_items;
use crate::verify::Bench;
use hwgen_bundle::error::VerifyError;
use hwgen_bundle::manifest::Engine;
use hwgen_sim::dut::Dut;
use hwgen_sim::stream::Stall;

/// Parameters of the accumulators under test.
pub(crate) struct ImportanceBench {
    params: ImportanceParams,
}

impl ImportanceBench {
    /// Reads what the bench needs from the manifest.
    pub(crate) fn new(engine: &Engine) -> Result<Self, VerifyError> {
        let params = params_of(engine)?;
        let tag_w = engine.number("TagW")?;
        if tag_w != TAG_W {
            return Err(engine.refused(format!("TagW is {tag_w}, not {TAG_W}")));
        }
        engine.declares(&wanted(&params))?;
        Ok(Self { params })
    }
}

impl Bench for ImportanceBench {
    type Run = Run;
    type Coverage = Coverage;

    fn plan(&self, seed: u64, cases: u64) -> Box<dyn Iterator<Item = Run> + '_> {
        stimulus::plan(&self.params, seed, cases)
    }

    fn refuse(&self, run: &Run) -> Option<String> {
        let rows = self.params.max_tokens / self.params.tokens();
        run.items
            .iter()
            .enumerate()
            .find_map(|(i, item)| match item {
                Item::Row { row, .. } if *row >= rows => {
                    Some(format!("beat {i} is row {row} of {rows}"))
                }
                Item::Output { head, .. } if *head > 255 => {
                    Some(format!("beat {i} is of head {head}"))
                }
                Item::Access { code, .. } if *code > 3 => Some(format!("beat {i} has code {code}")),
                _ => None,
            })
    }

    fn seed(&self, run: &Run) -> u64 {
        run.seed
    }

    fn size(&self, run: &Run) -> (u64, u64) {
        let weight = |item: &Item| match item {
            Item::Row { .. } => u64::from(self.params.tokens()),
            Item::Output { .. } => u64::from(self.params.d_head),
            Item::Access { .. } => 1,
        };
        (run.items.len() as u64, run.items.iter().map(weight).sum())
    }

    fn play(&self, dut: &mut Dut, run: &Run, coverage: &mut Coverage) -> Result<(), Fault> {
        Player::new(&self.params, dut, run)?.play(coverage)
    }

    fn simpler(run: &Run) -> Box<dyn Iterator<Item = Run> + '_> {
        simpler_by_items(
            run,
            |r| &mut r.items,
            &[
                |r| r.reset = None,
                |r| r.stalls = [Stall::NONE; 4],
                |r| r.stalls[0] = Stall::NONE,
                |r| r.stalls[1] = Stall::NONE,
                |r| r.stalls[2] = Stall::NONE,
                |r| r.stalls[3] = Stall::NONE,
                |r| r.seed = 1,
            ],
            plainer,
        )
    }

    fn describe(&self, run: &Run) -> String {
        let count = |which: fn(&Item) -> bool| run.items.iter().filter(|i| which(i)).count() as u64;
        let mut text = format!(
            "{}, {}, {}",
            plural(count(|i| matches!(i, Item::Row { .. })), "row", "rows"),
            plural(
                count(|i| matches!(i, Item::Output { .. })),
                "output",
                "outputs"
            ),
            plural(
                count(|i| matches!(i, Item::Access { .. })),
                "access",
                "accesses"
            ),
        );
        if run.reset.is_some() {
            text.push_str(", reset in between");
        }
        if run.stalls != [Stall::NONE; 4] {
            text.push_str(", streams stalled");
        }
        text
    }

    fn named(&self, coverage: &Coverage) -> BTreeMap<String, u64> {
        coverage.named(self.params.max_heads)
    }
}

/// Lists simpler beats.
fn plainer(&item: &Item) -> Vec<Item> {
    let all = match item {
        Item::Row { row, seed, shape } => vec![
            Item::Row {
                row: 0,
                seed,
                shape,
            },
            Item::Row {
                row,
                seed: 1,
                shape,
            },
            Item::Row {
                row,
                seed,
                shape: Shape::Small,
            },
        ],
        Item::Output { head, seed, shape } => vec![
            Item::Output {
                head: 0,
                seed,
                shape,
            },
            Item::Output {
                head,
                seed: 1,
                shape,
            },
        ],
        Item::Access {
            head,
            code,
            index,
            target,
            data,
            restart,
        } => {
            let make = |index, target, data, restart| Item::Access {
                head,
                code,
                index,
                target,
                data,
                restart,
            };
            vec![
                make(0, target, data, restart),
                make(index, 0, data, restart),
                make(index, target, 0, restart),
                make(index, target, data, false),
            ]
        }
    };
    all.into_iter().filter(|simpler| *simpler != item).collect()
}
