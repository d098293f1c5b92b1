// SPDX-License-Identifier: MIT OR Apache-2.0
//! Content addresses: what a compiled thing was made from, as one SHA-256.

use std::path::Path;

use sha2::{Digest as _, Sha256};

use crate::error::VerifyError;

/// Gathers the inputs of a build. Each part is prefixed with its length, so that no two lists of
/// parts share an address.
#[derive(Clone)]
pub struct Digest(Sha256);

impl Digest {
    /// Starts an address of the given kind of thing.
    pub fn new(kind: &str) -> Self {
        Self(Sha256::new()).text(kind)
    }

    /// Adds bytes.
    #[must_use]
    pub fn bytes(mut self, bytes: &[u8]) -> Self {
        self.0.update((bytes.len() as u64).to_le_bytes());
        self.0.update(bytes);
        self
    }

    /// Adds text.
    #[must_use]
    pub fn text(self, text: &str) -> Self {
        self.bytes(text.as_bytes())
    }

    /// Adds the contents of a file.
    pub fn file(self, path: &Path) -> Result<Self, VerifyError> {
        let bytes = std::fs::read(path).map_err(VerifyError::io(path))?;
        Ok(self.bytes(&bytes))
    }

    /// Returns the address in hexadecimal.
    pub fn hex(self) -> String {
        spelt(&self.0.finalize())
    }
}

/// Returns the SHA-256 of `bytes` in hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    spelt(&Sha256::digest(bytes))
}

/// Returns the first eight bytes of the SHA-256 of `bytes`, little-endian.
pub fn sha256_word(bytes: &[u8]) -> u64 {
    let sum = Sha256::digest(bytes);
    let word = sum.first_chunk().expect("SHA-256 has 32 bytes");
    u64::from_le_bytes(*word)
}

fn spelt(digest: &[u8]) -> String {
    digest.iter().map(|b| format!("{b:02x}")).collect()
}
