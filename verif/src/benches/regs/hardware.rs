// SPDX-License-Identifier: MIT OR Apache-2.0
//! The hardware behind the registers: what it says in each cycle, and what it must be told.

use hwgen_golden::regs::model::{Inputs, Outputs};
use hwgen_golden::regs::{ENGINES, ERROR_W, FIRST_OUTSIDE, FLIGHT_W, RING_W, RegsParams};

use super::{Point, Setup};
use crate::kit::{Io, input, output, same};
use crate::report::Fault;
use hwgen_sim::dut::{Dut, In, Out, mask};
use hwgen_sim::rng::{Rng, at};

/// The ports of the hardware, and the state that the hardware has.
pub(super) struct Hardware {
    params: RegsParams,
    setup: Setup,
    /// Inputs of up to 64 bits, in the order of [`Hardware::put`].
    inputs: [In; 13],
    flight: In,
    outputs: [(&'static str, Out); 13],
    head: u32,
    error: Option<(u32, u64)>,
}

impl Hardware {
    pub(super) fn find(dut: &Dut, params: &RegsParams, setup: Setup) -> Self {
        let names = [
            "idle_i",
            "running_i",
            "done_i",
            "error_valid_i",
            "error_code_i",
            "error_addr_i",
            "ring_head_i",
            "busy_i",
            "k_bytes_i",
            "v_bytes_i",
            "in_bytes_i",
            "out_bytes_i",
            "blocked_i",
        ];
        let outputs = [
            "enable_o",
            "soft_reset_o",
            "error_clear_o",
            "irq_o",
            "ring_base_o",
            "ring_size_o",
            "ring_tail_o",
            "doorbell_o",
            "axprot_o",
            "axcache_o",
            "channel_stride_o",
            "window_base_o",
            "window_end_o",
        ];
        Self {
            params: params.clone(),
            setup,
            inputs: names.map(|name| input(dut, name)),
            flight: input(dut, "flight_i"),
            outputs: outputs.map(|name| (name, output(dut, name))),
            head: 0,
            error: None,
        }
    }

    /// Forgets everything, as a reset does.
    pub(super) fn reset(&mut self) {
        (self.head, self.error) = (0, None);
    }

    /// Says something in a cycle in which the registers tell it `told`; it is `awkward` where a write
    /// comes that an event may meet.
    pub(super) fn speak(&mut self, io: &mut Io<Point>, told: &Outputs, awkward: bool) -> Inputs {
        let mut rng = Rng::new(at(self.setup.seed, io.cycle()));
        let often = self.setup.percent;
        // Errors are rare, but for the awkward cycles: there they are even chances.
        let now = match often {
            0 => 0,
            _ if awkward || told.error_clear => 50,
            _ => often / 5,
        };
        if self.error.is_none() && rng.chance(now) {
            let outside = (1 << ERROR_W) - u64::from(FIRST_OUTSIDE);
            let code = FIRST_OUTSIDE + rng.below(outside) as u32;
            self.error = Some((code, rng.draw()));
        }
        if rng.chance(often / 2) {
            self.head = told.ring_tail;
        } else if rng.chance(often) {
            self.head = rng.below(1 << RING_W) as u32 >> rng.below(16);
        }
        let (code, addr) = self.error.unwrap_or((rng.draw() as u32 & 0xFF, rng.draw()));
        let bytes = |rng: &mut Rng| self::bytes(rng, self.params.row_bytes());
        let streamed = |rng: &mut Rng| self::bytes(rng, self.params.io_w / 8);
        let flight = |rng: &mut Rng| (rng.below(1 << FLIGHT_W) >> rng.below(10)) as u32;
        let inputs = Inputs {
            idle: rng.chance(50),
            running: rng.chance(70),
            done: rng.chance(if awkward { now } else { often }),
            error_valid: self.error.is_some(),
            error_code: code,
            error_addr: addr,
            ring_head: self.head,
            busy: rng.below(1 << ENGINES) as u32,
            k_bytes: self
                .params
                .k_planes
                .iter()
                .map(|_| bytes(&mut rng))
                .collect(),
            v_bytes: self
                .params
                .v_planes
                .iter()
                .map(|_| bytes(&mut rng))
                .collect(),
            in_bytes: streamed(&mut rng),
            out_bytes: streamed(&mut rng),
            flight: (0..self.params.channels)
                .map(|_| flight(&mut rng))
                .collect(),
            blocked: (rng.draw() & mask(self.params.channels)) as u32,
        };
        self.put(io, &inputs);
        // It goes in the cycle after it is cleared, unless the next one is there already.
        if told.error_clear {
            let next = (FIRST_OUTSIDE + rng.below(200) as u32, rng.draw());
            let at_once = if often > 0 { 50 } else { 0 };
            self.error = rng.chance(at_once).then_some(next);
        }
        inputs
    }

    fn put(&self, io: &mut Io<Point>, inputs: &Inputs) {
        let width = self.params.byte_w();
        let packed = |all: &[u32]| {
            let parts = (0..).zip(all);
            parts.fold(0, |word, (i, &b)| word | u64::from(b) << (i * width))
        };
        let values: [u64; 13] = [
            inputs.idle.into(),
            inputs.running.into(),
            inputs.done.into(),
            inputs.error_valid.into(),
            inputs.error_code.into(),
            inputs.error_addr,
            inputs.ring_head.into(),
            inputs.busy.into(),
            packed(&inputs.k_bytes),
            packed(&inputs.v_bytes),
            inputs.in_bytes.into(),
            inputs.out_bytes.into(),
            inputs.blocked.into(),
        ];
        io.put(self.inputs, values);
        for (channel, &now) in (0..).zip(&inputs.flight) {
            let lsb = channel * FLIGHT_W;
            io.dut.set_field(self.flight, lsb, FLIGHT_W, now.into());
        }
    }

    /// Compares what the hardware is told with what it must be.
    pub(super) fn check(&self, io: &Io<Point>, told: &Outputs) -> Result<(), Fault> {
        let wanted: [u64; 13] = [
            told.enable.into(),
            told.soft_reset.into(),
            told.error_clear.into(),
            told.irq.into(),
            told.ring_base,
            told.ring_size.into(),
            told.ring_tail.into(),
            told.doorbell.into(),
            told.axprot.into(),
            told.axcache.into(),
            told.channel_stride,
            told.window_base,
            told.window_end,
        ];
        for ((name, port), want) in self.outputs.iter().zip(wanted) {
            same(name, port.width(), want, io.get(*port))?;
        }
        Ok(())
    }
}

/// Draws how many of `most` bytes move in a cycle.
fn bytes(rng: &mut Rng, most: u32) -> u32 {
    match rng.below(4) {
        0 => 0,
        1 => most,
        _ => rng.below(u64::from(most) + 1) as u32,
    }
}
