# SPDX-License-Identifier: MIT OR Apache-2.0
"""The golden set of the attention core on AXI, on a master and memories of cocotbext-axi.

`memory.hex` is put into a memory that all ports share, the registers of `writes.txt` are written, and
when the interrupt has come everything in memory must be as `expected.hex` says, and what that does not
name as it was. Counts of cycles are left out, of which the golden model knows nothing.
"""

import itertools
import logging
import pathlib
import random

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import RisingEdge
from cocotbext.axi import (
    AxiBus,
    AxiLiteBus,
    AxiLiteMaster,
    AxiRam,
    AxiRamRead,
    AxiReadBus,
    AxiResp,
)

HERE = pathlib.Path(__file__).parent
SIZE = 1 << 24
COMPLETIONS, RECORDS = 0x1800, 0x2000
ROWS = 0x4000
# Bytes of a row of results, and where its count of cycles is.
ROW, CYCLES = 2 * 8 + 16, 2 * 8 + 12
STATUS, IRQ_STATUS, RING_HEAD = 0x048, 0x058, 0x070
MOST_CYCLES = 60_000


def words(name):
    """Reads a file for $readmemh of words of 64 bits: bytes by address."""
    found, at = {}, 0
    for token in (HERE / name).read_text().split():
        if token.startswith("@"):
            at = int(token[1:], 16)
        else:
            found[8 * at] = int(token, 16).to_bytes(8, "little")
            at += 1
    return found


def registers():
    """Reads the writes of registers: offset, value, name."""
    lines = (HERE / "writes.txt").read_text().splitlines()
    parts = (line.split() for line in lines if not line.startswith("#"))
    return [(int(offset, 16), int(value, 16), name) for offset, value, name in parts]


def counts(expected):
    """Lists the addresses of counts of cycles, of four bytes each."""
    found, row = [], 0
    for at in sorted(expected):
        if COMPLETIONS <= at < RECORDS:
            found += [at + 4] if at % 16 == 8 else []
        elif at >= ROWS:
            # Rows follow one another in runs of words.
            row = row + 8 if at - 8 in expected else 0
            found += [at + 4] if row % ROW == CYCLES - 4 else []
    return found


def pauses(seed):
    """Draws whether a channel pauses, cycle by cycle: now and then, and at times for long."""
    rng = random.Random(seed)
    while True:
        often = rng.choice([0, 0, 1, 4, 9])
        yield from (rng.randrange(10) < often for _ in range(rng.randrange(200)))


def hurdles(slave):
    """Returns the channels of a memory."""
    names = ("ar_channel", "r_channel", "aw_channel", "w_channel", "b_channel")
    sides = (slave, getattr(slave, "read_if", None), getattr(slave, "write_if", None))
    return [getattr(s, name) for s, name in itertools.product(sides, names) if hasattr(s, name)]


@cocotb.test()
async def memory_is_as_expected(dut):
    logging.getLogger("cocotb.witness").setLevel(logging.WARNING)
    dut.rst_n.value = 0
    cocotb.start_soon(Clock(dut.clk, 10, unit="ns").start())
    reset = {"reset": dut.rst_n, "reset_active_level": False}
    ram = AxiRam(AxiBus.from_prefix(dut, "io"), dut.clk, size=SIZE, **reset)
    channels = [
        AxiRamRead(AxiReadBus.from_prefix(dut, f"mem{c}"), dut.clk, mem=ram.mem, **reset)
        for c in itertools.takewhile(lambda c: hasattr(dut, f"mem{c}_arvalid"), itertools.count())
    ]
    assert len(channels) == 2
    for seed, channel in enumerate(c for slave in [ram, *channels] for c in hurdles(slave)):
        channel.set_pause_generator(pauses(seed))
    master = AxiLiteMaster(AxiLiteBus.from_prefix(dut, "s_axi"), dut.clk, **reset)
    before, expected = words("memory.hex"), words("expected.hex")
    for at, data in before.items():
        ram.write(at, data)
    for _ in range(5):
        await RisingEdge(dut.clk)
    dut.rst_n.value = 1
    for _ in range(3):
        await RisingEdge(dut.clk)

    async def read(offset):
        got = await master.read(offset, 4)
        assert got.resp == AxiResp.OKAY, f"read {offset:#x}: {got.resp}"
        return int.from_bytes(got.data, "little")

    tail = None
    for offset, value, name in registers():
        got = await master.write(offset, value.to_bytes(4, "little"))
        assert got.resp == AxiResp.OKAY, f"{name}: {got.resp}"
        tail = value if name == "RING_TAIL" else tail
    took = 0
    while not dut.irq.value:
        await RisingEdge(dut.clk)
        took += 1
        assert took < MOST_CYCLES, "no interrupt"
    assert await read(RING_HEAD) == tail
    assert await read(IRQ_STATUS) & 1

    skipped = {at + byte for at in counts(expected) for byte in range(4)}
    assert len(skipped) > 4 * tail, "rows of results have counts, too"
    for at in sorted(before.keys() | expected.keys()):
        wanted = expected.get(at) or before[at]
        got = ram.read(at, 8)
        for byte in range(8):
            if at + byte in skipped:
                continue
            assert got[byte] == wanted[byte], f"{at + byte:#x}: {got[byte]:#x}, not {wanted[byte]:#x}"
    for at in counts(expected):
        assert int.from_bytes(ram.read(at, 4), "little") > 0, f"{at:#x}: no cycles"
    # Nothing else was written: what nobody named is 0.
    named = before.keys() | expected.keys()
    for at in range(0, max(named) + 0x2000, 8):
        assert at in named or not any(ram.read(at, 8)), f"{at:#x}: was written"
    dut._log.warning("%d words in %d cycles", len(expected), took)
