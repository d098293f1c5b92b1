// SPDX-License-Identifier: MIT OR Apache-2.0
//! Cascade pruning by descriptor: the survivors become the lists of what follows.

use super::{Accelerator, Outcome, Write};
use crate::cascade::{Command, CommandError, Op};
use crate::command::{Cascade, Code, Fault, survivor_head, survivor_token};

impl Accelerator {
    /// Carries a command of cascade pruning out.
    pub(super) fn cascade(&mut self, at: u64, op: &Cascade, out: &mut Outcome) {
        let Some(pruning) = &mut self.pruning else {
            return;
        };
        let error = pruning.command(&Command {
            op: Op::ALL[usize::from(op.operation & 3)],
            tokens: op.tokens.into(),
            heads: op.heads.into(),
            keep_tokens: op.keep_tokens.into(),
            keep_heads: op.keep_heads.into(),
            window: op.window.into(),
        });
        if error != CommandError::Ok {
            let code = Code::of_cascade(error);
            out.faults.push(Fault { code, address: at });
            return;
        }
        let Some(survivors) = pruning.survivors() else {
            return;
        };
        let (tokens, heads) = (survivors.tokens().to_vec(), survivors.heads().to_vec());
        let sum = |&token: &u32| survivors.token_importance().sums()[token as usize];
        let token = |(position, token): (u16, &u32)| {
            survivor_token(position, *token as u16, sum(token).into())
        };
        let head = |&head: &u32| {
            survivor_head(
                head as u16,
                survivors.head_importance().sums()[head as usize],
            )
        };
        let lists = [
            (op.token_list, (0..).zip(&tokens).map(token).collect()),
            (op.head_list, heads.iter().map(head).collect::<Vec<_>>()),
        ];
        for (address, entries) in lists {
            if address != 0 && !entries.is_empty() {
                out.writes.push(Write {
                    address,
                    bytes: entries.concat(),
                    cycles: None,
                });
            }
        }
        out.count = tokens.len() as u32;
        self.write_list(&tokens);
        self.heads = heads;
    }
}
