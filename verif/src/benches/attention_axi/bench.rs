// SPDX-License-Identifier: MIT OR Apache-2.0
//! The accelerator as the kit sees it.

use super::device::AxiBench;
use super::draw;
use super::lite::CHANNELS;
use super::play::AxiPlayer;
use super::point::Point;
use super::scene::Scene;
use super::task::{Event, Setup, Task, What};
use crate::kit::{Bench, RunOf};
use crate::report::{Fault, plural};
use hwgen_sim::dut::Dut;

/// Most heads, queries and entries of a command in a replay file.
const MOST: u32 = 4096;

impl Bench for AxiBench {
    type Item = Task;
    type Setup = Setup;
    type Point = Point;
    type Player<'a> = AxiPlayer<'a>;
    const WORDS: [&'static str; 2] = ["command", "commands"];
    const STREAMS: &'static [&'static str] = &["the register port stalled"; CHANNELS];

    fn plan(&self, seed: u64, cases: u64) -> Box<dyn Iterator<Item = RunOf<Self>> + '_> {
        draw::plan(&self.device, seed, cases)
    }

    fn refuse(&self, name: &str, task: &Task) -> Option<String> {
        let p = &self.device.core;
        let (heads, queries, entries) = match &task.what {
            What::Attention { case, heads, .. } => {
                if case.d > p.d_head {
                    let (d, most) = (case.d, p.d_head);
                    return Some(format!("{name} has {d} elements, at most {most} fit"));
                }
                (*heads, case.queries, case.keys)
            }
            What::List { count } => (1, 1, *count),
            What::Cascade { .. } if self.device.cascade.is_none() => {
                return Some(format!("{name} prunes, which this accelerator cannot"));
            }
            What::Append { .. } if !self.device.append => {
                return Some(format!("{name} appends, which this accelerator cannot"));
            }
            What::Cascade { keep, .. } => (1, 1, keep[0]),
            What::Append { heads, token } => (*heads, 1, *token),
        };
        let least = heads == 0 || queries == 0;
        let most = heads > 256 || queries > MOST || entries > 2 * MOST;
        (least || most)
            .then(|| format!("{name} has {heads} heads, {queries} queries, {entries} keys"))
    }

    fn weight(&self, task: &Task) -> u64 {
        task.weight()
    }

    fn refuse_run(&self, run: &RunOf<Self>) -> Option<String> {
        let (streams, has) = (Self::STREAMS.len(), run.stalls.len());
        if has != streams {
            return Some(format!("it has stalls of {has} streams, not of {streams}"));
        }
        if run.setup.ring < 2 || run.setup.ring > 1 << 12 {
            return Some(format!("it has a ring of {} entries", run.setup.ring));
        }
        let mut items = run.items.iter().enumerate();
        items.find_map(|(i, item)| self.refuse(&format!("command {i}"), item))
    }

    fn player<'a>(&'a self, dut: &Dut, run: &'a RunOf<Self>) -> Result<AxiPlayer<'a>, Fault> {
        let flushed = |t: &Task| matches!(t.event, Some(Event::Flush(_) | Event::Base(_)));
        let fixed = run.reset.is_none() && !run.items.iter().any(flushed);
        let scene = Scene::of(&self.device, &run.setup, &run.items, fixed);
        let leans = run.items.iter().any(Task::leans);
        let events = run.items.iter().map(|task| task.event).collect();
        let (setup, stalls) = (&run.setup, &run.stalls);
        let with = (leans, run.seed);
        Ok(AxiPlayer::new(
            &self.device,
            dut,
            scene,
            setup,
            stalls,
            events,
            with,
        ))
    }

    fn plainer(task: &Task) -> Vec<Task> {
        task.simpler()
    }

    fn describe(&self, tasks: &[Task]) -> String {
        let commands = plural(tasks.len() as u64, "command", "commands");
        let of = |which: fn(&What) -> bool| tasks.iter().filter(|t| which(&t.what)).count() as u64;
        let kinds = [
            (of(|w| matches!(w, What::Attention { .. })), "attention"),
            (of(|w| matches!(w, What::List { .. })), "lists"),
            (of(|w| matches!(w, What::Cascade { .. })), "pruning"),
            (of(|w| matches!(w, What::Append { .. })), "appending"),
        ];
        let kinds = kinds.iter().filter(|(n, _)| *n > 0);
        let kinds: Vec<String> = kinds.map(|(n, kind)| format!("{n} {kind}")).collect();
        let odd = tasks.iter().any(|t| !t.patches.is_empty());
        let failing = tasks.iter().any(|t| t.fail.is_some());
        let mut text = format!("{commands} ({})", kinds.join(", "));
        if odd {
            text.push_str(", illegal ones among them");
        }
        if failing {
            text.push_str(", failing memory");
        }
        text
    }

    fn reaches(&self, point: Point) -> bool {
        let device = &self.device;
        match point {
            Point::Pruned | Point::PruneRefused | Point::PrunedHeads => device.cascade.is_some(),
            Point::Appended => device.append,
            _ => true,
        }
    }
}
