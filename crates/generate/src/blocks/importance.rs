// SPDX-License-Identifier: MIT OR Apache-2.0
//! Binding of the accumulators of importance: parameters, ports and promises as the RTL states them.

use hwgen_bundle::manifest::{Dir, Port};
use hwgen_golden::Design;
use hwgen_golden::attention::{HEAD_W, OUT_W, PROB_W};
use hwgen_golden::importance::{HEAD_ACC_W, ImportanceParams, TAG_W, TOKEN_ACC_W};

use crate::block::{Block, Offer, Parameter, Spec};

/// The accumulators of importance.
pub(crate) struct Importance;

const VARIANT: &str = "banked";

impl Block for Importance {
    fn name(&self) -> &'static str {
        "importance"
    }

    fn about(&self) -> &'static str {
        "sums of probabilities by token and of output magnitudes by head"
    }

    fn variants(&self) -> Vec<Offer> {
        vec![Offer {
            name: VARIANT,
            about: "tokens by position, a bank a lane: a row of probabilities a cycle",
        }]
    }

    fn engines(&self, design: &Design) -> Vec<Spec> {
        design.params().importance.iter().map(spec).collect()
    }
}

fn spec(p: &ImportanceParams) -> Spec {
    let what = format!(
        "Sums importance: probabilities of up to {} tokens by position ({TOKEN_ACC_W} bits), magnitudes \
         of the outputs of up to {} heads ({HEAD_ACC_W} bits), both saturating.",
        p.max_tokens, p.max_heads,
    );
    let how = "Sums are read, copied and written through the access port; an access sees what was \
               taken before it. Memories hold noise until they are written."
        .to_owned();
    let mut parameters = parameters(p);
    parameters.push(own("TagW", TAG_W, "Bits that an access carries along."));
    Spec {
        block: "importance",
        variant: VARIANT,
        module: "hg_importance".to_owned(),
        about: vec![what, how],
        parameters,
        ports: ports(p),
        latency: "an access is answered in 2 cycles; a row is counted in 5".to_owned(),
        throughput: format!(
            "a row of {} a cycle, the same row every 4; an output every {} cycles",
            p.tokens(),
            p.d_head / 8 + 11
        ),
    }
}

/// Makes a parameter of one module.
pub(super) fn own(name: &'static str, value: u32, about: &'static str) -> Parameter {
    Parameter {
        name,
        value: i64::from(value),
        constant: None,
        about,
    }
}

/// Lists the parameters that cascade pruning shares.
pub(super) fn parameters(p: &ImportanceParams) -> Vec<Parameter> {
    vec![
        own("Tokens", p.tokens(), "Keys a row."),
        own("MaxTokens", p.max_tokens, "Most tokens."),
        own("DHead", p.d_head, "Elements of an output."),
        own("MaxHeads", p.max_heads, "Most heads."),
    ]
}

/// Makes a port.
pub(super) fn port(dir: Dir, name: &str, width: u32, meaning: &str) -> Port {
    Port {
        name: name.to_owned(),
        dir,
        width,
        meaning: meaning.to_owned(),
    }
}

/// Lists the streams that come from the core.
pub(super) fn from_core(p: &ImportanceParams) -> Vec<Port> {
    let i = |name, width, meaning| port(Dir::Input, name, width, meaning);
    let o = |name, width, meaning| port(Dir::Output, name, width, meaning);
    vec![
        i("prob_valid_i", 1, "A row of probabilities is offered."),
        o("prob_ready_o", 1, "The row of probabilities is taken."),
        i(
            "prob_data_i",
            p.tokens() * PROB_W,
            "Probabilities; 65536 is one.",
        ),
        i("prob_row_i", p.row_w(), "Row."),
        i("prob_keep_i", p.tokens(), "Lanes that count."),
        i("out_valid_i", 1, "An output is offered."),
        o("out_ready_o", 1, "The output is taken."),
        i(
            "out_data_i",
            p.d_head * OUT_W,
            "Elements, element 0 lowest.",
        ),
        i("out_head_i", HEAD_W, "Number of the head."),
    ]
}

fn ports(p: &ImportanceParams) -> Vec<Port> {
    let i = |name, width, meaning| port(Dir::Input, name, width, meaning);
    let o = |name, width, meaning| port(Dir::Output, name, width, meaning);
    let mut ports = vec![
        i("clk_i", 1, "Clock, rising edge."),
        i("rst_ni", 1, "Asynchronous reset, active low."),
    ];
    ports.extend(from_core(p));
    ports.extend([
        i("op_valid_i", 1, "An access is offered."),
        o("op_ready_o", 1, "The access is taken."),
        i(
            "op_head_i",
            1,
            "1 for sums of heads, 0 for those of tokens.",
        ),
        i("op_code_i", 2, "0 read, 1 copy, 2 write."),
        i("op_index_i", p.index_w(), "Sum that is read."),
        i("op_target_i", p.index_w(), "Sum that is written."),
        i("op_data_i", HEAD_ACC_W, "What code 2 writes."),
        i("op_restart_i", 1, "What was seen is forgotten first."),
        i("op_tag_i", TAG_W, "Comes back with the answer."),
        o("sum_valid_o", 1, "An answer is offered."),
        i("sum_ready_i", 1, "The answer is taken."),
        o("sum_data_o", HEAD_ACC_W, "The sum that was read."),
        o("sum_error_o", 1, "Nothing was done: no such sum or code."),
        o("sum_tag_o", TAG_W, "What came with the access."),
        o(
            "token_seen_o",
            TOKEN_ACC_W,
            "Or of all sums of tokens written since the restart.",
        ),
        o("head_seen_o", HEAD_ACC_W, "Likewise of heads."),
        o("idle_o", 1, "Everything taken has been counted."),
    ]);
    ports
}
