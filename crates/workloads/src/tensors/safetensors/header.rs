// SPDX-License-Identifier: MIT OR Apache-2.0
//! The header of a `.safetensors` file: which tensors it holds, and where.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use safetensors::Dtype;
use safetensors::tensor::{Metadata, TensorInfo};
use serde_json::{Map, Value};

/// What a header says.
#[derive(Debug)]
pub(super) struct Header {
    /// Tensors by name.
    pub(super) entries: BTreeMap<String, Entry>,
    pub(super) metadata: HashMap<String, String>,
}

/// What the header says of a tensor.
#[derive(Debug)]
pub(super) struct Entry {
    /// Its type, or the name of one that the crate does not know.
    pub(super) dtype: Result<Dtype, String>,
    /// Sizes of its dimensions.
    pub(super) shape: Vec<usize>,
    /// Its bytes, counted from the start of the data.
    pub(super) bytes: Range<u64>,
}

impl Header {
    /// Reads a header whose data have `len` bytes; the error says what is wrong with it.
    pub(super) fn parse(header: &[u8], len: u64) -> Result<Self, String> {
        let json = |e: serde_json::Error| format!("its header: {e}");
        let mut all: Map<String, Value> = serde_json::from_slice(header).map_err(json)?;
        let mut strange = HashMap::new();
        for (name, entry) in all.iter_mut().filter(|(name, _)| *name != "__metadata__") {
            let Some(entry) = entry.as_object_mut() else {
                return Err(format!("its header: tensor {name} is no object"));
            };
            let Some(dtype) = entry
                .get("dtype")
                .and_then(Value::as_str)
                .map(str::to_owned)
            else {
                return Err(format!("its header: tensor {name} has no dtype"));
            };
            if serde_json::from_value::<Dtype>(Value::from(dtype.as_str())).is_ok() {
                continue;
            }
            // As many bytes as it has, for the crate to judge the rest of the header with.
            let end = |i: usize| entry.get("data_offsets").and_then(|o| o[i].as_u64());
            let size = end(0).zip(end(1)).and_then(|(a, b)| b.checked_sub(a));
            let shape = entry.get("shape").cloned();
            let shape: Vec<usize> = shape
                .and_then(|s| serde_json::from_value(s).ok())
                .ok_or_else(|| format!("its header: tensor {name} has no shape"))?;
            strange.insert(name.clone(), (dtype, shape));
            entry.insert("dtype".to_owned(), Value::from("U8"));
            entry.insert("shape".to_owned(), Value::from(vec![size.unwrap_or(0)]));
        }
        // The crate does not name the tensor whose size is wrong.
        for (name, entry) in all.iter().filter(|(name, _)| *name != "__metadata__") {
            let info: TensorInfo = serde_json::from_value(entry.clone())
                .map_err(|e| format!("its header: tensor {name}: {e}"))?;
            let size = (info.shape.iter())
                .try_fold(info.dtype.bitsize(), |a, &d| a.checked_mul(d))
                .map(|bits| bits.div_ceil(8));
            let (from, to) = info.data_offsets;
            if to.checked_sub(from) != size {
                let (dtype, shape) = (info.dtype, info.shape);
                return Err(format!(
                    "tensor {name}: {dtype:?} {shape:?} does not fit the bytes {from} to {to}"
                ));
            }
        }
        let metadata: Metadata = serde_json::from_value(Value::Object(all)).map_err(json)?;
        if metadata.data_len() as u64 != len {
            let wanted = metadata.data_len();
            return Err(format!("its data have {len} bytes, not {wanted}"));
        }
        let entry = |(name, info): (String, &TensorInfo)| {
            let (dtype, shape) = match strange.remove(&name) {
                Some((dtype, shape)) => (Err(dtype), shape),
                None => (Ok(info.dtype), info.shape.clone()),
            };
            let bytes = info.data_offsets.0 as u64..info.data_offsets.1 as u64;
            let entry = Entry {
                dtype,
                shape,
                bytes,
            };
            (name, entry)
        };
        let entries = metadata.tensors().into_iter().map(entry).collect();
        Ok(Self {
            entries,
            metadata: metadata.metadata().clone().unwrap_or_default(),
        })
    }
}
