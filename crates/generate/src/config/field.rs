// SPDX-License-Identifier: MIT OR Apache-2.0
//! The keys of a configuration: one table for files, flags, the manifest and the lists.

use std::collections::BTreeMap;

use std::str::FromStr;

use hwgen_golden::cascade::SHARE_ONE;
use hwgen_golden::design::DesignParams;
use hwgen_golden::figs::{Mode, SelectBy};
use hwgen_golden::memory::Layout;
use hwgen_golden::{Arith, BlockName, Violation};

/// One key of the configuration.
pub struct Field {
    /// Dotted name: `topk.lanes`.
    pub key: &'static str,
    /// What it means, in a line.
    pub about: &'static str,
    pub(super) kind: Kind,
}

/// What a key holds, and where.
pub(super) enum Kind {
    Name,
    Count(At<u32>),
    Flag(At<bool>),
    Variants(Variants),
    /// One of a few words.
    Choice(Choice),
    /// Which blocks there are.
    Blocks,
    /// Widths of bit planes.
    Planes(At<Vec<u32>>),
    /// Shares of at most one, in units of a ten-thousandth.
    Shares(At<Vec<u32>>),
}

/// The place of a value.
pub(super) struct At<T> {
    pub(super) get: fn(&DesignParams) -> &T,
    pub(super) set: fn(&mut DesignParams) -> &mut T,
}

/// Makes the [`At`] of a field of the parameters.
macro_rules! at {
    ($($path:ident).+) => {
        At { get: |p| &p.$($path).+, set: |p| &mut p.$($path).+ }
    };
}

/// A list of variants of a block.
pub(super) struct Variants {
    /// One that a user could name.
    pub(super) example: &'static str,
    get: fn(&DesignParams) -> Vec<&'static str>,
    /// Takes the variants of these names, all or none.
    pub(super) set: fn(&mut DesignParams, &[&str]) -> Vec<Violation>,
}

const TOPK: Variants = Variants {
    example: "radix",
    get: |p| p.topk.variants.iter().map(|v| v.name()).collect(),
    set: |p, names| read_all(&mut p.topk.variants, names),
};

const ATTENTION: Variants = Variants {
    example: "core",
    get: |p| p.core.variants.iter().map(|v| v.name()).collect(),
    set: |p, names| read_all(&mut p.core.variants, names),
};

/// The variant of the FiGS array that is no engine of its own.
const AXI: &str = "axi";

const FIGS: Variants = Variants {
    example: "figs",
    get: |p| {
        let names = p.figs.variants.iter().map(|v| v.name());
        names.chain(p.figs.axi.then_some(AXI)).collect()
    },
    set: |p, names| {
        let engines: Vec<&str> = names.iter().copied().filter(|n| *n != AXI).collect();
        let wrong = read_all(&mut p.figs.variants, &engines);
        if wrong.is_empty() {
            p.figs.axi = engines.len() != names.len();
        }
        wrong
    },
};

const REGS: Variants = Variants {
    example: "axi_lite",
    get: |p| p.regs.variants.iter().map(|v| v.name()).collect(),
    set: |p, names| read_all(&mut p.regs.variants, names),
};

/// Reads names into `list`; if one is wrong, the list stays: an empty one would be a second complaint.
fn read_all<V: FromStr<Err = Violation>>(list: &mut Vec<V>, names: &[&str]) -> Vec<Violation> {
    let (mut read, mut wrong) = (Vec::new(), Vec::new());
    for name in names {
        match name.parse() {
            Ok(variant) => read.push(variant),
            Err(violation) => wrong.push(violation),
        }
    }
    if wrong.is_empty() {
        *list = read;
    }
    wrong
}

/// A value that is one of a few words.
pub(super) struct Choice {
    pub(super) words: &'static [&'static str],
    get: fn(&DesignParams) -> usize,
    pub(super) set: fn(&mut DesignParams, usize),
}

const SELECT: Choice = Choice {
    words: &["lane", "pe"],
    get: |p| usize::from(p.figs.params.select == SelectBy::Pe),
    set: |p, i| p.figs.params.select = [SelectBy::Lane, SelectBy::Pe][i],
};

