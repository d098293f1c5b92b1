// SPDX-License-Identifier: MIT OR Apache-2.0
//! What `hwgen run attention` reports.

use clap::ValueEnum;
use serde::Serialize;

use super::Figures;
use super::axi::AxiFigures;
use crate::samples::{self, Sample, Taken};
use hwgen_console::terminal::table;

/// Masks and biases that the text names.
const NOTES: usize = 4;

/// What computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Backend {
    /// The simulated RTL, compared with the golden model word by word
    Rtl,
    /// The golden model alone, which needs no simulator
    Golden,
    /// Floats of 64 bits: neither planes nor rounding, only pruning and selection
    Float,
}

/// What `--json` holds.
#[derive(Serialize)]
pub struct Report<'a> {
    /// Folder of the bundle.
    pub bundle: &'a str,
    /// Top module.
    pub engine: &'a str,
    /// File that was read.
    pub input: String,
    /// What computed.
    pub backend: Backend,
    /// Scale of the softmax, if all samples have one.
    pub scale: Option<f64>,
    /// Tensors that biases and masks were read from, and how they were taken.
    pub masks: Vec<Taken>,
    /// Tensors that nothing was read from.
    pub not_read: Vec<String>,
    /// What a user should know.
    pub warnings: Vec<String>,
    /// Figures of each layer.
    pub samples: Vec<Figures>,
    /// What went over the buses, if there were any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub axi: Option<AxiFigures>,
}

impl Report<'_> {
    /// Returns what is printed.
    pub fn text(&self) -> String {
        let head = [
            "sample",
            "heads",
            "queries",
            "keys",
            "rms error",
            "cosine",
            "bytes",
            "of 12 bit",
            "selected",
            "cycles",
            "QK busy",
            "PV busy",
        ];
        let mut rows = vec![head.map(str::to_owned).to_vec()];
        let percent = |x: f64| format!("{:.1} %", 100.0 * x);
        let of = |part: usize, whole: usize| {
            if part == whole {
                whole.to_string()
            } else {
                format!("{part} of {whole}")
            }
        };
        let or_none = |x: Option<String>| x.unwrap_or_else(|| "-".to_owned());
        for f in &self.samples {
            rows.push(vec![
                f.sample.clone(),
                of(f.heads_surviving, f.heads),
                f.queries.to_string(),
                of(f.tokens_surviving, f.keys),
                format!("{:.2e}", f.error.rms),
                format!("{:.6}", f.error.cosine),
                f.bytes.total.to_string(),
                percent(f.bytes.total as f64 / f.bytes.dense_12.max(1) as f64),
                percent(f.selected),
                or_none(f.cycles.map(|c| c.to_string())),
                or_none(f.qk_busy.map(percent)),
                or_none(f.pv_busy.map(percent)),
            ]);
        }
        let agree = match self.backend {
            Backend::Rtl if self.axi.is_some() => {
                "RTL and golden model agree on every byte that is written, code and counter\n"
            }
            Backend::Rtl => "RTL and golden model agree on every word and request\n",
            Backend::Golden | Backend::Float => "",
        };
        let buses = self.axi.as_ref().map_or_else(String::new, AxiFigures::text);
        format!("{}{}{buses}{agree}", table(&rows), self.notes())
    }

    /// Says how tensors were taken where that is not a matter of course.
    fn notes(&self) -> String {
        let mut out = String::new();
        let unusual =
            |f: &&Figures| f.scale.to_bits() != samples::usual_scale(f.elements[0]).to_bits();
        match self.samples.iter().find(unusual) {
            Some(f) if self.scale.is_some() => {
                let (scale, d) = (f.scale, f.elements[0]);
                let usual = samples::usual_scale(d);
                out.push_str(&format!("scale {scale}, not 1/sqrt({d}) = {usual:.4}\n"));
            }
            Some(f) => out.push_str(&format!("scales differ: {} has {}\n", f.sample, f.scale)),
            None => {}
        }
        let refined = |f: &Figures| Some(format!("{}: {}\n", f.sample, f.refinement?.text()));
        let refined: Vec<String> = self.samples.iter().filter_map(refined).collect();
        out.extend(refined.iter().take(NOTES).map(String::as_str));
        if refined.len() > NOTES {
            let more = refined.len() - NOTES;
            out.push_str(&format!(
                "{more} more samples (--json says what refinement takes)\n"
            ));
        }
        for mask in self.masks.iter().take(NOTES) {
            out.push_str(&format!("{}\n", mask.text()));
        }
        if self.masks.len() > NOTES {
            let more = self.masks.len() - NOTES;
            out.push_str(&format!(
                "{more} more masks and biases (--json names them)\n"
            ));
        }
        out
    }
}

/// Returns what all have in common.
pub fn same(mut all: impl Iterator<Item = f64>) -> Option<f64> {
    let first = all.next()?;
    all.all(|x| x.to_bits() == first.to_bits()).then_some(first)
}

/// Returns the masks of all samples, each once.
pub fn masks(samples: &[Sample]) -> Vec<Taken> {
    let mut masks: Vec<Taken> = Vec::new();
    for taken in samples.iter().flat_map(|s| &s.masks) {
        if !masks.contains(taken) {
            masks.push(taken.clone());
        }
    }
    masks
}
