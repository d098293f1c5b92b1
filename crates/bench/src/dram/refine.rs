// SPDX-License-Identifier: MIT OR Apache-2.0
//! What rows with holes cost: time of some vectors against that of all, and what rules take of decoders.

use std::path::PathBuf;

use hwgen_console::error::Error;
use hwgen_console::stop;
use hwgen_golden::attention::AttentionParams;
use hwgen_golden::memory::Layout;
use hwgen_golden::memory::choice::Device;
use hwgen_golden::memory::fetch::Request;
use hwgen_sim::rng::Rng;
use hwgen_verif::dram::Dram;
use hwgen_workloads::attend::unit::Unit;
use hwgen_workloads::attend::{Layer, Survivors};
use hwgen_workloads::samples::Sample;
use serde::Serialize;

use super::places::{Heads, Way, accesses};
use super::study::preset;
use super::traffic::Asked;
use super::works::{Refine, decoders};

/// Bytes of the vectors of a plane of 4 bits of heads of 8, 32, 64 and 128 elements, and one of 6 bits.
pub(super) const SIZES: [u64; 5] = [4, 16, 32, 48, 64];
/// Shares of the keys that are refined, in per cent.
pub(super) const SHARES: [u64; 5] = [5, 10, 25, 50, 75];
/// Heads and tokens of each that are drawn from.
const DRAWN: (u32, u32) = (48, 512);

/// What a share of the vectors of a plane takes.
#[derive(Debug, Clone, Serialize)]
pub struct Holes {
    /// The memory.
    pub device: &'static str,
    /// Bytes of a vector.
    pub vector: u64,
    /// For each share of the vectors, that of the accesses and that of the time.
    pub shares: Vec<[f64; 2]>,
}

/// What rules take of the planes of K of a model behind the first.
#[derive(Debug, Clone, Serialize)]
pub struct Rules {
    /// Model.
    pub model: String,
    /// Elements of a head.
    pub elements: usize,
    /// The memory.
    pub device: &'static str,
    /// Share of the vectors that rule `token` refines, and of the accesses that hold them.
    pub token: [f64; 2],
    /// Share of the vectors that rule `head` refines: whole planes of heads.
    pub head: f64,
    /// What hwgen chooses.
    pub unit: Unit,
}

/// Measures drawn vectors.
pub(super) fn holes(devices: &[Device]) -> Result<Vec<Holes>, Error> {
    let mut out = Vec::new();
    for &device in devices {
        for vector in SIZES {
            stop::stopped()?;
            let (all, whole) = time(device, vector, 100);
            let share = |percent| {
                let (some, clocks) = time(device, vector, percent);
                [some as f64 / all as f64, clocks as f64 / whole as f64]
            };
            out.push(Holes {
                device: device.name(),
                vector,
                shares: SHARES.map(share).to_vec(),
            });
        }
    }
    Ok(out)
}

/// Returns the accesses and the clocks of a share of the vectors of a plane of each head.
fn time(device: Device, vector: u64, percent: u64) -> (usize, u64) {
    let mut rng = Rng::new(vector + percent);
    let (heads, tokens) = DRAWN;
    let mut asked = Asked {
        tokens: vec![tokens; heads as usize],
        rows: Vec::new(),
    };
    for head in 0..heads {
        for token in (0..tokens).filter(|_| rng.chance(percent as u32)) {
            let request = Request {
                value: false,
                plane: 0,
                mask: 1,
                tokens: vec![token],
            };
            asked.rows.push((head, request));
        }
    }
    let preset = preset(device);
    let way = Way {
        channels: device.buses(),
        stride: super::study::PIECE,
        layouts: [Layout::Plane; 2],
        fill: 1,
        heads: Heads::Tight,
        turned: false,
    };
    let access = u64::from(device.access_bytes());
    let found = accesses(&asked, &[vec![vector], Vec::new()], way, access).addresses;
    let mapping = super::study::private(&preset, false);
    let count = found.len();
    (count, Dram::new(&preset, &mapping).read_all(found))
}

/// Measures the rules on the decoders, model by model.
pub(super) fn rules(files: &[PathBuf], devices: &[Device]) -> Result<Vec<Rules>, Error> {
    let mut models: Vec<(String, usize, Vec<Sample>)> = Vec::new();
    for sample in decoders(files)? {
        let name = sample.model.clone().unwrap_or_else(|| sample.label());
        let elements = sample.widths()[0];
        match models.iter_mut().find(|m| m.0 == name && m.1 == elements) {
            Some(model) => model.2.push(sample),
            None => models.push((name, elements, vec![sample])),
        }
    }
    let mut out = Vec::new();
    for (model, elements, samples) in &models {
        for &device in devices {
            stop::stopped()?;
            let [mut vectors, mut accesses] = [[0; 2]; 2];
            let mut flat = [0; 2];
            for sample in samples {
                let all = || Survivors::all(sample);
                let [by_token, by_head] =
                    [Refine::Token, Refine::Head].map(|r| (r, core(sample, r)));
                let (refine, core) = by_token;
                let layer = Layer::golden(sample, &core, refine.policy(), all())?;
                if let Some(found) = layer.refined(device) {
                    for i in 0..2 {
                        vectors[i] += found.vectors[i];
                        accesses[i] += found.accesses[i];
                    }
                }
                let (refine, core) = by_head;
                let layer = Layer::golden(sample, &core, refine.policy(), all())?;
                let bytes = layer.bytes().k;
                // Vectors of both planes, but for the elements of a head.
                flat[0] += bytes[1] / u64::from(core.k_planes[1]);
                flat[1] += bytes[0] / u64::from(core.k_planes[0]);
            }
            let share = |[some, all]: [u64; 2]| some as f64 / all.max(1) as f64;
            out.push(Rules {
                model: model.clone(),
                elements: *elements,
                device: device.name(),
                token: [share(vectors), share(accesses)],
                head: share(flat),
                unit: hwgen_workloads::attend::unit::judge(accesses),
            });
        }
    }
    Ok(out)
}

/// Returns a core for a sample.
fn core(sample: &Sample, refine: Refine) -> AttentionParams {
    let [d, dv] = sample.widths();
    AttentionParams {
        d_head: (d.max(dv) as u32).next_multiple_of(8),
        lanes: 8,
        k_planes: refine.keys().to_vec(),
        max_tokens: (sample.tokens() as u32).next_multiple_of(8),
        ..AttentionParams::default()
    }
}
