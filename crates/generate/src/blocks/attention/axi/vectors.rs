// SPDX-License-Identifier: MIT OR Apache-2.0
//! A golden set of the attention core on AXI: the memory before a few commands, what is in it behind
//! them, and the registers that start them.
//!
//! The jobs are those of the core alone, a command each, behind one that loads the token list.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use hwgen_bundle::file::File;
use hwgen_golden::attention::{JobError, run_job};
use hwgen_golden::attention_axi::AttentionAxiParams;
use hwgen_golden::command::{
    Attention, Code, Completion, Descriptor, HeadRecord, List, Op, RECORD, Statistics, query_bytes,
    query_row, result_bytes,
};
use hwgen_golden::memory::PAGE;
use hwgen_golden::memory::layout::{Entry, place};
use hwgen_golden::memory::pack::pack;
use hwgen_golden::regs::Table;

use crate::blocks::attention::vectors::{Case, Set, set};

/// Where things lie: the ring, completion records, head records, the token list, and the rest.
const RING: u64 = 0x1000;
const COMPLETIONS: u64 = 0x1800;
const RECORDS: u64 = 0x2000;
const LIST: u64 = 0x3000;
const ROWS: u64 = 0x4000;
/// Bytes of a word of the files.
const WORD: u64 = 8;

/// Bytes by address, in words of 64 bits.
#[derive(Default)]
struct Image(BTreeMap<u64, [u8; WORD as usize]>);

impl Image {
    fn put(&mut self, address: u64, bytes: &[u8]) {
        for (at, &byte) in (address..).zip(bytes) {
            let word = self.0.entry(at / WORD).or_default();
            word[(at % WORD) as usize] = byte;
        }
    }

    /// Returns the image as `$readmemh` reads it: addresses of words, where they do not follow.
    fn hex(&self) -> String {
        let mut text = String::new();
        let mut next = None;
        for (&at, word) in &self.0 {
            if next != Some(at) {
                let _ = writeln!(text, "@{at:x}");
            }
            let _ = writeln!(text, "{:016x}", u64::from_le_bytes(*word));
            next = Some(at + 1);
        }
        text
    }
}

/// What a command reads and writes.
struct Command<'a> {
    case: &'a Case,
    record: HeadRecord,
}

/// Returns the files of the top `top` of `p`.
pub(super) fn files(p: &AttentionAxiParams, top: &str) -> Vec<File> {
    let set = set(&p.core);
    let (mut before, mut behind) = (Image::default(), Image::default());
    let (commands, end) = lay_out(p, &set, &mut before);
    let list = List {
        address: LIST,
        count: set.list.len() as u16,
    };
    let tokens = set.list.iter().flat_map(|&t| (t as u16).to_le_bytes());
    before.put(LIST, &tokens.collect::<Vec<u8>>());
    let mut notes = "# command: what it does, the code it ends with\n".to_owned();
    let mut ring = vec![(Op::List(list), Code::Okay, 0)];
    let _ = writeln!(notes, "0: loads the token list: 0");
    for (index, command) in (1..).zip(&commands) {
        let case = command.case;
        let address = RECORDS + (index - 1) * RECORD as u64;
        before.put(address, &command.record.encode());
        let code = expect(p, command, &set, &mut behind);
        let rows = if code == Code::Okay {
            case.queries.len()
        } else {
            0
        };
        ring.push((attention(case, address), code, rows as u32));
        let _ = writeln!(notes, "{index}: {}: {}", case.note, code.value());
    }
    for (index, &(op, code, count)) in ring.iter().enumerate() {
        let descriptor = Descriptor {
            interrupt: index + 1 == ring.len(),
            fence: false,
            tag: 0x100 + index as u32,
            completion: COMPLETIONS + 16 * index as u64,
            op,
        };
        before.put(RING + 64 * index as u64, &descriptor.encode());
        let completion = Completion {
            tag: descriptor.tag,
            code,
            op: op.number(),
            index: index as u16,
            count,
            cycles: 0,
        };
        behind.put(descriptor.completion, &completion.encode());
    }
    vec![
        File::new(format!("vectors/{top}_memory.hex"), before.hex()),
        File::new(format!("vectors/{top}_expected.hex"), behind.hex()),
        File::new(
            format!("vectors/{top}_writes.txt"),
            writes(p, ring.len() as u32, end),
        ),
        File::new(format!("vectors/{top}_commands.txt"), notes),
    ]
}

/// Bytes from the address space of a channel to that of the next: behind everything else, with a page
/// between, because where planes lie together each is judged as if a whole token followed its last.
fn stride(end: u64) -> u64 {
    end.next_multiple_of(PAGE) + PAGE
}

