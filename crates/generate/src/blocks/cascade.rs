// SPDX-License-Identifier: MIT OR Apache-2.0
//! Binding of cascade pruning: its parameters, ports and promises as the RTL states them.

use hwgen_bundle::manifest::{Dir, Port};
use hwgen_golden::Design;
use hwgen_golden::attention::HEAD_W;
use hwgen_golden::cascade::EngineParams;
use hwgen_golden::importance::{HEAD_ACC_W, TOKEN_ACC_W};

use super::importance::{from_core, own, parameters, port};
use crate::block::{Block, Offer, Spec};

/// Cascade pruning.
pub(crate) struct Cascade;

const VARIANT: &str = "radix";

impl Block for Cascade {
    fn name(&self) -> &'static str {
        "cascade"
    }

    fn about(&self) -> &'static str {
        "prunes the least important tokens and heads between layers"
    }

    fn variants(&self) -> Vec<Offer> {
        vec![Offer {
            name: VARIANT,
            about: "ranks by the radix top-k engine; holds sums and lists of the survivors",
        }]
    }

    fn engines(&self, design: &Design) -> Vec<Spec> {
        let cascade = design.params().cascade.iter();
        cascade.map(|c| spec(&c.params)).collect()
    }
}

fn spec(p: &EngineParams) -> Spec {
    let i = &p.importance;
    let what = format!(
        "Prunes tokens and heads between layers: sums the importance of up to {} tokens and {} heads \
         and keeps the best, by {} bits of it.",
        i.max_tokens, i.max_heads, p.key_w,
    );
    let how =
        "A command starts a sequence, or goes to the next layer or token; it is answered by the \
               lists of the surviving tokens and heads, ascending, and a last word. The list of \
               tokens fits the list port of the attention core."
            .to_owned();
    let mut parameters = parameters(i);
    parameters.extend([
        own("Lanes", p.lanes, "Keys a beat of the top-k engine."),
        own("KeyW", p.key_w, "Bits of its keys."),
        own("DigitW", p.digit_w, "Bits of its digits."),
    ]);
    let tokens = p.command_cycles(i.max_tokens, i.max_heads, false);
    Spec {
        block: "cascade",
        variant: VARIANT,
        module: "hg_cascade".to_owned(),
        about: vec![what, how],
        parameters,
        ports: ports(p),
        latency: format!(
            "at most {tokens} cycles a layer of {} tokens and {} heads",
            i.max_tokens, i.max_heads
        ),
        throughput: "one command at a time".to_owned(),
    }
}

fn ports(p: &EngineParams) -> Vec<Port> {
    let i = |name, width, meaning| port(Dir::Input, name, width, meaning);
    let o = |name, width, meaning| port(Dir::Output, name, width, meaning);
    let (tok_w, heads_w) = (p.importance.tok_w(), p.heads_w());
    let mut ports = vec![
        i("clk_i", 1, "Clock, rising edge."),
        i("rst_ni", 1, "Asynchronous reset, active low."),
        i("cmd_valid_i", 1, "A command is offered."),
        o("cmd_ready_o", 1, "The command is taken."),
        i(
            "cmd_op_i",
            2,
            "0 start a sequence, 1 next layer, 2 next token.",
        ),
        i("cmd_tokens_i", tok_w, "Tokens of the new sequence."),
        i("cmd_heads_i", heads_w, "Heads of the new sequence."),
        i("cmd_keep_tokens_i", tok_w, "Tokens kept."),
        i("cmd_keep_heads_i", heads_w, "Heads kept."),
        i("cmd_window_i", tok_w, "Last tokens that stay in any case."),
    ];
    ports.extend(from_core(&p.importance));
    ports.extend([
        o("list_valid_o", 1, "A surviving token is offered."),
        i("list_ready_i", 1, "The surviving token is taken."),
        o("list_position_o", tok_w, "Its position from now on."),
        o("list_token_o", tok_w, "Its number."),
        o("list_sum_o", TOKEN_ACC_W, "Its importance; 65536 is one."),
        o("list_last_o", 1, "Last surviving token."),
        o("head_valid_o", 1, "A surviving head is offered."),
        i("head_ready_i", 1, "The surviving head is taken."),
        o("head_index_o", HEAD_W, "Its number."),
        o("head_sum_o", HEAD_ACC_W, "Its importance."),
        o("head_last_o", 1, "Last surviving head."),
        o("ans_valid_o", 1, "The command is answered."),
        i("ans_ready_i", 1, "The answer is taken."),
        o(
            "ans_error_o",
            3,
            "0 done; refused for 1 op, 2 tokens, 3 heads, 4 nothing to keep.",
        ),
        o("ans_tokens_o", tok_w, "Surviving tokens."),
        o("ans_heads_o", heads_w, "Surviving heads."),
    ]);
    ports
}
