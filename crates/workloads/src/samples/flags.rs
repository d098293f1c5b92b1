// SPDX-License-Identifier: MIT OR Apache-2.0
//! Flags that say how tensors are to be taken, which say nothing of themselves.

use clap::ValueEnum;
use hwgen_golden::attention::host::Granularity;
use serde::Serialize;

use super::layout::Order;

/// How tensors are named, laid out and meant.
#[derive(Debug, Clone, clap::Args)]
pub struct SampleArgs {
    /// Tensor of the queries; {layer} or {} stands for the number of a layer, and all layers that
    /// are there are run [default: q]
    #[arg(long = "q", alias = "q-tensor", value_name = "NAME", help_heading = TENSORS)]
    q: Option<String>,
    /// Tensor of the keys, likewise [default: k]
    #[arg(long = "k-tensor", value_name = "NAME", help_heading = TENSORS)]
    keys: Option<String>,
    /// Tensor of the values, likewise [default: v]
    #[arg(long = "v", alias = "v-tensor", value_name = "NAME", help_heading = TENSORS)]
    v: Option<String>,
    /// Order of heads (h) and tokens (n) in tensors of three or four dimensions
    #[arg(long, value_enum, default_value_t = Order::Bhnd, help_heading = TENSORS)]
    layout: Order,
    /// Query heads that stand side by side in the last dimension: [tokens, heads * d]
    #[arg(
        long,
        value_name = "HEADS",
        value_parser = clap::value_parser!(u32).range(1..=65_536),
        help_heading = TENSORS
    )]
    heads: Option<u32>,
    /// Queries see only keys up to their own position, the last query the last key, besides any
    /// mask (plain tensors; listed samples say it themselves)
    #[arg(long, help_heading = TENSORS)]
    causal: bool,
    /// What q times k is multiplied with before biases and the softmax: 1 for T5 and for q that is
    /// scaled already, `query_pre_attn_scalar` ** -0.5 for Gemma [default: 1/sqrt(d), d elements of q]
    #[arg(
        long,
        value_name = "NUMBER",
        allow_hyphen_values = true,
        help_heading = TENSORS
    )]
    scale: Option<f64>,
    /// Tensor of nats added to the scores after --scale, such as a position bias [default: bias,
    /// `attn_bias`, `position_bias` and the like, where there is one]
    #[arg(long, value_name = "NAME", help_heading = TENSORS)]
    bias: Option<String>,
    /// Tensor that masks: truth values, 0 and 1, or nats [default: `attention_mask`, `attn_mask`,
    /// mask, `key_padding_mask`, where there is one]
    #[arg(long, value_name = "NAME", help_heading = TENSORS)]
    mask: Option<String>,
    /// What true and 1 mean in masks, or that masks hold nats [default: by name and type]
    #[arg(long, value_enum, value_name = "MEANING", help_heading = TENSORS)]
    mask_means: Option<Means>,
    /// Read no biases and no masks
    #[arg(
        long,
        conflicts_with_all = ["bias", "mask", "mask_means"],
        help_heading = TENSORS
    )]
    no_masks: bool,
    /// What shares a scale where hwgen quantises (plain tensors)
    #[arg(long, value_enum, default_value_t = Grain::Head, help_heading = TENSORS)]
    scale_per: Grain,
}

const TENSORS: &str = "Tensors";

/// What shares a scale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Grain {
    /// All elements of a head
    Head,
    /// One channel of K or of V, over all tokens of a head
    Channel,
}

/// What the elements of a mask mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Means {
    /// True or 1: the key is seen (HuggingFace, torch's `scaled_dot_product_attention`)
    Keep,
    /// True or 1: the key is masked (`key_padding_mask` of torch's `MultiheadAttention`)
    Ignore,
    /// Nats added to the score
    Add,
}

impl SampleArgs {
    /// Reads the flags; what is wrong with them goes to `wrong`. `keys` is a name for the keys that
    /// came by another flag.
    pub fn how(&self, keys: Option<&str>, wrong: &mut Vec<String>) -> How {
        if let Some(scale) = self.scale.filter(|s| !(s.is_finite() && *s > 0.0)) {
            let rule = "must be finite and more than 0 (leave it out for 1/sqrt(d))";
            wrong.push(format!("--scale {scale}: {rule}"));
        }
        if let (Some(a), Some(b)) = (&self.keys, keys) {
            wrong.push(format!("--k {b}: --k-tensor {a} names the keys already"));
        }
        How {
            causal: self.causal,
            granularity: match self.scale_per {
                Grain::Head => Granularity::Head,
                Grain::Channel => Granularity::Channel,
            },
            scale: self.scale,
            names: [
                self.q.clone(),
                self.keys.clone().or(keys.map(str::to_owned)),
                self.v.clone(),
            ],
            bias: self.bias.clone(),
            mask: self.mask.clone(),
            means: self.mask_means,
            no_masks: self.no_masks,
            order: self.layout,
            heads: self.heads.map(|h| h as usize),
        }
    }
}

/// How tensors are to be taken.
#[derive(Debug, Clone)]
pub struct How {
    /// A query sees only keys up to its own position.
    pub(super) causal: bool,
    pub(super) granularity: Granularity,
    /// Scale of the softmax, if it is not 1 / sqrt(d).
    pub(super) scale: Option<f64>,
    /// Names or patterns of the queries, keys and values.
    pub(super) names: [Option<String>; 3],
    pub(super) bias: Option<String>,
    pub(super) mask: Option<String>,
    pub(super) means: Option<Means>,
    pub(super) no_masks: bool,
    pub(super) order: Order,
    /// Query heads in the last dimension.
    pub(super) heads: Option<usize>,
}

impl How {
    /// Tells whether the user names the tensors, and so wants no list of samples.
    pub(super) fn names_are_given(&self) -> bool {
        self.names.iter().any(Option::is_some)
    }

    /// Returns the scale of the softmax for queries of `d` elements.
    pub(super) fn softmax(&self, d: usize) -> f64 {
        self.scale.unwrap_or_else(|| usual(d))
    }
}

/// Returns the scale that most models have.
pub fn usual(d: usize) -> f64 {
    1.0 / (d as f64).sqrt()
}

impl Default for How {
    fn default() -> Self {
        Self {
            causal: false,
            granularity: Granularity::Head,
            scale: None,
            names: [None, None, None],
            bias: None,
            mask: None,
            means: None,
            no_masks: false,
            order: Order::Bhnd,
            heads: None,
        }
    }
}
