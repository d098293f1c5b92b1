// SPDX-License-Identifier: MIT OR Apache-2.0
//! Binding of the score buffer: parameters, ports and promises as the RTL states them.

use hwgen_bundle::manifest::{Dir, Port};
use hwgen_golden::Design;
use hwgen_golden::attention::AttentionParams;
use hwgen_golden::score::ScoreParams;
use hwgen_golden::stage::Stage;

use super::attention::packed;
use super::importance::{own, port};
use crate::block::{Block, Offer, Parameter, Spec};

/// The score buffer.
pub(crate) struct Score;

const VARIANT: &str = "banked";

impl Block for Score {
    fn name(&self) -> &'static str {
        Stage::Score.name()
    }

    fn about(&self) -> &'static str {
        "scores of the keys of several queries, made of partial scores of bit planes"
    }

    fn variants(&self) -> Vec<Offer> {
        vec![Offer {
            name: VARIANT,
            about: "a memory a query in flight, a row of keys a word",
        }]
    }

    fn engines(&self, design: &Design) -> Vec<Spec> {
        let core = design.params().stage(Stage::Score);
        core.map(|core| spec(&ScoreParams::of(core), core))
            .into_iter()
            .collect()
    }
}

fn spec(p: &ScoreParams, core: &AttentionParams) -> Spec {
    let what = format!(
        "Holds the scores, with their biases, of up to {} keys of each of {} queries, made of \
         sums of {:?} bits a plane; adds a plane to keys that are refined; keeps the largest.",
        core.max_tokens, p.contexts, p.k_planes,
    );
    let how = "First planes come inner to the rows and only write; a row of a refinement is read, \
               added to and written back. Nothing waits."
        .to_owned();
    Spec {
        block: Stage::Score.name(),
        variant: VARIANT,
        module: "hg_score".to_owned(),
        about: vec![what, how],
        parameters: parameters(p),
        ports: ports(p),
        latency: "a read takes 2 cycles; from a pass's last row to its end see hg_score".to_owned(),
        throughput: format!("a plane of a row of {} a cycle", p.tokens),
    }
}

fn parameters(p: &ScoreParams) -> Vec<Parameter> {
    vec![
        own("Tokens", p.tokens, "Keys a row."),
        own("Rows", p.rows, "Rows of a context."),
        own("Contexts", p.contexts, "Queries in flight."),
        own("KPlanes", p.k_planes.len() as u32, "Planes of K."),
        own(
            "KWidths",
            packed(&p.k_planes),
            "Their bits, four bits a plane, top plane lowest.",
        ),
        own("SumW", p.sum_w, "Bits of a sum of QK."),
        own("QueryW", p.query_w, "Bits of the sum of a query."),
        own("ScoreW", p.score_w, "Bits of a score with its bias."),
    ]
}

fn ports(p: &ScoreParams) -> Vec<Port> {
    let i = |name, width, meaning| port(Dir::Input, name, width, meaning);
    let o = |name, width, meaning| port(Dir::Output, name, width, meaning);
    vec![
        i("clk_i", 1, "Clock, rising edge."),
        i("rst_ni", 1, "Asynchronous reset, active low."),
        i(
            "query_sums_i",
            p.contexts * p.query_w,
            "Sum of the query's elements, by context; stands while its rows come.",
        ),
        i("in_valid_i", 1, "A row of sums of one plane is there."),
        i(
            "in_tag_i",
            p.tag_w(),
            "Context, row, plane, refine, first and last plane, first and last row, mask, biases.",
        ),
        i(
            "in_sums_i",
            p.tokens * p.sum_w,
            "A signed sum for each key.",
        ),
        i(
            "rest_valid_i",
            1,
            "A refinement begins: not behind its first row.",
        ),
        i(
            "rest_score_i",
            p.score_w + 1,
            "Largest live score that it leaves alone; top bit alone for none.",
        ),
        o("done_o", 1, "The last row of a pass is written."),
        o("done_context_o", p.context_w(), "Its context."),
        i("rd_en_i", 1, "A row is read."),
        i("rd_context_i", p.context_w(), "Its context."),
        i("rd_row_i", p.row_w(), "Its number."),
        o(
            "rd_keys_o",
            p.tokens * p.key_w(),
            "Keys two cycles later: live, planes, score.",
        ),
        o(
            "rd_max_o",
            p.score_w + 1,
            "With them the largest live score; top bit set for none.",
        ),
    ]
}
