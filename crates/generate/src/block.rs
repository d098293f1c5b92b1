// SPDX-License-Identifier: MIT OR Apache-2.0
//! The registry of blocks: what a design can hold, and how parameters become SystemVerilog's.

use hwgen_bundle::manifest::Port;
use hwgen_golden::regs::Table;
use hwgen_golden::{BlockName, Design};

use hwgen_bundle::file::File;

/// A block: one engine of the architecture, in one or more variants.
pub trait Block: Sync {
    /// Returns the name that `--block` takes.
    fn name(&self) -> BlockName;
    /// Says what the block does, in a line.
    fn about(&self) -> &'static str;
    /// Returns the variants that exist, in the order of documentation.
    fn variants(&self) -> Vec<Offer>;
    /// Returns the engines that `design` holds.
    fn engines(&self, design: &Design) -> Vec<Spec>;
    /// Returns the pages of the documents that a bundle with the block carries, at least one.
    fn pages(&self) -> &'static [Page];
    /// Returns a small set of stimuli and expected results for one engine, if the block has any.
    fn vectors(&self, _design: &Design, _engine: &Spec) -> Vec<File> {
        Vec::new()
    }
    /// Returns the registers of a variant whose top is a component of its own in an SoC: it has them on
    /// `s_axi`, and is described in IP-XACT.
    fn registers(&self, _design: &Design, _variant: &str) -> Option<Table> {
        None
    }
    /// Returns what a bundle with the block carries for software and for other tools, if anything;
    /// `stamp` are the lines that say where a file is from.
    fn companions(&self, _design: &Design, _stamp: &[String]) -> Vec<File> {
        Vec::new()
    }
}

/// A page of the documents: its path in a bundle, and its text, which links to nothing outside itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// Path in a bundle.
    pub path: &'static str,
    /// Text.
    pub text: &'static str,
}

impl Page {
    /// Returns path and text.
    pub(crate) fn entry(&self) -> (String, String) {
        (self.path.to_owned(), self.text.to_owned())
    }
}

/// A variant as `hwgen list` shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Offer {
    /// Name, as `--variant` takes it.
    pub name: &'static str,
    /// What sets it apart, in a line.
    pub about: &'static str,
}

/// One engine of a design: a module of the library and the values to build it with.
#[derive(Debug, Clone)]
pub struct Spec {
    /// Block.
    pub block: BlockName,
    /// Variant name: `radix`.
    pub variant: &'static str,
    /// Module that the generated top instantiates: `hg_topk_radix`.
    pub module: String,
    /// What the engine computes and how it is spoken to, a paragraph an item.
    pub about: Vec<String>,
    /// Parameters of the module, in its order.
    pub parameters: Vec<Parameter>,
    /// Ports of the module and of the top, in their order, with resolved widths.
    pub ports: Vec<Port>,
    /// Latency promise.
    pub latency: String,
    /// Throughput promise.
    pub throughput: String,
}

/// One parameter of a module and its value in this design.
#[derive(Debug, Clone)]
pub struct Parameter {
    /// Name in SystemVerilog.
    pub name: &'static str,
    /// Value.
    pub value: i64,
    /// Constant of the design's package, where every variant of the block has this parameter.
    pub constant: Option<String>,
    /// What it means, in a line.
    pub about: String,
}

impl Spec {
    /// Returns the name of the generated top in design `name`.
    pub fn top(&self, name: &str) -> String {
        format!("hg_{name}_{}_{}", self.block, self.variant)
    }
}
