// SPDX-License-Identifier: MIT OR Apache-2.0
//! Ways in which checkpoints store weights that are not read, told by the names of the tensors: what
//! would be misread is refused by name.

use crate::tensors::Source;
use hwgen_console::error::Error;

/// Weights that are stored as something else.
struct Form {
    /// What stands in place of the weights. `W` is their name, `L` that of their layer.
    values: &'static str,
    /// What tells the form where a user names `values` itself.
    partners: &'static [&'static str],
    what: &'static str,
}

const UNPACK: &str = "decompress the model and store its weights as they are multiplied";

const FORMS: [Form; 8] = [
    Form {
        values: "W_packed",
        partners: &[
            "W_scale",
            "W_shape",
            "W.bitmask",
            "W_bitmask",
            "Lbitmask",
            "Lmeta",
            "Lscale_packed",
        ],
        what: "holds several weights in a word, as compressed-tensors packs them",
    },
    Form {
        values: "W.compressed",
        partners: &["W.bitmask", "W.shape"],
        what: "holds only the weights that are not 0, beside a bitmask, as compressed-tensors does",
    },
    Form {
        values: "W_compressed",
        partners: &["W_bitmask", "W_shape", "Lbitmask"],
        what: "holds only the weights that are not 0, beside a bitmask, as compressed-tensors does",
    },
    Form {
        values: "Lqweight",
        partners: &["Lscales", "Lqzeros"],
        what: "holds several weights in a word, as GPTQ and AWQ pack them",
    },
    Form {
        values: "W_blocks",
        partners: &["W_scales"],
        what: "holds two weights in a byte, as MXFP4 packs them",
    },
    Form {
        values: "W._data",
        partners: &["W._scale"],
        what: "holds integers whose scales stand beside them, as quanto stores them",
    },
    Form {
        values: "W_v",
        partners: &["W_g"],
        what: "is the direction of weights whose length stands beside it, as \
               torch.nn.utils.weight_norm stores them",
    },
    Form {
        values: "Lparametrizations.weight.original1",
        partners: &["Lparametrizations.weight.original0"],
        what: "is a part of parametrized weights, as torch.nn.utils.parametrizations stores them",
    },
];

/// What stands beside integers or FP8 that are not one weight each, or not linear in them.
const BESIDE: [(&str, &str); 7] = [
    ("W_scale_2", "NVFP4 packs two weights in a byte"),
    ("W_global_scale", "NVFP4 packs two weights in a byte"),
    ("W.absmax", "bitsandbytes packs two weights in a byte"),
    ("W.quant_map", "bitsandbytes stores indices of a table"),
    ("LSCB", "bitsandbytes has its own scales"),
    (
        "W.bitmask",
        "compressed-tensors keeps only the weights that are not 0",
    ),
    (
        "W_bitmask",
        "compressed-tensors keeps only the weights that are not 0",
    ),
];

/// Returns what the name of a layer's tensors begins with, for the name of its weights.
pub fn layer(weights: &str) -> Option<&str> {
    let front = weights.strip_suffix("weight")?;
    (front.is_empty() || front.ends_with('.')).then_some(front)
}

/// Returns the name that `pattern` gives for the tensor `weights`: `W` stands for it, `L` for its
/// layer.
pub fn name(pattern: &str, weights: &str) -> Option<String> {
    match pattern.split_at(1) {
        ("L", rest) => Some(format!("{}{rest}", layer(weights)?)),
        (_, rest) => Some(format!("{weights}{rest}")),
    }
}

/// Returns the weights for which `pattern` gives the tensor `named`.
fn weights_of(pattern: &str, named: &str) -> Option<String> {
    let (kind, rest) = pattern.split_at(1);
    let front = named.strip_suffix(rest)?;
    Some(match kind {
        "L" => format!("{front}weight"),
        _ => front.to_owned(),
    })
}

/// Refuses weights that are not in the file, but stand there as something that is not read.
pub fn refuse_instead(source: &Source, weights: &str) -> Result<(), Error> {
    let there = |form: &&Form| name(form.values, weights).is_some_and(|n| source.has(&n));
    let Some(form) = FORMS.iter().find(there) else {
        return Ok(());
    };
    let (shown, values) = (
        source.shown(),
        name(form.values, weights).unwrap_or_default(),
    );
    let rule = format!(
        "there is no tensor {weights}, only {values}, which {}",
        form.what
    );
    Err(Error::input(format!("{shown}: {rule} ({UNPACK})")))
}

/// Refuses a tensor that is there, but holds something else than weights.
pub fn refuse_named(source: &Source, named: &str) -> Result<(), Error> {
    let is = |form: &&Form| {
        weights_of(form.values, named).is_some_and(|weights| {
            let partners = form.partners.iter().filter_map(|p| name(p, &weights));
            partners.into_iter().any(|p| source.has(&p))
        })
    };
    let Some(form) = FORMS.iter().find(is) else {
        return Ok(());
    };
    let (shown, what) = (source.shown(), form.what);
    Err(Error::input(format!(
        "{shown}, tensor {named}: {what} ({UNPACK})"
    )))
}

/// Refuses integers, or other narrow numbers, beside which something says that they are packed.
pub fn refuse_packed(source: &Source, weights: &str, values: &str) -> Result<(), Error> {
    for (pattern, what) in BESIDE {
        if let Some(other) = name(pattern, weights).filter(|n| source.has(n)) {
            let shown = source.shown();
            return Err(Error::input(format!(
                "{shown}, tensor {values}: {other} stands beside it: {what} ({UNPACK})"
            )));
        }
    }
    Ok(())
}
