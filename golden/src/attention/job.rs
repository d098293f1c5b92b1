// SPDX-License-Identifier: MIT OR Apache-2.0
//! What goes into the attention core and what comes out of it.

use super::PROB_ONE;
use super::params::AttentionParams;
use super::softmax::Scale;

/// Says which keys get more planes once the first ones are scored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Rule {
    /// None: `k_start` planes is all there is.
    Static,
    /// All visible keys of a query whose distribution is flat (SpAtten).
    Head,
    /// The keys whose probability may still exceed a limit.
    Token,
    /// The encoding that has no meaning; it makes a job illegal.
    Reserved,
}

impl Rule {
    /// All encodings, in order.
    pub const ALL: [Self; 4] = [Self::Static, Self::Head, Self::Token, Self::Reserved];

    /// Returns the encoding on the port.
    pub fn code(self) -> u32 {
        self as u32
    }
}

/// Says which values are fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Select {
    /// All unmasked visible ones.
    All,
    /// The `k` best.
    Topk,
    /// The best that hold `mass` together.
    Mass,
    /// The encoding that has no meaning; it makes a job illegal.
    Reserved,
}

impl Select {
    /// All encodings, in order.
    pub const ALL: [Self; 4] = [Self::All, Self::Topk, Self::Mass, Self::Reserved];

    /// Returns the encoding on the port.
    pub fn code(self) -> u32 {
        self as u32
    }
}

/// Why a job is refused, in order of precedence; the first that applies is reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum JobError {
    /// It is not.
    Ok,
    /// No keys, or more than `max_tokens`.
    Keys,
    /// `k` of 0 where the `k` best are asked for.
    K,
    /// A number of planes that does not exist, or fewer in the end than at the start.
    Planes,
    /// A rule or selection of the reserved encoding.
    RuleOrSelect,
    /// A mass over one.
    Mass,
}

impl JobError {
    /// Returns the code on the statistics port.
    pub fn code(self) -> u32 {
        self as u32
    }
}

/// All queries of one head. Its flags are the port's.
#[allow(clippy::struct_excessive_bools)]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Number of the head, 8 bits; requests carry it.
    pub head: u32,
    /// Keys of the head, 1 to `max_tokens`.
    pub keys: u32,
    /// Whether query `i` sees only keys 0 to `first + i`.
    pub causal: bool,
    /// Position of query 0 among the keys; read only in a causal job.
    pub first: u32,
    /// Planes of K that are fetched up front, 1 to all.
    pub k_start: u32,
    /// Most planes of K that a key gets, `k_start` to all.
    pub k_max: u32,
    /// Planes of V that are fetched, 1 to all.
    pub v_count: u32,
    /// Which keys get more planes.
    pub rule: Rule,
    /// Rule `head`: refine while the sum of exponentials (2^-24 units, 36 bits) exceeds this.
    pub head_limit: u64,
    /// Rule `token`: minus log2 of the probability limit, in 2^-14 octaves, 20 bits.
    pub eps_log2: u32,
    /// Right shift of a score difference before the multiplication, -16 to 31.
    pub pre_shift: i32,
    /// Multiplier of a shifted difference, 16 bits; the product in 2^-16 units is 2^-14 octaves.
    pub mant: u32,
    /// Which values are fetched.
    pub select: Select,
    /// Values kept by [`Select::Topk`], 1 to `max_tokens`.
    pub k: u32,
    /// Probability mass kept by [`Select::Mass`], 65536 is one.
    pub mass: u32,
    /// Whether the probabilities of the selected values are scaled to sum to one.
    pub renorm: bool,
    /// Whether each query comes with a bias a key.
    pub bias: bool,
    /// Whether positions are translated by the token list.
    pub list: bool,
}

impl Job {
    /// Returns the plain job over `keys` keys: all planes of K and V and all values are fetched, no
    /// rule refines, no list or bias comes with it. Its head is 0.
    pub fn plain(params: &AttentionParams, keys: u32, scale: Scale) -> Self {
        let planes = params.k_planes.len() as u32;
        Self {
            head: 0,
            keys,
            causal: false,
            first: 0,
            k_start: planes,
            k_max: planes,
            v_count: params.v_planes.len() as u32,
            rule: Rule::Static,
            head_limit: 0,
            eps_log2: 0,
            pre_shift: scale.pre_shift,
            mant: scale.mant,
            select: Select::All,
            k: 1,
            mass: 0,
            renorm: false,
            bias: false,
            list: false,
        }
    }

