// SPDX-License-Identifier: MIT OR Apache-2.0
//! Breaks the sentences between tables into lines: documents have at most 120 columns.

/// Most columns of a line of prose.
const COLUMNS: usize = 118;

/// Breaks paragraphs and list items that are too long; lines of tables stay, since they cannot be broken.
pub fn wrapped(text: &str) -> String {
    let mut out = String::new();
    for line in text.lines() {
        if line.starts_with('|') || line.len() <= COLUMNS {
            out.push_str(line);
        } else {
            broken(line, &mut out);
        }
        out.push('\n');
    }
    out
}

/// Appends one line in as many as it needs; those of a list item are indented.
fn broken(line: &str, out: &mut String) {
    let indent = if line.starts_with("- ") { "  " } else { "" };
    let mut column = 0;
    for (i, word) in line.split(' ').enumerate() {
        // At the beginning of a line these would begin a list or a heading.
        let sign = matches!(word, "-" | "+" | "*" | "#")
            || word
                .strip_suffix('.')
                .is_some_and(|n| n.parse::<u32>().is_ok());
        if i > 0 && !sign && column + 1 + word.len() > COLUMNS {
            out.push('\n');
            out.push_str(indent);
            column = indent.len();
        } else if i > 0 {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += word.len();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_are_broken_and_tables_are_not() {
        let long = "word ".repeat(60);
        let text = format!("{}\n\n| {long} |\n- {}\n", long.trim(), long.trim());
        let made = wrapped(&text);
        let lines: Vec<&str> = made.lines().collect();
        // 118 columns hold 23 words of four letters, and 22 behind the sign of an item.
        assert_eq!(lines[0], "word ".repeat(23).trim());
        assert_eq!(lines[4], format!("| {long} |"));
        assert_eq!(lines[5], format!("- {}", "word ".repeat(23).trim()));
        assert!(lines[6].starts_with("  word word"));
        assert_eq!(
            made.split_whitespace().collect::<Vec<_>>(),
            text.split_whitespace().collect::<Vec<_>>()
        );
        assert_eq!(wrapped(&made), made);
    }

    #[test]
    fn no_line_begins_like_a_list() {
        let word = "a".repeat(117);
        // The signs stay behind the word although they are beyond the last column.
        assert_eq!(
            wrapped(&format!("{word} - 7. x")),
            format!("{word} - 7.\nx\n")
        );
    }
}
