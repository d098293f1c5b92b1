// SPDX-License-Identifier: MIT OR Apache-2.0
//! Cycles, traffic and storage of a product on the array, and the product as a file.

use hwgen_golden::figs::{Matrix, Packed, Variant};
use serde::Serialize;

use hwgen_console::error::Error;

/// What a product costs.
#[derive(Serialize)]
pub struct Figures {
    /// First activation accepted to last output accepted, both included.
    pub cycles: u64,
    /// Whether they were measured on the RTL, which then equal the model's.
    pub measured: bool,
    /// Cycles of the dense array of as many multipliers, by its model.
    pub dense_cycles: u64,
    /// Tiles of the product.
    pub tiles: usize,
    /// Tiles whose weights are all 0, which are left out.
    pub absent_tiles: usize,
    /// Multiplications with weights that are not 0, a multiplier and cycle.
    pub mac_utilisation: f64,
    /// Activations read per cycle.
    pub inputs_per_cycle: f64,
    /// Places on the bus of activations that held one, per cycle.
    pub input_slots_per_cycle: f64,
    /// Partial sums written per cycle.
    pub partial_sums_per_cycle: f64,
    /// Activations read.
    pub inputs_read: u64,
    /// Weights read.
    pub weights_read: u64,
    pub(crate) weight_bits_read: u64,
    /// Partial sums written.
    pub partial_sums_written: u64,
    /// Outputs written.
    pub outputs_written: u64,
    pub(crate) stored_weight_bits: u64,
    pub(crate) stored_select_bits: u64,
}

/// Counts what a product of `tokens` takes in so many cycles.
pub fn figures(packed: &Packed, tokens: u32, cycles: u64, measured: bool) -> Figures {
    let p = packed.params();
    let traffic = packed.traffic(tokens);
    let storage = packed.storage();
    let per = |n: u64| n as f64 / cycles as f64;
    let dense = Variant::DenseWs;
    let tiles = p.tiles(dense, packed.pattern, packed.outputs, packed.inputs);
    Figures {
        cycles,
        measured,
        dense_cycles: p.cycles(dense, tokens, tiles.unwrap_or(0)),
        tiles: packed.tiles.len(),
        absent_tiles: (packed.grid as usize).saturating_sub(packed.tiles.len()),
        mac_utilisation: per(storage.nonzero * u64::from(tokens)) / f64::from(p.macs()),
        inputs_per_cycle: per(traffic.inputs),
        input_slots_per_cycle: per(traffic.input_slots),
        partial_sums_per_cycle: per(traffic.partial_sums),
        inputs_read: traffic.inputs,
        weights_read: traffic.weights,
        weight_bits_read: traffic.weight_bits,
        partial_sums_written: traffic.partial_sums,
        outputs_written: traffic.outputs,
        stored_weight_bits: storage.weight_bits,
        stored_select_bits: storage.select_bits,
    }
}

/// Returns the bytes of a `.safetensors` file: float64 `product`, and int64 `sums` if there are any.
pub fn product_file(got: &Matrix<f64>, sums: Option<&Matrix>) -> Result<Vec<u8>, Error> {
    use safetensors::tensor::{Dtype, TensorView, serialize};
    let bug = |e: safetensors::SafeTensorError| Error::input(format!("cannot write it ({e})"));
    let shape = vec![got.rows() as usize, got.cols() as usize];
    let reals: Vec<u8> = got.data().iter().flat_map(|x| x.to_le_bytes()).collect();
    let integers: Option<Vec<u8>> =
        sums.map(|s| s.data().iter().flat_map(|x| x.to_le_bytes()).collect());
    let mut views = vec![(
        "product",
        TensorView::new(Dtype::F64, shape.clone(), &reals).map_err(bug)?,
    )];
    if let Some(integers) = &integers {
        let view = TensorView::new(Dtype::I64, shape, integers).map_err(bug)?;
        views.push(("sums", view));
    }
    serialize(views, None).map_err(bug)
}
