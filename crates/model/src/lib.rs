// SPDX-License-Identifier: MIT OR Apache-2.0
//! Transformers as Hugging Face stores them: reading a checkpoint, and what it computes.
//!
//! [`Shape`] is what `config.json` says, [`Model`] the weights under the names that this crate gives
//! them, whatever the family, and [`float`] what the model computes in single precision: the reference
//! that everything in integers is measured against.

mod checkpoint;
mod fields;
pub mod float;
pub mod integer;
mod names;
pub mod random;
mod shape;
mod text;
mod weights;

pub use checkpoint::open;
pub use hwgen_golden::vector::Activation;
pub use shape::{Family, Shape};
pub use text::Text;
pub use weights::{Embeddings, Layer, Linear, Matrix, Model, Norm};
