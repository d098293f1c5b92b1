// SPDX-License-Identifier: MIT OR Apache-2.0
//! Commands beside plain attention, with the accelerator in software: lists, pruning, appending.

mod device;

use device::layer::{Layer, elements};
use device::{Device, Region, small};
use hwgen_driver::{
    Append, Appended, Attention, Capabilities, Cascade, Chosen, Code, Command, Config, Driver,
    ENTRY, Error, Finished, Keys, Kind, List, Memory, Options, Outcome, Stage, rows,
};

type Two = Driver<Device, Region, (Region, Region), 4>;

fn drive(device: &Device) -> Two {
    let ring = device.region(4 * ENTRY);
    let made = Driver::new(device.clone(), ring, Config::default());
    made.unwrap_or_else(|failed| panic!("{}", failed.error))
}

/// Runs a command to its end; returns the count of its completion and what it owned.
fn run(
    driver: &mut Two,
    command: &Command<'_>,
    owned: (Region, Region),
) -> (u32, (Region, Region)) {
    let taken = driver.submit(command, Options::default(), owned);
    taken.unwrap_or_else(|rejected| panic!("{}", rejected.error));
    let Finished {
        outcome, buffers, ..
    } = driver.wait().expect("is over");
    match outcome {
        Outcome::Done(done) if done.code == Code::Ok => (done.count, buffers),
        other => panic!("{other:?}"),
    }
}

/// The first row of results of a head, and the query with the bytes of a token's key added, which is
/// what the accelerator of the tests makes of it.
fn row(
    there: &Capabilities,
    layer: &Layer,
    region: &Region,
    head: usize,
    token: u32,
) -> (Vec<i16>, Vec<i16>) {
    let (base, d_head) = (region.bus_address(), there.d_head as usize);
    let one = &layer.heads[head];
    let (mut got, mut query) = (vec![0; d_head], vec![0; d_head]);
    rows::read_elements(region, one.results.address - base, &mut got);
    rows::read_elements(region, one.queries.address - base + 8, &mut query);
    let shape = there.shape();
    let mut key = vec![0; shape.vector_bytes(Kind::K, 0) as usize];
    region.read(
        shape.address(&one.place, Kind::K, 0, token) - base,
        &mut key,
    );
    let keys = key.iter().cycle();
    let wanted = query
        .iter()
        .zip(keys)
        .map(|(q, &k)| q.wrapping_add(k.into()));
    (got, wanted.collect())
}

#[test]
fn a_list_is_loaded_and_used() {
    let device = small(31);
    let mut driver = drive(&device);
    let there = *driver.capabilities();
    let (layer, region) = Layer::new(&device, &there, (2, 9, 1), 1);
    let mut list = device.region(64);
    for (at, entry) in (0..).zip([7_u16, 2, 5]) {
        list.write(2 * at, &entry.to_le_bytes());
    }
    let address = list.bus_address();
    let load = Command::List(List { address, count: 3 });
    let (_, owned) = run(&mut driver, &load, (region, list));
    let job = Attention {
        keys: Keys::Listed { keys: 3, tokens: 9 },
        ..layer.attention()
    };
    let (count, owned) = run(&mut driver, &Command::Attention(job), owned);
    assert_eq!(count, 2);
    for head in 0..2 {
        let (got, wanted) = row(&there, &layer, &owned.0, head, 7);
        assert_eq!(got, wanted);
    }
}

