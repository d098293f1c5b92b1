// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a product does to memory.

use super::image;
use super::params::{BURST, FigsAxiParams};
use crate::command::{Code, DESCRIPTOR, GemmDescriptor, GemmShape, TILE, TILE_BLOCK, TileRecord};
use crate::figs::model::Array;
use crate::figs::{TileBeat, TileWork, Variant};
use crate::ring::Answer;
use crate::stream::{Command, Window};

/// The memory as the accelerator sees it.
pub trait Memory {
    /// Returns the bytes from an address on.
    fn read(&self, address: u64, bytes: u32) -> Vec<u8>;
    /// Tells whether a read of the beat at an address comes with an error.
    fn read_fails(&self, beat: u64) -> bool;
    /// Tells whether a write of the beat at an address is answered with an error.
    fn write_fails(&self, beat: u64) -> bool;
}

/// What came of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The answer: code, address of the error, tiles that were carried out.
    pub answer: Answer,
    /// What was written, in order: addresses and bytes.
    pub writes: Vec<(u64, Vec<u8>)>,
}

/// A command under way.
struct Run<'a, M> {
    params: &'a FigsAxiParams,
    window: Window,
    memory: &'a M,
    writes: Vec<(u64, Vec<u8>)>,
    /// Whether something was not inside of the window.
    outside: bool,
    /// The first beat of weights, of activations, and of outputs that came with an error.
    failed: [Option<u64>; 3],
}

impl FigsAxiParams {
    /// Carries out a descriptor that lies at `at`, in which the ring found nothing wrong.
    ///
    /// What is written is not seen by what is read: they must not overlap.
    pub fn carry_out(
        &self,
        bytes: &[u8; DESCRIPTOR],
        at: u64,
        window: Window,
        memory: &impl Memory,
    ) -> Outcome {
        let shape = GemmShape {
            figs: self.figs.clone(),
            window,
        };
        let refused = |code: Code, address| Outcome {
            answer: Answer {
                code: code.value(),
                address,
                count: 0,
            },
            writes: Vec::new(),
        };
        let descriptor = match GemmDescriptor::decode(bytes, at, &shape) {
            Ok(descriptor) => descriptor,
            Err(faults) => return refused(faults[0].code, faults[0].address),
        };
        let mut run = Run {
            params: self,
            window,
            memory,
            writes: Vec::new(),
            outside: false,
            failed: [None; 3],
        };
        let (wrong, count) = run.tiles(&descriptor, at);
        let [weights, acts, outs] = run.failed;
        let (code, address) = match (wrong, run.outside, weights.or(acts), outs) {
            (Some(wrong), ..) => wrong,
            (None, true, ..) => (Code::Window, at),
            (None, false, Some(beat), _) => (Code::Read, beat),
            (None, false, None, Some(beat)) => (Code::Write, beat),
            (None, false, None, None) => (Code::Okay, at),
        };
        Outcome {
            answer: Answer {
                code: code.value(),
                address,
                count,
            },
            writes: run.writes,
        }
    }
}

