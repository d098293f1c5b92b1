// SPDX-License-Identifier: MIT OR Apache-2.0
//! Rules of single fields, and which of those that are broken is the first.

use crate::capabilities::Capabilities;
use crate::code::Code;
use crate::command::Rows;
use crate::config::Config;
use crate::encode::RECORD;
use crate::error::{Illegal, Rule};
use crate::layout::{Kind, PAGE, Place};
use crate::memory::{Buffers, holds};

/// Most heads of a command.
pub(crate) const MAX_HEADS: u64 = 256;

/// Where commands are judged.
pub(crate) struct Rules<'a> {
    pub(crate) capabilities: &'a Capabilities,
    pub(crate) config: &'a Config,
}

/// What was found so far of a descriptor or of a head: the first by precedence.
pub(crate) struct Judge<'a, B> {
    pub(crate) rules: &'a Rules<'a>,
    pub(crate) buffers: &'a B,
    /// The head that is judged, if any.
    pub(crate) head: Option<u16>,
    pub(crate) found: Option<Illegal>,
}

/// Returns the place of a code in the order of precedence; what the hardware does not see is last.
fn precedence(code: Option<Code>) -> u8 {
    match code {
        Some(Code::UnknownOp) => 0,
        Some(Code::Reserved) => 1,
        Some(Code::Alignment) => 2,
        Some(Code::Window) => 3,
        Some(Code::Heads) => 4,
        Some(Code::Keys) => 5,
        Some(Code::Queries) => 6,
        Some(Code::List) => 7,
        Some(Code::Shift) => 8,
        Some(Code::Core(code)) => 16 + code,
        Some(Code::Cascade(code)) => 32 + code,
        _ => 255,
    }
}

