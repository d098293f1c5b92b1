// SPDX-License-Identifier: MIT OR Apache-2.0
//! The table itself: every register and every field, with its meaning.

use super::params::{ERROR_W, FLIGHT_W, RING_W, RegsParams};
use super::register::{Field, Kind, Register};
use crate::interface::packed;

/// The letters HWGA, first letter in the low byte.
const MAGIC: u32 = u32::from_le_bytes(*b"HWGA");
/// Version of this table: a change that old software does not survive adds to the upper half, any
/// other to the lower.
const VERSION: [u32; 2] = [1, 1];

const STORED: Kind = Kind::Stored(0);

const fn field(name: &'static str, lsb: u32, width: u32, kind: Kind, about: &'static str) -> Field {
    Field {
        name,
        lsb,
        width,
        kind,
        about,
    }
}

fn register(
    name: impl Into<String>,
    offset: u32,
    about: impl Into<String>,
    fields: &[Field],
) -> Register {
    Register {
        name: name.into(),
        offset,
        fields: fields.to_vec(),
        about: about.into(),
    }
}

/// Makes a register of one field that is all of it.
fn whole(name: &str, offset: u32, kind: Kind, about: &str) -> Register {
    let fields = [field("VALUE", 0, 32, kind, "All bits.")];
    register(name, offset, about, &fields)
}

/// Makes the two registers of a number of 64 bits.
fn pair(name: &str, offset: u32, kinds: [Kind; 2], about: &str) -> [Register; 2] {
    let half = |end: &str, offset, kind, which: &str| {
        whole(
            &format!("{name}_{end}"),
            offset,
            kind,
            &format!("{about} {which}"),
        )
    };
    [
        half("LO", offset, kinds[0], "Bits 31 to 0."),
        half("HI", offset + 4, kinds[1], "Bits 63 to 32."),
    ]
}

fn counter(name: &str, offset: u32, about: &str) -> [Register; 2] {
    pair(name, offset, [Kind::Low, Kind::High], about)
}

/// Lists the registers that are there once, in the order of their offsets.
pub(super) fn registers(params: &RegsParams) -> Vec<Register> {
    let mut registers = identity(params);
    registers.extend(control());
    registers.extend(interrupt());
    registers.extend(ring());
    registers.extend(counters(params));
    registers
}

/// What the accelerator is.
fn identity(p: &RegsParams) -> Vec<Register> {
    let [major, minor] = VERSION;
    let version = [
        field(
            "MINOR",
            0,
            16,
            Kind::Constant(minor),
            "Changes that old software survives.",
        ),
        field(
            "MAJOR",
            16,
            16,
            Kind::Constant(major),
            "Changes that it does not survive.",
        ),
    ];
    let number = |name, offset, value, about| whole(name, offset, Kind::Constant(value), about);
    vec![
        number(
            "MAGIC",
            0x000,
            MAGIC,
            "The letters HWGA, the first in the low byte.",
        ),
        register("VERSION", 0x004, "Version of the register map.", &version),
        number("D_HEAD", 0x008, p.d_head, "Most elements of a head."),
        number("MULTIPLIERS", 0x00C, p.lanes, "Multiplier lanes."),
        number("ROW_TOKENS", 0x010, p.row_tokens(), "Tokens of a row."),
        number("MAX_TOKENS", 0x014, p.max_tokens, "Most tokens of a job."),
        number(
            "K_PLANES",
            0x018,
            packed(&p.k_planes),
            "Bits of the planes of K, four bits per plane, the top plane lowest, 0 behind the last.",
        ),
        number(
            "V_PLANES",
            0x01C,
            packed(&p.v_planes),
            "Bits of the planes of V, likewise.",
        ),
        number("JOBS", 0x020, p.jobs, "Jobs in flight."),
        number("CHANNELS", 0x024, p.channels, "Channels of the memory."),
        number(
            "DATA_W",
            0x028,
            p.data_w,
            "Bits of a word of a channel, which is what planes are aligned to.",
        ),
        number("HEADS", 0x02C, p.heads, "Entries of the table of heads."),
        number(
            "IO_W",
            0x030,
            p.io_w,
            "Bits of the data of the port for descriptors, queries and results.",
        ),
        number(
            "V_LAYOUT",
            0x034,
            p.v_layout.code(),
            "How the planes of V lie: 0 plane by plane, 1 all planes of a token together, 2 plane by plane with each vector \
             filled up to a power of two of bytes.",
        ),
        register("FEATURES", 0x038, "What there is.", &features(p.features)),
    ]
}

