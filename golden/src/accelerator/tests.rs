// SPDX-License-Identifier: MIT OR Apache-2.0
//! The accelerator against hand-made bytes, and against attention in float64.

use super::*;
use crate::attention::host::{Bound, query_bound, softmax_scale};
use crate::attention::reference::{self, Keep, Setting};
use crate::attention::softmax::Scale;
use crate::attention::{AttentionParams, Query};
use crate::cascade::EngineParams;
use crate::command::{Append, Attention, Cascade, Descriptor, HeadRecord, List};
use crate::importance::ImportanceParams;
use crate::memory::MemoryParams;
use crate::stream::Window;
use crate::vector_reader::VectorReaderParams;

const STRIDE: u64 = 1 << 28;
const BASE: u64 = 0x4000_0000;

fn core() -> AttentionParams {
    AttentionParams {
        d_head: 8,
        lanes: 16,
        max_tokens: 32,
        k_planes: vec![6, 4],
        v_planes: vec![4, 4, 4],
        ..AttentionParams::default()
    }
}

fn reader() -> VectorReaderParams {
    let memory = MemoryParams {
        channels: 2,
        data_w: 64,
        ..MemoryParams::default()
    };
    VectorReaderParams::of(&core(), &memory)
}

fn accelerator(window: Window) -> Accelerator {
    let shape = Shape {
        vectors: reader(),
        attention: true,
        cascade: true,
        append: true,
        window,
    };
    let pruning = EngineParams {
        importance: ImportanceParams {
            d_head: 8,
            lanes: 16,
            max_tokens: 32,
            max_heads: 4,
        },
        ..EngineParams::default()
    };
    Accelerator::new(&core(), shape, Some(pruning), 8, STRIDE)
}

fn descriptor(op: Op) -> Descriptor {
    Descriptor {
        interrupt: true,
        fence: false,
        tag: 0x1234_5678,
        completion: 0,
        op,
    }
}

/// Elements of a head, none of which is another.
fn row(head: i32, token: i32, width: u32) -> Vec<i32> {
    let half = 1 << (width - 1);
    let one = |i| (head * 331 + token * 997 + i * 613 + 77) % (2 * half) - half;
    (0..8).map(one).collect()
}

/// One head after the other: caches of 20 tokens, two queries each, results downwards.
struct Scene<'a> {
    host: Host<'a>,
    records: Vec<HeadRecord>,
    queries: Vec<Vec<Query>>,
    at: u64,
    ring: u64,
    completion: u64,
}

fn scene(reader: &VectorReaderParams, scale: Scale) -> Scene<'_> {
    let mut host = Host::new(reader, STRIDE, BASE, 1 << 16);
    let ring = host.take("ring", 8 * 64, 64, Use::Read);
    let completion = host.take("completion", 16, 16, Use::Write);
    let (mut records, mut all) = (Vec::new(), Vec::new());
    for head in 0..3 {
        let entry = host.cache(&format!("head {head}"), 20, 64);
        for token in 0..20 {
            for (value, width) in [(false, 10), (true, 12)] {
                host.token(&entry, value, token, &row(head, token as i32, width));
            }
        }
        let query = |number: i32| {
            let data = row(head, 100 + number, 12);
            Query {
                bound: query_bound(&data, Bound::Worst),
                data,
            }
        };
        let queries: Vec<Query> = (0..2).map(query).collect();
        let spread = Spread {
            apart: 16,
            down: true,
        };
        let asked = host.queries("queries", &queries, spread);
        let results = host.results("results", 2, spread);
        let elements: Vec<i16> = row(head, 500, 12).iter().map(|&e| e as i16 * 9).collect();
        let source = host.elements("appended", &elements);
        records.push(HeadRecord {
            k_base: entry.bases[0],
            v_base: entry.bases[1],
            k_offset: [entry.offsets[0][0], entry.offsets[0][1], 0],
            v_offset: [0, 1, 2].map(|p| entry.offsets[1][p]),
            query: asked.base,
            query_stride: asked.stride,
            result: results.base,
            result_stride: results.stride,
            pre_shift: scale.pre_shift as i8,
            mant: scale.mant as u16,
            append_k: source,
            append_v: source,
            ..HeadRecord::default()
        });
        all.push(queries);
    }
    let at = host.records("records", &records);
    assert!(host.fits());
    Scene {
        host,
        records,
        queries: all,
        at,
        ring,
        completion,
    }
}

