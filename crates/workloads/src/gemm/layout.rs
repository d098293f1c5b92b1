// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which shapes are a matrix, and which way round it lies.
//!
//! Weights are [outputs, inputs], as `torch.nn.Linear` stores them, or with `--transpose` [inputs,
//! outputs], as GPT-2's `Conv1D` and most of JAX do. No number tells which it is: where both fit, the
//! report says which was taken.

use serde::Serialize;

use crate::tensors::Tensor;
use hwgen_console::error::Error;

/// How a tensor of a file was taken as a matrix.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Layout {
    /// Sizes of the dimensions in the file; none for a packed file.
    shape: Option<Vec<usize>>,
    /// Whether the matrix is the transpose of what the file stores.
    pub transposed: bool,
    /// Whether the other way round fits, too.
    ambiguous: bool,
    /// All of it in words.
    pub taken: String,
}

impl Layout {
    /// Describes weights of this shape.
    pub fn of_weights(shape: &[usize], transposed: bool) -> Self {
        let whole = match (transposed, shape) {
            (true, _) => "transposed: stored as [inputs, outputs]".to_owned(),
            (false, [_, _]) => "[outputs, inputs] as stored".to_owned(),
            (false, _) => format!("{shape:?} as [outputs, inputs]"),
        };
        Self::new(Some(shape.to_vec()), transposed, whole)
    }

    /// Describes activations of this shape.
    pub fn of_activations(shape: &[usize], transposed: bool) -> Self {
        let whole = match (transposed, shape) {
            (true, _) => "transposed: stored as [inputs, tokens]".to_owned(),
            (false, [inputs]) => format!("{inputs} inputs of one token"),
            (false, [_, _]) => "[tokens, inputs] as stored".to_owned(),
            (false, [before @ .., inputs]) => {
                let tokens: usize = before.iter().product();
                format!("{shape:?} as {tokens} tokens of {inputs} inputs")
            }
            (false, []) => String::new(),
        };
        Self::new(Some(shape.to_vec()), transposed, whole)
    }

    /// Describes weights of a packed file.
    pub fn of_packed(transposed: bool) -> Self {
        let whole = if transposed {
            "packed transposed: stored as [inputs, outputs]"
        } else {
            "packed [outputs, inputs] as stored"
        };
        Self::new(None, transposed, whole.to_owned())
    }

    fn new(shape: Option<Vec<usize>>, transposed: bool, taken: String) -> Self {
        Self {
            shape,
            transposed,
            ambiguous: false,
            taken,
        }
    }

    /// Notes that the other way round fits, too, `because`; `flag` would take it.
    pub fn doubt(&mut self, because: &str, flag: &str) {
        let other = match (self.shape.is_some(), self.transposed) {
            (true, false) => format!("{flag} fits, too"),
            (true, true) => "as stored it fits, too".to_owned(),
            (false, false) => format!("packed with {flag} it fits, too"),
            (false, true) => format!("packed without {flag} it fits, too"),
        };
        self.ambiguous = true;
        self.taken = format!("{} ({because}: {other})", self.taken);
    }

    /// Returns the sizes of the dimensions in the file.
    pub fn dimensions(&self) -> usize {
        self.shape.as_ref().map_or(2, Vec::len)
    }
}

/// Takes a tensor of two dimensions; further ones must be 1, as in kernels of 1 by 1.
///
/// Returns rows and columns.
pub fn matrix(tensor: &Tensor) -> Result<(u32, u32), Error> {
    let (label, shape) = (&tensor.label, &tensor.shape);
    let remedy = match shape.as_slice() {
        [rows, cols, rest @ ..] if rest.iter().all(|&d| d == 1) => {
            return sizes(label, *rows, *cols);
        }
        [n] => format!("store [1, {n}] for one output, [{n}, 1] for one input"),
        [_, _, _] => {
            "of experts [experts, outputs, inputs] store one as a tensor of its own; kernels \
                      [outputs, inputs, width] as [outputs, inputs * width], for activations that \
                      are unfolded likewise"
                .to_owned()
        }
        _ => {
            "store kernels [outputs, inputs, height, width] as [outputs, inputs * height * width], \
              for activations that are unfolded likewise"
                .to_owned()
        }
    };
    let rule = "weights are a matrix, [outputs, inputs]";
    Err(Error::input(format!(
        "{label}: shape {shape:?}: {rule} ({remedy})"
    )))
}

/// Takes activations: the last dimension is the inputs, all others are tokens.
///
/// Returns tokens and inputs.
pub fn tokens(tensor: &Tensor) -> Result<(u32, u32), Error> {
    let inputs = tensor.last();
    let tokens = tensor.shape.iter().rev().skip(1).product();
    sizes(&tensor.label, tokens, inputs)
}

fn sizes(label: &str, rows: usize, cols: usize) -> Result<(u32, u32), Error> {
    if let (Ok(rows), Ok(cols)) = (u32::try_from(rows), u32::try_from(cols)) {
        return Ok((rows, cols));
    }
    let rule = "is too large (split it)";
    Err(Error::input(format!("{label}: {rows} x {cols} {rule}")))
}

