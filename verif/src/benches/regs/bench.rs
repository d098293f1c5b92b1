// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the bench of the registers says of itself.

use hwgen_golden::regs::{ADDR_W, Variant};

use super::device::RegsBench;
use super::play::RegsPlayer;
use super::{Access, Point, Setup, stimulus};
use crate::kit::{Bench, RunOf, changed};
use crate::report::Fault;
use hwgen_sim::dut::Dut;

impl Bench for RegsBench {
    type Item = Access;
    type Setup = Setup;
    type Point = Point;
    type Player<'a> = RegsPlayer;
    const WORDS: [&'static str; 2] = ["access", "accesses"];
    const STREAMS: &'static [&'static str] = &[
        "write addresses stalled",
        "write data stalled",
        "read addresses stalled",
        "write responses stalled",
        "read responses stalled",
    ];

    fn plan(&self, seed: u64, cases: u64) -> Box<dyn Iterator<Item = RunOf<Self>> + '_> {
        stimulus::plan(&self.table, seed, cases)
    }

    fn refuse(&self, name: &str, access: &Access) -> Option<String> {
        let address = access.address();
        if address >> ADDR_W != 0 {
            return Some(format!("{name} has address {address:#x} of {ADDR_W} bits"));
        }
        let strobe = access.write().map_or(0, |w| w.strobe);
        (strobe > 15).then(|| format!("{name} has strobes {strobe:#x} of 4 bytes"))
    }

    fn weight(&self, _: &Access) -> u64 {
        1
    }

    fn player<'a>(&'a self, dut: &Dut, run: &'a RunOf<Self>) -> Result<RegsPlayer, Fault> {
        Ok(RegsPlayer::new(self, dut, run))
    }

    fn plainer(access: &Access) -> Vec<Access> {
        let aligned = changed(access, |a| match a {
            Access::Read { address } | Access::Write { address, .. } => *address &= !3,
        });
        let whole = changed(access, |a| {
            if let Access::Write { strobe, .. } = a {
                *strobe = 15;
            }
        });
        let one = changed(access, |a| {
            if let Access::Write { data, .. } = a {
                *data = 1;
            }
        });
        vec![aligned, whole, one]
    }

    fn reaches(&self, point: Point) -> bool {
        use Point::{AddressFirst, DataFirst, HeldUp, PastRead, PastWrite, Together};
        let channels = [
            AddressFirst,
            DataFirst,
            HeldUp,
            PastRead,
            PastWrite,
            Together,
        ];
        self.variant == Variant::AxiLite || !channels.contains(&point)
    }
}
