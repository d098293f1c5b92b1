// SPDX-License-Identifier: MIT OR Apache-2.0
//! Scores as a named tensor of a `.safetensors` file.

use half::{bf16, f16};
use safetensors::{Dtype, SafeTensors};

use crate::error::Error;
use crate::scores::{Rows, Scores};

/// Returns the names of the tensors, sorted.
pub(super) fn names(bytes: &[u8], label: &str) -> Result<Vec<String>, Error> {
    let mut names: Vec<String> = open(bytes, label)?
        .names()
        .into_iter()
        .map(ToString::to_string)
        .collect();
    names.sort();
    Ok(names)
}

pub(super) fn read(bytes: &[u8], file: &str, tensor: Option<&str>) -> Result<Scores, Error> {
    let names = names(bytes, file)?;
    let there = names.join(", ");
    let name = match (tensor, names.as_slice()) {
        (_, []) => return Err(Error::input(format!("{file}: there is no tensor in it"))),
        (Some(name), _) if names.iter().any(|n| n == name) => name,
        (Some(name), _) => {
            let rule = format!("there is no such tensor (there are {there})");
            return Err(Error::input(format!("{file}: --tensor {name}: {rule}")));
        }
        (None, [only]) => only,
        (None, _) => {
            let rule = format!("holds several tensors; name one with --tensor (there are {there})");
            return Err(Error::input(format!("{file}: {rule}")));
        }
    };
    let label = format!("{file}, tensor {name}");
    let tensors = open(bytes, file)?;
    let view = tensors
        .tensor(name)
        .map_err(|e| Error::input(format!("{label}: {e}")))?;
    let (data, shape) = (view.data(), view.shape());
    let reals = |size: usize, convert: fn(&[u8]) -> f64| {
        let flat: Vec<f64> = data.chunks_exact(size).map(convert).collect();
        Scores::shaped(&flat, shape, &label).map(Rows::Reals)
    };
    let integers = |size: usize, convert: fn(&[u8]) -> i64| {
        let flat: Vec<i64> = data.chunks_exact(size).map(convert).collect();
        Scores::shaped(&flat, shape, &label).map(Rows::Integers)
    };
    let rows = match view.dtype() {
        Dtype::F16 => reals(2, |b| f16::from_le_bytes(word(b)).to_f64()),
        Dtype::BF16 => reals(2, |b| bf16::from_le_bytes(word(b)).to_f64()),
        Dtype::F32 => reals(4, |b| f64::from(f32::from_le_bytes(word(b)))),
        Dtype::F64 => reals(8, |b| f64::from_le_bytes(word(b))),
        Dtype::I8 => integers(1, |b| i64::from(i8::from_le_bytes(word(b)))),
        Dtype::I16 => integers(2, |b| i64::from(i16::from_le_bytes(word(b)))),
        Dtype::I32 => integers(4, |b| i64::from(i32::from_le_bytes(word(b)))),
        Dtype::I64 => integers(8, |b| i64::from_le_bytes(word(b))),
        Dtype::U8 => integers(1, |b| i64::from(b[0])),
        Dtype::U16 => integers(2, |b| i64::from(u16::from_le_bytes(word(b)))),
        Dtype::U32 => integers(4, |b| i64::from(u32::from_le_bytes(word(b)))),
        // Beyond 63 bits no key is as wide; as a real the score is quantised like any other.
        Dtype::U64 => reals(8, |b| u64::from_le_bytes(word(b)) as f64),
        other => Err(Error::input(format!(
            "{label}: dtype {other:?} is not a type of numbers \
             (use F16, BF16, F32, F64, I8 to I64 or U8 to U64)"
        ))),
    }?;
    Ok(Scores { label, rows })
}

fn open<'a>(bytes: &'a [u8], label: &str) -> Result<SafeTensors<'a>, Error> {
    SafeTensors::deserialize(bytes).map_err(|e| {
        Error::input(format!(
            "{label}: not a readable .safetensors file ({e}); save it again"
        ))
    })
}

