// SPDX-License-Identifier: MIT OR Apache-2.0
//! An accelerator in software, cycle by cycle: the registers of the golden model, a ring behind them,
//! and a memory with a cache in between that the accelerator does not see.
//!
//! It judges commands as the golden model does. What it makes of queries is no attention, but follows
//! from every address that it was given. An access to memory that nobody has allotted fails the test.

#![allow(dead_code, unreachable_pub)] // Every test uses a part.

mod cache;
mod engine;
pub mod layer;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::rc::Rc;

use hwgen_driver::Mmio;
use hwgen_golden::command::{Code, DESCRIPTOR, Shape};
use hwgen_golden::regs::RegsParams;
use hwgen_golden::regs::model::{Inputs, Outputs, Regs, Write};
use hwgen_golden::stream::Window;
use hwgen_golden::vector_reader::VectorReaderParams;

pub use cache::Region;

/// A descriptor that has been fetched.
struct Flying {
    index: u16,
    bytes: [u8; DESCRIPTOR],
    /// Cycles until it can end, and since it was fetched.
    left: u32,
    age: u32,
}

/// A completion record of which the second half is on its way.
struct Record {
    address: u64,
    /// Where in the record the half lies, and what it is.
    at: u64,
    half: [u8; 8],
    left: u32,
    interrupt: bool,
}

/// What happens to the command of a tag.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Mishap {
    /// It ends with this code, and the address of the beat.
    Fails(Code, u64),
    /// Its completion record is not written.
    Lost,
    /// Its completion record has another tag.
    Garbled,
}

/// The accelerator and its memory.
#[allow(clippy::struct_excessive_bools)] // Each is a flip-flop, or a switch of a test.
pub struct World {
    pub regs: Regs,
    pub shape: Shape,
    params: RegsParams,
    memory: cache::Cached,
    /// Ranges that the accelerator may touch, with the byte behind them.
    allotted: BTreeMap<u64, u64>,
    next: u64,
    head: u16,
    resets: bool,
    flying: VecDeque<Flying>,
    record: Option<Record>,
    error: Option<(u32, u64)>,
    waits: bool,
    rested: u32,
    done: bool,
    list: Vec<u16>,
    seed: u64,
    /// What happens to commands, by tag.
    pub mishaps: BTreeMap<u32, Mishap>,
    /// Nothing that flies ends.
    pub stuck: bool,
    /// Most commands under way.
    pub depth: usize,
    /// A command ends in the very cycle in which `IRQ_STATUS` is written.
    pub ambush: bool,
    /// A job ends between a read of `IRQ_STATUS` and what follows.
    pub late: bool,
    /// Tags in the order in which commands ended.
    pub ended: Vec<u32>,
    /// Accesses to registers.
    pub accesses: u64,
    pub cycle: u64,
}

/// A handle of the accelerator: its registers.
#[derive(Clone)]
pub struct Device(pub Rc<RefCell<World>>);

impl Device {
    /// Makes an accelerator with these parameters; `features` are the bits of the register.
    pub fn new(params: RegsParams, vectors: VectorReaderParams, seed: u64) -> Self {
        let has = |bit: u32| params.features >> bit & 1 == 1;
        let shape = Shape {
            vectors,
            attention: has(0),
            cascade: has(1),
            append: has(2),
            window: Window {
                base: 0,
                end: u64::MAX,
            },
        };
        Self(Rc::new(RefCell::new(World {
            regs: Regs::new(&params),
            shape,
            params,
            memory: cache::Cached::default(),
            allotted: BTreeMap::new(),
            next: 0x8000_0000,
            head: 0,
            resets: false,
            flying: VecDeque::new(),
            record: None,
            error: None,
            waits: false,
            rested: 0,
            done: false,
            list: Vec::new(),
            seed: seed | 1,
            mishaps: BTreeMap::new(),
            stuck: false,
            depth: 4,
            ambush: false,
            late: false,
            ended: Vec::new(),
            accesses: 0,
            cycle: 0,
        })))
    }

