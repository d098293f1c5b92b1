// SPDX-License-Identifier: MIT OR Apache-2.0
//! Scores as text: one row a query, an optional header, `#` comments as numpy writes them.

use crate::error::Error;
use crate::lines::Lines;
use crate::scores::{Rows, Scores};

pub(super) fn read(bytes: &[u8], label: String) -> Result<Scores, Error> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .comment(Some(b'#'))
        .trim(csv::Trim::All)
        .from_reader(bytes);
    let mut rows: Vec<(u64, csv::StringRecord)> = Vec::new();
    let mut lines = Lines::new(bytes);
    for record in reader.records() {
        let record = record.map_err(|e| {
            let line = lines.of(e.position());
            Error::input(format!(
                "{label}:{line}: not text (expected numbers with commas)"
            ))
        })?;
        let line = lines.of(record.position());
        rows.push((line, record));
    }
    let is_header = |r: &csv::StringRecord| r.iter().all(|c| c.parse::<f64>().is_err());
    if rows.first().is_some_and(|(_, r)| is_header(r)) && rows.len() > 1 {
        rows.remove(0);
    }
    let Some((first_line, first)) = rows.first() else {
        return Err(Error::input(format!(
            "{label}: there is no number in it (store at least one)"
        )));
    };
    let (first_line, n) = (*first_line, first.len());
    let mut integers = Some(Vec::new());
    let mut reals = Vec::new();
    for (line, record) in &rows {
        if record.len() != n {
            let m = record.len();
            return Err(Error::input(format!(
                "{label}:{line}: {m} scores, but line {first_line} has {n}; rows must be equally \
                 long (pad with a very low score, or split the file)"
            )));
        }
        let mut row = Vec::with_capacity(n);
        for (c, cell) in record.iter().enumerate() {
            let value: f64 = cell.parse().map_err(|_| {
                let column = c + 1;
                let other = |c: char| matches!(c, ';' | '\t' | ' ');
                let hint = if cell.contains(other) {
                    "; separate them with commas"
                } else {
                    ""
                };
                Error::input(format!(
                    "{label}:{line}: column {column}: {cell:?} is not a number (such as -1.5 or 3{hint})"
                ))
            })?;
            row.push(value);
        }
        let whole: Option<Vec<i64>> = record.iter().map(|c| c.parse().ok()).collect();
        integers = integers.zip(whole).map(|(mut all, row)| {
            all.push(row);
            all
        });
        reals.push(row);
    }
    let rows = integers.map_or(Rows::Reals(reals), Rows::Integers);
    Ok(Scores { label, rows })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Rows {
        read(text.as_bytes(), "a.csv".into()).expect("reads").rows
    }

    fn said(text: &[u8]) -> String {
        let e = read(text, "a.csv".into()).expect_err("is refused");
        e.to_string()
    }

    #[test]
    fn headers_comments_and_blanks() {
        let expected = Rows::Integers(vec![vec![1, -2], vec![3, 4]]);
        assert_eq!(rows("1,-2\n3,4\n"), expected);
        assert_eq!(rows("# made by hand\na, b\r\n 1, -2\r\n\r\n3,4"), expected);
        assert_eq!(rows("1,2.5"), Rows::Reals(vec![vec![1.0, 2.5]]));
        assert_eq!(rows("7"), Rows::Integers(vec![vec![7]]));
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        assert_eq!(
            said(b"1,2\n3\n"),
            "a.csv:2: 1 scores, but line 1 has 2; rows must be equally long \
             (pad with a very low score, or split the file)"
        );
        assert_eq!(
            said(b"1,2\n3,x\n"),
            "a.csv:2: column 2: \"x\" is not a number (such as -1.5 or 3)"
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
}
