// SPDX-License-Identifier: MIT OR Apache-2.0
//! Runs a tool of the harness to its end, and quotes it where it fails.

use std::path::PathBuf;
use std::process::{Command, Output};

use hwgen_bundle::error::VerifyError;
use hwgen_console::child::last_words;

/// Lines of a failed tool's output that a message quotes.
const TAIL_LINES: usize = 20;

/// Runs `command` to its end and returns its output, or quotes it in an error.
pub fn run(command: &mut Command) -> Result<Output, VerifyError> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command.output().map_err(|source| {
        if source.kind() == std::io::ErrorKind::NotFound {
            VerifyError::ToolMissing {
                tool: program.clone(),
                remedy: "scripts/bootstrap installs what is needed".into(),
            }
        } else {
            VerifyError::Io {
                path: PathBuf::from(&program),
                source,
            }
        }
    })?;
    if output.status.success() {
        return Ok(output);
    }
    let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.push_str(&String::from_utf8_lossy(&output.stderr));
    Err(VerifyError::ToolFailed {
        command: spell(command),
        status: output.status.to_string(),
        tail: last_words(&text, TAIL_LINES),
    })
}

/// Spells a command as a shell would take it, for messages only.
fn spell(command: &Command) -> String {
    std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(|word| word.to_string_lossy())
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failing_tool_is_quoted() {
        let error = run(Command::new("sh").args(["-c", "echo one; echo two >&2; exit 3"]));
        let said = error.expect_err("the tool failed").to_string();
        assert_eq!(
            said,
            "`sh -c echo one; echo two >&2; exit 3` failed (exit status: 3):\none\ntwo"
        );
    }

    #[test]
    fn a_missing_tool_is_named() {
        let said = run(&mut Command::new("hwgen-no-such-tool"))
            .expect_err("there is no such tool")
            .to_string();
        assert_eq!(
            said,
            "hwgen-no-such-tool not found; scripts/bootstrap installs what is needed"
        );
    }
}