/// What there is, a bit each.
fn features(held: u32) -> [Field; 4] {
    let bit = |name, lsb, about| field(name, lsb, 1, Kind::Constant(held >> lsb & 1), about);
    [
        bit("ATTENTION", 0, "The attention core."),
        bit("CASCADE", 1, "Cascade pruning."),
        bit(
            "APPEND",
            2,
            "The appending of tokens to the planes in memory.",
        ),
        bit("FIGS", 3, "The array for sparse GEMM."),
    ]
}

/// Control, state and errors.
fn control() -> Vec<Register> {
    use Kind::{Command, Shown};
    let error_addr = "Address of the first error, or 0 if it has none.";
    let mut all = vec![
        register(
            "CONTROL",
            0x040,
            "What the accelerator may do.",
            &[field(
                "ENABLE",
                0,
                1,
                STORED,
                "1 lets commands begin; 0 stops: what has begun ends, and nothing new begins.",
            )],
        ),
        register(
            "COMMAND",
            0x044,
            "A bit that is written as 1 does something once.",
            &[
                field(
                    "RESET_QUEUE",
                    0,
                    1,
                    Command,
                    "Empties the command ring: head and tail become 0.",
                ),
                field(
                    "CLEAR_COUNTERS",
                    1,
                    1,
                    Command,
                    "Sets all counters to 0, and the most requests in flight to those of now.",
                ),
                field(
                    "CLEAR_ERROR",
                    2,
                    1,
                    Command,
                    "Forgets the error that is recorded.",
                ),
                field(
                    "PRESET_COUNTERS",
                    3,
                    1,
                    Command,
                    "Sets all counters to 0xFFFFFFC0, so that software can try what it does when their high \
                     halves change.",
                ),
            ],
        ),
        register(
            "STATUS",
            0x048,
            "What the accelerator is doing.",
            &[
                field("IDLE", 0, 1, Shown, "Nothing is in flight."),
                field("RUNNING", 1, 1, Shown, "A job is under way."),
                field("ERROR", 2, 1, Shown, "An error is recorded."),
                field("RING_EMPTY", 3, 1, Shown, "Head and tail are equal."),
            ],
        ),
        register(
            "ERROR_CODE",
            0x04C,
            "The first error since errors were cleared.",
            &[field(
                "CODE",
                0,
                ERROR_W,
                Shown,
                "Its code, or 0 if there was none.",
            )],
        ),
    ];
    all.extend(pair("ERROR_ADDR", 0x050, [Shown; 2], error_addr));
    all
}

/// The interrupt.
fn interrupt() -> Vec<Register> {
    let mut all = Vec::new();
    let causes = |kind, about: [&'static str; 3]| {
        [
            field("DONE", 0, 1, kind, about[0]),
            field("ERROR", 1, 1, kind, about[1]),
            field("RING_EMPTY", 2, 1, kind, about[2]),
        ]
    };
    all.push(register(
        "IRQ_STATUS",
        0x058,
        "Events since they were cleared. Writing 1 clears a bit; an event of the same cycle sets it \
         nevertheless.",
        &causes(
            Kind::Event,
            [
                "A job is complete that asked for an interrupt.",
                "An error happened, whether it is the one that is recorded or not.",
                "The ring has become empty.",
            ],
        ),
    ));
    all.push(register(
        "IRQ_ENABLE",
        0x05C,
        "Events that raise the interrupt, which is high while an enabled bit of IRQ_STATUS is set.",
        &causes(
            STORED,
            [
                "Of IRQ_STATUS.DONE.",
                "Of IRQ_STATUS.ERROR.",
                "Of IRQ_STATUS.RING_EMPTY.",
            ],
        ),
    ));
    all
}

