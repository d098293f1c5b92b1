// SPDX-License-Identifier: MIT OR Apache-2.0
//! `hwgen run`: a block at work on data.

use clap::{Subcommand, ValueEnum};
use hwgen_golden::attention::host::Bound;
use serde::Serialize;

use crate::{cmd_run_attention, cmd_run_gemm, cmd_run_topk, cmd_run_trace};
use hwgen_console::error::Error;
use hwgen_generate::block;

/// Arguments of `hwgen run`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    block: Which,
}

#[derive(Debug, Subcommand)]
enum Which {
    /// Ranks real scores.
    Topk(cmd_run_topk::Args),
    /// Computes attention of a model's queries, keys and values.
    Attention(Box<cmd_run_attention::Args>),
    /// Replays a workload trace on the attention core, with random data.
    Trace(cmd_run_trace::Args),
    /// Multiplies a model's sparse weights with its activations.
    Gemm(cmd_run_gemm::Args),
    #[command(external_subcommand)]
    Other(Vec<String>),
}

/// What computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Backend {
    /// The simulated RTL, compared with the golden model word by word.
    Rtl,
    /// The golden model alone, which needs no simulator.
    Golden,
}

pub(crate) fn run(args: &Args) -> Result<(), Error> {
    match &args.block {
        Which::Topk(args) => cmd_run_topk::run(args),
        Which::Attention(args) => cmd_run_attention::run(args),
        Which::Trace(args) => cmd_run_trace::run(args),
        Which::Gemm(args) => cmd_run_gemm::run(args),
        Which::Other(words) => {
            let name = words.first().map_or("", String::as_str);
            let known = block::select(name).map(|_| ());
            let all = || Err(format!("run {name}: name one block"));
            known.and_then(|()| all()).map_err(Error::input)
        }
    }
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
