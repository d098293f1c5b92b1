// SPDX-License-Identifier: MIT OR Apache-2.0
//! The accelerator as software sees it: accesses to registers, each of which takes as many cycles as
//! the bus needs, and a memory that the accelerator shares with the host.
//!
//! Nothing is compared here. Ports are held to the rules of AXI, and an access to memory that nobody
//! has allotted is a fault.

use std::cell::RefCell;
use std::rc::Rc;

use super::device::Device;
use super::lite::{self, CHANNELS, LiteMaster};
use super::point::Point;
use super::store::{CHANNEL_BYTES, Store, memory, of_port};
use crate::kit::{Io, Player, Session, Stall, output};
use crate::memory::{Access, AxiRead, AxiWrite, Behaviour, Memory, Rules};
use crate::report::Fault;
use hwgen_bundle::error::VerifyError;
use hwgen_bundle::manifest::Engine;
use hwgen_sim::dut::{Dut, Out};
use hwgen_sim::rng::Rng;

/// `AxPROT` and `AxCACHE` of every access.
const ATTRIBUTES: (u32, u32) = (0, 3);

/// The memory behind an accelerator, as the host sees it.
#[derive(Clone)]
pub struct Bytes(Rc<RefCell<Memory>>);

impl Bytes {
    /// Lets the accelerator touch a range.
    ///
    /// # Panics
    /// If it is empty or overlaps another one.
    pub fn allot(&self, name: &str, base: u64, bytes: u64) {
        let mut memory = self.0.borrow_mut();
        memory.space.allot(name, base, bytes, Access::Both);
    }

    /// Forbids what was allotted at `base`.
    pub fn free(&self, base: u64) {
        self.0.borrow_mut().space.free(base);
    }

    /// Reads bytes.
    pub fn read(&self, address: u64, bytes: &mut [u8]) {
        let memory = self.0.borrow();
        bytes.copy_from_slice(&memory.space.bytes(address, bytes.len() as u64));
    }

    /// Writes bytes, which are allotted.
    ///
    /// # Panics
    /// If they are not.
    pub fn write(&self, address: u64, bytes: &[u8]) {
        self.0.borrow_mut().space.fill(address, bytes);
    }
}

/// An accelerator that runs, and everything around it.
pub struct Soc<'a> {
    session: Session<'a, SocPlayer>,
}

impl<'a> Soc<'a> {
    /// Bytes from the address space of a channel to that of the next, where there is a DRAM.
    pub const CHANNEL_STRIDE: u64 = CHANNEL_BYTES;

    /// Takes an accelerator out of reset. Ports stall, and the memory answers in any order and after
    /// drawn latencies, if there is a `seed`.
    ///
    /// # Errors
    /// Says what is wrong with the manifest or with the ports.
    pub fn new(
        dut: &'a mut Dut,
        engine: &Engine,
        store: Store,
        seed: Option<u64>,
    ) -> Result<Self, VerifyError> {
        let device = Device::of(engine)?;
        let player = SocPlayer::new(&device, dut, store, seed);
        let mut session = Session::new(dut, seed.unwrap_or(1), player);
        let blame = |fault: Fault| engine.misbehaved(fault.to_string());
        session.power_up().map_err(blame)?;
        Ok(Self { session })
    }

    /// Returns the memory.
    pub fn bytes(&self) -> Bytes {
        Bytes(Rc::clone(&self.session.player.memory))
    }

    /// Reads a register.
    ///
    /// # Errors
    /// Says what the accelerator did wrong: an answer other than OKAY, or a broken rule of a port.
    pub fn read(&mut self, offset: u32) -> Result<u32, Fault> {
        self.access(lite::Access::Read(offset))
    }

