// SPDX-License-Identifier: MIT OR Apache-2.0
//! Errors that the ring shows: each must rise, in order.

use std::collections::VecDeque;

use hwgen_sim::dut::{Dut, Out};

use super::point::Point;
use crate::kit::{Io, output, same};
use crate::report::Fault;

/// Watches `error_valid_o`, its code and address.
pub(super) struct Errors {
    valid: Out,
    code: Out,
    addr: Out,
    due: VecDeque<(u8, u64)>,
    held: Option<(u8, u64)>,
    /// Whether it was cleared in the cycle before.
    cleared: bool,
}

impl Errors {
    pub(super) fn find(dut: &Dut) -> Self {
        Self {
            valid: output(dut, "error_valid_o"),
            code: output(dut, "error_code_o"),
            addr: output(dut, "error_addr_o"),
            due: VecDeque::new(),
            held: None,
            cleared: false,
        }
    }

    /// Forgets everything, for a reset.
    pub(super) fn begin(&mut self) {
        self.due.clear();
        self.held = None;
        self.cleared = false;
    }

    /// Notes an error that must rise.
    pub(super) fn expect(&mut self, code: u8, address: u64) {
        self.due.push_back((code, address));
    }

    /// Checks a cycle; `clear` if the error is cleared in it.
    pub(super) fn check(&mut self, io: &mut Io<Point>, clear: bool) -> Result<(), Fault> {
        let now = io.is(self.valid);
        let cleared = std::mem::replace(&mut self.cleared, clear);
        match (self.held, now) {
            (Some((code, address)), true) => {
                same("error_code_o", 8, code.into(), io.get(self.code))?;
                same("error_addr_o", 64, address, io.get(self.addr))?;
                if cleared {
                    return Err(Fault::new("error_valid_o", "0 behind a clear", "1"));
                }
            }
            (Some(_), false) => {
                // It is cleared, or falls for the next one, which rises in the next cycle.
                if !cleared && self.due.is_empty() {
                    return Err(Fault::new("error_valid_o", "a held error", "none"));
                }
                io.count(Point::Cleared, cleared);
                io.count(Point::Replaced, !cleared);
                self.held = None;
            }
            (None, true) => {
                let Some((code, address)) = self.due.pop_front() else {
                    return Err(Fault::new("error_valid_o", "no error", "one"));
                };
                same("error_code_o", 8, code.into(), io.get(self.code))?;
                same("error_addr_o", 64, address, io.get(self.addr))?;
                self.held = Some((code, address));
            }
            (None, false) => {}
        }
        Ok(())
    }

    /// Checks at the end that every error rose.
    pub(super) fn finish(&self) -> Result<(), Fault> {
        match self.due.front() {
            None => Ok(()),
            Some((code, address)) => {
                let wanted = format!("code {code} of {address:#x}");
                Err(Fault::new("error_valid_o", wanted, "no error"))
            }
        }
    }
}
