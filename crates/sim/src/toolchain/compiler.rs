// SPDX-License-Identifier: MIT OR Apache-2.0
//! The C++ compiler, as `CXX`, `CXXFLAGS` and `LDFLAGS` describe it.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::stamp::stamp;
use hwgen_bundle::cache::Cache;
use hwgen_bundle::digest::Digest;
use hwgen_bundle::error::VerifyError;
use hwgen_console::program;

/// Names under which a compiler is looked for where `CXX` names none.
const NAMES: [&str; 3] = ["c++", "g++", "clang++"];
/// What is taken before all of these where it is there: its models build in half the time and run
/// faster (docs/harness/builds.md).
const CLANG: &str = "clang++";
/// First release of Clang that this was measured with.
const MEASURED: u32 = 14;
/// A text that only a compiler with a library of C++ takes.
const PROBE: &str = "#include <mutex>\n#include <string>\nstd::string s; std::mutex m;\n";
/// First release of GCC that knows both of [`LIMITS`].
const LIMITED: u32 = 10;
const LIMITS: [&str; 2] = [
    "--param=sccvn-max-alias-queries-per-access=20",
    "--param=dse-max-alias-queries-per-store=16",
];
const WORKS: &str = "works";
/// What brings one.
const INSTALL: &str = "scripts/bootstrap installs it: apt-get install g++";
/// Sanitizers whose runtime ends a process that was not started with it.
const SANITIZERS: [&str; 5] = ["address", "hwaddress", "leak", "memory", "thread"];

/// The C++ compiler and the flags that the environment asks for.
#[derive(Debug, Clone)]
pub struct Compiler {
    /// The compiler itself, behind all links.
    pub path: PathBuf,
    /// What it says of itself.
    pub version: String,
    /// Whether it takes precompiled headers that have been moved, as GCC does.
    pub precompiles: bool,
    /// Whether it takes those that were precompiled from standard input, as Clang does.
    pub chains: bool,
    /// Whether `CXXFLAGS` says how much to optimise: `-O0` for many models that play little.
    pub optimises: bool,
    /// What it is and how it is called, for cache keys.
    pub identity: String,
    /// The first word of a command line: the compiler, or a wrapper such as ccache.
    program: PathBuf,
    arguments: Vec<OsString>,
    environment: Vec<(OsString, OsString)>,
    /// The words of `LDFLAGS`.
    linking: Vec<String>,
}

impl Compiler {
    /// Finds the C++ compiler as every Rust build script would: `CXX`, which may begin with ccache
    /// and end in arguments; else Clang where it is new enough and finds a library of C++, else the
    /// first of the usual names.
    ///
    /// What a try has shown is remembered in `cache`.
    pub fn find(cache: Option<&Cache>) -> Result<Self, VerifyError> {
        let given = std::env::var("CXX").ok().filter(|v| !v.trim().is_empty());
        if given.is_none()
            && program::on_path(CLANG).is_some()
            && let Ok(clang) = Self::named(None, Some(CLANG))
            && clang.major().is_some_and(|major| major >= MEASURED)
            && clang.works(cache)
        {
            return Ok(clang);
        }
        let usual = NAMES
            .into_iter()
            .find(|name| program::on_path(name).is_some());
        Self::named(given.as_deref(), usual)
    }

