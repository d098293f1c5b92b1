// SPDX-License-Identifier: MIT OR Apache-2.0
//! The keys of a design, and the parameters of its engines, which are made of them.

use std::collections::BTreeSet;

use crate::arbiter::ArbiterParams;
use crate::arith::Arith;
use crate::attention::flight::Flight;
use crate::attention::{self, AttentionParams};
use crate::attention_axi::AttentionAxiParams;
use crate::block::BlockName;
use crate::cascade::{EngineParams, Schedule};
use crate::command::MAX_HEADS;
use crate::dispatch::DispatchParams;
use crate::figs::{self, FigsParams};
use crate::figs_axi::FigsAxiParams;
use crate::importance::ImportanceParams;
use crate::memory::MemoryParams;
use crate::plane_writer::PlaneWriterParams;
use crate::regs::{self, RegsParams};
use crate::ring::RingParams;
use crate::stream_reader::StreamReaderParams;
use crate::stream_writer::StreamWriterParams;
use crate::topk::{self, TopkParams};
use crate::vector_reader::VectorReaderParams;
use crate::violation::Violation;

/// The attention core, its stages, what serves it, and the registers that tell of it.
pub(super) const CORE: [BlockName; 9] = [
    BlockName::Attention,
    BlockName::Qk,
    BlockName::Score,
    BlockName::Softmax,
    BlockName::Pv,
    BlockName::Regs,
    BlockName::VectorReader,
    BlockName::PlaneWriter,
    BlockName::Dispatch,
];

/// Keys of a design as the user gave them, before validation: each once, those of blocks that the
/// design does not hold, too.
///
/// The parameters of an engine are made of them by [`DesignParams::topk`] and so on, which know what
/// an engine takes from `k`, from `pe` and from the core that it fits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DesignParams {
    /// Name of the bundle and infix of its generated modules (`hg_<name>_...`).
    pub name: String,
    /// Survivors kept per query: capacity of streaming top-k, value vectors kept.
    pub k: u32,
    /// Multiplier lanes of the arithmetic engines.
    pub pe: u32,
    /// What the products of the engines that have the choice are made of: [`Arith::BLOCKS`].
    pub arith: Arith,
    /// Blocks that the bundle holds.
    pub blocks: BTreeSet<BlockName>,
    /// Keys of the top-k engine.
    pub topk: TopkKeys,
    /// Keys of the attention core, and of the blocks that are its stages or fit it.
    pub core: CoreKeys,
    /// Most heads that importance is summed of.
    pub max_heads: u32,
    /// Keys of cascade pruning.
    pub cascade: CascadeKeys,
    /// Keys of the array for sparse GEMM.
    pub figs: FigsKeys,
    /// Keys of the arbiter.
    pub arbiter: ArbiterParams,
    /// Keys of the registers.
    pub regs: RegsKeys,
    /// Keys of the stream reader.
    pub stream_reader: StreamReaderParams,
    /// Keys of the stream writer.
    pub stream_writer: StreamWriterParams,
    /// Keys of the ring of commands.
    pub ring: RingParams,
    /// Keys of the memory side.
    pub memory: MemoryParams,
    /// Keys of the dispatch, which fits the core and the memory side.
    pub dispatch: DispatchKeys,
}

/// Keys of the dispatch: what is there beside the core; see [`DispatchParams`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DispatchKeys {
    /// Most heads of cascade pruning; 0 if there is none.
    pub heads: u32,
    /// Whether tokens can be appended.
    pub append: bool,
}

/// Keys of the top-k engine, whose capacity is the design's `k`; see [`TopkParams`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopkKeys {
    /// Variants to emit, without repetition.
    pub variants: Vec<topk::Variant>,
    /// Parameters shared by the variants; its capacity is not read.
    pub params: TopkParams,
}

