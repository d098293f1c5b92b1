// SPDX-License-Identifier: MIT OR Apache-2.0
//! The C++ that Verilator writes, taken apart into functions.
//!
//! Knows the few forms that a file of Verilator's has at its left margin, and nothing of what is
//! inside a function. A file that holds another form is not taken apart, and the model that it
//! belongs to is compiled file by file.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use super::scopes::tabled;
use hwgen_bundle::error::VerifyError;

/// Words before a function that are no part of its declaration.
const INLINE: &str = "VL_INLINE_OPT ";
/// What begins lines that Verilator does not write today.
const UNKNOWN: [&str; 3] = ["inline ", "template", "namespace"];

/// One free function with external linkage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Function {
    /// Its name.
    pub(super) name: String,
    /// All of it, from the first word to the closing brace.
    pub(super) text: String,
    /// Whether it runs only while an instance is made, or waves are declared.
    pub(super) slow: bool,
}

/// All C++ of one model.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Generated {
    /// Lines that include headers, in the order of their first appearance.
    pub(super) includes: Vec<String>,
    /// Declarations by what they declare.
    pub(super) declarations: BTreeMap<String, String>,
    /// Declarations that depend on a macro.
    pub(super) guarded: BTreeSet<String>,
    /// The functions in a fixed order.
    pub(super) functions: Vec<Function>,
    /// Everything else: classes, constants, what depends on a macro.
    pub(super) rest: String,
}

impl Generated {
    /// Takes the files of `obj` apart; none if one of them holds what is not known here.
    pub(super) fn read(obj: &Path) -> Result<Option<Self>, VerifyError> {
        let mut all = Self::default();
        for name in files_of(obj, "cpp")? {
            let path = obj.join(&name);
            let text = fs::read_to_string(&path).map_err(VerifyError::io(&path))?;
            if all.take(&text, name.contains("Slow")).is_none() {
                return Ok(None);
            }
        }
        let names: BTreeSet<&str> = all.functions.iter().map(|f| f.name.as_str()).collect();
        // Functions of one name are told apart by what they take, which nothing here reads.
        let unique = names.len() == all.functions.len();
        Ok(unique.then_some(all))
    }

    /// Adds one file.
    pub(super) fn take(&mut self, text: &str, slow: bool) -> Option<()> {
        if text.lines().any(is_local) {
            // Only the file itself can call such a function.
            self.take_whole(text);
            return Some(());
        }
        let mut lines = text.lines();
        while let Some(line) = lines.next() {
            if line.is_empty() || line.starts_with("//") {
                continue;
            }
            if line.starts_with("#include ") {
                self.include(line);
            } else if line.starts_with("#if") {
                self.guard(line, &mut lines)?;
            } else if line.starts_with(['#', '}', '{', ' ', '\t'])
                || UNKNOWN.iter().any(|word| line.starts_with(word))
            {
                return None;
            } else if line.ends_with('}') && line.contains('{') {
                self.keep(&[line]);
            } else if line.ends_with(';') {
                match declared(line) {
                    Some(name) => self.declare(name, line)?,
                    None => self.keep(&[line]),
                }
            } else {
                let mut item = vec![line];
                loop {
                    let line = lines.next()?;
                    item.push(line);
                    if line.starts_with('}') {
                        break;
                    }
                }
                match defined(line) {
                    Some(name) if item.last() == Some(&"}") => {
                        let head = line.strip_suffix('{')?.trim_end().replace(INLINE, "");
                        self.declare(name, &format!("{head};"))?;
                        let text = item.join("\n") + "\n";
                        let text = tabled(name, &text).unwrap_or(text);
                        let name = name.to_owned();
                        self.functions.push(Function { name, text, slow });
                    }
                    Some(_) => return None,
                    None => self.keep(&item),
                }
            }
        }
        Some(())
    }

    /// Adds one file without taking it apart.
    fn take_whole(&mut self, text: &str) {
        for line in text.lines().filter(|line| !line.starts_with("//")) {
            if line.starts_with("#include ") {
                self.include(line);
            } else {
                self.keep(&[line]);
            }
        }
    }

    fn include(&mut self, line: &str) {
        if !self.includes.iter().any(|known| known == line) {
            self.includes.push(line.to_owned());
        }
    }