impl<M: Memory> Run<'_, M> {
    /// Carries out tiles; returns what ended the command before its last one, if anything did, and
    /// how many there were.
    fn tiles(&mut self, descriptor: &GemmDescriptor, at: u64) -> (Option<(Code, u64)>, u32) {
        let gemm = &descriptor.gemm;
        let mut array = Array::new(&self.params.figs, Variant::Figs);
        let mut last = true;
        for number in 0..u32::from(gemm.count) {
            let away = u64::from(number) * TILE as u64;
            let block = TILE_BLOCK as u64;
            let here = gemm.tiles.wrapping_add(away / block * block);
            if away.is_multiple_of(block) {
                let end = u128::from(here) + u128::from(block);
                if here < self.window.base || end > u128::from(self.window.end) {
                    return (Some((Code::Window, here)), number);
                }
                let beats = (0..block).step_by(self.params.beat() as usize);
                let mut beats = beats.map(|beat| here + beat);
                if let Some(beat) = beats.find(|&beat| self.memory.read_fails(beat)) {
                    return (Some((Code::Fetch, beat)), number);
                }
            }
            let mut bytes = [0; TILE];
            bytes.copy_from_slice(&self.memory.read(here + away % block, TILE as u32));
            let end = number + 1 == u32::from(gemm.count);
            let tile = match TileRecord::decode(&bytes, last, end) {
                Ok(tile) => tile,
                Err(code) => return (Some((code, at)), number),
            };
            last = tile.last;
            self.tile(&mut array, descriptor, number, &tile);
        }
        (None, gemm.count.into())
    }

    /// Carries out a tile.
    fn tile(
        &mut self,
        array: &mut Array,
        descriptor: &GemmDescriptor,
        number: u32,
        tile: &TileRecord,
    ) {
        let (gemm, p) = (&descriptor.gemm, &self.params.figs);
        let tokens = u32::from(gemm.tokens);
        let tile_bytes = u64::from(p.rows * p.row_bytes());
        let weights = Command {
            addr: gemm
                .weights
                .wrapping_add(u64::from(number).wrapping_mul(tile_bytes)),
            bytes: p.row_bytes(),
            rows: p.rows,
            stride: p.row_bytes().cast_signed(),
        };
        let element = u64::from(tile.element) * u64::from(p.act_bytes());
        let acts = Command {
            addr: gemm.activations.wrapping_add(element),
            bytes: p.rows * p.act_bytes(),
            rows: tokens,
            stride: gemm.activation_stride,
        };
        let (weight_rows, act_rows) = (self.read(0, &weights), self.read(1, &acts));
        let p = &self.params.figs;
        let act = |row: &Vec<u8>| {
            let elements = row.chunks(p.act_bytes() as usize);
            elements.map(|e| image::read_activation(p, e)).collect()
        };
        let work = TileWork {
            tile: TileBeat {
                tokens,
                log_n: gemm.log_n.into(),
                first: tile.first,
                last: tile.last,
            },
            weights: weight_rows.iter().map(|r| image::read_row(p, r)).collect(),
            acts: act_rows.iter().map(act).collect(),
        };
        let beats = array.tile(&work).unwrap_or_default();
        let channels = p.channels(Variant::Figs, gemm.log_n.into());
        let rows: Vec<Vec<u8>> = beats
            .iter()
            .map(|beat| {
                let word = |c| p.out_word(Variant::Figs, gemm.log_n.into(), c);
                let sums = (0..channels).map(|c| beat.data[word(c) as usize]);
                sums.flat_map(|sum| image::output(p, sum)).collect()
            })
            .collect();
        if tile.last {
            let output = u64::from(tile.output) * u64::from(p.out_bytes());
            let outs = Command {
                addr: gemm.outputs.wrapping_add(output),
                bytes: channels * p.out_bytes(),
                rows: tokens,
                stride: gemm.output_stride,
            };
            self.write(&outs, rows);
        }
    }

    /// Reads rows; those of a command that is refused are zeros.
    fn read(&mut self, of: usize, command: &Command) -> Vec<Vec<u8>> {
        if command.check(self.window).is_refusal() {
            self.outside = true;
            return vec![vec![0; command.bytes as usize]; command.rows as usize];
        }
        self.note(of, command, Memory::read_fails);
        let rows = command.all_rows();
        rows.map(|row| self.memory.read(row, command.bytes))
            .collect()
    }

    fn write(&mut self, command: &Command, rows: Vec<Vec<u8>>) {
        if command.check(self.window).is_refusal() {
            self.outside = true;
            return;
        }
        let beat = self.params.beat();
        if self.failed[2].is_none() {
            // A burst is answered as a whole.
            let bursts = command.bursts(beat, BURST);
            let bad = bursts.iter().find(|burst| {
                let beats = (0..burst.beats).map(|b| burst.addr + u64::from(b * beat));
                beats.into_iter().any(|b| self.memory.write_fails(b))
            });
            self.failed[2] = bad.map(|burst| burst.addr);
        }
        self.writes.extend(command.all_rows().zip(rows));
    }

    /// Notes the first beat of a command's bursts that fails, if none did before.
    fn note(&mut self, of: usize, command: &Command, fails: fn(&M, u64) -> bool) {
        if self.failed[of].is_some() {
            return;
        }
        let size = self.params.beat();
        let bursts = command.bursts(size, BURST);
        let mut beats = bursts
            .iter()
            .flat_map(|burst| (0..burst.beats).map(move |b| burst.addr + u64::from(b * size)));
        self.failed[of] = beats.find(|&beat| fails(self.memory, beat));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::Gemm;
    use crate::figs::{FigsParams, Matrix, Pattern, pack};
    use crate::figs_axi::image;

    /// Bytes from address 0 on, of which some fail.
    struct Bytes(Vec<u8>, Option<u64>);

    impl Memory for Bytes {
        fn read(&self, address: u64, bytes: u32) -> Vec<u8> {
            self.0[address as usize..][..bytes as usize].to_vec()
        }

        fn read_fails(&self, beat: u64) -> bool {
            self.1 == Some(beat)
        }

        fn write_fails(&self, beat: u64) -> bool {
            self.1 == Some(beat)
        }
    }

    const WINDOW: Window = Window {
        base: 0,
        end: 0x8000,
    };

    fn params() -> FigsAxiParams {
        FigsAxiParams {
            figs: FigsParams {
                rows: 8,
                columns: 2,
                lanes: 1,
                max_t: 8,
                ..FigsParams::default()
            },
            io_w: 64,
        }
    }

    /// Weights at 0x1000, records at 0x2000, activations at 0x3000, outputs at 0x4000.
    fn gemm(count: usize) -> GemmDescriptor {
        GemmDescriptor {
            interrupt: false,
            fence: false,
            tag: 0,
            completion: 0,
            gemm: Gemm {
                weights: 0x1000,
                activations: 0x3000,
                outputs: 0x4000,
                tiles: 0x2000,
                activation_stride: 24,
                output_stride: 64,
                count: count as u16,
                tokens: 3,
                log_n: 1,
            },
        }
    }

    /// Weights of 10 outputs by 18 inputs, two of every four, and what three tokens make of them.
    fn product(p: &FigsAxiParams) -> (Bytes, usize, Matrix) {
        let weights = Matrix::from_fn(10, 18, |o, k| {
            let kept = k % 4 == o % 4 || k % 4 == (o + 1) % 4;
            if kept { i64::from(o * 18 + k) - 90 } else { 0 }
        });
        let acts = Matrix::from_fn(3, 18, |t, k| i64::from(t * 37 + k * 11) % 256 - 128);
        let pattern = Pattern::new(2, 4).expect("legal");
        let packed = pack(&p.figs, Variant::Figs, pattern, &weights).expect("fits");
        let mut bytes = vec![0; 0x8000];
        let mut put = |at: usize, part: &[u8]| bytes[at..at + part.len()].copy_from_slice(part);
        put(0x1000, &image::weights(&packed));
        put(0x2000, &image::tiles(&packed));
        for t in 0..3 {
            let row: Vec<u8> = acts.row(t).iter().map(|&a| a as i8 as u8).collect();
            put(0x3000 + 24 * t as usize, &row);
        }
        let count = packed.tiles.len();
        (Bytes(bytes, None), count, acts.product(&weights))
    }

    #[test]
    fn a_product_equals_that_of_the_matrices() {
        let p = params();
        let (memory, count, wanted) = product(&p);
        let outcome = p.carry_out(&gemm(count).encode(), 0x40, WINDOW, &memory);
        assert_eq!(outcome.answer.code, 0);
        assert_eq!(outcome.answer.count as usize, count);
        let mut image = vec![0xee; 0x400];
        for (address, bytes) in &outcome.writes {
            let at = (address - 0x4000) as usize;
            image[at..at + bytes.len()].copy_from_slice(bytes);
        }
        for t in 0..3 {
            for o in 0..10 {
                let at = (64 * t + 4 * o) as usize;
                let mut sum = [0; 4];
                sum.copy_from_slice(&image[at..at + 4]);
                let got = i64::from(i32::from_le_bytes(sum));
                assert_eq!(got, wanted.at(t, o), "{t}, {o}");
            }
        }
        // Twelve channels are written of ten outputs: three tiles of four.
        assert_eq!(outcome.writes.len(), 9);
        assert_eq!(image[48], 0xee);
    }

    #[test]
    fn errors_and_their_order() {
        let p = params();
        let (mut memory, count, _) = product(&p);
        let at = 0x40;
        let go = |memory: &Bytes, d: &GemmDescriptor, window| {
            let outcome = p.carry_out(&d.encode(), at, window, memory);
            (
                outcome.answer.code,
                outcome.answer.address,
                outcome.answer.count,
            )
        };
        let all = count as u32;
        let mut fails = |beat, wanted| {
            memory.1 = Some(beat);
            assert_eq!(go(&memory, &gemm(count), WINDOW), wanted, "{beat:#x}");
        };
        fails(0x1008, (48, 0x1008, all));
        fails(0x3018, (48, 0x3018, all));
        fails(0x4048, (50, 0x4040, all));
        fails(0x2008, (16, 0x2008, 0));
        // The second block of records holds tiles 4 to 7.
        fails(0x2078, (16, 0x2078, 4));
        memory.1 = None;
        let tight = |base, end| Window { base, end };
        let d = gemm(count);
        assert_eq!(go(&memory, &d, tight(0x1008, 0x8000)), (20, at, all));
        assert_eq!(go(&memory, &d, tight(0, 0x4000)), (20, at, all));
        assert_eq!(go(&memory, &d, tight(0, 0x2079)), (20, 0x2040, 4));
        let none = gemm(0);
        assert_eq!(go(&memory, &none, WINDOW), (26, at, 0));
        // A record that begins outputs where others go on.
        memory.0[0x2018] |= 1;
        assert_eq!(go(&memory, &d, WINDOW), (26, at, 1));
        memory.0[0x201f] = 1;
        assert_eq!(go(&memory, &d, WINDOW), (18, at, 1));
    }
}
