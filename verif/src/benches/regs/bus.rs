// SPDX-License-Identifier: MIT OR Apache-2.0
//! The masters of the registers: one on AXI4-Lite, one on APB4, each beside the model of its port.

use hwgen_golden::regs::apb::Request;
use hwgen_golden::regs::model::{Inputs, Regs, Write};
use hwgen_golden::regs::{RegsParams, Variant};

use super::Point;
use super::apb::ApbMaster;
use super::axi_lite::AxiMaster;
use super::device::RegsBench;
use crate::kit::{Io, RunOf};
use crate::report::Fault;
use hwgen_sim::dut::Dut;

/// What is executed in a cycle.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Executed {
    pub(super) read: Option<u32>,
    pub(super) write: Option<Write>,
}

/// A master and the model of the port that it is on.
pub(super) enum Bus {
    AxiLite(Box<AxiMaster>),
    Apb(Box<ApbMaster>),
}

impl Bus {
    pub(super) fn find(dut: &Dut, bench: &RegsBench, run: &RunOf<RegsBench>) -> Self {
        let (params, stalls, items) = (&bench.params, &run.stalls[..], &run.items[..]);
        match bench.variant {
            Variant::AxiLite => Self::AxiLite(Box::new(AxiMaster::find(
                dut,
                params,
                stalls,
                items,
                run.setup.ordered,
            ))),
            Variant::Apb => Self::Apb(Box::new(ApbMaster::find(dut, params, stalls, items))),
        }
    }

    pub(super) fn regs(&self) -> &Regs {
        match self {
            Self::AxiLite(master) => &master.model.regs,
            Self::Apb(master) => &master.model.regs,
        }
    }

    /// Takes everything away from the port.
    pub(super) fn quiet(&mut self, io: &mut Io<Point>) {
        match self {
            Self::AxiLite(master) => master.quiet(io),
            Self::Apb(master) => master.quiet(io),
        }
    }

    /// Drives the port for a cycle.
    pub(super) fn drive(&mut self, io: &mut Io<Point>) {
        match self {
            Self::AxiLite(master) => master.drive(io),
            Self::Apb(master) => master.drive(io),
        }
    }

    /// Returns what the model executes in this cycle.
    pub(super) fn executed(&self) -> Executed {
        match self {
            Self::AxiLite(master) => Executed {
                read: master.model.read(),
                write: master.model.write(),
            },
            Self::Apb(master) => match master.model.request {
                Some(Request::Read(address)) => Executed {
                    read: Some(address),
                    write: None,
                },
                Some(Request::Write(write)) => Executed {
                    read: None,
                    write: Some(write),
                },
                None => Executed::default(),
            },
        }
    }

    /// Compares the port with the model, and clocks the model; tells whether a response was taken.
    pub(super) fn check(&mut self, io: &mut Io<Point>, inputs: &Inputs) -> Result<bool, Fault> {
        match self {
            Self::AxiLite(master) => master.check(io, inputs),
            Self::Apb(master) => master.check(io, inputs),
        }
    }

    /// Returns the accesses that have been answered.
    pub(super) fn answered(&self) -> usize {
        match self {
            Self::AxiLite(master) => master.answered.iter().sum(),
            Self::Apb(master) => master.at,
        }
    }

    /// Begins anew with what has not been answered; tells whether anything was under way.
    pub(super) fn restart(&mut self, params: &RegsParams) -> bool {
        match self {
            Self::AxiLite(master) => master.restart(params),
            Self::Apb(master) => master.restart(params),
        }
    }
}