    /// Takes what depends on a macro: declarations, or more.
    fn guard<'a>(
        &mut self,
        first: &'a str,
        lines: &mut impl Iterator<Item = &'a str>,
    ) -> Option<()> {
        let mut block = vec![first];
        let mut depth = 1;
        while depth > 0 {
            let line = lines.next()?;
            depth += i32::from(line.starts_with("#if"));
            depth -= i32::from(line.starts_with("#endif"));
            block.push(line);
        }
        if block.iter().any(|line| line.starts_with('}')) {
            self.keep(&block);
        } else {
            self.guarded.insert(block.join("\n"));
        }
        Some(())
    }

    /// Notes a declaration; two that differ are one too many.
    fn declare(&mut self, name: &str, line: &str) -> Option<()> {
        let line = line.replace(INLINE, "");
        let plain = |line: &str| line.replace("VL_ATTR_COLD ", "");
        match self.declarations.get_mut(name) {
            Some(known) if plain(known) != plain(&line) => None,
            Some(known) => {
                if line.len() > known.len() {
                    *known = line;
                }
                Some(())
            }
            None => {
                self.declarations.insert(name.to_owned(), line);
                Some(())
            }
        }
    }

    fn keep(&mut self, lines: &[&str]) {
        self.rest.push_str(&lines.join("\n"));
        self.rest.push('\n');
    }

    /// Returns what stands at the head of every unit.
    pub(super) fn head(&self) -> String {
        let declarations = self.declarations.values().chain(&self.guarded);
        let lines = self.includes.iter().chain(declarations);
        lines.flat_map(|line| [line.as_str(), "\n"]).collect()
    }
}

/// Tells whether a line begins a function that only its own file can call.
fn is_local(line: &str) -> bool {
    let head = line.strip_prefix("VL_ATTR_COLD ").unwrap_or(line);
    head.starts_with("static ")
}

/// Returns what a declaration on one line declares, of the two forms that other units may repeat.
fn declared(line: &str) -> Option<&str> {
    let line = line.strip_suffix(';')?;
    if line.contains('=') || line.contains('{') {
        return None;
    }
    match line.strip_prefix("extern const ") {
        Some(constant) => constant.rsplit(' ').next(),
        None => callee(line),
    }
}

/// Returns the name of the free function whose definition begins with `line`.
fn defined(line: &str) -> Option<&str> {
    callee(line.strip_suffix('{')?.trim_end().strip_suffix(')')?)
}

/// Returns the word before the first parenthesis if it names a free function.
fn callee(line: &str) -> Option<&str> {
    let (before, _) = line.split_once('(')?;
    let (kind, name) = before.rsplit_once(' ')?;
    let is_name = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    (is_name && !name.is_empty() && !kind.contains("::")).then_some(name)
}

