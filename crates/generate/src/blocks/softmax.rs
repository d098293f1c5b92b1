// SPDX-License-Identifier: MIT OR Apache-2.0
//! Binding of the softmax passes: parameters, ports and promises as the RTL states them.

use hwgen_bundle::manifest::{Dir, Port};
use hwgen_golden::Design;
use hwgen_golden::attention::AttentionParams;
use hwgen_golden::softmax::{EXP_W, KEY_W, PLANES_W, SUM_W, SoftmaxParams};
use hwgen_golden::stage::Stage;

use super::importance::{own, port};
use crate::block::{Block, Offer, Parameter, Spec};

/// The softmax passes.
pub(crate) struct Softmax;

const VARIANT: &str = "table";

impl Block for Softmax {
    fn name(&self) -> &'static str {
        Stage::Softmax.name()
    }

    fn about(&self) -> &'static str {
        "exponentials, ranks and their sum over the scores of a query, and scans for what to refine"
    }

    fn variants(&self) -> Vec<Offer> {
        vec![Offer {
            name: VARIANT,
            about: "powers of two from a table of 64 points an octave, interpolated",
        }]
    }

    fn engines(&self, design: &Design) -> Vec<Spec> {
        let core = design.params().stage(Stage::Softmax);
        core.map(|core| spec(&SoftmaxParams::of(core), core))
            .into_iter()
            .collect()
    }
}

fn spec(p: &SoftmaxParams, core: &AttentionParams) -> Spec {
    let what = format!(
        "Passes over up to {} scores of {} bits in each of {} contexts of a score buffer: powers \
         of two of the distances to the largest, in 2**-24, their ranks and their sums.",
        core.max_tokens, p.score_w, p.contexts,
    );
    let how = "A scan marks the candidates of a refinement and finds the largest score of the \
               rest. The buffer answers a read in two cycles; nothing waits behind cmd_ready_o."
        .to_owned();
    Spec {
        block: Stage::Softmax.name(),
        variant: VARIANT,
        module: "hg_softmax".to_owned(),
        about: vec![what, how],
        parameters: parameters(p),
        ports: ports(p),
        latency: "see the headers of hg_softmax and hg_exp2".to_owned(),
        throughput: format!(
            "a row of {} a cycle, without a pause between passes",
            p.tokens
        ),
    }
}

fn parameters(p: &SoftmaxParams) -> Vec<Parameter> {
    vec![
        own("Tokens", p.tokens, "Keys a row."),
        own("Rows", p.rows, "Rows of a context."),
        own("Contexts", p.contexts, "Queries in flight."),
        own("ScoreW", p.score_w, "Bits of a score with its bias."),
    ]
}

// A list, one entry a port: there is nothing to take out of it.
#[allow(clippy::too_many_lines)]
fn ports(p: &SoftmaxParams) -> Vec<Port> {
    let i = |name, width, meaning| port(Dir::Input, name, width, meaning);
    let o = |name, width, meaning| port(Dir::Output, name, width, meaning);
    vec![
        i("clk_i", 1, "Clock, rising edge."),
        i("rst_ni", 1, "Asynchronous reset, active low."),
        i("cmd_valid_i", 1, "A pass is offered."),
        o("cmd_ready_o", 1, "The pass is taken."),
        i("cmd_scan_i", 1, "It is a scan."),
        i("cmd_certain_i", 1, "Comes back with the sums."),
        i("cmd_context_i", p.context_w(), "Context to read."),
        i("cmd_rows_i", p.rows_w(), "Rows to read, 1 and up."),
        i("cmd_planes_i", PLANES_W, "Planes of a candidate."),
        i("cmd_pre_shift_i", 6, "Right shift of distances, -16 to 31."),
        i("cmd_mant_i", 16, "Multiplier of shifted distances."),
        i(
            "scan_all_i",
            1,
            "A scan marks all live keys; stands until its end.",
        ),
        i(
            "scan_limit_i",
            KEY_W,
            "Else candidates of up to this rank; stands likewise.",
        ),
        o("rd_en_o", 1, "A row is read."),
        o("rd_context_o", p.context_w(), "Its context."),
        o("rd_row_o", p.row_w(), "Its number."),
        i(
            "rd_keys_i",
            p.tokens * p.key_w(),
            "Keys two cycles later: live, planes, score.",
        ),
        i(
            "rd_max_i",
            p.score_w + 1,
            "With them the largest live score; top bit alone for none.",
        ),
        o("sel_valid_o", 1, "A row of a pass, for the selection."),
        o("sel_row_o", p.row_w(), "Its number."),
        o(
            "sel_key_o",
            p.tokens * KEY_W,
            "Ranks; smaller is likelier. Of live keys.",
        ),
        o(
            "sel_exp_o",
            p.tokens * EXP_W,
            "Exponentials; 0 of keys that do not live.",
        ),
        o("sel_live_o", p.tokens, "Keys that live."),
        o("sel_last_o", 1, "Last row of the pass."),
        o("res_valid_o", 1, "The sums of a pass are there."),
        o("res_certain_o", 1, "What came with the pass."),
        o("res_sum_o", SUM_W, "Sum of all exponentials."),
        o("res_part_o", SUM_W, "Sum of those of candidates."),
        o("scan_valid_o", 1, "A row with marks."),
        o("scan_row_o", p.row_w(), "Its number."),
        o("scan_mask_o", p.tokens, "Keys to refine."),
        o("scan_end_o", 1, "The scan has ended."),
        o("scan_any_o", 1, "From then on: it has marked a key."),
        o(
            "scan_rest_o",
            p.score_w + 1,
            "Likewise: largest live score that it left; top bit alone for none.",
        ),
    ]
}
