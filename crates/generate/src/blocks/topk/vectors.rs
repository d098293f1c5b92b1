// SPDX-License-Identifier: MIT OR Apache-2.0
//! A golden set of the top-k engine, beat by beat, for benches that are not hwgen's.

use hwgen_golden::topk::{TopkParams, Variant, select};
use rand::rngs::Xoshiro256PlusPlus;
use rand::{Rng, SeedableRng};

use crate::blocks::word::Word;
use hwgen_bundle::file::File;

/// A query and the number of survivors asked for.
struct Query {
    note: &'static str,
    keys: Vec<i64>,
    k: u32,
}

/// Returns the files of one engine: a line a beat in hexadecimal, and the queries in words.
pub(super) fn files(p: &TopkParams, variant: Variant, top: &str) -> Vec<File> {
    let (mut keys, mut results, mut notes) = (String::new(), String::new(), String::new());
    notes.push_str("# query: keys n, asked k, survivors, threshold, what it tests\n");
    for (q, query) in queries(p, variant).iter().enumerate() {
        let n = query.keys.len() as u32;
        let kept = p.survivors(variant, n, query.k);
        let won = select(&query.keys, kept as usize);
        for beat in 0..p.beats(n) {
            let at = (beat * p.lanes) as usize;
            let lanes = query.keys.get(at..).unwrap_or_default();
            let lanes = &lanes[..lanes.len().min(p.lanes as usize)];
            let mut word = Word::default();
            word.lanes(lanes, p.key_w, p.lanes);
            word.keep(lanes.len(), p.lanes);
            word.push(u64::from(beat + 1 == p.beats(n)), 1);
            word.push(u64::from(query.k), p.cnt_w());
            keys.push_str(&word.hex());
        }
        for beat in 0..p.beats(kept) {
            let at = (beat * p.lanes) as usize;
            let lanes = won.indices.get(at..).unwrap_or_default();
            let lanes = &lanes[..lanes.len().min(p.lanes as usize)];
            let data: Vec<i64> = lanes.iter().map(|&i| query.keys[i as usize]).collect();
            let index: Vec<i64> = lanes.iter().map(|&i| i64::from(i)).collect();
            let mut word = Word::default();
            word.lanes(&data, p.key_w, p.lanes);
            word.lanes(&index, p.idx_w(), p.lanes);
            word.keep(lanes.len(), p.lanes);
            word.push(u64::from(beat + 1 == p.beats(kept)), 1);
            word.push(won.threshold as u64, p.key_w);
            word.push(u64::from(kept), p.cnt_w());
            results.push_str(&word.hex());
        }
        let (k, threshold, note) = (query.k, won.threshold, query.note);
        notes.push_str(&format!(
            "{q}: n {n}, k {k}, {kept} survive, threshold {threshold}: {note}\n"
        ));
    }
    let file = |kind: &str, text| File::new(format!("vectors/{top}_{kind}"), text);
    vec![
        file("keys.hex", keys),
        file("results.hex", results),
        file("queries.txt", notes),
    ]
}

fn queries(p: &TopkParams, variant: Variant) -> Vec<Query> {
    // The generator is named by its algorithm: vectors may not change with a library's default.
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(u64::from(p.lanes) << 32 | u64::from(p.max_n));
    let (low, high) = p.key_range();
    let span = (high - low + 1) as u64;
    let mut random = |n: u32| -> Vec<i64> {
        let key = |_| low + (rng.next_u64() % span) as i64;
        (0..n).map(key).collect()
    };
    // Four beats and one key show every case; longer queries would only be longer files.
    let n = p.max_n.min(4 * p.lanes + 1);
    let most = if variant == Variant::Stream {
        p.capacity
    } else {
        p.max_n
    };
    let some = (n / 4).clamp(1, most);
    let query = |note, keys, k| Query { note, keys, k };
    let mut ties = random(n);
    for key in &mut ties {
        *key = (*key).clamp(-1, 1).max(low);
    }
    vec![
        query("random keys", random(n), some),
        query("no key at all", Vec::new(), some),
        query("a single key", random(1), 1),
        query("nothing survives", random(n), 0),
        query("the largest only", random(n), 1),
        query("as many as there are", random(n), n),
        query(
            "more than there are",
            random(n / 2),
            (n / 2 + 1).min(p.max_n),
        ),
        query(
            "all keys alike: the lowest indices win",
            vec![high; n as usize],
            some,
        ),
        query("three values only", ties, some),
        query("the smallest key everywhere", vec![low; n as usize], some),
        query(
            "ascending",
            (0..i64::from(n)).map(|i| low + i % (high - low)).collect(),
            some,
        ),
        query(
            "a whole number of beats",
            random(p.lanes.min(p.max_n)),
            some,
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_engine_has_a_line_a_beat() {
        let p = TopkParams {
            lanes: 4,
            key_w: 8,
            max_n: 64,
            capacity: 4,
            ..TopkParams::default()
        };
        for variant in Variant::ALL {
            let files = files(&p, variant, "t");
            let beats: u32 = queries(&p, variant)
                .iter()
                .map(|q| p.beats(q.keys.len() as u32))
                .sum();
            assert_eq!(files[0].text.lines().count(), beats as usize);
            // 4 lanes of 8 bits, 4 of keep, 1 of last, 7 of k: 44 bits.
            assert!(
                files[0].text.lines().all(|l| l.len() == 11),
                "{}",
                files[0].text
            );
        }
    }
}
