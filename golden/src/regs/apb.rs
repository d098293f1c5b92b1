// SPDX-License-Identifier: MIT OR Apache-2.0
//! The registers on APB4, cycle by cycle: a transfer takes three cycles.

use super::RegsParams;
use super::model::{Inputs, Refused, Regs, Write};

/// A transfer that the master asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Request {
    /// A read of this address.
    Read(u32),
    /// A write.
    Write(Write),
}

/// The port between two cycles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Apb {
    /// The registers behind it.
    pub regs: Regs,
    /// The transfer that is executed in this cycle.
    pub request: Option<Request>,
    /// The answer that is on the port, with `PREADY`; a write answers with 0.
    pub answer: Option<Result<u32, Refused>>,
}

impl Apb {
    /// Makes the port as it is after reset.
    pub fn new(params: &RegsParams) -> Self {
        Self {
            regs: Regs::new(params),
            request: None,
            answer: None,
        }
    }

    /// Plays a cycle in which the master selects the port for `asked`, if it does.
    pub fn clock(&mut self, asked: Option<Request>, inputs: &Inputs) {
        let (read, write) = match self.request {
            Some(Request::Read(address)) => (Some(address), None),
            Some(Request::Write(write)) => (None, Some(write)),
            None => (None, None),
        };
        let (value, done) = self.regs.clock(read, write, inputs);
        let free = self.request.is_none() && self.answer.is_none();
        self.request = asked.filter(|_| free);
        self.answer = value.or(done.map(|d| d.map(|()| 0)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transfer_takes_three_cycles() {
        let params = RegsParams::default();
        let mut port = Apb::new(&params);
        let inputs = Inputs {
            k_bytes: vec![0; 3],
            v_bytes: vec![0; 3],
            flight: vec![0],
            ..Inputs::default()
        };
        let write = Request::Write(Write {
            address: 0x60,
            data: 0x1234_5678,
            strobe: 0b1010,
        });
        let mut answers = Vec::new();
        for asked in [write, Request::Read(0x60), Request::Read(0x44)] {
            for _ in 0..3 {
                port.clock(Some(asked), &inputs);
                answers.push(port.answer);
            }
        }
        let (ok, value) = (Some(Ok(0)), Some(Ok(0x1200_5600)));
        // COMMAND is for writing.
        let error = Some(Err(Refused));
        assert_eq!(
            answers,
            [None, ok, None, None, value, None, None, error, None]
        );
    }
}
