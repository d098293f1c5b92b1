// SPDX-License-Identifier: MIT OR Apache-2.0
//! The ports of the attention core.

use hwgen_golden::attention::{
    AttentionParams, BOUND_W, HEAD_LIMIT_W, HEAD_W, OUT_W, PROB_W, QUERY_W,
};

use hwgen_bundle::manifest::Dir;
use hwgen_sim::dut::{Dut, In, Out};

/// Handles of the ports.
pub(super) struct Ports {
    pub(super) rst_n: In,
    pub(super) job_valid: In,
    pub(super) job_ready: Out,
    pub(super) job: Vec<In>,
    pub(super) list_valid: In,
    pub(super) list_ready: Out,
    pub(super) list_position: In,
    pub(super) list_token: In,
    pub(super) query_valid: In,
    pub(super) query_ready: Out,
    pub(super) query_data: In,
    pub(super) query_bound: In,
    pub(super) query_last: In,
    pub(super) bias_valid: In,
    pub(super) bias_ready: Out,
    pub(super) bias_data: In,
    pub(super) req_valid: Out,
    pub(super) req_ready: In,
    pub(super) req_value: Out,
    pub(super) req_plane: Out,
    pub(super) req_head: Out,
    pub(super) req_mask: Out,
    pub(super) req_token: Out,
    pub(super) rsp_valid: In,
    pub(super) rsp_ready: Out,
    pub(super) rsp_data: In,
    pub(super) prob_valid: Out,
    pub(super) prob_ready: In,
    pub(super) prob_data: Out,
    pub(super) prob_row: Out,
    pub(super) prob_keep: Out,
    pub(super) prob_last: Out,
    pub(super) out_valid: Out,
    pub(super) out_ready: In,
    pub(super) out_data: Out,
    pub(super) out_head: Out,
    pub(super) out_last: Out,
    pub(super) stat_valid: Out,
    pub(super) stat_ready: In,
    pub(super) stat: Vec<Out>,
}

/// Fields of the job port, in the order of [`super::drive`].
pub(super) const JOB: [&str; 18] = [
    "head",
    "keys",
    "causal",
    "first",
    "k_start",
    "k_max",
    "v_count",
    "rule",
    "head_limit",
    "eps_log2",
    "pre_shift",
    "mant",
    "select",
    "k",
    "mass",
    "renorm",
    "bias",
    "list",
];

/// Fields of the statistics port, in the order of [`super::check`]; the last is not compared.
pub(super) const STAT: [&str; 9] = [
    "head",
    "error",
    "last",
    "k_fetched",
    "refined",
    "selected",
    "v_fetched",
    "rounds",
    "cycles",
];

/// Lists every port with its direction and width.
pub(super) fn wanted(p: &AttentionParams) -> Vec<(String, Dir, u32)> {
    use Dir::{Input, Output};
    let (t, d, tok_w) = (p.tokens(), p.d_head, p.tok_w());
    let job_w = [
        HEAD_W,
        tok_w,
        1,
        tok_w,
        2,
        2,
        2,
        2,
        HEAD_LIMIT_W,
        20,
        6,
        16,
        2,
        tok_w,
        PROB_W,
        1,
        1,
        1,
    ];
    let stat_w = [HEAD_W, 3, 1, 16, 16, tok_w, 16, 2, 32];
    let plain = [
        ("clk_i", Input, 1),
        ("rst_ni", Input, 1),
        ("job_valid_i", Input, 1),
        ("job_ready_o", Output, 1),
        ("list_valid_i", Input, 1),
        ("list_ready_o", Output, 1),
        ("list_position_i", Input, tok_w),
        ("list_token_i", Input, tok_w),
        ("query_valid_i", Input, 1),
        ("query_ready_o", Output, 1),
        ("query_data_i", Input, d * QUERY_W),
        ("query_bound_i", Input, BOUND_W),
        ("query_last_i", Input, 1),
        ("bias_valid_i", Input, 1),
        ("bias_ready_o", Output, 1),
        ("bias_data_i", Input, t * p.bias_w()),
        ("req_valid_o", Output, 1),
        ("req_ready_i", Input, 1),
        ("req_value_o", Output, 1),
        ("req_plane_o", Output, 2),
        ("req_head_o", Output, HEAD_W),
        ("req_mask_o", Output, t),
        ("req_token_o", Output, t * tok_w),
        ("rsp_valid_i", Input, 1),
        ("rsp_ready_o", Output, 1),
        ("rsp_data_i", Input, p.response_w()),
        ("prob_valid_o", Output, 1),
        ("prob_ready_i", Input, 1),
        ("prob_data_o", Output, t * PROB_W),
        ("prob_row_o", Output, p.row_w()),
        ("prob_keep_o", Output, t),
        ("prob_last_o", Output, 1),
        ("out_valid_o", Output, 1),
        ("out_ready_i", Input, 1),
        ("out_data_o", Output, d * OUT_W),
        ("out_head_o", Output, HEAD_W),
        ("out_last_o", Output, 1),
        ("stat_valid_o", Output, 1),
        ("stat_ready_i", Input, 1),
    ];
    let plain = plain.map(|(name, dir, width)| (name.to_owned(), dir, width));
    let job = JOB.iter().zip(job_w);
    let job = job.map(|(name, width)| (format!("job_{name}_i"), Input, width));
    let stat = STAT.iter().zip(stat_w);
    let stat = stat.map(|(name, width)| (format!("stat_{name}_o"), Output, width));
    plain.into_iter().chain(job).chain(stat).collect()
}

