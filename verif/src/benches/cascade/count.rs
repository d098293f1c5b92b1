// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which situations a command of cascade pruning brings about.

use hwgen_golden::cascade::{Command, CommandError, Engine, EngineParams, Op};
use hwgen_golden::importance::rank_keys;

use super::Point;
use crate::kit::Io;

/// Counts what a command brought about.
pub(super) fn count(
    params: &EngineParams,
    before: &Engine,
    command: &Command,
    error: CommandError,
    after: &Engine,
    io: &mut Io<Point>,
) {
    let refusals = [
        (CommandError::Op, Point::RefusedOp),
        (CommandError::Tokens, Point::RefusedTokens),
        (CommandError::Heads, Point::RefusedHeads),
        (CommandError::Keep, Point::RefusedKeep),
    ];
    for (reason, point) in refusals {
        io.count(point, error == reason);
    }
    let Some(now) = after.survivors().filter(|_| error == CommandError::Ok) else {
        return;
    };
    io.count(Point::Joined, command.op == Op::Token);
    let full = now.token_importance().sums().len() as u32 == params.importance.max_tokens;
    io.count(Point::FullLength, full);
    let Some(was) = before.survivors().filter(|_| command.op == Op::Layer) else {
        return;
    };
    let fewer = now.tokens().len() < was.tokens().len();
    io.count(Point::PrunedTokens, fewer);
    io.count(Point::PrunedHeads, now.heads().len() < was.heads().len());
    io.count(Point::KeptAll, !fewer);
    io.count(
        Point::WindowWon,
        fewer && command.window > command.keep_tokens,
    );
    let sums = was.token_importance().sums();
    let all: Vec<u64> = was
        .tokens()
        .iter()
        .map(|&t| sums[t as usize].into())
        .collect();
    let keys = rank_keys(&all, params.key_w);
    io.count(Point::CutTokens, keys != all);
    let open = was.tokens().len().saturating_sub(command.window as usize);
    let stays = |at: usize| now.tokens().binary_search(&was.tokens()[at]).is_ok();
    let weakest = (0..open).filter(|&at| stays(at)).map(|at| keys[at]).min();
    let strongest = (0..open).filter(|&at| !stays(at)).map(|at| keys[at]).max();
    io.count(Point::Tied, weakest.is_some() && weakest == strongest);
    let recent = (open..keys.len()).map(|at| keys[at]).min();
    io.count(Point::Protected, recent.is_some() && recent < strongest);
    let sums = was.head_importance().sums();
    let all: Vec<u64> = was.heads().iter().map(|&h| sums[h as usize]).collect();
    io.count(Point::CutHeads, rank_keys(&all, params.key_w) != all);
}
