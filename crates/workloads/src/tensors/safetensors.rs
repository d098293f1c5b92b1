// SPDX-License-Identifier: MIT OR Apache-2.0
//! Tensors of a `.safetensors` file, read one at a time.
//!
//! The crate `safetensors` refuses a whole file for one tensor of a type that it does not know, without
//! saying which (0.8.0). Here such a tensor is refused when it is asked for, by name, and the others
//! are read.

mod header;

use std::fs;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};

use half::{bf16, f16};
use safetensors::Dtype;

use super::narrow::Narrow;
use super::tensor::{Data, Tensor};
use header::Header;
use hwgen_console::error::Error;

/// Bytes of the length of the header.
const LENGTH: usize = 8;
/// The longest header that the format allows.
const MAX_HEADER: u64 = 100_000_000;

/// An open file.
#[derive(Debug)]
pub(super) struct File {
    shown: String,
    place: Place,
    /// Where the data begin.
    start: u64,
    header: Header,
}

/// Where the bytes are.
#[derive(Debug)]
enum Place {
    Disk(PathBuf),
    Memory(Vec<u8>),
}

impl File {
    /// Reads the header of a file.
    pub(super) fn open(path: &Path) -> Result<Self, Error> {
        let failed = |e: &io::Error| Error::path(path, "read it", e);
        let mut file = fs::File::open(path).map_err(|e| failed(&e))?;
        let all = file.metadata().map_err(|e| failed(&e))?.len();
        let shown = path.display().to_string();
        let broken = |why: &str| Error::input(broken(&shown, why));
        let mut length = [0; LENGTH];
        if all < LENGTH as u64 {
            return Err(broken("it is cut off in the length of its header"));
        }
        file.read_exact(&mut length).map_err(|e| failed(&e))?;
        let length = u64::from_le_bytes(length);
        // Judged before anything is allocated: a file can claim any length.
        if length > MAX_HEADER || length > all - LENGTH as u64 {
            return Err(broken("its header is longer than the file"));
        }
        let mut header = vec![0; length as usize];
        file.read_exact(&mut header).map_err(|e| failed(&e))?;
        let place = Place::Disk(path.to_path_buf());
        Self::with(&header, all, place, shown)
    }

    /// Takes over a file in memory.
    pub(super) fn new(bytes: Vec<u8>, shown: String) -> Result<Self, Error> {
        let broken = |why: &str| Error::input(broken(&shown, why));
        let Some((length, rest)) = bytes.split_first_chunk::<LENGTH>() else {
            return Err(broken("it is cut off in the length of its header"));
        };
        let length = u64::from_le_bytes(*length);
        let Some(header) = usize::try_from(length).ok().and_then(|n| rest.get(..n)) else {
            return Err(broken("its header is longer than the file"));
        };
        let (header, all) = (header.to_vec(), bytes.len() as u64);
        Self::with(&header, all, Place::Memory(bytes), shown)
    }

    fn with(header: &[u8], all: u64, place: Place, shown: String) -> Result<Self, Error> {
        let start = LENGTH as u64 + header.len() as u64;
        let header = Header::parse(header, all - start);
        let header = header.map_err(|why| Error::input(broken(&shown, &why)))?;
        Ok(Self {
            shown,
            place,
            start,
            header,
        })
    }

    pub(super) fn names(&self) -> Vec<&str> {
        self.header.entries.keys().map(String::as_str).collect()
    }

    pub(super) fn metadata(&self, key: &str) -> Option<&str> {
        self.header.metadata.get(key).map(String::as_str)
    }

    /// Returns where the file lies; one in memory lies nowhere.
    pub(super) fn path(&self) -> Option<&Path> {
        match &self.place {
            Place::Disk(path) => Some(path),
            Place::Memory(_) => None,
        }
    }

    /// Reads a tensor that is there.
    pub(super) fn tensor(&self, name: &str) -> Result<Tensor, Error> {
        self.shaped(name, <[usize]>::to_vec)
    }

    /// Reads a tensor that is there; a single number is a row of one.
    pub(super) fn row(&self, name: &str) -> Result<Tensor, Error> {
        let row = |shape: &[usize]| match shape {
            [] => vec![1],
            shape => shape.to_vec(),
        };
        self.shaped(name, row)
    }

    /// Returns the type of a tensor as the file calls it.
    pub(super) fn dtype(&self, name: &str) -> Option<String> {
        let known = |d: &Dtype| format!("{d:?}");
        let entry = self.header.entries.get(name)?;
        Some(entry.dtype.as_ref().map_or_else(Clone::clone, known))
    }

    fn shaped(&self, name: &str, shape: impl Fn(&[usize]) -> Vec<usize>) -> Result<Tensor, Error> {
        let label = format!("{}, tensor {name}", self.shown);
        let Some(entry) = self.header.entries.get(name) else {
            return Err(Error::input(format!("{label}: is not in the file")));
        };
        let unknown = |dtype: &str| {
            let rule = "is not a type of numbers that is read (use F16, BF16, F32, F64, F8, I8 to \
                        I64, U8 to U64, or BOOL for a mask)";
            Error::input(format!("{label}: dtype {dtype} {rule}"))
        };
        let dtype = entry.dtype.as_ref().map_err(|d| unknown(d))?;
        let reader = reader(*dtype).ok_or_else(|| unknown(&format!("{dtype:?}")))?;
        let bytes = self.bytes(&entry.bytes)?;
        let bits = Some(dtype.bitsize() as u32);
        Tensor::new(label, shape(&entry.shape), reader(&bytes), bits)
    }