    /// Returns why the core refuses this job.
    pub fn error(&self, params: &AttentionParams) -> JobError {
        let k_planes = params.k_planes.len() as u32;
        let v_planes = params.v_planes.len() as u32;
        if self.keys == 0 || self.keys > params.max_tokens {
            JobError::Keys
        } else if self.select == Select::Topk && self.k == 0 {
            JobError::K
        } else if !(1..=k_planes).contains(&self.k_start)
            || !(self.k_start..=k_planes).contains(&self.k_max)
            || !(1..=v_planes).contains(&self.v_count)
        {
            JobError::Planes
        } else if self.rule == Rule::Reserved || self.select == Select::Reserved {
            JobError::RuleOrSelect
        } else if self.mass > PROB_ONE {
            JobError::Mass
        } else {
            JobError::Ok
        }
    }

    /// Returns the keys that query `index` sees, masked ones included.
    pub fn visible(&self, index: usize) -> u32 {
        if self.causal {
            let seen = u64::from(self.first) + index as u64 + 1;
            seen.min(u64::from(self.keys)) as u32
        } else {
            self.keys
        }
    }
}

/// One query of a job. The last of a job's queries carries the port's last flag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// `d_head` elements of 12 bits; zero behind the end of a shorter head.
    pub data: Vec<i32>,
    /// Rule `token`: score uncertainty for one unit of K in each element, 24 bits.
    pub bound: u32,
}

/// One request for a row of plane vectors, at most one a lane.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Request {
    /// Whether values are meant, not keys.
    pub value: bool,
    /// Plane, 0 is the top one.
    pub plane: u32,
    /// Number of the head.
    pub head: u32,
    /// Positions whose vectors are wanted, in the order of their lanes; never empty. The lane of a
    /// position is its remainder by T. For keys all of them lie in one row, for values in any.
    pub positions: Vec<u32>,
}

impl Request {
    /// Returns the lanes that are wanted, with the token asked for in each.
    pub fn wanted<'a>(
        &'a self,
        params: &AttentionParams,
        list: Option<&'a [u32]>,
    ) -> impl Iterator<Item = (u32, u32)> + use<'a> {
        let tokens = params.tokens();
        let positions = self.positions.iter();
        positions.map(move |&position| {
            let token = list.map_or(position, |l| l[position as usize]);
            (position % tokens, token)
        })
    }

    /// Returns the number of plane vectors asked for.
    pub fn vectors(&self) -> u32 {
        self.positions.len() as u32
    }
}

/// What the core reports of a query, or of a refused job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryStat {
    /// Number of the head.
    pub head: u32,
    /// Why the job was refused.
    pub error: JobError,
    /// Whether this is the job's last report.
    pub last: bool,
    /// Plane vectors of K that this query's refinements asked for.
    pub k_fetched: u32,
    /// Planes that this query's refinements added, over all its keys, resident or not.
    pub refined: u32,
    /// Values selected.
    pub selected: u32,
    /// Plane vectors of V that this query asked for.
    pub v_fetched: u32,
    /// Refinement rounds in which a plane was added.
    pub rounds: u32,
}

/// What comes out of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobResult {
    /// Why the job was refused; nothing but one report comes out of a refused job.
    pub error: JobError,
    /// Outputs, `d_head` elements a query in 1/16 units of V.
    pub outputs: Vec<Vec<i16>>,
    /// Probabilities, one a visible key of each query, 65536 is one.
    pub probs: Vec<Vec<u32>>,
    /// Positions of the selected values of each query, ascending.
    pub selected: Vec<Vec<u32>>,
    /// Planes of K that each visible key of each query was scored with.
    pub precision: Vec<Vec<u8>>,
    /// Reports, one a query, or one of a refused job.
    pub stats: Vec<QueryStat>,
    /// Requests for keys: for each plane the sequence in which they are made.
    pub k_requests: Vec<Vec<Request>>,
    /// Requests for values: for each plane the sequence in which they are made.
    pub v_requests: Vec<Vec<Request>>,
}
