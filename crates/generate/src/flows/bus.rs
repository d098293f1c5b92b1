// SPDX-License-Identifier: MIT OR Apache-2.0
//! Bus interfaces of an engine with registers, for its description in IP-XACT: which ports belong to
//! which, and what they are called in the bus's own words.

use hwgen_bundle::manifest::{Dir, Engine, Port};
use serde_json::{Value, json};

/// Prefix of the ports of the registers.
const REGISTERS: &str = "s_axi";
/// Signals of the channels of AXI4 and AXI4-Lite, which the names of ports hold in lower case.
const SIGNALS: [&str; 38] = [
    "awvalid", "awready", "awaddr", "awid", "awlen", "awsize", "awburst", "awprot", "awcache",
    "wvalid", "wready", "wdata", "wstrb", "wlast", "bvalid", "bready", "bid", "bresp", "arvalid",
    "arready", "araddr", "arid", "arlen", "arsize", "arburst", "arprot", "arcache", "rvalid",
    "rready", "rid", "rdata", "rresp", "rlast", "awlock", "arlock", "awqos", "arqos", "awregion",
];

/// Describes the interfaces of `engine` whose registers are `registers`; they are none of an engine
/// without.
pub(super) fn describe(engine: &Engine, registers: Option<Value>) -> Option<Value> {
    let registers = registers?;
    let mut interfaces = Vec::new();
    for prefix in prefixes(&engine.ports) {
        let parts = of(&engine.ports, prefix);
        let count = parts.iter().find(|(s, _)| s.ends_with("valid"));
        let count = count.map_or(1, |(_, port)| port.width);
        for part in 0..count {
            let name = match count {
                1 => prefix.to_owned(),
                _ => format!("{prefix}{part}"),
            };
            let lite = prefix == REGISTERS;
            let maps = parts
                .iter()
                .map(|(signal, port)| map(signal, port, part, count));
            interfaces.push(json!({
                "name": name,
                "lite": lite,
                "data_w": width(&parts, "rdata") / count,
                "maps": maps.collect::<Vec<_>>(),
            }));
        }
    }
    let names: Vec<&str> = interfaces
        .iter()
        .filter_map(|i| i["name"].as_str())
        .collect();
    let names = names.join(":");
    let ports: Vec<Value> = engine.ports.iter().map(port).collect();
    Some(json!({
        "interfaces": interfaces,
        "names": names,
        "registers": registers,
        "ports": ports,
        "irq": engine.ports.iter().any(|p| p.name == "irq_o"),
    }))
}

/// Returns the prefixes of AXI ports, in the order of the ports.
fn prefixes(ports: &[Port]) -> Vec<&str> {
    let mut found: Vec<&str> = Vec::new();
    for port in ports {
        let prefix = port
            .name
            .strip_suffix("_arvalid_o")
            .or(port.name.strip_suffix("_arvalid_i"));
        found.extend(prefix.filter(|p| !found.contains(p)));
    }
    found
}

/// Returns the ports of a prefix, each with the signal that it is.
fn of<'a>(ports: &'a [Port], prefix: &str) -> Vec<(&'a str, &'a Port)> {
    let signal = |port: &'a Port| {
        let rest = port.name.strip_prefix(prefix)?.strip_prefix('_')?;
        let signal = rest.strip_suffix("_i").or(rest.strip_suffix("_o"))?;
        SIGNALS.contains(&signal).then_some((signal, port))
    };
    ports.iter().filter_map(signal).collect()
}

fn width(parts: &[(&str, &Port)], signal: &str) -> u32 {
    let found = parts.iter().find(|(s, _)| *s == signal);
    found.map_or(0, |(_, port)| port.width)
}

/// Maps a signal to its place in a port that holds `count` of them.
fn map(signal: &str, port: &Port, part: u32, count: u32) -> Value {
    let width = port.width / count;
    let range =
        (count > 1).then(|| json!({ "left": (part + 1) * width - 1, "right": part * width }));
    json!({ "logical": signal.to_ascii_uppercase(), "physical": port.name, "range": range })
}

fn port(port: &Port) -> Value {
    json!({
        "name": port.name,
        "input": port.dir == Dir::Input,
        "left": (port.width > 1).then_some(port.width - 1),
        "about": escaped(&port.meaning),
    })
}

/// Writes text so that it stands in XML.
pub(crate) fn escaped(text: &str) -> String {
    let text = text.replace('&', "&amp;");
    text.replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ports(list: &[(&str, u32)]) -> Vec<Port> {
        let port = |&(name, width): &(&str, u32)| Port {
            name: name.to_owned(),
            dir: if name.ends_with("_i") {
                Dir::Input
            } else {
                Dir::Output
            },
            width,
            meaning: String::new(),
        };
        list.iter().map(port).collect()
    }

    #[test]
    fn channels_have_an_interface_each() {
        let list = ports(&[
            ("s_axi_arvalid_i", 1),
            ("s_axi_rdata_o", 32),
            ("mem_arvalid_o", 2),
            ("mem_araddr_o", 128),
            ("mem_rdata_i", 256),
            ("irq_o", 1),
        ]);
        assert_eq!(prefixes(&list), ["s_axi", "mem"]);
        let parts = of(&list, "mem");
        assert_eq!(parts.len(), 3);
        let second = map(parts[1].0, parts[1].1, 1, 2);
        assert_eq!(second["logical"], "ARADDR");
        assert_eq!(second["range"], json!({ "left": 127, "right": 64 }));
        assert_eq!(map("rdata", parts[2].1, 0, 1)["range"], Value::Null);
    }

    #[test]
    fn text_of_a_port_is_text_of_xml() {
        assert_eq!(escaped("a < b & c"), "a &lt; b &amp; c");
    }
}
