// SPDX-License-Identifier: MIT OR Apache-2.0
//! Memory behind the AXI4 ports of a device: what it holds, how it answers, and which rules the device
//! must keep.
//!
//! A bench owns one [`Memory`], and an [`AxiRead`] or [`AxiWrite`] for each channel of a port. In a
//! cycle it calls `drive` of each before the clock edge and `check` after it, as with the streams of
//! [`kit`](crate::kit). Rules and queues know no port (`rules`, `read_side`, `write_side`), so that
//! they are tested without a device. Knows no block and no layout of data.

mod backend;
mod beat;
mod behaviour;
mod counts;
pub(crate) mod dram;
mod lanes;
mod line;
mod read;
mod read_side;
mod rules;
mod shared;
mod space;
mod write;
mod write_side;

pub(crate) use beat::Resp;
pub(crate) use behaviour::{Behaviour, Errors, Latency};
pub(crate) use counts::Counts;
pub(crate) use dram::{Dram, Mapping, Preset};
pub(crate) use read::AxiRead;
pub(crate) use rules::Rules;
pub(crate) use shared::Memory;
pub(crate) use space::{Access, Space};
pub(crate) use write::AxiWrite;
