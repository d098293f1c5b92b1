// SPDX-License-Identifier: MIT OR Apache-2.0
//! How much of everything is in flight in the attention core.

/// What is in flight by default: more where a row holds more tokens, and a query so fewer rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flight {
    /// Queries between admission and commit.
    pub contexts: u32,
    /// Jobs.
    pub jobs: u32,
    /// Queries in selection.
    pub slots: u32,
    /// Vector requests.
    pub outstanding: u32,
}

impl Flight {
    /// Returns what is in flight where a row holds `tokens` tokens.
    pub fn of(tokens: u32) -> Self {
        let [contexts, jobs, slots, outstanding] = match tokens {
            0..=2 => [4, 8, 4, 64],
            3..=4 => [8, 16, 8, 128],
            5..=8 => [16, 32, 16, 256],
            _ => [32, 64, 16, 256],
        };
        Self {
            contexts,
            jobs,
            slots,
            outstanding,
        }
    }
}
