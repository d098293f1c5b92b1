// SPDX-License-Identifier: MIT OR Apache-2.0
//! A unit synthesised by the plan of a run, or what the cache holds of it.

use std::fs;
use std::path::Path;

use hwgen_console::error::Error;

use crate::synth::flow::{Flow, Plan, keep_results, write};
use crate::synth::measure;
use crate::synth::report::Found;
use crate::synth::target::Kind;
use crate::synth::unit::Unit;

/// Name of the result in its entry.
const RESULT: &str = "result.json";

impl Flow {
    /// Returns the result for `unit`, from the cache if it is there.
    pub fn synthesise(&self, unit: &Unit, plan: Plan) -> Result<Found, Error> {
        let mut unit = unit.clone();
        if !self.target.has_memories() {
            unit = unit.memories_apart();
        }
        let bar = self.bar(&unit);
        let dir = self.entry(&self.key(&unit, plan), |dir| {
            let found = if self.in_parts(plan) {
                self.whole(&unit, dir, &bar)?
            } else {
                measure::measure(self, &unit, plan, dir, &bar)?
            };
            keep_only(dir, &found)
        });
        bar.finish_and_clear();
        let path = dir?.join(RESULT);
        let text = fs::read(&path).map_err(|e| Error::path(&path, "read", &e))?;
        serde_json::from_slice(&text)
            .map_err(|e| Error::input(format!("{}: not a result ({e})", path.display())))
    }

    fn in_parts(&self, plan: Plan) -> bool {
        plan == Plan::Parts && matches!(self.target.kind, Kind::Cells(_))
    }

    fn key(&self, unit: &Unit, plan: Plan) -> String {
        let mut parts = measure::scripts(self, unit, plan);
        parts.extend(self.tools());
        if let Some(liberty) = &self.liberty {
            parts.extend(liberty.digests.iter().cloned());
        }
        let device = self.nextpnr.iter().flat_map(|n| n.device);
        parts.extend(device.map(|d| (*d).to_owned()));
        let limit = self.nextpnr.as_ref().and_then(|n| n.limit);
        parts.extend(limit.map(|l| format!("{} s", l.as_secs())));
        parts.push(format!("{} {}", self.target.name, plan == Plan::Tree));
        if self.in_parts(plan) {
            parts.push(self.parts_digest(unit));
        }
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        self.digest(unit, &parts)
    }
}

/// Leaves nothing but the result in the folder of a run.
fn keep_only(dir: &Path, found: &Found) -> Result<(), Error> {
    keep_results(dir, &[])?;
    let text = serde_json::to_string(found).expect("a result is plain data");
    write(dir, RESULT, &text)
}
