// SPDX-License-Identifier: MIT OR Apache-2.0
//! One synthesis in its folder: scripts in, figures out.

use std::path::Path;

use indicatif::ProgressBar;

use crate::synth::flow::{Flow, Plan, write, write_sources};
use crate::synth::liberty::Liberty;
use crate::synth::netlist::{Module, Netlist, Parts, plain};
use crate::synth::report::{Found, Memory, Power};
use crate::synth::script::{self, Sta};
use crate::synth::target::{Cells, Kind};
use crate::synth::unit::{RAM, Unit};
use crate::synth::{judge, nextpnr, timing, tree};
use hwgen_console::error::Error;

/// Leaves a word that is read and written in the same cycle undefined, as the memory wrapper does:
/// else Yosys puts a register and a choice behind every block memory.
const UNDEFINED: &str = "-no-rw-check";

/// Returns every script of a synthesis: what it depends on besides its inputs.
pub(super) fn scripts(flow: &Flow, unit: &Unit, plan: Plan) -> Vec<String> {
    let period = flow.period_ns;
    match &flow.target.kind {
        Kind::Cells(cells) => {
            let mut out = vec![
                script::cells(unit, &flow.aim(), true),
                script::drive(&cells.driving_cell, cells.load_ff),
            ];
            if let Some(liberty) = &flow.liberty {
                out.push(script::sta(&sta(
                    flow,
                    unit,
                    cells,
                    liberty,
                    true,
                    plan == Plan::Parts,
                )));
            }
            if plan == Plan::Tree {
                out.push(script::cells(unit, &flow.aim(), false));
            }
            out
        }
        Kind::Generic => vec![script::generic(unit, true), script::generic(unit, false)],
        Kind::Ecp5 => vec![
            script::fpga(unit, &format!("synth_ecp5 {UNDEFINED}")),
            period.to_string(),
        ],
        Kind::Ice40 => vec![
            script::fpga(unit, &format!("synth_ice40 {UNDEFINED}")),
            period.to_string(),
        ],
    }
}

/// Synthesises `unit` in `dir`.
pub(super) fn measure(
    flow: &Flow,
    unit: &Unit,
    plan: Plan,
    dir: &Path,
    bar: &ProgressBar,
) -> Result<Found, Error> {
    bar.set_message("synthesis");
    write_sources(dir, unit)?;
    write_library(flow, dir)?;
    let scripts = scripts(flow, unit, plan);
    write(dir, "flat.ys", &scripts[0])?;
    let warnings = flow.yosys.run(dir, "flat.ys")?;
    let elaborated = Netlist::read(dir, script::ELABORATED)?;
    let netlist = Netlist::read(dir, script::NETLIST)?;
    let mut found = count(flow, unit, &netlist, &elaborated)?;
    found.warnings = warnings;
    match &flow.target.kind {
        Kind::Cells(_) => {
            let mut parts = Parts::new();
            let library = flow.liberty.as_ref().map(|l| &l.cells);
            let mapped = Netlist::read(dir, script::MAPPED)?;
            let mapped = mapped.modules.get(&unit.module).zip(library);
            let names = mapped.map(|(m, l)| m.registers(l)).unwrap_or_default();
            let module = netlist.modules.into_iter().find(|(n, _)| *n == unit.module);
            parts.extend(module.map(|(name, module)| (name, (module, names))));
            time(flow, unit, dir, bar, &parts, &elaborated, &mut found)?;
        }
        Kind::Ecp5 | Kind::Ice40 => route(flow, unit, dir, bar, &elaborated, &mut found)?,
        Kind::Generic => {}
    }
    if plan == Plan::Tree && matches!(flow.target.kind, Kind::Cells(_) | Kind::Generic) {
        bar.set_message("synthesis module by module");
        let last = scripts.last().expect("there are two");
        write(dir, "tree.ys", last)?;
        flow.yosys.run(dir, "tree.ys")?;
        let netlist = Netlist::read(dir, script::TREE)?;
        let cells = flow.liberty.as_ref().map(|l| &l.cells);
        found.tree = Some(tree::tree(&unit.module, &netlist, &elaborated, cells));
    }
    Ok(found)
}

/// Puts what the mapper must know of the library into a folder.
pub(super) fn write_library(flow: &Flow, dir: &Path) -> Result<(), Error> {
    if let (Kind::Cells(cells), Some(liberty)) = (&flow.target.kind, &flow.liberty) {
        write(dir, script::MERGED, &liberty.merged)?;
        let drive = script::drive(&cells.driving_cell, cells.load_ff);
        write(dir, script::DRIVE, &drive)?;
    }
    Ok(())
}

