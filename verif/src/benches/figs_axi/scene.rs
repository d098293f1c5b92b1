// SPDX-License-Identifier: MIT OR Apache-2.0
//! Everything that lies in memory for a run, and what the accelerator must make of it.

use hwgen_golden::command::{COMPLETION, Code, Completion, DESCRIPTOR, Gemm, GemmDescriptor, TILE};
use hwgen_golden::figs::{Matrix, Mode, Pattern, SelectBy, Variant, pack};
use hwgen_golden::figs_axi::{FigsAxiParams, Memory as Seen, Outcome, image};
use hwgen_golden::ring::{Answer, Place};
use hwgen_golden::stream::Window;
use hwgen_sim::rng::{self, Rng};

use super::case::{Case, Flaw, Setup};
use crate::memory::{Access, Errors, Memory, Resp, Space};

/// A product in memory.
pub(super) struct Command {
    pub(super) descriptor: [u8; DESCRIPTOR],
    pub(super) tiles: usize,
    pub(super) record: u64,
    /// What comes of it: code, address of its error, and count, by the model.
    pub(super) answer: Answer,
    /// Whether the interrupt is raised at its end.
    pub(super) interrupt: bool,
}

/// A range that the accelerator may write, and what must be in it at the end.
pub(super) struct Written {
    pub(super) base: u64,
    pub(super) bytes: Vec<u8>,
}

/// What lies in memory.
pub(super) struct Scene {
    pub(super) memory: Memory,
    pub(super) place: Place,
    pub(super) commands: Vec<Command>,
    pub(super) written: Vec<Written>,
    /// Errors in the order in which they are raised.
    pub(super) errors: Vec<(u8, u64)>,
}

/// Ranges handed out one behind the other.
struct Room {
    space: Space,
    next: u64,
}

impl Room {
    /// Allots `bytes` bytes at a multiple of `of`, and `odd` bytes behind it.
    fn allot(&mut self, name: &str, bytes: usize, (of, odd): (u64, u64), access: Access) -> u64 {
        // Beats that lie on either side of an edge are nobody else's.
        let base = self.next.next_multiple_of(64).next_multiple_of(of) + odd;
        self.space.allot(name, base, bytes as u64, access);
        self.next = base + bytes as u64 + 64;
        base
    }
}

/// The memory before anything happens, as the model sees it.
struct Before<'a> {
    space: &'a Space,
    read: &'a Errors,
    write: &'a Errors,
    beat: u32,
}

impl Seen for Before<'_> {
    fn read(&self, address: u64, bytes: u32) -> Vec<u8> {
        self.space.bytes(address, bytes.into())
    }

    fn read_fails(&self, beat: u64) -> bool {
        self.read.at(beat, self.beat) != Resp::Okay
    }

    fn write_fails(&self, beat: u64) -> bool {
        self.write.at(beat, self.beat) != Resp::Okay
    }
}

impl Scene {
    /// Lays out a run.
    pub(super) fn new(params: &FigsAxiParams, items: &[Case], setup: &Setup, seed: u64) -> Self {
        let mut room = Room {
            space: Space::new(seed),
            next: setup.base,
        };
        let size = items.len() + 1;
        let ring = room.allot("ring", size * DESCRIPTOR, (64, 0), Access::Read);
        let records = room.allot("records", items.len() * COMPLETION, (16, 0), Access::Write);
        let mut laid: Vec<Laid> = Vec::new();
        for (number, case) in items.iter().enumerate() {
            // At most one thing goes beyond the window, and it lies last.
            let beyond = matches!(case.flaw, Flaw::Outside(_));
            let flaw = if beyond && number + 1 < items.len() {
                Flaw::None
            } else {
                case.flaw
            };
            laid.push(lay(params, &Case { flaw, ..*case }, &mut room));
        }
        let mut end = room.next + u64::from(setup.spare);
        if let Some(cut) = laid.last().and_then(|l| l.end) {
            end = cut;
        }
        let window = Window {
            base: setup.base,
            end,
        };
        let place = Place {
            base: ring,
            size: size as u16,
            window,
        };
        let mut scene = Self {
            memory: Memory::new(room.space),
            place,
            commands: Vec::new(),
            written: Vec::new(),
            errors: Vec::new(),
        };
        for (number, (case, laid)) in items.iter().zip(laid).enumerate() {
            let record = records + (number * COMPLETION) as u64;
            scene.add(params, setup, number, (case, laid), record);
        }
        scene
    }

