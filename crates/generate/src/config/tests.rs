// SPDX-License-Identifier: MIT OR Apache-2.0
//! Resolves drafts and reads what is said of wrong ones.

use hwgen_golden::topk::Variant;

use super::*;

fn problems(toml: &str) -> Vec<String> {
    let mut draft = Draft::default();
    draft.read_toml(toml, "a.toml");
    match draft.finish() {
        Err(Error::Input(problems)) => problems,
        other => panic!("expected problems, got {other:?}"),
    }
}

#[test]
fn an_empty_file_is_the_defaults() {
    let mut draft = Draft::default();
    draft.read_toml("", "a.toml");
    let design = draft.finish().expect("legal");
    assert_eq!(design.params().name, "k16_pe64");
    let topk = design.params().topk().expect("there is one");
    let variants = &design.params().topk.variants;
    assert_eq!(*variants, [Variant::Radix, Variant::Stream]);
    assert_eq!((topk.lanes, topk.capacity), (16, 16));
}

#[test]
fn the_resolved_text_resolves_to_itself() {
    let mut draft = Draft::default();
    draft.read_toml("k = 7\n[topk]\nlanes = 8\nsigned = false", "a.toml");
    let design = draft.finish().expect("legal");
    let text = to_toml(design.params());
    let mut again = Draft::default();
    again.read_toml(&text, "b.toml");
    assert_eq!(again.finish().expect("legal"), design);
}

#[test]
fn problems_of_all_kinds_come_together_with_their_lines() {
    let toml = "k = -1\npe = 48\nnam = \"x\"\n[topk]\nlanes = \"x\"\nkey_w = 99999999999\n\
                variants = [\"radix\", \"bitonic\"]\nsigned = 1\nlane = 4\n";
    assert_eq!(
        problems(toml),
        [
            "a.toml:3: nam: unknown key (did you mean name?)",
            "a.toml:5: topk.lanes = \"x\": must be a whole number (try 16)",
            "a.toml:7: topk.variants = bitonic: is not a top-k variant \
             (one of radix, stream, quickselect, batcher)",
            "a.toml:8: topk.signed = 1: must be true or false (try true)",
            "a.toml:9: topk.lane: unknown key (did you mean topk.lanes?)",
            "a.toml:1: k = -1: must be 1 to 16384 (try 1)",
            "a.toml:2: pe = 48: must be a power of two (try 32 or 64)",
            "a.toml:6: topk.key_w = 99999999999: must be 4 to 24 (try 24)",
        ]
    );
}

#[test]
fn what_is_not_toml_is_named_with_its_line() {
    let said = problems("k = 4\npe = \n");
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said[0].starts_with("a.toml:2: not TOML: "), "{said:?}");
    let said = problems("k = 4\nk = 5\n");
    assert_eq!(said, ["a.toml:2: not TOML: duplicate key"]);
}

#[test]
fn tables_and_blocks_that_are_not_there() {
    assert_eq!(
        problems("topk = 4"),
        ["a.toml:1: topk: must be a table (try [topk])"]
    );
    assert_eq!(
        problems("[gemm]\nrows = 64"),
        ["a.toml:1: gemm: unknown key (did you mean name?)"]
    );
    assert_eq!(
        problems("lanes = 8"),
        ["a.toml:1: lanes: unknown key (did you mean topk.lanes?)"]
    );
    assert_eq!(
        problems("name = 4\n[topk]\nvariants = \"radix\""),
        [
            "a.toml:1: name = 4: must be text (such as \"my_design\")",
            "a.toml:3: topk.variants = \"radix\": must be a list of names (try [\"radix\"])"
        ]
    );
    let said = problems("frobnicate_the_bits = 8");
    assert!(said[0].starts_with("a.toml:1: frobnicate_the_bits: unknown key (there are name,"));
}

#[test]
fn a_schedule_follows_its_layers_and_its_keys() {
    let design = |toml: &str| {
        let mut draft = Draft::default();
        draft.read_toml(toml, "a.toml");
        draft.assign("blocks", "cascade");
        draft.finish().expect("legal")
    };
    let toml = "[cascade]\nlayers = 24\nkeep_tokens = [0.9, 0.3333]\nuntouched_heads = 1\n";
    let named = design(toml);
    let s = &named.params().cascade.schedule;
    assert_eq!((s.untouched_tokens, s.untouched_heads), (4, 1));
    assert_eq!(
        (&s.keep_tokens[..], &s.keep_heads[..]),
        (&[9000, 3333][..], &[10_000][..])
    );
    assert_eq!(design(&to_toml(named.params())), named);
    let toml = "[cascade]\nlayers = 3\nkeep_tokens = [0.5, 0.9]\nkeep_heads = 0.123456\n";
    assert_eq!(
        problems(toml),
        [
            "a.toml:4: cascade.keep_heads = 0.123456: must be a list of shares of at most \
             four decimals (try [0.9, 0.3])",
            "a.toml:3: cascade.keep_tokens = [0.5, 0.9]: must be shares above 0, at most 1, \
             none above the one before it (try [0.9, 0.3])",
        ]
    );
}

