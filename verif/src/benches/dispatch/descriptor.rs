// SPDX-License-Identifier: MIT OR Apache-2.0
//! Descriptors, legal and not, each with its records.

use hwgen_golden::command::{Append, Attention, Cascade, Descriptor, List, Op};
use hwgen_golden::dispatch::DispatchParams;
use hwgen_sim::rng::Rng;

use super::draw::Spot;
use super::order::{Order, REGION};
use super::record::{self, Fit};

/// What a run of descriptors has in common, and what they have left behind.
#[derive(Debug, Clone)]
pub(super) struct Theme {
    pub(super) window: (u64, u64),
    /// Entries of the token list, and heads that were left.
    pub(super) entries: u32,
    pub(super) left: Vec<u8>,
    /// Of 100, descriptors in which something is wrong, and records.
    pub(super) wrong: (u32, u32),
    /// Only jobs of one query without biases.
    pub(super) plain: bool,
    /// Records drawn so far.
    pub(super) number: u64,
}

impl Theme {
    /// Draws the next descriptor.
    pub(super) fn draw(&mut self, rng: &mut Rng, p: &DispatchParams) -> Order {
        let place = self.window.0.next_multiple_of(128) + (1 << 25) + self.number * REGION;
        self.number += 1;
        let mut order = Order {
            bytes: Vec::new(),
            code: 0,
            place,
            records: Vec::new(),
            seed: rng.draw(),
            answer: 0,
            tokens: 1 + rng.below(p.vectors.max_tokens.into()) as u32,
            left: Vec::new(),
        };
        let kind = if self.plain { 0 } else { rng.below(16) };
        let op = match kind {
            0..=8 => self.attention(rng, p, &mut order),
            9..=11 if p.append => self.append(rng, p, &mut order),
            12 | 13 if p.max_heads > 0 => self.cascade(rng, p, &mut order),
            _ => self.list(rng, p),
        };
        let descriptor = Descriptor {
            interrupt: rng.chance(50),
            fence: rng.chance(10),
            tag: rng.draw() as u32,
            completion: rng.draw(),
            op,
        };
        order.bytes = descriptor.encode().to_vec();
        if !self.plain && rng.chance(3) {
            order.code = [16, 17, 20, 24, 25][rng.below(5) as usize];
        }
        if !self.plain && rng.chance(self.wrong.0 / 2) {
            // Bits anywhere, most of which must be 0.
            for _ in 0..=rng.below(2) {
                let bit = rng.below(512) as usize;
                order.bytes[bit / 8] ^= 1 << (bit % 8);
            }
        }
        if !self.plain && rng.chance(1) {
            order.bytes.fill_with(|| rng.draw() as u8);
            order.bytes[0] = rng.below(6) as u8;
        }
        order
    }

    fn attention(&mut self, rng: &mut Rng, p: &DispatchParams, order: &mut Order) -> Op {
        let most = p.vectors.max_tokens;
        let (k_planes, v_planes) = (
            p.vectors.k_planes.len() as u64,
            p.vectors.v_planes.len() as u64,
        );
        let some = |rng: &mut Rng, most: u64| rng.below(most) as u16;
        let k_max = 1 + rng.below(k_planes);
        let list = self.entries > 0 && rng.chance(30);
        let list_keys = list && rng.chance(50);
        let cascade_heads = !self.left.is_empty() && rng.chance(60);
        let bias = !self.plain && rng.chance(40);
        let queries = match rng.below(8) {
            _ if self.plain => 1,
            0..=3 => 1,
            4 if !bias => [2, 4095, 4096, 1 << rng.below(12)][rng.below(4) as usize],
            _ => 1 + rng.below(6) as u16,
        };
        let keys = match rng.below(6) {
            0 => most as u16,
            1 => 1,
            _ => 1 + some(rng, most.into()),
        };
        let keys = if list {
            keys.min(self.entries as u16)
        } else {
            keys
        };
        let heads = match rng.below(16) {
            _ if self.plain => 6 + some(rng, 30),
            0 => 1 + some(rng, 30),
            _ => 1 + some(rng, 5),
        };
        let mut op = Attention {
            causal: rng.chance(50),
            renorm: rng.chance(50),
            bias,
            list,
            cascade_heads,
            list_keys,
            records: order.place,
            heads: if cascade_heads { 0 } else { heads },
            keys: if list_keys { 0 } else { keys },
            first: some(rng, u64::from(most) + 1),
            queries,
            k_start: 1 + rng.below(k_max) as u8,
            k_max: k_max as u8,
            v_count: 1 + rng.below(v_planes) as u8,
            rule: rng.below(3) as u8,
            select: rng.below(3) as u8,
            k: 1 + some(rng, most.into()),
            mass: rng.below(65537) as u32,
            eps_log2: rng.draw() as u32 >> 12,
        };
        if !self.plain && rng.chance(10) {
            refuse(rng, &mut op);
        }
        if !self.plain && rng.chance(self.wrong.0) {
            self.spoil(rng, p, &mut op);
        }
        let keys = if op.list_keys {
            self.entries
        } else {
            op.keys.into()
        };
        if cascade_heads && rng.chance(50) {
            // The window begins or ends between the records.
            let there = 128 * (1 + rng.below(p.max_heads.into()));
            let edge = if rng.chance(50) {
                self.window.0
            } else {
                self.window.1
            };
            op.records = edge.saturating_sub(there) / 128 * 128;
            order.place = op.records;
        }
        let fit = Fit {
            window: self.window,
            queries: op.queries.into(),
            keys: keys.min(most),
            tokens: if op.list { most } else { keys.min(most) },
            k_max: op.k_max.into(),
            v_count: op.v_count.into(),
        };
        self.records(rng, p, order, &fit, heads.into());
        Op::Attention(op)
    }