impl Ports {
    /// Finds the ports, whose widths [`Engine::declares`](hwgen_bundle::manifest::Engine::declares) has compared.
    pub(super) fn find(dut: &Dut) -> Result<Self, String> {
        let i = |name: &str| dut.input(name).ok_or_else(|| format!("{name} is missing"));
        let o = |name: &str| dut.output(name).ok_or_else(|| format!("{name} is missing"));
        let job = JOB.iter().map(|name| i(&format!("job_{name}_i")));
        let stat = STAT.iter().map(|name| o(&format!("stat_{name}_o")));
        Ok(Self {
            rst_n: i("rst_ni")?,
            job_valid: i("job_valid_i")?,
            job_ready: o("job_ready_o")?,
            job: job.collect::<Result<_, _>>()?,
            list_valid: i("list_valid_i")?,
            list_ready: o("list_ready_o")?,
            list_position: i("list_position_i")?,
            list_token: i("list_token_i")?,
            query_valid: i("query_valid_i")?,
            query_ready: o("query_ready_o")?,
            query_data: i("query_data_i")?,
            query_bound: i("query_bound_i")?,
            query_last: i("query_last_i")?,
            bias_valid: i("bias_valid_i")?,
            bias_ready: o("bias_ready_o")?,
            bias_data: i("bias_data_i")?,
            req_valid: o("req_valid_o")?,
            req_ready: i("req_ready_i")?,
            req_value: o("req_value_o")?,
            req_plane: o("req_plane_o")?,
            req_head: o("req_head_o")?,
            req_mask: o("req_mask_o")?,
            req_token: o("req_token_o")?,
            rsp_valid: i("rsp_valid_i")?,
            rsp_ready: o("rsp_ready_o")?,
            rsp_data: i("rsp_data_i")?,
            prob_valid: o("prob_valid_o")?,
            prob_ready: i("prob_ready_i")?,
            prob_data: o("prob_data_o")?,
            prob_row: o("prob_row_o")?,
            prob_keep: o("prob_keep_o")?,
            prob_last: o("prob_last_o")?,
            out_valid: o("out_valid_o")?,
            out_ready: i("out_ready_i")?,
            out_data: o("out_data_o")?,
            out_head: o("out_head_o")?,
            out_last: o("out_last_o")?,
            stat_valid: o("stat_valid_o")?,
            stat_ready: i("stat_ready_i")?,
            stat: stat.collect::<Result<_, _>>()?,
        })
    }

    /// Lists the streams out of the core: valid, its name, and what must not change while it
    /// waits. Requests, probabilities, outputs, reports. Tokens of lanes that are not wanted may.
    pub(super) fn streams(&self) -> [(Out, &'static str, Vec<Out>); 4] {
        let request = [self.req_value, self.req_plane, self.req_head, self.req_mask];
        let prob = [
            self.prob_data,
            self.prob_row,
            self.prob_keep,
            self.prob_last,
        ];
        let output = [self.out_data, self.out_head, self.out_last];
        [
            (self.req_valid, "req_valid_o", request.to_vec()),
            (self.prob_valid, "prob_valid_o", prob.to_vec()),
            (self.out_valid, "out_valid_o", output.to_vec()),
            (self.stat_valid, "stat_valid_o", self.stat.clone()),
        ]
    }
}
