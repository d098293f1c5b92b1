// SPDX-License-Identifier: MIT OR Apache-2.0
//! Buffers nets that one part of a design drives into many others.
//!
//! The mapper buffers what it sees: the gates of one part. A net that leaves for the ports of other
//! parts counts as one load with it, however many they are. Here such a net gets a tree of
//! buffers, as any flow with a netlist of the whole would give it. Clock and reset are left alone:
//! they are ideal, and trees of their own in a layout.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::synth::liberty::Library;

/// Most pins of other parts that a net, or a buffer of its tree, drives.
pub(super) const MOST: usize = 8;
/// Nets that are left alone.
const IDEAL: &[&str] = &["clk_i", "rst_ni"];

/// A buffer of the library.
#[derive(Debug, PartialEq)]
pub(super) struct Buffer {
    kind: String,
    input: String,
    output: String,
}

/// A pin of an instance: its name, its port, the bit of the port.
type Pin = (String, String, usize);

impl Buffer {
    /// Picks the second smallest of a library: it drives a few pins well, and its own load is
    /// small.
    pub(super) fn of(library: &Library) -> Option<Self> {
        let mut all: Vec<_> = library
            .iter()
            .filter_map(|(name, cell)| Some((cell.area, name, cell.buffer.as_ref()?)))
            .collect();
        all.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(b.1)));
        let least = all.first()?.0;
        let second = all.iter().find(|b| b.0 > least).or(all.first())?;
        let (_, name, (input, output)) = second;
        Some(Self {
            kind: (*name).clone(),
            input: input.clone(),
            output: output.clone(),
        })
    }
}

