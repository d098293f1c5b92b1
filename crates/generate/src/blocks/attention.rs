// SPDX-License-Identifier: MIT OR Apache-2.0
//! Binding of the attention core: its parameters, ports and promises as the RTL states them.

mod vectors;

use hwgen_bundle::manifest::{Dir, Port};
use hwgen_golden::Design;
use hwgen_golden::attention::{
    AttentionParams, BOUND_W, HEAD_LIMIT_W, HEAD_W, OUT_W, PROB_W, QUERY_W,
};

use crate::block::{Block, Offer, Parameter, Spec};
use hwgen_bundle::file::File;

/// The attention core.
pub(crate) struct Attention;

/// Heads in the memory of the golden vectors.
pub(crate) const VECTOR_HEADS: usize = 6;

const VARIANT: &str = "core";
const ABOUT: &str = "QK, softmax, value selection and PV, overlapped across queries and heads";

impl Block for Attention {
    fn name(&self) -> &'static str {
        "attention"
    }

    fn about(&self) -> &'static str {
        "quantised attention of one head at a time, with precision that is added, not recomputed"
    }

    fn variants(&self) -> Vec<Offer> {
        vec![Offer {
            name: VARIANT,
            about: ABOUT,
        }]
    }

    fn engines(&self, design: &Design) -> Vec<Spec> {
        design.params().attention.iter().map(spec).collect()
    }

    fn vectors(&self, design: &Design, engine: &Spec) -> Vec<File> {
        let top = engine.top(&design.params().name);
        let params = design.params().attention.iter();
        params.flat_map(|p| vectors::files(p, &top)).collect()
    }
}

fn spec(p: &AttentionParams) -> Spec {
    let (t, c) = (p.tokens(), p.fold());
    let rate = match (t, c) {
        (1, 1) => "one token a cycle".to_owned(),
        (1, c) => format!("one token in {c} cycles"),
        (t, _) => format!("{t} tokens a cycle"),
    };
    let what = format!(
        "Attention of one head at a time: up to {} keys of up to {} elements, K and V in bit planes \
         of {:?} and {:?} bits, {} multiplier lanes each in QK and PV: {rate} and plane.",
        p.max_tokens, p.d_head, p.k_planes, p.v_planes, p.lanes,
    );
    let how = "A job is all queries of a head. Plane vectors come through the vector port, in the \
               order of the requests, after any latency; none is asked for twice within a job. \
               Scores and probabilities never leave the chip, but for the probabilities that the \
               importance of tokens is summed from."
        .to_owned();
    Spec {
        block: "attention",
        variant: VARIANT,
        module: "hg_attention".to_owned(),
        about: vec![what, how],
        parameters: parameters(p),
        ports: ports(p),
        latency: "depends on the keys, the rule and the memory".to_owned(),
        throughput: format!("QK and PV take a row of {t} in {c} cycles a plane, overlapped"),
    }
}

/// Packs the widths of planes, four bits each, the top plane lowest.
pub(super) fn packed(planes: &[u32]) -> u32 {
    (0..).zip(planes).map(|(i, w)| w << (4 * i)).sum()
}

fn parameters(p: &AttentionParams) -> Vec<Parameter> {
    let own = |name, value: u32, about| Parameter {
        name,
        value: i64::from(value),
        constant: None,
        about,
    };
    vec![
        own("DHead", p.d_head, "Elements of a head."),
        own("Lanes", p.lanes, "Multiplier lanes of QK and of PV."),
        own("MaxTokens", p.max_tokens, "Most tokens of a job."),
        own(
            "KPlanes",
            packed(&p.k_planes),
            "Bits of the planes of K, four bits a plane, top plane lowest.",
        ),
        own(
            "VPlanes",
            packed(&p.v_planes),
            "Bits of the planes of V, likewise.",
        ),
        own("Contexts", p.contexts, "Queries in flight."),
        own("Outstanding", p.outstanding, "Requests in flight."),
    ]
}

