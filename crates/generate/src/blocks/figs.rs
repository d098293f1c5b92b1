// SPDX-License-Identifier: MIT OR Apache-2.0
//! Binding of the FiGS array and its baselines: parameters, ports and promises as the RTL states
//! them.

use hwgen_bundle::manifest::{Dir, Port};
use hwgen_golden::Design;
use hwgen_golden::figs::{FigsParams, Mode, SelectBy, Variant};

use crate::block::{Block, Offer, Parameter, Spec};

/// The FiGS array.
pub(crate) struct Figs;

impl Block for Figs {
    fn name(&self) -> &'static str {
        "figs"
    }

    fn about(&self) -> &'static str {
        "multiplies activations with N:M sparse weights, N chosen at run time, an element a row and cycle"
    }

    fn variants(&self) -> Vec<Offer> {
        let offer = |v: Variant| Offer {
            name: v.name(),
            about: about(v),
        };
        Variant::ALL.map(offer).to_vec()
    }

    fn engines(&self, design: &Design) -> Vec<Spec> {
        let Some(figs) = &design.params().figs else {
            return Vec::new();
        };
        figs.variants
            .iter()
            .map(|&v| spec(&figs.params, v))
            .collect()
    }
}

fn about(variant: Variant) -> &'static str {
    match variant {
        Variant::Figs => "the array: sparser weights make more outputs of the same activations",
        Variant::DenseWs => "weight-stationary systolic array without sparsity (baseline)",
        Variant::Stc24 => "two rows for four activations, 2:4 as sparse tensor cores (baseline)",
        Variant::VegetaS => "every row sees a whole block of four activations (baseline)",
    }
}

fn spec(p: &FigsParams, variant: Variant) -> Spec {
    let what = format!(
        "Sparse GEMM on {} rows by {} columns of {} multipliers of {} by {} bits: {}.",
        p.rows,
        p.columns,
        p.lanes,
        p.weight_w,
        p.act_w,
        about(variant),
    );
    let how = "A tile is described by a beat of the tile stream, then takes a beat of weights a row and \
               a beat of activations a token; the weights of the next tile load meanwhile. Sums stay \
               in the block from the first to the last tile of an output, and leave a token a beat. \
               A tile that the array cannot run is dropped with a pulse of tile_error_o."
        .to_owned();
    let fill = p.hops(variant) + p.pipeline(variant);
    Spec {
        block: "figs",
        variant: variant.name(),
        module: match variant {
            Variant::Figs => "hg_figs".to_owned(),
            v => format!("hg_figs_{v}"),
        },
        about: vec![what, how],
        parameters: parameters(p, variant),
        ports: ports(p, variant),
        latency: format!("{fill} cycles from an activation to its output"),
        throughput: format!(
            "a token a cycle; a tile of T tokens takes max(T, {}) cycles",
            p.rows
        ),
    }
}

fn parameters(p: &FigsParams, variant: Variant) -> Vec<Parameter> {
    let shared = |name, value: u32, constant, about| Parameter {
        name,
        value: i64::from(value),
        constant: Some(constant),
        about,
    };
    let own = |name, value: u32, about| Parameter {
        name,
        value: i64::from(value),
        constant: None,
        about,
    };
    let mut out = vec![
        shared("Rows", p.rows, "FIGS_ROWS", "Rows of the array."),
        shared(
            "Columns",
            p.columns,
            "FIGS_COLUMNS",
            "Columns of the array.",
        ),
        shared("Lanes", p.lanes, "FIGS_LANES", "Multipliers of a PE."),
    ];
    if variant == Variant::Figs {
        out.push(own("Group", p.group, "Rows of a group, M of the patterns."));
        out.push(own("Alpha", p.alpha, "Neighbours in a row's reach."));
    }
    out.extend([
        shared("WeightW", p.weight_w, "FIGS_WEIGHT_W", "Bits of a weight."),
        shared("ActW", p.act_w, "FIGS_ACT_W", "Bits of an activation."),
        shared("PsumW", p.psum_w, "FIGS_PSUM_W", "Bits of a sum."),
        shared("MaxT", p.max_t, "FIGS_MAX_T", "Tokens of a tile at most."),
    ]);
    if variant == Variant::Figs {
        out.push(own(
            "SelShared",
            u32::from(p.select == SelectBy::Pe),
            "1: the multipliers of a PE share a select.",
        ));
        out.push(own(
            "Exchange",
            u32::from(p.mode == Mode::Exchange),
            "1: exchange activations instead of selecting them.",
        ));
    }
    out
}

fn ports(p: &FigsParams, variant: Variant) -> Vec<Port> {
    let port = |dir, name: &str, width, meaning: &str| Port {
        name: name.to_owned(),
        dir,
        width,
        meaning: meaning.to_owned(),
    };
    let i = |name, width, meaning| port(Dir::Input, name, width, meaning);
    let o = |name, width, meaning| port(Dir::Output, name, width, meaning);
    let sel_w = p.selects(variant) * p.sel_w(variant);
    vec![
        i("clk_i", 1, "Clock, rising edge."),
        i("rst_ni", 1, "Asynchronous reset, active low."),
        i("tile_valid_i", 1, "A tile is described."),
        o("tile_ready_o", 1, "The description is taken."),
        i("tile_tokens_i", p.tokens_w(), "Tokens of the tile."),
        i(
            "tile_log_n_i",
            3,
            "Log2 of the weights of a block, N; 0 where there is nothing to switch.",
        ),
        i("tile_first_i", 1, "Its sums start from 0."),
        i("tile_last_i", 1, "Its sums leave."),
        o("tile_error_o", 1, "A tile was dropped; a cycle for each."),
        i("weight_valid_i", 1, "A row of weights is offered."),
        o("weight_ready_o", 1, "The row of weights is taken."),
        i(
            "weight_data_i",
            p.row_lanes() * p.weight_w,
            "Weights, lane 0 of column 0 lowest.",
        ),
        i("weight_sel_i", sel_w, "Their selects."),
        i("act_valid_i", 1, "A token is offered."),
        o("act_ready_o", 1, "The token is taken."),
        i(
            "act_data_i",
            p.act_elements(variant) * p.act_w,
            "Its activations, those of row 0 lowest.",
        ),
        o("out_valid_o", 1, "The sums of a token are offered."),
        i("out_ready_i", 1, "The sums are taken."),
        o("out_data_o", p.out_w(variant), "Sums, lane by lane."),
        o("out_last_o", 1, "Last token of its tile."),
    ]
}