    /// Adds a product and asks the model what comes of it.
    fn add(
        &mut self,
        params: &FigsAxiParams,
        setup: &Setup,
        number: usize,
        (case, laid): (&Case, Laid),
        record: u64,
    ) {
        let last = number + 2 == usize::from(self.place.size);
        let mut descriptor = laid.descriptor;
        descriptor.completion = match laid.flaw {
            Flaw::Completion if !last => record + 8,
            _ if case.record || last => record,
            _ => 0,
        };
        let mut bytes = descriptor.encode();
        match laid.flaw {
            Flaw::Op => bytes[0] = [0, 1, 6, 255][(case.seed % 4) as usize],
            Flaw::Reserved => {
                let at = [2, 3, 61, 62, 63][(case.seed % 5) as usize];
                bytes[at] |= 1 << (case.seed >> 8 & 7);
            }
            _ => {}
        }
        let at = self.place.address(number as u16);
        self.memory.space.fill(at, &bytes);
        self.memory.space.fill(record, &[0xff; COMPLETION]);
        let before = Before {
            space: &self.memory.space,
            read: &setup.read.errors,
            write: &setup.write.errors,
            beat: params.beat(),
        };
        let beats = (at..at + DESCRIPTOR as u64).step_by(params.beat() as usize);
        let failed = beats.into_iter().find(|&beat| before.read_fails(beat));
        let handed = self.place.judge(number as u16, &bytes, failed);
        let by_ring = handed.fault.code != Code::Okay;
        let outcome = if by_ring {
            Outcome {
                answer: Answer {
                    code: handed.fault.code.value(),
                    address: handed.fault.address,
                    count: 0,
                },
                writes: Vec::new(),
            }
        } else {
            params.carry_out(&bytes, at, self.place.window, &before)
        };
        let answer = outcome.answer;
        if answer.code != 0 {
            self.errors.push((answer.code, answer.address));
        }
        let beat = u64::from(params.beat());
        let mut ends = (record..record + 16).step_by(8).map(|b| b / beat * beat);
        if !by_ring && descriptor.completion != 0 && ends.any(|b| before.write_fails(b)) {
            self.errors.push((Code::Write.value(), record));
        }
        // What the outputs are behind it.
        let mut wanted = self
            .memory
            .space
            .bytes(laid.outputs.0, laid.outputs.1 as u64);
        for (address, row) in &outcome.writes {
            let at = (address - laid.outputs.0) as usize;
            wanted[at..at + row.len()].copy_from_slice(row);
        }
        self.written.push(Written {
            base: laid.outputs.0,
            bytes: wanted,
        });
        self.commands.push(Command {
            descriptor: bytes,
            tiles: laid.tiles,
            record: if by_ring { 0 } else { descriptor.completion },
            answer,
            interrupt: handed.fetched && bytes[1] & 1 != 0,
        });
    }

    /// Puts completion records back to what they cannot become, for a reset.
    pub(super) fn begin(&mut self) {
        for command in &self.commands {
            if command.record != 0 {
                self.memory.space.fill(command.record, &[0xff; COMPLETION]);
            }
        }
    }

    /// Returns the completion record of a command, if it has been written.
    pub(super) fn record(&self, command: &Command) -> Option<Completion> {
        let bytes = self.memory.space.bytes(command.record, COMPLETION as u64);
        let mut record = [0; COMPLETION];
        record.copy_from_slice(&bytes);
        Completion::decode(&record)
    }
}

/// A product that has its place.
struct Laid {
    descriptor: GemmDescriptor,
    flaw: Flaw,
    tiles: usize,
    /// Where its outputs may be, and how many bytes.
    outputs: (u64, usize),
    /// The end of the window, if something must go beyond it.
    end: Option<u64>,
}

