// SPDX-License-Identifier: MIT OR Apache-2.0
//! Attention in float64, for error figures. It shares nothing with the datapath.

/// Which values count.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Keep {
    /// All of them.
    All,
    /// The most probable ones, ties for the lowest position.
    Topk(usize),
    /// The fewest that hold this probability together, at least one.
    Mass(f64),
}

/// What is computed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Setting {
    /// Nats a unit of the product of query and key: the softmax's scale, 1 / sqrt(d) in most models,
    /// times their scales.
    pub unit: f64,
    /// Position of query 0 where query `i` sees only keys up to its own position.
    pub causal: Option<usize>,
    /// Which values count.
    pub keep: Keep,
    /// Whether the probabilities of the values that count are scaled to sum to one.
    pub renorm: bool,
}

/// Probabilities and outputs, a row a query.
#[derive(Debug, Clone, PartialEq)]
pub struct Attention {
    /// Probabilities of the visible keys, before any are left out.
    pub probs: Vec<Vec<f64>>,
    /// Outputs, in units of the values.
    pub outputs: Vec<Vec<f64>>,
}

/// Computes attention of `queries` over `keys` and `values`; `bias` is in nats, a row a query, and
/// masks where it is minus infinity. A query all of whose keys are masked gives zeros.
pub fn attention(
    queries: &[Vec<f64>],
    keys: &[Vec<f64>],
    values: &[Vec<f64>],
    bias: Option<&[Vec<f64>]>,
    setting: Setting,
) -> Attention {
    let mut out = Attention {
        probs: Vec::new(),
        outputs: Vec::new(),
    };
    for (i, query) in queries.iter().enumerate() {
        let visible = setting
            .causal
            .map_or(keys.len(), |first| (first + i + 1).min(keys.len()));
        let score = |j: usize| {
            let product: f64 = query.iter().zip(&keys[j]).map(|(q, k)| q * k).sum();
            product * setting.unit + bias.map_or(0.0, |b| b[i][j])
        };
        let probs = softmax(&(0..visible).map(score).collect::<Vec<f64>>());
        let mut outputs = vec![0.0; values.first().map_or(0, Vec::len)];
        let kept = kept(&probs, setting.keep);
        let held: f64 = kept.iter().map(|&j| probs[j]).sum();
        let factor = if setting.renorm && held > 0.0 {
            1.0 / held
        } else {
            1.0
        };
        for j in kept {
            for (o, v) in outputs.iter_mut().zip(&values[j]) {
                *o += probs[j] * factor * v;
            }
        }
        out.probs.push(probs);
        out.outputs.push(outputs);
    }
    out
}

/// Returns the softmax of scores in nats; minus infinity has probability 0.
pub fn softmax(scores: &[f64]) -> Vec<f64> {
    let max = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if max == f64::NEG_INFINITY {
        return vec![0.0; scores.len()];
    }
    let exps: Vec<f64> = scores.iter().map(|s| (s - max).exp()).collect();
    let sum: f64 = exps.iter().sum();
    exps.iter().map(|e| e / sum).collect()
}

/// Returns the positions that count, most probable first.
pub fn kept(probs: &[f64], keep: Keep) -> Vec<usize> {
    let mut order: Vec<usize> = (0..probs.len()).collect();
    order.sort_by(|&a, &b| probs[b].total_cmp(&probs[a]));
    match keep {
        Keep::All => {}
        Keep::Topk(k) => order.truncate(k),
        Keep::Mass(mass) => {
            let mut held = 0.0;
            let reached = order.iter().position(|&j| {
                held += probs[j];
                held >= mass
            });
            order.truncate(reached.map_or(order.len(), |last| last + 1));
        }
    }
    order
}

/// How far numbers are from what they should be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Deviation {
    /// Largest difference.
    pub max: f64,
    /// Root mean square difference.
    pub rms: f64,
    /// Cosine of the angle between the two as vectors; 1 where both are zero.
    pub cosine: f64,
}

/// Compares numbers with what they should be, pair by pair.
pub fn deviation(pairs: impl Iterator<Item = (f64, f64)>) -> Deviation {
    let (mut n, mut max, mut square) = (0_u64, 0.0_f64, 0.0);
    let (mut dot, mut got_square, mut want_square) = (0.0, 0.0, 0.0);
    for (got, want) in pairs {
        n += 1;
        max = max.max((got - want).abs());
        square += (got - want).powi(2);
        dot += got * want;
        got_square += got * got;
        want_square += want * want;
    }
    let norm: f64 = got_square * want_square;
    let cosine = if norm > 0.0 {
        dot / norm.sqrt()
    } else {
        f64::from(u8::from(got_square + want_square == 0.0))
    };
    Deviation {
        max,
        rms: (square / n.max(1) as f64).sqrt(),
        cosine,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_abs_diff_eq;

    const PLAIN: Setting = Setting {
        unit: 1.0,
        causal: None,
        keep: Keep::All,
        renorm: false,
    };

    #[test]
    fn two_keys_by_hand() {
        // Scores 0 and ln 3: probabilities 1/4 and 3/4.
        let (q, k) = ([vec![1.0]], [vec![0.0], vec![3.0_f64.ln()]]);
        let v = [vec![8.0], vec![4.0]];
        let all = attention(&q, &k, &v, None, PLAIN);
        assert_abs_diff_eq!(all.probs[0][1], 0.75, epsilon = 1e-12);
        assert_abs_diff_eq!(all.outputs[0][0], 5.0, epsilon = 1e-12);
        let best = Setting {
            keep: Keep::Topk(1),
            ..PLAIN
        };
        assert_abs_diff_eq!(
            attention(&q, &k, &v, None, best).outputs[0][0],
            3.0,
            epsilon = 1e-12
        );
        let best = Setting {
            keep: Keep::Mass(0.7),
            renorm: true,
            ..PLAIN
        };
        assert_abs_diff_eq!(
            attention(&q, &k, &v, None, best).outputs[0][0],
            4.0,
            epsilon = 1e-12
        );
        let first = Setting {
            causal: Some(0),
            ..PLAIN
        };
        assert_eq!(attention(&q, &k, &v, None, first).outputs[0], [8.0]);
        let masked = [vec![0.0, f64::NEG_INFINITY]];
        assert_eq!(
            attention(&q, &k, &v, Some(&masked), PLAIN).outputs[0],
            [8.0]
        );
        let masked = [vec![f64::NEG_INFINITY; 2]];
        assert_eq!(
            attention(&q, &k, &v, Some(&masked), PLAIN).outputs[0],
            [0.0]
        );
    }

    #[test]
    fn deviations_by_hand() {
        let d = deviation([(1.0, 0.0), (0.0, 1.0)].into_iter());
        assert_abs_diff_eq!(d.cosine, 0.0);
        assert_abs_diff_eq!(d.rms, 1.0);
        assert_abs_diff_eq!(d.max, 1.0);
        assert_abs_diff_eq!(deviation([(2.0, 2.0)].into_iter()).cosine, 1.0);
        assert_abs_diff_eq!(deviation([(0.0, 0.0)].into_iter()).cosine, 1.0);
        assert_abs_diff_eq!(deviation([(1.0, 0.0)].into_iter()).cosine, 0.0);
    }
}
