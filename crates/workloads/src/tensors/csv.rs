// SPDX-License-Identifier: MIT OR Apache-2.0
//! Numbers as text, a row a line: with commas, semicolons, tabs or blanks between them, an optional
//! header of words, `#` comments as numpy writes them.
//!
//! What would be read as a row of numbers though it is none is refused: pandas writes the numbers of
//! the columns first, and the numbers of the rows in front.

use super::tensor::{Data, Tensor};
use crate::lines::Lines;
use hwgen_console::error::Error;

/// What stands between the numbers of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Separator {
    Byte(u8),
    /// Any number of blanks, as numpy's `savetxt` writes by default.
    Blanks,
}

const SEPARATORS: [Separator; 4] = [
    Separator::Byte(b','),
    Separator::Byte(b';'),
    Separator::Byte(b'\t'),
    Separator::Blanks,
];

/// A line that holds something.
struct Record {
    line: u64,
    cells: Vec<String>,
}

pub(super) fn read(bytes: &[u8], label: String) -> Result<Tensor, Error> {
    // Spreadsheets begin with the mark of UTF-8.
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let refuse = |line: u64, rule: &str| Err(Error::input(format!("{label}:{line}: {rule}")));
    let mut records = match records(bytes, separator(bytes)) {
        Ok(records) => records,
        Err(line) => return refuse(line, "not text (expected numbers with commas)"),
    };
    if let [first, _, ..] = records.as_slice() {
        if first.cells[0].is_empty() && first.cells.len() > 1 {
            let rule = "an empty first cell: the first column numbers the rows, as pandas and R write \
                        them (leave it out: to_csv(index=False, header=False))";
            return refuse(first.line, rule);
        }
        let counts = |(i, c): (usize, &String)| c.parse() == Ok(i);
        if first.cells.len() > 1 && first.cells.iter().enumerate().all(counts) {
            let last = first.cells.len() - 1;
            let rule = format!(
                "0 to {last} in order look like the numbers of the columns, as pandas writes them \
                 (leave them out: to_csv(index=False, header=False); if they are meant, write 0.0 \
                 for 0)"
            );
            return refuse(first.line, &rule);
        }
        // A number that is written in another way is no word.
        let word = |c: &String| {
            c.parse::<f64>().is_err() && !c.starts_with(|d: char| "+-.0123456789".contains(d))
        };
        if first.cells.iter().all(word) {
            records.remove(0);
        }
    }
    let Some(first) = records.first() else {
        return Err(Error::input(format!(
            "{label}: there is no number in it (store at least one)"
        )));
    };
    let (first_line, n) = (first.line, first.cells.len());
    let (mut integers, mut reals) = (Some(Vec::new()), Vec::new());
    for Record { line, cells } in &records {
        if cells.len() != n {
            let rule = format!(
                "{} numbers, but line {first_line} has {n}; rows must be equally long (fill up \
                 scores with -inf, which masks, or split the file)",
                cells.len()
            );
            return refuse(*line, &rule);
        }
        for (c, cell) in cells.iter().enumerate() {
            let Ok(value) = cell.parse::<f64>() else {
                let (column, hint) = (c + 1, hint(cell));
                let rule =
                    format!("column {column}: {cell:?} is not a number (such as -1.5 or 3{hint})");
                return refuse(*line, &rule);
            };
            reals.push(value);
            integers = integers.zip(cell.parse::<i64>().ok()).map(|(mut all, x)| {
                all.push(x);
                all
            });
        }
    }
    let shape = vec![records.len(), n];
    let data = integers.map_or(Data::Reals(reals), Data::Integers);
    Tensor::new(label, shape, data, None)
}

/// Says what may be wrong with a cell.
fn hint(cell: &str) -> &'static str {
    let point = cell.replacen(',', ".", 1);
    if cell.is_empty() {
        "; there is nothing between two separators"
    } else if cell.contains(',') && point.parse::<f64>().is_ok() {
        "; a decimal comma must be a point"
    } else if cell.contains([';', '\t', ' ']) {
        "; separate them all with commas"
    } else {
        ""
    }
}

/// Finds out what separates the numbers: what makes the most lines nothing but numbers.
fn separator(bytes: &[u8]) -> Separator {
    let numbers = |by: Separator| {
        let all = records(bytes, by).unwrap_or_default();
        let whole = |r: &&Record| r.cells.iter().all(|c| c.parse::<f64>().is_ok());
        // A line without the separator would be one number for each of them.
        let cut = |r: &&Record| r.cells.len() > 1 || by == SEPARATORS[0];
        all.iter().filter(whole).filter(cut).count()
    };
    let best = SEPARATORS.iter().rev().max_by_key(|by| numbers(**by));
    if let Some(best) = best.filter(|by| numbers(**by) > 0) {
        return *best;
    }
    // No line can be read: what stands there decides, so that the message tells of the cells.
    let there = |by: &&Separator| matches!(by, Separator::Byte(b) if bytes.contains(b));
    let order = [&SEPARATORS[2], &SEPARATORS[1], &SEPARATORS[0]];
    *order.into_iter().find(there).unwrap_or(&SEPARATORS[0])
}

