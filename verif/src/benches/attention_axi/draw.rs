// SPDX-License-Identifier: MIT OR Apache-2.0
//! Commands for the accelerator: the plain ones first, then every kind of wrong one, then random ones.

use hwgen_golden::attention::AttentionParams;

use super::device::{AxiBench, Device};
use super::store::Kind;
use super::task::{Event, Fail, Patch, Setup, Task, What, bus, fits};
use crate::benches::attention::stimulus;
use crate::kit::{self, Reset, RunOf, changed};
use hwgen_sim::rng::Rng;

/// Most commands of one run.
const RUN: u64 = 10;
/// Keys and queries of a random job at most: jobs of all shapes are the core's own bench's.
const KEYS: u32 = 48;
const QUERIES: u32 = 6;
/// Cycles from a doorbell in which the host may stop the accelerator.
const MIDWAY: u64 = 1_500;

/// Lists runs of `cases` commands together.
pub(super) fn plan(
    device: &Device,
    seed: u64,
    cases: u64,
) -> Box<dyn Iterator<Item = RunOf<AxiBench>> + '_> {
    let mut wrong = wrong(device, seed).into_iter();
    kit::plan(seed, cases, move |rng, number, left| {
        let size = left.min(RUN);
        if number <= 3 {
            return plain(device, rng, number, size);
        }
        let mut items: Vec<Task> = wrong.by_ref().take(size as usize).collect();
        let given = !items.is_empty();
        if !given {
            let count = 1 + rng.below(size);
            items = random(device, rng, count);
        }
        around(items, rng, given)
    })
}

/// Runs without anything wrong, the first of them on memories of constant latency.
fn plain(device: &Device, rng: &mut Rng, number: u64, size: u64) -> RunOf<AxiBench> {
    let mut items: Vec<Task> = (0..size)
        .map(|_| changed(&attention(device, rng), |t| t.fence = false))
        .collect();
    if number == 2 {
        items = random(device, rng, size);
        for task in &mut items {
            task.event = None;
        }
    }
    RunOf::<AxiBench> {
        seed: rng.draw(),
        stalls: bus(rng, false),
        reset: None,
        setup: Setup {
            latency: [1, 30, 1][number as usize % 3],
            memory: if number == 3 { Kind::Hbm2 } else { Kind::Ideal },
            ..Setup::default()
        },
        items,
    }
}

/// Puts a memory, stalls and perhaps a reset around commands; where they are `given` because of what
/// is wrong with them, nothing else goes wrong.
fn around(mut items: Vec<Task>, rng: &mut Rng, given: bool) -> RunOf<AxiBench> {
    let mut setup = Setup::draw(rng);
    let reset = !given && rng.chance(25);
    if !given && !reset && rng.chance(20) {
        let port = rng.below(2) as usize;
        setup.errors[port].seed = rng.draw();
        setup.errors[port].per_mille = [2, 10, 50][rng.below(3) as usize];
        // Each descriptor stays in its place, so that it is known whether its fetch fails.
        let moves = |event: &Event| matches!(event, Event::Base(_) | Event::Flush(_));
        for task in &mut items {
            task.event = task.event.filter(|event| !moves(event));
        }
    }
    if reset {
        for task in &mut items {
            task.fail = task.fail.filter(|(fail, _)| *fail != Fail::Descriptor);
        }
    }
    let stalled = rng.chance(50);
    RunOf::<AxiBench> {
        seed: rng.draw(),
        stalls: bus(rng, stalled),
        reset: reset.then(|| Reset::draw(rng, 4_000)),
        setup,
        items,
    }
}

/// Draws attention that is legal for the command side.
fn attention(device: &Device, rng: &mut Rng) -> Task {
    let p = &device.core;
    let most = p.max_tokens.min(KEYS);
    let mut case = stimulus::random(p, rng);
    case.queries = 1 + (case.queries - 1) % QUERIES;
    case.keys = 1 + case.keys.saturating_sub(1) % most;
    case.first = case.first.min(case.keys);
    case.k = case.k.min(p.max_tokens);
    let heads = 1 + rng.below(4) as u32;
    let what = What::Attention {
        case,
        heads,
        apart: [0, 0, 1, 5][rng.below(4) as usize],
        down: rng.chance(20),
        pruned: false,
        whole: false,
        appended: false,
    };
    let mut task = Task::plain(rng.draw(), what);
    flags(&mut task, rng);
    task
}

fn flags(task: &mut Task, rng: &mut Rng) {
    task.interrupt = rng.chance(40);
    task.fence = rng.chance(15);
    task.record = !rng.chance(10);
}