/// Counts cells; those of the memories' stand-ins are left out. Fails if what was counted cannot be
/// what the RTL asks for.
pub(super) fn count(
    flow: &Flow,
    unit: &Unit,
    netlist: &Netlist,
    elaborated: &Netlist,
) -> Result<Found, Error> {
    let mut found = Found {
        label: unit.label.clone(),
        module: unit.module.clone(),
        parameters: unit.parameters.clone(),
        ..Found::default()
    };
    let library = flow.liberty.as_ref().map(|l| &l.cells);
    let mut area = 0.0;
    let mut next = vec![unit.module.as_str()];
    if unit.module == RAM && !flow.target.has_memories() {
        // Of a memory that is apart there are bits only, whether alone or inside a module.
        next.clear();
    }
    while let Some(module) = next.pop() {
        let cells = netlist.modules.get(module).into_iter();
        for cell in cells.flat_map(|m| m.cells.values()) {
            if plain(&cell.kind) == RAM || cell.kind == "$scopeinfo" {
                continue;
            }
            if netlist.holds(&cell.kind, library) {
                next.push(&cell.kind);
                continue;
            }
            *found.kinds.entry(cell.kind.clone()).or_default() += 1;
            found.cells += 1;
            found.registers += u64::from(tree::is_register(&cell.kind, library));
            area += tree::area_of(&cell.kind, library);
        }
    }
    found.area = library.map(|_| area);
    for ((words, width), count) in elaborated.memories(&unit.module) {
        found.memory_bits += count * words * width;
        found.memories.push(Memory {
            count,
            words,
            width,
        });
    }
    judge::judge(flow, unit, netlist, elaborated, &mut found)?;
    Ok(found)
}

pub(super) fn sta<'a>(
    flow: &Flow,
    unit: &'a Unit,
    cells: &'a Cells,
    liberty: &Liberty,
    clocked: bool,
    many: bool,
) -> Sta<'a> {
    Sta {
        top: &unit.module,
        libraries: liberty.texts.len(),
        period: flow.period_ns / liberty.time_ns,
        load: cells.load_ff / liberty.cap_ff,
        driving_cell: &cells.driving_cell,
        // One family of registers must not hide all others of a large engine.
        paths: if many { 6000 } else { 600 },
        clocked,
    }
}

/// Times the netlist with OpenSTA.
pub(super) fn time(
    flow: &Flow,
    unit: &Unit,
    dir: &Path,
    bar: &ProgressBar,
    parts: &Parts,
    elaborated: &Netlist,
    found: &mut Found,
) -> Result<(), Error> {
    let (Kind::Cells(cells), Some(liberty), Some(tool)) =
        (&flow.target.kind, &flow.liberty, &flow.sta)
    else {
        return Ok(());
    };
    bar.set_message("timing");
    for (n, text) in liberty.texts.iter().enumerate() {
        write(dir, &script::library(n), text)?;
    }
    // OpenSTA does not know `signed` (findings/opensta-signed.sh).
    let path = dir.join(script::VERILOG);
    let text = std::fs::read_to_string(&path).map_err(|e| Error::path(&path, "read", &e))?;
    write(dir, script::VERILOG, &text.replace(" signed ", " "))?;
    let clocked = found.registers > 0 || found.memory_bits > 0;
    let text = script::sta(&sta(flow, unit, cells, liberty, clocked, parts.len() > 1));
    write(dir, "time.tcl", &text)?;
    let said = tool.run(dir, "time.tcl")?;
    let timed = timing::read(&said, liberty.time_ns, |pin| {
        timing::named(pin, &unit.module, parts, elaborated)
    });
    found.fmax_mhz = timed
        .paths
        .first()
        .map(|p| 1e3 / (flow.period_ns - p.slack_ns));
    found.paths = timed.paths;
    if cells.power {
        found.power = timed.power_w.map(|watts| Power {
            watts,
            clock_mhz: 1e3 / flow.period_ns,
            activity: script::ACTIVITY,
        });
    } else {
        found
            .notes
            .push("no power: the energies of this library cannot be believed".to_owned());
    }
    if !clocked {
        found
            .notes
            .push("no register: the path is timed from port to port".to_owned());
    }
    Ok(())
}

/// Places and routes with nextpnr, if it is there.
fn route(
    flow: &Flow,
    unit: &Unit,
    dir: &Path,
    bar: &ProgressBar,
    elaborated: &Netlist,
    found: &mut Found,
) -> Result<(), Error> {
    let Some(tool) = &flow.nextpnr else {
        found.notes.push(format!(
            "cells only: nextpnr-{0} is not there (scripts/bootstrap, or python3 -m pip install \
             yowasp-nextpnr-{0})",
            flow.target.name
        ));
        return Ok(());
    };
    if !judge::is_clocked(found) {
        found.notes.push("no register, so no frequency".to_owned());
        return Ok(());
    }
    let pins = elaborated.modules.get(&unit.module).map_or(0, Module::pins);
    if pins > tool.pins {
        found.notes.push(format!(
            "cells only: {pins} bits of ports do not fit {} pins (take a narrower --module, or \
             --pnr, which puts an engine behind shift registers)",
            tool.pins
        ));
        return Ok(());
    }
    if let Some(reason) = tool.crowded(&found.kinds) {
        found.notes.push(format!("cells only: {reason}"));
        return Ok(());
    }
    bar.set_message("placing and routing");
    if let Some(reason) = tool.run(dir, flow.period_ns)? {
        found.notes.push(format!("cells only: {reason}"));
        return Ok(());
    }
    let routed = nextpnr::read(dir, &unit.module, elaborated)?;
    found.fmax_mhz = routed.fmax_mhz;
    found.paths.extend(routed.path);
    if found.fmax_mhz.is_none() {
        found.notes.push(
            "placed and routed; no path from register to register, so no frequency".to_owned(),
        );
    }
    Ok(())
}