/// Weights or activations, for a message about both.
#[derive(Debug, Clone, Copy)]
pub struct Side<'a> {
    /// File and tensor.
    pub label: &'a str,
    /// Rows as stored.
    pub rows: u32,
    /// Columns as stored.
    pub cols: u32,
    /// How it was read.
    pub layout: &'a Layout,
}

/// Says that the inner dimensions of activations and weights differ, and which transpose would do;
/// weights that are `packed` already have to be packed anew.
pub fn misfit(acts: Side<'_>, weights: Side<'_>, packed: bool) -> Error {
    let (x, w) = (acts.label, weights.label);
    let (tokens, width, outputs, inputs) = (acts.rows, acts.cols, weights.rows, weights.cols);
    let flag = |side: Side<'_>, flag: &str| {
        if side.layout.transposed {
            format!("leave {flag} out")
        } else {
            format!("give {flag}")
        }
    };
    let of_weights = match (packed, weights.layout.transposed) {
        (true, false) => "pack them again with --transpose".to_owned(),
        (true, true) => "pack them again without --transpose".to_owned(),
        (false, _) => flag(weights, "--transpose"),
    };
    let of_acts = flag(acts, "--transpose-activations");
    // More dimensions than two are not turned.
    let turns = acts.layout.dimensions() == 2;
    let why = match (outputs == width, turns && tokens == inputs) {
        (true, false) => format!(
            "{inputs} inputs, but gives {outputs} outputs: only the transpose of the weights fits \
             ({of_weights})"
        ),
        (false, true) => {
            format!("{inputs} inputs: only the transpose of the activations fits ({of_acts})")
        }
        (true, true) => format!(
            "{inputs} inputs: the transpose of the weights fits, and that of the activations, too \
             ({of_weights}, or {of_acts})"
        ),
        (false, false) if turns && outputs == tokens && tokens > 1 => format!(
            "{inputs} inputs: only the transposes of both fit ({of_weights}, and {of_acts})"
        ),
        (false, false) => format!("{inputs} inputs (give tokens by inputs)"),
    };
    Error::input(format!("{x}: {tokens} x {width}: {w} takes {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tensors::Data;

    fn tensor(shape: &[usize]) -> Tensor {
        Tensor {
            label: "w".to_owned(),
            shape: shape.to_vec(),
            data: Data::Integers(vec![0; shape.iter().product()]),
            least: None,
        }
    }

    #[test]
    fn what_is_a_matrix() {
        for shape in [&[8, 4][..], &[8, 4, 1], &[8, 4, 1, 1], &[8, 4, 1, 1, 1]] {
            assert_eq!(matrix(&tensor(shape)).expect("is one"), (8, 4), "{shape:?}");
        }
        for shape in [
            &[8][..],
            &[2, 8, 4],
            &[1, 8, 4],
            &[8, 4, 3, 3],
            &[8, 4, 1, 3],
        ] {
            let said = matrix(&tensor(shape)).expect_err("is none").to_string();
            let start = format!("w: shape {shape:?}: weights are a matrix, [outputs, inputs] (");
            assert!(said.starts_with(&start), "{said}");
        }
        for (shape, want) in [
            (&[5][..], (1, 5)),
            (&[2, 5], (2, 5)),
            (&[3, 2, 5], (6, 5)),
            (&[3, 2, 5, 1], (30, 1)),
        ] {
            assert_eq!(tokens(&tensor(shape)).expect("is one"), want, "{shape:?}");
        }
    }

    #[test]
    fn the_transpose_that_fits_is_named() {
        let said = |(tokens, width), (outputs, inputs), turned: bool, packed| {
            let acts = Layout::of_activations(&[tokens, width], false);
            let weights = Layout::of_weights(&[outputs, inputs], turned);
            let side = |label, rows: usize, cols: usize, layout| Side {
                label,
                rows: rows as u32,
                cols: cols as u32,
                layout,
            };
            let x = side("x", tokens, width, &acts);
            misfit(x, side("w", outputs, inputs, &weights), packed).to_string()
        };
        assert_eq!(
            said((2, 8), (8, 4), false, false),
            "x: 2 x 8: w takes 4 inputs, but gives 8 outputs: only the transpose of the weights fits \
             (give --transpose)"
        );
        assert!(said((2, 8), (8, 4), true, false).ends_with("fits (leave --transpose out)"));
        assert!(said((2, 8), (8, 4), false, true).ends_with("(pack them again with --transpose)"));
        assert!(
            said((2, 8), (8, 4), true, true).ends_with("(pack them again without --transpose)")
        );
        assert_eq!(
            said((4, 2), (8, 4), false, false),
            "x: 4 x 2: w takes 4 inputs: only the transpose of the activations fits (give \
             --transpose-activations)"
        );
        assert!(said((4, 8), (8, 4), false, false).ends_with(
            "fits, and that of the activations, too (give --transpose, or give \
             --transpose-activations)"
        ));
        assert!(said((8, 2), (8, 4), false, false).contains("only the transposes of both fit"));
        assert_eq!(
            said((2, 3), (8, 4), false, false),
            "x: 2 x 3: w takes 4 inputs (give tokens by inputs)"
        );
    }
}
