// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which beats a sequence of requests needs, channel by channel and in order: what may be fetched.

use super::layout::Entry;
use crate::vector_reader::VectorReaderParams;

/// A request for a row of plane vectors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Whether values are asked for, rather than keys.
    pub value: bool,
    /// The plane, 0 the top one.
    pub plane: usize,
    /// The lanes that are wanted, lane 0 lowest.
    pub mask: u64,
    /// The token of each lane.
    pub tokens: Vec<u32>,
}

/// Vectors that lie one behind the other in a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fragment {
    /// The lanes that they go to, in their order in memory.
    pub lanes: Vec<u32>,
    /// The first byte, from the beginning of the channel.
    pub address: u64,
    /// Bytes.
    pub bytes: u32,
}

/// Cuts a request into the fragments of `channel`, in their order.
///
/// A fragment begins at the lowest lane that is left, and takes in lanes that are D = min(C, T) and
/// tokens that are C apart, as far as they are wanted, if vectors are packed.
pub fn fragments(
    p: &VectorReaderParams,
    entry: &Entry,
    request: &Request,
    channel: u32,
) -> Vec<Fragment> {
    let channels = p.memory.channels;
    let far = channels.min(p.tokens);
    let bytes = p.vector_bytes(request.value, request.plane);
    let packed = p.stride(request.value, request.plane) == bytes;
    let token = |lane: u32| request.tokens[lane as usize];
    let mut left: Vec<u32> = (0..p.tokens)
        .filter(|&lane| request.mask >> lane & 1 == 1 && token(lane) % channels == channel)
        .collect();
    let mut out = Vec::new();
    while let Some(&first) = left.first() {
        let mut lanes = vec![first];
        let mut next = first + far;
        while packed && left.contains(&next) && token(next) == token(next - far) + channels {
            lanes.push(next);
            next += far;
        }
        left.retain(|lane| !lanes.contains(lane));
        out.push(Fragment {
            address: entry.address(p, request.value, request.plane, token(first)),
            bytes: bytes * lanes.len() as u32,
            lanes,
        });
    }
    out
}

/// A beat that a channel needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Need {
    /// Its address, from the beginning of the channel.
    pub address: u64,
    /// It is the last beat of the fragment before, too, of the same head and kind, and the fragment
    /// does not begin with it; where keys are kept
    /// ([`keeps_keys`](VectorReaderParams::keeps_keys)), of the fragment of keys before. It is asked
    /// for again only if all fragments before have been delivered by then.
    pub shared: bool,
}

/// The beats that a channel needs, request by request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetch {
    channel: u32,
    /// Base and last beat of the fragment before, or of that of keys.
    last: Option<(u64, u64)>,
}

impl Fetch {
    /// Begins with nothing.
    pub fn new(channel: u32) -> Self {
        Self {
            channel,
            last: None,
        }
    }