/// Inserts buffers into `module`, a module of a netlist that Yosys wrote as JSON, whose instances
/// of kinds that `library` does not hold are other parts; returns how many.
pub(super) fn insert(module: &mut Value, library: &Library, buffer: &Buffer) -> usize {
    let (mut sinks, mut last) = (BTreeMap::<u64, Vec<Pin>>::new(), 0);
    let mut ideal = Vec::new();
    for (name, port) in module["ports"].as_object().into_iter().flatten() {
        let bits = port["bits"].as_array().into_iter().flatten();
        let wires: Vec<u64> = bits.filter_map(Value::as_u64).collect();
        last = wires.iter().copied().fold(last, u64::max);
        if IDEAL.contains(&name.as_str()) {
            ideal.extend(wires);
        }
    }
    for (name, cell) in module["cells"].as_object().into_iter().flatten() {
        let part = cell["type"]
            .as_str()
            .is_some_and(|k| !library.contains_key(k));
        for (port, bits) in cell["connections"].as_object().into_iter().flatten() {
            let driven = cell["port_directions"][port] == "input";
            let bits = bits.as_array().into_iter().flatten().enumerate();
            for (at, bit) in bits.filter_map(|(at, bit)| Some((at, bit.as_u64()?))) {
                last = last.max(bit);
                if part && driven && !IDEAL.contains(&port.as_str()) {
                    let pin = (name.clone(), port.clone(), at);
                    sinks.entry(bit).or_default().push(pin);
                }
            }
        }
    }
    let nets = module["netnames"].as_object().into_iter().flatten();
    let nets = nets.filter_map(|(_, n)| n["bits"].as_array()).flatten();
    last = nets.filter_map(Value::as_u64).fold(last, u64::max);
    let mut count = 0;
    for (bit, mut pins) in sinks {
        if ideal.contains(&bit) {
            continue;
        }
        // From the leaves to the root: the inputs of a level's buffers are the pins of the next.
        while pins.len() > MOST {
            let groups = pins.len().div_ceil(MOST);
            let each = pins.len().div_ceil(groups);
            let mut next = Vec::new();
            for group in pins.chunks(each) {
                last += 1;
                let name = format!("_b{count}_");
                for (cell, port, at) in group {
                    module["cells"][cell]["connections"][port][at] = json!(last);
                }
                module["cells"][&name] = json!({
                    "hide_name": 1, "type": buffer.kind, "parameters": {}, "attributes": {},
                    "port_directions": {&buffer.input: "input", &buffer.output: "output"},
                    "connections": {&buffer.input: [bit], &buffer.output: [last]},
                });
                module["netnames"][format!("_n{count}_")] =
                    json!({"hide_name": 1, "bits": [last], "attributes": {}});
                next.push((name, buffer.input.clone(), 0));
                count += 1;
            }
            pins = next;
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::synth::liberty::Cell;

    fn library() -> Library {
        let cell = |area, buffer: bool| Cell {
            area,
            buffer: buffer.then(|| ("A".to_owned(), "Y".to_owned())),
            ..Cell::default()
        };
        let cells = [
            ("BUFX1", 1.0, true),
            ("BUFX2", 2.0, true),
            ("BUFX4", 3.0, true),
        ];
        let mut out: Library = cells.map(|(n, a, b)| (n.to_owned(), cell(a, b))).into();
        out.insert("INV".to_owned(), cell(1.5, false));
        out
    }

    /// A register's net 3 drives `parts` instances of a part and an inverter, the clock all.
    fn module(parts: usize) -> Value {
        let mut cells = json!({"_i_": {"type": "INV",
            "port_directions": {"A": "input", "Y": "output"},
            "connections": {"A": [3], "Y": [4]}}});
        for n in 0..parts {
            cells[format!("u{n:03}")] = json!({"type": "part_of_another_name",
                "port_directions": {"clk_i": "input", "d_i": "input", "d_o": "output"},
                "connections": {"clk_i": [2], "d_i": ["0", 3], "d_o": [10 + n]}});
        }
        json!({"ports": {"clk_i": {"bits": [2]}}, "cells": cells, "netnames": {}})
    }

    fn loads(module: &Value) -> BTreeMap<u64, usize> {
        let mut out = BTreeMap::new();
        for cell in module["cells"].as_object().expect("cells").values() {
            for port in ["d_i", "A"] {
                let bits = cell["connections"][port].as_array().into_iter().flatten();
                for bit in bits.filter_map(Value::as_u64) {
                    *out.entry(bit).or_default() += 1;
                }
            }
        }
        out
    }

    #[test]
    fn the_second_smallest_buffer_is_taken() {
        let buffer = Buffer::of(&library()).expect("there are some");
        assert_eq!(buffer.kind, "BUFX2");
        assert_eq!(Buffer::of(&Library::new()), None);
    }

    #[test]
    fn few_pins_stay_as_they_are() {
        let buffer = Buffer::of(&library()).expect("there are some");
        let mut few = module(MOST);
        assert_eq!(insert(&mut few, &library(), &buffer), 0);
        assert_eq!(few, module(MOST));
    }

    #[test]
    fn many_pins_get_a_tree_in_which_none_drives_many() {
        let buffer = Buffer::of(&library()).expect("there are some");
        for (parts, buffers) in [(9, 2), (64, 8), (65, 11), (200, 29)] {
            let mut many = module(parts);
            assert_eq!(insert(&mut many, &library(), &buffer), buffers, "{parts}");
            let loads = loads(&many);
            // The inverter stays where it was, and every part is still driven.
            assert_eq!(many["cells"]["_i_"]["connections"]["A"], json!([3]));
            assert!(loads[&3] <= MOST + 1 && loads.values().all(|n| *n <= MOST + 1));
            assert_eq!(loads.values().sum::<usize>(), parts + 1 + buffers);
            for n in 0..parts {
                let own = &many["cells"][format!("u{n:03}")]["connections"];
                assert_eq!(own["clk_i"], json!([2]));
                let mut bit = own["d_i"][1].as_u64();
                let cells = many["cells"].as_object().expect("cells");
                let mut steps = 0;
                while bit != Some(3) {
                    let driver = cells
                        .values()
                        .find(|c| c["connections"]["Y"][0].as_u64() == bit);
                    bit = driver.and_then(|c| c["connections"]["A"][0].as_u64());
                    steps += 1;
                }
                assert!((1..=3).contains(&steps));
            }
        }
    }
}
