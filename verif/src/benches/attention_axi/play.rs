// SPDX-License-Identifier: MIT OR Apache-2.0
//! Plays commands on an accelerator: the host on its registers, and the memory behind its ports.

use std::collections::VecDeque;
use std::ops::Range;

use hwgen_golden::accelerator::Write;
use hwgen_golden::command::{COMPLETION, Code, DESCRIPTOR};

use super::check;
use super::device::Device;
use super::lite::{Access, Answer, LiteMaster};
use super::measured::Measured;
use super::point::{Point, count};
use super::scene::{Scene, UNWRITTEN, fill_all};
use super::script::{self, Batch, Reported, Step};
use super::store::{memory, of_port};
use super::task::{Event, Setup};
use crate::kit::{Io, Player, Stall, output, same};
use crate::memory::{AxiRead, AxiWrite, Behaviour, Memory, Rules};
use crate::report::Fault;
use hwgen_sim::dut::{Dut, Out};

/// Cycles without progress that no accelerator needs, beside those that its size needs.
const PATIENCE: u64 = 4_000;
/// Cycles watched after the last command.
const REST: u64 = 100;

/// What the host waits for in the middle of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wait {
    /// The answer to an access.
    Answer,
    /// A cycle; bursts that had begun when it began to wait.
    Cycle(u64, Option<u64>),
}

/// Plays commands on an accelerator.
#[expect(
    clippy::struct_excessive_bools,
    reason = "they are independent of one another"
)]
pub(crate) struct AxiPlayer<'a> {
    pub(super) device: &'a Device,
    pub(super) scene: Scene,
    pub(super) setup: Setup,
    pub(super) memory: Memory,
    mem: Vec<AxiRead>,
    read: AxiRead,
    write: AxiWrite,
    lite: LiteMaster,
    irq: Out,
    events: Vec<Option<Event>>,
    /// Whether a reset has to begin with the first command again.
    leans: bool,
    steps: VecDeque<Step>,
    wait: Option<Wait>,
    /// Registers read so far for a step that reads several.
    heard: Vec<u32>,
    /// The batch under way, and the first command behind it.
    batch: Option<Batch>,
    next: usize,
    /// Index of the next descriptor in the ring.
    position: u32,
    /// Where each command lies in the ring.
    pub(super) slots: Vec<u32>,
    /// Commands whose records have been seen.
    ended: Vec<bool>,
    /// Commands that have been compared.
    verified: usize,
    /// Whether counters have counted everything.
    counted: bool,
    finished: bool,
    patience: u64,
    /// Whether the last access made no progress: it was asked again.
    polling: bool,
    /// Seed of what nobody has written.
    pub(super) seed: u64,
    /// What was measured.
    pub(super) measured: Measured,
}

impl<'a> AxiPlayer<'a> {
    /// Prepares to play the commands of `scene`; `leans` if a reset has to begin at the first one.
    pub(super) fn new(
        device: &'a Device,
        dut: &Dut,
        scene: Scene,
        setup: &Setup,
        stalls: &[Stall],
        events: Vec<Option<Event>>,
        (leans, seed): (bool, u64),
    ) -> Self {
        let p = &device.reader;
        let channels = p.memory.channels;
        let behaviours = setup.behaviours(&scene.failing);
        let attributes = Some(setup.attributes);
        let rules = Rules {
            attributes,
            ..Rules::of_vectors(&p.memory)
        };
        let others = Rules {
            attributes,
            ..Rules::new(device.io_bytes(), 256)
        };
        let mem = |c| {
            let behaviour = of_port(&behaviours[0], u64::from(c) + 2);
            AxiRead::find(dut, "mem", c, channels, rules, behaviour)
        };
        let mut store = memory(setup.memory, channels, &scene.ranges, seed);
        fill_all(&mut store, &scene);
        let rows = u64::from(device.core.max_rows() * device.core.fold());
        let slow: u64 = behaviours.iter().map(Behaviour::patience).sum();
        let bus: u64 = stalls.iter().map(Stall::longest).sum();
        let count = scene.planned.len();
        Self {
            memory: store,
            mem: (0..channels).map(mem).collect(),
            read: AxiRead::find(dut, "io", 0, 1, others, of_port(&behaviours[1], 0)),
            write: AxiWrite::find(dut, "io", 0, 1, others, of_port(&behaviours[1], 1)),
            lite: LiteMaster::find(dut, stalls),
            irq: output(dut, "irq_o"),
            steps: script::set_up(device, &scene, setup),
            wait: None,
            heard: Vec::new(),
            batch: None,
            next: 0,
            position: 0,
            slots: vec![0; count],
            ended: vec![false; count],
            verified: 0,
            counted: true,
            finished: false,
            patience: PATIENCE + 64 * rows + 8 * slow + bus,
            polling: false,
            seed,
            measured: Measured::new(count),
            device,
            scene,
            setup: setup.clone(),
            events,
            leans,
        }
    }