fn layer(records: u64, heads: u16, keys: u16) -> Attention {
    Attention {
        records,
        heads,
        keys,
        queries: 2,
        k_start: 2,
        k_max: 2,
        v_count: 3,
        k: 1,
        ..Attention::default()
    }
}

const STEEP: Scale = Scale {
    pre_shift: 0,
    mant: 1,
};

/// With one key its probability is 1, and the output is its value in sixteenths.
#[test]
fn one_key_by_hand() {
    let reader = reader();
    let scene = scene(&reader, STEEP);
    let mut image = scene.host.image.clone();
    let mut all = accelerator(scene.host.window());
    let given = Descriptor {
        completion: scene.completion,
        ..descriptor(Op::Attention(layer(scene.at, 3, 1)))
    };
    image.write(scene.ring + 64, &given.encode());
    let out = all.run(&mut image, scene.ring + 64, 1, &Answers::FINE);
    assert_eq!(
        (out.code(), out.count, out.interrupt),
        (Code::Okay, 6, true)
    );
    for head in 0..3 {
        for query in 0..2 {
            let record = &scene.records[head];
            let at = record
                .result
                .wrapping_add_signed(i64::from(record.result_stride) * query);
            let wanted: Vec<u8> = row(head as i32, 0, 12)
                .iter()
                .flat_map(|&v| (v as i16).saturating_mul(16).to_le_bytes())
                .collect();
            assert_eq!(image.bytes(at, 16), wanted);
            // Error, rounds, selected (2 bytes), K, planes, V (three vectors for the first query).
            let v = if query == 0 { 3 } else { 0 };
            let statistics = [0, 0, 1, 0, 0, 0, 0, 0, v, 0, 0, 0];
            assert_eq!(image.bytes(at + 16, 12), statistics);
        }
    }
    // Tag, code, operation, index, rows.
    let record = [0x78, 0x56, 0x34, 0x12, 0, 1, 1, 0, 6, 0, 0, 0, 0, 0, 0, 0];
    assert_eq!(image.bytes(scene.completion, 16), record);
    // A row of two tokens is asked for, of which one is a key.
    assert_eq!(out.read, Read([[3, 3, 0], [3, 3, 3]]));
    assert_eq!(out.read.bytes(&all.shape), [[18, 12, 0], [12, 12, 12]]);
}

/// Outputs are those of attention in float64, but for rounding.
#[test]
fn a_layer_against_float64() {
    let unit = 4e-7;
    let scale = softmax_scale(unit).expect("in range");
    let reader = reader();
    let scene = scene(&reader, scale);
    let mut image = scene.host.image.clone();
    let mut all = accelerator(scene.host.window());
    let given = descriptor(Op::Attention(layer(scene.at, 3, 20)));
    image.write(scene.ring, &given.encode());
    let out = all.run(&mut image, scene.ring, 0, &Answers::FINE);
    assert_eq!(out.code(), Code::Okay);
    let float = |rows: &[Vec<i32>]| -> Vec<Vec<f64>> {
        let row = |r: &Vec<i32>| r.iter().map(|&x| f64::from(x)).collect();
        rows.iter().map(row).collect()
    };
    for head in 0..3 {
        let cache = |width| -> Vec<Vec<i32>> { (0..20).map(|t| row(head, t, width)).collect() };
        let asked: Vec<Vec<i32>> = scene.queries[head as usize]
            .iter()
            .map(|q| q.data.clone())
            .collect();
        let setting = Setting {
            unit,
            causal: None,
            keep: Keep::All,
            renorm: false,
        };
        let (q, k, v) = (float(&asked), float(&cache(10)), float(&cache(12)));
        let wanted = reference::attention(&q, &k, &v, None, setting).outputs;
        for (query, wanted) in (0..).zip(&wanted) {
            let record = &scene.records[head as usize];
            let at = record
                .result
                .wrapping_add_signed(i64::from(record.result_stride) * query);
            for (element, want) in (0..).zip(wanted) {
                let got = i16::from_le_bytes(image.array(at + 2 * element));
                let away = f64::from(got) / 16.0 - want;
                assert!(away.abs() < 1.0, "{got} for {want}");
            }
        }
    }
}