    /// Looks at the compiler that `CXX` names, or at one of a usual name.
    fn named(given: Option<&str>, usual: Option<&'static str>) -> Result<Self, VerifyError> {
        let label = given
            .as_ref()
            .map_or("c++".to_owned(), |v| format!("CXX = {v}"));
        let target = target();
        let mut build = cc::Build::new();
        build
            .cpp(true)
            .target(&target)
            .host(&target)
            .opt_level(2)
            .debug(false)
            .pic(true)
            .warnings(false)
            .cargo_metadata(false)
            .cargo_warnings(false);
        if let (None, Some(name)) = (&given, usual) {
            build.compiler(name);
        }
        let remedy = match given {
            Some(_) => "set CXX to a C++ compiler that is there, or unset it",
            None => INSTALL,
        };
        let missing = |tool: &str| VerifyError::ToolMissing {
            tool: tool.to_owned(),
            remedy: remedy.into(),
        };
        let tool = build
            .try_get_compiler()
            .map_err(|error| missing(&format!("{label}: a C++ compiler ({error})")))?;
        // It is run in the folders of the cache, not where a path was relative to.
        let absolute = |word: &OsStr| {
            let path = Path::new(word);
            if path.components().count() > 1 && path.is_relative() && path.is_file() {
                std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
            } else {
                path.to_owned()
            }
        };
        let command = tool.to_command();
        let program = absolute(command.get_program());
        let mut arguments: Vec<OsString> = command.get_args().map(OsStr::to_owned).collect();
        if let Some(first) = arguments.first_mut()
            && *first == *tool.path()
        {
            *first = absolute(first).into_os_string();
        }
        let set = |(name, value): (&OsStr, Option<&OsStr>)| Some((name.into(), value?.into()));
        // The crate cc (1.11.1) sets the whole environment anew: what is as it was is no part of how
        // the compiler is called, and a folder more in it must not build all models again.
        let inherited = |(name, value): &(OsString, OsString)| {
            std::env::var_os(name).is_some_and(|now| now == *value)
        };
        let environment = command.get_envs().filter_map(set);
        let environment = environment.filter(|set| !inherited(set)).collect();
        for word in [program.as_path(), &absolute(tool.path().as_os_str())] {
            if located(word).is_none() {
                let word = word.display();
                return Err(missing(&given.as_ref().map_or_else(
                    || word.to_string(),
                    |v| {
                        if *v == word.to_string() {
                            label.clone()
                        } else {
                            format!("{label}: {word}")
                        }
                    },
                )));
            }
        }
        let path = located(&absolute(tool.path().as_os_str())).ok_or_else(|| missing(&label))?;
        let flags = std::env::var("LDFLAGS").unwrap_or_default();
        let mut compiler = Self {
            version: String::new(),
            precompiles: tool.is_like_gnu() && !tool.is_like_clang(),
            chains: tool.is_like_clang(),
            // One level comes from here; a second one from the environment.
            optimises: arguments.iter().filter(|a| starts(a, "-O")).count() > 1,
            identity: String::new(),
            program,
            arguments,
            environment,
            linking: flags.split_whitespace().map(str::to_owned).collect(),
            path,
        };
        compiler.refuse_sanitizers()?;
        let said = compiler.ask(&label)?;
        let first = said.lines().next().unwrap_or_default();
        first.trim().clone_into(&mut compiler.version);
        let stamp = stamp(&compiler.path).map_err(VerifyError::io(&compiler.path))?;
        // A driver is small and says little by its bytes, its file says which release it is; a script
        // or ccache under another name says it only when it is asked.
        compiler.identity = format!(
            "{} {} {stamp:?} {said:?} {} {:?} {:?} {:?}",
            std::env::consts::ARCH,
            compiler.path.display(),
            compiler.program.display(),
            compiler.arguments,
            compiler.environment,
            compiler.linking,
        );
        Ok(compiler)
    }

    /// Returns the number of the release, as both GCC and Clang tell it.
    fn major(&self) -> Option<u32> {
        // c++ (Debian 12.2.0-14) 12.2.0; Debian clang version 14.0.6
        let after = |words: &str| Some(self.version.split_once(words)?.1);
        let release = after("clang version ").or_else(|| after(") "))?;
        release.split('.').next()?.parse().ok()
    }

    /// Tries whether a compiler finds its library of C++, which is a package of its own.
    fn works(&self, cache: Option<&Cache>) -> bool {
        let name = Digest::new("probe").text(&self.identity).text(PROBE).hex();
        let record = cache.map(|c| c.dir().join(format!("compiler-{}.txt", &name[..16])));
        if let Some(known) = record.as_ref().and_then(|r| fs::read_to_string(r).ok()) {
            return known == WORKS;
        }
        let works = self.takes(PROBE).unwrap_or(false);
        // Not being able to remember costs time, nothing else; half a word counts as none.
        if let (Some(record), true) = (record, works) {
            let _ = fs::write(record, WORKS);
        }
        works
    }

    /// Tells whether the compiler finds no fault with a text.
    fn takes(&self, text: &str) -> std::io::Result<bool> {
        let mut command = self.command();
        command.args(["-std=gnu++17", "-fsyntax-only", "-x", "c++", "-"]);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let mut child = command.spawn()?;
        // Dropped at the end of the statement, which ends the text.
        let wrote = child
            .stdin
            .take()
            .map(|mut pipe| pipe.write_all(text.as_bytes()));
        Ok(child.wait()?.success() && wrote.is_some_and(|w| w.is_ok()))
    }

