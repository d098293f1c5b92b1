// SPDX-License-Identifier: MIT OR Apache-2.0
//! Area, cells and registers by instance, from a netlist that keeps its modules.

use crate::synth::liberty::Library;
use crate::synth::netlist::{Netlist, plain};
use crate::synth::report::{Node, Point};
use crate::synth::unit::RAM;

/// Tells whether a cell is a flip-flop or a latch: by its library, or by the names of Yosys.
pub(super) fn is_register(kind: &str, library: Option<&Library>) -> bool {
    if let Some(cell) = library.and_then(|l| l.get(kind)) {
        return cell.register;
    }
    let kind = kind.trim_start_matches(['$', '_']);
    ["DFF", "SDFF", "ALDFF", "DLATCH", "SB_DFF", "TRELLIS_FF"]
        .iter()
        .any(|start| kind.starts_with(start))
}

/// Returns the area of a cell, 0 if there is no library.
pub(super) fn area_of(kind: &str, library: Option<&Library>) -> f64 {
    library
        .and_then(|l| l.get(kind))
        .map_or(0.0, |cell| cell.area)
}

/// Builds the tree below `top`; memories hold bits and no area.
pub(super) fn tree(
    top: &str,
    netlist: &Netlist,
    elaborated: &Netlist,
    library: Option<&Library>,
) -> Node {
    let mut node = Node {
        module: plain(top).to_owned(),
        count: 1,
        ..Node::default()
    };
    if plain(top) == RAM {
        let shapes = elaborated.memories(top);
        node.memory_bits = shapes.iter().map(|((w, b), n)| w * b * n).sum();
        return node;
    }
    let Some(module) = netlist.modules.get(top) else {
        return node;
    };
    for (name, cell) in &module.cells {
        if !netlist.holds(&cell.kind, library) {
            node.cells += 1;
            node.registers += u64::from(is_register(&cell.kind, library));
            node.area += area_of(&cell.kind, library);
            continue;
        }
        let mut below = tree(&cell.kind, netlist, elaborated, library);
        below.instance = family(name);
        node.area += below.area;
        node.cells += below.cells;
        node.registers += below.registers;
        node.memory_bits += below.memory_bits;
        node.below.push(below);
    }
    node.below = merged(std::mem::take(&mut node.below));
    node
}

/// Makes one node of siblings that differ in an index only.
fn merged(nodes: Vec<Node>) -> Vec<Node> {
    let mut out: Vec<Node> = Vec::new();
    for node in nodes {
        let twin = out.iter_mut().find(|o| {
            o.instance == node.instance && o.module == node.module && o.cells == node.cells
        });
        match twin {
            Some(twin) => twin.count += 1,
            None => out.push(node),
        }
    }
    // The largest first: that is what the reader looks for.
    out.sort_by(|a, b| {
        let size = |n: &Node| (n.area.max(n.cells as f64)) * n.count as f64;
        size(b).total_cmp(&size(a))
    });
    out
}

fn family(instance: &str) -> String {
    Point {
        what: String::new(),
        name: instance.to_owned(),
        module: String::new(),
    }
    .family()
}
