// SPDX-License-Identifier: MIT OR Apache-2.0
//! Patterns of the same density that contain one another, and the training recipe that walks
//! through them (FiGS, ASSYST 2023): wide blocks first, where a mask is least bound.
//!
//! Every 1:4 mask is a legal 2:8, 4:16 and 8:32 mask. The masks of successive frames need not
//! contain one another: 8:32 may keep eight weights where 4:16 keeps four. What is deployed is the
//! last frame, plain N:M, and only that runs on the array with all its multipliers busy.

use super::{Matrix, Pattern};
use crate::violation::Violation;

/// Frames of the recipe.
pub const FRAMES: u32 = 4;

impl Pattern {
    /// Returns the pattern of the same density with blocks `factor` times as large.
    pub fn widened(self, factor: u32) -> Result<Self, Violation> {
        Self::new(self.n() * factor, self.m() * factor)
    }

    /// Returns the frames of training for this target, widest first: 8N:8M, 4N:4M, 2N:2M, N:M.
    pub fn frames(self) -> Result<[Self; FRAMES as usize], Violation> {
        Ok([
            self.widened(8)?,
            self.widened(4)?,
            self.widened(2)?,
            self.widened(1)?,
        ])
    }

    /// Returns the pattern to train with at `step` of `steps`: four equal frames, and the target
    /// itself from there on.
    pub fn at_step(self, step: u64, steps: u64) -> Result<Self, Violation> {
        let frame = (u64::from(FRAMES) * step)
            .checked_div(steps)
            .unwrap_or(u64::from(FRAMES))
            .min(u64::from(FRAMES) - 1);
        Ok(self.frames()?[frame as usize])
    }

    /// Tells whether every mask of `other` is one of this pattern, too.
    pub fn contains(self, other: Self) -> bool {
        if other.m() <= self.m() {
            other.n() * (self.m() / other.m()) <= self.n()
        } else {
            // All weights of a large block may lie in one of ours.
            other.n() <= self.n()
        }
    }

    /// Tells whether `mask` has at most N of every M of each row.
    pub fn admits(self, mask: &Matrix<bool>) -> bool {
        (0..mask.rows()).all(|r| {
            let mut blocks = mask.row(r).chunks(self.m() as usize);
            blocks.all(|b| b.iter().filter(|kept| **kept).count() <= self.n() as usize)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::mask::{magnitude, retained};
    use super::*;

    fn nm(text: &str) -> Pattern {
        text.parse().expect(text)
    }

    #[test]
    fn training_goes_through_four_equal_frames() {
        let at = |step| nm("1:4").at_step(step, 400).expect("legal").to_string();
        let frames = [0, 99, 100, 199, 200, 299, 300, 399, 400, 999].map(at);
        let want = [
            "8:32", "8:32", "4:16", "4:16", "2:8", "2:8", "1:4", "1:4", "1:4", "1:4",
        ];
        assert_eq!(frames, want);
        assert_eq!(nm("1:8").at_step(0, 1).expect("legal"), nm("8:64"));
        assert_eq!(nm("2:4").at_step(7, 0).expect("legal"), nm("2:4"));
    }

    #[test]
    fn each_family_member_contains_the_smaller_ones() {
        let family = nm("1:4").frames().expect("legal");
        for (i, wide) in family.iter().enumerate() {
            for (j, narrow) in family.iter().enumerate() {
                assert_eq!(wide.contains(*narrow), j >= i, "{wide} {narrow}");
            }
        }
        assert!(nm("2:4").contains(nm("1:4")));
        assert!(nm("2:4").contains(nm("1:8")));
        assert!(nm("2:4").contains(nm("2:8")));
        assert!(!nm("1:4").contains(nm("2:8")));
    }

    /// Normal numbers: sums of twelve uniform ones.
    fn gaussian(rows: u32, cols: u32) -> Matrix<f64> {
        let mut state = 7_u64;
        let mut uniform = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (state >> 11) as f64 / (1_u64 << 53) as f64
        };
        Matrix::from_fn(rows, cols, |_, _| {
            (0..12).map(|_| uniform()).sum::<f64>() - 6.0
        })
    }

    #[test]
    fn wider_blocks_retain_more_as_theory_says() {
        let w = gaussian(128, 1024);
        // Of normal weights; a sample of 131072 leaves about 0.2 %.
        for (pattern, theory) in [
            ("1:4", 0.459),
            ("2:8", 0.484),
            ("4:16", 0.499),
            ("8:32", 0.507),
            ("1:2", 0.707),
            ("2:4", 0.745),
            ("1:8", 0.279),
        ] {
            let mask = magnitude(&w, nm(pattern));
            let got = retained(&w, &mask);
            assert!((got - theory).abs() < 0.005, "{pattern}: {got} {theory}");
            for wide in nm(pattern).frames().expect("legal") {
                assert!(wide.admits(&mask), "{pattern} {wide}");
            }
        }
        assert!(!nm("1:4").admits(&magnitude(&w, nm("2:8"))));
    }
}
