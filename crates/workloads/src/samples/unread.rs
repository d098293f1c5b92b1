// SPDX-License-Identifier: MIT OR Apache-2.0
//! Tensors of a file that nothing was read from: a mask of another name, a bias that was forgotten.

use crate::tensors::Source;

/// Names that a warning shows.
const SHOWN: usize = 6;

/// Returns the tensors beside those that were `read`: whose names begin with one of `folders`. The rest
/// of a checkpoint is no news.
pub(super) fn beside(source: &Source, read: &[String], folders: &[&str]) -> Vec<String> {
    let mut read: Vec<&str> = read.iter().map(String::as_str).collect();
    read.sort_unstable();
    let is_near = |name: &&str| folders.iter().any(|f| name.starts_with(f));
    let is_read = |name: &&str| read.binary_search(name).is_ok();
    let all = source.names().into_iter();
    let unread = all.filter(|n| is_near(n) && !is_read(n));
    unread.map(str::to_owned).collect()
}

/// Says which tensors were not read.
pub(super) fn warning(source: &Source, not_read: &[String]) -> String {
    let shown = source.shown();
    let first = not_read[..not_read.len().min(SHOWN)].join(", ");
    let names = match not_read.len() {
        1 => format!("tensor {first} is not read"),
        n if n <= SHOWN => format!("{n} tensors are not read: {first}"),
        n => format!("{n} tensors are not read, such as {first}"),
    };
    format!("{shown}: {names} (name a bias with --bias, a mask with --mask)")
}
