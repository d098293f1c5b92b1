// SPDX-License-Identifier: MIT OR Apache-2.0
//! Replay files: a failing run, whole, as JSON.

use std::collections::BTreeMap;
use std::path::Path;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::bench::{Bench, RunOf};
use hwgen_bundle::error::VerifyError;
use hwgen_bundle::manifest::Engine;

/// Layout version of replay files.
const REPLAY_FORMAT: u32 = 2;

/// What a replay file is about, to choose the engine before running it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplayHeader {
    /// Layout version.
    pub format: u32,
    /// Block name.
    pub block: String,
    /// Variant of the block.
    pub variant: String,
    /// Parameters of the engine.
    pub parameters: BTreeMap<String, i64>,
}

/// Contents of a replay file: everything that a failing run depends on.
#[derive(Serialize, Deserialize)]
pub(crate) struct Replay<R> {
    /// The engine it was made for.
    pub(crate) engine: ReplayHeader,
    /// What was seen, for people.
    pub(crate) failure: String,
    /// The run itself.
    pub(crate) run: R,
}

/// Reads what a replay file is about.
pub fn replay_header(path: &Path) -> Result<ReplayHeader, VerifyError> {
    let replay: Replay<serde::de::IgnoredAny> = read_replay(path)?;
    Ok(replay.engine)
}

/// Describes an engine as replay files do.
pub(crate) fn header_of(engine: &Engine) -> ReplayHeader {
    ReplayHeader {
        format: REPLAY_FORMAT,
        block: engine.block.clone(),
        variant: engine.variant.clone(),
        parameters: engine.parameters.clone(),
    }
}

fn read_replay<R: DeserializeOwned>(path: &Path) -> Result<Replay<R>, VerifyError> {
    let text = std::fs::read_to_string(path).map_err(VerifyError::io(path))?;
    serde_json::from_str(&text).map_err(|error| VerifyError::Replay {
        path: path.to_owned(),
        reason: format!("not a replay file ({error})"),
    })
}

/// Reads a run and makes sure that it is one of this engine.
pub(crate) fn replayed<B: Bench>(
    bench: &B,
    engine: &Engine,
    path: &Path,
) -> Result<RunOf<B>, VerifyError> {
    let refused = |reason: String| VerifyError::Replay {
        path: path.to_owned(),
        reason,
    };
    let (header, own) = (replay_header(path)?, header_of(engine));
    if header.format != own.format {
        return Err(refused(format!(
            "a replay file of format {}, and this release plays format {} (make it again with the \
             --seed of its run)",
            header.format, own.format
        )));
    }
    if header != own {
        let spell = |h: &ReplayHeader| {
            let values = h.parameters.iter().map(|(k, v)| format!("{k}={v}"));
            let values = values.collect::<Vec<_>>().join(" ");
            format!("{} {} {values}", h.block, h.variant)
        };
        let (file, engine) = (spell(&header), spell(&own));
        return Err(refused(format!(
            "replays {file}, but the engine is {engine}"
        )));
    }
    let run = read_replay::<RunOf<B>>(path)?.run;
    let refusal = bench.refuse_run(&run);
    refusal.map_or(Ok(run), |reason| Err(refused(reason)))
}
