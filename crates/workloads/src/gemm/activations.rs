// SPDX-License-Identifier: MIT OR Apache-2.0
//! Activations from a file, as a matrix of tokens by inputs.

use std::path::PathBuf;

use super::layout::{self, Layout};
use super::operand::Operand;
use super::scale::{self, Scaling};
use super::weights::refuse_packed;
use crate::tensors::{Narrow, Source};
use hwgen_console::error::Error;

/// Flags that say what is read.
#[derive(Debug, Clone, clap::Args)]
pub struct ActivationArgs {
    /// Activations, the last dimension the inputs, all others tokens
    #[arg(long, value_name = "FILE")]
    activations: PathBuf,
    /// Tensor of the activations, if the file holds several
    #[arg(long, value_name = "NAME")]
    activations_tensor: Option<String>,
    /// Type of a .npy file of activations, as --dtype is that of the weights
    #[arg(long, value_name = "TYPE")]
    activations_dtype: Option<Narrow>,
    /// The activations are stored as inputs by tokens
    #[arg(long)]
    transpose_activations: bool,
}

/// Activations as they were read: tokens by inputs.
#[derive(Debug, Clone)]
pub struct Activations {
    /// The numbers.
    pub operand: Operand,
    /// How they were stored.
    pub layout: Layout,
    /// The scale that was applied.
    pub applied: Option<String>,
    /// What a user should know.
    pub warnings: Vec<String>,
}

impl Activations {
    /// Reads activations; refuses what is not finite, and a transpose of more than two dimensions.
    pub fn read(args: &ActivationArgs) -> Result<Self, Error> {
        let source = Source::open(&args.activations, args.activations_dtype).map_err(flags)?;
        refuse_packed(&args.activations, &source, "activations")?;
        let name = args.activations_tensor.as_deref();
        let tensor = source.chosen(name).map_err(flags)?;
        let stored = layout::tokens(&tensor)?;
        let turned = args.transpose_activations;
        if turned && tensor.shape.len() != 2 {
            let (label, shape) = (&tensor.label, &tensor.shape);
            let rule = "--transpose-activations takes a matrix, [inputs, tokens]";
            return Err(Error::input(format!(
                "{label}: shape {shape:?}: {rule} (store it as one, or leave the flag out)"
            )));
        }
        let mut operand = Operand::new(tensor.label.clone(), stored, tensor.data.clone())?;
        if turned {
            operand = operand.transposed();
        }
        // The only tensor of a file has nothing beside it.
        let beside = match name {
            Some(name) => scale::beside(&source, name, name, &tensor)?,
            None => scale::Beside::default(),
        };
        if let Some(mut scale) = beside.scale {
            scale.shape = matching(&tensor.shape, &scale.shape).ok_or_else(|| {
                let (label, is, of) = (&scale.label, &scale.shape, &tensor.shape);
                let rule = "is one scale neither for all of the activations, nor for each token";
                Error::input(format!(
                    "{label}: shape {is:?}: {rule} of {of:?} (multiply by it and store reals)"
                ))
            })?;
            let mut scaling = Scaling::new(&scale, stored, turned)?;
            if turned {
                scaling = scaling.transposed();
            }
            operand = operand.scaled(&scaling);
        }
        Ok(Self {
            layout: Layout::of_activations(&tensor.shape, turned),
            operand,
            applied: beside.name.map(|n| format!("scale {n}")),
            warnings: beside.warnings,
        })
    }
}

/// Returns the shape of a scale where the dimensions before the last have become tokens.
fn matching(of: &[usize], scale: &[usize]) -> Option<Vec<usize>> {
    if scale.iter().product::<usize>() == 1 {
        return Some(vec![1]);
    }
    let (before, _) = of.split_at(of.len() - 1);
    let tokens = before.iter().product();
    match scale.split_last() {
        _ if of.len() == 2 && scale.len() <= 2 => Some(scale.to_vec()),
        _ if scale == before => Some(vec![tokens]),
        Some((last, front)) if front == before => Some(vec![tokens, *last]),
        Some((last, front)) if scale.len() == of.len() && front.iter().all(|&d| d == 1) => {
            Some(vec![1, *last])
        }
        _ => None,
    }
}

/// Names the flags of the activations where a message names those of the weights.
fn flags(error: Error) -> Error {
    let rename = |line: String| {
        let line = line.replace("--tensor", "--activations-tensor");
        line.replace("--dtype", "--activations-dtype")
    };
    match error {
        Error::Input(lines) => Error::Input(lines.into_iter().map(rename).collect()),
        other => other,
    }
}
