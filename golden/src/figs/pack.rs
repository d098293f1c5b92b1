// SPDX-License-Identifier: MIT OR Apache-2.0
//! From an N:M matrix to tiles of weights and selects, and back.

use super::beat::{TileBeat, TileWork, WeightBeat};
use super::params::{FigsParams, MAX_K, Mode};
use super::refusal::Refusal;
use super::window::Window;
use super::{Matrix, Pattern, Variant};
use crate::violation::Violation;

/// The weights of one tile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackedTile {
    /// First output.
    pub o0: u32,
    /// First element.
    pub k0: u32,
    /// First of its outputs.
    pub first: bool,
    /// Last of its outputs.
    pub last: bool,
    /// One beat a row, row 0 first.
    pub weights: Vec<WeightBeat>,
}

/// A matrix as the tiles that an engine takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packed {
    /// Engine.
    pub variant: Variant,
    /// Pattern that the matrix has.
    pub pattern: Pattern,
    /// Log2 of the weights that each block stores.
    pub log_n: u32,
    /// Rows of the matrix.
    pub outputs: u32,
    /// Columns of the matrix.
    pub inputs: u32,
    /// Tiles by outputs, then by elements.
    pub tiles: Vec<PackedTile>,
    /// Tiles that a matrix without absent ones would have.
    pub grid: u32,
    params: FigsParams,
}

/// Packs `weights` (outputs by inputs) for `variant`; an element that is 0 is absent.
///
/// Refuses what is not of `pattern`, what the engine does not run, and what does not fit.
pub fn pack(
    params: &FigsParams,
    variant: Variant,
    pattern: Pattern,
    weights: &Matrix,
) -> Result<Packed, Refusal> {
    let shape = (weights.rows(), weights.cols());
    let packed = Packed::from_tiles(params, variant, pattern, shape, Vec::new());
    let mut packed = packed.map_err(Refusal::Pattern)?;
    check(params, pattern, weights)?;
    packed.fill(weights)?;
    Ok(packed)
}

/// Judges shape, range and pattern, whatever the engine.
fn check(params: &FigsParams, pattern: Pattern, weights: &Matrix) -> Result<(), Refusal> {
    let (rows, cols) = (weights.rows(), weights.cols());
    if rows == 0 || cols == 0 {
        let rule = "must have at least one row and one column";
        let shape = format!("{rows} x {cols}");
        let v = Violation::new("weights", shape, rule, "give a matrix that is not empty");
        return Err(Refusal::Shape(v));
    }
    if cols > params.max_k {
        let rule = format!("sums are as long as figs.max_k = {} allows", params.max_k);
        let remedy = longer(params, cols);
        let v = Violation::new("weights", format!("{rows} x {cols}"), rule, remedy);
        return Err(Refusal::Shape(v));
    }
    let most = 1_i64 << (params.weight_w - 1);
    let m = pattern.m() as usize;
    for row in 0..rows {
        let all = weights.row(row);
        if let Some(column) = all.iter().position(|w| !(-most..most).contains(w)) {
            return Err(Refusal::Weight {
                row,
                column: column as u32,
                value: all[column],
                width: params.weight_w,
            });
        }
        for (block, part) in all.chunks(m).enumerate() {
            let count = part.iter().filter(|w| **w != 0).count() as u32;
            if count > pattern.n() {
                return Err(Refusal::Dense {
                    row,
                    block: block as u32,
                    count,
                    pattern,
                    tied: 1,
                });
            }
        }
    }
    Ok(())
}

/// Says what makes sums of `cols` products possible: an array that can be built, or none.
fn longer(params: &FigsParams, cols: u32) -> String {
    let most = MAX_K.1;
    if cols > most {
        return format!("no array takes more than {most}: split the inputs and add the products");
    }
    let built = FigsParams {
        max_k: cols.max(MAX_K.0),
        ..params.clone()
    };
    let (max_k, bits) = (built.max_k, built.min_psum_w());
    let wider = if bits > params.psum_w {
        format!(" and figs.psum_w = {bits}")
    } else {
        String::new()
    };
    format!("build the array with figs.max_k = {max_k}{wider}")
}

