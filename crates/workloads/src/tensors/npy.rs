// SPDX-License-Identifier: MIT OR Apache-2.0
//! A tensor as NumPy stores an array: `.npy`, in C or Fortran order.
//!
//! Reads the header itself: it is one line of text, and a reader that trusts the shape in it can be
//! made to fail by one wrong byte.

use half::f16;

use super::narrow::Narrow;
use super::tensor::{Data, Tensor};
use hwgen_console::error::Error;

/// What the header of a file says.
struct Header {
    big_endian: bool,
    /// Kind and size, as NumPy writes them: `f4`.
    dtype: String,
    fortran: bool,
    shape: Vec<usize>,
}

pub(super) fn read(bytes: &[u8], label: String, dtype: Option<Narrow>) -> Result<Tensor, Error> {
    let refuse = |rule: String| Error::input(format!("{label}: {rule}"));
    if !bytes.starts_with(b"\x93NUMPY") {
        return Err(refuse("not a .npy file (write it with numpy.save)".into()));
    }
    let (header, data) = split(bytes)
        .and_then(|(text, data)| Some((Header::parse(text)?, data)))
        .ok_or_else(|| refuse("its header cannot be read; save it again with numpy.save".into()))?;
    let stored = header.dtype.clone();
    let file = File {
        header,
        data,
        label: &label,
    };
    let data = match (stored.as_str(), dtype) {
        ("V2", Some(n)) if n.bytes() == 2 => file.narrow(n, u16::from_le_bytes),
        ("V1" | "f1", Some(n)) if n.bytes() == 1 => file.narrow(n, |[b]| u16::from(b)),
        ("V1" | "V2" | "f1", given) => {
            let bytes = if stored == "V2" { 2 } else { 1 };
            let (names, width) = (Narrow::names(bytes), ["byte", "bytes"][bytes - 1]);
            let given = given.map_or(String::new(), |n| format!("--dtype {n}: "));
            let rule = format!(
                "dtype {stored} only says {bytes} {width} an element, as numpy.save writes types of \
                 ml_dtypes (name the type with --dtype: {names})"
            );
            return Err(refuse(format!("{given}{rule}")));
        }
        (_, Some(narrow)) => {
            let rule = "the file says its type itself (leave --dtype out)";
            return Err(refuse(format!("--dtype {narrow}: dtype {stored}: {rule}")));
        }
        ("f2", _) => file.reals(|b| f16::from_le_bytes(b).to_f64()),
        ("f4", _) => file.reals(|b| f64::from(f32::from_le_bytes(b))),
        ("f8", _) => file.reals(f64::from_le_bytes),
        ("i1", _) => file.integers(|b| i64::from(i8::from_le_bytes(b))),
        ("i2", _) => file.integers(|b| i64::from(i16::from_le_bytes(b))),
        ("i4", _) => file.integers(|b| i64::from(i32::from_le_bytes(b))),
        ("i8", _) => file.integers(i64::from_le_bytes),
        ("u1", _) => file.integers(|b| i64::from(u8::from_le_bytes(b))),
        ("u2", _) => file.integers(|b| i64::from(u16::from_le_bytes(b))),
        ("u4", _) => file.integers(|b| i64::from(u32::from_le_bytes(b))),
        // Beyond 63 bits no key is as wide; as a real the score is quantised like any other.
        ("u8", _) => file.reals(|b| u64::from_le_bytes(b) as f64),
        ("b1", _) => file.elements(|[b]| b != 0).map(Data::Bools),
        (other, _) => {
            let rule = "is not a type of numbers (use f2, f4, f8, i1 to i8 or u1 to u8)";
            return Err(refuse(format!("dtype {other} {rule}")));
        }
    }?;
    // A narrow type has its own range, which its bytes do not say.
    let size = stored.strip_prefix('i').and_then(|n| n.parse::<u32>().ok());
    let shape = file.header.shape;
    Tensor::new(label, shape, data, size.map(|bytes| 8 * bytes))
}

/// Splits a file into the text of its header and its data.
fn split(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let major = *bytes.get(6).filter(|v| (1..=3).contains(*v))?;
    let (start, len) = if major == 1 {
        let field = bytes.get(8..10)?.try_into().ok()?;
        (10, usize::from(u16::from_le_bytes(field)))
    } else {
        let field = bytes.get(8..12)?.try_into().ok()?;
        (12, u32::from_le_bytes(field) as usize)
    };
    let end = start + len;
    let text = std::str::from_utf8(bytes.get(start..end)?).ok()?;
    Some((text, &bytes[end..]))
}

