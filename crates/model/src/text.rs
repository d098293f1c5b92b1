// SPDX-License-Identifier: MIT OR Apache-2.0
//! Text to tokens and back.

use std::path::Path;

use hwgen_console::error::Error;
use tokenizers::Tokenizer;

use crate::shape::Shape;

/// The tokeniser of a checkpoint.
#[derive(Debug)]
pub struct Text {
    tokenizer: Tokenizer,
    shown: String,
}

impl Text {
    /// Reads `tokenizer.json` of a checkpoint's folder; its tokens must be those of the model.
    pub fn open(folder: &Path, shape: &Shape) -> Result<Self, Error> {
        let path = folder.join("tokenizer.json");
        let shown = path.display().to_string();
        let bytes = std::fs::read(&path).map_err(|e| Error::path(&path, "read it", &e))?;
        let mut tokenizer = Tokenizer::from_bytes(&bytes)
            .map_err(|e| Error::input(format!("{shown}: not a tokeniser: {e}")))?;
        let there = tokenizer.get_vocab(true);
        if let Some((word, last)) = there.iter().max_by_key(|(_, id)| **id)
            && *last as usize >= shape.vocabulary
        {
            let n = shape.vocabulary;
            let rule = format!("token {last} is {word:?}, but config.json has vocab_size {n}");
            return Err(Error::input(format!(
                "{shown}: {rule} (take both of one checkpoint)"
            )));
        }
        // A checkpoint of sentences pads and cuts to the length that it was trained with: a row of
        // padding would count in the mean, and a text that is cut short would be a wrong result.
        tokenizer.with_padding(None);
        tokenizer
            .with_truncation(None)
            .map_err(|e| Error::input(format!("{shown}: {e}")))?;
        Ok(Self { tokenizer, shown })
    }

    /// Returns the tokens of a text, with those that the model wants at its ends.
    pub fn tokens(&self, text: &str) -> Result<Vec<u32>, Error> {
        let encoding = self.tokenizer.encode(text, true);
        let encoding = encoding.map_err(|e| Error::input(format!("{}: {e}", self.shown)))?;
        Ok(encoding.get_ids().to_vec())
    }

    /// Returns the text of tokens.
    pub fn text(&self, tokens: &[u32]) -> Result<String, Error> {
        let text = self.tokenizer.decode(tokens, true);
        text.map_err(|e| Error::input(format!("{}: {e}", self.shown)))
    }
}
