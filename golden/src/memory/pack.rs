// SPDX-License-Identifier: MIT OR Apache-2.0
//! Bytes of a plane vector: its digits of w bits one behind the other, the first in the low bits.

use crate::attention::planes::digit;

/// Packs the digits of plane `plane` of a vector; `planes` are the bits of all planes, top first.
///
/// The elements are a multiple of eight, so that the bytes are whole.
pub fn pack(elements: &[i32], planes: &[u32], plane: usize) -> Vec<u8> {
    let width = planes[plane];
    let mut bytes = vec![0; elements.len() * width as usize / 8];
    for (at, &element) in elements.iter().enumerate() {
        let digit = digit(element, planes, plane);
        for bit in 0..width as usize {
            let place = at * width as usize + bit;
            bytes[place / 8] |= ((digit >> bit & 1) as u8) << (place % 8);
        }
    }
    bytes
}

/// Returns the digits of `width` bits that `bytes` hold, without sign: the inverse of [`pack`].
pub fn unpack(bytes: &[u8], width: u32) -> Vec<u8> {
    let bit = |place: usize| bytes[place / 8] >> (place % 8) & 1;
    let digits = bytes.len() * 8 / width as usize;
    let digit = |at: usize| {
        let bits = (0..width as usize).map(|b| bit(at * width as usize + b) << b);
        bits.fold(0, |digit, b| digit | b)
    };
    (0..digits).map(digit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_by_hand() {
        // -1234 = 0b1011_0010_1110 and 5 = 0b0000_0000_0101, in planes of 4 bits.
        let elements = [-1234, 5, 0, 0, 0, 0, 0, -1];
        assert_eq!(pack(&elements, &[4, 4, 4], 0), [0x0b, 0, 0, 0xf0]);
        assert_eq!(pack(&elements, &[4, 4, 4], 2), [0x5e, 0, 0, 0xf0]);
        // Planes of 3 bits of 9: 5 is 000 000 101, -1 all ones. Digit 7 takes bits 21 to 23.
        let elements = [5, 0, 0, 0, 0, 0, 0, -1];
        assert_eq!(pack(&elements, &[3, 3, 3], 2), [5, 0, 0xe0]);
    }

    #[test]
    fn digits_come_back() {
        let planes = [6, 4, 2];
        let elements: Vec<i32> = (0..16).map(|i| i * 251 - 2000).collect();
        for plane in 0..planes.len() {
            let bytes = pack(&elements, &planes, plane);
            let mask = (1 << planes[plane]) - 1;
            let wanted = elements
                .iter()
                .map(|&e| (digit(e, &planes, plane) & mask) as u8);
            assert_eq!(unpack(&bytes, planes[plane]), wanted.collect::<Vec<u8>>());
        }
    }
}
