// SPDX-License-Identifier: MIT OR Apache-2.0
//! Files of packed matrices: `.safetensors` with the tiles as tensors and what they were packed for
//! in the metadata.
//!
//! `weights` is int8 [tiles, rows, lanes], `selects` uint8 [tiles, rows, selects], `places` uint32
//! [tiles, 3]: first output, first element, and flags (1 first, 2 last of its outputs); `scales`
//! float64 [outputs] is the real value of a unit of each output.

use std::collections::HashMap;
use std::path::Path;

use hwgen_golden::Arith;
use hwgen_golden::figs::pack::PackedTile;
use hwgen_golden::figs::{FigsParams, Mode, Packed, Pattern, SelectBy, Variant, WeightBeat};
use safetensors::tensor::{Dtype, SafeTensors, TensorView, serialize};
use serde::{Deserialize, Serialize};

use crate::tensors::Source;
use hwgen_console::error::Error;

/// Key of the metadata, which also tells a packed file from any other.
const KEY: &str = "hwgen.figs.packed";
/// Layout version.
const FORMAT: u32 = 1;

/// What a matrix was packed for.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    format: u32,
    variant: String,
    pattern: String,
    outputs: u32,
    inputs: u32,
    rows: u32,
    columns: u32,
    lanes: u32,
    group: u32,
    alpha: u32,
    weight_w: u32,
    act_w: u32,
    psum_w: u32,
    max_t: u32,
    max_k: u32,
    shared: bool,
    exchange: bool,
    /// Whether the matrix was stored as [inputs, outputs].
    #[serde(default)]
    transposed: bool,
    /// Masks and scales that were applied to it.
    #[serde(default)]
    applied: Vec<String>,
}

impl Header {
    fn params(&self) -> FigsParams {
        FigsParams {
            rows: self.rows,
            columns: self.columns,
            lanes: self.lanes,
            group: self.group,
            alpha: self.alpha,
            weight_w: self.weight_w,
            act_w: self.act_w,
            psum_w: self.psum_w,
            max_t: self.max_t,
            max_k: self.max_k,
            select: if self.shared {
                SelectBy::Pe
            } else {
                SelectBy::Lane
            },
            mode: if self.exchange {
                Mode::Exchange
            } else {
                Mode::Select
            },
            // The array takes the same beats, whatever its products are made of.
            arith: Arith::Logic,
        }
    }
}

/// A packed matrix with the scales of its outputs.
#[derive(Debug, Clone)]
pub struct PackedFile {
    /// The matrix as the array takes it.
    pub packed: Packed,
    /// Real value of a unit, one per output.
    pub scales: Vec<f64>,
    /// Whether the matrix was stored as [inputs, outputs].
    pub transposed: bool,
    /// Masks and scales that were applied to it.
    pub applied: Vec<String>,
}

/// Tells whether a file is a packed one.
pub fn is_packed(source: &Source) -> bool {
    source.metadata(KEY).is_some()
}

