// SPDX-License-Identifier: MIT OR Apache-2.0
//! The scripts that Yosys and OpenSTA are given. Text only; nothing is run here.
//!
//! Every file is named relative to the folder of the run, so the same input gives the same script
//! wherever that folder is.

use crate::synth::unit::Unit;

/// Liberty for Yosys, constraints for its mapper, and what the runs leave.
pub(super) const MERGED: &str = "cells.lib";
pub(super) const DRIVE: &str = "drive.txt";
pub(super) const ELABORATED: &str = "elaborated.json";
pub(super) const MAPPED: &str = "mapped.json";
pub(super) const NETLIST: &str = "netlist.json";
pub(super) const VERILOG: &str = "netlist.v";
/// Netlist and cells for a simulator.
pub(super) const GATES: &str = "gates.v";
pub(super) const MODELS: &str = "models.v";
pub(super) const TREE: &str = "tree.json";
pub(super) const ROUTED: &str = "routed.json";
/// The elaborated design, and one part of it, in the language of Yosys.
pub(super) const DESIGN: &str = "design.il";
pub(super) const PART: &str = "part.il";

/// Adders of the logarithm of their width in levels, in place of twice that.
const FAST_ADDERS: &str = " -extra-map +/choices/kogge-stone.v";
/// With them, the mapper restructures for depth: what it does by itself aims at area first and
/// undoes such adders. Commas stand for blanks. The first `topo` drops gates that drive nothing:
/// `map` of Yosys 0.70's abc can leave one, and `buffer` refuses a net without a sink.
const FOR_DEPTH: &str = " -script +strash;ifraig;scorr;dc2;if,-K,6,-g;dch,-f;map,-B,0.9,{D};\
    topo;buffer,-c;topo;upsize,{D};dnsize,{D}";
/// Share of the cycle that the mapper leaves for setup and for what it does not see.
const MAPPER_SHARE: f64 = 0.85;
/// Share of the cycle outside each port, as in the bundle's own constraints.
const PORT_SHARE: f64 = 0.2;
/// Share of cycles in which an input or a register toggles, for power.
pub(super) const ACTIVITY: f64 = 0.1;

/// What the mapper aims at.
#[derive(Debug, Clone, Copy)]
pub struct Aim {
    pub period_ns: f64,
    /// Faster and larger adders than those that Yosys takes by itself.
    pub fast_adders: bool,
}

/// Reads the sources and elaborates the unit.
pub(super) fn elaborate(unit: &Unit) -> String {
    let mut out = String::new();
    for file in &unit.sources {
        let ports = if file.outside { "-lib " } else { "" };
        let name = &file.name;
        out.push_str(&format!("read_verilog -sv -DSYNTHESIS {ports}{name}\n"));
    }
    let top = &unit.module;
    // Not `hierarchy -chparam`: where the width of an instance's port is known only once it has been
    // elaborated, Yosys elaborates the top again and stumbles over having renamed it.
    if !unit.parameters.is_empty() {
        out.push_str("chparam");
        for (name, value) in &unit.parameters {
            out.push_str(&format!(" -set {name} {value}"));
        }
        out.push_str(&format!(" {top}\n"));
    }
    out.push_str(&format!(
        "hierarchy -check -top {top}\nrename -top {top}\nproc\nwrite_json {ELABORATED}\n"
    ));
    out
}

/// Elaborates the unit for mapping in parts. Where a text stood in its file is left out: a part
/// that is the same elsewhere need not be mapped again.
pub(super) fn design(unit: &Unit) -> String {
    format!(
        "{}opt_clean\nsetattr -unset src\nsetattr -mod -unset src\nrename -enumerate\n\
         write_rtlil {DESIGN}\n",
        elaborate(unit)
    )
}

/// Maps a part, flattened but for the modules of which it holds the ports only.
pub(super) fn part(name: &str, aim: &Aim) -> String {
    format!(
        "read_rtlil {PART}\nhierarchy -check -top {name}\n{}",
        mapped(name, aim, true)
    )
}

/// Synthesises for standard cells: flattened, or module by module for the tree.
pub(super) fn cells(unit: &Unit, aim: &Aim, flat: bool) -> String {
    format!("{}{}", elaborate(unit), mapped(&unit.module, aim, flat))
}

/// Maps what has been elaborated.
fn mapped(top: &str, aim: &Aim, flat: bool) -> String {
    let picoseconds = aim.period_ns * 1e3 * MAPPER_SHARE;
    // Registers are known by the nets that they drive; the mapper forgets those where a library's
    // flip-flops invert. It leaves the names of their cells alone.
    let names = if flat {
        format!("rename -enumerate\nwrite_json {MAPPED}\n")
    } else {
        String::new()
    };
    let mut out = format!(
        "synth {}-top {top}{}\n\
         dfflibmap -liberty {MERGED}\n\
         {names}\
         abc -D {picoseconds:.0} -constr {DRIVE} -liberty {MERGED}{}\n\
         setundef -zero\n\
         opt_clean -purge\n\
         splitnets\n",
        if flat { "-flatten " } else { "" },
        if aim.fast_adders { FAST_ADDERS } else { "" },
        if aim.fast_adders { FOR_DEPTH } else { "" }
    );
    if flat {
        // The two writers would number what has no name differently.
        out.push_str("rename -enumerate -pattern _g%_\n");
        out.push_str(&written());
    } else {
        out.push_str(&format!("write_json {TREE}\n"));
    }
    out
}

