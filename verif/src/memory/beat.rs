// SPDX-License-Identifier: MIT OR Apache-2.0
//! The data of one beat, up to 512 bits, and the response codes.

use serde::{Deserialize, Serialize};

/// The data of a beat in words of 64 bits, lowest first; those above the port's width are 0.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Beat(pub(crate) [u64; 8]);

impl Beat {
    /// Makes a beat of up to 64 bytes, lowest lane first.
    pub(crate) fn of(bytes: &[u8]) -> Self {
        let mut words = [0; 8];
        for (word, part) in words.iter_mut().zip(bytes.chunks(8)) {
            let mut full = [0; 8];
            full[..part.len()].copy_from_slice(part);
            *word = u64::from_le_bytes(full);
        }
        Self(words)
    }

    /// Returns the byte in `lane`.
    pub(crate) fn byte(&self, lane: u32) -> u8 {
        (self.0[lane as usize / 8] >> (lane % 8 * 8)) as u8
    }
}

/// A response code, as in RRESP and BRESP. There is no exclusive access, hence no EXOKAY.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Resp {
    /// All is well.
    Okay = 0,
    /// The memory failed.
    SlvErr = 2,
    /// No memory is at the address.
    DecErr = 3,
}