const MODE: Choice = Choice {
    words: &["select", "exchange"],
    get: |p| usize::from(p.figs.params.mode == Mode::Exchange),
    set: |p, i| p.figs.params.mode = [Mode::Select, Mode::Exchange][i],
};

const ARITH: Choice = Choice {
    words: &[Arith::Logic.name(), Arith::Dsp.name()],
    get: |p| usize::from(p.arith == Arith::Dsp),
    set: |p, i| p.arith = Arith::ALL[i],
};

const V_LAYOUT: Choice = Choice {
    words: &[
        Layout::Plane.name(),
        Layout::Token.name(),
        Layout::Filled.name(),
    ],
    get: |p| p.memory.v_layout.code() as usize,
    set: |p, i| p.memory.v_layout = Layout::ALL[i],
};

/// Every key, in the order of documentation.
pub const FIELDS: &[Field] = &[
    Field {
        key: "name",
        about: "name of the bundle and infix of its modules",
        kind: Kind::Name,
    },
    Field {
        key: "k",
        about: "survivors kept per query; capacity of the stream variant",
        kind: Kind::Count(at!(k)),
    },
    Field {
        key: "pe",
        about: "multiplier lanes of the arithmetic engines",
        kind: Kind::Count(at!(pe)),
    },
    Field {
        key: "arith",
        about: "products of attention, qk, pv and figs: logic, or dsp for multipliers of an FPGA",
        kind: Kind::Choice(ARITH),
    },
    Field {
        key: "blocks",
        about: "blocks to emit",
        kind: Kind::Blocks,
    },
    Field {
        key: "topk.variants",
        about: "variants to emit",
        kind: Kind::Variants(TOPK),
    },
    Field {
        key: "topk.lanes",
        about: "keys a beat",
        kind: Kind::Count(at!(topk.params.lanes)),
    },
    Field {
        key: "topk.key_w",
        about: "bits of a key",
        kind: Kind::Count(at!(topk.params.key_w)),
    },
    Field {
        key: "topk.signed",
        about: "whether keys are two's complement",
        kind: Kind::Flag(at!(topk.params.signed)),
    },
    Field {
        key: "topk.max_n",
        about: "most keys of one query",
        kind: Kind::Count(at!(topk.params.max_n)),
    },
    Field {
        key: "topk.digit_w",
        about: "bits of a digit of the radix variant",
        kind: Kind::Count(at!(topk.params.digit_w)),
    },
    Field {
        key: "attention.variants",
        about: "variants to emit; core, where nothing is said",
        kind: Kind::Variants(ATTENTION),
    },
    Field {
        key: "attention.append",
        about: "whether the variant axi appends tokens to the planes in memory",
        kind: Kind::Flag(at!(core.append)),
    },
    Field {
        key: "attention.d_head",
        about: "most elements of a head",
        kind: Kind::Count(at!(core.d_head)),
    },
    Field {
        key: "attention.max_tokens",
        about: "most tokens of a job",
        kind: Kind::Count(at!(core.max_tokens)),
    },
    Field {
        key: "attention.k_planes",
        about: "bits of the planes of K, top plane first",
        kind: Kind::Planes(at!(core.k_planes)),
    },
    Field {
        key: "attention.v_planes",
        about: "bits of the planes of V, top plane first",
        kind: Kind::Planes(at!(core.v_planes)),
    },
    Field {
        key: "attention.contexts",
        about: "queries in flight in the attention core; by default from pe / d_head",
        kind: Kind::Count(at!(core.contexts)),
    },
    Field {
        key: "attention.jobs",
        about: "jobs in flight, a power of two; by default from pe / d_head",
        kind: Kind::Count(at!(core.jobs)),
    },
    Field {
        key: "attention.slots",
        about: "queries in selection; by default from pe / d_head",
        kind: Kind::Count(at!(core.slots)),
    },
    Field {
        key: "attention.outstanding",
        about: "vector requests in flight; by default from pe / d_head",
        kind: Kind::Count(at!(core.outstanding)),
    },
    Field {
        key: "importance.max_heads",
        about: "most heads that importance is summed of",
        kind: Kind::Count(at!(max_heads)),
    },
    Field {
        key: "cascade.lanes",
        about: "keys a beat of the top-k engine that prunes",
        kind: Kind::Count(at!(cascade.lanes)),
    },
    Field {
        key: "cascade.key_w",
        about: "bits of importance that it ranks by",
        kind: Kind::Count(at!(cascade.key_w)),
    },
    Field {
        key: "cascade.digit_w",
        about: "bits of its digits",
        kind: Kind::Count(at!(cascade.digit_w)),
    },
    Field {
        key: "cascade.layers",
        about: "layers of the model that its host prunes",
        kind: Kind::Count(at!(cascade.schedule.layers)),
    },
    Field {
        key: "cascade.keep_tokens",
        about: "shares of the tokens kept: one, first touched and last layer, or one a layer",
        kind: Kind::Shares(at!(cascade.schedule.keep_tokens)),
    },
    Field {
        key: "cascade.keep_heads",
        about: "shares of the heads kept, likewise",
        kind: Kind::Shares(at!(cascade.schedule.keep_heads)),
    },
    Field {
        key: "cascade.untouched_tokens",
        about: "first layers that keep all tokens; by default 15 % of the layers",
        kind: Kind::Count(at!(cascade.schedule.untouched_tokens)),
    },
    Field {
        key: "cascade.untouched_heads",
        about: "first layers that keep all heads; by default 30 % of the layers",
        kind: Kind::Count(at!(cascade.schedule.untouched_heads)),
    },
    Field {
        key: "cascade.window",
        about: "most recent tokens that always survive in a decoder",
        kind: Kind::Count(at!(cascade.schedule.window)),
    },
    Field {
        key: "figs.variants",
        about: "variants to emit",
        kind: Kind::Variants(FIGS),
    },
    Field {
        key: "figs.rows",
        about: "rows of the array, elements of a tile; by default from pe",
        kind: Kind::Count(at!(figs.params.rows)),
    },
    Field {
        key: "figs.columns",
        about: "columns of processing elements; by default from pe",
        kind: Kind::Count(at!(figs.params.columns)),
    },
    Field {
        key: "figs.lanes",
        about: "multipliers of a processing element; by default from pe",
        kind: Kind::Count(at!(figs.params.lanes)),
    },
    Field {
        key: "figs.group",
        about: "rows that exchange their elements, M of N:M",
        kind: Kind::Count(at!(figs.params.group)),
    },
    Field {
        key: "figs.alpha",
        about: "further elements that a multiplier selects from; by default group - 1",
        kind: Kind::Count(at!(figs.params.alpha)),
    },
    Field {
        key: "figs.weight_w",
        about: "bits of a weight",
        kind: Kind::Count(at!(figs.params.weight_w)),
    },
    Field {
        key: "figs.act_w",
        about: "bits of an activation",
        kind: Kind::Count(at!(figs.params.act_w)),
    },
    Field {
        key: "figs.psum_w",
        about: "bits of a partial sum; by default what max_k needs",
        kind: Kind::Count(at!(figs.params.psum_w)),
    },
    Field {
        key: "figs.max_t",
        about: "most tokens of a tile",
        kind: Kind::Count(at!(figs.params.max_t)),
    },
    Field {
        key: "figs.max_k",
        about: "longest sum in elements",
        kind: Kind::Count(at!(figs.params.max_k)),
    },
    Field {
        key: "figs.select",
        about: "who has a select of its own: each lane or each pe",
        kind: Kind::Choice(SELECT),
    },
    Field {
        key: "figs.mode",
        about: "select, or exchange for doubly-N:M weights",
        kind: Kind::Choice(MODE),
    },
    Field {
        key: "arbiter.requesters",
        about: "streams that are merged",
        kind: Kind::Count(at!(arbiter.requesters)),
    },
    Field {
        key: "arbiter.width",
        about: "bits of a payload",
        kind: Kind::Count(at!(arbiter.width)),
    },
    Field {
        key: "regs.variants",
        about: "variants to emit",
        kind: Kind::Variants(REGS),
    },
    Field {
        key: "stream_reader.data_w",
        about: "bits of a beat and of a word",
        kind: Kind::Count(at!(stream_reader.data_w)),
    },
    Field {
        key: "stream_reader.burst",
        about: "most beats of a burst",
        kind: Kind::Count(at!(stream_reader.burst)),
    },
    Field {
        key: "stream_reader.beats",
        about: "beats of the read buffer",
        kind: Kind::Count(at!(stream_reader.beats)),
    },
    Field {
        key: "stream_reader.commands",
        about: "commands under way",
        kind: Kind::Count(at!(stream_reader.commands)),
    },
    Field {
        key: "stream_writer.data_w",
        about: "bits of a beat and of a word",
        kind: Kind::Count(at!(stream_writer.data_w)),
    },
    Field {
        key: "stream_writer.burst",
        about: "most beats of a burst",
        kind: Kind::Count(at!(stream_writer.burst)),
    },
    Field {
        key: "stream_writer.beats",
        about: "beats of the write buffer",
        kind: Kind::Count(at!(stream_writer.beats)),
    },
    Field {
        key: "stream_writer.commands",
        about: "commands under way",
        kind: Kind::Count(at!(stream_writer.commands)),
    },
    Field {
        key: "stream_writer.bursts",
        about: "bursts in flight",
        kind: Kind::Count(at!(stream_writer.bursts)),
    },
    Field {
        key: "ring.data_w",
        about: "bits of a beat",
        kind: Kind::Count(at!(ring.data_w)),
    },
    Field {
        key: "ring.depth",
        about: "descriptors under way",
        kind: Kind::Count(at!(ring.depth)),
    },
    Field {
        key: "memory.channels",
        about: "AXI channels that K and V are spread over",
        kind: Kind::Count(at!(memory.channels)),
    },
    Field {
        key: "memory.data_w",
        about: "bits of a word of a channel, which is what planes are aligned to",
        kind: Kind::Count(at!(memory.data_w)),
    },
    Field {
        key: "memory.port_w",
        about: "bits of a beat of a channel's port, at most memory.data_w; 0: a beat is a word",
        kind: Kind::Count(at!(memory.port_w)),
    },
    Field {
        key: "memory.beats",
        about: "words in flight per channel, for which there is room",
        kind: Kind::Count(at!(memory.beats)),
    },
    Field {
        key: "memory.burst",
        about: "most words of a burst, a power of two",
        kind: Kind::Count(at!(memory.burst)),
    },
    Field {
        key: "memory.heads",
        about: "entries of the table of heads, a power of two",
        kind: Kind::Count(at!(memory.heads)),
    },
    Field {
        key: "memory.v_layout",
        about: "planes of V apart (plane), all planes of a token together (token), or apart with each vector \
                filled up to a power of two of bytes (filled)",
        kind: Kind::Choice(V_LAYOUT),
    },
    Field {
        key: "dispatch.heads",
        about: "most heads of cascade pruning, 0 if there is none",
        kind: Kind::Count(at!(dispatch.heads)),
    },
    Field {
        key: "dispatch.append",
        about: "whether tokens can be appended",
        kind: Kind::Flag(at!(dispatch.append)),
    },
    Field {
        key: "memory.io_w",
        about: "bits of a beat of the port for descriptors, queries and results",
        kind: Kind::Count(at!(memory.io_w)),
    },
];

