// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the host does, access by access.

use std::collections::VecDeque;
use std::ops::Range;

use hwgen_golden::command::{Code, Fault};
use hwgen_golden::regs::Refusal;

use super::device::Device;
use super::point::Point;
use super::scene::{Planned, Scene};
use super::store::CHANNEL_BYTES;
use super::task::{Event, Setup, Wait};

/// Cycles in which a stopped accelerator is watched.
const WATCHED: u64 = 60;
/// Bits of `IRQ_STATUS`.
const DONE: u32 = 1;
const ERROR: u32 = 2;
const EMPTY: u32 = 4;
/// Bits of `COMMAND`.
pub(super) const RESET_QUEUE: u32 = 1;
const CLEAR_ERROR: u32 = 4;
/// Bits of `STATUS`.
const IDLE: u32 = 1;

/// A step of the host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// Writes a register.
    Write(&'static str, u32),
    /// Reads a register, of which the bits of a mask have a value.
    Expect(&'static str, u32, u32),
    /// Reads a register until the bits of a mask have a value.
    Poll(&'static str, u32, u32),
    /// Reads a counter of 64 bits that has a value.
    Count(String, u64),
    /// Reads a counter of 64 bits.
    Hear(String),
    /// Reads code and address of the first error, which is one of these; none if there are none.
    Fault(Vec<Reported>),
    /// Writes a descriptor into its place, and marks its completion record.
    Fill(usize),
    /// Lets cycles pass.
    Pause(u64),
    /// Lets cycles pass in which nothing begins.
    Quiet(u64),
    /// Says that nothing is in flight, so that no port may have anything.
    Idle,
    /// Waits until the interrupt is high or low.
    Irq(bool),
    /// Waits for the completion records of commands before this one.
    Ended(usize),
    /// Waits for the interrupts of commands, of which these are the ones with a record.
    Interrupts(Vec<usize>),
    /// Looks how far the queue has come and empties it.
    Flush,
    /// Notes that the doorbell of these commands is about to be rung.
    Ring(Range<usize>),
    /// Compares what these commands wrote.
    Verify(Range<usize>),
    /// Counts a situation.
    Seen(Point),
    /// Goes on with the next commands.
    Next,
}

/// An error as the registers may have it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Reported {
    pub(super) code: u8,
    /// Address, and how many bytes before it a burst may begin that has the same response.
    pub(super) address: u64,
    pub(super) before: u64,
}

impl Reported {
    fn of(fault: &Fault) -> Self {
        let before = if fault.code == Code::Write { 4096 } else { 0 };
        Self {
            code: fault.code.value(),
            address: fault.address,
            before,
        }
    }

    fn refusal(refusal: Refusal) -> Self {
        Self {
            code: refusal.code() as u8,
            address: 0,
            before: 0,
        }
    }

    /// Tells whether the registers say this.
    pub(super) fn matches(&self, code: u8, address: u64) -> bool {
        let least = self.address.saturating_sub(self.before);
        self.code == code && (least..=self.address).contains(&address)
    }
}

/// Writes a number of 64 bits into two registers.
fn pair(steps: &mut VecDeque<Step>, names: [&'static str; 2], value: u64) {
    steps.push_back(Step::Write(names[0], value as u32));
    steps.push_back(Step::Write(names[1], (value >> 32) as u32));
}

/// Writes the address of the ring.
fn base(steps: &mut VecDeque<Step>, address: u64) {
    pair(steps, ["RING_BASE_LO", "RING_BASE_HI"], address);
}

/// Sets the accelerator up after a reset.
pub(super) fn set_up(device: &Device, scene: &Scene, setup: &Setup) -> VecDeque<Step> {
    let mut steps = VecDeque::new();
    let numbers = [
        ("D_HEAD", device.core.d_head),
        ("MAX_TOKENS", device.core.max_tokens),
        ("CHANNELS", device.reader.memory.channels),
        ("IO_W", device.io_w),
    ];
    for (name, value) in numbers {
        steps.push_back(Step::Expect(name, u32::MAX, value));
    }
    steps.push_back(Step::Expect("STATUS", IDLE, IDLE));
    base(&mut steps, scene.ring);
    steps.push_back(Step::Write("RING_SIZE", scene.size));
    let (prot, cache) = setup.attributes;
    steps.push_back(Step::Write("AXI_ATTR", prot | cache << 4));
    let stride = ["CHANNEL_STRIDE_LO", "CHANNEL_STRIDE_HI"];
    pair(&mut steps, stride, CHANNEL_BYTES);
    pair(
        &mut steps,
        ["WINDOW_BASE_LO", "WINDOW_BASE_HI"],
        scene.window.base,
    );
    pair(
        &mut steps,
        ["WINDOW_END_LO", "WINDOW_END_HI"],
        scene.window.end,
    );
    let enabled = match setup.wait {
        Wait::Interrupt => DONE,
        _ => DONE | ERROR | EMPTY,
    };
    steps.push_back(Step::Write("IRQ_ENABLE", enabled));
    steps.push_back(Step::Write("CONTROL", 1));
    steps.push_back(Step::Next);
    steps
}

/// What a batch of commands is, and where it goes in the ring.
#[derive(Debug, Clone)]
pub(super) struct Batch {
    /// The commands.
    pub(super) tasks: Range<usize>,
    /// Index of the first one in the ring.
    pub(super) position: u32,
    /// What happens before them or meanwhile.
    pub(super) event: Option<Event>,
}

impl Batch {
    /// Returns the index behind the last one.
    pub(super) fn tail(&self, size: u32) -> u32 {
        (self.position + self.tasks.len() as u32) % size
    }
}

/// Lists what the host does for a batch.
pub(super) fn play(scene: &Scene, setup: &Setup, batch: &Batch) -> VecDeque<Step> {
    let mut steps = VecDeque::new();
    if let Some(event) = batch.event {
        before(&mut steps, scene, batch, event);
    }
    let tail = batch.tail(scene.size);
    steps.extend(batch.tasks.clone().map(Step::Fill));
    steps.push_back(Step::Ring(batch.tasks.clone()));
    steps.push_back(Step::Write("RING_TAIL", tail));
    match batch.event {
        Some(Event::Stop(after)) => {
            steps.push_back(Step::Pause(after.into()));
            steps.push_back(Step::Write("CONTROL", 0));
            steps.push_back(Step::Poll("STATUS", IDLE, IDLE));
            steps.extend([Step::Idle, Step::Quiet(WATCHED)]);
            steps.push_back(Step::Seen(Point::StoppedMidway));
            steps.push_back(Step::Write("CONTROL", 1));
        }
        Some(Event::Flush(after)) => {
            steps.push_back(Step::Pause(after.into()));
            steps.push_back(Step::Write("CONTROL", 0));
            steps.push_back(Step::Poll("STATUS", IDLE, IDLE));
            steps.extend([Step::Idle, Step::Quiet(WATCHED)]);
            steps.extend([Step::Seen(Point::Flushed), Step::Flush]);
            return steps;
        }
        _ => {}
    }
    wait(&mut steps, scene, setup, batch);
    steps.extend(check(scene, setup, batch));
    steps
}

/// Does what is wrong before a batch.
fn before(steps: &mut VecDeque<Step>, scene: &Scene, batch: &Batch, event: Event) {
    let next = (batch.position + 1) % scene.size;
    let seen = match event {
        Event::Stopped => Point::Stopped,
        Event::Tail(_) => Point::BeyondRing,
        Event::Base(_) => Point::RingMisaligned,
        Event::Stop(_) | Event::Flush(_) => return,
    };
    steps.push_back(Step::Seen(seen));
    let error = match event {
        Event::Stopped => {
            steps.push_back(Step::Write("CONTROL", 0));
            steps.push_back(Step::Write("RING_TAIL", next));
            steps.push_back(Step::Quiet(WATCHED));
            steps.push_back(Step::Write("CONTROL", 1));
            Reported::refusal(Refusal::DoorbellStopped)
        }
        Event::Tail(beyond) => {
            let most = u32::from(u16::MAX);
            let tail = scene.size.saturating_add(beyond).min(most);
            steps.push_back(Step::Write("RING_TAIL", tail));
            steps.push_back(Step::Quiet(WATCHED));
            Reported::refusal(Refusal::TailRange)
        }
        Event::Base(late) => {
            let wrong = scene.ring + u64::from(late % 63 + 1);
            steps.push_back(Step::Write("CONTROL", 0));
            steps.push_back(Step::Write("COMMAND", RESET_QUEUE));
            steps.push_back(Step::Poll("RING_HEAD", u32::MAX, 0));
            base(steps, wrong);
            steps.push_back(Step::Write("CONTROL", 1));
            steps.push_back(Step::Write("RING_TAIL", next));
            steps.push_back(Step::Poll("IRQ_STATUS", ERROR, ERROR));
            steps.push_back(Step::Quiet(WATCHED));
            steps.push_back(Step::Write("CONTROL", 0));
            steps.push_back(Step::Write("COMMAND", RESET_QUEUE));
            steps.push_back(Step::Poll("RING_HEAD", u32::MAX, 0));
            base(steps, scene.ring);
            steps.push_back(Step::Write("CONTROL", 1));
            Reported {
                code: Code::RingBase.value(),
                address: wrong,
                before: 0,
            }
        }
        Event::Stop(_) | Event::Flush(_) => return,
    };
    steps.push_back(Step::Expect("IRQ_STATUS", DONE | ERROR, ERROR));
    steps.push_back(Step::Fault(vec![error]));
    steps.push_back(Step::Write("COMMAND", CLEAR_ERROR));
    steps.push_back(Step::Write("IRQ_STATUS", DONE | ERROR | EMPTY));
    steps.push_back(Step::Pause(3));
    steps.push_back(Step::Fault(Vec::new()));
    steps.push_back(Step::Irq(false));
}

/// Waits until the commands of a batch have ended.
fn wait(steps: &mut VecDeque<Step>, scene: &Scene, setup: &Setup, batch: &Batch) {
    let planned = &scene.planned;
    let interrupts = |&i: &usize| {
        let outcome = &planned[i].outcome;
        outcome.interrupt && outcome.record.is_some()
    };
    match setup.wait {
        Wait::Poll => {}
        Wait::Memory => steps.push_back(Step::Ended(batch.tasks.end)),
        Wait::Interrupt => {
            let all: Vec<usize> = batch.tasks.clone().filter(interrupts).collect();
            if !all.is_empty() {
                steps.push_back(Step::Interrupts(all));
            }
        }
    }
    steps.push_back(Step::Poll("RING_HEAD", u32::MAX, batch.tail(scene.size)));
    steps.push_back(Step::Poll("STATUS", IDLE, IDLE));
    steps.extend([Step::Idle, Step::Ended(batch.tasks.end)]);
    steps.push_back(Step::Verify(batch.tasks.clone()));
}

/// Compares what the registers say after a batch, and clears it.
pub(super) fn check(scene: &Scene, setup: &Setup, batch: &Batch) -> Vec<Step> {
    let bytes = hwgen_golden::command::DESCRIPTOR as u64;
    let all = || {
        let places = (0..).map(|i: u32| (batch.position + i) % scene.size);
        let slots = places.map(move |place| scene.ring + bytes * u64::from(place));
        batch.tasks.clone().map(|i| &scene.planned[i]).zip(slots)
    };
    let vector = |p: &Planned| p.outcome.faults.iter().any(|f| f.code == Code::Vector);
    let shared = all().any(|(p, _)| vector(p));
    let faults = reported(all(), shared);
    let done = all().any(|(p, _)| p.outcome.interrupt);
    let mut mask = ERROR | EMPTY;
    if setup.wait != Wait::Interrupt {
        mask |= DONE;
    }
    let mut status = EMPTY;
    status |= if done { DONE } else { 0 };
    status |= if faults.is_empty() { 0 } else { ERROR };
    let mut steps = vec![
        Step::Expect("IRQ_STATUS", mask, status & mask),
        Step::Fault(faults.clone()),
        Step::Write("IRQ_STATUS", DONE | ERROR | EMPTY),
    ];
    if !faults.is_empty() {
        steps.push(Step::Write("COMMAND", CLEAR_ERROR));
        steps.push(Step::Pause(3));
        steps.push(Step::Fault(Vec::new()));
    }
    steps.push(Step::Pause(3));
    steps.extend([Step::Irq(false), Step::Next]);
    steps
}

/// Lists what may be the first error of commands in their order: what is wrong with one comes before
/// what is wrong with its record. Where errors under vectors are `shared` by the commands, any of them
/// may have one's.
fn reported<'a>(all: impl Iterator<Item = (&'a Planned, u64)>, shared: bool) -> Vec<Reported> {
    let mut out = Vec::new();
    for (planned, slot) in all {
        if shared && planned.may_share() {
            out.extend(planned.near.iter().map(Reported::of));
        }
        let own = planned.reported(slot);
        let faults = if own.is_empty() {
            &planned.outcome.late
        } else {
            &own
        };
        if !faults.is_empty() {
            out.extend(faults.iter().map(Reported::of));
            return out;
        }
    }
    out
}
