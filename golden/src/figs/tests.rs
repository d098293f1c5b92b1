// SPDX-License-Identifier: MIT OR Apache-2.0
//! Packed GEMMs against the plain product, on every engine.

use super::mask::{doubly, magnitude, tied};
use super::*;
use crate::Arith;

/// A linear congruential generator (Knuth's MMIX); tests need reproducible, not good, numbers.
struct Lcg(u64);

impl Lcg {
    fn next(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005);
        self.0 = self.0.wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }

    /// A two's complement number of `width` bits, with a fair share of zeros and of extremes.
    fn signed(&mut self, width: u32) -> i64 {
        let most = 1_i64 << (width - 1);
        match self.next(8) {
            0 => 0,
            1 => -most,
            2 => most - 1,
            _ => self.next(2 * most as u64) as i64 - most,
        }
    }

    fn matrix(&mut self, rows: u32, cols: u32, width: u32) -> Matrix {
        Matrix::from_fn(rows, cols, |_, _| self.signed(width))
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.next(from.len() as u64) as usize]
    }
}

fn params(rng: &mut Lcg) -> FigsParams {
    let group = rng.pick(&[2, 4, 8, 16, 32]);
    let mode = rng.pick(&[Mode::Select, Mode::Select, Mode::Exchange]);
    let p = FigsParams {
        group,
        rows: group * rng.pick(&[1, 2, 3]).max(4 / group),
        columns: rng.pick(&[1, 2, 3]),
        lanes: rng.pick(&[1, 2, 4]),
        alpha: rng.next(u64::from(group)) as u32,
        weight_w: rng.pick(&[4, 8]),
        act_w: rng.pick(&[4, 8, 12]),
        psum_w: 36,
        max_t: rng.pick(&[4, 8]),
        max_k: 4096,
        select: if mode == Mode::Select {
            rng.pick(&[SelectBy::Lane, SelectBy::Pe])
        } else {
            SelectBy::Lane
        },
        mode,
        arith: rng.pick(&Arith::ALL),
    };
    assert_eq!(p.violations(), []);
    p
}

/// Masks random weights as the engine wants them.
fn masked(p: &FigsParams, variant: Variant, pattern: Pattern, w: &Matrix) -> Matrix {
    let f = w.map(|x| x as f64);
    let mask = match (variant, p.mode, p.select) {
        (Variant::Figs, Mode::Exchange, _) => doubly(p, &f, pattern),
        (Variant::Figs, _, SelectBy::Pe) => tied(p, &f, pattern),
        _ => magnitude(&f, pattern),
    };
    w.masked(&mask)
}

#[test]
fn packed_is_unpacked_exactly_and_multiplies_like_the_plain_product() {
    let mut rng = Lcg(5);
    let mut ran = std::collections::BTreeMap::new();
    for case in 0..600 {
        let p = params(&mut rng);
        let variant = rng.pick(&Variant::ALL);
        let m = 1 << rng.next(6);
        let n = (1 << rng.next(6)).min(m);
        let pattern = Pattern::new(n, m).expect("legal");
        let (o, k) = (1 + rng.next(40) as u32, 1 + rng.next(90) as u32);
        let w = rng.matrix(o, k, p.weight_w);
        let w = masked(&p, variant, pattern, &w);
        let packed = match pack(&p, variant, pattern, &w) {
            Ok(packed) => packed,
            Err(Refusal::Pattern(v)) => {
                let n_here = if m <= p.group { n * (p.group / m) } else { 0 };
                assert!(variant == Variant::Figs && n_here < p.n_min(), "{v}");
                continue;
            }
            Err(other) => panic!("case {case}: {other}"),
        };
        assert_eq!(packed.unpack(), w, "case {case}: {p:?} {variant} {pattern}");
        let again = Packed::assemble(&p, variant, pattern, (o, k), packed.tiles.clone());
        assert_eq!(again.as_ref(), Ok(&packed), "case {case}");
        let tokens = 1 + rng.next(11) as u32;
        let x = rng.matrix(tokens, k, p.act_w);
        assert_eq!(
            packed.multiply(&x),
            x.product(&w),
            "case {case}: {p:?} {variant} {pattern}"
        );
        for tile in packed.work(&x) {
            for beat in tile.weights {
                assert_eq!(beat.sel.len() as u32, p.selects(variant));
                assert!(beat.sel.iter().all(|s| s >> p.sel_w(variant) == 0));
            }
        }
        *ran.entry((variant, p.mode as u32)).or_insert(0) += 1;
    }
    assert!(ran.values().all(|&n| n > 20), "{ran:?}");
}

