// SPDX-License-Identifier: MIT OR Apache-2.0
//! The master on APB4, beside the model of its port.

use hwgen_golden::regs::RegsParams;
use hwgen_golden::regs::apb::{Apb, Request};
use hwgen_golden::regs::model::{Inputs, Refused};

use super::{Access, Point, WRITE_ADDRESS};
use crate::kit::{Io, Stall, input, output, same};
use crate::report::Fault;
use hwgen_sim::dut::{Dut, In, Out};

/// A master on APB4, which does one access after the other.
pub(super) struct ApbMaster {
    pub(super) model: Apb,
    /// Select, enable, address, protection, direction, data, strobes.
    ports: [In; 7],
    ready: Out,
    data: Out,
    error: Out,
    stall: Stall,
    items: Vec<Access>,
    pub(super) at: usize,
    /// Whether a transfer is on the port, and whether this is its first cycle.
    open: bool,
    first: bool,
}

impl ApbMaster {
    pub(super) fn find(dut: &Dut, params: &RegsParams, stalls: &[Stall], items: &[Access]) -> Self {
        let names = [
            "psel", "penable", "paddr", "pprot", "pwrite", "pwdata", "pstrb",
        ];
        Self {
            model: Apb::new(params),
            ports: names.map(|name| input(dut, &format!("regs_{name}_i"))),
            ready: output(dut, "regs_pready_o"),
            data: output(dut, "regs_prdata_o"),
            error: output(dut, "regs_pslverr_o"),
            stall: stalls[WRITE_ADDRESS],
            items: items.to_vec(),
            at: 0,
            open: false,
            first: false,
        }
    }

    pub(super) fn quiet(&mut self, io: &mut Io<Point>) {
        self.open = false;
        io.put([self.ports[0], self.ports[1]], [false; 2]);
    }

    pub(super) fn drive(&mut self, io: &mut Io<Point>) {
        let [select, enable, fields @ ..] = self.ports;
        if self.open {
            self.first = false;
            io.set(enable, true);
            return;
        }
        let go = self.stall.go(io.cycle());
        let due = self.items.get(self.at).filter(|_| go);
        self.open = due.is_some();
        self.first = true;
        io.put([select, enable], [self.open, false]);
        match due {
            Some(item) => {
                let write = item.write();
                let (data, strobe) = write.map_or((0, 0), |w| (w.data, w.strobe));
                let direction = u64::from(write.is_some());
                let values = [item.address().into(), self.at as u64 % 8, direction];
                let [address, protection, way, wide, bytes] = fields;
                io.put([address, protection, way], values);
                io.put([wide, bytes], [data, strobe]);
            }
            None => fields.into_iter().for_each(|port| io.scribble(port)),
        }
    }

    pub(super) fn check(&mut self, io: &mut Io<Point>, inputs: &Inputs) -> Result<bool, Fault> {
        let answer = self.model.answer;
        same(
            "regs_pready_o",
            1,
            answer.is_some().into(),
            io.get(self.ready),
        )?;
        let value = answer.and_then(Result::ok).unwrap_or(0);
        same("regs_prdata_o", 32, value.into(), io.get(self.data))?;
        let failed = answer == Some(Err(Refused));
        same("regs_pslverr_o", 1, failed.into(), io.get(self.error))?;
        let asked = self.items.get(self.at).filter(|_| self.open);
        let request = asked.map(|item| match item.write() {
            Some(write) => Request::Write(write),
            None => Request::Read(item.address()),
        });
        self.model.clock(request, inputs);
        let taken = answer.is_some() && self.open && !self.first;
        if taken {
            self.open = false;
            self.at += 1;
        }
        Ok(taken)
    }

    pub(super) fn restart(&mut self, params: &RegsParams) -> bool {
        self.model = Apb::new(params);
        self.open
    }
}
