// SPDX-License-Identifier: MIT OR Apache-2.0
//! On which line of a CSV file a record stands, as an editor counts.

/// Follows the records of a file from first to last.
///
/// A reader's own line is where the record before ended: too low behind comments, blank lines and
/// lines that end in CR LF.
pub(crate) struct Lines<'a> {
    bytes: &'a [u8],
    at: usize,
    line: u64,
}

impl<'a> Lines<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            at: 0,
            line: 1,
        }
    }

    /// Returns the line of the record that a reader found at `position`, not before the last one
    /// that was asked for.
    pub(crate) fn of(&mut self, position: Option<&csv::Position>) -> u64 {
        let start = position.map_or(0, |p| p.byte() as usize);
        self.advance(start.saturating_sub(self.at));
        while let Some(end) = self.bytes[self.at..].iter().position(|&b| b == b'\n') {
            let text = self.bytes[self.at..self.at + end].trim_ascii();
            if !text.is_empty() && !text.starts_with(b"#") {
                break;
            }
            self.advance(end + 1);
        }
        self.line
    }

    fn advance(&mut self, bytes: usize) {
        let end = (self.at + bytes).min(self.bytes.len());
        let passed = self.bytes[self.at..end].split(|&b| b == b'\n');
        self.line += passed.count() as u64 - 1;
        self.at = end;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_those_of_an_editor() {
        for end in ["\n", "\r\n"] {
            let text = ["# scores", "a,b", "", "1,2", "# more", "", "3,4", "5,6"].join(end);
            let bytes = text.as_bytes();
            let mut reader = csv::ReaderBuilder::new()
                .has_headers(false)
                .comment(Some(b'#'))
                .from_reader(bytes);
            let mut lines = Lines::new(bytes);
            let records = reader.records().map(|r| r.expect("reads"));
            let found: Vec<u64> = records.map(|r| lines.of(r.position())).collect();
            assert_eq!(found, [2, 4, 7, 8], "{end:?}");
        }
        assert_eq!(Lines::new(b"").of(None), 1);
    }
}