/// Writes weights, records of tiles and activations of a product to memory.
fn lay(params: &FigsAxiParams, case: &Case, room: &mut Room) -> Laid {
    let p = &params.figs;
    let mut rng = Rng::new(case.seed);
    let weights = weights(params, case, &mut rng);
    let kept = if p.mode == Mode::Exchange {
        1
    } else {
        1 << case.log_n
    };
    let pattern = Pattern::new(kept, p.group).expect("a power of two of a group");
    let packed = pack(p, Variant::Figs, pattern, &weights).expect("drawn to be packed");
    let count = packed.tiles.len();
    let (ab, ob) = (p.act_bytes(), p.out_bytes());
    let channels = p.channels(Variant::Figs, packed.log_n);
    let act_row = (case.inputs.next_multiple_of(p.rows) * ab).next_multiple_of(8) + case.gap;
    let out_row = (case.outputs.next_multiple_of(channels) * ob).next_multiple_of(8) + case.gap;
    let mut list = image::tiles(&packed);
    let place = (case.seed >> 5) as usize % count;
    match case.flaw {
        Flaw::TileBit => {
            let at = [8, 9, 11, 12, 15][(case.seed % 5) as usize];
            list[place * TILE + at] |= if at == 8 { 4 } else { 0x80 };
        }
        Flaw::TileFirst => list[place * TILE + 8] ^= 1,
        Flaw::TileOpen => list[(count - 1) * TILE + 8] &= !2,
        _ => {}
    }
    let outside = match case.flaw {
        Flaw::Outside(which) => Some(which),
        _ => None,
    };
    // What goes beyond the window lies last, and is not the memory's from there on.
    let parts = [
        (0, list, 64),
        (1, image::weights(&packed), 8),
        (2, activations(params, case, act_row, &mut rng), 8),
        (3, vec![0; (out_row * case.tokens) as usize], 8),
    ];
    let names = ["tiles", "weights", "activations", "outputs"];
    let mut bases = [0; 4];
    let mut end = None;
    let mut order: Vec<_> = parts.into_iter().collect();
    order.sort_by_key(|(which, ..)| outside == Some(*which));
    let mut outputs = (0, 0);
    for (which, bytes, of) in order {
        let access = if which == 3 {
            Access::Write
        } else {
            Access::Read
        };
        let odd = if of == 8 { 8 * rng.below(9) } else { 0 };
        let at = room.allot(names[usize::from(which)], bytes.len(), (of, odd), access);
        if which != 3 {
            room.space.fill(at, &bytes);
        }
        bases[usize::from(which)] = at;
        if which == 3 {
            outputs = (at, bytes.len());
        }
        if outside == Some(which) {
            // Only the last bytes of it are outside, and those that nobody uses behind the last row.
            let slack = if which == 0 { 0 } else { u64::from(case.gap) };
            end = Some(at + bytes.len() as u64 - slack - 1 - rng.below(8));
        }
    }
    let mut gemm = Gemm {
        weights: bases[1],
        activations: bases[2],
        outputs: bases[3],
        tiles: bases[0],
        activation_stride: act_row.cast_signed(),
        output_stride: out_row.cast_signed(),
        count: count as u16,
        tokens: case.tokens as u16,
        log_n: packed.log_n as u8,
    };
    match case.flaw {
        Flaw::Misaligned(0) => gemm.weights += 4,
        Flaw::Misaligned(1) => gemm.activations += 1,
        Flaw::Misaligned(2) => gemm.outputs += 2,
        Flaw::Misaligned(3) => gemm.tiles += 32,
        Flaw::Misaligned(4) => gemm.activation_stride += 4,
        Flaw::Misaligned(_) => gemm.output_stride -= 1,
        Flaw::NoTokens => gemm.tokens = 0,
        Flaw::ManyTokens => gemm.tokens = p.max_t as u16 + 1,
        Flaw::NoTiles => gemm.count = 0,
        Flaw::Pattern => gemm.log_n = [p.group.ilog2() as u8 + 1, 0x80][(case.seed % 2) as usize],
        _ => {}
    }
    Laid {
        descriptor: GemmDescriptor {
            interrupt: case.interrupt,
            fence: case.seed & 1 != 0,
            tag: rng::at(case.seed, 3) as u32,
            completion: 0,
            gemm,
        },
        flaw: case.flaw,
        tiles: count,
        outputs,
        end,
    }
}

/// Draws weights: of every block of an output as many as the pattern keeps, at places that the array can
/// select, whatever it shares or exchanges.
fn weights(params: &FigsAxiParams, case: &Case, rng: &mut Rng) -> Matrix {
    let p = &params.figs;
    let most = 1_i64 << (p.weight_w - 1);
    let kept = if p.mode == Mode::Exchange {
        1
    } else {
        1 << case.log_n
    };
    let tied = p.select == SelectBy::Pe;
    let from = rng.below(p.group.into()) as u32;
    // A block that is empty now and then makes tiles absent.
    let empty = rng.below(3) == 0;
    let drawn = rng.draw();
    Matrix::from_fn(case.outputs, case.inputs, |o, k| {
        let turn = from + if tied { k / p.group } else { o + k / p.group };
        let place = (k + p.group * 8 - turn % p.group) % p.group;
        let number = u64::from(o) << 32 | u64::from(k);
        let gone = empty && rng::chance(rng::at(drawn, u64::from(k / p.rows)), 50);
        if place >= kept || gone {
            return 0;
        }
        (rng::at(drawn ^ 1, number) as i64).rem_euclid(2 * most) - most
    })
}

/// Draws activations in memory, and noise beside them.
fn activations(params: &FigsAxiParams, case: &Case, row: u32, rng: &mut Rng) -> Vec<u8> {
    let bytes = row * case.tokens;
    let full = rng.chance(50);
    let wide = params.figs.act_bytes() == 2;
    let seed = rng.draw();
    let byte = |at: u32| {
        let drawn = rng::at(seed, at.into());
        // Mostly within 12 bits.
        if wide && !full && at % 2 == 1 {
            if drawn & 8 == 0 {
                drawn & 7
            } else {
                !(drawn & 7)
            }
        } else {
            drawn
        }
    };
    (0..bytes).map(|at| byte(at) as u8).collect()
}
