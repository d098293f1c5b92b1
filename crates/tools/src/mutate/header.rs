// SPDX-License-Identifier: MIT OR Apache-2.0
//! The head of a module: everything up to the semicolon behind its ports.

/// Returns the text of a file up to the end of the ports of `module`.
pub(super) fn of<'a>(text: &'a str, module: &str) -> Option<&'a str> {
    let bytes = text.as_bytes();
    let (mut at, mut depth, mut named, mut last) = (0, 0_u32, false, "");
    while at < bytes.len() {
        let rest = &text[at..];
        // Comments hold what they like.
        if rest.starts_with("//") {
            at += rest.find('\n').unwrap_or(rest.len());
            continue;
        }
        if rest.starts_with("/*") {
            at += rest.find("*/")? + 2;
            continue;
        }
        let word = rest.bytes().take_while(|b| is_word(*b)).count();
        if word > 0 {
            let here = &rest[..word];
            named |= last == "module" && here == module;
            last = here;
            at += word;
            continue;
        }
        match bytes[at] {
            b'(' => depth += 1,
            b')' => depth = depth.checked_sub(1)?,
            b';' if named && depth == 0 => return Some(&text[..=at]),
            _ => {}
        }
        at += rest.chars().next().map_or(1, char::len_utf8);
    }
    None
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'$'
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn the_head_ends_behind_the_ports() {
        let head = "`default_nettype none\n// module b (;\nmodule a;endmodule\n/* module b; */\n\
                    module b #(parameter int W = f(2) // ;)\n) (\n  input x // ü;\n);";
        let text = format!("{head}\n  assign y = x;\nendmodule\n");
        assert_eq!(of(&text, "b"), Some(head));
        assert_eq!(of(&text, "c"), None);
        assert_eq!(of("module b (", "b"), None);
    }
}
