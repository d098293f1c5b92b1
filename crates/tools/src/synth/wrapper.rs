// SPDX-License-Identifier: MIT OR Apache-2.0
//! A module with the header of its RTL and netlists in its body: whoever instantiates the one
//! instantiates the other, and gets the netlist that was made for his parameters.
//!
//! The rest of the design stays the text that it was. Writing the elaborated design instead would
//! send that rest through a second front end, too, and a mismatch could be either's fault.

use serde_json::json;

use crate::synth::gates::Gates;
use hwgen_console::error::Error;
use hwgen_generate::sv;

const WRAPPER: &str = include_str!("wrapper.sv.j2");

/// Returns the wrapper of `module`, whose RTL is `text`, around `gates`.
pub fn wrapper(module: &str, text: &str, gates: &[Gates]) -> Result<String, Error> {
    let header = header(module, text).ok_or_else(|| {
        Error::input(format!(
            "{module}.sv: there is no `module {module} ... ;` with its ports in brackets"
        ))
    })?;
    let gates: Vec<_> = gates
        .iter()
        .map(|g| {
            let equal = |(name, value): (&String, &i64)| format!("{name} == {value}");
            let mut condition: Vec<String> = g.parameters.iter().map(equal).collect();
            if condition.is_empty() {
                condition.push("1".to_owned());
            }
            json!({ "name": g.name, "ports": g.ports, "condition": condition.join(" && ") })
        })
        .collect();
    let values = json!({ "module": module, "header": header, "gates": gates });
    Ok(sv::render(WRAPPER, &values))
}

/// Returns the text from `module` to the semicolon behind the ports.
fn header<'a>(module: &str, text: &'a str) -> Option<&'a str> {
    let code = without_comments(text);
    let letter = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'$';
    let starts = |at: &usize| *at == 0 || !letter(code[*at - 1]);
    let word = |at: usize, word: &str| {
        code[at..].starts_with(word.as_bytes())
            && code.get(at + word.len()).is_none_or(|b| !letter(*b))
    };
    let start = (0..code.len()).filter(starts).find(|&at| {
        let Some(gap) = code.get(at + "module".len()..) else {
            return false;
        };
        let blanks = gap.iter().take_while(|b| b.is_ascii_whitespace()).count();
        word(at, "module") && word(at + "module".len() + blanks, module)
    })?;
    let (mut depth, mut lists) = (0_u32, 0);
    for (at, byte) in code.iter().enumerate().skip(start) {
        match byte {
            b'(' => depth += 1,
            b')' => {
                depth = depth.checked_sub(1)?;
                lists += u32::from(depth == 0);
            }
            b';' if depth == 0 => return (lists > 0).then(|| &text[start..=at]),
            _ => {}
        }
    }
    None
}

/// Blanks out comments and strings; every other byte keeps its place.
fn without_comments(text: &str) -> Vec<u8> {
    let mut out = text.as_bytes().to_vec();
    let mut at = 0;
    while at < out.len() {
        let rest = &out[at..];
        let end = if rest.starts_with(b"//") {
            rest.iter().position(|b| *b == b'\n')
        } else if rest.starts_with(b"/*") {
            rest.windows(2).position(|w| w == b"*/").map(|n| n + 2)
        } else if rest.starts_with(b"\"") {
            let close = |w: &[u8]| w[1] == b'"' && w[0] != b'\\';
            rest.windows(2).position(close).map(|n| n + 2)
        } else {
            at += 1;
            continue;
        };
        let end = end.map_or(out.len(), |n| at + n);
        out[at..end].fill(b' ');
        at = end;
    }
    out
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    const RTL: &str = "/// module hg_x; is not it\nmodule hg_x_other (input a);\nendmodule\n\
        module hg_x #(\n  parameter int W = f(2), // a bracket )\n  localparam int V = W\n) (\n  \
        input logic [W-1:0] a_i /* ; */\n);\n  assign b = a;\nendmodule\n";

    #[test]
    fn the_header_ends_behind_the_ports() {
        let header = header("hg_x", RTL).expect("there is one");
        assert!(header.starts_with("module hg_x #("), "{header}");
        assert!(header.ends_with("/* ; */\n);"), "{header}");
        assert_eq!(super::header("hg_y", RTL), None);
        assert_eq!(super::header("m", "module m; endmodule"), None);
        assert_eq!(super::header("m", "module m (input a"), None);
        assert_eq!(super::header("m", "module"), None);
    }

    #[test]
    fn a_wrapper_chooses_by_parameters() {
        let gates = |name: &str, w: i64| Gates {
            name: name.into(),
            parameters: BTreeMap::from([("W".into(), w), ("S".into(), -1)]),
            ports: vec!["a_i".into(), "b_o".into()],
            verilog: String::new(),
            kinds: BTreeMap::new(),
            registers: 0,
            memories: 0,
        };
        let text = wrapper("hg_x", RTL, &[gates("n0", 2), gates("n1", 3)]).expect("legal");
        insta::assert_snapshot!(text);
        let said = wrapper("hg_z", RTL, &[]).expect_err("is not there");
        assert_eq!(said.exit_code(), 2);
    }
}
