// SPDX-License-Identifier: MIT OR Apache-2.0
//! Biases that the core can hold: it takes them in units of the product of query and key, so that small
//! queries leave little room for them.

use hwgen_golden::attention::host::{NEGLIGIBLE, largest_bias};

use super::sample::{Head, Real, Sample};

/// Makes room for the biases of a sample without a change to any probability.
///
/// A softmax sees only differences within a row, and the core gets rows shifted where they do not fit
/// as they are (`host::biases`). Where differences that count do not fit either, the group's queries are
/// quantised anew with a larger unit: their products are then tiny beside the biases.
pub(super) fn biases(sample: &mut Sample) {
    for group in sample.heads.chunk_by_mut(|a, b| a.kv == b.kv) {
        let room = group.iter().map(room).fold(f64::INFINITY, f64::min);
        let over = |of: fn(&[Vec<f64>]) -> f64| {
            let all = group.iter().filter_map(|head| head.bias.as_deref());
            all.map(of).fold(0.0, f64::max)
        };
        if over(largest) <= room {
            continue;
        }
        let seen = NEGLIGIBLE + 2.0 * group.iter().map(reach).fold(0.0, f64::max);
        let needed = over(span).min(seen);
        if needed > room {
            let factor = needed / room * (1.0 + 1e-9);
            for head in group {
                coarsen(head, factor);
            }
        }
    }
}

/// Returns the nats of the largest bias that the core takes for this head.
fn room(head: &Head) -> f64 {
    let unit = head.scale[0] * head.scale[1] * head.softmax;
    largest_bias(unit, head.k[0].len())
}

/// Returns the nats that no score of a head exceeds.
fn reach(head: &Head) -> f64 {
    let norm = |row: &Vec<i32>| {
        row.iter()
            .map(|&x| f64::from(x).powi(2))
            .sum::<f64>()
            .sqrt()
    };
    let most = |rows: &[Vec<i32>]| rows.iter().map(norm).fold(0.0, f64::max);
    most(&head.q) * most(&head.k) * head.scale[0] * head.scale[1] * head.softmax
}

/// Returns the largest magnitude that masks nothing.
fn largest(bias: &[Vec<f64>]) -> f64 {
    let seen = bias.iter().flatten().filter(|b| b.is_finite());
    seen.fold(0.0, |most, b| most.max(b.abs()))
}

/// Returns the largest difference within a row.
fn span(bias: &[Vec<f64>]) -> f64 {
    let row = |row: &Vec<f64>| {
        let seen = || row.iter().copied().filter(|b| b.is_finite());
        seen().fold(f64::NEG_INFINITY, f64::max) - seen().fold(f64::INFINITY, f64::min)
    };
    bias.iter().map(row).fold(0.0, f64::max)
}

/// Makes the unit of a head's queries larger.
fn coarsen(head: &mut Head, factor: f64) {
    let real = |rows: &[Vec<i32>], scale: &dyn Fn(usize) -> f64| -> Vec<Vec<f64>> {
        let row = |r: &Vec<i32>| {
            (0..)
                .zip(r)
                .map(|(e, &x)| f64::from(x) * scale(e))
                .collect()
        };
        rows.iter().map(row).collect()
    };
    if head.real.is_none() {
        let ([q, k], v) = (head.scale, &head.v_scale);
        head.real = Some(Real {
            q: real(&head.q, &|_| q),
            k: real(&head.k, &|_| k).into(),
            v: real(&head.v, &|e| v[e]).into(),
        });
    }
    for x in head.q.iter_mut().flatten() {
        *x = (f64::from(*x) / factor).round() as i32;
    }
    head.scale[0] *= factor;
}

#[cfg(test)]
mod tests {
    use super::super::Layout;
    use super::*;

    fn sample(scale: f64, bias: &[f64]) -> Sample {
        let keys: Vec<Vec<i32>> = bias.iter().map(|_| vec![2047; 8]).collect();
        Sample {
            name: String::new(),
            model: None,
            causal: false,
            softmax: 1.0,
            heads: vec![Head {
                q: vec![vec![2047; 8]],
                k: keys.clone().into(),
                v: keys.into(),
                kv: 0,
                scale: [scale, 1.0],
                v_scale: vec![1.0; 8],
                softmax: 1.0,
                real: None,
                bias: Some([bias.to_vec()].into()),
            }],
            stem: String::new(),
            layout: Layout::LISTED,
            masks: Vec::new(),
        }
    }

    #[test]
    fn what_fits_stays() {
        // Room: 2^-20 nats a unit, 2^28 units.
        let mut s = sample(2.0_f64.powi(-20), &[0.0, -255.9, f64::NEG_INFINITY]);
        let before = s.heads[0].bias.clone();
        biases(&mut s);
        assert_eq!(s.heads[0].bias, before);
        assert_eq!(s.heads[0].q[0][0], 2047);
    }

    #[test]
    fn what_is_not_seen_takes_no_room() {
        // Scores reach 2^-20 * 8 * 2047^2 = 31.97 nats, so that 24 + 2 * 31.97 = 87.9 is enough.
        let mut s = sample(
            2.0_f64.powi(-20),
            &[1000.0, 999.0, -1000.0, f64::NEG_INFINITY],
        );
        biases(&mut s);
        assert_eq!(s.heads[0].q[0][0], 2047);
    }

    #[test]
    fn tiny_queries_get_a_larger_unit() {
        // Room: 2^-28 nats a unit, 2^28 units: 1 nat.
        let mut s = sample(2.0_f64.powi(-28), &[0.0, -5.0]);
        biases(&mut s);
        let head = &s.heads[0];
        assert_eq!(head.bias.as_ref().expect("is there")[0], [0.0, -5.0]);
        assert!(room(head) >= 5.0);
        // A fifth of the room, so a fifth of the resolution; the product stays.
        assert_eq!(head.q[0][0], 409);
        let product = head.scale[0] * f64::from(head.q[0][0]);
        assert!((product / (2047.0 * 2.0_f64.powi(-28)) - 1.0).abs() < 2e-3);
        let real = head.real.as_ref().expect("is kept");
        assert_eq!(real.q[0], [2047.0 * 2.0_f64.powi(-28); 8]);
    }
}
