// SPDX-License-Identifier: MIT OR Apache-2.0
//! Bringing an accelerator up, and to rest.

use crate::capabilities::Capabilities;
use crate::code::Code;
use crate::config::Config;
use crate::error::{Error, Illegal, Rule};
use crate::layout::PAGE;
use crate::memory::Memory;
use crate::mmio::Mmio;
use crate::registers as r;

/// Bytes of the ring's region per entry: a descriptor, and a completion record in a line of the cache
/// of its own.
pub const ENTRY: u64 = 128;
/// An accelerator that could not be set up, with what was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failed<M, R> {
    /// Why.
    pub error: Error,
    /// The registers.
    pub mmio: M,
    /// The region of the ring.
    pub ring: R,
}

/// Finds out what is there, brings the accelerator to rest, and writes the configuration.
pub(crate) fn set_up<const N: usize>(
    mmio: &mut impl Mmio,
    ring: &impl Memory,
    config: &Config,
) -> Result<Capabilities, Error> {
    let there = Capabilities::probe(mmio)?;
    legal(ring, N as u64 * ENTRY, config).map_err(Error::Illegal)?;
    mmio.write32(r::CONTROL, 0);
    at_rest(mmio, config.patience)?;
    mmio.write32(r::COMMAND, r::COMMAND_RESET_QUEUE);
    emptied(mmio, config.patience)?;
    write_wide(mmio, r::WINDOW_BASE_LO, config.window.0);
    write_wide(mmio, r::WINDOW_END_LO, config.window.1);
    write_wide(mmio, r::CHANNEL_STRIDE_LO, config.channel_stride);
    write_wide(mmio, r::RING_BASE_LO, ring.bus_address());
    mmio.write32(r::RING_SIZE, N as u32);
    let attributes = u32::from(config.prot) << r::AXI_ATTR_PROT_SHIFT
        | u32::from(config.cache) << r::AXI_ATTR_CACHE_SHIFT;
    mmio.write32(r::AXI_ATTR, attributes);
    // Events and errors of whoever was there before.
    mmio.write32(r::COMMAND, r::COMMAND_CLEAR_ERROR);
    let all = r::IRQ_STATUS_DONE | r::IRQ_STATUS_ERROR | r::IRQ_STATUS_RING_EMPTY;
    mmio.write32(r::IRQ_STATUS, all);
    mmio.write32(r::IRQ_ENABLE, config.interrupts.bits());
    Ok(there)
}

fn write_wide(mmio: &mut impl Mmio, offset: u32, value: u64) {
    mmio.write32(offset, value as u32);
    mmio.write32(offset + 4, (value >> 32) as u32);
}

/// Judges ring and configuration.
fn legal(ring: &impl Memory, bytes: u64, config: &Config) -> Result<(), Illegal> {
    let illegal = |field, value: u64, rule, code| Illegal {
        field,
        head: None,
        value: value.into(),
        rule,
        code,
    };
    let base = ring.bus_address();
    let (low, high) = config.window;
    let inside = base >= low && base.checked_add(bytes).is_some_and(|end| end <= high);
    let rules = [
        (
            base.is_multiple_of(64),
            illegal("ring", base, Rule::Multiple(64), Some(Code::RingBase)),
        ),
        (
            ring.len() >= bytes,
            illegal("ring", base, Rule::Owned(bytes), None),
        ),
        (
            inside,
            illegal("ring", base, Rule::Window(bytes), Some(Code::Completion)),
        ),
        (
            config.channel_stride.is_multiple_of(PAGE),
            illegal(
                "channel_stride",
                config.channel_stride,
                Rule::Multiple(PAGE),
                None,
            ),
        ),
        (
            config.prot < 8,
            illegal("prot", config.prot.into(), Rule::Below(8), None),
        ),
        (
            config.cache < 16,
            illegal("cache", config.cache.into(), Rule::Below(16), None),
        ),
    ];
    let broken = rules.into_iter().find(|(kept, _)| !kept);
    broken.map_or(Ok(()), |(_, illegal)| Err(illegal))
}

/// Waits until nothing is in flight, and says so twice: what began with the last write may show a
/// cycle later.
pub(crate) fn at_rest(mmio: &mut impl Mmio, patience: u32) -> Result<(), Error> {
    let mut idle = 0;
    for _ in 0..patience {
        idle = match mmio.read32(r::STATUS) & r::STATUS_IDLE {
            0 => 0,
            _ => idle + 1,
        };
        if idle == 2 {
            return Ok(());
        }
        mmio.relax();
    }
    Err(Error::Timeout)
}

/// Waits until the ring is empty and begins with entry 0.
pub(crate) fn emptied(mmio: &mut impl Mmio, patience: u32) -> Result<(), Error> {
    for _ in 0..patience {
        if mmio.read32(r::RING_HEAD) == 0 && mmio.read32(r::RING_TAIL) == 0 {
            return Ok(());
        }
        mmio.relax();
    }
    Err(Error::Timeout)
}