/// Heads before the wrong record are done, and none behind it.
#[test]
fn a_wrong_record_ends_the_command_there() {
    let reader = reader();
    let scene = scene(&reader, STEEP);
    let mut image = scene.host.image.clone();
    let mut all = accelerator(scene.host.window());
    let given = Descriptor {
        completion: scene.completion,
        ..descriptor(Op::Attention(layer(scene.at, 3, 5)))
    };
    image.write(scene.ring, &given.encode());
    let wrong = scene.at + 128;
    image.write(wrong + 40, &[4]);
    let out = all.run(&mut image, scene.ring, 0, &Answers::FINE);
    let query = u64::from_le_bytes(image.array(wrong + 40));
    let fault = Fault {
        code: Code::Alignment,
        address: query,
    };
    assert_eq!(out.reported().collect::<Vec<_>>(), [&fault]);
    assert_eq!((out.count, out.writes.len()), (2, 2));
    assert_eq!(
        image.bytes(scene.completion + 4, 8),
        [19, 1, 0, 0, 2, 0, 0, 0]
    );
    // The core refuses a selection of no values in each head.
    image.write(wrong + 40, &scene.records[1].query.to_le_bytes()[..1]);
    let op = Attention {
        select: 1,
        k: 0,
        ..layer(scene.at, 2, 5)
    };
    image.write(scene.ring, &descriptor(Op::Attention(op)).encode());
    let out = all.run(&mut image, scene.ring, 0, &Answers::FINE);
    assert_eq!((out.code(), out.count), (Code::Core(2), 4));
    let mut refused = [0; 32];
    refused[16] = 2;
    assert!(
        out.writes
            .iter()
            .all(|w| w.bytes == refused && w.cycles.is_none())
    );
    assert_eq!(out.read, Read::default());
}

/// Errors of the memory are told with the beats that they come from, and the lowest code counts.
#[test]
fn errors_of_the_memory() {
    let reader = reader();
    let scene = scene(&reader, STEEP);
    let mut image = scene.host.image.clone();
    let mut all = accelerator(scene.host.window());
    let given = descriptor(Op::Attention(layer(scene.at, 1, 4)));
    image.write(scene.ring, &given.encode());
    let record = scene.records[0];
    let mut run = |io: &[u64], mem: &[u64]| {
        let answers = Answers {
            io: &|beat| io.contains(&beat),
            mem: &|beat| mem.contains(&beat),
        };
        let out = all.run(&mut image, scene.ring, 0, &answers);
        (out.reported().copied().collect::<Vec<_>>(), out.count)
    };
    let of = |code, address| vec![Fault { code, address }];
    assert_eq!(run(&[], &[]), (vec![], 2));
    let ring = scene.ring + 8;
    assert_eq!(run(&[ring], &[]), (of(Code::Fetch, ring), 0));
    assert_eq!(
        run(&[scene.at + 120], &[]),
        (of(Code::Fetch, scene.at + 120), 0)
    );
    // The second query lies 40 bytes below the first: 24 bytes, and 16 between.
    let query = record.query - 40 + 16;
    let result = record.result / 8 * 8;
    assert_eq!(run(&[query, result], &[]), (of(Code::Read, query), 2));
    assert_eq!(run(&[result], &[]), (of(Code::Write, result), 2));
    // Token 3 is place 1 of channel 1: bytes 6 to 11 of its first plane lie in two beats.
    let token = record.k_base + STRIDE;
    let both = run(&[], &[token, token + 8]);
    assert_eq!(both.0.first(), of(Code::Vector, token).first());
    assert!(both.0.contains(&of(Code::Vector, token + 8)[0]));
    assert_eq!(run(&[], &[record.v_base + 4096]), (vec![], 2));
}

