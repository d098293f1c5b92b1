// SPDX-License-Identifier: MIT OR Apache-2.0
//! Bytes and error of the attention core's techniques, one by one, on tensors of real models.
//!
//! Everything here runs on the golden model, which the RTL equals.

mod equal;
mod technique;

use std::path::PathBuf;

use hwgen_golden::attention::host::Bound;
use hwgen_golden::attention::{Rule, Select};

pub use equal::RULES;
use hwgen_console::error::Error;
use hwgen_workloads::attend::Policy;
use hwgen_workloads::attend::stack::Kept;
use hwgen_workloads::samples::{self, How, Sample, Which};
use hwgen_workloads::shipped::{LAYERS, LAYERS_LABEL};
use technique::{DENSE, EIGHT, FOUR, Model, SIX, Technique, cost, percent};
pub use technique::{Measured, Panel};

/// Measures on the tensors of `files`, or on those that ship with hwgen.
///
/// On a small scale, one head of one layer of one decoder speaks for all.
pub fn measure(files: &[PathBuf], small: bool) -> Result<Measured, Error> {
    let mut models = models(files)?;
    if small {
        models = vec![one_head(models)?];
    }
    let mut out = String::from("| technique |");
    let mut rule = String::from("|---|");
    for model in &models {
        out.push_str(&format!(" {} bytes | error |", model.name));
        rule.push_str("--:|--:|");
    }
    out.push_str(&format!("\n{rule}\n"));
    out.push_str("| dense, 32 bits |");
    for _ in &models {
        out.push_str(" 267 % | 0 |");
    }
    out.push('\n');
    for technique in techniques() {
        out.push_str(&format!("| {} |", technique.about));
        for model in &models {
            let cost = cost(model, &technique)?;
            out.push_str(&format!(
                " {} | {} |",
                percent(cost.bytes),
                two_digits(cost.error)
            ));
        }
        out.push('\n');
    }
    let equal = equal::measure(&models)?;
    out.push_str(&equal.table);
    Ok(Measured {
        table: out,
        decoders: equal.decoders,
    })
}

/// Spells an error with two digits that count.
fn two_digits(share: f64) -> String {
    let value = 100.0 * share;
    match value {
        v if v >= 10.0 => format!("{v:.0} %"),
        v if v >= 1.0 => format!("{v:.1} %"),
        v if v >= 0.1 => format!("{v:.2} %"),
        v => format!("{v:.3} %"),
    }
}

fn techniques() -> Vec<Technique> {
    let one = |about, planes, policy| Technique {
        about,
        planes: [planes, FOUR],
        policy,
        schedule: Kept::default(),
    };
    let tokens = Kept {
        tokens: Some(vec![9000, 5000]),
        ..Kept::default()
    };
    let heads = Kept {
        heads: Some(vec![9000, 7500]),
        ..Kept::default()
    };
    let head = Policy {
        rule: Rule::Head,
        start: 1,
        ..DENSE
    };
    let token = Policy {
        rule: Rule::Token,
        start: 1,
        ..DENSE
    };
    let three = Policy {
        bound: Bound::Sigmas(3.0),
        ..token
    };
    let mass = |policy: Policy, left_out| Policy {
        select: Select::Mass,
        left_out,
        ..policy
    };
    let best = |policy: Policy, k| Policy {
        select: Select::Topk,
        k,
        ..policy
    };
    let both = |schedule: &Kept| Kept {
        heads: heads.heads.clone(),
        ..schedule.clone()
    };
    let pruned = |about, policy, schedule: &Kept| Technique {
        schedule: schedule.clone(),
        ..one(about, FOUR, policy)
    };
    vec![
        one("dense, 12 bits", FOUR, DENSE),
        pruned("tokens 0.9 to 0.5, cascade", DENSE, &tokens),
        pruned("heads 0.9 to 0.75, cascade", DENSE, &heads),
        one("values: k = 64", FOUR, best(DENSE, 64)),
        one("values: mass 1 %", FOUR, mass(DENSE, 0.01)),
        one("by head, 8 + 4 bits, threshold 0.1", EIGHT, head),
        one("by head, 6 + 4 bits, threshold 0.1", SIX, head),
        one("by token 0.1 %, worst case", FOUR, token),
        one("by token 0.1 %, z = 3", FOUR, three),
        one("by head 8 + 4, k = 64", EIGHT, best(head, 64)),
        one("by token 0.1 % worst, mass 1 %", FOUR, mass(token, 0.01)),
        one(
            "by token 1 % z = 3, mass 3 %",
            FOUR,
            mass(Policy { eps: 0.01, ..three }, 0.03),
        ),
        Technique {
            planes: [EIGHT, FOUR],
            ..pruned(
                "tokens, heads, by head 8 + 4, k = 64",
                best(head, 64),
                &both(&tokens),
            )
        },
        pruned(
            "tokens, heads, by token 1 % z = 3, mass 3 %",
            mass(Policy { eps: 0.01, ..three }, 0.03),
            &both(&tokens),
        ),
    ]
}

/// Reads the samples and sorts them by model, then by text.
/// Returns the first head of the first decoder.
fn one_head(models: Vec<Model>) -> Result<Model, Error> {
    let decodes = |s: &Sample| s.causal && s.heads[0].q.len() == 1;
    let found = models.into_iter().find_map(|model| {
        let stack = model.stacks.into_iter().find(|s| decodes(&s[0]))?;
        let mut sample = stack.into_iter().next()?;
        sample.heads.truncate(1);
        Some(Model {
            name: model.name,
            stacks: vec![vec![sample]],
        })
    });
    found.ok_or_else(|| Error::input("--small: needs a decoder among the tensors"))
}

fn models(files: &[PathBuf]) -> Result<Vec<Model>, Error> {
    let how = How::default();
    let mut all = Vec::new();
    if files.is_empty() {
        all.extend(samples::parse(LAYERS, LAYERS_LABEL, Which::All, &how)?);
    }
    for file in files {
        all.extend(samples::read(file, Which::All, &how)?.samples);
    }
    let mut models: Vec<Model> = Vec::new();
    for sample in all {
        let name = sample.model.clone().unwrap_or_else(|| sample.label());
        let text = |s: &Sample| s.name.rsplit_once(".l").map(|(text, _)| text.to_owned());
        let at = models.iter().position(|m| m.name == name);
        let at = at.unwrap_or_else(|| {
            models.push(Model {
                name,
                stacks: Vec::new(),
            });
            models.len() - 1
        });
        let stacks = &mut models[at].stacks;
        match stacks.last_mut() {
            Some(stack) if text(&stack[0]) == text(&sample) => stack.push(sample),
            _ => stacks.push(vec![sample]),
        }
    }
    Ok(models)
}
