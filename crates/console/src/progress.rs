// SPDX-License-Identifier: MIT OR Apache-2.0
//! The bar of long work on a terminal.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// What a bar shows that counts, with a word on what goes on.
pub const COUNTED: &str = "{prefix} {msg} {wide_bar} {pos}/{len} {eta}";

/// Shows `bar` by `template`, called by `prefix`, and keeps its clock going.
pub fn shown(bar: ProgressBar, template: &str, prefix: String) -> ProgressBar {
    // A template that cannot be read would only be plainer.
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar.set_prefix(prefix);
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}