impl Packed {
    /// Wraps tiles as they are.
    pub(super) fn from_tiles(
        params: &FigsParams,
        variant: Variant,
        pattern: Pattern,
        (outputs, inputs): (u32, u32),
        tiles: Vec<PackedTile>,
    ) -> Result<Self, Violation> {
        Ok(Self {
            variant,
            pattern,
            log_n: pattern.log_n(params, variant)?,
            outputs,
            inputs,
            tiles,
            grid: 0,
            params: params.clone(),
        })
    }

    /// Returns the parameters that the matrix was packed for.
    pub fn params(&self) -> &FigsParams {
        &self.params
    }

    fn exchanges(&self) -> bool {
        self.variant == Variant::Figs && self.params.mode == Mode::Exchange
    }

    /// Packs tile by tile; what is absent is left out.
    fn fill(&mut self, weights: &Matrix) -> Result<(), Refusal> {
        let channels = self.params.channels(self.variant, self.log_n);
        let depth = self.params.k_tile(self.variant, self.log_n);
        for o0 in (0..self.outputs).step_by(channels as usize) {
            let from = self.tiles.len();
            for k0 in (0..self.inputs).step_by(depth as usize) {
                let tile = Window {
                    weights,
                    o0,
                    k0,
                    channels,
                };
                let layers = if self.exchanges() {
                    self.grid += self.pattern.n() * (self.params.group / self.pattern.m());
                    super::doubly::layers(&self.params, self.pattern, &tile)?
                } else {
                    self.grid += 1;
                    let beats = tile.beats(&self.params, self.variant, self.log_n);
                    vec![beats.map_err(|e| e.refusal(self.pattern))?]
                };
                let present = layers.into_iter().filter(|beats| !absent(beats));
                self.tiles.extend(present.map(|weights| PackedTile {
                    o0,
                    k0,
                    first: false,
                    last: false,
                    weights,
                }));
            }
            if self.tiles.len() == from {
                // The zeros of these outputs have to come from somewhere.
                self.tiles.push(PackedTile {
                    o0,
                    k0: 0,
                    first: false,
                    last: false,
                    weights: self.empty(),
                });
            }
            self.tiles[from].first = true;
            if let Some(tile) = self.tiles.last_mut() {
                tile.last = true;
            }
        }
        Ok(())
    }

    /// Returns a tile of zeros, with selects that stay in their windows.
    fn empty(&self) -> Vec<WeightBeat> {
        let nothing = Matrix::from_fn(1, 1, |_, _| 0);
        let tile = Window {
            weights: &nothing,
            o0: 0,
            k0: 0,
            channels: self.params.channels(self.variant, self.log_n),
        };
        let beats = if self.exchanges() {
            let pattern = Pattern::new(1, 1).map_err(Refusal::Pattern);
            let layers = pattern.and_then(|p| super::doubly::layers(&self.params, p, &tile));
            layers.ok().and_then(|mut all| all.pop())
        } else {
            tile.beats(&self.params, self.variant, self.log_n).ok()
        };
        beats.expect("nothing fits every pattern")
    }

    /// Returns the matrix that was packed, from nothing but the tiles.
    ///
    /// # Panics
    /// Never: a packed matrix has no weights beyond its shape.
    pub fn unpack(&self) -> Matrix {
        self.try_unpack().expect("weights lie inside")
    }

    /// Unpacks tiles of which nothing is known but that they are whole.
    pub(super) fn try_unpack(&self) -> Result<Matrix, Violation> {
        let mut out = Matrix::from_fn(self.outputs, self.inputs, |_, _| 0);
        for tile in &self.tiles {
            for (channel, element, weight) in self.terms(tile) {
                // Padding has weight 0 and may lie beyond the matrix.
                if weight == 0 {
                    continue;
                }
                let (o, k) = (tile.o0 + channel, tile.k0 + element);
                if o >= self.outputs || k >= self.inputs {
                    let rule = "there are no weights beyond the matrix";
                    let remedy = "pack the matrix again";
                    let at = format!("{weight} at row {o}, column {k}");
                    return Err(Violation::new("packed.weight", at, rule, remedy));
                }
                *out.at_mut(o, k) += weight;
            }
        }
        Ok(out)
    }

