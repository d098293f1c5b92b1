// SPDX-License-Identifier: MIT OR Apache-2.0
//! One channel's part of a flat port, and the ports of an address channel.

use super::beat::Beat;
use super::rules::Address;
use crate::kit::{Io, Point, input, output};
use hwgen_sim::dut::{Dut, In, Out, mask};

/// A channel's part of an output.
#[derive(Debug, Clone, Copy)]
pub(super) struct OutLane {
    port: Out,
    lsb: u32,
    width: u32,
}

impl OutLane {
    /// Finds the part of `channel` in an output of so many `channels`.
    pub(super) fn find(dut: &Dut, name: &str, channel: u32, channels: u32) -> Self {
        let port = output(dut, name);
        let width = port.width() / channels;
        let lsb = channel * width;
        Self { port, lsb, width }
    }

    /// Returns up to 64 bits.
    #[inline]
    pub(super) fn get<P: Point>(self, io: &Io<P>) -> u64 {
        io.dut.get_field(self.port, self.lsb, self.width)
    }

    /// Returns data of whole words.
    pub(super) fn beat<P: Point>(self, io: &Io<P>) -> Beat {
        let mut words = [0; 8];
        for (at, word) in (0..self.width).step_by(64).zip(&mut words) {
            let bits = (self.width - at).min(64);
            *word = io.dut.get_field(self.port, self.lsb + at, bits);
        }
        Beat(words)
    }
}

/// A channel's part of an input.
#[derive(Debug, Clone, Copy)]
pub(super) struct InLane {
    port: In,
    lsb: u32,
    width: u32,
}

impl InLane {
    /// Finds the part of `channel` in an input of so many `channels`.
    pub(super) fn find(dut: &Dut, name: &str, channel: u32, channels: u32) -> Self {
        let port = input(dut, name);
        let width = port.width() / channels;
        let lsb = channel * width;
        Self { port, lsb, width }
    }

    /// Sets up to 64 bits.
    #[inline]
    pub(super) fn set<P: Point>(self, io: &mut Io<P>, value: impl Into<u64>) {
        let value = value.into() & mask(self.width);
        io.dut.set_field(self.port, self.lsb, self.width, value);
    }

    /// Sets data of whole words.
    pub(super) fn set_beat<P: Point>(self, io: &mut Io<P>, beat: &Beat) {
        for (at, &word) in (0..self.width).step_by(64).zip(&beat.0) {
            let bits = (self.width - at).min(64);
            io.dut.set_field(self.port, self.lsb + at, bits, word);
        }
    }

    /// Puts noise on it.
    pub(super) fn scribble<P: Point>(self, io: &mut Io<P>) {
        let words = std::array::from_fn(|_| io.noise.draw());
        self.set_beat(io, &Beat(words));
    }
}

/// The outputs of an address channel.
#[derive(Debug)]
pub(super) struct AddressLanes {
    /// Address, ID, length, size, burst, protection, cache.
    fields: [OutLane; 7],
}

impl AddressLanes {
    /// Finds them by what their names have in common: `mem_ar` or `mem_aw`.
    pub(super) fn find(dut: &Dut, name: &str, channel: u32, channels: u32) -> Self {
        let fields = ["addr", "id", "len", "size", "burst", "prot", "cache"];
        let find = |field| OutLane::find(dut, &format!("{name}{field}_o"), channel, channels);
        Self {
            fields: fields.map(find),
        }
    }

    /// Returns all that goes with an address, as words.
    pub(super) fn words<P: Point>(&self, io: &Io<P>) -> [u64; 7] {
        self.fields.map(|lane| lane.get(io))
    }

    /// Returns what the words mean.
    pub(super) fn address<P: Point>(&self, io: &Io<P>) -> Address {
        let [start, id, length, size, burst, prot, cache] = self.words(io);
        Address {
            start,
            id,
            beats: length as u32 + 1,
            size: size as u32,
            burst: burst as u32,
            prot: prot as u32,
            cache: cache as u32,
        }
    }
}
