// SPDX-License-Identifier: MIT OR Apache-2.0
//! Words of vector files: fields packed from bit 0 upwards, a line of hexadecimal each.

/// A word of fields, the first in the low bits.
#[derive(Default)]
pub(super) struct Word(Vec<bool>);

impl Word {
    /// Appends the low `width` bits of `value`.
    pub(super) fn push(&mut self, value: u64, width: u32) {
        self.0.extend((0..width).map(|b| value >> b & 1 == 1));
    }

    /// Appends `lanes` values, zero where there are fewer.
    pub(super) fn lanes(&mut self, values: &[i64], width: u32, lanes: u32) {
        for lane in 0..lanes as usize {
            self.push(values.get(lane).copied().unwrap_or(0) as u64, width);
        }
    }

    /// Appends a mask of the first `used` of `lanes` lanes.
    pub(super) fn keep(&mut self, used: usize, lanes: u32) {
        for lane in 0..lanes as usize {
            self.push(u64::from(lane < used), 1);
        }
    }

    /// Returns the line.
    pub(super) fn hex(&self) -> String {
        let digit = |bits: &[bool]| {
            let value = bits.iter().rev().fold(0, |v, &b| v << 1 | u32::from(b));
            char::from_digit(value, 16).unwrap_or('0')
        };
        let digits: String = self.0.chunks(4).rev().map(digit).collect();
        digits + "\n"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_stand_low_bits_first() {
        let mut word = Word::default();
        word.lanes(&[-1, 2], 4, 3);
        word.keep(2, 3);
        word.push(1, 1);
        assert_eq!(word.hex(), "b02f\n");
    }
}
