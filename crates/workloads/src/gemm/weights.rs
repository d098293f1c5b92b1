// SPDX-License-Identifier: MIT OR Apache-2.0
//! Weights from a file, as a matrix of outputs by inputs, pruned and packed.

use std::path::Path;

use hwgen_golden::figs::{FigsParams, Matrix, Packed, Pattern, Refusal, Variant, mask, pack};

use super::layout::{self, Layout};
use super::operand::{Integers, Operand, Scale};
use super::packed::is_packed;
use super::parts::Parts;
use super::prune::PruneArgs;
use super::scale::{self, Scaling};
use crate::tensors::{Narrow, Source, Tensor};
use hwgen_console::error::Error;

/// Flags that say what is read.
#[derive(Debug, Clone, clap::Args)]
pub struct WeightArgs {
    /// Tensor of the weights, if the file holds several; X also finds `X_orig` and `X_mask`, or those of
    /// X.weight, as torch.nn.utils.prune stores them
    #[arg(long, value_name = "NAME")]
    pub tensor: Option<String>,
    /// Type of a .npy file that says V1, V2 or f1, as `ml_dtypes` calls it, such as bfloat16
    #[arg(long, value_name = "TYPE")]
    pub dtype: Option<Narrow>,
    /// The weights are stored as inputs by outputs, as GPT-2's `Conv1D` stores them
    #[arg(long)]
    pub transpose: bool,
}

/// Weights as they were read: outputs by inputs.
#[derive(Debug, Clone)]
pub struct Weights {
    /// The numbers.
    pub operand: Operand,
    /// How they were stored.
    pub layout: Layout,
    /// Masks and scales that were applied.
    pub applied: Vec<String>,
    /// The bias of their layer, which is no part of the product.
    pub bias: Option<String>,
    /// Whether their name is one of those that models give to [inputs, outputs].
    turned_by_name: bool,
    /// What a user should know.
    pub warnings: Vec<String>,
}

/// Weights of which some stay, in integers.
#[derive(Debug, Clone)]
pub struct Pruned {
    /// What stays, in integers.
    pub integers: Integers,
    /// Before pruning.
    pub dense: Matrix<f64>,
    /// Which weights stay.
    pub kept: Matrix<bool>,
    pub(crate) pattern: Pattern,
    /// Whether the file had been pruned, as the user says.
    by_file: bool,
}

impl Weights {
    /// Reads weights; refuses what is not a matrix of finite numbers, or packed already.
    pub fn read(path: &Path, args: &WeightArgs) -> Result<Self, Error> {
        let source = Source::open(path, args.dtype)?;
        refuse_packed(path, &source, "weights")?;
        let (tensor, parts) = if source.names().is_empty() {
            (source.chosen(args.tensor.as_deref())?, None)
        } else {
            let parts = Parts::find(&source, args.tensor.as_deref())?;
            (parts.read(&source)?, Some(parts))
        };
        let stored = layout::matrix(&tensor)?;
        let mut out = Self {
            layout: Layout::of_weights(&tensor.shape, args.transpose),
            operand: Operand::new(tensor.label.clone(), stored, tensor.data.clone())?,
            applied: Vec::new(),
            bias: None,
            turned_by_name: parts.as_ref().is_some_and(|p| turned_by_name(&p.weights)),
            warnings: Vec::new(),
        };
        if args.transpose {
            out.operand = out.operand.transposed();
        }
        if let Some(parts) = parts {
            out.bias = parts.bias(&source);
            out.complete(&source, parts, &tensor, stored)?;
        }
        Ok(out)
    }

    /// Applies the scale that stands beside the weights, and lists what was applied.
    fn complete(
        &mut self,
        source: &Source,
        parts: Parts,
        tensor: &Tensor,
        stored: (u32, u32),
    ) -> Result<(), Error> {
        let turned = self.layout.transposed;
        let beside = scale::beside(source, &parts.weights, &parts.values, tensor)?;
        self.warnings = parts.warnings;
        self.warnings.extend(beside.warnings);
        self.applied.extend(parts.mask.map(|m| format!("mask {m}")));
        if let Some(scale) = beside.scale {
            let mut scaling = Scaling::new(&scale, stored, turned)?;
            if turned {
                scaling = scaling.transposed();
            }
            self.operand = self.operand.clone().scaled(&scaling);
        }
        self.applied
            .extend(beside.name.map(|n| format!("scale {n}")));
        Ok(())
    }

