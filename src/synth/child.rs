// SPDX-License-Identifier: MIT OR Apache-2.0
//! Runs a tool to its end and says what happened if it failed.

use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use crate::error::Error;
use crate::simulation;

/// Lines of a failed tool's output that a message quotes.
const TAIL_LINES: usize = 12;

/// How often a tool with a time limit is looked at.
const LOOK: Duration = Duration::from_millis(20);

/// Runs `command` in `dir`, its output in `dir/log`, and returns that output.
pub(crate) fn run(command: &mut Command, dir: &Path, log: &str) -> Result<String, Error> {
    let (status, name) = start(command, dir, log)?.wait(None)?;
    let status = status.expect("there is no limit");
    judge(dir, log, status, &name)
}

/// Does the same, but ends the tool after `limit`; then there is no output.
pub(crate) fn run_within(
    command: &mut Command,
    dir: &Path,
    log: &str,
    limit: Duration,
) -> Result<Option<String>, Error> {
    match start(command, dir, log)?.wait(Some(limit))? {
        (Some(status), name) => judge(dir, log, status, &name).map(Some),
        (None, _) => Ok(None),
    }
}

/// A tool that runs.
struct Running {
    child: Child,
    name: String,
}

fn start(command: &mut Command, dir: &Path, log: &str) -> Result<Running, Error> {
    let path = dir.join(log);
    let file = File::create(&path).map_err(|e| Error::path(&path, "write", &e))?;
    let twin = file
        .try_clone()
        .map_err(|e| Error::path(&path, "write", &e))?;
    let name = Path::new(command.get_program())
        .file_name()
        .unwrap_or_default();
    let name = name.to_string_lossy().into_owned();
    let child = command
        .current_dir(dir)
        // What a tool leaves behind when it dies goes away with the folder.
        .env("TMPDIR", dir)
        .stdin(Stdio::null())
        .stdout(file)
        .stderr(twin)
        .spawn();
    let child = child
        .map_err(|e| Error::input(format!("{name}: cannot be run ({e}); try hwgen doctor")))?;
    Ok(Running { child, name })
}

impl Running {
    /// Waits for the end; there is no status if the tool had to be ended.
    fn wait(mut self, limit: Option<Duration>) -> Result<(Option<ExitStatus>, String), Error> {
        let lost = |name: &str, e: io::Error| Error::Tool(format!("{name}: lost ({e})"));
        let Some(limit) = limit else {
            let status = self.child.wait().map_err(|e| lost(&self.name, e))?;
            return Ok((Some(status), self.name));
        };
        let started = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().map_err(|e| lost(&self.name, e))? {
                return Ok((Some(status), self.name));
            }
            let stop = simulation::stopped();
            if stop.is_err() || started.elapsed() > limit {
                // It may have ended by itself meanwhile.
                let _ = self.child.kill();
                let _ = self.child.wait();
                return stop.map(|()| (None, self.name));
            }
            std::thread::sleep(LOOK);
        }
    }
}

fn judge(dir: &Path, log: &str, status: ExitStatus, name: &str) -> Result<String, Error> {
    simulation::stopped()?;
    let said = fs::read(dir.join(log)).unwrap_or_default();
    let said = String::from_utf8_lossy(&said).into_owned();
    if status.success() {
        return Ok(said);
    }
    Err(blame(dir, &format!("{name} failed ({status})"), &said))
}

/// Builds the error of a tool that failed: a full disk is the user's to mend, and tools rarely say
/// that it was that.
pub(crate) fn blame(dir: &Path, what: &str, said: &str) -> Error {
    if let Err(full) = probe(dir) {
        return Error::path(dir, "use", &full);
    }
    let tail = tail(said);
    let colon = if tail.is_empty() { "" } else { ":\n" };
    Error::Tool(format!("{what}{colon}{tail}"))
}

fn probe(dir: &Path) -> io::Result<()> {
    let path = dir.join("probe");
    let wrote = fs::write(&path, vec![0x5a; 65536]);
    let _ = fs::remove_file(&path);
    wrote
}

/// Returns what a tool calls an error, or else its last words.
fn tail(text: &str) -> String {
    let lines: Vec<&str> = text.lines().filter(|l| !l.trim().is_empty()).collect();
    let errors = lines.iter().filter(|l| l.contains("ERROR:")).copied();
    let errors: Vec<&str> = errors.collect();
    let lines = if errors.is_empty() { lines } else { errors };
    lines[lines.len().saturating_sub(TAIL_LINES)..].join("\n")
}
