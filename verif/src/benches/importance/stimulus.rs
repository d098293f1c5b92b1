// SPDX-License-Identifier: MIT OR Apache-2.0
//! Beats for the accumulators: the awkward ones first, then random ones.

use hwgen_golden::importance::{HEAD_ACC_W, ImportanceParams, TOKEN_ACC_W};

use super::{Access, Data, Item, Run, Shape};
use crate::kit::{self, Reset, Stall};
use hwgen_sim::rng::Rng;

/// Most beats of one run.
const RUN_ITEMS: u64 = 120;

/// Lists runs of `cases` beats together.
pub(super) fn plan(
    p: &ImportanceParams,
    seed: u64,
    cases: u64,
) -> Box<dyn Iterator<Item = Run> + '_> {
    kit::plan(seed, cases, |rng, number, left| {
        let size = (1 + rng.below(RUN_ITEMS)).min(left);
        // Beats that hit the same few sums are those that get in each other's way.
        let crowd = [1, 2, 4, 64][rng.below(4) as usize];
        let mix = [[60, 20], [95, 3], [5, 90], [10, 10]][rng.below(4) as usize];
        let looks = [0, 10, 40][rng.below(3) as usize];
        let mut items = Vec::new();
        while items.len() < size as usize {
            let item = item(p, rng, crowd, mix);
            items.push(item);
            // Before more is added to a sum, which may hide what was wrong with it.
            items.extend(look(p, rng, item).filter(|_| rng.chance(looks)));
        }
        items.truncate(size as usize);
        let stalled = number > 2 && rng.chance(75);
        let stalls = Stall::draw_all(rng, stalled, 3, 1);
        let set_up = u64::from(p.max_tokens + p.max_heads);
        let reset = (number > 2 && rng.chance(25)).then(|| Reset::draw(rng, set_up + 8 * size));
        Run {
            seed: rng.draw(),
            stalls,
            reset,
            setup: (),
            items,
        }
    })
}

/// Returns a read of a sum that `item` has changed.
fn look(p: &ImportanceParams, rng: &mut Rng, item: Item) -> Option<Item> {
    let (head, index) = match item {
        Item::Row(row) => {
            let lane = rng.below(p.tokens().into()) as u32;
            (false, row.number * p.tokens() + lane)
        }
        Item::Output(output) => (true, output.number),
        Item::Access(access) => (access.code > 0).then_some((access.head, access.target))?,
    };
    let most = if head { p.max_heads } else { p.max_tokens };
    (index < most).then(|| {
        Item::Access(Access {
            head,
            code: 0,
            index,
            target: rng.below(most.into()) as u32,
            data: 0,
            restart: false,
        })
    })
}

/// Draws a beat; `mix` is the share of rows and of outputs in percent, `crowd` how many sums it
/// hits mostly.
fn item(p: &ImportanceParams, rng: &mut Rng, crowd: u64, mix: [u32; 2]) -> Item {
    let among = |rng: &mut Rng, most: u32| {
        let most = u64::from(most);
        let few = rng.chance(90);
        rng.below(if few { crowd.min(most) } else { most }) as u32
    };
    let shape = Shape::ALL[rng.below(3) as usize];
    if rng.chance(mix[0]) {
        let number = among(rng, p.max_tokens / p.tokens());
        let seed = rng.draw();
        return Item::Row(Data {
            number,
            seed,
            shape,
        });
    }
    if rng.chance(mix[1]) {
        let stray = rng.chance(5);
        let number = if stray {
            // The first that is not there is the one that is taken for a head most easily.
            let most = u64::from(p.max_heads.min(255));
            most.max(rng.below(256) * rng.below(2)) as u32
        } else {
            among(rng, p.max_heads)
        };
        let seed = rng.draw();
        return Item::Output(Data {
            number,
            seed,
            shape,
        });
    }
    let head = rng.chance(40);
    let (most, width) = if head {
        (p.max_heads, HEAD_ACC_W)
    } else {
        (p.max_tokens, TOKEN_ACC_W)
    };
    let index = |rng: &mut Rng| {
        if rng.chance(4) {
            let beyond = u64::from((1 << p.index_w()) - most);
            most + (rng.below(beyond) * rng.below(2)) as u32
        } else {
            among(rng, most)
        }
    };
    let largest = (1_u64 << width) - 1;
    let data = match rng.below(3) {
        0 => rng.draw() & largest,
        // So near the end that a beat or a few saturate it.
        1 => largest - (rng.below(1 << 20) >> rng.below(20)),
        _ => rng.below(1 << 16) << rng.below(u64::from(width - 15)),
    };
    Item::Access(Access {
        head,
        code: [0, 0, 0, 0, 1, 1, 1, 2, 2, 3][rng.below(10) as usize],
        index: index(rng),
        target: index(rng),
        data: data & largest,
        restart: rng.chance(20),
    })
}
