// SPDX-License-Identifier: MIT OR Apache-2.0
//! Where each port of a model lies in the packed words that cross the language border.
//!
//! Both sides take the layout from here: the Rust handle of the device by asking, the C++ shim
//! through the header this module writes. A digest of it keeps the two from drifting apart.

use std::fmt::Write as _;

use hwgen_bundle::digest::sha256_word;
use hwgen_bundle::manifest::{Dir, Port};

/// Name of the clock, which the shim itself drives.
pub const CLOCK: &str = "clk_i";

/// Places of the ports of a top module. Each port starts at a 64-bit word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    ports: Vec<Placed>,
    /// Words of the packed inputs.
    pub in_words: usize,
    /// Words of the packed outputs.
    pub out_words: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Placed {
    port: Port,
    word: usize,
}

impl Layout {
    /// Places `ports` in their order; the clock takes no place.
    pub fn new(ports: &[Port]) -> Self {
        let (mut in_words, mut out_words) = (0, 0);
        let mut placed = Vec::new();
        for port in ports.iter().filter(|p| p.name != CLOCK) {
            let next = match port.dir {
                Dir::Input => &mut in_words,
                Dir::Output => &mut out_words,
            };
            placed.push(Placed {
                port: port.clone(),
                word: *next,
            });
            *next += port.width.div_ceil(64) as usize;
        }
        Self {
            ports: placed,
            in_words,
            out_words,
        }
    }

    /// Returns the first word and the width of a port.
    pub fn find(&self, name: &str, dir: Dir) -> Option<(usize, u32)> {
        let mut all = self.ports.iter();
        all.find(|p| p.port.name == name && p.port.dir == dir)
            .map(|p| (p.word, p.port.width))
    }

    /// Returns the digest that the compiled shim must agree with.
    pub fn digest(&self) -> u64 {
        sha256_word(self.copies().as_bytes())
    }

    /// Writes `ports.h` for `cpp/shim.cpp`.
    pub fn header(&self) -> String {
        let digest = self.digest();
        format!(
            "#include <cstring>\n#define HWGEN_LAYOUT {digest:#018x}ULL\n{}",
            self.copies()
        )
    }

    fn copies(&self) -> String {
        let mut put = String::new();
        let mut get = String::new();
        for Placed { port, word } in &self.ports {
            let Port { name, width, .. } = port;
            // Verilator holds up to 64 bits in an integer and more in 32-bit words.
            let bytes = width.div_ceil(32) * 4;
            let _ = match (port.dir, *width > 64) {
                (Dir::Input, false) => writeln!(put, "    root->{name} = in[{word}];"),
                (Dir::Input, true) => writeln!(
                    put,
                    "    std::memcpy(root->{name}.data(), in + {word}, {bytes});"
                ),
                (Dir::Output, false) => writeln!(get, "    out[{word}] = root->{name};"),
                (Dir::Output, true) => writeln!(
                    get,
                    "    std::memcpy(out + {word}, root->{name}.data(), {bytes});"
                ),
            };
        }
        format!(
            "static inline void hwgen_put(Vdut___024root* root, const uint64_t* in) {{\n{put}}}\n\
             static inline void hwgen_get(const Vdut___024root* root, uint64_t* out) {{\n{get}}}\n"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn port(name: &str, dir: Dir, width: u32) -> Port {
        Port {
            name: name.into(),
            dir,
            width,
            meaning: String::new(),
        }
    }

    #[test]
    fn ports_start_at_words_and_the_clock_takes_none() {
        let layout = Layout::new(&[
            port("clk_i", Dir::Input, 1),
            port("wide_i", Dir::Input, 96),
            port("last_i", Dir::Input, 1),
            port("wide_o", Dir::Output, 65),
        ]);
        assert_eq!(layout.find("wide_i", Dir::Input), Some((0, 96)));
        assert_eq!(layout.find("last_i", Dir::Input), Some((2, 1)));
        assert_eq!(layout.find("wide_o", Dir::Input), None);
        assert_eq!((layout.in_words, layout.out_words), (3, 2));
        let header = layout.header();
        assert!(header.contains("memcpy(root->wide_i.data(), in + 0, 12)"));
        assert!(header.contains("memcpy(out + 0, root->wide_o.data(), 12)"));
        assert!(header.contains("root->last_i = in[2];"));
    }
}
