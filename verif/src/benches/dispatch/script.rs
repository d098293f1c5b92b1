// SPDX-License-Identifier: MIT OR Apache-2.0
//! What must leave the ports for a run, in order, port by port.

use std::collections::BTreeMap;

use hwgen_golden::attention::{AttentionParams, Job, JobError};
use hwgen_golden::command::{Cascade, Code, RECORD};
use hwgen_golden::dispatch::{Dispatch, DispatchParams, Kind, Place, Plan, Read, Table};
use hwgen_golden::stream::Command;

use super::order::{Order, Setup};
use crate::memory::{Access, Memory, Resp};
use hwgen_sim::rng::at;

/// What ends in order on the ports of results, appended heads and written lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    Job,
    Append,
    Save,
}

/// Something that ends.
#[derive(Debug, Clone, Copy)]
pub(super) struct End {
    pub(super) what: What,
    pub(super) order: usize,
    /// Why the core refuses it.
    pub(super) error: u8,
    /// How the writer ends.
    pub(super) code: u8,
    /// Reads up to its own.
    pub(super) reads: usize,
    /// Its number among those of its kind.
    pub(super) index: usize,
}

/// A thing that belongs to an order.
#[derive(Debug, Clone)]
pub(super) struct Of<T> {
    pub(super) order: usize,
    pub(super) is: T,
}

/// Everything, in order.
#[derive(Default)]
pub(super) struct Script {
    /// By order; those before the first one that is played are not there.
    pub(super) plans: BTreeMap<usize, Plan>,
    pub(super) records: Vec<Of<Place>>,
    pub(super) tables: Vec<Of<Table>>,
    pub(super) jobs: Vec<Of<Job>>,
    pub(super) results: Vec<Of<(u32, Command)>>,
    pub(super) reads: Vec<Of<(Read, u8)>>,
    pub(super) appends: Vec<Of<(Table, u16)>>,
    pub(super) commands: Vec<Of<Cascade>>,
    pub(super) ends: Vec<End>,
}

/// Returns the core of a dispatch.
pub(super) fn core(p: &DispatchParams) -> AttentionParams {
    AttentionParams {
        d_head: p.vectors.d_head,
        max_tokens: p.vectors.max_tokens,
        k_planes: p.vectors.k_planes.clone(),
        v_planes: p.vectors.v_planes.clone(),
        ..AttentionParams::default()
    }
}

/// The blocks of memory that have been looked at.
pub(super) struct Blocks<'a> {
    orders: &'a [Order],
    seed: u64,
    known: BTreeMap<u64, [u8; RECORD]>,
}

impl<'a> Blocks<'a> {
    pub(super) fn new(orders: &'a [Order], seed: u64) -> Self {
        Self {
            orders,
            seed,
            known: BTreeMap::new(),
        }
    }

    /// Returns the record at an address, which is noise where no order has put one, and allots it.
    fn record(&mut self, address: u64, memory: &mut Memory) -> [u8; RECORD] {
        if let Some(bytes) = self.known.get(&address) {
            return *bytes;
        }
        let noise = || {
            let mut bytes = [0; RECORD];
            for (i, part) in (0..).zip(bytes.chunks_mut(8)) {
                let word: u64 = at(self.seed, address.wrapping_add(i));
                part.copy_from_slice(&word.to_le_bytes());
            }
            bytes
        };
        let found = self.orders.iter().find_map(|order| order.record(address));
        let bytes = found.unwrap_or_else(noise);
        memory
            .space
            .allot("a record", address, RECORD as u64, Access::Read);
        memory.space.fill(address, &bytes);
        self.known.insert(address, bytes);
        bytes
    }
}