#[test]
fn a_block_with_too_many_weights_is_named() {
    let p = FigsParams::default();
    let mut w = Matrix::from_fn(9, 16, |_, c| i64::from(c % 4 == 0));
    let nm = Pattern::new(1, 4).expect("legal");
    assert!(pack(&p, Variant::Figs, nm, &w).is_ok());
    *w.at_mut(7, 10) = 3;
    let refused = pack(&p, Variant::Figs, nm, &w).expect_err("two weights");
    assert_eq!(
        refused.to_string(),
        "row 7, block 2 (columns 8 to 11): 2 weights, 1:4 allows 1"
    );
    *w.at_mut(7, 10) = 200;
    let refused = pack(&p, Variant::DenseWs, nm, &w).expect_err("too large");
    let said = "row 7, column 10: weight 200 does not fit 8 bits";
    assert_eq!(refused.to_string(), said);
}

#[test]
fn lanes_that_share_a_select_must_agree() {
    let p = FigsParams {
        select: SelectBy::Pe,
        ..FigsParams::default()
    };
    let nm = Pattern::new(1, 4).expect("legal");
    // Output 4 is of the second lane of the PE of output 0.
    let w = Matrix::from_fn(8, 8, |r, c| i64::from((r, c) == (0, 5) || (r, c) == (4, 6)));
    let refused = pack(&p, Variant::Figs, nm, &w).expect_err("not tied");
    assert_eq!(
        refused.to_string(),
        "row 0, block 1 (columns 4 to 7): 2 weights in the 4 rows that share a select, 1:4 allows 1"
    );
}

#[test]
fn exchange_needs_columns_that_are_sparse_too() {
    let p = FigsParams {
        mode: Mode::Exchange,
        lanes: 1,
        columns: 2,
        ..FigsParams::default()
    };
    let nm = Pattern::new(2, 4).expect("legal");
    let w = Matrix::from_fn(8, 8, |r, c| i64::from((4..7).contains(&r) && c == 6));
    let refused = pack(&p, Variant::Figs, nm, &w).expect_err("three of a column");
    assert_eq!(
        refused.to_string(),
        "column 6 in the block of rows from 4: 3 weights, doubly 2:4 allows 2"
    );
}

#[test]
fn absent_tiles_are_not_sent_but_zeros_come_out() {
    let p = FigsParams::default();
    let nm = Pattern::new(1, 4).expect("legal");
    // Outputs 32 and up, and elements 8 to 15 of the others, have no weights.
    let w = Matrix::from_fn(64, 24, |r, c| i64::from(r < 32 && c % 4 == 1 && c / 8 != 1));
    let packed = pack(&p, Variant::Figs, nm, &w).expect("is 1:4");
    let places: Vec<(u32, u32)> = packed.tiles.iter().map(|t| (t.o0, t.k0)).collect();
    assert_eq!(places, [(0, 0), (0, 16), (32, 0)]);
    assert_eq!(packed.grid, 6);
    let x = Matrix::from_fn(3, 24, |t, k| i64::from(t * 24 + k) % 100);
    assert_eq!(packed.multiply(&x), x.product(&w));
}

#[test]
fn tiles_from_outside_are_judged() {
    let p = FigsParams::default();
    let nm = Pattern::new(1, 4).expect("legal");
    let w = Matrix::from_fn(40, 20, |r, c| i64::from((r + c) % 4 == 0));
    let good = pack(&p, Variant::Figs, nm, &w).expect("is 1:4").tiles;
    let said = |shape, break_it: &dyn Fn(&mut Vec<pack::PackedTile>)| {
        let mut tiles = good.clone();
        break_it(&mut tiles);
        let got = Packed::assemble(&p, Variant::Figs, nm, shape, tiles);
        got.map_or_else(|v| v.field, |_| "fine".to_owned())
    };
    let shape = (40, 20);
    assert_eq!(said(shape, &|_| ()), "fine");
    assert_eq!(said((0, 20), &|_| ()), "packed.shape");
    assert_eq!(said((20, 20), &|_| ()), "packed.place");
    assert_eq!(said((33, 20), &|_| ()), "packed.weight");
    assert_eq!(said(shape, &|t| t[0].k0 = 1), "packed.place");
    assert_eq!(said(shape, &|t| t[1].weights.truncate(3)), "packed.tile");
    assert_eq!(
        said(shape, &|t| t[1].weights[0].data[0] = 128),
        "packed.weight"
    );
    assert_eq!(
        said(shape, &|t| t[1].weights[0].sel[0] = 4),
        "packed.select"
    );
    assert_eq!(said(shape, &|t| t[0].first = false), "packed.tiles");
    assert_eq!(said(shape, &|t| drop(t.pop())), "packed.tiles");
    assert_eq!(said(shape, &|t| t.push(t[0].clone())), "packed.tiles");
}

#[test]
fn an_illegal_tile_is_dropped() {
    let p = FigsParams {
        alpha: 2,
        ..FigsParams::default()
    };
    let array = model::Array::new(&p, Variant::Figs);
    let tile = |tokens, log_n| TileBeat {
        tokens,
        log_n,
        first: true,
        last: true,
    };
    assert!(array.takes(&tile(512, 1)));
    for bad in [tile(0, 1), tile(513, 1), tile(1, 0), tile(1, 3)] {
        assert!(!array.takes(&bad), "{bad:?}");
    }
}