/// Writes a netlist in both languages.
fn written() -> String {
    format!(
        "write_json {NETLIST}\n\
         write_verilog -noattr -noexpr -nohex -simple-lhs {VERILOG}\n"
    )
}

/// Writes the netlist `file` in both languages.
pub(super) fn rewritten(file: &str) -> String {
    format!("read_json {file}\n{}", written())
}

/// Synthesises to the gates of Yosys.
pub(super) fn generic(unit: &Unit, flat: bool) -> String {
    let (flatten, file) = if flat {
        ("-flatten ", NETLIST)
    } else {
        ("", TREE)
    };
    let top = &unit.module;
    format!(
        "{}synth {flatten}-top {top}\nopt_clean -purge\nwrite_json {file}\n",
        elaborate(unit)
    )
}

/// Synthesises for an FPGA, flattened.
pub(super) fn fpga(unit: &Unit, command: &str) -> String {
    let top = &unit.module;
    format!("{}{command} -top {top} -json {NETLIST}\n", elaborate(unit))
}

/// Appends to a flat synthesis: calls the netlist `name` and writes it for a simulator.
pub(super) fn gates(synthesis: &str, name: &str, expressions: bool) -> String {
    let style = if expressions { "" } else { "-noexpr " };
    format!(
        "{synthesis}opt_clean -purge\n\
         splitnets\n\
         rename -top {name}\n\
         write_json {NETLIST}\n\
         write_verilog -noattr {style}-nohex {GATES}\n"
    )
}

/// Writes models of the cells of a liberty file. Clock gates, pads and the like, whose outputs have
/// no function there, get none; a netlist that has one is refused by name.
pub(super) fn liberty_models() -> String {
    format!("read_liberty -ignore_miss_func {MERGED}\nwrite_verilog -noattr {MODELS}\n")
}

/// Makes Yosys show its own models of the cells of an FPGA, wherever it keeps them.
///
/// `-nooverwrite` because newer releases define some of them twice.
pub(super) fn own_models(file: &str) -> String {
    format!("tee -o {MODELS} read_verilog -ppdump -nooverwrite -DNO_INCLUDES +/{file}\n")
}

/// Name of the top in a layout: what the RTL is called may be longer than old tools can bear.
pub(super) const CORE: &str = "engine";

/// Writes the unit as gates in plain Verilog, memories as flip-flops, for a flow that maps itself.
pub(super) fn plain_gates(unit: &Unit, file: &str) -> String {
    let top = &unit.module;
    let elaborated = elaborate(unit);
    // Names of nets are counted anew: scripts of Tcl stumble over dots, brackets and backslashes.
    format!(
        "{elaborated}synth -flatten -top {top}\n\
         opt_clean -purge\n\
         rename -hide w:*\n\
         rename -hide c:*\n\
         splitnets\n\
         rename -enumerate -pattern n%\n\
         rename {top} {CORE}\n\
         opt_clean -purge\n\
         write_verilog -noattr {file}\n"
    )
}

/// What the mapper assumes around the design.
pub(super) fn drive(cell: &str, load_ff: f64) -> String {
    format!("set_driving_cell {cell}\nset_load {load_ff}\n")
}

/// What OpenSTA must know.
pub(super) struct Sta<'a> {
    pub top: &'a str,
    pub libraries: usize,
    /// In the library's units.
    pub period: f64,
    pub load: f64,
    pub driving_cell: &'a str,
    /// End points of which the slowest path is reported.
    pub paths: u32,
    /// Whether there is a register: without one, the whole cycle is the ports'.
    pub clocked: bool,
}

/// Names the liberty file `n` in the folder of the run.
pub(super) fn library(n: usize) -> String {
    format!("sta{n}.lib")
}

/// Times the netlist and estimates its power.
pub(super) fn sta(s: &Sta<'_>) -> String {
    let mut out = String::new();
    for n in 0..s.libraries {
        out.push_str(&format!("read_liberty {}\n", library(n)));
    }
    let Sta {
        top,
        period,
        load,
        driving_cell,
        paths,
        ..
    } = s;
    let outside = if s.clocked { period * PORT_SHARE } else { 0.0 };
    out.push_str(&format!(
        "read_verilog {VERILOG}\n\
         link_design {top}\n\
         set data {{}}\n\
         set clock {{}}\n\
         set reset {{}}\n\
         foreach port [all_inputs] {{\n\
           set name [get_property $port full_name]\n\
           if {{$name eq \"clk_i\"}} {{ set clock $port }} \\\n\
           elseif {{$name eq \"rst_ni\"}} {{ set reset $port }} \\\n\
           else {{ lappend data $port }}\n\
         }}\n\
         if {{$clock eq {{}}}} {{ create_clock -name clk -period {period} }} \\\n\
         else {{ create_clock -name clk -period {period} $clock }}\n\
         if {{$reset ne {{}}}} {{ set_false_path -from $reset }}\n\
         if {{$data ne {{}}}} {{\n\
           set_input_delay {outside} -clock clk $data\n\
           set_driving_cell -lib_cell {driving_cell} $data\n\
         }}\n\
         set_output_delay {outside} -clock clk [all_outputs]\n\
         set_load {load} [all_outputs]\n\
         report_checks -path_delay max -format full -digits 4 -group_count {paths} -endpoint_count 1\n\
         set_power_activity -input -activity {ACTIVITY}\n\
         set_power_activity -global -activity {ACTIVITY}\n\
         report_power -digits 6\n\
         exit\n"
    ));
    out
}
