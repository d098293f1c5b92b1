// SPDX-License-Identifier: MIT OR Apache-2.0
//! A folder with a small array, to run hwgen in, and files of matrices for it.
#![allow(dead_code)] // Each test file uses a part.

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, TensorView, serialize};
use serde_json::Value;
use tempfile::TempDir;

/// A tensor to be stored: name, type, shape, bytes.
pub(crate) type Stored = (&'static str, Dtype, Vec<usize>, Vec<u8>);

/// Returns a tensor of 32-bit floats.
pub(crate) fn f32s(name: &'static str, shape: &[usize], all: &[f64]) -> Stored {
    let bytes = all.iter().flat_map(|x| (*x as f32).to_le_bytes());
    (name, Dtype::F32, shape.to_vec(), bytes.collect())
}

/// Returns a tensor of 8-bit integers.
pub(crate) fn i8s(name: &'static str, shape: &[usize], all: &[i64]) -> Stored {
    let bytes = all.iter().map(|x| *x as i8 as u8);
    (name, Dtype::I8, shape.to_vec(), bytes.collect())
}

/// Returns `x * w`: tokens by inputs, and inputs by outputs as GPT-2 stores its weights.
pub(crate) fn conv1d(x: &[i64], w: &[i64], inputs: usize) -> Vec<i64> {
    let (tokens, outputs) = (x.len() / inputs, w.len() / inputs);
    let at = |t: usize, o: usize| {
        (0..inputs)
            .map(|k| x[t * inputs + k] * w[k * outputs + o])
            .sum()
    };
    (0..tokens)
        .flat_map(|t| (0..outputs).map(move |o| at(t, o)))
        .collect()
}

/// Returns the transpose of a matrix of so many columns.
pub(crate) fn turned(all: &[i64], cols: usize) -> Vec<i64> {
    let rows = all.len() / cols;
    (0..cols)
        .flat_map(|c| (0..rows).map(move |r| all[r * cols + c]))
        .collect()
}

/// Counts up without a period that a matrix has: values from -60 to 60.
pub(crate) fn values(count: usize) -> Vec<i64> {
    (0..count as i64)
        .map(|i| (i * i * 7 + i * 13 + 5) % 121 - 60)
        .collect()
}

/// A folder to run in, with the projection that ships as `real.safetensors` and a small array in
/// `b`.
pub(crate) struct Place(TempDir);

impl Place {
    pub(crate) fn new() -> Self {
        let place = Self(tempfile::tempdir().expect("a folder"));
        let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/minilm_projection.safetensors");
        fs::copy(data, place.path("real.safetensors")).expect("ships");
        place.done("emit --block figs --pe 64 -o b");
        place
    }

    pub(crate) fn path(&self, below: &str) -> PathBuf {
        self.0.path().join(below)
    }

    pub(crate) fn write(&self, below: &str, text: impl AsRef<[u8]>) {
        fs::write(self.path(below), text).expect("writes");
    }

    pub(crate) fn run(&self, line: &str) -> (Option<i32>, String, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hwgen"));
        command.current_dir(self.0.path());
        command.args(line.split_whitespace());
        let output = command.output().expect("runs");
        let text = |bytes| String::from_utf8(bytes).expect("text");
        (
            output.status.code(),
            text(output.stdout),
            text(output.stderr),
        )
    }

    pub(crate) fn done(&self, line: &str) -> String {
        let (code, out, err) = self.run(line);
        assert_eq!(code, Some(0), "hwgen {line}: {err}");
        out
    }

    /// Runs what must be refused; returns what is said, without the name of the program.
    pub(crate) fn refused(&self, line: &str) -> Vec<String> {
        let (code, out, err) = self.run(line);
        assert_eq!(code, Some(2), "hwgen {line}: {out}{err}");
        assert_eq!(out, "", "hwgen {line}");
        let strip = |l: &str| l.strip_prefix("hwgen: ").unwrap_or(l).to_owned();
        err.lines().map(strip).collect()
    }

    pub(crate) fn json(&self, line: &str) -> Value {
        let text = self.done(&format!("{line} --json -"));
        serde_json::from_str(&text).expect("is JSON")
    }

    /// Returns the integers of tensor `sums`.
    pub(crate) fn sums(&self, file: &str) -> Vec<i64> {
        self.words(file, "sums", i64::from_le_bytes)
    }

    /// Returns the real numbers of tensor `product`.
    pub(crate) fn product(&self, file: &str) -> Vec<f64> {
        self.words(file, "product", f64::from_le_bytes)
    }

    fn words<T>(&self, file: &str, name: &str, word: fn([u8; 8]) -> T) -> Vec<T> {
        let bytes = fs::read(self.path(file)).expect("is there");
        let tensors = SafeTensors::deserialize(&bytes).expect("reads");
        let data = tensors.tensor(name).expect("is there").data().to_vec();
        data.as_chunks().0.iter().map(|b| word(*b)).collect()
    }

    /// Writes a `.safetensors` file.
    pub(crate) fn store(&self, file: &str, tensors: &[Stored]) {
        let views = tensors.iter().map(|(name, dtype, shape, data)| {
            let view = TensorView::new(*dtype, shape.clone(), data).expect("fits");
            (*name, view)
        });
        self.write(file, serialize(views, None).expect("writes"));
    }
}
