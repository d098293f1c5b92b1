// SPDX-License-Identifier: MIT OR Apache-2.0
//! The registers on AXI4-Lite, cycle by cycle.
//!
//! Each channel has a place of its own: address and data of a write come in any order, and neither
//! response waits for the other.

use super::RegsParams;
use super::model::{Inputs, Refused, Regs, Write};

/// What the master drives in a cycle: a beat where a channel is valid.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Master {
    /// Address of a write.
    pub aw: Option<u32>,
    /// Data and strobes of a write.
    pub w: Option<(u32, u32)>,
    /// Whether the response to a write is taken.
    pub b_ready: bool,
    /// Address of a read.
    pub ar: Option<u32>,
    /// Whether the response to a read is taken.
    pub r_ready: bool,
}

/// The port between two cycles. What is in a place shows at the port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AxiLite {
    /// The registers behind it.
    pub regs: Regs,
    /// Address of a write that waits for its data.
    pub aw: Option<u32>,
    /// Data and strobes that wait for their address.
    pub w: Option<(u32, u32)>,
    /// Address of a read.
    pub ar: Option<u32>,
    /// Response to a write.
    pub b: Option<Result<(), Refused>>,
    /// Response to a read.
    pub r: Option<Result<u32, Refused>>,
}

impl AxiLite {
    /// Makes the port as it is after reset.
    pub fn new(params: &RegsParams) -> Self {
        Self {
            regs: Regs::new(params),
            aw: None,
            w: None,
            ar: None,
            b: None,
            r: None,
        }
    }

    /// Returns the write that is executed in this cycle.
    pub fn write(&self) -> Option<Write> {
        let (address, (data, strobe)) = self.aw.zip(self.w)?;
        self.b.is_none().then_some(Write {
            address,
            data,
            strobe,
        })
    }

    /// Returns the address of the read that is executed in this cycle.
    pub fn read(&self) -> Option<u32> {
        self.ar.filter(|_| self.r.is_none())
    }

    /// Plays a cycle. A channel is ready while its place is empty.
    pub fn clock(&mut self, master: &Master, inputs: &Inputs) {
        let (read, write) = (self.read(), self.write());
        let (value, done) = self.regs.clock(read, write, inputs);
        // A place that was empty takes what is offered; one that was full goes on in its own time.
        self.aw = self
            .aw
            .filter(|_| write.is_none())
            .or(master.aw.filter(|_| self.aw.is_none()));
        self.w = self
            .w
            .filter(|_| write.is_none())
            .or(master.w.filter(|_| self.w.is_none()));
        self.ar = self
            .ar
            .filter(|_| read.is_none())
            .or(master.ar.filter(|_| self.ar.is_none()));
        self.b = self.b.filter(|_| !master.b_ready).or(done);
        self.r = self.r.filter(|_| !master.r_ready).or(value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The response to a read comes two cycles behind its address, that to a write two behind the
    /// later of address and data.
    #[test]
    fn cycles_by_hand() {
        let mut port = AxiLite::new(&RegsParams::default());
        let inputs = Inputs {
            k_bytes: vec![0; 3],
            v_bytes: vec![0; 3],
            flight: vec![0],
            ..Inputs::default()
        };
        let idle = Master::default();
        let clock = |port: &mut AxiLite, master: Master| port.clock(&master, &inputs);
        clock(
            &mut port,
            Master {
                w: Some((5, 1)),
                ar: Some(4),
                ..idle
            },
        );
        assert_eq!((port.w, port.ar, port.r), (Some((5, 1)), Some(4), None));
        // The read is executed; the write waits for its address.
        clock(
            &mut port,
            Master {
                aw: Some(0x5E),
                ..idle
            },
        );
        assert_eq!((port.ar, port.r), (None, Some(Ok(0x1_0001))));
        assert_eq!((port.aw, port.w, port.b), (Some(0x5E), Some((5, 1)), None));
        // The untaken response to the read does not hold the write up.
        clock(
            &mut port,
            Master {
                ar: Some(0x5C),
                ..idle
            },
        );
        assert_eq!((port.aw, port.w, port.b), (None, None, Some(Ok(()))));
        clock(
            &mut port,
            Master {
                b_ready: true,
                ..idle
            },
        );
        assert_eq!(
            (port.ar, port.r, port.b),
            (Some(0x5C), Some(Ok(0x1_0001)), None)
        );
        clock(
            &mut port,
            Master {
                r_ready: true,
                ..idle
            },
        );
        assert_eq!((port.ar, port.r), (Some(0x5C), None));
        clock(&mut port, idle);
        assert_eq!((port.ar, port.r), (None, Some(Ok(5))));
    }
}
