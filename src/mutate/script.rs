// SPDX-License-Identifier: MIT OR Apache-2.0
//! The scripts that Yosys is given. Text only; nothing is run here.

use crate::mutate::mutation::Mutation;
use crate::synth::unit::Unit;

/// What the runs leave.
pub(crate) const ELABORATED: &str = "elaborated.json";
pub(crate) const LIST: &str = "list.ys";
pub(crate) const MUTANTS: &str = "mutants.v";
const SAVED: &str = "elaborated.il";
const SETS: &str = "sets.il";
const REGISTER: &str = "register.v";
/// What the techniques of proof leave, in the order in which they are tried.
pub(crate) const STEPS: [&str; 2] = ["simple.txt", "induct.txt"];
pub(crate) const SEARCH: &str = "search.txt";

/// Cycles of reset, and cycles in all, of the search for a difference.
const RESET: u32 = 2;
pub(crate) const DEPTH: u32 = 12;

/// Reads the sources and elaborates the unit, down to cells of the RTL.
///
/// Bits that no operator needs are left away: their mutants would be equivalent.
pub(crate) fn elaborate(unit: &Unit) -> String {
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
/// new one, behind an input of `width` bits.
pub(crate) fn mutate(
    sets: &[(String, String)],
    count: u64,
    seed: u32,
    port: &str,
    width: u32,
) -> String {
    let renames = sets
        .iter()
        .map(|(old, new)| format!("rename {old} {new}\n"));
    let renames: String = renames.collect();
    let names: Vec<&str> = sets.iter().map(|(_, new)| new.as_str()).collect();
    let names = names.join(" ");
    format!(
        "read_rtlil {SAVED}\n{renames}write_rtlil {SETS}\n\
         mutate -list {count} -seed {seed} -ctrl {port} {width} 1 -o {LIST} {names}\n\
         script {LIST}\n\
         select {names}\n\
         write_verilog -noattr -selected {MUTANTS}\n"
    )
}

/// Compares a mutant with its original: the next state of each register, and all outputs.
///
/// What instances return is arbitrary, and what they are given must be the same. An asynchronous reset
/// is taken as a synchronous one, which is what a clocked bench can see of it.
pub(crate) fn prove(mutation: &Mutation, folder: &str) -> String {
    let set = &mutation.module;
    let prepare = prepare(mutation, folder);
    let [simple, induct] = STEPS;
    format!(
        "{prepare}\
         select -set state {set}/t:$dff gate/t:$dff %u %co1:+[Q] w:* %i\n\
         rename -hide {set}/w:* gate/w:* %u {set}/x:* gate/x:* %u %d @state %d\n\
         opt_clean {set} gate\n\
         equiv_make {set} gate equiv\n\
         select -module equiv\n\
         equiv_simple -undef -seq 2\n\
         tee -o {simple} equiv_status\n\
         equiv_induct -undef -seq 3\n\
         tee -o {induct} equiv_status\n"
    )
}

/// Looks for inputs that make a mutant and its original differ, from reset on.
pub(crate) fn search(mutation: &Mutation, folder: &str, reset: bool) -> String {
    let set = &mutation.module;
    let prepare = prepare(mutation, folder);
    let mut held = String::new();
    for cycle in (1..=DEPTH).filter(|_| reset) {
        let value = u32::from(cycle > RESET);
        held.push_str(&format!(" -set-at {cycle} in_rst_ni {value}"));
    }
    format!(
        "{prepare}\
         opt_clean {set} gate\n\
         miter -equiv -flatten -ignore_gold_x {set} gate miter\n\
         tee -o {SEARCH} sat -enable_undef -set-def-inputs -set-init-undef -prove trigger 0 \
         -tempinduct-baseonly -maxsteps {DEPTH}{held} miter\n"
    )
}

fn prepare(mutation: &Mutation, folder: &str) -> String {
    let set = &mutation.module;
    let command = mutation.command("gate");
    format!(
        "read_rtlil {folder}/{SETS}\ncopy {set} gate\n{command}\n\
         techmap -map {folder}/{REGISTER} {set} gate\nmemory_map {set} gate\n\
         expose -evert {set} gate\n"
    )
}

/// Returns the file that a proof reads a register with reset from, and its name.
pub(crate) fn register() -> (&'static str, &'static str) {
    (REGISTER, include_str!("register.v"))
}
