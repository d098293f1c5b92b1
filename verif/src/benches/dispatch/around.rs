// SPDX-License-Identifier: MIT OR Apache-2.0
//! What surrounds the dispatch and reports to it: errors that are held, lists that are loaded, cascade
//! pruning.

use hwgen_sim::dut::{Dut, In, Out};
use hwgen_sim::rng::Rng;

use super::Point;
use crate::kit::{Io, Offer, Stall, input, inputs, output};

/// The first error of a reader or writer, which stands until it is cleared.
pub(super) struct Held {
    addr: In,
    clear: Out,
    /// The address, if there is an error.
    pub(super) stands: Option<u64>,
}

impl Held {
    pub(super) fn find(dut: &Dut, name: &str) -> Self {
        Self {
            addr: input(dut, &format!("{name}_error_addr_i")),
            clear: output(dut, &format!("{name}_error_clear_o")),
            stands: None,
        }
    }

    /// Drives the address.
    pub(super) fn drive(&self, io: &mut Io<Point>) {
        match self.stands {
            Some(addr) => io.set(self.addr, addr),
            None => io.scribble(self.addr),
        }
    }

    /// Has an error, if there is none.
    pub(super) fn raise(&mut self, rng: &mut Rng) -> u64 {
        *self.stands.get_or_insert_with(|| rng.draw())
    }

    /// Returns whether the error was cleared in this cycle, and forgets it; `None` if it was cleared
    /// without being there.
    pub(super) fn check(&mut self, io: &Io<Point>) -> Option<bool> {
        let clear = io.is(self.clear);
        if clear && self.stands.take().is_none() {
            return None;
        }
        Some(clear)
    }
}

/// Where lists are watched: entries that the core takes, and heads that leave cascade pruning.
pub(super) struct Lists {
    list: [In; 2],
    head: [In; 3],
    /// Entries that come, and how many of them have.
    pub(super) entries: Option<(u32, u32)>,
    /// Heads that come behind them.
    pub(super) heads: Vec<u8>,
    heads_gone: usize,
}

impl Lists {
    pub(super) fn find(dut: &Dut) -> Self {
        Self {
            list: inputs(dut, "list", ["taken", "position"]),
            head: inputs(dut, "head", ["taken", "index", "last"]),
            entries: None,
            heads: Vec::new(),
            heads_gone: 0,
        }
    }

    pub(super) fn quiet(&mut self, io: &mut Io<Point>) {
        self.entries = None;
        self.heads.clear();
        self.heads_gone = 0;
        io.set(self.list[0], false);
        io.set(self.head[0], false);
    }

    /// Tells whether nothing more comes.
    pub(super) fn done(&self) -> bool {
        self.entries.is_none() && self.heads.is_empty()
    }

    /// Lets an entry or a head come, as `stall` has it; tells whether one does.
    pub(super) fn drive(&mut self, io: &mut Io<Point>, stall: &Stall) -> bool {
        let [taken, position] = self.list;
        let [head, index, last] = self.head;
        for port in [position, index, last] {
            io.scribble(port);
        }
        io.set(taken, false);
        io.set(head, false);
        if self.done() || !stall.go(io.cycle()) {
            return false;
        }
        if let Some((count, gone)) = &mut self.entries {
            io.set(taken, true);
            io.set(position, *gone);
            *gone += 1;
            if gone == count {
                self.entries = None;
            }
            return true;
        }
        io.set(head, true);
        io.set(index, self.heads[self.heads_gone]);
        self.heads_gone += 1;
        let ended = self.heads_gone == self.heads.len();
        io.set(last, ended);
        if ended {
            self.heads.clear();
            self.heads_gone = 0;
        }
        true
    }
}

/// The error of the vector reader.
pub(super) struct Vectors {
    error: In,
    addr: In,
    clear: Out,
    /// The address, if there is an error.
    pub(super) stands: Option<u64>,
    /// The error was raised in this cycle.
    pub(super) fresh: bool,
}

impl Vectors {
    pub(super) fn find(dut: &Dut) -> Self {
        Self {
            error: input(dut, "vector_error_i"),
            addr: input(dut, "vector_error_addr_i"),
            clear: output(dut, "vector_error_clear_o"),
            stands: None,
            fresh: false,
        }
    }

    pub(super) fn quiet(&mut self, io: &mut Io<Point>) {
        self.stands = None;
        io.set(self.error, false);
    }

    /// Raises an error if `due`, and holds what stands.
    pub(super) fn drive(&mut self, io: &mut Io<Point>, due: bool) {
        self.fresh = due && self.stands.is_none();
        if self.fresh {
            self.stands = Some(io.noise.draw());
        }
        io.set(self.error, self.stands.is_some());
        match self.stands {
            Some(addr) => io.set(self.addr, addr),
            None => io.scribble(self.addr),
        }
    }

    /// Tells whether the error was cleared in this cycle, and forgets it.
    pub(super) fn cleared(&mut self, io: &Io<Point>) -> bool {
        let clear = io.is(self.clear);
        if clear {
            self.stands = None;
        }
        clear
    }
}

/// How things end: three ports, of which one is due at a time.
pub(super) struct Ends {
    pub(super) result: Offer<2>,
    pub(super) append: Offer<1>,
    pub(super) save: Offer<1>,
}

impl Ends {
    pub(super) fn find(dut: &Dut) -> Self {
        Self {
            result: Offer::find(dut, "result_done", ["error", "code"]),
            append: Offer::find(dut, "append_done", ["code"]),
            save: Offer::find(dut, "save_done", ["code"]),
        }
    }
}