/// The ring names the record whose write fails, where a beat of its port is wider, too.
#[test]
fn the_record_that_is_not_written() {
    let reader = reader();
    let scene = scene(&reader, STEEP);
    let mut image = scene.host.image.clone();
    let mut all = accelerator(scene.host.window());
    all.io_bytes = 64;
    let given = Descriptor {
        completion: scene.host.window().end - 16,
        ..descriptor(Op::Attention(layer(scene.at, 1, 4)))
    };
    image.write(scene.ring, &given.encode());
    let address = given.completion;
    let answers = Answers {
        io: &|beat| beat == address / 64 * 64,
        ..Answers::FINE
    };
    let out = all.run(&mut image, scene.ring, 0, &answers);
    let code = Code::Write;
    assert_eq!(out.late, [Fault { code, address }]);
}

/// What is appended is what attention reads, by a list, too.
#[test]
fn appended_tokens_are_read_by_a_list() {
    let reader = reader();
    let mut scene = scene(&reader, STEEP);
    let list = scene.host.list("list", &[19, 40, 3]);
    let mut image = scene.host.image.clone();
    let mut all = accelerator(scene.host.window());
    let mut run = |op| {
        image.write(scene.ring, &descriptor(op).encode());
        all.run(&mut image, scene.ring, 0, &Answers::FINE)
    };
    let append = Append {
        records: scene.at,
        heads: 3,
        token: 19,
    };
    let out = run(Op::Append(append));
    // Two planes of K and three of V per head.
    assert_eq!(
        (out.code(), out.count, out.writes.len()),
        (Code::Okay, 3, 15)
    );
    let load = List {
        address: list,
        count: 3,
    };
    assert_eq!(run(Op::List(load)).code(), Code::Okay);
    let op = Attention {
        list: true,
        ..layer(scene.at, 3, 1)
    };
    let out = run(Op::Attention(op));
    assert_eq!((out.code(), out.count), (Code::Okay, 6));
    // Elements saturated to 12 bits, in sixteenths.
    let saturated = |e: i32| {
        (e as i16)
            .saturating_mul(9)
            .clamp(-2048, 2047)
            .saturating_mul(16)
    };
    let wanted: Vec<i16> = row(0, 500, 12).iter().map(|&e| saturated(e)).collect();
    assert_eq!(out.jobs[0].outputs[0], wanted);
    let more = Attention {
        list: true,
        ..layer(scene.at, 3, 4)
    };
    assert_eq!(run(Op::Attention(more)).code(), Code::Keys);
    let pruned = Attention {
        heads: 0,
        cascade_heads: true,
        ..more
    };
    assert_eq!(run(Op::Attention(pruned)).code(), Code::Heads);
    // A token beyond the last counts as the last.
    assert_eq!(all.list(), [19, 31, 3]);
    // A list that could not be read has no entries.
    let fails = |beat| beat == list / 8 * 8;
    let answers = Answers {
        io: &fails,
        ..Answers::FINE
    };
    image.write(scene.ring, &descriptor(Op::List(load)).encode());
    let out = all.run(&mut image, scene.ring, 0, &answers);
    assert_eq!((out.code(), all.list()), (Code::Read, &[][..]));
}

