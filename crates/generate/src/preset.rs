// SPDX-License-Identifier: MIT OR Apache-2.0
//! Named configurations that ship with the program.

use hwgen_golden::Design;

use crate::config::Draft;
use hwgen_console::error::Error;

/// A named configuration; its first line is a comment that says what it is for.
pub struct Preset {
    /// Name, as `--preset` takes it.
    pub name: &'static str,
    /// The TOML text.
    pub text: &'static str,
}

/// Every preset, in the order of documentation.
pub const PRESETS: &[Preset] = &[
    Preset {
        name: "default",
        text: include_str!("presets/default.toml"),
    },
    Preset {
        name: "tiny",
        text: include_str!("presets/tiny.toml"),
    },
    Preset {
        name: "wide",
        text: include_str!("presets/wide.toml"),
    },
    Preset {
        name: "spatten",
        text: include_str!("presets/spatten.toml"),
    },
];

impl Preset {
    /// Finds a preset by name.
    pub fn find(name: &str) -> Result<&'static Self, Error> {
        PRESETS.iter().find(|p| p.name == name).ok_or_else(|| {
            let names: Vec<&str> = PRESETS.iter().map(|p| p.name).collect();
            let there = names.join(", ");
            Error::input(format!(
                "--preset {name}: no such preset (there are {there})"
            ))
        })
    }

    /// Returns what the preset is for, in a line.
    pub fn about(&self) -> &'static str {
        self.text
            .lines()
            .next()
            .unwrap_or("")
            .trim_start_matches("# ")
    }

    /// Puts the values of the preset into `draft`.
    pub fn apply(&self, draft: &mut Draft) {
        draft.read_toml(self.text, self.name);
        draft.name_preset(self.name);
    }

    /// Returns the preset as a design.
    pub fn design(&self) -> Result<Design, Error> {
        let mut draft = Draft::default();
        self.apply(&mut draft);
        draft.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_preset_is_legal_and_says_what_it_is() {
        for preset in PRESETS {
            let design = preset.design().expect(preset.name);
            assert_eq!(design.params().name, preset.name);
            assert!(preset.about().ends_with('.'), "{}", preset.name);
        }
    }
}