    /// Prunes and quantises; notes where the other way round would fit as well.
    ///
    /// `inputs` says whether something else tells how many inputs there are.
    pub fn prune(
        &mut self,
        prune: &PruneArgs,
        params: &FigsParams,
        variant: Variant,
        pattern: Pattern,
        inputs: bool,
    ) -> Result<Pruned, Error> {
        let dense = self.operand.reals();
        let kept = prune.mask(params, variant, pattern, &dense);
        let integers = self
            .operand
            .integers(params.weight_w, Scale::Row, Some(&kept))?;
        let square = dense.rows() == dense.cols();
        let there = dense.map(|w| w != 0.0);
        let along = mask::holds(&there, pattern);
        let across = whole(&there, pattern) && mask::holds(&there.transposed(), pattern);
        let unsettled = square && (!prune.pruned || across) || !square && !inputs;
        if self.turned_by_name && unsettled && !self.layout.transposed {
            self.warnings.push(
                "models that call weights so often store them as [inputs, outputs] (give --transpose \
                 if this one does)"
                    .to_owned(),
            );
        }
        match (square, prune.pruned) {
            (true, false) => self.layout.doubt("square", "--transpose"),
            (true, true) if across => {
                let because = format!("square, and {pattern} along both");
                self.layout.doubt(&because, "--transpose");
            }
            (false, true) if across && along && !inputs => {
                let because = format!("{pattern} along both");
                self.layout.doubt(&because, "--transpose");
            }
            _ => {}
        }
        if across && !along && !prune.pruned {
            let remedy = if square || !inputs {
                format!(" ({})", self.turn())
            } else {
                String::new()
            };
            self.warnings.push(format!(
                "its zeros are {pattern} along the outputs, but it is pruned along the inputs{remedy}"
            ));
        }
        Ok(Pruned {
            integers,
            dense,
            kept,
            pattern,
            by_file: prune.pruned,
        })
    }

    /// Says how the other way round is taken.
    fn turn(&self) -> &'static str {
        if self.layout.transposed {
            "leave --transpose out if it is stored as [outputs, inputs]"
        } else {
            "give --transpose if it is stored as [inputs, outputs]"
        }
    }

    /// Packs what stays of the weights; where only the transpose has the pattern, says so. `inputs`
    /// says whether something else tells how many inputs there are.
    pub fn pack(
        &self,
        pruned: &Pruned,
        params: &FigsParams,
        variant: Variant,
        inputs: bool,
    ) -> Result<Packed, Error> {
        let pattern = pruned.pattern;
        pack(params, variant, pattern, &pruned.integers.matrix).map_err(|refusal| {
            let mut said = format!("{}: {refusal}", self.operand.label);
            let dense = matches!(refusal, Refusal::Dense { .. } | Refusal::Column { .. });
            let fits = || {
                let turned = pruned.kept.transposed().map(i64::from);
                whole(&pruned.kept, pattern) && pack(params, variant, pattern, &turned).is_ok()
            };
            if dense && pruned.by_file && fits() {
                let square = pruned.kept.rows() == pruned.kept.cols();
                said += &if square || !inputs {
                    let how = self.turn();
                    format!("; only its transpose has {pattern} along the inputs ({how})")
                } else {
                    format!("; it has {pattern} along the outputs (prune it along the inputs)")
                };
            }
            Error::input(said)
        })
    }
}

/// Tells whether weights are called as GPT-2 calls those of its `Conv1D`, or Flax and Keras theirs.
fn turned_by_name(weights: &str) -> bool {
    let layers = ["c_attn.weight", "c_proj.weight", "c_fc.weight", "kernel"];
    let ends = |name: &str| {
        let front = weights.strip_suffix(name);
        front.is_some_and(|f| f.is_empty() || f.ends_with(['.', '/']))
    };
    layers.into_iter().any(ends)
}

/// Tells whether the outputs are enough for a block: the zeros of fewer say nothing.
fn whole(kept: &Matrix<bool>, pattern: Pattern) -> bool {
    kept.rows() >= pattern.m()
}

impl Pruned {
    /// Returns the weights that stay, before quantisation.
    pub fn reals(&self) -> Matrix<f64> {
        let (w, kept) = (&self.dense, &self.kept);
        Matrix::from_fn(w.rows(), w.cols(), |r, c| {
            if kept.at(r, c) { w.at(r, c) } else { 0.0 }
        })
    }
}

/// Refuses a packed file where a matrix is wanted.
pub fn refuse_packed(path: &Path, source: &Source, wanted: &str) -> Result<(), Error> {
    if !is_packed(source) {
        return Ok(());
    }
    let shown = path.display();
    let rule = format!("a file of hwgen pack, not {wanted}");
    Err(Error::input(format!(
        "{shown}: {rule} (name the file of the matrix)"
    )))
}