/// Draws a sequence: mostly attention, over lists, over what pruning left, over appended tokens.
fn random(device: &Device, rng: &mut Rng, count: u64) -> Vec<Task> {
    let p = &device.core;
    let mut out: Vec<Task> = Vec::new();
    let (mut pruning, mut listed, mut appended) = (false, false, false);
    while (out.len() as u64) < count {
        let mut task = match rng.below(10) {
            0 | 1 => {
                (listed, pruning) = (true, false);
                let count = 1 + rng.below(p.max_tokens.min(KEYS).into()) as u32;
                Task::plain(rng.draw(), What::List { count })
            }
            2 | 3 if device.cascade.is_some() => {
                let task = prune(device, rng, pruning);
                (pruning, listed) = (true, true);
                task
            }
            4 if device.append => {
                appended = true;
                append(p, rng)
            }
            _ => {
                let mut task = attention(device, rng);
                if let What::Attention {
                    case,
                    pruned,
                    whole,
                    appended: shared,
                    ..
                } = &mut task.what
                {
                    case.list = listed && (pruning || rng.chance(60));
                    *whole = case.list && (pruning || rng.chance(50));
                    *pruned = pruning && rng.chance(60);
                    *shared = appended && rng.chance(70);
                }
                task
            }
        };
        flags(&mut task, rng);
        if rng.chance(12) {
            let fails: Vec<Fail> = Fail::ALL
                .into_iter()
                .filter(|&fail| fits(&task.what, fail))
                .collect();
            let fail = fails[rng.below(fails.len() as u64) as usize];
            task.fail = Some((fail, rng.draw() as u16));
        }
        if rng.chance(12) {
            task.event = Some(event(rng));
        }
        if rng.chance(8) {
            let all = patches(device, &task.what);
            let patch = all[rng.below(all.len() as u64) as usize];
            task.patches.push(patch);
        }
        out.push(task);
    }
    out
}

fn event(rng: &mut Rng) -> Event {
    match rng.below(8) {
        0 => Event::Stopped,
        1 => Event::Tail([0, 1, 7, 60_000][rng.below(4) as usize]),
        2 => Event::Base(rng.below(63) as u32),
        3 | 4 => Event::Flush(rng.below(MIDWAY) as u32),
        _ => Event::Stop(rng.below(MIDWAY) as u32),
    }
}

fn append(p: &AttentionParams, rng: &mut Rng) -> Task {
    let token = rng.below(p.max_tokens.min(KEYS).into()) as u32;
    let heads = 1 + rng.below(3) as u32;
    Task::plain(rng.draw(), What::Append { heads, token })
}

/// Draws a command of cascade pruning; the first one of a sequence begins it.
fn prune(device: &Device, rng: &mut Rng, begun: bool) -> Task {
    let most_heads = device
        .cascade
        .as_ref()
        .map_or(1, |c| c.importance.max_heads);
    let tokens = 1 + rng.below(device.core.max_tokens.min(KEYS).into()) as u32;
    let heads = 1 + rng.below(most_heads.min(6).into()) as u32;
    let operation = if begun && !rng.chance(20) {
        1 + rng.below(2) as u32
    } else {
        0
    };
    let keep = |all: u32, rng: &mut Rng| {
        if rng.chance(4) {
            0
        } else {
            1 + rng.below(u64::from(all) + 2) as u32
        }
    };
    let mut sizes = [tokens, heads];
    if rng.chance(4) {
        sizes[rng.below(2) as usize] = 0;
    }
    let what = What::Cascade {
        operation,
        sizes,
        keep: [keep(tokens, rng), keep(heads, rng)],
        window: if rng.chance(50) {
            0
        } else {
            rng.below(u64::from(tokens)) as u32
        },
        written: [rng.chance(70), rng.chance(70)],
    };
    Task::plain(rng.draw(), what)
}