impl Header {
    /// Reads the Python dictionary that NumPy writes.
    fn parse(text: &str) -> Option<Self> {
        let after = |key: &str| {
            let rest = &text[text.find(&format!("'{key}'"))? + key.len() + 2..];
            rest.trim_start().strip_prefix(':').map(str::trim_start)
        };
        let quoted = after("descr")?;
        let Some(quoted) = quoted.strip_prefix('\'') else {
            // A list describes records.
            return Some(Self::records(quoted));
        };
        let descr = quoted.split('\'').next()?;
        let dtype = descr.trim_start_matches(['<', '>', '|', '=']);
        let shape = after("shape")?.strip_prefix('(')?.split(')').next()?;
        let numbers = shape.split(',').map(str::trim).filter(|n| !n.is_empty());
        Some(Self {
            big_endian: descr.starts_with('>'),
            dtype: dtype.to_owned(),
            fortran: match after("fortran_order")? {
                order if order.starts_with("True") => true,
                order if order.starts_with("False") => false,
                _ => return None,
            },
            shape: numbers.map(|n| n.parse().ok()).collect::<Option<_>>()?,
        })
    }

    fn records(descr: &str) -> Self {
        Self {
            big_endian: false,
            dtype: descr.split(']').next().unwrap_or_default().to_owned() + "]",
            fortran: false,
            shape: Vec::new(),
        }
    }
}

/// A file whose header was understood.
struct File<'a> {
    header: Header,
    data: &'a [u8],
    label: &'a str,
}

