// SPDX-License-Identifier: MIT OR Apache-2.0
//! Plans by hand.

use super::*;
use crate::attention::Select;
use crate::command::{Attention, Code, Descriptor, Fault, HeadRecord, List, Op, RECORD};
use crate::stream::Command;

const WINDOW: Window = Window {
    base: 0x1000,
    end: 0x10_0000,
};

/// Two planes of K and one of V, 16 elements, 64 tokens in two channels, four entries of the table.
fn params() -> DispatchParams {
    let core = AttentionParams {
        d_head: 16,
        lanes: 16,
        max_tokens: 64,
        k_planes: vec![4, 2],
        v_planes: vec![4],
        jobs: 4,
        ..AttentionParams::default()
    };
    let memory = MemoryParams {
        channels: 2,
        data_w: 64,
        heads: 4,
        ..MemoryParams::default()
    };
    DispatchParams {
        max_heads: 8,
        append: true,
        ..DispatchParams::of(&core, &memory)
    }
}

fn attention() -> Attention {
    Attention {
        records: 0x4000,
        heads: 3,
        keys: 10,
        queries: 2,
        k_start: 1,
        k_max: 2,
        v_count: 1,
        ..Attention::default()
    }
}

fn bytes(op: Op) -> [u8; 64] {
    let descriptor = Descriptor {
        interrupt: false,
        fence: false,
        tag: 7,
        // The ring judges it.
        completion: 3,
        op,
    };
    descriptor.encode()
}

/// A record whose places tell its address apart.
fn record(at: u64) -> HeadRecord {
    HeadRecord {
        k_base: 0x2_0000 + (at << 5 & 0xf000),
        v_base: 0x3_0000,
        k_offset: [0, 80, 0],
        query: 0x5000,
        query_stride: -40,
        bias: 0x6000,
        bias_stride: 64,
        result: 0x7000,
        result_stride: 48,
        mant: at as u16,
        ..HeadRecord::default()
    }
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "the plan asks for a reader that can fail"
)]
fn fetch(at: u64) -> Result<[u8; RECORD], u64> {
    Ok(record(at).encode())
}

fn command(addr: u64, bytes: u32, rows: u32, stride: i32) -> Command {
    Command {
        addr,
        bytes,
        rows,
        stride,
    }
}

#[test]
fn queries_of_a_job_are_one_command() {
    let mut dispatch = Dispatch::new(&params(), WINDOW);
    let plan = dispatch.plan(&bytes(Op::Attention(attention())), None, fetch);
    assert_eq!((plan.alone, plan.fault, plan.count), (false, None, 6));
    let given = plan.given.expect("is legal");
    let places: Vec<u64> = given.records.iter().map(|place| place.at).collect();
    assert_eq!(places, [0x4000, 0x4080, 0x4100]);
    let head = &given.heads[2];
    assert_eq!((head.number, head.table.slot), (2, 2));
    assert_eq!(head.table.entry.bases, [0x2_2000, 0x3_0000]);
    assert_eq!(head.table.entry.offsets, [vec![0, 80], vec![0]]);
    let job = head.job.as_ref().expect("is a job");
    assert_eq!((job.head, job.keys, job.mant), (2, 10, 0x4100));
    assert_eq!((job.k_start, job.k_max, job.select), (1, 2, Select::All));
    // Rows of 8 + 32 bytes, downwards; of 32 + 16 for results.
    assert_eq!(
        head.reads,
        [Read {
            command: command(0x5000, 40, 2, -40),
            feed: Feed::Queries,
            keys: 0,
            last: true,
        }]
    );
    assert_eq!(head.result, command(0x7000, 48, 2, 48));
    // Entries are used in turn, over descriptors.
    let plan = dispatch.plan(&bytes(Op::Attention(attention())), None, fetch);
    let heads = plan.given.expect("is legal").heads;
    let slots: Vec<u32> = heads.iter().map(|head| head.table.slot).collect();
    assert_eq!(slots, [3, 0, 1]);
}

#[test]
fn biases_come_between_queries() {
    let mut dispatch = Dispatch::new(&params(), WINDOW);
    let biased = Attention {
        bias: true,
        heads: 1,
        ..attention()
    };
    let plan = dispatch.plan(&bytes(Op::Attention(biased)), None, fetch);
    let heads = plan.given.expect("is legal").heads;
    let reads: Vec<_> = heads[0]
        .reads
        .iter()
        .map(|read| {
            (
                read.command.addr,
                read.command.bytes,
                read.feed,
                read.keys,
                read.last,
            )
        })
        .collect();
    assert_eq!(
        reads,
        [
            (0x5000, 40, Feed::Queries, 0, false),
            (0x6000, 40, Feed::Biases, 10, false),
            (0x4fd8, 40, Feed::Queries, 0, true),
            (0x6040, 40, Feed::Biases, 10, false),
        ]
    );
    // The core takes no biases of a job that it refuses: one without planes of K.
    let refused = Attention {
        k_start: 0,
        ..biased
    };
    let plan = dispatch.plan(&bytes(Op::Attention(refused)), None, fetch);
    assert_eq!((plan.fault, plan.count), (None, 2));
    let heads = plan.given.expect("is legal").heads;
    assert_eq!(heads[0].reads.len(), 1);
    assert_eq!(heads[0].reads[0].command.rows, 2);
}