#[test]
fn survivors_come_back_and_feed_the_next_layer() {
    let device = small(33);
    let mut driver = drive(&device);
    let there = *driver.capabilities();
    let (layer, region) = Layer::new(&device, &there, (2, 9, 1), 1);
    let mut survivors = device.region(4096);
    survivors.fill(0xEE);
    let prune = Cascade {
        stage: Stage::Start {
            tokens: 9,
            heads: 2,
        },
        keep_tokens: 3,
        keep_heads: 2,
        window: 4,
        tokens_to: Some(survivors.bus_address()),
        heads_to: Some(survivors.bus_address() + 1024),
    };
    let (count, owned) = run(&mut driver, &Command::Cascade(prune), (region, survivors));
    assert_eq!(count, 4, "as many as the window has");
    let mut bytes = [0; 40];
    owned.1.read(0, &mut bytes);
    // Position, token and the sum of 3, which the accelerator of the tests has for all.
    assert_eq!(bytes[24..32], [3, 0, 3, 0, 3, 0, 0, 0]);
    assert_eq!(bytes[32..], [0xEE; 8], "nothing behind the fourth");
    let job = Attention {
        keys: Keys::OnChip { tokens: 9 },
        chosen: Chosen::OnChip,
        ..layer.attention()
    };
    let (count, owned) = run(&mut driver, &Command::Attention(job), owned);
    assert_eq!(count, 2);
    for head in 0..2 {
        let (got, wanted) = row(&there, &layer, &owned.0, head, 0);
        assert_eq!(got, wanted);
        let results = layer.heads[head].results.address - owned.0.bus_address();
        let statistics = rows::Statistics::read(&owned.0, results, there.d_head);
        assert_eq!(statistics.selected, 4, "as many keys as survived");
    }
}

#[test]
fn a_token_is_appended_and_seen() {
    let device = small(35);
    let mut driver = drive(&device);
    let there = *driver.capabilities();
    let shape = there.shape();
    // Keys and values of nine tokens, the last of which is written again.
    let (layer, region) = Layer::new(&device, &there, (2, 9, 1), 1);
    let mut sources = device.region(4096);
    let mut heads = Vec::new();
    let mut at = 256;
    for (i, head) in (0..).zip(&layer.heads) {
        let addresses = [1, 2].map(|kind| {
            // Beyond 12 bits, which saturates.
            let elements: Vec<i16> = elements(there.d_head, 50 + 2 * i + kind)
                .iter()
                .map(|e| e * 4)
                .collect();
            rows::write_elements(&mut sources, at, &elements);
            at += 64;
            sources.bus_address() + at - 64
        });
        heads.push(Appended {
            place: head.place,
            k: addresses[0],
            v: addresses[1],
        });
    }
    let append = Append {
        records: sources.bus_address(),
        heads: &heads,
        token: 8,
    };
    let (count, owned) = run(&mut driver, &Command::Append(append), (region, sources));
    assert_eq!(count, 2);
    let base = owned.0.bus_address();
    for (i, head) in (0..).zip(&layer.heads) {
        for (kind, number) in [(Kind::K, 1), (Kind::V, 2)] {
            let elements: Vec<i16> = elements(there.d_head, 50 + 2 * i + number)
                .iter()
                .map(|e| e * 4)
                .collect();
            for plane in 0..usize::from(shape.planes(kind).count()) {
                let mut wanted = vec![0; shape.vector_bytes(kind, plane) as usize];
                shape.planes(kind).pack(&elements, plane, &mut wanted);
                let mut got = vec![0; wanted.len()];
                let address = shape.address(&head.place, kind, plane, 8);
                owned.0.read(address - base, &mut got);
                assert_eq!(got, wanted, "head {i}, {kind:?}, plane {plane}");
            }
        }
    }
    let (_, owned) = run(&mut driver, &Command::Attention(layer.attention()), owned);
    layer.compare(&owned.0, there.d_head);
}

#[test]
fn what_is_not_there_is_refused() {
    let device = small(37);
    device.0.borrow_mut().take_away();
    let mut driver = drive(&device);
    let there = *driver.capabilities();
    assert!(there.attention && !there.cascade && !there.append);
    let owned = (device.region(4096), device.region(4096));
    let records = owned.0.bus_address();
    let append = Command::Append(Append {
        records,
        heads: &[],
        token: 0,
    });
    let rejected = driver.submit(&append, Options::default(), owned);
    let rejected = rejected.expect_err("has no such feature");
    let text = "op = 4: the accelerator has no append (see FEATURES)";
    assert_eq!(rejected.error.to_string(), text);
    assert!(matches!(rejected.error, Error::Illegal(i) if i.code == Some(Code::UnknownOp)));
}