/// Keys of the attention core, whose lanes are the design's `pe`; see [`AttentionParams`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CoreKeys {
    /// Variants to emit, without repetition.
    pub variants: Vec<attention::Variant>,
    /// Whether the variant on AXI appends tokens to the planes in memory.
    pub append: bool,
    /// Elements of a head.
    pub d_head: u32,
    /// Most tokens of a job.
    pub max_tokens: u32,
    /// Bits of the planes of K, top plane first.
    pub k_planes: Vec<u32>,
    /// Bits of the planes of V.
    pub v_planes: Vec<u32>,
    /// Queries in flight.
    pub contexts: u32,
    /// Jobs in flight.
    pub jobs: u32,
    /// Queries in selection.
    pub slots: u32,
    /// Vector requests in flight.
    pub outstanding: u32,
}

/// Keys of cascade pruning, whose accumulators fit the core; see [`EngineParams`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CascadeKeys {
    /// Keys of a beat of the top-k engine.
    pub lanes: u32,
    /// Bits of its keys.
    pub key_w: u32,
    /// Bits of its digits.
    pub digit_w: u32,
    /// What the host commands by default: how much survives in which layer.
    pub schedule: Schedule,
}

/// Keys of the array and of the engines that it is compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FigsKeys {
    /// Variants to emit, without repetition.
    pub variants: Vec<figs::Variant>,
    /// Whether the array is emitted on AXI4 as well, which is one more variant.
    pub axi: bool,
    /// Parameters shared by the variants; what their products are made of is not read.
    pub params: FigsParams,
}

/// Keys of the registers, which tell of the core; see [`RegsParams`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegsKeys {
    /// Variants to emit, without repetition.
    pub variants: Vec<regs::Variant>,
}

impl Default for DesignParams {
    fn default() -> Self {
        Self {
            name: String::new(),
            k: 16,
            pe: 64,
            arith: Arith::Logic,
            blocks: BlockName::USUAL.into(),
            topk: TopkKeys::default(),
            core: CoreKeys::default(),
            max_heads: ImportanceParams::default().max_heads,
            cascade: CascadeKeys::default(),
            figs: FigsKeys::default(),
            arbiter: ArbiterParams::default(),
            regs: RegsKeys::default(),
            stream_reader: StreamReaderParams::default(),
            stream_writer: StreamWriterParams::default(),
            ring: RingParams::default(),
            memory: MemoryParams::default(),
            dispatch: DispatchKeys::default(),
        }
    }
}

impl Default for TopkKeys {
    fn default() -> Self {
        Self {
            variants: vec![topk::Variant::Radix, topk::Variant::Stream],
            params: TopkParams::default(),
        }
    }
}

impl Default for CoreKeys {
    fn default() -> Self {
        let usual = AttentionParams::default();
        Self {
            variants: vec![attention::Variant::Core],
            append: false,
            d_head: usual.d_head,
            max_tokens: usual.max_tokens,
            k_planes: usual.k_planes,
            v_planes: usual.v_planes,
            contexts: usual.contexts,
            jobs: usual.jobs,
            slots: usual.slots,
            outstanding: usual.outstanding,
        }
    }
}

impl Default for CascadeKeys {
    fn default() -> Self {
        let usual = EngineParams::default();
        Self {
            lanes: usual.lanes,
            key_w: usual.key_w,
            digit_w: usual.digit_w,
            schedule: Schedule::default(),
        }
    }
}

impl Default for FigsKeys {
    fn default() -> Self {
        Self {
            variants: vec![figs::Variant::Figs],
            axi: false,
            params: FigsParams::default(),
        }
    }
}

impl Default for RegsKeys {
    fn default() -> Self {
        Self {
            variants: vec![regs::Variant::AxiLite],
        }
    }
}

