// SPDX-License-Identifier: MIT OR Apache-2.0
//! Addresses of ranges and rows, inside of the window and at its edges.

use hwgen_sim::rng::Rng;

/// Where a range comes to lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Spot {
    /// Anywhere inside.
    Inside,
    /// Its first byte is the window's first.
    First,
    /// Its last byte is the window's last.
    Last,
    /// It begins too early, by as little as can be.
    Below,
    /// It ends too late, by as little as can be.
    Beyond,
    /// Anywhere at all, at an address that is a multiple of what it should be.
    Anywhere,
    /// Misaligned.
    Odd,
}

impl Spot {
    /// Draws one; a legal one if nothing is to be wrong.
    pub(super) fn draw(rng: &mut Rng, wrong: bool) -> Self {
        let all = [
            Self::Inside,
            Self::Inside,
            Self::First,
            Self::Last,
            Self::Below,
            Self::Beyond,
            Self::Anywhere,
            Self::Odd,
        ];
        let first = if wrong { 4 } else { 0 };
        all[first + rng.below(4) as usize]
    }

    /// Returns the address of a range of `bytes` bytes that begins at a multiple of `align`.
    pub(super) fn address(self, rng: &mut Rng, window: (u64, u64), bytes: u64, align: u64) -> u64 {
        let (base, end) = window;
        let up = |at: u64| at.checked_next_multiple_of(align).unwrap_or(0);
        let first = up(base);
        let last = end.saturating_sub(bytes) / align * align;
        match self {
            Self::Inside => {
                let room = last.saturating_sub(first) / align;
                first + rng.below(room.max(1)) * align
            }
            Self::First => first,
            Self::Last => last,
            Self::Below => first.wrapping_sub(align),
            Self::Beyond => last.wrapping_add(align),
            Self::Anywhere => rng.draw() / align * align,
            Self::Odd => first.wrapping_add(1 + rng.below(align.max(2) - 1)),
        }
    }

    /// Returns address and stride of `rows` rows of `bytes` bytes.
    pub(super) fn rows(
        self,
        rng: &mut Rng,
        window: (u64, u64),
        (rows, bytes): (u32, u32),
        align: u64,
    ) -> (u64, i32) {
        let step = align as i64;
        let stride = match rng.below(12) {
            0 => 0,
            1 => (rng.draw() as i32 as i64 >> 8) / step * step,
            2 => i64::from(rng.draw() as i32) / step * step,
            n => (n as i64 - 6) * step * rng.below(40) as i64 + i64::from(bytes),
        };
        let stride = stride / step * step;
        let far = i64::from(rows.max(1) - 1) * stride;
        let all = far.unsigned_abs() + u64::from(bytes);
        // Rows of a long way that do not fit may lie anywhere.
        let fits = all < (window.1 - window.0) / 2;
        let (stride, all) = if fits {
            (stride, all)
        } else {
            (0, u64::from(bytes))
        };
        if matches!(self, Self::Anywhere | Self::Below) && rows > 1 && rng.chance(70) {
            // From inside of the window to below address 0, or as far as strides go.
            let addr = Self::Inside.address(rng, window, u64::from(bytes), align);
            return (addr, i32::MIN >> rng.below(4) as u32);
        }
        let low = self.address(rng, window, all, align);
        let down = if stride < 0 { far.unsigned_abs() } else { 0 };
        (low.wrapping_add(down), stride as i32)
    }
}