    /// Returns the bursts that have begun on all ports.
    fn bursts(&self) -> u64 {
        let mem = self.mem.iter().map(|port| port.counts().bursts);
        mem.sum::<u64>() + self.read.counts().bursts + self.write.counts().bursts
    }

    fn slot(&self, place: u32) -> u64 {
        self.scene.ring + u64::from(place) * DESCRIPTOR as u64
    }

    /// Goes through the steps of the host until one has to wait.
    fn go_on(&mut self, io: &mut Io<Point>) -> Result<bool, Fault> {
        let mut moved = false;
        while self.wait.is_none() {
            let Some(step) = self.steps.front().cloned() else {
                return Ok(moved);
            };
            if !self.begin_step(io, &step)? {
                return Ok(moved);
            }
            if self.wait.is_none() {
                self.steps.pop_front();
            }
            moved |= !self.polling;
        }
        Ok(moved)
    }

    /// Begins a step; false if it cannot begin yet.
    fn begin_step(&mut self, io: &mut Io<Point>, step: &Step) -> Result<bool, Fault> {
        let cycle = io.cycle();
        match step {
            Step::Write(name, value) => {
                let offset = self.device.register(name);
                self.lite.begin(Access::Write(offset, *value));
                self.wait = Some(Wait::Answer);
            }
            Step::Expect(name, ..) | Step::Poll(name, ..) => self.ask(name),
            Step::Count(name, _) | Step::Hear(name) => self.ask(&format!("{name}_LO")),
            Step::Fault(_) => self.ask("ERROR_CODE"),
            Step::Flush => self.ask("RING_HEAD"),
            Step::Fill(task) => self.fill_slot(*task),
            Step::Pause(cycles) => self.wait = Some(Wait::Cycle(cycle + cycles, None)),
            Step::Quiet(cycles) => {
                self.wait = Some(Wait::Cycle(cycle + cycles, Some(self.bursts())));
            }
            Step::Idle => self.check_idle()?,
            Step::Irq(level) => {
                if io.is(self.irq) != *level {
                    let got = u64::from(!level);
                    same("irq_o", 1, u64::from(*level), got)?;
                }
            }
            Step::Ended(before) => {
                let waits =
                    |i: &usize| self.scene.planned[*i].outcome.record.is_some() && !self.ended[*i];
                if (0..*before).any(|i| waits(&i)) {
                    return Ok(false);
                }
            }
            Step::Interrupts(_) => {
                if !io.is(self.irq) {
                    return Ok(false);
                }
                io.count(Point::Interrupt, true);
                let offset = self.device.register("IRQ_STATUS");
                self.lite.begin(Access::Write(offset, 1));
                self.wait = Some(Wait::Answer);
            }
            Step::Ring(tasks) => {
                let here = tasks.clone();
                self.measured.rung[here].fill(io.cycle());
            }
            Step::Verify(tasks) => self.verify(io, tasks.clone())?,
            Step::Seen(point) => io.count(*point, true),
            Step::Next => self.next_batch(),
        }
        Ok(true)
    }

    fn ask(&mut self, name: &str) {
        let offset = self.device.register(name);
        self.lite.begin(Access::Read(offset));
        self.wait = Some(Wait::Answer);
    }

