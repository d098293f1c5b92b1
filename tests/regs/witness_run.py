# SPDX-License-Identifier: MIT OR Apache-2.0
"""Builds and runs the comparison: witness_run.py FOLDER SOURCE...; the folder holds witness.py."""

import sys

from cocotb_tools.runner import get_results, get_runner

folder, *sources = sys.argv[1:]
runner = get_runner("icarus")
runner.build(sources=sources, hdl_toplevel="witness", build_dir=folder, timescale=("1ns", "1ps"))
results = runner.test(hdl_toplevel="witness", test_module="witness", test_dir=folder, build_dir=folder)
tests, failed = get_results(results)
print(f"tests {tests}, failed {failed}")
sys.exit(0 if tests == 1 and failed == 0 else 1)