    fn bytes(&self, range: &Range<u64>) -> Result<Vec<u8>, Error> {
        let (from, n) = (self.start + range.start, (range.end - range.start) as usize);
        match &self.place {
            Place::Memory(all) => Ok(all[from as usize..from as usize + n].to_vec()),
            Place::Disk(path) => {
                let read = || {
                    let mut file = fs::File::open(path)?;
                    file.seek(SeekFrom::Start(from))?;
                    let mut bytes = vec![0; n];
                    file.read_exact(&mut bytes)?;
                    Ok(bytes)
                };
                read().map_err(|e: io::Error| Error::path(path, "read it", &e))
            }
        }
    }
}

fn broken(shown: &str, why: &str) -> String {
    format!("{shown}: not a readable .safetensors file ({why}); save it again")
}

/// Returns what turns the bytes of a type into elements.
fn reader(dtype: Dtype) -> Option<fn(&[u8]) -> Data> {
    let reader: fn(&[u8]) -> Data = match dtype {
        Dtype::F16 => |b| reals(b, |w| f16::from_le_bytes(w).to_f64()),
        Dtype::BF16 => |b| reals(b, |w| bf16::from_le_bytes(w).to_f64()),
        Dtype::F32 => |b| reals(b, |w| f64::from(f32::from_le_bytes(w))),
        Dtype::F64 => |b| reals(b, f64::from_le_bytes),
        Dtype::F8_E4M3 => |b| narrow(b, "float8_e4m3fn"),
        Dtype::F8_E5M2 => |b| narrow(b, "float8_e5m2"),
        Dtype::F8_E8M0 => |b| narrow(b, "float8_e8m0fnu"),
        Dtype::F8_E4M3FNUZ => |b| narrow(b, "float8_e4m3fnuz"),
        Dtype::F8_E5M2FNUZ => |b| narrow(b, "float8_e5m2fnuz"),
        Dtype::I8 => |b| integers(b, |w| i64::from(i8::from_le_bytes(w))),
        Dtype::I16 => |b| integers(b, |w| i64::from(i16::from_le_bytes(w))),
        Dtype::I32 => |b| integers(b, |w| i64::from(i32::from_le_bytes(w))),
        Dtype::I64 => |b| integers(b, i64::from_le_bytes),
        Dtype::U8 => |b| integers(b, |w| i64::from(u8::from_le_bytes(w))),
        Dtype::U16 => |b| integers(b, |w| i64::from(u16::from_le_bytes(w))),
        Dtype::U32 => |b| integers(b, |w| i64::from(u32::from_le_bytes(w))),
        // Beyond 63 bits no key is as wide; as a real it is quantised like any other.
        Dtype::U64 => |b| reals(b, |w| u64::from_le_bytes(w) as f64),
        Dtype::BOOL => |b| Data::Bools(b.iter().map(|&x| x != 0).collect()),
        _ => return None,
    };
    Some(reader)
}

fn reals<const N: usize>(bytes: &[u8], convert: fn([u8; N]) -> f64) -> Data {
    Data::Reals(
        bytes
            .as_chunks::<N>()
            .0
            .iter()
            .map(|w| convert(*w))
            .collect(),
    )
}

fn integers<const N: usize>(bytes: &[u8], convert: fn([u8; N]) -> i64) -> Data {
    Data::Integers(
        bytes
            .as_chunks::<N>()
            .0
            .iter()
            .map(|w| convert(*w))
            .collect(),
    )
}

fn narrow(bytes: &[u8], name: &str) -> Data {
    let value = name
        .parse::<Narrow>()
        .map(|n| move |&b: &u8| n.value(u16::from(b)));
    // The names above are those of the list.
    Data::Reals(value.map_or_else(|_| Vec::new(), |v| bytes.iter().map(v).collect()))
}

#[cfg(test)]
mod tests {
    use super::super::Source;
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

    fn read(bytes: &[u8], tensor: Option<&str>) -> Result<Tensor, Error> {
        Source::from_bytes(bytes.to_vec(), "a.safetensors")?.chosen(tensor)
    }

    fn data(bytes: &[u8]) -> Data {
        read(bytes, None).expect("reads").data
    }

    fn said(bytes: &[u8], tensor: Option<&str>) -> String {
        read(bytes, tensor).expect_err("is refused").to_string()
    }