    /// Takes the answer to an access; says whether the host has come further.
    fn answered(&mut self, answer: Answer) -> Result<bool, Fault> {
        self.wait = None;
        let Some(step) = self.steps.front().cloned() else {
            return Ok(true);
        };
        self.polling = false;
        match &step {
            Step::Expect(name, mask, value) => {
                same(name, 32, u64::from(*value), u64::from(answer.data & mask))?;
            }
            Step::Poll(_, mask, value) if answer.data & mask != *value => {
                self.polling = true;
                return Ok(false);
            }
            Step::Interrupts(tasks) if tasks.iter().any(|&i| !self.ended[i]) => {
                return Ok(true);
            }
            Step::Count(name, _) | Step::Hear(name) => {
                self.heard.push(answer.data);
                if self.heard.len() < 2 {
                    self.ask(&format!("{name}_HI"));
                    return Ok(true);
                }
                let got = u64::from(self.heard[0]) | u64::from(self.heard[1]) << 32;
                self.heard.clear();
                self.measured.registers.insert(name.clone(), got);
                if let Step::Count(_, value) = &step {
                    same(name, 64, *value, got)?;
                }
            }
            Step::Fault(allowed) => {
                self.heard.push(answer.data);
                if self.heard.len() < 3 {
                    self.ask(["ERROR_ADDR_LO", "ERROR_ADDR_HI"][self.heard.len() - 1]);
                    return Ok(true);
                }
                let address = u64::from(self.heard[1]) | u64::from(self.heard[2]) << 32;
                let code = self.heard[0] as u8;
                self.heard.clear();
                judge(allowed, code, address)?;
            }
            Step::Flush => self.flushed(answer.data),
            _ => {}
        }
        self.steps.pop_front();
        Ok(true)
    }

    /// Writes a descriptor into the ring.
    fn fill_slot(&mut self, task: usize) {
        let Some(batch) = &self.batch else { return };
        let place = (batch.position + (task - batch.tasks.start) as u32) % self.scene.size;
        self.slots[task] = place;
        let at = self.slot(place);
        let planned = &self.scene.planned[task];
        self.memory.space.fill(at, &planned.descriptor);
        if let Some(address) = planned.outcome.completion {
            self.memory.space.fill(address, &[UNWRITTEN; COMPLETION]);
        }
    }

    fn next_batch(&mut self) {
        if let Some(batch) = self.batch.take() {
            self.next = batch.tasks.end;
            self.position = batch.tail(self.scene.size);
        }
        let all = self.scene.planned.len();
        if self.next == all {
            if self.counted {
                self.steps.extend(self.counters());
            }
            self.counted = false;
            return;
        }
        let most = self.setup.batch.clamp(1, self.scene.size - 1) as usize;
        let last = (self.next + most).min(all);
        let event = |i: &usize| self.events[*i].is_some();
        let end = (self.next + 1..last).find(event).unwrap_or(last);
        let event = self.events[self.next];
        if matches!(event, Some(Event::Base(_))) {
            self.position = 0;
        }
        let batch = Batch {
            tasks: self.next..end,
            position: self.position,
            event,
        };
        self.steps
            .extend(script::play(&self.scene, &self.setup, &batch));
        self.batch = Some(batch);
    }

    /// Lists the counters, whose values are known where there was no reset.
    fn counters(&self) -> Vec<Step> {
        let mut sums = [[0; 3]; 2];
        for planned in &self.scene.planned {
            let shape = self.device.model(self.scene.window).shape;
            let bytes = planned.outcome.read.bytes(&shape);
            for (sums, bytes) in sums.iter_mut().zip(bytes) {
                sums.iter_mut().zip(bytes).for_each(|(s, b)| *s += b);
            }
        }
        let p = &self.device.reader;
        let mut steps = Vec::new();
        for (kind, name) in [(false, "K"), (true, "V")] {
            let planes = p.planes(kind).len();
            for (plane, &value) in sums[usize::from(kind)].iter().enumerate().take(planes) {
                steps.push(Step::Count(format!("{name}_BYTES{plane}"), value));
            }
        }
        let others = check::COUNTERS.map(|name| Step::Hear(name.to_owned()));
        steps.extend(others);
        steps
    }