/// Lists the files of a folder with an extension, in a fixed order.
pub(super) fn files_of(dir: &Path, extension: &str) -> Result<Vec<String>, VerifyError> {
    let mut names = Vec::new();
    for item in fs::read_dir(dir).map_err(VerifyError::io(dir))? {
        let item = item.map_err(VerifyError::io(dir))?;
        if item.path().extension().is_some_and(|e| e == extension) {
            names.push(item.file_name().to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As release 5.006 writes it.
    const OLD: &str = r#"// Verilated -*- C++ -*-
// DESCRIPTION: Verilator output: Design implementation internals
#include "verilated.h"

#include "Vdut__Syms.h"

#ifdef VL_DEBUG
VL_ATTR_COLD void Vdut___024root___dump_triggers__act(Vdut___024root* vlSelf);
#endif  // VL_DEBUG

void Vdut___024root___eval_triggers__act(Vdut___024root* vlSelf) {
    if (false && vlSelf) {}  // Prevent unused
    vlSelf->__VactTriggered.set(0U, vlSelf->clk_i);
#ifdef VL_DEBUG
    if (VL_UNLIKELY(vlSymsp->_vm_contextp__->debug())) {
    }
#endif
}

extern const VlUnpacked<CData/*0:0*/, 2> Vdut__ConstPool__TABLE_h302f44b7_0;

VL_INLINE_OPT void Vdut___024root___nba_sequent__TOP__0(Vdut___024root* vlSelf) {
    // Body
    if (vlSelf->rst_ni) {
        vlSelf->a = Vdut__ConstPool__TABLE_h302f44b7_0[1];
    }
}
"#;
    /// As release 5.048 writes it.
    const NEW: &str = r#"#include "Vdut__pch.h"

bool Vdut___024root___trigger_anySet__ico(const VlUnpacked<QData/*63:0*/, 1> &in);

#ifdef VL_DEBUG
VL_ATTR_COLD void Vdut___024root___dump_triggers__stl(const VlUnpacked<QData/*63:0*/, 1> &triggers, const std::string &tag) {
    if ((1U & triggers[0U])) {
    }
}
#endif  // VL_DEBUG

VL_ATTR_COLD bool Vdut___024root___trigger_anySet__ico(const VlUnpacked<QData/*63:0*/, 1> &in) {
    return (0U);
}

extern const VlWide<3>/*95:0*/ Vdut__ConstPool__CONST_h2d697a35_0 = VlWide<3>{{
        0x00000001, 0x00000002, 0x00000003
}};

Vdut___024root::Vdut___024root(Vdut__Syms* symsp, const char* namep)
 {
    vlSymsp = symsp;
}

const char* Vdut::modelName() const { return "Vdut"; }
"#;

    fn taken(text: &str) -> Option<Generated> {
        let mut all = Generated::default();
        all.take(text, false).map(|()| all)
    }

    fn names(all: &Generated) -> Vec<&str> {
        all.functions.iter().map(|f| f.name.as_str()).collect()
    }

    #[test]
    fn functions_of_an_old_release_are_told_apart() {
        let all = taken(OLD).expect("every form is known");
        assert_eq!(
            names(&all),
            [
                "Vdut___024root___eval_triggers__act",
                "Vdut___024root___nba_sequent__TOP__0"
            ]
        );
        assert!(all.functions[0].text.contains("#ifdef VL_DEBUG\n"));
        assert!(all.functions[1].text.ends_with("    }\n}\n"));
        assert_eq!(all.rest, "");
        assert_eq!(
            all.head(),
            "#include \"verilated.h\"\n#include \"Vdut__Syms.h\"\n\
             extern const VlUnpacked<CData/*0:0*/, 2> Vdut__ConstPool__TABLE_h302f44b7_0;\n\
             void Vdut___024root___eval_triggers__act(Vdut___024root* vlSelf);\n\
             void Vdut___024root___nba_sequent__TOP__0(Vdut___024root* vlSelf);\n\
             #ifdef VL_DEBUG\n\
             VL_ATTR_COLD void Vdut___024root___dump_triggers__act(Vdut___024root* vlSelf);\n\
             #endif  // VL_DEBUG\n"
        );
    }

    #[test]
    fn functions_of_a_new_release_are_told_from_constants_and_classes() {
        let all = taken(NEW).expect("every form is known");
        assert_eq!(names(&all), ["Vdut___024root___trigger_anySet__ico"]);
        let declared: Vec<&String> = all.declarations.values().collect();
        assert_eq!(
            declared,
            [
                "VL_ATTR_COLD bool Vdut___024root___trigger_anySet__ico(const VlUnpacked<QData/*63:0*/, 1> &in);"
            ]
        );
        for kept in [
            "dump_triggers__stl",
            "CONST_h2d697a35_0",
            "symsp;\n}\n",
            "modelName",
        ] {
            assert!(all.rest.contains(kept), "{kept}: {}", all.rest);
        }
    }

    #[test]
    fn a_file_with_functions_of_its_own_stays_whole() {
        let text = "#include \"Vdut.h\"\nvoid g(int a) {\n}\nVL_ATTR_COLD static void f(int a) {\n    \
                    g(a);\n}\nunsigned Vdut::threads() const { return 1; }\n";
        let all = taken(text).expect("every form is known");
        assert_eq!(all.functions, []);
        assert_eq!(all.includes, ["#include \"Vdut.h\""]);
        assert_eq!(all.rest, text.split_once('\n').expect("two lines").1);
    }

    #[test]
    fn what_is_not_known_is_not_taken_apart() {
        for text in [
            "inline void f(Vdut___024root* vlSelf) {\n}\n",
            "#define X 1\n",
            "void f(Vdut___024root* vlSelf) {\n    a = 1;\n",
            "#ifdef VL_DEBUG\nvoid f();\n",
            "}\n",
            "void f(int a);\nvoid f(long a);\n",
            "void f(int a) {\n} // end\n",
        ] {
            assert_eq!(taken(text), None, "{text}");
        }
    }
}
