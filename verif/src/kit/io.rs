// SPDX-License-Identifier: MIT OR Apache-2.0
//! The device on the bench: its ports by name, its clock, noise, and what was counted.

use hwgen_golden::interface::{Interface, Problem, Values};

use super::coverage::{Coverage, Point};
use crate::report::Fault;
use hwgen_bundle::error::VerifyError;
use hwgen_bundle::manifest::Engine;
use hwgen_sim::dut::{Dut, In, Out, RtlError, mask};
use hwgen_sim::rng::Rng;

/// Cycles of the reset before a run.
pub(crate) const RESET_CYCLES: u32 = 3;

/// Reads the parameters of a block back from the manifest, and compares the ports there with those
/// that the golden model states for them, before anything is built.
pub(crate) fn read<P>(
    engine: &Engine,
    parameters: impl FnOnce(&Values<'_>) -> Result<P, Problem>,
    interface: impl FnOnce(&P) -> Interface,
) -> Result<P, VerifyError> {
    let params = engine.read(parameters)?;
    engine.declares(&interface(&params).ports)?;
    Ok(params)
}

/// Finds an input.
///
/// # Panics
/// If there is none of this name: [`read`] has found those that the golden model states, so the
/// bench asked for one that it does not.
pub(crate) fn input(dut: &Dut, name: &str) -> In {
    let port = dut.input(name);
    port.unwrap_or_else(|| panic!("{name} is no input of this block"))
}

/// Finds an output.
///
/// # Panics
/// As [`input`].
pub(crate) fn output(dut: &Dut, name: &str) -> Out {
    let port = dut.output(name);
    port.unwrap_or_else(|| panic!("{name} is no output of this block"))
}

/// Finds inputs by what their names have in common at the front and by the rest.
pub(crate) fn inputs<const N: usize>(dut: &Dut, group: &str, names: [&str; N]) -> [In; N] {
    names.map(|name| input(dut, &format!("{group}_{name}_i")))
}

/// Finds outputs in the same way.
pub(crate) fn outputs<const N: usize>(dut: &Dut, group: &str, names: [&str; N]) -> [Out; N] {
    names.map(|name| output(dut, &format!("{group}_{name}_o")))
}

/// The device with everything around it.
pub(crate) struct Io<'a, P> {
    pub(crate) dut: &'a mut Dut,
    /// What is on the ports when nothing is valid.
    pub(crate) noise: Rng,
    pub(crate) coverage: Coverage<P>,
    rst_n: In,
    /// Cycle after which counting starts.
    start: u64,
}

impl<'a, P: Point> Io<'a, P> {
    /// Takes a device; noise is drawn from `seed`.
    pub(crate) fn new(dut: &'a mut Dut, seed: u64) -> Self {
        Self {
            noise: Rng::new(!seed),
            coverage: Coverage::default(),
            rst_n: input(dut, "rst_ni"),
            start: dut.cycle(),
            dut,
        }
    }

    /// Returns the cycle, counted from the end of the first reset.
    #[inline]
    pub(crate) fn cycle(&self) -> u64 {
        self.dut.cycle() - self.start
    }

    /// Returns the cycle that has just been clocked.
    #[inline]
    pub(crate) fn clocked(&self) -> u64 {
        self.cycle().saturating_sub(1)
    }

    /// Counts a situation if it `happened`.
    #[inline]
    pub(crate) fn count(&mut self, point: P, happened: bool) {
        self.coverage.count(point, happened);
    }

    /// Sets an input of up to 64 bits.
    #[inline]
    pub(crate) fn set(&mut self, port: In, value: impl Into<u64>) {
        self.dut.set(port, value.into());
    }

    /// Sets several inputs of up to 64 bits.
    pub(crate) fn put<const N: usize>(&mut self, ports: [In; N], values: [impl Into<u64>; N]) {
        for (port, value) in ports.into_iter().zip(values) {
            self.set(port, value);
        }
    }

    /// Returns an output of up to 64 bits.
    #[inline]
    pub(crate) fn get(&self, port: Out) -> u64 {
        self.dut.get(port)
    }

    /// Tells whether an output of one bit is set.
    #[inline]
    pub(crate) fn is(&self, port: Out) -> bool {
        self.dut.get(port) != 0
    }

    /// Puts noise on an input.
    #[inline]
    pub(crate) fn scribble(&mut self, port: In) {
        let mut left = port.width();
        for word in self.dut.words_mut(port) {
            *word = self.noise.draw() & mask(left);
            left = left.saturating_sub(64);
        }
    }

    /// Clocks the device once.
    #[inline]
    pub(super) fn tick(&mut self) -> Result<(), Fault> {
        self.dut.tick().map_err(|error| rtl_fault(&error))
    }

    /// Resets the device after power-up; cycles count from here.
    pub(super) fn power_up(&mut self) -> Result<(), Fault> {
        let reset = self.dut.reset(RESET_CYCLES);
        reset.map_err(|error| rtl_fault(&error))?;
        self.start = self.dut.cycle();
        Ok(())
    }

    /// Lowers or raises the reset.
    pub(super) fn hold_reset(&mut self, held: bool) {
        self.set(self.rst_n, !held);
    }
}

#[cold]
fn rtl_fault(error: &RtlError) -> Fault {
    Fault::new("check in the RTL", "no error", &error.message)
}