    /// Allots a region of zeros that begins with a page.
    pub fn region(&self, bytes: u64) -> Region {
        Region::new(&self.0, bytes)
    }

    /// Lets cycles pass.
    pub fn cycles(&self, count: u32) {
        (0..count).for_each(|_| self.0.borrow_mut().pass());
    }

    /// Lets cycles pass until the interrupt is high; returns whether it is.
    pub fn interrupt(&self, most: u32) -> bool {
        for _ in 0..most {
            if self.irq() {
                return true;
            }
            self.cycles(1);
        }
        false
    }

    /// Tells whether the interrupt is high.
    pub fn irq(&self) -> bool {
        self.0.borrow().regs.outputs().irq
    }

    /// Says what happens to the command of a tag.
    pub fn mishap(&self, tag: u32, mishap: Mishap) {
        self.0.borrow_mut().mishaps.insert(tag, mishap);
    }
}

impl Mmio for Device {
    fn read32(&mut self, offset: u32) -> u32 {
        let mut world = self.0.borrow_mut();
        world.accesses += 1;
        let answer = world.tick(Some(offset), None).0;
        // As on a bus that stops the processor.
        let answer = answer.unwrap_or_else(|()| panic!("read of {offset:#x}: SLVERR"));
        (0..3).for_each(|_| world.pass());
        answer
    }

    fn write32(&mut self, offset: u32, value: u32) {
        let mut world = self.0.borrow_mut();
        world.accesses += 1;
        let write = Write {
            address: offset,
            data: value,
            strobe: 15,
        };
        let answer = world.tick(None, Some(write)).1;
        answer.unwrap_or_else(|()| panic!("write of {offset:#x}: SLVERR"));
        (0..2).for_each(|_| world.pass());
    }

    fn relax(&mut self) {
        self.cycles(5);
    }
}

impl World {
    /// Returns a number below `limit`.
    fn draw(&mut self, limit: u64) -> u64 {
        self.seed ^= self.seed << 13;
        self.seed ^= self.seed >> 7;
        self.seed ^= self.seed << 17;
        (self.seed >> 16) % limit
    }

    /// Leaves attention alone.
    pub fn take_away(&mut self) {
        self.params.features = 1;
        (self.shape.cascade, self.shape.append) = (false, false);
        self.regs = Regs::new(&self.params);
    }

    /// Plays a cycle without an access.
    fn pass(&mut self) {
        let (got, done) = self.tick(None, None);
        assert!(got.is_ok() && done.is_ok());
    }

    /// Plays a cycle.
    fn tick(
        &mut self,
        read: Option<u32>,
        write: Option<Write>,
    ) -> (Result<u32, ()>, Result<(), ()>) {
        self.cycle += 1;
        let outputs = self.regs.outputs();
        self.memory.stir(self.cycle);
        self.window(&outputs);
        self.reset(&outputs);
        self.fetch(&outputs);
        let cleared = write.is_some_and(|w| w.address == 0x58 && w.data & 1 != 0);
        if self.ambush && cleared && self.at_once() {
            self.ambush = false;
        }
        self.fly();
        let (code, address) = self.error.unwrap_or_default();
        let idle = self.flying.is_empty() && self.record.is_none();
        // The register shows what was a few cycles ago.
        self.rested = (self.rested << 1 | u32::from(idle)) & 0b1111;
        let inputs = Inputs {
            idle: self.rested >> 3 == 1,
            running: !idle,
            done: std::mem::take(&mut self.done),
            error_valid: self.error.is_some(),
            error_code: code,
            error_addr: address,
            ring_head: self.head.into(),
            busy: u32::from(!idle),
            k_bytes: vec![if idle { 0 } else { 8 }; self.params.k_planes.len()],
            v_bytes: vec![0; self.params.v_planes.len()],
            in_bytes: 0,
            out_bytes: 0,
            flight: vec![u32::from(!idle) * 3; self.params.channels as usize],
            blocked: 0,
        };
        if self.late && read == Some(0x58) {
            self.late = false;
            self.done = true;
        }
        if outputs.error_clear {
            self.error = None;
        }
        let (got, done) = self.regs.clock(read, write, &inputs);
        let got = got.map_or(Ok(0), |got| got.map_err(|_| ()));
        (got, done.map_or(Ok(()), |done| done.map_err(|_| ())))
    }

