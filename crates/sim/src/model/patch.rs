// SPDX-License-Identifier: MIT OR Apache-2.0
//! Builds a model from the objects of the last whole build of its engine, of which only what has
//! changed is compiled anew.
//!
//! A whole build compiles functions so that the linker may replace them and the optimiser counts on
//! it; here the changed ones are compiled and linked with the old objects. What is the same is told by
//! SHA-256 of its text. A model is built whole where anything but functions differs in a way that old
//! objects might feel: headers, declarations, or members that cannot be put behind the old ones.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::base::{Base, HEADER, Record};
use super::generated::{Function, Generated};
use super::members::{ROOT_H, Rearranged, rearranged, with_room};
use super::recipe::{NO_OPTIMISATION, Recipe, tidy, write};
use super::units::{PARTS_H, Unit};
use crate::load::load;
use hwgen_bundle::error::VerifyError;

/// A model whose changed functions are less than one in so many bytes is patched.
const SHARE: usize = 2;
/// Name of the unit of changed functions.
const UNIT: &str = "patch";

/// What to compile, and the header of the state to compile it with.
struct Plan<'a> {
    changed: Vec<&'a Function>,
    common: bool,
    header: String,
    moved: Option<Rearranged>,
}

/// Compares a model with the last whole build; none where it has to be built whole.
fn plan<'a>(
    all: &'a Generated,
    now: &Record,
    base: &Record,
    headers: [&str; 2],
) -> Option<Plan<'a>> {
    if (&now.headers, &now.guarded, &now.flags) != (&base.headers, &base.guarded, &base.flags) {
        return None;
    }
    let differs = |(name, line): (&String, &String)| {
        base.declarations.get(name).is_some_and(|was| was != line)
    };
    if now.declarations.iter().any(differs) {
        return None;
    }
    let [old, new] = headers;
    let mut header = with_room(new)?;
    let moved = if header == old {
        None
    } else {
        let moved = rearranged(old, new)?;
        header.clone_from(&moved.header);
        Some(moved)
    };
    let none = BTreeSet::new();
    let retyped = moved.as_ref().map_or(&none, |m| &m.retyped);
    let is_changed = |f: &&Function| {
        now.functions.get(&f.name) != base.functions.get(&f.name)
            || retyped.iter().any(|name| f.text.contains(name.as_str()))
    };
    let changed: Vec<&Function> = all.functions.iter().filter(is_changed).collect();
    let bytes =
        |some: &mut dyn Iterator<Item = &Function>| some.map(|f| f.text.len()).sum::<usize>();
    let share = SHARE * bytes(&mut changed.iter().copied());
    (share < bytes(&mut all.functions.iter())).then(|| Plan {
        changed,
        common: moved.is_some() || now.rest != base.rest,
        header,
        moved,
    })
}

/// Builds `model` in `dir` from what `base` left; false where it has to be built whole.
///
/// The C++ of the model lies in `dir`, which is left as it was where it could not be patched.
pub(super) fn patch(
    recipe: &Recipe<'_>,
    dir: &Path,
    [name, main]: [&str; 2],
    all: &Generated,
    base: &Base,
    model: &str,
) -> Result<bool, VerifyError> {
    let obj = dir.join("obj");
    let mut now = Record::of(&obj, all)?;
    now.flags = recipe.sized(dir)?;
    let read = |path: PathBuf| fs::read_to_string(&path).map_err(VerifyError::io(&path));
    let new = read(obj.join(ROOT_H))?;
    let Ok(old) = read(base.dir.join(HEADER)) else {
        return Ok(false);
    };
    let Some(plan) = plan(all, &now, &base.record, [&old, &new]) else {
        return Ok(false);
    };
    let made = build(recipe, dir, [name, main], all, base, &plan, &old, model);
    if made.is_ok() {
        tidy(dir, &[])?;
        return Ok(true);
    }
    // Whatever went wrong, a whole build says so with words of its own, or succeeds.
    let _ = fs::remove_file(dir.join(model));
    write(&obj, ROOT_H, &new)?;
    tidy(dir, &["ports.h".into()])?;
    Ok(false)
}

#[allow(clippy::too_many_arguments)]
fn build(
    recipe: &Recipe<'_>,
    dir: &Path,
    [name, main]: [&str; 2],
    all: &Generated,
    base: &Base,
    plan: &Plan<'_>,
    old: &str,
    model: &str,
) -> Result<(), VerifyError> {
    let obj = dir.join("obj");
    write(&obj, ROOT_H, &plan.header)?;
    write(dir, PARTS_H, &all.head())?;
    let mut units = Vec::new();
    let mut objects = Vec::new();
    if !plan.changed.is_empty() {
        let of = |slow: bool| {
            let some = plan.changed.iter().filter(move |f| f.slow == slow);
            some.map(|f| f.text.as_str()).collect::<String>()
        };
        let text = format!(
            "#include \"{PARTS_H}\"\n{}{NO_OPTIMISATION}{}",
            of(false),
            of(true)
        );
        units.push(Unit {
            name: UNIT.into(),
            bytes: text.len() as u64,
            text,
            slow: false,
        });
        objects.push(PathBuf::from(format!("{UNIT}.o")));
    }
    if plan.common {
        write(dir, name, main)?;
        let mut unit = recipe.common(name, all);
        if let Some(moved) = &plan.moved {
            write(&obj, "base.hpp", old)?;
            unit.text += &moved.assertions("obj/base.hpp");
        }
        objects.push(PathBuf::from(format!("{}.o", unit.name)));
        units.push(unit);
    } else {
        objects.push(base.dir.join(&base.record.common));
    }
    recipe.compile_units(dir, units, &[], &base.record.flags)?;
    objects.extend(base.record.objects.iter().map(|o| base.dir.join(o)));
    recipe.link_objects(dir, model, &["-shared"], &objects)?;
    // A symbol that is missing is an error of the linker's only when the model is loaded.
    load(&dir.join(model)).map(drop)
}
