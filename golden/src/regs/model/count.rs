// SPDX-License-Identifier: MIT OR Apache-2.0
//! The counters and the peaks of the registers.

use super::super::table::{CHANNEL_BASE, CHANNEL_STRIDE};
use super::super::{ENGINES, FLIGHT_W};
use super::{Inputs, PRESET_COUNTERS, Regs};

/// What counters are set to by a preset.
const PRESET: u64 = 0xFFFF_FFC0;

/// Offsets of counters and of the first plane's.
const CYCLES: u32 = 0x100;
const IN_BYTES: u32 = 0x128;
const OUT_BYTES: u32 = 0x130;
const K_BYTES: u32 = 0x140;
const V_BYTES: u32 = 0x160;
/// Offset of the low half of a channel's counter.
const BLOCKED: u32 = 0x8;

impl Regs {
    /// Tells whether any of the counters adds something in this cycle.
    pub fn counts(&self) -> bool {
        self.steps.iter().any(|&(_, step)| step != 0)
    }

    /// Counts what happened in the cycle before; what is counted while counters are cleared is the
    /// first of the new count.
    pub(super) fn count(&mut self, inputs: &Inputs) {
        let mut steps = vec![
            (CYCLES, u32::from(inputs.running)),
            (IN_BYTES, inputs.in_bytes),
            (OUT_BYTES, inputs.out_bytes),
        ];
        let bit = |bits: u32, at: u32| bits >> at & 1;
        steps.extend((0..ENGINES).map(|e| (CYCLES + 8 + 8 * e, bit(inputs.busy, e))));
        for (begin, bytes) in [(K_BYTES, &inputs.k_bytes), (V_BYTES, &inputs.v_bytes)] {
            steps.extend((begin..).step_by(8).zip(bytes.iter().copied()));
        }
        let channels = 0..self.table.channels;
        let (first, stride) = (CHANNEL_BASE, CHANNEL_STRIDE);
        steps.extend(channels.map(|c| (first + BLOCKED + c * stride, bit(inputs.blocked, c))));
        let clear = self.clears();
        let preset = self.command & PRESET_COUNTERS != 0;
        if clear || preset {
            let begin = if preset { PRESET } else { 0 };
            self.counters.values_mut().for_each(|c| *c = begin);
        }
        for (offset, step) in std::mem::replace(&mut self.steps, steps) {
            let counter = self.counters.get_mut(&offset).expect("is in the table");
            if !preset {
                *counter = counter.wrapping_add(step.into());
            }
        }
        for (most, &now) in self.most.iter_mut().zip(&inputs.flight) {
            assert!(now >> FLIGHT_W == 0, "{now} requests in flight");
            *most = if clear { now } else { now.max(*most) };
        }
    }
}