// A list, one entry a port: there is nothing to take out of it.
#[allow(clippy::too_many_lines)]
fn ports(p: &AttentionParams) -> Vec<Port> {
    let port = |dir, name: &str, width, meaning: &str| Port {
        name: name.to_owned(),
        dir,
        width,
        meaning: meaning.to_owned(),
    };
    let i = |name, width, meaning| port(Dir::Input, name, width, meaning);
    let o = |name, width, meaning| port(Dir::Output, name, width, meaning);
    let (t, d, tok_w) = (p.tokens(), p.d_head, p.tok_w());
    vec![
        i("clk_i", 1, "Clock, rising edge."),
        i("rst_ni", 1, "Asynchronous reset, active low."),
        i("job_valid_i", 1, "A job is offered."),
        o("job_ready_o", 1, "The job is taken."),
        i(
            "job_head_i",
            HEAD_W,
            "Number of the head; requests carry it.",
        ),
        i("job_keys_i", tok_w, "Keys of the head."),
        i("job_causal_i", 1, "Query i sees only keys 0 to first + i."),
        i("job_first_i", tok_w, "Position of query 0; read if causal."),
        i("job_k_start_i", 2, "Planes of K that are fetched up front."),
        i("job_k_max_i", 2, "Most planes of K that a key gets."),
        i("job_v_count_i", 2, "Planes of V that are fetched."),
        i("job_rule_i", 2, "Refinement: 0 static, 1 head, 2 token."),
        i(
            "job_head_limit_i",
            HEAD_LIMIT_W,
            "Rule head: refine while the sum of exponentials exceeds this.",
        ),
        i(
            "job_eps_log2_i",
            20,
            "Rule token: minus log2 of the probability limit, 2^-14 units.",
        ),
        i(
            "job_pre_shift_i",
            6,
            "Right shift of score differences, -16 to 31.",
        ),
        i("job_mant_i", 16, "Multiplier of shifted differences."),
        i("job_select_i", 2, "Values: 0 all, 1 the k best, 2 by mass."),
        i("job_k_i", tok_w, "Values kept if select is 1."),
        i(
            "job_mass_i",
            PROB_W,
            "Mass kept if select is 2; 65536 is one.",
        ),
        i("job_renorm_i", 1, "Selected probabilities sum to one."),
        i("job_bias_i", 1, "Each query comes with biases."),
        i("job_list_i", 1, "Positions go through the token list."),
        i("list_valid_i", 1, "An entry of the token list is offered."),
        o(
            "list_ready_o",
            1,
            "It is taken; low while a job is under way.",
        ),
        i("list_position_i", tok_w, "Position of the entry."),
        i("list_token_i", tok_w, "Token of the entry."),
        i("query_valid_i", 1, "A query is offered."),
        o("query_ready_o", 1, "The query is taken."),
        i("query_data_i", d * QUERY_W, "Elements, element 0 lowest."),
        i("query_bound_i", BOUND_W, "Rule token: uncertainty bound."),
        i("query_last_i", 1, "Last query of its job."),
        i("bias_valid_i", 1, "A row of biases is offered."),
        o("bias_ready_o", 1, "The row of biases is taken."),
        i(
            "bias_data_i",
            t * p.bias_w(),
            "Biases in raw score units; the smallest masks its key.",
        ),
        o("req_valid_o", 1, "A row of plane vectors is asked for."),
        i("req_ready_i", 1, "The request is taken."),
        o("req_value_o", 1, "1 for V, 0 for K."),
        o("req_plane_o", 2, "Plane, 0 is the top one."),
        o("req_head_o", HEAD_W, "Number of the head."),
        o("req_mask_o", t, "Lanes that are wanted."),
        o("req_token_o", t * tok_w, "Token of each lane."),
        i("rsp_valid_i", 1, "The next response is offered."),
        o("rsp_ready_o", 1, "The response is taken."),
        i(
            "rsp_data_i",
            p.response_w(),
            "Digits by lane and element, each right-aligned.",
        ),
        o("prob_valid_o", 1, "A row of probabilities is offered."),
        i("prob_ready_i", 1, "The row of probabilities is taken."),
        o("prob_data_o", t * PROB_W, "Probabilities; 65536 is one."),
        o("prob_row_o", p.row_w(), "Row."),
        o("prob_keep_o", t, "Lanes that are visible and not masked."),
        o("prob_last_o", 1, "Last row of the query."),
        o("out_valid_o", 1, "An output is offered."),
        i("out_ready_i", 1, "The output is taken."),
        o(
            "out_data_o",
            d * OUT_W,
            "Elements in 1/16 units of V, element 0 lowest.",
        ),
        o("out_head_o", HEAD_W, "Number of the head."),
        o("out_last_o", 1, "Last output of its job."),
        o("stat_valid_o", 1, "A report is offered."),
        i("stat_ready_i", 1, "The report is taken."),
        o("stat_head_o", HEAD_W, "Number of the head."),
        o(
            "stat_error_o",
            3,
            "0 done; refused for 1 keys, 2 k, 3 planes, 4 rule or select, 5 mass.",
        ),
        o("stat_last_o", 1, "Last report of its job."),
        o(
            "stat_k_fetched_o",
            16,
            "Plane vectors of K that refinements asked for.",
        ),
        o("stat_refined_o", 16, "Planes that refinements added."),
        o("stat_selected_o", tok_w, "Values selected."),
        o("stat_v_fetched_o", 16, "Plane vectors of V asked for."),
        o("stat_rounds_o", 2, "Refinement rounds."),
        o(
            "stat_cycles_o",
            32,
            "Cycles from the query's acceptance to its output.",
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::packed;

    #[test]
    fn planes_are_packed_four_bits_each() {
        assert_eq!(packed(&[4, 4, 4]), 0x444);
        assert_eq!(packed(&[8, 4]), 0x48);
        assert_eq!(packed(&[6]), 6);
    }
}
