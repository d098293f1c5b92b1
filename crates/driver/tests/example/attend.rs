use hwgen_driver::{
    Attention, Chosen, Command, Driver, Error, Head, Keys, Kind, Memory, Mmio, Options, PAGE, Rows,
    Rule, Select, rows,
};

/// Elements of a head.
const D: usize = 16;

/// Attends to `keys` with one query, and gives the region back: its first page holds the head record,
/// keys and values follow, and then a row of queries and one of results.
fn attend<M: Mmio, R: Memory>(
    driver: &mut Driver<M, R, R, 8>,
    mut region: R,
    (keys, values): (&[[i16; D]], &[[i16; D]]),
    query: &[i16; D],
) -> Result<([i16; D], R), Error> {
    let there = *driver.capabilities();
    let shape = there.shape();
    let base = region.bus_address();
    let count = keys.len() as u32;
    let (place, queries) = shape.place(base + PAGE, count, 2048).expect("fits");
    for (token, (key, value)) in (0..).zip(keys.iter().zip(values)) {
        for (kind, elements) in [(Kind::K, key), (Kind::V, value)] {
            let written = shape.write_token(&mut region, base, &place, (kind, token), elements);
            written.expect("lies in the region");
        }
    }
    rows::write_query(&mut region, queries - base, 0, query);
    let results = queries + u64::from(there.query_bytes());
    let head = Head {
        place,
        queries: Rows {
            address: queries,
            stride: 0,
        },
        results: Rows {
            address: results,
            stride: 0,
        },
        // A score difference of 1 is 2^-16 octaves: (1 << 2) * 4096 in units of 2^-30.
        pre_shift: -2,
        mant: 4096,
        ..Head::default()
    };
    let job = Attention {
        records: base,
        heads: &[head],
        chosen: Chosen::All,
        keys: Keys::All(count as u16),
        queries: 1,
        causal: None,
        // All planes of the keys at once, and all of the values.
        k_start: there.k_planes.count(),
        k_max: there.k_planes.count(),
        v_count: there.v_planes.count(),
        rule: Rule::Static,
        select: Select::All,
        renorm: false,
        bias: false,
    };
    let options = Options {
        tag: 1,
        interrupt: true,
        fence: false,
    };
    driver
        .submit(&Command::Attention(job), options, region)
        .map_err(|rejected| rejected.error)?;
    // The region is the driver's now: nobody else can write it, or free it.
    let finished = driver.wait()?;
    assert!(finished.outcome.is_ok(), "{:?}", finished.outcome);
    let mut out = [0; D];
    rows::read_elements(&finished.buffers, results - base, &mut out);
    Ok((out, finished.buffers))
}
