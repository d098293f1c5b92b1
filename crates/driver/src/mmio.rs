// SPDX-License-Identifier: MIT OR Apache-2.0
//! How the driver reaches the registers.

/// The window of registers of one accelerator.
///
/// Accesses happen once each, with 32 bits, and in the order of the calls. A write must not overtake
/// what was written to memory before, as far as [`Memory::clean`](crate::Memory::clean) does not see
/// to that already.
pub trait Mmio {
    /// Reads the register at `offset` bytes.
    fn read32(&mut self, offset: u32) -> u32;

    /// Writes the register at `offset` bytes.
    fn write32(&mut self, offset: u32, value: u32);

    /// Lets a moment pass between two looks at something that the accelerator will change. A
    /// simulation plays a few cycles here; an operating system may let others run.
    fn relax(&mut self) {
        core::hint::spin_loop();
    }
}

impl<M: Mmio + ?Sized> Mmio for &mut M {
    fn read32(&mut self, offset: u32) -> u32 {
        (**self).read32(offset)
    }

    fn write32(&mut self, offset: u32, value: u32) {
        (**self).write32(offset, value);
    }

    fn relax(&mut self) {
        (**self).relax();
    }
}
