// SPDX-License-Identifier: MIT OR Apache-2.0
//! A layer's attention as jobs of the core, and what came out of it as figures.

pub mod axi;
pub mod bus;
mod exact;
mod figures;
mod jobs;
mod layer;
pub mod output;
mod policy;
mod ran;
pub mod report;
pub mod rtl;
pub mod stack;
pub mod unit;

pub use figures::Figures;
pub use jobs::check;
pub use layer::Layer;
pub use policy::{Policy, Survivors};
