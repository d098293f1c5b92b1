// SPDX-License-Identifier: MIT OR Apache-2.0
//! Memory that the accelerator reaches, and who owns it while it does.

/// A region of memory at a fixed address of the accelerator's bus.
///
/// A value is a handle: moving it moves no byte, and the bytes stay where they are until it is
/// dropped. It holds no borrow (`'static`), so that a driver that is forgotten rather than dropped
/// leaks its regions instead of freeing memory under the accelerator. A region begins and ends with a
/// line of the cache, if there is a cache that the accelerator does not see.
///
/// The driver never asks for bytes behind [`len`](Self::len).
pub trait Memory: 'static {
    /// Returns the address of the first byte, as the accelerator sees it.
    fn bus_address(&self) -> u64;

    /// Returns the bytes.
    fn len(&self) -> u64;

    /// Tells whether there are no bytes.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Copies the bytes from `offset` on.
    fn read(&self, offset: u64, bytes: &mut [u8]);

    /// Writes bytes from `offset` on.
    fn write(&mut self, offset: u64, bytes: &[u8]);

    /// Makes what was written visible to the accelerator, before any later access of
    /// [`Mmio`](crate::Mmio): writes lines of the cache back, and waits for it.
    fn clean(&self, offset: u64, len: u64) {
        let _ = (offset, len);
    }

    /// Makes what the accelerator wrote visible to the reads that follow: drops lines of the cache.
    fn invalidate(&self, offset: u64, len: u64) {
        let _ = (offset, len);
    }
}

/// Who may use a region while it is in flight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// The job alone.
    Job,
    /// Other jobs, too; none of them writes it from here.
    Shared,
}

/// What a job owns while it is in flight: every region that the accelerator may touch for it.
///
/// Regions by themselves, and arrays, options and tuples of them are buffers. [`Shared`] is a region
/// that several jobs have, which nobody writes meanwhile; with the feature `alloc`, `Rc` and `Arc` of
/// a region are that, too.
pub trait Buffers: 'static {
    /// Shows every region.
    fn visit(&self, see: &mut dyn FnMut(&dyn Memory, Owner));

    /// Writes bytes at an address of the bus, in a region of [`Owner::Job`] that holds them all; does
    /// nothing if there is none.
    fn write_at(&mut self, address: u64, bytes: &[u8]);
}

/// Returns where in a region of `len` bytes at `begin` the bytes from `address` on lie.
fn offset(begin: u64, len: u64, address: u64, bytes: u64) -> Option<u64> {
    let offset = address.checked_sub(begin)?;
    (offset <= len && bytes <= len - offset).then_some(offset)
}

/// Tells whether a region holds all `bytes` bytes from `first` on, one of the job's alone if `own`.
pub(crate) fn holds(buffers: &impl Buffers, first: u64, bytes: u64, own: bool) -> bool {
    let mut held = false;
    buffers.visit(&mut |region, owner| {
        let inside = offset(region.bus_address(), region.len(), first, bytes).is_some();
        held |= inside && (owner == Owner::Job || !own);
    });
    held
}

/// Makes all of the buffers visible to the accelerator.
pub(crate) fn clean(buffers: &impl Buffers) {
    buffers.visit(&mut |region, _| region.clean(0, region.len()));
}

/// Makes what the accelerator wrote to the buffers visible.
pub(crate) fn invalidate(buffers: &impl Buffers) {
    buffers.visit(&mut |region, _| region.invalidate(0, region.len()));
}

impl<R: Memory> Buffers for R {
    fn visit(&self, see: &mut dyn FnMut(&dyn Memory, Owner)) {
        see(self, Owner::Job);
    }

    fn write_at(&mut self, address: u64, bytes: &[u8]) {
        let at = offset(self.bus_address(), self.len(), address, bytes.len() as u64);
        if let Some(at) = at {
            self.write(at, bytes);
        }
    }
}

/// A region that lives for ever and is shared by jobs: keys and values, above all.
#[derive(Debug)]
pub struct Shared<R: Memory>(pub &'static R);

impl<R: Memory> Clone for Shared<R> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<R: Memory> Copy for Shared<R> {}

impl<R: Memory> Buffers for Shared<R> {
    fn visit(&self, see: &mut dyn FnMut(&dyn Memory, Owner)) {
        see(self.0, Owner::Shared);
    }

    fn write_at(&mut self, _: u64, _: &[u8]) {}
}

#[cfg(feature = "alloc")]
mod counted {
    extern crate alloc;

    use super::{Buffers, Memory, Owner};

    macro_rules! counted {
        ($($handle:ty),*) => {$(
            impl<R: Memory> Buffers for $handle {
                fn visit(&self, see: &mut dyn FnMut(&dyn Memory, Owner)) {
                    see(&**self, Owner::Shared);
                }

                fn write_at(&mut self, _: u64, _: &[u8]) {}
            }
        )*};
    }

    counted!(alloc::rc::Rc<R>, alloc::sync::Arc<R>);
}

impl Buffers for () {
    fn visit(&self, _: &mut dyn FnMut(&dyn Memory, Owner)) {}

    fn write_at(&mut self, _: u64, _: &[u8]) {}
}

impl<B: Buffers> Buffers for Option<B> {
    fn visit(&self, see: &mut dyn FnMut(&dyn Memory, Owner)) {
        if let Some(b) = self {
            b.visit(see);
        }
    }

    fn write_at(&mut self, address: u64, bytes: &[u8]) {
        if let Some(b) = self {
            b.write_at(address, bytes);
        }
    }
}

impl<B: Buffers, const N: usize> Buffers for [B; N] {
    fn visit(&self, see: &mut dyn FnMut(&dyn Memory, Owner)) {
        for b in self {
            b.visit(see);
        }
    }

    fn write_at(&mut self, address: u64, bytes: &[u8]) {
        for b in self {
            b.write_at(address, bytes);
        }
    }
}

macro_rules! tuple {
    ($($name:ident),*) => {
        impl<$($name: Buffers),*> Buffers for ($($name,)*) {
            #[allow(non_snake_case)] // The names of the types are those of the values.
            fn visit(&self, see: &mut dyn FnMut(&dyn Memory, Owner)) {
                let ($($name,)*) = self;
                $($name.visit(see);)*
            }

            #[allow(non_snake_case)] // Likewise.
            fn write_at(&mut self, address: u64, bytes: &[u8]) {
                let ($($name,)*) = self;
                $($name.write_at(address, bytes);)*
            }
        }
    };
}

tuple!(A);
tuple!(A, B);
tuple!(A, B, C);
tuple!(A, B, C, D);
