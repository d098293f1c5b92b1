// SPDX-License-Identifier: MIT OR Apache-2.0
//! The scripts that Yosys is given. Text only; nothing is run here.

use crate::mutate::mutation::Mutation;
use crate::synth::unit::Unit;

/// What the runs leave.
pub(super) const ELABORATED: &str = "elaborated.json";
pub(super) const LIST: &str = "list.ys";
pub(super) const MUTANTS: &str = "mutants.v";
pub(super) const SAVED: &str = "elaborated.il";
const SETS: &str = "sets.il";
const REGISTER: &str = "register.v";
/// What a round of a proof leaves, and the ports of what it compares.
pub(super) const STATUS: &str = "status.txt";
pub(super) const PORTS: &str = "ports.txt";
/// Names of points that a round must not take for equal.
pub(super) const APART: &str = "apart.txt";
const PREPARED: &str = "prepared.il";
pub(super) const SEARCH: &str = "search.txt";

/// Cycles of reset, and cycles in all, of the search for a difference.
const RESET: u32 = 2;
pub(super) const DEPTH: u32 = 12;

/// Reads the sources and elaborates the unit, down to cells of the RTL.
///
/// Bits that no operator needs are left away: their mutants would be equivalent.
pub(super) fn elaborate(unit: &Unit) -> String {
    let mut out = String::new();
    for file in &unit.sources {
        out.push_str(&format!("read_verilog -sv -DSYNTHESIS {}\n", file.name));
    }
    out.push_str(&format!(
        "hierarchy -check -top {}\nproc\nopt_expr\nopt_clean\nwreduce\nopt_clean\n\
         write_rtlil {SAVED}\nwrite_json {ELABORATED}\n",
        unit.module
    ));
    out
}

/// Puts `count` mutants into the modules `sets`, pairs of a name in the elaborated design and of a
/// new one, behind an input of `width` bits; the first has the number `first`.
pub(super) fn mutate(
    sets: &[(String, String)],
    count: u64,
    seed: u32,
    port: &str,
    (width, first): (u32, u64),
) -> String {
    let renames = sets
        .iter()
        .map(|(old, new)| format!("rename {old} {new}\n"));
    let renames: String = renames.collect();
    let names: Vec<&str> = sets.iter().map(|(_, new)| new.as_str()).collect();
    let names = names.join(" ");
    format!(
        "read_rtlil {SAVED}\n{renames}write_rtlil {SETS}\n\
         mutate -list {count} -seed {seed} -ctrl {port} {width} {first} -o {LIST} {names}\n\
         script {LIST}\n\
         select {names}\n\
         write_verilog -noattr -selected {MUTANTS}\n"
    )
}

/// Prepares the comparison of `place`, a module of the elaborated design, with itself around a
/// mutant of `module`: the modules `path` between the two, `module` included, are dissolved.
///
/// What other instances return is arbitrary, and what they are given must be the same. An
/// asynchronous reset is taken as a synchronous one, which is what a clocked bench can see of it.
pub(super) fn prepare(
    mutation: &Mutation,
    module: &str,
    place: &str,
    path: &[&str],
    folder: &str,
) -> String {
    let dissolved: String = path
        .iter()
        .map(|m| format!("setattr -mod -unset keep_hierarchy {}\n", pattern(m)))
        .collect();
    let command = mutation.command(module);
    let here = pattern(place);
    format!(
        "read_rtlil {folder}/{SAVED}\nsetattr -mod -set keep_hierarchy 1 *\n{dissolved}\
         design -save original\n\
         flatten {here}\nrename {place} gold\ndesign -stash gold\n\
         design -load original\n\
         {command}\nflatten {here}\nrename {place} gate\n\
         design -copy-from gold -as gold gold\n\
         techmap -map {folder}/{REGISTER} gold gate\nmemory_map gold gate\n\
         expose -evert gold/c:* gate/c:*\n\
         opt_expr gold gate\nsimplemap gold/t:$dff gate/t:$dff\nopt_clean gold gate\n\
         select -set state gold/t:$_DFF_P_ gate/t:$_DFF_P_ %u %co1:+[Q] w:* %i\n\
         rename -hide gold/w:* gate/w:* %u gold/x:* gate/x:* %u %d @state %d\n\
         opt_clean gold gate\n\
         select -write {PORTS} gold/x:*\n\
         select gold gate\nwrite_rtlil -selected {PREPARED}\n"
    )
}

/// Compares the two: registers and ports that share a name, except the names in [`APART`].
pub(super) fn compare() -> String {
    format!(
        "read_rtlil {PREPARED}\nequiv_make -blacklist {APART} gold gate equiv\n\
         select -module equiv\n\
         equiv_simple -undef -seq 2\nequiv_induct -undef -seq 3\n\
         tee -o {STATUS} equiv_status\n"
    )
}

/// Spells the name of a module as a pattern; a backslash would not stand for itself there.
fn pattern(name: &str) -> String {
    name.replace('\\', "?")
}

/// Looks for inputs that make a mutant and its original differ, from reset on.
pub(super) fn search(mutation: &Mutation, folder: &str, reset: bool) -> String {
    let set = &mutation.module;
    let command = mutation.command("gate");
    let mut held = String::new();
    for cycle in (1..=DEPTH).filter(|_| reset) {
        let value = u32::from(cycle > RESET);
        held.push_str(&format!(" -set-at {cycle} in_rst_ni {value}"));
    }
    format!(
        "read_rtlil {folder}/{SETS}\ncopy {set} gate\n{command}\n\
         techmap -map {folder}/{REGISTER} {set} gate\nmemory_map {set} gate\n\
         expose -evert {set}/c:* gate/c:*\nopt_clean {set} gate\n\
         miter -equiv -flatten -ignore_gold_x {set} gate miter\n\
         tee -o {SEARCH} sat -enable_undef -set-def-inputs -set-init-undef -prove trigger 0 \
         -tempinduct-baseonly -maxsteps {DEPTH}{held} miter\n"
    )
}

/// Returns the file that a proof reads a register with reset from, and its name.
pub(super) fn register() -> (&'static str, &'static str) {
    (REGISTER, include_str!("register.v"))
}