/// Returns the bytes of one element, which `chunks_exact` has cut to its size.
fn word<const N: usize>(bytes: &[u8]) -> [u8; N] {
    let mut out = [0; N];
    out.copy_from_slice(bytes);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(header: &str, data: &[u8]) -> Vec<u8> {
        let mut out = (header.len() as u64).to_le_bytes().to_vec();
        out.extend(header.as_bytes());
        out.extend(data);
        out
    }

    fn one(dtype: &str, shape: &str, data: &[u8]) -> Vec<u8> {
        let n = data.len();
        let text =
            format!(r#"{{"t":{{"dtype":"{dtype}","shape":{shape},"data_offsets":[0,{n}]}}}}"#);
        file(&text, data)
    }

    fn rows(bytes: &[u8]) -> Rows {
        read(bytes, "a.safetensors", None).expect("reads").rows
    }

    fn said(bytes: &[u8], tensor: Option<&str>) -> String {
        let e = read(bytes, "a.safetensors", tensor).expect_err("is refused");
        e.to_string()
    }

    #[test]
    fn every_type_of_scores() {
        let one_and_half = vec![Rows::Reals(vec![vec![1.5]]); 4];
        let got = [
            rows(&one("F16", "[1]", &f16::from_f32(1.5).to_le_bytes())),
            rows(&one("BF16", "[1]", &bf16::from_f32(1.5).to_le_bytes())),
            rows(&one("F32", "[1]", &1.5_f32.to_le_bytes())),
            rows(&one("F64", "[1]", &1.5_f64.to_le_bytes())),
        ];
        assert_eq!(got.as_slice(), one_and_half);
        let minus_two = vec![Rows::Integers(vec![vec![-2]]); 4];
        let got = [
            rows(&one("I8", "[1]", &(-2_i8).to_le_bytes())),
            rows(&one("I16", "[1]", &(-2_i16).to_le_bytes())),
            rows(&one("I32", "[1]", &(-2_i32).to_le_bytes())),
            rows(&one("I64", "[1]", &(-2_i64).to_le_bytes())),
        ];
        assert_eq!(got.as_slice(), minus_two);
        let two = vec![Rows::Integers(vec![vec![2]]); 3];
        let got = [
            rows(&one("U8", "[1]", &[2])),
            rows(&one("U16", "[1]", &2_u16.to_le_bytes())),
            rows(&one("U32", "[1]", &2_u32.to_le_bytes())),
        ];
        assert_eq!(got.as_slice(), two);
        assert_eq!(
            rows(&one("U64", "[1]", &2_u64.to_le_bytes())),
            Rows::Reals(vec![vec![2.0]])
        );
        assert_eq!(
            rows(&one("I8", "[2,1,2]", &[1, 2, 3, 4])),
            Rows::Integers(vec![vec![1, 2], vec![3, 4]])
        );
    }

    #[test]
    fn tensors_are_named() {
        let entry = |n: &str, at: usize| {
            format!(
                r#""{n}":{{"dtype":"U8","shape":[1],"data_offsets":[{at},{}]}}"#,
                at + 1
            )
        };
        let two = file(&format!("{{{},{}}}", entry("b", 0), entry("a", 1)), &[7, 9]);
        assert_eq!(
            said(&two, None),
            "a.safetensors: holds several tensors; name one with --tensor (there are a, b)"
        );
        assert_eq!(
            said(&two, Some("c")),
            "a.safetensors: --tensor c: there is no such tensor (there are a, b)"
        );
        let got = read(&two, "f", Some("a")).expect("reads");
        assert_eq!(
            (got.label.as_str(), got.rows),
            ("f, tensor a", Rows::Integers(vec![vec![9]]))
        );
        assert_eq!(
            said(&file("{}", &[]), None),
            "a.safetensors: there is no tensor in it"
        );
    }

    #[test]
    fn what_is_not_a_tensor_of_scores() {
        assert_eq!(
            said(&one("BOOL", "[1]", &[1]), None),
            "a.safetensors, tensor t: dtype BOOL is not a type of numbers \
             (use F16, BF16, F32, F64, I8 to I64 or U8 to U64)"
        );
        assert_eq!(
            said(&one("F32", "[3,0]", &[]), None),
            "a.safetensors, tensor t: shape [3, 0]: there is no number in it (store at least one)"
        );
        assert_eq!(
            said(&one("U8", "[]", &[1]), None),
            "a.safetensors, tensor t: shape []: a single number is no row \
             (store a row of numbers)"
        );
        let whole = one("F32", "[2]", &[0; 8]);
        for n in 0..whole.len() {
            let text = said(&whole[..n], None);
            assert!(
                text.starts_with("a.safetensors: not a readable .safetensors file ("),
                "{text}"
            );
        }
    }
}