impl Script {
    /// Foretells everything from order `first` on, as after a reset.
    pub(super) fn new(
        p: &DispatchParams,
        orders: &[Order],
        setup: &Setup,
        first: usize,
        blocks: &mut Blocks<'_>,
        memory: &mut Memory,
    ) -> Self {
        let mut script = Self::default();
        let mut dispatch = Dispatch::new(p, setup.window());
        let errors = setup.behaviour().errors;
        let lanes = p.vectors.memory.io_w / 8;
        for (number, order) in orders.iter().enumerate().skip(first) {
            let mut plan = dispatch.plan(
                &order.descriptor(),
                Code::of(order.code).filter(|_| order.code != 0),
                |at| {
                    let bytes = blocks.record(at, memory);
                    let mut beats =
                        (0..RECORD as u64 / u64::from(lanes)).map(|b| at + b * u64::from(lanes));
                    match beats.find(|&beat| errors.at(beat, lanes) != Resp::Okay) {
                        Some(beat) => Err(beat),
                        None => Ok(bytes),
                    }
                },
            );
            // Records behind a wrong one may be asked for, too.
            for place in plan
                .given
                .iter()
                .flat_map(|g| &g.records)
                .filter(|r| r.inside)
            {
                blocks.record(place.at, memory);
            }
            script.add(p, number, order, setup, &mut plan, &mut dispatch);
            script.plans.insert(number, plan);
        }
        script
    }

    /// Adds what an order gives, and says what it leaves in the lists on chip.
    fn add(
        &mut self,
        p: &DispatchParams,
        number: usize,
        order: &Order,
        setup: &Setup,
        plan: &mut Plan,
        dispatch: &mut Dispatch,
    ) {
        let Some(given) = &plan.given else {
            return;
        };
        let of = |is| Of { order: number, is };
        self.records
            .extend(given.records.iter().map(|&is| Of { order: number, is }));
        let own = given
            .heads
            .iter()
            .flat_map(|head| &head.reads)
            .chain(&given.reads);
        let codes: Vec<u8> = own
            .clone()
            .enumerate()
            .map(|(i, _)| setup.code(order, false, i))
            .collect();
        let mut ended = self.reads.len();
        self.reads
            .extend(own.zip(&codes).map(|(&read, &code)| of((read, code))));
        let core = core(p);
        for (index, head) in given.heads.iter().enumerate() {
            ended += head.reads.len();
            let code = setup.code(order, true, index);
            let mut end = End {
                what: What::Append,
                order: number,
                error: 0,
                code,
                reads: ended,
                index: self.appends.len(),
            };
            match (&head.job, &given.kind) {
                (Some(job), _) => {
                    end.what = What::Job;
                    end.index = self.jobs.len();
                    let error = job.error(&core);
                    end.error = error.code() as u8;
                    // A refused job writes what it has to say.
                    debug_assert_eq!(error == JobError::Ok, end.error == 0);
                    self.tables.push(Of {
                        order: number,
                        is: head.table.clone(),
                    });
                    self.jobs.push(Of {
                        order: number,
                        is: job.clone(),
                    });
                    self.results.push(Of {
                        order: number,
                        is: (head.number, head.result),
                    });
                }
                (None, Kind::Append(op)) => {
                    let is = (head.table.clone(), op.token);
                    self.appends.push(Of { order: number, is });
                }
                (None, _) => {}
            }
            self.ends.push(end);
        }
        match &given.kind {
            Kind::List(_) if codes.iter().any(|&code| code != 0) => dispatch.lists.entries = 0,
            Kind::Cascade(Some(command)) => {
                self.commands.push(Of {
                    order: number,
                    is: *command,
                });
                if order.answer != 0 {
                    let fault = hwgen_golden::command::Fault {
                        code: Code::Cascade(order.answer),
                        address: 0,
                    };
                    plan.fault = Some(fault);
                    return;
                }
                dispatch.lists.entries = order.tokens;
                dispatch.lists.heads = order.left.iter().map(|&head| head.into()).collect();
                plan.count = order.tokens;
                self.ends.push(End {
                    what: What::Save,
                    order: number,
                    error: 0,
                    code: setup.code(order, true, 0),
                    reads: ended,
                    index: self.commands.len() - 1,
                });
            }
            _ => {}
        }
    }
}