#[test]
fn a_wrong_record_ends_the_descriptor() {
    let mut dispatch = Dispatch::new(&params(), WINDOW);
    let wrong = |at: u64| {
        let mut record = record(at);
        record.result |= if at == 0x4080 { 4 } else { 0 };
        Ok(record.encode())
    };
    let plan = dispatch.plan(&bytes(Op::Attention(attention())), None, wrong);
    let fault = Fault {
        code: Code::Alignment,
        address: 0x7004,
    };
    assert_eq!((plan.fault, plan.count), (Some(fault), 2));
    let given = plan.given.expect("has begun");
    assert_eq!((given.heads.len(), given.records.len()), (1, 3));
    let lost = |at: u64| {
        if at == 0x4100 {
            Err(at + 24)
        } else {
            fetch(at)
        }
    };
    let plan = dispatch.plan(&bytes(Op::Attention(attention())), None, lost);
    let fault = Fault {
        code: Code::Fetch,
        address: 0x4118,
    };
    assert_eq!((plan.fault, plan.count), (Some(fault), 4));
    // Entries of the table are taken by jobs alone: one of the first, two of the second.
    let plan = dispatch.plan(&bytes(Op::Attention(attention())), None, fetch);
    assert_eq!(plan.given.expect("is legal").heads[0].table.slot, 3);
}

#[test]
fn lists_decide_about_what_uses_them() {
    let mut dispatch = Dispatch::new(&params(), WINDOW);
    let code = |dispatch: &mut Dispatch, op| {
        let plan = dispatch.plan(&bytes(Op::Attention(op)), None, fetch);
        plan.fault.map(|fault| (fault.code, fault.address))
    };
    let list = Attention {
        list: true,
        ..attention()
    };
    let left = Attention {
        cascade_heads: true,
        heads: 0,
        ..attention()
    };
    assert_eq!(code(&mut dispatch, list), Some((Code::Keys, 0)));
    assert_eq!(code(&mut dispatch, left), Some((Code::Heads, 0)));
    // What comes first counts, of the bytes or of the lists.
    let both = Attention { queries: 0, ..list };
    assert_eq!(code(&mut dispatch, both), Some((Code::Keys, 0)));
    let both = Attention { records: 8, ..list };
    assert_eq!(code(&mut dispatch, both), Some((Code::Alignment, 8)));
    let loads = List {
        address: 0x8000,
        count: 10,
    };
    let plan = dispatch.plan(&bytes(Op::List(loads)), None, fetch);
    assert_eq!((plan.alone, plan.fault), (true, None));
    let read = plan.given.expect("is legal").reads[0];
    assert_eq!((read.command, read.keys), (command(0x8000, 20, 1, 0), 10));
    assert_eq!(code(&mut dispatch, list), None);
    // As many keys as there are entries, of the heads that are left.
    dispatch.lists.heads = vec![1, 6];
    let op = Attention {
        list_keys: true,
        keys: 0,
        list: true,
        ..left
    };
    let plan = dispatch.plan(&bytes(Op::Attention(op)), None, fetch);
    let given = plan.given.expect("is legal");
    let heads: Vec<(u32, u32)> = given
        .heads
        .iter()
        .map(|head| (head.number, head.job.as_ref().map_or(0, |job| job.keys)))
        .collect();
    assert_eq!(heads, [(1, 10), (6, 10)]);
    assert_eq!(given.records[1].at, 0x4300);
}

#[test]
fn what_the_ring_has_found_is_answered() {
    let mut dispatch = Dispatch::new(&params(), WINDOW);
    let plan = dispatch.plan(&[0; 64], Some(Code::Fetch), fetch);
    let fault = Fault {
        code: Code::Fetch,
        address: 0,
    };
    assert_eq!(
        (plan.alone, plan.given, plan.fault),
        (false, None, Some(fault))
    );
}

#[test]
fn limits_and_rules_by_hand() {
    let mut p = params();
    // Four jobs and two more, but only four entries.
    assert_eq!((p.limit(), DispatchParams::default().limit()), (4, 10));
    assert_eq!((p.pace(), DispatchParams::default().pace()), (20, 22));
    p.max_heads = 257;
    p.jobs = 5;
    let said: Vec<String> = p.violations().iter().map(ToString::to_string).collect();
    assert_eq!(
        said,
        [
            "attention.jobs = 5: must be a power of two (try 4 or 8)",
            "dispatch.heads = 257: must be 0 to 256 (try 256)",
        ]
    );
}
