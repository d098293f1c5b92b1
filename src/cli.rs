// SPDX-License-Identifier: MIT OR Apache-2.0
//! The command line: what can be asked, and how the program ends.

mod bench;
mod check;
mod demo;
mod doctor;
mod emit;
mod list;
mod mutate;
mod pack;
mod prove;
mod run;
mod source;
mod synth;
mod verify;

use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{Parser, Subcommand};

use hwgen_console::error::{EXIT_INPUT, EXIT_OK, Error};
use hwgen_console::terminal::print;

const EXIT_CODES: &str = "Exit codes: 0 done, 1 a check failed or the RTL disagrees with the model, \
2 something to mend (an input, a full disk), 3 a tool is missing or failed, 130 interrupted.";

/// Emits verified, synthesisable SystemVerilog for sparse attention, and proves it.
#[derive(Debug, Parser)]
#[command(name = "hwgen", version, after_help = EXIT_CODES, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Writes a bundle: RTL, file list, constraints, golden vectors, manifest.
    Emit(emit::Args),
    /// Co-simulates the engines of a bundle with the golden models.
    Verify(verify::Args),
    /// Mutates a module of a bundle many times over: does the bench notice?
    Mutate(mutate::Args),
    /// Runs a block on real data, on the RTL or on the golden model.
    Run(run::Args),
    /// Prunes a matrix to an N:M pattern and packs it for the FiGS array.
    Pack(pack::Args),
    /// Synthesises a bundle: area, speed, and which path says so.
    Synth(synth::Args),
    /// Proves properties of the RTL of a bundle and of the shared primitives.
    Prove(prove::Args),
    /// Shows it all: emits, verifies, ranks scores and computes attention of real models.
    Demo(demo::Args),
    /// Measures cycles and speed, and keeps tables in documents up to date.
    Bench(bench::Args),
    /// Lists blocks, variants and presets.
    List(list::Args),
    /// Validates a configuration and prints it with every default.
    Check(check::Args),
    /// Tells which tools are installed, what for, and how to get the others.
    Doctor(doctor::Args),
}

/// Runs the program.
pub fn main() -> ExitCode {
    let code = match Cli::try_parse() {
        Ok(cli) => end(obey(&cli.command)),
        Err(e) => match e.kind() {
            ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
                end(print(&e.render().to_string()))
            }
            ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
                say(&e.render().to_string());
                EXIT_INPUT
            }
            _ => {
                let text = e.render().to_string();
                let text = text.strip_prefix("error: ").unwrap_or(&text);
                say(&format!("hwgen: {text}"));
                EXIT_INPUT
            }
        },
    };
    ExitCode::from(code)
}

fn obey(command: &Command) -> Result<(), Error> {
    match command {
        Command::Emit(args) => emit::run(args),
        Command::Verify(args) => verify::run(args),
        Command::Mutate(args) => mutate::run(args),
        Command::Run(args) => run::run(args),
        Command::Pack(args) => pack::run(args),
        Command::Synth(args) => synth::run(args),
        Command::Prove(args) => prove::run(args),
        Command::Demo(args) => demo::run(args),
        Command::Bench(args) => bench::run(args),
        Command::List(args) => list::run(args),
        Command::Check(args) => check::run(args),
        Command::Doctor(args) => doctor::run(args),
    }
}

/// Reports an error, if there is one, and returns the exit code.
fn end(result: Result<(), Error>) -> u8 {
    let Err(error) = result else { return EXIT_OK };
    let code = error.exit_code();
    if code != EXIT_OK {
        let lines = match &error {
            // One problem a line, each with the name of the program: they are read with grep.
            Error::Input(lines) | Error::Missing(lines) => {
                let lines: Vec<String> = lines.iter().map(|l| one_line(l)).collect();
                lines.join("\nhwgen: ")
            }
            Error::Check(lines) => lines.join("\nhwgen: "),
            other => other.to_string(),
        };
        say(&format!("hwgen: {lines}\n"));
    }
    code
}

/// Spells out what would break a line or steer a terminal: inputs are quoted as they came.
fn one_line(text: &str) -> String {
    let spell = |c: char| {
        if c.is_control() {
            c.escape_default().to_string()
        } else {
            c.to_string()
        }
    };
    text.chars().map(spell).collect()
}

/// Writes to standard error; there is nobody left to tell if that fails.
fn say(text: &str) {
    use std::io::Write;
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        super::Cli::command().debug_assert();
    }
}