impl<B: Buffers> Judge<'_, B> {
    pub(crate) fn say<V: Into<i128>>(
        &mut self,
        wrong: bool,
        what: (&'static str, V),
        rule: Rule,
        code: Option<Code>,
    ) {
        let before = |found: Illegal| precedence(code) < precedence(found.code);
        if wrong && self.found.is_none_or(before) {
            self.found = Some(Illegal {
                field: what.0,
                head: self.head,
                value: what.1.into(),
                rule,
                code,
            });
        }
    }

    /// Ends a descriptor or a head.
    pub(crate) fn end(&self) -> Result<(), Illegal> {
        self.found.map_or(Ok(()), Err)
    }

    pub(crate) fn multiple(&mut self, what: (&'static str, u64), of: u64) {
        let wrong = !what.1.is_multiple_of(of);
        self.say(wrong, what, Rule::Multiple(of), Some(Code::Alignment));
    }

    pub(crate) fn range(&mut self, what: (&'static str, u64), legal: (u64, u64), code: Code) {
        let wrong = !(legal.0..=legal.1).contains(&what.1);
        let rule = Rule::Range(legal.0.into(), legal.1.into());
        self.say(wrong, what, rule, Some(code));
    }

    /// Bits of a field that is narrower than its place.
    pub(crate) fn bits(&mut self, what: (&'static str, u64), bits: u32) {
        let wrong = what.1 >> bits != 0;
        self.say(wrong, what, Rule::Below(1 << bits), Some(Code::Reserved));
    }

    /// Tells whether bytes from `first` on lie in the window.
    fn windowed(&mut self, what: (&'static str, u64), first: Option<u64>, bytes: u64) {
        self.window(what, first, bytes, Some(Code::Window));
    }

    fn window(
        &mut self,
        what: (&'static str, u64),
        first: Option<u64>,
        bytes: u64,
        code: Option<Code>,
    ) {
        let end = first.and_then(|first| first.checked_add(bytes));
        let (low, high) = self.rules.config.window;
        let inside = first.is_some_and(|first| first >= low) && end.is_some_and(|end| end <= high);
        self.say(!inside, what, Rule::Window(bytes), code);
    }

    fn owned(&mut self, what: (&'static str, u64), first: Option<u64>, bytes: u64) {
        let held = first.is_some_and(|first| holds(self.buffers, first, bytes, false));
        self.say(!held && bytes != 0, what, Rule::Owned(bytes), None);
    }

    /// A range from its first byte on.
    pub(crate) fn span(&mut self, what: (&'static str, u64), bytes: u64) {
        self.windowed(what, Some(what.1), bytes);
        self.owned(what, Some(what.1), bytes);
    }

    /// Rows; `names` are those of the address and of the stride.
    pub(crate) fn rows(
        &mut self,
        names: [&'static str; 2],
        rows: Rows,
        shape: (u64, u64),
        of: u64,
    ) {
        let (count, bytes) = shape;
        let stride = u64::from(rows.stride.unsigned_abs());
        let what = (names[0], rows.address);
        self.multiple(what, of);
        let signed = (names[1], rows.stride);
        let wrong = !stride.is_multiple_of(of);
        self.say(wrong, signed, Rule::Multiple(of), Some(Code::Alignment));
        let away = stride * count.saturating_sub(1);
        let low = if rows.stride < 0 {
            rows.address.checked_sub(away)
        } else {
            Some(rows.address)
        };
        self.windowed(what, low, away + bytes);
        if bytes != 0 && count != 0 {
            self.owned(what, low, away + bytes);
        }
    }

    /// Where planes lie: `used` planes of K and of V, of `seen` tokens; `most` are those that the
    /// accelerator thinks of.
    pub(crate) fn place(&mut self, place: &Place, used: [u8; 2], seen: u64, most: u64) {
        let shape = self.rules.capabilities.shape();
        let granule = u64::from(shape.granule());
        let names = [["k_base", "k_offset"], ["v_base", "v_offset"]];
        for (kind, names, used) in [(Kind::K, names[0], used[0]), (Kind::V, names[1], used[1])] {
            let (base, offsets) = place.of(kind);
            self.multiple((names[0], base), PAGE);
            let count = usize::from(shape.planes(kind).count());
            let mut reach = 0;
            let places = |tokens: u64| tokens.div_ceil(u64::from(shape.channels));
            for (plane, &offset) in offsets.iter().enumerate() {
                let what = (names[1], offset.into());
                if plane >= count {
                    self.say(offset != 0, what, Rule::Zero, Some(Code::Reserved));
                    continue;
                }
                self.multiple(what, granule);
                if plane < usize::from(used) {
                    let stride = u64::from(shape.stride(kind, plane));
                    reach = reach.max(u64::from(offset) + places(most) * stride);
                }
            }
            self.windowed((names[0], base), Some(base), reach);
            for (plane, &offset) in offsets.iter().enumerate().take(count.min(used.into())) {
                let bytes = u64::from(shape.vector_bytes(kind, plane));
                let stride = u64::from(shape.stride(kind, plane));
                let Some(before) = places(seen).checked_sub(1) else {
                    continue;
                };
                let first = base.checked_add(offset.into());
                self.channels((names[1], offset.into()), first, before * stride + bytes);
            }
        }
    }

    /// A range of every channel, by its local address. Channels that have address spaces of their
    /// own are alike.
    fn channels(&mut self, what: (&'static str, u64), first: Option<u64>, bytes: u64) {
        let stride = self.rules.config.channel_stride;
        let channels = match stride {
            0 => 1,
            _ => u64::from(self.rules.capabilities.channels),
        };
        for channel in 0..channels {
            let away = stride.checked_mul(channel);
            let first = first
                .zip(away)
                .and_then(|(first, away)| first.checked_add(away));
            self.owned(what, first, bytes);
        }
    }

    pub(crate) fn records(&mut self, records: u64, heads: usize, on_chip: bool) {
        let heads = heads as u64;
        self.multiple(("records", records), RECORD as u64);
        let bytes = heads.saturating_mul(RECORD as u64);
        // With heads of the chip the accelerator does not know how many records there are.
        let code = |code| (!on_chip).then_some(code);
        let what = ("records", records);
        self.window(what, Some(records), bytes, code(Code::Window));
        // They are written from here.
        let held = holds(self.buffers, records, bytes, true);
        self.say(!held, what, Rule::Owned(bytes), None);
        let (what, rule) = (("heads", heads), Rule::Range(1, MAX_HEADS.into()));
        let wrong = !(1..=MAX_HEADS).contains(&heads);
        self.say(wrong, what, rule, code(Code::Heads));
    }
}
