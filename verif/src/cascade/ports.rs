// SPDX-License-Identifier: MIT OR Apache-2.0
//! The ports of cascade pruning.

use hwgen_golden::attention::HEAD_W;
use hwgen_golden::cascade::{Command, EngineParams};
use hwgen_golden::importance::{HEAD_ACC_W, TOKEN_ACC_W};

use crate::importance::ports::{FromCore, Wanted, input, output};
use hwgen_bundle::manifest::Dir;
use hwgen_sim::dut::{Dut, In, Out};

/// Handles of the ports.
pub(super) struct Ports {
    pub(super) rst_n: In,
    pub(super) core: FromCore,
    pub(super) cmd_valid: In,
    pub(super) cmd_ready: Out,
    /// Op, tokens, heads, kept tokens, kept heads, window.
    cmd: [In; 6],
    /// Ready of tokens, heads and answers.
    pub(super) ready: [In; 3],
    /// Valid, its name, and what must not change while it waits: tokens, heads, answers.
    pub(super) streams: [(Out, &'static str, Vec<Out>); 3],
}

const CMD: [&str; 6] = [
    "cmd_op_i",
    "cmd_tokens_i",
    "cmd_heads_i",
    "cmd_keep_tokens_i",
    "cmd_keep_heads_i",
    "cmd_window_i",
];

/// Names and widths of the fields of tokens, heads and answers.
pub(super) fn fields(p: &EngineParams) -> [Vec<(&'static str, u32)>; 3] {
    let (tok_w, heads_w) = (p.importance.tok_w(), p.heads_w());
    [
        vec![
            ("list_position_o", tok_w),
            ("list_token_o", tok_w),
            ("list_sum_o", TOKEN_ACC_W),
            ("list_last_o", 1),
        ],
        vec![
            ("head_index_o", HEAD_W),
            ("head_sum_o", HEAD_ACC_W),
            ("head_last_o", 1),
        ],
        vec![
            ("ans_error_o", 3),
            ("ans_tokens_o", tok_w),
            ("ans_heads_o", heads_w),
        ],
    ]
}

/// Lists every port.
pub(super) fn wanted(p: &EngineParams) -> Wanted {
    use Dir::{Input, Output};
    let (tok_w, heads_w) = (p.importance.tok_w(), p.heads_w());
    let mut all = FromCore::wanted(&p.importance);
    let cmd_w = [2, tok_w, heads_w, tok_w, heads_w, tok_w];
    all.extend(CMD.into_iter().zip(cmd_w).map(|(name, w)| (name, Input, w)));
    let out = fields(p).into_iter().flatten();
    all.extend(out.map(|(name, w)| (name, Output, w)));
    all.extend([
        ("clk_i", Input, 1),
        ("rst_ni", Input, 1),
        ("cmd_valid_i", Input, 1),
        ("cmd_ready_o", Output, 1),
        ("list_valid_o", Output, 1),
        ("list_ready_i", Input, 1),
        ("head_valid_o", Output, 1),
        ("head_ready_i", Input, 1),
        ("ans_valid_o", Output, 1),
        ("ans_ready_i", Input, 1),
    ]);
    all
}

impl Ports {
    /// Finds the ports, whose widths have been compared.
    pub(super) fn find(dut: &Dut, p: &EngineParams) -> Result<Self, String> {
        let (i, o) = (input(dut), output(dut));
        let [op, tokens, heads, keep_tokens, keep_heads, window] = CMD.map(&i);
        let [list, head, answer] = fields(p).map(|names| {
            let all = names.into_iter().map(|(name, _)| o(name));
            all.collect::<Result<Vec<Out>, String>>()
        });
        Ok(Self {
            rst_n: i("rst_ni")?,
            core: FromCore::find(dut)?,
            cmd_valid: i("cmd_valid_i")?,
            cmd_ready: o("cmd_ready_o")?,
            cmd: [op?, tokens?, heads?, keep_tokens?, keep_heads?, window?],
            ready: [i("list_ready_i")?, i("head_ready_i")?, i("ans_ready_i")?],
            streams: [
                (o("list_valid_o")?, "list_valid_o", list?),
                (o("head_valid_o")?, "head_valid_o", head?),
                (o("ans_valid_o")?, "ans_valid_o", answer?),
            ],
        })
    }

    /// Puts a command on the port, or takes it away.
    pub(super) fn put_command(&self, dut: &mut Dut, command: Option<&Command>) {
        dut.set(self.cmd_valid, u64::from(command.is_some()));
        if let Some(c) = command {
            let fields = [
                c.op.code(),
                c.tokens,
                c.heads,
                c.keep_tokens,
                c.keep_heads,
                c.window,
            ];
            for (&port, field) in self.cmd.iter().zip(fields) {
                dut.set(port, u64::from(field));
            }
        }
    }
}