/// Lists what may be wrong with a command, a field each.
fn patches(device: &Device, what: &What) -> Vec<Patch> {
    let p = &device.core;
    let beyond = u64::from(p.max_tokens) + 1;
    let mut out = Vec::new();
    let mut field = |head, offset, bytes, value| {
        out.push(Patch {
            head,
            offset,
            value,
            bytes,
        });
    };
    let (far, odd) = (u64::MAX - 0xfff, 0x8001_u64);
    // Operations that are not there, and bits that must be 0.
    for op in [0, 5, 6, 255] {
        field(None, 0, 1, op);
    }
    field(None, 1, 1, 0x84);
    field(None, 3, 1, 0x01);
    field(None, 60, 4, 1 << 31);
    field(None, 8, 8, odd);
    field(None, 8, 8, far);
    match what {
        What::Attention { .. } => {
            field(None, 16, 8, odd);
            field(None, 16, 8, far + 0xf80);
            field(None, 16, 8, 128);
            for heads in [0, 257, 0xffff] {
                field(None, 24, 2, heads);
            }
            for keys in [0, beyond, 0xffff] {
                field(None, 26, 2, keys);
            }
            field(None, 28, 2, beyond);
            field(None, 38, 2, beyond);
            for queries in [0, 4097] {
                field(None, 30, 2, queries);
            }
            for small in 32..37 {
                field(None, small, 1, 4);
                field(None, small, 1, 0x83);
            }
            // What the core refuses, and numbers of too many bits.
            for small in [32, 33, 34] {
                field(None, small, 1, 0);
            }
            field(None, 35, 1, 3);
            field(None, 36, 1, 3);
            field(None, 40, 4, (1 << 16) + 1);
            field(None, 37, 1, 1);
            field(None, 40, 4, 1 << 17);
            field(None, 44, 4, 1 << 20);
            for head in [0, 1, 2] {
                record(&mut field, Some(head), [odd, far]);
            }
        }
        What::List { .. } => {
            field(None, 16, 8, odd);
            field(None, 16, 8, far + 0xff8);
            for count in [0, beyond, 0xffff] {
                field(None, 24, 2, count);
            }
            field(None, 26, 1, 1);
        }
        What::Cascade { .. } => {
            field(None, 2, 1, 4);
            field(None, 2, 1, 3);
            for number in [16, 18, 20, 22] {
                field(None, number, 2, 0);
            }
            for list in [32, 40] {
                field(None, list, 8, odd);
                field(None, list, 8, far + 0xff8);
            }
            field(None, 26, 1, 1);
        }
        What::Append { .. } => {
            field(None, 16, 8, odd);
            field(None, 16, 8, far + 0xf80);
            for heads in [0, 257] {
                field(None, 24, 2, heads);
            }
            field(None, 26, 2, u64::from(p.max_tokens));
            for head in [0, 1] {
                let head = Some(head);
                for address in [88, 96] {
                    field(head, address, 8, odd);
                    field(head, address, 8, far + 0xffe);
                }
                field(head, 0, 8, odd);
                field(head, 8, 8, far);
                field(head, 103, 2, 1 << 8);
            }
        }
    }
    out
}

/// Lists what may be wrong with a head record.
fn record(field: &mut impl FnMut(Option<u32>, u32, u32, u64), head: Option<u32>, bad: [u64; 2]) {
    let [odd, far] = bad;
    for base in [0, 8] {
        field(head, base, 8, odd);
        field(head, base, 8, far);
    }
    field(head, 16, 4, 1);
    field(head, 28, 4, 1);
    for address in [40, 56, 64] {
        field(head, address, 8, odd);
        field(head, address, 8, far + 0xff8);
    }
    for stride in [48, 52, 72] {
        field(head, stride, 4, 2);
        field(head, stride, 4, 0x7fff_fff8);
        field(head, stride, 4, 0x8000_0000);
    }
    field(head, 76, 1, 1);
    field(head, 77, 1, 32);
    field(head, 77, 1, 0xef);
    field(head, 80, 8, 1 << 36);
    field(head, 104, 1, 1);
    field(head, 127, 1, 0x80);
}

/// Lists a command for each thing that may be wrong, with a legal one here and there.
fn wrong(device: &Device, seed: u64) -> Vec<Task> {
    let mut rng = Rng::new(!seed);
    let mut out = Vec::new();
    let mut kinds = vec![0, 1];
    if device.cascade.is_some() {
        kinds.push(2);
    }
    if device.append {
        kinds.push(3);
    }
    for kind in kinds {
        let make = |rng: &mut Rng| match kind {
            0 => {
                let mut task = attention(device, rng);
                if let What::Attention { case, heads, .. } = &mut task.what {
                    (case.queries, *heads) = (1 + case.queries % 2, 1 + *heads % 3);
                    case.keys = 1 + case.keys % 8;
                    case.first = case.first.min(case.keys);
                }
                task
            }
            1 => Task::plain(rng.draw(), What::List { count: 3 }),
            2 => prune(device, rng, false),
            _ => append(&device.core, rng),
        };
        for (number, patch) in patches(device, &make(&mut rng).what)
            .into_iter()
            .enumerate()
        {
            let mut task = make(&mut rng);
            flags(&mut task, &mut rng);
            task.record = true;
            task.patches = vec![patch];
            out.push(task);
            if number % 4 == 3 {
                out.push(make(&mut rng));
            }
        }
        for fail in Fail::ALL {
            let mut task = make(&mut rng);
            if fits(&task.what, fail) {
                task.fail = Some((fail, rng.draw() as u16));
                out.push(task);
            }
        }
    }
    for event in [
        Event::Stopped,
        Event::Tail(0),
        Event::Tail(60_000),
        Event::Base(7),
        Event::Stop(40),
        Event::Stop(400),
        Event::Flush(60),
        Event::Flush(500),
    ] {
        let mut task = attention(device, &mut rng);
        task.event = Some(event);
        out.push(task);
        out.push(attention(device, &mut rng));
    }
    out
}

#[cfg(test)]
pub(super) mod tests;
