// SPDX-License-Identifier: MIT OR Apache-2.0
//! The description in IP-XACT of a top with registers, read as XML.

use std::collections::BTreeSet;

use hwgen_bundle::manifest::Manifest;
use hwgen_golden::regs::Table;
use roxmltree::{Document, Node};

use crate::config::Draft;
use crate::render::render;
use crate::template::Library;

const SPACE: &str = "http://www.accellera.org/XMLSchema/IPXACT/1685-2014";

/// Returns the texts of the elements `path` below `node`.
fn texts<'a>(node: Node<'a, 'a>, path: &[&str]) -> Vec<&'a str> {
    let Some((first, rest)) = path.split_first() else {
        return vec![node.text().unwrap_or_default()];
    };
    let below = node.children().filter(|n| n.has_tag_name((SPACE, *first)));
    below.flat_map(|n| texts(n, rest)).collect()
}

fn all<'a>(node: Node<'a, 'a>, name: &'static str) -> impl Iterator<Item = Node<'a, 'a>> {
    node.descendants()
        .filter(move |n| n.has_tag_name((SPACE, name)))
}

fn number(text: &str) -> u64 {
    let hex = text.strip_prefix("'h");
    let read = hex.map_or_else(|| text.parse(), |t| u64::from_str_radix(t, 16));
    read.unwrap_or_else(|_| panic!("{text} is a number"))
}

#[test]
fn a_top_with_registers_is_described_in_ipxact() {
    let mut draft = Draft::default();
    for (key, value) in [
        ("name", "x"),
        ("blocks", "attention"),
        ("attention.variants", "axi"),
        ("memory.channels", "2"),
        ("memory.data_w", "128"),
    ] {
        draft.assign(key, value);
    }
    let design = draft.finish().expect("legal");
    let files = render(&design, &Library::embedded()).expect("renders");
    let text = |path: &str| {
        let file = files.iter().find(|f| f.path == path);
        &file.unwrap_or_else(|| panic!("{path} is there")).text
    };
    let xml = text("ipxact/hg_x_attention_axi.xml");
    let document = Document::parse(xml).expect("is XML");
    let root = document.root_element();
    assert!(root.has_tag_name((SPACE, "component")));
    let manifest: Manifest = serde_json::from_str(text("manifest.json")).expect("reads");
    let engine = &manifest.engines[0];

    // Every port, with its direction and width.
    let ports: Vec<_> = all(root, "ports").flat_map(|n| all(n, "port")).collect();
    assert_eq!(ports.len(), engine.ports.len());
    for (node, port) in ports.iter().zip(&engine.ports) {
        assert_eq!(texts(*node, &["name"]), [port.name.as_str()]);
        let input = texts(*node, &["wire", "direction"]) == ["in"];
        assert_eq!(
            input,
            port.name.ends_with("_i") || port.name.ends_with("_ni")
        );
        let left = texts(*node, &["wire", "vectors", "vector", "left"]);
        let width = left.first().map_or(1, |l| number(l) + 1);
        assert_eq!(width, u64::from(port.width), "{}", port.name);
    }

    // Every interface; each bit of a port belongs to one at most, and no port of AXI is left out.
    let interfaces: Vec<_> = all(root, "busInterface").collect();
    let names: Vec<_> = interfaces.iter().map(|n| texts(*n, &["name"])[0]).collect();
    assert_eq!(names, ["s_axi", "mem0", "mem1", "io", "clk", "rst", "irq"]);
    let mut bits = BTreeSet::new();
    let width = |name: &str| {
        let port = engine.ports.iter().find(|p| p.name == name);
        port.unwrap_or_else(|| panic!("{name} is a port")).width
    };
    for map in all(root, "portMap") {
        let name = texts(map, &["physicalPort", "name"])[0];
        let range = |end| texts(map, &["physicalPort", "partSelect", "range", end]);
        let bound = |end, usual: u32| range(end).first().map_or(u64::from(usual), |t| number(t));
        let (left, right) = (bound("left", width(name) - 1), bound("right", 0));
        assert!(left < u64::from(width(name)), "{name}");
        for bit in right..=left {
            assert!(bits.insert((name, bit)), "{name}[{bit}] twice");
        }
    }
    let whole: u32 = engine.ports.iter().map(|p| p.width).sum();
    assert_eq!(bits.len(), whole as usize);

    // Every register and field of the table, and no more.
    let table = Table::of(&design.params().attention_axi().expect("is held").regs());
    let block = all(root, "addressBlock").next().expect("is there");
    let wanted = table.registers.iter().chain(&table.channel);
    let nodes: Vec<_> = all(block, "register").collect();
    assert_eq!(nodes.len(), wanted.clone().count());
    for (node, register) in nodes.iter().zip(wanted) {
        assert_eq!(texts(*node, &["name"]), [register.name.as_str()]);
        let offset = number(texts(*node, &["addressOffset"])[0]);
        assert_eq!(offset, u64::from(register.offset));
        let fields: Vec<_> = all(*node, "field").collect();
        assert_eq!(fields.len(), register.fields.len());
        for (node, field) in fields.iter().zip(&register.fields) {
            let lsb = number(texts(*node, &["bitOffset"])[0]);
            let width = number(texts(*node, &["bitWidth"])[0]);
            assert_eq!((lsb, width), (field.lsb.into(), field.width.into()));
            let reset = texts(*node, &["resets", "reset", "value"]);
            if let Some(&value) = reset.first() {
                assert_eq!(Some(number(value) as u32), field.reset(), "{}", field.name);
            }
            let writes = texts(*node, &["modifiedWriteValue"]);
            assert_eq!(writes == ["oneToClear"], field.access().name() == "w1c");
        }
    }
    assert_eq!(texts(block, &["registerFile", "dim"]), ["2"]);

    // Every file is in the bundle.
    let sources = texts(root, &["fileSets", "fileSet", "file", "name"]);
    for path in &sources {
        text(path.strip_prefix("../").expect("begins at the bundle"));
    }
    assert_eq!(sources.len(), engine.sources.len() + 2);
}

/// What has no registers is no component of its own: streams have no bus of IP-XACT.
#[test]
fn other_tops_are_not() {
    let mut draft = Draft::default();
    draft.assign("blocks", "attention,regs");
    let design = draft.finish().expect("legal");
    let files = render(&design, &Library::embedded()).expect("renders");
    assert!(files.iter().all(|f| !f.path.starts_with("ipxact/")));
}
