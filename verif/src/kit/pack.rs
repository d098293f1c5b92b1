// SPDX-License-Identifier: MIT OR Apache-2.0
//! Fields of equal width in words of 64 bits, lowest first.

use hwgen_sim::dut::mask;

/// Packs `values` of `width` bits into words, lowest first, and clears the rest of the last word.
#[inline]
pub(crate) fn pack(words: &mut [u64], width: u32, values: impl Iterator<Item = u64>) {
    let (mut word, mut bits, mut at) = (0, 0, 0);
    for value in values {
        let value = value & mask(width);
        word |= value << bits;
        bits += width;
        if bits >= 64 {
            words[at] = word;
            at += 1;
            bits -= 64;
            // A shift by 64 would be one by 0.
            word = if bits == 0 {
                0
            } else {
                value >> (width - bits)
            };
        }
    }
    if bits > 0 {
        words[at] = word;
    }
}

/// Compares the first `kept` fields of `words` with `values`. What lanes carry that are not kept
/// has no meaning.
#[inline]
pub(crate) fn agree(
    words: &[u64],
    scratch: &mut Vec<u64>,
    kept: u32,
    width: u32,
    values: impl Iterator<Item = u64>,
) -> bool {
    scratch.clear();
    scratch.resize(words.len(), 0);
    pack(scratch, width, values);
    let mut left = kept * width;
    words.iter().zip(scratch.iter()).all(|(got, want)| {
        let differ = (got ^ want) & mask(left.min(64));
        left = left.saturating_sub(64);
        differ == 0
    })
}

#[cfg(test)]
mod tests {
    use super::pack;

    #[test]
    fn fields_cross_words() {
        let mut words = [0; 2];
        pack(&mut words, 12, [0xabc; 6].into_iter());
        assert_eq!(words, [0xcabc_abca_bcab_cabc, 0xab]);
        let mut words = [u64::MAX; 1];
        pack(&mut words, 16, [1, 2, 3, 4].into_iter());
        assert_eq!(words, [0x0004_0003_0002_0001]);
    }
}
