// SPDX-License-Identifier: MIT OR Apache-2.0
//! The fields of the job and statistics ports: one list each, in the order of the ports.
//!
//! Ports, vector files and benches all follow these lists.

use super::{AttentionParams, HEAD_LIMIT_W, HEAD_W, Job, PROB_W, QueryStat};

/// A field of a job.
#[derive(Debug, Clone, Copy)]
pub struct JobField {
    /// Port: `job_keys_i`.
    pub port: &'static str,
    /// Bits of the field in a core.
    pub width: fn(&AttentionParams) -> u32,
    /// Value of the field, of which the port takes the low bits.
    pub value: fn(&Job) -> u64,
}

/// A field of a report.
#[derive(Debug, Clone, Copy)]
pub struct StatField {
    /// Port: `stat_error_o`.
    pub port: &'static str,
    /// Bits of the field in a core.
    pub width: fn(&AttentionParams) -> u32,
    /// Value of the field. `None` for what the model does not know, the cycles of a query.
    pub value: Option<fn(&QueryStat) -> u64>,
}

/// Every field of a job.
pub const JOB_FIELDS: [JobField; 18] = [
    job("job_head_i", |_| HEAD_W, |j| j.head.into()),
    job("job_keys_i", AttentionParams::tok_w, |j| j.keys.into()),
    job("job_causal_i", |_| 1, |j| j.causal.into()),
    job("job_first_i", AttentionParams::tok_w, |j| j.first.into()),
    job("job_k_start_i", |_| 2, |j| j.k_start.into()),
    job("job_k_max_i", |_| 2, |j| j.k_max.into()),
    job("job_v_count_i", |_| 2, |j| j.v_count.into()),
    job("job_rule_i", |_| 2, |j| j.rule.code().into()),
    job("job_head_limit_i", |_| HEAD_LIMIT_W, |j| j.head_limit),
    job("job_eps_log2_i", |_| 20, |j| j.eps_log2.into()),
    job("job_pre_shift_i", |_| 6, |j| i64::from(j.pre_shift) as u64),
    job("job_mant_i", |_| 16, |j| j.mant.into()),
    job("job_select_i", |_| 2, |j| j.select.code().into()),
    job("job_k_i", AttentionParams::tok_w, |j| j.k.into()),
    job("job_mass_i", |_| PROB_W, |j| j.mass.into()),
    job("job_renorm_i", |_| 1, |j| j.renorm.into()),
    job("job_bias_i", |_| 1, |j| j.bias.into()),
    job("job_list_i", |_| 1, |j| j.list.into()),
];

/// Every field of a report.
pub const STAT_FIELDS: [StatField; 9] = [
    stat("stat_head_o", |_| HEAD_W, |s| s.head.into()),
    stat("stat_error_o", |_| 3, |s| s.error.code().into()),
    stat("stat_last_o", |_| 1, |s| s.last.into()),
    stat("stat_k_fetched_o", |_| 16, |s| s.k_fetched.into()),
    stat("stat_refined_o", |_| 16, |s| s.refined.into()),
    stat("stat_selected_o", AttentionParams::tok_w, |s| {
        s.selected.into()
    }),
    stat("stat_v_fetched_o", |_| 16, |s| s.v_fetched.into()),
    stat("stat_rounds_o", |_| 2, |s| s.rounds.into()),
    StatField {
        port: "stat_cycles_o",
        width: |_| 32,
        value: None,
    },
];

const fn job(
    port: &'static str,
    width: fn(&AttentionParams) -> u32,
    value: fn(&Job) -> u64,
) -> JobField {
    JobField { port, width, value }
}

const fn stat(
    port: &'static str,
    width: fn(&AttentionParams) -> u32,
    value: fn(&QueryStat) -> u64,
) -> StatField {
    StatField {
        port,
        width,
        value: Some(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attention::{JobError, Rule, Select};

    /// Each field has a value of its own, so that no two can be swapped unseen.
    #[test]
    fn every_field_is_read_from_its_own_place() {
        let job = Job {
            head: 11,
            keys: 12,
            causal: true,
            first: 13,
            k_start: 1,
            k_max: 3,
            v_count: 2,
            rule: Rule::Token,
            head_limit: 1 << 35,
            eps_log2: 14,
            pre_shift: -16,
            mant: 15,
            select: Select::Topk,
            k: 16,
            mass: 17,
            renorm: false,
            bias: true,
            list: false,
        };
        let of = |job: &Job| JOB_FIELDS.map(|field| (field.value)(job));
        let mut wanted = [
            11,
            12,
            1,
            13,
            1,
            3,
            2,
            2,
            1 << 35,
            14,
            u64::MAX - 15,
            15,
            1,
            16,
            17,
            0,
            1,
            0,
        ];
        assert_eq!(of(&job), wanted);
        (wanted[2], wanted[15], wanted[16], wanted[17]) = (0, 1, 0, 1);
        let other = Job {
            causal: false,
            renorm: true,
            bias: false,
            list: true,
            ..job
        };
        assert_eq!(of(&other), wanted);
        wanted[15] = 0;
        let listed = Job {
            renorm: false,
            ..other
        };
        assert_eq!(of(&listed), wanted);
    }

    #[test]
    fn every_field_of_a_report_is_read_from_its_own_place() {
        let stat = QueryStat {
            head: 1,
            error: JobError::Mass,
            last: false,
            k_fetched: 2,
            refined: 3,
            selected: 4,
            v_fetched: 6,
            rounds: 7,
        };
        let values = STAT_FIELDS.map(|field| field.value.map(|value| value(&stat)));
        let known = [1, 5, 0, 2, 3, 4, 6, 7].map(Some);
        assert_eq!((&values[..8], values[8]), (&known[..], None));
    }
}
