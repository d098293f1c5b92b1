// SPDX-License-Identifier: MIT OR Apache-2.0
//! `hwgen run`: a block at work on data.

mod attention;
mod gemm;
mod model;
mod shared;
mod topk;
mod trace;

use clap::Subcommand;

use hwgen_console::error::Error;
use hwgen_generate::registry;

/// Arguments of `hwgen run`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    block: Which,
}

#[derive(Debug, Subcommand)]
enum Which {
    /// Ranks real scores.
    Topk(topk::Args),
    /// Computes attention of a model's queries, keys and values.
    Attention(Box<attention::Args>),
    /// Replays a workload trace on the attention core, with random data.
    Trace(trace::Args),
    /// Multiplies a model's sparse weights with its activations.
    Gemm(gemm::Args),
    /// Runs a whole transformer: embeds sentences, or continues text
    Model(model::Args),
    #[command(external_subcommand)]
    Other(Vec<String>),
}

pub(crate) fn run(args: &Args) -> Result<(), Error> {
    match &args.block {
        Which::Topk(args) => topk::run(args),
        Which::Attention(args) => attention::run(args),
        Which::Trace(args) => trace::run(args),
        Which::Gemm(args) => gemm::run(args),
        Which::Model(args) => model::run(args),
        Which::Other(words) => {
            let name = words.first().map_or("", String::as_str);
            let known = registry::select(name).map(|_| ());
            let all = || Err(format!("run {name}: name one block"));
            known.and_then(|()| all()).map_err(Error::input)
        }
    }
}