    /// Returns channel, element of the tile and weight of every multiplier.
    fn terms(&self, tile: &PackedTile) -> Vec<(u32, u32, i64)> {
        if self.exchanges() {
            return super::doubly::terms(&self.params, &tile.weights);
        }
        let p = &self.params;
        let shared = p.selects(self.variant) != p.row_lanes();
        let d = p.channels(self.variant, self.log_n) / p.row_lanes();
        let mut out = Vec::new();
        for (row, beat) in (0..).zip(&tile.weights) {
            let place = p.place(self.variant, self.log_n, row);
            for (lane, &weight) in (0..).zip(&beat.data) {
                let sel = beat.sel[(if shared { lane / p.lanes } else { lane }) as usize];
                let element = place.start + place.base + sel;
                out.push((lane * d + place.channel, element, weight));
            }
        }
        out
    }

    /// Returns what goes into the ports for `x` (tokens by inputs): the tiles once for each chunk
    /// of at most `max_t` tokens. The chunks are as even as can be.
    ///
    /// # Panics
    /// If `x` is not as wide as the matrix, or has no tokens.
    pub fn work(&self, x: &Matrix) -> Vec<TileWork> {
        assert_eq!(x.cols(), self.inputs, "inner dimensions");
        assert!(x.rows() > 0, "tokens");
        let mut out = Vec::new();
        let mut t0 = 0;
        for tokens in self.params.chunks(x.rows()) {
            for tile in &self.tiles {
                let acts = (t0..t0 + tokens).map(|t| {
                    self.params
                        .activations(self.variant, self.log_n, x.row(t), tile.k0)
                });
                out.push(TileWork {
                    tile: TileBeat {
                        tokens,
                        log_n: self.params.port_log_n(self.variant, self.log_n),
                        first: tile.first,
                        last: tile.last,
                    },
                    weights: tile.weights.clone(),
                    acts: acts.collect(),
                });
            }
            t0 += tokens;
        }
        out
    }

    /// Puts output beats of [`Packed::work`] back into a matrix of `tokens` by outputs.
    ///
    /// # Panics
    /// If there are not as many beats as the work gives.
    pub fn gather(&self, tokens: u32, beats: &[super::OutBeat]) -> Matrix {
        let mut out = Matrix::from_fn(tokens, self.outputs, |_, _| 0);
        let mut beats = beats.iter();
        let mut t0 = 0;
        for chunk in self.params.chunks(tokens) {
            for tile in self.tiles.iter().filter(|t| t.last) {
                let channels = self.params.channels(self.variant, self.log_n);
                let there = channels.min(self.outputs - tile.o0);
                for t in t0..t0 + chunk {
                    let beat = beats.next().expect("a beat a token");
                    for c in 0..there {
                        let word = self.params.out_word(self.variant, self.log_n, c);
                        *out.at_mut(t, tile.o0 + c) = beat.data[word as usize];
                    }
                }
            }
            t0 += chunk;
        }
        assert!(beats.next().is_none(), "beats are left over");
        out
    }
}

impl FigsParams {
    /// Splits `tokens` into as few chunks of at most `max_t` as there can be, evenly.
    pub fn chunks(&self, tokens: u32) -> Vec<u32> {
        let count = tokens.div_ceil(self.max_t).max(1);
        (0..count)
            .map(|i| tokens / count + u32::from(i < tokens % count))
            .collect()
    }
}

fn absent(beats: &[WeightBeat]) -> bool {
    beats.iter().all(|b| b.data.iter().all(|w| *w == 0))
}