    /// Writes a register.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn write(&mut self, offset: u32, value: u32) -> Result<(), Fault> {
        self.access(lite::Access::Write(offset, value)).map(drop)
    }

    fn access(&mut self, access: lite::Access) -> Result<u32, Fault> {
        self.session.player.lite.begin(access);
        self.session.until(|player| player.answer.is_some())?;
        Ok(self.session.player.answer.take().unwrap_or(0))
    }

    /// Lets cycles pass.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn pass(&mut self, cycles: u64) -> Result<(), Fault> {
        let end = self.cycle() + cycles;
        self.session.until(|player| player.cycle >= end)
    }

    /// Lets up to `most` cycles pass until the interrupt is high; tells whether it is.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn interrupt(&mut self, most: u64) -> Result<bool, Fault> {
        let end = self.cycle() + most;
        self.session
            .until(|player| player.high || player.cycle >= end)?;
        Ok(self.session.player.high)
    }

    /// Returns the cycle, counted from the first after reset.
    pub fn cycle(&self) -> u64 {
        self.session.io.cycle()
    }
}

/// Serves all ports; the host is outside.
struct SocPlayer {
    lite: LiteMaster,
    mem: Vec<AxiRead>,
    read: AxiRead,
    write: AxiWrite,
    memory: Rc<RefCell<Memory>>,
    irq: Out,
    /// Whether the interrupt is high, and the cycle that comes.
    high: bool,
    cycle: u64,
    /// The answer to the last access.
    answer: Option<u32>,
}

impl SocPlayer {
    fn new(device: &Device, dut: &Dut, store: Store, seed: Option<u64>) -> Self {
        let p = &device.reader;
        let channels = p.memory.channels;
        let attributes = Some(ATTRIBUTES);
        let vectors = Rules {
            attributes,
            ..Rules::of_vectors(&p.memory)
        };
        let others = Rules {
            attributes,
            ..Rules::new(device.io_bytes(), 256)
        };
        let mut rng = Rng::new(seed.unwrap_or(1));
        let mut behaviour = || match seed {
            Some(_) => Behaviour::draw(&mut rng),
            None => store.kind.behaviour(store.latency),
        };
        let (of_mem, of_io) = (behaviour(), behaviour());
        let stalls = match seed {
            Some(_) => Stall::half(CHANNELS),
            None => vec![Stall::NONE; CHANNELS],
        };
        let mem = |c| {
            let behaviour = of_port(&of_mem, u64::from(c) + 2);
            AxiRead::find(dut, "mem", c, channels, vectors, behaviour)
        };
        Self {
            lite: LiteMaster::find(dut, &stalls),
            mem: (0..channels).map(mem).collect(),
            read: AxiRead::find(dut, "io", 0, 1, others, of_port(&of_io, 0)),
            write: AxiWrite::find(dut, "io", 0, 1, others, of_port(&of_io, 1)),
            memory: Rc::new(RefCell::new(memory(store.kind, channels, &[], 1))),
            irq: output(dut, "irq_o"),
            high: false,
            cycle: 0,
            answer: None,
        }
    }
}

impl Player for SocPlayer {
    type Point = Point;

    fn patience(&self) -> u64 {
        u64::MAX
    }

    fn rest(&self) -> u64 {
        0
    }

    fn quiet(&mut self, io: &mut Io<Point>) {
        self.lite.quiet(io);
        self.mem.iter_mut().for_each(|port| port.quiet(io));
        self.read.quiet(io);
        self.write.quiet(io);
    }

    fn drive(&mut self, io: &mut Io<Point>) -> bool {
        self.lite.drive(io);
        let memory = &mut self.memory.borrow_mut();
        for port in &mut self.mem {
            port.drive(io, memory);
        }
        self.read.drive(io, memory);
        self.write.drive(io, memory);
        // The host has patience of its own.
        true
    }

    fn check(&mut self, io: &mut Io<Point>) -> Result<bool, Fault> {
        let memory = &mut self.memory.borrow_mut();
        for port in &mut self.mem {
            port.check(io, memory)?;
        }
        self.read.check(io, memory)?;
        self.write.check(io, memory)?;
        if let Some(answer) = self.lite.check(io)? {
            self.answer = Some(answer.data);
        }
        self.high = io.is(self.irq);
        self.cycle = io.cycle();
        Ok(true)
    }

    fn done(&self) -> bool {
        false
    }

    fn restart(&mut self, _: &mut Io<Point>) {}

    fn under_way(&self) -> usize {
        0
    }

    fn missing(&self) -> (&'static str, &'static str) {
        self.lite
            .missing()
            .unwrap_or(("s_axi_bvalid_o", "an answer"))
    }
}
