// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is wrong with a file, gathered to be told at once.

use hwgen_console::error::Error;

/// What is wrong with a file, gathered to be told at once.
#[derive(Debug, Default)]
pub(super) struct Wrong(Vec<String>);

impl Wrong {
    /// Keeps what went wrong.
    pub(super) fn note<T>(&mut self, result: Result<T, Error>) -> Option<T> {
        match result {
            Ok(value) => return Some(value),
            Err(Error::Input(all)) => self.0.extend(all),
            Err(other) => self.0.push(other.to_string()),
        }
        None
    }

    /// Returns the error, if there is one.
    pub(super) fn end(mut self) -> Result<(), Error> {
        let mut told = Vec::new();
        self.0.retain(|line| {
            let new = !told.contains(line);
            told.push(line.clone());
            new
        });
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(Error::Input(self.0))
        }
    }
}
