// SPDX-License-Identifier: MIT OR Apache-2.0
//! What becomes of a command.

use crate::attention::JobResult;
use crate::command::{Code, DESCRIPTOR, Fault, Shape};

/// Bytes that are written, one behind the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Write {
    /// The first of them.
    pub address: u64,
    /// What they are.
    pub bytes: Vec<u8>,
    /// Where among them a count of cycles is, four bytes of which the model knows nothing.
    pub cycles: Option<usize>,
}

/// Plane vectors that a command reads, by kind (K, V) and plane.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Read(pub [[u64; 3]; 2]);

impl Read {
    /// Adds what another command reads.
    pub fn add(&mut self, other: &Self) {
        let pairs = self.0.iter_mut().flatten().zip(other.0.iter().flatten());
        pairs.for_each(|(sum, more)| *sum += more);
    }

    /// Returns the bytes of K and of V, by plane.
    pub fn bytes(&self, shape: &Shape) -> [[u64; 3]; 2] {
        std::array::from_fn(|kind| {
            std::array::from_fn(|plane| match self.0[kind][plane] {
                0 => 0,
                many => many * u64::from(shape.vectors.vector_bytes(kind == 1, plane)),
            })
        })
    }
}

/// What becomes of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The descriptor's tag and operation.
    pub tag: u32,
    /// The first byte of the descriptor.
    pub op: u8,
    /// Whether it asks for the interrupt.
    pub interrupt: bool,
    /// Everything that goes wrong, in the order of precedence; empty if all is fine. Of several
    /// faults with the code of the first, any may be the one whose address is reported.
    pub faults: Vec<Fault>,
    /// What goes wrong with the completion record itself.
    pub late: Vec<Fault>,
    /// Rows of results, tokens that survive, or heads appended.
    pub count: u32,
    /// Where the completion record goes, if there is one.
    pub completion: Option<u64>,
    /// The completion record; of its cycles nothing is known.
    pub record: Option<Write>,
    /// What is written beside it, in order.
    pub writes: Vec<Write>,
    /// Plane vectors that are read.
    pub read: Read,
    /// Jobs of the core, in order.
    pub jobs: Vec<JobResult>,
}

impl Outcome {
    /// Begins with what the bytes of a descriptor say.
    pub(super) fn of(bytes: &[u8; DESCRIPTOR]) -> Self {
        let number = |at: usize| bytes[at..].first_chunk().copied().map(u64::from_le_bytes);
        let completion = number(8).filter(|&address| address != 0);
        Self {
            tag: number(0).map_or(0, |low| (low >> 32) as u32),
            op: bytes[0],
            interrupt: bytes[1] & 1 != 0,
            faults: Vec::new(),
            late: Vec::new(),
            count: 0,
            completion,
            record: None,
            writes: Vec::new(),
            read: Read::default(),
            jobs: Vec::new(),
        }
    }

    /// Ends a command whose descriptor could not be fetched: nothing of it is known.
    pub(super) fn unfetched(mut self, fault: Fault) -> Self {
        self.faults = vec![fault];
        self.completion = None;
        self.interrupt = false;
        self
    }

    /// Notes that the descriptor is wrong.
    pub(super) fn refused(&mut self, faults: &[Fault]) {
        self.faults = faults.to_vec();
        if faults.iter().any(|f| f.code == Code::Completion) {
            self.completion = None;
        }
    }

    /// Returns how the command ended.
    pub fn code(&self) -> Code {
        self.faults.first().map_or(Code::Okay, |fault| fault.code)
    }

    /// Lists the faults that may be reported: those of the first code.
    pub fn reported(&self) -> impl Iterator<Item = &Fault> {
        let code = self.code();
        self.faults.iter().filter(move |fault| fault.code == code)
    }
}

/// Which accesses to memory fail, by the address of the beat.
pub struct Answers<'a> {
    /// Of the port of everything but plane vectors.
    pub io: &'a dyn Fn(u64) -> bool,
    /// Of the ports of plane vectors.
    pub mem: &'a dyn Fn(u64) -> bool,
}

impl Answers<'_> {
    /// No access fails.
    pub const FINE: Self = Self {
        io: &|_| false,
        mem: &|_| false,
    };

    /// Lists the beats of `size` bytes that hold bytes of a range and fail.
    fn failing(
        fails: &dyn Fn(u64) -> bool,
        address: u64,
        bytes: u64,
        size: u32,
    ) -> impl Iterator<Item = u64> {
        let size = u64::from(size);
        let (first, last) = (address / size, (address + (bytes - 1)) / size);
        let beats = (first..=last).map(move |beat| beat * size);
        beats.filter(move |&beat| fails(beat))
    }

    /// Returns the first beat of a range whose read fails.
    pub(super) fn first_read(&self, address: u64, bytes: u64, size: u32) -> Option<u64> {
        Self::failing(self.io, address, bytes, size).next()
    }

    /// Lists what goes wrong where a range is read.
    pub(super) fn failed_reads(
        &self,
        address: u64,
        bytes: u64,
        size: u32,
    ) -> impl Iterator<Item = Fault> {
        let code = Code::Read;
        let beats = Self::failing(self.io, address, bytes, size);
        beats.map(move |address| Fault { code, address })
    }

    /// Lists what goes wrong where plane vectors are read.
    pub(super) fn failed_vectors(
        &self,
        address: u64,
        bytes: u64,
        size: u32,
    ) -> impl Iterator<Item = Fault> {
        let code = Code::Vector;
        let beats = Self::failing(self.mem, address, bytes, size);
        beats.map(move |address| Fault { code, address })
    }

    /// Lists what goes wrong where bytes are written.
    pub(super) fn failed_writes(&self, write: &Write, size: u32) -> impl Iterator<Item = Fault> {
        let code = Code::Write;
        let bytes = write.bytes.len() as u64;
        let beats = Self::failing(self.io, write.address, bytes, size);
        beats.map(move |address| Fault { code, address })
    }
}