impl CoreKeys {
    /// Lets as much be in flight as the tokens of a row ask for where `pe` lanes work, as far as no
    /// key is `given` by its name without `attention.`.
    pub fn complete(&mut self, pe: u32, given: impl Fn(&str) -> bool) {
        let flight = Flight::of(pe / self.d_head.max(1));
        for (name, own, usual) in [
            ("contexts", &mut self.contexts, flight.contexts),
            ("jobs", &mut self.jobs, flight.jobs),
            ("slots", &mut self.slots, flight.slots),
            ("outstanding", &mut self.outstanding, flight.outstanding),
        ] {
            if !given(name) {
                *own = usual;
            }
        }
    }
}

impl DesignParams {
    /// Tells whether the bundle holds `block`.
    pub fn holds(&self, block: BlockName) -> bool {
        self.blocks.contains(&block)
    }

    /// Returns the parameters of the top-k engine, if the bundle holds it.
    pub fn topk(&self) -> Option<TopkParams> {
        let params = TopkParams {
            capacity: self.k,
            ..self.topk.params.clone()
        };
        self.holds(BlockName::Topk).then_some(params)
    }

    /// Returns the parameters of the attention core, if the bundle holds it.
    pub fn attention(&self) -> Option<AttentionParams> {
        self.core_of(BlockName::Attention)
    }

    /// Returns the parameters of the attention core on AXI, if the bundle holds that variant.
    pub fn attention_axi(&self) -> Option<AttentionAxiParams> {
        let held = self.holds(BlockName::Attention)
            && self.core.variants.contains(&attention::Variant::Axi);
        held.then(|| AttentionAxiParams {
            core: self.core(),
            memory: self.memory.clone(),
            cascade: self.cascade(),
            append: self.core.append,
        })
    }

    /// Returns the core that `block`, a stage of it or the core itself, belongs to, if the bundle
    /// holds that block.
    pub fn core_of(&self, block: BlockName) -> Option<AttentionParams> {
        self.holds(block).then(|| self.core())
    }

    /// Returns the parameters of the accumulators of importance, if the bundle holds them alone.
    pub fn importance(&self) -> Option<ImportanceParams> {
        let held = self.holds(BlockName::Importance);
        held.then(|| self.accumulators())
    }

    /// Returns the parameters of cascade pruning, if the bundle holds it.
    pub fn cascade(&self) -> Option<EngineParams> {
        let keys = &self.cascade;
        self.holds(BlockName::Cascade).then(|| EngineParams {
            importance: self.accumulators(),
            lanes: keys.lanes,
            key_w: keys.key_w,
            digit_w: keys.digit_w,
        })
    }

    /// Returns the parameters of the array for sparse GEMM, if the bundle holds it.
    pub fn figs(&self) -> Option<FigsParams> {
        self.holds(BlockName::Figs).then(|| FigsParams {
            arith: self.arith,
            ..self.figs.params.clone()
        })
    }

    /// Returns the parameters of the arbiter, if the bundle holds it.
    pub fn arbiter(&self) -> Option<&ArbiterParams> {
        self.holds(BlockName::Arbiter).then_some(&self.arbiter)
    }

    /// Returns the parameters of the registers, if the bundle holds them.
    pub fn regs(&self) -> Option<RegsParams> {
        let (core, memory) = (&self.core, &self.memory);
        self.holds(BlockName::Regs).then(|| RegsParams {
            d_head: core.d_head,
            lanes: self.pe,
            max_tokens: core.max_tokens,
            k_planes: core.k_planes.clone(),
            v_planes: core.v_planes.clone(),
            jobs: core.jobs,
            channels: memory.channels,
            data_w: memory.data_w,
            heads: memory.heads,
            io_w: memory.io_w,
            v_layout: memory.v_layout,
            features: [
                (BlockName::Cascade, regs::CASCADE),
                (BlockName::Figs, regs::FIGS),
            ]
            .iter()
            .filter(|(block, _)| self.holds(*block))
            .fold(regs::ATTENTION, |all, (_, bit)| all | bit),
        })
    }

    /// Returns the parameters of the stream reader, if the bundle holds it.
    pub fn stream_reader(&self) -> Option<&StreamReaderParams> {
        let held = self.holds(BlockName::StreamReader);
        held.then_some(&self.stream_reader)
    }

