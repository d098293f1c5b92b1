// SPDX-License-Identifier: MIT OR Apache-2.0
//! `Mmio` and `Memory` as the driver in C calls them.

use std::ffi::c_void;
use std::slice;

use hwgen_driver::{Memory, Mmio};

/// `struct hwgen_mmio`.
#[repr(C)]
pub struct CMmio {
    read32: extern "C" fn(*mut c_void, u32) -> u32,
    write32: extern "C" fn(*mut c_void, u32, u32),
    relax: extern "C" fn(*mut c_void),
    context: *mut c_void,
}

/// `struct hwgen_memory`.
#[repr(C)]
pub struct CMemory {
    address: u64,
    bytes: u64,
    read: extern "C" fn(*mut c_void, u64, *mut u8, usize),
    write: extern "C" fn(*mut c_void, u64, *const u8, usize),
    clean: extern "C" fn(*mut c_void, u64, u64),
    invalidate: extern "C" fn(*mut c_void, u64, u64),
    context: *mut c_void,
    shared: bool,
}

/// Returns what is behind a pointer that C hands back.
pub fn behind<'a, T>(context: *mut c_void) -> &'a mut T {
    // SAFETY: the pointer is that of `mmio` or `memory`, whose value outlives every call and is used by
    // nobody else meanwhile.
    unsafe { &mut *context.cast() }
}

extern "C" fn read32<M: Mmio>(context: *mut c_void, offset: u32) -> u32 {
    behind::<M>(context).read32(offset)
}

extern "C" fn write32<M: Mmio>(context: *mut c_void, offset: u32, value: u32) {
    behind::<M>(context).write32(offset, value);
}

extern "C" fn relax<M: Mmio>(context: *mut c_void) {
    behind::<M>(context).relax();
}

extern "C" fn read<R: Memory>(context: *mut c_void, offset: u64, to: *mut u8, bytes: usize) {
    // SAFETY: the driver hands over an array of so many bytes.
    behind::<R>(context).read(offset, unsafe { slice::from_raw_parts_mut(to, bytes) });
}

extern "C" fn write<R: Memory>(context: *mut c_void, offset: u64, from: *const u8, bytes: usize) {
    // SAFETY: likewise.
    behind::<R>(context).write(offset, unsafe { slice::from_raw_parts(from, bytes) });
}

extern "C" fn clean<R: Memory>(context: *mut c_void, offset: u64, bytes: u64) {
    behind::<R>(context).clean(offset, bytes);
}

extern "C" fn invalidate<R: Memory>(context: *mut c_void, offset: u64, bytes: u64) {
    behind::<R>(context).invalidate(offset, bytes);
}

/// Returns the registers for C; the value stays where it is.
pub fn mmio<M: Mmio>(registers: &mut M) -> CMmio {
    CMmio {
        read32: read32::<M>,
        write32: write32::<M>,
        relax: relax::<M>,
        context: (&raw mut *registers).cast(),
    }
}

/// Returns a region for C, which [`CMemory::free`] gives back.
pub fn memory<R: Memory>(region: R) -> CMemory {
    CMemory {
        address: region.bus_address(),
        bytes: region.len(),
        read: read::<R>,
        write: write::<R>,
        clean: clean::<R>,
        invalidate: invalidate::<R>,
        context: Box::into_raw(Box::new(region)).cast(),
        shared: false,
    }
}

impl CMemory {
    /// Drops the region of [`memory`], once.
    pub fn free<R: Memory>(&self) {
        // SAFETY: `memory` made the pointer from a box of this type.
        drop(unsafe { Box::from_raw(self.context.cast::<R>()) });
    }
}
