// SPDX-License-Identifier: MIT OR Apache-2.0
//! Doubly-N:M weights as layers of permutations, for the exchange mode.
//!
//! A block of G outputs by G elements with at most N weights in each row and each column is a
//! bipartite graph of degree N, so its edges have a colouring with N colours (Konig, 1916). A
//! colour is a partial permutation: one pass of the array, in which each output has one element of
//! the block and each element goes to one output.

use super::beat::WeightBeat;
use super::refusal::Refusal;
use super::window::Window;
use super::{FigsParams, Pattern};

/// Colours the edges of a bipartite graph of `left.len()` nodes on either side, so that no two
/// edges of a node share one of `colours`; `left[i]` lists the right nodes of left node i.
/// Returns `[colour][left] -> right`; `None` if some node has more edges than colours.
pub fn colour(left: &[Vec<u32>], colours: u32) -> Option<Vec<Vec<Option<u32>>>> {
    let n = left.len();
    // What each colour joins a node to, seen from either side.
    let mut to_right = vec![vec![None; n]; colours as usize];
    let mut to_left: Vec<Vec<Option<u32>>> = vec![vec![None; n]; colours as usize];
    for (u, edges) in left.iter().enumerate() {
        for &v in edges {
            let free = |side: &[Vec<Option<u32>>], node: usize| {
                side.iter().position(|joined| joined[node].is_none())
            };
            let (a, b) = (free(&to_right, u)?, free(&to_left, v as usize)?);
            if a != b {
                // Colour a is free at u but not at v: swap a and b along the path that starts at
                // v. It cannot end at u, where it would arrive on an edge of colour a.
                let mut path = Vec::new();
                let (mut node, mut wanted, mut on_right) = (v as usize, a, true);
                loop {
                    let next = if on_right {
                        to_left[wanted][node]
                    } else {
                        to_right[wanted][node]
                    };
                    let Some(next) = next else { break };
                    path.push(if on_right {
                        (wanted, next as usize, node)
                    } else {
                        (wanted, node, next as usize)
                    });
                    node = next as usize;
                    wanted = a + b - wanted;
                    on_right = !on_right;
                }
                for &(c, l, r) in &path {
                    to_right[c][l] = None;
                    to_left[c][r] = None;
                }
                for &(c, l, r) in &path {
                    to_right[a + b - c][l] = Some(r as u32);
                    to_left[a + b - c][r] = Some(l as u32);
                }
            }
            to_right[a][u] = Some(v);
            to_left[a][v as usize] = Some(u as u32);
        }
    }
    Some(to_right)
}

/// Makes a permutation of a partial one; nodes that are free are joined in ascending order.
fn complete(partial: &[Option<u32>]) -> Vec<u32> {
    let mut unused = (0..partial.len() as u32).filter(|v| !partial.contains(&Some(*v)));
    let fill = partial.iter().map(|v| v.or_else(|| unused.next()));
    fill.map(|v| v.expect("as many nodes on either side"))
        .collect()
}

/// Splits a tile into layers, one for each of the N weights of a block, with the control of each
/// column's exchange in the place of selects.
pub(super) fn layers(
    p: &FigsParams,
    pattern: Pattern,
    tile: &Window<'_>,
) -> Result<Vec<Vec<WeightBeat>>, Refusal> {
    let g = p.group;
    let n = pattern.n() * (g / pattern.m());
    let empty = WeightBeat {
        data: vec![0; p.row_lanes() as usize],
        sel: vec![0; p.columns as usize],
    };
    let mut layers = vec![vec![empty; p.rows as usize]; n as usize];
    for start in (0..p.rows).step_by(g as usize) {
        // Which element each register holds, in the column before.
        let identity: Vec<u32> = (0..g).collect();
        let mut before = vec![identity; n as usize];
        for column in 0..p.columns {
            let rows = edges(p, pattern, n, tile, (column, start))?;
            let coloured = colour(&rows, n).expect("the degrees have been judged");
            for (j, partial) in coloured.iter().enumerate() {
                let now = complete(partial);
                for s in 0..g {
                    let element = now[s as usize];
                    let beat = &mut layers[j][(start + s) as usize];
                    let source = before[j].iter().position(|e| *e == element);
                    beat.sel[column as usize] = source.expect("a permutation") as u32;
                    if partial[s as usize].is_none() {
                        continue;
                    }
                    for lane in column * p.lanes..(column + 1) * p.lanes {
                        beat.data[lane as usize] = tile.at(lane * g + s, start + element);
                    }
                }
                before[j] = now;
            }
        }
    }
    Ok(layers)
}

/// Lists the elements of each output of a block, of all lanes of a column; judges both degrees.
fn edges(
    p: &FigsParams,
    pattern: Pattern,
    n: u32,
    tile: &Window<'_>,
    (column, start): (u32, u32),
) -> Result<Vec<Vec<u32>>, Refusal> {
    let g = p.group;
    let lanes = column * p.lanes..(column + 1) * p.lanes;
    let wanted = |s: u32, e: u32| lanes.clone().any(|l| tile.at(l * g + s, start + e) != 0);
    let rows: Vec<Vec<u32>> = (0..g)
        .map(|s| (0..g).filter(|&e| wanted(s, e)).collect())
        .collect();
    let first = tile.o0 + column * p.lanes * g;
    if let Some(s) = rows.iter().position(|r| r.len() > n as usize) {
        return Err(Refusal::Dense {
            row: first + s as u32,
            block: (tile.k0 + start) / g,
            count: rows[s].len() as u32,
            pattern: Pattern::new(n, g).map_err(Refusal::Pattern)?,
            tied: p.lanes,
        });
    }
    for e in 0..g {
        let count = rows.iter().filter(|r| r.contains(&e)).count() as u32;
        if count > n {
            return Err(Refusal::Column {
                row: first,
                column: tile.k0 + start + e,
                count,
                pattern,
            });
        }
    }
    Ok(rows)
}

/// Returns channel, element of the tile and weight of every multiplier of a layer.
pub(super) fn terms(p: &FigsParams, beats: &[WeightBeat]) -> Vec<(u32, u32, i64)> {
    let g = p.group as usize;
    let mut out = Vec::new();
    for (block, rows) in beats.chunks(g).enumerate() {
        let start = (block * g) as u32;
        let mut held: Vec<u32> = (0..p.group).collect();
        for column in 0..p.columns {
            let sources = rows.iter().map(|b| b.sel[column as usize] as usize);
            held = sources.map(|s| held[s]).collect();
            for lane in column * p.lanes..(column + 1) * p.lanes {
                for (s, beat) in rows.iter().enumerate() {
                    let channel = lane * p.group + s as u32;
                    out.push((channel, start + held[s], beat.data[lane as usize]));
                }
            }
        }
    }
    out
}
