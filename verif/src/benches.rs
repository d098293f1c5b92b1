// SPDX-License-Identifier: MIT OR Apache-2.0
//! The benches of the blocks, and the one list of them.
//!
//! A bench holds stimulus and comparison; what all benches share is in [`kit`](crate::kit).

pub(crate) mod arbiter;
pub(crate) mod attention;
pub(crate) mod attention_axi;
pub mod cascade;
pub(crate) mod dispatch;
pub(crate) mod figs;
pub(crate) mod figs_axi;
pub(crate) mod importance;
mod numbers;
pub(crate) mod pipe;
pub(crate) mod plane_writer;
pub(crate) mod pv;
pub(crate) mod qk;
pub(crate) mod regs;
pub(crate) mod ring;
pub(crate) mod score;
pub(crate) mod softmax;
mod stream;
pub(crate) mod stream_reader;
pub(crate) mod stream_writer;
pub(crate) mod topk;
pub(crate) mod vector_reader;

/// Evaluates an expression with the bench of an engine's block under the name given.
macro_rules! with_bench {
    ($engine:expr, |$bench:ident| $then:expr) => {{
        use $crate::benches::*;
        macro_rules! arm {
            ($made:expr) => {{
                let $bench = $made?;
                $then
            }};
        }
        match $engine.block.as_str() {
            "topk" => arm!(topk::bench::TopkBench::new($engine)),
            "qk" => arm!(pipe::PipeBench::<qk::QkPipe>::new($engine)),
            "score" => arm!(score::bench::ScoreBench::new($engine)),
            "softmax" => arm!(softmax::bench::SoftmaxBench::new($engine)),
            "importance" => arm!(importance::bench::ImportanceBench::new($engine)),
            "attention" if $engine.variant == "axi" => {
                arm!(attention_axi::device::AxiBench::new($engine))
            }
            "attention" => arm!(attention::bench::AttentionBench::new($engine)),
            "cascade" => arm!(cascade::bench::CascadeBench::new($engine)),
            "vector_reader" => arm!(vector_reader::device::VectorReaderBench::new($engine)),
            "dispatch" => arm!(dispatch::DispatchBench::new($engine)),
            "arbiter" => arm!(arbiter::ArbiterBench::new($engine)),
            "regs" => arm!(regs::device::RegsBench::new($engine)),
            "ring" => arm!(ring::RingBench::new($engine)),
            "stream_reader" => arm!(stream_reader::StreamReaderBench::new($engine)),
            "stream_writer" => arm!(stream_writer::StreamWriterBench::new($engine)),
            "plane_writer" => arm!(plane_writer::PlaneWriterBench::new($engine)),
            "figs" if $engine.variant == "axi" => arm!(figs_axi::FigsAxiBench::new($engine)),
            "figs" => arm!(figs::bench::FigsBench::new($engine)),
            "pv" => arm!(pipe::PipeBench::<pv::PvPipe>::new($engine)),
            other => Err($engine.refused(format!("this release has no bench for block {other}"))),
        }
    }};
}
pub(crate) use with_bench;
