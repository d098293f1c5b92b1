// SPDX-License-Identifier: MIT OR Apache-2.0
//! Commands with everything that they name in memory, and what must come of them.

use hwgen_golden::accelerator::{Accelerator, Answers, Host, Image, Outcome, Range, Use};
use hwgen_golden::command::{COMPLETION, Code, DESCRIPTOR, Descriptor, Fault, Op};
use hwgen_golden::memory::PAGE;
use hwgen_golden::stream::Window;

use super::device::Device;
use super::place::{Caches, Placed};
use super::store::CHANNEL_BYTES;
use super::task::{Fail, Patch, Setup, Task};
use crate::memory::{Errors, Memory, Resp};

/// Bytes for everything but vectors.
const ROOM: u64 = 1 << 24;

/// What a completion record holds before it is written: no code is this.
pub(super) const UNWRITTEN: u8 = 0xff;

/// A command, and what must come of it.
#[derive(Debug, Clone)]
pub(super) struct Planned {
    /// Its bytes.
    pub(super) descriptor: [u8; DESCRIPTOR],
    /// Where the model found them.
    pub(super) at: u64,
    /// What comes of it.
    pub(super) outcome: Outcome,
    /// Operation and flags, where the descriptor is legal.
    pub(super) legal: Option<Descriptor>,
    /// Errors under plane vectors of commands that may be under way with it: nobody tells whose they
    /// are, so that it may end with their code.
    pub(super) near: Vec<Fault>,
}

impl Planned {
    /// Tells whether it may end with the code of an error under the vectors of another command.
    pub(super) fn may_share(&self) -> bool {
        let code = self.outcome.code();
        !self.near.is_empty() && (code == Code::Okay || code > Code::Vector)
    }

    /// Returns the faults that may be reported where the descriptor lies at `slot`.
    pub(super) fn reported(&self, slot: u64) -> Vec<Fault> {
        let moved = |fault: &Fault| {
            let inside = fault.address.checked_sub(self.at);
            let inside = inside.filter(|&far| far < DESCRIPTOR as u64);
            Fault {
                address: inside.map_or(fault.address, |far| slot + far),
                ..*fault
            }
        };
        self.outcome.reported().map(moved).collect()
    }
}

/// Everything that is in memory, and the commands.
#[derive(Debug)]
pub(super) struct Scene {
    /// What the accelerator may touch.
    pub(super) ranges: Vec<Range>,
    /// What the host has written, but for descriptors.
    pub(super) initial: Image,
    /// The ring, and its entries.
    pub(super) ring: u64,
    pub(super) size: u32,
    /// What the registers say of accesses.
    pub(super) window: Window,
    /// The commands, in order.
    pub(super) planned: Vec<Planned>,
    /// Addresses that fail besides those that are drawn: of vectors, and of all else.
    pub(super) failing: [Vec<u64>; 2],
}

impl Scene {
    /// Places commands one after the other. A ring position may fail only if `fixed`: no command is
    /// fetched twice.
    pub(super) fn of(device: &Device, setup: &Setup, tasks: &[Task], fixed: bool) -> Self {
        let base = setup.base * PAGE;
        let mut host = Host::new(&device.reader, CHANNEL_BYTES, base, ROOM);
        let size = setup.ring;
        let bytes = DESCRIPTOR as u64;
        let ring = host.take("ring", bytes * u64::from(size), bytes, Use::Read);
        let window = if setup.bounded {
            // Tokens are appended by the port of everything else, at the addresses of all channels.
            let channels = if device.append {
                device.reader.memory.channels
            } else {
                1
            };
            let last = channels - 1;
            let end = base + CHANNEL_BYTES / 2 + u64::from(last) * CHANNEL_BYTES;
            Window { base, end }
        } else {
            Window {
                base: 0,
                end: u64::MAX,
            }
        };
        let mut model = device.model(window);
        let mut builder = Builder {
            device,
            setup,
            planned: Vec::new(),
            failing: [Vec::new(), Vec::new()],
            caches: None,
        };
        for (number, task) in tasks.iter().enumerate() {
            let slot = number as u64 % u64::from(size);
            let place = (ring + bytes * slot, slot as u16);
            let descriptors = fixed && tasks.len() < size as usize;
            builder.plan(&mut host, &mut model, number, task, place, descriptors);
        }
        assert!(host.fits(), "more rows than there is room for");
        builder.share();
        Self {
            ranges: host.ranges().cloned().collect(),
            initial: host.image,
            ring,
            size,
            window,
            planned: builder.planned,
            failing: builder.failing,
        }
    }
}

/// Makes commands.
struct Builder<'a> {
    device: &'a Device,
    setup: &'a Setup,
    planned: Vec<Planned>,
    failing: [Vec<u64>; 2],
    caches: Option<Caches>,
}

