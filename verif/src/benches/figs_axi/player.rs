// SPDX-License-Identifier: MIT OR Apache-2.0
//! Plays products on the array on AXI4.

use hwgen_golden::command::Code;
use hwgen_golden::figs_axi::{BURST, FigsAxiParams};
use hwgen_golden::regs::Table;
use hwgen_sim::dut::{Dut, Out};

use super::case::{Case, Flaw, Setup};
use super::lite::{Access, Lite};
use super::point::Point;
use super::scene::Scene;
use crate::kit::{Io, Player, Run, Stall, output, same};
use crate::memory::{AxiRead, AxiWrite, Rules};
use crate::report::Fault;

/// Cycles without progress that no array needs: a tile of the most tokens and its outputs.
const PATIENCE: u64 = 20_000;
/// Cycles watched at the end.
const REST: u64 = 40;

/// What software does next.
#[derive(Debug, Clone, Copy)]
enum Step {
    /// Writes a register.
    Write(u32, u32),
    /// Reads a register until these bits are set.
    Until(u32, u32),
    /// Reads a register, which must have this value.
    Equals(u32, &'static str, u32),
}

/// Plays products on the array on AXI4.
pub(crate) struct FigsAxiPlayer {
    params: FigsAxiParams,
    setup: Setup,
    items: Vec<Case>,
    stall: Stall,
    scene: Scene,
    lite: Lite,
    read: AxiRead,
    write: AxiWrite,
    irq: Out,
    script: Vec<Step>,
    at: usize,
    /// Whether the interrupt must be high at the end.
    raised: bool,
    /// Whether software has finished.
    over: bool,
}

impl FigsAxiPlayer {
    pub(super) fn new(dut: &Dut, params: &FigsAxiParams, run: &Run<Case, Setup>) -> Self {
        let setup = &run.setup;
        let scene = Scene::new(params, &run.items, setup, run.seed);
        let rules = Rules {
            attributes: Some(setup.attributes),
            ..Rules::new(params.beat(), BURST)
        };
        let (read, write) = (setup.read.clone(), setup.write.clone());
        let (script, raised) = script(params, setup, &scene);
        Self {
            params: params.clone(),
            setup: setup.clone(),
            items: run.items.clone(),
            stall: run.stalls[0],
            scene,
            lite: Lite::find(dut),
            read: AxiRead::find(dut, "io", 0, 1, rules, read),
            write: AxiWrite::find(dut, "io", 0, 1, rules, write),
            irq: output(dut, "irq_o"),
            script,
            at: 0,
            raised,
            over: false,
        }
    }

    fn count(&self, io: &mut Io<Point>) {
        let figs = &self.params.figs;
        for (case, command) in self.items.iter().zip(&self.scene.commands) {
            let code = command.answer.code;
            let fine = code == 0;
            let is = |of: Code| code == of.value();
            io.count(Point::Product, fine);
            io.count(Point::Blocks, fine && command.tiles > 4);
            io.count(Point::Chain, fine && case.inputs > figs.rows);
            io.count(Point::Single, fine && case.inputs <= figs.rows);
            io.count(Point::Full, fine && case.tokens == figs.max_t.min(64));
            io.count(Point::Sparse, fine && 1 << case.log_n < figs.group);
            io.count(Point::UnknownOp, is(Code::UnknownOp));
            io.count(Point::Reserved, is(Code::Reserved));
            io.count(Point::Alignment, is(Code::Alignment));
            io.count(Point::Queries, is(Code::Queries));
            io.count(Point::List, is(Code::List));
            io.count(Point::Pattern, is(Code::Pattern));
            io.count(Point::Completion, is(Code::Completion));
            let outside = is(Code::Window);
            let listed = case.flaw == Flaw::Outside(0);
            io.count(Point::ListOutside, outside && listed);
            io.count(Point::Outside, outside && !listed);
            io.count(Point::Fetch, is(Code::Fetch));
            io.count(Point::Read, is(Code::Read));
            io.count(Point::Write, is(Code::Write));
        }
        io.count(Point::Interrupt, self.raised);
    }

