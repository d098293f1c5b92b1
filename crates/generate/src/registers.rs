// SPDX-License-Identifier: MIT OR Apache-2.0
//! Files that say which registers there are, all from the table in `golden`: constants of the RTL,
//! `SystemRDL`, a C header, constants in Rust, and a page of the documents.
//!
//! The header and the constants are those of the largest table, so that they are the same for every
//! accelerator; the description and the page are those of one.

use hwgen_bundle::file::File;
use hwgen_golden::regs::table::{Access, CHANNEL_BASE, CHANNEL_STRIDE, Field, Kind, Register};
use hwgen_golden::regs::{FIRST_OUTSIDE, Refusal, RegsParams, Table};
use serde_json::{Value, json};

use crate::flows::escaped;
use crate::paragraph::wrap;
use crate::sv;

const PACKAGE: &str = include_str!("registers/package.sv.j2");
const RDL: &str = include_str!("registers/registers.rdl.j2");
const HEADER: &str = include_str!("registers/registers.h.j2");
const RUST: &str = include_str!("registers/registers.rs.j2");
const PAGE: &str = include_str!("registers/registers.md.j2");

/// Where the page of the registers lies in a bundle.
pub(crate) const PAGE_PATH: &str = "doc/registers.md";

/// Returns the files of a bundle of design `name` that holds these registers; `stamp` are the lines
/// that say where a file is from.
pub(crate) fn files(name: &str, params: &RegsParams, stamp: &[String]) -> Vec<File> {
    let table = Table::of(params);
    let file = |path: String, text| File { path, text };
    vec![
        file(format!("regs/hg_{name}_regs.rdl"), rdl(name, &table, stamp)),
        file("regs/hwgen_regs.h".to_owned(), header()),
        file("regs/hwgen_regs.rs".to_owned(), rust()),
        file(PAGE_PATH.to_owned(), page(&table)),
    ]
}

/// Returns the package of the RTL, as it lies in the library.
pub fn package() -> String {
    sv::render(PACKAGE, &values(&Table::largest(), 95))
}

/// Returns the C header.
pub fn header() -> String {
    sv::render(HEADER, &values(&Table::largest(), 88))
}

/// Returns the constants in Rust.
pub fn rust() -> String {
    sv::render(RUST, &values(&Table::largest(), 93))
}

/// Returns the page of the documents on `table`.
pub fn page(table: &Table) -> String {
    sv::render(PAGE, &values(table, 95))
}

/// Returns the description in `SystemRDL` of the registers of design `name`.
pub fn rdl(name: &str, table: &Table, stamp: &[String]) -> String {
    let mut values = values(table, 84);
    values["name"] = name.into();
    values["stamp"] = stamp.into();
    sv::render(RDL, &values)
}

/// Lists the table for templates; lines of comments have at most `width` columns.
pub(crate) fn values(table: &Table, width: usize) -> Value {
    let list = |all: &[Register], base: u32| -> Vec<Value> {
        all.iter().map(|r| register(r, base, width)).collect()
    };
    let refusal = |r: &Refusal| {
        let code = r.code();
        json!({ "name": r.name(), "code": code, "hex": format!("{code:02x}"), "about": r.about() })
    };
    json!({
        "registers": list(&table.registers, 0),
        "channel": list(&table.channel, CHANNEL_BASE),
        "channels": table.channels,
        "channel_base": format!("{CHANNEL_BASE:03x}"),
        "channel_stride": format!("{CHANNEL_STRIDE:02x}"),
        "errors": Refusal::ALL.iter().map(refusal).collect::<Vec<_>>(),
        "first_outside": FIRST_OUTSIDE,
    })
}

/// Lists a register; `base` is where its offset counts from.
fn register(r: &Register, base: u32, width: usize) -> Value {
    let one = r.fields.first();
    let constant = r.fields.iter().try_fold(0, |all, f| match f.kind {
        Kind::Constant(value) => Some(all | value << f.lsb),
        _ => None,
    });
    // Constants that are alike in every accelerator.
    let alike = ["MAGIC", "VERSION"].contains(&r.name.as_str());
    json!({
        "name": r.name,
        "offset": format!("{:03x}", base + r.offset),
        "inside": format!("{:x}", r.offset),
        "about": r.about,
        "xml": escaped(&r.about),
        "lines": wrap(&r.about, width, ""),
        "access": one.map_or("", |f| f.access().name()),
        "stored": r.stored() != 0,
        "mask": format!("{:08x}", r.stored()),
        "reset": format!("{:08x}", r.reset()),
        "constant": constant.filter(|_| alike).map(|value| format!("{value:08x}")),
        "whole": one.is_some_and(|f| f.width == 32),
        "fields": r.fields.iter().map(|f| field(f, width)).collect::<Vec<_>>(),
    })
}

fn field(f: &Field, width: usize) -> Value {
    let rdl = match f.kind {
        Kind::Constant(_) => "sw = r; hw = na;",
        Kind::Stored(_) => "sw = rw; hw = r;",
        // An event wins over its clear.
        Kind::Event => "sw = rw; onwrite = woclr; hw = r; hwset; precedence = hw;",
        Kind::Command => "sw = w; hw = r; singlepulse;",
        Kind::Shown | Kind::Low | Kind::High => "sw = r; hw = w;",
    };
    let bits = match f.width {
        1 => f.lsb.to_string(),
        w => format!("{}:{}", f.lsb + w - 1, f.lsb),
    };
    let stays = matches!(
        f.kind,
        Kind::Constant(_) | Kind::Stored(_) | Kind::Event | Kind::Command
    );
    let reset = f.reset().filter(|_| stays);
    json!({
        "name": f.name,
        "lsb": f.lsb,
        "msb": f.lsb + f.width - 1,
        "bits": bits,
        "access": f.access().name(),
        "mask": format!("{:08x}", f.mask()),
        "reset": reset.map(|value| format!("{value:#x}")),
        "shown": f.reset().map_or_else(|| "-".to_owned(), |value| format!("{value:#x}")),
        "written": f.access() != Access::Ro,
        "about": f.about,
        "xml": escaped(f.about),
        "lines": wrap(f.about, width, ""),
        "rdl": rdl,
    })
}

#[cfg(test)]
mod tests;
