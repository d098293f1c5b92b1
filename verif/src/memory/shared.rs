// SPDX-License-Identifier: MIT OR Apache-2.0
//! The memory that all ports of a device share.

use super::backend::Backend;
use super::dram::Dram;
use super::space::Space;

/// What the ports of a device read and write, shared by all of them.
pub(crate) struct Memory {
    /// The bytes.
    pub(crate) space: Space,
    /// When accesses are done, for ports with [`Latency::Dram`](super::behaviour::Latency::Dram).
    pub(crate) backend: Option<Backend>,
}

impl Memory {
    /// Takes the bytes.
    pub(crate) fn new(space: Space) -> Self {
        let backend = None;
        Self { space, backend }
    }

    /// Takes the bytes and a DRAM that holds them, behind a core with a clock of `core_ps` picoseconds.
    /// The ratio of that to the clock of the memory is kept exactly.
    pub(crate) fn with_dram(space: Space, dram: Dram, core_ps: u64) -> Self {
        let backend = Some(Backend::new(dram, core_ps));
        Self { space, backend }
    }

    /// Returns the DRAM.
    ///
    /// # Panics
    /// If there is none, though a port behaves as if there were.
    pub(super) fn backend(&mut self) -> &mut Backend {
        let backend = self.backend.as_mut();
        backend.expect("Latency::Dram needs Memory::with_dram")
    }
}
