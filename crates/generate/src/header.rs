// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the header of a module declares: its parameters and ports, and the words above each.
//!
//! The `///` lines above a parameter or port say what it means, once for everybody: the reader of the
//! module, the generated top, the manifest and the README of a bundle. The line of a parameter says
//! behind a colon which values are legal: `/// Bits of a key: 4 to 24.`

use hwgen_bundle::manifest::Dir;

use crate::template::{without_comments, words};

/// The parameters and ports of a module, in the order of its header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// Parameters; what is derived from them is none.
    pub parameters: Vec<Parameter>,
    /// Ports.
    pub ports: Vec<Port>,
}

/// A parameter as a module declares it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    /// Name.
    pub name: String,
    /// The `///` lines above it, joined.
    pub words: String,
}

/// A port as a module declares it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Port {
    /// Name.
    pub name: String,
    /// Direction.
    pub dir: Dir,
    /// The `///` lines above it, joined.
    pub words: String,
}

impl Parameter {
    /// Returns what the parameter is, without its legal values.
    pub fn meaning(&self) -> String {
        match self.words.split_once(": ") {
            Some((meaning, _)) => format!("{meaning}."),
            None => self.words.clone(),
        }
    }
}

impl Header {
    /// Reads the header of the module in `text`, a declaration a line.
    pub fn read(text: &str) -> Self {
        // Ports end the header, and the body may hold no parameter.
        let end = text.find("\n);").unwrap_or(text.len());
        let text = &text[..end];
        let code = without_comments(text);
        let mut header = Self {
            parameters: Vec::new(),
            ports: Vec::new(),
        };
        let mut said: Vec<&str> = Vec::new();
        for (line, code) in text.lines().zip(code.lines()) {
            if let Some(words) = line.trim().strip_prefix("///") {
                said.push(words.trim());
                continue;
            }
            header.declare(code.trim(), &said.join(" "));
            said.clear();
        }
        header
    }

    /// Takes over what a line without comments declares, and the words above it.
    fn declare(&mut self, code: &str, said: &str) {
        let (kind, rest) = code.split_once(' ').unwrap_or((code, ""));
        let said = said.to_owned();
        match kind {
            "parameter" => {
                let before = rest.split('=').next().unwrap_or(rest);
                let name = words(before).last();
                self.parameters.extend(name.map(|name| Parameter {
                    name: name.to_owned(),
                    words: said,
                }));
            }
            "input" | "output" => {
                // The name stands last, behind any range: `input logic [W-1:0] data_i,`.
                let name = rest.rsplit(']').next().unwrap_or(rest);
                let dir = if kind == "input" {
                    Dir::Input
                } else {
                    Dir::Output
                };
                self.ports.extend(words(name).last().map(|name| Port {
                    name: name.to_owned(),
                    dir,
                    words: said,
                }));
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
/// What it does.
module m #(
  /// Keys a beat,
  /// any number: 1 to 64.
  parameter int Lanes = 4,
  // No word of it.
  parameter int KeyW = 12,
  /// Bits of all keys.
  parameter int AllW = f(2),
  /// Derived: this is none.
  localparam int W = Lanes * KeyW
) (
  /// Clock, rising edge.
  input  logic clk_i,

  // A stream.
  /// Data: lane 0 in the
  /// low bits.
  input  logic [Lanes*KeyW-1:0] d_i,  // data
  /// Not of the next port.

  output logic [W-1:0] q_o,
  /* input logic old_i, */
  /// Of the last port.
  output logic last_o
);
  input x;
  parameter int Y = 1;
endmodule
";

    #[test]
    fn words_belong_to_the_declaration_below_them() {
        let header = Header::read(TEXT);
        let parameters = header.parameters.iter();
        let said = |p: &Parameter| (p.name.clone(), p.words.clone(), p.meaning());
        let own = |a: &str, b: &str, c: &str| (a.to_owned(), b.to_owned(), c.to_owned());
        assert_eq!(
            parameters.map(said).collect::<Vec<_>>(),
            [
                own(
                    "Lanes",
                    "Keys a beat, any number: 1 to 64.",
                    "Keys a beat, any number."
                ),
                own("KeyW", "", ""),
                own("AllW", "Bits of all keys.", "Bits of all keys."),
            ]
        );
        let ports = header.ports.iter();
        let ports: Vec<_> = ports.map(|p| (p.dir, &*p.name, &*p.words)).collect();
        assert_eq!(
            ports,
            [
                (Dir::Input, "clk_i", "Clock, rising edge."),
                (Dir::Input, "d_i", "Data: lane 0 in the low bits."),
                (Dir::Output, "q_o", ""),
                (Dir::Output, "last_o", "Of the last port."),
            ]
        );
    }

    #[test]
    fn a_module_without_a_header_declares_nothing() {
        let header = Header::read("module m;\n  wire x;\nendmodule\n");
        assert_eq!((header.parameters.len(), header.ports.len()), (0, 0));
    }
}