impl Field {
    /// Finds a key by its dotted name.
    pub fn find(key: &str) -> Option<&'static Self> {
        FIELDS.iter().find(|f| f.key == key)
    }

    /// Tells whether a block of `params` reads this key.
    pub fn applies(&self, params: &DesignParams) -> bool {
        let sums = params.holds(BlockName::Importance) || params.holds(BlockName::Cascade);
        let axi = params.attention_axi().is_some();
        match self.key.split_once('.') {
            // A key that says what there was before it is left out.
            Some(("attention", "variants")) => {
                let usual = DesignParams::default().core.variants;
                params.holds(BlockName::Attention) && params.core.variants != usual
            }
            Some(("attention", "append")) => axi,
            Some(("attention", key)) => {
                params.holds(BlockName::Attention)
                    || (["d_head", "max_tokens"].contains(&key) && sums)
                    || params.blocks.iter().any(|&block| shapes(block, key))
            }
            Some(("importance", _)) => sums,
            Some(("memory", key)) => {
                let told = ["channels", "data_w", "heads", "v_layout", "io_w"].contains(&key);
                axi || (key != "io_w" && params.holds(BlockName::VectorReader))
                    || (told && params.holds(BlockName::Regs))
                    || (told && params.holds(BlockName::Dispatch))
                    || (["channels", "v_layout", "io_w"].contains(&key)
                        && params.holds(BlockName::PlaneWriter))
            }
            None if self.key == "arith" => Arith::BLOCKS.iter().any(|&block| params.holds(block)),
            Some((block, _)) => params.blocks.iter().any(|held| held.name() == block),
            None => true,
        }
    }

    /// Returns the value of this key in `params`.
    pub fn value(&self, params: &DesignParams) -> serde_json::Value {
        match &self.kind {
            Kind::Name => params.name.clone().into(),
            Kind::Count(at) => (*(at.get)(params)).into(),
            Kind::Flag(at) => (*(at.get)(params)).into(),
            Kind::Planes(at) => (at.get)(params).clone().into(),
            Kind::Shares(at) => {
                let share = |&s: &u32| f64::from(s) / f64::from(SHARE_ONE);
                (at.get)(params).iter().map(share).collect()
            }
            Kind::Blocks => blocks(params).into(),
            Kind::Variants(list) => (list.get)(params).into(),
            Kind::Choice(choice) => choice.words[(choice.get)(params)].into(),
        }
    }
}