impl Builder<'_> {
    /// Places a command and says what must come of it.
    fn plan(
        &mut self,
        host: &mut Host<'_>,
        model: &mut Accelerator,
        number: usize,
        task: &Task,
        (at, slot): (u64, u16),
        descriptors: bool,
    ) {
        let name = format!("command {number}");
        let placed = Placed::of(self.device, host, model, &name, task, &mut self.caches);
        let completion = host.take(&format!("{name}, end"), COMPLETION as u64, 16, Use::Write);
        let descriptor = Descriptor {
            interrupt: task.interrupt,
            fence: task.fence,
            tag: task.seed as u32,
            completion: if task.record { completion } else { 0 },
            op: placed.op,
        };
        let mut bytes = descriptor.encode();
        for patch in &task.patches {
            self.patch(host, model, patch, (&placed, at), &mut bytes);
        }
        if let Some((fail, pick)) = task.fail
            && (descriptors || fail != Fail::Descriptor)
        {
            let where_to = placed.failing(model, fail, pick, [at, completion]);
            if let Some((port, address)) = where_to {
                self.failing[port].push(address);
            }
        }
        let mut image = self.now(host);
        image.write(at, &bytes);
        let lanes = [
            self.device.reader.memory.port_bytes(),
            self.device.io_bytes(),
        ];
        let errors: [Errors; 2] = std::array::from_fn(|port| {
            let mut errors = self.setup.errors[port].clone();
            errors.at.extend(&self.failing[port]);
            errors
        });
        let fails = |port: usize, beat| errors[port].at(beat, lanes[port]) != Resp::Okay;
        let answers = Answers {
            mem: &|beat| fails(0, beat),
            io: &|beat| fails(1, beat),
        };
        let outcome = model.run(&mut image, at, slot, &answers);
        self.planned.push(Planned {
            legal: Descriptor::decode(&bytes, at, &model.shape).ok(),
            descriptor: bytes,
            at,
            outcome,
            near: Vec::new(),
        });
    }

    /// Notes which commands may be under way together: attention that nothing else is between.
    fn share(&mut self) {
        let joins = |p: &Planned| match &p.legal {
            Some(d) => matches!(d.op, Op::Attention(_)) && !d.fence,
            // Whatever is wrong ends at once.
            None => true,
        };
        let mut first = 0;
        for at in 1..=self.planned.len() {
            if self.planned.get(at).is_some_and(joins) {
                continue;
            }
            let group = &mut self.planned[first..at];
            let vector = |p: &Planned| {
                let faults = p.outcome.faults.iter();
                let vector = faults.filter(|fault| fault.code == Code::Vector);
                vector.copied().collect::<Vec<Fault>>()
            };
            let all: Vec<Fault> = group.iter().flat_map(vector).collect();
            for planned in group {
                if matches!(&planned.legal, Some(d) if matches!(d.op, Op::Attention(_))) {
                    planned.near.clone_from(&all);
                }
            }
            first = at;
        }
    }

    /// Returns the memory as the commands before have left it.
    fn now(&self, host: &Host<'_>) -> Image {
        let mut image = host.image.clone();
        for planned in &self.planned {
            for write in &planned.outcome.writes {
                image.write(write.address, &write.bytes);
            }
        }
        image
    }

    /// Makes bytes wrong, if that makes the command illegal: any other could touch anything.
    fn patch(
        &self,
        host: &mut Host<'_>,
        model: &Accelerator,
        patch: &Patch,
        (placed, at): (&Placed, u64),
        descriptor: &mut [u8; DESCRIPTOR],
    ) {
        let value = &patch.value.to_le_bytes()[..patch.bytes.min(8) as usize];
        let offset = patch.offset as usize;
        let mut trial = *descriptor;
        let mut image = self.now(host);
        image.write(at, descriptor);
        let code = |image: &mut Image| model.clone().run(image, at, 0, &Answers::FINE).code();
        let before = code(&mut image.clone());
        let record = placed.record(patch.head);
        match (patch.head, record) {
            (Some(_), Some(record)) => image.write(record + offset as u64, value),
            (None, _) if offset + value.len() <= DESCRIPTOR => {
                trial[offset..offset + value.len()].copy_from_slice(value);
            }
            _ => return,
        }
        image.write(at, &trial);
        let after = code(&mut image);
        if after == Code::Okay || after == before {
            return;
        }
        *descriptor = trial;
        if let Some(record) = record.filter(|_| patch.head.is_some()) {
            host.image.write(record + offset as u64, value);
        }
    }
}

/// Writes what the host has put into memory: all that the accelerator reads.
pub(super) fn fill_all(store: &mut Memory, scene: &Scene) {
    for range in scene.ranges.iter().filter(|r| r.allows != Use::Write) {
        let bytes = scene.initial.bytes(range.base, range.bytes as usize);
        store.space.fill(range.base, &bytes);
    }
}
