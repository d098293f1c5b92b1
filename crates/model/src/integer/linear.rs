// SPDX-License-Identifier: MIT OR Apache-2.0
//! A projection in integers: weights of 8 bits, exact sums, and a multiplier per output.

use hwgen_console::error::Error;
use hwgen_golden::vector::{Multiplier, SHIFT, Saturated, requantise};
use ndarray::Array2;

use crate::weights::Linear;

/// From this many rows on, products of matrices are those of float64, in which all sums are exact.
const BLOCKED: usize = 4;
/// Inputs whose products add up in 32 bits: 2^12 * 2^7 * 2^11 is 2^30.
const CHUNK: usize = 4096;

/// A projection whose result has a static point.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Projection {
    inputs: usize,
    weights: Vec<i8>,
    bias: Vec<i32>,
    by: Vec<Multiplier>,
    width: u32,
}

impl Projection {
    /// Quantises a projection from activations of `from` fraction bits to results of `to` fraction
    /// bits in `width` bits; `name` is what a message calls it.
    pub(crate) fn of(
        linear: &Linear,
        from: i32,
        to: i32,
        width: u32,
        name: &str,
    ) -> Result<Self, Error> {
        let (outputs, inputs) = (linear.weight.rows, linear.weight.columns);
        let mut out = Self {
            inputs,
            weights: Vec::with_capacity(outputs * inputs),
            bias: vec![0; outputs],
            by: Vec::with_capacity(outputs),
            width,
        };
        for o in 0..outputs {
            let row = linear.weight.row(o);
            let most = row.iter().fold(0.0_f32, |m, w| m.max(w.abs()));
            let bias =
                linear.bias.as_ref().map_or(0.0, |b| f64::from(b[o])) * f64::from(from).exp2();
            // A bias of 31 bits has to be expressible, and an output of zeros has some scale.
            let least = (bias.abs() / f64::from(1 << 30)).max(f64::from(-20).exp2());
            let scale = Multiplier::above((f64::from(most) / 127.0).max(least));
            let by = scale.map(|s| Multiplier {
                shift: s.shift + from - to,
                ..s
            });
            let (Some(scale), Some(by)) =
                (scale, by.filter(|b| (SHIFT.0..=SHIFT.1).contains(&b.shift)))
            else {
                let rule = "its scale is beyond the multiplier's range";
                return Err(Error::input(format!(
                    "{name}, output {o}: {rule} (weights up to {most})"
                )));
            };
            let unit = scale.value();
            let whole = |w: &f32| (f64::from(*w) / unit).round().clamp(-127.0, 127.0) as i8;
            out.weights.extend(row.iter().map(whole));
            out.bias[o] = (bias / unit).round() as i32;
            out.by.push(by);
        }
        Ok(out)
    }

    /// Projects rows.
    pub(crate) fn project(&self, rows: &[Vec<i32>], saturated: &mut Saturated) -> Vec<Vec<i32>> {
        let sums = self.sums(rows);
        let row = |sums: &Vec<i64>| {
            let one = |(o, s): (usize, &i64)| {
                requantise(*s, self.bias[o], self.by[o], self.width, saturated)
            };
            sums.iter().enumerate().map(one).collect()
        };
        sums.iter().map(row).collect()
    }

    /// Returns the exact sums.
    fn sums(&self, rows: &[Vec<i32>]) -> Vec<Vec<i64>> {
        if rows.len() < BLOCKED {
            let sum = |x: &Vec<i32>, w: &[i8]| -> i64 {
                let chunks = x.chunks(CHUNK).zip(w.chunks(CHUNK));
                chunks
                    .map(|(x, w)| x.iter().zip(w).map(|(x, w)| x * i32::from(*w)).sum::<i32>())
                    .map(i64::from)
                    .sum()
            };
            let row = |x| {
                self.weights
                    .chunks(self.inputs)
                    .map(|w| sum(x, w))
                    .collect()
            };
            return rows.iter().map(row).collect();
        }
        let x = rows.iter().flatten().map(|&x| f64::from(x)).collect();
        let x =
            Array2::from_shape_vec((rows.len(), self.inputs), x).expect("rows are of one length");
        let w = self.weights.iter().map(|&w| f64::from(w)).collect();
        let w = Array2::from_shape_vec((self.by.len(), self.inputs), w).expect("weights are whole");
        let product = x.dot(&w.t());
        product
            .outer_iter()
            .map(|row| row.iter().map(|x| *x as i64).collect())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::weights::Matrix;

    #[test]
    fn one_projection_by_hand() {
        // Scales: 1.27 / 127 = 0.01, above it 164 / 2^14; 0.5 / 127 = 129.01 / 2^15, above it 130.
        let linear = Linear {
            weight: Matrix {
                rows: 2,
                columns: 2,
                data: vec![1.27, -0.3, 0.0, 0.5],
            },
            bias: Some(vec![0.25, -1.0]),
        };
        let p = Projection::of(&linear, 4, 6, 12, "a").expect("in range");
        assert_eq!(p.weights, [127, -30, 0, 126]);
        // 0.25 * 16 / 0.0100098 = 399.6, -16 / 0.0039673 = -4033.0.
        assert_eq!(p.bias, [400, -4033]);
        assert_eq!(
            p.by[0],
            Multiplier {
                mant: 164,
                shift: 12
            }
        );
        // x = (1.0, 2.0): 127 * 16 - 30 * 32 = 1072; (1072 + 400) * 164 / 2^12 = 58.9 (0.92 * 64).
        let mut seen = Saturated::default();
        let few = p.project(&[vec![16, 32]], &mut seen);
        assert_eq!(few, [[59, 0]]);
        let many = p.project(&vec![vec![16, 32]; 4], &mut seen);
        assert_eq!(many, vec![few[0].clone(); 4]);
    }
}
