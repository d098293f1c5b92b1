// SPDX-License-Identifier: MIT OR Apache-2.0
//! Commands and verdicts as numbers, for the driver in C.

use hwgen_driver::{
    Chosen, Code, Command, Illegal, Keys, LegalRule, Options, Place, Rows, Rule, Select, Stage,
};

pub fn put_place(out: &mut Vec<u64>, place: &Place) {
    for (base, offsets) in [
        (place.k_base, place.k_offset),
        (place.v_base, place.v_offset),
    ] {
        out.push(base);
        out.extend(offsets.map(u64::from));
    }
}

pub fn put_rows(out: &mut Vec<u64>, rows: Rows) {
    out.extend([rows.address, i64::from(rows.stride) as u64]);
}

/// Lists the numbers of a command for the driver in C.
pub fn numbers(command: &Command<'_>, options: Options) -> Vec<u64> {
    let mut out = vec![
        command.op().into(),
        options.tag.into(),
        options.interrupt.into(),
        options.fence.into(),
    ];
    match command {
        Command::Attention(job) => {
            let (kind, keys, tokens) = match job.keys {
                Keys::All(keys) => (0, keys, 0),
                Keys::Listed { keys, tokens } => (1, keys, tokens),
                Keys::OnChip { tokens } => (2, 0, tokens),
            };
            let (rule, eps) = match job.rule {
                Rule::Static => (0, 0),
                Rule::Head => (1, 0),
                Rule::Token { eps_log2 } => (2, eps_log2),
            };
            let (select, k, mass) = match job.select {
                Select::All => (0, 0, 0),
                Select::Best(k) => (1, k, 0),
                Select::Mass(mass) => (2, 0, mass),
            };
            out.extend([
                job.records,
                job.heads.len() as u64,
                u64::from(job.chosen == Chosen::OnChip),
                kind,
                keys.into(),
                tokens.into(),
                job.queries.into(),
                job.causal.is_some().into(),
                job.causal.unwrap_or(0).into(),
                job.k_start.into(),
                job.k_max.into(),
                job.v_count.into(),
                rule,
                eps.into(),
                select,
                k.into(),
                mass.into(),
                job.renorm.into(),
                job.bias.into(),
            ]);
            for head in job.heads {
                put_place(&mut out, &head.place);
                put_rows(&mut out, head.queries);
                put_rows(&mut out, head.biases);
                put_rows(&mut out, head.results);
                let shift = i64::from(head.pre_shift) as u64;
                out.extend([shift, head.mant.into(), head.head_limit]);
            }
        }
        Command::List(list) => out.extend([list.address, list.count.into()]),
        Command::Cascade(cascade) => {
            let (stage, tokens, heads) = match cascade.stage {
                Stage::Start { tokens, heads } => (0, tokens, heads),
                Stage::Layer => (1, 0, 0),
                Stage::Token => (2, 0, 0),
            };
            let small = [
                stage,
                tokens,
                heads,
                cascade.keep_tokens,
                cascade.keep_heads,
                cascade.window,
            ];
            out.extend(small.map(u64::from));
            let to = [cascade.tokens_to, cascade.heads_to];
            out.extend(to.map(|address| address.unwrap_or(0)));
        }
        Command::Append(append) => {
            let count = append.heads.len() as u64;
            out.extend([append.records, count, append.token.into()]);
            for head in append.heads {
                put_place(&mut out, &head.place);
                out.extend([head.k, head.v]);
            }
        }
    }
    out
}

/// What a verdict is in the driver in C: code, head, value, rule, low and high.
pub fn verdict(illegal: &Illegal) -> (String, [u64; 6]) {
    let (rule, low, high) = match illegal.rule {
        LegalRule::Multiple(of) => (1, of, 0),
        LegalRule::Range(low, high) => (2, low as u64, high as u64),
        LegalRule::Below(limit) => (3, 0, limit),
        LegalRule::Zero => (4, 0, 0),
        LegalRule::Window(bytes) => (5, 0, bytes),
        LegalRule::Owned(bytes) => (6, 0, bytes),
        LegalRule::Feature(_) => (7, 0, 0),
    };
    let code = illegal.code.map_or(255, Code::byte);
    let head = illegal.head.map_or(u64::MAX, u64::from);
    let numbers = [code.into(), head, illegal.value as u64, rule, low, high];
    (illegal.field.to_owned(), numbers)
}