impl PackedFile {
    /// Returns the bytes of the file.
    pub fn bytes(&self) -> Result<Vec<u8>, Error> {
        let (packed, p) = (&self.packed, self.packed.params());
        let header = Header {
            format: FORMAT,
            variant: packed.variant.to_string(),
            pattern: packed.pattern.to_string(),
            outputs: packed.outputs,
            inputs: packed.inputs,
            rows: p.rows,
            columns: p.columns,
            lanes: p.lanes,
            group: p.group,
            alpha: p.alpha,
            weight_w: p.weight_w,
            act_w: p.act_w,
            psum_w: p.psum_w,
            max_t: p.max_t,
            max_k: p.max_k,
            shared: p.select == SelectBy::Pe,
            exchange: p.mode == Mode::Exchange,
            transposed: self.transposed,
            applied: self.applied.clone(),
        };
        let bug = |e: &dyn std::fmt::Display| Error::input(format!("cannot write it ({e})"));
        let text = serde_json::to_string(&header).map_err(|e| bug(&e))?;
        let beats = || packed.tiles.iter().flat_map(|t| &t.weights);
        let weights: Vec<u8> = beats()
            .flat_map(|b| b.data.iter().map(|w| *w as i8 as u8))
            .collect();
        let selects: Vec<u8> = beats()
            .flat_map(|b| b.sel.iter().map(|s| *s as u8))
            .collect();
        let places = packed.tiles.iter().flat_map(|t| {
            let flags = u32::from(t.first) + 2 * u32::from(t.last);
            [t.o0, t.k0, flags].map(u32::to_le_bytes).concat()
        });
        let places: Vec<u8> = places.collect();
        let scales: Vec<u8> = self.scales.iter().flat_map(|s| s.to_le_bytes()).collect();
        let (tiles, rows) = (packed.tiles.len(), p.rows as usize);
        let lanes = p.row_lanes() as usize;
        let sel = p.selects(packed.variant) as usize;
        let outputs = vec![packed.outputs as usize];
        let parts = [
            ("weights", Dtype::I8, vec![tiles, rows, lanes], &weights),
            ("selects", Dtype::U8, vec![tiles, rows, sel], &selects),
            ("places", Dtype::U32, vec![tiles, 3], &places),
            ("scales", Dtype::F64, outputs, &scales),
        ];
        let mut views = Vec::new();
        for (name, dtype, shape, data) in parts {
            let view = TensorView::new(dtype, shape, data).map_err(|e| bug(&e))?;
            views.push((name, view));
        }
        let metadata = HashMap::from([(KEY.to_owned(), text)]);
        serialize(views, Some(metadata)).map_err(|e| bug(&e))
    }

    /// Reads a packed file; `None` if it is some other file, which may still hold a matrix.
    pub fn read(path: &Path) -> Result<Option<Self>, Error> {
        if path.extension().is_none_or(|e| e != "safetensors") {
            return Ok(None);
        }
        let failed = |e| Error::path(path, "read the weights", &e);
        std::fs::metadata(path).map_err(failed)?;
        // A large checkpoint is not read as a whole.
        if path.is_dir() || !is_packed(&Source::open(path, None)?) {
            return Ok(None);
        }
        let bytes = std::fs::read(path).map_err(failed)?;
        Self::parse(&bytes, &path.display().to_string())
    }