impl File<'_> {
    fn reals<const N: usize>(&self, convert: fn([u8; N]) -> f64) -> Result<Data, Error> {
        self.elements(convert).map(Data::Reals)
    }

    fn integers<const N: usize>(&self, convert: fn([u8; N]) -> i64) -> Result<Data, Error> {
        self.elements(convert).map(Data::Integers)
    }

    fn narrow<const N: usize>(
        &self,
        narrow: Narrow,
        word: fn([u8; N]) -> u16,
    ) -> Result<Data, Error> {
        let all = self.elements(|b| narrow.value(word(b)))?;
        Ok(if narrow.is_integer() {
            Data::Integers(all.into_iter().map(|x| x as i64).collect())
        } else {
            Data::Reals(all)
        })
    }

    fn elements<const N: usize, T>(&self, convert: impl Fn([u8; N]) -> T) -> Result<Vec<T>, Error> {
        let shape = &self.header.shape;
        let wanted = shape.iter().try_fold(1_usize, |a, &d| a.checked_mul(d));
        let (words, _) = self.data.as_chunks::<N>();
        // Judged before anything is allocated: a header can claim any size.
        let Some(wanted) = wanted.filter(|&w| w <= words.len()) else {
            let (label, there) = (self.label, words.len());
            return Err(Error::input(format!(
                "{label}: cut off: shape {shape:?}, but only {there} values follow; save it again"
            )));
        };
        let value = |at: usize| {
            let mut word = words[at];
            if self.header.big_endian {
                word.reverse();
            }
            convert(word)
        };
        Ok((0..wanted).map(|i| value(self.place(i))).collect())
    }

    /// Returns where the file holds the element that is `i`-th in C order.
    fn place(&self, i: usize) -> usize {
        if !self.header.fortran {
            return i;
        }
        let shape = &self.header.shape;
        let (mut rest, mut at) = (i, 0);
        let mut stride: usize = shape.iter().product();
        for &d in shape.iter().rev() {
            stride /= d;
            at += rest % d * stride;
            rest /= d;
        }
        at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn npy(descr: &str, fortran: &str, shape: &str, data: &[u8]) -> Vec<u8> {
        let mut header =
            format!("{{'descr': '{descr}', 'fortran_order': {fortran}, 'shape': {shape}, }}");
        while !(header.len() + 11).is_multiple_of(64) {
            header.push(' ');
        }
        header.push('\n');
        let mut out = b"\x93NUMPY\x01\x00".to_vec();
        out.extend((header.len() as u16).to_le_bytes());
        out.extend(header.as_bytes());
        out.extend(data);
        out
    }

    fn tensor(bytes: &[u8]) -> (Vec<usize>, Data) {
        let tensor = read(bytes, "a.npy".into(), None).expect("reads");
        (tensor.shape, tensor.data)
    }

    fn said(bytes: &[u8]) -> String {
        read(bytes, "a.npy".into(), None)
            .expect_err("is refused")
            .to_string()
    }

    #[test]
    fn both_orders_and_byte_orders() {
        let bytes: Vec<u8> = (1..=6_i16).flat_map(i16::to_le_bytes).collect();
        assert_eq!(
            tensor(&npy("<i2", "False", "(2, 3)", &bytes)),
            (vec![2, 3], Data::Integers(vec![1, 2, 3, 4, 5, 6]))
        );
        assert_eq!(
            tensor(&npy("<i2", "True", "(2, 3)", &bytes)),
            (vec![2, 3], Data::Integers(vec![1, 3, 5, 2, 4, 6]))
        );
        let bytes: Vec<u8> = [0.5_f32, -2.0]
            .into_iter()
            .flat_map(f32::to_be_bytes)
            .collect();
        assert_eq!(
            tensor(&npy(">f4", "False", "(2,)", &bytes)),
            (vec![2], Data::Reals(vec![0.5, -2.0]))
        );
        let bytes: Vec<u8> = [1.5_f32]
            .into_iter()
            .flat_map(|v| f16::from_f32(v).to_le_bytes())
            .collect();
        assert_eq!(
            tensor(&npy("<f2", "False", "(1, 1, 1)", &bytes)),
            (vec![1, 1, 1], Data::Reals(vec![1.5]))
        );
        assert_eq!(
            tensor(&npy("|u1", "False", "(2, 2, 1)", &[1, 2, 3, 255])),
            (vec![2, 2, 1], Data::Integers(vec![1, 2, 3, 255]))
        );
        assert_eq!(
            tensor(&npy("|b1", "False", "(2,)", &[1, 0])),
            (vec![2], Data::Bools(vec![true, false]))
        );
    }

    #[test]
    fn what_is_not_an_array_of_scores() {
        assert_eq!(
            said(b"1,2,3"),
            "a.npy: not a .npy file (write it with numpy.save)"
        );
        assert_eq!(
            said(&npy("<f4", "False", "(2, 3)", &[0; 20])),
            "a.npy: cut off: shape [2, 3], but only 5 values follow; save it again"
        );
        assert_eq!(
            said(&npy("<f4", "False", "(99999999999, 99999999999)", &[0; 4])),
            "a.npy: cut off: shape [99999999999, 99999999999], but only 1 values follow; \
             save it again"
        );
        assert_eq!(
            said(&npy("|c8", "False", "(1,)", &[1])),
            "a.npy: dtype c8 is not a type of numbers (use f2, f4, f8, i1 to i8 or u1 to u8)"
        );
        assert_eq!(
            said(&npy("<f4", "False", "(2, 0)", &[])),
            "a.npy: shape [2, 0]: there is no number in it (store at least one)"
        );
        assert_eq!(
            said(&npy("<f4", "False", "()", &[0; 4])),
            "a.npy: shape []: a single number is no row (store a row of numbers)"
        );
        assert_eq!(
            said(b"\x93NUMPY\x01"),
            "a.npy: its header cannot be read; save it again with numpy.save"
        );
        let unread = "a.npy: its header cannot be read; save it again with numpy.save";
        assert_eq!(said(&npy("<f4", "Maybe", "(1,)", &[0; 4])), unread);
        let mut later = npy("<f4", "False", "(1,)", &[0; 4]);
        later[6] = 9;
        assert_eq!(said(&later), unread, "a version that does not exist");
        let record = npy("@", "False", "(1,)", &[0; 4]);
        let record = String::from_utf8_lossy(&record[10..]).replace("'@'", "[('a', '<f4')]");
        assert_eq!(
            Header::parse(&record).expect("reads").dtype,
            "[('a', '<f4')]"
        );
    }

    #[test]
    fn narrow_types_are_named_by_the_user() {
        let with = |descr: &str, data: &[u8], dtype: &str| {
            let shape = format!(
                "({},)",
                if descr == "<V2" {
                    data.len() / 2
                } else {
                    data.len()
                }
            );
            let dtype = dtype.parse().expect("is one");
            read(
                &npy(descr, "False", &shape, data),
                "a.npy".into(),
                Some(dtype),
            )
        };
        let data = |descr, data: &[u8], dtype| with(descr, data, dtype).expect("reads").data;
        let brains = [half::bf16::from_f32(1.5), half::bf16::from_f32(-3.0)];
        let bytes = brains.map(half::bf16::to_le_bytes).concat();
        assert_eq!(
            data("<V2", &bytes, "bfloat16"),
            Data::Reals(vec![1.5, -3.0])
        );
        assert_eq!(
            data("<V1", &[0x3c], "float8_e4m3fn"),
            Data::Reals(vec![1.5])
        );
        assert_eq!(data("<f1", &[0x3e], "float8_e5m2"), Data::Reals(vec![1.5]));
        assert_eq!(
            data("|V1", &[0x0f, 0x07], "int4"),
            Data::Integers(vec![-1, 7])
        );
        assert_eq!(
            said(&npy("<V2", "False", "(1,)", &[0; 2])),
            "a.npy: dtype V2 only says 2 bytes an element, as numpy.save writes types of ml_dtypes \
             (name the type with --dtype: bfloat16, float16)"
        );
        let refused = |descr, dtype| {
            with(descr, &[0; 4], dtype)
                .expect_err("is refused")
                .to_string()
        };
        let text = refused("<f1", "bfloat16");
        let start = "a.npy: --dtype bfloat16: dtype f1 only says 1 byte an element";
        assert!(
            text.starts_with(start) && text.contains("float8_e5m2"),
            "{text}"
        );
        assert_eq!(
            refused("|u1", "int4"),
            "a.npy: --dtype int4: dtype u1: the file says its type itself (leave --dtype out)"
        );
    }

    #[test]
    fn a_file_cut_anywhere_is_refused_without_a_panic() {
        let whole = npy("<f4", "False", "(2, 3)", &[0; 24]);
        for n in 0..whole.len() {
            said(&whole[..n]);
        }
        for at in 6..whole.len().min(100) {
            for value in [0, 0x27, 0x39, 0xff] {
                let mut bytes = whole.clone();
                bytes[at] = value;
                let _ = read(&bytes, "a.npy".into(), None);
            }
        }
    }
}
