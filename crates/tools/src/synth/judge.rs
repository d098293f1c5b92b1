// SPDX-License-Identifier: MIT OR Apache-2.0
//! Tells a result from what a synthesis leaves that went wrong without a word: nothing, no register,
//! cells that the target does not have.
//!
//! Holds the counts against the netlist's own ports and against the RTL as it was elaborated, not
//! against the counts of another run.

use std::collections::HashSet;

use crate::synth::flow::Flow;
use crate::synth::netlist::{Bit, Cell, Module, Netlist, plain};
use crate::synth::report::Found;
use crate::synth::target::Kind;
use crate::synth::unit::{RAM, Unit};
use hwgen_console::error::Error;

/// What `proc` makes of clocked processes and of latches.
const STATE: [&str; 16] = [
    "$dff",
    "$dffe",
    "$adff",
    "$adffe",
    "$sdff",
    "$sdffe",
    "$sdffce",
    "$aldff",
    "$aldffe",
    "$dffsr",
    "$dffsre",
    "$ff",
    "$sr",
    "$dlatch",
    "$adlatch",
    "$dlatchsr",
];

/// Blocks of FPGAs that take registers of the RTL in: memories and multipliers.
const BLOCKS: [&str; 10] = [
    "DP16KD",
    "PDPW16KD",
    "TRELLIS_DPR16X4",
    "MULT18X18D",
    "MULT9X9D",
    "ALU54B",
    "SB_RAM40_4K",
    "SB_RAM256x16",
    "SB_SPRAM256KA",
    "SB_MAC16",
];

/// Judges what was counted of `unit`.
///
/// A module without outputs leaves nothing, and one of wires no cells: both are results, and the
/// latter is noted. A module without clocked processes has no registers.
pub(super) fn judge(
    flow: &Flow,
    unit: &Unit,
    netlist: &Netlist,
    elaborated: &Netlist,
    found: &mut Found,
) -> Result<(), Error> {
    let (module, target) = (&unit.module, &flow.target.name);
    let yosys = &flow.yosys.version;
    let tool = |what: String| {
        Err(Error::Tool(format!(
            "{module} on {target}: {yosys} left {what} (try another one with --yosys, or \
             HWGEN_YOSYS)"
        )))
    };
    let Some(top) = netlist.modules.get(module) else {
        return tool("a netlist without the module".to_owned());
    };
    if let Some((kind, n)) = foreign(flow, found) {
        return tool(format!("{n} cells {kind}, which the target does not have"));
    }
    found.outputs = elaborated
        .modules
        .get(module)
        .map_or(0, |m| m.bits("output").count() as u64);
    if found.outputs == 0 {
        return Ok(());
    }
    if found.cells == 0 && (flow.target.has_memories() || found.memory_bits == 0) {
        let driven = driven(top);
        if driven > 0 {
            return tool(format!(
                "no cells, although logic drives {driven} bits of its outputs"
            ));
        }
        found
            .notes
            .push("wires only: each output is an input or a constant".to_owned());
    }
    let state = state(module, elaborated);
    if state > 0 && !is_clocked(found) {
        return tool(format!(
            "no registers, although the clocked processes of the RTL have {state} bits of them"
        ));
    }
    Ok(())
}

/// Tells whether something in the netlist has a clock: a register, or a block that takes some in.
pub(super) fn is_clocked(found: &Found) -> bool {
    let takes_in = |kind: &String| BLOCKS.iter().any(|b| kind.starts_with(b));
    found.registers > 0 || found.kinds.keys().any(takes_in)
}

/// Returns a kind of cells that the target does not have, and how many there are.
fn foreign<'a>(flow: &Flow, found: &'a Found) -> Option<(&'a str, u64)> {
    let library = flow.liberty.as_ref().map(|l| &l.cells);
    let unknown = |kind: &str| match &flow.target.kind {
        // What has no area and no timing must not pass for a cell of the library.
        Kind::Cells(_) => library.is_some_and(|l| !l.contains_key(kind)),
        Kind::Ecp5 | Kind::Ice40 => kind.starts_with('$'),
        Kind::Generic => false,
    };
    let mut kinds = found.kinds.iter();
    let found = kinds.find(|(kind, _)| unknown(kind))?;
    Some((found.0, *found.1))
}

/// Counts the output bits that are neither inputs nor constants.
fn driven(top: &Module) -> usize {
    let inputs: HashSet<&Bit> = top.bits("input").collect();
    let wired = |bit: &&Bit| match bit {
        Bit::Constant(value) => value == "0" || value == "1",
        Bit::Wire(_) => inputs.contains(bit),
    };
    top.bits("output").filter(|b| !wired(b)).count()
}

/// Counts the bits of state in the processes at and below `top`, memories apart.
fn state(top: &str, elaborated: &Netlist) -> u64 {
    let Some(module) = elaborated.modules.get(top).filter(|_| plain(top) != RAM) else {
        return 0;
    };
    let of = |cell: &Cell| {
        if STATE.contains(&cell.kind.as_str()) {
            cell.parameter("WIDTH").max(1)
        } else {
            state(&cell.kind, elaborated)
        }
    };
    module.cells.values().map(of).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn state_is_counted_below_and_memories_are_not() {
        let text = r#"{"modules": {
          "t": {"cells": {
            "a": {"type": "$adff", "parameters": {"WIDTH": "00000000000000000000000000000101"},
                  "connections": {}},
            "b": {"type": "u", "connections": {}}, "c": {"type": "u", "connections": {}},
            "m": {"type": "$paramod\\hg_ram_1r1w\\Width=3", "connections": {}},
            "n": {"type": "$add", "parameters": {"WIDTH": 7}, "connections": {}}}},
          "u": {"cells": {"d": {"type": "$dlatch", "parameters": {"WIDTH": 3}, "connections": {}}}},
          "$paramod\\hg_ram_1r1w\\Width=3":
            {"cells": {"q": {"type": "$dff", "parameters": {"WIDTH": 3}, "connections": {}}}}}}"#;
        let netlist = Netlist::parse(text.as_bytes()).expect("reads");
        assert_eq!(state("t", &netlist), 5 + 3 + 3);
        assert_eq!(state("hg_none", &netlist), 0);
    }

    #[test]
    fn outputs_of_wires_are_told_from_outputs_of_logic() {
        let top = |bits: &str| {
            let text = format!(
                r#"{{"modules": {{"t": {{"ports": {{
                  "a": {{"direction": "input", "bits": [2, 3]}},
                  "y": {{"direction": "output", "bits": [{bits}]}}}}}}}}}}"#
            );
            driven(&Netlist::parse(text.as_bytes()).expect("reads").modules["t"])
        };
        assert_eq!(top(r#"3, 2, "0", "1""#), 0);
        assert_eq!(top("3, 4, 5"), 2);
        // What nothing drives is no wire.
        assert_eq!(top(r#"2, "x", "z""#), 2);
    }
}
