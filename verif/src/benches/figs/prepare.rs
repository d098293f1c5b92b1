// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a run puts on the ports, beat by beat, and what must come back.

use hwgen_golden::figs::model::Array;
use hwgen_golden::figs::{
    FigsParams, Matrix, OutBeat, Packed, Pattern, Refusal, TileBeat, TileWork, Variant, pack,
};

use super::{Gemm, Job};

/// A job, ready for the ports.
pub(super) struct Prepared {
    /// The packed weights, unless the job is a stray tile.
    pub(super) packed: Option<Packed>,
    /// Its tiles; a stray one has neither weights nor tokens.
    pub(super) tiles: Vec<TileWork>,
    /// What leaves, in order.
    pub(super) outputs: Vec<OutBeat>,
}

/// Packs a GEMM; says why it does not go.
pub(super) fn packed(p: &FigsParams, variant: Variant, gemm: &Gemm) -> Result<Packed, String> {
    let pattern = Pattern::new(gemm.n, gemm.m).map_err(|v| v.to_string())?;
    let weights = matrix(gemm.outputs, gemm.inputs, &gemm.weights, "weights")?;
    let acts = matrix(gemm.tokens, gemm.inputs, &gemm.acts, "acts")?;
    let most = 1_i64 << (p.act_w - 1);
    if let Some(alien) = acts.data().iter().find(|x| !(-most..most).contains(*x)) {
        return Err(format!("activation {alien} does not fit {} bits", p.act_w));
    }
    if acts.rows() == 0 {
        return Err("there are no tokens".to_owned());
    }
    pack(p, variant, pattern, &weights).map_err(|e: Refusal| e.to_string())
}

fn matrix(rows: u32, cols: u32, data: &[i64], what: &str) -> Result<Matrix, String> {
    Matrix::new(rows, cols, data.to_vec())
        .ok_or_else(|| format!("{} {what} are not {rows} times {cols}", data.len()))
}

/// Prepares a job: what goes in, and by the golden model what comes out.
pub(super) fn prepare(p: &FigsParams, variant: Variant, job: &Job) -> Result<Prepared, String> {
    let gemm = match job {
        Job::Gemm(gemm) => gemm,
        Job::Stray(stray) => {
            let tile = TileBeat {
                tokens: stray.tokens,
                log_n: stray.log_n,
                first: true,
                last: true,
            };
            if Array::new(p, variant).takes(&tile) {
                return Err(format!("{stray:?} is a tile that the engine runs"));
            }
            let work = TileWork {
                tile,
                weights: Vec::new(),
                acts: Vec::new(),
            };
            return Ok(Prepared {
                packed: None,
                tiles: vec![work],
                outputs: Vec::new(),
            });
        }
    };
    let packed = packed(p, variant, gemm)?;
    let acts = matrix(gemm.tokens, gemm.inputs, &gemm.acts, "acts")?;
    let weights = matrix(gemm.outputs, gemm.inputs, &gemm.weights, "weights")?;
    let tiles = packed.work(&acts);
    let mut array = Array::new(p, variant);
    let mut outputs = Vec::new();
    for work in &tiles {
        outputs.extend(array.tile(work).ok_or("a packed tile is not legal")?);
    }
    // The model knows nothing of matrices, the product nothing of tiles.
    if packed.gather(gemm.tokens, &outputs) != acts.product(&weights) {
        return Err("the golden array and the plain product disagree".to_owned());
    }
    Ok(Prepared {
        packed: Some(packed),
        tiles,
        outputs,
    })
}