    fn records(&self, rng: &mut Rng, p: &DispatchParams, order: &mut Order, fit: &Fit, heads: u64) {
        let wrong = rng.chance(self.wrong.1).then(|| rng.below(heads));
        let mut one = |i| record::draw(rng, p, fit, wrong == Some(i));
        order.records = (0..heads).map(&mut one).collect();
    }

    /// Makes something wrong with a descriptor.
    fn spoil(&self, rng: &mut Rng, p: &DispatchParams, op: &mut Attention) {
        let most = p.vectors.max_tokens as u16;
        match rng.below(10) {
            0 => op.heads = [0, 257, 512, 0x8001][rng.below(4) as usize],
            1 => op.keys = [0, most + 1, u16::MAX][rng.below(3) as usize],
            2 => op.first = most + 1 + rng.below(9) as u16,
            3 => op.k = most + 1 + rng.below(9) as u16,
            4 => op.queries = [0, 4097, 0x8000][rng.below(3) as usize],
            5 => {
                op.list = true;
                op.list_keys = false;
                op.keys = (self.entries as u16 + 1).min(most);
            }
            6 => (op.cascade_heads, op.heads) = (true, 0),
            7 => (op.list_keys, op.list, op.keys) = (true, rng.chance(50), rng.below(2) as u16),
            _ => {
                let bytes = u64::from(op.heads) * 128;
                op.records = Spot::draw(rng, true).address(rng, self.window, bytes, 128);
            }
        }
    }

    fn append(&mut self, rng: &mut Rng, p: &DispatchParams, order: &mut Order) -> Op {
        let most = p.vectors.max_tokens;
        let heads = 1 + rng.below(6);
        let token = rng.below(most.into()) as u16;
        let mut op = Append {
            records: order.place,
            heads: heads as u16,
            token,
        };
        if rng.chance(self.wrong.0) {
            match rng.below(3) {
                0 => op.heads = [0, 257][rng.below(2) as usize],
                1 => op.token = most as u16 + rng.below(3) as u16,
                _ => op.records = Spot::draw(rng, true).address(rng, self.window, heads * 128, 128),
            }
        }
        let fit = Fit {
            window: self.window,
            queries: 1,
            keys: 1,
            tokens: u32::from(token) + 1,
            k_max: 3,
            v_count: 3,
        };
        self.records(rng, p, order, &fit, heads);
        Op::Append(op)
    }

    fn list(&mut self, rng: &mut Rng, p: &DispatchParams) -> Op {
        let most = p.vectors.max_tokens;
        let wrong = rng.chance(self.wrong.0);
        let count = match rng.below(5) {
            0 | 1 if wrong => [0, most as u16 + 1][rng.below(2) as usize],
            0 => most.min(64) as u16,
            _ => 1 + rng.below(u64::from(most.min(40))) as u16,
        };
        let also = wrong && rng.chance(50);
        let spot = Spot::draw(rng, also);
        let address = spot.address(rng, self.window, 2 * u64::from(count), 8);
        if !wrong {
            self.entries = count.into();
        }
        Op::List(List { address, count })
    }

    fn cascade(&mut self, rng: &mut Rng, p: &DispatchParams, order: &mut Order) -> Op {
        let most = p.vectors.max_tokens;
        let wrong = rng.chance(self.wrong.0);
        let mut left: Vec<u8> = (0..p.max_heads)
            .filter(|_| rng.chance(30))
            .map(|h| h as u8)
            .collect();
        left.truncate(12);
        if left.is_empty() {
            left.push(rng.below(p.max_heads.into()) as u8);
        }
        order.tokens = order.tokens.min(40);
        order.answer = if rng.chance(20) {
            1 + rng.below(4) as u8
        } else {
            0
        };
        let (short, long) = (rng.chance(15), rng.chance(50));
        let mut some = |most: u32| rng.below(u64::from(most) + 1 + u64::from(wrong) * 5) as u16;
        let op = Cascade {
            operation: if short { 0 } else { some(2) as u8 & 3 },
            tokens: if short && long {
                most as u16 + 1
            } else {
                some(most)
            },
            heads: if short {
                p.max_heads as u16 + 1
            } else {
                some(p.max_heads)
            },
            keep_tokens: some(most),
            keep_heads: some(p.max_heads),
            window: some(most),
            token_list: 0,
            head_list: 0,
        };
        let kept = u64::from(op.keep_tokens.max(op.window)).min(most.into()) * 8;
        let also = wrong && rng.chance(50);
        let (tokens, heads) = (Spot::draw(rng, wrong), Spot::draw(rng, also));
        let token_list = tokens.address(rng, self.window, kept, 8);
        let head_list = heads.address(rng, self.window, u64::from(op.keep_heads.min(256)) * 8, 8);
        let op = Cascade {
            token_list: if rng.chance(30) { 0 } else { token_list },
            head_list: if rng.chance(30) { 0 } else { head_list },
            ..op
        };
        if !wrong && !short && order.answer == 0 {
            self.entries = order.tokens;
            self.left.clone_from(&left);
        }
        order.left = left;
        Op::Cascade(op)
    }
}

/// Makes a job that the core refuses.
fn refuse(rng: &mut Rng, op: &mut Attention) {
    match rng.below(6) {
        0 => (op.select, op.k) = (1, 0),
        1 => op.k_start = 0,
        2 => op.k_max = rng.below(4) as u8,
        3 => op.v_count = [0, 3][rng.below(2) as usize],
        4 => op.rule = 3,
        _ => op.mass = 65537 + rng.below(60000) as u32,
    }
}