/// Names the blocks that `params` holds.
pub(crate) fn blocks(params: &DesignParams) -> Vec<&'static str> {
    params.blocks.iter().map(|b| b.name()).collect()
}

/// Tells whether a stage of the core alone, or what tells of it, depends on the core's key.
fn shapes(block: BlockName, key: &str) -> bool {
    use BlockName::{Dispatch, PlaneWriter, Pv, Qk, Regs, Score, Softmax, VectorReader};
    matches!(
        (block, key),
        (
            Qk | Score | Softmax | Pv | Regs | VectorReader | Dispatch,
            "d_head" | "max_tokens"
        ) | (PlaneWriter, "d_head" | "k_planes" | "v_planes")
            | (Pv | Regs | VectorReader | Dispatch, "v_planes")
            | (
                Qk | Score | Softmax | Regs | VectorReader | Dispatch,
                "k_planes"
            )
            | (VectorReader, "outstanding")
            | (Score | Softmax, "contexts")
            | (Regs | Dispatch, "jobs")
    )
}

/// Returns the resolved configuration, key by key.
pub fn resolved(params: &DesignParams) -> BTreeMap<String, serde_json::Value> {
    let entry = |f: &Field| (f.key.to_owned(), f.value(params));
    let there = FIELDS.iter().filter(|f| f.applies(params));
    there.map(entry).collect()
}

/// Returns the resolved configuration as TOML, with every default written out.
pub fn to_toml(params: &DesignParams) -> String {
    let mut out = String::new();
    let mut section = "";
    for field in FIELDS.iter().filter(|f| f.applies(params)) {
        let (table, key) = field.key.split_once('.').unwrap_or(("", field.key));
        if table != section {
            out.push_str(&format!("\n[{table}]\n"));
            section = table;
        }
        // JSON and TOML write these values (strings, integers, flags, lists of names) alike.
        let value = field.value(params).to_string().replace(',', ", ");
        out.push_str(&format!("{key} = {value}\n"));
    }
    out
}