    /// Returns the parameters of the stream writer, if the bundle holds it.
    pub fn stream_writer(&self) -> Option<&StreamWriterParams> {
        let held = self.holds(BlockName::StreamWriter);
        held.then_some(&self.stream_writer)
    }

    /// Returns the parameters of the FiGS array on AXI4, if the bundle holds it.
    pub fn figs_axi(&self) -> Option<FigsAxiParams> {
        let figs = self.figs().filter(|_| self.figs.axi)?;
        let io_w = self.memory.io_w;
        Some(FigsAxiParams { figs, io_w })
    }

    /// Returns the parameters of the ring of commands, if the bundle holds it.
    pub fn ring(&self) -> Option<&RingParams> {
        self.holds(BlockName::Ring).then_some(&self.ring)
    }

    /// Returns the parameters of the vector reader, if the bundle holds it.
    pub fn vector_reader(&self) -> Option<VectorReaderParams> {
        let core = self.core_of(BlockName::VectorReader)?;
        Some(VectorReaderParams::of(&core, &self.memory))
    }

    /// Returns the parameters of the plane writer, if the bundle holds it.
    pub fn plane_writer(&self) -> Option<PlaneWriterParams> {
        let core = self.core_of(BlockName::PlaneWriter)?;
        Some(PlaneWriterParams::of(&core, &self.memory))
    }

    /// Returns the parameters of the dispatch, if the bundle holds it.
    pub fn dispatch(&self) -> Option<DispatchParams> {
        let core = self.core_of(BlockName::Dispatch)?;
        Some(DispatchParams {
            max_heads: self.dispatch.heads,
            append: self.dispatch.append,
            ..DispatchParams::of(&core, &self.memory)
        })
    }

    /// Returns every broken rule of the blocks whose rules look at nothing but their own keys.
    pub(super) fn violations_alone(&self) -> Vec<Violation> {
        let arbiter = self.arbiter().into_iter();
        let mut all: Vec<_> = arbiter.flat_map(ArbiterParams::violations).collect();
        all.extend(
            self.stream_reader()
                .into_iter()
                .flat_map(StreamReaderParams::violations),
        );
        all.extend(
            self.stream_writer()
                .into_iter()
                .flat_map(StreamWriterParams::violations),
        );
        all.extend(self.ring().into_iter().flat_map(RingParams::violations));
        let memory = [
            BlockName::VectorReader,
            BlockName::PlaneWriter,
            BlockName::Regs,
            BlockName::Dispatch,
        ];
        let axi = self.attention_axi().is_some() || self.figs_axi().is_some();
        if axi || memory.iter().any(|&block| self.holds(block)) {
            all.extend(self.memory.violations());
        }
        if self.holds(BlockName::Dispatch) {
            let heads = self.dispatch.heads;
            Violation::range("dispatch.heads", heads, 0, MAX_HEADS, &mut all);
        }
        all
    }

