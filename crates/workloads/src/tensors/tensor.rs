// SPDX-License-Identifier: MIT OR Apache-2.0
//! A tensor as it was read.

use hwgen_console::error::Error;

/// A tensor as a file stores it, in C order.
#[derive(Debug, Clone, PartialEq)]
pub struct Tensor {
    /// File, and tensor if the file has names for them: what messages call it.
    pub label: String,
    /// Sizes of the dimensions; none is 0.
    pub shape: Vec<usize>,
    /// The elements, as many as the shape says.
    pub data: Data,
    /// The least value of the signed integers that they are stored in, where the file says it.
    pub least: Option<f64>,
}

/// Elements of a tensor.
#[derive(Debug, Clone, PartialEq)]
pub enum Data {
    /// Integers of at most 64 bits.
    Integers(Vec<i64>),
    /// Anything that has a fraction, infinities and NaN included.
    Reals(Vec<f64>),
    /// What a mask is stored as.
    Bools(Vec<bool>),
}

impl Tensor {
    /// Builds a tensor of a type of so many bits, if its file says one; refuses one that is a single
    /// number, or empty.
    pub(super) fn new(
        label: String,
        shape: Vec<usize>,
        data: Data,
        bits: Option<u32>,
    ) -> Result<Self, Error> {
        let refuse = |rule: &str| Err(Error::input(format!("{label}: shape {shape:?}: {rule}")));
        if shape.is_empty() {
            return refuse("a single number is no row (store a row of numbers)");
        }
        if shape.contains(&0) {
            return refuse("there is no number in it (store at least one)");
        }
        let least = match (&data, bits) {
            (Data::Integers(all), Some(bits)) if all.iter().any(|&x| x < 0) => {
                Some(-f64::from(bits - 1).exp2())
            }
            _ => None,
        };
        Ok(Self {
            label,
            shape,
            data,
            least,
        })
    }

    /// Returns the elements as real numbers; refuses truth values.
    pub fn reals(&self) -> Result<Vec<f64>, Error> {
        match &self.data {
            Data::Integers(all) => Ok(all.iter().map(|&x| x as f64).collect()),
            Data::Reals(all) => Ok(all.clone()),
            Data::Bools(_) => Err(self.not_numbers()),
        }
    }

    /// Returns the error of a tensor of truth values where numbers are wanted.
    pub fn not_numbers(&self) -> Error {
        let rule = "dtype BOOL holds truth values, not numbers (store numbers)";
        Error::input(format!("{}: {rule}", self.label))
    }

    /// Returns the length of the last dimension.
    pub fn last(&self) -> usize {
        self.shape.last().copied().unwrap_or(1)
    }
}
