// SPDX-License-Identifier: MIT OR Apache-2.0
//! Memory behind the AXI4 ports of a device: what it holds, how it answers, and which rules the device
//! must keep.
//!
//! A bench owns one [`Memory`], and an [`AxiRead`] or [`AxiWrite`] for each channel of a port. In a
//! cycle it calls `drive` of each before the clock edge and `check` after it, as with the streams of
//! [`kit`](crate::kit). Rules and queues know no port (`rules`, `read_side`, `write_side`), so that
//! they are tested without a device. Knows no block and no layout of data.

// The readers use the ports; the DRAM behind them waits for the tops that have a command queue.
#![allow(dead_code, unused_imports)]

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

pub(crate) use backend::Backend;
pub(crate) use beat::{Beat, Resp};
pub(crate) use behaviour::{Accept, Behaviour, Errors, Latency, Order};
pub(crate) use counts::Counts;
pub(crate) use dram::{Commands, Dram, Field, Mapping, Organisation, Preset, Timing};
pub(crate) use read::AxiRead;
pub(crate) use rules::{Address, Broken, Rules};
pub(crate) use shared::Memory;
pub(crate) use space::{Access, Outside, Space};
pub(crate) use write::AxiWrite;