    fn window(&mut self, outputs: &Outputs) {
        self.shape.window = Window {
            base: outputs.window_base,
            end: outputs.window_end,
        };
    }

    fn reset(&mut self, outputs: &Outputs) {
        self.resets |= outputs.soft_reset;
        if self.resets && self.flying.is_empty() && self.record.is_none() {
            self.resets = false;
            self.head = 0;
        }
    }

    /// Fetches a descriptor, if not too many are under way.
    fn fetch(&mut self, outputs: &Outputs) {
        let (size, tail) = (outputs.ring_size as u16, outputs.ring_tail as u16);
        let waits = outputs.enable && tail < size && self.head != tail;
        let first = !std::mem::replace(&mut self.waits, waits);
        if !waits || first || self.flying.len() >= self.depth || self.draw(3) == 0 || self.resets {
            return;
        }
        let index = self.head;
        let address = outputs.ring_base + DESCRIPTOR as u64 * u64::from(index);
        let mut bytes = [0; DESCRIPTOR];
        self.load(address, &mut bytes);
        let left = self.draw(60) as u32;
        self.flying.push_back(Flying {
            index,
            bytes,
            left,
            age: 0,
        });
        self.head = (index + 1) % size;
    }

    /// Makes the oldest command end in this cycle, if there is one.
    fn at_once(&mut self) -> bool {
        if let Some(flying) = self.flying.front_mut() {
            flying.left = 0;
        }
        let some = !self.flying.is_empty() && self.record.is_none();
        if some {
            self.end();
            if let Some(record) = &mut self.record {
                record.left = 0;
            }
        }
        some
    }

    /// Brings what is in flight forward.
    fn fly(&mut self) {
        // A test that fails drops its driver, which waits.
        let stuck = self.stuck && !std::thread::panicking();
        self.flying.iter_mut().for_each(|flying| {
            flying.left = flying.left.saturating_sub(1);
            flying.age += 1;
        });
        if let Some(record) = &mut self.record {
            if record.left > 0 {
                record.left -= 1;
                return;
            }
            let (address, half) = (record.address + record.at, record.half);
            self.done = record.interrupt;
            self.record = None;
            self.store(address, &half);
        } else if !stuck && self.flying.front().is_some_and(|f| f.left == 0) {
            self.end();
        }
    }
}

/// Tags in a set, for comparison.
pub fn tags(of: &[u32]) -> BTreeSet<u32> {
    of.iter().copied().collect()
}

/// Returns an accelerator with heads of 16 elements, up to 64 tokens, and all features.
pub fn small(seed: u64) -> Device {
    let core = hwgen_golden::attention::AttentionParams {
        d_head: 16,
        max_tokens: 64,
        k_planes: vec![4, 4, 4],
        v_planes: vec![8, 4],
        ..hwgen_golden::attention::AttentionParams::default()
    };
    let memory = hwgen_golden::memory::MemoryParams {
        data_w: 64,
        ..hwgen_golden::memory::MemoryParams::default()
    };
    let params = RegsParams {
        d_head: 16,
        max_tokens: 64,
        k_planes: vec![4, 4, 4],
        v_planes: vec![8, 4],
        data_w: 64,
        features: 0b111,
        ..RegsParams::default()
    };
    Device::new(params, VectorReaderParams::of(&core, &memory), seed)
}
