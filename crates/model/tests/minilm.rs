// SPDX-License-Identifier: MIT OR Apache-2.0
//! A real checkpoint, as `scripts/fetch_model` brings it.

mod fetched;

use approx::assert_abs_diff_eq;
use fetched::checkpoint;
use hwgen_model::{Shape, Text, float, open};

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
    let eating = embed("A man is eating food.");
    for (sentence, cosine) in [
        ("A man is eating a piece of bread.", 0.755),
        ("A man is eating pasta.", 0.704),
        ("A man is riding a horse.", 0.247),
        ("The girl is carrying a baby.", -0.105),
    ] {
        let other = embed(sentence);
        let product: f32 = eating.iter().zip(&other).map(|(a, b)| a * b).sum();
        assert_abs_diff_eq!(product, cosine, epsilon = 6e-4);
    }
}

#[test]
fn text_comes_back_from_its_tokens() {
    let Some(folder) = checkpoint() else { return };
    let model = open(&folder).expect("a checkpoint");
    let text = Text::open(&folder, &model.shape).expect("a tokeniser");
    let tokens = text.tokens("The quick brown fox.").expect("tokens");
    // [CLS], the words, the full stop, [SEP]: no padding to the 128 that the file asks for.
    assert_eq!(tokens, [101, 1996, 4248, 2829, 4419, 1012, 102]);
    assert_eq!(text.text(&tokens).expect("text"), "the quick brown fox.");
    let small = Shape {
        vocabulary: 30_000,
        ..model.shape
    };
    let said = Text::open(&folder, &small)
        .expect_err("is refused")
        .to_string();
    assert!(
        said.contains("config.json has vocab_size 30000 (take both of one checkpoint)"),
        "{said}"
    );
}
