// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a proof is: a module, its parameters, a method and limits.

/// How a property is proved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// For all time: it holds at first, and up to `depth` cycles in which it holds imply the next.
    /// A depth in which a broken module can go wrong turns `unknown` into a refutation.
    Induction,
    /// In the first `depth` cycles after reset.
    Bounded,
}

/// What decides a proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// SMT solver over words; the only one here for induction.
    Yices,
    /// SAT solver over bits: a multiple faster on deep bounded proofs.
    Bmc3,
}

impl Engine {
    /// Returns the engine as sby names it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Yices => "smtbmc yices",
            Self::Bmc3 => "abc bmc3",
        }
    }
}

/// One proof.
#[derive(Debug, Clone, Copy)]
pub struct Proof {
    /// Module whose properties are proved.
    pub module: &'static str,
    /// Parameters that differ from the module's defaults.
    pub parameters: &'static [(&'static str, u32)],
    /// What is proved, in a few words.
    pub about: &'static str,
    /// Bounded, or by induction.
    pub mode: Mode,
    /// Cycles.
    pub depth: u32,
    /// Solver.
    pub engine: Engine,
    /// Seconds after which the proof is given up.
    pub limit: u32,
    /// Macros that narrow what the solver may try.
    pub defines: &'static [&'static str],
    /// Module below it, at the same ports, that names the specification for it; empty if the module
    /// does so itself.
    pub(crate) stated_in: &'static str,
}

impl Proof {
    /// Names the proof: module and parameters.
    pub fn name(&self) -> String {
        let values = self.parameters.iter().map(|(n, v)| format!(" {n}={v}"));
        let narrow = self.defines.iter().map(|d| format!(" {d}"));
        format!(
            "{}{}{}",
            self.module,
            values.collect::<String>(),
            narrow.collect::<String>()
        )
    }
}

pub(super) const fn induction(
    module: &'static str,
    about: &'static str,
    parameters: &'static [(&'static str, u32)],
    depth: u32,
) -> Proof {
    Proof {
        module,
        parameters,
        about,
        mode: Mode::Induction,
        depth,
        engine: Engine::Yices,
        limit: 120,
        defines: &[],
        stated_in: "",
    }
}

pub(super) const fn bounded(
    module: &'static str,
    about: &'static str,
    parameters: &'static [(&'static str, u32)],
    depth: u32,
) -> Proof {
    Proof {
        module,
        parameters,
        about,
        mode: Mode::Bounded,
        depth,
        engine: Engine::Bmc3,
        limit: 600,
        defines: &[],
        stated_in: "",
    }
}

/// One query alone: what follows it is left out, so that the proof reaches deeper.
pub(super) const fn alone(proof: Proof) -> Proof {
    Proof {
        defines: &["HG_ONE_QUERY"],
        ..proof
    }
}

/// Everything is offered and taken as soon as it can be, so that the proof reaches deeper.
pub(super) const fn unstalled(proof: Proof) -> Proof {
    Proof {
        defines: &["HG_NO_STALLS"],
        ..proof
    }
}

/// Only the payload waits: neither what describes it nor what leaves.
pub(super) const fn tokens_stalled(proof: Proof) -> Proof {
    Proof {
        defines: &["HG_TOKENS_STALL"],
        ..proof
    }
}