/// The command ring, and how the memory is spoken to.
fn ring() -> Vec<Register> {
    let index = |kind, about| [field("INDEX", 0, RING_W, kind, about)];
    let mut all: Vec<Register> = Vec::new();
    let base = "Address of the command ring. Write it while CONTROL.ENABLE is 0.";
    all.extend(pair("RING_BASE", 0x060, [STORED; 2], base));
    all.push(register(
        "RING_SIZE",
        0x068,
        "Size of the command ring. Write it while CONTROL.ENABLE is 0.",
        &[field(
            "ENTRIES",
            0,
            RING_W,
            STORED,
            "Descriptors of the ring.",
        )],
    ));
    all.push(register(
        "RING_TAIL",
        0x06C,
        "The doorbell: descriptors before this index, from the head on, may be executed. A write \
         while CONTROL.ENABLE is 0, or of RING_SIZE or more, is an error and changes nothing.",
        &index(
            STORED,
            "The first descriptor that is not for the accelerator yet.",
        ),
    ));
    all.push(register(
        "RING_HEAD",
        0x070,
        "How far the accelerator has come.",
        &index(Kind::Shown, "The first descriptor that it has not fetched."),
    ));
    all.push(register(
        "AXI_ATTR",
        0x074,
        "Attributes of all accesses to memory.",
        &[
            field("PROT", 0, 3, STORED, "AxPROT."),
            field("CACHE", 4, 4, Kind::Stored(0b0011), "AxCACHE."),
        ],
    ));
    let stride = "Bytes from the address space of a channel to that of the next.";
    all.extend(pair("CHANNEL_STRIDE", 0x078, [STORED; 2], stride));
    let base = "First byte that may be touched. Write it while CONTROL.ENABLE is 0.";
    all.extend(pair("WINDOW_BASE", 0x080, [STORED; 2], base));
    let end = "The byte behind the last of them. Write it while CONTROL.ENABLE is 0.";
    all.extend(pair("WINDOW_END", 0x088, [Kind::Stored(u32::MAX); 2], end));
    all
}

/// Counters of 64 bits.
fn counters(p: &RegsParams) -> Vec<Register> {
    let mut all: Vec<Register> = Vec::new();
    for (offset, name, about) in [
        (0x100, "CYCLES", "Cycles in which a job was under way."),
        (0x108, "BUSY_QK", "Cycles in which QK worked."),
        (0x110, "BUSY_SCORE", "Cycles in which the scores were made."),
        (0x118, "BUSY_SOFTMAX", "Cycles in which the softmax worked."),
        (0x120, "BUSY_PV", "Cycles in which PV worked."),
        (
            0x128,
            "IN_BYTES",
            "Bytes of the beats that were read for queries, biases, lists and descriptors.",
        ),
        (
            0x130,
            "OUT_BYTES",
            "Bytes that were written: results, lists, completion records.",
        ),
    ] {
        all.extend(counter(name, offset, about));
    }
    for (kind, begin, planes) in [("K", 0x140, &p.k_planes), ("V", 0x160, &p.v_planes)] {
        for (plane, offset) in (0..planes.len()).zip((begin..).step_by(8)) {
            let about = format!("Bytes of plane {plane} of {kind} that were asked for.");
            all.extend(counter(&format!("{kind}_BYTES{plane}"), offset, &about));
        }
    }
    all
}

/// Lists the registers of a channel, at offsets from the first.
pub(super) fn channel() -> Vec<Register> {
    let flight = [
        field("NOW", 0, FLIGHT_W, Kind::Shown, "Now."),
        field(
            "MOST",
            16,
            FLIGHT_W,
            Kind::Shown,
            "The most since counters were cleared.",
        ),
    ];
    let about = "Cycles in which a request of this channel waited for the memory.";
    let mut all = vec![register(
        "FLIGHT",
        0x0,
        "Requests of this channel in flight.",
        &flight,
    )];
    all.extend(counter("BLOCKED", 0x8, about));
    all
}
