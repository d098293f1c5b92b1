// SPDX-License-Identifier: MIT OR Apache-2.0
//! hwgen: emits verified, synthesisable SystemVerilog for sparse attention, and proves it.
//!
//! [`config`] turns what the user wrote into a validated `Design`, [`bundle`] renders a design to
//! files without touching the disk, [`place`] puts them there, and one `cmd_*` module per
//! subcommand ties these to the command line in [`cli`].

pub mod cli;
mod cmd_bench;
mod cmd_check;
mod cmd_demo;
mod cmd_doctor;
mod cmd_emit;
mod cmd_list;
mod cmd_mutate;
mod cmd_pack;
mod cmd_pnr;
mod cmd_prove;
mod cmd_run;
mod cmd_run_attention;
mod cmd_run_gemm;
mod cmd_run_topk;
mod cmd_run_trace;
mod cmd_synth;
mod cmd_verify;
