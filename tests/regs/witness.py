# SPDX-License-Identifier: MIT OR Apache-2.0
"""Random reads and writes of two register files that must answer alike, by the masters of
cocotbext-axi.

Left out: the doorbell, whose rule SystemRDL cannot say, and the preset of counters, which are inputs
of the other one.
"""

import logging
import random

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import RisingEdge
from cocotbext.axi import AxiLiteBus, AxiLiteMaster, AxiResp

RING_TAIL = 0x06C
COMMAND = 0x044
IRQ_STATUS = 0x058
MAGIC = 0x41475748
WRITTEN = [0x040, 0x044, 0x058, 0x05C, 0x060, 0x064, 0x068, 0x074, 0x078, 0x07C]


async def both(masters, call):
    """Does the same on both, and returns the two answers."""
    return [await call(master) for master in masters]


@cocotb.test()
async def answers_are_alike(dut):
    random.seed(1)
    dut.rst_n.value = 0
    dut.done.value = 0
    cocotb.start_soon(Clock(dut.clk, 10, unit="ns").start())
    masters = [
        AxiLiteMaster(AxiLiteBus.from_prefix(dut, name), dut.clk, dut.rst_n, reset_active_level=False)
        for name in ("ours", "theirs")
    ]
    for name in ("ours", "theirs"):
        logging.getLogger(f"cocotb.{dut._name}.{name}").setLevel(logging.WARNING)
    for _ in range(4):
        await RisingEdge(dut.clk)
    dut.rst_n.value = 1
    for _ in range(4):
        await RisingEdge(dut.clk)

    async def read(address, length=4):
        ours, theirs = await both(masters, lambda m: m.read(address, length))
        assert ours.resp == theirs.resp, f"read {address:#x}: {ours.resp} and {theirs.resp}"
        if ours.resp == AxiResp.OKAY:
            assert ours.data == theirs.data, f"read {address:#x}: {ours.data} and {theirs.data}"
        return ours

    magic = await read(0)
    assert int.from_bytes(magic.data, "little") == MAGIC
    seen = {"okay": 0, "refused": 0, "event": 0}
    for offset in range(0, 0x1000, 4):
        await read(offset)
    for _ in range(1500):
        kind = random.randrange(10)
        if kind == 0:
            # The event reaches both in the same cycle, while nothing else is under way.
            dut.done.value = 1
            await RisingEdge(dut.clk)
            dut.done.value = 0
            await RisingEdge(dut.clk)
            got = await read(IRQ_STATUS)
            seen["event"] += got.data[0] & 1
            continue
        pick = random.choice([WRITTEN, WRITTEN, range(0, 0x900, 4)])
        offset = random.choice(pick)
        first = random.randrange(4)
        length = random.randrange(1, 5 - first)
        if random.random() < 0.5:
            first, length = 0, 4
        if kind < 5 or offset == RING_TAIL:
            got = await read(offset + first, length)
        else:
            data = bytearray(random.randbytes(length))
            if offset == COMMAND and first == 0:
                data[0] &= 7
            got, theirs = await both(masters, lambda m: m.write(offset + first, data))
            where = f"write {offset + first:#x}"
            assert got.resp == theirs.resp, f"{where}: {got.resp} and {theirs.resp}"
        seen["okay" if got.resp == AxiResp.OKAY else "refused"] += 1
    for offset in range(0, 0x1000, 4):
        await read(offset)
    assert min(seen.values()) > 20, seen
    dut._log.info("seen %s", seen)