/// Splits a text; the error is a line that is no text.
fn records(bytes: &[u8], by: Separator) -> Result<Vec<Record>, u64> {
    let delimiter = match by {
        Separator::Byte(b) => b,
        // Never in a text: the line stays whole.
        Separator::Blanks => 0,
    };
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .comment(Some(b'#'))
        .trim(csv::Trim::All)
        .delimiter(delimiter)
        .quoting(by != Separator::Blanks)
        .from_reader(bytes);
    let mut lines = Lines::new(bytes);
    let mut out = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|e| lines.of(e.position()))?;
        let line = lines.of(record.position());
        let cells: Vec<String> = match by {
            Separator::Byte(_) => record.iter().map(str::to_owned).collect(),
            Separator::Blanks => {
                let whole = record.get(0).unwrap_or_default();
                whole.split_whitespace().map(str::to_owned).collect()
            }
        };
        if !cells.is_empty() {
            out.push(Record { line, cells });
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tensor(text: &str) -> (Vec<usize>, Data) {
        let tensor = read(text.as_bytes(), "a.csv".into()).expect("reads");
        (tensor.shape, tensor.data)
    }

    fn said(text: &[u8]) -> String {
        let e = read(text, "a.csv".into()).expect_err("is refused");
        e.to_string()
    }

    #[test]
    fn headers_comments_and_blanks() {
        let expected = (vec![2, 2], Data::Integers(vec![1, -2, 3, 4]));
        assert_eq!(tensor("1,-2\n3,4\n"), expected);
        assert_eq!(
            tensor("# made by hand\na, b\r\n 1, -2\r\n\r\n3,4"),
            expected
        );
        assert_eq!(tensor("\u{feff}a,b\n1,-2\n3,4\n"), expected);
        assert_eq!(tensor("1,2.5"), (vec![1, 2], Data::Reals(vec![1.0, 2.5])));
        assert_eq!(tensor("7"), (vec![1, 1], Data::Integers(vec![7])));
        assert_eq!(tensor("7\n8\n"), (vec![2, 1], Data::Integers(vec![7, 8])));
        let masked = (vec![1, 2], Data::Reals(vec![1.0, f64::NEG_INFINITY]));
        assert_eq!(tensor("1,-inf"), masked);
    }

    #[test]
    fn other_separators() {
        let expected = (vec![2, 2], Data::Integers(vec![1, -2, 3, 4]));
        for text in [
            "1;-2\n3;4\n",
            "1\t-2\n3\t4\n",
            "a b\n1 -2\n3 4\n",
            "first;second\n1;-2\n3;4",
            "first score\tsecond score\n1\t-2\n3\t4",
            "  1   -2 \n  3    4\n",
            "# head, with a comma\n1 -2\n3 4\n",
        ] {
            assert_eq!(tensor(text), expected, "{text:?}");
        }
        // The default of numpy's savetxt.
        let text = "1.000000000000000000e+00 -2.500000000000000000e-01\n";
        assert_eq!(tensor(text), (vec![1, 2], Data::Reals(vec![1.0, -0.25])));
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        assert_eq!(
            said(b"1,2\n3\n"),
            "a.csv:2: 1 numbers, but line 1 has 2; rows must be equally long (fill up scores with \
             -inf, which masks, or split the file)"
        );
        assert_eq!(
            said(b"1,2\n3,x\n"),
            "a.csv:2: column 2: \"x\" is not a number (such as -1.5 or 3)"
        );
        assert_eq!(
            said(b"1,2\n3,\n"),
            "a.csv:2: column 2: \"\" is not a number (such as -1.5 or 3; there is nothing between \
             two separators)"
        );
        assert_eq!(
            said(b"1,5;2,5\n3,5;4,5\n"),
            "a.csv:1: column 1: \"1,5\" is not a number (such as -1.5 or 3; a decimal comma must \
             be a point)"
        );
        assert_eq!(
            said(b"1,2;5\n3,4;x\n"),
            "a.csv:1: column 1: \"1,2\" is not a number (such as -1.5 or 3; a decimal comma must \
             be a point)"
        );
        assert_eq!(
            said(b""),
            "a.csv: there is no number in it (store at least one)"
        );
        assert_eq!(
            said(b"1,2\n\xff\xfe\n"),
            "a.csv:2: not text (expected numbers with commas)"
        );
        assert_eq!(
            said(b"a,b\n"),
            "a.csv:1: column 1: \"a\" is not a number (such as -1.5 or 3)"
        );
    }

    #[test]
    fn numbers_of_columns_and_rows_are_no_scores() {
        let columns = said(b"0,1,2\n0.5,0.25,0.75\n");
        assert!(
            columns.starts_with("a.csv:1: 0 to 2 in order look like the numbers of the columns"),
            "{columns}"
        );
        assert_eq!(said(b"0\t1\t2\n1\t2\t3\n"), columns);
        for text in [
            ",0,1\n0,0.5,0.25\n",
            "\"\",\"a\",\"b\"\n\"1\",0.5,0.25\n",
            ";a;b\n0;1;2",
        ] {
            let rows = said(text.as_bytes());
            assert!(
                rows.starts_with("a.csv:1: an empty first cell: the first column"),
                "{rows}"
            );
        }
        assert_eq!(tensor("0.0,1,2\n3,4,5").0, [2, 3]);
        assert_eq!(tensor("0,1,2"), (vec![1, 3], Data::Integers(vec![0, 1, 2])));
        assert_eq!(tensor("1,2,3\n0.5,0.25,0.75").0, [2, 3]);
    }
}