/// Places queries, biases, results and planes; returns the commands, and what is behind all of it in
/// channel 0.
fn lay_out<'a>(p: &AttentionAxiParams, set: &'a Set, image: &mut Image) -> (Vec<Command<'a>>, u64) {
    let reader = p.vector_reader();
    let tokens = set.k[0].len() as u32;
    let query_stride = query_bytes(p.core.d_head);
    let result_stride = result_bytes(p.core.d_head);
    let bias_stride = (4 * tokens).next_multiple_of(8);
    let mut commands = Vec::new();
    let mut at = ROWS;
    for case in &set.cases {
        let queries = case.queries.len() as u64;
        let record = HeadRecord {
            query: at,
            query_stride: query_stride as i32,
            bias: at + queries * u64::from(query_stride),
            bias_stride: bias_stride as i32,
            result: at + queries * u64::from(query_stride + bias_stride),
            result_stride: result_stride as i32,
            pre_shift: case.job.pre_shift as i8,
            mant: case.job.mant as u16,
            head_limit: case.job.head_limit,
            ..HeadRecord::default()
        };
        for (i, query) in (0..).zip(&case.queries) {
            let elements: Vec<i16> = query.data.iter().map(|&x| x as i16).collect();
            let row = query_row(query.bound, &elements);
            image.put(record.query + i * u64::from(query_stride), &row);
        }
        for (i, biases) in (0..).zip(case.bias.iter().flatten()) {
            let masked = p.core.bias_masked();
            let number = |&b: &i64| if b == masked { i32::MIN } else { b as i32 };
            let row: Vec<u8> = biases
                .iter()
                .flat_map(|b| number(b).to_le_bytes())
                .collect();
            image.put(record.bias + i * u64::from(bias_stride), &row);
        }
        at = record.result + queries * u64::from(result_stride);
        commands.push(Command { case, record });
    }
    let mut entries: Vec<Entry> = Vec::new();
    at = at.next_multiple_of(PAGE);
    // Through a list, any token may be asked for: there is room for all.
    for _ in &set.k {
        let placed = place(&reader, at, p.core.max_tokens, 0);
        at = placed.end;
        entries.push(placed.entry);
    }
    for (head, entry) in entries.iter().enumerate() {
        for (value, rows) in [(false, &set.k[head]), (true, &set.v[head])] {
            for plane in 0..reader.planes(value).len() {
                for (token, row) in (0..).zip(rows) {
                    let channel = u64::from(token % p.memory.channels);
                    let place = entry.address(&reader, value, plane, token);
                    let bytes = pack(row, reader.planes(value), plane);
                    image.put(place + channel * stride(at), &bytes);
                }
            }
        }
    }
    for command in &mut commands {
        let entry = &entries[command.case.job.head as usize];
        let padded = |all: &[u32]| std::array::from_fn(|i| all.get(i).copied().unwrap_or(0));
        command.record.k_base = entry.bases[0];
        command.record.v_base = entry.bases[1];
        command.record.k_offset = padded(&entry.offsets[0]);
        command.record.v_offset = padded(&entry.offsets[1]);
    }
    (commands, at)
}

/// Returns the operation of a case, whose record lies at `records`.
fn attention(case: &Case, records: u64) -> Op {
    let job = &case.job;
    Op::Attention(Attention {
        causal: job.causal,
        renorm: job.renorm,
        bias: job.bias,
        list: job.list,
        records,
        heads: 1,
        keys: job.keys as u16,
        first: job.first as u16,
        queries: case.queries.len() as u16,
        k_start: job.k_start as u8,
        k_max: job.k_max as u8,
        v_count: job.v_count as u8,
        rule: job.rule.code() as u8,
        select: job.select.code() as u8,
        k: job.k as u16,
        mass: job.mass,
        eps_log2: job.eps_log2,
        ..Attention::default()
    })
}

/// Puts the rows of a command's results, as far as there are any; returns the code it ends with.
fn expect(p: &AttentionAxiParams, command: &Command<'_>, set: &Set, behind: &mut Image) -> Code {
    let (case, record) = (command.case, &command.record);
    let job = &case.job;
    if job.keys == 0 {
        return Code::Keys;
    }
    let head = job.head as usize;
    let list = job.list.then_some(&set.list[..]);
    let bias = case.bias.as_deref();
    let (k, v) = (&set.k[head], &set.v[head]);
    let result = run_job(&p.core, job, &case.queries, k, v, bias, list);
    assert_eq!(
        result.error,
        JobError::Ok,
        "the set has no other refused job"
    );
    for (i, (output, stat)) in (0..).zip(result.outputs.iter().zip(&result.stats)) {
        let statistics = Statistics {
            error: 0,
            rounds: stat.rounds as u8,
            selected: stat.selected as u16,
            k_fetched: stat.k_fetched as u16,
            refined: stat.refined as u16,
            v_fetched: stat.v_fetched as u16,
            cycles: 0,
        };
        let mut row: Vec<u8> = output.iter().flat_map(|x| x.to_le_bytes()).collect();
        row.extend(statistics.encode());
        let away = i * u64::from(result_bytes(p.core.d_head));
        behind.put(record.result + away, &row);
    }
    Code::Okay
}

