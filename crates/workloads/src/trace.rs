// SPDX-License-Identifier: MIT OR Apache-2.0
//! Workload traces of SpAtten: a row a head and generated token, which says how many keys and
//! values are fetched at how many bits, and nothing of their contents.

pub mod work;

use std::path::Path;

use crate::lines::Lines;
use hwgen_console::error::Error;

/// Columns that a trace must have, in the order of [`Row`].
const COLUMNS: [&str; 11] = [
    "iteration_id",
    "layer_id",
    "head_id",
    "embedding_length_D",
    "sentence_length_L",
    "key_fetch_num",
    "quant_key_bit",
    "if_requant",
    "auto_requant_incre",
    "value_fetch_num",
    "quant_value_bit",
];
/// Bits of an element that was not quantised: what the core holds.
const FULL_BITS: u32 = 12;

/// The work of one head for one query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Line in the file.
    pub line: u64,
    pub(crate) head: u32,
    /// Elements of a head.
    pub d: u32,
    /// Keys before anything was pruned.
    pub length: u32,
    /// Keys that are fetched, at least 1.
    pub keys: u32,
    /// Bits of a key up front.
    pub key_bits: u32,
    /// Bits that all keys get after that; 0 where they need none.
    pub more_bits: u32,
    /// Values that are fetched, at least 1.
    pub values: u32,
    /// Bits of a value.
    pub value_bits: u32,
}

impl Row {
    /// Returns the bytes that the row stands for, packed without a gap.
    pub fn bytes(&self) -> u64 {
        let d = u64::from(self.d);
        let of = |tokens: u32, bits: u32| u64::from(tokens) * (d * u64::from(bits)).div_ceil(8);
        let keys = of(self.keys, self.key_bits) + of(self.keys, self.more_bits);
        keys + of(self.values.min(self.keys), self.value_bits)
    }
}

/// Reads a trace.
pub fn read(path: &Path) -> Result<Vec<Row>, Error> {
    let bytes = std::fs::read(path).map_err(|e| Error::path(path, "read the trace", &e))?;
    parse(&bytes, &path.display().to_string())
}

/// Reads a trace in memory; `label` is what messages call it.
pub fn parse(bytes: &[u8], label: &str) -> Result<Vec<Row>, Error> {
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .comment(Some(b'#'))
        .trim(csv::Trim::All)
        .from_reader(bytes);
    let not_text = |_| Error::input(format!("{label}: not text (expected CSV with a header)"));
    let header = reader.headers().map_err(not_text)?.clone();
    let at = COLUMNS.map(|name| header.iter().position(|h| h == name));
    let missing: Vec<&str> = COLUMNS
        .iter()
        .zip(at)
        .filter_map(|(name, at)| at.is_none().then_some(*name))
        .collect();
    if !missing.is_empty() {
        let (names, all) = (missing.join(", "), COLUMNS.join(", "));
        return Err(Error::input(format!(
            "{label}: the header has no column {names} (a trace has {all})"
        )));
    }
    let at = at.map(Option::unwrap_or_default);
    let (mut rows, mut lines) = (Vec::new(), Lines::new(bytes));
    for record in reader.records() {
        let record = record.map_err(not_text)?;
        let line = lines.of(record.position());
        // The traces end with the name of the configuration that made them.
        if record.iter().skip(1).all(str::is_empty) {
            continue;
        }
        let cells = at.map(|c| record.get(c).unwrap_or_default());
        rows.push(row(cells, line).map_err(|e| Error::input(format!("{label}:{line}: {e}")))?);
    }
    if rows.is_empty() {
        let rule = "there is no row below the header (store at least one)";
        return Err(Error::input(format!("{label}: {rule}")));
    }
    Ok(rows)
}

