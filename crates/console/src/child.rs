// SPDX-License-Identifier: MIT OR Apache-2.0
//! Runs a tool to its end and says what happened if it failed.

use std::fs::{self, File};
use std::io;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

use crate::error::Error;
use crate::stop;

/// Lines of a failed tool's output that a message quotes.
const TAIL_LINES: usize = 12;
/// How often a tool that runs is looked after.
const LOOK: Duration = Duration::from_millis(20);

/// Runs `command` in `dir`, its output in `dir/log`, and returns that output.
pub fn run(command: &mut Command, dir: &Path, log: &str) -> Result<String, Error> {
    let (status, said) = call(command, dir, log)?;
    judge(command, dir, status, said)
}

/// Does the same, but ends the tool after `limit`; then there is no output.
pub fn run_within(
    command: &mut Command,
    dir: &Path,
    log: &str,
    limit: Duration,
) -> Result<Option<String>, Error> {
    match call_within(command, dir, log, Some(limit))? {
        (Some(status), said) => judge(command, dir, status, said).map(Some),
        (None, _) => Ok(None),
    }
}

/// Does the same without limit, and leaves it to the caller what an exit code means.
pub fn call(command: &mut Command, dir: &Path, log: &str) -> Result<(ExitStatus, String), Error> {
    let (status, said) = call_within(command, dir, log, None)?;
    Ok((status.expect("there is no limit"), said))
}

/// Runs `command`; there is no status if it had to be ended because of `limit`.
fn call_within(
    command: &mut Command,
    dir: &Path,
    log: &str,
    limit: Option<Duration>,
) -> Result<(Option<ExitStatus>, String), Error> {
    let path = dir.join(log);
    let file = File::create(&path).map_err(|e| Error::path(&path, "write", &e))?;
    let twin = file
        .try_clone()
        .map_err(|e| Error::path(&path, "write", &e))?;
    let child = command
        .current_dir(dir)
        // What a tool leaves behind when it dies goes away with the folder. By a relative name:
        // ABC and Yosys split the names of their own temporary files at blanks.
        .env("TMPDIR", ".")
        .stdin(Stdio::null())
        .stdout(file)
        .stderr(twin)
        // A group of its own, so that what a script has started ends with the script.
        .process_group(0)
        .spawn();
    let name = name(command);
    let status = child.and_then(|mut child| wait(&mut child, limit));
    let status = status
        .map_err(|e| Error::missing(format!("{name}: cannot be run ({e}); try hwgen doctor")))?;
    stop::stopped()?;
    let said = String::from_utf8_lossy(&fs::read(&path).unwrap_or_default()).into_owned();
    Ok((status, said))
}

/// Waits for the end of `child`, and ends it with all that it has started on Ctrl-C or after
/// `limit`, in which case there is no status.
fn wait(child: &mut Child, limit: Option<Duration>) -> io::Result<Option<ExitStatus>> {
    let started = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        let late = limit.is_some_and(|limit| started.elapsed() > limit);
        if late || stop::stopped().is_err() {
            let group = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
            if let Some(group) = group {
                // It may have ended meanwhile, which is as good.
                let _ = kill_process_group(group, Signal::KILL);
            }
            let status = child.wait()?;
            return Ok((!late).then_some(status));
        }
        std::thread::sleep(LOOK);
    }
}

fn judge(command: &Command, dir: &Path, status: ExitStatus, said: String) -> Result<String, Error> {
    if status.success() {
        return Ok(said);
    }
    let name = name(command);
    Err(blame(dir, &format!("{name} failed ({status})"), &said))
}

fn name(command: &Command) -> String {
    let name = Path::new(command.get_program())
        .file_name()
        .unwrap_or_default();
    name.to_string_lossy().into_owned()
}

/// Builds the error of a tool that failed: a full disk is the user's to mend, and tools rarely say
/// that it was that.
pub fn blame(dir: &Path, what: &str, said: &str) -> Error {
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
    let lines = filled(text);
    let errors = lines.iter().filter(|l| l.contains("ERROR:")).copied();
    let errors: Vec<&str> = errors.collect();
    let lines = if errors.is_empty() { lines } else { errors };
    last(&lines, TAIL_LINES)
}

/// Returns the last lines that hold something, at most `count`.
pub fn last_words(text: &str, count: usize) -> String {
    last(&filled(text), count)
}

fn filled(text: &str) -> Vec<&str> {
    text.lines().filter(|l| !l.trim().is_empty()).collect()
}

fn last(lines: &[&str], count: usize) -> String {
    lines[lines.len().saturating_sub(count)..].join("\n")
}
