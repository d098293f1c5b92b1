// SPDX-License-Identifier: MIT OR Apache-2.0
//! The only place where SystemVerilog text is made: the package and the tops of a design.

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Serde, Value};
use minijinja::{Environment, UndefinedBehavior};
use serde::Serialize;
use serde_json::json;

use hwgen_bundle::manifest::{Dir, Port};
use hwgen_bundle::suffix::Suffix;
use hwgen_golden::BlockName;

use crate::block::Spec;
use crate::paragraph::wrap;

const PACKAGE: &str = include_str!("../../../rtl_templates/top/hg_package.sv.j2");
const TOP: &str = include_str!("../../../rtl_templates/top/hg_top.sv.j2");

/// A constant of the design's package.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Constant<'a> {
    name: &'a str,
    value: i64,
    about: &'a str,
}

/// One connection or declaration, and what is said of it.
#[derive(Serialize)]
struct Line {
    text: String,
    about: String,
}

/// Returns the name of the package of `block` in design `name`.
pub(crate) fn package_name(name: &str, block: BlockName) -> String {
    format!("hg_{name}_{block}_pkg")
}

/// Returns the package of `block` in design `name`, or nothing if the tops of that block among
/// `engines` share no constant.
///
/// Holds only what every top of the block uses: a constant that one of them leaves aside would be
/// reported by each lint of that top. `stamp` are the lines that say where the file is from.
pub(crate) fn package(
    name: &str,
    block: BlockName,
    engines: &[Spec],
    stamp: &[String],
) -> Option<String> {
    let mut constants: Vec<Constant<'_>> = Vec::new();
    let tops = || engines.iter().filter(|e| e.block == block);
    for p in tops().flat_map(|e| &e.parameters) {
        let Some(constant) = &p.constant else {
            continue;
        };
        let used = |e: &Spec| e.parameters.iter().any(|q| q.constant == p.constant);
        if tops().all(used) && constants.iter().all(|c| c.name != *constant) {
            constants.push(Constant {
                name: constant,
                value: p.value,
                about: &p.about,
            });
        }
    }
    if constants.is_empty() {
        return None;
    }
    Some(render(
        PACKAGE,
        &json!({ "package": package_name(name, block), "block": block.name(), "name": name, "stamp": stamp, "constants": constants }),
    ))
}

/// Returns the top of one engine of design `name`, whose library modules end in `suffix`; `stamp`
/// are the lines that say where the file is from.
pub fn top(name: &str, engine: &Spec, suffix: &Suffix, stamp: &[String]) -> String {
    let mut about = Vec::new();
    let latency = format!("Latency: {}.", engine.latency);
    let throughput = format!("Throughput: {}.", engine.throughput);
    for paragraph in engine.about.iter().chain([&latency, &throughput]) {
        about.extend(wrap(paragraph, 95, ""));
    }
    let parameters: Vec<String> = engine
        .parameters
        .iter()
        .map(|p| {
            let value = match &p.constant {
                Some(c) => format!("{}::{c}", package_name(name, engine.block)),
                None => p.value.to_string(),
            };
            format!(".{}({value})", p.name)
        })
        .collect();
    let names: Vec<&str> = engine.ports.iter().map(|p| p.name.as_str()).collect();
    let values = json!({
        "stamp": stamp,
        "about": about,
        "top": engine.top(name),
        "module": suffix.real(&engine.module),
        "instance": format!("u_{}", engine.block),
        "ports": declarations(&engine.ports),
        "parameters": parameters,
        "names": names,
    });
    render(TOP, &values)
}

/// Writes ports with literal widths, their names in one column.
fn declarations(ports: &[Port]) -> Vec<Line> {
    let range = |p: &Port| match p.width {
        1 => String::new(),
        w => format!("[{}:0]", w - 1),
    };
    let column = ports.iter().map(|p| range(p).len()).max().unwrap_or(0);
    let line = |p: &Port| {
        let dir = match p.dir {
            Dir::Input => "input ",
            Dir::Output => "output",
        };
        Line {
            text: format!("{dir} logic {:>column$} {}", range(p), p.name),
            about: p.meaning.clone(),
        }
    };
    ports.iter().map(line).collect()
}

/// Renders a template that ships with the program.
pub fn render(template: &str, values: &impl Serialize) -> String {
    let syntax = SyntaxConfig::builder()
        .variable_delimiters("${", "}")
        .block_delimiters("<%", "%>")
        .line_statement_prefix("%%")
        .keep_trailing_newline(true)
        .build()
        .expect("the delimiters are distinct");
    let mut env = Environment::new();
    env.set_syntax(syntax);
    env.set_undefined_behavior(UndefinedBehavior::Strict);
    // A template that does not render is a bug of this program, not of its user.
    env.render_str(template, Value::from(Serde(values)))
        .unwrap_or_else(|e| panic!("a built-in template does not render: {e:#}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::preset::Preset;
    use crate::stamp::Stamp;

    fn tiny() -> (Vec<Spec>, Vec<String>) {
        let design = Preset::find("tiny")
            .and_then(Preset::design)
            .expect("legal");
        let engines = crate::registry::BLOCKS[0].engines(&design);
        (engines, Stamp::new(&design).lines("tiny"))
    }

    #[test]
    fn the_package_holds_what_all_tops_share() {
        let (engines, stamp) = tiny();
        insta::assert_snapshot!(
            package("tiny", BlockName::Topk, &engines, &stamp).expect("there is one")
        );
    }

    #[test]
    fn a_top_has_literal_widths_and_named_parameters() {
        let (engines, stamp) = tiny();
        let suffix = Suffix::of_digest("0a1b2c3d");
        let text = top("tiny", &engines[0], &suffix, &stamp);
        assert!(text.lines().all(|l| l.len() <= 100), "{text}");
        insta::assert_snapshot!(text);
    }
}
