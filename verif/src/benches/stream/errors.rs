// SPDX-License-Identifier: MIT OR Apache-2.0
//! The error that the block holds: the first since the last clear.

use hwgen_sim::dut::{Dut, Out};

use crate::kit::{Io, Point, output};
use crate::report::Fault;

/// Watches `error_valid_o`, its code and address.
pub(in crate::benches) struct Errors {
    valid: Out,
    code: Out,
    addr: Out,
    /// All errors in the order in which they come: address and response.
    all: Vec<(u64, u8)>,
    /// How many of them have come over the bus.
    came: usize,
    /// The first that may be the next to be held.
    at: usize,
    held: Option<(u64, u8)>,
    /// Whether it was cleared in the cycle before, and ever.
    cleared: bool,
    ever: bool,
    /// Whether it is cleared in every cycle, so that each error is seen.
    always: bool,
}

impl Errors {
    pub(in crate::benches) fn find(dut: &Dut, always: bool) -> Self {
        Self {
            always,
            valid: output(dut, "error_valid_o"),
            code: output(dut, "error_code_o"),
            addr: output(dut, "error_addr_o"),
            all: Vec::new(),
            came: 0,
            at: 0,
            held: None,
            cleared: false,
            ever: false,
        }
    }

    /// Begins anew, as after a reset, with the errors that are to come.
    pub(in crate::benches) fn begin(&mut self, all: Vec<(u64, u8)>) {
        self.all = all;
        (self.came, self.at) = (0, 0);
        self.held = None;
        (self.cleared, self.ever) = (false, false);
    }

    /// Notes that an answer with an error went over the bus in this cycle, behind [`Self::check`].
    pub(in crate::benches) fn comes(&mut self, error: bool) {
        self.came += usize::from(error);
    }

    /// Checks a cycle; `clear` if the error is cleared in it. Returns whether one was replaced
    /// in the cycle of a clear.
    pub(in crate::benches) fn check<P: Point>(
        &mut self,
        io: &Io<P>,
        clear: bool,
    ) -> Result<bool, Fault> {
        let now = io
            .is(self.valid)
            .then(|| (io.get(self.addr), io.get(self.code) as u8));
        let cleared = std::mem::replace(&mut self.cleared, clear);
        let mut replaced = false;
        match (self.held, now) {
            (Some(before), now) if !cleared => {
                if now != Some(before) {
                    return Err(fault(&say(Some(before)), now));
                }
            }
            (before, Some(error)) => {
                let rest = self.all[..self.came].iter().skip(self.at);
                let found = rest.clone().position(|&e| e == error);
                // Nothing is passed over before the first, nor where all are cleared at once.
                let found = found.filter(|&far| far == 0 || (self.ever && !self.always));
                let Some(far) = found else {
                    let wanted = format!("an error that has come: {:x?}", rest.collect::<Vec<_>>());
                    return Err(fault(&wanted, now));
                };
                self.at += far + 1;
                self.held = now;
                replaced = before.is_some();
            }
            (_, None) => self.held = None,
        }
        self.ever |= clear;
        Ok(replaced)
    }

    /// Checks at the end that no error was passed over, where none was cleared or all at once.
    pub(in crate::benches) fn finish(&self) -> Result<(), Fault> {
        if let Some(&missed) = self.all.get(self.at).filter(|_| self.always) {
            return Err(fault(&say(Some(missed)), None));
        }
        if self.ever || self.held.is_some() || self.all.is_empty() {
            return Ok(());
        }
        Err(fault(&say(self.all.first().copied()), None))
    }
}

fn say(error: Option<(u64, u8)>) -> String {
    match error {
        Some((addr, resp)) => format!("response {resp} of {addr:#x}"),
        None => "no error".to_owned(),
    }
}

#[cold]
fn fault(wanted: &str, got: Option<(u64, u8)>) -> Fault {
    Fault::new("error_valid_o", wanted, say(got))
}