    /// Compares everything that may have been written.
    fn compare(&self) -> Result<(), Fault> {
        let space = &self.scene.memory.space;
        for written in &self.scene.written {
            let got = space.bytes(written.base, written.bytes.len() as u64);
            let at = written.bytes.iter().zip(&got).position(|(w, g)| w != g);
            if let Some(at) = at {
                let field = format!("byte at {:#x}", written.base + at as u64);
                return Err(Fault::new(field, written.bytes[at], got[at]));
            }
        }
        for (index, command) in (0_u32..).zip(&self.scene.commands) {
            if command.record == 0 {
                continue;
            }
            let Some(record) = self.scene.record(command) else {
                let field = format!("record of command {index}");
                return Err(Fault::new(field, "one", "none"));
            };
            let d = &command.descriptor;
            let tag = u32::from_le_bytes([d[4], d[5], d[6], d[7]]);
            for (field, want, got) in [
                ("tag", tag, record.tag),
                (
                    "code",
                    command.answer.code.into(),
                    record.code.value().into(),
                ),
                ("op", d[0].into(), record.op.into()),
                ("index", index, record.index.into()),
                ("count", command.answer.count, record.count),
            ] {
                let field = format!("{field} of record {index}");
                same(field, 32, want.into(), got.into())?;
            }
        }
        Ok(())
    }
}

/// Writes the script of software, and says whether the interrupt is raised at its end.
fn script(params: &FigsAxiParams, setup: &Setup, scene: &Scene) -> (Vec<Step>, bool) {
    let table = Table::of(&params.regs());
    let offset = |name: &str| {
        let register = table.named(name);
        register
            .unwrap_or_else(|| panic!("no register {name}"))
            .offset
    };
    let mut steps = Vec::new();
    let place = &scene.place;
    for (name, value) in [
        ("RING_BASE", place.base),
        ("WINDOW_BASE", place.window.base),
        ("WINDOW_END", place.window.end),
    ] {
        steps.push(Step::Write(offset(&format!("{name}_LO")), value as u32));
        steps.push(Step::Write(
            offset(&format!("{name}_HI")),
            (value >> 32) as u32,
        ));
    }
    let (prot, cache) = setup.attributes;
    let count = scene.commands.len() as u32;
    for (name, value) in [
        ("RING_SIZE", u32::from(place.size)),
        ("AXI_ATTR", prot | cache << 4),
        ("IRQ_ENABLE", 0b011),
        ("CONTROL", 1),
    ] {
        steps.push(Step::Write(offset(name), value));
    }
    let tail = offset("RING_TAIL");
    if setup.one_by_one {
        steps.extend((1..=count).map(|index| Step::Write(tail, index)));
    } else {
        steps.push(Step::Write(tail, count));
    }
    // Idle, and an empty ring.
    steps.push(Step::Until(offset("STATUS"), 0b1001));
    let (code, address) = scene.errors.first().copied().unwrap_or_default();
    let asked = scene.commands.iter().any(|command| command.interrupt);
    let failed = !scene.errors.is_empty();
    let events = u32::from(asked) | u32::from(failed) << 1 | 0b100;
    for (name, value) in [
        ("RING_HEAD", count),
        ("ERROR_CODE", code.into()),
        ("ERROR_ADDR_LO", address as u32),
        ("ERROR_ADDR_HI", (address >> 32) as u32),
        ("IRQ_STATUS", events),
    ] {
        steps.push(Step::Equals(offset(name), name, value));
    }
    (steps, asked || failed)
}

impl Player for FigsAxiPlayer {
    type Point = Point;

    fn patience(&self) -> u64 {
        let memory = self.setup.read.patience() + self.setup.write.patience();
        PATIENCE + 8 * self.stall.longest() + 4 * memory
    }

    fn rest(&self) -> u64 {
        REST
    }

    fn begin(&mut self, io: &mut Io<Point>) {
        self.count(io);
    }

    fn quiet(&mut self, io: &mut Io<Point>) {
        self.lite.quiet(io);
        self.read.quiet(io);
        self.write.quiet(io);
    }

    fn drive(&mut self, io: &mut Io<Point>) -> bool {
        if self.lite.is_free() && !self.over {
            match self.script[self.at] {
                Step::Write(offset, value) => self.lite.begin(Access::Write(offset, value)),
                Step::Until(offset, _) | Step::Equals(offset, ..) => {
                    self.lite.begin(Access::Read(offset));
                }
            }
        }
        self.lite.drive(io, &self.stall);
        self.read.drive(io, &mut self.scene.memory);
        self.write.drive(io, &mut self.scene.memory);
        false
    }

    fn check(&mut self, io: &mut Io<Point>) -> Result<bool, Fault> {
        let mut moved = self.read.check(io, &mut self.scene.memory)?;
        moved |= self.write.check(io, &mut self.scene.memory)?;
        if let Some(data) = self.lite.check(io)? {
            let there = match self.script[self.at] {
                Step::Write(..) => true,
                Step::Until(_, bits) => data & bits == bits,
                Step::Equals(_, name, wanted) => {
                    same(name, 32, wanted.into(), data.into())?;
                    true
                }
            };
            self.at += usize::from(there);
            // Software that polls is no progress.
            moved |= there;
            self.over = self.at == self.script.len();
        }
        Ok(moved)
    }

    fn done(&self) -> bool {
        self.over
    }

    /// Begins with the first register again.
    fn restart(&mut self, io: &mut Io<Point>) {
        let busy = self.read.in_flight() + self.write.in_flight() > 0;
        io.count(Point::Reset, busy);
        self.at = 0;
        self.over = false;
        self.scene.begin();
    }

    fn under_way(&self) -> usize {
        let commands = self.scene.commands.iter();
        commands
            .take_while(|c| c.record != 0 && self.scene.record(c).is_some())
            .count()
    }

    fn missing(&self) -> (&'static str, &'static str) {
        ("irq_o", "the end of all commands")
    }

    fn finish(&mut self, io: &mut Io<Point>) -> Result<(), Fault> {
        same("irq_o", 1, self.raised.into(), io.get(self.irq))?;
        if !self.read.idle() || !self.write.idle() {
            return Err(Fault::new("io", "no burst in flight at the end", "some"));
        }
        self.compare()
    }
}