/// Returns the writes of registers that let the commands run: offset, value, name.
fn writes(p: &AttentionAxiParams, commands: u32, end: u64) -> String {
    let table = Table::of(&p.regs());
    let stride = stride(end);
    let last = stride * u64::from(p.memory.channels);
    let half = |value: u64, high: bool| (value >> if high { 32 } else { 0 }) as u32;
    let mut text = "# offset, value, register: to be written in this order\n".to_owned();
    for (name, value) in [
        ("RING_BASE_LO", half(RING, false)),
        ("RING_BASE_HI", half(RING, true)),
        ("RING_SIZE", commands + 1),
        ("CHANNEL_STRIDE_LO", half(stride, false)),
        ("CHANNEL_STRIDE_HI", half(stride, true)),
        ("WINDOW_BASE_LO", half(RING, false)),
        ("WINDOW_BASE_HI", half(RING, true)),
        ("WINDOW_END_LO", half(last, false)),
        ("WINDOW_END_HI", half(last, true)),
        ("IRQ_ENABLE", 1),
        ("CONTROL", 1),
        ("RING_TAIL", commands),
    ] {
        let offset = table.named(name).map_or(0, |r| r.offset);
        let _ = writeln!(text, "{offset:03x} {value:08x} {name}");
    }
    text
}

#[cfg(test)]
mod tests {
    use hwgen_golden::attention::AttentionParams;
    use hwgen_golden::command::Shape;
    use hwgen_golden::memory::Layout;
    use hwgen_golden::stream::Window;

    use super::*;

    fn params(channels: u32) -> AttentionAxiParams {
        let mut p = AttentionAxiParams {
            core: AttentionParams {
                d_head: 8,
                lanes: 16,
                ..AttentionParams::default()
            },
            ..AttentionAxiParams::default()
        };
        p.memory.channels = channels;
        p.memory.v_layout = Layout::Token;
        p
    }

    /// What the descriptors and records say is legal, but for the command that is to be refused.
    #[test]
    fn commands_are_legal() {
        for channels in [1, 4] {
            let p = params(channels);
            let set = set(&p.core);
            let mut image = Image::default();
            let (commands, end) = lay_out(&p, &set, &mut image);
            let shape = Shape {
                vectors: p.vector_reader(),
                attention: true,
                cascade: false,
                append: false,
                window: Window {
                    base: RING,
                    end: stride(end) * u64::from(channels),
                },
            };
            for command in &commands {
                let op = attention(command.case, RECORDS);
                let descriptor = Descriptor {
                    interrupt: false,
                    fence: false,
                    tag: 0,
                    completion: 0,
                    op,
                };
                let read = Descriptor::decode(&descriptor.encode(), RING, &shape);
                let legal = command.case.job.keys > 0;
                assert_eq!(read.is_ok(), legal, "{}: {read:?}", command.case.note);
                let Op::Attention(attention) = op else {
                    continue;
                };
                let by = hwgen_golden::command::Use::Attention(&attention, attention.keys.into());
                let record = HeadRecord::decode(&command.record.encode(), RECORDS, by, &shape);
                assert_eq!(record, Ok(command.record), "{}", command.case.note);
            }
        }
    }

    #[test]
    fn files_say_what_is_where() {
        let files = files(&params(2), "t");
        let text = |name: &str| {
            let path = format!("vectors/t_{name}");
            let file = files.iter().find(|f| f.path == path).expect("is there");
            file.text.as_str()
        };
        // The ring is first, and its first command loads a list (2) with tag 0x100.
        let begin: Vec<&str> = text("memory.hex").lines().take(2).collect();
        assert_eq!(begin, ["@200", "0000010000000002"]);
        // Tag, code 0, op 2, index 0; one of the commands is refused for its keys (22).
        let ends = text("expected.hex");
        assert!(ends.starts_with("@300\n0000020000000100\n"), "{ends}");
        assert_eq!(text("commands.txt").matches(": 22\n").count(), 1);
        assert!(text("writes.txt").ends_with("06c 00000007 RING_TAIL\n"));
    }
}
