// SPDX-License-Identifier: MIT OR Apache-2.0
//! Checkpoints in shards: an index, `model.safetensors.index.json`, that says which file beside it
//! has which tensor (HuggingFace Transformers, `save_pretrained`).

use std::collections::BTreeMap;
use std::fs;
use std::path::{Component, Path, PathBuf};

use serde::Deserialize;

use super::nearest::nearest;
use super::safetensors::File;
use super::tensor::Tensor;
use hwgen_console::error::Error;

/// An index that was read. Its files are opened when a tensor of theirs is asked for.
#[derive(Debug)]
pub(super) struct Shards {
    shown: String,
    folder: PathBuf,
    /// The file of each tensor.
    files: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct Index {
    weight_map: BTreeMap<String, String>,
}

impl Shards {
    /// Reads an index.
    pub(super) fn open(path: &Path) -> Result<Self, Error> {
        let shown = path.display().to_string();
        let text = fs::read(path).map_err(|e| Error::path(path, "read it", &e))?;
        let index: Index = serde_json::from_slice(&text).map_err(|e| {
            let rule = "not the index of a checkpoint in shards";
            Error::input(format!("{shown}: {rule} ({e}); save it again"))
        })?;
        for (tensor, file) in &index.weight_map {
            let mut parts = Path::new(file).components();
            let plain = matches!(
                (parts.next(), parts.next()),
                (Some(Component::Normal(_)), None)
            );
            if !plain {
                let rule = "must be the name of a file beside the index";
                let what = format!("{shown}: weight_map, tensor {tensor}: {file:?} {rule}");
                return Err(Error::input(what));
            }
        }
        let folder = path.parent().unwrap_or(Path::new("")).to_path_buf();
        Ok(Self {
            shown,
            folder,
            files: index.weight_map,
        })
    }

    pub(super) fn names(&self) -> Vec<&str> {
        self.files.keys().map(String::as_str).collect()
    }

    /// Reads a tensor that the index has.
    pub(super) fn tensor(&self, name: &str) -> Result<Tensor, Error> {
        self.shard(name)?.tensor(name)
    }

    /// Reads a tensor that the index has; a single number is a row of one.
    pub(super) fn row(&self, name: &str) -> Result<Tensor, Error> {
        self.shard(name)?.row(name)
    }

    /// Returns the type of a tensor as its shard calls it.
    pub(super) fn dtype(&self, name: &str) -> Option<String> {
        self.shard(name).ok()?.dtype(name)
    }

    /// Opens the file that has a tensor.
    fn shard(&self, name: &str) -> Result<File, Error> {
        let shown = &self.shown;
        let Some(shard) = self.files.get(name) else {
            return Err(Error::input(format!("{shown}: there is no tensor {name}")));
        };
        let path = self.folder.join(shard);
        if !path.is_file() {
            let rule = "is in a shard that is not there";
            let what = format!("{shown}: tensor {name} {rule}: {shard} (put it beside the index)");
            return Err(Error::input(what));
        }
        let file = File::open(&path)?;
        let names = file.names();
        if names.binary_search(&name).is_err() {
            let (shard, near) = (path.display(), nearest(&names, name));
            let rule = format!("though {shown} says so");
            return Err(Error::input(format!(
                "{shard}: there is no tensor {name}, {rule} ({near})"
            )));
        }
        Ok(file)
    }
}

/// Returns the other shard that has the tensor, where `shard` is one of a checkpoint whose index
/// lies beside it.
pub(super) fn beside(shard: Option<&Path>, tensor: &str) -> Option<String> {
    let folder = shard?.parent()?;
    let indices = fs::read_dir(folder)
        .ok()?
        .filter_map(|e| Some(e.ok()?.path()));
    let mut indices = indices.filter(|p| p.to_string_lossy().ends_with(".index.json"));
    indices.find_map(|index| Shards::open(&index).ok()?.files.remove(tensor))
}

#[cfg(test)]
mod tests {
    use super::super::{Data, Source};
    use safetensors::tensor::{Dtype, TensorView, serialize};

    /// Writes the two shards `a` and `b`, each with a tensor of its name, and the index `index`.
    fn checkpoint(index: &str) -> tempfile::TempDir {
        let dir = tempfile::tempdir().expect("a folder");
        for (name, value) in [("a", 1), ("b", 2)] {
            let data = [value];
            let view = TensorView::new(Dtype::U8, vec![1], &data).expect("fits");
            let bytes = serialize([(name, view)], None).expect("writes");
            std::fs::write(dir.path().join(format!("{name}.safetensors")), bytes).expect("writes");
        }
        let path = dir.path().join("model.safetensors.index.json");
        std::fs::write(path, index).expect("writes");
        dir
    }

    const GOOD: &str = r#"{"metadata": {"total_size": 2}, "weight_map":
        {"a": "a.safetensors", "b": "b.safetensors", "c": "c.safetensors", "d": "a.safetensors"}}"#;

    fn said(index: &str, name: &str, tensor: &str) -> String {
        let dir = checkpoint(index);
        let source = Source::open(&dir.path().join(name), None);
        let e = source
            .and_then(|s| s.tensor(tensor))
            .expect_err("is refused");
        e.to_string()
            .replace(&format!("{}/", dir.path().display()), "")
    }

    #[test]
    fn tensors_of_all_shards_by_index_and_by_folder() {
        let dir = checkpoint(GOOD);
        for path in [
            dir.path().join("model.safetensors.index.json"),
            dir.path().to_path_buf(),
        ] {
            let source = Source::open(&path, None).expect("opens");
            assert_eq!(source.names(), ["a", "b", "c", "d"]);
            let b = source.tensor("b").expect("reads");
            assert_eq!(b.data, Data::Integers(vec![2]));
            assert!(b.label.ends_with("b.safetensors, tensor b"), "{}", b.label);
        }
    }

    #[test]
    fn what_is_wrong_with_a_checkpoint() {
        let index = "model.safetensors.index.json";
        assert_eq!(
            said(GOOD, index, "e"),
            format!("{index}: there is no tensor e (there are a, b, c, d)")
        );
        assert_eq!(
            said(GOOD, index, "c"),
            format!(
                "{index}: tensor c is in a shard that is not there: c.safetensors (put it beside \
                 the index)"
            )
        );
        assert_eq!(
            said(GOOD, index, "d"),
            format!("a.safetensors: there is no tensor d, though {index} says so (there are a)")
        );
        assert_eq!(
            said(GOOD, "a.safetensors", "b"),
            "a.safetensors: there is no tensor b (its checkpoint has it in b.safetensors: name the \
             index)"
        );
        let outside = r#"{"weight_map": {"a": "../a.safetensors"}}"#;
        assert_eq!(
            said(outside, index, "a"),
            format!(
                "{index}: weight_map, tensor a: \"../a.safetensors\" must be the name of a file \
                 beside the index"
            )
        );
        let none = said("{}", index, "a");
        let refused = format!("{index}: not the index of a checkpoint in shards (missing field");
        assert!(none.starts_with(&refused), "{none}");
    }
}
