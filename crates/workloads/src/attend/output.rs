// SPDX-License-Identifier: MIT OR Apache-2.0
//! Outputs and probabilities of layers as tensors, for a comparison with a reference of the user's own.

use safetensors::tensor::{Dtype, TensorView, serialize};

use super::Layer;
use hwgen_console::error::Error;

/// A tensor to be written.
struct Entry {
    name: String,
    dtype: Dtype,
    shape: Vec<usize>,
    bytes: Vec<u8>,
}

/// Returns a file of `.safetensors` with what layers gave: for NAME `NAME.out`, in real units and laid
/// out as the queries, `NAME.probs` [heads, queries, keys] and `NAME.selected`, which of the values
/// count. The items of a batch are one tensor again. What was not asked for or seen is 0.
pub fn file(layers: &[Layer<'_>]) -> Result<Vec<u8>, Error> {
    let failed = |e: safetensors::SafeTensorError| Error::input(format!("cannot write it ({e})"));
    let batches = layers.chunk_by(|a, b| a.sample.stem == b.sample.stem);
    let entries: Vec<Entry> = batches.flat_map(batch).collect();
    let mut views = Vec::new();
    for e in &entries {
        let view = TensorView::new(e.dtype, e.shape.clone(), &e.bytes).map_err(failed)?;
        views.push((e.name.as_str(), view));
    }
    serialize(views, None).map_err(failed)
}

/// Makes the tensors of one layer from the items of its batch.
fn batch(items: &[Layer<'_>]) -> [Entry; 3] {
    let sample = items[0].sample;
    let (heads, nq, n) = (sample.heads.len(), sample.queries(), sample.tokens());
    let [_, dv] = sample.widths();
    let layout = sample.layout;
    let sizes = [items.len(), heads, nq, dv];
    let pairs = items.len() * heads * nq * n;
    let mut out = vec![0.0_f64; items.len() * heads * nq * dv];
    let (mut probs, mut selected) = (vec![0.0_f64; pairs], vec![0_u8; pairs]);
    for (item, layer) in items.iter().enumerate() {
        let (asked, tokens) = (
            layer.survivors.queries(layer.sample),
            &layer.survivors.tokens,
        );
        for ran in &layer.ran {
            let head = ran.head as usize;
            for (at, &query) in asked.iter().enumerate() {
                let to = layout.at(sizes, item, head, query);
                out[to..to + dv].copy_from_slice(&ran.outputs[at]);
                let row = ((item * heads + head) * nq + query) * n;
                for (&token, &p) in tokens.iter().zip(&ran.probs[at]) {
                    probs[row + token as usize] = p;
                }
                for &position in &ran.result.selected[at] {
                    selected[row + tokens[position as usize] as usize] = 1;
                }
            }
        }
    }
    let mut pairs = vec![nq, n];
    // One head that the user's tensors have no dimension for gets none.
    if layout.heads || heads > 1 {
        pairs.insert(0, heads);
    }
    if layout.batch {
        pairs.insert(0, items.len());
    }
    let entry = |part: &str, dtype, shape: &[usize], bytes| Entry {
        name: if sample.stem.is_empty() {
            part.to_owned()
        } else {
            format!("{}.{part}", sample.stem)
        },
        dtype,
        shape: shape.to_vec(),
        bytes,
    };
    let reals = |all: &[f64]| all.iter().flat_map(|x| x.to_le_bytes()).collect();
    [
        entry("out", Dtype::F64, &layout.shape(sizes), reals(&out)),
        entry("probs", Dtype::F64, &pairs, reals(&probs)),
        entry("selected", Dtype::BOOL, &pairs, selected),
    ]
}