    #[test]
    fn every_type_of_numbers() {
        let got = [
            data(&one("F16", "[1]", &f16::from_f32(1.5).to_le_bytes())),
            data(&one("BF16", "[1]", &bf16::from_f32(1.5).to_le_bytes())),
            data(&one("F32", "[1]", &1.5_f32.to_le_bytes())),
            data(&one("F64", "[1]", &1.5_f64.to_le_bytes())),
            data(&one("F8_E4M3", "[1]", &[0x3c])),
            data(&one("F8_E5M2", "[1]", &[0x3e])),
        ];
        assert_eq!(got.as_slice(), vec![Data::Reals(vec![1.5]); 6]);
        assert_eq!(
            data(&one("F8_E8M0", "[2]", &[126, 128])),
            Data::Reals(vec![0.5, 2.0])
        );
        let got = [
            data(&one("I8", "[1]", &(-2_i8).to_le_bytes())),
            data(&one("I16", "[1]", &(-2_i16).to_le_bytes())),
            data(&one("I32", "[1]", &(-2_i32).to_le_bytes())),
            data(&one("I64", "[1]", &(-2_i64).to_le_bytes())),
        ];
        assert_eq!(got.as_slice(), vec![Data::Integers(vec![-2]); 4]);
        let got = [
            data(&one("U8", "[1]", &[2])),
            data(&one("U16", "[1]", &2_u16.to_le_bytes())),
            data(&one("U32", "[1]", &2_u32.to_le_bytes())),
        ];
        assert_eq!(got.as_slice(), vec![Data::Integers(vec![2]); 3]);
        assert_eq!(
            data(&one("U64", "[1]", &2_u64.to_le_bytes())),
            Data::Reals(vec![2.0])
        );
        assert_eq!(
            data(&one("BOOL", "[2]", &[1, 0])),
            Data::Bools(vec![true, false])
        );
        let whole = read(&one("I8", "[2,1,2]", &[1, 2, 3, 4]), None).expect("reads");
        assert_eq!(
            (whole.shape, whole.data),
            (vec![2, 1, 2], Data::Integers(vec![1, 2, 3, 4]))
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
            "a.safetensors: there is no tensor c (there are a, b)"
        );
        let got = read(&two, Some("a")).expect("reads");
        assert_eq!(
            (got.label.as_str(), got.data),
            ("a.safetensors, tensor a", Data::Integers(vec![9]))
        );
        assert_eq!(
            said(&file("{}", &[]), None),
            "a.safetensors: there is no tensor in it"
        );
    }

    #[test]
    fn a_newer_type_is_named_and_the_other_tensors_are_read() {
        let header = r#"{"__metadata__":{"made":"by hand"},
            "new":{"dtype":"F3_E1M1","shape":[5],"data_offsets":[0,2]},
            "old":{"dtype":"U8","shape":[1],"data_offsets":[2,3]}}"#;
        let bytes = file(header, &[0, 0, 7]);
        assert_eq!(
            read(&bytes, Some("old")).expect("reads").data,
            Data::Integers(vec![7])
        );
        let refused = "is not a type of numbers that is read (use F16, BF16, F32, F64, F8, I8 to \
                       I64, U8 to U64, or BOOL for a mask)";
        assert_eq!(
            said(&bytes, Some("new")),
            format!("a.safetensors, tensor new: dtype F3_E1M1 {refused}")
        );
        assert_eq!(
            said(&one("F4", "[2]", &[1]), None),
            format!("a.safetensors, tensor t: dtype F4 {refused}")
        );
        let source = Source::from_bytes(bytes, "a").expect("opens");
        assert_eq!(source.metadata("made"), Some("by hand"));
    }

    #[test]
    fn what_is_not_a_tensor_of_numbers() {
        assert_eq!(
            said(&one("F32", "[3,0]", &[]), None),
            "a.safetensors, tensor t: shape [3, 0]: there is no number in it (store at least one)"
        );
        assert_eq!(
            said(&one("U8", "[]", &[1]), None),
            "a.safetensors, tensor t: shape []: a single number is no row \
             (store a row of numbers)"
        );
        assert_eq!(
            said(&one("F32", "[3]", &[0; 8]), None),
            "a.safetensors: not a readable .safetensors file (tensor t: F32 [3] does not fit the \
             bytes 0 to 8); save it again"
        );
        let whole = one("F32", "[2]", &[0; 8]);
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("a.safetensors");
        for n in 0..whole.len() {
            let text = said(&whole[..n], None);
            let refused = "a.safetensors: not a readable .safetensors file (";
            assert!(text.starts_with(refused), "{text}");
            fs::write(&path, &whole[..n]).expect("writes");
            let on_disk = File::open(&path).expect_err("is refused").to_string();
            assert!(on_disk.contains(refused), "{on_disk}");
        }
        for at in 0..whole.len() {
            for value in [0, 0x22, 0x39, 0xff] {
                let mut bytes = whole.clone();
                bytes[at] = value;
                let _ = read(&bytes, None);
            }
        }
    }

    #[test]
    fn a_file_on_disk_is_read_like_one_in_memory() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("a.safetensors");
        fs::write(&path, one("I8", "[2]", &[1, 255])).expect("writes");
        let source = Source::open(&path, None).expect("opens");
        assert_eq!(source.names(), ["t"]);
        assert_eq!(
            source.tensor("t").expect("reads").data,
            Data::Integers(vec![1, -1])
        );
    }
}