fn row(cells: [&str; 11], line: u64) -> Result<Row, String> {
    let number = |column: usize, least: i64, most: i64| -> Result<u32, String> {
        let (name, cell) = (COLUMNS[column], cells[column]);
        // Some columns come as floats: 64.0.
        let value = cell.parse::<f64>().ok().filter(|v| v.fract() == 0.0);
        let value = value.ok_or_else(|| format!("{name} = {cell}: must be a whole number"))?;
        if value < least as f64 || value > most as f64 {
            return Err(format!("{name} = {cell}: must be {least} to {most}"));
        }
        Ok(value as u32)
    };
    let bits = |column: usize| match cells[column] {
        "-1" | "-1.0" => Ok(FULL_BITS),
        _ => number(column, 1, i64::from(FULL_BITS)).map_err(|e| e + ", or -1 for all"),
    };
    let count = |column, least| number(column, least, i64::from(u32::MAX));
    for column in [0, 1] {
        count(column, 0)?;
    }
    let key_bits = bits(6)?;
    let requant = match cells[7].to_ascii_lowercase().as_str() {
        "true" | "1" => true,
        "false" | "0" => false,
        other => return Err(format!("{} = {other}: must be True or False", COLUMNS[7])),
    };
    let more_bits = if requant {
        number(8, 1, i64::from(FULL_BITS))?.min(FULL_BITS - key_bits)
    } else {
        0
    };
    Ok(Row {
        line,
        head: count(2, 0)?,
        d: count(3, 1)?,
        length: count(4, 1)?,
        keys: count(5, 1)?,
        key_bits,
        more_bits,
        values: count(9, 1)?,
        value_bits: bits(10)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "iteration_id,layer_id,head_id,embedding_length_D,sentence_length_L,\
                          key_fetch_num,quant_key_bit,if_requant,auto_requant_incre,\
                          value_fetch_num,quant_value_bit,topk";

    fn read(rows: &str) -> Result<Vec<Row>, String> {
        parse(format!("{HEADER}\n{rows}").as_bytes(), "a.csv").map_err(|e| e.to_string())
    }

    #[test]
    fn rows_and_the_name_of_the_configuration() {
        let rows = read(
            "0,1,2,64.0,1000,993,6,True,4,204,6,-1\n0,1,3,64,1000,9,-1,False,-1,20,-1,-1\n\
             configs/a.yml,,,,,,,,,,,\n",
        );
        let rows = rows.expect("reads");
        assert_eq!(rows.len(), 2);
        assert_eq!((rows[0].line, rows[0].head, rows[0].keys), (2, 2, 993));
        assert_eq!((rows[0].key_bits, rows[0].more_bits), (6, 4));
        // 993 keys of 48 and 32 bytes, 204 values of 48 bytes.
        assert_eq!(rows[0].bytes(), 993 * 80 + 204 * 48);
        // All 12 bits of 9 keys, and of no more values than there are keys.
        assert_eq!(rows[1].bytes(), 2 * 9 * 96);
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        let said = |rows: &str| read(rows).expect_err("is refused");
        assert_eq!(
            said("0,0,0,64,9,-9,6,False,4,2,6,-1"),
            "a.csv:2: key_fetch_num = -9: must be 1 to 4294967295"
        );
        assert_eq!(
            said("0,0,0,64,9,9,6,False,4,-2,6,-1"),
            "a.csv:2: value_fetch_num = -2: must be 1 to 4294967295"
        );
        assert_eq!(
            said("0,0,0,64,9,9,16,False,4,2,6,-1"),
            "a.csv:2: quant_key_bit = 16: must be 1 to 12, or -1 for all"
        );
        assert_eq!(
            said("0,0,0,64,9,9,6,maybe,4,2,6,-1"),
            "a.csv:2: if_requant = maybe: must be True or False"
        );
        assert_eq!(
            said("0,0,0,64,9,9,6,True,-4,2,6,-1"),
            "a.csv:2: auto_requant_incre = -4: must be 1 to 12"
        );
        assert_eq!(
            said("0,0,0,6.5,9,9,6,False,4,2,6,-1"),
            "a.csv:2: embedding_length_D = 6.5: must be a whole number"
        );
        assert_eq!(
            said("0,0,0,64,9"),
            "a.csv:2: quant_key_bit = : must be a whole number, or -1 for all"
        );
        assert_eq!(
            said(""),
            "a.csv: there is no row below the header (store at least one)"
        );
        let parsed = parse(b"iteration_id,layer_id\n0,0\n", "a.csv");
        let said = parsed.expect_err("is refused").to_string();
        assert!(
            said.starts_with("a.csv: the header has no column head_id, embedding_length_D,"),
            "{said}"
        );
        let said = parse(b"\xff\xfe,1\n2,3\n", "a.csv").expect_err("is refused");
        assert_eq!(
            said.to_string(),
            "a.csv: not text (expected CSV with a header)"
        );
    }
}