    /// Returns the beats of a request, in order.
    pub fn needs(&mut self, p: &VectorReaderParams, entry: &Entry, request: &Request) -> Vec<Need> {
        let beat = u64::from(p.memory.beat_bytes());
        let base = entry.bases[usize::from(request.value)];
        let mut out = Vec::new();
        for fragment in fragments(p, entry, request, self.channel) {
            let first = fragment.address / beat * beat;
            let last = (fragment.address + u64::from(fragment.bytes) - 1) / beat * beat;
            for address in (first..=last).step_by(beat as usize) {
                let inside = address == first && fragment.address != first;
                let shared = inside && self.last == Some((base, first));
                out.push(Need { address, shared });
            }
            if !(request.value && p.keeps_keys()) {
                self.last = Some((base, last));
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::super::layout::place;
    use super::super::{Layout, MemoryParams};
    use super::*;

    /// Rows of four tokens; vectors of K have 48 bytes, and beats 32.
    fn params(channels: u32) -> VectorReaderParams {
        VectorReaderParams {
            tokens: 4,
            k_planes: vec![6, 4],
            v_planes: vec![4, 4],
            memory: MemoryParams {
                channels,
                data_w: 256,
                ..MemoryParams::default()
            },
            ..VectorReaderParams::default()
        }
    }

    fn keys(mask: u64, tokens: [u32; 4]) -> Request {
        Request {
            value: false,
            plane: 0,
            mask,
            tokens: tokens.to_vec(),
        }
    }

    #[test]
    fn a_row_is_a_fragment_per_channel() {
        let p = params(2);
        let entry = place(&p, 0, 64, 0).entry;
        let row = keys(0b1111, [4, 5, 6, 7]);
        // Tokens 5 and 7 are places 2 and 3 of channel 1.
        let odd = Fragment {
            lanes: vec![1, 3],
            address: 96,
            bytes: 96,
        };
        assert_eq!(fragments(&p, &entry, &row, 1), [odd]);
        // Without token 4, only place 3 of channel 0 is left.
        let row = keys(0b1110, [4, 5, 6, 7]);
        let even = Fragment {
            lanes: vec![2],
            address: 144,
            bytes: 48,
        };
        assert_eq!(fragments(&p, &entry, &row, 0), [even]);
    }

    #[test]
    fn tokens_of_a_list_meet_in_a_channel() {
        let p = params(4);
        let entry = place(&p, 0, 64, 0).entry;
        // All of them lie in channel 0, lane by lane: D is 4, so that no two lanes are a run.
        let row = keys(0b1111, [0, 4, 8, 16]);
        let cut = fragments(&p, &entry, &row, 0);
        let lanes: Vec<_> = cut.iter().map(|f| (f.lanes.clone(), f.address)).collect();
        assert_eq!(
            lanes,
            [(vec![0], 0), (vec![1], 48), (vec![2], 96), (vec![3], 192)]
        );
        assert!((1..4).all(|c| fragments(&p, &entry, &row, c).is_empty()));
    }

    #[test]
    fn a_beat_in_the_middle_is_needed_once() {
        let p = params(4);
        let entry = place(&p, 0, 64, 0).entry;
        let mut fetch = Fetch::new(0);
        let need = |address, shared| Need { address, shared };
        // Places 0 and 1 are bytes 0 to 47 and 48 to 95.
        let first = fetch.needs(&p, &entry, &keys(0b1111, [0, 1, 2, 3]));
        assert_eq!(first, [need(0, false), need(32, false)]);
        let second = fetch.needs(&p, &entry, &keys(0b1111, [4, 5, 6, 7]));
        assert_eq!(second, [need(32, true), need(64, false)]);
        // A row that wants nothing of the channel changes nothing; place 2 begins behind beat 64.
        assert_eq!(fetch.needs(&p, &entry, &keys(0b1110, [0, 1, 2, 3])), []);
        let third = fetch.needs(&p, &entry, &keys(0b0001, [8, 9, 10, 11]));
        assert_eq!(third, [need(96, false), need(128, false)]);
    }

    #[test]
    fn keys_are_kept_while_filled_values_pass() {
        let mut p = params(1);
        p.tokens = 1;
        p.v_planes = vec![6];
        let row = |value, token| Request {
            value,
            plane: 0,
            mask: 1,
            tokens: vec![token],
        };
        // Keys of 48 bytes: beats 0 and 1 of 32, then the second half of beat 1 and beat 2.
        let shared = |p: &VectorReaderParams, between: &[u32]| {
            let entry = place(p, 0, 64, 0).entry;
            let mut fetch = Fetch::new(0);
            fetch.needs(p, &entry, &row(false, 0));
            for &token in between {
                let needs = fetch.needs(p, &entry, &row(true, token));
                let first = needs[0].address - entry.bases[1];
                let stride = u64::from(p.stride(true, 0));
                assert_eq!(first, u64::from(token) * stride / 32 * 32);
                assert!(!needs[0].shared);
            }
            fetch.needs(p, &entry, &row(false, 1))[0].shared
        };
        assert!(shared(&p, &[]));
        assert!(!shared(&p, &[9]));
        p.memory.v_layout = Layout::Filled;
        // Of 64 bytes, two beats of 32.
        assert!(p.keeps_keys() && shared(&p, &[9, 10]));
        // Vectors of 16 bytes are filled up to no more than that, half of a beat.
        p.v_planes = vec![2];
        assert!(!p.keeps_keys() && !shared(&p, &[9]));
    }

    #[test]
    fn a_fragment_that_begins_with_a_beat_shares_none() {
        let p = params(4);
        let entry = place(&p, 0, 64, 0).entry;
        let mut fetch = Fetch::new(0);
        // The same token of 48 bytes at the beginning of the plane again: a job later.
        let needs = [0, 0].map(|token| fetch.needs(&p, &entry, &keys(1, [token; 4])));
        assert!(needs.iter().flatten().all(|need| !need.shared));
    }

    #[test]
    fn values_by_token_share_a_beat_between_planes() {
        let mut p = params(4);
        p.v_planes = vec![2, 2];
        p.memory.v_layout = Layout::Token;
        let entry = place(&p, 0, 64, 0).entry;
        let mut fetch = Fetch::new(1);
        let value = |plane| Request {
            value: true,
            plane,
            ..keys(0b0010, [0, 9, 0, 0])
        };
        // Token 9 is place 2 of channel 1; a place has 32 bytes, a beat for both planes.
        let base = entry.bases[1] + 64;
        let need = |shared| Need {
            address: base,
            shared,
        };
        assert_eq!(fetch.needs(&p, &entry, &value(0)), [need(false)]);
        assert_eq!(fetch.needs(&p, &entry, &value(1)), [need(true)]);
    }
}
