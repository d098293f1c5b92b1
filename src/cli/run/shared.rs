// SPDX-License-Identifier: MIT OR Apache-2.0
//! Arguments that several blocks take.

use clap::ValueEnum;
use hwgen_golden::attention::host::Bound;
use serde::Serialize;

/// What computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Backend {
    /// The simulated RTL, compared with the golden model word by word.
    Rtl,
    /// The golden model alone, which needs no simulator.
    Golden,
}

/// Reads what `--bound` takes.
pub(crate) fn bound(given: &str) -> Result<Bound, String> {
    let sigmas = given.parse::<f64>().ok();
    match (given, sigmas.filter(|z| *z > 0.0 && z.is_finite())) {
        ("worst", _) => Ok(Bound::Worst),
        (_, Some(z)) => Ok(Bound::Sigmas(z)),
        _ => Err(format!(
            "--bound {given}: must be worst or a positive number of sigmas (try 3)"
        )),
    }
}
