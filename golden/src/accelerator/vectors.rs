// SPDX-License-Identifier: MIT OR Apache-2.0
//! Keys and values as planes in memory, and back.

use super::image::Image;
use crate::attention::planes::bits_below;
use crate::memory::layout::Entry;
use crate::memory::pack::{pack, unpack};
use crate::vector_reader::VectorReaderParams;

/// Where the planes of heads lie: the shape of the vectors, and how far channels are apart.
#[derive(Debug, Clone, Copy)]
pub struct Vectors<'a> {
    /// The shape.
    pub reader: &'a VectorReaderParams,
    /// Bytes from a channel to the next.
    pub channel_stride: u64,
}

impl Vectors<'_> {
    /// Returns the address of the vector of a plane of a token.
    pub fn address(&self, entry: &Entry, value: bool, plane: usize, token: u32) -> u64 {
        let channel = u64::from(token % self.reader.memory.channels);
        let local = entry.address(self.reader, value, plane, token);
        local.wrapping_add(channel.wrapping_mul(self.channel_stride))
    }

    /// Lists what the vectors of a token are in memory: address and bytes of each plane.
    pub fn packed(
        &self,
        entry: &Entry,
        value: bool,
        token: u32,
        elements: &[i32],
    ) -> Vec<(u64, Vec<u8>)> {
        let planes = self.reader.planes(value);
        let of = |plane| {
            let at = self.address(entry, value, plane, token);
            (at, pack(elements, planes, plane))
        };
        (0..planes.len()).map(of).collect()
    }

    /// Returns the elements of a token by its first `count` planes; bits of the others are 0.
    pub fn elements(
        &self,
        image: &Image,
        entry: &Entry,
        value: bool,
        token: u32,
        count: usize,
    ) -> Vec<i32> {
        let planes = self.reader.planes(value);
        let mut out = vec![0; self.reader.d_head as usize];
        for (plane, &width) in planes.iter().enumerate().take(count) {
            let at = self.address(entry, value, plane, token);
            let bytes = image.bytes(at, self.reader.vector_bytes(value, plane) as usize);
            let below = bits_below(planes, plane + 1);
            for (element, digit) in out.iter_mut().zip(unpack(&bytes, width)) {
                // The digit of the top plane has a sign.
                let unused = u32::BITS - width;
                let digit = match plane {
                    0 => ((u32::from(digit) << unused) as i32) >> unused,
                    _ => i32::from(digit),
                };
                *element |= digit << below;
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attention::planes::truncated;
    use crate::memory::MemoryParams;
    use crate::memory::layout::place;

    #[test]
    fn elements_come_back_from_their_planes() {
        let reader = VectorReaderParams {
            d_head: 16,
            k_planes: vec![6, 4],
            v_planes: vec![4, 3, 5],
            memory: MemoryParams {
                channels: 4,
                ..MemoryParams::default()
            },
            ..VectorReaderParams::default()
        };
        let vectors = Vectors {
            reader: &reader,
            channel_stride: 1 << 32,
        };
        let entry = place(&reader, 0x4_0000, 37, 192).entry;
        let row = |token: i32, width: u32| -> Vec<i32> {
            let half = 1 << (width - 1);
            let one = |i| (token * 977 + i * 613) % (2 * half) - half;
            (0..16).map(one).collect()
        };
        let mut image = Image::new();
        for token in 0..37 {
            for (value, width) in [(false, 10), (true, 12)] {
                let elements = row(token, width);
                for (at, bytes) in vectors.packed(&entry, value, token as u32, &elements) {
                    image.write(at, &bytes);
                }
            }
        }
        // Token 6 is place 1 of channel 2; a vector of six bits has 12 bytes.
        let at = vectors.address(&entry, false, 0, 6);
        assert_eq!(at, 0x4_0000 + (2 << 32) + 12);
        for token in 0..37 {
            for (value, width, planes) in [(false, 10, &[6, 4][..]), (true, 12, &[4, 3, 5])] {
                for count in 1..=planes.len() {
                    let wanted: Vec<i32> = row(token, width)
                        .iter()
                        .map(|&x| truncated(x, planes, count))
                        .collect();
                    let got = vectors.elements(&image, &entry, value, token as u32, count);
                    assert_eq!(got, wanted);
                }
            }
        }
    }
}
