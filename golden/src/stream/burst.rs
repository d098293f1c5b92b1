// SPDX-License-Identifier: MIT OR Apache-2.0
//! Bursts: how a range of bytes is cut.

/// Bytes that no burst goes beyond: AXI bursts stay within pages of this size.
pub const PAGE: u64 = 4096;

/// A burst of whole beats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Burst {
    /// Address of its first beat, a multiple of the bytes of a beat.
    pub addr: u64,
    /// Beats, 1 to 256.
    pub beats: u32,
}

/// Cuts `bytes` bytes from `addr` on into bursts of at most `most` beats of `beat` bytes.
///
/// Each burst is as long as it can be: it ends with the range, with a page or with `most` beats.
/// Every beat holds a byte of the range. The range must not go beyond the address space.
pub fn bursts(addr: u64, bytes: u32, beat: u32, most: u32) -> Vec<Burst> {
    let size = u64::from(beat);
    let last = (addr + u64::from(bytes - 1)) / size;
    let mut next = addr / size;
    let mut out = Vec::new();
    while next <= last {
        let in_page = (PAGE / size) - next % (PAGE / size);
        let beats = in_page.min(last - next + 1).min(most.into());
        out.push(Burst {
            addr: next * size,
            beats: beats as u32,
        });
        next += beats;
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cut(addr: u64, bytes: u32, beat: u32, most: u32) -> Vec<(u64, u32)> {
        let all = bursts(addr, bytes, beat, most);
        all.iter().map(|b| (b.addr, b.beats)).collect()
    }

    #[test]
    fn bursts_by_hand() {
        assert_eq!(cut(0x1003, 1, 8, 16), [(0x1000, 1)]);
        // Two bytes on either side of a beat's edge, and of a page's.
        assert_eq!(cut(0x1007, 2, 8, 16), [(0x1000, 2)]);
        assert_eq!(cut(0x1fff, 2, 8, 16), [(0x1ff8, 1), (0x2000, 1)]);
        // 130 bytes from byte 7 on lie in 18 beats.
        assert_eq!(cut(0x1007, 130, 8, 16), [(0x1000, 16), (0x1080, 2)]);
        assert_eq!(cut(0x1fc0, 256, 64, 256), [(0x1fc0, 1), (0x2000, 3)]);
        // The last beat of the address space.
        let top = u64::MAX - 63;
        assert_eq!(cut(top, 64, 64, 1), [(top, 1)]);
    }

    proptest! {
        /// What the bursts are, said byte by byte: the beats of the range in order, cut where a
        /// beat begins a page or a burst is full.
        #[test]
        fn bursts_are_those_of_a_walk(
            addr in 0_u64..20_000, bytes in 1_u32..9000, size in 3_u32..7, most in 1_u32..=256,
        ) {
            let beat = 1 << size;
            let mut naive: Vec<(u64, u32)> = Vec::new();
            let mut before = None;
            for byte in addr..addr + u64::from(bytes) {
                let begin = byte & !(u64::from(beat) - 1);
                if before == Some(begin) {
                    continue;
                }
                before = Some(begin);
                match naive.last_mut() {
                    Some((_, beats)) if begin % 4096 != 0 && *beats < most => *beats += 1,
                    _ => naive.push((begin, 1)),
                }
            }
            prop_assert_eq!(cut(addr, bytes, beat, most), naive);
        }
    }
}