    /// Empties the queue: what was not fetched is rung for again.
    fn flushed(&mut self, head: u32) {
        let Some(batch) = self.batch.clone() else {
            return;
        };
        let size = self.scene.size;
        let fetched = (head + size - batch.position % size) % size;
        let end = (batch.tasks.start + fetched as usize).min(batch.tasks.end);
        let done = Batch {
            tasks: batch.tasks.start..end,
            ..batch
        };
        self.steps.clear();
        // The step itself, which is taken away behind this.
        self.steps.push_back(Step::Flush);
        self.steps.extend([
            Step::Ended(end),
            Step::Verify(done.tasks.clone()),
            Step::Write("COMMAND", script::RESET_QUEUE),
            Step::Poll("RING_HEAD", u32::MAX, 0),
            Step::Expect("RING_TAIL", u32::MAX, 0),
            Step::Write("CONTROL", 1),
        ]);
        let checks = script::check(&self.scene, &self.setup, &done);
        self.steps.extend(checks);
        self.events[batch.tasks.start] = None;
        // The ring begins anew.
        let behind = size - done.tail(size);
        self.batch = Some(Batch {
            position: (done.position + behind) % size,
            ..done
        });
    }

    /// Compares everything that commands wrote beside their records.
    fn verify(&mut self, io: &mut Io<Point>, tasks: Range<usize>) -> Result<(), Fault> {
        for task in tasks {
            self.compare(task)?;
            self.verified = self.verified.max(task + 1);
            count(io, &self.scene.planned[task]);
        }
        Ok(())
    }

    fn compare(&self, task: usize) -> Result<(), Fault> {
        let writes = &self.scene.planned[task].outcome.writes;
        for (number, write) in writes.iter().enumerate() {
            self.same_bytes(&format!("command {task}, row {number}"), write)?;
        }
        Ok(())
    }

    fn same_bytes(&self, name: &str, write: &Write) -> Result<(), Fault> {
        let got = self
            .memory
            .space
            .bytes(write.address, write.bytes.len() as u64);
        for (at, (&want, &got)) in write.bytes.iter().zip(&got).enumerate() {
            let unknown = write.cycles.is_some_and(|c| (c..c + 4).contains(&at));
            if !unknown && want != got {
                let address = write.address + at as u64;
                return same(
                    format_args!("{name}, byte {at} at {address:#x}"),
                    8,
                    want.into(),
                    got.into(),
                );
            }
        }
        Ok(())
    }

    /// Looks for the completion records of commands, which come in their order.
    fn look(&mut self, io: &mut Io<Point>) -> Result<bool, Fault> {
        let Some(batch) = self.batch.clone() else {
            return Ok(false);
        };
        let mut moved = false;
        for task in batch.tasks {
            let planned = &self.scene.planned[task];
            let Some(record) = planned.outcome.record.as_ref() else {
                continue;
            };
            if self.ended[task] {
                continue;
            }
            let address = record.address;
            if self.memory.space.bytes(address + 4, 1) == [UNWRITTEN] {
                break;
            }
            let mut wanted = record.clone();
            let place = (self.slots[task] as u16).to_le_bytes();
            wanted.bytes[6..8].copy_from_slice(&place);
            let shared = Code::Vector.value();
            if planned.may_share() && self.memory.space.bytes(address + 4, 1) == [shared] {
                wanted.bytes[4] = shared;
            }
            self.same_bytes(&format!("command {task}, completion record"), &wanted)?;
            self.compare(task)?;
            self.ended[task] = true;
            self.measured.ended[task] = io.clocked();
            moved = true;
        }
        Ok(moved)
    }

    fn check_idle(&self) -> Result<(), Fault> {
        let reads = self.mem.iter().chain([&self.read]).all(AxiRead::idle);
        if reads && self.write.idle() {
            return Ok(());
        }
        Err(Fault::new(
            "STATUS.IDLE",
            "0",
            "1, and bursts are in flight",
        ))
    }
}

/// Judges what the registers say of an error.
fn judge(allowed: &[Reported], code: u8, address: u64) -> Result<(), Fault> {
    let fine = match allowed {
        [] => code == 0,
        all => all.iter().any(|one| one.matches(code, address)),
    };
    if fine {
        return Ok(());
    }
    let say = |code: u8, address: u64| format!("code {code} at {address:#x}");
    let wanted = allowed.first().map_or("none".to_owned(), |one| {
        let more = allowed.len() - 1;
        let others = if more == 0 {
            String::new()
        } else {
            format!(" or one of {more} more")
        };
        say(one.code, one.address) + &others
    });
    Err(Fault::new("ERROR_CODE", wanted, say(code, address)))
}