    /// Puts keys that no block of the bundle reads back to their defaults.
    pub(super) fn forget(&mut self) {
        let sums = [BlockName::Importance, BlockName::Cascade];
        let held = |blocks: &[BlockName]| blocks.iter().any(|b| self.blocks.contains(b));
        let (core, sums) = (held(&CORE), held(&sums));
        let usual = Self::default();
        if !held(&Arith::BLOCKS) {
            self.arith = usual.arith;
        }
        if !self.holds(BlockName::Topk) {
            self.topk = usual.topk;
        }
        if !core {
            let shape = if sums { &self.core } else { &usual.core };
            self.core = CoreKeys {
                d_head: shape.d_head,
                max_tokens: shape.max_tokens,
                ..usual.core.clone()
            };
        }
        if !sums {
            self.max_heads = usual.max_heads;
        }
        if !self.holds(BlockName::Cascade) {
            self.cascade = usual.cascade;
        }
        if !self.holds(BlockName::Figs) {
            self.figs = usual.figs;
        }
        if !self.holds(BlockName::Arbiter) {
            self.arbiter = usual.arbiter;
        }
        if !self.holds(BlockName::Regs) {
            self.regs = usual.regs;
        }
        if !self.holds(BlockName::StreamReader) {
            self.stream_reader = usual.stream_reader;
        }
        if !self.holds(BlockName::StreamWriter) {
            self.stream_writer = usual.stream_writer;
        }
        if !self.holds(BlockName::Dispatch) {
            self.dispatch = usual.dispatch;
        }
        if !self.holds(BlockName::Ring) {
            self.ring = usual.ring;
        }
        if !self.holds(BlockName::Attention) {
            self.core.variants.clone_from(&usual.core.variants);
        }
        let axi = self.attention_axi().is_some();
        if !axi {
            self.core.append = usual.core.append;
        }
        let told = held(&[BlockName::Regs, BlockName::Dispatch]);
        let appends = self.holds(BlockName::PlaneWriter);
        if axi {
            // It reads all of them.
        } else if !self.holds(BlockName::VectorReader) {
            let of = |reads: bool| if reads { &self.memory } else { &usual.memory };
            let (shape, sizes) = (of(told || appends), of(told));
            let port = of(told || appends || self.figs_axi().is_some());
            self.memory = MemoryParams {
                channels: shape.channels,
                data_w: sizes.data_w,
                heads: sizes.heads,
                io_w: port.io_w,
                v_layout: shape.v_layout,
                ..usual.memory
            };
        } else if !told && !appends && self.figs_axi().is_none() {
            self.memory.io_w = usual.memory.io_w;
        }
    }

    fn core(&self) -> AttentionParams {
        let keys = &self.core;
        AttentionParams {
            d_head: keys.d_head,
            lanes: self.pe,
            max_tokens: keys.max_tokens,
            k_planes: keys.k_planes.clone(),
            v_planes: keys.v_planes.clone(),
            contexts: keys.contexts,
            jobs: keys.jobs,
            slots: keys.slots,
            outstanding: keys.outstanding,
            arith: self.arith,
        }
    }

    /// Accumulators fit the core, whether the bundle holds that or not.
    fn accumulators(&self) -> ImportanceParams {
        ImportanceParams {
            d_head: self.core.d_head,
            lanes: self.pe,
            max_tokens: self.core.max_tokens,
            max_heads: self.max_heads,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn engines_take_k_and_pe_from_the_design_and_their_shape_from_the_core() {
        let mut p = DesignParams {
            k: 7,
            pe: 128,
            blocks: BlockName::ALL.iter().copied().collect(),
            arith: Arith::Dsp,
            max_heads: 5,
            ..DesignParams::default()
        };
        p.core.d_head = 32;
        p.core.max_tokens = 96;
        let (topk, core) = (p.topk(), p.core_of(BlockName::Softmax));
        assert_eq!(topk.map(|t| (t.capacity, t.max_n)), Some((7, 1024)));
        assert_eq!(core, p.attention());
        assert_eq!(core.as_ref().map(|c| c.arith), Some(Arith::Dsp));
        assert_eq!(p.figs().map(|f| f.arith), Some(Arith::Dsp));
        let core = core.expect("is held");
        assert_eq!((core.lanes, core.d_head, core.max_tokens), (128, 32, 96));
        let sums = p.importance().expect("is held");
        assert_eq!((sums.lanes, sums.d_head), (128, 32));
        assert_eq!((sums.max_tokens, sums.max_heads), (96, 5));
        assert_eq!(p.cascade().map(|c| c.importance), Some(sums));
        p.blocks = [BlockName::Cascade].into();
        let alone = (p.topk(), p.attention(), p.importance(), p.figs());
        assert_eq!(alone, (None, None, None, None));
        assert!(p.cascade().is_some());
    }
}
