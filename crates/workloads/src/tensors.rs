// SPDX-License-Identifier: MIT OR Apache-2.0
//! Tensors from the files that people have: `.safetensors`, whole or in shards, `.npy` and `.csv`.
//!
//! A file is opened once and read a tensor at a time, so that a checkpoint need not fit the memory.
//! What a tensor means (scores, weights, queries) is for those who ask for it.

mod csv;
mod narrow;
mod nearest;
mod npy;
mod safetensors;
mod shards;
mod tensor;

use std::path::Path;

use hwgen_console::error::Error;
pub use narrow::Narrow;
pub use nearest::nearest;
pub use tensor::{Data, Tensor};

/// A file of tensors that is open.
#[derive(Debug)]
pub struct Source {
    /// What messages call it.
    shown: String,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    /// A file that is one tensor without a name.
    Lone(Tensor),
    File(safetensors::File),
    Shards(shards::Shards),
}

impl Source {
    /// Opens a file, or the folder of a checkpoint.
    ///
    /// `dtype` says what the bytes of a `.npy` file are whose own type does not tell.
    pub fn open(path: &Path, dtype: Option<Narrow>) -> Result<Self, Error> {
        let shown = path.display().to_string();
        if path.is_dir() {
            return Self::folder(path, dtype);
        }
        let extension = path.extension().and_then(|e| e.to_str()).unwrap_or("");
        let name = path.file_name().and_then(|n| n.to_str()).unwrap_or("");
        if let (Some(dtype), true) = (dtype, extension != "npy") {
            let rule = "only a .npy file does not say its type itself (leave --dtype out)";
            return Err(Error::input(format!("{shown}: --dtype {dtype}: {rule}")));
        }
        let read = || std::fs::read(path).map_err(|e| Error::path(path, "read it", &e));
        let kind = match extension {
            "csv" | "tsv" | "txt" => Kind::Lone(csv::read(&read()?, shown.clone())?),
            "npy" => Kind::Lone(npy::read(&read()?, shown.clone(), dtype)?),
            "safetensors" => Kind::File(safetensors::File::open(path)?),
            "json" if name.ends_with(".index.json") => Kind::Shards(shards::Shards::open(path)?),
            other => {
                let rule = "is not a format of numbers (one of .csv, .npy, .safetensors, or the \
                            .safetensors.index.json of a checkpoint in shards)";
                return Err(Error::input(format!("{shown}: {other:?} {rule}")));
            }
        };
        Ok(Self { shown, kind })
    }

    /// Opens the checkpoint of a folder, by the names that `save_pretrained` gives.
    fn folder(path: &Path, dtype: Option<Narrow>) -> Result<Self, Error> {
        let names = ["model.safetensors.index.json", "model.safetensors"];
        let there = names.map(|n| path.join(n)).into_iter();
        match there.filter(|p| p.is_file()).collect::<Vec<_>>().as_slice() {
            [] => {
                let [index, one] = names;
                let rule = format!("a folder without {one} and {index} (name a file)");
                Err(Error::input(format!("{}: {rule}", path.display())))
            }
            [first, ..] => Self::open(first, dtype),
        }
    }

    /// Takes over a `.safetensors` file in memory.
    pub fn from_bytes(bytes: Vec<u8>, shown: &str) -> Result<Self, Error> {
        let file = safetensors::File::new(bytes, shown.to_owned())?;
        Ok(Self {
            shown: shown.to_owned(),
            kind: Kind::File(file),
        })
    }

    /// Returns what messages call the file.
    pub fn shown(&self) -> &str {
        &self.shown
    }

    /// Returns the names of the tensors, sorted; a file of one nameless tensor has none.
    pub fn names(&self) -> Vec<&str> {
        match &self.kind {
            Kind::Lone(_) => Vec::new(),
            Kind::File(file) => file.names(),
            Kind::Shards(shards) => shards.names(),
        }
    }

    /// Tells whether there is a tensor of this name.
    pub fn has(&self, name: &str) -> bool {
        self.names().binary_search(&name).is_ok()
    }

    /// Returns an entry of the file's metadata.
    pub fn metadata(&self, key: &str) -> Option<&str> {
        match &self.kind {
            Kind::File(file) => file.metadata(key),
            Kind::Lone(_) | Kind::Shards(_) => None,
        }
    }