impl Player for AxiPlayer<'_> {
    type Point = Point;

    fn patience(&self) -> u64 {
        self.patience
    }

    fn rest(&self) -> u64 {
        REST
    }

    fn quiet(&mut self, io: &mut Io<Point>) {
        self.lite.quiet(io);
        self.mem.iter_mut().for_each(|port| port.quiet(io));
        self.read.quiet(io);
        self.write.quiet(io);
    }

    fn drive(&mut self, io: &mut Io<Point>) -> bool {
        self.lite.drive(io);
        for port in &mut self.mem {
            port.drive(io, &mut self.memory);
        }
        self.read.drive(io, &mut self.memory);
        self.write.drive(io, &mut self.memory);
        false
    }

    fn check(&mut self, io: &mut Io<Point>) -> Result<bool, Fault> {
        let mut moved = false;
        for port in &mut self.mem {
            moved |= port.check(io, &mut self.memory)?;
        }
        moved |= self.read.check(io, &mut self.memory)?;
        let wrote = self.write.check(io, &mut self.memory)?;
        if wrote {
            moved = true;
            self.look(io)?;
        }
        if let Some(answer) = self.lite.check(io)? {
            moved |= self.answered(answer)?;
        }
        if let Some(Wait::Cycle(due, begun)) = self.wait
            && io.cycle() >= due
        {
            if let Some(more) = begun
                .map(|begun| self.bursts() - begun)
                .filter(|&more| more > 0)
            {
                let got = format!("{more} bursts");
                return Err(Fault::new("a stopped accelerator", "no burst", got));
            }
            self.wait = None;
            self.steps.pop_front();
            moved = true;
        }
        if self.lite.is_free() {
            moved |= self.go_on(io)?;
        }
        let over = self.steps.is_empty() && self.next == self.scene.planned.len();
        if over && !self.finished {
            self.finished = true;
            self.measured.finish(&self.mem, &self.read, &self.write);
        }
        Ok(moved)
    }

    fn done(&self) -> bool {
        self.finished
    }

    fn may_reset(&self) -> bool {
        !self.finished
    }

    /// Goes back to the first command that has not been compared, or to the very first one where
    /// lists or sums are gone.
    fn restart(&mut self, io: &mut Io<Point>) {
        let busy = self.batch.is_some() && self.check_idle().is_err();
        io.count(Point::Reset, busy);
        self.next = if self.leans { 0 } else { self.verified };
        self.verified = self.next;
        self.position = 0;
        self.batch = None;
        self.wait = None;
        self.heard.clear();
        self.ended[self.next..].fill(false);
        self.counted = false;
        self.steps = script::set_up(self.device, &self.scene, &self.setup);
    }

    fn under_way(&self) -> usize {
        let first = self.ended.iter().position(|ended| !ended);
        first.unwrap_or(self.ended.len().saturating_sub(1))
    }

    fn missing(&self) -> (&'static str, &'static str) {
        if let Some(missing) = self.lite.missing().filter(|_| !self.polling) {
            return missing;
        }
        match self.steps.front() {
            Some(Step::Interrupts(_)) => ("irq_o", "an interrupt"),
            Some(Step::Poll(name, ..)) => (name, "another value"),
            _ => ("io_awvalid_o", "a completion record"),
        }
    }

    /// Compares all of memory that may be written with what the commands leave there.
    fn finish(&mut self, io: &mut Io<Point>) -> Result<(), Fault> {
        let overtakes = self.read.counts().overtakes + self.write.counts().overtakes;
        io.count(Point::Overtaken, overtakes > 0);
        io.count(Point::Dram, self.setup.memory.preset().is_some());
        let ports = [self.read.counts(), self.write.counts()];
        check::counters_are_right(self.device, &self.scene, ports, &self.measured.registers)?;
        let channels = self.device.reader.memory.channels;
        let wanted = memory(self.setup.memory, channels, &self.scene.ranges, self.seed);
        check::memory_is_right(&self.scene, &self.slots, wanted, &self.memory)
    }
}