/// The survivors of a layer are the next one's tokens and heads.
#[test]
fn cascade_pruning_feeds_the_next_layer() {
    let reader = reader();
    let mut scene = scene(&reader, softmax_scale(4e-7).expect("in range"));
    let tokens = scene.host.take("tokens", 8 * 20, 8, Use::Write);
    let heads = scene.host.take("heads", 8 * 3, 8, Use::Write);
    let mut image = scene.host.image.clone();
    let mut all = accelerator(scene.host.window());
    let mut run = |op| {
        image.write(scene.ring, &descriptor(op).encode());
        all.run(&mut image, scene.ring, 0, &Answers::FINE)
    };
    let start = Cascade {
        operation: 0,
        tokens: 20,
        heads: 3,
        keep_tokens: 20,
        keep_heads: 3,
        window: 0,
        token_list: 0,
        head_list: 0,
    };
    assert_eq!(run(Op::Cascade(start)).count, 20);
    let op = Attention {
        heads: 0,
        keys: 0,
        list: true,
        cascade_heads: true,
        list_keys: true,
        ..layer(scene.at, 3, 1)
    };
    let first = run(Op::Attention(op));
    assert_eq!((first.code(), first.count), (Code::Okay, 6));
    let next = Cascade {
        operation: 1,
        keep_tokens: 4,
        keep_heads: 2,
        token_list: tokens,
        head_list: heads,
        ..start
    };
    let out = run(Op::Cascade(next));
    assert_eq!((out.code(), out.count), (Code::Okay, 4));
    // By hand: importance is the sum of the probabilities, and of the outputs' magnitudes.
    let mut sums = [0; 20];
    for probs in first.jobs.iter().flat_map(|job| &job.probs) {
        sums.iter_mut().zip(probs).for_each(|(sum, p)| *sum += p);
    }
    let mut order: Vec<usize> = (0..20).collect();
    let most = *sums.iter().max().expect("there are some");
    let shift = (32 - u32::leading_zeros(most)).saturating_sub(16);
    order.sort_by_key(|&token| (std::cmp::Reverse(sums[token] >> shift), token));
    let mut kept = order[..4].to_vec();
    kept.sort_unstable();
    let entry = |(position, &token): (usize, &usize)| {
        let low = [position as u8, 0, token as u8, 0];
        [low, sums[token].to_le_bytes()].concat()
    };
    let wanted: Vec<u8> = kept.iter().enumerate().flat_map(entry).collect();
    assert_eq!(out.writes[0].bytes, wanted);
    let magnitude = |head: usize| -> u32 {
        let outputs = first.jobs[head].outputs.iter().flatten();
        outputs.map(|o| u32::from(o.unsigned_abs())).sum()
    };
    let of_two = |bytes: &[u8]| -> Vec<(u8, u32)> {
        let number = |at: &[u8]| u32::from_le_bytes([at[4], at[5], at[6], at[7]]);
        bytes.chunks(8).map(|at| (at[0], number(at))).collect()
    };
    let survivors = of_two(&out.writes[1].bytes);
    assert_eq!(survivors.len(), 2);
    assert!(
        survivors
            .iter()
            .all(|&(head, sum)| magnitude(head.into()) == sum)
    );
    let gone = (0..3)
        .find(|h| survivors.iter().all(|s| s.0 != *h))
        .expect("one is gone");
    assert!(survivors.iter().all(|s| s.1 >= magnitude(gone.into())));
    let second = run(Op::Attention(op));
    // Two heads of two queries, over four keys.
    assert_eq!((second.code(), second.count), (Code::Okay, 4));
    assert!(second.jobs.iter().all(|job| job.probs[0].len() == 4));
    let refused = Cascade {
        keep_tokens: 0,
        ..next
    };
    let out = run(Op::Cascade(refused));
    assert_eq!((out.code(), out.writes.len()), (Code::Cascade(4), 0));
}