    /// Starts a command line of the compiler.
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments);
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Starts a command line that links, with what `LDFLAGS` says.
    pub fn linker(&self) -> Command {
        let mut command = self.command();
        command.args(&self.linking);
        command
    }

    /// Returns flags that keep GCC from asking, for every access of a long function, about each one
    /// before it. They pay only where functions are split: on a long one they cost other passes more.
    pub fn limits(&self) -> Option<[&'static str; 2]> {
        let new = self.major().is_some_and(|major| major >= LIMITED);
        (self.precompiles && new).then_some(LIMITS)
    }

    /// Asks for the version, which any compiler tells: what does not is none.
    fn ask(&self, label: &str) -> Result<String, VerifyError> {
        let unfit = |reason: String| VerifyError::ToolUnfit {
            tool: label.to_owned(),
            reason: format!("is no C++ compiler that runs: {reason}"),
            remedy: "set CXX to one that does, or unset it".into(),
        };
        let mut command = self.command();
        command.arg("--version").stdin(Stdio::null());
        let output = command.output().map_err(|e| unfit(e.to_string()))?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        if !output.status.success() {
            let told = String::from_utf8_lossy(&output.stderr).into_owned() + &text;
            let last = told.lines().rfind(|l| !l.trim().is_empty());
            let last = last.map_or(String::new(), |l| format!(", {}", l.trim()));
            return Err(unfit(format!(
                "--version ends with {}{last}",
                output.status
            )));
        }
        if text.trim().is_empty() {
            return Err(unfit("--version says nothing".into()));
        }
        Ok(text)
    }

    /// Refuses flags that make a model which ends the process that loads it.
    fn refuse_sanitizers(&self) -> Result<(), VerifyError> {
        let mut words = self
            .arguments
            .iter()
            .map(|a| a.to_string_lossy().into_owned());
        let linking = self.linking.iter().cloned();
        let found = words.find_map(|w| sanitizer(&w).then_some(w));
        let Some(word) = found.or_else(|| linking.into_iter().find(|w| sanitizer(w))) else {
            return Ok(());
        };
        Err(VerifyError::Environment {
            variable: "CXX, CXXFLAGS or LDFLAGS".into(),
            reason: format!("{word}: a model is loaded by hwgen, which does not run under it"),
            remedy: "leave it out".into(),
        })
    }
}

fn sanitizer(word: &str) -> bool {
    let list = word.strip_prefix("-fsanitize=").unwrap_or_default();
    list.split(',').any(|s| SANITIZERS.contains(&s))
}

fn starts(word: &OsStr, with: &str) -> bool {
    word.to_string_lossy().starts_with(with)
}

/// Finds the file behind a program.
fn located(program: &Path) -> Option<PathBuf> {
    let found = if program.components().count() > 1 {
        program.to_owned()
    } else {
        program::on_path(program)?
    };
    found.canonicalize().ok()
}

/// Spells the machine this program runs on for the compiler search.
fn target() -> String {
    let arch = std::env::consts::ARCH;
    match std::env::consts::OS {
        "macos" => format!("{}-apple-darwin", arch.replace("arm64", "aarch64")),
        os => format!("{arch}-unknown-{os}-gnu"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_inherited_is_no_part_of_the_key() {
        let Ok(found) = Compiler::find(None) else {
            return;
        };
        let path = std::env::var("PATH").expect("is set: a compiler was found");
        assert!(!found.identity.contains(&path), "{}", found.identity);
    }

    #[test]
    fn releases_are_read_as_compilers_tell_them() {
        let Ok(mut found) = Compiler::find(None) else {
            return;
        };
        for (version, major) in [
            ("c++ (Debian 12.2.0-14) 12.2.0", Some(12)),
            ("g++ (GCC) 9.3.1 20200408 (Red Hat 9.3.1-2)", Some(9)),
            ("Debian clang version 14.0.6", Some(14)),
            ("Apple clang version 15.0.0 (clang-1500.3.9.4)", Some(15)),
            ("some compiler", None),
        ] {
            version.clone_into(&mut found.version);
            assert_eq!(found.major(), major, "{version}");
        }
    }

    #[test]
    fn a_compiler_that_is_found_takes_cpp_and_refuses_what_is_none() {
        let Ok(found) = Compiler::find(None) else {
            return;
        };
        assert!(found.takes(PROBE).expect("runs"));
        assert!(
            !found
                .takes("#include <no_such_header_of_any_library>\n")
                .expect("runs")
        );
    }

    #[test]
    fn sanitizers_with_a_runtime_are_told_from_others() {
        for word in ["-fsanitize=address", "-fsanitize=undefined,thread"] {
            assert!(sanitizer(word), "{word}");
        }
        for word in ["-fsanitize=undefined", "-fno-sanitize=address", "-O2"] {
            assert!(!sanitizer(word), "{word}");
        }
    }
}
