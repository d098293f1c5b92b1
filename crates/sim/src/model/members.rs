// SPDX-License-Identifier: MIT OR Apache-2.0
//! The class that holds the state of a model, kept in the order of an earlier build.
//!
//! A register more shifts every member behind it, and objects that were compiled before would read
//! the wrong ones. So a build leaves room behind the last member, and a later one puts what is new
//! there; what has gone keeps its place under another name. The compiler checks both against each
//! other ([`assertions`]), so what is computed here may be wrong without harm.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// File of the class.
pub(super) const ROOT_H: &str = "Vdut___024root.h";
/// Bytes that a build leaves for members of later ones.
const ROOM: usize = 16 << 10;
/// Members between two whose places the compiler compares.
const STRIDE: usize = 16;
const CLASS: &str = "class ";
const FIRST: &str = "    // DESIGN SPECIFIC STATE";
const LAST: &str = "    // INTERNAL VARIABLES";

/// The class as Verilator wrote it, taken apart.
struct Class<'a> {
    before: Vec<&'a str>,
    state: Vec<&'a str>,
    after: Vec<&'a str>,
    tail: Vec<&'a str>,
}

impl<'a> Class<'a> {
    fn read(header: &'a str) -> Option<Self> {
        let lines: Vec<&str> = header.lines().collect();
        let find = |from: usize, fits: &dyn Fn(&str) -> bool| {
            lines[from..]
                .iter()
                .position(|l| fits(l))
                .map(|at| from + at)
        };
        let class = find(0, &|l| {
            l.starts_with(CLASS) && l.contains(" Vdut___024root ") && l.ends_with('{')
        })?;
        let first = find(class, &|l| l == FIRST)?;
        let last = find(first, &|l| l == LAST)?;
        let end = find(last, &|l| l.starts_with('}'))?;
        Some(Self {
            before: lines[..=first].to_vec(),
            state: lines[first + 1..last].to_vec(),
            after: lines[last..end].to_vec(),
            tail: lines[end..].to_vec(),
        })
    }

    /// Returns the members by name, with their places among the lines; none where a line is not
    /// understood.
    fn members(&self) -> Option<BTreeMap<&'a str, (usize, &'a str)>> {
        let mut all = BTreeMap::new();
        for (at, line) in self.state.iter().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with("//") || ["struct {", "};"].contains(&line) {
                continue;
            }
            if all.insert(member(line)?, (at, line)).is_some() {
                return None;
            }
        }
        Some(all)
    }

    fn with_room(&self, state: &[String], more: &[&str], left: usize) -> String {
        let mut text = String::new();
        let own = |lines: &[&str]| lines.iter().map(|l| format!("{l}\n")).collect::<String>();
        text += &own(&self.before);
        for line in state {
            text.push_str(line);
            text.push('\n');
        }
        text += &own(&self.after);
        for (i, line) in more.iter().enumerate() {
            let align = if i == 0 { "alignas(64) " } else { "" };
            let _ = writeln!(text, "    {align}{line}");
        }
        let _ = writeln!(text, "    alignas(64) unsigned char hwgen_room[{left}];");
        text + &own(&self.tail)
    }
}

/// Leaves room behind the members of a class, for those of later builds.
pub(super) fn with_room(header: &str) -> Option<String> {
    let class = Class::read(header)?;
    let state: Vec<String> = class.state.iter().map(|l| (*l).to_owned()).collect();
    Some(class.with_room(&state, &[], ROOM))
}

/// A class whose members lie where those of an earlier build lie.
pub(super) struct Rearranged {
    /// The text of the header.
    pub(super) header: String,
    /// Members that both classes have, but not of one type.
    pub(super) retyped: BTreeSet<String>,
    /// Members that both classes have.
    common: Vec<String>,
}

/// Arranges the members of `new`, as Verilator wrote them, as in the header `old`, which has room.
pub(super) fn rearranged(old: &str, new: &str) -> Option<Rearranged> {
    let (mut old, new) = (Class::read(old)?, Class::read(new)?);
    old.after.retain(|line| !line.contains(" hwgen_room["));
    if (&old.before, &old.after, &old.tail) != (&new.before, &new.after, &new.tail) {
        return None;
    }
    let (had, has) = (old.members()?, new.members()?);
    let mut state: Vec<String> = old.state.iter().map(|l| (*l).to_owned()).collect();
    for (name, (at, line)) in &had {
        if has.get(name).is_some_and(|(_, now)| now == line) {
            continue;
        }
        let gone = line.rfind(name)?;
        let end = gone + name.len();
        state[*at] = format!("{}hwgen_gone_{at}{}", &line[..gone], &line[end..]);
    }
    let mut more: Vec<(usize, &str)> = Vec::new();
    let (mut retyped, mut common) = (BTreeSet::new(), Vec::new());
    for (name, (at, line)) in &has {
        let was = had.get(name).map(|(_, was)| was);
        if was == Some(line) {
            common.push((*name).to_owned());
            continue;
        }
        more.push((*at, line));
        if was.is_some() {
            retyped.insert((*name).to_owned());
        }
    }
    more.sort_unstable();
    let mut used = 0_usize;
    for (_, line) in &more {
        let (size, align) = size_of(line.strip_suffix(';')?.rsplit_once(' ')?.0)?;
        used = used.next_multiple_of(align) + size;
    }
    let left = ROOM
        .checked_sub(used.next_multiple_of(64))
        .filter(|left| *left > 0)?;
    let more: Vec<&str> = more.into_iter().map(|(_, line)| line).collect();
    Some(Rearranged {
        header: new.with_room(&state, &more, left),
        retyped,
        common,
    })
}

