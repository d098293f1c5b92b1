// SPDX-License-Identifier: MIT OR Apache-2.0
//! The situations that a descriptor is one of.

use hwgen_golden::command::Code;
use hwgen_golden::dispatch::{Feed, Kind};

use super::Point;
use super::play::DispatchPlayer;
use crate::kit::Io;

impl DispatchPlayer<'_> {
    /// Counts the situations of an order that was taken.
    pub(super) fn count(&self, io: &mut Io<Point>, number: usize) {
        let (order, plan) = (&self.orders[number], &self.script.plans[&number]);
        if order.code != 0 {
            io.count(Point::RingCode, true);
            return;
        }
        let code = plan.fault.map(|fault| fault.code);
        let Some(given) = &plan.given else {
            for (point, is) in [
                (Point::UnknownOp, Code::UnknownOp),
                (Point::Reserved, Code::Reserved),
                (Point::Alignment, Code::Alignment),
                (Point::Window, Code::Window),
                (Point::Heads, Code::Heads),
                (Point::Keys, Code::Keys),
                (Point::Queries, Code::Queries),
                (Point::ListCount, Code::List),
            ] {
                io.count(point, code == Some(is));
            }
            return;
        };
        let jobs = given.heads.iter().filter(|head| head.job.is_some());
        let attention = given.kind == Kind::Attention;
        io.count(Point::Job, jobs.clone().count() > 0);
        let biased = given
            .heads
            .iter()
            .any(|h| h.reads.iter().any(|r| r.feed == Feed::Biases));
        io.count(Point::Biased, biased);
        let core = super::script::core(&self.params);
        let refused = jobs
            .clone()
            .any(|h| h.job.as_ref().is_some_and(|j| j.error(&core).code() != 0));
        io.count(Point::Refused, refused);
        io.count(Point::RefusedBiased, refused && order.bytes[2] & 4 != 0);
        io.count(
            Point::LeftHeads,
            attention && order.bytes[2] & 16 != 0 && !given.heads.is_empty(),
        );
        io.count(
            Point::ListKeys,
            attention && order.bytes[2] & 32 != 0 && !given.heads.is_empty(),
        );
        io.count(Point::List, matches!(given.kind, Kind::List(_)));
        io.count(
            Point::Append,
            matches!(given.kind, Kind::Append(_)) && !given.heads.is_empty(),
        );
        if let Kind::Cascade(command) = &given.kind {
            io.count(Point::Cascade, code.is_none());
            io.count(Point::CascadeRefused, code.is_some() && command.is_some());
            io.count(Point::CascadeShort, command.is_none());
        }
        for (point, is) in [
            (Point::RecordFetch, Code::Fetch),
            (Point::RecordReserved, Code::Reserved),
            (Point::RecordAlignment, Code::Alignment),
            (Point::RecordShift, Code::Shift),
        ] {
            io.count(point, code == Some(is));
        }
        let outside = given
            .records
            .get(given.heads.len())
            .is_some_and(|place| !place.inside);
        io.count(Point::RecordOutside, outside);
        io.count(Point::RecordWindow, code == Some(Code::Window) && !outside);
        let wrong = code.is_some() && given.heads.len() < given.records.len();
        io.count(Point::Late, wrong && !given.heads.is_empty());
        io.count(
            Point::Dropped,
            wrong && given.heads.len() + 1 < given.records.len(),
        );
    }
}