#[test]
fn an_array_has_the_shape_that_pe_and_its_keys_give() {
    let design = |toml: &str| {
        let mut draft = Draft::default();
        draft.read_toml(toml, "a.toml");
        draft.assign("blocks", "figs");
        draft.finish().expect("legal")
    };
    let square = design("pe = 256");
    let figs = square.params().figs().expect("is there");
    assert_eq!((figs.rows, figs.columns, figs.lanes), (16, 4, 4));
    let toml = "pe = 128\n[figs]\ngroup = 8\nact_w = 12\nselect = \"pe\"\nrows = 32\n\
                variants = [\"figs\", \"stc24\"]\n";
    let named = design(toml);
    let figs = named.params().figs().expect("is there");
    assert_eq!((figs.rows, figs.columns, figs.lanes), (32, 1, 4));
    assert_eq!((figs.group, figs.alpha, figs.psum_w), (8, 7, 32));
    assert_eq!(figs.select, figs::SelectBy::Pe);
    let variants = [figs::Variant::Figs, figs::Variant::Stc24];
    assert_eq!(named.params().figs.variants, variants);
    assert_eq!(design(&to_toml(named.params())), named);
}

/// A row of one or two tokens keeps the numbers that a core has always had; what a key names stays.
#[test]
fn what_is_in_flight_follows_from_the_tokens_of_a_row() {
    let flight = |settings: &str| {
        let mut draft = Draft::default();
        draft.read_toml(settings, "a.toml");
        draft.assign("blocks", "attention");
        let design = draft.finish().expect("legal");
        let p = design.params().attention().expect("is held");
        [p.contexts, p.jobs, p.slots, p.outstanding]
    };
    assert_eq!(flight(""), [4, 8, 4, 64]);
    assert_eq!(flight("pe = 8"), [4, 8, 4, 64]);
    assert_eq!(flight("pe = 128"), [4, 8, 4, 64]);
    assert_eq!(flight("pe = 256"), [8, 16, 8, 128]);
    assert_eq!(flight("pe = 512"), [16, 32, 16, 256]);
    assert_eq!(
        flight("pe = 64\n[attention]\nd_head = 8"),
        [16, 32, 16, 256]
    );
    assert_eq!(flight("pe = 1024"), [32, 64, 16, 256]);
    let toml = "pe = 512\n[attention]\ncontexts = 5\njobs = 4\noutstanding = 9";
    assert_eq!(flight(toml), [5, 4, 16, 9]);
}

#[test]
fn what_is_wrong_with_an_array_is_said_at_once() {
    let toml = "blocks = [\"figs\"]\npe = 2\n[figs]\nselect = \"row\"\ngroup = 6\n\
                act_w = 9\nvariants = [\"gemmini\"]\n";
    assert_eq!(
        problems(toml),
        [
            "a.toml:4: figs.select = \"row\": must be lane or pe (try \"lane\")",
            "a.toml:7: figs.variants = gemmini: is not a variant of figs \
             (one of figs, dense_ws, stc24, vegeta_s)",
            "a.toml:5: figs.group = 6: must be a power of two (try 4 or 8)",
            "a.toml:6: figs.act_w = 9: must be one of 4, 8, 12 (try 8)",
            "a.toml:2: pe = 2: there is no array of so many multipliers \
             (try 4, or name figs.rows, figs.columns and figs.lanes)",
        ]
    );
}

#[test]
fn a_number_that_no_rule_judges_must_still_fit() {
    let mut draft = Draft::default();
    draft.assign("topk.variants", "stream");
    draft.assign("topk.digit_w", "-3");
    let said = draft.finish().expect_err("does not fit").to_string();
    assert_eq!(
        said,
        "topk.digit_w = -3: does not fit 32 bits (leave it out)"
    );
}

#[test]
fn flags_override_and_are_judged_alike() {
    let mut draft = Draft::default();
    draft.read_toml("k = 99999\nname = \"x\"", "a.toml");
    draft.set("k=8");
    draft.set("topk.variants=radix, batcher");
    draft.set("topk.signed=false");
    let design = draft.finish().expect("legal");
    assert_eq!((design.params().k, design.params().name.as_str()), (8, "x"));
    let mut draft = Draft::default();
    for bad in ["topk.lanes", "topk.lanez=4", "k=1e3", "pe=x"] {
        draft.set(bad);
    }
    assert_eq!(
        draft.finish().expect_err("four are wrong").to_string(),
        "--set topk.lanes: expected KEY=VALUE (such as --set topk.lanes=8)\n\
         topk.lanez: unknown key (did you mean topk.lanes?)\n\
         k = 1e3: must be a whole number (try 16)\n\
         pe = x: must be a whole number (try 64)"
    );
}

#[test]
fn stems_become_names() {
    assert_eq!(
        legal_name("My Design--v2.").as_deref(),
        Some("my_design_v2")
    );
    assert_eq!(legal_name("--"), None);
    assert_eq!(legal_name(&"x".repeat(90)).map(|n| n.len()), Some(40));
}
