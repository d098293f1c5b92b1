// SPDX-License-Identifier: MIT OR Apache-2.0
//! Whoever carries descriptors out: it takes them, and answers in order.

use std::collections::VecDeque;

use hwgen_golden::command::{Code, DESCRIPTOR};
use hwgen_golden::ring::{Answer, Handed, Place};
use hwgen_sim::dut::Dut;

use super::case::Case;
use super::point::Point;
use crate::kit::{Beat, Io, Offer, Stall, Take, same};
use crate::report::Fault;

/// A descriptor that was handed on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Job {
    /// Its number in the run.
    pub(super) item: usize,
    /// Its index in the ring.
    pub(super) index: u16,
    /// What the ring found.
    pub(super) handed: Handed,
    /// What is answered to it.
    pub(super) answer: Answer,
    /// Cycle from which on that is.
    due: u64,
}

/// The streams `desc` and `done`.
pub(super) struct Engine {
    desc: Take<2>,
    done: Offer<3>,
    jobs: VecDeque<Job>,
}

impl Engine {
    pub(super) fn find(dut: &Dut) -> Self {
        Self {
            desc: Take::find(dut, "desc", ["data", "code"]),
            done: Offer::find(dut, "done", ["code", "addr", "count"]),
            jobs: VecDeque::new(),
        }
    }

    pub(super) fn quiet(&mut self, io: &mut Io<Point>) {
        self.jobs.clear();
        self.desc.quiet(io);
        self.done.offer(io, false);
    }

    /// Drives both streams.
    pub(super) fn drive(&mut self, io: &mut Io<Point>, stalls: &[Stall], at_rest: bool) {
        self.desc.willing(io, &stalls[1], at_rest);
        let cycle = io.cycle();
        let next = self.jobs.front().filter(|job| job.due <= cycle);
        let next = next.map(|job| job.answer);
        self.done.feed(io, &stalls[0], next, |io, ports, answer| {
            let Answer {
                code,
                address,
                count,
            } = answer;
            io.put(ports, [code.into(), address, count.into()]);
        });
    }

    /// Takes a descriptor, if one is offered; `next` is the number and the index of the one that is
    /// due, if any, with the case and its bytes, and the address of a beat of it that fails. Returns whether one is
    /// offered, and taken.
    pub(super) fn take(
        &mut self,
        io: &mut Io<Point>,
        place: &Place,
        next: Option<(usize, u16, &Case, &[u8; DESCRIPTOR])>,
        failed: impl FnOnce(u64) -> Option<u64>,
    ) -> Result<Beat, Fault> {
        let shown = self.desc.watch(io)?;
        io.count(Point::DescriptorWaits, shown == Beat::Waits);
        if shown == Beat::None {
            return Ok(shown);
        }
        let Some((item, index, case, bytes)) = next else {
            return Err(self.desc.stray("no descriptor", "one"));
        };
        let handed = place.judge(index, bytes, failed(place.address(index)));
        let code = handed.fault.code;
        let [data, said] = self.desc.fields;
        same("desc_code_o", 8, code.value().into(), io.get(said))?;
        if place.refused(index).is_none() {
            same_words(bytes, io.dut.words(data))?;
        }
        if shown == Beat::Taken {
            let answer = match code {
                Code::Okay => case.answer(),
                code => Answer {
                    code: code.value(),
                    address: 0,
                    count: 0,
                },
            };
            self.jobs.push_back(Job {
                item,
                index,
                handed,
                answer,
                due: io.clocked() + 1 + u64::from(case.delay),
            });
        }
        Ok(shown)
    }

    /// Returns the descriptor whose answer was taken in this cycle.
    pub(super) fn answered(&mut self, io: &mut Io<Point>) -> Option<Job> {
        io.count(
            Point::AnswerWaits,
            self.done.offered && !self.done.ready(io),
        );
        if self.done.taken(io) {
            self.jobs.pop_front()
        } else {
            None
        }
    }
}

fn same_words(wanted: &[u8; DESCRIPTOR], got: &[u64]) -> Result<(), Fault> {
    for (at, (part, &got)) in wanted.chunks(8).zip(got).enumerate() {
        let mut word = [0; 8];
        word.copy_from_slice(part);
        let field = format_args!("desc_data_o word {at}");
        same(field, 64, u64::from_le_bytes(word), got)?;
    }
    Ok(())
}