    /// Reads a tensor by its name.
    pub fn tensor(&self, name: &str) -> Result<Tensor, Error> {
        if let Kind::Lone(_) = &self.kind {
            let rule = "only a .safetensors file has named tensors (leave the name out)";
            return Err(Error::input(format!(
                "{}: tensor {name}: {rule}",
                self.shown
            )));
        }
        let names = self.names();
        if names.binary_search(&name).is_err() {
            let mut rule = nearest(&names, name);
            if let Kind::File(file) = &self.kind
                && let Some(shard) = shards::beside(file.path(), name)
            {
                rule = format!("its checkpoint has it in {shard}: name the index");
            }
            let shown = &self.shown;
            return Err(Error::input(format!(
                "{shown}: there is no tensor {name} ({rule})"
            )));
        }
        match &self.kind {
            Kind::Lone(tensor) => Ok(tensor.clone()),
            Kind::File(file) => file.tensor(name),
            Kind::Shards(shards) => shards.tensor(name),
        }
    }

    /// Reads a tensor that stands beside another, such as its scale: a single number is a row of one.
    pub fn beside(&self, name: &str) -> Result<Tensor, Error> {
        match &self.kind {
            Kind::Lone(_) => self.tensor(name),
            Kind::File(file) => file.row(name),
            Kind::Shards(shards) => shards.row(name),
        }
    }

    /// Returns the type of a tensor as a `.safetensors` file calls it: `F8_E4M3`.
    pub fn dtype(&self, name: &str) -> Option<String> {
        match &self.kind {
            Kind::Lone(_) => None,
            Kind::File(file) => file.dtype(name),
            Kind::Shards(shards) => shards.dtype(name),
        }
    }

    /// Reads the tensor that `--tensor` names, or the only one.
    pub fn chosen(&self, name: Option<&str>) -> Result<Tensor, Error> {
        let shown = &self.shown;
        match (&self.kind, name) {
            (Kind::Lone(tensor), None) => Ok(tensor.clone()),
            (Kind::Lone(_), Some(name)) => {
                let rule = "only a .safetensors file has named tensors (leave --tensor out)";
                Err(Error::input(format!("{shown}: --tensor {name}: {rule}")))
            }
            (_, Some(name)) => self.tensor(name),
            (_, None) => match self.names().as_slice() {
                [] => Err(Error::input(format!("{shown}: there is no tensor in it"))),
                [only] => self.tensor(only),
                several => {
                    let rule = "holds several tensors; name one with --tensor";
                    let there = nearest::some(several);
                    Err(Error::input(format!("{shown}: {rule} ({there})")))
                }
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_hold_no_tensors() {
        let dir = tempfile::tempdir().expect("a folder");
        let said = |name: &str, tensor, dtype: Option<&str>| {
            let path = dir.path().join(name);
            std::fs::write(&path, "1,2").expect("writes");
            let dtype = dtype.map(|d| d.parse().expect("is one"));
            let read = Source::open(&path, dtype).and_then(|s| s.chosen(tensor));
            let e = read.expect_err("is refused");
            e.to_string()
                .replace(&format!("{}/", dir.path().display()), "")
        };
        assert_eq!(
            said("a.pt", None, None),
            "a.pt: \"pt\" is not a format of numbers (one of .csv, .npy, .safetensors, or the \
             .safetensors.index.json of a checkpoint in shards)"
        );
        assert_eq!(
            said("a.csv", Some("q"), None),
            "a.csv: --tensor q: only a .safetensors file has named tensors (leave --tensor out)"
        );
        assert_eq!(
            said("a.csv", None, Some("bfloat16")),
            "a.csv: --dtype bfloat16: only a .npy file does not say its type itself (leave --dtype \
             out)"
        );
        let e = Source::open(&dir.path().join("no.csv"), None).expect_err("is refused");
        let e = e.to_string();
        assert!(
            e.ends_with("no.csv: cannot read it: no such file or folder"),
            "{e}"
        );
        std::fs::create_dir(dir.path().join("empty")).expect("makes");
        let e = Source::open(&dir.path().join("empty"), None).expect_err("is refused");
        let e = e.to_string();
        let rule = "empty: a folder without model.safetensors and model.safetensors.index.json \
                    (name a file)";
        assert!(e.ends_with(rule), "{e}");
    }
}
