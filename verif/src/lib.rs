// SPDX-License-Identifier: MIT OR Apache-2.0
//! Co-simulation of an emitted bundle against the golden models.
//!
//! Takes a bundle (a folder with a manifest), never the generator: RTL that a user has edited is
//! verified as it lies on disk. What all benches share is in `kit`, the benches are in `benches`.

mod benches;
mod kit;
mod memory;
pub mod mutants;
pub mod report;
pub mod session;
pub mod summary;
pub mod verify;

pub use benches::cascade;
pub use hwgen_bundle::error::VerifyError;
pub use report::{EngineReport, Failure};
pub use verify::{Progress, VerifyOptions, verify_engine};

/// A DRAM, clock by clock, for benches and for measuring layouts.
pub mod dram {
    pub use crate::memory::dram::{
        Commands, Dram, Field, Mapping, Organisation, Preset, Ticket, Timing,
    };
}

/// Rows for the vector reader, behind a DRAM.
pub mod reader {
    pub use crate::benches::vector_reader::delivery::{Behind, Delivered, Traffic, deliver};
}

/// Queries for the top-k engine.
pub mod topk {
    pub use crate::benches::topk::bench::{run, run_in};
    pub use crate::benches::topk::speed::{HarnessSpeed, bench_harness};
    pub use crate::benches::topk::{Pace, Query, QueryResult};
}

/// Jobs for the attention core.
pub mod attention {
    pub use crate::benches::attention::bench::{run_in, run_watched};
    pub use crate::benches::attention::{Beats, LiveJob, Memory, Played};
}

/// Layers for the attention core on AXI.
pub mod attention_axi {
    pub use crate::benches::attention_axi::{
        Bytes, Kind, Layer, Port, Ran, Soc, Store, run_layers,
    };
}

/// GEMMs for the array and its baselines.
pub mod figs {
    pub use crate::benches::figs::bench::run_in;
    pub use crate::benches::figs::{Gemm, Product};
}
