// SPDX-License-Identifier: MIT OR Apache-2.0
//! Functions that declare the signals of a wave file, as a table and a loop.
//!
//! Verilator declares each signal and each scope by a call of its own. There are tens of thousands of
//! them in a row, of a few dozen shapes: calls that differ only in numbers and in one name. Compiling
//! them takes as long as half of the rest of a model with waves. A table of the numbers and names takes
//! next to nothing, and what is called stays the same call by call, in the same order.

use std::collections::BTreeMap;
use std::fmt::Write as _;

/// What the names of these functions hold.
const NAME: &str = "__trace_init_";
/// Calls from which a table pays.
const CALLS: usize = 100;
/// Numbers that one call may hold.
const NUMBERS: usize = 16;
/// How far the statements of a function are indented.
const INDENT: &str = "    ";

/// A statement with places in place of its numbers and of its string.
#[derive(Debug, Default)]
struct Call {
    shape: String,
    numbers: Vec<String>,
    text: String,
}

/// Returns the text of such a function with a table; none where it is another one, holds few calls, or
/// holds what is not known here.
pub(super) fn tabled(name: &str, text: &str) -> Option<String> {
    if !name.contains(NAME) {
        return None;
    }
    let lines: Vec<&str> = text.lines().collect();
    let is_head = |l: &&str| l.trim() == "// Body" || l.starts_with("    const int c ");
    let from = lines.iter().rposition(is_head)? + 1;
    let (last, body) = lines[from..].split_last()?;
    if *last != "}" {
        return None;
    }
    let calls = calls(body)?;
    if calls.len() < CALLS {
        return None;
    }
    let mut shapes: BTreeMap<&str, usize> = BTreeMap::new();
    let mut out = lines[..from].join("\n");
    out += "\n    static const char hwgen_table[] =\n";
    for call in &calls {
        let next = shapes.len();
        let _ = write!(out, "\"{}", *shapes.entry(&call.shape).or_insert(next));
        for number in &call.numbers {
            let _ = write!(out, ",{number}");
        }
        // The string is as Verilator spelt it; one that ends here is not continued by what follows.
        let _ = writeln!(out, ":{}\\0\"", call.text);
    }
    let _ = writeln!(
        out,
        ";
    for (const char* hwgen_s = hwgen_table; *hwgen_s; hwgen_s += __builtin_strlen(hwgen_s) + 1) {{
        int hwgen_n[{}] = {{}};
        for (int hwgen_i = 0; *hwgen_s != ':'; ++hwgen_s) {{
            if (*hwgen_s == ',') ++hwgen_i;
            else hwgen_n[hwgen_i] = 10 * hwgen_n[hwgen_i] + (*hwgen_s - '0');
        }}
        ++hwgen_s;
        switch (hwgen_n[0]) {{",
        NUMBERS + 1
    );
    for (shape, number) in shapes {
        let _ = writeln!(out, "        case {number}: {shape} break;");
    }
    out += "        }\n    }\n}\n";
    Some(out)
}

/// Parts the body of a function into statements.
fn calls(body: &[&str]) -> Option<Vec<Call>> {
    let mut all = Vec::new();
    let mut lines = body.iter();
    while let Some(line) = lines.next() {
        let statement = line.strip_prefix(INDENT)?;
        if statement.starts_with("//") {
            continue;
        }
        if statement.ends_with(';') {
            all.push(call(statement)?);
            continue;
        }
        // A loop over elements, or a block with names of its own, stays as it is.
        if !statement.ends_with('{') {
            return None;
        }
        let mut block = vec![statement];
        loop {
            let line = lines.next()?.strip_prefix(INDENT)?;
            block.push(line);
            if line == "}" {
                break;
            }
            if !line.starts_with(' ') {
                return None;
            }
        }
        all.push(Call {
            shape: block.join("\n"),
            ..Call::default()
        });
    }
    Some(all)
}

/// Takes a call on one line apart; none if it is no call.
fn call(statement: &str) -> Option<Call> {
    let (callee, _) = statement.split_once('(')?;
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if !callee.chars().all(|c| is_name(c) || "->".contains(c)) {
        return None;
    }
    let mut call = Call::default();
    let mut strings = 0;
    let mut rest = statement;
    while let Some(first) = rest.chars().next() {
        if first == '"' {
            let end = closing(rest)?;
            rest[1..end].clone_into(&mut call.text);
            call.shape += "hwgen_s";
            strings += 1;
            rest = &rest[end + 1..];
            continue;
        }
        let length = rest.find(|c: char| !is_name(c)).unwrap_or(rest.len());
        let (word, after) = rest.split_at(length.max(first.len_utf8()));
        // Nine digits are less than what an int holds; with a zero in front they would be octal.
        let is_number = word.chars().all(|c| c.is_ascii_digit()) && word.len() < 10;
        if is_number && (word == "0" || !word.starts_with('0')) {
            call.numbers.push(word.to_owned());
            let _ = write!(call.shape, "hwgen_n[{}]", call.numbers.len());
        } else {
            call.shape += word;
        }
        rest = after;
    }
    // Numbers between angle brackets must be constants.
    let is_plain = strings <= 1 && call.numbers.len() <= NUMBERS && !statement.contains('<');
    Some(if is_plain {
        call
    } else {
        Call {
            shape: statement.to_owned(),
            ..Call::default()
        }
    })
}

/// Finds the quote that ends the string at the start of `text`.
fn closing(text: &str) -> Option<usize> {
    let mut escaped = false;
    for (i, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return Some(i),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn function(body: &str) -> String {
        format!(
            "VL_ATTR_COLD void Vdut___024root__trace_init_sub__TOP__0(Vdut___024root* vlSelf) {{\n    \
             const int c = 5;\n    // Body\n{body}}}\n"
        )
    }

    const NAME: &str = "Vdut___024root__trace_init_sub__TOP__0";

    #[test]
    fn calls_differ_in_numbers_and_a_string() {
        let made = call("tracep->declBus(c+16515,\"a\\\"b[3]\",-1,FST_VD_INPUT2, 7,0);");
        let made = made.expect("a call");
        assert_eq!(
            made.shape,
            "tracep->declBus(c+hwgen_n[1],hwgen_s,-hwgen_n[2],FST_VD_INPUT2, hwgen_n[3],hwgen_n[4]);"
        );
        assert_eq!(made.numbers, ["16515", "1", "7", "0"]);
        assert_eq!(made.text, "a\\\"b[3]");
        for verbatim in [
            "f(\"a\", \"b\", 3);",
            "f(g<3>(), 4);",
            "f(\"\");",
            "f(010, 0x1F, 3U, 12345678901);",
        ] {
            let made = call(verbatim).expect("a call");
            let same = verbatim.replace("\"\"", "hwgen_s");
            assert_eq!((made.shape, made.numbers.len()), (same, 0));
        }
        for other in ["int x = 3;", "VlWide<3> x(3);", "f<3>(4);"] {
            assert!(call(other).is_none(), "{other}");
        }
    }

    #[test]
    fn a_table_holds_every_call_in_order() {
        let mut body: String = (0..120)
            .map(|i| format!("    tracep->declBit(c+{i},\"s{}\",-1);\n", i % 7))
            .collect();
        body += "    {\n        const char* names[] = {\"a\", \"b\"};\n        tracep->declDTypeEnum(1, names);\n    }\n";
        body += "    tracep->popNamePrefix(1);\n";
        let made = tabled(NAME, &function(&body)).expect("is tabled");
        let rows: Vec<&str> = made.lines().filter(|l| l.ends_with("\\0\"")).collect();
        assert_eq!(rows.len(), 122);
        assert_eq!(rows[0], "\"0,0,1:s0\\0\"");
        assert_eq!(rows[119], "\"0,119,1:s0\\0\"");
        assert_eq!(rows[120..], ["\"1:\\0\"", "\"2,1:\\0\""]);
        assert!(
            made.contains("case 1: {\n    const char* names[]"),
            "{made}"
        );
        assert!(made.contains("case 2: tracep->popNamePrefix(hwgen_n[1]); break;"));
        assert!(made.contains("    const int c = 5;\n    // Body\n    static"));
    }

    #[test]
    fn what_is_not_known_or_short_stays_as_it_is() {
        let call = "    tracep->declBit(c+1,\"s\",-1);\n";
        let many = call.repeat(120);
        assert!(tabled(NAME, &function(&many)).is_some());
        assert!(tabled("Vdut___024root___eval", &function(&many)).is_none());
        assert!(tabled(NAME, &function(call)).is_none());
        for odd in [
            "    IData x = 3;\n",
            "    f(1,\n        2);\n",
            "    if (c) f(1); else {\n    f(2);\n    }\n",
            "f(3);\n",
        ] {
            let text = function(&(many.clone() + odd));
            assert!(tabled(NAME, &text).is_none(), "{odd}");
        }
    }
}