impl Rearranged {
    /// Writes what makes the compiler compare the class with the one of the header `base`, so that
    /// no object that was compiled with that one reads another place than it should.
    pub(super) fn assertions(&self, base: &str) -> String {
        let mut text = format!(
            "#undef VERILATED_VDUT___024ROOT_H_\nnamespace hwgen_base {{\n#include \"{base}\"\n}}\n\
             static_assert(sizeof(hwgen_base::Vdut___024root) == sizeof(Vdut___024root), \"size\");\n"
        );
        let some = self.common.iter().step_by(STRIDE).map(String::as_str);
        for name in some.chain(["vlSymsp"]) {
            let _ = writeln!(
                text,
                "static_assert(__builtin_offsetof(hwgen_base::Vdut___024root, {name}) == \
                 __builtin_offsetof(Vdut___024root, {name}), \"place\");"
            );
        }
        text
    }
}

/// Returns the name that a line declares.
fn member(line: &str) -> Option<&str> {
    let line = line.strip_suffix(';')?;
    if line.starts_with("VL_") {
        // VL_IN8(clk_i,0,0)
        let (_, inside) = line.split_once('(')?;
        return inside.split(',').next();
    }
    let (kind, name) = line.rsplit_once(' ')?;
    let is_name = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let is_plain = is_name && !uncommented(kind).contains(['=', '(', '[', '*']);
    is_plain.then_some(name)
}

/// Drops the comments of a type.
fn uncommented(kind: &str) -> String {
    let mut text = String::new();
    let mut left = kind;
    while let Some((before, rest)) = left.split_once("/*") {
        text += before;
        left = rest.split_once("*/").map_or("", |(_, after)| after);
    }
    text + left
}

/// Returns size and alignment of a member's type in bytes.
fn size_of(kind: &str) -> Option<(usize, usize)> {
    let bare = uncommented(kind);
    let bare = bare.trim();
    let of = |name: &str| bare.strip_prefix(name)?.strip_suffix('>');
    if let Some(words) = of("VlWide<") {
        return Some((4 * words.trim().parse::<usize>().ok()?, 4));
    }
    if let Some(inside) = of("VlUnpacked<") {
        let (kind, count) = inside.rsplit_once(',')?;
        let (size, align) = size_of(kind)?;
        return Some((size.checked_mul(count.trim().parse().ok()?)?, align));
    }
    let size = match bare {
        "CData" => 1,
        "SData" => 2,
        "IData" => 4,
        "QData" => 8,
        _ => return None,
    };
    Some((size, size))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(state: &str) -> String {
        format!(
            "#include \"verilated.h\"\nclass alignas(64) Vdut___024root final {{\n  public:\n\n\
             {FIRST}\n    struct {{\n{state}    }};\n{LAST}\n    Vdut__Syms* vlSymsp;\n}};\n"
        )
    }

    const OLD: &str = "        VL_IN8(clk_i,0,0);\n        CData/*1:0*/ a__DOT__x_q;\n        \
                       IData/*31:0*/ a__DOT__y_q;\n        VlWide<3>/*95:0*/ a__DOT__z_q;\n";

    #[test]
    fn new_members_come_last_and_old_ones_keep_their_places() {
        let new = "        VL_IN8(clk_i,0,0);\n        CData/*0:0*/ a__DOT__n_q;\n        \
                   CData/*1:0*/ a__DOT__x_q;\n        QData/*39:0*/ a__DOT__y_q;\n        \
                   VlUnpacked<VlWide<3>/*95:0*/, 4> a__DOT__m_q;\n";
        let old = with_room(&header(OLD)).expect("every form is known");
        let made = rearranged(&old, &header(new)).expect("every form is known");
        let expected = "        VL_IN8(clk_i,0,0);\n        CData/*1:0*/ a__DOT__x_q;\n\
                        IData/*31:0*/ hwgen_gone_3;\nVlWide<3>/*95:0*/ hwgen_gone_4;\n";
        assert!(made.header.contains(expected), "{}", made.header);
        // 1 byte, 8 at 8, 48 at 16: one line of 64 bytes is taken.
        let more = "    Vdut__Syms* vlSymsp;\n    alignas(64) CData/*0:0*/ a__DOT__n_q;\n    \
                    QData/*39:0*/ a__DOT__y_q;\n    VlUnpacked<VlWide<3>/*95:0*/, 4> a__DOT__m_q;\n    \
                    alignas(64) unsigned char hwgen_room[16320];\n};\n";
        assert!(made.header.ends_with(more), "{}", made.header);
        let retyped: Vec<&String> = made.retyped.iter().collect();
        assert_eq!(retyped, ["a__DOT__y_q"]);
        assert_eq!(made.common, ["a__DOT__x_q", "clk_i"]);
    }

    #[test]
    fn an_unchanged_class_has_room_only() {
        let made = rearranged(&header(OLD), &header(OLD)).expect("every form is known");
        assert_eq!(Some(made.header), with_room(&header(OLD)));
        assert!(made.retyped.is_empty());
    }

    #[test]
    fn what_is_not_known_is_not_rearranged() {
        let odd = OLD.replace("CData/*1:0*/", "VlQueue<IData>");
        let more = OLD.replace(
            "        VL_IN8",
            "        VlQueue<IData> q;\n        VL_IN8",
        );
        // A type that both have needs no size; a new one does.
        assert!(rearranged(&header(&odd), &header(&odd)).is_some());
        assert!(rearranged(&header(OLD), &header(&more)).is_none());
        assert!(rearranged(&header(OLD), "class X {\n};\n").is_none());
        let huge = OLD.replace(
            "        VL_IN8",
            "        VlUnpacked<QData/*63:0*/, 4096> q;\n        VL_IN8",
        );
        assert!(rearranged(&header(OLD), &header(&huge)).is_none());
    }
}