    fn parse(bytes: &[u8], label: &str) -> Result<Option<Self>, Error> {
        let bad = |why: &dyn std::fmt::Display| {
            Error::input(format!("{label}: {why}; pack the matrix again"))
        };
        // A file that cannot be read at all is refused in the words for any matrix.
        let Ok((_, metadata)) = SafeTensors::read_metadata(bytes) else {
            return Ok(None);
        };
        let Some(text) = metadata.metadata().as_ref().and_then(|m| m.get(KEY)) else {
            return Ok(None);
        };
        let h: Header =
            serde_json::from_str(text).map_err(|e| bad(&format!("metadata {KEY}: {e}")))?;
        if h.format != FORMAT {
            let rule = format!("this release reads format {FORMAT}");
            return Err(bad(&format!("format {}: {rule}", h.format)));
        }
        let file = SafeTensors::deserialize(bytes)
            .map_err(|e| bad(&format!("not a readable .safetensors file ({e})")))?;
        let part = |name: &str, dtype: Dtype| -> Result<Vec<u8>, Error> {
            let view = file
                .tensor(name)
                .map_err(|_| bad(&format!("there is no tensor {name}")))?;
            if view.dtype() != dtype {
                let has = view.dtype();
                let rule = format!("tensor {name}: dtype {has:?}: must be {dtype:?}");
                return Err(bad(&rule));
            }
            Ok(view.data().to_vec())
        };
        let params = h.params();
        // Judged before anything is divided by them.
        if let Some(v) = params.violations().first() {
            return Err(bad(v));
        }
        let variant: Variant = h.variant.parse().map_err(|v| bad(&v))?;
        let pattern: Pattern = h.pattern.parse().map_err(|v| bad(&v))?;
        let (weights, selects) = (part("weights", Dtype::I8)?, part("selects", Dtype::U8)?);
        let (places, scales) = (part("places", Dtype::U32)?, part("scales", Dtype::F64)?);
        let lanes = params.row_lanes() as usize;
        let sel = params.selects(variant) as usize;
        let rows = params.rows as usize;
        let count = places.len() / 12;
        let fits = places.len() == count * 12
            && weights.len() == count * rows * lanes
            && selects.len() == count * rows * sel
            && scales.len() == 8 * h.outputs as usize;
        if !fits {
            return Err(bad(&"its tensors are not as large as one another"));
        }
        let word = |at: usize| {
            let b = &places[4 * at..4 * at + 4];
            u32::from_le_bytes([b[0], b[1], b[2], b[3]])
        };
        let tile = |i: usize| PackedTile {
            o0: word(3 * i),
            k0: word(3 * i + 1),
            first: word(3 * i + 2) & 1 != 0,
            last: word(3 * i + 2) & 2 != 0,
            weights: (i * rows..(i + 1) * rows)
                .map(|r| WeightBeat {
                    data: weights[r * lanes..(r + 1) * lanes]
                        .iter()
                        .map(|w| i64::from(*w as i8))
                        .collect(),
                    sel: selects[r * sel..(r + 1) * sel]
                        .iter()
                        .map(|s| u32::from(*s))
                        .collect(),
                })
                .collect(),
        };
        let tiles = (0..count).map(tile).collect();
        let packed = Packed::assemble(&params, variant, pattern, (h.outputs, h.inputs), tiles)
            .map_err(|v| bad(&v))?;
        let scales: Vec<f64> = scales
            .chunks_exact(8)
            .map(|b| f64::from_le_bytes([b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7]]))
            .collect();
        if !scales.iter().all(|s| s.is_finite() && *s > 0.0) {
            return Err(bad(&"tensor scales: must be positive numbers"));
        }
        Ok(Some(Self {
            packed,
            scales,
            transposed: h.transposed,
            applied: h.applied,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hwgen_golden::figs::{Matrix, pack};

    fn file() -> PackedFile {
        let p = FigsParams::default();
        let nm = "1:4".parse().expect("legal");
        let w = Matrix::from_fn(40, 20, |r, c| i64::from((r + c) % 4 == 1) * -7);
        PackedFile {
            packed: pack(&p, Variant::Figs, nm, &w).expect("is 1:4"),
            scales: vec![0.5; 40],
            transposed: true,
            applied: vec!["mask w_mask".to_owned()],
        }
    }

    #[test]
    fn a_packed_file_is_read_as_it_was_written() {
        let written = file();
        let bytes = written.bytes().expect("is written");
        let read = PackedFile::parse(&bytes, "f")
            .expect("reads")
            .expect("packed");
        assert_eq!(read.packed, written.packed);
        assert_eq!(read.scales, written.scales);
        assert!(read.transposed);
        assert_eq!(read.applied, written.applied);
    }

    #[test]
    fn whatever_is_cut_off_or_changed_is_refused_or_harmless() {
        let bytes = file().bytes().expect("is written");
        let original = file();
        for n in 0..bytes.len() {
            if n % 7 != 0 && n < bytes.len() - 40 {
                continue;
            }
            if let Ok(Some(_)) = PackedFile::parse(&bytes[..n], "f") {
                panic!("{n} bytes of {} are taken for whole", bytes.len());
            }
        }
        // A changed byte never ends in a panic, and what is taken still multiplies.
        for at in (0..bytes.len()).step_by(11) {
            let mut changed = bytes.clone();
            changed[at] ^= 0x15;
            if let Ok(Some(read)) = PackedFile::parse(&changed, "f") {
                let x = Matrix::from_fn(1, read.packed.inputs, |_, _| 1);
                let (w, y) = (read.packed.unpack(), read.packed.multiply(&x));
                assert_eq!(y, x.product(&w), "byte {at}");
            }
        }
        assert_eq!(original.packed.outputs, 40);
    }
}
